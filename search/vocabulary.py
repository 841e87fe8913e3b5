"""The vocabulary: the words of one snapshot as a question sees them.

That is the lexicon, what the archive itself teaches (which capitalised words are names, which bare words lack an
accent), and the lists that its editors keep. All of it is decided when a word is asked for, from the counters of the
snapshot and the lists of the moment, so that no change of them touches a posting.

The lexicon keeps forms that only removed articles printed, until a rebuild. They may stand in a set of forms, where
they find nothing (a merged column is known by the whole set of a key), but nothing may be decided by their being there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.columns import without
from index.italian import exact_keys
from index.lexicon import ACCENTED, OWN_LEMMA, SMALL, TITLE, FormIds, Lexicon
from index.snapshot import Snapshot
from search.lists import Lists
from search.postings import PostingsCache

if TYPE_CHECKING:
    from search.terms import Term

ACCENT_RATIO: Final = 20
"""A bare word stands for the accented one when that is in this many times more articles (research: citta, città)."""

COMMON_NOUN_RATIO: Final = 10
"""A capitalised word that is its own lemma is a name when its family is in this many times fewer articles in small
letters: Grillo is one, Governo and Ministero are not."""


ACRONYM_DOCS: Final = 2
ACRONYM_SHARE: Final = 0.02
"""A function word is an acronym too where as many articles print it in capitals, and this part of those that print it
small, accents aside: by accident, as in "IL PUNTO", fewer do."""


MAX_REMEMBERED: Final = 20_000
"""Of each kind; when there are more, all are forgotten."""

_NOTHING: FormIds = np.zeros(0, dtype=np.uint32)

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """What was found out already: of a word asked again, or more loosely, it is not found out again."""

    def recall(self, key: K, find_out: Callable[[], V]) -> V:
        """What is remembered of a key; found out, and remembered, the first time."""
        if (known := self.get(key)) is None:
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            known = self[key] = find_out()
        return known


class Vocabulary:
    """What is known of the words of one snapshot; threads may share it.

    Attributes:
        opened: words of questions that were opened (``search.terms``).
        shown: what is highlighted for sets of forms (``search.matching``).
        compounds: pairs of words, and whether the archive prints them as one (``search.alternatives``).
        seams: words as typed, and the two words of which the archive makes each one (``search.alternatives``).
        postings: what was read for questions already.
    """

    def __init__(self, snapshot: Snapshot, lists: Lists) -> None:
        self.snapshot = snapshot
        self.lists = lists
        self.opened: Memo[str, Term] = Memo()
        self.shown: Memo[tuple[bytes, bool], frozenset[str]] = Memo()
        self.compounds: Memo[tuple[str, str], bool] = Memo()
        self.seams: Memo[str, tuple[str, ...]] = Memo()
        self.postings = PostingsCache(snapshot)
        self._is_name: Memo[int, bool] = Memo()
        self._traits = snapshot.derived(_traits_of_forms)

    @property
    def lexicon(self) -> Lexicon:
        """The forms of the snapshot and their keys."""
        return self.snapshot.lexicon

    def num_articles(self, forms: FormIds) -> int:
        """In how many articles each of some forms stands, added up."""
        return int(self.snapshot.counters[forms].sum(dtype=np.int64))

    def live(self, forms: FormIds) -> FormIds:
        """Those of some forms that an article prints which was not removed."""
        chosen: FormIds = forms[self.snapshot.counters[forms] > 0]
        return chosen

    def is_printed(self, forms: FormIds) -> bool:
        """Whether an article prints one of some forms."""
        return bool(self.snapshot.counters[forms].any())

    def with_trait(self, forms: FormIds, trait: int) -> FormIds:
        """Those live ones of some forms that have a trait (``index.lexicon``)."""
        live = self.live(forms)
        chosen: FormIds = live[(self._traits[live] & trait) != 0]
        return chosen

    def without_trait(self, forms: FormIds, trait: int) -> FormIds:
        """Those live ones of some forms that lack a trait."""
        live = self.live(forms)
        chosen: FormIds = live[(self._traits[live] & trait) == 0]
        return chosen

    def is_name(self, form_id: int) -> bool:
        """Whether a form is a name: on the list, or in more articles with its capital than without.

        A capital that opens a sentence or stands among capitals counts for nothing. A word that is its own lemma
        (Grillo, but Governo too) must hardly ever be printed small, in any inflection.
        """
        return self._is_name.recall(form_id, lambda: self._judge(form_id))

    def _judge(self, form_id: int) -> bool:
        form = self.lexicon.form(form_id)
        if form in self.lists.names:
            return True
        traits = int(self._traits[form_id])
        if not traits & TITLE or form in self.lists.common_words:
            return False
        spelt = self.lexicon.with_keys_of("exact", form_id)
        capital = self.num_articles(self.with_trait(spelt, TITLE))
        if capital <= self.num_articles(self.with_trait(spelt, SMALL)):
            return False
        if traits & OWN_LEMMA:
            family = self.lexicon.with_keys_of("lemma", form_id)
            return capital > COMMON_NOUN_RATIO * self.num_articles(self.with_trait(family, SMALL))
        return True

    def without_names(self, forms: FormIds, spelt: FormIds) -> FormIds:
        """Forms that share a key with a word, without the names that are spelt otherwise: "melone" is not Meloni.

        Args:
            spelt: the forms that are spelt like the word.
        """
        capitalised = without(self.with_trait(forms, TITLE), spelt)
        names = [form for form in capitalised.tolist() if self.is_name(form)]
        return without(forms, np.array(names, dtype=np.uint32))

    def acronym_of(self, word: str, *, is_sure: bool = False) -> FormIds:
        """The form of a function word in capitals where that is an acronym in this archive (ai, AI); none elsewhere.

        Args:
            is_sure: whether it can be nothing else where it stands: then one article will do.
        """
        capitals = word.upper()
        (printed,) = self.lexicon.find([capitals])
        if printed < 0 or exact_keys(capitals) != (capitals,):
            return _NOTHING
        small = self.with_trait(self.lexicon.with_key("exact", exact_keys(capitals.lower())), SMALL)
        least = 1 if is_sure else max(ACRONYM_DOCS, ACRONYM_SHARE * self.num_articles(small))
        return np.array([printed], dtype=np.uint32) if self.snapshot.counters[printed] >= least else _NOTHING

    def accented(self, spelt: FormIds) -> int | None:
        """The accented form that a word typed without its accent stands for, or None.

        Args:
            spelt: the forms that are spelt like it, accents aside.
        """
        accented = self.with_trait(spelt, ACCENTED)
        bare = self.without_trait(spelt, ACCENTED)
        if len(accented) == 0 or len(bare) == 0:
            return None
        if self.num_articles(accented) < ACCENT_RATIO * self.num_articles(bare):
            return None
        most = self.snapshot.counters[accented]
        commonest: list[int] = accented[most == most.max()].tolist()
        return min(commonest, key=self.lexicon.form)  # ids follow the order in which articles came: they settle no tie


def _traits_of_forms(snapshot: Snapshot) -> NDArray[np.uint8]:
    """The traits of all forms, by id: uint8, (num_forms,)."""
    parts = snapshot.lexicon.parts
    if len(parts) == 1:
        traits: NDArray[np.uint8] = parts[0]["form_traits"]
        return traits
    return np.concatenate([np.zeros(0, dtype=np.uint8), *(part["form_traits"] for part in parts)])
