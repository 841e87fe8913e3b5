"""Both versions of the kernels give the same, on arrays of any size, and what their definition says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from index.frequencies import BODY, FIELD_NAMES, MOST, NUM_FIELDS, TITLE, overflow, pack, unpack
from index.postings import MAX_DOCS, POSTINGS_A_BLOCK
from index.segment import FIELD_GAP, LAST_POSITION, UNDATED_DAY
from index.snapshot import NO_POSTINGS, Postings
from search.kernels import (
    Fading,
    FieldWeight,
    KernelName,
    Kernels,
    Lengths,
    Listed,
    Norm,
    PostingColumns,
    ScoredTerm,
    SnapshotColumns,
    load_kernels,
)
from search.kernels.plain import count_places, has_within
from search.kernels.types import MOST_PIECES, norms_from, pieces
from search.postings import LONGEST, FieldLengths, SnapshotPostings

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


def test_each_version_can_be_had_here(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, compiled = load_kernels("plain"), load_kernels("compiled")
    assert (plain.name, compiled.name) == ("plain", "compiled")

    def fail() -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(compiled, "prepare", fail)
    assert load_kernels("compiled") is plain


def test_a_name_that_no_kernels_have_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="'fast' are unknown; known: plain, compiled"):
        load_kernels("fast")  # type: ignore[arg-type]


@st.composite
def snapshots(draw: st.DrawFn) -> NDArray[np.int64]:
    """Where the documents of one to three segments begin, and their number."""
    return np.cumsum([0, *draw(st.lists(sizes, min_size=1, max_size=3))], dtype=np.int64)


@st.composite
def snapshot_postings(draw: st.DrawFn, first_doc: NDArray[np.int64]) -> SnapshotPostings:
    """Postings on all segments, of some with codes for their frequencies."""
    found: list[Postings] = []
    for num_docs in np.diff(first_doc).tolist():
        doc, freq = draw(postings(num_docs))
        table, code = np.unique(freq, return_inverse=True)
        is_coded = len(doc) > 0 and draw(st.booleans())
        found.append(Postings(doc, table, code.astype(np.uint8)) if is_coded else Postings(doc, freq))
    return SnapshotPostings(tuple(found))


def freq_by_doc(held: SnapshotPostings, first_doc: NDArray[np.int64]) -> dict[int, int]:
    """Document of the snapshot -> its packed frequency."""
    return {
        first + doc: freq
        for first, one in zip(first_doc.tolist(), held.by_segment, strict=False)
        for doc, freq in zip(one.doc.tolist(), one.freq.tolist(), strict=True)
    }


@st.composite
def some_of(draw: st.DrawFn, first_doc: NDArray[np.int64]) -> NDArray[np.int64]:
    """Some documents of a snapshot, ascending."""
    num_docs = int(first_doc[-1])
    return ascending(draw(st.sets(st.integers(0, num_docs - 1), max_size=40)) if num_docs else set())


@given(first_doc=snapshots(), data=st.data())
def test_masks_are_equal(first_doc: NDArray[np.int64], data: st.DataObject) -> None:
    lists = data.draw(st.lists(snapshot_postings(first_doc), max_size=3))
    mask = PLAIN.mask_of(lists, first_doc)
    assert np.array_equal(mask, COMPILED.mask_of(lists, first_doc))
    assert mask.shape == (first_doc[-1],)
    docs = [set(freq_by_doc(held, first_doc)) for held in lists]
    assert set(np.flatnonzero(mask).tolist()) == set().union(*docs)
    some = PLAIN.mask_of(lists[:1], first_doc)
    for kernels in (PLAIN, COMPILED):
        assert kernels.count_in(some, lists, first_doc).tolist() == [len(one & docs[0]) for one in docs]


@st.composite
def segments(draw: st.DrawFn, num_docs: int) -> PostingColumns:
    """Postings of a few forms, with positions, some of them oftener than a packed frequency counts."""
    lists = draw(st.lists(st.sets(st.integers(0, num_docs - 1), max_size=20), max_size=6)) if num_docs else []
    docs = [doc for one in lists for doc in sorted(one)]
    small = st.tuples(*(st.integers(0, 2) for _ in MOST)).filter(any)
    large = st.tuples(*(st.integers(0, most + 2) for most in MOST)).filter(any)
    counts = np.array([draw(st.one_of(small, small, large)) for _ in docs], dtype=np.int64).reshape(-1, NUM_FIELDS).T
    times = counts.sum(axis=0)
    before = np.concatenate(([0], np.cumsum(times)))
    form_start = np.cumsum([0, *map(len, lists)])
    table = overflow(counts)
    position = [np.sort(draw(_positions(int(many)))) for many in times.tolist()]
    return PostingColumns(
        form_start=form_start.astype(np.uint32),
        position_start=before[form_start].astype(np.uint32),
        position_block=before[:-1:POSTINGS_A_BLOCK].astype(np.uint32),
        doc=np.array(docs, dtype=np.uint16),
        freq=pack(counts),
        overflow_posting=table["overflow_posting"],
        overflow_times=np.sum([table[f"overflow_{name}"] for name in FIELD_NAMES], axis=0, dtype=np.int64),
        position=np.concatenate([np.zeros(0, dtype=np.uint16), *position]).astype(np.uint16),
    )


def long_lists(seed: int, *, num_docs: int) -> PostingColumns:
    """Two forms that stand in most documents, some of them, also neighbours, oftener than a frequency counts."""
    chance = np.random.default_rng(seed)
    lists = [np.flatnonzero(chance.random(num_docs) < 0.9) for _ in range(2)]
    counts = np.zeros((NUM_FIELDS, sum(map(len, lists))), dtype=np.int64)
    counts[BODY] = chance.choice(
        [1, 2, 3, MOST[BODY] + 1, 2 * MOST[BODY]], counts.shape[1], p=[0.5, 0.2, 0.2, 0.05, 0.05]
    )
    counts[TITLE] = chance.choice([0, 1, MOST[TITLE] + 2], counts.shape[1], p=[0.7, 0.2, 0.1])
    times = counts.sum(axis=0)
    before = np.concatenate(([0], np.cumsum(times)))
    form_start = np.cumsum([0, *map(len, lists)])
    table = overflow(counts)
    return PostingColumns(
        form_start=form_start.astype(np.uint32),
        position_start=before[form_start].astype(np.uint32),
        position_block=before[:-1:POSTINGS_A_BLOCK].astype(np.uint32),
        doc=np.concatenate(lists).astype(np.uint16),
        freq=pack(counts),
        overflow_posting=table["overflow_posting"],
        overflow_times=np.sum([table[f"overflow_{name}"] for name in FIELD_NAMES], axis=0, dtype=np.int64),
        position=np.concatenate([np.sort(chance.choice(5_000, many, replace=False)) for many in times.tolist()]).astype(
            np.uint16
        ),
    )


@given(seed=st.integers(0, 2**32 - 1), num_wanted=st.integers(1, 40), width=st.sampled_from((50, 2_000)))
@settings(max_examples=30)
def test_places_in_a_few_documents_of_long_lists_are_equal(seed: int, num_wanted: int, width: int) -> None:
    """Neighbouring documents are sought in one block of postings, others in several."""
    columns = long_lists(seed, num_docs=2_000)
    docs = ascending({int(doc) for doc in np.random.default_rng(seed).integers(0, width, num_wanted)})
    for forms in (ascending({0}), ascending({1}), ascending({0, 1})):
        one, two = (kernels.places(alone(columns), 0, forms, docs) for kernels in (PLAIN, COMPILED))
        assert np.array_equal(np.sort(one), np.sort(two))
        assert set((one >> 16).tolist()) <= set(docs.tolist())


def _positions(many: int) -> st.SearchStrategy[NDArray[np.uint16]]:
    """So many positions of one document, the last one of all repeated."""
    seeds = st.integers(0, 1_000)
    return seeds.map(lambda seed: np.minimum(np.arange(many) * 7 + seed * 65, LAST_POSITION).astype(np.uint16))


@given(num_docs=sizes, data=st.data())
def test_unions_are_equal_and_add_up_the_counts_of_each_document(num_docs: int, data: st.DataObject) -> None:
    columns = data.draw(segments(num_docs))
    start, end = columns.form_start[:-1], columns.form_start[1:]
    doc, freq = PLAIN.union(columns.doc, columns.freq, start, end)
    also_doc, also_freq = COMPILED.union(columns.doc, columns.freq, start, end)
    assert np.array_equal(doc, also_doc)
    assert np.array_equal(freq, also_freq)
    assert doc.tolist() == sorted(set(columns.doc.tolist()))
    counts = unpack(columns.freq)
    expected = [np.minimum(counts[:, columns.doc == one].sum(axis=1), MOST).tolist() for one in doc.tolist()]
    assert unpack(freq).T.tolist() == expected


def alone(columns: PostingColumns, lengths: Lengths | None = None) -> SnapshotColumns:
    """A snapshot of one segment; without lengths where nothing is counted by field."""
    return of_segments([columns], [lengths or (np.zeros(MAX_DOCS, dtype=np.uint32),) * NUM_FIELDS])


def of_segments(columns: Sequence[PostingColumns], lengths: Sequence[Lengths]) -> SnapshotColumns:
    first_doc = np.cumsum([0, *(len(some[0]) for some in lengths)])
    return SnapshotColumns(tuple(columns), FieldLengths(tuple(lengths)), first_doc)


class Phrase(NamedTuple):
    """Segments with positions near each other, the forms of some words, and documents to look at."""

    columns: SnapshotColumns
    slots: list[list[NDArray[np.int64]]]
    docs: NDArray[np.int64]

    def standing(self, slot: int) -> list[int]:
        """The places of a word in the documents, numbered in the snapshot."""
        found: list[int] = []
        for at, (first, last) in enumerate(pairwise(self.columns.first_doc.tolist())):
            inside = self.docs[(self.docs >= first) & (self.docs < last)] - first
            here = standing(self.columns.by_segment[at], self.slots[slot][at], inside)
            found += [(first << 16) + place for place in here]
        return found


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    num_words = draw(st.integers(2, 4))
    columns, lengths, docs = [], [], []
    slots: list[list[NDArray[np.int64]]] = [[] for _ in range(num_words)]
    share = draw(st.sampled_from((0.7, 0.001)))
    for num_docs in draw(st.lists(sizes, min_size=1, max_size=3)):
        one = draw(segments(num_docs))
        num_forms = len(one.form_start) - 1
        some = st.sets(st.integers(0, num_forms - 1)).map(ascending) if num_forms else st.just(ascending(set()))
        rng = np.random.default_rng(draw(st.integers(0, 100)))
        position = rng.integers(0, draw(st.sampled_from((6, 60))), len(one.position)).astype(np.uint16)
        lowest = draw(st.sampled_from((0, 0, LAST_POSITION - 60)))  # up to the last position that counts
        position += np.uint16(lowest)
        position[rng.random(len(position)) < 0.1] = LAST_POSITION
        sorted_in_form = [np.sort(position[first:end]) for first, end in pairwise(one.position_start.tolist())]
        columns.append(one._replace(position=np.concatenate([position[:0], *sorted_in_form])))
        title, *others = (rng.integers(60, 70, num_docs).astype(np.uint32) for _ in range(NUM_FIELDS))
        lengths.append((title + np.uint32(lowest), *others))  # all of them stand in the title
        docs.append(rng.random(num_docs) < share)
        for slot in slots:
            slot.append(draw(some))
    return Phrase(of_segments(columns, lengths), slots, np.flatnonzero(np.concatenate(docs)))


def standing(columns: PostingColumns, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> list[int]:
    """The places of some forms in some documents, posting by posting."""
    large = dict(zip(columns.overflow_posting.tolist(), columns.overflow_times.tolist(), strict=True))
    asked, found = set(docs.tolist()), []
    for form in forms.tolist():
        at = int(columns.position_start[form])
        for posting in range(int(columns.form_start[form]), int(columns.form_start[form + 1])):
            times = large.get(posting, int(unpack(columns.freq[posting : posting + 1]).sum()))
            here = columns.position[at : at + times].tolist()
            doc = int(columns.doc[posting])
            found += [doc << 16 | one for one in here if doc in asked and one != LAST_POSITION]
            at += times
    return found


@given(phrase=phrases())
def test_places_are_equal_and_those_of_the_documents_asked_for(phrase: Phrase) -> None:
    columns = phrase.columns.by_segment[0]
    forms, docs = phrase.slots[0][0], phrase.docs[phrase.docs < phrase.columns.first_doc[1]]
    found = PLAIN.places(phrase.columns, 0, forms, docs)
    assert np.array_equal(found, COMPILED.places(phrase.columns, 0, forms, docs))
    assert found.tolist() == standing(columns, forms, docs)


def test_the_positions_of_a_few_documents_are_found_in_long_lists_alike() -> None:
    # Two forms of 9,000 postings each; every third has two positions, some far more than a packed frequency counts.
    times = np.array([1, 1, 2] * 6_000)
    times[[100, 128, 8_999, 9_000, 12_345]] = 1_000
    before = np.concatenate(([0], np.cumsum(times)))
    counts = np.stack([np.zeros_like(times), np.zeros_like(times), times, np.zeros_like(times)])
    table = overflow(counts)
    position = np.concatenate([np.arange(many) * 3 + many for many in times.tolist()]).astype(np.uint16)
    columns = PostingColumns(
        form_start=np.array([0, 9_000, 18_000], dtype=np.uint32),
        position_start=before[[0, 9_000, 18_000]].astype(np.uint32),
        position_block=before[:-1:POSTINGS_A_BLOCK].astype(np.uint32),
        doc=np.tile(np.arange(0, 63_000, 7), 2).astype(np.uint16),
        freq=pack(counts),
        overflow_posting=table["overflow_posting"],
        overflow_times=np.sum([table[f"overflow_{name}"] for name in FIELD_NAMES], axis=0, dtype=np.int64),
        position=position,
    )
    lengths = tuple(np.full(65_536, 4_000, dtype=np.uint32) for _ in range(NUM_FIELDS))
    forms = np.array([0, 1])
    for docs in (np.array([0, 1, 7, 700, 896, 62_993, 65_535]), np.arange(0, 63_000, 1_001)):
        found = COMPILED.places(alone(columns), 0, forms, docs)
        assert found.tolist() == standing(columns, forms, docs)
        of_all = alone(columns, lengths)
        one, two = (kernels.followed(of_all, ([forms], [forms]), docs, 3) for kernels in (PLAIN, COMPILED))
        assert [part.tolist() for part in one] == [part.tolist() for part in two]


def assert_listed(phrase: Phrase, plain: Listed, compiled: Listed, expected: Counter[int]) -> None:
    """Both kernels list so many places in each document of the snapshot, and nothing else."""
    for name in Listed._fields:
        one, two = getattr(plain, name), getattr(compiled, name)
        assert one.dtype == two.dtype
        assert one.tolist() == two.tolist()
    first = np.repeat(phrase.columns.first_doc[:-1], np.diff(plain.border))
    assert (plain.doc + first).tolist() == sorted(expected)
    assert unpack(plain.freq).sum(axis=0).tolist() == [min(expected[doc], MOST[0]) for doc in sorted(expected)]


@given(phrase=phrases(), reach=st.integers(1, 20))
def test_words_that_another_follows_are_equal(phrase: Phrase, reach: int) -> None:
    columns, (one, two, *_), docs = phrase
    plain, compiled = (kernels.followed(columns, (one, two), docs, reach) for kernels in (PLAIN, COMPILED))
    behind, first = set(phrase.standing(1)), phrase.standing(0)
    expected = Counter(at >> 16 for at in first if any(at + gap in behind for gap in range(1, reach + 1)))
    assert_listed(phrase, plain, compiled, expected)


@given(phrase=phrases())
def test_words_in_a_row_are_equal(phrase: Phrase) -> None:
    columns, slots, docs = phrase
    plain, compiled = (kernels.in_a_row(columns, slots, docs) for kernels in (PLAIN, COMPILED))
    first, *others = (phrase.standing(slot) for slot in range(len(slots)))
    behind = [set(places) for places in others]
    expected = Counter(at >> 16 for at in first if all(at + gap in some for gap, some in enumerate(behind, start=1)))
    assert_listed(phrase, plain, compiled, expected)


@given(found=places, length=st.integers(0, 8))
def test_places_are_counted_in_the_field_they_stand_in(found: NDArray[np.int64], length: int) -> None:
    lengths = tuple(np.full(65_536, length + at, dtype=np.uint32) for at in range(NUM_FIELDS))
    doc, freq = count_places(found, lengths)
    starts = [sum(length + before + FIELD_GAP for before in range(at)) for at in range(NUM_FIELDS)]
    standing = [
        (one >> 16, max(at for at in range(NUM_FIELDS) if one & 0xFFFF >= starts[at])) for one in found.tolist()
    ]
    assert doc.tolist() == sorted({one for one, _ in standing})
    assert unpack(freq).T.tolist() == [
        [min(most, standing.count((one, at))) for at, most in enumerate(MOST)] for one in doc.tolist()
    ]


def lengths_of(first_doc: NDArray[np.int64], seed: int) -> FieldLengths:
    """Any lengths of the fields, some of more words than are counted."""
    numbers = np.random.default_rng(seed)
    longest = numbers.choice([5_000, 2 * LONGEST])
    return FieldLengths(
        tuple(
            tuple(numbers.integers(1, longest, num_docs).astype(np.uint32) for _ in range(NUM_FIELDS))
            for num_docs in np.diff(first_doc)
        )
    )


def all_as_long(*lengths: int, num_docs: int) -> FieldLengths:
    """Of each segment documents whose fields are all of one length."""
    return FieldLengths(tuple((np.full(num_docs, length, dtype=np.uint32),) * NUM_FIELDS for length in lengths))


@given(
    first_doc=snapshots(),
    weights=st.lists(st.tuples(finite, finite, finite, finite, finite), min_size=1, max_size=2),
    saturation=st.tuples(st.floats(0.01, 10), st.floats(0.01, 10)),
    factors=st.lists(finite, min_size=1, max_size=4),
    data=st.data(),
)
def test_scores_are_equal_to_the_last_bit(
    first_doc: NDArray[np.int64],
    weights: list[FieldWeight],
    saturation: tuple[float, float],
    factors: list[float],
    data: st.DataObject,
) -> None:
    """Of terms that weigh alike or not, and stand in the same documents or not."""
    postings = [data.draw(snapshot_postings(first_doc)) for _ in range(2)]
    terms = [
        ScoredTerm(data.draw(st.sampled_from(postings)), data.draw(st.sampled_from(weights)), factor)
        for factor in factors
    ]
    wanted = data.draw(some_of(first_doc))
    lengths = lengths_of(first_doc, seed=len(wanted))
    base, slope = (data.draw(st.tuples(*[st.floats(1e-6, 10)] * NUM_FIELDS)) for _ in range(2))
    norm = Norm(base, slope, *saturation)
    one, two = (kernels.scores(wanted, terms, norms_from(lengths, norm), first_doc) for kernels in (PLAIN, COMPILED))
    assert np.array_equal(one, two)
    assert np.all((one >= 0) & (one <= sum(factors) * (1 + max(some[-1] for some in weights)) * (1 + 1e-9)))
    below = PLAIN.bounds(wanted, terms, first_doc)
    assert np.array_equal(below, COMPILED.bounds(wanted, terms, first_doc))
    assert np.all(one <= below * (1 + 1e-9))
    listed = {doc for term in terms if term.factor for doc in freq_by_doc(term.postings, first_doc)}
    assert np.array_equal(below > 0, [doc in listed for doc in wanted.tolist()])
    holding = {doc for term in terms for doc, freq in freq_by_doc(term.postings, first_doc).items() if freq}
    assert np.all(one[[doc not in holding for doc in wanted.tolist()]] == 0)


def test_a_few_documents_of_a_long_list_are_found_by_leaps_alike() -> None:
    doc = np.arange(0, 60_000, 3, dtype=np.uint16)
    freq = np.full(len(doc), pack(np.array([[0], [0], [1], [0]]))[0])
    wanted = np.array([0, 1, 2, 3, 29_997, 59_997, 59_999, 65_535], dtype=np.int64)
    lengths = all_as_long(1, num_docs=65_536)
    first_doc = np.array([0, 65_536])
    norm = Norm((0.0,) * 4, (1.0,) * 4, 1.0, 1.0)
    terms = [ScoredTerm(SnapshotPostings((Postings(doc, freq),)), (1.0,) * 5, 2.0)]
    for kernels in (PLAIN, COMPILED):
        assert kernels.scores(wanted, terms, norms_from(lengths, norm), first_doc).tolist() == [1, 0, 0, 1, 1, 1, 0, 0]


def test_what_was_worked_out_for_a_term_serves_no_term_that_weighs_otherwise() -> None:
    """Nor another segment, nor another frequency."""
    freqs = [np.full(5, pack(np.array([[title], [0], [body], [0]]))[0]) for title, body in ((0, 1), (0, 2), (1, 1))]
    doc = np.arange(5, dtype=np.uint16)
    postings = [SnapshotPostings((Postings(doc, one), Postings(doc, two))) for one, two in permutations(freqs, 2)]
    first_doc = np.array([0, 5, 10])
    lengths = all_as_long(3, 7, num_docs=5)
    norm = Norm((0.5,) * 4, (1.0,) * 4, 1.2, 0.7)
    weights: list[FieldWeight] = [(1.0,) * 5, (2.0, 1.0, 0.5, 0.0, 0.0), (1.0,) * 5]
    terms = [ScoredTerm(one, weight, 2.0) for one in postings for weight in weights]
    one, two = (
        kernels.scores(np.arange(10), terms, norms_from(lengths, norm), first_doc) for kernels in (PLAIN, COMPILED)
    )
    assert one.tolist() == two.tolist()
    assert len(set(one.tolist())) == 2


@given(anchors=places, others=places, low=st.integers(-100, 100), width=st.integers(0, 100))
def test_neighbours_are_those_in_the_same_document(
    anchors: NDArray[np.int64], others: NDArray[np.int64], low: int, width: int
) -> None:
    high = low + width
    expected = [
        any(here >> 16 == there >> 16 and low <= there - here <= high for there in others.tolist())
        for here in anchors.tolist()
    ]
    assert has_within(anchors, others, low, high).tolist() == expected


def test_no_neighbour_is_found_across_the_border_of_a_document() -> None:
    last, first = np.array([(7 << 16) + 65_535]), np.array([8 << 16])
    assert has_within(last, first, 1, 1).tolist() == [False]
    assert has_within(last, first, -100, 100).tolist() == [False]
    assert has_within(first, last, -100, 100).tolist() == [False]
    assert has_within(np.array([0]), np.array([0]), -100, 0).tolist() == [True]


@given(
    stretches=st.lists(st.lists(st.sampled_from((0.0, 0.5, 1.0, 1.5, 7.25)), max_size=150), max_size=3),
    most=st.integers(1, 130),
)
def test_the_best_of_each_stretch_are_equal_and_ties_keep_their_order(stretches: list[list[float]], most: int) -> None:
    scores = [score for stretch in stretches for score in stretch]
    first = np.cumsum([0, *map(len, stretches)], dtype=np.int64)
    chosen = PLAIN.best(np.array(scores, dtype=np.float64), first, most)
    assert np.array_equal(chosen, COMPILED.best(np.array(scores, dtype=np.float64), first, most))
    assert chosen.tolist() == [
        at
        for begin, end in pairwise(first.tolist())
        for at in sorted(range(begin, end), key=lambda at: (-scores[at], at))[:most]
    ]


@given(mask=arrays.arrays(np.bool_, st.integers(0, 70)), first=st.integers(0, 9))
def test_the_documents_of_a_mask_are_equal(mask: NDArray[np.bool_], first: int) -> None:
    part = mask[first:]  # it need not begin where eight documents do
    docs = PLAIN.docs_in(part)
    assert docs.tolist() == [at for at, is_set in enumerate(part.tolist()) if is_set]
    assert np.array_equal(docs, COMPILED.docs_in(part))
    assert docs.dtype == COMPILED.docs_in(part).dtype


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from((0.0, 0.5, 1.0, 2.0)),
            st.one_of(st.integers(95, 105), st.just(int(UNDATED_DAY))),
            st.booleans(),
        ),
        max_size=40,
    ),
    least=st.sampled_from((0.0, 0.25, 0.5, 1.0, 1.5)),
)
def test_those_that_may_reach_a_score_are_equal(rows: list[tuple[float, int, bool]], least: float) -> None:
    fading = Fading(102, np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.5, 0.25]))
    day = np.array([day for _, day, _ in rows], dtype=np.int32)
    docs = np.array([at for at, (*_, is_found) in enumerate(rows) if is_found], dtype=np.int64)
    bounds = np.array([bound for bound, _, is_found in rows if is_found], dtype=np.float64)
    expected = [
        doc
        for doc, bound in zip(docs.tolist(), bounds.tolist(), strict=True)
        if bound * fading.left[8 if day[doc] == UNDATED_DAY else max(102 - day[doc], 0)] >= least
    ]
    for kernels in (PLAIN, COMPILED):
        assert kernels.reaching(docs, bounds, day, fading, least).tolist() == expected


@given(column=st.lists(st.sampled_from((0, 1, 2, 5, 0xFFFF)), max_size=60), data=st.data())
def test_counts_of_numbers_are_equal(column: list[int], data: st.DataObject) -> None:
    docs = np.flatnonzero(data.draw(st.one_of(arrays.arrays(np.bool_, len(column)), st.just([True] * len(column)))))
    numbers = np.array(column, dtype=data.draw(st.sampled_from((np.uint16, np.uint32))))
    for num_numbers in (2, 5):  # many documents of few numbers are counted some at once
        counts = PLAIN.count_numbers(docs, numbers, num_numbers)
        assert np.array_equal(counts, COMPILED.count_numbers(docs, numbers, num_numbers))
        assert counts.tolist() == [[column[doc] for doc in docs.tolist()].count(one) for one in range(num_numbers)]


_LETTERS = ("a", "b", "é", "9", "'", "-", " ", "\n", "\u00a0", "\u2003", "\x1c", ".", "ʼ", "…")


@given(
    text=st.lists(st.sampled_from(_LETTERS), max_size=40).map("".join),
    sought=st.lists(
        st.tuples(st.text("abé9'", min_size=1, max_size=3), st.booleans(), st.booleans()), min_size=1, max_size=5
    ),
)
def test_chunks_that_have_a_piece_are_found_alike(text: str, sought: list[tuple[str, bool, bool]]) -> None:
    chunks = [chunk.span() for chunk in re.finditer(r"\S+", text)]

    def has(chunk: str) -> bool:
        for piece, begins, ends in sought:
            before, behind = r"(?<![ab9é])" if begins else "", r"(?![ab9é])" if ends else ""
            if re.search(before + re.escape(piece) + behind, chunk):
                return True
        return False

    for kernels in (PLAIN, COMPILED):
        found = [tuple(span) for span in kernels.chunks_with([text], pieces(sought))[0] or ()]
        assert set(found) <= set(chunks)
        assert [chunk for chunk in chunks if has(text[slice(*chunk)])] == [
            chunk for chunk in found if has(text[slice(*chunk)])
        ]


def test_as_many_pieces_are_told_apart_as_there_may_be(kernels: Kernels) -> None:
    words = [f"{first}{second}z" for first in "abcdefgh" for second in "abcdefgh"]
    assert len(words) == MOST_PIECES
    sought = pieces([(word, True, True) for word in words])
    for word in words:
        assert [tuple(span) for span in kernels.chunks_with([f"x {word}, {word}z"], sought)[0] or ()] == [(2, 6)]


@pytest.mark.parametrize("changed", ["soft\u00adhyphen", "𝐝𝐞𝐥𝐥", "ｄｅｌｌ", "zero\u200bwidth", "\ufeff"])
def test_a_text_that_is_not_printed_plainly_is_told(kernels: Kernels, changed: str) -> None:
    texts = ["uno dell", f"dell {changed}", "", "dell"]
    found = kernels.chunks_with(texts, pieces([("dell", True, True)]))
    assert [chunks if chunks is None else [*map(tuple, chunks)] for chunks in found] == [[(4, 8)], None, [], [(0, 4)]]


def test_empty_arrays_give_empty_answers(kernels: Kernels) -> None:
    none16, none32, none64 = np.zeros(0, np.uint16), np.zeros(0, np.uint32), np.zeros(0, np.int64)
    nothing, no_docs = SnapshotPostings((NO_POSTINGS,)), np.array([0, 0])
    assert kernels.mask_of([SnapshotPostings(())], np.array([0])).tolist() == []
    assert kernels.mask_of([nothing], no_docs).tolist() == []
    assert kernels.mask_of([], np.array([0, 2])).tolist() == [False] * 2
    assert kernels.count_in(np.zeros(2, dtype=bool), [], np.array([0, 2])).tolist() == []
    assert kernels.mask_of([nothing], np.array([0, 3])).tolist() == [False] * 3
    assert (
        kernels.scores(
            none64, [], norms_from(FieldLengths(()), Norm((0.0,) * 4, (1.0,) * 4, 1.0, 1.0)), no_docs
        ).tolist()
        == []
    )
    assert [part.tolist() for part in kernels.union(none16, none16, none32, none32)] == [[], []]
    assert [part.tolist() for part in count_places(none64, (none32,) * 4)] == [[], []]
    assert has_within(none64, np.array([1]), 1, 1).tolist() == []
    assert has_within(np.array([1]), none64, 1, 1).tolist() == [False]
    assert kernels.best(np.zeros(0), no_docs, 10).tolist() == []
    assert kernels.best(np.zeros(0), no_docs[:1], 10).tolist() == []


def test_what_comes_back_has_the_same_types(kernels: Kernels) -> None:
    doc, freq = np.array([1, 4], dtype=np.uint16), np.array([9, 8], dtype=np.uint16)
    start, end = np.array([0, 1], dtype=np.uint32), np.array([1, 2], dtype=np.uint32)
    lengths = tuple(np.ones(5, dtype=np.uint32) for _ in range(NUM_FIELDS))
    held, first_doc = SnapshotPostings((Postings(doc, freq),)), np.array([0, 5])
    assert kernels.mask_of([held], first_doc).dtype == np.bool_
    assert [part.dtype for part in kernels.union(doc, freq, start, end)] == [np.uint16, np.uint16]
    assert [part.dtype for part in count_places(np.array([1]), lengths)] == [np.uint16, np.uint16]
    assert has_within(np.array([1]), np.array([2]), 1, 1).dtype == np.bool_
    assert kernels.best(np.array([1.0, 2.0]), np.array([0, 2]), 1).dtype == np.int64


# --- damaged columns --------------------------------------------------------------------------------------------------


def test_what_a_damaged_column_names_outside_of_an_array_is_an_error_and_no_crash(kernels: Kernels) -> None:
    doc, freq = np.array([0, 60_000], dtype=np.uint16), np.array([4, 4], dtype=np.uint16)
    first_doc = np.array([0, 2], dtype=np.int64)
    with pytest.raises(IndexError):
        kernels.mask_of([SnapshotPostings((Postings(doc, freq),))], first_doc)
    with pytest.raises(IndexError):
        kernels.count_in(np.zeros(2, dtype=bool), [SnapshotPostings((Postings(doc, freq),))], first_doc)
    with pytest.raises(IndexError):
        kernels.count_numbers(np.array([0, 1], dtype=np.int64), np.zeros(1, dtype=np.uint16), 2)


@pytest.mark.parametrize(
    ("doc", "packed", "code"),
    [([0, 60_000], [4, 4], None), ([0, 1], [4], None), ([0, 1], [4, 4], [0, 9])],
    ids=["document", "frequency", "code"],
)
def test_no_damaged_posting_is_scored_by_what_lies_outside_of_an_array(
    doc: list[int], packed: list[int], code: list[int] | None
) -> None:
    """Many documents are found, so all postings are passed, and what is damaged is noticed whoever asked for it."""
    codes = None if code is None else np.array(code, dtype=np.uint8)
    held = Postings(np.array(doc, dtype=np.uint16), np.array(packed, dtype=np.uint16), codes)
    term = ScoredTerm(SnapshotPostings((held,)), (1.0,) * 5, 1.0)
    norms = norms_from(all_as_long(1, num_docs=2), Norm((1.0,) * 4, (1.0,) * 4, 1.0, 1.0))
    with pytest.raises(IndexError):
        COMPILED.scores(np.array([0, 1], dtype=np.int64), [term], norms, np.array([0, 2], dtype=np.int64))


def damaged(form_start: list[int], docs: list[int], overflow_posting: list[int], num_positions: int) -> PostingColumns:
    """Columns of postings that stand as often as a packed frequency tells, and once where the table has them."""
    long = [form_start, [0] * len(form_start), [0] * (len(docs) // POSTINGS_A_BLOCK + 1), overflow_posting]
    starts, position_starts, blocks, overflows = (np.array(numbers, dtype=np.uint32) for numbers in long)
    freq = pack(np.array(MOST)[:, None])[0]
    doc, freqs, position = (
        np.array(numbers, dtype=np.uint16) for numbers in (docs, [freq] * len(docs), range(num_positions))
    )
    for array in (starts, position_starts, blocks, overflows, doc, freqs, position):
        array.setflags(write=False)
    times = np.ones(len(overflow_posting), dtype=np.int64)
    return PostingColumns(starts, position_starts, blocks, doc, freqs, overflows, times, position)


@pytest.mark.parametrize(
    ("columns", "forms", "docs"),
    [
        (damaged([0, 3], [0, 0, 0], [0, 1], 3), {0}, {*range(400)}),
        (damaged([0, 5, 9, 4], [0, 1, 2, 3, 4, 0, 1, 2, 3], [], 9), {1, 2}, {*range(400)}),
        (damaged([0, 400], [*range(400)], [1] * 100, 100), {0}, {*range(400)}),
        (damaged([0, 4], [0, 1, 2, 3], [2, 1], 5_000), {0}, {*range(400)}),
        (damaged([0, 4], [0, 1, 2, 3], [], 5), {0}, {*range(400)}),
        (damaged([0, 9], [0, 1, 2, 3], [], 5_000), {0}, {*range(400)}),
    ],
    ids=["document twice", "forms out of order", "overflows again", "overflows out of order", "positions", "postings"],
)
def test_no_damaged_posting_leads_outside_of_the_positions(
    columns: PostingColumns, forms: set[int], docs: set[int]
) -> None:
    some, here = ascending(docs), ascending(forms)
    of_all = alone(columns, (np.full(400, 10, dtype=np.uint32),) * NUM_FIELDS)
    here.setflags(write=False)
    with pytest.raises(IndexError):
        COMPILED.places(of_all, 0, here, some)
    with pytest.raises(IndexError):
        COMPILED.in_a_row(of_all, [[here]], some)


def test_a_longer_field_counts_as_the_longest_that_is_counted() -> None:
    by_segment = (tuple(np.array([0, length], dtype=np.uint32) for length in (7, LONGEST, LONGEST + 1, 70_000)),)
    lengths = FieldLengths(by_segment)
    assert lengths.table.tolist() == [[0] * 4, [7, LONGEST, LONGEST, LONGEST]]
    assert lengths.inside(0, np.array([1])).T.tolist() == lengths.table[1:].tolist()
    inverse = norms_from(lengths, Norm((0.0, 0.5, 0.5, 1e-6), (0.25, 0.001, 0.0, 0.0), 1.0, 1.0)).inverse
    assert inverse.shape == (NUM_FIELDS, LONGEST + 1)
    assert all_as_long(3, 9, 5, num_docs=2).longest == 9
    assert FieldLengths(()).longest == 0
    assert inverse[:, 8].tolist() == pytest.approx([1 / 2, 1 / 0.508, 2, 1e6])
    assert np.isfinite(inverse).all()


def test_strings_with_blanks_are_no_pieces_of_a_chunk() -> None:
    with pytest.raises(ValueError, match="blanks"):
        pieces([("a b", True, True)])
