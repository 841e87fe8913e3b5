"""Term frequencies: the counts in title, lead, body and tags, packed into two bytes.

Three bits each for the title and the lead, eight for the body, two for the tags; a larger count stays at the largest
that fits: 7, 7, 255 and 3 (docs/decisions/0004 has what that does to a score). Sums over the forms of a key stop at
the same bounds, so that reading a merged column and merging on the fly give the same numbers.

A score asks for no more, but a posting has as many positions as its form occurs. So the few postings with a count that
does not fit stand in a table beside the packed column, with all their counts:

    overflow_posting                       numbers of the postings, ascending; uint32, (num_overflows,)
    overflow_title, _lead, _body, _tags    their counts; uint32, (num_overflows,)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, distinct

NUM_FIELDS: Final = 4
TITLE, LEAD, BODY, TAGS = range(NUM_FIELDS)
FIELD_NAMES: Final = ("title", "lead", "body", "tags")
"""In the order of their positions."""

MOST: Final = (7, 7, 255, 3)
SHIFTS: Final = (13, 10, 2, 0)

Counts = NDArray[np.int64]


def pack(counts: Sequence[NDArray[Any]] | NDArray[Any]) -> NDArray[np.uint16]:
    """Counts by field, each (n,), at most its bound after this; uint16, (n,)."""
    packed = np.zeros(len(counts[0]), dtype=np.uint16)
    for of_field, most, shift in zip(counts, MOST, SHIFTS, strict=True):
        packed |= (np.minimum(of_field, most) << shift).astype(np.uint16)
    return packed


def unpack(packed: NDArray[np.uint16]) -> Counts:
    """The counts by field; int64, (NUM_FIELDS, n)."""
    wide = packed.astype(np.int64)
    return np.stack([(wide >> shift) & most for most, shift in zip(MOST, SHIFTS, strict=True)])


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
    if np.diff(first, append=len(packed)).max() > _MOST_ADDED:  # sums of sums stop where the sum does
        parts = distinct(first, np.arange(0, len(packed), _MOST_ADDED))
        return add_capped(add_capped(packed, parts), np.searchsorted(parts, first))
    wide = packed.astype(np.int64)
    apart = sum((wide >> shift & most) << lane for most, shift, lane in zip(MOST, SHIFTS, _LANES, strict=True))
    sums = np.add.reduceat(apart, first)
    return pack([sums >> lane & _LANE for lane in _LANES])


_LANES: Final = (48, 32, 16, 0)
_LANE: Final = 0xFFFF
"""Where sums of the counts grow side by side, which is sooner done than one field after the other."""

_MOST_ADDED: Final = 257
"""So many counts add up to no more than a lane holds: 257 * 255."""


def overflow(counts: NDArray[Any]) -> dict[str, Array]:
    """The table of the postings that have a count above its bound.

    Args:
        counts: of each posting by field; integers, (NUM_FIELDS, num_postings).
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
    counts = unpack(columns["posting_freq"][posting])
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
