"""Article: one piece of news as the archive keeps it, a frozen value; and the JSON record it is exchanged as.

``article_from_record`` is the one gate: every source (JSONL, CSV, feeds, saved pages) makes a record, and what passes
here is an ``Article``. ``change_from_record`` stands before it where a record may also take an article out, by its
status. ``record_from_article`` is the inverse of the gate, used by ``emeroteca export``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Final

import msgspec

from index.dates import parse_published
from index.errors import ArticleError
from index.italian.hyphenation import rejoin_lines
from index.plain_text import clean_line, clean_text

# Far above anything that is news; beyond them a record is a mistake of its export (two files glued, a field swallowed).
MAX_ID_CHARS = 2_048
MAX_URL_CHARS = 8_192
MAX_LINE_CHARS = 10_000
MAX_LEAD_CHARS = 100_000
MAX_BODY_CHARS = 5_000_000
MAX_LIST_ITEMS = 1_000

RECORD_FIELDS: Final = frozenset(
    {"id", "title", "body", "lead", "url", "site", "section"}
    | {"author", "authors", "tags", "date", "published", "updated", "reads"}
)
"""What a record may say of an article; all else is kept as its ``extra``."""

# A border that begins with blanks is looked for from the first of a run: from each, a long run would cost its square.
_SECTION_BORDER = re.compile(r"(?:^|(?<!\s)\s+)/(?:\s+|$)")
# "nuove-minacce/ransomware" is the path of an address; "AI/ML" and "24/7" are names.
_SLUG_PATH = re.compile(r"(?:[0-9-]*[a-z][a-z0-9-]*)(?:/[0-9-]*[a-z][a-z0-9-]*)+")
_AUTHOR_BORDER = re.compile(r"(?:(?<!\s)\s+)?[,;]\s*|(?<!\s)\s+e\s+")
_FULL_NAME = re.compile(r"[^\W\d_][\w.’'-]*(?: [^\W\d_][\w.’'-]*){1,3}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# What a CMS calls an article that is for readers, and one that no longer is (ninjs and NewsML: usable, canceled).
_PLAIN_STATUS = frozenset({"usable", "published", "publish"})
_WITHDRAWN_STATUS = frozenset({"canceled", "cancelled"})
STATUS_FIELDS: Final = ("status", "pubstatus")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article: text in NFC with entities unescaped, lists as tuples.

    Attributes:
        article_id: stable and unique in the archive, not empty, without line breaks.
        title, body: not empty, but for a headline taken in on request, whose body is "".
        lead: the summary under the title ("sommario"); "" when there is none.
        site: the masthead ("testata") that published it; "" when unknown.
        section: the path from the general to the special, ("Economia", "Lavoro"); () when unknown.
        published: when; a bare date stays a date. None for an undated article: never guessed.
        updated: when it was last changed by its publisher, or None.
        reads: how often it was read, or None: what ``Archive.most_read`` goes by.
        extra: every field of the source that has no place above, as JSON values, unchanged.
    """

    article_id: str
    title: str
    body: str = ""
    lead: str = ""
    url: str = ""
    site: str = ""
    section: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: date | datetime | None = None
    updated: date | datetime | None = None
    reads: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The word of its publisher that an article is to leave the archive."""

    article_id: str


Change = Article | Withdrawal
"""What a record does to an archive."""


def change_from_record(record: Mapping[str, object], *, allow_empty_body: bool = False) -> Change:
    """What one record does to an archive: it brings an article, or takes one out.

    A record whose ``status`` or ``pubstatus`` is "canceled" or "cancelled", in either case, takes out the article of
    its ``id``, which is all that it needs; it does so also when the other of the two fields says something else.

    Raises:
        ArticleError: see ``article_from_record``.
    """
    if any(_status(record, name) in _WITHDRAWN_STATUS for name in STATUS_FIELDS):
        return Withdrawal(_identity(record.get("id")))
    return article_from_record(record, allow_empty_body=allow_empty_body)


def article_from_record(record: Mapping[str, object], *, allow_empty_body: bool = False) -> Article:
    """Check one record and make it an article.

    Args:
        record: ``id`` (string, or an integer, which becomes its decimal string), ``title`` and ``body``, all three
            required; ``url``, ``site``, ``lead`` (strings); ``section`` (a list from the general to the special, or
            "A / B"); ``authors``, or ``author`` where that is empty (a list, or a string); ``tags`` (a list, or a
            string with commas); ``published``, or ``date`` where that is empty, and ``updated`` (ISO date or
            date-time); ``reads`` (integer). A null or blank optional field counts as absent. What else there is goes
            to ``extra``; of that, ``status`` and ``pubstatus`` must say that the article is for readers: "usable",
            "published" or "publish". A draft is refused rather than published.
        allow_empty_body: take a headline whose body is missing or blank.
    Returns:
        The article: the same record always gives an equal one.
    Raises:
        ArticleError: a field is missing, of a wrong type, absurdly large or cannot be read; one sentence, no place.
    """
    article_id = _identity(record.get("id"))
    _check_status(record)
    title = _text(record, "title", clean_line, MAX_LINE_CHARS)
    body = rejoin_lines(_text(record, "body", clean_text, MAX_BODY_CHARS))
    if not title:
        raise ArticleError(f"title is {_absence(record, 'title')}; every article needs one: give a string with text")
    if not body and not allow_empty_body:
        raise ArticleError(
            f"body is {_absence(record, 'body')}; every article needs one: give its text,"
            " or allow empty bodies to take in a bare headline"
        )
    published, authors = _moment(record, "published"), _names(record, "authors", _split_authors)
    unused = {name for name, is_used in (("date", not published), ("author", not authors)) if not is_used}
    return Article(
        article_id=article_id,
        title=title,
        body=body,
        lead=rejoin_lines(_text(record, "lead", clean_text, MAX_LEAD_CHARS)),
        url=_url(record),
        site=_text(record, "site", clean_line, MAX_LINE_CHARS),
        section=_names(record, "section", _split_section),
        authors=_unique(authors or _names(record, "author", _split_authors)),
        tags=_unique(_names(record, "tags", lambda text: text.split(","))),
        published=published or _moment(record, "date"),
        updated=_moment(record, "updated"),
        reads=_reads(record.get("reads")),
        extra=_extra(record, unused),
    )


def record_from_article(article: Article) -> dict[str, object]:
    """The article as the record that ``article_from_record`` makes an equal article of; empty fields are left out."""
    fields: dict[str, object] = {
        "url": article.url,
        "site": article.site,
        "section": list(article.section),
        "lead": article.lead,
        "authors": list(article.authors),
        "tags": list(article.tags),
        "published": article.published.isoformat() if article.published else "",
        "updated": article.updated.isoformat() if article.updated else "",
    }
    record: dict[str, object] = {"id": article.article_id, "title": article.title}
    record |= {name: value for name, value in fields.items() if value}
    record["body"] = article.body
    if article.reads is not None:
        record["reads"] = article.reads
    # A second date or author that was kept must not become the first.
    taken = RECORD_FIELDS - ({"date"} if article.published else set()) - ({"author"} if article.authors else set())
    return record | {name: value for name, value in article.extra.items() if name not in taken}


def _identity(value: object) -> str:
    allowed = "allowed: a string or an integer that no other article has"
    if value is None:
        raise ArticleError(f"id is missing; {allowed}")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20:
        return str(value)
    if not isinstance(value, str):
        raise ArticleError(f"id is {_shown(value)}; {allowed}")
    article_id = value.strip()
    if not article_id:
        raise ArticleError(f"id is blank; {allowed}")
    if len(article_id) > MAX_ID_CHARS:
        raise ArticleError(f"id has {len(article_id):,} characters; allowed: up to {MAX_ID_CHARS:,}")
    article_id = unicodedata.normalize("NFC", article_id)
    if _CONTROL.search(article_id):
        raise ArticleError(f"id is {_shown(article_id)}; allowed: text without line breaks and control characters")
    return article_id


def _status(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return value.strip().lower() if isinstance(value, str) else ""


def _check_status(record: Mapping[str, object]) -> None:
    for name in STATUS_FIELDS:
        value, status = record.get(name), _status(record, name)
        if status in _PLAIN_STATUS or value is None or (isinstance(value, str) and not status):
            continue
        raise ArticleError(
            f"{name} is {_shown(value)}; allowed: usable, published or publish for an article that readers may see,"
            " canceled to take it out; leave out what is neither"
        )


def _text(record: Mapping[str, object], name: str, clean: Callable[[str], str], max_chars: int) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ArticleError(f"{name} is {_shown(value)}; allowed: a string")
    return _cleaned(value, name, clean, max_chars)


def _cleaned(value: str, name: str, clean: Callable[[str], str], max_chars: int) -> str:
    if len(value) > max_chars:
        raise ArticleError(f"{name} has {len(value):,} characters; allowed: up to {max_chars:,}; is a quote missing?")
    try:
        return clean(value)
    except ValueError as error:
        raise ArticleError(f"{name} cannot be read: {error}") from None


def _url(record: Mapping[str, object]) -> str:
    value = record.get("url")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ArticleError(f"url is {_shown(value)}; allowed: a string")
    url = value.strip()
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in ("http", "https"):
        # The results page makes a link of it: "javascript:" would run there.
        raise ArticleError(f"url is {_shown(url)}; allowed: an address that begins with http:// or https://")
    if len(url) > MAX_URL_CHARS or _CONTROL.search(url):
        raise ArticleError(f"url is {_shown(url)}; allowed: up to {MAX_URL_CHARS:,} characters on one line")
    return url


def _names(record: Mapping[str, object], name: str, split: Callable[[str], list[str]]) -> tuple[str, ...]:
    """A list of names: taken as it is, or split from one string; blank ones are dropped."""
    value = record.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        items: list[object] | tuple[object, ...] = [*split(_cleaned(value, name, clean_line, MAX_LINE_CHARS))]
    elif isinstance(value, list | tuple):
        items = value
    else:
        raise ArticleError(f"{name} is {_shown(value)}; allowed: a string or a list of strings")
    if len(items) > MAX_LIST_ITEMS:
        raise ArticleError(f"{name} has {len(items):,} items; allowed: up to {MAX_LIST_ITEMS:,}")
    names = []
    for item in items:
        if not isinstance(item, str):
            raise ArticleError(f"{name} has {_shown(item)} in it; allowed: a list of strings")
        names.append(_cleaned(item, name, clean_line, MAX_LINE_CHARS))
    return tuple(part for part in names if part)


def _split_section(text: str) -> list[str]:
    return text.split("/") if _SLUG_PATH.fullmatch(text) else _SECTION_BORDER.split(text)


def _split_authors(text: str) -> list[str]:
    """Several authors only where each part is a full name: "Rossi, Mario" and "Anna Neri, inviata" stay whole."""
    parts = _AUTHOR_BORDER.split(text)
    return parts if all(_FULL_NAME.fullmatch(part) and part[0].isupper() for part in parts) else [text]


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _moment(record: Mapping[str, object], name: str) -> date | datetime | None:
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ArticleError(f"{name} is {_shown(value)}; allowed: a string with an ISO date or date-time")
    if not value.strip():
        return None
    try:
        moment = parse_published(value)
    except ValueError as error:
        raise ArticleError(f"{name} cannot be read: {error}") from None
    return _with_fixed_offset(moment) if isinstance(moment, datetime) else moment


def _with_fixed_offset(moment: datetime) -> datetime:
    """The same moment at its offset from UTC in whole minutes, which is all that an ISO date-time can say.

    With a named zone two equal moments of the repeated hour in October compare unequal (PEP 495), and an export that
    is read back would look like a change.
    """
    offset = moment.utcoffset() or timedelta()
    return moment.astimezone(timezone(timedelta(minutes=round(offset / timedelta(minutes=1)))))


def _reads(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ArticleError(f"reads is {_shown(value)}; allowed: an integer from 0 on")
    return value


def _extra(record: Mapping[str, object], unused: set[str]) -> dict[str, object]:
    """Every field without a place of its own; a second date or author beside the first is one too, unless empty."""
    extra = {name: value for name, value in record.items() if name not in RECORD_FIELDS or (name in unused and value)}
    if not extra:
        return extra
    try:
        # Encoded here, so that a value which no export could write is refused while its place is still known.
        is_json = msgspec.json.decode(msgspec.json.encode(extra)) == extra
    except (TypeError, ValueError, OverflowError, RecursionError):
        is_json = False
    if not is_json:
        names = ", ".join(sorted(map(repr, extra)))
        raise ArticleError(f"one of the fields {names[:200]} does not hold a JSON value; allowed: what JSON can write")
    return extra


def _absence(record: Mapping[str, object], name: str) -> str:
    return "missing" if record.get(name) is None else "blank"


def _shown(value: object) -> str:
    """The value for a message: its JSON kind and the beginning of it."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "list", dict: "object"}
    if value is None:
        return "null"
    kind = kinds.get(type(value), type(value).__name__)
    # A list of a million items or an integer of a million digits must not be written out to be cut.
    text = repr(value[:60]) if isinstance(value, str) else repr(value) if isinstance(value, bool | float) else ""
    return f"the {kind} {text}" if text else f"a{'n' if kind == 'object' else ''} {kind}"
