"""Accents of Italian, on the last vowel: as a sign, as an apostrophe (citta'), the wrong way (perchè), or left out."""

from __future__ import annotations

from index.italian.folding import MARK, strip_accents
from index.italian.words import TRUNCATIONS

_ACCENTED = {"a": "à", "e": "èé", "i": "ì", "o": "ò", "u": "ù"}
_OTHER_WAY = {"á": "à", "è": "é", "é": "è", "í": "ì", "ó": "ò", "ú": "ù"}
_GRAVE = {"à": "à", "á": "à", "è": "è", "é": "è", "ì": "ì", "í": "ì", "ò": "ò", "ó": "ò", "ù": "ù", "ú": "ù"}
_TO_GRAVE = str.maketrans(_GRAVE)

ACCENTED_VOWELS = frozenset(_GRAVE).union(map(str.upper, _GRAVE))
"""Vowels with an accent of Italian, either way."""


def with_grave_accents(word: str) -> str:
    """A lower-case word with each accent the one way, as accents are compared: perchè for perché and perche'."""
    text = word.translate(_TO_GRAVE)
    last = text[-2:-1] if text.endswith("'") else ""
    return text[:-2] + _ACCENTED[last][0] if last in _ACCENTED else text


def accented(word: str) -> tuple[str, ...]:
    """Other spellings of a lower-case word by the accent of its last vowel, the likeliest first.

    "citta'" and "citta" give città, "perchè" gives perché.
    """
    bare = word.removesuffix("'")
    if not bare:
        return ()
    last = bare[-1]
    if last in _OTHER_WAY:
        return (bare[:-1] + _OTHER_WAY[last],)
    return tuple(bare[:-1] + vowel for vowel in _ACCENTED.get(last, ()))


def keep_final_accent(word: str) -> str:
    """The folded word, but for the accent of its last vowel, which is always grave: papà is another word than papa."""
    return strip_accents(word[:-1]) + _GRAVE[word[-1]] if word[-1:] in _GRAVE else strip_accents(word)


def has_final_accent(form: str) -> bool:
    """Whether a form is printed with an accent on its last letter, as a sign or as an apostrophe (città, citta')."""
    bare = form.removesuffix(MARK).lower()
    if bare.endswith("'"):
        return bare[-2:-1] in _ACCENTED and bare not in TRUNCATIONS
    return bare[-1:] in _GRAVE
