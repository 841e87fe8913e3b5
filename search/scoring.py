"""Scoring: the parts of a question summed over the documents found, and the best of them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.columns import ranges
from index.segment import UNDATED, UNDATED_DAY
from index.snapshot import Snapshot
from search.deadline import Deadline
from search.kernels import DocsFound, Fading, Kernels, Norm, Norms, ScoredTerm, Scores
from search.kernels.types import norms_from
from search.leaves import Pair, Part
from search.postings import field_lengths, num_passed
from search.ranking import RankingSettings, left_by_age, norm_of
from search.side_by_side import side_by_side, steps_of

T = TypeVar("T")
R = TypeVar("R")

_TRIED: Final = 200
"""Documents that are scored first, to find out what the best have at least."""

_MANY: Final = 4_000
"""Of fewer documents all are scored at once."""

_LONG: Final = 200_000
"""Postings that take so long that other processors are asked to help."""

_LONG_PAIRS: Final = 16
"""And so do so many pairs, times segments."""

_FOR_ROUNDING: Final = 1 + 1e-9

_TIMELESS: Final = Fading(int(np.iinfo(np.int32).min), np.ones(1))
"""No document is older than that."""

_NO_DOCS: DocsFound = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Candidates:
    """The best documents of a question, and how they were scored.

    Attributes:
        parts: what is summed; none for a question without words. Those of the pairs come to it with ``take``.
        pairs: neighbouring words of the question.
        today: day that freshness is reckoned from, counted from 1970-01-01; None when it does not apply.
        sort: "relevance", "newest" or "oldest".
        deadline: when to give up.
    """

    snapshot: Snapshot
    parts: tuple[Part, ...]
    pairs: tuple[Pair, ...]
    settings: RankingSettings
    kernels: Kernels
    today: int | None
    sort: str
    deadline: Deadline
    _docs: DocsFound = field(default_factory=_NO_DOCS.copy)
    _scores: Scores = field(default_factory=lambda: np.zeros(0, dtype=np.float64))

    def take(self, docs: DocsFound, most: int) -> None:
        """Take in the documents found; only those that may be among the first ``most`` of their order are kept.

        In a segment documents stand newest first, those of one moment by article id: of each segment the first ``most``
        are kept, and of equal ones those that stand first.
        """
        is_ranked = self.sort == "relevance" and self.parts
        if is_ranked:
            docs = self._hopeful(docs, most)
        first = np.searchsorted(docs, self.snapshot.first_doc)  # where those of each segment begin
        if is_ranked:
            scores = self._scored(docs, first, most)
            rows = self.kernels.best(scores, first, most)
            self._docs, self._scores = docs[rows], scores[rows]
            return
        if self.sort == "oldest":
            rows = np.sort(self.kernels.best(self._moments(docs), first, most))
        else:
            rows = ranges(first[:-1], np.minimum(np.diff(first), most))
        self._docs = docs[rows]
        self._scores = self._sums(self._docs, self.parts)
        if self.pairs:
            self._scores += self._pair_sums(self._docs)
        self._scores *= self.fresh(self._docs)

    def _moments(self, docs: DocsFound) -> NDArray[np.float64]:
        """Sort keys of some documents by date, descending, undated ones last; float64, (len(docs),)."""
        published = self.snapshot.column("doc_published")[docs]
        moments = published.astype(np.float64) * (-1 if self.sort == "oldest" else 1)
        moments[published == UNDATED] = -np.inf
        return moments

    def _hopeful(self, docs: DocsFound, most: int) -> DocsFound:
        """Of many documents those that may be among the first ``most``, ascending; of fewer all of them.

        What a document may have at most is found in a fraction of the time of its score. Some of those that may have
        most are scored, and only who may have as much as the ``most``-th best of them is gone on with: of common words
        mostly the documents with the words in their titles.
        """
        if len(docs) < max(_MANY, most * len(self.snapshot.first_doc)):
            return docs
        kernels, terms, day = self.kernels, self._terms(self.parts), self.snapshot.column("doc_day")
        steps = steps_of(docs, self.snapshot.first_doc)
        tries = max(most, -(-_TRIED // len(steps)))

        def bounded(some: DocsFound) -> tuple[Scores, DocsFound]:
            bounds = kernels.bounds(some, terms, self.snapshot.first_doc)
            return bounds, some[np.sort(kernels.best(bounds, np.array([0, len(some)]), tries))]

        is_long = sum(term.postings.num_postings for term in terms) >= _LONG
        found = self._side_by_side(bounded, steps, is_long=is_long)
        tried = np.concatenate([some for _, some in found])
        least = np.partition(self._sums(tried, self.parts) * self.fresh(tried), -most)[-most]

        possible, fading = self._possible_of_pairs, self._fading

        def reaching(step: tuple[DocsFound, Scores]) -> DocsFound:
            some, bounds = step
            if possible:
                bounds += possible
            return kernels.reaching(some, bounds, day, fading, least / _FOR_ROUNDING)

        each = [(some, bounds) for some, (bounds, _) in zip(steps, found, strict=True)]
        return np.concatenate(self._side_by_side(reaching, each, is_long=is_long))

    @property
    def _possible_of_pairs(self) -> float:
        """What neighbouring words add to a score at most, before freshness.

        A part's bm25f is less than 1, and its title's less than the weight apart.
        """
        return sum(pair.weight * pair.idf for pair in self.pairs) * (1 + self.settings.title_apart)

    def _scored(self, docs: DocsFound, first: NDArray[np.int64], most: int) -> Scores:
        """The scores of some documents, exact for all that may be among the best; float64, (len(docs),)."""
        sums, fresh = self._sums(docs, self.parts), self.fresh(docs)
        if self.pairs:
            rows = self._contenders(sums * fresh, first, fresh, most)
            sums[rows] += self._pair_sums(docs[rows])
        return sums * fresh

    def _contenders(self, scores: Scores, first: NDArray[np.int64], fresh: Scores, most: int) -> NDArray[np.int64]:
        """Where those stand that may be among the first ``most`` once neighbouring words have added what they can.

        Where two words stand beside each other takes as long to find out as all the rest, and decides between few.
        """
        if len(scores) <= most:
            return np.arange(len(scores))
        tops = scores[self.kernels.best(scores, first, most)]
        least = np.partition(tops, -most)[-most]
        return np.flatnonzero(scores + self._possible_of_pairs * _FOR_ROUNDING * fresh >= least)

    def _pair_sums(self, docs: DocsFound) -> Scores:
        """Make parts of the pairs, on some documents, and add up what they are worth there; float64, (len(docs),)."""
        is_long = len(self.pairs) * len(self.snapshot.segments) >= _LONG_PAIRS
        parts = tuple(
            self._side_by_side(lambda pair: pair.part(self.snapshot, docs, self.kernels), self.pairs, is_long=is_long)
        )
        self.parts += parts
        return self._sums(docs, parts)

    def _sums(self, docs: DocsFound, parts: tuple[Part, ...]) -> Scores:
        """What some parts add up to in some documents, before freshness; float64, (len(docs),)."""
        terms, norms = self._terms(parts), norms_of(self.snapshot, self.settings)
        first_doc = self.snapshot.first_doc
        is_long = num_passed((term.postings for term in terms), docs) >= _LONG
        steps = steps_of(docs, first_doc) if is_long else [docs]
        return np.concatenate(
            self._side_by_side(lambda some: self.kernels.scores(some, terms, norms, first_doc), steps, is_long=is_long)
        )

    def _terms(self, parts: tuple[Part, ...]) -> list[ScoredTerm]:
        """Some parts as they are scored."""
        # Several parts may have the same postings, as the levels of a word that is never inflected: they are read once.
        # What only deleted documents printed must not decide which those are, or a sum would be rounded otherwise.
        terms: dict[object, ScoredTerm] = {}
        for number, part in enumerate(parts):
            factor = part.weight * part.idf
            key = number if part.live is None else part.live
            if (known := terms.get(key)) is not None:
                factor += known.factor
            terms[key] = ScoredTerm(part.postings, self.settings.field_weights(part.field), factor)
        return [*terms.values()]

    def _side_by_side(self, function: Callable[[T], R], items: Sequence[T], *, is_long: bool) -> list[R]:
        """``side_by_side``, the deadline being looked at between the items."""

        def checked(item: T) -> R:
            self.deadline.check()
            return function(item)

        return side_by_side(checked, items, is_long=is_long)

    def part_scores(self, docs: DocsFound) -> list[Scores]:
        """What each part adds for some documents, before freshness; each float64, (len(docs),)."""
        return [self._sums(docs, (part,)) for part in self.parts]

    def fresh(self, docs: DocsFound) -> Scores:
        """The factor of freshness, 1 where it does not apply; float64, (len(docs),)."""
        if self.today is None or not len(docs):
            return np.ones(len(docs), dtype=np.float64)
        return self.kernels.fade(self.snapshot.column("doc_day"), docs, self._fading)

    @property
    def _fading(self) -> Fading:
        if self.today is None:
            return _TIMELESS
        oldest = self.snapshot.derived(_oldest_day)
        return Fading(self.today, left_by_age(max(1, self.today - oldest + 1), self.settings))

    def page(self, number: int, size: int) -> list[tuple[float, int]]:
        """(score, document) of one page: score down, date down, article id up."""
        docs, scores, most = self._docs, self._scores, number * size
        rows = rows_of_best(scores if self.sort == "relevance" else self._moments(docs), most)
        docs, scores = docs[rows], scores[rows]
        found = [
            (self._rank(score, *moment_and_id(self.snapshot, doc)), score, doc)
            for doc, score in zip(docs.tolist(), scores.tolist(), strict=True)
        ]
        found.sort(key=lambda candidate: candidate[0])
        return [(score, doc) for _, score, doc in found[most - size : most]]

    def article_ids(self, most: int) -> tuple[str, ...]:
        """The ids of the first articles, at most so many, in the order of ``page``."""
        return tuple(moment_and_id(self.snapshot, doc)[1].decode() for _, doc in self.page(1, most))

    def _rank(self, score: float, moment: int, article_id: bytes) -> tuple[float, int, bytes]:
        if self.sort == "oldest":
            return 0.0, moment if moment != UNDATED else int(np.iinfo(np.int64).max), article_id
        return -score if self.sort == "relevance" else 0.0, -moment, article_id


def norms_of(snapshot: Snapshot, settings: RankingSettings) -> Norms:
    """The norms of the documents of a snapshot."""
    return snapshot.derived(_norms_by_constants)(norm_of(snapshot.totals, settings))


def _norms_by_constants(snapshot: Snapshot) -> Callable[[Norm], Norms]:
    """Makes the norms, and keeps those that were asked for last: of the ranking, and of related news."""
    return lru_cache(maxsize=2)(partial(norms_from, snapshot.derived(field_lengths)))


def rows_of_best(worth: Scores, most: int) -> NDArray[np.int64]:
    """Where the ``most`` highest values stand, and all that equal the last of them; ascending."""
    if len(worth) <= most:
        return np.arange(len(worth))
    return np.flatnonzero(worth >= np.partition(worth, -most)[-most])


def best_first(snapshot: Snapshot, docs: DocsFound, scores: Scores, most: int) -> list[tuple[float, int]]:
    """(score, document) of the best documents, at most so many: score down, date down, article id up."""

    def rank(scored: tuple[float, int]) -> tuple[float, int, bytes]:
        moment, article_id = moment_and_id(snapshot, scored[1])
        return -scored[0], -moment, article_id

    rows = rows_of_best(scores, most)
    return sorted(zip(scores[rows].tolist(), docs[rows].tolist(), strict=True), key=rank)[:most]


def moment_and_id(snapshot: Snapshot, doc: int) -> tuple[int, bytes]:
    """When the article of a document was published (UNDATED if never), and its id."""
    at, here = snapshot.locate(doc)
    columns = snapshot.segments[at].columns
    start, end = columns["doc_id_offsets"][here : here + 2].tolist()
    return int(columns["doc_published"][here]), columns["doc_id_text"][start:end].tobytes()


def _oldest_day(snapshot: Snapshot) -> int:
    """The day of the oldest article, counted from 1970-01-01; 0 when none has a date."""
    days = snapshot.column("doc_day")
    dated = days[days != UNDATED_DAY]
    return int(dated.min()) if len(dated) else 0
