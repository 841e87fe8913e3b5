"""Facets and the month histogram: counts of values over the documents found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.snapshot import Snapshot
from search.kernels import Kernels
from search.page import FacetCount, MonthCount

Docs64 = NDArray[np.int64]

MOST_VALUES = 50
"""Values shown a facet; those that a filter names are shown beside them."""


def count_facet(
    snapshot: Snapshot, facet: str, found: Sequence[Docs64], kernels: Kernels, *, chosen: Collection[int] = ()
) -> tuple[FacetCount, ...]:
    """How many of the chosen documents have each value, most frequent first, then by name.

    Args:
        found: the documents to count, ascending, by segment.
        chosen: numbers of values that are shown whatever their count.
    """
    values = snapshot.values[facet]
    counts = np.zeros(len(values), dtype=np.int64)
    for segment, docs in zip(snapshot.segments, found, strict=True):
        kernels.count_values(counts, docs, segment.columns[f"{facet}_start"], segment.columns[f"{facet}_value"])
    counted = np.flatnonzero(counts)
    # Count and place by name in one number: of values of one count, of which there may be thousands, the first by name.
    order = counts[counted] * len(values) - snapshot.derived(_places_by_name)[facet][counted]
    if len(counted) > MOST_VALUES:
        best = np.argpartition(order, -MOST_VALUES)[-MOST_VALUES:]
        counted, order = counted[best], order[best]
    shown = counted[np.argsort(-order)].tolist()
    shown += [at for at in chosen if at not in shown]
    return tuple(FacetCount(value=values[at], count=int(counts[at])) for at in shown)


def _places_by_name(snapshot: Snapshot) -> dict[str, NDArray[np.int64]]:
    """Facet -> the place of each value among all of them sorted by name; int64, (num_values,)."""
    places: dict[str, NDArray[np.int64]] = {}
    for facet, values in snapshot.values.items():
        places[facet] = np.empty(len(values), dtype=np.int64)
        places[facet][sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
    return places


def count_months(snapshot: Snapshot, found: Sequence[Docs64]) -> dict[int, int]:
    """Month (year * 12 + month - 1) -> how many of the chosen documents, ascending; undated ones left out."""
    months = np.concatenate([np.zeros(0, dtype=np.int32), *_months(snapshot, found)])
    if len(months) == 0:
        return {}
    first = int(months.min())
    counts = np.bincount(months - first)
    counted = np.flatnonzero(counts)
    return dict(zip((counted + first).tolist(), counts[counted].tolist(), strict=True))


def _months(snapshot: Snapshot, found: Sequence[Docs64]) -> Iterator[NDArray[np.int32]]:
    """The months of the dated documents found, by segment; undated ones stand last."""
    for segment, docs in zip(snapshot.segments, found, strict=True):
        months: NDArray[np.int32] = segment.columns["doc_month"][docs]
        yield months[: np.searchsorted(-months, 1)]


def histogram(months: dict[int, int]) -> tuple[MonthCount, ...]:
    """The counts of ``count_months``, with the months as readers write them."""
    return tuple(map(MonthCount, map(_month, months), months.values()))


@lru_cache(maxsize=1 << 12)
def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def years(months: dict[int, int]) -> tuple[FacetCount, ...]:
    """The counts of ``count_months`` by year, newest first."""
    if not months:
        return ()
    of_month = np.fromiter(months, dtype=np.int64, count=len(months)) // 12
    first = int(of_month.min())
    counts = np.bincount(of_month - first, weights=np.fromiter(months.values(), dtype=np.int64, count=len(months)))
    found = np.flatnonzero(counts)[::-1].tolist()
    return tuple(FacetCount(value=f"{first + at:04d}", count=int(counts[at])) for at in found)
