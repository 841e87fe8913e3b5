"""The kernels compiled by Numba: the same functions as ``plain``, for a server or a benchmark.

The first call of each compiles it, in a second or two, and keeps the result beside this file or in Numba's cache
folder. Arithmetic is in the order of ``plain`` and without fused operations, so that scores agree to the last bits.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from index.frequencies import MOST, NUM_FIELDS, SHIFTS, TITLE
from search.kernels.plain import Docs, FieldWeight, Freqs, Mask, Places, Scores

name = "compiled"

_TITLE_SHIFT = SHIFTS[TITLE]
_jit = numba.njit(cache=True, nogil=True)


@_jit
def mask_of(doc: Docs, num_docs: int) -> Mask:
    mask = np.zeros(num_docs, dtype=np.bool_)
    for at in range(len(doc)):
        mask[doc[at]] = True
    return mask


@_jit
def freq_of(doc: Docs, freq: Freqs, wanted: NDArray[np.int64], num_docs: int) -> Freqs:  # noqa: ARG001
    found = np.zeros(len(wanted), dtype=np.uint16)
    if len(wanted) * 16 < len(doc):
        for at in range(len(wanted)):
            row = np.searchsorted(doc, wanted[at])
            if row < len(doc) and doc[row] == wanted[at]:
                found[at] = freq[row]
        return found
    row = 0
    for at in range(len(wanted)):
        while row < len(doc) and doc[row] < wanted[at]:
            row += 1
        if row < len(doc) and doc[row] == wanted[at]:
            found[at] = freq[row]
    return found


@_jit
def bm25f(freq: Freqs, field_weight: FieldWeight, norm: Scores, k1: float, title_k1: float) -> Scores:
    worth = np.empty(len(freq), dtype=np.float64)
    for at in range(len(freq)):
        count = np.int64(freq[at])
        title = (count >> _TITLE_SHIFT) / norm[0, at]
        pseudo = field_weight[0] * title
        for field in range(1, NUM_FIELDS):
            pseudo += field_weight[field] * ((count >> SHIFTS[field]) & MOST[field]) / norm[field, at]
        worth[at] = pseudo / (k1 + pseudo) + field_weight[NUM_FIELDS] * (title / (title_k1 + title))
    return worth


@_jit
def has_within(anchors: Places, others: Places, low: int, high: int) -> Mask:
    found = np.zeros(len(anchors), dtype=np.bool_)
    row = 0
    for at in range(len(anchors)):
        doc_start = anchors[at] >> 16 << 16
        first = max(anchors[at] + low, doc_start)
        while row < len(others) and others[row] < first:
            row += 1
        if row == len(others):
            break
        found[at] = others[row] <= min(anchors[at] + high, doc_start + 0xFFFF)
    return found


@_jit
def best(scores: Scores, most: int) -> NDArray[np.int64]:
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


@_jit
def count_values(
    mask: Mask, start: NDArray[np.uint32], value: NDArray[np.uint32], num_values: int
) -> NDArray[np.int64]:
    counts = np.zeros(num_values, dtype=np.int64)
    for doc in range(len(mask)):
        if mask[doc]:
            for at in range(start[doc], start[doc + 1]):
                counts[value[at]] += 1
    return counts
