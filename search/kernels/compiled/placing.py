"""Where words stand: places, phrases, and words that follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.frequencies import MOST, NUM_FIELDS, SHIFTS
from index.kernels.jit import jit, short, signed, unchecked, unsigned
from index.segment import FIELD_GAP, LAST_POSITION
from search.kernels.compiled.leaps import end_in_segment
from search.kernels.compiled.memory import longs_at, shorts_at, words_at
from search.kernels.compiled.standing import Standing, standing_in
from search.kernels.types import (
    Docs,
    DocsFound,
    FirstDoc,
    FormsHere,
    Freqs,
    Listed,
    Places,
    PostingColumns,
    SnapshotColumns,
)

_COMPARED = 4_096
"""So many pairs of a place and a position are sooner compared, many at once, than passed in their order."""


@jit
def _columns_at(addresses: NDArray[np.int64]) -> PostingColumns:
    """The columns of a segment (``SnapshotColumns.addresses``)."""
    return PostingColumns(
        words_at(addresses[0, 0], addresses[0, 1]),
        words_at(addresses[1, 0], addresses[1, 1]),
        words_at(addresses[2, 0], addresses[2, 1]),
        shorts_at(addresses[3, 0], addresses[3, 1]),
        shorts_at(addresses[4, 0], addresses[4, 1]),
        words_at(addresses[5, 0], addresses[5, 1]),
        longs_at(addresses[6, 0], addresses[6, 1]),
        shorts_at(addresses[7, 0], addresses[7, 1]),
    )


@jit
def _places(addresses: NDArray[np.int64], forms: NDArray[np.int64], docs: NDArray[np.int64]) -> Places:
    columns = _columns_at(addresses)
    rows, begin, end = standing_in(columns, forms, docs)
    position = columns.position
    found = np.empty((end - begin).sum(), dtype=np.int64)
    filled = 0
    for posting in range(len(rows)):
        here = docs[rows[posting]] << 16
        for at in range(begin[posting], end[posting]):
            if position[at] != LAST_POSITION:
                found[filled] = here + position[at]
                filled += 1
    return found[:filled]


class _Begun(NamedTuple):
    """Where a word, or words in a row, begin in some documents.

    Attributes:
        start: where the places of each document begin, and the end of the last; (num_docs + 1,).
        place: positions, of each document ascending and each once.
        times: how many of the words begin there: a compound and its part stand at one position.
    """

    start: NDArray[np.int64]
    place: NDArray[np.int64]
    times: NDArray[np.int64]


@unchecked
def _room(standing: Standing, num_docs: int) -> NDArray[np.int64]:
    """Where the places of each document begin, when all are listed, and the end of the last."""
    rows, begin, end = standing
    start = np.zeros(num_docs + 1, dtype=np.int64)
    for posting in range(len(rows)):
        start[rows[posting] + 1] += end[posting] - begin[posting]
    for row in range(num_docs):
        start[row + 1] += start[row]
    return start


@unchecked
def _sort_between(numbers: NDArray[np.int64], first: int, end: int) -> None:
    numbers[first:end].sort()


@unchecked
def _list_places(
    standing: Standing,
    position: NDArray[np.uint16],
    by: int,
    start: NDArray[np.int64],
    listed: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """List the places ``by`` positions before some words, of each document ascending.

    Args:
        listed: written; where the places of each document end, which is where they begin at first, and the places.
    """
    rows, begin, end = standing
    stop, place = listed
    for posting in range(len(rows)):
        row = rows[posting]
        filled = stop[row]
        for at in range(begin[posting], end[posting]):
            if by <= position[at] != LAST_POSITION:
                place[filled] = signed(position[at]) - by
                filled += 1
        if start[row] < stop[row] < filled and place[stop[row]] < place[stop[row] - 1]:  # another form stands before
            _sort_between(place, start[row], filled)
        stop[row] = filled


@unchecked
def _begun(standing: Standing, position: NDArray[np.uint16], num_docs: int, by: int) -> _Begun:
    """What begins ``by`` positions before some words."""
    room = _room(standing, num_docs)
    stop, place = room[:-1].copy(), np.empty(room[-1], dtype=np.int64)
    _list_places(standing, position, by, room, (stop, place))
    start, times = np.empty(num_docs + 1, dtype=np.int64), np.empty(len(place), dtype=np.int64)
    filled = 0
    for row in range(num_docs):
        start[row] = filled
        for at in range(room[row], stop[row]):
            if filled > start[row] and place[filled - 1] == place[at]:
                times[filled - 1] += 1
            else:
                place[filled], times[filled] = place[at], 1
                filled += 1
    start[num_docs] = filled
    return _Begun(start, place[:filled], times[:filled])


@unchecked
def _num_within(position: NDArray[np.uint16], begin: int, end: int, low: int, width: int) -> int:
    """How many of some positions are ``low`` or up to ``width`` behind it."""
    found, first, most = 0, short(low), short(width)
    for at in range(begin, end):
        found += short(short(position[unsigned(at)]) - first) <= most
    return found


@unchecked
def _add_merging(
    place: NDArray[np.int64],
    found: NDArray[np.int64],
    rows: tuple[int, int],
    position: NDArray[np.uint16],
    reach: tuple[int, int],
) -> None:
    """Add to some rows of ``found`` how many of some positions stand within reach behind their places.

    Both ascend: only what is within reach is passed again. Of a damaged posting some positions are passed over.
    """
    first, last = rows
    low, high = reach
    for at in range(len(position)):
        here = signed(position[at])
        if here == LAST_POSITION:
            continue
        while first < last and place[first] < here - high:
            first += 1
        if first == last:
            break
        one = first
        while one < last and place[one] <= here - low:
            found[one] += 1
            one += 1


@unchecked
def _followers(
    begun: _Begun, standing: Standing, position: NDArray[np.uint16], low: int, high: int
) -> NDArray[np.int64]:
    """How many of some words stand between ``low`` and ``high`` positions behind each place."""
    start, place, _ = begun
    rows, begin, end = standing
    found = np.zeros(len(place), dtype=np.int64)
    for posting in range(len(rows)):
        first, last = start[rows[posting]], start[rows[posting] + 1]
        if (last - first) * (end[posting] - begin[posting]) > _COMPARED:
            _add_merging(place, found, (first, last), position[begin[posting] : end[posting]], (low, high))
            continue
        for one in range(first, last):
            nearest, furthest = place[one] + low, min(place[one] + high, LAST_POSITION - 1)
            if nearest <= furthest:
                found[one] += _num_within(position, begin[posting], end[posting], nearest, furthest - nearest)
    return found


@unchecked
def _followed(
    docs: NDArray[np.int64], begun: _Begun, followers: NDArray[np.int64], are_first: bool
) -> tuple[NDArray[np.int64], _Begun]:
    """The places that are followed, and the documents that have one.

    Args:
        are_first: whether the followers are what begins there.
    """
    start, place, times = begun
    num_followed = np.count_nonzero(followers)
    docs_left, start_left = np.empty(len(docs), dtype=np.int64), np.empty(len(docs) + 1, dtype=np.int64)
    place_left, times_left = np.empty(num_followed, dtype=np.int64), np.empty(num_followed, dtype=np.int64)
    num_left = filled = 0
    for row in range(len(docs)):
        start_left[num_left] = filled
        for at in range(start[row], start[row + 1]):
            if followers[at]:
                place_left[filled], times_left[filled] = place[at], followers[at] if are_first else times[at]
                filled += 1
        if filled > start_left[num_left]:
            docs_left[num_left] = docs[row]
            num_left += 1
    start_left[num_left] = filled
    return docs_left[:num_left], _Begun(start_left[: num_left + 1], place_left, times_left)


@jit
def _counted(docs: NDArray[np.int64], begun: _Begun, lengths: NDArray[np.uint16], found: Docs, freqs: Freqs) -> None:
    """Write postings that count what begins in some documents, each of which has a place, by field."""
    start, place, times = begun
    counts = np.empty(NUM_FIELDS, dtype=np.int64)
    for row in range(len(docs)):
        doc = docs[row]
        lead_start = signed(lengths[doc, 0]) + FIELD_GAP
        body_start = lead_start + signed(lengths[doc, 1]) + FIELD_GAP
        tags_start = body_start + signed(lengths[doc, 2]) + FIELD_GAP
        counts[:] = 0
        for at in range(start[row], start[row + 1]):
            here = place[at]
            counts[int(here >= lead_start) + int(here >= body_start) + int(here >= tags_start)] += times[at]
        packed = 0
        for field in range(NUM_FIELDS):
            packed |= min(counts[field], MOST[field]) << SHIFTS[field]
        found[row], freqs[row] = doc, packed


class _Forms(NamedTuple):
    """Forms of some words in all segments.

    Attributes:
        form: their places in ``form_id``.
        start: where those of each segment begin, one word behind the other, and the end of the last;
            (num_words * num_segments + 1,).
    """

    form: NDArray[np.int64]
    start: NDArray[np.int64]
    num_words: int


def _forms(words: Sequence[FormsHere]) -> _Forms:
    each = [here for word in words for here in word]
    return _Forms(np.concatenate(each), np.cumsum([0, *map(len, each)]), len(words))


@jit
def _here(forms: _Forms, word: int, segment: int) -> NDArray[np.int64]:
    """The forms of a word in a segment."""
    at = word * ((len(forms.start) - 1) // forms.num_words) + segment
    return forms.form[forms.start[at] : forms.start[at + 1]]


@jit
def _followed_in(
    columns: PostingColumns, forms: _Forms, segment: int, docs: NDArray[np.int64], reach: int
) -> tuple[NDArray[np.int64], _Begun]:
    """The places of one word in a segment that another follows, and the documents that have one."""
    position = columns.position
    begun = _begun(standing_in(columns, _here(forms, 0, segment), docs), position, len(docs), 0)
    followers = _followers(begun, standing_in(columns, _here(forms, 1, segment), docs), position, 1, reach)
    return _followed(docs, begun, followers, False)


@jit
def _in_a_row_in(
    columns: PostingColumns, forms: _Forms, segment: int, docs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], _Begun]:
    """Where words in a row begin in a segment, and the documents that have one."""
    position, form_start = columns.position, columns.form_start
    size = np.zeros(forms.num_words, dtype=np.int64)
    for word in range(len(size)):
        for form in _here(forms, word, segment):
            size[word] += signed(form_start[form + 1]) - signed(form_start[form])
    # The rarest word first, and of the others only where it leaves something: "la" is printed everywhere.
    order = np.argsort(size)
    rarest = order[0]
    standing = standing_in(columns, _here(forms, rarest, segment), docs)
    docs_left, left = docs, _begun(standing, position, len(docs), rarest)
    for word in order[1:]:
        standing = standing_in(columns, _here(forms, word, segment), docs_left)
        followers = _followers(left, standing, position, word, word)
        docs_left, left = _followed(docs_left, left, followers, word == 0)
    if len(order) == 1:
        docs_left, left = _followed(docs_left, left, left.times, True)
    return docs_left, left


@jit
def _list_all(
    columns: tuple[NDArray[np.int64], NDArray[np.uint16], FirstDoc], forms: _Forms, docs: DocsFound, reach: int
) -> tuple[Docs, Freqs, NDArray[np.int64]]:
    """See ``followed``, or ``in_a_row`` if ``reach`` is 0.

    Args:
        columns: addresses, lengths and first documents (``SnapshotColumns``).
    """
    addresses, lengths, first_doc = columns
    found, freqs = np.empty(len(docs), dtype=np.uint16), np.empty(len(docs), dtype=np.uint16)
    border = np.zeros(len(first_doc), dtype=np.int64)
    begin = filled = 0
    for segment in range(len(first_doc) - 1):
        first, last = first_doc[segment], first_doc[segment + 1]
        end = end_in_segment(docs, begin, last)
        if begin < end:
            of_segment, inside = _columns_at(addresses[segment]), docs[begin:end] - first
            if reach:
                docs_left, left = _followed_in(of_segment, forms, segment, inside, reach)
            else:
                docs_left, left = _in_a_row_in(of_segment, forms, segment, inside)
            _counted(docs_left, left, lengths[first:last], found[filled:], freqs[filled:])
            filled += len(docs_left)
        border[segment + 1] = filled
        begin = end
    return found[:filled], freqs[:filled], border


def places(columns: SnapshotColumns, segment: int, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> Places:
    found: Places = _places(columns.addresses[segment], forms, docs)
    return found


def followed(columns: SnapshotColumns, words: tuple[FormsHere, FormsHere], docs: DocsFound, reach: int) -> Listed:
    return Listed(*_list_all(_of_snapshot(columns), _forms(words), docs, reach))


def in_a_row(columns: SnapshotColumns, slots: Sequence[FormsHere], docs: DocsFound) -> Listed:
    return Listed(*_list_all(_of_snapshot(columns), _forms(slots), docs, 0))


def _of_snapshot(columns: SnapshotColumns) -> tuple[NDArray[np.int64], NDArray[np.uint16], FirstDoc]:
    return columns.addresses, columns.lengths.table, columns.first_doc
