"""Rows: the values that documents have of a facet, each combination once.

A document may have several values, as a section has steps and an article authors. Of combinations there are few, so a
number for each document is enough to count with, and to filter by. Where they are many, as of tags, finding those that
are equal takes longer than it saves: then each document has a row of its own.

To make the rows of a snapshot takes as long as to count all of its documents in the columns as they lie. So until that
many were counted, they are counted there: a command that asks one question, and whoever asks first after a commit, do
not wait for the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.columns import distinct, ranges
from index.segment import FACETS
from index.snapshot import Snapshot
from search.kernels import DocsFound, Kernels, Mask

_DENSE: Final = 4
"""Numbers that are not larger than this many times how many there are get new ones by a table, others by sorting."""

_SPARSE: Final = 16
"""Counting the row of a document by itself takes as long as passing this many rows."""

_COMPARED: Final = 16
"""So many rows are sooner compared with those of all documents than each of these is looked up among them."""

_MOST_SORTED: Final = 0.25
"""No more of all documents are sorted to find those whose rows are equal."""


_NO_SUCH_VALUE: Final = "a row of a facet names values that there are not"


@dataclass(frozen=True, slots=True)
class FacetRows:
    """What the documents of a snapshot have of a facet.

    Attributes:
        row: the number of each document's row; uint16, or uint32 where there are more rows, (num_docs,).
        start, value: where the values of each row begin, the end of the last behind, and their numbers; int64,
            (num_rows + 1,), and int32, (start[-1],).
        num_values: how many values the facet has.
    """

    row: NDArray[Any]
    start: NDArray[np.int64]
    value: NDArray[np.int32]
    num_values: int

    def count(self, docs: DocsFound, kernels: Kernels) -> NDArray[np.int64]:
        """How many of some documents (ascending) have each value: int64, (num_values,)."""
        num_rows = len(self.start) - 1
        if len(docs) * _SPARSE < num_rows:
            rows = self.row[docs]
            entries = ranges(self.start[rows], self.start[rows.astype(np.int64) + 1] - self.start[rows])
            return np.bincount(self.value[entries], minlength=self.num_values)
        num_docs = np.repeat(kernels.count_numbers(docs, self.row, num_rows), self.start[1:] - self.start[:-1])
        counts = np.bincount(self.value, weights=num_docs, minlength=self.num_values)  # exact below 2 ** 53
        return counts.astype(np.int64)

    def having(self, values: Iterable[int]) -> Mask:
        """Which documents have one of some values: bool, (num_docs,)."""
        wanted = np.zeros(self.num_values, dtype=bool)
        wanted[list(values)] = True
        rows = distinct(self.start.searchsorted(np.flatnonzero(wanted[self.value]), side="right") - 1)
        has: Mask = np.zeros(len(self.row), dtype=bool)
        if len(rows) <= _COMPARED:
            for row in rows.astype(self.row.dtype):
                has |= self.row == row
            return has
        is_wanted = np.zeros(len(self.start) - 1, dtype=bool)
        is_wanted[rows] = True
        return is_wanted.take(self.row, out=has, mode="clip")


def count_values(snapshot: Snapshot, facet: str, docs: DocsFound, kernels: Kernels) -> NDArray[np.int64]:
    """How many of some documents (ascending) have each value of a facet: int64, (num_values,)."""
    num_counted = snapshot.derived(_num_counted)
    if num_counted[facet] + len(docs) > snapshot.num_docs:
        return facet_rows(snapshot, facet).count(docs, kernels)
    num_counted[facet] += len(docs)
    return _count_in_columns(snapshot, facet, docs)


def _num_counted(_: Snapshot) -> dict[str, int]:
    """Of each facet how many documents were counted without rows."""
    return dict.fromkeys(FACETS, 0)


def _count_in_columns(snapshot: Snapshot, facet: str, docs: DocsFound) -> NDArray[np.int64]:
    found = [np.zeros(0, dtype=np.uint32)]
    borders = np.searchsorted(docs, snapshot.first_doc).tolist()
    for segment, first, (begin, end) in zip(snapshot.segments, snapshot.first_doc, pairwise(borders), strict=False):
        inside = docs[begin:end] - first
        start, value = segment.columns[f"{facet}_start"], segment.columns[f"{facet}_value"]
        found.append(value[ranges(start[inside], start[inside + 1] - start[inside])])
    num_values = len(snapshot.values[facet])
    counts = np.bincount(np.concatenate(found), minlength=num_values)
    if len(counts) > num_values:
        raise IndexError(_NO_SUCH_VALUE)
    return counts


def facet_rows(snapshot: Snapshot, facet: str) -> FacetRows:
    """The rows of a facet, made at the first call (``Snapshot.derived``)."""
    return snapshot.derived(_MAKERS[facet])


def _facet_rows(snapshot: Snapshot, *, facet: str) -> FacetRows:
    num_values = len(snapshot.values[facet])
    # Half as wide as places in memory: after each commit all of it is made anew.
    starts = [segment.columns[f"{facet}_start"].astype(np.int32) for segment in snapshot.segments]
    values = [segment.columns[f"{facet}_value"].astype(np.int32) for segment in snapshot.segments]
    return rows_of(starts, values, num_values)


def rows_of(starts: Iterable[NDArray[np.int32]], values: Iterable[NDArray[np.int32]], num_values: int) -> FacetRows:
    """The rows of the documents of some segments.

    Args:
        starts, values: of each segment compressed rows of value numbers a document.
    Raises:
        IndexError: a row lies outside of its segment's values, or a value is none.
    """
    none = np.zeros(0, dtype=np.int32)
    length = np.concatenate([none, *map(np.diff, starts)])
    value = np.concatenate([none, *values])
    if length.sum() != len(value) or (length < 0).any() or value.max(initial=-1) >= num_values:
        raise IndexError(_NO_SUCH_VALUE)
    if length.max(initial=0) <= 1:  # each value is a row of its own, and so is none
        row = np.zeros(len(length), dtype=np.int64)
        row[length > 0] = value + 1
        start = np.maximum(np.arange(num_values + 2) - 1, 0)
        each = np.arange(num_values, dtype=np.int32)
        return FacetRows(row.astype(_narrowest(num_values + 1)), start, each, num_values)
    first = np.cumsum(length, dtype=np.int32) - length
    # All rows grow at once, value by value; those that are equal so far have one number.
    number, num_numbers = np.zeros(len(length), dtype=np.int64), 1
    docs, at = np.flatnonzero(length), 0
    while len(docs):
        keys = number[docs] * num_values + value[first[docs] + np.int32(at)]
        if not _are_dense(keys) and len(docs) > _MOST_SORTED * len(length):
            row, start = np.arange(len(length)), np.concatenate(([0], np.cumsum(length, dtype=np.int64)))
            return FacetRows(row.astype(_narrowest(len(row))), start, value, num_values)
        grown, num_grown = _renumbered(keys)
        number[docs] = num_numbers + grown
        num_numbers += num_grown
        at += 1
        docs = docs[length[docs] > at]
    row, num_rows = _renumbered(number)
    some_doc = np.empty(num_rows, dtype=np.int64)  # that has the row
    some_doc[row] = np.arange(len(row))
    start = np.concatenate(([0], np.cumsum(length[some_doc])))
    values_of_rows = value[ranges(first[some_doc], length[some_doc])]
    return FacetRows(row.astype(_narrowest(num_rows)), start, values_of_rows, num_values)


def _narrowest(num_rows: int) -> type[np.uint16 | np.uint32]:
    return np.uint16 if num_rows <= 1 << 16 else np.uint32


def _are_dense(numbers: NDArray[np.int64]) -> bool:
    return bool(numbers.max(initial=0) <= _DENSE * len(numbers))


def _renumbered(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Numbers from 0 on without a gap in place of some, equal ones for equal ones; and how many there are."""
    if not _are_dense(numbers):
        different, renumbered = np.unique(numbers, return_inverse=True)
        return renumbered, len(different)
    is_used = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=bool)
    is_used[numbers] = True
    place = np.cumsum(is_used) - 1
    return place[numbers], int(place[-1]) + 1 if len(place) else 0


_MAKERS: Final = {facet: partial(_facet_rows, facet=facet) for facet in FACETS}
