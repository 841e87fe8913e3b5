"""Which capitals say nothing: those that open a sentence, and those in a run of capitals.

"Il Governo" at the start of a sentence and "IL GOVERNO" in a headline must neither teach the archive that these words
are names nor claim to be acronyms. Decided for whole arrays of chunks at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.italian.folding import MARK
from index.italian.tokenizer import Chunk, Token

PLAIN, OPENING, SHOUTED = 0, 1, 2
"""The three ways in which a chunk can stand: its forms differ only in their marks."""

SHOUTED_RUN_CHUNKS = 3
"""This many chunks in capitals in a row are a headline in capitals; fewer need a word too long for an acronym."""

SHOUTED_WORD_LETTERS = 7


def capitals_class(chunk: Chunk) -> int:
    """0: no letters; 1: not only capitals; 2: capitals, perhaps an acronym; 3: capitals, too long for an acronym."""
    if chunk.capitals < 2:
        return chunk.capitals
    return 3 if any(len(token.form) >= SHOUTED_WORD_LETTERS for token in chunk.tokens) else 2


def forms_by_standing(token: Token) -> tuple[str, str, str]:
    """The form of a token when its chunk stands PLAIN, OPENING a sentence and SHOUTED, in that order."""
    form = token.form
    if form.islower():  # nearly all words
        return form, form, form
    is_opening = token.position == 0 and form[0].isupper() and not form[1:].isupper()
    return form, form + MARK if is_opening else form, form + MARK if form.isupper() else form


def standings(
    *,
    ends_sentence: NDArray[np.bool_],
    opens: NDArray[np.bool_],
    capitals: NDArray[np.uint8],
    breaks: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    """How each chunk of a sequence stands.

    Args:
        ends_sentence, opens, breaks: see ``Chunk``; bool, (num_chunks,). The first chunk must end a sentence: it is the
            border that comes before every text.
        capitals: classes of ``capitals_class``; uint8, (num_chunks,).
    Returns:
        PLAIN, OPENING or SHOUTED; uint8, (num_chunks,).
    """
    standing = np.zeros(len(capitals), dtype=np.uint8)
    standing[1:][ends_sentence[:-1] | opens[1:]] = OPENING
    # A number inside a run of capitals belongs to it: only what has letters, or ends a sentence, is looked at.
    seen = np.flatnonzero((capitals > 0) | ends_sentence)
    in_capitals = capitals[seen] >= 2
    starts_run = in_capitals.copy()
    starts_run[1:] &= ~in_capitals[:-1] | np.logical_or.reduceat(breaks, seen)[:-1]
    run_seen = np.cumsum(starts_run) * in_capitals
    run = np.zeros(len(capitals), dtype=np.int64)
    run[seen] = run_seen
    chunks_in_run = np.bincount(run_seen)
    shouted = chunks_in_run >= SHOUTED_RUN_CHUNKS
    shouted[run[capitals == 3]] = True
    shouted[0] = False
    standing[shouted[run]] = SHOUTED
    return standing
