"""Level L: the dictionary lemma, else the rule of Italian plurals; acronyms and compounds keep to themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from index.italian.folding import exact_keys, is_acronym, is_stop_word, strip_accents, unmarked
from index.italian.words import LEMMAS, TRUNCATIONS

_PLAIN_WORD = re.compile(r"[^\W\d_]+'?")
_ACCENTED = {"a": "à", "e": "èé", "i": "ì", "o": "ò", "u": "ù"}
_LONGEST_CHAIN = 6
"""Steps of the dictionary from form to lemma of lemma; chains end after two or three, a loop must not hang."""


@cache
def _dictionary() -> Mapping[str, str]:
    """simplemma's Italian dictionary, form -> lemma; loading it takes about half a second and 60 MB."""
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    return DefaultDictionaryFactory().get_dictionary("it")


def lemma_keys(form: str) -> tuple[str, ...]:
    """The keys of level L, usually one: folded lemma of a word, else the same as level X."""
    text = unmarked(form)
    if is_stop_word(form) or is_acronym(form) or not _PLAIN_WORD.fullmatch(text):
        return exact_keys(form)
    lemma = strip_accents(lemmatize(text.lower()))
    ambiguous = exact_keys(form)
    return (lemma,) if len(ambiguous) == 1 else (lemma, *ambiguous[1:])


@lru_cache(maxsize=1 << 16)
def _known(word: str) -> str | None:
    lemma = LEMMAS.get(word)
    if lemma is None and (found := _dictionary().get(word)) is not None:
        lemma = found.lower()
    return lemma


def lemmatize(word: str) -> str:
    """The lemma of a lower-case word, accents kept: the dictionary followed to its end, else the plural rule.

    A final apostrophe for an accent is read as the accent that makes a known word (citta' -> città).
    """
    if word.endswith("'"):
        if word in TRUNCATIONS:
            return word
        word = _with_accent(word[:-1])
    current, seen = word, {word}
    for _ in range(_LONGEST_CHAIN):
        following = _known(current)
        if following is None or following == current:
            break
        if following in seen:  # a loop (posta -> posto -> posta): its first word in order stands for all
            current = min(seen)
            break
        seen.add(following)
        current = following
        if current in LEMMAS:
            current = LEMMAS[current]
            break
    if current == word and _known(word) is None:
        return singular_stem(word)
    return current


def _with_accent(bare: str) -> str:
    """A word typed without its final accent, with it where that makes a word."""
    if not bare or bare[-1] not in _ACCENTED:
        return bare
    options = [bare[:-1] + vowel for vowel in _ACCENTED[bare[-1]]]
    return next((word for word in options if _known(word) is not None), options[0] if _known(bare) is None else bare)


def singular_stem(word: str) -> str:
    """What singular and plural of an unknown word share: the last vowel off, and the h that only guards a sound.

    Accented endings are invariable (città), and words under four letters are too short to cut.
    """
    if len(word) < 4 or word[-1] not in "aeio":
        return word
    if word.endswith(("che", "chi", "ghe", "ghi")):
        return word[:-2]
    if word.endswith(("cie", "gie", "cia", "gia", "io", "ii")):
        return word[:-2]
    return word[:-1]
