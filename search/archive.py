"""The one door to an archive: open it, and ask."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np

from index.article import Article
from index.dates import DateRange, day_number
from index.errors import ArchiveError, ConfigurationError, IndexCorrupt, IndexNotFound
from index.generation import DataFolder, check_file
from index.settings_file import read_settings
from index.snapshot import Snapshot, open_snapshot
from index.store import Store
from search.deadline import Deadline
from search.did_you_mean import did_you_mean
from search.errors import ArchiveClosed, DeadlineExceeded
from search.facets import count_facet, count_months, histogram, years
from search.kernels import DocsFound, KernelName, Kernels, Mask, load_kernels
from search.language import Understood, understand
from search.lists import ListsOfFolder
from search.matching import Matcher
from search.page import Explanation, Hit, Page
from search.question import (
    FILTERED_FACETS,
    MAX_DEPTH,
    MAX_SIZE,
    Question,
    Sort,
    check_number,
    check_question,
    check_text,
)
from search.ranking import RankingSettings
from search.scoring import Candidates
from search.selection import Filters
from search.snippets import Highlighter, best_snippet, highlight
from search.terms import is_shouted
from search.vocabulary import Vocabulary

_log = logging.getLogger("emeroteca.search")


@dataclass(frozen=True)
class _Answer:
    """The documents that match a question, before anything is shown.

    Attributes:
        matched: what matches, whatever the filters beside the question let pass.
        found: what of it passes the filters.
        deadline: when to give up.
    """

    understood: Understood
    matcher: Matcher
    matched: Mask
    found: Mask
    deadline: Deadline

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
        return np.flatnonzero(self.found)


class Archive:
    """An open archive. Any number of threads may share it; it follows the commits of writers by itself."""

    def __init__(self, folder: DataFolder, kernels: Kernels, settings: RankingSettings, deadline_s: float) -> None:
        self._folder = folder
        self._kernels = kernels
        self._settings = settings
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._store = Store(folder.store, read_only=True)
        self._snapshot = open_snapshot(folder)
        self._lists = ListsOfFolder(folder.path)
        self._vocabulary = Vocabulary(self._snapshot, self._lists.current())
        self._is_closed = False
        self._damage: dict[int, IndexCorrupt | None] = {}  # by generation, of those that were looked at
        self._looking = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; a closed archive answers no more, and says so with ArchiveClosed."""
        with self._lock:
            self._is_closed = True
            self._snapshot.close()
            self._store.close()

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Alone with the files, which nobody closes meanwhile.

        Raises:
            ArchiveClosed: they were closed before.
        """
        with self._lock:
            if self._is_closed:
                raise ArchiveClosed(self._folder.path)
            yield

    @property
    def snapshot(self) -> Snapshot:
        """The current generation, newly opened when a writer has committed since."""
        with self._open():
            if self._folder.current_generation() != self._snapshot.generation:
                # The old one is only let go here: a search in another thread keeps its mapped files until it ends.
                older, self._snapshot = self._snapshot, open_snapshot(self._folder)
                older.close()
                # Where the folder cannot be written a store without a log was opened as one that never changes.
                store, self._store = self._store, Store(self._folder.store, read_only=True)
                store.close()
                told = {"generation": self._snapshot.generation, "articles": self._snapshot.totals.num_docs}
                _log.info("generation", extra={"fields": told})
            return self._snapshot

    @contextmanager
    def _telling_damage(self) -> Iterator[None]:
        """What goes wrong while answering may come of a damaged file, whose middle nobody has read before.

        So the checksums are looked at then, once a generation. An error over files that are whole is ours, and goes on.

        Raises:
            IndexCorrupt: a file of the current generation does not hold what was written to it.
        """
        try:
            yield
        except ArchiveError:
            raise
        except Exception as error:
            snapshot = self.snapshot
            with self._looking:  # a large archive takes seconds, in which others are answered
                if snapshot.generation not in self._damage:
                    self._damage[snapshot.generation] = _damage_of(self._folder, snapshot)
                damage = self._damage[snapshot.generation]
            if damage is not None:
                raise damage from error
            raise

    def _current_vocabulary(self) -> Vocabulary:
        """The words of the current snapshot by the lists of the moment; kept as long as both stay the same."""
        snapshot, lists = self.snapshot, self._lists.current()
        vocabulary = self._vocabulary
        if vocabulary.snapshot is not snapshot or vocabulary.lists is not lists:
            vocabulary = self._vocabulary = Vocabulary(snapshot, lists)
        return vocabulary

    @property
    def stamp(self) -> str:
        """What answers depend on beside the question and the day, in few signs: another text after every change of it.

        That is the generation, what the store has taken in since, the lists of synonyms and names, and the ranking.
        Processes that serve one data folder agree on it; no article is read for it.

        Raises:
            IndexUnavailable: see ``open_archive``.
        """
        manifest = self.snapshot.manifest
        with self._open():
            journal = self._store.journal
        # The seal tells apart generations of one number, when another archive came into the folder.
        parts = (manifest.seal, journal, self._lists.version(), self._settings)
        return f"{manifest.generation}-{blake2b(repr(parts).encode(), digest_size=8).hexdigest()}"

    def article(self, article_id: str) -> Article | None:
        """The current version of an article, or None."""
        with self._open():
            stored = self._store.find(article_id)
        return None if stored is None else stored.article

    def suggest(self, prefix: str, *, size: int = 10) -> tuple[str, ...]:
        """What a reader who has typed so far may be about to ask: words, phrases, sections, tags, titles.

        Raises:
            InvalidParameter: the prefix is no text, or size is not 1 to MAX_SIZE.
        """
        from search.suggest import suggest_words  # no search needs it

        check_text("prefix", prefix)
        check_number("size", size, MAX_SIZE)
        with self._telling_damage():
            return suggest_words(self.snapshot, prefix, size=size, fetch=self._fetch)

    def _fetch(self, nums: Sequence[int]) -> dict[int, Article]:
        with self._open():
            return self._store.get(nums)

    def search(
        self,
        query: str = "",
        *,
        sections: Sequence[str] = (),
        sites: Sequence[str] = (),
        authors: Sequence[str] = (),
        without_sections: Sequence[str] = (),
        without_sites: Sequence[str] = (),
        without_authors: Sequence[str] = (),
        since: str | date | None = None,
        until: str | date | None = None,
        sort: Sort = "relevance",
        any: bool = False,  # noqa: A002  # the name is part of the public surface
        widen: bool = True,
        fresh: bool = True,
        page: int = 1,
        size: int = 10,
        now: date | None = None,
        explain: bool = False,
    ) -> Page:
        """One page of the answer to a question.

        Args:
            query: what a person types (``search.language``); "" finds everything.
            sections, sites, authors: only articles with one of these values; a section is a path, "A / B", or its last
                step, and has the articles of the sections below it. Case and accents do not matter.
            without_sections, without_sites, without_authors: no article with one of these values, named likewise.
            since, until: first and last day, inclusive, as dates or as a person writes them ("2024", "marzo 2024"); a
                date-time is its day in Rome.
            sort: "relevance"; "newest" and "oldest" are strictly by date, undated articles last.
            any: whether one of the words will do.
            widen: whether a question with few answers is asked again more loosely; ``Page.widened`` says so. Answers
                are counted without the filters beside the question, so that a filter only ever removes some.
            fresh: whether of articles that answer alike the newer one is ranked higher; ``Page.is_fresh`` says whether
                that played a part.
            page, size: from 1; at most 100 a page, and 10,000 results deep.
            now: the day that freshness and "ieri" are reckoned from, or a date-time of it; today in Rome when None.
            explain: whether each hit carries its explanation.
        Raises:
            QueryError: a value beside the question is unknown, out of bounds or of another kind; never for what a
                person types in the question itself.
            ArchiveClosed: it was closed.
        """
        started = time.perf_counter()
        for _ in range(_TRIES):
            vocabulary = self._current_vocabulary()
            question = check_question(
                vocabulary.snapshot,
                query,
                {"section": sections, "site": sites, "author": authors},
                without={"section": without_sections, "site": without_sites, "author": without_authors},
                since=since,
                until=until,
                sort=sort,
                any_word=any,
                widen=widen,
                fresh=fresh,
                page=page,
                size=size,
                now=datetime.now(ZoneInfo("Europe/Rome")) if now is None else now,
                explain=explain,
            )
            with self._telling_damage():
                answered = self._answer(vocabulary, question)
            if answered is not None:
                break
        else:
            raise IndexNotFound(
                self._folder.path, "the store lacks articles that the index has", "run `emeroteca rebuild`"
            )
        took_ms = (time.perf_counter() - started) * 1_000
        return replace(answered, took_ms=took_ms)

    def ranked_ids(
        self,
        query: str,
        *,
        any: bool = False,  # noqa: A002  # as in ``search``
        widen: bool = True,
        depth: int = 100,
        now: date | None = None,
    ) -> tuple[str, ...]:
        """The ids of the articles that ``search`` would show first, in its order; no article is read for it.

        Args:
            query, any, widen, now: as in ``search``.
            depth: how many at most; 1 to 10,000.
        Raises:
            InvalidParameter: depth is out of bounds.
        """
        check_number("depth", depth, MAX_DEPTH)
        vocabulary = self._current_vocabulary()
        snapshot = vocabulary.snapshot
        question = check_question(
            snapshot,
            query,
            {},
            without={},
            since=None,
            until=None,
            sort="relevance",
            any_word=any,
            widen=widen,
            fresh=True,
            page=1,
            size=1,
            now=now or datetime.now(ZoneInfo("Europe/Rome")).date(),
            explain=False,
        )
        with self._telling_damage():
            filters = Filters(snapshot, question.days, question.values, question.left_out, self._kernels)
            answer, _ = self._match_widening(vocabulary, question, filters)
            # The depth is not the size of a page, which may hold fewer.
            return self._rank(snapshot, replace(question, size=depth), answer).article_ids(depth)

    def _answer(self, vocabulary: Vocabulary, question: Question) -> Page | None:
        """The page, or None when the store has moved on from the snapshot."""
        snapshot = vocabulary.snapshot
        filters = Filters(snapshot, question.days, question.values, question.left_out, self._kernels)
        answer, widened = self._match_widening(vocabulary, question, filters)
        candidates = self._rank(snapshot, question, answer)
        chosen = candidates.page(question.page, question.size)
        nums = [snapshot.value("doc_num", doc) for _, doc in chosen]
        articles = self._fetch(nums)
        if len(articles) < len(set(nums)):
            return None
        highlighter = Highlighter(answer.matcher.sought(), self._kernels)
        hits: list[Hit] = []
        for num, (score, doc) in zip(nums, chosen, strict=True):
            answer.deadline.check()
            hits.append(
                Hit(
                    article=articles[num],
                    score=score,
                    snippet=best_snippet(articles[num], highlighter),
                    title=highlight(articles[num].title, highlighter),
                    explanation=_explanation(candidates, doc, score) if question.explain else None,
                )
            )
        facets = {
            facet: count_facet(
                snapshot,
                facet,
                self._counted(answer, filters, facet),
                self._kernels,
                chosen=(*question.values.get(facet, ()), *question.left_out.get(facet, ())),
            )
            for facet in FILTERED_FACETS
        }
        months = count_months(snapshot, answer.docs, self._kernels)
        of_all_days = self._counted(answer, filters, "days") if "days" in filters else None
        facets["year"] = years(months if of_all_days is None else count_months(snapshot, of_all_days, self._kernels))
        return Page(
            query=question.text,
            understood=_told(answer),
            total=answer.total,
            took_ms=0.0,
            page=question.page,
            size=question.size,
            hits=tuple(hits),
            facets=facets,
            histogram=histogram(months),
            suggestion=self._suggestion(vocabulary, question, filters, answer, is_as_asked=widened is None),
            widened=widened,
            is_fresh=question.sort == "relevance" and candidates.today is not None,
            now=question.now,
            generation=snapshot.generation,
        )

    def _counted(self, answer: _Answer, filters: Filters, name: str) -> DocsFound:
        """The documents that a facet counts: those found, whatever its own filter lets pass."""
        return np.flatnonzero(filters.without(name, answer.matched)) if name in filters else answer.docs

    def _suggestion(
        self, vocabulary: Vocabulary, question: Question, filters: Filters, answer: _Answer, *, is_as_asked: bool
    ) -> str | None:
        def count(text: str) -> int:
            asked = understand(text, today=question.now, any_word=question.any_word)
            other = replace(question, text=text)
            return self._match(vocabulary, other, filters, asked, deadline=answer.deadline, is_scored=False).total

        try:
            found = answer.total if is_as_asked else count(question.text)
            return did_you_mean(question.text, answer.understood, vocabulary, found=found, count=count)
        except DeadlineExceeded:
            return None  # the page is there already

    def _match_widening(
        self, vocabulary: Vocabulary, question: Question, filters: Filters
    ) -> tuple[_Answer, str | None]:
        """Match as asked; when too little is found, by stem, then any of the words.

        The filters beside the question have no say in it: one that leaves few hits must not bring in looser ones.
        """
        asked = understand(question.text, today=question.now, any_word=question.any_word, whole_phrases=False)
        answer = self._match(vocabulary, question, filters, asked, deadline=Deadline(self._deadline_s))
        if not question.widen or answer.num_matched >= self._settings.widen_below:
            return answer, None
        widened: str | None = None
        for name in ("stem",) if question.any_word else ("stem", "any"):
            if name == "any":
                asked = understand(question.text, today=question.now, any_word=True)
            looser = self._match(vocabulary, question, filters, asked, deadline=answer.deadline, by_stem=True)
            if looser.num_matched > answer.num_matched:
                answer, widened = looser, name
            if answer.num_matched >= self._settings.widen_below:
                break
        return answer, widened

    def _match(
        self,
        vocabulary: Vocabulary,
        question: Question,
        filters: Filters,
        understood: Understood,
        *,
        deadline: Deadline,
        by_stem: bool = False,
        is_scored: bool = True,
    ) -> _Answer:
        matcher = Matcher(
            understood.tree,
            vocabulary,
            self._kernels,
            self._settings,
            by_stem=by_stem,
            shouted=is_shouted(question.text),
            is_scored=is_scored,
            deadline=deadline,
        )
        matched = matcher.mask()
        return _Answer(understood, matcher, matched, filters.all(matched), deadline)

    def _rank(self, snapshot: Snapshot, question: Question, answer: _Answer) -> Candidates:
        most = question.page * question.size
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
            snapshot=snapshot,
            parts=parts,
            pairs=answer.matcher.pairs() if is_scored else (),
            settings=self._settings,
            kernels=self._kernels,
            today=None if is_timeless or not parts else day_number(question.now),
            sort=question.sort,
            deadline=answer.deadline,
        )
        candidates.take(answer.docs, most)
        return candidates


MAX_DEADLINE_S: Final = 3_600

_TRIES: Final = 5
"""A search whose articles were replaced and swept between index and store is asked again on the newer generation."""


def open_archive(
    data_dir: str | Path,
    *,
    kernels: KernelName = "plain",
    ranking: RankingSettings | None = None,
    deadline_s: float = 5.0,
) -> Archive:
    """Open the archive in a data folder for searching.

    Args:
        kernels: "compiled" is faster and takes a second or two to load; see ``search.kernels``.
        ranking: the constants of the ranking; those of the archive's file of settings when None.
        deadline_s: a question that takes longer is given up, seconds; above 0, up to 3,600.
    Raises:
        ConfigurationError: the deadline, or a setting in the archive's file, is out of bounds.
        IndexUnavailable: the folder is missing, not an archive, of another format, or damaged.
    """
    if not 0 < deadline_s <= MAX_DEADLINE_S:
        raise ConfigurationError("deadline_s", deadline_s, f"above 0, up to {MAX_DEADLINE_S}")
    folder = DataFolder(Path(data_dir))
    folder.check()
    if kernels == "compiled":  # a server: what a question may need is loaded before it is asked
        import search.keywords  # noqa: F401
    ranking = ranking or read_settings(folder.path, "ranking", RankingSettings)
    return Archive(folder, load_kernels(kernels), ranking, deadline_s)


def _damage_of(folder: DataFolder, snapshot: Snapshot) -> IndexCorrupt | None:
    """The first file of a generation that does not hold what was written to it."""
    try:
        for entry in snapshot.manifest.files() if snapshot.generation else ():
            check_file(folder, entry)
    except IndexCorrupt as damage:
        return damage
    return None


def _explanation(candidates: Candidates, doc: int, score: float) -> Explanation:
    from search.explain import explain_hit  # few searches need it

    return explain_hit(candidates, doc, score)


def _told(answer: _Answer) -> str:
    notes = (*answer.understood.notes, *answer.matcher.notes)
    return answer.understood.words + (f" ({'; '.join(notes)})" if notes else "")
