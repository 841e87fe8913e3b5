"""Snippets: the best one or two sentences of the lead or the body, and where the words that matched stand in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from index.article import Article
from index.italian import Chunk, tokenize_chunk
from search.page import Snippet

MOST_CHARS = 260
"""A snippet is at most this long, the marks of a cut not counted."""

SHORT_CHARS = 110
"""A best sentence shorter than this takes the next one with it."""

_LEAD_BONUS = 0.05
"""Between equals, the lead tells more than a sentence of the body: a part of the best possible sentence."""

_CHUNK = re.compile(r"\S+")
_SENTENCE_BORDER = re.compile(r"(?<=[.!?…])[\"»”’)]*\s+(?=[\"«“(]?[A-ZÀ-Ý0-9])|\n+")
_ELLIPSIS = "…"

_tokens_of = lru_cache(maxsize=1 << 16)(tokenize_chunk)


@dataclass(frozen=True, slots=True)
class Highlighter:
    """Finds the words that matched, whatever their form.

    Attributes:
        weights: matched form as printed -> (number of its word in the question, weight of that word).
    """

    weights: Mapping[str, tuple[int, float]]

    def find(self, text: str) -> list[tuple[int, int, int, float]]:
        """(start, end, word, weight) of each match, ascending and disjoint; never an elided article before it."""
        if not self.weights:
            return []
        known = _MatchesOfChunk(self.weights)
        found: list[tuple[int, int, int, float]] = []
        for chunk in _CHUNK.finditer(text):
            for start, end, word, weight in known[chunk.group()]:
                found.append((chunk.start() + start, chunk.start() + end, word, weight))
        return found


class _MatchesOfChunk(dict[str, tuple[tuple[int, int, int, float], ...]]):
    """Chunk -> its matches; each distinct chunk is looked at once a question."""

    def __init__(self, weights: Mapping[str, tuple[int, float]]) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, text: str) -> tuple[tuple[int, int, int, float], ...]:
        chunk: Chunk = _tokens_of(text)
        matched = [(token.start, token.end, *self._weights[token.form]) for token in chunk.tokens if token.form in self._weights]
        disjoint: list[tuple[int, int, int, float]] = []
        for start, end, word, weight in sorted(matched, key=lambda match: (match[0], -match[1])):
            if not disjoint or start >= disjoint[-1][1]:
                disjoint.append((start, end, word, weight))
        self[text] = tuple(disjoint)
        return self[text]


def highlight(text: str, highlighter: Highlighter) -> Snippet:
    """A whole text, such as a title, with its matches."""
    return Snippet(text=text, highlights=tuple((start, end) for start, end, *_ in highlighter.find(text)))


def best_snippet(article: Article, highlighter: Highlighter) -> Snippet:
    """The best excerpt of the lead or the body.

    The sentence whose distinct matched words weigh most, the earlier of two equals; where nothing matched, the opening.
    """
    best: tuple[float, str, int, int] | None = None
    matches: dict[str, list[tuple[int, int, int, float]]] = {}
    possible = sum({word: weight for word, weight in highlighter.weights.values()}.values()) or 1.0
    for text, bonus in ((article.lead, _LEAD_BONUS), (article.body, 0.0)):
        if not text:
            continue
        matches[text] = highlighter.find(text)
        borders = _sentences(text)
        told: dict[int, dict[int, float]] = {}
        for start, _, word, weight in matches[text]:
            told.setdefault(bisect_right(borders, start) - 1, {})[word] = weight
        for sentence, words in (told or {0: {}}).items():
            score = sum(words.values()) / possible + (bonus if words else 0.0)
            if best is None or score > best[0]:
                best = (score, text, sentence, len(borders))
    if best is None:
        return Snippet(text="")
    _, text, sentence, _ = best
    return _excerpt(text, sentence, matches[text])


def _sentences(text: str) -> list[int]:
    """Where the sentences of a text begin, ascending from 0."""
    return [0, *(border.end() for border in _SENTENCE_BORDER.finditer(text) if border.end() < len(text))]


def _excerpt(text: str, sentence: int, matches: Iterable[tuple[int, int, int, float]]) -> Snippet:
    borders = [*_sentences(text), len(text)]
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
    shown = text[start:end].replace("\n", " ")
    return Snippet(
        text=before + shown + (_ELLIPSIS if cut_after else ""),
        highlights=tuple((first + shift, last + shift) for first, last in inside),
    )


def _window(text: str, start: int, end: int, matches: list[tuple[int, int]]) -> tuple[int, int, bool, bool]:
    """A stretch of a long sentence, whole words only, that holds as many of its matches as fit."""
    first = start
    if matches:
        def held(opening: tuple[int, int]) -> int:
            return sum(1 for begin, finish in matches if opening[0] <= begin and finish <= opening[0] + MOST_CHARS * 3 // 4)

        opening = max(matches, key=held)
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
