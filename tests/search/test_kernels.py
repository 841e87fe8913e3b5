"""Both versions of the kernels give the same, on arrays of any size, and what their definition says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from index.frequencies import NUM_FIELDS
from search.kernels import APART, FieldWeight, KernelName, Kernels, load_kernels

PLAIN = load_kernels("plain")
COMPILED = load_kernels("compiled")


@pytest.fixture(params=["plain", "compiled"])
def kernels(request: pytest.FixtureRequest) -> Kernels:
    name: KernelName = request.param
    return load_kernels(name)


@st.composite
def postings(draw: st.DrawFn, num_docs: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Ascending documents below ``num_docs``, with packed frequencies."""
    docs = draw(st.sets(st.integers(0, num_docs - 1), max_size=60)) if num_docs else set()
    freq = draw(arrays.arrays(np.uint16, len(docs)))
    return np.array(sorted(docs), dtype=np.uint16), freq


def ascending(numbers: set[int]) -> NDArray[np.int64]:
    """The numbers as an array."""
    return np.array(sorted(numbers), dtype=np.int64)


sizes = st.one_of(st.integers(0, 80), st.just(65_536))
finite = st.floats(0, 100)
# Few documents and positions near both ends of a document, where an anchor must not reach into the next one.
places = st.sets(
    st.builds(
        lambda doc, position: doc << 16 | position,
        st.sampled_from((0, 1, 2, 65_535)),
        st.one_of(st.integers(0, 9), st.integers(65_525, 65_535)),
    ),
    max_size=30,
).map(ascending)


def test_a_name_that_no_kernels_have_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="'fast' are unknown; known: plain, compiled"):
        load_kernels("fast")  # type: ignore[arg-type]


@given(num_docs=sizes, data=st.data())
def test_masks_are_equal(num_docs: int, data: st.DataObject) -> None:
    doc, _ = data.draw(postings(num_docs))
    mask = PLAIN.mask_of(doc, num_docs)
    assert np.array_equal(mask, COMPILED.mask_of(doc, num_docs))
    assert mask.shape == (num_docs,)
    assert np.flatnonzero(mask).tolist() == doc.tolist()


@given(num_docs=sizes, data=st.data())
def test_frequencies_are_equal(num_docs: int, data: st.DataObject) -> None:
    doc, freq = data.draw(postings(num_docs))
    wanted = ascending(data.draw(st.sets(st.integers(0, num_docs - 1), max_size=40)) if num_docs else set())
    found = PLAIN.freq_of(doc, freq, wanted, num_docs)
    assert np.array_equal(found, COMPILED.freq_of(doc, freq, wanted, num_docs))
    by_doc = dict(zip(doc.tolist(), freq.tolist(), strict=True))
    assert found.tolist() == [by_doc.get(one, 0) for one in wanted.tolist()]


def test_a_few_frequencies_of_a_long_list_are_found_by_bisection_alike() -> None:
    doc = np.arange(0, 60_000, 3, dtype=np.uint16)
    freq = (np.arange(len(doc)) % 65_536).astype(np.uint16)
    wanted = np.array([0, 1, 2, 3, 29_997, 59_997, 59_999, 65_535], dtype=np.int64)
    expected = [0, 0, 0, 1, 9_999, 19_999, 0, 0]
    assert PLAIN.freq_of(doc, freq, wanted, 65_536).tolist() == expected
    assert COMPILED.freq_of(doc, freq, wanted, 65_536).tolist() == expected


@given(
    freq=arrays.arrays(np.uint16, st.integers(0, 40)),
    weights=st.tuples(finite, finite, finite, finite, finite),
    k1=st.floats(0.01, 10),
    title_k1=st.floats(0.01, 10),
    data=st.data(),
)
def test_weights_of_frequencies_are_equal_to_the_last_bit(
    freq: NDArray[np.uint16], weights: FieldWeight, k1: float, title_k1: float, data: st.DataObject
) -> None:
    norm = data.draw(arrays.arrays(np.float64, (NUM_FIELDS, len(freq)), elements=st.floats(1e-9, 1e6)))
    worth = PLAIN.bm25f(freq, weights, norm, k1, title_k1)
    assert np.array_equal(worth, COMPILED.bm25f(freq, weights, norm, k1, title_k1))
    assert np.all((worth >= 0) & (worth <= 1 + weights[APART]))


