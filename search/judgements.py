"""Judgements: a folder of texts, of queries, and of grades that say which text answers which query.

    docs.jsonl      one JSON object a line: ``id``, and what there is of ``title``, ``lead``, ``body``
    queries.tsv     query id, text
    qrels.tsv       query id, article id, grade

The tables are UTF-8 with tabs between the fields and no row of titles; how to write them: ``docs/relevance.md``.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from index.article import Article
from index.errors import ArchiveError, ArticleError
from index.italian import normalize
from index.plain_text import foreign_byte

Half = Literal["odd", "even"]
HALVES: Final[tuple[str, ...]] = get_args(Half)

MAX_GRADE: Final = 100

_FILES: Final = "docs.jsonl, queries.tsv and qrels.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """What is asked, and what answers it.

    Attributes:
        queries: query id -> text, in the order of the file; each has a relevant article.
        grades: query id -> article id -> grade, 0 to MAX_GRADE; 0 is not relevant.
    """

    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]


def read_judgements(folder: Path, *, half: Half | None = None, leave_out_own: bool = False) -> Judgements:
    """The queries of a folder that have a relevant article, with their grades.

    Args:
        half: only the queries at odd or at even places of ``queries.tsv``, the first being odd.
        leave_out_own: whether a query's own article (``own_article``) is not judged.
    Raises:
        ArchiveError: a file or a row cannot be read, or nothing is judged; says which, and what is allowed.
    """
    queries = _queries(folder / "queries.tsv")
    grades = _grades(folder / "qrels.tsv")
    first = HALVES.index(half) if half else 0
    chosen = list(queries)[first :: 2 if half else 1]
    if leave_out_own:
        grades = {
            query: {article_id: grade for article_id, grade in found.items() if article_id != own_article(query)}
            for query, found in grades.items()
        }
    judged = [query for query in chosen if any(grades.get(query, {}).values())]
    if not judged:
        raise ArchiveError(f"{folder}: no query has a relevant article; check that the ids of the two tables agree")
    return Judgements(
        queries={query: queries[query] for query in judged}, grades={query: grades[query] for query in judged}
    )


def own_article(query: str) -> str | None:
    """The id of the article that a query was made from: what follows the "q" of the query's id; None without one."""
    return query[1:] if query.startswith("q") else None


def _queries(path: Path) -> dict[str, str]:
    queries: dict[str, str] = {}
    for place, (query, text) in _rows(path, 2):
        if query in queries:
            raise ArchiveError(f"{place}: query {query!r} stands twice; give each query an id of its own")
        queries[query] = text
    return queries


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for place, (query, article_id, text) in _rows(path, 3):
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= MAX_GRADE):
            raise ArchiveError(
                f"{place}: grade {text!r} is not allowed; allowed: whole numbers, 0 (not relevant) to {MAX_GRADE}"
            )
        grade = int(text)
        if grades.setdefault(query, {}).setdefault(article_id, grade) != grade:
            raise ArchiveError(
                f"{place}: article {article_id!r} has two grades for query {query!r},"
                f" {grades[query][article_id]} and {grade}; keep one"
            )
    return grades


def _rows(path: Path, width: int) -> Iterator[tuple[str, list[str]]]:
    """(path:line, fields) of each line that is not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets put a mark of byte order in front
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{path}: is not UTF-8 (at byte {error.start:,}); save it as UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        fields = line.removesuffix("\r").split("\t")
        if fields == [""]:
            continue
        if len(fields) != width:
            raise ArchiveError(f"{path}:{number}: {len(fields)} fields found; allowed: {width}, with tabs between")
        yield f"{path}:{number}", fields


class _Document(msgspec.Struct):
    id: str | int
    title: str | None = None
    lead: str | None = None
    body: str | None = None
    tags: tuple[str, ...] | None = None


def judged_articles(folder: Path) -> Iterator[Article]:
    """The texts of a folder, one at a time; unlike an archive's, a judged text may lack a title, a body, or both.

    They are undated, whatever the file says: figures that depend on the day are not comparable.

    Raises:
        ArticleError: a line is not a judged text; names it.
        ArchiveError: the file cannot be read.
    """
    path = folder / "docs.jsonl"
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _article(line, str(path), number)
    except OSError as error:
        raise _unreadable(path, error) from error


def _article(line: bytes, source: str, number: int) -> Article:
    try:
        document = msgspec.json.decode(line.removeprefix(BOM_UTF8), type=_Document)
        title, lead, body, *tags = (
            normalize(text or "") for text in (document.title, document.lead, document.body, *(document.tags or ()))
        )
    except (ValueError, RecursionError) as error:
        reason = error if (byte := foreign_byte(line)) is None else f"not UTF-8, byte 0x{byte:02x}"
        raise ArticleError(
            f"is not a judged text ({reason}); give a JSON object with id, title and body", source=source, line=number
        ) from error
    if not document.id and document.id != 0:
        raise ArticleError("id is blank; give each text an id of its own", source=source, line=number)
    return Article(article_id=str(document.id), title=title, lead=lead, body=body, tags=tuple(tags))


def _unreadable(path: Path, error: OSError) -> ArchiveError:
    return ArchiveError(f"{path}: cannot be read ({error.strerror}); name a folder with {_FILES}")
