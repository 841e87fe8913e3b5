"""Relations: the documents of a snapshot that share most of what a text tells.

The text is taken for its telling words (``telling``), each worth the square of its idf. What an article *shares* is the
part of their worth that BM25F finds in it: between 0 and 1 whatever the length of the text and the size of the archive,
so that one threshold tells what is related from what only sounds alike. Long articles have something of everything:
the text must tell likewise a part of what the article begins with.

The articles that share most then tell how else the story is told: their own telling words, which the text may lack,
bring forward what belongs to the story and is told in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import find_in
from index.italian import unmarked
from index.segment import UNDATED_DAY
from search.folding import Folding
from search.kernels import DocsFound, Kernels, Mask, ScoredTerm, Scores
from search.page import MOST_VERSIONS, Version, version_of
from search.postings import FormPostings, SnapshotPostings
from search.ranking import RelatedSettings, idf, left_by_age
from search.scoring import best_first, norms_of, rows_of_best
from search.snippets import Sought
from search.telling import Reader, Telling, TellingTerm, Tokens
from search.vocabulary import Vocabulary

_CONTENDERS: Final = 500
"""Articles that are weighed in full: those that share most of the very words, inflections aside."""

_SPARE: Final = 2
"""Of this many times as many articles as are asked for it is looked at whether the text tells what they tell."""

_TINY: Final = 1e-12

_COPY_TOLD: Final = 0.95
"""Two texts that tell so much of each other are copies."""

_FEW_BESIDE: Final = 10
"""Articles of a site that tell nothing yet of what all of its articles have."""

_MOST_MARKED: Final = 12
"""Words that are marked in what is shown, those worth most."""

Fetch = Callable[[Sequence[int]], list[Article] | None]
"""Gives the articles of some documents, None when the store has moved on from the snapshot."""


class StoreMovedOn(Exception):
    """The store no longer has an article of the snapshot; a newer snapshot is to be asked."""


class Articles:
    """The articles of documents, each read once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._read: dict[int, Article] = {}

    def get(self, docs: Sequence[int]) -> list[Article]:
        """The articles of some documents.

        Raises:
            StoreMovedOn: one of them is no longer kept.
        """
        missing = [doc for doc in docs if doc not in self._read]
        found = self._fetch(missing) if missing else []
        if found is None:
            raise StoreMovedOn
        self._read.update(zip(missing, found, strict=True))
        return [self._read[doc] for doc in docs]


