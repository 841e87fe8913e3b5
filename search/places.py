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
from search.kernels import Kernels, Mask, Places, PostingColumns
from search.postings import FormPostings, SnapshotPostings


def _places(segment: Segment, here: NDArray[np.int64], within: Mask, kernels: Kernels) -> Places:
    """Where some forms stand in some documents, ascending; without the words beyond the last position.

    Args:
        here: places of the forms in ``form_id``, ascending.
        within: the documents to look at; bool, (num_docs,).
    """
    found = kernels.places(_posting_columns(segment), here, within)
    if len(here) > 1:
        found.sort(kind="stable")  # timsort, which only merges what is in order already
    return found


def _posting_columns(segment: Segment) -> PostingColumns:
    columns = segment.columns
    return PostingColumns(
        form_start=columns["form_start"],
        position_start=columns["position_start"],
        doc=columns["posting_doc"],
        freq=columns["posting_freq"],
        overflow_posting=columns["overflow_posting"],
        overflow_times=segment.overflow_times,
        position=columns["position"],
    )


def _counted(segment: Segment, found: Places, field: int | None, kernels: Kernels) -> Postings:
    """Postings that count each place (ascending) once, in the field it stands in; None for all fields."""
    return Postings(*kernels.count_places(found, segment.lengths, -1 if field is None else field))


def phrase_postings(
    snapshot: Snapshot, slots: Sequence[FormPostings], *, distance: int, field: int | None, kernels: Kernels
) -> SnapshotPostings:
    """Postings of a phrase.

    Args:
        slots: for each position of the phrase the forms that may stand there; at least one slot.
        distance: 1 for an exact phrase; n for words at most n positions from the first, in any order, no two of them at
            one place.
    """
    within = _holding_all(snapshot, slots, kernels)
    of_segment = _in_a_row if distance == 1 else partial(_near, distance=distance)
    return _by_segment(
        snapshot,
        within,
        lambda at, segment, here: _counted(segment, of_segment(at, segment, slots, here, kernels), field, kernels),
    )


def _holding_all(snapshot: Snapshot, slots: Sequence[FormPostings], kernels: Kernels) -> Mask:
    """The documents that hold every one of some sets of forms."""
    within = kernels.mask_of(slots[0].postings, snapshot.first_doc)
    for slot in slots[1:]:
        within &= kernels.mask_of(slot.postings, snapshot.first_doc)
    return within


def _by_segment(snapshot: Snapshot, within: Mask, read: Callable[[int, Segment, Mask], Postings]) -> SnapshotPostings:
    """What is read of each segment that has some of the documents to look at."""
    found: list[Postings] = []
    for at, (segment, (first, end)) in enumerate(
        zip(snapshot.segments, pairwise(snapshot.first_doc.tolist()), strict=True)
    ):
        here = within[first:end]
        found.append(read(at, segment, here) if here.any() else NO_POSTINGS)
    return SnapshotPostings(tuple(found))


def _near(
    at: int, segment: Segment, slots: Sequence[FormPostings], within: Mask, kernels: Kernels, *, distance: int
) -> Places:
    """Where the first of some words stands with all the others near it."""
    anchors = _places(segment, slots[0].here[at], within, kernels)
    for forms, num_words in _joined([slot.forms for slot in slots[1:]]):
        places = _places(segment, segment.forms_here(forms), within, kernels)
        both = segment.forms_here(np.intersect1d(slots[0].forms, forms))
        taken = _places(segment, both, within, kernels)  # by the first word itself
        doc_start = anchors >> 16 << 16
        first = np.searchsorted(places, np.maximum(anchors - distance, doc_start))
        end = np.searchsorted(places, np.minimum(anchors + distance, doc_start + 0xFFFF), side="right")
        anchors = anchors[end - first - np.isin(anchors, taken) >= num_words]
    return anchors


def _in_a_row(at: int, segment: Segment, slots: Sequence[FormPostings], within: Mask, kernels: Kernels) -> Places:
    """Where the first word of a phrase stands, before all the others.

    The rarest word is read first, and of the others only where it leaves something: "la" is printed everywhere.
    """
    rarest, *others = sorted(range(len(slots)), key=lambda slot: len(slots[slot].postings.by_segment[at].doc))
    found = _places(segment, slots[rarest].here[at], within, kernels)
    for slot in others:
        if len(found) == 0:
            return found
        within = np.zeros(segment.num_docs, dtype=bool)
        within[found >> 16] = True
        places = _places(segment, slots[slot].here[at], within, kernels)
        if slot > 0:
            found = found[kernels.has_within(found, places, slot - rarest, slot - rarest)]
        else:  # where a compound and its part stand, there are two first words
            found = places[kernels.has_within(places, found, rarest, rarest)]
            rarest = 0
    return found


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
    snapshot: Snapshot, first: FormPostings, second: FormPostings, *, reach: int, within: Mask, kernels: Kernels
) -> SnapshotPostings:
    """Postings of two words that follow each other within ``reach`` positions, in some documents."""
    return _by_segment(
        snapshot,
        within & _holding_all(snapshot, (first, second), kernels),
        lambda at, segment, here: Postings(
            *kernels.followed(
                _posting_columns(segment), (first.here[at], second.here[at]), here, segment.lengths, reach
            )
        ),
    )


def field_postings(postings: SnapshotPostings, field: int) -> SnapshotPostings:
    """The postings whose words stand in one field."""
    inside = [unpack(one.freq)[field] > 0 for one in postings.by_segment]
    return SnapshotPostings(
        tuple(Postings(one.doc[here], one.freq[here]) for one, here in zip(postings.by_segment, inside, strict=True))
    )
