"""Feeds: RSS 0.9 to 2.0 (RDF too) and Atom, one entry at a time.

Entities that a document declares are never expanded, so that a "billion laughs" costs nothing, no file or address
that it names is opened, and no more is held than one entry may have. The names of HTML ("&egrave;"), which many feeds
use without declaring them, are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from index.article import Article, article_from_record
from index.errors import ArticleError
from index.sources.byte_lines import MAX_LINE_BYTES
from index.sources.markup import MAX_TAGS, plain_text
from index.sources.page_lines import read_section

# An entry stands in one of these, as the title of the feed does.
_HOLDERS = ("rss", "RDF", "channel", "feed")
_ROOTS = {"rss": "item", "RDF": "item", "feed": "entry"}
_CUT_SHORT = re.compile(r"\[?(?:…|\.\.\.|&hellip;|&#8230;)\]?\s*$")
# What WordPress puts under each text of a feed, looked for in the last characters only.
_ATTRIBUTION_CHARS = 700
_ATTRIBUTION = re.compile(
    r"(?:L['’]articolo|Il post|The post) .{1,400}"
    r" (?:proviene da|sembra essere il primo su|appeared first on) .{1,200}$",
    re.DOTALL,
)
# Parts that exclude what follows them, so that a text is never read twice.
_MAIL_AND_NAME = re.compile(r"[^\s@]+@[^\s@(]+\s*\((?P<name>[^()]+)\)|(?P<name2>[^<>@]+)<[^\s<>@]+@[^\s<>@]+>")


def read_feed(stream: BinaryIO, source: str, allow_empty_body: bool) -> Iterator[Article | ArticleError]:
    """The articles of a feed; an error's line is the one where its entry begins.

    An entry's ``guid`` or ``id`` is the article's id, else its link. Its full content is the body and its summary the
    lead; with a summary alone, that is the body. Categories are tags, but for one that is plainly a section: a path
    ("A / B") or one whose domain or scheme says so. An Atom entry without a publication date has the date of its last
    change.

    Raises:
        OSError: what the stream raises.
    """
    # recover: many feeds have a bare "&" somewhere. huge_tree stays off: it is libxml2's bound on depth and size.
    options = {"recover": True, "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    bounded = _Bounded(stream)
    entries = etree.iterparse(bounded, events=("start", "end"), remove_comments=True, remove_pis=True, **options)
    number, entry_name, site = 0, "", ""
    try:
        for event, element in entries:
            bounded.count_tag()
            name = _local_name(element)
            if not entry_name:
                entry_name = _ROOTS.get(name, "")
                if not entry_name:
                    yield ArticleError(
                        f"the file is XML, but <{name[:40]}> is no feed; allowed: RSS and Atom", source=source
                    )
                    return
            parent = element.getparent()
            if event == "start" or parent is None or _local_name(parent) not in _HOLDERS:
                continue
            if name == "title":
                site = site or _content(element)
            elif name == entry_name:
                number += 1
                try:
                    record = _entry(element) | {"site": site}
                    yield article_from_record(record, allow_empty_body=allow_empty_body)
                except ArticleError as error:
                    yield error.at(source, element.sourceline or number)
            _forget(element)
            bounded.begin_anew()
    except etree.XMLSyntaxError as error:
        yield _damaged(source, number, str(error.msg))
        return
    except (UnicodeDecodeError, LookupError) as error:  # of an encoding that the document declares
        yield _damaged(source, number, str(error))
        return
    fatal = [entry for entry in entries.error_log if entry.level_name == "FATAL"]
    # A name of HTML that is not declared is against the letter of XML; we have read it all the same.
    fatal = [entry for entry in fatal if entry.type_name not in ("ERR_UNDECLARED_ENTITY", "WAR_UNDECLARED_ENTITY")]
    if not entry_name or fatal:
        yield _damaged(source, number, f"line {fatal[0].line}: {fatal[0].message}" if fatal else "it is empty")


class _Bounded:
    """A stream that may not go on for longer than one entry without the end of one.

    Whatever stands there is held: a feed in which nothing ever ends must not take all memory.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = self._tags = 0

    def read(self, size: int) -> bytes:
        """What the stream gives.

        Raises:
            ArticleError: too much was read since the end of the last entry.
        """
        chunk = self._stream.read(size)
        self._bytes += len(chunk)
        if self._bytes > MAX_LINE_BYTES:
            raise ArticleError(_too_large(f"{MAX_LINE_BYTES:,} bytes"))
        return chunk

    def count_tag(self) -> None:
        """Take note of the beginning or the end of an element, with the same bound on them."""
        self._tags += 1
        if self._tags > MAX_TAGS:
            raise ArticleError(_too_large(f"{MAX_TAGS:,} tags"))

    def begin_anew(self) -> None:
        """Take note that all before was let go."""
        self._bytes = self._tags = 0


def _too_large(most: str) -> str:
    return f"an entry of the feed has more than {most}, the most that one article may have; what came before was read"


