"""The one door to an archive: open it, and ask."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from index.article import Article
from index.dates import today_in_rome
from index.errors import ConfigurationError
from index.generation import DataFolder
from index.settings_file import read_settings
from index.snapshot import Snapshot
from search.errors import InvalidParameter, UnknownArticle
from search.facets import count_facet
from search.kernels import KernelName, Kernels, load_kernels
from search.lists import ListsOfFolder
from search.most_read import most_read_docs
from search.opened import OpenedFiles
from search.page import FacetCount, MarkedArticle, Page, RelatedNews
from search.question import (
    FILTERED_FACETS,
    MAX_DEPTH,
    MAX_SIZE,
    Question,
    Sort,
    check_days,
    check_now,
    check_number,
    check_question,
    check_text,
    known_values,
)
from search.ranking import RankingSettings, RelatedSettings
from search.related import Related, RelatedQuestion, check_draft
from search.relations import text_of
from search.rows import facet_rows
from search.searcher import Searcher
from search.selection import Filters
from search.snippets import highlight
from search.telling import Reader
from search.vocabulary import Vocabulary

if TYPE_CHECKING:
    from search.desk import DraftReport
    from search.report import Report


class Archive:
    """An open archive. Any number of threads may share it; it follows the commits of writers by itself."""

    def __init__(self, folder: DataFolder, kernels: Kernels, settings: RankingSettings, deadline_s: float) -> None:
        self._kernels = kernels
        self._settings = settings
        self._deadline_s = deadline_s
        self._related_settings = RelatedSettings()
        self._reader = Reader(kernels.indexing)
        self._lists = ListsOfFolder(folder.path)
        lists = self._lists.current()
        self._files = OpenedFiles(folder)
        try:
            self._vocabulary = Vocabulary(self._files.snapshot, lists)
        except BaseException:  # a writer has just committed, and the newer generation cannot be opened
            self._files.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; a closed archive answers no more, and says so with ArchiveClosed."""
        self._files.close()

    @property
    def snapshot(self) -> Snapshot:
        """The current generation, newly opened when a writer has committed since."""
        return self._files.snapshot

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
        manifest, journal = self.snapshot.manifest, self._files.journal
        # The seal tells apart generations of one number, when another archive came into the folder.
        parts = (manifest.seal, journal, self._lists.version(), self._settings)
        return f"{manifest.generation}-{blake2b(repr(parts).encode(), digest_size=8).hexdigest()}"

    def article(self, article_id: str) -> Article | None:
        """The current version of an article, or None."""
        stored = self._files.find(article_id)
        return None if stored is None else stored.article

    def marked(self, article_id: str, query: str, *, now: date | None = None) -> MarkedArticle | None:
        """The current version of an article with the words that ``search`` would find in it for a question, or None.

        Args:
            query, now: as in ``search``; whether the article answers the question does not matter.
        Raises:
            InvalidParameter: the query is no text.
            DeadlineExceeded: it took too long.
        """
        article = self.article(article_id)
        if article is None:
            return None
        vocabulary = self._current_vocabulary()
        question = _bare_question(vocabulary.snapshot, query, any_word=False, widen=True, now=now)
        with self._files.telling_damage():
            highlighter = self._searcher(vocabulary, question).highlighter()
            title, lead, body = (
                highlight(getattr(article, field), highlighter, field) for field in ("title", "lead", "body")
            )
        return MarkedArticle(article=article, title=title, lead=lead, body=body)

    def suggest(self, prefix: str, *, size: int = 10) -> tuple[str, ...]:
        """What a reader who has typed so far may be about to ask: words, phrases, sections, tags, titles.

        Raises:
            InvalidParameter: the prefix is no text, or size is not 1 to MAX_SIZE.
        """
        from search.suggest import suggest_words  # no search needs it

        check_text("prefix", prefix)
        check_number("size", size, MAX_SIZE)
        with self._files.telling_damage():
            return suggest_words(self._current_vocabulary(), prefix, size=size, fetch=self._files.fetch)

    def _searcher(self, vocabulary: Vocabulary, question: Question) -> Searcher:
        return Searcher(vocabulary, question, self._kernels, self._settings, deadline_s=self._deadline_s)

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
        fold: bool = True,
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
            fold: whether of several articles that tell the same story, and answer, one is shown that has the others as
                its ``Hit.versions``: the first published. Counts are of articles either way, but for ``Page.stories``.
            page, size: from 1; at most 100 a page, and 10,000 results deep.
            now: the day that freshness and "ieri" are reckoned from, or a date-time of it; today in Rome when None.
            explain: whether each hit carries its explanation.
        Raises:
            QueryError: a value beside the question is unknown, out of bounds or of another kind; never for what a
                person types in the question itself.
            ArchiveClosed: it was closed.
        """
        started = time.perf_counter()

        def ask() -> Page | None:
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
                fold=fold,
                page=page,
                size=size,
                now=today_in_rome() if now is None else now,
                explain=explain,
            )
            with self._files.telling_damage():
                searcher = self._searcher(vocabulary, question)
                return searcher.page(lambda docs: self._files.articles(vocabulary.snapshot, docs))

        answered = self._files.answered(ask)
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
        """The ids of the articles that ``search`` would show first, in its order and unfolded; no article is read.

        Args:
            query, any, widen, now: as in ``search``.
            depth: how many at most; 1 to 10,000.
        Raises:
            InvalidParameter: depth is out of bounds.
        """
        check_number("depth", depth, MAX_DEPTH)
        vocabulary = self._current_vocabulary()
        question = _bare_question(vocabulary.snapshot, query, any_word=any, widen=widen, now=now)
        with self._files.telling_damage():
            return self._searcher(vocabulary, question).article_ids(depth)

    def related(
        self,
        *,
        article_id: str | None = None,
        text: str | None = None,
        sites: Sequence[str] = (),
        earlier: bool = False,
        fresh: bool = True,
        size: int = 10,
        now: date | None = None,
    ) -> RelatedNews:
        """The articles that tell other steps of a story, or of the same companies, people and laws.

        Args:
            article_id: the article that others are related to; it is not among them.
            text: a draft instead: title, lead and some paragraphs, in Italian.
            sites: only articles of these sites, as in ``search``.
            earlier: only articles published before the article; before today for a draft.
            fresh: whether of articles that share alike the one nearer in time comes first.
            size: how many at most; 1 to MAX_SIZE.
            now: the day that a draft is taken to be of; today in Rome when None.
        Raises:
            InvalidParameter: neither or both of an article and a text are given, or a value is out of bounds.
            UnknownArticle: the archive has no such article.
            InvalidDraft: the text is empty, too long, no text, or not Italian.
            UnknownValue: no article is of one of the sites.
            ArchiveClosed: it was closed.
        """
        started = time.perf_counter()
        if (article_id is None) == (text is None):
            raise InvalidParameter("article_id, text", (article_id, text), "one of the two")
        if article_id is not None:
            check_text("article_id", article_id)
        check_number("size", size, MAX_SIZE)
        today = today_in_rome() if now is None else check_now(now)
        draft = None if text is None else check_draft(text)

        def ask() -> RelatedNews | None:
            asked = RelatedQuestion(
                text=draft or "", article=None, sites=sites, earlier=earlier, fresh=fresh, size=size, today=today
            )
            if article_id is not None:
                stored = self._files.find(article_id)
                if stored is None:
                    raise UnknownArticle(article_id)
                asked = replace(asked, text=text_of(stored.article), article=stored)
            vocabulary = self._current_vocabulary()
            with self._files.telling_damage():
                finder = Related(vocabulary, self._kernels, self._related_settings, self._reader)
                return finder.news(asked, lambda docs: self._files.articles(vocabulary.snapshot, docs))

        answered = self._files.answered(ask)
        return replace(answered, took_ms=(time.perf_counter() - started) * 1_000)

    def check_draft(
        self, text: str, *, sites: Sequence[str] = (), size: int = 10, now: date | None = None
    ) -> DraftReport:
        """What the archive has to say of a draft: who told it, what to link from where, section and tags.

        Args:
            text: title, lead and paragraphs, in Italian; nothing of it is kept.
            sites: only articles of these sites, as in ``search``.
            size: articles shown as background at most; 1 to MAX_SIZE.
            now: as in ``related``.
        Raises:
            QueryError: as in ``related``.
        """
        from search.desk import Desk  # no search needs it

        check_number("size", size, MAX_SIZE)
        draft = check_draft(text)
        today = today_in_rome() if now is None else check_now(now)
        asked = RelatedQuestion(
            text=draft,
            article=None,
            sites=sites,
            earlier=False,
            fresh=True,
            size=MAX_SIZE,
            today=today,
            with_copies=True,
        )

        def ask() -> DraftReport | None:
            vocabulary = self._current_vocabulary()
            with self._files.telling_damage():
                finder = Related(vocabulary, self._kernels, self._related_settings, self._reader)
                news = finder.news(asked, lambda docs: self._files.articles(vocabulary.snapshot, docs))
                desk = Desk(vocabulary, self._reader, self._related_settings)
                return None if news is None else desk.report(draft, news.hits, size=size)

        return self._files.answered(ask)

    def most_read(
        self, *, size: int = 5, since: date | str | None = None, sites: Sequence[str] = ()
    ) -> tuple[Article, ...]:
        """The articles that were read most often, then the newest, then by id; none that nobody read.

        Args:
            size: how many at most; 1 to MAX_SIZE.
            since: the first day, as in ``search``; undated articles are of no day, and only there without it.
            sites: only of these sites, as in ``search``.
        Raises:
            QueryError: a value is unknown, out of bounds or of another kind.
            ArchiveClosed: it was closed.
        """
        check_number("size", size, MAX_SIZE)
        days = check_days(since, None, today=today_in_rome())

        def ask() -> tuple[Article, ...] | None:
            snapshot = self.snapshot
            values = {"site": known_values(snapshot, "site", sites)} if sites else {}
            with self._files.telling_damage():
                filters = Filters(snapshot, days, values, {})
                articles = self._files.articles(snapshot, most_read_docs(snapshot, filters, size, self._kernels))
            return None if articles is None else tuple(articles)

        return self._files.answered(ask)

    def facet(self, name: str, *, sites: Sequence[str] = ()) -> tuple[FacetCount, ...]:
        """Every value of a facet with its articles, those of most articles first, then by name; a page shows the first.

        Args:
            name: "section", "site" or "author".
            sites: only articles of these sites, as in ``search``.
        Raises:
            InvalidParameter: there is no such facet.
            UnknownValue: no article is of one of the sites.
            ArchiveClosed: it was closed.
        """
        if name not in FILTERED_FACETS:
            raise InvalidParameter("name", name, " or ".join(FILTERED_FACETS))
        snapshot = self.snapshot
        live = snapshot.live_mask()
        if sites:
            live &= facet_rows(snapshot, "site").having(known_values(snapshot, "site", sites))
        with self._files.telling_damage():
            return count_facet(snapshot, name, self._kernels.docs_in(live), self._kernels, most=None)

    def report(
        self,
        *,
        now: date | None = None,
        sites: Sequence[str] = (),
        months: int = 12,
        weeks: int = 4,
        size: int = 10,
    ) -> Report:
        """What the archive says of itself: its volumes, names, rising words, and what may be wrong with its articles.

        Args:
            now: the last day of the report; that of the newest article when None, but not after today in Rome.
            sites: only of these sites, as in ``search``.
            months: how many calendar months, the last one that of ``now``; 1 to 60.
            weeks: how many are compared with the year before them; 1 to 26.
            size: how many names, words, sites... are told; 1 to MAX_SIZE.
        Raises:
            QueryError: a value is unknown, out of bounds or of another kind.
            ArchiveClosed: it was closed.
        """
        from search.report import Scope, make_report  # no search needs it

        scope = Scope(now=now, today=today_in_rome(), sites=sites, months=months, weeks=weeks, size=size)

        def ask() -> Report | None:
            vocabulary = self._current_vocabulary()
            with self._files.telling_damage():
                return make_report(vocabulary, scope, lambda docs: self._files.articles(vocabulary.snapshot, docs))

        return self._files.answered(ask)


MAX_DEADLINE_S: Final = 3_600


def open_archive(
    data_dir: str | Path,
    *,
    kernels: KernelName = "plain",
    ranking: RankingSettings | None = None,
    deadline_s: float = 5.0,
) -> Archive:
    """Open the archive in a data folder for searching.

    Args:
        kernels: "compiled" is for whoever asks many questions: answers take a third to a half of the time, and loading
            a second or two, half a minute the first time on a machine. See ``search.kernels``.
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


def _bare_question(snapshot: Snapshot, query: str, *, any_word: bool, widen: bool, now: date | None) -> Question:
    """A question with nothing beside it."""
    return check_question(
        snapshot,
        query,
        {},
        without={},
        since=None,
        until=None,
        sort="relevance",
        any_word=any_word,
        widen=widen,
        fresh=True,
        fold=False,
        page=1,
        size=1,
        now=today_in_rome() if now is None else now,
        explain=False,
    )
