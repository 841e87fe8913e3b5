"""Snippets: the best one or two sentences of the lead or the body, and where the words that matched stand in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache

from index.article import Article
from index.italian import Token, tokenize_chunk
from search.page import Snippet

MOST_CHARS = 260
"""A snippet is at most this long, the marks of a cut not counted."""

SHORT_CHARS = 110
"""A best sentence shorter than this takes the next one with it."""

_LEAD_BONUS = 0.05
"""Between equals, the lead tells more than a sentence of the body: a part of the best possible sentence."""

_SENTENCE_BORDER = re.compile(r"[.!?…][\"»”’)]*\s+(?=[\"«“(]?[A-ZÀ-Ý0-9])|\n+")
_ELLIPSIS = "…"


@lru_cache(maxsize=1 << 16)
def _tokens_of(chunk: str) -> tuple[Token, ...]:
    return tokenize_chunk(chunk).tokens


_EDGES = '.,;:!?…«»“”"()[]'


Match = tuple[int, int, int, float]
"""Start and end of a matched word, the number of that word in the question, and its weight."""


class Highlighter:
    """Finds the words that matched, whatever their form; one serves all texts of a page."""

    def __init__(self, weights: Mapping[str, tuple[int, float]]) -> None:
        """``weights``: matched form as printed -> (number of its word in the question, weight of that word)."""
        self.possible = sum(dict(weights.values()).values()) or 1.0
        self._known = _MatchesOfChunk(weights)
        self._is_idle = not weights

    def find(self, text: str) -> list[Match]:
        """The matches in a text, ascending and disjoint; never an elided article before a word."""
        if self._is_idle:
            return []
        known = self._known
        matching = [re.escape(chunk) for chunk in set(text.split()) if known[chunk]]
        if not matching:
            return []
        found: list[Match] = []
        for chunk in re.finditer(rf"(?:{'|'.join(matching)})(?!\S)", text):
            at = chunk.start()
            if at == 0 or text[at - 1].isspace():
                found += [(at + start, at + end, word, weight) for start, end, word, weight in known[chunk.group()]]
        return found


class _MatchesOfChunk(dict[str, tuple[Match, ...]]):
    """Chunk -> its matches; each distinct chunk is looked at once a question."""

    def __init__(self, weights: Mapping[str, tuple[int, float]]) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, text: str) -> tuple[Match, ...]:
        weights = self._weights
        bare = text.strip(_EDGES)
        if bare.isalpha():  # a plain word is its own token: nearly all chunks end here
            matches: tuple[Match, ...] = ()
            if (known := weights.get(bare)) is not None:
                start = text.index(bare)
                matches = ((start, start + len(bare), *known),)
            self[text] = matches
            return matches
        disjoint: list[Match] = []
        matched = [
            (token.start, token.end, *weights[token.form]) for token in _tokens_of(text) if token.form in weights
        ]
        for match in sorted(matched, key=lambda match: (match[0], -match[1])):
            if not disjoint or match[0] >= disjoint[-1][1]:
                disjoint.append(match)
        self[text] = matches = tuple(disjoint)
        return matches


def highlight(text: str, highlighter: Highlighter) -> Snippet:
    """A whole text, such as a title, with its matches."""
    return Snippet(text=text, highlights=tuple((start, end) for start, end, *_ in highlighter.find(text)))


def best_snippet(article: Article, highlighter: Highlighter) -> Snippet:
    """The best excerpt of the lead or the body.

    The sentence whose distinct matched words weigh most, the earlier of two equals; where nothing matched, the opening.
    """
    best: tuple[float, str, int, list[int], list[Match]] | None = None
    for text, bonus in ((article.lead, _LEAD_BONUS), (article.body, 0.0)):
        if not text:
            continue
        matches = highlighter.find(text)
        starts = [0, *(border.end() for border in _SENTENCE_BORDER.finditer(text) if border.end() < len(text))]
        told: dict[int, dict[int, float]] = {}
        for start, _, word, weight in matches:
            told.setdefault(bisect_right(starts, start) - 1, {})[word] = weight
        for sentence, words in (told or {0: {}}).items():
            score = sum(words.values()) / highlighter.possible + (bonus if words else 0.0)
            if best is None or score > best[0]:
                best = (score, text, sentence, starts, matches)
    if best is None:
        return Snippet(text="")
    _, text, sentence, starts, matches = best
    return _excerpt(text, [*starts, len(text)], sentence, matches)


def _excerpt(text: str, borders: list[int], sentence: int, matches: Iterable[Match]) -> Snippet:
    """A sentence, with the next one if it is short, cut to size."""
    start, end = borders[sentence], borders[sentence + 1]
    if end - start < SHORT_CHARS and sentence + 2 < len(borders) and borders[sentence + 2] - start <= MOST_CHARS:
        end = borders[sentence + 2]
    inside = [(first, last) for first, last, *_ in matches if start <= first and last <= end]
    cut_before = cut_after = False
    if end - start > MOST_CHARS:
        start, end, cut_before, cut_after = _window(text, start, end, inside)
        inside = [(first, last) for first, last in inside if start <= first and last <= end]
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    before = _ELLIPSIS if cut_before else ""
    shift = len(before) - start
    return Snippet(
        text=before + text[start:end].replace("\n", " ") + (_ELLIPSIS if cut_after else ""),
        highlights=tuple((first + shift, last + shift) for first, last in inside),
    )


def _window(text: str, start: int, end: int, matches: list[tuple[int, int]]) -> tuple[int, int, bool, bool]:
    """A stretch of a long sentence, whole words only, that holds as many of its matches as fit."""
    first = start
    if matches:
        reach = MOST_CHARS * 3 // 4
        opening = max(
            matches, key=lambda first: sum(first[0] <= begin and end <= first[0] + reach for begin, end in matches)
        )
        if opening[0] - start > MOST_CHARS // 4:
            first = _word_start(text, opening[0] - MOST_CHARS // 4, start)
    last = min(end, first + MOST_CHARS)
    if last < end:
        blank = text.rfind(" ", first + MOST_CHARS // 2, last)
        last = blank if blank > 0 else last
    return first, last, first > start, last < end


def _word_start(text: str, at: int, lowest: int) -> int:
    blank = text.find(" ", at, at + MOST_CHARS // 4)
    return blank + 1 if blank >= 0 else max(at, lowest)
