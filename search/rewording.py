"""Rewording: a question with some of its words replaced, and all else as it was typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from search import typed


class Change(NamedTuple):
    """Another text for a stretch of the cleaned question, half-open.

    Attributes:
        cost: of believing that it was meant; the smaller, the likelier.
        is_needed: a word that the archive does not have goes.
    """

    cost: float
    start: int
    end: int
    text: str
    is_needed: bool


def with_changes(question: str, cleaned: str, changes: Sequence[Change]) -> str:
    """The question with some words replaced, and all else as it was typed.

    Where a word cannot be told from others after the cleaning, the cleaned text stands in for the typed one.

    Args:
        question: as typed.
        cleaned: what ``typed.clean`` made of it.
        changes: of stretches that do not overlap.
    """
    # A lone surrogate has no place in an address.
    encodable = question[: typed.MAX_CHARS].encode("utf-8", "ignore").decode()
    text = unicodedata.normalize("NFC", encodable).strip()
    moved: list[tuple[int, Change]] = []
    for change in changes:
        word = cleaned[change.start : change.end]
        before, after = ([at for at in range(len(one)) if one.startswith(word, at)] for one in (cleaned, text))
        if len(before) != len(after):
            text, moved = cleaned, [(one.start, one) for one in changes]
            break
        moved.append((after[before.index(change.start)], change))
    for start, change in sorted(moved, reverse=True):
        text = text[:start] + change.text + text[start + change.end - change.start :]
    return text


def cased(word: str, like: str) -> str:
    """A printed word with the capitals of what was typed: all, the first, or none."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    lowered = word.lower()
    return lowered[:1].upper() + lowered[1:] if like[:1].isupper() else lowered
