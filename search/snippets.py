"""Snippets: the best one or two sentences of the lead or the body, and where the words that matched stand in them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from index.article import Article
from index.frequencies import FIELD_NAMES
from index.italian import Chunk, tokenize_chunk
from index.italian.sentences import sentence_at
from search.kernels import Kernels
from search.kernels.types import MOST_PIECES, Pieces, pieces
from search.page import Snippet

MOST_CHARS = 260
"""A snippet is at most this long, the marks of a cut not counted."""

SHORT_CHARS = 110
"""A best sentence shorter than this takes the next one with it."""

_LEAD_BONUS = 0.05
"""Between equals, the lead tells more than a sentence of the body: a part of the best possible sentence."""

_HEADING_LOSS = 0.1
"""What a line of the body that ends like no sentence loses: a heading, a row of tags or of links tells less."""

_SENTENCE_ENDS: Final = (".", "!", "?", "…", ":", ";", "»", "”", '"', "’", "'", ")")
_ELLIPSIS = "…"
_CHUNK = re.compile(r"\S+")
_OPENING_EDGES: Final = '«“"(['  # no full stop: .NET begins with one
_CLOSING_EDGES: Final = '.,;:!?…»”")]'

_SHORTEST_PIECE: Final = 2
_JOINTS: Final = re.compile("['-]")  # other apostrophes and hyphens may be printed

MOST_FORMS_REMEMBERED: Final = 60
"""What is found out of more, as of those of ``pre*``, is not remembered: a thousand such sets would fill the memory."""

Match = tuple[int, int, int, float]
"""Start and end of a matched word, the number of that word in the question, and its weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is highlighted in an article: a word, or words where they stand together.

    Attributes:
        slots: of each word the forms that matched, as the tokenizer gives them.
        marked: which of the words are highlighted, numbers of slots; the others only have to stand there.
        distance: 1 for words one behind the other; n for words at most n positions from the first, in any order, each
            at a place of its own.
        field: the one field that it is looked for in ("title", "lead", "body", "tags"), or None for all.
        weight: what each of the words is worth to a sentence; > 0.
    """

    slots: tuple[frozenset[str], ...]
    marked: tuple[int, ...] = (0,)
    distance: int = 1
    field: str | None = None
    weight: float = 1.0


@lru_cache(maxsize=1 << 16)
def _chunk_of(text: str) -> Chunk:
    return tokenize_chunk(text)


class Highlighter:
    """Finds the words that matched, whatever their form; one serves all texts of a page."""

    def __init__(self, sought: Sequence[Sought], kernels: Kernels) -> None:
        self.possible = sum(one.weight * len(one.marked) for one in sought) or 1.0
        numbered: list[tuple[Sought, int]] = []  # with the number of its first word
        for one in sought:
            numbered.append((one, numbered[-1][1] + len(numbered[-1][0].slots) if numbered else 0))
        anywhere = _Finder(numbered, kernels)
        self._finders = {
            name: anywhere
            if all(one.field is None for one in sought)
            else _Finder([(one, number) for one, number in numbered if one.field in (None, name)], kernels)
            for name in FIELD_NAMES
        }

    def look_through(self, articles: Sequence[Article]) -> None:
        """Look at once through titles, leads and bodies that matches will be asked for.

        It is sooner done than through one after the other.
        """
        texts: dict[_Finder, list[str]] = {}
        for name in ("title", "lead", "body"):
            texts.setdefault(self._finders[name], []).extend(getattr(article, name) for article in articles)
        for finder, some in texts.items():
            finder.look_through(some)

    def find(self, text: str, field: str) -> list[Match]:
        """The matches in the text of a field, ascending and disjoint; never an elided article before a word."""
        return self._finders[field].find(text)


class _Finder:
    """Finds in one field what is sought there."""

    def __init__(self, numbered: Sequence[tuple[Sought, int]], kernels: Kernels) -> None:
        """``numbered``: what is sought, with the number of its first word in the question."""
        words: dict[str, tuple[int, float]] = {}
        for one, number in numbered:
            if len(one.slots) == 1:
                for form in one.slots[0]:
                    words.setdefault(form, (number, one.weight))
        self._sequences = [(one, number) for one, number in numbered if len(one.slots) > 1]
        self._known = _FoundInChunk(words, [one.slots[0] for one, _ in self._sequences])
        self._pieces = _pieces_of(frozenset(words).union(*(one.slots[0] for one, _ in self._sequences)))
        self._looked_at: dict[str, Sequence[Sequence[int]]] = {}
        self._is_idle = not numbered
        self._kernels = kernels

    def find(self, text: str) -> list[Match]:
        if self._is_idle or not text:
            return []
        known = self._known
        found: list[Match] = []
        near: set[int] = set()
        for at, end in self._chunks(text):
            known_here = known[text[at:end]]
            if known_here is None:
                continue
            matches, beginnings = known_here
            found += [(at + start, at + end, word, weight) for start, end, word, weight in matches]
            for sequence, position in beginnings:
                one, number = self._sequences[sequence]
                if one.distance == 1:
                    found += _in_a_row(text, at, position, one, number)
                else:
                    near.add(sequence)
        if not self._sequences:
            return found
        tokens = list(_tokens_of(text)) if near else []
        return _disjoint([*found, *(match for sequence in near for match in _near(tokens, *self._sequences[sequence]))])

    def look_through(self, texts: Sequence[str]) -> None:
        if self._pieces is not None and not self._is_idle:
            for text, chunks in zip(texts, self._kernels.chunks_with(texts, self._pieces), strict=True):
                self._looked_at[text] = _all_chunks(text) if chunks is None else chunks

    def _chunks(self, text: str) -> Sequence[Sequence[int]]:
        """Where the chunks of a text stand that may have something, ascending."""
        if self._pieces is None:
            return _all_chunks(text)
        if text not in self._looked_at:
            self.look_through([text])
        return self._looked_at[text]


def _all_chunks(text: str) -> list[tuple[int, int]]:
    return [chunk.span() for chunk in _CHUNK.finditer(text)]


def _pieces(forms: frozenset[str]) -> Pieces | None:
    """Pieces of which each form has one, as it stands in a text.

    None where there would be too many: then every chunk is looked at, which takes ten times as long.
    """
    chosen: list[tuple[str, bool, bool]] = []
    beginnings: tuple[str, ...] = ()  # of those chosen, where more letters may follow
    middles: list[str] = []  # and where any letters may stand around
    for form in sorted(forms, key=len):
        if form.startswith(beginnings) or any(piece in form for piece in middles):
            continue
        first, *others = _JOINTS.split(form)
        piece = max((first, *others), key=len) if len(first) < _SHORTEST_PIECE else first
        if len(chosen) == MOST_PIECES:
            return None
        is_word = piece[0].isalnum()
        is_short = len(piece) < _SHORTEST_PIECE and is_word  # half of all words begin with one of a few letters
        begins = is_word and (is_short or piece == first)
        chosen.append((piece, begins, is_short))
        if begins and not is_short:
            beginnings += (piece,)
        elif not is_short:
            middles.append(piece)
    return pieces(chosen)


_remembered_pieces = lru_cache(maxsize=1_024)(_pieces)


def _pieces_of(forms: frozenset[str]) -> Pieces | None:
    return (_remembered_pieces if len(forms) <= MOST_FORMS_REMEMBERED else _pieces)(forms)


_FoundHere = tuple[Sequence[Match], Sequence[tuple[int, int]]]
"""The matches of single words in a chunk; and where sequences may begin: which one, the position of its first word."""


class _FoundInChunk(dict[str, _FoundHere | None]):
    """Chunk -> what it has, None for nothing; each distinct chunk is looked at once a question."""

    def __init__(self, words: Mapping[str, tuple[int, float]], first_words: Sequence[frozenset[str]]) -> None:
        super().__init__()
        self._words = words
        self._first_words = first_words
        forms = frozenset(words).union(*first_words)
        self._forms = forms | {form.removesuffix("'") for form in forms}  # "dell…" is printed for dell'

    def __missing__(self, text: str) -> _FoundHere | None:
        bare = text.lstrip(_OPENING_EDGES).rstrip(_CLOSING_EDGES)
        if bare.isalpha() and bare.isascii() and bare not in self._forms:
            self[text] = None  # a plain word is its own token: nearly all chunks end here
            return None
        words, tokens = self._words, _chunk_of(text).tokens
        matches = _disjoint([(token.start, token.end, *words[token.form]) for token in tokens if token.form in words])
        beginnings = [
            (sequence, token.position)
            for sequence, forms in enumerate(self._first_words)
            for token in tokens
            if token.form in forms
        ]
        self[text] = found = (matches, beginnings) if matches or beginnings else None
        return found


def _disjoint(matches: list[Match]) -> list[Match]:
    """Matches without those that overlap an earlier one, or a longer or weightier one that begins where they do."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (match[0], -match[1], -match[3])):
        if not kept or match[0] >= kept[-1][1]:
            kept.append(match)
    return kept


