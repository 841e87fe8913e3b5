"""Which documents are listed, what they are worth, which are the best, and how many have what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.frequencies import MOST, NUM_FIELDS, SHIFTS, TITLE
from index.kernels.jit import jit, narrow, signed, unchecked, unsigned
from index.segment import UNDATED_DAY
from search.kernels.compiled.leaps import end_in_segment, first_at_least
from search.kernels.compiled.memory import bytes_at, shorts_at
from search.kernels.types import Docs, DocsFound, Fading, FieldWeight, FirstDoc, Freqs, Mask, Norms, ScoredTerm, Scores
from search.postings import SnapshotPostings

_LEAP_COST = 4
"""Leaping to one document costs as much as weighing so many postings."""

_COUNTED_AT_ONCE = 4
"""Documents whose numbers are counted at once."""

_MOST_INSERTED = 100
"""Of more, the best are found by partition, not one by one."""


@jit
def _set_all(mask: Mask, postings: NDArray[np.int64]) -> None:
    doc_at, _, _, num_docs, _ = postings
    for doc in shorts_at(doc_at, num_docs):
        mask[doc] = True


@jit
def _mask_of(addresses: NDArray[np.int64], first_doc: FirstDoc) -> Mask:
    mask = np.zeros(first_doc[-1], dtype=np.bool_)
    for one in range(len(addresses)):
        for segment in range(addresses.shape[1]):
            _set_all(mask[first_doc[segment] : first_doc[segment + 1]], addresses[one, segment])
    return mask


def mask_of(lists: Sequence[SnapshotPostings], first_doc: FirstDoc) -> Mask:
    mask: Mask = _mask_of(_addresses(lists), first_doc)
    return mask


@jit
def _count_in(mask: Mask, addresses: NDArray[np.int64], first_doc: FirstDoc) -> NDArray[np.int64]:
    counts = np.zeros(len(addresses), dtype=np.int64)
    for one in range(len(addresses)):
        num_found = 0
        for segment in range(addresses.shape[1]):
            doc_at, _, _, num_docs, _ = addresses[one, segment]
            here = mask[first_doc[segment] : first_doc[segment + 1]]
            for doc in shorts_at(doc_at, num_docs):
                num_found += here[doc]
        counts[one] = num_found
    return counts


def count_in(mask: Mask, lists: Sequence[SnapshotPostings], first_doc: FirstDoc) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = _count_in(mask, _addresses(lists), first_doc)
    return counts


def _addresses(lists: Sequence[SnapshotPostings]) -> NDArray[np.int64]:
    """(num_lists, num_segments, 5)"""
    return np.array([one.addresses for one in lists]) if lists else np.zeros((0, 0, 5), dtype=np.int64)


@unchecked
def _fill_docs(mask: NDArray[np.uint8], found: DocsFound) -> None:
    """Write the documents of a mask; the last row of ``found`` is spare."""
    words = mask[: len(mask) & ~7].view(np.uint64)  # eight documents at a time, as mostly there is none among them
    filled = 0
    for word in range(len(words)):
        left = words[unsigned(word)]
        if left:
            for at in range(8 * word, 8 * word + 8):
                # Written in any case: the processor would often guess wrong whether it is one.
                found[unsigned(filled)] = at
                filled += signed(left & unsigned(1))
                left >>= unsigned(8)
    for at in range(8 * len(words), len(mask)):
        found[unsigned(filled)] = at
        filled += signed(mask[at] & 1)


def docs_in(mask: Mask) -> DocsFound:
    found = np.empty(np.count_nonzero(mask) + 1, dtype=np.int64)
    _fill_docs(mask.view(np.uint8), found)
    return found[:-1]


class _Terms(NamedTuple):
    """Terms as compiled code takes them: (num_terms, num_segments, 5), (num_terms, 5) and (num_terms,)."""

    addresses: NDArray[np.int64]
    weight: NDArray[np.float64]
    factor: NDArray[np.float64]
    k1: float
    title_k1: float


def _columns(terms: Sequence[ScoredTerm], k1: float, title_k1: float) -> _Terms:
    addresses = np.array([term.postings.addresses for term in terms])
    weights, factors = np.array([term.weight for term in terms]), np.array([term.factor for term in terms])
    return _Terms(addresses, weights, factors, k1, title_k1)


_Norms = tuple[NDArray[np.uint16], NDArray[np.float64]]
"""The lengths of documents (``FieldLengths.table``), and ``Norms.inverse``."""


class _Worth(NamedTuple):
    """What decides what a term is worth, see ``scores``. Numbers alone: an array would be held and let go each time."""

    weight: FieldWeight
    factor: float
    k1: float
    title_k1: float


@unchecked
def _worth_in(lengths: NDArray[np.uint16], inverse: NDArray[np.float64], doc: int, packed: int, worth: _Worth) -> float:
    """What a term is worth in a document of a segment; lengths and ``inverse`` as in ``Norms``."""
    weight = worth.weight
    doc = unsigned(doc)
    # Without a branch for counts of 0, as the processor would often guess wrong.
    normal = inverse[unsigned(TITLE), unsigned(lengths[doc, unsigned(TITLE)])]
    title = float(narrow((packed >> SHIFTS[TITLE]) & MOST[TITLE])) * normal
    pseudo = weight[TITLE] * title
    for field in range(TITLE + 1, NUM_FIELDS):
        count = float(narrow((packed >> SHIFTS[field]) & MOST[field]))
        normal = inverse[unsigned(field), unsigned(lengths[doc, unsigned(field)])]
        pseudo += weight[field] * (count * normal)
    apart = weight[NUM_FIELDS] * (title / (worth.title_k1 + title))
    found: float = worth.factor * (pseudo / (worth.k1 + pseudo) + apart)
    return found


@unchecked
def _add_to_all(total: Scores, doc: Docs, freq: Freqs, norms: _Norms, worth: _Worth) -> None:
    lengths, inverse = norms
    for row in range(len(doc)):
        here = unsigned(doc[row])
        total[here] += _worth_in(lengths, inverse, here, freq[row], worth)


@unchecked
def _add_coded_to_all(
    total: Scores, doc: Docs, coded: tuple[NDArray[np.uint8], Freqs], norms: _Norms, worth: _Worth
) -> None:
    code, freq = coded
    lengths, inverse = norms
    for row in range(len(doc)):
        here = unsigned(doc[row])
        total[here] += _worth_in(lengths, inverse, here, freq[code[row]], worth)


@jit
def _checked(postings: NDArray[np.int64], num_docs: int) -> tuple[Docs, Freqs, NDArray[np.uint8]]:
    """The postings of a segment of so many documents, when all of them name what there is: unchecked code passes them.

    Returns:
        The documents, their packed frequencies or the table of them, and the codes or none.
    """
    doc_at, packed_at, code_at, num_postings, num_packed = postings
    doc, packed = shorts_at(doc_at, num_postings), shorts_at(packed_at, num_packed)
    code = bytes_at(code_at, num_postings if code_at else 0)
    if num_postings and (doc.max() >= num_docs or (code.max() >= num_packed if code_at else num_postings > num_packed)):
        raise IndexError
    return doc, packed, code


@jit
def _add_scores(total: Scores, docs: DocsFound, postings: NDArray[np.int64], norms: _Norms, worth: _Worth) -> None:
    """Add what a term is worth to the total of some documents of a segment; of others it may be added or not."""
    doc_at, packed_at, code_at, num_docs, num_packed = postings
    lengths, inverse = norms
    if len(docs) * _LEAP_COST < num_docs:
        doc, packed = shorts_at(doc_at, num_docs), shorts_at(packed_at, num_packed)
        code = bytes_at(code_at, num_docs if code_at else 0)
        row = 0
        for here in docs:
            row = first_at_least(doc, row, here)
            if row == num_docs:
                break
            if doc[row] == here:
                total[here] += _worth_in(lengths, inverse, here, packed[code[row]] if code_at else packed[row], worth)
        return
    # Documents that are not asked for too, which takes less time than leaving them out.
    every_doc, freqs, codes = _checked(postings, len(lengths))
    if len(codes):
        _add_coded_to_all(total, every_doc, (codes, freqs), norms, worth)
    else:
        _add_to_all(total, every_doc, freqs, norms, worth)


@jit
def _score_segment(total: Scores, docs: DocsFound, terms: _Terms, segment: int, norms: _Norms) -> None:
    """Write ``scores`` of some documents of a segment, which are numbered in it."""
    addresses, weight, factor, k1, title_k1 = terms
    for doc in docs:
        total[doc] = 0.0
    for term in range(len(factor)):
        title, lead, body, tags, apart = weight[term]
        worth = _Worth((title, lead, body, tags, apart), factor[term], k1, title_k1)
        _add_scores(total, docs, addresses[term, segment], norms, worth)


@jit
def _scores(docs: DocsFound, terms: _Terms, norms: _Norms, first_doc: FirstDoc) -> Scores:
    lengths, inverse = norms
    found = np.empty(len(docs), dtype=np.float64)
    total = np.zeros(np.diff(first_doc).max(), dtype=np.float64)  # of one segment at a time, which fits the cache
    begin = 0
    for segment in range(len(first_doc) - 1):
        first, last = first_doc[segment], first_doc[segment + 1]
        end = end_in_segment(docs, begin, last)
        if begin < end:
            of_segment = lengths[first:last], inverse
            _score_segment(total, docs[begin:end] - first, terms, segment, of_segment)
            _take_from(total, docs[begin:end], first, found[begin:end])
        begin = end
    return found


def scores(docs: DocsFound, terms: Sequence[ScoredTerm], norms: Norms, first_doc: FirstDoc) -> Scores:
    if not terms or not len(docs):
        return np.zeros(len(docs), dtype=np.float64)
    lengths, inverse, norm = norms
    found: Scores = _scores(docs, _columns(terms, norm.k1, norm.title_k1), (lengths.table, inverse), first_doc)
    return found


@unchecked
def _add_bounds(total: Scores, doc: Docs, freq: Freqs, bound: tuple[float, float]) -> None:
    in_text, in_title = bound
    for row in range(len(doc)):
        is_titled = freq[unsigned(row)] >> SHIFTS[TITLE] != 0
        total[unsigned(doc[unsigned(row)])] += in_title if is_titled else in_text


@unchecked
def _add_coded_bounds(total: Scores, doc: Docs, code: NDArray[np.uint8], bound: Scores) -> None:
    for row in range(len(doc)):
        total[unsigned(doc[unsigned(row)])] += bound[unsigned(code[unsigned(row)])]


@jit
def _bound_segment(total: Scores, docs: DocsFound, first: int, terms: _Terms, segment: int) -> None:
    """Write ``bounds`` of some documents of a segment, whose first document is ``first``; of others anything."""
    addresses, weight, factor, _, _ = terms
    if 2 * len(docs) > len(total):
        total[:] = 0.0
    else:
        for doc in docs:
            total[doc - first] = 0.0
    for term in range(len(factor)):
        doc, packed, code = _checked(addresses[term, segment], len(total))
        in_text, in_title = factor[term], factor[term] * (1.0 + weight[term, NUM_FIELDS])
        if len(code):
            _add_coded_bounds(total, doc, code, np.where(packed >> SHIFTS[TITLE] != 0, in_title, in_text))
        else:
            _add_bounds(total, doc, packed, (in_text, in_title))


@jit
def _take_from(total: Scores, docs: DocsFound, first: int, found: Scores) -> None:
    """Write what some documents of a segment have, whose first document is ``first``."""
    for row in range(len(docs)):
        found[row] = total[docs[row] - first]


@jit
def _bounds(docs: DocsFound, terms: _Terms, first_doc: FirstDoc) -> Scores:
    found = np.empty(len(docs), dtype=np.float64)
    total = np.empty(np.diff(first_doc).max(), dtype=np.float64)
    begin = 0
    for segment in range(len(first_doc) - 1):
        first, last = first_doc[segment], first_doc[segment + 1]
        end = end_in_segment(docs, begin, last)
        if begin < end:
            _bound_segment(total[: last - first], docs[begin:end], first, terms, segment)
            _take_from(total, docs[begin:end], first, found[begin:end])
        begin = end
    return found


def bounds(docs: DocsFound, terms: Sequence[ScoredTerm], first_doc: FirstDoc) -> Scores:
    if not terms or not len(docs):
        return np.zeros(len(docs), dtype=np.float64)
    found: Scores = _bounds(docs, _columns(terms, 0.0, 0.0), first_doc)
    return found


@unchecked
def _left_on(day: int, today: int, left: Scores) -> float:
    """What the age of a document of a day leaves; one that the table lacks, what is left of an undated document."""
    undated = len(left) - 1
    age = undated if day == UNDATED_DAY else min(max(today - signed(day), 0), undated)
    found: float = left[unsigned(age)]
    return found


@jit
def _check_docs(docs: DocsFound, num_docs: int) -> None:
    """Raise IndexError unless documents that ascend are among so many: unchecked code looks them up."""
    if len(docs) and not 0 <= docs[0] <= docs[-1] < num_docs:
        raise IndexError


@unchecked
def _fade(day: NDArray[np.int32], docs: DocsFound, fading: Fading) -> Scores:
    today, left = fading
    faded = np.empty(len(docs), dtype=np.float64)
    for row in range(len(docs)):
        faded[row] = _left_on(day[unsigned(docs[row])], today, left)
    return faded


@jit
def fade(day: NDArray[np.int32], docs: DocsFound, fading: Fading) -> Scores:
    _check_docs(docs, len(day))
    return _fade(day, docs, fading)


@unchecked
def _reaching(docs: DocsFound, bounds: Scores, day: NDArray[np.int32], fading: Fading, least: float) -> DocsFound:
    today, left = fading
    found = np.empty(len(docs) + 1, dtype=np.int64)
    filled = 0
    for row in range(len(docs)):
        doc = docs[row]
        # Written in any case: the processor would often guess wrong whether it does.
        found[unsigned(filled)] = doc
        filled += signed(bounds[row] * _left_on(day[unsigned(doc)], today, left) >= least)
    return found[:filled]


@jit
def reaching(docs: DocsFound, bounds: Scores, day: NDArray[np.int32], fading: Fading, least: float) -> DocsFound:
    _check_docs(docs, len(day))
    if len(bounds) != len(docs):
        raise IndexError
    return _reaching(docs, bounds, day, fading, least)


@jit
def _best_few(scores: Scores, most: int) -> NDArray[np.int64]:
    """The best, each put in its place among those before it: of many scores in no order hardly any has one."""
    chosen = np.empty(min(most, len(scores)), dtype=np.int64)
    filled, least = 0, -np.inf
    for at in range(len(scores)):
        if filled == len(chosen) and scores[at] <= least:
            continue
        place = min(filled, len(chosen) - 1)
        while place > 0 and scores[chosen[place - 1]] < scores[at]:
            chosen[place] = chosen[place - 1]
            place -= 1
        chosen[place] = at
        filled = min(filled + 1, len(chosen))
        if filled == len(chosen):
            least = scores[chosen[filled - 1]]
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


@unchecked
def _count_numbers(docs: DocsFound, column: NDArray[Any], counts: NDArray[np.int64]) -> None:
    """Count in several rows, of which the last column is for numbers that are left out.

    Documents side by side mostly have the same number, and a count could not grow before it has grown.
    """
    num_rows = counts.shape[0]
    each = len(docs) // num_rows
    last = unsigned(counts.shape[1] - 1)
    for at in range(each):
        for row in range(num_rows):
            doc = docs[unsigned(at + row * each)]
            counts[unsigned(row), min(unsigned(column[unsigned(doc)]), last)] += 1
    for at in range(num_rows * each, len(docs)):
        counts[0, min(unsigned(column[unsigned(docs[at])]), last)] += 1


@jit
def count_numbers(docs: DocsFound, column: NDArray[Any], num_numbers: int) -> NDArray[np.int64]:
    _check_docs(docs, len(column))
    num_rows = _COUNTED_AT_ONCE if len(docs) > _COUNTED_AT_ONCE * num_numbers else 1
    counts = np.zeros((num_rows, num_numbers + 1), dtype=np.int64)
    _count_numbers(docs, column, counts)
    summed: NDArray[np.int64] = counts.sum(axis=0)[:num_numbers]
    return summed
