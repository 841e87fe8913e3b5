"""The editors' desk: what the archive has to say of a draft before it is printed.

Which articles tell it already, and which of its sentences; what to link as background, and from which words; under
which section and tags such news has been filed. Everything is taken from the draft and the archive of the moment, and
nothing of the draft is kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import find_in
from index.italian import is_stop_word
from index.italian.sentences import sentence_starts
from index.italian.words import ELISIONS
from index.sections import join_steps
from index.sketches import shingles, unpack
from search.page import RelatedHit
from search.ranking import RelatedSettings
from search.relations import text_of
from search.telling import Reader, Telling, Tokens
from search.terms import open_form
from search.vocabulary import Vocabulary

LEAST_TOLD: Final = 0.5
"""An article that tells this much of what the draft tells has told it already."""

LEAST_TOLD_BACK: Final = 0.3
"""And the draft tells this much of what the article tells first: a long article has something of everything."""

LEAST_COPIED: Final = 0.3
"""Or this part of the draft is copied from the article, word for word, from wherever in it."""

MOST_COPIED: Final = 2
"""A row of words that more of the related articles have is none of the story: what is told of an author, or a site."""

_ARTICLE_WORDS: Final = 4_000
"""Of an article that may tell the draft so much is read, positions."""

LEAST_SENTENCE_TOLD: Final = 0.7
"""A sentence of the draft is told by an article that has this much of it."""

_LONGEST_ANCHOR: Final = 6
_SHORTEST_PHRASE: Final = 2
_WORD: Final = re.compile(r"\w+")
_BREAK: Final = re.compile(r"[.,!?;:]\s|[()\n]")
"""Between two words: they do not belong together."""

_JOINED: Final = re.compile(r"[.,'’&/-]\w")
_JOINED_BEFORE: Final = re.compile(r"\w[.,&/-]\Z")
"""Behind and before words that are part of a longer one, or of a number: Cyber 4.0, anti-phishing."""

ANCHOR_SHARE: Final = 0.04
"""A word that more of the articles have says too little to carry a link alone."""

_LEAST_SENTENCE_WORDS: Final = 5
_SENTENCE_WORDS: Final = 100
_MOST_SENTENCES: Final = 200
_SENTENCES_CHARS: Final = 20_000
"""Sentences that are looked at, those of a long article; and how far into the draft."""

LEAST_SUPPORT: Final = 2
"""A section or a tag is proposed when so many of the related articles have it."""

MOST_PROPOSED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlready:
    """An article that tells the draft already.

    Attributes:
        shared: the part that it tells of what the draft tells (``search.telling``); LEAST_TOLD to 1, or LEAST_COPIED
            where that was copied from it.
        sentences: the sentences of the draft that it tells, in the order of the draft.
    """

    article: Article
    shared: float
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSuggestion:
    """Words of the draft that could carry a link, and where to.

    Attributes:
        anchor: the words, as they stand in the draft.
        start, end: where, half-open, in characters of the draft as it was given (``DraftReport.text``).
    """

    article: Article
    anchor: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A section or a tag, and what speaks for it.

    Attributes:
        value: a section is its path, "A / B".
        support: of the related articles, how many have it.
    """

    value: str
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReport:
    """What the archive has to say of a draft.

    Attributes:
        text: the draft as it was read (``index.plain_text``).
        told: the articles that tell it already, those that share most first.
        background: the related articles that do not, best first.
        links: at most one an article, in the order of the draft; they do not overlap.
        sections, tags: those of related articles, of the most first.
    """

    text: str
    told: tuple[ToldAlready, ...]
    background: tuple[RelatedHit, ...]
    links: tuple[LinkSuggestion, ...]
    sections: tuple[Proposal, ...]
    tags: tuple[Proposal, ...]