def text_of(article: Article) -> str:
    """An article as one text, in the order in which it is read."""
    return "\n".join(part for part in (article.title, article.lead, article.body) if part)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A telling word on the snapshot.

    Attributes:
        worth, family_worth: weight * idf squared, of the word and of its family; > 0.
    """

    term: TellingTerm
    inflected: FormPostings
    family: FormPostings
    worth: float
    family_worth: float


class _Near(NamedTuple):
    """Documents, ascending, and the part of the text that each shares; (num_near,) both."""

    docs: DocsFound
    shares: Scores

    def those(self, are_kept: Mask) -> _Near:
        """Some of them."""
        return _Near(self.docs[are_kept], self.shares[are_kept])


@dataclass(frozen=True, slots=True)
class RelatedDoc:
    """A document that is related to the text.

    Attributes:
        score: finite, > 0; comparable only for one text and generation.
    """

    doc: int
    score: float
    article: Article
    versions: tuple[Version, ...]
    num_versions: int


class Relations:
    """What one snapshot has that is related to the tokens of one text."""

    def __init__(
        self,
        tokens: Tokens,
        vocabulary: Vocabulary,
        kernels: Kernels,
        settings: RelatedSettings,
        *,
        reader: Reader,
        beside: Mask | None = None,
    ) -> None:
        """Find the telling words of the text.

        Args:
            reader: reads other texts.
            beside: the documents of the text's site, None when it has none; bool, (num_docs,).
        """
        self._vocabulary = vocabulary
        self._snapshot = vocabulary.snapshot
        self._kernels = kernels
        self._settings = settings
        self._reader = reader
        self._begun: dict[tuple[int, ...], Telling] = {}
        self._told_back: dict[int, float] = {}
        self._norms = norms_of(self._snapshot, settings.ranking)
        self._telling = Telling(tokens, vocabulary, settings)
        self._beside = beside
        self._num_beside = 0 if beside is None else int(np.count_nonzero(beside))
        self._sought = self._seek(self._telling.terms((1.0,), most=settings.most_terms))

    def _seek(self, terms: Sequence[TellingTerm]) -> list[_Sought]:
        """The terms as they stand in the snapshot, those worth most first; what no article has is worth most of all.

        What all articles of the text's site have is of the site and not of the story: calls to subscribe, authors.
        """
        num_docs = self._snapshot.totals.num_docs
        get, union = self._vocabulary.postings.get, self._kernels.union
        opened = [(get(term.inflected, union), get(term.family, union)) for term in terms]
        beside = self._shares_beside([inflected.postings for inflected, _ in opened])
        found: list[_Sought] = []
        for term, share, (inflected, family) in zip(terms, beside, opened, strict=True):
            weight = term.weight * (1 - share) ** 2
            worth, family_worth = (
                weight * idf(doc_freq=one.doc_freq, num_docs=num_docs) ** 2 for one in (inflected, family)
            )
            found.append(_Sought(term, inflected, family, worth, family_worth))
        return sorted(found, key=lambda one: -one.worth)

    def _shares_beside(self, words: Sequence[SnapshotPostings]) -> list[float]:
        """The shares of the articles of the text's site that have each word; less where they are too few to tell."""
        if self._beside is None:
            return [0.0] * len(words)
        counts = self._kernels.count_in(self._beside, words, self._snapshot.first_doc)
        shares: list[float] = (counts / (self._num_beside + _FEW_BESIDE)).tolist()
        return shares

    @cached_property
    def _whole(self) -> float:
        """What an article would share that has every word without end."""
        ranking = self._settings.ranking
        return sum(ranking.lemma * one.worth + ranking.stem * one.family_worth for one in self._sought) or 1.0

    def related(
        self, among: Mask, most: int, articles: Articles, *, day: int | None, with_copies: bool = False
    ) -> list[RelatedDoc]:
        """The documents that are related most, best first.

        Args:
            among: which documents may be; bool, (num_docs,).
            day: of the text, counted from 1970-01-01; None when it has none.
            with_copies: whether documents are among them that tell what the text tells and nothing else, and those that
                share most, whether or not the text tells what they begin with.
        """
        settings, snapshot = self._settings, self._snapshot
        near, folding = self._near(among)
        if not with_copies:
            near = self._without_copies(near, articles)
        scores = self._with_words_of_nearest(near, articles) * self._fresh(near.docs, day)
        found = best_first(snapshot, near.docs, scores, _SPARE * most)
        found = [one for one in found if one[0] >= settings.least_of_best * found[0][0]]
        # What was copied out of the middle of an article says nothing of how that begins.
        copying = {doc for _, doc in self._nearest(near)} if with_copies else set()
        kept: list[tuple[float, int]] = []
        for batch in (found[:most], found[most:]):  # mostly the first are enough
            if len(kept) < most:
                shares = self._shares_told_back([doc for _, doc in batch], articles)
                kept += [
                    one
                    for one, share in zip(batch, shares, strict=True)
                    if share >= settings.least_share or one[1] in copying
                ]
        del kept[most:]
        versions = [folding.versions(doc) for _, doc in kept]
        told: list[list[int]] = [some[:MOST_VERSIONS] for some in versions]
        articles.get([doc for some in told for doc in some])  # all of them in one go
        return [
            RelatedDoc(doc, score, articles.get([doc])[0], tuple(map(version_of, articles.get(some))), len(every))
            for (score, doc), some, every in zip(kept, told, versions, strict=True)
        ]

    def _near(self, among: Mask) -> tuple[_Near, Folding]:
        """What shares enough, of each story one version, and what the others are."""
        docs = self._contenders(among)
        shares = self._scores(docs, self._sought) / self._whole
        near = _Near(docs, shares).those(shares >= self._settings.least_share)
        is_near: Mask = np.zeros(self._snapshot.num_docs, dtype=np.bool_)
        is_near[near.docs] = True
        folding = Folding(self._snapshot.stories, is_near)
        return near.those(np.isin(near.docs, folding.heads(near.docs))), folding

    def _without_copies(self, near: _Near, articles: Articles) -> _Near:
        """The same without what tells all that the text tells and nothing else."""
        while copies := self._copies([doc for _, doc in self._nearest(near)], articles):
            near = near.those(~np.isin(near.docs, copies))
        return near

    def _copies(self, docs: Sequence[int], articles: Articles) -> list[int]:
        copies: list[int] = []
        for doc, share in zip(docs, self._shares_told_back(docs, articles), strict=True):
            if share < _COPY_TOLD:
                continue  # as nearly all: only the others are read any further
            other = self._read(articles.get([doc]), most=self._settings.read_words)
            if min(*other.shares_told_by(self._telling), *self._telling.shares_told_by(other)) >= _COPY_TOLD:
                copies.append(doc)
        return copies

    def _shares_told_back(self, docs: Sequence[int], articles: Articles) -> list[float]:
        """Of what some documents tell first, the parts that the text tells too."""
        missing = [doc for doc in docs if doc not in self._told_back]
        if missing:
            told = self._beginnings(missing, articles).shares_told_by(self._telling)
            self._told_back.update(zip(missing, told.tolist(), strict=True))
        return [self._told_back[doc] for doc in docs]

    def _nearest(self, near: _Near) -> list[tuple[float, int]]:
        return best_first(self._snapshot, near.docs, near.shares, self._settings.nearest)

    def _with_words_of_nearest(self, near: _Near, articles: Articles) -> Scores:
        """The shares, and what is told there by words of the articles that share most; float64, (num_near,)."""
        nearest = self._nearest(near)
        if not nearest or not self._settings.nearest_weight:
            return near.shares
        whole = sum(share for share, _ in nearest)
        beginnings = self._beginnings([doc for _, doc in nearest], articles)
        terms = beginnings.terms([share / whole for share, _ in nearest], most=self._settings.nearest_terms)
        # A word of one article alone would bring forward nothing but that article.
        told = self._scores(near.docs, [one for one in self._seek(terms) if one.family.doc_freq > 1])
        weight = self._settings.nearest_weight * float(near.shares.max()) / max(float(told.max()), _TINY)
        return near.shares + weight * told

    def _beginnings(self, docs: Sequence[int], articles: Articles) -> Telling:
        """What some documents tell first."""
        name = tuple(docs)
        if name not in self._begun:
            self._begun[name] = self._read(articles.get(docs), most=self._settings.nearest_words)
        return self._begun[name]

    def _read(self, articles: Sequence[Article], *, most: int) -> Telling:
        tokens = self._reader.read([text_of(article) for article in articles], most=most)
        return Telling(tokens, self._vocabulary, self._settings)

    def _contenders(self, among: Mask) -> DocsFound:
        """The documents that may share enough, or the best of them by the words without their families; ascending."""
        telling: list[SnapshotPostings] = []
        whole = sum(one.worth for one in self._sought)
        left = whole
        for one in self._sought:
            if left < self._settings.least_share * whole:
                break  # who has only the words from here on shares too little
            telling.append(one.inflected.postings)
            left -= one.worth
        docs = np.flatnonzero(self._kernels.mask_of(telling, self._snapshot.first_doc) & among)
        return docs[rows_of_best(self._scores(docs, self._sought, with_family=False), _CONTENDERS)]

    def _scores(self, docs: DocsFound, sought: Sequence[_Sought], *, with_family: bool = True) -> Scores:
        """What some documents have of some words; float64, (len(docs),)."""
        ranking, snapshot = self._settings.ranking, self._snapshot
        weights = ranking.field_weights(None)
        terms: list[ScoredTerm] = []
        for one in sought:
            inflected = ranking.lemma * one.worth
            family = ranking.stem * one.family_worth if with_family else 0.0
            if one.family.live == one.inflected.live:  # as of names: read once
                terms.append(ScoredTerm(one.inflected.postings, weights, inflected + family))
                continue
            terms.append(ScoredTerm(one.inflected.postings, weights, inflected))
            if family:
                terms.append(ScoredTerm(one.family.postings, weights, family))
        return self._kernels.scores(docs, terms, self._norms, snapshot.first_doc)

    def _fresh(self, docs: DocsFound, day: int | None) -> Scores:
        """What is left of the shares of some documents by the days between them and the text; float64, (len(docs),)."""
        if day is None:
            return np.ones(len(docs), dtype=np.float64)
        days = self._snapshot.column("doc_day")[docs].astype(np.int64)
        between = np.abs(days - day)
        between[days == UNDATED_DAY] = 0
        left = left_by_age(int(between.max(initial=0)) + 1, self._settings.ranking)
        return np.where(days == UNDATED_DAY, self._settings.ranking.freshness_floor, left[between])

    def telling(self) -> tuple[list[TellingTerm], list[float]]:
        """The telling words of the text, and what each is worth."""
        return [one.term for one in self._sought], [one.worth for one in self._sought]

    def are_shared(self, docs: NDArray[np.int64]) -> Mask:
        """Which telling words stand in which of some documents, in any inflection; bool, (num_terms, num_docs)."""
        is_shared = np.zeros((len(self._sought), len(docs)), dtype=np.bool_)
        segments = np.searchsorted(self._snapshot.first_doc, docs, side="right") - 1
        here = (docs - self._snapshot.first_doc[segments]).astype(np.uint16)
        for segment in set(segments.tolist()):
            inside = np.flatnonzero(segments == segment)
            wanted = here[inside]
            for row, one in enumerate(self._sought):
                is_shared[row, inside] = find_in(one.inflected.postings.by_segment[segment].doc, wanted)[1]
        return is_shared

    def sought(self, rows: Mask) -> list[Sought]:
        """What is marked in an article: of some telling words those that are worth most.

        Args:
            rows: which words; bool, (num_terms,).
        """
        lexicon = self._vocabulary.lexicon
        return [
            Sought(
                slots=(frozenset(unmarked(lexicon.form(at)) for at in one.term.inflected.tolist()),), weight=one.worth
            )
            for one in [self._sought[row] for row in np.flatnonzero(rows)[:_MOST_MARKED].tolist()]
        ]