@given(anchors=places, others=places, low=st.integers(-100, 100), width=st.integers(0, 100))
def test_neighbours_are_equal(anchors: NDArray[np.int64], others: NDArray[np.int64], low: int, width: int) -> None:
    high = low + width
    found = PLAIN.has_within(anchors, others, low, high)
    assert np.array_equal(found, COMPILED.has_within(anchors, others, low, high))
    expected = [
        any(here >> 16 == there >> 16 and low <= there - here <= high for there in others.tolist())
        for here in anchors.tolist()
    ]
    assert found.tolist() == expected


def test_no_neighbour_is_found_across_the_border_of_a_document(kernels: Kernels) -> None:
    last, first = np.array([(7 << 16) + 65_535]), np.array([8 << 16])
    assert kernels.has_within(last, first, 1, 1).tolist() == [False]
    assert kernels.has_within(last, first, -100, 100).tolist() == [False]
    assert kernels.has_within(first, last, -100, 100).tolist() == [False]
    assert kernels.has_within(np.array([0]), np.array([0]), -100, 0).tolist() == [True]


@given(scores=st.lists(st.sampled_from((0.0, 0.5, 1.0, 1.5, 7.25)), max_size=50), most=st.integers(1, 60))
def test_the_best_are_equal_and_ties_keep_their_order(scores: list[float], most: int) -> None:
    given_scores = np.array(scores, dtype=np.float64)
    chosen = PLAIN.best(given_scores, most)
    assert np.array_equal(chosen, COMPILED.best(given_scores, most))
    assert chosen.tolist() == sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:most]


@given(num_docs=st.integers(0, 50), num_values=st.integers(1, 6), data=st.data())
def test_counts_of_values_are_equal(num_docs: int, num_values: int, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.lists(st.integers(0, num_values - 1), max_size=3, unique=True), min_size=num_docs, max_size=num_docs
        )
    )
    mask = data.draw(arrays.arrays(np.bool_, num_docs))
    start = np.cumsum([0, *map(len, rows)]).astype(np.uint32)
    value = np.array([one for row in rows for one in row], dtype=np.uint32)
    counts = PLAIN.count_values(mask, start, value, num_values)
    assert np.array_equal(counts, COMPILED.count_values(mask, start, value, num_values))
    chosen = [one for row, is_chosen in zip(rows, mask.tolist(), strict=True) if is_chosen for one in row]
    assert counts.tolist() == [chosen.count(one) for one in range(num_values)]


def test_empty_arrays_give_empty_answers(kernels: Kernels) -> None:
    none16, none64 = np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.int64)
    assert kernels.mask_of(none16, 0).tolist() == []
    assert kernels.mask_of(none16, 3).tolist() == [False] * 3
    assert kernels.freq_of(none16, none16, none64, 0).tolist() == []
    assert kernels.freq_of(none16, none16, np.array([1, 2]), 3).tolist() == [0, 0]
    assert kernels.bm25f(none16, (1.0,) * 5, np.zeros((NUM_FIELDS, 0)), 1.2, 0.8).tolist() == []
    assert kernels.has_within(none64, np.array([1]), 1, 1).tolist() == []
    assert kernels.has_within(np.array([1]), none64, 1, 1).tolist() == [False]
    assert kernels.best(np.zeros(0), 10).tolist() == []
    zero = np.zeros(1, dtype=np.uint32)
    assert kernels.count_values(np.zeros(0, dtype=bool), zero, zero[:0], 2).tolist() == [0, 0]


def test_what_comes_back_has_the_same_types(kernels: Kernels) -> None:
    doc, freq = np.array([1, 4], dtype=np.uint16), np.array([9, 8], dtype=np.uint16)
    start, value = np.array([0, 1, 1], dtype=np.uint32), np.array([0], dtype=np.uint32)
    assert kernels.mask_of(doc, 5).dtype == np.bool_
    assert kernels.freq_of(doc, freq, np.array([0, 4]), 5).dtype == np.uint16
    assert kernels.bm25f(freq, (1.5, 1.0, 1.0, 1.0, 1.0), np.ones((NUM_FIELDS, 2)), 1.2, 0.8).dtype == np.float64
    assert kernels.has_within(np.array([1]), np.array([2]), 1, 1).dtype == np.bool_
    assert kernels.best(np.array([1.0, 2.0]), 1).dtype == np.int64
    assert kernels.count_values(np.array([True, False]), start, value, 2).dtype == np.int64
