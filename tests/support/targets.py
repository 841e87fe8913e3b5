"""What hostile input must not do: each target gives one input to one door of the program, and asserts its contract.

A target takes the door's ``Doors`` and a ``random.Random``; the same state of it repeats the same case.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote_to_bytes

import hostile
from archives import build_archive, temporary_archive
from flask.testing import FlaskClient
from newsroom import TODAY

from index.article import Article, article_from_record, record_from_article
from index.dates import MIN_YEAR, day_in_rome, inclusive_range, parse_day_range, parse_published
from index.errors import ArticleError
from index.sources import read_source
from search import Archive, Page, QueryError, open_archive
from search.language import MAX_NOTES, understand
from search.lists import NAMES_FILE, SYNONYMS_FILE, ListsOfFolder
from web import create_app

ARTICLES = [
    Article(
        article_id=str(number),
        title=("L’economia dell’Unione", "AI e città: la riforma", "D'Alema e il governo", "Elezioni, pensioni e NIS2")[
            number % 4
        ],
        lead="" if number % 3 else "Il sommario dice che la riforma delle pensioni è attesa.",
        body=(
            "Il governo e le pensioni. AI, C++ e start-up; l’Unione europea (UE) chiede il 3,5 per cento.\n\n"
            f"Capitolo {number}: citta' e città, metà e meta, Meloni e melone, intelligenza artificiale."
        ),
        site=("ChannelVille", "ImpresaVille", "")[number % 3],
        section=((), ("Economia",), ("Economia", "Lavoro"), ("Tecnologia", "AI/ML"))[number % 4],
        authors=(("Anna Neri",), (), ("Ugo Bò", "Anna Neri"))[number % 3],
        tags=("AI", "Smart working")[: number % 3],
        published=(None, date(2024, 3, 13), datetime(2026, 3, 1, 9, 30, tzinfo=UTC), date(1999, 12, 31))[number % 4],
    )
    for number in range(24)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The small archive with either kernels, its site, and a folder for files."""

    plain: Archive
    compiled: Archive
    client: FlaskClient
    folder: Path


