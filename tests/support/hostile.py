"""Input as nobody means it, made by chance: questions, dates, addresses, files, and good ones that were damaged.

Each function takes a ``random.Random``; the same state of it gives the same input.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from pathlib import Path
from random import Random
from urllib.parse import quote

from newsroom import CONTENT_WORDS, FUNCTION_WORDS

GOOD_FILES = Path(__file__).resolve().parents[1] / "data" / "sources"

ODD = (
    *("\0", "\x01", "\x1b", "\x7f", "\x85", "\xa0", "\xad", "\u0301", "\u0323", "\u0315", "\u034f", "\u200b", "\u200d"),
    *("\u200f", "\u202e", "\u2028", "\u3000", "\ud800", "\udfff", "\ufeff", "\uff9e", "\ufffd", "\uffff", "\U0010ffff"),
    *("א", "ب", "中", "ﷺ", "İ", "ı", "ß", "ﬁ", "½", "²", "٣", "𝐝", "ｄ", "😀", "👩‍👩‍👧", "e\u0301", "Å", "ǆ", "ͅ", "ೈ"),
)
"""Controls, odd blanks, marks, lone surrogates, other directions, letters whose number changes with their case."""

OPERATORS = (
    *(
        "E",
        "AND",
        "O",
        "OR",
        "NON",
        "NOT",
        "-",
        "+",
        "(",
        ")",
        '"',
        "'",
        "’",
        "«",
        "»",
        "“",
        "”",
        "*",
        "~",
        "~2",
        "~99",
    ),
    *('"~3', ":", "[", "]", " TO ", " A ", "{", "}", "^", "\\", "/", "?", "&&", "||", "!", "#", "@", "%", "<", ">"),
)
FIELDS = (
    *("titolo:", "sommario:", "testo:", "sezione:", "autore:", "testata:", "tag:", "title:", "site:", "Titolo:"),
    *("dopo:", "prima:", "data:", "since:", "until:", "date:", "url:", "id:", "_all:"),
)
MONTHS = ("gennaio", "feb", "marzo", "sett", "september", "Dicembre", "mag.", "smarch")
NUMBERS = (
    "0",
    "-1",
    "1",
    "13",
    "31",
    "32",
    "99",
    "2024",
    "02024",
    "9999",
    "10000",
    "1" * 30,
    "1e999",
    "0x1f",
    "NaN",
    "½",
)
RELATIVE = (
    *("oggi", "ieri", "altro ieri", "questa settimana", "mese scorso", "quest'anno", "last year", "un anno fa"),
    *("ultimi 7 giorni", "ultime 9999 ore", "ultimi 9999 anni", "ultimi 0 mesi", "2 settimane fa", "9999 mesi fa"),
)
REACHES = (1, 1, 2, 3, 5, 8)


def some(chance: Random, *makers: Callable[[Random], str], most: int = 6, joint: str = "") -> str:
    """Up to so many pieces, each by one of the makers."""
    return joint.join(chance.choice(makers)(chance) for _ in range(chance.randint(0, most)))


def of(*choices: str) -> Callable[[Random], str]:
    """A maker that takes one of some texts."""
    return lambda chance: chance.choice(choices)


def scrap(chance: Random) -> str:
    """Some characters of any kind."""
    kinds = (
        of(*ODD),
        of(*string.printable),
        lambda chance: chr(chance.choice((chance.randrange(0x250), chance.randrange(0x110000)))),
    )
    return some(chance, *kinds, most=5) * chance.choice((1, 1, 1, 1, 2, 40))


def word(chance: Random) -> str:
    """A word of the newsroom, as it is, or with a slip."""
    text: str = chance.choice((*CONTENT_WORDS, *FUNCTION_WORDS))
    at = chance.randint(0, len(text))
    match chance.randrange(8):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at : at + 1] + text[at:]
        case 2:
            sign: str = chance.choice((*ODD, *string.ascii_letters))
            return text[:at] + sign + text[at:]
        case 3:
            others = (text.upper(), text.title(), text[::-1], text[:at], text + "'", "l'" + text)
            return chance.choice(others)
    return text


def day(chance: Random) -> str:
    """Something like a date that a person types."""
    number, part = of(*NUMBERS), of(*NUMBERS, *MONTHS)
    match chance.randrange(4):
        case 0:
            return chance.choice(RELATIVE)
        case 1:
            border = chance.choice(("/", "-", ".", " ", "  ", ", ", "–"))
            return border.join((number(chance), part(chance), number(chance))[: chance.randint(1, 3)])
        case 2:
            return mangled(chance, chance.choice((*RELATIVE, "13 marzo 2026", "2026-03-13", "1º maggio 2024")))
    return some(chance, number, of(*MONTHS, *RELATIVE), scrap, joint=" ")


def moment(chance: Random) -> str:
    """Something like the date-time of a feed, an export or a page."""
    good = (
        *("2026-03-13", "20260313", "2026-03-13T10:30:00+01:00", "2026-03-13 10:30", "2026-03-13T10:30:00.1234567Z"),
        *("Fri, 13 Mar 2026 10:30:00 +0100", "13 Mar 26 10:30 GMT", "Fri, 13 Mar 2026 10:30:00 CEST (Roma)"),
        *("0999-12-31", "9999-12-31T23:59:59-14:00", "1000-01-01T00:00:00+14:00", "1893-11-01T00:00:00"),
    )
    return chance.choice((chance.choice(good), mangled(chance, chance.choice(good)), day(chance)))


def question(chance: Random) -> str:
    """Something that is typed into the search box."""

    def piece(chance: Random) -> str:
        maker = chance.choice((word, word, word, scrap, of(*OPERATORS), of(*FIELDS), day, quoted, grouped, slipped))
        return maker(chance)

    def quoted(chance: Random) -> str:
        return (
            '"' + some(chance, word, word, scrap, joint=" ") + '"' + chance.choice(("", "", "~3", "~", "~" + "9" * 20))
        )

    def grouped(chance: Random) -> str:
        inner = some(chance, word, of(*OPERATORS), of(*FIELDS), day, joint=chance.choice((" ", " O ", " E ", "")))
        return chance.choice(("", "-", "NON ", "titolo:", "tag:")) + "(" + inner + ")"

    def slipped(chance: Random) -> str:
        return (
            chance.choice(FIELDS)
            + chance.choice((word, day, quoted, scrap))(chance)
            + chance.choice(("", "*", "~", "~2"))
        )

    text = some(chance, piece, most=8, joint=chance.choice((" ", " ", " ", "")))
    return text * chance.choice((1,) * 30 + (200,))


def mangled(chance: Random, text: str) -> str:
    """A text with some characters put in, taken out, doubled or moved."""
    for _ in range(chance.choice(REACHES)):
        at, end = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        end = min(end, at + chance.choice((1, 1, 2, 10, 1000)))
        piece = text[at:end]
        new = chance.choice(("", piece * 2, piece[::-1], scrap(chance), chance.choice(NUMBERS), piece.swapcase()))
        text = text[:at] + new + text[end:]
    return text


def damaged(chance: Random, content: bytes) -> bytes:
    """Bytes with some of them changed, taken out, doubled, or cut off; as a disk or a network leaves them."""
    for _ in range(chance.choice(REACHES)):
        at = chance.randint(0, len(content))
        end = min(len(content), at + chance.choice((0, 1, 1, 4, 100, 5_000)))
        piece = content[at:end]
        new = chance.choice((b"", piece * 2, bytes(chance.randrange(256) for _ in range(3)), b"\0", piece[::-1], b"\n"))
        content = content[:at] + new + content[end:]
    return content[: chance.randint(0, len(content))] if chance.randrange(8) == 0 else content


# --- files --------------------------------------------------------------------------------------------------------


def value(chance: Random, depth: int = 0) -> object:
    """A JSON value of any kind."""
    if depth < 4 and chance.random() < 0.2:
        return [value(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    if depth < 4 and chance.random() < 0.1:
        return {scrap(chance): value(chance, depth + 1) for _ in range(chance.randint(0, 3))}
    if chance.random() < 0.2:
        return chance.choice((None, True, False, 0, -1, 1.5, 1e308, 2**63, 2**64, 10**40))
    odd = ("https://a.example/1", "javascript:alert(1)", "A / B", "Rossi, Mario", "a,b, ,c", "")
    return chance.choice((moment, word, word, scrap, of(*odd), _prose))(chance)


RECORD_FIELDS = (
    *("id", "title", "body", "lead", "url", "site", "section", "author", "authors", "tags", "date", "published"),
    *("updated", "reads", "altro", ""),
)


def record(chance: Random) -> dict[str, object]:
    """An article's record, good in most of its fields."""
    good: dict[str, object] = {
        "id": str(chance.randrange(50)),
        "title": word(chance),
        "body": some(chance, word, joint=" "),
    }
    return good | {name: value(chance) for name in chance.sample(RECORD_FIELDS, chance.randint(0, 6))}


