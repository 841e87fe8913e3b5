"""Many texts to arrays of form numbers and positions, whole batches at a time.

The tokens of each distinct chunk are found once and kept in flat tables; a batch of texts is then a gather over them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakMethod
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index.columns import ranges
from index.italian.folding import MARK, strip_accents
from index.italian.marks import capitals_class, forms_by_standing, standings
from index.italian.tokenizer import tokenize_chunk

BORDER = "\x02"
"""A chunk of its own at every line break and before every text: it ends a sentence and has no token."""

MAX_CHUNKS = 500_000
"""Distinct chunks kept, about 100 MB; beyond, the tables start anew. 50,000 articles have some 330,000."""

MAX_FORMS = 500_000
"""Distinct forms that one encoder numbers before it is full, about 70 MB."""


@dataclass(frozen=True, slots=True)
class EncodedTexts:
    """The tokens of a batch of texts, in reading order.

    Attributes:
        text: number of the text in the batch, int32, (num_tokens,).
        form: number of the form in ``TextEncoder.forms``, int32, (num_tokens,).
        position: 0-based in its text, int64, (num_tokens,).
        length: positions in each text, int64, (num_texts,).
    """

    text: NDArray[np.int32]
    form: NDArray[np.int32]
    position: NDArray[np.int64]
    length: NDArray[np.int64]


class TextEncoder:
    """Numbers the forms of texts in the order of their first appearance.

    Attributes:
        forms: number -> form; grows while texts are encoded.
    """

    def __init__(self) -> None:
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
        self._chunks = _Chunks(self._learn)
        self._first_token = array("i", [0])
        self._width = array("i")
        self._flags = array("B")  # ends_sentence 1, opens 2, breaks_run 4, capitals class in the bits above
        self._forms = (array("i"), array("i"), array("i"))  # PLAIN, OPENING, SHOUTED
        self._position = array("i")

    def _number_of(self, form: str) -> int:
        number = self._number.setdefault(form, len(self.forms))
        if number == len(self.forms):
            self.forms.append(form)
        return number

    def _learn(self, text: str) -> int:
        chunk = tokenize_chunk(text)
        number = len(self._width)
        is_border = not chunk.tokens and (text == BORDER or not any(map(str.isalnum, text)))
        self._flags.append(
            (chunk.ends_sentence or is_border) | chunk.opens << 1 | chunk.breaks_run << 2 | capitals_class(chunk) << 3
        )
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
        return number

    def encode(self, texts: Sequence[str]) -> EncodedTexts:
        """The tokens of some texts (NFC, without the BORDER character)."""
        if len(self._chunks) > MAX_CHUNKS:
            self._forget_chunks()
        number_of = self._chunks.__getitem__
        numbers = array("i")
        chunks_in_text = np.empty(len(texts), dtype=np.int64)
        for at, text in enumerate(texts):
            chunks = f"{BORDER} {text}".replace("\n", f" {BORDER} ").split()
            numbers.extend(map(number_of, chunks))
            chunks_in_text[at] = len(chunks)
        return self._gather(np.frombuffer(numbers, dtype=np.int32), chunks_in_text)

    def _gather(self, chunk: NDArray[np.int32], chunks_in_text: NDArray[np.int64]) -> EncodedTexts:
        if chunk.size == 0:
            empty = np.zeros(0, dtype=np.int32)
            return EncodedTexts(empty, empty, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        flags = np.frombuffer(self._flags, dtype=np.uint8)[chunk]
        standing = standings(
            ends_sentence=(flags & 1).astype(bool),
            opens=(flags & 2).astype(bool),
            breaks=(flags & 4).astype(bool),
            capitals=(flags >> 3).astype(np.uint8),
        )
        first_token = np.frombuffer(self._first_token, dtype=np.int32)
        begin = first_token[chunk]
        num_tokens = first_token[chunk + 1] - begin
        token = ranges(begin, num_tokens)
        standing_of_token = np.repeat(standing, num_tokens)
        plain, opening, shouted = (np.frombuffer(column, dtype=np.int32)[token] for column in self._forms)
        form = np.choose(standing_of_token, (plain, opening, shouted))
        width = np.frombuffer(self._width, dtype=np.int32)[chunk].astype(np.int64)
        text_of_chunk = np.repeat(np.arange(len(chunks_in_text), dtype=np.int32), chunks_in_text)
        length = np.bincount(text_of_chunk, weights=width, minlength=len(chunks_in_text)).astype(np.int64)
        before_chunk: NDArray[np.int64] = np.cumsum(width) - width - (np.cumsum(length) - length)[text_of_chunk]
        relative = np.frombuffer(self._position, dtype=np.int32)[token].astype(np.int64)
        return EncodedTexts(
            text=np.repeat(text_of_chunk, num_tokens),
            form=form,
            position=np.repeat(before_chunk, num_tokens) + relative,
            length=length,
        )


class _Chunks(dict[str, int]):
    """Numbers of chunks; one that is new is learned when it is first looked up, by a method of the encoder."""

    def __init__(self, learn: Callable[[str], int]) -> None:
        super().__init__()
        # The encoder holds this: were it held in turn, it would stay for ever in a process that collects no garbage.
        self._learn = WeakMethod(learn)

    def __missing__(self, chunk: str) -> int:
        learn = self._learn()
        assert learn is not None
        number = self[chunk] = learn(chunk)
        return number
