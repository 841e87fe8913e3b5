"""The kernels compiled by Numba: the same functions as ``plain``, for a server or a benchmark.

``prepare`` compiles them, some seconds each the first time, and keeps the result beside this file or in Numba's cache
folder. They are compiled for the very types of array that a search gives them: an array that may be written to is
another type than one that may not, and would be compiled for anew while a reader waits.

Arithmetic is in the order of ``plain`` and without fused operations, so that scores agree to the last bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]  # it does not list its names
from numba.extending import intrinsic
from numpy.typing import NDArray

from index.frequencies import MOST, NUM_FIELDS, SHIFTS, TITLE
from index.italian.tokenizer import CHANGED_BLOCKS
from index.kernels import compiled as indexing
from index.kernels.jit import add_capped, is_blank, jit, lowest_bit, place_of
from index.postings import POSTINGS_A_BLOCK
from index.segment import FIELD_GAP, LAST_POSITION, MAX_DOCS, UNDATED_DAY
from index.snapshot import Postings
from search.kernels.types import (
    Docs,
    DocsFound,
    FirstDoc,
    Freqs,
    Lengths,
    Mask,
    Norm,
    Pieces,
    Places,
    PostingColumns,
    ScoredTerm,
    Scores,
    pieces,
)
from search.postings import BySegment, SnapshotPostings

name = "compiled"

union = indexing.union

_LEAP_COST = 4
"""Leaping to one document costs as much as weighing so many postings."""

_SEEK_COST = 64
"""Finding where the positions of one posting begin costs as much as passing so many postings."""

_MOST_INSERTED = 100
"""Of more, the best are found by partition, not one by one."""

_CHANGED = np.array(CHANGED_BLOCKS, dtype=np.uint32)
_NOT_PLAIN = np.array([[-1, -1]], dtype=np.int64)

_int: Any = np.int64
"""Makes a signed number of one from a column: compiled code takes those for unsigned, and adds them to others badly."""


def _pointer(of: Any) -> Any:
    """What makes a pointer of an address, for compiled code that runs over the columns of all segments."""

    @intrinsic
    def pointer(_context: Any, _address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(of)(types.int64), generate  # type: ignore[no-untyped-call]

    return pointer


_bytes, _shorts, _longs = _pointer(types.uint8), _pointer(types.uint16), _pointer(types.uint32)


@jit
def _short_array(address: int, length: int) -> NDArray[np.uint16]:
    return carray(_shorts(address), (length,))


@jit
def _long_array(address: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The array with an address and a length (``BySegment.addresses``)."""
    return carray(_longs(address[0]), (address[1],))


@jit
def _mask_of(addresses: NDArray[np.int64], first_doc: FirstDoc) -> Mask:
    mask = np.zeros(first_doc[-1], dtype=np.bool_)
    for segment in range(len(addresses)):
        first, doc = first_doc[segment], _short_array(addresses[segment, 0], addresses[segment, 3])
        for at in range(len(doc)):
            mask[first + doc[at]] = True
    return mask


def mask_of(postings: SnapshotPostings, first_doc: FirstDoc) -> Mask:
    mask: Mask = _mask_of(postings.addresses, first_doc)
    return mask


