"""The kernels in plain NumPy: the readable definition, and what a short command uses.

What runs over a whole snapshot numbers its documents from the first segment to the last; what is asked of one segment
numbers them inside it. ``freq`` is packed as in ``index.frequencies``.

``has_within`` and ``count_places`` are no kernels of their own: what is made of them here, the compiled version does
otherwise; "near" takes them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columns import distinct, find_in, ranges
from index.frequencies import NUM_FIELDS, SHIFTS, TITLE, pack, unpack
from index.italian.tokenizer import is_printed_plainly
from index.kernels import plain as indexing
from index.plain_text import APOSTROPHES
from index.postings import MAX_DOCS
from index.segment import FIELD_GAP, LAST_POSITION, UNDATED_DAY
from search.kernels.types import (
    Docs,
    DocsFound,
    Fading,
    FieldWeight,
    FirstDoc,
    FormsHere,
    Freqs,
    Lengths,
    Listed,
    Mask,
    Norm,
    Norms,
    Pieces,
    Places,
    PostingColumns,
    ScoredTerm,
    Scores,
    SnapshotColumns,
)
from search.postings import SnapshotPostings

name = "plain"

union = indexing.union

_CHUNK = re.compile(r"\S+")


def prepare() -> None:
    """Make all kernels ready, so that no question waits for it."""


def mask_of(lists: Sequence[SnapshotPostings], first_doc: FirstDoc) -> Mask:
    """Which documents are in one of some lists: bool, (num_docs,)."""
    mask = np.zeros(int(first_doc[-1]), dtype=bool)
    for postings in lists:
        for first, one in zip(first_doc.tolist(), postings.by_segment, strict=False):
            mask[first:][one.doc] = True
    return mask


def count_in(mask: Mask, lists: Sequence[SnapshotPostings], first_doc: FirstDoc) -> NDArray[np.int64]:
    """How many documents of each of some lists a mask has: int64, (len(lists),)."""
    counts = [
        sum(
            int(np.count_nonzero(mask[first:][one.doc]))
            for first, one in zip(first_doc.tolist(), postings.by_segment, strict=False)
        )
        for postings in lists
    ]
    return np.array(counts, dtype=np.int64)


def docs_in(mask: Mask) -> DocsFound:
    """The documents of a mask, ascending."""
    return np.flatnonzero(mask)


def scores(docs: DocsFound, terms: Sequence[ScoredTerm], norms: Norms, first_doc: FirstDoc) -> Scores:
    """What some terms are worth in some documents, added up: for each term factor * bm25f.

    bm25f is pseudo / (k1 + pseudo), with pseudo the sum over the fields of weight * count / norm, and again weight
    apart * title / (title_k1 + title), with title the normalised count there.

    Args:
        docs: ascending.
    Returns:
        float64, (len(docs),).
    Source:
        Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", FnTIR 3(4), section 3.6 (BM25F),
        without the constant factor k1 + 1. The title apart is the field of its own that BM25F was made to replace:
        for questions that a title answers, both together are better (docs/relevance.md).
    """
    total = np.zeros(len(docs), dtype=np.float64)
    for at, (here, first) in enumerate(_in_segments(docs, first_doc)):
        inside = docs[here] - first
        for term in terms if len(inside) else ():
            doc, freq = term.postings.by_segment[at].doc, term.postings.by_segment[at].freq
            row, is_listed = find_in(doc, inside.astype(np.uint16))
            has = np.flatnonzero(is_listed)
            lengths = norms.lengths.inside(at, inside[has])
            normal = unpack(freq[row[has]]) * np.take_along_axis(norms.inverse, lengths.astype(np.intp), axis=1)
            total[here][has] += term.factor * _bm25f(normal, term.weight, norms.norm)
    return total


def bounds(docs: DocsFound, terms: Sequence[ScoredTerm], first_doc: FirstDoc) -> Scores:
    """What ``scores`` never exceeds, without a look at any length.

    A term is worth less than its factor in a document that has it, and with it in the title less than so much more as
    the title apart weighs (docs/decisions/0017).

    Args:
        docs: ascending.
    Returns:
        float64, (len(docs),); 0 where there is none of the terms.
    """
    total = np.zeros(len(docs), dtype=np.float64)
    for at, (here, first) in enumerate(_in_segments(docs, first_doc)):
        inside = docs[here] - first
        summed = np.zeros(int(first_doc[at + 1]) - first, dtype=np.float64)
        for term in terms if len(inside) else ():
            postings = term.postings.by_segment[at]
            in_title = postings.freq >> SHIFTS[TITLE] > 0
            summed[postings.doc] += term.factor * (1.0 + term.weight[NUM_FIELDS] * in_title)
        total[here] = summed[inside]
    return total


def _in_segments(docs: DocsFound, first_doc: FirstDoc) -> Iterator[tuple[slice, int]]:
    """Of each segment, where its documents stand among some, and its first document."""
    for (begin, end), first in zip(
        pairwise(np.searchsorted(docs, first_doc).tolist()), first_doc.tolist(), strict=False
    ):
        yield slice(begin, end), first


def _bm25f(normal: NDArray[np.float64], weight: FieldWeight, norm: Norm) -> Scores:
    """What counts are worth that are normalised; (NUM_FIELDS, n)."""
    pseudo = weight[TITLE] * normal[TITLE]
    for field in range(TITLE + 1, NUM_FIELDS):
        pseudo += weight[field] * normal[field]
    worth: Scores = pseudo / (norm.k1 + pseudo)
    worth += weight[NUM_FIELDS] * (normal[TITLE] / (norm.title_k1 + normal[TITLE]))
    return worth


def places(columns: SnapshotColumns, segment: int, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> Places:
    """Where some forms stand in some documents of a segment, by form; without the words beyond the last position.

    Args:
        forms: places in ``form_id``, ascending; (num_forms,).
        docs: the documents to look at, numbered in the segment, ascending.
    """
    return _places_in(columns.by_segment[segment], forms, docs)


def _places_in(columns: PostingColumns, forms: NDArray[np.int64], docs: NDArray[np.int64]) -> Places:
    form_start, position_start, _, doc, freq, overflow_posting, overflow_times, position = columns
    posting = ranges(form_start[forms], form_start[forms + 1] - form_start[forms])
    times = unpack(freq[posting]).sum(axis=0)
    large = np.searchsorted(overflow_posting, posting)
    is_large = np.flatnonzero(large < len(overflow_posting))
    is_large = is_large[overflow_posting[large[is_large]] == posting[is_large]]
    times[is_large] = overflow_times[large[is_large]]
    is_wanted = np.zeros(MAX_DOCS, dtype=bool)
    is_wanted[docs] = True
    kept: Mask = is_wanted[doc[posting]]
    # The positions of the forms chosen, as if they stood one behind the other, and where each posting's begin there.
    first, end = position_start[forms].astype(np.int64), position_start[forms + 1].astype(np.int64)
    standing = ranges(first, end - first)
    chosen = ranges((np.cumsum(times) - times)[kept], times[kept])
    at = position[standing[chosen]].astype(np.int64)
    found: Places = np.repeat(doc[posting][kept].astype(np.int64) << 16, times[kept]) + at
    in_reach: Places = found[at != LAST_POSITION]
    return in_reach


def has_within(anchors: Places, others: Places, low: int, high: int) -> Mask:
    """Which anchors have another place between ``low`` and ``high`` positions behind them, in the same document.

    Args:
        anchors, others: places, document * 65,536 + position, ascending; (n,) and (m,).
        low, high: distances, inclusive; negative ones are before the anchor. low <= high.
    Returns:
        bool, (n,).
    """
    if len(others) == 0:
        return np.zeros(len(anchors), dtype=bool)
    doc_start = anchors >> 16 << 16
    first = np.searchsorted(others, np.maximum(anchors + low, doc_start))
    nearest = others[np.minimum(first, len(others) - 1)]
    found: Mask = (first < len(others)) & (nearest <= np.minimum(anchors + high, doc_start + 0xFFFF))
    return found


def followed(columns: SnapshotColumns, words: tuple[FormsHere, FormsHere], docs: DocsFound, reach: int) -> Listed:
    """Postings that count, in some documents, each place of one word that another follows within ``reach`` positions.

    Args:
        words: the forms of the one word and of the other.
        docs: the documents to look at, ascending.
        reach: at least 1.
    """

    def read(at: int, inside: NDArray[np.int64]) -> Places:
        first, second = (np.sort(_places_in(columns.by_segment[at], here[at], inside)) for here in words)
        return first[has_within(first, second, 1, reach)]

    return _listed(columns, docs, read)


def in_a_row(columns: SnapshotColumns, slots: Sequence[FormsHere], docs: DocsFound) -> Listed:
    """Postings that count, in some documents, each place of the first word of a phrase that all the others follow.

    Where a compound and its part stand, there are two first words.

    Args:
        slots: for each position of the phrase the forms that may stand there.
        docs: the documents to look at, ascending.
    """

    def read(at: int, inside: NDArray[np.int64]) -> Places:
        of_segment = columns.by_segment[at]
        start = of_segment.form_start
        here = [slot[at] for slot in slots]
        size = [int((start[forms + 1] - start[forms]).sum()) for forms in here]
        # The rarest word first, and of the others only where it leaves something: "la" is printed everywhere.
        rarest, *others = sorted(range(len(slots)), key=size.__getitem__)
        found = np.sort(_places_in(of_segment, here[rarest], inside))
        for slot in others:
            standing = np.sort(_places_in(of_segment, here[slot], distinct(found >> 16)))
            if slot > 0:
                found = found[has_within(found, standing, slot - rarest, slot - rarest)]
            else:
                found, rarest = standing[has_within(standing, found, rarest, rarest)], 0
        return found

    return _listed(columns, docs, read)


def _listed(columns: SnapshotColumns, docs: DocsFound, read: Callable[[int, NDArray[np.int64]], Places]) -> Listed:
    """Postings that count what is read of each segment, in those of some documents that it has."""
    none = np.zeros(0, dtype=np.uint16)
    found = [
        count_places(read(at, docs[here] - first), columns.lengths.by_segment[at]) if len(docs[here]) else (none, none)
        for at, (here, first) in enumerate(_in_segments(docs, columns.first_doc))
    ]
    border = np.array([0, *accumulate(len(doc) for doc, _ in found)], dtype=np.int64)
    doc, freq = (np.concatenate([none, *column]) for column in zip(*found, strict=True))
    return Listed(doc, freq, border)


def count_places(found: Places, lengths: Lengths) -> tuple[Docs, Freqs]:
    """Postings that count each place (ascending) once, in the field it stands in."""
    doc, position = found >> 16, found & 0xFFFF
    field_of_place, field_start = np.zeros(len(found), dtype=np.int64), np.zeros(len(found), dtype=np.int64)
    for before in lengths[:-1]:
        field_start += before[doc].astype(np.int64) + FIELD_GAP
        field_of_place += position >= field_start
    if len(doc) == 0:
        return np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.uint16)
    first = np.flatnonzero(np.diff(doc, prepend=-1))
    counts = [np.add.reduceat(field_of_place == at, first, dtype=np.int64) for at in range(NUM_FIELDS)]
    return doc[first].astype(np.uint16), pack(counts)


def fade(day: NDArray[np.int32], docs: DocsFound, fading: Fading) -> Scores:
    """What their age leaves of the scores of some documents: float64, (len(docs),).

    Args:
        day: of publication of every document, counted from 1970-01-01, UNDATED_DAY for none.
    """
    today, left = fading
    days = day[docs]
    age = np.maximum(today - days.astype(np.int64), 0)
    return left[np.where(days == UNDATED_DAY, len(left) - 1, age)]


def reaching(docs: DocsFound, bounds: Scores, day: NDArray[np.int32], fading: Fading, least: float) -> DocsFound:
    """Those of some documents that may reach a score: their bound times what their age leaves of it does.

    Args:
        bounds: what the score of each never exceeds before freshness; (len(docs),).
        day: as ``fade`` has it.
    """
    return docs[bounds * fade(day, docs, fading) >= least]


def best(scores: Scores, first: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Where the ``most`` highest scores of each stretch stand: stretch after stretch, in each the best first.

    Args:
        first: where each stretch begins, and the end of the last; equal scores stand in their order.
    Returns:
        int64, ascending by stretch.
    """
    chosen = [first[:0]]
    for begin, end in pairwise(first.tolist()):
        here = scores[begin:end]
        if len(here) > most:
            least = np.partition(here, len(here) - most)[len(here) - most]
            above = np.flatnonzero(here > least)
            level = np.flatnonzero(here == least)[: most - len(above)]
            rows = np.sort(np.concatenate((above, level)))
        else:
            rows = np.arange(len(here))
        chosen.append(begin + rows[np.argsort(-here[rows], kind="stable")])
    return np.concatenate(chosen)


