"""Sentences: where one ends and the next begins.

A full stop ends a sentence when a capital or a figure follows, but not behind an abbreviation (art. 5, dott. Bianchi),
an initial (G. Verdi), dotted letters (S.p.A.) or the number of a list item (3. Aggiornare). So does a line break, but
for one before a small letter: texts from newsletters and mails have breaks within sentences.
"""

from __future__ import annotations

import re

from index.italian.words import ABBREVIATIONS

_BORDER = re.compile(r"[.!?…][\"»”’)]*\s+(?=[\"«“‘(]?[A-ZÀ-Ý0-9])|\n+(?!\s*[a-zà-ÿ])")
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
    starts = [0]
    for border in _BORDER.finditer(text):
        stop, end = border.start() + 1, border.end()
        # A longer word than any abbreviation, as most sentences end in, needs no closer look.
        may_go_on = (
            text[stop - 1] == "." and text[stop].isspace() and not text[stop - _LONGEST_CHARS : stop - 1].isalpha()
        )
        goes_on = (
            may_go_on and "\n" not in border[0] and ends_in_abbreviation(text[max(0, stop - _LONGEST_CHARS) : stop])
        )
        is_item = text[stop - 1] == "." and text[starts[-1] : stop - 1].isdigit()
        if end < len(text) and not goes_on and not is_item:
            starts.append(end)
    return starts
