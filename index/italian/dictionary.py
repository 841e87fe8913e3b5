"""The dictionary of Italian that the rules of inflection ask: simplemma's, form -> lemma.

It is large and good, and wrong in places: it takes nouns for verbs that look like them (drago, "I dredge"). So nobody
follows it blindly: ``lemma`` weighs what it says by the rules in ``nouns`` and ``verbs``, and our own lists go first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

_KEPT = 1 << 17


@cache
def _dictionary() -> Mapping[str, str]:
    """simplemma's Italian dictionary; loading it takes about half a second and 60 MB."""
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    return DefaultDictionaryFactory().get_dictionary("it")


@lru_cache(maxsize=_KEPT)
def known_lemma(word: str) -> str | None:
    """The lemma that the dictionary gives to a lower-case word, in lower case; None for a word that it lacks."""
    lemma = _dictionary().get(word)
    return None if lemma is None else lemma.lower()


def is_known(word: str) -> bool:
    """Whether the dictionary has a lower-case word."""
    return known_lemma(word) is not None