def _in_a_row(text: str, at: int, first: int, sought: Sought, number: int) -> list[Match]:
    """The words of a sequence that begins in the chunk at an offset of a text; [] when one of them does not follow.

    Args:
        first: the position of its first word in the chunk.
        number: of its first word in the question.
    """
    slots = sought.slots
    spans: dict[int, tuple[int, int]] = {}
    passed = -first  # words of the sequence, or negative ones before it, in the chunks before
    for piece in _CHUNK.finditer(text, at):
        chunk = _chunk_of(piece[0])
        for token in chunk.tokens:
            slot = passed + token.position
            if 0 <= slot < len(slots) and token.form in slots[slot]:
                spans.setdefault(slot, (piece.start() + token.start, piece.start() + token.end))
        passed += chunk.width
        if len(spans) < min(passed, len(slots)):
            return []
        if passed >= len(slots):
            break
    if len(spans) < len(slots):
        return []
    return [(*spans[slot], number + slot, sought.weight) for slot in sought.marked]


def _tokens_of(text: str) -> Iterator[tuple[str, int, int, int]]:
    """(form, position, start, end) of the tokens of a text."""
    passed = 0
    for piece in _CHUNK.finditer(text):
        chunk, at = _chunk_of(piece[0]), piece.start()
        for token in chunk.tokens:
            yield token.form, passed + token.position, at + token.start, at + token.end
        passed += chunk.width


