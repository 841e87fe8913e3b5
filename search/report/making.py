"""Making a report: a snapshot is asked everything at once, and then the few articles that are named are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from index.dates import day_in_rome, day_number, day_of_number, month_number
from index.segment import UNDATED_DAY
from index.snapshot import Snapshot
from search.question import MAX_SIZE, check_now, check_number, known_values
from search.relations import Fetch
from search.report.counting import OUTSIDE, Bools, Ints
from search.report.misspellings import Suspect, always_wrong, one_edit_away
from search.report.names import frequent_names
from search.report.rising import BEFORE, RECENT, rising_words
from search.report.same_title import same_title, told_twice
from search.report.values import Found, Mention, Misspelling, Report
from search.report.volumes import MonthsOfDocs, sites_of_docs, volume_of, volumes_by_value
from search.rows import facet_rows
from search.scoring import best_first
from search.vocabulary import Vocabulary

MAX_MONTHS: Final = 60
MAX_WEEKS: Final = 26
DAYS_BEFORE: Final = 365
"""What the last weeks are compared with."""

WEEKS_SHOWN: Final = 26
MOST_SITES: Final = 64
"""Sites that a rise is looked for in, one by one; the articles of smaller ones are taken together."""

MENTIONS: Final = 4
"""Articles named for one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a report is about.

    Attributes:
        now: the last day; None for that of the newest article, or today where that is later.
        today: the day in Rome.
        sites: names of sites, as in ``Archive.search``; () for all.
        months, weeks: how many make the period, and how many are the last ones.
        size: how many names, words, sites... are told.
    """

    now: date | None
    today: date
    sites: Sequence[str] = ()
    months: int = 12
    weeks: int = 4
    size: int = 10

    def check(self) -> None:
        """Refuse what is out of bounds.

        Raises:
            InvalidParameter: names the first value that is.
        """
        for name, most in (("months", MAX_MONTHS), ("weeks", MAX_WEEKS), ("size", MAX_SIZE)):
            check_number(name, getattr(self, name), most)
        if self.now is not None:
            check_now(self.now)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The documents of a snapshot in time; int64, (num_docs,) each.

    Attributes:
        month: its number (``index.dates.month_number``), negative for an undated one.
        bins: the month of the period, from 0; OUTSIDE for what is not in it.
        ago: days before ``now``, negative after it; meaningless for an undated one.
        is_dated: of those that count.
    """

    now: date
    month: Ints
    bins: Ints
    ago: Ints
    is_dated: Bools

    @classmethod
    def of(cls, snapshot: Snapshot, among: Bools, scope: Scope) -> _Calendar:
        day = snapshot.column("doc_day").astype(np.int64)
        month = snapshot.column("doc_month").astype(np.int64)
        is_dated = among & (day != UNDATED_DAY)
        now = scope.now
        if now is None:
            past = day[is_dated & (day <= day_number(scope.today))]
            now = day_of_number(int(past.max())) if len(past) else scope.today
        else:
            now = day_in_rome(now)
        ago = day_number(now) - day
        after_first = month - (month_number(now) - scope.months + 1)
        is_inside = is_dated & (ago >= 0) & (after_first >= 0)
        return cls(now, month, np.where(is_inside, after_first, OUTSIDE), ago, is_dated)

    def between(self, first: int, end: int) -> Bools:
        """The documents of so many days ago, half-open."""
        chosen: Bools = self.is_dated & (self.ago >= first) & (self.ago < end)
        return chosen


