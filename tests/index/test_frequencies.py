"""Frequencies: four counts in two bytes, which stop at their bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.frequencies import MOST, NUM_FIELDS, add_capped, occurrences, overflow, pack, unpack

Rows = list[tuple[int, ...]]

_row = st.tuples(*(st.integers(0, 3 * most) for most in MOST))
_rows = st.lists(_row, max_size=30)


def packed(rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """The rows as packed frequencies."""
    return pack(np.array(rows, dtype=np.int64).reshape(-1, NUM_FIELDS).T)


def unpacked(frequencies: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> Rows:
    """The rows of packed frequencies."""
    return [tuple(row) for row in unpack(frequencies).T.tolist()]


def capped(rows: Rows) -> Rows:
    """Each count at most its bound."""
    return [tuple(map(min, row, MOST)) for row in rows]


@given(rows=_rows)
def test_counts_come_back_as_they_were_up_to_their_bounds(rows: Rows) -> None:
    assert unpacked(packed(rows)) == capped(rows)


def test_the_largest_counts_of_all_fields_fit_beside_each_other() -> None:
    nothing, beyond = (0,) * NUM_FIELDS, tuple(most + 1 for most in MOST)
    assert unpacked(packed([MOST, beyond, nothing])) == [MOST, MOST, nothing]


@given(rows=_rows, data=st.data())
def test_beside_their_overflow_counts_come_back_as_they_were(rows: Rows, data: st.DataObject) -> None:
    counts = np.array(rows, dtype=np.int64).reshape(-1, NUM_FIELDS).T
    columns = {"posting_freq": packed(rows), **overflow(counts)}
    large = [at for at, row in enumerate(rows) if row != capped([row])[0]]
    assert columns["overflow_posting"].tolist() == large
    asked = [at for at in range(len(rows)) if data.draw(st.booleans())]
    found = occurrences(columns, np.array(asked, dtype=np.int64))
    assert found.T.tolist() == [list(rows[at]) for at in asked]


@given(groups=st.lists(st.lists(_row, min_size=1, max_size=4), min_size=1, max_size=8))
def test_sums_stop_at_the_same_bounds(groups: list[Rows]) -> None:
    rows = [row for group in groups for row in group]
    first = np.cumsum([0, *map(len, groups)])[:-1]
    expected = capped([tuple(map(sum, zip(*group, strict=True))) for group in map(capped, groups)])
    assert unpacked(add_capped(packed(rows), first)) == expected


@given(group=st.lists(_row, min_size=2, max_size=6))
def test_adding_in_two_steps_gives_the_same_as_in_one(group: Rows) -> None:
    whole = add_capped(packed(group), np.array([0]))
    halves = add_capped(packed(group), np.array([0, len(group) // 2]))
    assert unpacked(add_capped(halves, np.array([0]))) == unpacked(whole)


@pytest.mark.parametrize("num_most", [257, 258, 1_000, 70_000])
def test_so_many_of_the_largest_counts_stop_where_few_do(num_most: int) -> None:
    small = (1, 0, 2, 0)
    rows: Rows = [small, *[MOST] * num_most, small, small]
    first = np.array([0, 1, 1 + num_most])
    assert unpacked(add_capped(packed(rows), first)) == [small, MOST, (2, 0, 4, 0)]
