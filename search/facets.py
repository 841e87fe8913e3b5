"""Facets and the month histogram: counts of values over the documents found."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from index.snapshot import Snapshot
from search.kernels import Kernels, Mask
from search.page import FacetCount, MonthCount

MOST_VALUES = 50
"""Values shown a facet; those that a filter names are shown beside them."""


def count_facet(
    snapshot: Snapshot, facet: str, masks: Sequence[Mask], kernels: Kernels, *, chosen: Collection[int] = ()
) -> tuple[FacetCount, ...]:
    """How many of the chosen documents have each value, most frequent first, then by name.

    Args:
        masks: the documents to count, by segment.
        chosen: numbers of values that are shown whatever their count.
    """
    values = snapshot.values[facet]
    counts = np.zeros(len(values), dtype=np.int64)
    for segment, mask in zip(snapshot.segments, masks, strict=True):
        columns = segment.columns
        counts += kernels.count_values(mask, columns[f"{facet}_start"], columns[f"{facet}_value"], len(values))
    found = sorted(np.flatnonzero(counts).tolist(), key=lambda at: (-counts[at], values[at]))
    shown = found[:MOST_VALUES]
    shown += [at for at in chosen if at not in shown]
    return tuple(FacetCount(value=values[at], count=int(counts[at])) for at in shown)


def count_months(snapshot: Snapshot, masks: Sequence[Mask]) -> dict[int, int]:
    """Month (year * 12 + month - 1) -> how many of the chosen documents, ascending; undated ones left out."""
    total: dict[int, int] = {}
    for segment, mask in zip(snapshot.segments, masks, strict=True):
        months: NDArray[np.int32] = segment.columns["doc_month"][mask]
        months = months[months >= 0]
        if len(months) == 0:
            continue
        first = int(months.min())
        for at, count in enumerate(np.bincount(months - first).tolist()):
            if count:
                total[first + at] = total.get(first + at, 0) + count
    return dict(sorted(total.items()))


def histogram(months: dict[int, int]) -> tuple[MonthCount, ...]:
    """The counts of ``count_months``, with the months as readers write them."""
    return tuple(MonthCount(f"{month // 12:04d}-{month % 12 + 1:02d}", count) for month, count in months.items())


def years(months: dict[int, int]) -> tuple[FacetCount, ...]:
    """The counts of ``count_months`` by year, newest first."""
    total: dict[int, int] = {}
    for month, count in months.items():
        total[month // 12] = total.get(month // 12, 0) + count
    return tuple(FacetCount(value=f"{year:04d}", count=total[year]) for year in sorted(total, reverse=True))
