"""Many texts to arrays of form numbers and positions, whole batches at a time.

The tokens of each distinct chunk are found once and kept in flat tables; a batch of texts is then a gather over them,
which the kernels do (``index.kernels``).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index.italian.folding import MARK, strip_accents
from index.italian.marks import capitals_class, forms_by_standing
from index.italian.tokenizer import tokenize_chunk
from index.kernels import Kernels, plain
from index.kernels.types import (
    BORDER,
    BREAKS_RUN,
    CAPITALS_SHIFT,
    ENDS_SENTENCE,
    OPENS,
    ChunkTables,
    EncodedTexts,
)

MAX_CHUNKS = 500_000
"""Distinct chunks kept, with the plain kernels about 100 MB; beyond, the tables start anew. 50,000 articles have some
330,000."""

MAX_FORMS = 500_000
"""Distinct forms that one encoder numbers before it is full, about 70 MB."""


class TextEncoder:
    """Numbers the forms of texts in the order of their first appearance.

    Attributes:
        forms: number -> form; grows while texts are encoded.
        kernels: what its loops run with.
    """

    def __init__(self, kernels: Kernels = plain) -> None:
        self.kernels = kernels
        self.forms: list[str] = []
        self._number: dict[str, int] = {}
        self._word_hashes = array("I")
        self._forget_chunks()

    @property
    def is_full(self) -> bool:
        """Whether a new encoder should take over, to keep memory bounded."""
        return len(self.forms) > MAX_FORMS

    @property
    def num_chunks(self) -> int:
        """How many distinct chunks are kept."""
        return len(self._chunks)

    def word_hashes(self, forms: NDArray[np.int32]) -> NDArray[np.uint32]:
        """Of each form a hash of its word, in lower case and without accents: uint32, (len(forms),).

        No rule of keys has a say in it, so that what is made of it holds until texts are cut into words otherwise.
        """
        if len(self._word_hashes) < len(self.forms):
            new = "\n".join(self.forms[len(self._word_hashes) :])  # in one go, and no form has a line break
            words = new.replace(MARK, "").lower().split("\n")
            self._word_hashes.extend([crc32(strip_accents(word).encode()) for word in words])
        return np.frombuffer(self._word_hashes, dtype=np.uint32)[forms]

    def _forget_chunks(self) -> None:
        self._chunks = self.kernels.ChunkNumbers()
        self._first_token = array("i", [0])
        self._width = array("i")
        self._flags = array("B")
        self._forms = (array("i"), array("i"), array("i"))  # PLAIN, OPENING, SHOUTED
        self._position = array("i")

    def _number_of(self, form: str) -> int:
        number = self._number.get(form)
        if number is None:
            number = self._number[form] = len(self.forms)
            self.forms.append(form)
        return number

    def _learn(self, text: str) -> None:
        """Put the tokens of a chunk into the tables."""
        chunk = tokenize_chunk(text)
        is_border = not chunk.tokens and (text == BORDER or not any(map(str.isalnum, text)))
        flags = capitals_class(chunk) << CAPITALS_SHIFT
        if chunk.ends_sentence or is_border:
            flags |= ENDS_SENTENCE
        if chunk.opens:
            flags |= OPENS
        if chunk.breaks_run:
            flags |= BREAKS_RUN
        self._flags.append(flags)
        self._width.append(chunk.width)
        plain_numbers, opening_numbers, shouted_numbers = self._forms
        for token in chunk.tokens:
            plain, opening, shouted = forms_by_standing(token)
            form_number = self._number_of(plain)
            plain_numbers.append(form_number)
            opening_numbers.append(form_number if opening is plain else self._number_of(opening))
            shouted_numbers.append(form_number if shouted is plain else self._number_of(shouted))
            self._position.append(token.position)
        self._first_token.append(len(self._position))

    def encode(self, texts: Sequence[str]) -> EncodedTexts:
        """The tokens of some texts (NFC, without the BORDER character)."""
        if len(self._chunks) > MAX_CHUNKS:
            self._forget_chunks()
        chunks = self._chunks.of(texts)
        for chunk in chunks.new:
            self._learn(chunk)
        numbers = (self._width, self._first_token, *self._forms, self._position)
        flags = np.frombuffer(self._flags, dtype=np.uint8)
        tables = ChunkTables(flags, *(np.frombuffer(column, dtype=np.int32) for column in numbers))
        return self.kernels.tokens_of(chunks, tables)
