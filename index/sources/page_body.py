"""The article in a page's markup: its text by the density of its paragraphs, and what its head says of it.

Menus, boxes and footers are cut by their element, role or class, and by their heading; of what is left, the element
that has most running text directly in it is the article. No rule names a site.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from index.sources.markup import HEADINGS, Block, text_blocks
from index.sources.page_lines import (
    Byline,
    ends_article,
    fold_line,
    furniture_names,
    is_box,
    is_box_heading,
    is_section_name,
    read_byline,
    read_section,
)
from index.sources.page_metadata import is_date

_CUT_TAGS = frozenset({"nav", "aside", "footer", "form", "button", "dialog", "figcaption", "menu"})
_CUT_ROLES = frozenset(
    {"navigation", "complementary", "contentinfo", "dialog", "alertdialog", "search", "menu", "menubar"}
)
_KEPT_TAGS = frozenset({"html", "body", "main", "head"})
_BODY_NAMES = re.compile(
    r"(?:^|[\s_-])(?:article|articolo|entry|post|story|news|notizia|single|content)[_-]*(?:body|content|contenuto|text"
    r"|testo|corpo)(?:$|[\s_-])|articlebody|(?:^|\s)(?:testo|corpo|body-text|testo-articolo|corpo-articolo)(?:$|\s)",
    re.IGNORECASE,
)
_LEAD_NAMES = re.compile(
    r"(?:^|[\s_-])(?:lead|summary|sommario|subtitle|sottotitolo|standfirst|abstract|excerpt|catenaccio|dek)(?:$|[\s_-])",
    re.IGNORECASE,
)
_AUTHOR_NAMES = re.compile(r"(?:^|[\s_-])(?:author|autore|byline|firma|signature)(?:$|[\s_-])", re.IGNORECASE)
_SECTION_NAMES = re.compile(
    r"(?:^|[\s_-])(?:category|categoria|sezione|section|canale|topic)(?:$|[\s_-])", re.IGNORECASE
)
_NAME_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_MAX_STATED_CHARS = 1_000
_MIN_PARAGRAPH_CHARS = 40
_MIN_REGION_CHARS = 150
_MAX_LINK_SHARE = 0.5
# What a paragraph adds to the element that holds its own: a body may be cut into several elements by advertisements,
# and then none of them has more than seven tenths of it.
_GRANDPARENT_WEIGHT = 0.7


@dataclass(slots=True)
class PageBody:
    """What the markup says of the article; "" and empty where it does not."""

    title: str = ""
    lead: str = ""
    section: list[str] = field(default_factory=list)
    byline: Byline = field(default_factory=Byline)
    paragraphs: list[str] = field(default_factory=list)


def find_article(root: Any, titles: list[str]) -> PageBody:
    """The article of a page.

    Args:
        root: the page's <html> element; what is not the article is cut out of it.
        titles: what the metadata calls the article; the heading that is one of them is its title.
    """
    breadcrumb = _breadcrumb(root)
    _cut_furniture(root)
    blocks = text_blocks(root)
    title_at = _title_at(blocks, titles)
    body = _body_blocks(root, blocks, title_at)
    found = PageBody()
    if title_at is not None:
        found.title = blocks[title_at].text.replace("\n", " ")
        body_at = next((at for at in body if _is_paragraph(blocks[at]) and not _is_emphasised(blocks[at])), len(blocks))
        head = _read_head(found, blocks, title_at, body_at)
        body = [at for at in body if at not in head]
        found.byline = _microdata(blocks[title_at].element) or found.byline
    found.paragraphs = [blocks[at].text for at in body]
    own = {fold_line(title) for title in [*titles, found.title]}
    found.section = found.section or [name for name in breadcrumb if fold_line(name) not in own]
    return found


def _cut_furniture(root: Any) -> None:
    prose = _prose_chars(root)
    most = max(0.4 * prose[root], 600)
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None or element.tag in _KEPT_TAGS:
            continue
        if not _is_furniture(element):
            continue
        # Many a template gives its whole page such a class ("has-comments", "with-sidebar").
        if next(element.iter("h1"), None) is not None or prose[element] > most:
            continue
        # Emptied, not removed: lxml would remove the text that stands after it too.
        element.clear(keep_tail=True)


def _is_furniture(element: Any) -> bool:
    if element.tag in _CUT_TAGS or (element.get("role") or "").lower() in _CUT_ROLES:
        return True
    style = (element.get("style") or "").replace(" ", "").lower()
    if element.get("hidden") is not None or "display:none" in style:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    for name in names.split():
        words = [word.lower() for word in _NAME_PARTS.findall(name)]
        if furniture_names().intersection([*words, "".join(words)]) and not _BODY_NAMES.search(name):
            return True
    return False


def _prose_chars(root: Any) -> Counter[Any]:
    """How many characters stand in the paragraphs of each element, counted once for all of them."""
    whole: Counter[Any] = Counter()
    prose: Counter[Any] = Counter()
    for element in reversed(list(root.iter())):  # what an element holds comes before it
        whole[element] += len(element.text or "")
        if element.tag == "p":
            prose[element] = whole[element]
        parent = element.getparent()
        if parent is not None:
            whole[parent] += whole[element] + len(element.tail or "")
            prose[parent] += prose[element]
    return prose


def _breadcrumb(root: Any) -> list[str]:
    for element in root.iter("nav", "ol", "ul", "div", "p"):
        names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('aria-label') or ''}".lower()
        if "breadcrumb" in names or "briciole" in names:
            steps = ["".join(link.itertext()).strip() for link in element.iter("a")]
            return [step for step in steps if is_section_name(step) and not fold_line(step).startswith("home")]
    return []


def _title_at(blocks: list[Block], titles: list[str]) -> int | None:
    """The block that is the article's title: the heading that the metadata names, else the only or first long h1."""
    folded = [fold_line(title) for title in titles if title]
    for exact in (True, False):
        for at, block in enumerate(blocks):
            text = fold_line(block.text)
            if block.tag not in HEADINGS or not text:
                continue
            # A title in the metadata often ends in the name of the site.
            if any(title == text or (not exact and len(text) > 12 and title.startswith(text)) for title in folded):
                return at
    headings = [at for at, block in enumerate(blocks) if block.tag == "h1" and not is_box(block.text)]
    long = [at for at in headings if len(blocks[at].text.split()) >= 3]
    return next(iter(long or headings), None)


