"""Evaluation: judged queries asked under some settings of the ranking, and how good the answers are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.article import Article
from index.errors import ArchiveError
from index.operations import add_articles
from search.archive import Archive, open_archive
from search.comparison import Comparison, compare
from search.judgements import Half, Judgements, judged_articles, own_article, read_judgements
from search.measures import DEPTH, Measures, load_library, measure
from search.ranking import RankingSettings
from search.relations import text_of

OnMissing = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good the answers to some queries are under one setting of the ranking.

    Attributes:
        means: over all queries.
        of_query: query id -> measures of its answer, in the order of ``queries.tsv``.
        texts: query id -> what was asked, in the same order.
    """

    means: Measures
    of_query: dict[str, Measures]
    texts: dict[str, str]


def evaluate(
    folder: Path,
    rankings: Sequence[RankingSettings] = (RankingSettings(),),
    *,
    half: Half | None = None,
    leave_out_own: bool = False,
    on_missing: OnMissing | None = None,
) -> tuple[Quality, ...]:
    """Index the texts of a folder once in a temporary archive, ask its queries under each setting, and judge.

    A query takes any of its words. Queries without a relevant article are not asked.

    Args:
        folder: holds judgements, as ``search.judgements`` reads them.
        rankings: settings of the ranking; the answer has a quality for each, of the same queries.
        half: only the queries at odd or at even places of the file.
        leave_out_own: whether a query's own article (``own_article``) is left out of its answer and its grades.
        on_missing: called with the ids that have a grade above 0 and no text, if any; they count as not found.
    Raises:
        ArchiveError: a file or a row cannot be read, or the library of measures is not installed.
    """
    load_library()  # a missing library is told before the work, not after it
    judgements = read_judgements(folder, half=half, leave_out_own=leave_out_own)
    ids: set[str] = set()
    with tempfile.TemporaryDirectory() as data_dir:
        add_articles(Path(data_dir), _noting(judged_articles(folder), ids))
        found = [_ask_all(Path(data_dir), ranking, judgements, leave_out_own=leave_out_own) for ranking in rankings]
    relevant = {one for grades in judgements.grades.values() for one, grade in grades.items() if grade}
    if on_missing is not None and relevant - ids:
        on_missing(sorted(relevant - ids))
    measured = [measure(answers, judgements.grades) for answers in found]
    texts = dict(judgements.queries)
    return tuple(Quality(means=means, of_query=of_query, texts=texts) for means, of_query in measured)


def evaluate_related(folder: Path, *, half: Half | None = None) -> Quality:
    """How good related news is: each query's own article (``own_article``) is the draft, and is left out.

    Args:
        folder, half: as in ``evaluate``.
    Raises:
        ArchiveError: as in ``evaluate``, or a query has no article of its own.
    """
    load_library()
    judgements = read_judgements(folder, half=half, leave_out_own=True)
    with tempfile.TemporaryDirectory() as data_dir:
        add_articles(Path(data_dir), judged_articles(folder))
        with open_archive(data_dir) as archive:
            found = {query: _related_to_own(archive, query) for query in judgements.queries}
    means, of_query = measure(found, judgements.grades)
    return Quality(means=means, of_query=of_query, texts=dict(judgements.queries))


def _related_to_own(archive: Archive, query: str) -> tuple[str, ...]:
    own = own_article(query) or ""
    if (article := archive.article(own)) is None:
        raise ArchiveError(f"query {query!r}: docs.jsonl has no article {own!r}; related news needs it as the draft")
    hits = archive.related(text=text_of(article), size=DEPTH).hits
    return tuple(hit.article.article_id for hit in hits if hit.article.article_id != own)


def compare_quality(first: Quality, second: Quality) -> Comparison:
    """The nDCG of each query under the first setting against that under the second; both of the same queries."""
    return compare(*([quality.of_query[query].ndcg for query in first.texts] for quality in (first, second)))


def evaluation_as_json(first: Quality, second: Quality | None, *, each_query: bool) -> dict[str, Any]:
    """The means, with ``queries``, how many; with a second setting its means, the differences and the test.

    Args:
        each_query: whether ``per_query`` lists the measures of each query.
    """
    told: dict[str, Any] = asdict(first.means) | {"queries": len(first.texts)}
    if second is not None:
        others = asdict(second.means)
        told |= {"against": others, "difference": {name: told[name] - value for name, value in others.items()}}
        told |= asdict(compare_quality(first, second))
    if each_query:
        told["per_query"] = [
            {"query": query, "text": text, **asdict(first.of_query[query])}
            | ({} if second is None else {"against": asdict(second.of_query[query])})
            for query, text in first.texts.items()
        ]
    return told


def _noting(articles: Iterator[Article], ids: set[str]) -> Iterator[Article]:
    for article in articles:
        ids.add(article.article_id)
        yield article


def _ask_all(
    data_dir: Path, ranking: RankingSettings, judgements: Judgements, *, leave_out_own: bool
) -> dict[str, tuple[str, ...]]:
    with open_archive(data_dir, ranking=ranking) as archive:
        return {
            query: _ask(archive, text, without=own_article(query) if leave_out_own else None)
            for query, text in judgements.queries.items()
        }


def _ask(archive: Archive, text: str, *, without: str | None) -> tuple[str, ...]:
    ids = archive.ranked_ids(text, any=True, depth=DEPTH + 1)
    return tuple(article_id for article_id in ids if article_id != without)[:DEPTH]
