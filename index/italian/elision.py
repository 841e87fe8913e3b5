"""Elisions without their apostrophe: "lunione" and "dellunione", as people type in a hurry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from index.italian.folding import fold, is_stop_word
from index.italian.words import ELIDED_PREPOSITIONS, ELISIONS

_ELIDED: Final = frozenset(head for head in ELISIONS if len(head) > 1 or head in "ld")
"""What may have lost its apostrophe inside a word; m', t', s' are too rare."""

_LONGEST: Final = max(map(len, _ELIDED))
_SHORTEST_REST: Final = 2
"""An acronym; words are longer."""

_NEVER_BEHIND: Final = frozenset(
    {"a", "ad", "ai", "al", "agli", "alla", "alle", "allo", "e", "ed", "i", "il", "o", "od"}
)
_BEFORE_ELISION: Final = frozenset("aeiouh")
_BEFORE_VERB: Final = frozenset({"c", "com", "cos", "dov", "quand", "quell", "quest"})
_NEVER_ALONE: Final = ELIDED_PREPOSITIONS | {"d", "l", "quell", "quest"}
_WITH_ARTICLE: Final = frozenset({"ai", "coi", "dai", "dei", "nei", "sui"})
_ARTICLE_ENDS: Final = ("l", "llo", "lla", "i", "gli", "lle")
_BEFORE_NO_NOUN: Final = frozenset(
    {"e", "ed", "o", "od", "che", "di", "a", "da", "in", "con", "su", "per", "tra", "fra"}
    | {"il", "lo", "la", "i", "gli", "le", "un", "uno", "una"}
    | {preposition + end for preposition in ("a", "da", "de", "ne", "su") for end in _ARTICLE_ENDS}
)
_VERB: Final = dict(zip("eèéEÈÉ", "èèèÈÈÈ", strict=True))


def elided_before(word: str) -> bool:
    """Whether an article before a word is elided: before a vowel, or an h, which is mute."""
    return fold(word)[:1] in _BEFORE_ELISION


def may_follow(word: str) -> bool:
    """Whether a word can stand behind an elided one: no preposition, article or "e" can, so that "dell'ai" is AI."""
    return word.lower() not in _NEVER_BEHIND


def can_elide(head: str, word: str) -> bool:
    """Whether a word can stand elided before another: before a vowel, and before "e" only if that may be the verb."""
    return elided_before(word) and (word.lower() != "e" or head.lower() in _BEFORE_VERB)


def elided(head: str, word: str) -> str:
    """An elided word and the one behind its apostrophe, where "e" can be nothing but the verb: cos'è, dov'è."""
    return f"{head}'{_VERB.get(word, word)}"


def never_alone(word: str) -> bool:
    """Whether a word is no Italian one but elided, before a vowel: all, quest, d."""
    return word.lower() in _NEVER_ALONE


def needs_noun(word: str) -> bool:
    """Whether a word is a preposition with a plural article, so that a noun must follow: ai, dei."""
    return word.lower() in _WITH_ARTICLE


def bars_noun(word: str) -> bool:
    """Whether a word cannot stand between such a preposition and its noun, as "tutti" can: ai e, ai per."""
    return word.lower() in _BEFORE_NO_NOUN


def is_verb_elided(head: str, word: str) -> bool:
    """Whether an elided word stands before the verb "è", which may lack its accent: cos è, dov e."""
    return head.lower() in _BEFORE_VERB and word in _VERB


def unjoined_verb(word: str) -> str | None:
    """The question that a word was when its apostrophe was left out (cosè: cos'è); no other word ends so."""
    head, end = word[:-1], word[-1:]
    return elided(head, end) if head.lower() in _BEFORE_VERB and end.lower() in "èé" else None


def unjoined(word: str) -> Iterator[tuple[str, str]]:
    """The elided word and the other one that a word may be when its apostrophe was left out: (dell, unione).

    The other one may be one that only an acronym can be (``may_be_acronym_alone``): (dell, ai).
    """
    for cut in range(1, min(_LONGEST, len(word) - _SHORTEST_REST) + 1):
        head, rest = word[:cut], word[cut:]
        is_word = len(rest) > _SHORTEST_REST and not is_stop_word(rest)
        if head.lower() in _ELIDED and elided_before(rest) and (is_word or may_be_acronym_alone(rest)):
            yield head, rest


def may_be_acronym_alone(word: str) -> bool:
    """Whether a word behind an elided one can only be an acronym: what cannot follow, or two letters (dell'UE)."""
    return len(word) == _SHORTEST_REST or not may_follow(word)
