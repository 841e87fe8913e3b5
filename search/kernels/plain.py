"""The kernels in plain NumPy: the readable definition, and what a short command uses.

A document number is valid inside one segment. ``freq`` is packed as in ``index.frequencies``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.frequencies import NUM_FIELDS, TITLE, unpack

Docs = NDArray[np.uint16]
Freqs = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]
Places = NDArray[np.int64]

FieldWeight = tuple[float, float, float, float, float]
APART = NUM_FIELDS
"""The place in a FieldWeight of the title apart, behind all fields."""

name = "plain"


def mask_of(doc: Docs, num_docs: int) -> Mask:
    """Which documents are listed: bool, (num_docs,)."""
    mask = np.zeros(num_docs, dtype=bool)
    mask[doc] = True
    return mask


def freq_of(doc: Docs, freq: Freqs, wanted: NDArray[np.int64], num_docs: int) -> Freqs:
    """The frequency at each wanted document, 0 where it is not listed.

    Args:
        doc, freq: ascending documents and their frequencies, (n,).
        wanted: ascending documents, (num_wanted,).
    Returns:
        uint16, (num_wanted,).
    """
    by_doc = np.zeros(num_docs, dtype=np.uint16)
    by_doc[doc] = freq
    return by_doc[wanted]


def bm25f(freq: Freqs, field_weight: FieldWeight, norm: Scores, k1: float, title_k1: float) -> Scores:
    """The saturated, length-normalised frequency of a term in each document, and again that of its title alone.

    Args:
        freq: packed frequencies, (n,).
        field_weight: of title, lead, body and tags together, and of the title apart; each >= 0.
        norm: 1 - b + b * length / average length, by field; float64, (NUM_FIELDS, n), each > 0.
        k1, title_k1: > 0.
    Returns:
        pseudo / (k1 + pseudo) with pseudo the sum over fields of weight * count / norm, and weight apart * title /
        (title_k1 + title) with title the normalised count there; float64, (n,), 0 <= it < 1 + weight apart.
    Source:
        Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", FnTIR 3(4), section 3.6 (BM25F),
        without the constant factor k1 + 1. The title apart is the field of its own that BM25F was made to replace:
        for questions that a title answers, both together are better (docs/relevance.md).
    """
    counts = unpack(freq)
    title = counts[TITLE] / norm[TITLE]
    pseudo = field_weight[TITLE] * title
    for field in range(TITLE + 1, NUM_FIELDS):
        pseudo += field_weight[field] * counts[field] / norm[field]
    worth: Scores = pseudo / (k1 + pseudo)
    worth += field_weight[APART] * (title / (title_k1 + title))
    return worth


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


def best(scores: Scores, most: int) -> NDArray[np.int64]:
    """Where the ``most`` highest scores stand, best first; equal scores in their order. int64, (min(most, n),)."""
    if len(scores) > most:
        least = np.partition(scores, len(scores) - most)[len(scores) - most]
        above = np.flatnonzero(scores > least)
        level = np.flatnonzero(scores == least)[: most - len(above)]
        chosen = np.sort(np.concatenate((above, level)))
    else:
        chosen = np.arange(len(scores))
    return chosen[np.argsort(-scores[chosen], kind="stable")]


def count_values(
    mask: Mask, start: NDArray[np.uint32], value: NDArray[np.uint32], num_values: int
) -> NDArray[np.int64]:
    """How many of the chosen documents have each value of a facet.

    Args:
        mask: the chosen documents; bool, (num_docs,).
        start, value: compressed rows of value numbers a document; (num_docs + 1,) and (num_entries,).
    Returns:
        int64, (num_values,).
    """
    chosen = np.repeat(mask, np.diff(start))
    counts: NDArray[np.int64] = np.bincount(value[chosen], minlength=num_values)
    return counts
