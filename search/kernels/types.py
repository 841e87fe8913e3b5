"""What the kernels take and give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.postings import FieldLengths, SnapshotPostings, address_of

Docs = NDArray[np.uint16]
Freqs = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]
Places = NDArray[np.int64]
"""Document * 65,536 + position."""

DocsFound = NDArray[np.int64]
"""Documents of a snapshot, ascending."""

FirstDoc = NDArray[np.int64]
"""The first document of each segment, and the number of all: (num_segments + 1,), see ``Snapshot``."""

Lengths = tuple[NDArray[np.uint32], ...]
"""Of each field its length in every document of a segment; (num_docs,) each."""

FormsHere = Sequence[NDArray[np.int64]]
"""Of each segment the places in its ``form_id`` of some forms, ascending."""

FieldWeight = tuple[float, float, float, float, float]
"""Of title, lead, body and tags together, and of the title apart; each >= 0."""


class ScoredTerm(NamedTuple):
    """A term of a question.

    Attributes:
        weight: of its fields.
        factor: of all that it is worth, >= 0.
    """

    postings: SnapshotPostings
    weight: FieldWeight
    factor: float


FieldNumbers = tuple[float, float, float, float]


class Norm(NamedTuple):
    """How counts are normalised by length and saturated.

    Attributes:
        base, slope: by field; the norm of a document is base + slope * length, > 0 wherever the field is not empty.
        k1, title_k1: > 0.
    """

    base: FieldNumbers
    slope: FieldNumbers
    k1: float
    title_k1: float


class Norms(NamedTuple):
    """How counts are normalised in the documents of a snapshot, and saturated.

    Attributes:
        inverse: of each field what a count is multiplied with, by the length of the field; float64,
            (NUM_FIELDS, lengths.longest + 1).
    """

    lengths: FieldLengths
    inverse: NDArray[np.float64]
    norm: Norm


def norms_from(lengths: FieldLengths, norm: Norm) -> Norms:
    """The norms of documents of some lengths."""
    each = np.arange(lengths.longest + 1)
    by_length = [base + slope * each for base, slope in zip(norm.base, norm.slope, strict=True)]
    # An empty field may have norm 0; no word stands in it, so any positive value will do.
    return Norms(lengths, 1.0 / np.maximum(by_length, 1e-9), norm)


class Fading(NamedTuple):
    """What the age of a document leaves of its score.

    Attributes:
        today: day that ages are reckoned from, counted from 1970-01-01; an article of the future is as fresh as one of
            today.
        left: of each age in days what it leaves, and last what is left of an undated article; each above 0, up to 1.
    """

    today: int
    left: Scores


class Pieces(NamedTuple):
    """Strings that are looked for in texts.

    Attributes:
        strings: none empty or with a blank, at most MOST_PIECES.
        begins, ends: of each, whether a match must begin, and end, at a word boundary.
        code, start: their code points, one string behind the other, and where each begins, the end of the last behind.
        first: bit i of row c is set where string i begins with a character whose code's lowest 7 bits are c;
            uint64, (128,).
        free: bit i is set where string i may have a letter or figure before it, and behind it; uint64, (2,).
    """

    strings: tuple[str, ...]
    begins: tuple[bool, ...]
    ends: tuple[bool, ...]
    code: NDArray[np.uint32]
    start: NDArray[np.int64]
    first: NDArray[np.uint64]
    free: NDArray[np.uint64]


MOST_PIECES = 64


def pieces(strings: Sequence[tuple[str, bool, bool]]) -> Pieces:
    """Some strings, each with whether a match must begin, and end, at a word boundary."""
    if any(text.split() != [text] for text, _, _ in strings):
        raise ValueError("what is looked for in chunks has blanks, or nothing")
    texts, begins, ends = (tuple(column) for column in zip(*strings, strict=True)) if strings else ((), (), ())
    first = [0] * 128
    for at, text in enumerate(texts):
        first[ord(text[0]) & 127] |= 1 << at
    free = [sum(1 << at for at, is_border in enumerate(borders) if not is_border) for borders in (begins, ends)]
    return Pieces(
        strings=texts,
        begins=begins,
        ends=ends,
        code=np.array([ord(char) for text in texts for char in text], dtype=np.uint32),
        start=np.fromiter(accumulate(map(len, texts), initial=0), dtype=np.int64, count=len(texts) + 1),
        first=np.array(first, dtype=np.uint64),
        free=np.array(free, dtype=np.uint64),
    )


class PostingColumns(NamedTuple):
    """The columns of a segment that tell where its forms stand (``index.segment``).

    Attributes:
        overflow_times: occurrences, in all fields, of the postings in ``overflow_posting``; int64.
    """

    form_start: NDArray[np.uint32]
    position_start: NDArray[np.uint32]
    position_block: NDArray[np.uint32]
    doc: Docs
    freq: Freqs
    overflow_posting: NDArray[np.uint32]
    overflow_times: NDArray[np.int64]
    position: NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class SnapshotColumns:
    """The columns of all segments of a snapshot that tell where its forms stand."""

    by_segment: tuple[PostingColumns, ...]
    lengths: FieldLengths
    first_doc: FirstDoc

    @cached_property
    def addresses(self) -> NDArray[np.int64]:
        """Where in memory each column of each segment begins, and how long it is: int64, (num_segments, 8, 2).

        Good as long as this object is, which holds the arrays.
        """
        found = [[(address_of(array, kind), len(array)) for array, kind in _typed(one)] for one in self.by_segment]
        return np.array(found, dtype=np.int64).reshape(-1, len(_TYPES), 2)


def _typed(columns: Sequence[NDArray[Any]]) -> Iterator[tuple[NDArray[Any], type[np.integer[Any]]]]:
    return zip(columns, _TYPES, strict=True)


_TYPES: Final[tuple[type[np.integer[Any]], ...]] = (
    *[np.uint32] * 3,
    *[np.uint16] * 2,
    np.uint32,
    np.int64,
    np.uint16,
)
"""Dtypes of the columns of ``PostingColumns``, in order."""


class Listed(NamedTuple):
    """Postings of all segments, one behind the other.

    Attributes:
        border: where those of each segment begin, and the end of the last; int64, (num_segments + 1,).
    """

    doc: Docs
    freq: Freqs
    border: NDArray[np.int64]