@jit
def _first_at_least(doc: Docs, first: int, wanted: int) -> int:
    """The first row from ``first`` on whose document is ``wanted`` or later: in leaps, then by bisection."""
    leap, last = 1, first
    while last < len(doc) and doc[last] < wanted:
        first = last + 1
        last += leap
        leap *= 2
    last = min(last, len(doc))
    while first < last:
        middle = (first + last) >> 1
        if doc[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first


@jit
def _end_in_segment(docs: DocsFound, row: int, last: int) -> int:
    """The first row from one on whose document is ``last`` or later."""
    while row < len(docs) and docs[row] < last:
        row += 1
    return row


class _Terms(NamedTuple):
    """Terms as compiled code takes them: (num_terms, num_segments, 4), (num_terms, 5) and (num_terms,)."""

    addresses: NDArray[np.int64]
    weight: NDArray[np.float64]
    factor: NDArray[np.float64]


@jit
def _add_scores(
    total: Scores, docs: DocsFound, postings: NDArray[np.int64], worth: tuple[NDArray[np.float64], float], norm: Any
) -> None:
    """Add what a term is worth to the total of some documents of a segment; of others it may be added or not."""
    doc_at, packed_at, code_at, num_docs = postings
    doc, freqs = _short_array(doc_at, num_docs), _short_array(packed_at, num_docs)
    code = carray(_bytes(code_at), (num_docs,))
    weight, factor = worth
    lengths, base, slope, k1, title_k1 = norm
    is_sparse = len(docs) * _LEAP_COST < len(doc)
    row = 0
    for at in range(len(docs) if is_sparse else len(doc)):
        if is_sparse:
            row = _first_at_least(doc, row, docs[at])
            if row == len(doc):
                break
            if doc[row] != docs[at]:
                continue
        else:
            row = at  # also documents that are not asked for, which takes less time than leaving them out
        here = doc[row]
        packed = int(freqs[code[row]] if code_at else freqs[row])
        title = 0.0
        pseudo = 0.0
        for field in range(NUM_FIELDS):
            count = (packed >> SHIFTS[field]) & MOST[field]
            if count:
                normal = count / (base[field] + slope[field] * lengths[field][here])
                pseudo += weight[field] * normal
                if field == TITLE:
                    title = normal
        saturated = pseudo / (k1 + pseudo)
        if title > 0:
            saturated += weight[NUM_FIELDS] * (title / (title_k1 + title))
        total[here] += factor * saturated


@jit
def _scores(docs: DocsFound, terms: _Terms, lengths_at: NDArray[np.int64], first_doc: FirstDoc, norm: Norm) -> Scores:
    addresses, weight, factor = terms
    base, slope, k1, title_k1 = norm
    found = np.empty(len(docs), dtype=np.float64)
    total = np.zeros(np.diff(first_doc).max(), dtype=np.float64)  # of one segment at a time, which fits the cache
    begin = 0
    for segment in range(len(first_doc) - 1):
        first = first_doc[segment]
        end = _end_in_segment(docs, begin, first_doc[segment + 1])
        if begin == end:
            continue
        here = docs[begin:end] - first
        for doc in here:
            total[doc] = 0.0
        lengths = (
            _long_array(lengths_at[0, segment]),
            _long_array(lengths_at[1, segment]),
            _long_array(lengths_at[2, segment]),
            _long_array(lengths_at[3, segment]),
        )
        for term in range(len(factor)):
            worth = (weight[term], factor[term])
            _add_scores(total, here, addresses[term, segment], worth, (lengths, base, slope, k1, title_k1))
        for at in range(len(here)):
            found[begin + at] = total[here[at]]
        begin = end
    return found


def scores(
    docs: DocsFound, terms: Sequence[ScoredTerm], lengths: Sequence[BySegment], first_doc: FirstDoc, norm: Norm
) -> Scores:
    if not terms or not len(docs):
        return np.zeros(len(docs), dtype=np.float64)
    columns = _Terms(
        np.array([term.postings.addresses for term in terms]),
        np.array([term.weight for term in terms]),
        np.array([term.factor for term in terms]),
    )
    found: Scores = _scores(docs, columns, np.array([length.addresses for length in lengths]), first_doc, norm)
    return found


@jit
def _sum_of(packed: int) -> int:
    times = 0
    for field in range(NUM_FIELDS):
        times += (packed >> SHIFTS[field]) & MOST[field]
    return times


class _Standing(NamedTuple):
    """Postings of some forms in some documents: which of the documents, and where its positions begin and end."""

    row: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]


# The columns are taken out of their tuple before any loop: inside, each would be counted as held and let go again.


@jit
def _pass_postings(columns: PostingColumns, form: int, row_of: NDArray[np.int32], found: _Standing, filled: int) -> int:
    """Take in the postings of a form in the documents that have a row, passing all of them."""
    form_start, position_start, _, doc, freq, overflow_posting, overflow_times, _ = columns
    rows, begin, end = found
    position = _int(position_start[form])
    large = np.searchsorted(overflow_posting, form_start[form])
    for posting in range(form_start[form], form_start[form + 1]):
        times = _sum_of(_int(freq[posting]))
        if large < len(overflow_posting) and overflow_posting[large] == posting:
            times = overflow_times[large]
            large += 1
        row = row_of[doc[posting]]
        if row >= 0:
            rows[filled], begin[filled], end[filled] = row, position, position + times
            filled += 1
        position += times
    return filled


