"""Measures: lists of found articles and grades -> how good each list is. The sums are those of ir-measures.

The library is an optional part of the program (``emeroteca[evaluate]``); only this module imports it, and only when it
is asked for measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from index.errors import ArchiveError

DEPTH: Final = 100
"""How far down a list is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How good one list of articles is, or some lists are on average; each 0 to 1.

    Attributes:
        ndcg: nDCG@10: gain is the grade, the discount log2(rank + 1), the ideal the best list that the grades allow.
        mrr: 1 / rank of the first relevant article, 0 when it is not within 10.
        recall: share of the relevant articles within the first 100.
        precision: relevant articles within the first 5, divided by 5.
    Source:
        ndcg: Jarvelin & Kekalainen, ACM TOIS 20(4), 2002, as in trec_eval.
    """

    ndcg: float
    mrr: float
    recall: float
    precision: float


def load_library() -> Any:
    """The library of measures.

    Raises:
        ArchiveError: it is not installed.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise ArchiveError(
            "evaluate needs the package ir-measures, which is not installed; run `pip install ir-measures`"
        ) from error
    return ir_measures


def measure(
    found: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]
) -> tuple[Measures, dict[str, Measures]]:
    """The means over all queries, and the measures of each.

    Args:
        found: query -> article ids, the best first, each once; a query that is missing found nothing.
        grades: query -> article id -> grade; from 1 on it is relevant. Each query has a relevant article.
    Raises:
        ArchiveError: the library is not installed.
    """
    library = load_library()
    names = {
        library.nDCG @ 10: "ndcg",
        library.RR @ 10: "mrr",
        library.R @ 100: "recall",
        library.P @ 5: "precision",
    }
    # The library orders by score, and equal scores by id: a list is told to it as falling scores.
    run = {query: {article_id: float(-rank) for rank, article_id in enumerate(ids)} for query, ids in found.items()}
    result = library.calc(list(names), {query: dict(judged) for query, judged in grades.items()}, run)
    values: dict[str, dict[str, float]] = {query: {} for query in grades}
    for metric in result.per_query:
        values[metric.query_id][names[metric.measure]] = metric.value
    means = {name: result.aggregated[one] for one, name in names.items()}
    return Measures(**means), {query: Measures(**each) for query, each in values.items()}