def _is_paragraph(block: Block) -> bool:
    return (
        block.tag not in HEADINGS
        and len(block.text) >= _MIN_PARAGRAPH_CHARS
        and block.link_share < _MAX_LINK_SHARE
        and read_byline(block.text) is None
    )


def _body_blocks(root: Any, blocks: list[Block], title_at: int | None) -> list[int]:
    """The numbers of the blocks that are the article's text, in order."""
    first = 0 if title_at is None else title_at + 1
    paragraphs = [at for at in range(first, len(blocks)) if _is_paragraph(blocks[at])]
    container, is_marked = _container(root, blocks, paragraphs)
    if container is None:
        return []
    inside = [at for at in range(first, len(blocks)) if _is_inside(blocks[at].element, container)]
    kept = _without_boxes(blocks, inside, container, is_marked)
    while kept and blocks[kept[-1]].tag in HEADINGS:
        kept.pop()
    return kept


def _container(root: Any, blocks: list[Block], paragraphs: list[int]) -> tuple[Any, bool]:
    """The element that holds the article's text, and whether its markup says so (else its density did)."""
    # How much text stands in each element, its descendants' included; counted once, for pages with thousands of them.
    sizes: dict[Any, int] = {}
    for at in paragraphs:
        for holder in (blocks[at].element, *blocks[at].element.iterancestors()):
            sizes[holder] = sizes.get(holder, 0) + len(blocks[at].text)
    if not sizes:
        return None, False
    enough = max(_MIN_REGION_CHARS, 0.3 * sizes.get(root, 0))
    marked = [element for element in root.iter() if sizes.get(element, 0) >= enough and _is_marked(element)]
    if marked:
        # Of nested ones that hold the same text the innermost, which comes last in the document.
        largest = max(map(sizes.__getitem__, marked))
        return [element for element in marked if sizes[element] >= 0.95 * largest][-1], True
    region = root
    for tag in ("article", "main"):
        regions = [element for element in root.iter(tag) if sizes.get(element, 0) >= enough]
        if regions:
            region = max(regions, key=sizes.__getitem__)
            break
    scores: dict[Any, float] = {}
    for at in paragraphs:
        parent = _holder(blocks[at].element)
        if not _is_inside(parent, region):
            continue
        scores[parent] = scores.get(parent, 0.0) + len(blocks[at].text)
        above = parent.getparent()
        if above is not None and parent is not region:
            scores[above] = scores.get(above, 0.0) + _GRANDPARENT_WEIGHT * len(blocks[at].text)
    return max(scores, key=scores.__getitem__, default=region), False