@jit
def _seek_postings(columns: PostingColumns, form: int, docs: NDArray[np.int64], found: _Standing, filled: int) -> int:
    """Take in the postings of a form in some documents, seeking each."""
    form_start, position_start, position_block, doc, freq, overflow_posting, overflow_times, _ = columns
    rows, begin, end = found
    first, last = _int(form_start[form]), _int(form_start[form + 1])
    doc = doc[first:last]
    at = 0
    for row in range(len(docs)):
        at = _first_at_least(doc, at, docs[row])
        if at == len(doc):
            break
        if doc[at] != docs[row]:
            continue
        wanted = first + at
        block = wanted // POSTINGS_A_BLOCK
        passed, position = block * POSTINGS_A_BLOCK, _int(position_block[block])
        if passed < first:
            passed, position = first, _int(position_start[form])
        large = np.searchsorted(overflow_posting, passed)
        times = _int(0)
        for posting in range(passed, wanted + 1):
            position += times
            times = _sum_of(_int(freq[posting]))
            if large < len(overflow_posting) and overflow_posting[large] == posting:
                times = overflow_times[large]
                large += 1
        rows[filled], begin[filled], end[filled] = row, position, position + times
        filled += 1
    return filled


@jit
def _standing(columns: PostingColumns, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> _Standing:
    form_start = columns.form_start
    most = _int(0)
    for form in forms:
        most += min(_int(form_start[form + 1]) - _int(form_start[form]), len(docs))
    rows, begin, end = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    row_of = np.empty(0, dtype=np.int32)  # of each document, when there are many
    found, filled = _Standing(rows, begin, end), 0
    for form in forms:
        if len(docs) * _SEEK_COST < _int(form_start[form + 1]) - _int(form_start[form]):
            filled = _seek_postings(columns, form, docs, found, filled)
            continue
        if len(row_of) == 0:
            row_of = np.full(MAX_DOCS, -1, dtype=np.int32)
            for row in range(len(docs)):
                row_of[docs[row]] = row
        filled = _pass_postings(columns, form, row_of, found, filled)
    return _Standing(rows[:filled], begin[:filled], end[:filled])


@jit
def places(columns: PostingColumns, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> Places:
    rows, begin, end = _standing(columns, forms, docs)
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


# Places are marked in a bit array, a bit each: so two words are found beside each other, and nothing is sorted.


@jit
def _first_bits(docs: NDArray[np.int64], lengths: Lengths, spare: int) -> NDArray[np.int64]:
    """Where the bits of each document begin, at a word of 64, and how many there are.

    A bit a position, and some to spare.
    """
    title, lead, body, tags = lengths
    first = np.empty(len(docs) + 1, dtype=np.int64)
    num_bits = 0
    for row in range(len(docs)):
        first[row] = num_bits
        doc = docs[row]
        width = int(title[doc]) + int(lead[doc]) + int(body[doc]) + int(tags[doc]) + (NUM_FIELDS - 1) * FIELD_GAP
        num_bits += (min(width, LAST_POSITION) + spare + 63) >> 6 << 6
    first[len(docs)] = num_bits
    return first


@jit
def _mark(
    marked: NDArray[np.uint64], standing: _Standing, position: NDArray[np.uint16], first_bit: NDArray[np.int64], by: int
) -> None:
    """Mark where some words stand, ``by`` positions before."""
    rows, begin, end = standing
    for posting in range(len(rows)):
        first = first_bit[rows[posting]] - by
        for at in range(begin[posting], end[posting]):
            if by <= position[at] != LAST_POSITION:
                bit = first + position[at]
                marked[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)


class _Marks(NamedTuple):
    """Marked places, and what is looked at from a word: the 64 bits ``step`` behind it, those ``wanted`` of them."""

    marked: NDArray[np.uint64]
    first_bit: NDArray[np.int64]
    step: int
    wanted: np.uint64


@jit
def _count_before(
    marks: _Marks, standing: _Standing, position: NDArray[np.uint16], docs: NDArray[np.int64], lengths: Lengths
) -> tuple[NDArray[np.int64], Freqs]:
    """Which rows of the documents have some words that stand before a mark, and how often by field."""
    marked, first_bit, step, wanted = marks
    rows, begin, end = standing
    title, lead, body, _ = lengths
    summed = np.zeros(len(docs), dtype=np.uint16)
    for posting in range(len(rows)):
        row = rows[posting]
        first = first_bit[row] + step
        for at in range(begin[posting], end[posting]):
            place = _int(position[at])
            if place == LAST_POSITION:
                continue
            word, shift = (first + place) >> 6, np.uint64((first + place) & 63)
            # No branch, as the processor would often guess wrong; and no shift by 64, which is none.
            beyond = marked[word + 1] << np.uint64(1) << (np.uint64(63) - shift)
            if (marked[word] >> shift | beyond) & wanted:
                doc = docs[row]
                lead_start = _int(title[doc]) + FIELD_GAP
                body_start = lead_start + _int(lead[doc]) + FIELD_GAP
                tags_start = body_start + _int(body[doc]) + FIELD_GAP
                field = int(place >= lead_start) + int(place >= body_start) + int(place >= tags_start)
                summed[row] = add_capped(int(summed[row]), 1 << SHIFTS[field])
    found = np.flatnonzero(summed)
    return docs[found], summed[found]


@jit
def followed(
    columns: PostingColumns,
    forms: tuple[NDArray[np.int64], NDArray[np.int64]],
    docs: NDArray[np.int64],
    lengths: Lengths,
    reach: int,
) -> tuple[Docs, Freqs]:
    position = columns.position
    first_bit = _first_bits(docs, lengths, reach)
    marked = np.zeros((first_bit[-1] >> 6) + 1, dtype=np.uint64)
    _mark(marked, _standing(columns, forms[1], docs), position, first_bit, 0)
    behind = (np.uint64(1) << np.uint64(reach)) - np.uint64(1)
    marks = _Marks(marked, first_bit, 1, behind)
    found, freqs = _count_before(marks, _standing(columns, forms[0], docs), position, docs, lengths)
    return found.astype(np.uint16), freqs


@jit
def _mark_again(
    marks: tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]],
    standing: _Standing,
    position: NDArray[np.uint16],
    by: int,
    left: NDArray[np.uint64],
) -> None:
    """Mark anew what was marked ``by`` positions before some words.

    Args:
        marks: the bits before, the bits to set, and where those of each document begin.
        left: not 0 then for the documents that have a mark; (num_docs,).
    """
    before, kept, first_bit = marks
    rows, begin, end = standing
    for posting in range(len(rows)):
        row = rows[posting]
        first = first_bit[row] - by
        for at in range(begin[posting], end[posting]):
            if by <= position[at] != LAST_POSITION:
                bit = first + position[at]
                # No branch: the processor would guess wrong half of the time.
                mask = before[bit >> 6] & (np.uint64(1) << np.uint64(bit & 63))
                kept[bit >> 6] |= mask
                left[row] |= mask


