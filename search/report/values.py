"""What a report says: frozen values, without a word of how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Months = tuple[int, int]
"""A stretch of months from the first to the last of them, inclusive, each as in ``index.dates.month_number``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How much of something there is, month by month.

    Attributes:
        label: a site or a section; "" for the articles that have none, None for all the values that are not told by
            themselves.
        articles: in the period of the report.
        by_month: of them, by month of the period.
        span: the first and the last month of the whole archive with such an article; None when all are undated.
        gaps: the months between these two without one.
    """

    label: str | None
    articles: int
    by_month: tuple[int, ...]
    span: Months | None
    gaps: tuple[Months, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name or an acronym, and in how many articles of the period it stands."""

    text: str
    articles: int
    by_month: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RisingWord:
    """A word that stands in more of the last weeks' articles than those of the year before let expect.

    Attributes:
        text: as it is mostly printed; all its inflections are counted.
        recent, before: articles of the last weeks, and of the year before them, that have the word.
        expected: how many of the last weeks would have it if each site printed it as often as in the year before.
        score: standard deviations between ``recent`` and ``expected``.
        by_week: articles with the word, week by week, to the last day of the report.
    """

    text: str
    recent: int
    before: int
    expected: float
    score: float
    by_week: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An article as a report names it; ``site`` is "" where there is none."""

    article_id: str
    title: str
    published: date | None
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelling:
    """A word that is probably misspelt.

    Attributes:
        printed, meant: as it stands in the articles, and as it is written.
        articles: how many print it so.
        articles_meant: how many print what was meant, and not what is always wrong as well.
        places: the newest of the articles, at most a few.
    """

    printed: str
    meant: str
    articles: int
    articles_meant: int
    places: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Articles of which one thing is said: how many, and the first of them, newest first."""

    total: int
    first: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an archive says of itself.

    Attributes:
        now: the last day of the report.
        sites: only the articles of these were looked at; () for all.
        articles: live ones, whatever their date.
        after: of them, those of days after ``now``.
        months: the months of the period, the last of which ends with ``now``.
        whole: all articles, month by month.
        num_sites, num_sections: how many there are in all.
        by_site, by_section: the largest, then what is left; a section has the articles of those below it.
        names: the most frequent of the period.
        names_of_month: of each month of the period the most frequent.
        weeks: how many are the last ones.
        num_recent, num_before: articles of the last weeks, and of the year before them.
        rising: the words that rose most.
        undated: articles without a date.
        num_stories: how many stories several articles tell (``index.stories``).
        stories: of the stories that most articles tell how many do, and the first of them.
        same_title: groups of articles with one title, in all and the first of them.
        slips: spellings that are always wrong, the most frequent first.
        num_slips: how many of these there are in all.
        typos: words that are hardly printed and an edit away from a common one, the likeliest first.
        num_typos: how many of these there are in all.
    """

    now: date
    sites: tuple[str, ...]
    articles: int
    after: int
    months: tuple[int, ...]
    whole: Volume
    num_sites: int
    num_sections: int
    by_site: tuple[Volume, ...]
    by_section: tuple[Volume, ...]
    names: tuple[Name, ...]
    names_of_month: tuple[tuple[tuple[str, int], ...], ...]
    weeks: int
    num_recent: int
    num_before: int
    rising: tuple[RisingWord, ...]
    undated: Found
    num_stories: int
    stories: tuple[Found, ...]
    num_same_title: int
    same_title: tuple[Found, ...]
    slips: tuple[Misspelling, ...]
    num_slips: int
    typos: tuple[Misspelling, ...]
    num_typos: int
