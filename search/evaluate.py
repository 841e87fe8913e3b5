"""Evaluation: judged queries -> nDCG, reciprocal rank and recall."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from index.article import Article
from index.errors import ArchiveError, ArticleError
from index.italian import normalize
from index.operations import add_articles
from search.archive import open_archive

DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Means over the judged queries, each 0 to 1.

    Attributes:
        ndcg: nDCG@10 with gain = grade and a discount of log2(rank + 1).
        mrr: reciprocal rank of the first relevant article within 10.
        recall: share of the relevant articles within the first 10, of at most 10.
        queries: how many were asked.
    """

    ndcg: float
    mrr: float
    recall: float
    queries: int


class _Document(msgspec.Struct):
    id: str
    body: str
    title: str = ""


def evaluate(folder: Path) -> Quality:
    """Index ``docs.jsonl`` of a folder in a temporary archive, ask ``queries.tsv`` and judge by ``qrels.tsv``.

    A query takes any of its words. Where a query's id is "q" and the id of an article, that article is its own source
    and is left out of the answers.

    Raises:
        ArchiveError: a file is missing or a row cannot be read; says which.
    """
    queries: dict[str, str] = {query: text for query, text in _rows(folder / "queries.tsv", 2)}  # noqa: C416  # typed rows
    grades: dict[str, dict[str, float]] = {}
    for query, article_id, grade in _rows(folder / "qrels.tsv", 3):
        try:
            grades.setdefault(query, {})[article_id] = float(grade)
        except ValueError:
            raise ArchiveError(f"{folder / 'qrels.tsv'}: grade {grade!r} is not a number; correct it") from None
    judged = [query for query in queries if any(grade > 0 for grade in grades.get(query, {}).values())]
    if not judged:
        raise ArchiveError(f"{folder}: no query has a relevant article; check that the ids of the two tables agree")
    ndcg = mrr = recall = 0.0
    with tempfile.TemporaryDirectory() as data_dir:
        add_articles(Path(data_dir), _documents(folder / "docs.jsonl"))
        with open_archive(data_dir) as archive:
            for query in judged:
                page = archive.search(queries[query], any=True, size=DEPTH + 1)
                found = [hit.article.article_id for hit in page.hits if f"q{hit.article.article_id}" != query][:DEPTH]
                gains = [grades[query].get(article_id, 0.0) for article_id in found]
                ideal = sorted((grade for grade in grades[query].values() if grade > 0), reverse=True)
                ndcg += _discounted(gains) / _discounted(ideal[:DEPTH])
                mrr += next((1 / rank for rank, gain in enumerate(gains, start=1) if gain > 0), 0.0)
                recall += sum(gain > 0 for gain in gains) / min(len(ideal), DEPTH)
    count = len(judged)
    return Quality(ndcg=ndcg / count, mrr=mrr / count, recall=recall / count, queries=count)


def _discounted(gains: list[float]) -> float:
    """Discounted cumulative gain: the sum of gain / log2(rank + 1) (Jarvelin & Kekalainen, ACM TOIS 20(4), 2002)."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _documents(path: Path) -> Iterator[Article]:
    """The judged texts: id, body and perhaps title; unlike an archive's, a judged text may have no title."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    document = msgspec.json.decode(line, type=_Document)
                except msgspec.MsgspecError as error:
                    raise ArticleError(
                        f"is not a judged text ({error}); give it id and body", source=str(path), line=number
                    ) from error
                yield Article(article_id=document.id, title=normalize(document.title), body=normalize(document.body))
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror}); name a folder with docs.jsonl") from error


def _rows(path: Path, width: int) -> Iterator[tuple[str, ...]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(lines, start=1):
        fields = line.split("\t")
        if len(fields) != width:
            raise ArchiveError(f"{path}:{number}: {len(fields)} fields found; allowed: {width}, with tabs between")
        yield tuple(fields)
