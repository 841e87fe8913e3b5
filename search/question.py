"""Question: what is asked, with every value beside it checked against its bounds and against the archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import numpy as np

from index.dates import DateRange, day_in_rome, inclusive_range
from index.snapshot import Snapshot
from search.errors import InvalidDate, InvalidParameter, UnknownValue
from search.selection import find_values

Sort = Literal["relevance", "newest", "oldest"]
SORTS: Final[tuple[str, ...]] = get_args(Sort)

MAX_SIZE: Final = 100
MAX_DEPTH: Final = 10_000
"""Results that can be paged through; beyond, a narrower question is asked for."""

FILTERED_FACETS: Final = ("section", "site", "author")
"""Facets that can be filtered by beside a question; each is counted in the answer."""

MAX_VALUES: Final = 100
"""Values of one facet that can be asked for at once: each is compared with all that the archive has."""

_KNOWN_SHOWN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with everything beside it, checked against the archive.

    Attributes:
        days: from the filters beside the question, not those inside it.
        values: facet -> numbers of the values asked for; a facet without a filter is missing.
        left_out: facet -> numbers of the values that no article may have.
    """

    text: str
    days: DateRange
    values: dict[str, list[int]]
    left_out: dict[str, list[int]]
    sort: Sort
    any_word: bool
    widen: bool
    fresh: bool
    fold: bool
    page: int
    size: int
    now: date
    explain: bool


def check_question(
    snapshot: Snapshot,
    text: object,
    filters: dict[str, object],
    *,
    without: dict[str, object],
    since: object,
    until: object,
    sort: Sort,
    any_word: bool,
    widen: bool,
    fresh: bool,
    fold: bool,
    page: int,
    size: int,
    now: object,
    explain: bool,
) -> Question:
    """A question whose values are all within their bounds and known to the archive.

    Args:
        text: what was typed, a str.
        filters: facet -> values asked for, as typed: several str or one.
        without: facet -> values to leave out, as ``filters``.
        since, until: a str, a date, a date-time, which is its day in Rome, or None.
        now: a date, or a date-time.
    Raises:
        QueryError: names the first value that is not, be it out of bounds, unknown or of another kind.
    """
    check_number("page", page, MAX_DEPTH)
    check_number("size", size, MAX_SIZE)
    if page * size > MAX_DEPTH:
        raise InvalidParameter("page", page, f"pages up to {MAX_DEPTH // size} of {size} results; narrow the question")
    if sort not in SORTS:
        raise UnknownValue("sort", sort, ", ".join(SORTS))
    today = check_now(now)
    days = check_days(since, until, today=today)
    return Question(
        text=check_text("query", text),
        days=days,
        values={facet: known_values(snapshot, facet, values) for facet, values in filters.items() if values},
        left_out={
            facet: known_values(snapshot, facet, values, parameter=f"without_{facet}")
            for facet, values in without.items()
            if values
        },
        sort=sort,
        any_word=any_word,
        widen=widen,
        fresh=fresh,
        fold=fold,
        page=page,
        size=size,
        now=today,
        explain=explain,
    )


def check_days(since: object, until: object, *, today: date) -> DateRange:
    """The days between two ends, as ``check_question`` takes them.

    Raises:
        InvalidDate: an end cannot be read or does not exist, or the range runs backwards.
        InvalidParameter: an end is neither a text nor a date.
    """
    first, last = (_as_text(name, day) for name, day in (("since", since), ("until", until)))
    try:
        return inclusive_range(first, last, today=today)
    except ValueError as error:
        raise InvalidDate(first, last, str(error)) from error


def _as_text(name: str, day: object) -> str | None:
    if day is None or isinstance(day, str):
        return day or None
    if not isinstance(day, date):
        raise InvalidParameter(name, day, "a date, or a text such as 2024, marzo 2024, 13/03/2026 or ieri")
    return day_in_rome(day).isoformat()


def check_now(now: object) -> date:
    """The day, in Rome, of a date or a date-time; else raises InvalidParameter."""
    if not isinstance(now, date):
        raise InvalidParameter("now", now, "a date or a date-time of Python")
    return day_in_rome(now)


def check_text(name: str, value: object) -> str:
    """The value, if it is a text; else raises InvalidParameter."""
    if not isinstance(value, str):
        raise InvalidParameter(name, value, "a text")
    return value


def check_number(name: str, value: object, most: int) -> None:
    """Refuse a parameter that is not a whole number from 1 to ``most``, with InvalidParameter."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidParameter(name, value, f"1 to {most}")


def known_values(snapshot: Snapshot, facet: str, values: object, *, parameter: str = "") -> list[int]:
    """The numbers of the values that are asked for, several str or one.

    Args:
        parameter: what an error calls them; the facet when "".
    Raises:
        InvalidParameter: they are something else, or too many.
        UnknownValue: no live article has one of them.
    """
    parameter = parameter or facet
    if not isinstance(values, str | Iterable):
        raise InvalidParameter(parameter, values, "a list of texts")
    numbered = [(at, snapshot.values[facet][at]) for at in np.flatnonzero(snapshot.live_values(facet)).tolist()]
    known = [value for _, value in numbered]
    numbers: list[int] = []
    asked = [values] if isinstance(values, str) else list(values)
    if len(asked) > MAX_VALUES:
        raise InvalidParameter(parameter, f"a list of {len(asked):,}", f"up to {MAX_VALUES} values")
    for value in asked:
        check_text(parameter, value)
        found = [numbered[at][0] for at in find_values(known, value, how="whole")]
        if not found:
            shown = sorted(known)[:_KNOWN_SHOWN]
            more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
            raise UnknownValue(parameter, value, (", ".join(shown) or "none, the archive has no such value") + more)
        numbers += [number for number in found if number not in numbers]
    return numbers
