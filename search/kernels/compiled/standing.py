"""Where the positions of postings lie: those of some forms, in some documents of a segment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.frequencies import MOST, NUM_FIELDS, SHIFTS
from index.kernels.jit import jit, narrow, short, signed, unchecked, unsigned
from index.postings import MAX_DOCS, POSTINGS_A_BLOCK
from search.kernels.compiled.leaps import first_at_least
from search.kernels.types import Docs, Freqs, PostingColumns

_SEEK_COST = 32
"""Finding where the positions of one posting begin costs as much as passing so many postings."""

_TABLE_COST = 8_000
"""And so does making the table of rows that passing them takes."""


@unchecked
def _sum_of(packed: int) -> int:
    """How often a word stands in all fields, as far as its packed frequency tells."""
    times = 0
    for field in range(NUM_FIELDS):
        times += (packed >> SHIFTS[field]) & MOST[field]
    return times


@unchecked
def _sum_between(freq: Freqs, first: int, last: int) -> int:
    """How often words stand in some postings, as far as packed frequencies tell."""
    times = 0
    for posting in range(first, last):
        packed = short(freq[unsigned(posting)])
        for field in range(NUM_FIELDS):
            times += short((packed >> short(SHIFTS[field])) & short(MOST[field]))
    return times


class Standing(NamedTuple):
    """Postings of some forms in some documents: which of the documents, and where its positions begin and end.

    While it is filled, the last row of the arrays is spare, so that what is written there need not be wanted.
    """

    row: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]


@unchecked
def _pass_plain(
    postings: tuple[Docs, Freqs, int, int], row_of: NDArray[np.int32], found: Standing, filled: int, position: int
) -> tuple[int, int]:
    """Pass postings whose packed frequencies tell all; returns how many rows are filled then, and the position."""
    doc, freq, first, last = postings
    rows, begin, end = found
    most = len(rows) - 1
    for posting in range(first, last):
        times = _sum_of(narrow(freq[unsigned(posting)]))
        row = row_of[unsigned(doc[unsigned(posting)])]
        # Written in any case: the processor would often guess wrong whether it is wanted.
        rows[unsigned(filled)], begin[unsigned(filled)], end[unsigned(filled)] = row, position, position + times
        filled += int(row >= 0 and filled < most)
        position += times
    return filled, position


@jit
def _pass_postings(columns: PostingColumns, form: int, row_of: NDArray[np.int32], found: Standing, filled: int) -> int:
    """Take in the postings of a form in the documents that have a row, passing all of them."""
    form_start, position_start, _, doc, freq, overflow_posting, overflow_times, _ = columns
    first, last = signed(form_start[form]), signed(form_start[form + 1])
    if not first <= last <= min(len(doc), len(freq)) or len(row_of) < MAX_DOCS:
        raise IndexError
    position = signed(position_start[form])
    large = np.searchsorted(overflow_posting, first)
    while first < last:
        next_large = signed(overflow_posting[large]) if large < len(overflow_posting) else last
        if next_large < first:
            raise IndexError
        filled, position = _pass_plain((doc, freq, first, min(next_large, last)), row_of, found, filled, position)
        first = next_large
        if first < last:
            times, row = overflow_times[large], row_of[doc[first]]
            if row >= 0:
                if filled == len(found.row) - 1:  # the spare one
                    raise IndexError
                found.row[filled], found.begin[filled], found.end[filled] = row, position, position + times
                filled += 1
            position += times
            large += 1
            first += 1
    return filled


@jit
def _seek_postings(columns: PostingColumns, form: int, docs: NDArray[np.int64], found: Standing, filled: int) -> int:
    """Take in the postings of a form in some documents, seeking each."""
    form_start, position_start, position_block, doc, freq, overflow_posting, overflow_times, _ = columns
    rows, begin, end = found
    first, last = signed(form_start[form]), signed(form_start[form + 1])
    if not first <= last <= len(freq):
        raise IndexError
    doc = doc[first:last]
    at = 0
    large = np.searchsorted(overflow_posting, first)
    for row in range(len(docs)):
        at = first_at_least(doc, at, docs[row])
        if at == len(doc):
            break
        if doc[at] != docs[row]:
            continue
        wanted = first + at
        block = wanted // POSTINGS_A_BLOCK
        passed, position = block * POSTINGS_A_BLOCK, signed(position_block[block])
        if passed < first:
            passed, position = first, signed(position_start[form])
        position += _sum_between(freq, passed, wanted)
        while large < len(overflow_posting) and overflow_posting[large] < passed:
            large += 1
        one = large  # the next document may be of the same block
        while one < len(overflow_posting) and overflow_posting[one] < wanted:
            position += overflow_times[one] - _sum_of(signed(freq[overflow_posting[one]]))
            one += 1
        is_large = one < len(overflow_posting) and overflow_posting[one] == wanted
        times = overflow_times[one] if is_large else _sum_of(signed(freq[wanted]))
        rows[filled], begin[filled], end[filled] = row, position, position + times
        filled += 1
    return filled


@jit
def _row_of(docs: NDArray[np.int64]) -> NDArray[np.int32]:
    """The row of each document of a segment, -1 for none."""
    row_of = np.full(MAX_DOCS, -1, dtype=np.int32)
    for row in range(len(docs)):
        row_of[docs[row]] = row
    return row_of


@jit
def _check(standing: Standing, num_positions: int) -> None:
    """Raise IndexError unless postings lie side by side among so many positions: nobody who takes them looks again."""
    _, begin, end = standing
    num_listed = 0
    for posting in range(len(begin)):
        if not 0 <= begin[posting] <= end[posting] <= num_positions:
            raise IndexError
        num_listed += end[posting] - begin[posting]
    if num_listed > num_positions:
        raise IndexError


@jit
def standing_in(columns: PostingColumns, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> Standing:
    form_start = columns.form_start
    most = signed(0)
    for form in forms:
        num_postings = signed(form_start[form + 1]) - signed(form_start[form])
        if num_postings < 0:
            raise IndexError
        most += min(num_postings, len(docs))
    rows, begin, end = np.empty(most + 1, np.int64), np.empty(most + 1, np.int64), np.empty(most + 1, np.int64)
    row_of = np.empty(0, dtype=np.int32)  # of each document, when there are many
    found, filled = Standing(rows, begin, end), 0
    for form in forms:
        passed = signed(form_start[form + 1]) - signed(form_start[form])
        if len(docs) * _SEEK_COST < passed + (0 if len(row_of) else _TABLE_COST):
            filled = _seek_postings(columns, form, docs, found, filled)
            continue
        if len(row_of) == 0:
            row_of = _row_of(docs)
        filled = _pass_postings(columns, form, row_of, found, filled)
    standing = Standing(rows[:filled], begin[:filled], end[:filled])
    _check(standing, len(columns.position))
    return standing