def count_numbers(docs: DocsFound, column: NDArray[Any], num_numbers: int) -> NDArray[np.int64]:
    """How many of some documents have each number in a column; numbers from ``num_numbers`` on are left out.

    Args:
        column: uint16 or uint32, (num_docs,).
    Returns:
        int64, (num_numbers,).
    """
    return np.bincount(column[docs], minlength=num_numbers)[:num_numbers]


def _is_letter(char: str) -> bool:
    """Whether it continues a word; some apostrophes are letters to Unicode."""
    return char.isalnum() and char not in APOSTROPHES


def chunks_with(texts: Sequence[str], pieces: Pieces) -> list[list[tuple[int, int]] | None]:
    """Where the blank-separated chunks stand that have one of some strings, in each of some texts.

    Returns:
        Half-open [start, end), ascending, and maybe some chunks without; None for a text that is not printed plainly
        (``index.italian.tokenizer``).
    """
    return [_chunks_in(text, pieces) for text in texts]


def _chunks_in(text: str, pieces: Pieces) -> list[tuple[int, int]] | None:
    if not is_printed_plainly(text):
        return None
    chunks: set[tuple[int, int]] = set()
    for piece, begins, ends in zip(pieces.strings, pieces.begins, pieces.ends, strict=True):
        at = text.find(piece)
        while at >= 0:
            behind = at + len(piece)
            if (begins and _is_letter(text[at - 1 : at])) or (ends and _is_letter(text[behind : behind + 1])):
                at = text.find(piece, at + 1)
                continue
            start, end = text.rfind(" ", 0, at) + 1, text.find(" ", at)
            end = end if end >= 0 else len(text)
            if text[start:end].isprintable():
                chunks.add((start, end))
            else:  # there may be other white space than blanks
                chunks.update(chunk.span() for chunk in _CHUNK.finditer(text, start, end))
            at = text.find(piece, end)
    return sorted(chunks)