def jsonl(chance: Random) -> bytes:
    """A JSONL file with some damage."""
    lines = [json.dumps(record(chance), ensure_ascii=chance.random() < 0.5) for _ in range(chance.randint(0, 5))]
    return _encoded(chance, chance.choice(("\n", "\n", "\r\n", "\n\n")).join(lines))


def table(chance: Random) -> bytes:
    """A CSV file with some damage."""
    names = chance.sample(RECORD_FIELDS[:-1], chance.randint(1, len(RECORD_FIELDS) - 1))
    names = [*dict.fromkeys(["id", "title", *names])] if chance.random() < 0.8 else names
    border = chance.choice((",", ";", "\t"))

    def cell(chance: Random) -> str:
        text = str(value(chance, depth=4))
        return f'"{text}"' if chance.random() < 0.3 else text.replace('"', '""')

    rows = [names, *([cell(chance) for _ in names] for _ in range(chance.randint(0, 5)))]
    return _encoded(chance, "\n".join(border.join(row) for row in rows))


TAGS = (
    *(
        "html",
        "head",
        "body",
        "div",
        "p",
        "h1",
        "h2",
        "article",
        "section",
        "main",
        "nav",
        "aside",
        "span",
        "a",
        "time",
    ),
    *("script", "style", "noscript", "template", "svg", "table", "td", "li", "br", "img", "meta", "title", "link", "b"),
)
NAMES = (
    "class",
    "id",
    "itemprop",
    "itemtype",
    "role",
    "hidden",
    "style",
    "property",
    "name",
    "content",
    "datetime",
    "href",
    "rel",
    "type",
)
VALUES = (
    *("article-body", "articleBody", "sidebar", "lead", "author", "breadcrumb", "navigation", "headline", "canonical"),
    *(
        "og:title",
        "article:published_time",
        "datePublished",
        "application/ld+json",
        "https://a.example/b",
        "display:none",
    ),
)


