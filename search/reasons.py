"""Reasons: the names and words that a text shares with an article, as a reader would print them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import compress, count, groupby
from typing import Final, NamedTuple

import numpy as np

from index.italian import unmarked
from search.kernels import Mask
from search.telling import TellingTerm, Tokens
from search.vocabulary import Vocabulary

MOST_REASONS: Final = 6

_LEAST_WORTH: Final = 0.2
"""A word that is worth less than this of the best one that is shared is no reason beside it."""

_WORD: Final = re.compile(r"\w+")


_OF: Final = (" di ", " del ", " dello ", " della ", " dei ", " degli ", " delle ", " dell'", " dell’", " d'", " d’")
"""What stands inside the name of an office: Agenzia delle Entrate, Banca d'Italia."""


class _Word(NamedTuple):
    """A telling word where it stands in the text.

    Attributes:
        row: among the terms.
        text: how it is shown.
        behind: what stands between it and the word of the same name before.
    """

    row: int
    text: str
    behind: str = " "


class Reasons:
    """What one text may share."""

    def __init__(
        self, text: str, tokens: Tokens, terms: Sequence[TellingTerm], worth: Sequence[float], vocabulary: Vocabulary
    ) -> None:
        """Take the words that may be shared.

        Args:
            text, tokens: the one text, and what stands in it.
            terms: its telling words.
            worth: of each of them; > 0.
        """
        self._text = text
        self._tokens = tokens
        self._row_of = {form: row for row, term in enumerate(terms) for form in term.printed}
        self._worth = worth
        self._vocabulary = vocabulary
        self._known: dict[str, frozenset[str]] = {}  # the words of what was shown

    def of(self, is_shared: Mask) -> tuple[str, ...]:
        """The shared names and words, those worth most first, the words of a name together.

        Args:
            is_shared: which of the terms; bool, (num_terms,).
        """
        shared: list[bool] = is_shared.tolist()
        named: dict[tuple[int, ...], str] = {}
        named |= {(row,): self._alone[row] for row in compress(count(), shared) if row in self._alone}
        for run in self._names:
            for is_common, group in groupby(run, key=lambda word: shared[word.row]):
                words = list(group)
                if is_common and any(map(str.isalpha, words[0].text)):
                    shown = words[0].text + "".join(word.behind + word.text for word in words[1:])
                    named.setdefault(tuple(word.row for word in words), shown)
        worth = {rows: sum(self._worth[row] for row in {*rows}) for rows in named}
        least = _LEAST_WORTH * max(worth.values(), default=0.0)
        good = sorted((rows for rows in named if worth[rows] >= least), key=lambda rows: -worth[rows])
        words_of = {rows: self._words_of(named[rows]) for rows in good}
        several = [words for words in words_of.values() if len(words) > 1]  # which alone can have others within
        told = [rows for rows in good if not any(words_of[rows] < words for words in several)]
        reasons = {words_of[rows]: named[rows] for rows in reversed(told)}  # the better one of two with the same words
        return tuple(reversed(reasons.values()))[:MOST_REASONS]

    def _words_of(self, text: str) -> frozenset[str]:
        if text not in self._known:
            self._known[text] = frozenset(_WORD.findall(text.casefold()))
        return self._known[text]

    @cached_property
    def _alone(self) -> dict[int, str]:
        """Each word that stands somewhere by itself, by its row; a number by itself says little."""
        alone = (run[0] for run in self._runs if len(run) == 1 and any(map(str.isalpha, run[0].text)))
        return {word.row: word.text for word in alone}

    @cached_property
    def _names(self) -> list[tuple[_Word, ...]]:
        """The names of several words."""
        return [run for run in self._runs if len(run) > 1]

    @cached_property
    def _runs(self) -> list[tuple[_Word, ...]]:
        """The telling words in the order of the text, each once: names side by side together, others by themselves."""
        shown = self._shown
        runs: list[list[_Word]] = []
        last, behind = "", -1  # the name that stands just before, as printed, and the position behind it
        for form, position in zip(self._tokens.form.tolist(), self._tokens.position.tolist(), strict=True):
            if (row := self._row_of.get(form)) is None:
                continue
            printed = unmarked(self._tokens.forms[form])
            is_name = not shown[form][0].islower()
            between = self._between(last, printed, position - behind) if is_name and last else None
            if between is None:
                runs.append([_Word(row, shown[form])])
            else:
                runs[-1].append(_Word(row, shown[form], between))
            last, behind = (printed, position + 1) if is_name else ("", -1)
        return [*dict.fromkeys(map(tuple, runs))]

    def _between(self, one: str, two: str, places: int) -> str | None:
        """What stands between two names that are one; None where they are two.

        Args:
            places: positions between them.
        """
        if places == 0:
            return " " if f"{one} {two}" in self._text else None
        if places > 1 or self._is_proper(one):
            return None
        return next((between for between in _OF if f"{one}{between}{two}" in self._text), None)

    def _is_proper(self, name: str) -> bool:
        """Whether a name is no capitalised common noun, as "Agenzia" is; then what follows it is another name."""
        (small,) = self._vocabulary.lexicon.find([name.lower()]).tolist()
        return small < 0 or not self._vocabulary.snapshot.counters[small]

    @cached_property
    def _shown(self) -> dict[int, str]:
        """The telling forms as they are printed inside a sentence, by their number.

        Of a capital that says nothing the archive tells what it is.
        """
        forms = {number: self._tokens.forms[number] for number in self._row_of}
        shown = {number: unmarked(form) for number, form in forms.items()}
        doubtful = [number for number, form in forms.items() if shown[number] != form]
        spelt = [(text, text.lower(), text.capitalize()) for text in map(shown.__getitem__, doubtful)]
        ids = self._vocabulary.lexicon.find([text for each in spelt for text in each])
        articles = np.where(ids >= 0, self._vocabulary.snapshot.counters[ids], 0).reshape(-1, 3)
        best = articles.argmax(axis=1).tolist()
        return shown | {number: each[at] for number, each, at in zip(doubtful, spelt, best, strict=True)}