class Desk:
    """Looks at drafts beside one snapshot."""

    def __init__(self, vocabulary: Vocabulary, reader: Reader, settings: RelatedSettings) -> None:
        self._vocabulary = vocabulary
        self._reader = reader
        self._settings = settings

    def report(self, text: str, hits: Sequence[RelatedHit], *, size: int) -> DraftReport:
        """What to say of a draft.

        Args:
            text: the draft.
            hits: what is related to it or shares most, articles that tell nothing else among them; best first.
            size: articles that are shown as background at most.
        """
        draft = self._reader.read([text], most=self._settings.read_words)
        whole = Telling(draft, self._vocabulary, self._settings)
        texts = [text_of(hit.article) for hit in hits]
        told_back = self._telling(texts, self._settings.nearest_words).shares_told_by(whole)
        copied = _shares_copied(draft, self._reader.read(texts, most=_ARTICLE_WORDS))
        # How much of the draft each must tell: of what is copied from it, that is enough.
        least = np.where(
            copied >= LEAST_COPIED, LEAST_COPIED, np.where(told_back >= LEAST_TOLD_BACK, LEAST_TOLD, np.inf)
        )
        told = self._told(text, whole, zip((hit.article for hit in hits), least.tolist(), strict=True))
        told_ids = {one.article.article_id for one in told}
        background = tuple(
            hit
            for hit, share in zip(hits, told_back.tolist(), strict=True)
            if share >= self._settings.least_share and hit.article.article_id not in told_ids
        )[:size]
        near = [*(one.article for one in told), *(hit.article for hit in background)]
        return DraftReport(
            text=text,
            told=told,
            background=background,
            links=tuple(_links(text, background, self._tells)),
            sections=_proposed(near, lambda article: (join_steps(article.section),)),
            tags=_proposed(near, lambda article: article.tags),
        )

    def _told(self, text: str, whole: Telling, articles: Iterable[tuple[Article, float]]) -> tuple[ToldAlready, ...]:
        """Which of some articles tell enough of the draft, those that share most first.

        Args:
            articles: each with the part of the draft that it must tell; infinite for one that cannot have told it.
        """
        sentences = _sentences(text)
        apart: Telling | None = None
        found: list[ToldAlready] = []
        for article, least in articles:
            if least > 1:
                continue
            other = self._telling([text_of(article)], _ARTICLE_WORDS)
            shared = float(whole.shares_told_by(other)[0])
            if shared >= least:
                apart = apart or self._telling(sentences, _SENTENCE_WORDS)
                are_told = apart.shares_told_by(other) >= LEAST_SENTENCE_TOLD
                told = tuple(sentences[at] for at in are_told.nonzero()[0].tolist())
                found.append(ToldAlready(article=article, shared=shared, sentences=told))
        return tuple(sorted(found, key=lambda one: -one.shared))

    def _tells(self, word: str) -> bool:
        """Whether a word says by itself what a link leads to: a name, and a rare one."""
        if not word[0].isupper():
            return False
        forms = open_form(word, self._vocabulary).exact
        return self._vocabulary.num_articles(forms) <= ANCHOR_SHARE * self._vocabulary.snapshot.totals.num_docs

    def _telling(self, texts: Sequence[str], most: int) -> Telling:
        return Telling(self._reader.read(texts, most=most), self._vocabulary, self._settings)


def _shares_copied(draft: Tokens, articles: Tokens) -> NDArray[np.float64]:
    """The part of the draft that was copied out of each of some articles, from wherever in them.

    Counted are the shingles of the draft that not several of the articles have: what they all print says who wrote it.

    Returns:
        float64, (articles.num_texts,); 0 to 1 each.
    """
    (_, ours), (text, theirs) = (
        unpack(shingles(tokens.text.astype(np.int64), tokens.hashes[tokens.form].astype(np.uint32)))
        for tokens in (draft, articles)
    )
    place, is_ours = find_in(ours, theirs)
    place, text = place[is_ours], text[is_ours]
    is_counted = np.bincount(place, minlength=len(ours)) <= MOST_COPIED
    num_copied = np.bincount(text[is_counted[place]], minlength=articles.num_texts)
    return num_copied / max(1, int(np.count_nonzero(is_counted)))


