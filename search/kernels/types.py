"""What the kernels take and give."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Docs = NDArray[np.uint16]
Freqs = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]
Places = NDArray[np.int64]
"""Document * 65,536 + position."""

Lengths = tuple[NDArray[np.uint32], ...]
"""Of each field its length in every document of a segment; (num_docs,) each."""

FieldWeight = tuple[float, float, float, float, float]
"""Of title, lead, body and tags together, and of the title apart; each >= 0."""


class ScoredTerm(NamedTuple):
    """A term of a question in a segment.

    Attributes:
        doc, freq: the documents that have it, ascending, and its frequencies in them; (n,) each.
        weight: of its fields.
        factor: of all that it is worth, >= 0.
    """

    doc: Docs
    freq: Freqs
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


class PostingColumns(NamedTuple):
    """The columns of a segment that tell where its forms stand (``index.segment``).

    Attributes:
        overflow_times: occurrences, in all fields, of the postings in ``overflow_posting``; int64.
    """

    form_start: NDArray[np.uint32]
    position_start: NDArray[np.uint32]
    doc: Docs
    freq: Freqs
    overflow_posting: NDArray[np.uint32]
    overflow_times: NDArray[np.int64]
    position: NDArray[np.uint16]
