"""A saved page: exactly one article of it, or one error.

The page is trusted in this order: what it says of itself to machines (JSON-LD, then meta elements), then the markup
of the article, then the shape of its text. A date is taken from these only where it is the article's own; a page
without one gives an undated article.

The article's id is the page's canonical address. A page without one gets "page:" and a hash of its site, title and
date: the same page saved again under another name, or with a mended body, stays the same article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import BinaryIO

from index.article import MAX_LINE_CHARS, Article, article_from_record
from index.errors import ArticleError
from index.plain_text import clean_text
from index.sources.markup import decode_page, parse_html
from index.sources.page_body import PageBody, find_article
from index.sources.page_lines import fold_line
from index.sources.page_metadata import Metadata, read_metadata
from index.sources.page_text import record_of_text

# The largest of news pages, saved with their scripts inline, have 3 MB.
MAX_PAGE_BYTES = 20_000_000

_MIN_BODY_CHARS = 80
_MAX_BORDERS = 8
_MAX_HEADINGS = 100
_MAX_COMPARED = 500
"""Paragraphs that are looked for in a stated text; an article has no more."""
# From the first blank of a run: from each of them, a long run would cost its square.
_TITLE_BORDER = re.compile(r"(?<!\s)\s+[-–—|:·•»]\s+")
_TOP_DOMAIN = re.compile(r"(?:it|com|net|org|eu)$")
_CUT_SHORT = re.compile(r"(?:(?<!\s)\s+)?\[?(?:…|\.\.\.)\]?\s*$")


def read_html_page(stream: BinaryIO, source: str, allow_empty_body: bool) -> Iterator[Article | ArticleError]:
    """The article of a page saved as HTML.

    Raises:
        OSError: what the stream raises.
    """
    try:
        text = _page_text(stream)
        if "<" not in text:
            raise ArticleError("the page has no markup; a page saved as text must be named .txt")
        yield article_from_record(_with_id(_record_of_html(text, allow_empty_body)), allow_empty_body=allow_empty_body)
    except ArticleError as error:
        yield error.at(source)


def read_text_page(stream: BinaryIO, source: str, allow_empty_body: bool) -> Iterator[Article | ArticleError]:
    """The article of a page saved as text.

    Raises:
        OSError: what the stream raises.
    """
    try:
        text = _page_text(stream)
        try:
            text = clean_text(text)
        except ValueError as error:
            raise ArticleError(f"the page cannot be read: {error}") from None
        yield article_from_record(_with_id(record_of_text(text)), allow_empty_body=allow_empty_body)
    except ArticleError as error:
        yield error.at(source)


def _page_text(stream: BinaryIO) -> str:
    raw = stream.read(MAX_PAGE_BYTES + 1)
    if len(raw) > MAX_PAGE_BYTES:
        raise ArticleError(f"the page is larger than {MAX_PAGE_BYTES:,} bytes; allowed: the page of one article")
    if not raw.strip():
        raise ArticleError("the page is empty; save it again")
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError("the page is binary data, not text; save it as HTML or as text")
    return decode_page(raw)


def _record_of_html(text: str, allow_empty_body: bool) -> dict[str, object]:
    root = parse_html(text)
    headings = [
        " ".join("".join(heading.itertext()).split()) for heading in islice(root.iter("h1", "h2"), _MAX_HEADINGS)
    ]
    metadata = read_metadata(root, headings)
    markup = find_article(root, metadata.titles)
    body = _body(metadata, markup)
    title = _title(metadata, [*([markup.title] if markup.title else []), *headings])
    if not title or (len(body) < _MIN_BODY_CHARS and not (metadata.is_article and (body or allow_empty_body))):
        missing = "a title" if not title else "a text of its own"
        raise ArticleError(f"no article can be made out: the page lacks {missing}; save the page of one article, whole")
    lead = _lead(metadata, markup, title, body)
    if lead and body.startswith(lead + "\n"):
        body = body[len(lead) :].strip()
    elif (
        markup.lead and lead != markup.lead and not metadata.body and _letters(markup.lead) not in _letters(lead + body)
    ):
        body = f"{markup.lead}\n\n{body}"  # it was taken for the lead, but the metadata has another
    return {
        "url": metadata.url,
        "title": title,
        "lead": lead,
        "body": body,
        "site": metadata.site,
        "section": metadata.section or markup.section,
        "authors": metadata.authors or list(markup.byline.authors),
        "tags": metadata.tags,
        "published": metadata.published or markup.byline.published,
        "updated": metadata.updated or markup.byline.updated,
    }


def _title(metadata: Metadata, headings: list[str]) -> str:
    """The most trusted title, without the name of the site that templates put at its end."""
    if not metadata.titles:
        return next(filter(None, headings), "")
    title = metadata.titles[0]
    if len(title) > MAX_LINE_CHARS:
        return title  # which is refused for it
    own = set(map(fold_line, headings))
    site = fold_line(metadata.site[:MAX_LINE_CHARS]).replace(" ", "")
    names = {site, _TOP_DOMAIN.sub("", site)}
    for border in list(_TITLE_BORDER.finditer(title))[: -_MAX_BORDERS - 1 : -1]:
        begins, ends = title[: border.start()].strip(), fold_line(title[border.end() :]).replace(" ", "")
        # "Titolo - Testata" beside a heading "Titolo", or on a page whose site is called "Testata".
        if fold_line(begins) in own or (site and {ends, _TOP_DOMAIN.sub("", ends)} & names):
            return begins
    return title


def _body(metadata: Metadata, markup: PageBody) -> str:
    """The text of the article: what the page states, unless the markup shows that to be a teaser or badly joined.

    Some systems put only the first lines into articleBody; many glue its paragraphs together, and with them the last
    word of one to the first of the next.
    """
    found = "\n\n".join(markup.paragraphs)
    stated = _once(metadata.body)
    if not stated:
        return found
    stated_letters, found_letters = _letters(stated), _letters(found)
    beginning = _letters(_CUT_SHORT.sub("", stated))[:200]
    is_teaser = len(found_letters) > 1.3 * len(stated_letters) and beginning in found_letters
    is_glued = (
        "\n" not in stated
        and 1 < len(markup.paragraphs) <= _MAX_COMPARED
        and _share_found(stated, markup.paragraphs) >= 0.97
    )
    if is_glued and not 0.9 <= len(found_letters) / max(1, len(stated_letters)) <= 1.1:
        is_glued = False
    return found if is_teaser or is_glued else stated


def _once(text: str) -> str:
    """A text that stands twice in itself, as one system writes it, once."""
    again = text.find(text[:100], len(text) // 3) if len(text) > 400 else -1
    return text[:again].rstrip() if again > 0 and text.startswith(text[again:].rstrip()[:-20]) else text


def _share_found(stated: str, paragraphs: list[str]) -> float:
    """The part of the paragraphs, by letters, that stands in the stated text."""
    letters = _letters(stated)
    sizes = [(len(_letters(paragraph)), _letters(paragraph) in letters) for paragraph in paragraphs]
    return sum(size for size, is_found in sizes if is_found) / max(1, sum(size for size, _ in sizes))


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _lead(metadata: Metadata, markup: PageBody, title: str, body: str) -> str:
    """The summary: what the metadata states, unless it is only the beginning of the body or was cut short."""
    body_letters = _letters(body)
    for lead in (metadata.lead, markup.lead):
        whole = _CUT_SHORT.sub("", lead)
        letters = _letters(whole)
        is_cut = whole != lead
        if _letters(title) and letters.startswith(_letters(title)):
            continue  # the title again, with the site or the date after it
        if is_cut and _letters(markup.lead).startswith(letters):
            continue
        # A whole first paragraph may be the lead: it then leaves the body. A part of one is a search engine's teaser.
        if letters and (not body_letters.startswith(letters) or (body.startswith(lead + "\n") and not is_cut)):
            return lead
    return ""


def _with_id(record: dict[str, object]) -> dict[str, object]:
    if record.get("url"):
        return record | {"id": record["url"]}
    parts = "\0".join(fold_line(str(record.get(name) or "")) for name in ("site", "title", "published"))
    return record | {"id": "page:" + blake2b(parts.encode(), digest_size=8).hexdigest()}