def _near(tokens: Sequence[tuple[str, int, int, int]], sought: Sought, number: int) -> set[Match]:
    """The words that stand near the first one of ``sought``, wherever all of them do.

    Args:
        tokens: of the text, see ``_tokens_of``.
        number: of the first word in the question.
    """
    places = [sorted(place for form, *place in tokens if form in forms) for forms in sought.slots]
    found: set[Match] = set()
    for here in places[0]:
        low, high = here[0] - sought.distance, here[0] + sought.distance
        within = [some[bisect_left(some, [low]) : bisect_left(some, [high + 1])] for some in places]
        standing = [[here], *([place for place in some if place[0] != here[0]] for some in within[1:])]
        num_places = len({position for some in standing for position, *_ in some})
        if all(standing) and num_places >= len(standing):  # no two words at one place
            for slot in sought.marked:
                found |= {(start, end, number + slot, sought.weight) for _, start, end in standing[slot]}
    return found


def highlight(text: str, highlighter: Highlighter, field: str = "title") -> Snippet:
    """The whole text of a field, such as the title, with its matches."""
    return Snippet(text=text, highlights=tuple((start, end) for start, end, *_ in highlighter.find(text, field)))


def best_snippet(article: Article, highlighter: Highlighter) -> Snippet:
    """The best excerpt of the lead or the body.

    The sentence whose distinct matched words weigh most, the earlier of two equals, a heading only when it has clearly
    more; where nothing matched, the opening.
    """
    best: tuple[float, str, int, int, list[Match]] | None = None
    for text, bonus, loss in ((article.lead, _LEAD_BONUS, 0.0), (article.body, 0.0, _HEADING_LOSS)):
        if not text or (best is not None and best[0] >= 1):  # the body cannot have more
            continue
        matches = highlighter.find(text, "lead" if bonus else "body")
        if not matches and best is not None:
            continue
        most = sum({word: weight for *_, word, weight in matches}.values()) / highlighter.possible + bonus
        for start, end, words in _sentences(text, matches):
            score = sum(words.values()) / highlighter.possible
            if words:
                score += bonus
                if loss and not text[start:end].rstrip().endswith(_SENTENCE_ENDS):
                    score -= loss
            if best is None or score > best[0]:
                best = (score, text, start, end, matches)
            if score >= most:
                break  # no later one of this field has more
    return Snippet(text="") if best is None else _excerpt(*best[1:])


def _sentences(text: str, matches: Iterable[Match]) -> Iterator[tuple[int, int, dict[int, float]]]:
    """The sentences with matches: where each begins and ends, and its words with their weights; else the first."""
    start = end = 0
    words: dict[int, float] = {}
    for at, _, word, weight in matches:
        if at >= end:
            if words:
                yield start, end, words
            start, end, words = *sentence_at(text, at, end), {}
        words[word] = weight
    if not words:
        start, end = sentence_at(text, 0)
    yield start, end, words


def _excerpt(text: str, start: int, end: int, matches: Iterable[Match]) -> Snippet:
    """A sentence, with the next one if it is short, cut to size."""
    if end - start < SHORT_CHARS and end < len(text):
        _, following = sentence_at(text, end, end)
        if following - start <= MOST_CHARS:
            end = following
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

        def held(at: int, reach: int) -> int:
            return sum(at <= begin and close <= at + reach for begin, close in matches)

        opening = max(matches, key=lambda match: held(match[0], MOST_CHARS * 3 // 4))[0]
        # The beginning of the sentence reads best, where it holds as many.
        is_worth_a_cut = held(opening, MOST_CHARS * 3 // 4) > held(start, MOST_CHARS * 7 // 8)
        if is_worth_a_cut and opening - start > MOST_CHARS // 4:
            first = _word_start(text, max(start, min(opening - MOST_CHARS // 4, end - MOST_CHARS)), start)
    last = min(end, first + MOST_CHARS)
    if last < end:
        blank = text.rfind(" ", first + MOST_CHARS // 2, last)
        last = blank if blank > 0 else last
    return first, last, first > start, last < end


def _word_start(text: str, at: int, lowest: int) -> int:
    blank = text.find(" ", at, at + MOST_CHARS // 4)
    return blank + 1 if blank >= 0 else max(at, lowest)
