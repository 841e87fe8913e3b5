"""Places: where words stand in documents, for phrases, "near" and pairs of words.

A place is document * 65,536 + position, int64, valid inside one segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from index.frequencies import unpack
from index.lexicon import FormIds
from index.snapshot import NO_POSTINGS, Postings, Segment, Snapshot
from search.kernels import DocsFound, Kernels, Listed, Mask, Places, PostingColumns, SnapshotColumns
from search.kernels.plain import count_places
from search.postings import FormPostings, SnapshotPostings, field_lengths, num_passed
from search.side_by_side import side_by_side, steps_of

_LONG = 50_000
"""Postings that take so long that other processors are asked to help."""

_FEW = 100
"""One document in so many is few."""


def snapshot_columns(snapshot: Snapshot) -> SnapshotColumns:
    """The columns that tell where forms stand; made once (``Snapshot.derived``)."""
    by_segment = tuple(
        PostingColumns(
            form_start=segment.columns["form_start"],
            position_start=segment.columns["position_start"],
            position_block=segment.columns["position_block"],
            doc=segment.columns["posting_doc"],
            freq=segment.columns["posting_freq"],
            overflow_posting=segment.columns["overflow_posting"],
            overflow_times=segment.overflow_times,
            position=segment.columns["position"],
        )
        for segment in snapshot.segments
    )
    return SnapshotColumns(by_segment, snapshot.derived(field_lengths), snapshot.first_doc)


def phrase_postings(
    snapshot: Snapshot, slots: Sequence[FormPostings], *, distance: int, kernels: Kernels
) -> SnapshotPostings:
    """Postings of a phrase.

    Args:
        slots: for each position of the phrase the forms that may stand there; at least one slot.
        distance: 1 for an exact phrase; n for words at most n positions from the first, in any order, no two of them at
            one place.
    """
    columns = snapshot.derived(snapshot_columns)
    docs = kernels.docs_in(_holding_all(snapshot, slots, kernels))
    if distance == 1:
        here = [slot.here for slot in slots]
        return _in_steps(snapshot, slots, docs, lambda some: kernels.in_a_row(columns, here, some))
    found: list[Postings] = []
    for at, (segment, (begin, end)) in enumerate(
        zip(snapshot.segments, pairwise(np.searchsorted(docs, snapshot.first_doc).tolist()), strict=True)
    ):
        if begin == end:
            found.append(NO_POSTINGS)
            continue
        inside = docs[begin:end] - snapshot.first_doc[at]
        near = _near(segment, [slot.forms for slot in slots], distance, partial(_places, columns, at, inside, kernels))
        found.append(Postings(*count_places(near, segment.lengths)))
    return SnapshotPostings(tuple(found))


def _holding_all(snapshot: Snapshot, slots: Sequence[FormPostings], kernels: Kernels) -> Mask:
    """The documents that hold every one of some sets of forms."""
    within = kernels.mask_of([slots[0].postings], snapshot.first_doc)
    for slot in slots[1:]:
        within &= kernels.mask_of([slot.postings], snapshot.first_doc)
    return within


def _in_steps(
    snapshot: Snapshot, slots: Sequence[FormPostings], docs: DocsFound, read: Callable[[DocsFound], Listed]
) -> SnapshotPostings:
    """What is read of some words in the documents to look at, side by side where they are many."""
    if len(docs) == 0:
        return SnapshotPostings((NO_POSTINGS,) * len(snapshot.segments))
    is_long = num_passed((slot.postings for slot in slots), docs) >= _LONG
    found = side_by_side(read, steps_of(docs, snapshot.first_doc) if is_long else [docs], is_long=is_long)
    doc, freq, border = found[0]
    if len(found) > 1:
        doc, freq = np.concatenate([one.doc for one in found]), np.concatenate([one.freq for one in found])
        border = np.sum([one.border for one in found], axis=0)
    return SnapshotPostings(
        tuple(Postings(doc[begin:end], freq[begin:end]) for begin, end in pairwise(border.tolist()))
    )


def _places(
    columns: SnapshotColumns, at: int, docs: NDArray[np.int64], kernels: Kernels, here: NDArray[np.int64]
) -> Places:
    """Where some forms stand in some documents of a segment, ascending; without the words beyond the last position.

    Args:
        at, docs: the segment, and which of its documents to look at, numbered in it, ascending.
        here: places of the forms in ``form_id``, ascending.
    """
    found = kernels.places(columns, at, here, docs)
    if len(here) > 1:
        found.sort(kind="stable")  # timsort, which only merges what is in order already
    return found


def _near(
    segment: Segment, slots: Sequence[FormIds], distance: int, places_of: Callable[[NDArray[np.int64]], Places]
) -> Places:
    """Where the first of some words stands with all the others near it."""
    anchors = places_of(segment.forms_here(slots[0]))
    for forms, num_words in _joined(slots[1:]):
        places = places_of(segment.forms_here(forms))
        taken = places_of(segment.forms_here(np.intersect1d(slots[0], forms)))  # by the first word itself
        doc_start = anchors >> 16 << 16
        first = np.searchsorted(places, np.maximum(anchors - distance, doc_start))
        end = np.searchsorted(places, np.minimum(anchors + distance, doc_start + 0xFFFF), side="right")
        anchors = anchors[end - first - np.isin(anchors, taken) >= num_words]
    return anchors


def _joined(slots: Sequence[FormIds]) -> Iterator[tuple[FormIds, int]]:
    """The forms of each word, and of all words that can stand in each other's place; with how many words these are.

    Words can each have a place of their own if there are as many places as words for every one of these sets: Hall's
    theorem on marriages (Hall 1935, J. London Math. Soc. 10), sets without a common form being independent.
    """
    each = [frozenset(forms.tolist()) for forms in slots]
    joined = set(each)
    while more := {one | two for one, two in combinations(joined, 2) if one & two} - joined:
        joined |= more
    for forms in joined:
        yield np.array(sorted(forms), dtype=np.uint32), sum(one <= forms for one in each)


def pair_postings(
    snapshot: Snapshot, first: FormPostings, second: FormPostings, *, reach: int, docs: DocsFound, kernels: Kernels
) -> SnapshotPostings:
    """Postings of two words that follow each other within ``reach`` positions, in some documents."""

    if len(docs) * _FEW > snapshot.num_docs:  # of few, asking which have both words takes longer than looking for them
        docs = docs[_holding_all(snapshot, (first, second), kernels)[docs]]
    columns, words = snapshot.derived(snapshot_columns), (first.here, second.here)
    return _in_steps(snapshot, (first, second), docs, lambda some: kernels.followed(columns, words, some, reach))


def field_postings(postings: SnapshotPostings, field: int) -> SnapshotPostings:
    """The postings whose words stand in one field."""
    inside = [unpack(one.freq)[field] > 0 for one in postings.by_segment]
    return SnapshotPostings(
        tuple(Postings(one.doc[here], one.freq[here]) for one, here in zip(postings.by_segment, inside, strict=True))
    )
