"""Telling words: the few words of a text that say what it is about, and how much each says.

A word tells the more, the rarer it is in the archive, the more often the text has it, and the nearer it stands to the
beginning: news says first what matters most. Function words tell nothing.

The words of a question are opened one by one, with care for how each was typed (``terms``). A text has hundreds,
printed as editors print them, and only whole arrays are quick enough: a capital inside a sentence is taken for that of
a name, which is not inflected; any other word stands for its inflections and its family, names left out.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import find_in
from index.encoder import TextEncoder
from index.italian import is_acronym, is_elision, is_stop_word, unmarked
from index.kernels import Kernels
from index.lexicon import LEVELS, TITLE, FormIds, hash_strings
from search.ranking import RelatedSettings, idf_of_each
from search.vocabulary import Vocabulary

_MOST_FORMS: Final = 100_000
_MOST_CHUNKS: Final = 200_000
"""What is remembered from text to text, some 30 MB; then the memory starts anew."""

_LONGEST_CHUNK: Final = 100
"""A run of signs without a blank that is longer is no word of news; it is left out."""

_SPARE: Final = 2
"""Forms are chosen before their inflections are put together: this many times as many as terms are wanted."""

_FEWEST_FOR_A_LANGUAGE: Final = 15
_LEAST_FUNCTION_WORDS: Final = 0.12
"""Of Italian texts a third and more are function words; of an English one hardly any are Italian ones."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What stands in some texts, in reading order.

    Attributes:
        forms: as printed, with their marks (``index.italian.marks``), each once, in the order of the texts.
        hashes: of each form (``hash_strings``); uint64, (num_forms,).
        is_function: whether each is a function word or an elided one; bool, (num_forms,).
        form: number of the form of each token; int32, (num_tokens,).
        text: number of the text; int32, (num_tokens,).
        position: in the text; int64, (num_tokens,).
        num_texts: how many texts.
    """

    forms: tuple[str, ...]
    hashes: NDArray[np.uint64]
    is_function: NDArray[np.bool_]
    form: NDArray[np.int32]
    text: NDArray[np.int32]
    position: NDArray[np.int64]
    num_texts: int

    def may_be_italian(self) -> bool:
        """Whether nothing speaks against it; of a few words nobody can tell."""
        return len(self.form) < _FEWEST_FOR_A_LANGUAGE or bool(
            np.mean(self.is_function[self.form]) >= _LEAST_FUNCTION_WORDS
        )


class Reader:
    """Cuts texts into tokens; what it has learned of one text serves the next. Threads may share it."""

    def __init__(self, kernels: Kernels) -> None:
        """``kernels``: what texts are cut with."""
        self._kernels = kernels
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._encoder = TextEncoder(self._kernels)
        self._hashes = array("Q")
        self._is_function = array("b")

    def read(self, texts: Sequence[str], *, most: int) -> Tokens:
        """The tokens of some texts (NFC), of each those at its first ``most`` positions."""
        with self._lock:
            begun = [_beginning(text, most) for text in texts]
            if len(self._encoder.forms) > _MOST_FORMS or self._encoder.num_chunks > _MOST_CHUNKS:
                self._forget()
            encoded = self._encoder.encode(begun)
            new = self._encoder.forms[len(self._hashes) :]
            self._hashes.extend(hash_strings([form.encode() for form in new]).tolist())
            self._is_function.extend(is_stop_word(form) or is_elision(form) for form in new)
            is_read = encoded.position < most
            number = encoded.form[is_read].tolist()
            # In the order in which they stand here: what was read before must not settle a tie.
            number_here = {known: at for at, known in enumerate(dict.fromkeys(number))}
            forms = tuple(self._encoder.forms[known] for known in number_here)
            numbers = np.array([*number_here], dtype=np.int64)  # picking copies: the tables can grow again
            hashes = np.frombuffer(self._hashes, dtype=np.uint64)[numbers]
            is_function = np.frombuffer(self._is_function, dtype=np.bool_)[numbers]
        return Tokens(
            forms=forms,
            hashes=hashes,
            is_function=is_function,
            form=np.array([number_here[known] for known in number], dtype=np.int32),
            text=encoded.text[is_read],
            position=encoded.position[is_read],
            num_texts=len(texts),
        )


def _beginning(text: str, most: int) -> str:
    """What of a text may have its first positions: so many chunks with a letter or figure, and all line breaks."""
    kept: list[str] = []
    for line in text.split("\n"):
        words = [*islice(filter(_is_word, line.split()), most)]
        kept.append(" ".join(words))
        most -= len(words)
        if most <= 0:
            break
    return "\n".join(kept)


def _is_word(chunk: str) -> bool:
    return len(chunk) <= _LONGEST_CHUNK and (chunk[0].isalnum() or any(map(str.isalnum, chunk)))


@dataclass(frozen=True, slots=True)
class TellingTerm:
    """A word of a text with the forms of the archive that it stands for.

    Attributes:
        printed: numbers of the forms of the text that are this word (``Tokens.forms``), the most telling first.
        weight: of its occurrences in the text, saturated; above 0.
        inflected: live forms of the archive that are the same word.
        family: live forms of the same family, the same word among them.
    """

    printed: tuple[int, ...]
    weight: float
    inflected: FormIds
    family: FormIds


class Telling:
    """What some texts tell, in the words of one archive."""

    def __init__(self, tokens: Tokens, vocabulary: Vocabulary, settings: RelatedSettings) -> None:
        self.tokens = tokens
        self._vocabulary = vocabulary
        self._settings = settings
        self._form_id = vocabulary.lexicon.find_hashed(tokens.hashes)
        near = settings.far_weight + np.exp(-tokens.position / settings.head_words)
        cell = tokens.text.astype(np.int64) * len(tokens.forms) + tokens.form
        weights = np.bincount(cell, weights=near, minlength=tokens.num_texts * len(tokens.forms))
        self._weights = weights.astype(np.float64).reshape(tokens.num_texts, len(tokens.forms))

    @cached_property
    def _worth(self) -> NDArray[np.float64]:
        """The square of the idf of each form by itself, 0 for function words; float64, (num_forms,)."""
        snapshot = self._vocabulary.snapshot
        known = self._form_id >= 0
        articles = np.zeros(len(known), dtype=np.int64)
        articles[known] = snapshot.counters[self._form_id[known]]
        squares = idf_of_each(articles, num_docs=snapshot.totals.num_docs) ** 2
        return np.where(self.tokens.is_function, 0.0, squares)

    def _saturated(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights as they count, the less, the more there is already; 1 stays 1."""
        saturation = self._settings.saturation
        return weight * (saturation + 1) / (saturation + weight)

    def terms(self, shares: Sequence[float], *, most: int) -> list[TellingTerm]:
        """The words that tell most, at most so many, the most telling first.

        Args:
            shares: how much each text counts; each above 0.
        """
        weight = np.asarray(shares, dtype=np.float64) @ self._weights
        telling = self._saturated(weight) * self._worth
        chosen = np.argsort(-telling, kind="stable")[: _SPARE * most]
        chosen = chosen[telling[chosen] > 0]
        inflected, family = self._meant(chosen)
        words: dict[bytes, list[int]] = {}
        for place, forms in enumerate(inflected):
            words.setdefault(forms.tobytes() or bytes(chosen[place : place + 1]), []).append(place)
        found: list[TellingTerm] = []
        for places in list(words.values())[:most]:
            printed = chosen[places]
            worth = float(self._saturated(weight[printed].sum()))
            found.append(TellingTerm(tuple(printed.tolist()), worth, inflected[places[0]], family[places[0]]))
        return found

    def shares_told_by(self, other: Telling) -> NDArray[np.float64]:
        """Of what each text tells the part that another one tells too; float64, (num_texts,), 0 <= each <= 1."""
        hashes, form = self._lemmas
        is_shared = np.zeros(len(self.tokens.forms), dtype=np.bool_)
        is_shared[form[find_in(other._lemma_hashes, hashes)[1]]] = True
        worth, whole = self._told
        shares: NDArray[np.float64] = worth @ is_shared / whole
        return shares

    @cached_property
    def _told(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each text tells by each form, and by all of them; float64, (num_texts, num_forms) and (num_texts,)."""
        worth = self._saturated(self._weights) * self._worth
        return worth, np.maximum(worth.sum(axis=1), np.finfo(np.float64).tiny)

    @cached_property
    def _lemma_hashes(self) -> NDArray[np.uint64]:
        """Hashes of the lemmas of all content words, each once, ascending."""
        return np.unique(self._lemmas[0])

    @cached_property
    def _lemmas(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Hashes of the lemmas of all content words, and the number of the form of each."""
        content = np.flatnonzero(~self.tokens.is_function)
        hashes, places = self._keys("lemma", content)
        return hashes, content[places]

    def _meant(self, chosen: NDArray[np.int64]) -> tuple[list[FormIds], list[FormIds]]:
        """Of each of some forms the live forms that are the same word, and those of its family, ascending.

        Those that are printed as names are left out, unless they are spelt alike: "melone" is not Meloni.
        """
        lexicon, counters = self._vocabulary.lexicon, self._vocabulary.snapshot.counters
        is_word = np.array([not _is_name(self.tokens.forms[at]) for at in chosen.tolist()], dtype=np.bool_)
        forms: list[FormIds] = []
        places: list[NDArray[np.int64]] = []
        for level in LEVELS:
            hashes, asking = self._keys(level, chosen)
            held, owner = lexicon.holders(level, hashes)
            place = asking[owner]
            stays = counters[held] > 0
            if level != "exact":
                stays &= is_word[place] & ((lexicon.traits(held) & TITLE) == 0)
            forms.append(held[stays])
            places.append(place[stays])
        inflected, family = (_by_place(forms[:end], places[:end], len(chosen)) for end in (2, 3))
        return inflected, family

    def _keys(self, level: str, chosen: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The keys of a level that some forms ask for: hashes, and of each the place of the form in ``chosen``."""
        ids = self._form_id[chosen]
        known = np.flatnonzero(ids >= 0)
        hashes, asking = self._vocabulary.lexicon.asked_keys(level, ids[known].astype(np.uint32))
        new = [
            (key.encode(), at)
            for at in np.flatnonzero(ids < 0).tolist()
            for key in LEVELS[level](self.tokens.forms[chosen[at]])
        ]
        hashes = np.concatenate((hashes, hash_strings([key for key, _ in new])))
        return hashes, np.concatenate((known[asking], np.array([at for _, at in new], dtype=np.int64)))


def _by_place(forms: Sequence[FormIds], places: Sequence[NDArray[np.int64]], num_places: int) -> list[FormIds]:
    """The forms of each place, ascending and each once."""
    pairs = np.concatenate(places) << 32 | np.concatenate(forms).astype(np.int64)
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    ends = np.searchsorted(pairs >> 32, np.arange(num_places + 1)).tolist()
    ordered = (pairs & 0xFFFFFFFF).astype(np.uint32)
    return [ordered[first:end] for first, end in pairwise(ends)]


def _is_name(form: str) -> bool:
    """Whether a form is printed as a name or an acronym is, inside a sentence; one with a mark says nothing."""
    return is_acronym(form) or (form[:1].isupper() and unmarked(form) == form)
