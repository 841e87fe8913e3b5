"""Text out of HTML: a tree that cannot hurt, and the blocks of text in it, in the order of reading."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from lxml import etree

from index.errors import ArticleError

MAX_TAGS = 200_000
"""Tags of one page, or of one entry of a feed; whole newspaper pages have some thousands."""

MAX_ATTRIBUTES = 256
"""Attributes of one tag: the parser looks through all before each new one."""

# The elements whose text is not the page's text.
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "textarea", "head"}
    | {"datalist", "canvas", "audio", "video", "map"}
)
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins"}
    | {"kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"}
    | {"wbr", "img", "picture", "source", "label", "nobr", "blink", "o:p"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENCODINGS = ("cp", "iso8859", "koi8", "mac-", "gb", "big5", "euc", "shift_jis", "utf-16", "utf-32")
_CHARSET = re.compile(rb"""charset\s*=\s*(?:["']\s*)?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """A run of text that a browser sets as one paragraph.

    Attributes:
        element: the innermost block element around it, as lxml's element; tag: its name.
        text: with blanks collapsed; a line feed is a <br>.
        link_chars: how many of its characters are links.
        times: the (datetime attribute, text) of each <time> in it.
    """

    element: Any
    tag: str
    text: str
    link_chars: int = 0
    times: list[tuple[str, str]] = field(default_factory=list)

    @property
    def link_share(self) -> float:
        """The part of the text that is links, 0 to 1."""
        return min(1.0, self.link_chars / len(self.text)) if self.text else 0.0


# A tag with too many attributes as HTML reads them: quotes count behind "=" only, and names may have nearly any sign.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+"""
# What it has read belongs to no later match, so that all matches together read the text once. A tag may hide from it in
# what looks like the quoted value of another; the work of the parser on it grows with its attributes, and no faster.
_TAG_AND_ATTRIBUTES: Final = re.compile(
    rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE})?+"
)


def decode_page(raw: bytes) -> str:
    """The text of a saved page: UTF-8 if it can be, else what the page declares, else Windows-1252.

    Bytes that are no UTF-8 but happen to read as such do not occur in Italian text, while wrong declarations do; hence
    the order. Never raises: what cannot be decoded becomes U+FFFD.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(raw[:4096])
    name = declared[1].decode("ascii") if declared else "cp1252"
    # Browsers read "iso-8859-1" as Windows-1252 too: pages that declare it have its quotes and dashes.
    name = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "utf-8", "utf8", "us-ascii") else name
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    # Python knows encodings that no browser does, one of which (punycode) takes the square of the length.
    return raw.decode(name if known.startswith(_ENCODINGS) else "cp1252", "replace")


def parse_html(text: str) -> Any:
    """The page's <html> element, however broken the page: nothing is loaded, run or resolved from outside.

    Raises:
        ArticleError: it has more tags than MAX_TAGS, or one that has more attributes than MAX_ATTRIBUTES.
    """
    _refuse_endless(text)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    raw = text.replace("\0", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(raw, parser)
    except etree.LxmlError:
        root = None
    if root is None:
        return etree.fromstring(b"<html><body></body></html>", parser)
    for element in root.iter("noscript"):
        # One that was never closed has swallowed the page.
        if next(element.iter("h1"), None) is not None or len(list(islice(element.iter("p"), 4))) > 3:
            element.tag = "div"
    return root


def _refuse_endless(text: str) -> None:
    """Refuse markup that would take hours of the parser; a script that looks like such a tag is looked at closely."""
    num_tags = text.count("<")
    if num_tags > MAX_TAGS:
        raise ArticleError(f"the markup has {num_tags:,} tags; allowed: up to {MAX_TAGS:,}, the page of one article")
    if not any(tag["more"] for tag in _TAG_AND_ATTRIBUTES.finditer(text)):
        return
    most = _MostAttributes()
    etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), etree.HTMLParser(target=most, encoding="utf-8"))
    if most.found > MAX_ATTRIBUTES:
        raise ArticleError(f"a tag has {most.found:,} attributes; allowed: up to {MAX_ATTRIBUTES}; save the page again")


class _MostAttributes:
    """A parser's target that builds no tree and knows the most attributes of a tag."""

    def __init__(self) -> None:
        self.found = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        """Look at a tag."""
        self.found = max(self.found, len(attributes))

    def close(self) -> None:
        """The end of the page."""


def plain_text(markup: str) -> str:
    """A piece of markup as text, paragraphs apart by an empty line; a text without markup comes back as it is.

    Markup that was escaped twice, as feeds have it, is read a second time.

    Raises:
        ArticleError: as ``parse_html``.
    """
    for _ in range(2):
        if not _TAG.search(markup) and "&lt;" not in markup and "&#60;" not in markup:
            break
        root = parse_html(f"<html><body>{markup}</body></html>")
        markup = "\n\n".join(block.text for block in text_blocks(root))
    return markup.strip()


def text_blocks(root: Any) -> list[Block]:
    """All blocks of text under an element, in document order, without scripts and other silent elements."""
    return [block for block in _Gatherer(root).run() if block.text]


class _Gatherer:
    """One walk over a tree, without recursion: a saved page may be nested as deep as its author's editor liked."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._pieces: list[str] = []
        self._link_chars = 0
        self._links = 0
        self._times: list[tuple[str, str]] = []
        self._containers: list[Any] = [root]

    def run(self) -> Iterator[Block]:
        walk = etree.iterwalk(self._root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "end":
                yield from self._close(element, tag)
            elif tag in _SILENT or not tag:
                walk.skip_subtree()
            else:
                yield from self._open(element, tag)
        yield from self._flush()

    def _open(self, element: Any, tag: str) -> Iterator[Block]:
        if tag == "br":
            self._pieces.append("\n")
        elif tag not in _INLINE:
            yield from self._flush()
            self._containers.append(element)
        if tag == "a":
            self._links += 1
        elif tag == "time":
            self._times.append((element.get("datetime") or "", "".join(element.itertext()).strip()))
        self._add(element.text)

    def _close(self, element: Any, tag: str) -> Iterator[Block]:
        if tag == "a":
            self._links = max(0, self._links - 1)
        elif tag not in _INLINE and tag != "br" and self._containers[-1] is element:
            yield from self._flush()
            if len(self._containers) > 1:
                self._containers.pop()
        if element is not self._root:
            self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if text:
            collapsed = _BLANKS.sub(" ", text)
            self._pieces.append(collapsed)
            if self._links:
                self._link_chars += len(collapsed.strip())

    def _flush(self) -> Iterator[Block]:
        lines = [_BLANKS.sub(" ", line).strip() for line in "".join(self._pieces).split("\n")]
        element = self._containers[-1]
        link_share = self._link_chars / max(1, sum(map(len, lines)))
        # Two line breaks in a row are how hand-written pages divide paragraphs.
        for text in re.split(r"\n{2,}", "\n".join(lines).strip("\n")):
            if text or self._times:
                yield Block(element, str(element.tag), text, round(len(text) * link_share), self._times)
                self._times = []
        self._pieces, self._link_chars, self._times = [], 0, []
