"""What the kernels of the index take and give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

ENDS_SENTENCE: Final = 1
OPENS: Final = 2
BREAKS_RUN: Final = 4
CAPITALS_SHIFT: Final = 3
"""Bits of ``ChunkTables.flags``, as ``Chunk`` has them; those above are of ``capitals_class``."""

BORDER: Final = "\x02"
"""A chunk of its own at every line break and before every text: it ends a sentence and has no token."""


class ChunkTables(NamedTuple):
    """The tokens of distinct chunks, numbered in the order of their first appearance.

    Attributes:
        flags: of each chunk, bits as above; uint8, (num_chunks,).
        width: positions that it takes; int32, (num_chunks,).
        first_token: where the tokens of each begin, and the end of the last; int32, (num_chunks + 1,).
        plain, opening, shouted: the form of each token as its chunk stands; int32, (num_tokens,).
        position: of each token in its chunk; int32, (num_tokens,).
    """

    flags: NDArray[np.uint8]
    width: NDArray[np.int32]
    first_token: NDArray[np.int32]
    plain: NDArray[np.int32]
    opening: NDArray[np.int32]
    shouted: NDArray[np.int32]
    position: NDArray[np.int32]


class EncodedTexts(NamedTuple):
    """The tokens of a batch of texts, in reading order.

    Attributes:
        text: number of the text in the batch, int32, (num_tokens,).
        form: number of the form, int32, (num_tokens,).
        position: 0-based in its text, int64, (num_tokens,).
        length: positions in each text, int64, (num_texts,).
    """

    text: NDArray[np.int32]
    form: NDArray[np.int32]
    position: NDArray[np.int64]
    length: NDArray[np.int64]


class NumberedChunks(NamedTuple):
    """The chunks of a batch of texts, in reading order.

    Attributes:
        chunk: their numbers; int32, (num_chunks,).
        in_text: how many are of each text; int64, (num_texts,).
        new: those that were met for the first time, in the order of their numbers.
    """

    chunk: NDArray[np.int32]
    in_text: NDArray[np.int64]
    new: list[str]


Union = Callable[
    [NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint32]],
    tuple[NDArray[np.uint16], NDArray[np.uint16]],
]
"""What adds up the postings of some forms, as ``index.kernels.plain.union`` does."""
