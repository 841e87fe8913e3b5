"""Elisions without their apostrophe: "lunione" and "dellunione", as people type in a hurry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from index.italian.folding import fold, is_stop_word
from index.italian.words import ELISIONS

_ELIDED: Final = frozenset(head for head in ELISIONS if len(head) > 1 or head in "ld")
"""What may have lost its apostrophe inside a word; m', t', s' are too rare."""

_LONGEST: Final = max(map(len, _ELIDED))
_SHORTEST_REST: Final = 3
_BEFORE_ELISION: Final = frozenset("aeiouh")


def elided_before(word: str) -> bool:
    """Whether an article before a word is elided: before a vowel, or an h, which is mute."""
    return fold(word)[:1] in _BEFORE_ELISION


def elided(head: str, word: str) -> str:
    """An elided word and the one behind its apostrophe, where "e" can be nothing but the verb: cos'è, dov'è."""
    verb = {"e": "è", "E": "È"}
    return f"{head}'{verb.get(word, word)}"


def unjoined(word: str) -> Iterator[tuple[str, str]]:
    """The elided word and the other one that a word may be when its apostrophe was left out: (dell, unione)."""
    for cut in range(1, min(_LONGEST, len(word) - _SHORTEST_REST) + 1):
        head, rest = word[:cut], word[cut:]
        if head.lower() in _ELIDED and elided_before(rest) and not is_stop_word(rest):
            yield head, rest
