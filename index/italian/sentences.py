"""Sentences: where one ends and the next begins.

A full stop ends a sentence when a capital or a figure follows, but not behind an abbreviation (art. 5, dott. Bianchi),
an initial (G. Verdi), dotted letters (S.p.A.) or the number of a list item (3. Aggiornare). So does a line break, but
for one before a small letter: texts from newsletters and mails have breaks within sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.italian.words import ABBREVIATIONS

# The runs of blanks that are looked at are bounded: each line break of a long run looks for itself.
_BORDER = re.compile(
    r"[.!?…\n](?:(?<=\n)\n{0,20}+(?!\s{0,20}+[a-zà-ÿ])|(?<!\n)[\"»”’)]*\s+(?=[\"«“‘(]?[A-ZÀ-Ý0-9]))"
)  # one class of characters in front: so it runs through a text four times as fast as two alternatives do
_LETTER = re.compile(r"\w")
_ITEM_CHARS = 10
"""The longest number of a list item, with its full stop."""
_REACH_CHARS = 300
"""How far back the beginning of a sentence is looked for at first, where none is known as near."""
_LAST_WORD = re.compile(r"(?<!\w)([^\W_]+)\.\Z")
_DOTTED_LETTERS = re.compile(r"(?<!\w)[^\W\d_]\.[^\W\d_]\.\Z")
_LONGEST_CHARS = max(map(len, ABBREVIATIONS)) + 4
"""What of a text is looked at: the longest abbreviation, its full stop, and what stands before it."""


def ends_in_abbreviation(text: str) -> bool:
    """True when the full stop at the end of a text, or of a chunk, belongs to an abbreviation and ends no sentence."""
    if not text.endswith("."):
        return False
    end = text[-_LONGEST_CHARS:]
    if (last := _LAST_WORD.search(end)) is None:
        return False
    word = last[1]
    if word.isupper():
        return len(word) == 1
    return word.lower() in ABBREVIATIONS or _DOTTED_LETTERS.search(end) is not None


def sentence_starts(text: str) -> list[int]:
    """Where the sentences of a text begin, ascending, the first at 0."""
    return [0, *_starts_behind(text, 0)]


def sentence_at(text: str, at: int, known: int = 0) -> tuple[int, int]:
    """Where the sentence around a word begins, and where the next one does: what ``sentence_starts`` tells.

    Mostly only the few hundred characters around the word are looked at.

    Args:
        at: where a word begins, or another character that is no white space.
        known: where a sentence begins, not behind the word.
    """
    start = known if at - known <= _REACH_CHARS else _sure_start(text, at)
    for end in _starts_behind(text, start):
        if end > at:
            return start, end
        start = end
    return start, len(text)


def _starts_behind(text: str, start: int) -> Iterator[int]:
    """Where the sentences behind one that begins at ``start`` begin."""
    for border in _BORDER.finditer(text, start):
        stop, end = border.start() + 1, border.end()
        is_item = text[stop - 1] == "." and stop - start <= _ITEM_CHARS and text[start : stop - 1].isdigit()
        if end < len(text) and not is_item and not _goes_on(text, border):
            yield end
            start = end


def _goes_on(text: str, border: re.Match[str]) -> bool:
    """Whether the full stop of a border belongs to an abbreviation."""
    stop = border.start() + 1
    # A longer word than any abbreviation, as most sentences end in, needs no closer look.
    may_go_on = text[stop - 1] == "." and text[stop].isspace() and not text[stop - _LONGEST_CHARS : stop - 1].isalpha()
    return may_go_on and "\n" not in border[0] and ends_in_abbreviation(text[max(0, stop - _LONGEST_CHARS) : stop])


def _sure_start(text: str, at: int) -> int:
    """The last beginning of a sentence at or before a word that does not hang on what stands further before it.

    A text is looked at backwards, each time four times as far: in one without full stops, or with nothing but full
    stops, that is still no more than a few times its length.
    """
    reach = _REACH_CHARS
    while True:
        first = _first_letter(text, max(0, at - reach))
        for border in reversed([*_BORDER.finditer(text, first, at + 2)]):
            is_item = text[border.start() - 1].isdigit()
            if first < border.start() and border.end() <= at and not is_item and not _goes_on(text, border):
                return border.end()
        if first == 0:
            return 0
        reach *= 4


def _first_letter(text: str, first: int) -> int:
    """The first place from one on where borders are found as they are from the beginning of the text."""
    if first == 0:
        return 0
    found = _LETTER.search(text, first)
    return len(text) if found is None else found.start()