@jit
def _in_a_row(
    columns: PostingColumns,
    forms: NDArray[np.int64],
    start: NDArray[np.int64],
    docs: NDArray[np.int64],
    lengths: Lengths,
) -> tuple[Docs, Freqs]:
    """See ``in_a_row``; ``forms``: of all positions of the phrase; ``start``: where those of each begin."""
    position, form_start = columns.position, columns.form_start
    size = np.zeros(len(start) - 1, dtype=np.int64)
    for slot in range(len(size)):
        for form in forms[start[slot] : start[slot + 1]]:
            size[slot] += _int(form_start[form + 1]) - _int(form_start[form])
    # The rarest word first, and of the others only where it leaves something; of two the second, the first is counted.
    order = np.argsort(size) if len(size) > 2 else np.array([len(size) - 1])
    first_bit = _first_bits(docs, lengths, 1)
    # Where a phrase may begin, and the same once more.
    num_words = (first_bit[-1] >> 6) + 1
    marked = np.zeros(num_words, dtype=np.uint64)
    other = np.zeros(num_words if len(order) > 1 else 0, dtype=np.uint64)
    standing = _standing(columns, forms[start[order[0]] : start[order[0] + 1]], docs)
    _mark(marked, standing, position, first_bit, order[0])
    for slot in order[1:]:
        if slot == 0:
            continue  # the first word is counted below
        left = np.zeros(len(docs), dtype=np.uint64)
        standing = _standing(columns, forms[start[slot] : start[slot + 1]], docs)
        _mark_again((marked, other, first_bit), standing, position, slot, left)
        marked[:] = 0
        marked, other = other, marked
        is_left = left != 0
        docs, first_bit = docs[is_left], first_bit[: len(left)][is_left]
    marks = _Marks(marked, first_bit, 0, np.uint64(1))
    found, freqs = _count_before(marks, _standing(columns, forms[: start[1]], docs), position, docs, lengths)
    return found.astype(np.uint16), freqs


