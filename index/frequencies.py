"""Term frequencies: the counts in title, lead and body, packed into two bytes.

Three bits for the title, four for the lead, nine for the body; a larger count stays at the largest that fits: 7, 15 and
511 (docs/decisions/0004 has what that does to a score). Sums over the forms of a key stop at the same bounds,
so that reading a merged column and merging on the fly give the same numbers.

A score asks for no more, but a posting has as many positions as its form occurs. So the few postings with a count that
does not fit stand in a table beside the packed column, with all their counts:

    overflow_posting                numbers of the postings, ascending; uint32, (num_overflows,)
    overflow_title, _lead, _body    their counts; uint32, (num_overflows,)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array

NUM_FIELDS: Final = 3
TITLE, LEAD, BODY = range(NUM_FIELDS)
FIELD_NAMES: Final = ("title", "lead", "body")

MOST: Final = (7, 15, 511)
SHIFTS: Final = (13, 9, 0)

Counts = NDArray[np.int64]


def pack(title: NDArray[Any], lead: NDArray[Any], body: NDArray[Any]) -> NDArray[np.uint16]:
    """Counts a field, each at most its bound after this; uint16, of the same shape."""
    packed = np.zeros(len(title), dtype=np.uint16)
    for counts, most, shift in zip((title, lead, body), MOST, SHIFTS, strict=True):
        packed |= (np.minimum(counts, most) << shift).astype(np.uint16)
    return packed


def unpack(packed: NDArray[np.uint16]) -> tuple[Counts, Counts, Counts]:
    """The counts in title, lead and body; int64, each of the same shape."""
    wide = packed.astype(np.int64)
    return wide >> SHIFTS[TITLE], (wide >> SHIFTS[LEAD]) & MOST[LEAD], wide & MOST[BODY]


def add_capped(packed: NDArray[np.uint16], first: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Sums of neighbouring packed counts.

    Args:
        packed: uint16, (n,).
        first: where each group of neighbours begins, ascending from 0; (num_groups,).
    Returns:
        uint16, (num_groups,).
    """
    if len(first) == len(packed):
        return packed
    title, lead, body = (np.add.reduceat(counts, first) for counts in unpack(packed))
    return pack(title, lead, body)


def overflow(counts: NDArray[Any]) -> dict[str, Array]:
    """The table of the postings that have a count above its bound.

    Args:
        counts: of each posting in title, lead and body; integers, (NUM_FIELDS, num_postings).
    """
    posting = np.flatnonzero((counts > np.array(MOST)[:, np.newaxis]).any(axis=0))
    table: dict[str, Array] = {"overflow_posting": posting.astype(np.uint32)}
    for name, column in zip(FIELD_NAMES, counts, strict=True):
        table[f"overflow_{name}"] = column[posting].astype(np.uint32)
    return table


def occurrences(columns: dict[str, Array], posting: NDArray[np.int64]) -> Counts:
    """How often the form of each posting occurs in each field, which is how many positions it has there.

    Args:
        columns: those of a segment; ``posting_freq`` and the table of overflows are read.
        posting: numbers of postings, ascending; (n,).
    Returns:
        int64, (NUM_FIELDS, n).
    """
    counts = np.stack(unpack(columns["posting_freq"][posting]))
    if len(posting) == 0:
        return counts
    large = columns["overflow_posting"]
    first, end = np.searchsorted(large, (posting[0], posting[-1] + 1)).tolist()
    if first < end:
        at = np.searchsorted(posting, large[first:end])
        is_asked = posting[at] == large[first:end]
        for field, name in enumerate(FIELD_NAMES):
            counts[field, at[is_asked]] = columns[f"overflow_{name}"][first:end][is_asked]
    return counts