def _damaged(source: str, number: int, reason: str) -> ArticleError:
    return ArticleError(
        f"the feed is not well-formed XML ({' '.join(reason.split())[:200]}); {number} entries were read;"
        " get a whole copy, or have its publisher mend it",
        source=source,
    )


def _forget(entry: Any) -> None:
    """Free what has been read: a feed of a whole archive must not grow in memory.

    The element itself must stay until its parser has left it; the ones before it can go.
    """
    parent = entry.getparent()
    entry.clear(keep_tail=False)
    for before in list(entry.itersiblings(preceding=True)):
        parent.remove(before)


def _entry(entry: Any) -> dict[str, object]:
    """An entry as a record; what it lacks is empty."""
    texts: dict[str, str] = {}
    authors: list[str] = []
    tags: list[str] = []
    section: list[str] = []
    links: list[str] = []
    for child in entry:
        if not isinstance(child.tag, str):
            continue
        name = _qualified_name(child)
        match name:
            case "link":
                links.extend(_link(child))
            case "category" | "dc:subject":
                term = _content(child) or child.get("label") or child.get("term") or ""
                path = list(read_section(term))
                says_section = re.search(
                    r"secti|sezion", child.get("domain") or child.get("scheme") or "", re.IGNORECASE
                )
                if (path or says_section) and not section:
                    section = path or [term]
                elif term:
                    tags.append(term)
            case "author" | "dc:creator":
                author = next((_content(part) for part in child if _local_name(part) == "name"), "") or _content(child)
                authors.extend(_person(author))
            case _:
                texts.setdefault(name, _content(child))
    guid = texts.get("guid") or texts.get("id") or ""
    url = next(iter(links), "") or (guid if guid.startswith(("http://", "https://")) else "")
    body, lead = _body_and_lead(texts)
    published = next((texts[name] for name in ("pubDate", "published", "issued", "dc:date") if texts.get(name)), "")
    updated = texts.get("updated") or texts.get("modified") or ""
    return {
        "id": guid or url or None,
        "url": url,
        "title": plain_text(texts.get("title", "")),
        "lead": lead,
        "body": body,
        "section": section,
        "authors": authors,
        "tags": tags,
        "published": published or updated,
        "updated": updated if published else "",
    }


def _body_and_lead(texts: dict[str, str]) -> tuple[str, str]:
    content = _readable(texts.get("content:encoded") or texts.get("content") or "")
    summary = _readable(texts.get("summary") or texts.get("description") or "")
    if not content:
        return summary, ""
    # The summary of many feeds is the first line of the text, cut.
    bare = _CUT_SHORT.sub("", summary).strip()
    is_beginning = "".join(content.split()).startswith("".join(bare.split()))
    return content, "" if is_beginning or _CUT_SHORT.search(summary) else summary


def _readable(markup: str) -> str:
    text = plain_text(markup)
    found = _ATTRIBUTION.search(text, max(0, len(text) - _ATTRIBUTION_CHARS))
    return (text[: found.start()] if found else text).strip()


def _link(link: Any) -> list[str]:
    """The entry's own address: RSS has it as text, Atom as href of the link that is "alternate"."""
    if (link.get("rel") or "alternate") != "alternate":
        return []
    address = (link.get("href") or _content(link)).strip()
    return [address] if address.startswith(("http://", "https://")) else []


def _person(text: str) -> list[str]:
    """The name of an author; RSS asks for "mail (Name)", and a mail alone is no name."""
    found = _MAIL_AND_NAME.fullmatch(text.strip())
    name = (found["name"] or found["name2"]).strip() if found else text.strip()
    return [name] if name and "@" not in name else []


def _content(element: Any) -> str:
    """The text of an element; the markup of one that holds XHTML, which is then read as HTML is."""
    if any(isinstance(child.tag, str) for child in element):
        inner = "".join(etree.tostring(child, encoding="unicode") for child in element)
        # Prefixes ("<xhtml:p>") would hide the elements from an HTML parser.
        inner = re.sub(r"<(/?)[A-Za-z0-9_-]+:", r"<\1", inner)
        return ((element.text or "") + inner).strip()
    # An entity that was not resolved is a node of its own, whose text is its name.
    return "".join([element.text or "", *(f"{child.text or ''}{child.tail or ''}" for child in element)]).strip()


def _qualified_name(element: Any) -> str:
    """The local name, with the usual prefix for the two namespaces whose names mean something else without it."""
    name = _local_name(element)
    namespace = element.tag.rpartition("}")[0]
    if "purl.org/rss/1.0/modules/content" in namespace:
        return f"content:{name}"
    if "purl.org/dc/" in namespace:
        return f"dc:{name}"
    # "media:title", "itunes:author" and their like are about pictures and sounds.
    is_feed = not namespace or "Atom" in namespace or "atom" in namespace or "purl.org/rss" in namespace
    return name if is_feed or "netscape.com/rdf" in namespace else f"other:{name}"


def _local_name(element: Any) -> str:
    # Not etree.QName: a recovered parse has names ("it:") that it refuses.
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
