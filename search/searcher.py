"""Searcher: one question asked of one snapshot: what matches, in which order, and the page that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np

from index.article import Article
from index.dates import DateRange, day_number
from search.deadline import Deadline
from search.did_you_mean import did_you_mean
from search.errors import DeadlineExceeded
from search.facets import MonthCounts, count_facet, count_months
from search.folding import Folding
from search.kernels import DocsFound, Kernels, Mask
from search.language import Understood, understand
from search.matching import Matcher
from search.page import MOST_VERSIONS, Explanation, FacetCount, Hit, Page, Version, version_of
from search.question import FILTERED_FACETS, Question
from search.ranking import RankingSettings
from search.scoring import Candidates
from search.selection import Filters
from search.side_by_side import both
from search.snippets import Highlighter, best_snippet, highlight
from search.terms import is_shouted
from search.vocabulary import Vocabulary

_LONG: Final = 50_000
"""Of so many documents found the facets are counted on another processor, while they are ranked."""


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """The documents that match a question, before anything is shown.

    Attributes:
        matched: what matches, whatever the filters beside the question let pass.
        found: what of it passes the filters.
        folding: which of them stand for others; None when all are shown.
    """

    understood: Understood
    matcher: Matcher
    matched: Mask
    found: Mask
    folding: Folding | None
    kernels: Kernels

    @cached_property
    def num_matched(self) -> int:
        """How many match, whatever the filters beside the question let pass."""
        return self.total if self.matched is self.found else int(np.count_nonzero(self.matched))

    @cached_property
    def total(self) -> int:
        """How many of them pass the filters."""
        return int(np.count_nonzero(self.found))

    @cached_property
    def docs(self) -> DocsFound:
        """The documents found, ascending."""
        return self.kernels.docs_in(self.found)

    @property
    def shown(self) -> DocsFound:
        """Those of them that no other stands for, ascending."""
        return self.docs if self.folding is None else self.folding.heads(self.docs)


class Searcher:
    """A question, matched when the searcher is made; then ranked and shown as it is asked for."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        question: Question,
        kernels: Kernels,
        settings: RankingSettings,
        *,
        deadline_s: float,
    ) -> None:
        """Match the question.

        Raises:
            DeadlineExceeded: it took too long; also raised later, by whatever takes too long then.
        """
        self._vocabulary = vocabulary
        self._question = question
        self._kernels = kernels
        self._settings = settings
        self._deadline = Deadline(deadline_s)
        self._filters = Filters(vocabulary.snapshot, question.days, question.values, question.left_out)
        self._answer, self._widened = self._match_widening()

    def highlighter(self) -> Highlighter:
        """What finds the words that matched in a text."""
        return Highlighter(self._answer.matcher.sought(), self._kernels)

    def article_ids(self, depth: int) -> tuple[str, ...]:
        """The ids of the articles found, best first.

        Args:
            depth: how many at most; it is not the size of a page, which may hold fewer.
        """
        return self._rank(depth).article_ids(depth)

    def page(self, fetch: Callable[[Sequence[int]], list[Article] | None]) -> Page | None:
        """The page that the question asks for; ``took_ms`` is for whoever asked to say.

        Args:
            fetch: gives the articles of some documents, None when the store has moved on from the snapshot; then there
                is no page either.
        """
        question, answer, snapshot = self._question, self._answer, self._vocabulary.snapshot
        # Ranked first, which takes longer, and other processors are asked to help with it once they have counted.
        candidates, (facets, months) = both(
            lambda: self._rank(question.page * question.size), self._counts, is_long=len(answer.docs) >= _LONG
        )
        chosen = candidates.page(question.page, question.size)
        versions = [answer.folding.versions(doc) if answer.folding else [] for _, doc in chosen]
        told_docs = [some[:MOST_VERSIONS] for some in versions]
        articles = fetch([doc for _, doc in chosen] + [doc for some in told_docs for doc in some])
        if articles is None:
            return None
        told = iter(articles[len(chosen) :])
        others = [
            (tuple(version_of(article) for article in islice(told, len(some))), len(every))
            for some, every in zip(told_docs, versions, strict=True)
        ]
        return Page(
            query=question.text,
            understood=self._told(),
            total=answer.total,
            stories=answer.total - (len(answer.folding.hidden) if answer.folding else 0),
            took_ms=0.0,
            page=question.page,
            size=question.size,
            hits=self._hits(articles[: len(chosen)], chosen, others, candidates),
            facets=facets,
            histogram=months.by_month,
            suggestion=self._suggestion(),
            widened=self._widened,
            is_fresh=question.sort == "relevance" and candidates.today is not None,
            now=question.now,
            generation=snapshot.generation,
        )

    def _told(self) -> str:
        notes = (*self._answer.understood.notes, *self._answer.matcher.notes)
        return " ".join(filter(None, (self._answer.understood.words, f"({'; '.join(notes)})" if notes else "")))

    def _hits(
        self,
        articles: Sequence[Article],
        chosen: Sequence[tuple[float, int]],
        versions: Sequence[tuple[tuple[Version, ...], int]],
        candidates: Candidates,
    ) -> tuple[Hit, ...]:
        highlighter = self.highlighter()
        self._deadline.check()
        highlighter.look_through(articles)
        hits: list[Hit] = []
        for article, (score, doc), (others, num_versions) in zip(articles, chosen, versions, strict=True):
            self._deadline.check()
            hits.append(
                Hit(
                    article=article,
                    score=score,
                    snippet=best_snippet(article, highlighter),
                    title=highlight(article.title, highlighter),
                    explanation=_explanation(candidates, doc, score) if self._question.explain else None,
                    versions=others,
                    num_versions=num_versions,
                )
            )
        return tuple(hits)

    def _counts(self) -> tuple[dict[str, tuple[FacetCount, ...]], MonthCounts]:
        """The values of each facet, counted without its own filter; and how many documents found are of each month."""
        question, snapshot = self._question, self._vocabulary.snapshot
        months = count_months(snapshot, self._answer.docs, self._kernels)
        facets = {
            facet: count_facet(
                snapshot,
                facet,
                self._counted(facet),
                self._kernels,
                chosen=(*question.values.get(facet, ()), *question.left_out.get(facet, ())),
            )
            for facet in FILTERED_FACETS
        }
        is_cut = "days" in self._filters
        facets["year"] = (count_months(snapshot, self._counted("days"), self._kernels) if is_cut else months).by_year
        return facets, months

    def _counted(self, name: str) -> DocsFound:
        """The documents that a facet counts: those found, whatever its own filter lets pass."""
        answer, filters = self._answer, self._filters
        return self._kernels.docs_in(filters.without(name, answer.matched)) if name in filters else answer.docs

    def _suggestion(self) -> str | None:
        question, answer = self._question, self._answer

        def count(text: str) -> int:
            asked = understand(text, today=question.now, any_word=question.any_word)
            return self._match(asked, text, is_scored=False).total

        try:
            found = answer.total if self._widened is None else count(question.text)
            return did_you_mean(question.text, answer.understood, self._vocabulary, found=found, count=count)
        except DeadlineExceeded:
            return None  # the page is there already

    def _match_widening(self) -> tuple[_Answer, str | None]:
        """Match as asked; when too little is found, by stem, then any of the words.

        The filters beside the question have no say in it: one that leaves few hits must not bring in looser ones.
        """
        question = self._question
        asked = understand(question.text, today=question.now, any_word=question.any_word, whole_phrases=False)
        answer = self._match(asked, question.text)
        if not question.widen or answer.num_matched >= self._settings.widen_below:
            return answer, None
        widened: str | None = None
        for name in ("stem",) if question.any_word else ("stem", "any"):
            if name == "any":
                asked = understand(question.text, today=question.now, any_word=True)
            looser = self._match(asked, question.text, by_stem=True)
            if looser.num_matched > answer.num_matched:
                answer, widened = looser, name
            if answer.num_matched >= self._settings.widen_below:
                break
        return answer, widened

    def _match(self, understood: Understood, text: str, *, by_stem: bool = False, is_scored: bool = True) -> _Answer:
        matcher = Matcher(
            understood.tree,
            self._vocabulary,
            self._kernels,
            self._settings,
            by_stem=by_stem,
            shouted=is_shouted(text),
            is_scored=is_scored,
            deadline=self._deadline,
        )
        matched = matcher.mask()
        found = self._filters.all(matched)
        folding = Folding(self._vocabulary.snapshot.stories, found) if self._question.fold else None
        return _Answer(
            understood=understood,
            matcher=matcher,
            matched=matched,
            found=found,
            folding=folding,
            kernels=self._kernels,
        )

    def _rank(self, most: int) -> Candidates:
        """The documents found in their order, without those that another stands for.

        Args:
            most: how many of them will be asked for.
        """
        question, answer = self._question, self._answer
        is_timeless = (
            not question.fresh
            or answer.understood.has_quotes
            or answer.understood.has_dates
            or answer.understood.has_author
            or "author" in question.values
            or question.days != DateRange()
        )
        is_scored = question.sort == "relevance" or question.explain
        parts = tuple(answer.matcher.parts) if is_scored else ()
        candidates = Candidates(
            snapshot=self._vocabulary.snapshot,
            parts=parts,
            pairs=answer.matcher.pairs() if is_scored else (),
            settings=self._settings,
            kernels=self._kernels,
            today=None if is_timeless or not parts else day_number(question.now),
            sort=question.sort,
            deadline=self._deadline,
        )
        candidates.take(answer.shown, most)
        return candidates


def _explanation(candidates: Candidates, doc: int, score: float) -> Explanation:
    from search.explain import explain_hit  # few searches need it

    return explain_hit(candidates, doc, score)
