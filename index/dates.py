"""Dates: when an article was published, and which days a person means.

Inside, a span of days is a ``DateRange``, half-open over ``date``; what a person types is inclusive, and is turned
into one here and nowhere else. Times without a zone are Europe/Rome. Nothing here reads the clock: ``today`` is given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from index.plain_text import APOSTROPHES

_EPOCH = date(1970, 1, 1)

MIN_YEAR = 1000
MAX_YEAR = 9999

MONTHS_IT = (
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
)
_MONTHS_EN = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
# Three letters tell the months apart in both languages; "sett" and "sept" are the usual exceptions of length four.
_MONTH_OF = {
    **{name[:3]: number for number, name in enumerate(MONTHS_IT, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS_EN, 1)},
    **{name: number for number, name in enumerate(MONTHS_IT, 1)},
    **{name: number for number, name in enumerate(_MONTHS_EN, 1)},
    "sett": 9,
    "sept": 9,
}

_MOST_TYPED_CHARS = 200  # far more than any date has, whatever its accents; what is longer is not looked at

_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"(?:(?:[Tt]|\ +)(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"\ *(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3,9},?\ +)?[0-9]{1,2}\ +[A-Za-z]{3,9}\ +[0-9]{2,4}\ +[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"(?:\ +(?P<zone>[A-Za-z]{1,5}|[+-][0-9]{4}))?(?:\ +\([^()]*\))?"
)
_PUBLISHED_ALLOWED = "an ISO 8601 date or date-time (2026-03-13, 2026-03-13T10:30:00+01:00) or an RFC 2822 date-time"
_TYPED_ALLOWED = (
    "2024, marzo 2024, 03/2024, 13/03/2026, 13 marzo 2026, 2026-03-13, oggi, ieri, settimana scorsa, ultimi 7 giorni"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """The days from ``since`` up to, but without, ``until``; None leaves that end open.

    Raises:
        TypeError: an end is a ``datetime``, whose day depends on a zone.
    """

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        for end in (self.since, self.until):
            if isinstance(end, datetime):
                raise TypeError(f"a DateRange is over days, not times: {end!r}")

    @property
    def is_empty(self) -> bool:
        """Whether no day can be in it."""
        return self.since is not None and self.until is not None and self.since >= self.until

    def intersect(self, other: DateRange) -> DateRange:
        """The days that are in both; empty when there are none."""
        sinces = [end for end in (self.since, other.since) if end is not None]
        untils = [end for end in (self.until, other.until) if end is not None]
        return DateRange(since=max(sinces, default=None), until=min(untils, default=None))


@cache
def rome() -> ZoneInfo:
    """The zone of every time that names none. Read at the first call, so that importing opens no file."""
    return ZoneInfo("Europe/Rome")


def today_in_rome() -> date:
    """The day in Rome, by the clock of this machine."""
    return datetime.now(rome()).date()


def parse_published(text: str) -> date | datetime:
    """Read when an article was published, as feeds, exports and pages write it.

    Args:
        text: an ISO 8601 date or date-time (extended or basic; "T" or blanks between; fraction and zone optional),
            or the RFC 2822 date-time of feeds. Blanks around it are ignored.
    Returns:
        A ``date`` for a bare date; else an aware ``datetime`` with the zone that was written, or Europe/Rome.
        The year is 1000 to 9999, in its own zone and in Rome.
    Raises:
        ValueError: anything else; the text says what was found and what is allowed.
    """
    trimmed = text.strip()
    try:
        if found := _ISO.fullmatch(trimmed):
            published = _from_iso(found)
        elif found := _RFC_2822.fullmatch(trimmed):
            published = _from_rfc_2822(trimmed, found["zone"])
        else:
            raise ValueError("not a date")
        if published.year < MIN_YEAR or day_in_rome(published).year < MIN_YEAR:
            raise ValueError(f"year before {MIN_YEAR}")
    except (ValueError, OverflowError) as error:
        raise ValueError(f"date {_shown(trimmed)} cannot be read ({error}); allowed: {_PUBLISHED_ALLOWED}") from None
    return published


def _from_iso(found: re.Match[str]) -> date | datetime:
    day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    if found["hour"] is None:
        return day
    # Seven and more digits of a second are common in .NET exports; Python keeps six.
    microsecond = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    clock = time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0), microsecond)
    return datetime.combine(day, clock, tzinfo=rome() if found["zone"] is None else _zone(found["zone"]))


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError(f"no place has the zone {text}")
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _from_rfc_2822(text: str, zone: str | None) -> datetime:
    from email.utils import parsedate_to_datetime  # slow to load, and only feeds need it

    published = parsedate_to_datetime(text)
    if published.tzinfo is not None:
        return published
    # Python gives a naive time for "-0000" (UTC, place unknown), for no zone and for each zone that it does not know.
    if zone == "-0000":
        return published.replace(tzinfo=UTC)
    if zone is None or zone.upper() in ("CET", "CEST", "MET", "MEST"):
        return published.replace(tzinfo=rome())
    raise ValueError(f"zone {zone} is unknown")


def day_in_rome(published: date | datetime) -> date:
    """The day, in Rome, of a date or of a moment; a moment without a zone is Rome's."""
    if not isinstance(published, datetime):
        return published
    return (published if published.tzinfo is None else published.astimezone(rome())).date()