def make_report(vocabulary: Vocabulary, scope: Scope, fetch: Fetch) -> Report | None:
    """What a snapshot says of itself; None when the store no longer has its articles.

    Raises:
        QueryError: a value is out of bounds, or a site is unknown.
    """
    scope.check()
    snapshot = vocabulary.snapshot
    among = snapshot.live_mask()
    sites: tuple[str, ...] = ()
    if scope.sites:
        numbers = known_values(snapshot, "site", scope.sites)
        sites = tuple(snapshot.values["site"][number] for number in numbers)
        among &= facet_rows(snapshot, "site").having(numbers)
    calendar = _Calendar.of(snapshot, among, scope)
    last = month_number(calendar.now)
    months = tuple(range(last - scope.months + 1, last + 1))
    bins = calendar.bins
    by_month = MonthsOfDocs(calendar.month, bins, scope.months)
    volumes = {facet: volumes_by_value(snapshot, facet, among, by_month, scope.size) for facet in ("site", "section")}
    names, names_of_month = frequent_names(vocabulary, bins, scope.months, scope.size)
    recent = calendar.between(0, 7 * scope.weeks)
    before = calendar.between(7 * scope.weeks, 7 * scope.weeks + DAYS_BEFORE)
    week = WEEKS_SHOWN - 1 - calendar.ago // 7
    rising = rising_words(
        snapshot,
        np.where(recent, RECENT, np.where(before, BEFORE, OUTSIDE)),
        sites_of_docs(snapshot, MOST_SITES),
        np.where(calendar.between(0, 7 * WEEKS_SHOWN), week, OUTSIDE),
        num_weeks=WEEKS_SHOWN,
        size=scope.size,
    )
    undated = np.flatnonzero(among & ~calendar.is_dated)
    groups = same_title(snapshot, among)
    stories = told_twice(snapshot, among)
    slips = always_wrong(snapshot, among)
    typos = one_edit_away(vocabulary, among)
    mentions = _Mentions(snapshot)
    for docs in (
        undated,
        *groups[: scope.size],
        *stories[: scope.size],
        *(suspect.docs for suspect in (*slips[: scope.size], *typos[: scope.size])),
    ):
        mentions.want(docs)
    if not mentions.read(fetch):
        return None
    return Report(
        now=calendar.now,
        sites=sites,
        articles=int(np.count_nonzero(among)),
        after=int(np.count_nonzero(calendar.is_dated & (calendar.ago < 0))),
        months=months,
        whole=volume_of("", np.flatnonzero(among), by_month),
        num_sites=volumes["site"][1],
        num_sections=volumes["section"][1],
        by_site=volumes["site"][0],
        by_section=volumes["section"][0],
        names=names,
        names_of_month=names_of_month,
        weeks=scope.weeks,
        num_recent=int(np.count_nonzero(recent)),
        num_before=int(np.count_nonzero(before)),
        rising=rising,
        undated=mentions.found(undated),
        num_stories=len(stories),
        stories=tuple(map(mentions.found, stories[: scope.size])),
        num_same_title=len(groups),
        same_title=tuple(map(mentions.found, groups[: scope.size])),
        slips=tuple(mentions.misspelling(suspect) for suspect in slips[: scope.size]),
        num_slips=len(slips),
        typos=tuple(mentions.misspelling(suspect) for suspect in typos[: scope.size]),
        num_typos=len(typos),
    )


class _Mentions:
    """The articles that a report names, read together."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._day = snapshot.column("doc_day")
        self._wanted: set[int] = set()
        self._read: dict[int, Mention] = {}

    def want(self, docs: Ints) -> None:
        """The newest of some documents will be named."""
        self._wanted.update(self._newest(docs, MENTIONS))

    def _newest(self, docs: Ints, most: int) -> list[int]:
        """The newest of some documents, at most so many; undated ones last, then by id."""
        day = self._day[docs].astype(np.float64)
        return [doc for _, doc in best_first(self._snapshot, docs.astype(np.int64), day, most)]

    def read(self, fetch: Fetch) -> bool:
        """Read what was wanted; False when the store no longer has it."""
        docs = sorted(self._wanted)
        articles = fetch(docs) if docs else []
        if articles is None:
            return False
        for doc, article in zip(docs, articles, strict=True):
            self._read[doc] = Mention(
                article_id=article.article_id,
                title=article.title,
                published=None if article.published is None else day_in_rome(article.published),
                site=article.site,
            )
        return True

    def of(self, docs: Ints) -> tuple[Mention, ...]:
        """The newest of some documents that were wanted, undated last, of one moment by id."""
        return tuple(self._read[doc] for doc in self._newest(docs, MENTIONS))

    def found(self, docs: Ints) -> Found:
        """How many documents there are, and the newest of them."""
        return Found(total=len(docs), first=self.of(docs))

    def misspelling(self, suspect: Suspect) -> Misspelling:
        """A word with the articles where it stands."""
        return Misspelling(
            printed=suspect.printed,
            meant=suspect.meant,
            articles=len(suspect.docs),
            articles_meant=suspect.articles_meant,
            places=self.of(suspect.docs),
        )