@contextmanager
def open_doors() -> Iterator[Doors]:
    """Everything that the targets need, gone at the end."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        data = build_archive(folder / "archive", ARTICLES)
        plain = held.enter_context(open_archive(data, kernels="plain", deadline_s=60))
        compiled = held.enter_context(open_archive(data, kernels="compiled", deadline_s=60))
        client = create_app(plain).test_client()
        yield Doors(plain=plain, compiled=compiled, client=client, folder=folder)


Target = Callable[[Doors, Random], None]


def ask(doors: Doors, chance: Random) -> None:
    """A question: both kernels give the same page, and what was understood can be told."""
    text, any_word = hostile.question(chance), chance.random() < 0.3
    understood = understand(text, today=TODAY, any_word=any_word)
    assert len(understood.notes) <= MAX_NOTES
    assert "\n" not in understood.words
    settings: dict[str, Any] = {
        "any": any_word,
        "widen": chance.random() < 0.7,
        "sort": chance.choice(("relevance", "newest", "oldest")),
    }
    pages = [archive.search(text, now=TODAY, size=100, **settings) for archive in (doors.plain, doors.compiled)]
    first, second = pages
    assert first.query == text
    assert _answer(first) == _answer(second)
    assert len(first.hits) == first.stories <= first.total <= len(ARTICLES)
    for hit in first.hits:
        for snippet in (hit.title, hit.snippet):
            assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.highlights)


def _answer(page: Page) -> object:
    hits = [(hit.article.article_id, hit.title, hit.snippet) for hit in page.hits]
    return page.understood, page.total, hits, page.facets, page.histogram, page.suggestion, page.widened


def explain(doors: Doors, chance: Random) -> None:
    """A question with its explanation: every score is the value of its explanation."""
    page = doors.plain.search(hostile.question(chance), now=TODAY, explain=True)
    for hit in page.hits:
        assert hit.explanation is not None
        assert hit.explanation.value == hit.score >= 0


def suggest(doors: Doors, chance: Random) -> None:
    """A beginning: at most as many suggestions as asked for, none blank, none twice."""
    size = chance.choice((1, 3, 10, 100))
    found = doors.plain.suggest(chance.choice((hostile.question, hostile.word, hostile.scrap))(chance), size=size)
    assert len(found) == len(set(found)) <= size
    assert all(text.strip() for text in found)


def mean(doors: Doors, chance: Random) -> None:
    """A question with slips: what was probably meant, if anything, finds something."""
    text = hostile.some(chance, hostile.word, hostile.word, hostile.scrap, most=5, joint=" ")
    page = doors.compiled.search(text, now=TODAY)
    if page.suggestion is not None:
        assert doors.compiled.search(page.suggestion, now=TODAY).total > 0


def _file(suffix: str, maker: Callable[[Random], bytes]) -> Target:
    def read(doors: Doors, chance: Random) -> None:
        content = maker(chance)
        if suffix.endswith(".gz"):
            content = gzip.compress(content, mtime=0)
            content = hostile.damaged(chance, content) if chance.random() < 0.5 else content
        path = doors.folder / f"a{suffix}"
        path.write_bytes(content)
        for result in read_source(str(path), allow_empty_body=chance.random() < 0.5):
            if isinstance(result, ArticleError):
                assert result.source == str(path)
                _check_sentence(result.reason)
            elif isinstance(result, Article):
                assert article_from_record(record_from_article(result), allow_empty_body=True) == result
            else:
                assert result.article_id

    read.__doc__ = f"A file named {suffix}: an article, which can be exported and read again, or one sentence."
    return read


def _check_sentence(text: str, *parts: str) -> None:
    """One sentence for a person, with some parts in it."""
    assert text.strip()
    assert text.isprintable()
    assert len(text) < 1_000
    assert all(part in text for part in parts)


def take_in(_doors: Doors, chance: Random) -> None:
    """Any records: those that are taken in are indexed, counted and found."""
    articles = {}
    for _ in range(chance.randint(1, 4)):
        try:
            article = article_from_record(hostile.record(chance), allow_empty_body=True)
        except ArticleError as error:
            _check_sentence(error.reason)
            continue
        articles[article.article_id] = article
    with temporary_archive(list(articles.values())) as archive:
        assert archive.search("", now=TODAY, size=100).total == len(articles)
        assert all(archive.article(name) == article for name, article in articles.items())
        assert archive.search(hostile.question(chance), now=TODAY).total <= len(articles)


def find_by_id(doors: Doors, chance: Random) -> None:
    """An id of any kind: its article, or none."""
    name = chance.choice((hostile.scrap(chance), str(chance.randrange(30))))
    article = doors.plain.article(name)
    assert article is None or article.article_id == name


def read_day(_doors: Doors, chance: Random) -> None:
    """A date as a person types it: some days, or one sentence; two of them are a range, or one sentence."""
    texts = hostile.day(chance), hostile.day(chance)
    try:
        days = parse_day_range(texts[0], today=TODAY)
        assert days.since is not None
        assert days.since.year >= MIN_YEAR
        assert not days.is_empty
        inclusive_range(*texts, today=chance.choice((TODAY, date(MIN_YEAR, 1, 1), date.max)))
    except ValueError as error:
        _check_sentence(str(error), "allowed")


def read_moment(_doors: Doors, chance: Random) -> None:
    """When an article was published: a day from the year 1000 on, or one sentence."""
    try:
        published = parse_published(hostile.moment(chance))
    except ValueError as error:
        _check_sentence(str(error), "allowed")
    else:
        assert day_in_rome(published).year >= MIN_YEAR
        assert not isinstance(published, datetime) or published.utcoffset() is not None


def visit(doors: Doors, chance: Random) -> None:
    """An address: never a broken page; a request that is wrong is told so, in JSON where it was asked for."""
    address = hostile.address(chance)
    path, _, query = address.partition("?")
    # Not by the client's own reading of the address, which refuses some.
    asked = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query, "REQUEST_URI": address}
    response = doors.client.get("/", environ_overrides=asked)
    assert response.status_code in (200, 308, 400, 404), f"{response.status_code} for {address!r}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if address.startswith("/api/v1/search"):
        assert isinstance(json.loads(response.data), dict)
    elif response.mimetype == "text/html":
        ours = (b'<script src="/static/', b'<script type="application/ld+json">')
        assert response.data.count(b"<script") == sum(map(response.data.count, ours))


def edit_lists(doors: Doors, chance: Random) -> None:
    """The lists of editors: each fault is one sentence with its place, and the archive still answers."""
    folder = doors.folder / "archive"
    (folder / SYNONYMS_FILE).write_bytes(hostile.synonyms(chance))
    (folder / NAMES_FILE).write_bytes(hostile.names(chance))
    try:
        lists = ListsOfFolder(folder).current()
        for fault in lists.faults:
            _check_sentence(fault, str(folder))
        assert all(synonym.typed and synonym.sought for synonym in lists.synonyms)
        assert not lists.names & lists.common_words
        assert doors.plain.search(hostile.question(chance), now=TODAY).total <= len(ARTICLES)
    finally:
        (folder / SYNONYMS_FILE).unlink()
        (folder / NAMES_FILE).unlink()


def ask_beside(doors: Doors, chance: Random) -> None:
    """Values beside a question: a page, or one sentence that names what is allowed."""
    values: dict[str, Any] = {
        "sections": [hostile.scrap(chance)] * chance.randint(0, 2),
        "sites": chance.choice(((), ("ChannelVille",), (hostile.word(chance),))),
        "since": chance.choice((None, hostile.day(chance), TODAY - timedelta(days=chance.randrange(9_999)))),
        "until": chance.choice((None, hostile.day(chance))),
        "page": chance.choice((1, 2, 0, 10**9)),
    }
    try:
        page = doors.plain.search(hostile.word(chance), now=TODAY, **values)
    except QueryError as error:
        _check_sentence(str(error), "allowed")
    else:
        assert page.total <= len(ARTICLES)


def draft(doors: Doors, chance: Random) -> None:
    """A draft: what is related to it, and what the desk says of it, or one sentence; both kernels alike."""
    text = chance.choice(("", "\n", " ")).join(
        chance.choice((hostile.question, hostile.scrap, hostile.word))(chance) for _ in range(chance.randint(0, 40))
    )
    try:
        news = [archive.related(text=text, now=TODAY, size=20) for archive in (doors.plain, doors.compiled)]
        report = doors.plain.check_draft(text, now=TODAY)
    except QueryError as error:
        _check_sentence(str(error), "allowed")
        return
    first, second = ([(hit.article.article_id, hit.reasons, hit.snippet) for hit in one.hits] for one in news)
    assert first == second
    for link in report.links:
        assert report.text[link.start : link.end] == link.anchor


TARGETS: Mapping[str, Target] = {
    "draft": draft,
    "ask": ask,
    "ask beside": ask_beside,
    "explain": explain,
    "suggest": suggest,
    "mean": mean,
    "jsonl": _file(".jsonl", hostile.jsonl),
    "jsonl.gz": _file(".jsonl.gz", hostile.jsonl),
    "csv": _file(".csv", hostile.table),
    "html": _file(".html", hostile.page),
    "txt": _file(".txt", hostile.text_page),
    "rss": _file(".rss", hostile.feed),
    "take in": take_in,
    "find by id": find_by_id,
    "day": read_day,
    "moment": read_moment,
    "visit": visit,
    "lists": edit_lists,
}
"""Every door by its name."""
