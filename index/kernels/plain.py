"""The kernels of the index in plain Python and NumPy: the readable definition, and what a small commit uses."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.columns import ranges
from index.frequencies import add_capped
from index.italian.marks import standings
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
from index.sketches import sketches_of_words

name = "plain"


def prepare() -> None:
    """Make all kernels ready."""


class ChunkNumbers:
    """Numbers distinct chunks in the order of their first appearance."""

    def __init__(self) -> None:
        self._numbers = _Numbers()

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, texts: Sequence[str]) -> NumberedChunks:
        """The chunks of some texts (without the BORDER character), a border before each and at each line break."""
        number_of = self._numbers.__getitem__
        numbers = array("i")
        in_text = np.empty(len(texts), dtype=np.int64)
        for at, text in enumerate(texts):
            chunks = f"{BORDER} {text}".replace("\n", f" {BORDER} ").split()
            numbers.extend(map(number_of, chunks))
            in_text[at] = len(chunks)
        new, self._numbers.new = self._numbers.new, []
        return NumberedChunks(np.array(numbers, dtype=np.int32), in_text, new)


class _Numbers(dict[str, int]):
    """Chunk -> its number; one that is new is numbered when it is first looked up, and noted."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[str] = []

    def __missing__(self, chunk: str) -> int:
        number = self[chunk] = len(self)
        self.new.append(chunk)
        return number


def tokens_of(chunks: NumberedChunks, tables: ChunkTables) -> EncodedTexts:
    """The tokens of some texts, each as its chunk stands (``index.italian.marks``)."""
    chunk, in_text, _ = chunks
    if chunk.size == 0:
        empty = np.zeros(0, dtype=np.int32)
        return EncodedTexts(empty, empty, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    flags = tables.flags[chunk]
    standing = standings(
        ends_sentence=(flags & ENDS_SENTENCE).astype(bool),
        opens=(flags & OPENS).astype(bool),
        breaks=(flags & BREAKS_RUN).astype(bool),
        capitals=(flags >> CAPITALS_SHIFT).astype(np.uint8),
    )
    begin = tables.first_token[chunk]
    num_tokens = tables.first_token[chunk + 1] - begin
    token = ranges(begin, num_tokens)
    forms = (tables.plain[token], tables.opening[token], tables.shouted[token])
    width = tables.width[chunk].astype(np.int64)
    text_of_chunk = np.repeat(np.arange(len(in_text), dtype=np.int32), in_text)
    length = np.bincount(text_of_chunk, weights=width, minlength=len(in_text)).astype(np.int64)
    before_chunk: NDArray[np.int64] = np.cumsum(width) - width - (np.cumsum(length) - length)[text_of_chunk]
    return EncodedTexts(
        text=np.repeat(text_of_chunk, num_tokens),
        form=np.choose(np.repeat(standing, num_tokens), forms),
        position=np.repeat(before_chunk, num_tokens) + tables.position[token].astype(np.int64),
        length=length,
    )


sketches = sketches_of_words


def union(
    doc: NDArray[np.uint16], freq: NDArray[np.uint16], start: NDArray[np.uint32], end: NDArray[np.uint32]
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Documents that hold one of some forms, ascending, and their summed frequencies.

    Args:
        doc, freq: the postings of a segment; (num_postings,).
        start, end: of each form its first posting, and the one behind its last; (num_forms,).
    """
    stretches = [slice(*ends) for ends in zip(start.tolist(), end.tolist(), strict=True)]
    doc, freq = (np.concatenate([column[:0], *map(column.__getitem__, stretches)]) for column in (doc, freq))
    order = np.argsort(doc, kind="stable")
    doc = doc[order]
    first = np.flatnonzero(np.diff(doc, prepend=~doc[:1]))
    return doc[first], add_capped(freq[order], first)