def page(chance: Random) -> bytes:
    """A page as HTML, or something like it."""
    if chance.random() < 0.4:
        return _damaged_file(chance, "page.html")
    return _encoded(chance, _markup(chance, TAGS, NAMES, VALUES))


FEED_TAGS = (
    *("rss", "channel", "item", "title", "guid", "link", "description", "content:encoded", "category", "dc:creator"),
    *("pubDate", "author", "feed", "entry", "id", "summary", "content", "published", "updated", "rdf:RDF", "name"),
)
PROLOGUES = (
    *(
        "",
        "",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="utf-16"?>',
        '<?xml version="1.0" encoding="UTF-7"?>',
    ),
    *(
        '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "file:///dev/null">',
        "<!--",
        "<![CDATA[",
    ),
)


def feed(chance: Random) -> bytes:
    """A feed, or something like it."""
    if chance.random() < 0.4:
        return _damaged_file(chance, chance.choice(("feed.rss", "feed.atom")))
    around = chance.choice(
        ("<rss><channel>{}</channel></rss>", '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>', "{}")
    )
    inner = _markup(
        chance, FEED_TAGS, ("rel", "href", "term", "domain", "xmlns"), ("alternate", "http://www.w3.org/2005/Atom")
    )
    return _encoded(chance, chance.choice(PROLOGUES) + around.replace("{}", inner))