def in_a_row(
    columns: PostingColumns, slots: Sequence[NDArray[np.int64]], docs: NDArray[np.int64], lengths: Lengths
) -> tuple[Docs, Freqs]:
    start = np.cumsum([0, *map(len, slots)])
    found: tuple[Docs, Freqs] = _in_a_row(columns, np.concatenate(slots), start, docs, lengths)
    return found


@jit
def fade(day: NDArray[np.int32], docs: DocsFound, today: int, left: Scores) -> Scores:
    faded = np.empty(len(docs), dtype=np.float64)
    for row in range(len(docs)):
        here = day[docs[row]]
        faded[row] = left[len(left) - 1 if here == UNDATED_DAY else max(today - here, 0)]
    return faded


@jit
def _best_few(scores: Scores, most: int) -> NDArray[np.int64]:
    """The best, each put in its place among those before it: of many scores in no order hardly any has one."""
    chosen = np.empty(min(most, len(scores)), dtype=np.int64)
    filled = 0
    for at in range(len(scores)):
        if filled == len(chosen) and scores[at] <= scores[chosen[filled - 1]]:
            continue
        place = min(filled, len(chosen) - 1)
        while place > 0 and scores[chosen[place - 1]] < scores[at]:
            chosen[place] = chosen[place - 1]
            place -= 1
        chosen[place] = at
        filled = min(filled + 1, len(chosen))
    return chosen


@jit
def _best_many(scores: Scores, most: int) -> NDArray[np.int64]:
    """The best, by partition."""
    if len(scores) > most:
        least = np.partition(scores, len(scores) - most)[len(scores) - most]
        chosen = np.empty(most, dtype=np.int64)
        at_least = most - np.count_nonzero(scores > least)
        filled = 0
        for at in range(len(scores)):
            if scores[at] > least:
                chosen[filled] = at
                filled += 1
            elif scores[at] == least and at_least > 0:
                chosen[filled] = at
                filled += 1
                at_least -= 1
    else:
        chosen = np.arange(len(scores))
    return chosen[np.argsort(-scores[chosen], kind="mergesort")]


