"""Which chunks of a text have one of some strings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, islice

import numpy as np
from numpy.typing import NDArray

from index.italian.tokenizer import CHANGED_BLOCKS
from index.kernels.jit import is_blank, lowest_bit, place_of, unchecked
from search.kernels.types import Pieces

_PieceColumns = tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint64]]
"""``code``, ``start``, ``first`` and ``free`` of some pieces."""

_CHANGED = np.array(CHANGED_BLOCKS, dtype=np.uint32)
_NOT_PLAIN = -1


@unchecked
def _is_changed(code: int) -> bool:
    for first, last in _CHANGED:
        if code <= last:
            return bool(code >= first)
    return False


@unchecked
def _is_letter(code: int) -> bool:
    """Whether it is surely a letter or a figure."""
    if code < 128:
        return 48 <= code <= 57 or 65 <= code <= 90 or 97 <= code <= 122
    return 0xC0 <= code < 0x250 and code not in (0xD7, 0xF7)  # but for the signs of times and division


@unchecked
def _stands_at(text: NDArray[np.uint32], at: int, piece: NDArray[np.uint32]) -> bool:
    same = 0
    while same < len(piece) and at + same < len(text) and text[at + same] == piece[same]:
        same += 1
    return same == len(piece)


@unchecked
def _possible_starts(text: NDArray[np.uint32], first: NDArray[np.uint64], within_words: bool) -> NDArray[np.int64]:
    """Where a string may begin, by its first character and the one before it, and where there is no ASCII character."""
    begins = np.zeros(128, dtype=np.uint8)
    is_free = np.ones(128, dtype=np.uint8)  # behind which a word may begin
    for code in range(128):
        begins[code] = first[code] != 0
        is_free[code] = within_words or not _is_letter(code)
    found = np.empty(len(text), dtype=np.int64)
    filled, before = 0, np.uint8(1)
    for at in range(len(text)):
        code = text[at]
        is_wide = np.uint8(code >= 128)
        # No branch: the processor would guess wrong at the border of every other word.
        found[filled] = at
        filled += is_wide | (begins[code & 127] & before)
        before = is_wide | is_free[code & 127]
    return found[:filled]


@unchecked
def _is_one_at(text: NDArray[np.uint32], at: int, possible: np.uint64, pieces: _PieceColumns) -> bool:
    """Whether one of some strings stands at a place."""
    code, start, _, free = pieces
    if at and _is_letter(text[at - 1]):
        possible &= free[0]
    while possible:
        lowest = lowest_bit(possible)
        one = place_of(lowest)
        if _stands_at(text, at, code[start[one] : start[one + 1]]):
            behind = at + start[one + 1] - start[one]
            if free[1] & lowest or behind == len(text) or not _is_letter(text[behind]):
                return True
        possible ^= lowest
    return False


@unchecked
def _chunks_in(text: NDArray[np.uint32], pieces: _PieceColumns, found: NDArray[np.int64]) -> int:
    """Write where the chunks of a text stand; returns how many there are, or NOT_PLAIN."""
    _, _, first, free = pieces
    filled = end = 0
    for at in _possible_starts(text, first, free[0] != 0):
        code = text[at]
        if code >= 128 and _is_changed(code):
            return _NOT_PLAIN
        if at < end or not first[code & 127] or not _is_one_at(text, at, first[code & 127], pieces):
            continue
        begin = at
        while begin > end and not is_blank(text[begin - 1]):
            begin -= 1
        end = at
        while end < len(text) and not is_blank(text[end]):
            end += 1
        found[filled] = begin, end
        filled += 1
    return filled


@unchecked
def _chunks_with(
    text: NDArray[np.uint32], border: NDArray[np.int64], pieces: _PieceColumns
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The chunks of texts that stand one behind the other, and how many each has."""
    found = np.empty((len(text) // 2 + len(border), 2), dtype=np.int64)
    num_found = np.empty(len(border) - 1, dtype=np.int64)
    filled = 0
    for one in range(len(num_found)):
        num_found[one] = _chunks_in(text[border[one] : border[one + 1]], pieces, found[filled:])
        filled += max(num_found[one], 0)
    return found[:filled], num_found


def chunks_with(texts: Sequence[str], pieces: Pieces) -> list[list[list[int]] | None]:
    encoded = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    border = np.fromiter(accumulate(map(len, texts), initial=0), dtype=np.int64, count=len(texts) + 1)
    chunks, num_found = _chunks_with(encoded, border, pieces[3:])
    left = iter(chunks.tolist())
    return [None if number == _NOT_PLAIN else list(islice(left, number)) for number in num_found.tolist()]
