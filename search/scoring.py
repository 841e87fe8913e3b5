"""Scoring: the parts of a question summed over the documents found, and the best of all segments in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.segment import UNDATED
from index.snapshot import Snapshot
from search.deadline import Deadline
from search.kernels import Kernels, Norm, ScoredTerm, Scores
from search.matching import Pair, Part
from search.ranking import RankingSettings, freshness, norm_of

Docs64 = NDArray[np.int64]


@dataclass(slots=True)
class Candidates:
    """The best documents of each segment, and how they were scored.

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
    _best: list[tuple[int, Docs64, Scores]] = field(default_factory=list)
    _norm: Norm = field(init=False)

    def __post_init__(self) -> None:
        self._norm = norm_of(self.snapshot.totals, self.settings)

    def take(self, found: Sequence[Docs64], most: int) -> None:
        """Take in the documents found, ascending, by segment; only the first ``most`` of their order are kept."""
        if self.sort == "relevance" and self.parts:
            self._take_best(found, most)
            return
        first = [self._by_date(at, docs)[:most] for at, docs in enumerate(found)]
        ascending = list(map(np.sort, first))
        sums = [self._sums(at, docs) for at, docs in enumerate(ascending)]
        if self.pairs:
            self._add_pairs(sums, ascending)
        for at, (docs, by_doc) in enumerate(zip(first, sums, strict=True)):
            self._best.append((at, docs, by_doc[docs] * self.fresh(at, docs)))

    def _by_date(self, at: int, docs: Docs64) -> Docs64:
        """Documents in the order asked for; they stand newest first."""
        if self.sort != "oldest":
            return docs
        published = self.snapshot.segments[at].columns["doc_published"][docs]
        # Documents of one date stand by article id already, and a stable sort leaves them so.
        return docs[np.argsort(np.where(published == UNDATED, np.iinfo(np.int64).max, published), kind="stable")]

    def _take_best(self, found: Sequence[Docs64], most: int) -> None:
        sums = [self._sums(at, docs) for at, docs in enumerate(found)]
        fresh = [self.fresh(at, docs) for at, docs in enumerate(found)]

        def scores() -> list[Scores]:
            return [by_doc[docs] * left for docs, by_doc, left in zip(found, sums, fresh, strict=True)]

        if self.pairs:
            self._add_pairs(sums, self._contenders(found, scores(), fresh, most))
        for at, (docs, summed) in enumerate(zip(found, scores(), strict=True)):
            kept = self.kernels.best(summed, most)
            self._best.append((at, docs[kept], summed[kept]))

    def _contenders(
        self, found: Sequence[Docs64], scores: Sequence[Scores], fresh: Sequence[Scores], most: int
    ) -> list[Docs64]:
        """The documents that may be among the first ``most`` once neighbouring words have added what they can.

        Where two words stand beside each other takes as long to find out as all the rest, and decides between few.
        """
        tops = np.concatenate([np.zeros(0), *(one[self.kernels.best(one, most)] for one in scores)])
        if len(tops) <= most:
            return list(found)
        least = np.partition(tops, -most)[-most]
        # A part's bm25f is less than 1, and its title's less than the weight apart; the rest is for rounding.
        possible = sum(pair.weight * pair.idf for pair in self.pairs) * (1 + self.settings.title_apart) * (1 + 1e-9)
        return [docs[one + possible * left >= least] for docs, one, left in zip(found, scores, fresh, strict=True)]

    def _add_pairs(self, sums: Sequence[Scores], found: Sequence[Docs64]) -> None:
        """Make parts of the pairs, and add them to the sums of some documents, ascending, by segment."""
        masks = [np.zeros(segment.num_docs, dtype=bool) for segment in self.snapshot.segments]
        for mask, docs in zip(masks, found, strict=True):
            mask[docs] = True
        parts = tuple(pair.part(self.snapshot, masks, self.kernels, self.deadline) for pair in self.pairs)
        self.parts += parts
        for at, (by_doc, docs) in enumerate(zip(sums, found, strict=True)):
            for part in parts:
                self._add(by_doc, at, docs, part)

    def _sums(self, at: int, docs: Docs64) -> Scores:
        """What the parts add up to for some documents of a segment, ascending, before freshness.

        Returns:
            By document; of those not asked for, nobody may know. float64, (num_docs,).
        """
        by_doc: Scores = np.zeros(self.snapshot.segments[at].num_docs, dtype=np.float64)
        for part in self.parts:
            self._add(by_doc, at, docs, part)
        return by_doc

    def part_scores(self, at: int, docs: Docs64) -> list[Scores]:
        """What each part adds for some documents of a segment, before freshness; each float64, (len(docs),)."""
        values: list[Scores] = []
        for part in self.parts:
            by_doc = np.zeros(self.snapshot.segments[at].num_docs, dtype=np.float64)
            self._add(by_doc, at, docs, part)
            values.append(by_doc[docs])
        return values

    def _add(self, total: Scores, at: int, docs: Docs64, part: Part) -> None:
        self.deadline.check()
        postings = part.postings[at]
        if len(postings.doc):
            term = ScoredTerm(
                postings.doc, postings.freq, self.settings.field_weights(part.field), part.weight * part.idf
            )
            self.kernels.add_scores(total, docs, term, self.snapshot.segments[at].lengths, self._norm)

    def fresh(self, at: int, docs: Docs64) -> Scores:
        """The factor of freshness, 1 where it does not apply; float64, (len(docs),)."""
        if self.today is None:
            return np.ones(len(docs), dtype=np.float64)
        return freshness(self.snapshot.segments[at].columns["doc_day"][docs], today=self.today, settings=self.settings)

    def page(self, number: int, size: int) -> list[tuple[float, int, int]]:
        """(score, segment, document) of one page: score down, date down, article id up, over all segments."""
        found: list[tuple[tuple[float, int, bytes], float, int, int]] = []
        for at, docs, scores in self._best:
            columns = self.snapshot.segments[at].columns
            published = columns["doc_published"][docs].tolist()
            offsets, text = columns["doc_id_offsets"], columns["doc_id_text"]
            for doc, score, moment in zip(docs.tolist(), scores.tolist(), published, strict=True):
                article_id = text[offsets[doc] : offsets[doc + 1]].tobytes()
                found.append((self._rank(score, moment, article_id), score, at, doc))
        found.sort(key=lambda candidate: candidate[0])
        return [(score, at, doc) for _, score, at, doc in found[(number - 1) * size : number * size]]

    def article_ids(self, most: int) -> tuple[str, ...]:
        """The ids of the first articles, at most so many, in the order of ``page``."""
        columns = [segment.columns for segment in self.snapshot.segments]
        ids: list[str] = []
        for _, at, doc in self.page(1, most):
            start, end = columns[at]["doc_id_offsets"][doc : doc + 2]
            ids.append(columns[at]["doc_id_text"][start:end].tobytes().decode())
        return tuple(ids)

    def _rank(self, score: float, moment: int, article_id: bytes) -> tuple[float, int, bytes]:
        if self.sort == "oldest":
            return 0.0, moment if moment != UNDATED else int(np.iinfo(np.int64).max), article_id
        return -score if self.sort == "relevance" else 0.0, -moment, article_id