@jit
def best(scores: Scores, first: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    chosen = np.empty(min(len(scores), most * (len(first) - 1)), dtype=np.int64)
    filled = 0
    for stretch in range(len(first) - 1):
        here = scores[first[stretch] : first[stretch + 1]]
        rows = _best_few(here, most) if most <= _MOST_INSERTED else _best_many(here, most)
        for row in rows:
            chosen[filled] = first[stretch] + row
            filled += 1
    return chosen[:filled]


@jit
def count_single(docs: DocsFound, column: NDArray[np.uint16], num_values: int) -> NDArray[np.int64]:
    counts = np.zeros(num_values, dtype=np.int64)
    for doc in docs:
        value = column[doc]
        if value < num_values:
            counts[value] += 1
    return counts


@jit
def _count_values(
    docs: DocsFound,
    start_at: NDArray[np.int64],
    value_at: NDArray[np.int64],
    first_doc: FirstDoc,
    counts: NDArray[np.int64],
) -> None:
    begin = 0
    for segment in range(len(first_doc) - 1):
        first = first_doc[segment]
        end = _end_in_segment(docs, begin, first_doc[segment + 1])
        start, value = _long_array(start_at[segment]), _long_array(value_at[segment])
        for at in range(begin, end):
            doc = docs[at] - first
            for entry in range(start[doc], start[doc + 1]):
                counts[value[entry]] += 1
        begin = end


def count_values(
    docs: DocsFound, start: BySegment, value: BySegment, first_doc: FirstDoc, num_values: int
) -> NDArray[np.int64]:
    counts = np.zeros(num_values, dtype=np.int64)
    _count_values(docs, start.addresses, value.addresses, first_doc, counts)
    return counts


@jit
def _having(wanted: Mask, start_at: NDArray[np.int64], value_at: NDArray[np.int64]) -> Mask:
    mask = np.zeros(start_at[:, 1].sum() - len(start_at), dtype=np.bool_)
    first = 0
    for segment in range(len(start_at)):
        start, value = _long_array(start_at[segment]), _long_array(value_at[segment])
        for doc in range(len(start) - 1):
            for entry in range(start[doc], start[doc + 1]):
                mask[first + doc] |= wanted[value[entry]]
        first += len(start) - 1
    return mask


def having(wanted: Mask, start: BySegment, value: BySegment) -> Mask:
    mask: Mask = _having(wanted, start.addresses, value.addresses)
    return mask


@jit
def _is_changed(code: int) -> bool:
    if code < 128:
        return False
    for first, last in _CHANGED:
        if code <= last:
            return bool(code >= first)
    return False


@jit
def _is_letter(code: int) -> bool:
    """Whether it is surely a letter or a figure."""
    if code < 128:
        return 48 <= code <= 57 or 65 <= code <= 90 or 97 <= code <= 122
    return 0xC0 <= code < 0x250 and code not in (0xD7, 0xF7)  # but for the signs of times and division


@jit
def _stands_at(text: NDArray[np.uint32], at: int, piece: NDArray[np.uint32]) -> bool:
    same = 0
    while same < len(piece) and at + same < len(text) and text[at + same] == piece[same]:
        same += 1
    return same == len(piece)


@jit
def _chunks_with(
    text: NDArray[np.uint32],
    code: NDArray[np.uint32],
    start: NDArray[np.int64],
    first: NDArray[np.uint64],
    free: NDArray[np.uint64],
) -> NDArray[np.int64]:
    found = np.empty((len(text) // 2 + 1, 2), dtype=np.int64)
    filled = chunk = at = 0
    is_found = False  # in the chunk at hand
    while at < len(text):
        here = text[at]
        if here <= 32 or here >= 128:
            if _is_changed(here):
                return _NOT_PLAIN
            if is_blank(here):
                if is_found:
                    found[filled] = chunk, at
                    filled += 1
                    is_found = False
                chunk = at + 1
        possible = first[here & 127]
        if possible and not is_found:
            if at > chunk and _is_letter(text[at - 1]):
                possible &= free[0]
            while possible and not is_found:
                lowest = lowest_bit(possible)
                one = place_of(lowest)
                is_found = _stands_at(text, at, code[start[one] : start[one + 1]])
                if is_found and not free[1] & lowest:
                    behind = at + start[one + 1] - start[one]
                    is_found = behind == len(text) or not _is_letter(text[behind])
                possible ^= lowest
        at += 1
        if is_found or (not free[0] and _is_letter(here)):  # the rest of a word is not looked at
            while at < len(text) and 97 <= text[at] <= 122:  # a to z
                at += 1
    if is_found:
        found[filled] = chunk, len(text)
        filled += 1
    return found[:filled]


def chunks_with(text: str, pieces: Pieces) -> list[list[int]] | None:
    if not text:
        return []
    encoded = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    found: list[list[int]] = _chunks_with(encoded, *pieces[3:]).tolist()
    return None if found and found[0][0] < 0 else found


def prepare() -> None:
    """Compile all kernels, or take them from the cache, so that no question waits for it."""
    of_file: list[NDArray[Any]] = []
    for values, dtype in (([0], np.uint16), ([1], np.uint16), ([0, 1], np.uint32), ([0], np.uint32), ([0], np.uint16)):
        array = np.array(values, dtype=dtype)
        array.setflags(write=False)
        of_file.append(array)
    doc, freq, start, value, position = of_file
    docs, first_doc = np.zeros(1, dtype=np.int64), np.array([0, 1], dtype=np.int64)
    forms = np.zeros(1, dtype=np.int64)
    forms.setflags(write=False)
    lengths = (value,) * NUM_FIELDS
    columns = PostingColumns(start, start, value, doc, freq, value[:0], docs[:0], position)
    postings = SnapshotPostings((Postings(doc, freq),))
    within = mask_of(postings, first_doc)
    union(doc, freq, start[:1].copy(), start[1:].copy())
    places(columns, forms, docs)
    followed(columns, (forms, forms), docs, lengths, 1)
    in_a_row(columns, [forms, forms], docs, lengths)
    term = ScoredTerm(postings, (1.0,) * 5, 1.0)
    norm = Norm((1.0,) * NUM_FIELDS, (1.0,) * NUM_FIELDS, 1.0, 1.0)
    best(scores(docs, [term], [BySegment((value,))] * NUM_FIELDS, first_doc, norm), first_doc, 1)
    row, values_of_row = BySegment((start,)), BySegment((value,))
    count_values(docs, row, values_of_row, first_doc, 1)
    fade(start.view(np.int32), docs, 1, np.zeros(2))
    count_single(docs, np.zeros(1, dtype=np.uint16), 1)
    having(within, row, values_of_row)
    chunks_with("a", pieces([("a", True, True)]))