def _is_marked(element: Any) -> bool:
    if "articleBody" in (element.get("itemprop") or ""):
        return True
    return element.tag in ("div", "section", "article", "main") and any(
        _BODY_NAMES.search(name) for name in (element.get("class") or "", element.get("id") or "")
    )


def _holder(element: Any) -> Any:
    """The element that a paragraph counts for: the one around it."""
    parent = element.getparent()
    return element if element.tag in ("div", "section", "article", "body", "td") or parent is None else parent


def _is_inside(element: Any, container: Any) -> bool:
    return element is container or any(ancestor is container for ancestor in element.iterancestors())


def _without_boxes(blocks: list[Block], inside: list[int], container: Any, is_marked: bool) -> list[int]:
    """The blocks of the container that are the article: no boxes, no other articles' cards, nothing after its end."""
    kept: list[int] = []
    kept_holders: set[Any] = set()
    box: Any = None  # the element that holds the heading of a box, from there to the next paragraph of the article
    for at in inside:
        block = blocks[at]
        is_text = _is_paragraph(block)
        holder = _holder(block.element)
        if ends_article(block.text) and kept_holders:
            break
        if is_box_heading(block.text):
            box = holder
        elif box is not None and not (is_text and (holder in kept_holders or not _is_inside(holder, box))):
            continue  # what stands under the heading of a box: links, a date, a teaser
        elif is_box(block.text) or ends_article(block.text) or _is_card(block, container):
            continue
        elif is_text or _is_small_text(block, is_marked):
            box = None
            kept.append(at)
            if is_text:
                kept_holders.add(holder)
    return kept


def _is_card(block: Block, container: Any) -> bool:
    """Whether the block stands in an <article> of its own inside the container: the card of another article."""
    for ancestor in block.element.iterancestors():
        if ancestor is container:
            return False
        if ancestor.tag == "article":
            return True
    return False


def _is_small_text(block: Block, is_marked: bool) -> bool:
    """Whether a short block is the article's as well: a crosshead, an item of a list, a short paragraph."""
    if block.link_share >= _MAX_LINK_SHARE or read_byline(block.text) is not None or len(block.text) < 2:
        return False
    if block.tag in HEADINGS or block.tag in ("li", "blockquote", "p", "pre", "dd", "dt", "td", "th"):
        return True
    return is_marked and block.text.endswith((".", "!", "?", "»", "”", '"', ":"))


