"""Inputs that took hours, or all memory, of a careless reader: each is given to the part that reads it."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from expressions import DONE, allow_seconds
from newsroom import TODAY

from index.article import article_from_record
from index.dates import parse_day_range
from index.errors import ArticleError
from index.italian import normalize, tokenize_chunk
from index.italian.hyphenation import rejoin_lines
from index.italian.sentences import sentence_at
from index.plain_text import clean_text
from index.sources import read_source
from index.sources.page_lines import fold_line
from search.lists import SYNONYMS_FILE, ListsOfFolder

CPU_S = 20
"""The quadratic ones took minutes to hours at these sizes."""

MEMORY_MB = 700
"""Held by the process that does all of them."""

MARKS = "a" + "\u0315\u0300" * 150_000
PROSE = "Il governo vara la riforma delle pensioni dopo mesi di trattative con le parti sociali. "


def read(name: str, content: bytes | Iterator[bytes]) -> None:
    """Read a file; all that comes is articles and errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
        for result in read_source(str(path), allow_empty_body=True):
            if isinstance(result, ArticleError) and not result.reason:
                raise AssertionError(name)


def page(inner: str, head: str = "") -> bytes:
    """A page with an article around something."""
    top = f"<html><head><meta property='og:type' content='article'>{head}</head><body><article>"
    return f"{top}<h1>Un titolo di prova</h1><p>{PROSE * 3}</p>{inner}</article></body></html>".encode()


def gzipped(unit: bytes, count: int) -> Iterator[bytes]:
    """A gzipped file of so many times the same."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(count):
        yield packer.compress(unit)
    yield packer.flush()


def attributes(number: int) -> str:
    """So many attributes."""
    return " ".join(f"a{at}='x'" for at in range(number))


def entities() -> bytes:
    """A billion laughs, and a long one that is laughed often."""
    names = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 12))
    long = f'<!ENTITY b "{"b" * 100_000}"><!ENTITY % c SYSTEM "file:///dev/zero"> %c;'
    inner = f"<guid x='&a11;'>1</guid><title>&a11; {'&b;' * 50_000}</title>"
    return f'<!DOCTYPE rss [<!ENTITY a0 "ha">{names}{long}]><rss><channel><item>{inner}</item></channel></rss>'.encode()


def linked(number: int) -> str:
    """Many articles in the page's own JSON."""
    nodes = [{"@type": "NewsArticle", "headline": f"titolo {at} di {number}"} for at in range(number)]
    return f"<script type='application/ld+json'>{json.dumps(nodes)}</script>"


def glued() -> bytes:
    """A text that the page states in one piece, and very many paragraphs that are not in it."""
    stated = {"@type": "NewsArticle", "headline": "Un titolo di prova", "articleBody": PROSE * 20_000}
    script = f"<script type='application/ld+json'>{json.dumps(stated)}</script>"
    return page("".join(f"<p>{PROSE}{at}</p>" for at in range(20_000)), script)


