"""Scoring: the parts of a question summed over the documents found, and the best of all segments in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.segment import UNDATED
from index.snapshot import Snapshot
from search.deadline import Deadline
from search.kernels import Kernels, Norm, ScoredTerm, Scores
from search.matching import Part
from search.ranking import RankingSettings, freshness, norm_of

Docs64 = NDArray[np.int64]


@dataclass  # no slots: what is made of the parts once is kept
class Candidates:
    """The best documents of each segment, and how they were scored.

    Attributes:
        parts: what is summed; none for a question without words.
        today: day that freshness is reckoned from, counted from 1970-01-01; None when it does not apply.
        sort: "relevance", "newest" or "oldest".
        deadline: when to give up.
    """

    snapshot: Snapshot
    parts: tuple[Part, ...]
    settings: RankingSettings
    kernels: Kernels
    today: int | None
    sort: str
    deadline: Deadline
    _best: list[tuple[int, Docs64, Scores]] = field(default_factory=list)
    _norm: Norm = field(init=False)

    def __post_init__(self) -> None:
        self._norm = norm_of(self.snapshot.totals, self.settings)

    def add(self, at: int, docs: Docs64, most: int) -> None:
        """Take in the found documents (ascending) of a segment; only the first ``most`` of their order are kept."""
        if self.sort == "relevance" and self.parts:
            scores = self.score(at, docs)
            kept = self.kernels.best(scores, most)
            self._best.append((at, docs[kept], scores[kept]))
            return
        if self.sort == "oldest":
            published = self.snapshot.segments[at].columns["doc_published"][docs]
            # Documents of one date stand by article id already, and a stable sort leaves them so.
            docs = docs[np.argsort(np.where(published == UNDATED, np.iinfo(np.int64).max, published), kind="stable")]
        docs = docs[:most]
        self._best.append((at, docs, self.score(at, docs) if self.parts else np.zeros(len(docs))))

    def score(self, at: int, docs: Docs64) -> Scores:
        """The score of some documents of a segment: float64, (len(docs),)."""
        by_doc: Scores = np.zeros(self.snapshot.segments[at].num_docs, dtype=np.float64)
        for part, factor in self._weighed:
            self._add(by_doc, at, docs, part, factor)
        total = by_doc[docs]
        return total if self.today is None else total * self.fresh(at, docs)

    def part_scores(self, at: int, docs: Docs64) -> list[Scores]:
        """What each part adds for some documents of a segment, before freshness; each float64, (len(docs),)."""
        values: list[Scores] = []
        for part in self.parts:
            by_doc = np.zeros(self.snapshot.segments[at].num_docs, dtype=np.float64)
            self._add(by_doc, at, docs, part, part.weight * part.idf)
            values.append(by_doc[docs])
        return values

    @cached_property
    def _weighed(self) -> list[tuple[Part, float]]:
        """The parts and their factors; those of the same postings as one, as a name has them at all levels."""
        factors: dict[tuple[int, int | None], tuple[Part, float]] = {}
        for part in self.parts:
            same = id(part.postings), part.field
            first, factor = factors.get(same, (part, 0.0))
            factors[same] = first, factor + part.weight * part.idf
        return list(factors.values())

    def _add(self, total: Scores, at: int, docs: Docs64, part: Part, factor: float) -> None:
        self.deadline.check()
        postings = part.postings[at]
        if len(postings.doc):
            term = ScoredTerm(postings.doc, postings.freq, self.settings.field_weights(part.field), factor)
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
