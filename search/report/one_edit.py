"""One edit: which words of one list can become one of another by a single edit, for whole lists at once.

Two words an edit apart (a letter wrong, missing, too many, or two neighbours swapped) have a word in common among
themselves and what is left of them when a letter goes. So that is hashed for both lists, and equal hashes are the few
pairs to look at.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import ranges
from search.report.counting import Ints

WORDS_AT_ONCE: Final = 1 << 14
"""Some 500 bytes each while they are hashed."""

_MULTIPLIERS: Final = np.random.default_rng(20_260_101).integers(1, 1 << 63, size=256, dtype=np.uint64) | np.uint64(1)


def pairs_one_edit_apart(text: NDArray[np.uint8], start: Ints, rare: Ints, common: Ints) -> tuple[Ints, Ints]:
    """Pairs of words that may be an edit apart: all that are, and few that are not.

    Args:
        text, start: words in ASCII, packed as in ``WordCounts``, none longer than 255 letters.
        rare, common: numbers of words, in either order of length.
    Returns:
        Places in ``rare`` and in ``common``, (num_pairs,) each, by ``rare``, then ``common``; each pair once.
    """
    if len(rare) == 0 or len(common) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    hashes, owner = _shortened(text, start, common)
    order = np.argsort(hashes, kind="stable")
    hashes, owner = hashes[order], owner[order]
    found: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for first in range(0, len(rare), WORDS_AT_ONCE):
        some, by = _shortened(text, start, rare[first : first + WORDS_AT_ONCE])
        low = np.searchsorted(hashes, some)
        count = np.searchsorted(hashes, some, side="right") - low
        pair = (np.repeat(by, count) + first) << 32 | owner[ranges(low, count)]
        found.append(np.unique(pair))
    pairs = np.concatenate(found)
    return pairs >> 32, pairs & 0xFFFF_FFFF


def _shortened(text: NDArray[np.uint8], start: Ints, words: Ints) -> tuple[NDArray[np.uint64], Ints]:
    """Hashes of some words, and of what is left of each without one of its letters; and of which word each is."""
    hashes: list[NDArray[np.uint64]] = [np.zeros(0, dtype=np.uint64)]
    owners: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for first in range(0, len(words), WORDS_AT_ONCE):
        some = words[first : first + WORDS_AT_ONCE]
        begin = start[some].astype(np.int64)
        length = start[some + 1].astype(np.int64) - begin
        longest = int(length.max())
        at = np.arange(longest)
        inside = at < length[:, np.newaxis]
        letter = np.where(inside, text[np.minimum(begin[:, np.newaxis] + at, len(text) - 1)], 0).astype(np.uint64)
        # A word's hash is the sum of its letters, each times a number of its place; all modulo 2 ** 64.
        in_place, one_before = letter * _MULTIPLIERS[1 : longest + 1], letter * _MULTIPLIERS[:longest]
        left = np.cumsum(in_place, axis=1)
        right = np.cumsum(one_before[:, ::-1], axis=1)[:, ::-1]
        without = left - in_place + right - one_before  # what stands behind the letter moves one place to the left
        hashes += [left[:, -1], without[inside]]
        owners += [np.arange(len(some)) + first, np.repeat(np.arange(len(some)) + first, length)]
    return np.concatenate(hashes), np.concatenate(owners)