def synonyms(line: str) -> None:
    """Read a list of synonyms."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / SYNONYMS_FILE).write_text(line)
        ListsOfFolder(Path(folder)).current()


def day(text: str) -> None:
    """Read a date that is none."""
    try:
        parse_day_range(text, today=TODAY)
    except ValueError:
        return
    raise AssertionError(text[:60])


LABOURS: Mapping[str, Callable[[], object]] = {
    "marks in a text": lambda: clean_text(MARKS),
    "marks in a question": lambda: normalize(MARKS),
    "marks in a line": lambda: fold_line(MARKS),
    "marks in a date": lambda: day(MARKS),
    "letters behind a hyphen": lambda: rejoin_lines("a-\nb" + "c" * 1_000_000),
    "a chunk like a host": lambda: tokenize_chunk("ab1." * 80_000),
    "a chunk like a mail": lambda: tokenize_chunk("a-b+" * 80_000 + "@"),
    "a chunk like a number": lambda: tokenize_chunk("1." * 300_000 + "1a"),
    "line breaks before a small letter": lambda: sentence_at("A" + "\n" * 200_000 + "a", 0),
    "line breaks apart": lambda: sentence_at("A" + "\n " * 200_000 + "B", 0),
    "abbreviations": lambda: sentence_at("A art. 5 " * 200_000, 0),
    "blanks in a section": lambda: [
        article_from_record({"id": "1", "title": "a", "body": "b", "section": "a" + "\xa0" * 9_900 + "b"})
        for _ in range(200)
    ],
    "nothing but zeros, gzipped": lambda: read("a.jsonl.gz", gzipped(bytes(1 << 24), 16)),
    "a row of names": lambda: read("a.csv", b"id,title," + ",".join(map(str, range(500_000))).encode()),
    "lists in lists": lambda: read("a.jsonl", b'{"id": "1", "title": ' + b"[" * 5_000_000),
    "lists beside lists": lambda: read("a.jsonl", b'{"id": "1", "title": "a", "x": [' + b"[]," * 1_000_000 + b"1]}"),
    "digits": lambda: read("a.jsonl", b'{"id": ' + b"1" * 9_000_000 + b', "title": "a"}'),
    "entities": lambda: read("a.xml", entities()),
    "entities in another encoding": lambda: read("a.xml", entities().decode().encode("utf-16")),
    "elements in elements": lambda: read("a.xml", b"<rss><channel><item>" + b"<a>" * 1_000_000),
    "an entry that never ends": lambda: read("a.xml", b"<rss><channel><item>" + b"<category>x</category>" * 2_000_000),
    "a comment that never ends": lambda: read("a.xml", b"<rss><channel><!--" + b"x" * 50_000_000),
    "errors": lambda: read("a.xml", b"<rss><channel>" + b"<item>&</item>" * 1_000_000),
    "entries": lambda: read(
        "a.xml", b"<rss><channel>" + b"<item><guid>1</guid><title>a</title></item>" * 20_000 + b"</channel></rss>"
    ),
    "an author like a mail": lambda: read(
        "a.xml", b"<rss><channel><item><author>" + b"@(" * 400_000 + b"</author></item>"
    ),
    "blanks before an address": lambda: read(
        "a.xml", b"<rss><channel><item><author>a" + b" " * 400_000 + b"b</author></item>"
    ),
    "line breaks in a summary": lambda: read(
        "a.xml", b"<rss><channel><item><description>a" + b"\n" * 400_000 + b"b</description></item>"
    ),
    "attributes": lambda: read("a.html", page(f"<p {attributes(400_000)}>")),
    "one attribute again and again": lambda: read("a.html", page(f"<p {'a ' * 400_000}>")),
    "attributes of an entry": lambda: read(
        "a.xml", f"<rss><channel><item {attributes(400_000)}/></channel></rss>".encode()
    ),
    "tags": lambda: read("a.html", page("<p>a</p>" * 2_000_000)),
    "boxes": lambda: read("a.html", page("<p>Ultime notizie</p><li>ab</li>" * 15_000)),
    "paragraphs": lambda: read("a.html", page(f"<p>{PROSE}</p>" * 15_000)),
    "paragraphs in menus": lambda: read("a.html", page("<nav><p><span>" * 80 + "testo " * 400_000)),
    "properties in properties": lambda: read(
        "a.html",
        b"<div itemtype='Article'><h1>Un titolo di prova</h1>" + b"<i itemprop=author>" * 200 + b"testo " * 400_000,
    ),
    "articles in a script": lambda: read("a.html", page("<h2>Altro titolo</h2>" * 10_000, linked(20_000))),
    "a text that is stated": lambda: read("a.html", glued()),
    "borders in a title": lambda: read("a.html", page("", f"<meta name='og:title' content='{'a - ' * 400_000}'>")),
    "blanks in a title": lambda: read("a.html", page(f"<p>{'a' + chr(0xA0) * 400_000}b</p>")),
    "blanks behind a script": lambda: read(
        "a.html", page(f"<script type='application/ld+json'>{{}} --> {' ' * 400_000} x</script>")
    ),
    "an encoding that no browser knows": lambda: read(
        "a.html", page("<meta charset=punycode>") + b"\xff-" + b"z" * 2_000_000
    ),
    "lines": lambda: read("a.txt", b"a b\n" * 4_000_000),
    "lines of an article": lambda: read("a.txt", f"Un titolo di quattro parole\n\n{PROSE}\n".encode() * 8_000),
    "synonyms on a line": lambda: synonyms(" = ".join(map(str, range(100_000)))),
    "synonyms that were none": lambda: synonyms("a = b\n" * 60_000 + "- c\n" * 60_000),
}


def main() -> None:
    """Do all of them, each told before it is begun; then tell that it is done, and the memory that was held."""
    for name, labour in LABOURS.items():
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        allow_seconds(CPU_S)
        labour()
    sys.stdout.write(f"{_most_held_mb()} MB\n{DONE}\n")


def _most_held_mb() -> int:
    """The most memory that this program held; what ``getrusage`` says has that of the process that started it too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:")) // 1024


if __name__ == "__main__":
    main()
