"""The words of an archive looked up slowly: what ``search.vocabulary`` and ``search.terms`` must give, with sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.italian import MARK, exact_keys, is_acronym, is_stop_word, lemma_keys, other_lemma_keys, stem_keys, unmarked
from index.lexicon import ACCENTED, OWN_LEMMA, SMALL, TITLE, form_traits
from search.lists import Lists, ListsOfFolder
from search.vocabulary import Memo

Forms = frozenset[str]
NOTHING: Forms = frozenset()


def own_lists() -> Lists:
    """The lists that come with the program, without any of a data folder."""
    return ListsOfFolder(Path("/nowhere")).current()


class Wordbook:
    """Every form that an archive has printed, in how many articles, and the lists of its editors.

    It also passes for a ``Vocabulary`` with ``alternatives_of``, which numbers forms; here by their order.
    """

    def __init__(self, counts: Mapping[str, int], lists: Lists) -> None:
        self.counts = counts
        self.lists = lists
        self.forms = frozenset(counts)
        self._numbered = sorted(counts)
        self.lexicon: Any = self
        self.compounds: Memo[tuple[str, str], bool] = Memo()
        self.seams: Memo[str, tuple[str, ...]] = Memo()
        self.is_name = cache(self._is_name)

    def sharing(self, keys_of: Callable[[str], Iterable[str]], form: str) -> Forms:
        """Forms that are found by a key that a form asks for."""
        wanted, others = set(keys_of(form)), other_lemma_keys if keys_of is lemma_keys else lambda _: ()
        return frozenset(one for one in self.forms if not wanted.isdisjoint((*keys_of(one), *others(one))))

    def spelt(self, form: str) -> Forms:
        """Forms with the exact key of a form."""
        return self.sharing(exact_keys, form)

    def printed(self, form: str) -> Forms:
        """Forms spelt just so, where that tells something."""
        text = unmarked(form)
        tells = any(char in "àèéìíòóùúÀÈÉÌÍÒÓÙÚ" for char in text)
        tells = (not is_stop_word(form) and (is_acronym(form) or self.is_typed_name(form))) or tells
        if self._lacks_accent(form):
            return NOTHING
        return frozenset(one for one in (text, text + MARK) if tells and one in self.forms)

    def levels(self, form: str) -> tuple[Forms, Forms, Forms]:
        """What a word stands for at each level: exact, lemma, stem."""
        exact = self.spelt(form)
        if is_stop_word(form):
            return exact, NOTHING, NOTHING
        if is_acronym(form):
            small = self.having(exact, SMALL)
            is_word = any(not form_traits(one) & OWN_LEMMA for one in small)
            is_word = is_word or self.articles(small) > self.articles(exact - small)
            forms = exact - small if small and is_word and exact - small else exact
            return forms, forms, forms
        stem = self._without_names(self.sharing(stem_keys, form), exact)
        if self.is_typed_name(form):
            return exact, exact - self.having(exact, SMALL), stem
        lemma = self._without_names(self.sharing(lemma_keys, form), exact)
        if self._lacks_accent(form):
            most = max(sorted(self.having(exact, ACCENTED)), key=lambda one: self.counts[one])
            lemma |= self._without_names(self.sharing(lemma_keys, most), exact)
            stem |= self._without_names(self.sharing(stem_keys, most), exact)
        return exact, lemma, stem

    def acronym_of(self, word: str, *, is_sure: bool = False) -> Forms:
        """A function word as the acronym that the archive prints in capitals."""
        capitals = word.upper()
        small = self.articles(self.having(self.spelt(word.lower()), SMALL))
        is_one = exact_keys(capitals) == (capitals,) and self.counts.get(capitals, 0) >= (
            1 if is_sure else max(2, 0.02 * small)
        )
        return frozenset({capitals}) if is_one else NOTHING

    def is_typed_name(self, form: str) -> bool:
        """Whether a word is typed as a name is printed."""
        if is_stop_word(form) or is_acronym(form):
            return False
        text = unmarked(form)
        return any(one in self.forms and form_traits(one) & TITLE and self.is_name(one) for one in (text, text + MARK))

    def names_something(self, form: str) -> bool:
        """Whether a word is a name or an acronym, however typed."""
        if is_stop_word(form):
            return False
        is_accentless = self._lacks_accent(form) and not self.is_typed_name(form)
        named = any(map(self.is_name, self.having(self.spelt(form), TITLE))) and not is_accentless
        return is_acronym(form) or named

    def having(self, forms: Forms, trait: int) -> Forms:
        """Those of some forms that have a trait."""
        return frozenset(one for one in forms if form_traits(one) & trait)

    def articles(self, forms: Iterable[str]) -> int:
        """In how many articles some forms stand, added up."""
        return sum(self.counts[one] for one in forms)

    def _is_name(self, form: str) -> bool:
        if form in self.lists.names or form in self.lists.common_words:
            return form in self.lists.names
        capital = self.articles(self.having(self.spelt(form), TITLE))
        if capital <= self.articles(self.having(self.spelt(form), SMALL)):
            return False
        family = self.articles(self.having(self.sharing(lemma_keys, form), SMALL))
        return capital > 10 * family or not form_traits(form) & OWN_LEMMA

    def _without_names(self, forms: Forms, spelt: Forms) -> Forms:
        return forms - {one for one in self.having(forms - spelt, TITLE) if self.is_name(one)}

    def _lacks_accent(self, form: str) -> bool:
        if is_stop_word(form) or is_acronym(form) or self.is_typed_name(form) or unmarked(form)[-1] not in "aeiou":
            return False
        accented = self.having(self.spelt(form), ACCENTED)
        bare = self.spelt(form) - accented
        return bool(accented and bare) and self.articles(accented) >= 20 * max(1, self.articles(bare))

    # --- as a vocabulary ----------------------------------------------------------------------------------------

    def with_key(self, _level: str, keys: Iterable[str]) -> Any:
        """Numbers of the forms with one of some exact keys."""
        wanted = set(keys)
        return np.array([at for at, one in enumerate(self._numbered) if wanted & set(exact_keys(one))], dtype=np.int64)

    def form(self, number: int) -> str:
        """The form with a number."""
        return self._numbered[number]

    def live(self, numbers: Any) -> Any:
        """Those of some numbered forms that an article prints: all of them."""
        return numbers

    def with_trait(self, numbers: Any, trait: int) -> Any:
        """Those of some numbered forms that have a trait."""
        return np.array([at for at in numbers if form_traits(self._numbered[at]) & trait], dtype=np.int64)

    def without_trait(self, numbers: Any, trait: int) -> Any:
        """Those of some numbered forms that lack a trait."""
        return np.array([at for at in numbers if not form_traits(self._numbered[at]) & trait], dtype=np.int64)

    def num_articles(self, numbers: Any) -> int:
        """In how many articles some numbered forms stand, added up."""
        return self.articles(self._numbered[at] for at in numbers)