def _markup(chance: Random, tags: tuple[str, ...], names: tuple[str, ...], values: tuple[str, ...]) -> str:
    pieces: list[str] = []
    for _ in range(chance.randint(0, 40)):
        tag = chance.choice(tags)
        attributes = "".join(
            f' {chance.choice(names)}="{chance.choice((chance.choice(values), moment(chance), scrap(chance)))}"'
            for _ in range(chance.choice((0, 0, 1, 2)))
        )
        inner = chance.choice(
            (scrap, moment, word, of("&egrave;", "&lt;p&gt;", "&a;", "&#0;", "&#x110000;", "&"), _prose, _linked)
        )(chance)
        pieces.append(f"<{tag}{attributes}>{inner}" + chance.choice(("", f"</{tag}>", "</div>", "/>")))
    return "".join(pieces)


def _prose(chance: Random) -> str:
    return some(chance, word, most=60, joint=" ") + "."


def _linked(chance: Random) -> str:
    return json.dumps(
        {"@type": "NewsArticle", "headline": word(chance), "articleBody": _prose(chance), "author": value(chance)}
    )


def text_page(chance: Random) -> bytes:
    """A page saved as text."""
    if chance.random() < 0.4:
        return _damaged_file(chance, "page.txt")
    line = (
        _prose,
        word,
        moment,
        scrap,
        of("Ultime notizie", "di Mario Rossi", "A / B", "Leggi anche", "▾ Menu | A | B", ""),
    )
    return _encoded(chance, some(chance, *line, most=25, joint="\n"))


def synonyms(chance: Random) -> bytes:
    """An editor's list of synonyms."""
    line = (word, of(" = ", " > ", "- ", "# ", "="), scrap)
    lines = [some(chance, *line, most=5, joint=chance.choice((" ", " = "))) for _ in range(chance.randint(0, 12))]
    return _encoded(chance, "\n".join(lines))


def names(chance: Random) -> bytes:
    """An editor's list of names."""
    lines = [
        chance.choice(("", "- ", "# ")) + chance.choice((word, scrap))(chance) for _ in range(chance.randint(0, 12))
    ]
    return _encoded(chance, "\n".join(lines))


def _damaged_file(chance: Random, name: str) -> bytes:
    content = (GOOD_FILES / name).read_bytes()
    if chance.random() < 0.5:
        return damaged(chance, content)
    return mangled(chance, content.decode()).encode("utf-8", "surrogatepass")


def _encoded(chance: Random, text: str) -> bytes:
    encoding = chance.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "cp1252"))
    how = "surrogatepass" if encoding.startswith("utf") else "replace"
    content = text.encode(encoding, how)
    return damaged(chance, content) if chance.random() < 0.15 else content


# --- addresses ----------------------------------------------------------------------------------------------------

PATHS = (
    *(
        "/",
        "/cerca",
        "/cerca",
        "/cerca",
        "/api/v1/search",
        "/api/v1/search",
        "/articolo/",
        "/articolo",
        "/readyz",
        "/static/",
    ),
    *(
        "/static/../app.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "//",
        "/api/",
        "/articolo/https://a.b//c",
        "/articolo/..%2f..",
    ),
)
PARAMETERS = (
    *("q", "dal", "al", "sezione", "testata", "autore", "ordine", "pagina", "quante", "qualunque", "esatto", "id"),
    *("from", "to", "section", "site", "author", "sort", "page", "size", "any", "widen", "x", ""),
)
SETTINGS = (
    "",
    "1",
    "0",
    "true",
    "2",
    "100",
    "101",
    "-1",
    "1" * 12,
    "١",
    "recenti",
    "newest",
    "pertinenza",
    "Economia",
    "ChannelVille",
)


def address(chance: Random) -> str:
    """A path of the site, or something like it, with parameters."""
    path = chance.choice(PATHS)
    if chance.random() < 0.3:
        path += _escaped(chance, scrap(chance))
    pairs = []
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
        maker = chance.choice((question, question, day, scrap, of(*SETTINGS), of(*SETTINGS)))
        pairs.append(f"{chance.choice(PARAMETERS)}={_escaped(chance, maker(chance))}")
    return path + ("?" + chance.choice(("&", "&", ";", "&&")).join(pairs) if pairs else "")


def _escaped(chance: Random, text: str) -> str:
    raw = text.encode("utf-8", "surrogatepass")
    raw = damaged(chance, raw) if chance.random() < 0.1 else raw
    return quote(raw, safe=chance.choice(("", "/", "/+&=%")))
