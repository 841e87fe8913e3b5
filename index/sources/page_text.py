"""A saved page as text: one article among menus, boxes and headlines of other articles.

A page saved as text has lost its markup; what is left is the order and the shape of its lines. An article is a title,
perhaps a lead, a section path or a byline, and then prose; it ends at the first line that announces something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from index.errors import ArticleError
from index.sources.page_lines import Byline, ends_article, fold_line, is_box, is_section_name, read_byline, read_section

MAX_LINES = 100_000
"""Lines of one page, many times what a page has with all its menus."""

_MIN_BODY_CHARS = 80
_MAX_LEAD_CHARS = 450
_HOST = re.compile(
    r"^(?:https?://)?(?:www\.)?(?P<stem>[a-z0-9-]{3,40})\.(?:it|com|net|eu|org|info|news|tv)\b", re.IGNORECASE
)
_MENU_SIGNS = re.compile(r"[|▾▸►☰≡]|\s[»›•·]\s")
_TAGS = re.compile(r"(?:tag|tags|argomenti|etichette|parole chiave)\s*:\s*(?P<names>.+)", re.IGNORECASE)
_SENTENCE_END = (".", "…", "!", "?", "»", "”", '"', ")", ":", ";")


@dataclass(slots=True)
class _Unit:
    """One line, or a paragraph that was broken into lines: what it says and what it looks like.

    kind: "menu", "end", "box", "byline", "section", "prose" or "short".
    """

    text: str
    kind: str
    block: int
    byline: Byline = field(default_factory=Byline)


def record_of_text(text: str) -> dict[str, object]:
    """The article of a page saved as text, as a record without an id.

    Raises:
        ArticleError: no article can be made out.
    """
    units = _units(text)
    start = _after_ticker(units)
    first_prose = next((at for at in range(start, len(units)) if units[at].kind == "prose"), None)
    if first_prose is None:
        raise ArticleError(
            "no article can be made out: there is no paragraph of prose; save the page of one article, whole"
        )
    end = next((at for at in range(first_prose, len(units)) if units[at].kind == "end"), len(units))
    end = _before_other_articles(units, first_prose, end)
    site = _site(units, first_prose)
    head = _Head()
    body_from = head.read(units, start, first_prose, end, site)
    body, tags = _body(units[body_from:end])
    if not head.title or (len(body) < _MIN_BODY_CHARS and not head.lead):
        raise ArticleError(
            "no article can be made out: no title is followed by a text; save the page of one article, whole"
        )
    if not body:
        head.lead, body = "", head.lead
    return {
        "title": head.title,
        "lead": head.lead,
        "body": body,
        "site": site,
        "section": list(head.section),
        "authors": list(head.authors),
        "tags": tags,
        "published": head.published,
        "updated": head.updated,
    }


def _units(text: str) -> list[_Unit]:
    """The lines of a page, those of a paragraph that was wrapped at a fixed width joined again."""
    num_lines = text.count("\n")
    if num_lines > MAX_LINES:
        raise ArticleError(f"the page has {num_lines:,} lines; allowed: up to {MAX_LINES:,}, the page of one article")
    units: list[_Unit] = []
    blocks = [block.split("\n") for block in re.split(r"\n[ \t\u00a0]*\n", text.replace("\r\n", "\n"))]
    lengths = sorted(len(line) for lines in blocks for line in lines if len(line) > 40)
    # Wrapped text has many lines of nearly one length, and none that is longer.
    is_wrapped = len(lengths) >= 8 and lengths[-1] <= 120 and lengths[len(lengths) // 2] >= 0.75 * lengths[-1]
    for number, lines in enumerate(blocks):
        joined = [" ".join(line.strip() for line in lines)] if is_wrapped and _is_paragraph(lines) else lines
        units.extend(_unit(stripped, number) for stripped in (" ".join(line.split()) for line in joined) if stripped)
    return units


def _is_paragraph(lines: list[str]) -> bool:
    return len(lines) > 1 and all(len(line) > 40 for line in lines[:-1])


def _unit(line: str, block: int) -> _Unit:
    byline = read_byline(line)
    if byline is not None:
        return _Unit(line, "byline", block, byline)
    if ends_article(line):
        kind = "end"
    elif is_box(line):
        kind = "box"
    elif len(line) < 400 and (len(_MENU_SIGNS.findall(line)) >= 2 or line.startswith(("▾", "☰", "≡"))):
        kind = "menu"
    elif read_section(line):
        kind = "section"
    else:
        kind = "prose" if _is_prose(line) else "short"
    return _Unit(line, kind, block)


def _is_prose(line: str) -> bool:
    # Titles reach 150 characters and may end in a question mark or a quotation; they seldom end in a full stop.
    return (
        len(line) > 180
        or (len(line) >= 120 and line.endswith(_SENTENCE_END))
        or (len(line) >= 60 and line.endswith("."))
    )


def _words(unit: _Unit) -> int:
    return len(unit.text.split())


def _after_ticker(units: list[_Unit]) -> int:
    """Where the page begins behind a box of other articles that stands above the article, 0 without one.

    Such a box is a heading ("Ultime notizie"), then again and again a title, perhaps a summary, and a date. The date
    of the article itself is followed by prose, not by another title.
    """
    first_prose = next((at for at, unit in enumerate(units) if unit.kind == "prose"), len(units))
    headings = [at for at in range(first_prose) if units[at].kind == "end"]
    if not headings:
        return 0
    at = start = headings[-1] + 1
    while at < len(units) and units[at].kind == "short":
        date_at = at + 1 + (at + 1 < len(units) and units[at + 1].kind in ("prose", "short"))
        if date_at >= len(units) or units[date_at].kind != "byline":
            break
        if date_at + 1 < len(units) and units[date_at + 1].kind in ("prose", "section"):
            break
        at = start = date_at + 1
    return start


def _before_other_articles(units: list[_Unit], first_prose: int, end: int) -> int:
    """The end of the article where a list of others follows it under a heading that we do not know.

    It shows by its dates: each stands under a title and perhaps a summary.
    """
    dates = [at for at in range(first_prose + 2, end) if units[at].byline.published]
    for at in dates:
        title_at = at - 1 - (units[at - 1].kind == "prose" and units[at - 2].kind == "short")
        is_title = units[title_at].kind == "short" and title_at > first_prose + 1
        # One date alone may be the article's own, under a paragraph with a crosshead; then its "title" is short.
        if is_title and (len(dates) > 1 or _words(units[title_at]) >= 6):
            has_heading = units[title_at - 1].kind == "short" and _words(units[title_at - 1]) <= 4
            return title_at - has_heading
    return end


def _site(units: list[_Unit], first_prose: int) -> str:
    """The masthead: the line at the top that is the page's own host name, else the line under the menu."""
    stems = {found["stem"].lower() for unit in units for found in [_HOST.match(unit.text)] if found}
    for unit in units[:first_prose]:
        stem = fold_line(unit.text).replace(" ", "")
        if stem and (stem in stems or re.sub(r"(?:it|com|net)$", "", stem) in stems):
            return unit.text
    if first_prose > 1 and units[0].kind == "menu" and units[1].kind == "short" and units[1].block == units[0].block:
        return units[1].text if _words(units[1]) <= 4 else ""
    return ""