def _sentences(text: str) -> list[str]:
    """The first sentences of a text that are long enough to be told by others."""
    starts = [*islice(sentence_starts(text[:_SENTENCES_CHARS]), _MOST_SENTENCES), len(text[:_SENTENCES_CHARS])]
    sentences = (text[start:end].strip() for start, end in pairwise(starts))
    return [sentence for sentence in sentences if len(sentence.split()) >= _LEAST_SENTENCE_WORDS]


def _links(text: str, hits: Sequence[RelatedHit], tells: Callable[[str], bool]) -> Iterator[LinkSuggestion]:
    """For each article the words of the draft that say best what it is about and carry no other link.

    Args:
        tells: whether a word may carry a link alone.
    """
    places = _Places(text)
    taken: list[LinkSuggestion] = []
    for hit in hits:
        for words in _anchors(hit):
            where = places.of(words)
            if where is None or any(where[0] < other.end and other.start < where[1] for other in taken):
                continue
            start, end = where
            if len(words) == 1 and not tells(text[start:end]):
                continue
            taken.append(LinkSuggestion(article=hit.article, anchor=text[start:end], start=start, end=end))
            break
    yield from sorted(taken, key=lambda link: link.start)


class _Places:
    """Where words stand in a text, whatever their case."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = [(word[0].casefold(), word.start(), word.end()) for word in _WORD.finditer(text)]
        self._at: dict[str, list[int]] = defaultdict(list)
        for at, (word, _, _) in enumerate(self._words):
            self._at[word].append(at)

    def of(self, words: Sequence[str]) -> tuple[int, int] | None:
        """Where some words stand first in a row within a sentence, half-open; None where they do not."""
        for first in self._at.get(words[0], ()) if words else ():
            run = self._words[first : first + len(words)]
            if [word for word, _, _ in run] != [*words]:
                continue
            start, end = run[0][1], run[-1][2]
            is_broken = any(_BREAK.search(self._text[end:start]) for (_, _, end), (_, start, _) in pairwise(run))
            if (
                not is_broken
                and not _JOINED.match(self._text, end)
                and not _JOINED_BEFORE.search(self._text, max(0, start - 2), start)
            ):
                return start, end
        return None


def _anchors(hit: RelatedHit) -> Iterator[list[str]]:
    """What may lead to an article: words of its title in a row, its tags, and names of several words that it shares.

    A reader must see from the words what is behind them: a word that both merely have leads nowhere.
    """
    shared = {word for reason in hit.reasons for word in _words_of(reason)}
    title = _words_of(hit.article.title)
    for length in range(min(_LONGEST_ANCHOR, len(title)), 0, -1):
        for run in (title[at : at + length] for at in range(len(title) - length + 1)):
            ends = run[0], run[-1]
            if not (any(map(is_stop_word, ends)) or not ELISIONS.isdisjoint(ends) or shared.isdisjoint(run)):
                yield run
        if length == _SHORTEST_PHRASE:
            yield from map(_words_of, hit.article.tags)
            yield from (_words_of(reason) for reason in hit.reasons if " " in reason)


def _words_of(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _proposed(articles: Sequence[Article], values_of: Callable[[Article], Sequence[str]]) -> tuple[Proposal, ...]:
    """The values that several of some articles have, of the most first, then those of the earlier articles."""
    counts: dict[str, int] = defaultdict(int)
    for article in articles:
        for value in dict.fromkeys(filter(None, values_of(article))):
            counts[value] += 1
    found = [Proposal(value=value, support=count) for value, count in counts.items() if count >= LEAST_SUPPORT]
    return tuple(sorted(found, key=lambda one: -one.support)[:MOST_PROPOSED])