def moment_of(published: date | datetime) -> datetime:
    """The moment with its zone; a bare date is its midnight in Rome, and a moment without a zone is Rome's."""
    if not isinstance(published, datetime):
        published = datetime.combine(published, time())
    return published.replace(tzinfo=rome()) if published.tzinfo is None else published


def timestamp(published: date | datetime) -> int:
    """Whole seconds since 1970-01-01 UTC, negative before, of the moment that ``moment_of`` tells."""
    return (moment_of(published) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def day_number(day: date) -> int:
    """Days since 1970-01-01: how days are kept in columns."""
    return day.toordinal() - _EPOCH.toordinal()


def day_of_number(number: int) -> date:
    """The day of a number of ``day_number``."""
    return date.fromordinal(number + _EPOCH.toordinal())


def month_number(day: date) -> int:
    """Months from the first of the year 0 to the month of a day: how months are kept in columns."""
    return day.year * 12 + day.month - 1


def first_of_month(number: int) -> date:
    """The first day of the month of a number of ``month_number``."""
    return date(number // 12, number % 12 + 1, 1)


def month_iso(number: int) -> str:
    """The month of a number of ``month_number``: "2024-03"."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_of_iso(text: str) -> int:
    """The number of a month that ``month_iso`` has written."""
    return int(text[:4]) * 12 + int(text[5:]) - 1


def year_of_month(number: int) -> int:
    """The year of a number of ``month_number``."""
    return number // 12


def format_month_it(number: int) -> str:
    """The same as an Italian reads it: "marzo 2024"."""
    return f"{MONTHS_IT[number % 12]} {number // 12}"


def format_day_it(day: date) -> str:
    """The day as an Italian reads it: "13 marzo 2026", "1º marzo 2026"."""
    return f"{'1º' if day.day == 1 else day.day} {MONTHS_IT[day.month - 1]} {day.year}"


def inclusive_range(since_text: str | None, until_text: str | None, *, today: date) -> DateRange:
    """The range between two dates as a person types them, both ends inside it.

    Args:
        since_text, until_text: what ``parse_day_range`` reads; None or blanks leave that end open.
    Returns:
        From the first day of ``since_text`` to the last of ``until_text``: until "marzo 2024" has all March in it.
    Raises:
        ValueError: an end cannot be read or does not exist, or the range runs backwards.
    """
    first = parse_day_range(since_text, today=today) if since_text and since_text.strip() else DateRange()
    last = parse_day_range(until_text, today=today) if until_text and until_text.strip() else DateRange()
    days = DateRange(since=first.since, until=last.until)
    if days.is_empty:
        raise ValueError(
            f"the dates run backwards, from {_shown(str(since_text))} ({days.since}) to {_shown(str(until_text))}"
            f" (before {days.until}); allowed: a first date that is not after the last"
        )
    return days


def parse_day_range(text: str, *, today: date) -> DateRange:
    """Read what a person types as one date, in Italian or English: the days that it covers.

    Case, accents, blanks and the kind of apostrophe do not matter. Numbers are day, month, year, or year first.
    A month or a day without a year is the latest that has begun. "Scorso" is the calendar's (the week from Monday),
    "ultimi" counts back from today, which is in it; hours are rounded up to whole days.

    Args:
        text: 2024, marzo 2024, 03/2024, 13/03/2026, 13 marzo 2026, ieri, mese scorso, ultimi 7 giorni...
        today: what "oggi" is.
    Returns:
        A range with at least one day; its end is None only for what ends with the year 9999.
    Raises:
        ValueError: it is none of these, or the day does not exist; says what was found and what is allowed.
    """
    words = " ".join(text.split())
    try:
        folded = _fold(words) if len(words) <= _MOST_TYPED_CHARS else ""
        days = _relative(folded, today) or _calendar(folded, today)
    except OverflowError:
        days = None
    if days is None:
        raise ValueError(f"date {_shown(text)} cannot be read or does not exist; allowed: {_TYPED_ALLOWED}")
    return days


def _shown(text: str) -> str:
    """The text quoted for a message, not longer than a line."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


_SIGNS: Final = {**dict.fromkeys(map(ord, APOSTROPHES), "'"), **dict.fromkeys(map(ord, "°º"))}


def _fold(text: str) -> str:
    """Lower case, no accents, one apostrophe, single blanks; the sign of 1° is dropped."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_SIGNS).casefold())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def _calendar(folded: str, today: date) -> DateRange | None:
    """A year, month or day by its numbers or name; None when it is not one or does not exist."""
    tight = re.sub(r" ?([./,-]) ?", r"\1", folded[:41]).rstrip(".")
    # Numbers apart by a blank are not one date: in "dopo:2024 5 stelle" the year stands alone.
    is_apart = len(folded) > 40 or re.search(r"[0-9] [0-9]|^[0-9]{4} ", tight)
    match [] if is_apart else [_part(part) for part in re.split(r"[ ./,-]", tight)]:
        case [("year", year)]:
            return _year(year)
        case [("month", month)]:
            return _month(today.year if month <= today.month else today.year - 1, month)
        case [("month" | "number", month), ("year", year)] | [("year", year), ("month" | "number", month)]:
            return _month(year, month)
        case [("number", day), ("month", month)]:
            return _latest_day(day, month, today)
        case (
            [("number", day), ("month" | "number", month), ("year", year)]
            | [("year", year), ("month" | "number", month), ("number", day)]
            | [("month", month), ("number", day), ("year", year)]
        ):
            return _day(year, month, day)
    return None


def _part(text: str) -> tuple[str, int]:
    """What one part of a date is: ("year" | "number" | "month" | "other", its value)."""
    if re.fullmatch(r"[0-9]{4}", text):
        return ("year", int(text)) if int(text) >= MIN_YEAR else ("other", 0)
    if found := re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)?", text):
        return "number", int(found[1])
    if text == "primo":
        return "number", 1
    return ("month", _MONTH_OF[text]) if text in _MONTH_OF else ("other", 0)


def _relative(folded: str, today: date) -> DateRange | None:
    """A date that is told from today; None when it is not one of them."""
    bare = re.sub(r"^(?:l'|la |il |lo |le |gli |i |nell'|nella |nel |negli |nelle |the |in the )", "", folded)
    if named := _NAMED.get(bare):
        return named(today)
    if found := re.fullmatch(r"([0-9]{1,4}|un|uno|una|a) (\w+) (?:fa|ago)", bare):
        first = _back(_count(found[1]), found[2], today)
        return None if first is None or _UNITS[found[2]] == "hour" else _days(first, 1)
    found = re.fullmatch(r"(?:ultim[aeio]|scors[aeio]|last|past) (?:([0-9]{1,4}) )?(\w+)", bare)
    if not found or _count(found[1]) < 1:
        return None
    first = _back(_count(found[1]), found[2], today)
    if first is None:
        return None
    # Seven days with today in them begin six days ago; hours begin within the day that they reach back to.
    exact = _UNITS[found[2]] in ("day", "week")
    return DateRange(since=first + timedelta(days=1) if exact else first, until=_after(today))


def _count(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1


_UNITS = {
    **dict.fromkeys(("ora", "ore", "hour", "hours"), "hour"),
    **dict.fromkeys(("giorno", "giorni", "day", "days"), "day"),
    **dict.fromkeys(("settimana", "settimane", "week", "weeks"), "week"),
    **dict.fromkeys(("mese", "mesi", "month", "months"), "month"),
    **dict.fromkeys(("anno", "anni", "year", "years"), "year"),
}


def _back(count: int, unit: str, today: date) -> date | None:
    """The day so many units before today; the last of the month where it has no such day. None for no unit."""
    match _UNITS.get(unit):
        case "hour":
            return today - timedelta(days=-(-count // 24))
        case "day":
            return today - timedelta(days=count)
        case "week":
            return today - timedelta(weeks=count)
        case "month" | "year" as span:
            months = month_number(today) - (count if span == "month" else 12 * count)
            if months < MIN_YEAR * 12:
                return None
            beginning = first_of_month(months)
            last = _after_month(beginning.year, beginning.month)
            return min(beginning + timedelta(days=today.day - 1), (last or date.max) - timedelta(days=1))
    return None


def _after(day: date) -> date | None:
    """The day after; None after the last that exists, which leaves a range open."""
    return None if day == date.max else day + timedelta(days=1)


def _after_month(year: int, month: int) -> date | None:
    if (year, month) == (MAX_YEAR, 12):
        return None
    return first_of_month(month_number(date(year, month, 1)) + 1)


def _days(first: date, count: int) -> DateRange:
    return DateRange(since=first, until=_after(first + timedelta(days=count - 1)))


def _year(year: int) -> DateRange:
    return DateRange(since=date(year, 1, 1), until=None if year == MAX_YEAR else date(year + 1, 1, 1))


def _month(year: int, month: int) -> DateRange | None:
    if not 1 <= month <= 12:
        return None
    return DateRange(since=date(year, month, 1), until=_after_month(year, month))


def _day(year: int, month: int, day: int) -> DateRange | None:
    try:
        return _days(date(year, month, day), 1)
    except ValueError:
        return None


def _latest_day(day: int, month: int, today: date) -> DateRange | None:
    """The latest such day that is not after today. 29 February can lie up to eight years back."""
    for year in range(today.year, today.year - 9, -1):
        days = _day(year, month, day)
        if days is not None and days.since is not None and days.since <= today:
            return days
    return None


def _last_month(today: date) -> DateRange | None:
    first = first_of_month(month_number(today) - 1)
    return _month(first.year, first.month)


def _week(today: date, weeks_ago: int) -> DateRange:
    return _days(today - timedelta(days=today.weekday(), weeks=weeks_ago), 7)


_NAMED: dict[str, Callable[[date], DateRange | None]] = {
    **dict.fromkeys(("oggi", "today"), lambda today: _days(today, 1)),
    **dict.fromkeys(("ieri", "yesterday"), lambda today: _days(today - timedelta(days=1), 1)),
    **dict.fromkeys(
        ("altroieri", "altro ieri", "avantieri", "ieri altro", "ier l'altro", "day before yesterday"),
        lambda today: _days(today - timedelta(days=2), 1),
    ),
    **dict.fromkeys(("questa settimana", "this week"), lambda today: _week(today, 0)),
    **dict.fromkeys(("settimana scorsa", "scorsa settimana", "last week"), lambda today: _week(today, 1)),
    **dict.fromkeys(("questo mese", "this month"), lambda today: _month(today.year, today.month)),
    **dict.fromkeys(("mese scorso", "scorso mese", "last month"), _last_month),
    **dict.fromkeys(("quest'anno", "questo anno", "this year"), lambda today: _year(today.year)),
    **dict.fromkeys(("anno scorso", "scorso anno", "last year"), lambda today: _year(today.year - 1)),
}
