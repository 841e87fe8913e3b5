"""Sketches: what a text is like, in 32 bytes, so that near-duplicates are found without reading every text.

A text is the set of its *shingles*, all runs of three words of title, lead and body, by a hash of 56 bits. Of the
hashes, cut into 32 ranges, the least of each range gives one byte: a MinHash by one permutation. The share of the 32
values that are equal in two texts estimates their Jaccard similarity (shingles in both by those in either).

Words are compared in lower case and without accents, by hashes that neither the order of adding nor the rules of keys
change: a sketch is a pure function of an article's words.

Source:
    Li, Owen and Zhang, "One permutation hashing", NIPS 2012; the lowest bits of minima: Li and König, "b-bit minwise
    hashing", WWW 2010; values for empty ranges: Shrivastava and Li, "Densifying one permutation hashing", ICML 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, distinct
from index.postings import first_of_each

SHINGLE_WORDS: Final = 3
"""Words in a shingle. Of two, texts without relation share too many; of four, a mistyped word costs four shingles."""

LEAST_SHINGLES: Final = 40
"""A text with fewer different shingles has no sketch, and is like no other: a note of two lines says little."""

NUM_VALUES: Final = 32
"""Values in a sketch, a byte each: equal ones tell the share in common to within .09."""

SKETCH_COLUMNS: Final = tuple(f"doc_sketch_{at}" for at in range(NUM_VALUES // 4))
"""Columns of a segment, four values in each; uint32, (num_docs,). All are 0 in a document without a sketch."""

TEXTS_AT_A_TIME: Final = 256
_TEXT_SHIFT, RANGE_SHIFT = np.uint64(56), np.uint64(51)
_HASH_SHIFT, _HASH_MASK = np.uint64(8), np.uint64((1 << 56) - 1)
_ODD = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
STEP: Final = 37
"""Added to a value for each range that it was borrowed over, so that it tells of its own range too."""

Packed = NDArray[np.uint64]
"""Shingles: the number of the text in the upper 8 bits, the hash in the lower 56; ascending, each once."""


def shingle_hash(first: Any, second: Any, third: Any) -> Any:
    """The hash of three words in a row, 56 bits, by theirs: uint64, arrays or, where it is compiled, single ones."""
    # The order of the words counts; the product and the shift let every bit of a word reach every bit of the hash.
    mixed = (first * _ODD[0] + second) * _ODD[1] + third
    mixed ^= mixed >> np.uint64(30)
    mixed *= _ODD[2]
    mixed ^= mixed >> np.uint64(27)
    mixed *= _ODD[0]
    return mixed >> _HASH_SHIFT


def shingles(text: NDArray[np.int64], word_hash: NDArray[np.uint32]) -> Packed:
    """The shingles of at most 256 texts.

    Args:
        text: number of the text that each word stands in, ascending, below 256; int64, (num_words,).
        word_hash: what tells words apart (``TextEncoder.word_hashes``); uint32, (num_words,).
    """
    if len(text) < SHINGLE_WORDS:
        return np.zeros(0, dtype=np.uint64)
    wide = word_hash.astype(np.uint64)
    packed = shingle_hash(wide[:-2], wide[1:-1], wide[2:]) | (text[2:].astype(np.uint64) << _TEXT_SHIFT)
    packed = packed[text[2:] == text[:-2]]
    return distinct(packed)


def unpack(packed: Packed) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The number of the text that each shingle stands in, and its hash; (num_shingles,) both."""
    return (packed >> _TEXT_SHIFT).astype(np.int64), packed & _HASH_MASK


def sketches(packed: Packed, num_texts: int) -> NDArray[np.uint32]:
    """The sketches of some texts by their shingles: uint32, (num_texts, NUM_VALUES // 4)."""
    num_shingles = np.bincount((packed >> _TEXT_SHIFT).astype(np.int64), minlength=num_texts)
    least = packed[first_of_each(packed >> RANGE_SHIFT)]
    place = (least >> RANGE_SHIFT).astype(np.int64)
    value = np.zeros((num_texts, NUM_VALUES), dtype=np.uint8)
    value.ravel()[place] = (least & np.uint64(0xFF)).astype(np.uint8)
    is_filled = np.zeros((num_texts, NUM_VALUES), dtype=bool)
    is_filled.ravel()[place] = True
    # A range without a shingle borrows from the next that has one, round the end.
    ranges = np.arange(NUM_VALUES)
    twice = np.where(np.tile(is_filled, 2), np.arange(2 * NUM_VALUES), 2 * NUM_VALUES - 1)
    lender = np.minimum.accumulate(twice[:, ::-1], axis=1)[:, ::-1][:, :NUM_VALUES]
    borrowed = np.take_along_axis(value, lender % NUM_VALUES, axis=1) + ((lender - ranges) * STEP).astype(np.uint8)
    borrowed[num_shingles < LEAST_SHINGLES] = 0
    return borrowed.view("<u4").astype(np.uint32, copy=False)


def sketches_of_words(text: NDArray[np.int64], word_hash: NDArray[np.uint32], num_texts: int) -> NDArray[np.uint32]:
    """The sketches of any number of texts: uint32, (num_texts, NUM_VALUES // 4); arguments as of ``shingles``."""
    made = [np.zeros((0, NUM_VALUES // 4), dtype=np.uint32)]
    for first in range(0, num_texts, TEXTS_AT_A_TIME):
        num_here = min(TEXTS_AT_A_TIME, num_texts - first)
        begin, end = np.searchsorted(text, (first, first + num_here)).tolist()
        made.append(sketches(shingles(text[begin:end] - first, word_hash[begin:end]), num_here))
    return np.concatenate(made)


def shingles_by_text(
    text: NDArray[np.int64], word_hash: NDArray[np.uint32], num_texts: int
) -> list[NDArray[np.uint64]]:
    """The shingles of each of at most 256 texts, without its number, each once; arguments as of ``shingles``."""
    packed = shingles(text, word_hash)
    borders = np.searchsorted(packed, np.arange(1, num_texts, dtype=np.uint64) << _TEXT_SHIFT)
    return np.split(packed & ((np.uint64(1) << _TEXT_SHIFT) - np.uint64(1)), borders)


def common_shingles(
    pairs: Sequence[tuple[NDArray[np.uint64], NDArray[np.uint64]]],
) -> NDArray[np.int64]:
    """How many shingles both texts of each pair have (``shingles_by_text``): int64, (len(pairs),)."""
    common = np.zeros(len(pairs), dtype=np.int64)
    for first in range(0, len(pairs), TEXTS_AT_A_TIME):
        some = pairs[first : first + TEXTS_AT_A_TIME]
        lengths = np.array([len(one) + len(other) for one, other in some])
        number = np.repeat(np.arange(len(some), dtype=np.uint64), lengths)
        both = np.concatenate([text for pair in some for text in pair]) | (number << _TEXT_SHIFT)
        both.sort()
        twice = both[1:][both[1:] == both[:-1]] >> _TEXT_SHIFT
        common[first : first + len(some)] = np.bincount(twice.astype(np.int64), minlength=len(some))
    return common


def sketch_table(columns: Sequence[Array]) -> NDArray[np.uint8]:
    """The values of some documents from their SKETCH_COLUMNS: uint8, (num_docs, NUM_VALUES)."""
    words = np.stack([column.astype("<u4", copy=False) for column in columns], axis=1)
    return words.view(np.uint8)