class _Head:
    """What stands above the text of an article, read line by line."""

    def __init__(self) -> None:
        self.title = self.lead = self.published = self.updated = ""
        self.section: tuple[str, ...] = ()
        self.authors: tuple[str, ...] = ()

    def read(self, units: list[_Unit], start: int, first_prose: int, end: int, site: str) -> int:
        """Fill in the head; returns where the body begins."""
        top = self._top(units, start, first_prose, site)
        shorts = [at for at in range(top, first_prose) if units[at].kind == "short"]
        if not shorts:
            # A title that reads like a sentence.
            if first_prose + 1 >= end or len(units[first_prose].text) > 200:
                return first_prose
            title_at, lead_at = first_prose, None
        else:
            title_at, lead_at = self._title_and_lead(units, shorts)
        self.title = units[title_at].text
        body_from = self._below(units, title_at + 1, end, lead_at)
        self._above(units, top, title_at)
        return body_from

    @staticmethod
    def _top(units: list[_Unit], start: int, first_prose: int, site: str) -> int:
        """The first line of the head: behind menus, boxes and the masthead."""
        top = start
        for at in range(start, first_prose):
            is_masthead = bool(site) and units[at].text == site
            if units[at].kind in ("menu", "end", "box") or is_masthead:
                top = at + 1
        return top

    @staticmethod
    def _title_and_lead(units: list[_Unit], shorts: list[int]) -> tuple[int, int | None]:
        """Which of the short lines above the prose are the title and a short lead.

        A title has four words or more, and a lead is longer than its title; other short lines are kickers and sections.
        """
        long = [at for at in shorts if _words(units[at]) >= 4 or len(units[at].text) >= 25]
        if not long:
            return shorts[-1], None
        if len(long) >= 2:
            title, lead = units[long[-2]], units[long[-1]]
            is_lead = (_words(lead) >= 8 and len(lead.text) > len(title.text)) or lead.text.endswith(".")
            if is_lead and len(title.text) >= 20 and title.block >= lead.block - 3:
                return long[-2], long[-1]
        return long[-1], None

    def _below(self, units: list[_Unit], at: int, end: int, lead_at: int | None) -> int:
        """Read the lines between the title and the body: lead, section, byline, in any order."""
        if lead_at is not None:
            self.lead = units[lead_at].text
        while at < end:
            unit = units[at]
            if unit.kind == "byline":
                self._take(unit.byline)
            elif unit.kind == "section" and not self.section:
                self.section = read_section(unit.text)
            elif at == lead_at or unit.kind in ("box", "menu"):
                pass
            elif self._is_lone_section(units, at, end):
                self.section = (unit.text,)
            elif not self.lead and self._is_lead(units, at, end):
                self.lead = unit.text
            else:
                break
            at += 1
        return at

    def _is_lone_section(self, units: list[_Unit], at: int, end: int) -> bool:
        """Whether a short line is the section: one or two words directly under title or lead, with prose after them."""
        unit = units[at]
        follower = next((other for other in units[at + 1 : end] if other.kind not in ("byline", "box")), None)
        return (
            not self.section
            and unit.kind == "short"
            and _words(unit) <= 3
            and is_section_name(unit.text)
            and follower is not None
            and follower.kind == "prose"
        )

    def _is_lead(self, units: list[_Unit], at: int, end: int) -> bool:
        """Whether a paragraph is the lead: section or byline follow it, or it is much shorter than the next.

        Where neither tells, it stays in the body, which is searched as well.
        """
        unit = units[at]
        if unit.kind != "prose" or len(unit.text) > _MAX_LEAD_CHARS:
            return False
        rest = [other for other in units[at + 1 : end] if other.kind not in ("box", "menu")]
        if not rest:
            return False
        if rest[0].kind in ("byline", "section") or self._is_lone_section(units, at + 1, end):
            return any(other.kind == "prose" for other in rest[1:])
        prose = [other for other in rest if other.kind == "prose"]
        return (
            not self.section
            and len(prose) >= 2
            and rest[0].kind == "prose"
            and len(unit.text) < 0.7 * len(prose[0].text)
        )

    def _above(self, units: list[_Unit], top: int, title_at: int) -> None:
        """Read a section and a byline directly above the title.

        The date above it with a weekday is the day on which the page was saved, as mastheads show it.
        """
        for at in range(title_at - 1, max(top, title_at - 3) - 1, -1):
            unit = units[at]
            if unit.kind == "section" and not self.section:
                self.section = tuple(
                    part for part in read_section(unit.text) if fold_line(part) != fold_line(self.title)
                )
            elif unit.kind == "byline" and not unit.byline.has_weekday and not self.published:
                self._take(unit.byline)
            elif unit.kind == "short" and not self.section and _words(unit) <= 3 and at > 0:
                self.section = (unit.text,) if is_section_name(unit.text) else ()

    def _take(self, byline: Byline) -> None:
        self.published = self.published or byline.published
        self.updated = self.updated or byline.updated
        self.authors = self.authors or byline.authors


def _body(units: list[_Unit]) -> tuple[str, list[str]]:
    """The paragraphs of the body, and the tags that are listed under it."""
    tags: list[str] = []
    kept: list[_Unit] = []
    for unit in units:
        listed = _TAGS.fullmatch(unit.text)
        if listed:
            tags = [name.strip() for name in re.split(r"[,#]", listed["names"]) if name.strip()]
        elif unit.kind in ("prose", "short"):
            kept.append(unit)
    while kept and kept[-1].kind == "short" and not kept[-1].text.endswith(_SENTENCE_END):
        kept.pop()
    return "\n\n".join(unit.text for unit in kept), tags
