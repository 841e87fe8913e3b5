"""Term frequencies: the counts in title, lead and body, packed into two bytes.

Three bits for the title, four for the lead, nine for the body; a larger count stays at the largest that fits: 7, 15 and
511 (docs/decisions/0004 has what that does to a score). Sums over the forms of a key stop at the same bounds,
so that reading a merged column and merging on the fly give the same numbers.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