def _microdata(title: Any) -> Byline | None:
    """The dates and authors that the markup of the article states by itemprop; None when it states no date.

    Only of the innermost item that holds the title: a page has items for the articles in its boxes too.
    """
    scope = next((up for up in title.iterancestors() if "Article" in (up.get("itemtype") or "")), None)
    if scope is None:
        return None
    stated: dict[str, list[str]] = {}
    for element in scope.iter():
        name = element.get("itemprop") if isinstance(element.tag, str) else None
        holder = next((up for up in element.iterancestors() if "Article" in (up.get("itemtype") or "")), None)
        if name and holder is scope:
            text = element.get("content") or element.get("datetime") or "".join(islice(element.itertext(), 20))
            stated.setdefault(name, []).append(" ".join(text[:_MAX_STATED_CHARS].split()))
    published = next(filter(is_date, stated.get("datePublished", [])), "")
    updated = next(filter(is_date, stated.get("dateModified", [])), "")
    authors = read_byline(f"di {', '.join(stated.get('author', []))}")
    return Byline(published, updated, authors.authors if authors else ()) if published else None


def _read_head(found: PageBody, blocks: list[Block], title_at: int, body_at: int) -> set[int]:
    """Read lead, section, date and authors around the title: from a little above it down to the first paragraph.

    Above the title only what stands in the same element counts: further up a date may be a ticker's, or today's.

    Returns:
        The numbers of the blocks that are the lead or the section, which are then not the body's.
    """
    used: set[int] = set()
    title = blocks[title_at].element
    near = [title.getparent(), *(up for up in title.iterancestors() if up.tag in ("header", "article"))][:2]
    above = [
        at
        for at in range(max(0, title_at - 6), title_at)
        if any(up is not None and up.tag != "body" and _is_inside(blocks[at].element, up) for up in near)
    ]
    bylines = []
    for at in [*range(title_at + 1, min(body_at, title_at + 20)), *above]:
        block = blocks[at]
        names = _names_around(block.element, title)
        byline = read_byline(block.text)
        moment = next((moment for moment, _ in block.times if is_date(moment)), "")
        if moment and len(block.text) <= 140:
            rest = block.text
            for _, shown in block.times:
                rest = rest.replace(" ".join(shown.split()), " ")
            byline = read_byline(rest)
            byline = Byline(moment, "", byline.authors if byline else ())
        if byline is not None:
            if at > title_at or not byline.has_weekday:
                bylines.append(byline)
        elif _AUTHOR_NAMES.search(names) and len(block.text) <= 80:
            author = read_byline(f"di {block.text}")
            bylines.append(Byline(authors=author.authors if author else ()))
        elif not found.section and read_section(block.text):
            found.section = list(read_section(block.text))
            used.add(at)
        elif not found.section and _SECTION_NAMES.search(names) and is_section_name(block.text):
            found.section = [block.text]
            used.add(at)
        elif at > title_at and not found.lead and len(block.text) >= 25 and _is_lead(block, names):
            found.lead = block.text
            used.add(at)
    found.byline = Byline(
        next((byline.published for byline in bylines if byline.published), ""),
        next((byline.updated for byline in bylines if byline.updated), ""),
        next((byline.authors for byline in bylines if byline.authors), ()),
    )
    return used


def _is_lead(block: Block, names: str) -> bool:
    is_heading = block.tag in ("h2", "h3", "h4")
    return bool(_LEAD_NAMES.search(names)) or is_heading or (_is_paragraph(block) and block.tag == "p")


def _is_emphasised(block: Block) -> bool:
    """Whether a whole paragraph is in italics or bold, as leads are where the markup has no name for them."""
    inner = list(block.element)
    return (
        len(inner) == 1
        and inner[0].tag in ("i", "em", "b", "strong")
        and not (block.element.text or "").strip()
        and not (inner[0].tail or "").strip()
    )


def _names_around(element: Any, title: Any) -> str:
    """The classes, itemprops and rels of a block, of what it holds, and of the elements right around it."""
    around = [element, *list(element.iter())[1:6]]
    up = element.getparent()
    if up is not None and not _is_inside(title, up):
        around.append(up)
    return " ".join(
        f"{one.get('class') or ''} {one.get('itemprop') or ''} {one.get('rel') or ''}"
        for one in around
        if isinstance(one.tag, str)
    )
