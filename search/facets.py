"""Facets and the month histogram: counts of values over the documents found."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.dates import month_iso
from index.snapshot import Snapshot
from search.kernels import DocsFound, Kernels
from search.page import FacetCount, MonthCount
from search.rows import count_values

NO_MONTH: Final = 0xFFFF

MOST_VALUES = 50
"""Values shown a facet; those that a filter names are shown beside them."""

P = TypeVar("P", FacetCount, MonthCount)


def _counted(kind: type[P], values: Iterable[str], counts: Iterable[int]) -> tuple[P, ...]:
    """Values with their counts; a page has hundreds, and their own constructor would take twice as long."""
    return tuple(map(tuple.__new__, repeat(kind), zip(values, counts, strict=True)))


def count_facet(
    snapshot: Snapshot,
    facet: str,
    docs: DocsFound,
    kernels: Kernels,
    *,
    chosen: Collection[int] = (),
    most: int | None = MOST_VALUES,
) -> tuple[FacetCount, ...]:
    """How many of some documents have each value, most frequent first, then by name.

    Args:
        docs: the documents to count.
        chosen: numbers of values that are shown whatever their count.
        most: how many others are shown; None for all.
    """
    values = snapshot.values[facet]
    counts = count_values(snapshot, facet, docs, kernels)
    counted = np.flatnonzero(counts)
    # Count and place by name in one number: of values of one count, of which there may be thousands, the first by name.
    order = counts[counted] * len(values) - snapshot.derived(_places_by_name)[facet][counted]
    if most is not None and len(counted) > most:
        best = np.argpartition(order, -most)[-most:]
        counted, order = counted[best], order[best]
    shown = counted[np.argsort(-order)].tolist()
    shown += [at for at in chosen if at not in shown]
    return _counted(FacetCount, map(values.__getitem__, shown), counts[shown].tolist())


def _places_by_name(snapshot: Snapshot) -> dict[str, NDArray[np.int64]]:
    """Facet -> the place of each value among all of them sorted by name; int64, (num_values,)."""
    places: dict[str, NDArray[np.int64]] = {}
    for facet, values in snapshot.values.items():
        places[facet] = np.empty(len(values), dtype=np.int64)
        places[facet][sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
    return places


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """How many of some documents are of each month; undated ones are of none.

    Attributes:
        month: those that have one, ``index.dates.month_number``, ascending; int32, (num_months,).
        count: of each; int64, (num_months,).
    """

    month: NDArray[np.int32]
    count: NDArray[np.int64]

    @property
    def by_month(self) -> tuple[MonthCount, ...]:
        """The months as readers write them."""
        return _counted(MonthCount, map(_month_name, self.month.tolist()), self.count.tolist())

    @property
    def by_year(self) -> tuple[FacetCount, ...]:
        """The years, newest first."""
        year = self.month // 12
        start = np.flatnonzero(np.diff(year, prepend=-1))
        count = np.add.reduceat(self.count, start) if len(start) else self.count
        return _counted(FacetCount, map(_year_name, year[start][::-1].tolist()), count[::-1].tolist())


def count_months(snapshot: Snapshot, docs: DocsFound, kernels: Kernels) -> MonthCounts:
    """How many of some documents, ascending, are of each month."""
    months, column = snapshot.derived(_months)
    counts = kernels.count_numbers(docs, column, len(months))
    counted = np.flatnonzero(counts)
    return MonthCounts(months[counted], counts[counted])


def _months(snapshot: Snapshot) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """All months from the first of a snapshot to its last, and for each document how many months it is after the first.

    NO_MONTH for an undated document, and for one of a month so late after the first: 5,461 years.
    """
    # Not Snapshot.column, which would keep what is read this once.
    month = np.concatenate([np.zeros(0, dtype=np.int32), *(one.columns["doc_month"] for one in snapshot.segments)])
    is_dated = month >= 0
    if not is_dated.any():
        return np.zeros(0, dtype=np.int32), np.full(len(month), NO_MONTH, dtype=np.uint16)
    first, last = int(month[is_dated].min()), int(month.max())
    place = np.minimum(np.where(is_dated, month - first, NO_MONTH), NO_MONTH)
    return np.arange(first, min(last, first + NO_MONTH - 1) + 1, dtype=np.int32), place.astype(np.uint16)


_month_name: Final = lru_cache(maxsize=1 << 12)(month_iso)


def _year_name(year: int) -> str:
    return f"{year:04d}"
