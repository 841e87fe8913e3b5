"""Rows: what documents have of a facet, counted and filtered by as by the documents themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from search.kernels import KernelName, load_kernels
from search.rows import FacetRows, rows_of


def compressed(segments: list[list[list[int]]]) -> tuple[list[NDArray[np.int32]], list[NDArray[np.int32]]]:
    """Of each segment where the values of each document begin, and the values."""
    starts = [np.cumsum([0, *map(len, rows)], dtype=np.int32) for rows in segments]
    return starts, [np.array([one for row in rows for one in row], dtype=np.int32) for rows in segments]


few = st.integers(0, 5)
many = st.integers(0, 99_999)
"""Of so many values the numbers of rows are sorted."""


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(
    segments=st.one_of(
        *(
            st.lists(st.lists(st.lists(value, max_size=4, unique=True), max_size=30), max_size=3)
            for value in (few, many)
        )
    ),
    data=st.data(),
)
def test_rows_count_and_filter_as_the_documents_themselves(
    kernels: KernelName, segments: list[list[list[int]]], data: st.DataObject
) -> None:
    of_docs = [row for rows in segments for row in rows]
    rows = rows_of(*compressed(segments), 100_000)
    told = [rows.value[rows.start[row] : rows.start[row + 1]].tolist() for row in rows.row.tolist()]
    assert told == of_docs
    num_different = len({tuple(row) for row in of_docs})
    assert len(rows.start) - 1 in {
        num_different,
        len(of_docs),
        rows.num_values + 1,
    }  # each value's own, or each document's
    mask = data.draw(arrays.arrays(np.bool_, len(of_docs)))
    counts = rows.count(np.flatnonzero(mask), load_kernels(kernels))
    chosen = [one for row, is_chosen in zip(of_docs, mask.tolist(), strict=True) if is_chosen for one in row]
    assert counts.shape == (100_000,)
    assert {at: int(counts[at]) for at in np.flatnonzero(counts)} == {one: chosen.count(one) for one in chosen}
    wanted = data.draw(st.lists(st.one_of(few, many), max_size=3))
    assert rows.having(wanted).tolist() == [not set(row).isdisjoint(wanted) for row in of_docs]


def test_more_rows_than_two_bytes_can_number() -> None:
    segments = [[[at] for at in range(70_000)], [[], [69_999], [1, 0], [0, 1]]]
    rows = rows_of(*compressed(segments), 70_000)
    assert rows.row.dtype == np.uint32
    docs = np.array([0, 69_999, 70_000, 70_001, 70_002], dtype=np.int64)
    counts = [rows.count(docs, load_kernels(kernels))[[0, 1, 69_999]].tolist() for kernels in ("plain", "compiled")]
    assert counts == [[2, 1, 2]] * 2
    everything = rows.count(np.arange(70_004), load_kernels("compiled"))
    assert everything[[0, 1, 2, 69_999]].tolist() == [3, 3, 1, 2]


def test_equal_rows_have_one_number_and_many_different_ones_are_not_compared() -> None:
    few_rows = [[0], [0, 1], [1, 0], [], [0, 1, 2]]
    rows = rows_of(*compressed([few_rows * 20, few_rows]), 3)
    assert len(rows.start) - 1 == len(few_rows)
    assert rows.row.tolist() == rows.row[:5].tolist() * 21
    chance = np.random.default_rng(1)
    tags = [sorted(chance.choice(5_000, 4, replace=False).tolist()) for _ in range(500)]
    rows = rows_of(*compressed([tags * 2]), 5_000)
    assert len(rows.start) - 1 == 1_000
    for wanted in (tags[7], tags[7] + tags[8], range(0, 5_000, 7)):
        assert rows.having(wanted).tolist() == [not set(row).isdisjoint(wanted) for row in tags * 2]


def test_no_documents_have_no_rows() -> None:
    rows = rows_of([], [], 0)
    assert isinstance(rows, FacetRows)
    assert rows.count(np.zeros(0, dtype=np.int64), load_kernels("compiled")).tolist() == []
    assert rows.having([]).tolist() == []


@pytest.mark.parametrize(
    ("start", "value"), [([0, 1, 70_000], [0, 1]), ([0, 2, 1, 2], [0, 1]), ([0, 1], [2]), ([0, 1], [0, 1])]
)
def test_damaged_rows_are_an_error(start: list[int], value: list[int]) -> None:
    with pytest.raises(IndexError):
        rows_of([np.array(start, dtype=np.int32)], [np.array(value, dtype=np.int32)], 2)
