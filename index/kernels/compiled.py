"""The kernels of the index compiled by Numba: the same as ``plain``, for a rebuild or a large import.

They are compiled at their first use, some seconds in all, and kept beside this file or in Numba's cache folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import randbits
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.italian.marks import OPENING, PLAIN, SHOUTED, SHOUTED_RUN_CHUNKS
from index.kernels.jit import add_capped, is_blank, jit, lowest_bit, place_of
from index.kernels.types import (
    BORDER,
    BREAKS_RUN,
    CAPITALS_SHIFT,
    ENDS_SENTENCE,
    OPENS,
    ChunkTables,
    EncodedTexts,
    NumberedChunks,
)
from index.postings import MAX_DOCS
from index.sketches import LEAST_SHINGLES, NUM_VALUES, RANGE_SHIFT, SHINGLE_WORDS, STEP, shingle_hash

name = "compiled"

_NO_SHINGLE = np.uint64(2**64 - 1)
"""Greater than the hash of any."""

_LINE_BREAK = ord("\n")

_FREE = -1
_FIRST_PLACES = 1 << 10


class _Known(NamedTuple):
    """The chunks that have a number, by their hashes: in open addressing, at least half of the places free.

    Attributes:
        place: the number of the chunk at each place, or _FREE; int32, a power of two of them.
        hash: of each chunk, with room for as many as half of the places; uint64.
    """

    place: NDArray[np.int32]
    hash: NDArray[np.uint64]


@jit
def _place_for(place: NDArray[np.int32], known_hash: NDArray[np.uint64], hashed: np.uint64) -> int:
    """Where a hash has its place, or would have it."""
    last = len(place) - 1
    at = np.int64(hashed & np.uint64(last))
    while place[at] != _FREE and known_hash[place[at]] != hashed:
        at = (at + 1) & last
    return int(at)


@jit
def _twice(known: _Known) -> _Known:
    """Twice the room for the same chunks, of which there are as many as there is room for."""
    place, known_hash = known
    wider = np.full(2 * len(place), np.int32(_FREE))
    for number in range(len(known_hash)):
        wider[_place_for(wider, known_hash, known_hash[number])] = number
    return _Known(wider, np.concatenate((known_hash, np.empty_like(known_hash))))


@jit
def _hashed(
    text: NDArray[np.uint32], end: NDArray[np.int64], secret: tuple[np.uint64, np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """The hash of each chunk of some texts, and 0 for a border; where each begins and ends; how many are of each text.

    Args:
        text: the code points of all texts.
        end: where each text ends.
    """
    start, factor = secret
    hashes = np.empty(len(text) + len(end), dtype=np.uint64)
    span = np.empty((len(hashes), 2), dtype=np.int64)
    in_text = np.empty(len(end), dtype=np.int64)
    filled = at = 0
    for one in range(len(end)):
        last, before = end[one], filled
        hashes[filled], span[filled] = 0, 0
        filled += 1
        while at < last:
            code = text[at]
            if is_blank(code):
                if code == _LINE_BREAK:
                    hashes[filled], span[filled] = 0, 0
                    filled += 1
                at += 1
                continue
            begin, hashed = at, start
            while not is_blank(code):
                hashed = (hashed ^ np.uint64(code)) * factor
                hashed ^= hashed >> np.uint64(32)
                at += 1
                if at == last:
                    break
                code = text[at]
            hashes[filled] = max(hashed, np.uint64(1))
            span[filled, 0], span[filled, 1] = begin, at
            filled += 1
        in_text[one] = filled - before
    return hashes[:filled], span[:filled], in_text


@jit
def _number_on(
    hashes: NDArray[np.uint64],
    known: _Known,
    num_known: int,
    found: tuple[NDArray[np.int32], NDArray[np.int64]],
    at: int,
) -> tuple[int, int]:
    """Number hashes from one on, to the end or until there is no room for a new one.

    Args:
        num_known: of the hashes that are known, those of this batch before ``at`` among them.
        found: written; the number of each hash, and from the beginning which of them were new.
    Returns:
        Where it stopped, and how many were new.
    """
    # Apart from where the table grows: see ``jit``.
    (place, known_hash), (numbers, new) = known, found
    num_new = 0
    while at < len(hashes):
        here = _place_for(place, known_hash, hashes[at])
        if place[here] == _FREE:
            if num_known + num_new == len(known_hash):
                break
            place[here] = num_known + num_new
            known_hash[num_known + num_new] = hashes[at]
            new[num_new] = at
            num_new += 1
        numbers[at] = place[here]
        at += 1
    return at, num_new


@jit
def _numbered(
    hashes: NDArray[np.uint64], known: _Known, num_known: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], _Known]:
    """The number of each hash, which of them were new, in the order of their numbers, and all that are known now."""
    numbers, new = np.empty(len(hashes), dtype=np.int32), np.empty(len(hashes), dtype=np.int64)
    at = num_new = 0
    while True:
        at, num_more = _number_on(hashes, known, num_known + num_new, (numbers, new[num_new:]), at)
        num_new += num_more
        if at == len(hashes):
            return numbers, new[:num_new].copy(), known
        known = _twice(known)


class ChunkNumbers:
    """See ``index.kernels.plain``.

    Chunks are known by hashes of 64 bits: that any two of half a million share one happens once in a hundred million
    times. The hash has a secret, so that nobody can print a chunk that is taken for another.
    """

    def __init__(self) -> None:
        self._known = _Known(np.full(_FIRST_PLACES, _FREE, np.int32), np.empty(_FIRST_PLACES // 2, np.uint64))
        self._num_known = 0
        self._secret = np.uint64(randbits(64)), np.uint64(randbits(64) | 1)

    def __len__(self) -> int:
        return self._num_known

    def of(self, texts: Sequence[str]) -> NumberedChunks:
        text = "".join(texts)
        code = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        end = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
        hashes, span, in_text = _hashed(code, end, self._secret)
        numbers, new, self._known = _numbered(hashes, self._known, self._num_known)
        self._num_known += len(new)
        chunks = [text[begin:until] or BORDER for begin, until in span[new].tolist()]
        return NumberedChunks(numbers, in_text, chunks)


@jit
def _standings(chunk: NDArray[np.int32], flags: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """See ``index.italian.marks.standings``."""
    standing = np.empty(len(chunk), dtype=np.uint8)
    first = in_run = 0  # of a run of capitals
    is_long = is_broken = ended = False
    for at in range(len(chunk) + 1):
        is_end = at == len(chunk)
        flag = np.uint8(ENDS_SENTENCE) if is_end else flags[chunk[at]]
        capitals = flag >> CAPITALS_SHIFT
        is_seen = capitals > 0 or flag & ENDS_SENTENCE
        if is_seen and (capitals < 2 or is_broken):
            if in_run >= SHOUTED_RUN_CHUNKS or is_long:
                for inside in range(first, at):
                    if flags[chunk[inside]] >> CAPITALS_SHIFT >= 2:
                        standing[inside] = SHOUTED
            in_run, is_long = 0, False
        if is_end:
            break
        if is_seen:
            is_broken = False
        if capitals >= 2:
            if in_run == 0:
                first = at
            in_run += 1
            is_long |= capitals == 3
        is_broken |= bool(flag & BREAKS_RUN)
        standing[at] = OPENING if ended or (at > 0 and flag & OPENS) else PLAIN
        ended = bool(flag & ENDS_SENTENCE)
    return standing


@jit
def _tokens_of(
    chunk: NDArray[np.int32], in_text: NDArray[np.int64], tables: ChunkTables
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    flags, width, first_token, plain, opening, shouted, place = tables
    standing = _standings(chunk, flags)
    num_tokens = 0
    for number in chunk:
        num_tokens += first_token[number + 1] - first_token[number]
    text, form = np.empty(num_tokens, dtype=np.int32), np.empty(num_tokens, dtype=np.int32)
    position, length = np.empty(num_tokens, dtype=np.int64), np.empty(len(in_text), dtype=np.int64)
    filled = at = 0
    for one in range(len(in_text)):
        passed = 0
        for at_here in range(at, at + in_text[one]):
            number = chunk[at_here]
            for token in range(first_token[number], first_token[number + 1]):
                text[filled] = one
                if standing[at_here] == PLAIN:
                    form[filled] = plain[token]
                elif standing[at_here] == OPENING:
                    form[filled] = opening[token]
                else:
                    form[filled] = shouted[token]
                position[filled] = passed + place[token]
                filled += 1
            passed += width[number]
        at += in_text[one]
        length[one] = passed
    return text, form, position, length


def tokens_of(chunks: NumberedChunks, tables: ChunkTables) -> EncodedTexts:
    return EncodedTexts(*_tokens_of(chunks.chunk, chunks.in_text, tables))


_shingle_hash = jit(shingle_hash)


@jit
def _sketch(word_hash: NDArray[np.uint32], sketch: NDArray[np.uint8]) -> None:
    """Write the sketch of the words of a text, unless it has too few different shingles."""
    least = np.full(NUM_VALUES, _NO_SHINGLE)
    few, num_different = np.empty(LEAST_SHINGLES, dtype=np.uint64), 0
    for at in range(len(word_hash) - SHINGLE_WORDS + 1):
        mixed = _shingle_hash(np.uint64(word_hash[at]), np.uint64(word_hash[at + 1]), np.uint64(word_hash[at + 2]))
        least[mixed >> RANGE_SHIFT] = min(least[mixed >> RANGE_SHIFT], mixed)
        if num_different < LEAST_SHINGLES:
            same = 0
            while same < num_different and few[same] != mixed:
                same += 1
            if same == num_different:
                few[same] = mixed
                num_different += 1
    if num_different < LEAST_SHINGLES:
        return
    lender = 2 * NUM_VALUES - 1
    for place in range(2 * NUM_VALUES - 1, -1, -1):
        if least[place % NUM_VALUES] != _NO_SHINGLE:
            lender = place
        if place < NUM_VALUES:
            sketch[place] = np.uint8(
                (least[lender % NUM_VALUES] & np.uint64(0xFF)) + np.uint64((lender - place) * STEP)
            )


@jit
def _sketches(text: NDArray[np.int64], word_hash: NDArray[np.uint32], num_texts: int) -> NDArray[np.uint8]:
    found = np.zeros((num_texts, NUM_VALUES), dtype=np.uint8)
    begin = 0
    while begin < len(text):
        end = begin + 1
        while end < len(text) and text[end] == text[begin]:
            end += 1
        _sketch(word_hash[begin:end], found[text[begin]])
        begin = end
    return found


def sketches(text: NDArray[np.int64], word_hash: NDArray[np.uint32], num_texts: int) -> NDArray[np.uint32]:
    found: NDArray[np.uint32] = _sketches(text, word_hash, num_texts).view("<u4").astype(np.uint32, copy=False)
    return found


@jit
def _add(held: NDArray[np.uint64], summed: NDArray[np.uint16], doc: int, freq: int) -> None:
    """Add to the frequency of a document; ``held`` has a bit a document, and ``summed`` tells of those that have it."""
    bit = np.uint64(1) << np.uint64(doc & 63)
    if held[doc >> 6] & bit:
        summed[doc] = add_capped(int(summed[doc]), freq)
    else:
        held[doc >> 6] |= bit
        summed[doc] = freq


@jit
def _listed(held: NDArray[np.uint64], summed: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """The documents that have their bit, ascending, and their frequencies."""
    docs, freqs = np.empty(len(summed), dtype=np.uint16), np.empty(len(summed), dtype=np.uint16)
    filled = 0
    for word in range(len(held)):
        bits = held[word]
        while bits:
            lowest = lowest_bit(bits)
            here = (word << 6) + place_of(lowest)
            docs[filled], freqs[filled] = here, summed[here]
            filled += 1
            bits ^= lowest
    return docs[:filled].copy(), freqs[:filled].copy()


@jit
def union(
    doc: NDArray[np.uint16], freq: NDArray[np.uint16], start: NDArray[np.uint32], end: NDArray[np.uint32]
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    held, summed = np.zeros(MAX_DOCS // 64, dtype=np.uint64), np.empty(MAX_DOCS, dtype=np.uint16)
    for form in range(len(start)):
        for at in range(start[form], end[form]):
            _add(held, summed, int(doc[at]), int(freq[at]))
    return _listed(held, summed)


def prepare() -> None:
    """Compile all kernels, or take them from the cache, for the very types of array that an indexer gives them."""
    chunks = ChunkNumbers().of(["a"])
    none = np.zeros(3, dtype=np.int32)
    tokens_of(chunks, ChunkTables(np.zeros(3, dtype=np.uint8), none, none, none, none, none, none))
    sketches(np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.uint32), 1)
    doc, start = np.zeros(1, dtype=np.uint16), np.zeros(1, dtype=np.uint32)
    union(doc, doc, start, start)
    of_file = doc.view()
    of_file.setflags(write=False)
    union(of_file, of_file, start, start)
