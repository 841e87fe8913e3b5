"""How compiled code is compiled, and the small functions that kernels of the index and of a search share.

Numba keeps what it compiled until the file of a kernel changes, but does not look at the files of what it calls or of
the constants that it was compiled with. After a change here, of ``leaps``, ``memory`` or ``standing``
in ``search.kernels.compiled``, or of a constant that kernels take from another module (frequencies, postings, segments,
sketches, marks, the tokenizer, their types), the ``__pycache__`` folders of the kernels must go (``make clean``); the
tests that hold both versions equal fail until they have.

No kernel gives an array another value and runs over it as well, nor takes one out of a tuple inside of a loop: Numba
then counts it as held and let go at each step, which takes longer than most steps do.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from index.frequencies import MOST, NUM_FIELDS, SHIFTS

jit = numba.njit(cache=True, nogil=True, boundscheck=True)
"""With bounds checked, which takes up to 3 % of the time of a page: what a damaged column names outside of an array is
then an IndexError, as NumPy gives, and neither a crash nor a write into the memory of others."""

unchecked = numba.njit(cache=True, nogil=True, error_model="numpy")
"""For loops that are worth it and cannot leave their arrays: what comes from a file was compared with their lengths
before. Checks of bounds and of divisions by zero would keep the compiler from taking several steps at once."""

signed: Any = np.int64
"""Makes a signed number of one from a column: compiled code takes those for unsigned, and adds them to others badly."""

unsigned: Any = np.uint64
"""Makes a place of a number that is not negative: of others compiled code asks whether they count from the end."""

narrow: Any = np.int32
"""Makes a number of which a float is made in one step."""

short: Any = np.uint16
"""Keeps numbers from a column as narrow as they are there: the more of them are added up at once."""

_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Its products with the 64 powers of two differ in their six highest bits, which tell the power (Leiserson, Prokop and
Randall 1998, "Using de Bruijn sequences to index a 1 in a computer word")."""

_PLACE_OF_BIT = np.zeros(64, dtype=np.int64)
for _place in range(64):
    _PLACE_OF_BIT[(int(_DE_BRUIJN) << _place) % 2**64 >> 58] = _place

_BLANKS = np.array([at for at in range(0x3001) if chr(at).isspace()], dtype=np.uint32)


@jit
def lowest_bit(bits: np.uint64) -> np.uint64:
    """The lowest bit that is set, alone."""
    return bits & (~bits + np.uint64(1))


@jit
def place_of(bit: np.uint64) -> int:
    """The place of a single bit, 0 to 63."""
    return int(_PLACE_OF_BIT[(bit * _DE_BRUIJN) >> np.uint64(58)])


@jit
def is_blank(code: int) -> bool:
    """Whether a code point is a blank, as ``str.isspace`` says."""
    if code == 32:
        return True
    if 32 < code < 0x85:
        return False
    for blank in _BLANKS:
        if code <= blank:
            return bool(code == blank)
    return False


@jit
def add_capped(one: int, two: int) -> int:
    """The sum of two packed frequencies (``index.frequencies``)."""
    total = 0
    for field in range(NUM_FIELDS):
        count = ((one >> SHIFTS[field]) & MOST[field]) + ((two >> SHIFTS[field]) & MOST[field])
        total |= min(count, MOST[field]) << SHIFTS[field]
    return total
