"""Leaps: finding documents in ascending lists of them."""

from __future__ import annotations

import numpy as np

from index.kernels.jit import jit, unchecked, unsigned
from search.kernels.types import Docs, DocsFound

_COUNTED = 32
"""Rows that are sooner counted through than bisected."""


@unchecked
def _num_below(doc: Docs, first: int, last: int, wanted: int) -> int:
    """How many documents of some rows are below one: in a few rows sooner counted than found by bisection."""
    below, number = 0, np.uint16(wanted)
    for row in range(first, last):
        below += doc[unsigned(row)] < number
    return below


@jit
def first_at_least(doc: Docs, first: int, wanted: int) -> int:
    """The first row from ``first`` on whose document is ``wanted`` or later: in leaps, then by bisection."""
    leap, last = _COUNTED, first + _COUNTED
    while last < len(doc) and doc[last] < wanted:
        first = last + 1
        last += leap
        leap *= 2
    last = min(last, len(doc))
    while last - first > _COUNTED:
        middle = (first + last) >> 1
        if doc[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first + _num_below(doc, first, last, wanted)


@jit
def end_in_segment(docs: DocsFound, row: int, last: int) -> int:
    """The first row from one on whose document is ``last`` or later."""
    while row < len(docs) and docs[row] < last:
        row += 1
    return row
