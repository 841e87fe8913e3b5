"""Places: where words stand in documents, for phrases, "near" and pairs of words.

A place is document * 65,536 + position, int64, valid inside one segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from index.columns import ranges
from index.frequencies import NUM_FIELDS, TAGS, occurrences, pack, unpack
from index.lexicon import FormIds
from index.segment import FIELD_GAP, LAST_POSITION
from index.snapshot import Postings, Segment
from search.kernels import Kernels, Mask, Places


def places_of(segment: Segment, form_ids: FormIds, within: Mask) -> Places:
    """Where some forms stand in some documents, ascending; without the words beyond the last position.

    Args:
        within: the documents to look at; bool, (num_docs,).
    """
    columns = segment.columns
    here = segment.forms_here(form_ids)
    first, end = columns["form_start"][here].astype(np.int64), columns["form_start"][here + 1].astype(np.int64)
    posting = ranges(first, end - first)
    doc = columns["posting_doc"][posting]
    counts = occurrences(columns, posting).sum(axis=0)
    before = np.cumsum(counts) - counts
    num_postings = end - first
    first_of_form = np.cumsum(num_postings) - num_postings
    start = columns["position_start"][here].astype(np.int64) - before[first_of_form] if len(posting) else first
    kept: Mask = within[doc]
    counts = counts[kept]
    position = columns["position"][ranges((before + np.repeat(start, num_postings))[kept], counts)]
    places: Places = np.repeat(doc[kept].astype(np.int64) << 16, counts) + position.astype(np.int64)
    places = places[position != LAST_POSITION]
    if len(here) > 1:
        places.sort()
    return places


def postings_of(segment: Segment, places: Places, field: int | None) -> Postings:
    """Postings that count each place once, in the field it stands in.

    Args:
        places: ascending.
        field: only places in this field count; None for all.
    """
    columns = segment.columns
    doc = places >> 16
    position = places & 0xFFFF
    field_of_place = np.zeros(len(places), dtype=np.int64)
    field_start = np.zeros(len(places), dtype=np.int64)
    for before in range(TAGS):
        field_start += columns[f"doc_length_{before}"][doc].astype(np.int64) + FIELD_GAP
        field_of_place += position >= field_start
    if field is not None:
        doc, field_of_place = doc[field_of_place == field], field_of_place[field_of_place == field]
    if len(doc) == 0:
        return Postings(np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.uint16))
    first = np.flatnonzero(np.diff(doc, prepend=-1))
    counts = [np.add.reduceat(field_of_place == at, first, dtype=np.int64) for at in range(NUM_FIELDS)]
    return Postings(doc[first].astype(np.uint16), pack(counts))


def holding_all(segment: Segment, slots: Sequence[FormIds], kernels: Kernels) -> Mask:
    """Documents that hold a form of every slot: bool, (num_docs,)."""
    mask: Mask = np.ones(segment.num_docs, dtype=bool)
    for forms in slots:
        mask &= kernels.mask_of(segment.postings(forms).doc, segment.num_docs)
    return mask


def phrase_postings(
    segment: Segment, slots: Sequence[FormIds], *, distance: int, field: int | None, kernels: Kernels
) -> Postings:
    """Postings of a phrase.

    Args:
        slots: the forms that may stand at each position of the phrase; at least one slot.
        distance: 1 for an exact phrase; n for words at most n positions from the first, in any order, no two of them at
            one place.
    """
    within = holding_all(segment, slots, kernels)
    if not within.any():
        return Postings(np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.uint16))
    anchors = places_of(segment, slots[0], within)
    if distance == 1:
        for offset, forms in enumerate(slots[1:], start=1):
            anchors = anchors[kernels.has_within(anchors, places_of(segment, forms, within), offset, offset)]
        return postings_of(segment, anchors, field)
    for forms, num_words in _joined(slots[1:]):
        places = places_of(segment, forms, within)
        taken = places_of(segment, np.intersect1d(slots[0], forms), within)  # by the first word itself
        doc_start = anchors >> 16 << 16
        first = np.searchsorted(places, np.maximum(anchors - distance, doc_start))
        end = np.searchsorted(places, np.minimum(anchors + distance, doc_start + 0xFFFF), side="right")
        anchors = anchors[end - first - np.isin(anchors, taken) >= num_words]
    return postings_of(segment, anchors, field)


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
    segment: Segment, first: FormIds, second: FormIds, *, reach: int, within: Mask, kernels: Kernels
) -> Postings:
    """Postings of two words that follow each other within ``reach`` positions, in some documents."""
    within = within & holding_all(segment, (first, second), kernels)
    if not within.any():
        return Postings(np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.uint16))
    anchors = places_of(segment, first, within)
    return postings_of(
        segment, anchors[kernels.has_within(anchors, places_of(segment, second, within), 1, reach)], None
    )


def field_postings(postings: Postings, field: int) -> Postings:
    """The postings whose words stand in one field."""
    inside: NDArray[np.bool_] = unpack(postings.freq)[field] > 0
    return Postings(postings.doc[inside], postings.freq[inside])
