"""Dates as feeds write them and as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import (
    DateRange,
    day_in_rome,
    first_of_month,
    format_day_it,
    format_month_it,
    inclusive_range,
    month_iso,
    month_number,
    month_of_iso,
    parse_day_range,
    parse_published,
    rome,
    timestamp,
    year_of_month,
)
from index.plain_text import APOSTROPHES

TODAY = date(2026, 3, 13)  # a Friday
CET = timezone(timedelta(hours=1))


def is_within(day: date, days: DateRange) -> bool:
    """Whether a day is one of a range, which is half-open."""
    return (days.since is None or days.since <= day) and (days.until is None or day < days.until)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-03-13T10:30:00Z", datetime(2026, 3, 13, 10, 30, tzinfo=UTC), id="utc"),
        pytest.param("2026-03-13T10:30:00+01:00", datetime(2026, 3, 13, 10, 30, tzinfo=CET), id="colon-zone"),
        pytest.param("2026-03-13 10:30:00+0100", datetime(2026, 3, 13, 10, 30, tzinfo=CET), id="blank-and-plain-zone"),
        pytest.param("2026-03-13T10:30+01", datetime(2026, 3, 13, 10, 30, tzinfo=CET), id="hour-zone"),
        pytest.param("20260313T103000Z", datetime(2026, 3, 13, 10, 30, tzinfo=UTC), id="basic-format"),
        pytest.param("2026-03-13T10:30:00.5Z", datetime(2026, 3, 13, 10, 30, 0, 500_000, tzinfo=UTC), id="fraction"),
        pytest.param(
            "2026-03-13T10:30:00.1234567Z", datetime(2026, 3, 13, 10, 30, 0, 123_456, tzinfo=UTC), id="seven-digits"
        ),
        pytest.param(" 2026-03-13T10:30 \n", datetime(2026, 3, 13, 9, 30, tzinfo=UTC), id="naive-winter-is-rome"),
        pytest.param("2026-07-13T10:30", datetime(2026, 7, 13, 8, 30, tzinfo=UTC), id="naive-summer-is-rome"),
        pytest.param("Fri, 13 Mar 2026 10:30:00 GMT", datetime(2026, 3, 13, 10, 30, tzinfo=UTC), id="rfc-gmt"),
        pytest.param("Fri, 13 Mar 2026 10:30:00 +0100", datetime(2026, 3, 13, 10, 30, tzinfo=CET), id="rfc-offset"),
        pytest.param("13 Mar 26 10:30 CET", datetime(2026, 3, 13, 9, 30, tzinfo=UTC), id="rfc-822-short"),
        pytest.param("Fri, 13 Mar 2026 10:30:00 -0000", datetime(2026, 3, 13, 10, 30, tzinfo=UTC), id="rfc-unknown"),
        pytest.param("Fri, 13 Mar 2026 10:30:00", datetime(2026, 3, 13, 9, 30, tzinfo=UTC), id="rfc-without-zone"),
    ],
)
def test_published_moment_is_aware_and_right(text: str, moment: datetime) -> None:
    published = parse_published(text)
    assert isinstance(published, datetime)
    assert published.tzinfo is not None
    assert published == moment


@pytest.mark.parametrize("text", ["2026-03-13", "20260313", "  2026-03-13\n"])
def test_published_bare_date_stays_a_date(text: str) -> None:
    published = parse_published(text)
    assert type(published) is date
    assert published == date(2026, 3, 13)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "not a date", id="empty"),
        pytest.param("ieri", "not a date", id="relative"),
        pytest.param("13/03/2026", "not a date", id="typed-by-a-person"),
        pytest.param("2026-02-31", "day", id="impossible-day"),
        pytest.param("2026-03-13T25:00:00Z", "hour", id="impossible-hour"),
        pytest.param("2026-03-13T10:00:00+19:00", "zone", id="impossible-zone"),
        pytest.param("Fri, 13 Mar 2026 10:30:00 XYZ", "XYZ", id="unknown-zone-is-not-guessed"),
        pytest.param("Fri, 13 Foo 2026 10:30:00 GMT", "Foo", id="unknown-month"),
        pytest.param("0999-12-31", "year before 1000", id="too-early"),
        pytest.param("9999-12-31T23:59:00-12:00", "out of range", id="too-late-in-rome"),
        pytest.param("2026-0313", "not a date", id="half-basic"),
        pytest.param("\uff12026-03-13", "not a date", id="other-digits"),
    ],
)
def test_unreadable_published_says_reason_found_and_allowed(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as caught:
        parse_published(text)
    assert reason in str(caught.value)
    assert "allowed: an ISO 8601 date" in str(caught.value)


def test_a_long_unreadable_date_gives_a_short_message() -> None:
    for parse in (parse_published, lambda text: parse_day_range(text, today=TODAY)):
        with pytest.raises(ValueError, match="cannot be read") as caught:
            parse("x" * 100_000)
        assert len(str(caught.value)) < 400


@given(st.text())
def test_published_gives_a_date_or_a_value_error(text: str) -> None:
    try:
        published = parse_published(text)
    except ValueError:
        return
    assert 1000 <= day_in_rome(published).year <= 9999


@given(st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)))
def test_published_reads_what_isoformat_writes(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert parse_published(aware.isoformat()) == aware
    assert parse_published(moment.date().isoformat()) == moment.date()


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("marzo 2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("  MARZO\t2024 ", date(2024, 3, 1), date(2024, 4, 1)),
        ("mar 2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("mar. 2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("March 2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("03/2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("2024-03", date(2024, 3, 1), date(2024, 4, 1)),
        ("03 / 2024", date(2024, 3, 1), date(2024, 4, 1)),
        ("dicembre 2024", date(2024, 12, 1), date(2025, 1, 1)),
        ("sett 2024", date(2024, 9, 1), date(2024, 10, 1)),
        ("13/03/2026", date(2026, 3, 13), date(2026, 3, 14)),
        ("13-03-2026", date(2026, 3, 13), date(2026, 3, 14)),
        ("13.3.2026", date(2026, 3, 13), date(2026, 3, 14)),
        ("2026-03-13", date(2026, 3, 13), date(2026, 3, 14)),
        ("13 marzo 2026", date(2026, 3, 13), date(2026, 3, 14)),
        ("March 13, 2026", date(2026, 3, 13), date(2026, 3, 14)),
        ("1° aprile 2024", date(2024, 4, 1), date(2024, 4, 2)),
        ("1º aprile 2024", date(2024, 4, 1), date(2024, 4, 2)),
        ("primo aprile 2024", date(2024, 4, 1), date(2024, 4, 2)),
        ("29/02/2024", date(2024, 2, 29), date(2024, 3, 1)),
        ("gennaio", date(2026, 1, 1), date(2026, 2, 1)),
        ("aprile", date(2025, 4, 1), date(2025, 5, 1)),
        ("13 marzo", date(2026, 3, 13), date(2026, 3, 14)),
        ("14 marzo", date(2025, 3, 14), date(2025, 3, 15)),
        ("29 febbraio", date(2024, 2, 29), date(2024, 3, 1)),
        ("oggi", date(2026, 3, 13), date(2026, 3, 14)),
        ("ieri", date(2026, 3, 12), date(2026, 3, 13)),
        ("Ierì", date(2026, 3, 12), date(2026, 3, 13)),
        ("l'altroieri", date(2026, 3, 11), date(2026, 3, 12)),
        ("L\u2019altro  ieri", date(2026, 3, 11), date(2026, 3, 12)),
        ("settimana scorsa", date(2026, 3, 2), date(2026, 3, 9)),
        ("la scorsa settimana", date(2026, 3, 2), date(2026, 3, 9)),
        ("questa settimana", date(2026, 3, 9), date(2026, 3, 16)),
        ("mese scorso", date(2026, 2, 1), date(2026, 3, 1)),
        ("questo mese", date(2026, 3, 1), date(2026, 4, 1)),
        *((f"quest{apostrophe}anno", date(2026, 1, 1), date(2027, 1, 1)) for apostrophe in APOSTROPHES),
        ("l'anno scorso", date(2025, 1, 1), date(2026, 1, 1)),
        ("last year", date(2025, 1, 1), date(2026, 1, 1)),
        ("ultimi 7 giorni", date(2026, 3, 7), date(2026, 3, 14)),
        ("negli ultimi 7 giorni", date(2026, 3, 7), date(2026, 3, 14)),
        ("ultima settimana", date(2026, 3, 7), date(2026, 3, 14)),
        ("past 2 weeks", date(2026, 2, 28), date(2026, 3, 14)),
        ("ultime 24 ore", date(2026, 3, 12), date(2026, 3, 14)),
        ("ultime 25 ore", date(2026, 3, 11), date(2026, 3, 14)),
        ("ultimi 3 mesi", date(2025, 12, 13), date(2026, 3, 14)),
        ("ultimo anno", date(2025, 3, 13), date(2026, 3, 14)),
        ("3 giorni fa", date(2026, 3, 10), date(2026, 3, 11)),
        ("una settimana fa", date(2026, 3, 6), date(2026, 3, 7)),
        ("9999", date(9999, 1, 1), None),
        ("31/12/9999", date(9999, 12, 31), None),
    ],
)
def test_typed_date_covers_its_days(text: str, since: date, until: date | None) -> None:
    assert parse_day_range(text, today=TODAY) == DateRange(since=since, until=until)


def test_a_month_back_from_a_day_that_it_lacks_is_its_last() -> None:
    days = parse_day_range("ultimo mese", today=date(2026, 3, 31))
    assert days == DateRange(since=date(2026, 2, 28), until=date(2026, 4, 1))


def test_last_month_in_january_is_december() -> None:
    assert parse_day_range("mese scorso", today=date(2026, 1, 5)).since == date(2025, 12, 1)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2024",
        "29/02/2023",
        "13/13/2024",
        "03/13/2026",
        "0/3/2024",
        "13/03/26",
        "0999",
        "20240",
        "",
        "   ",
        "pippo",
        "marzo pippo",
        "-2024",
        "2024/",
        "2024 5",
        "2024 marzo",
        "13 03 2026",
        "13//03/2026",
        "ultimi 0 giorni",
        "ultimi 9999 anni",
        "9999 anni fa",
        "ultimi pippo",
        "2 ore fa",
        "TO",
        "\ud800",
        "\x00",
    ],
    ids=ascii,
)
def test_unreadable_or_impossible_typed_date_says_found_and_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read or does not exist") as caught:
        parse_day_range(text, today=TODAY)
    assert repr(text) in str(caught.value)
    assert "allowed: 2024, marzo 2024" in str(caught.value)


NUMBERS = st.sampled_from(["13", "1", "31", "03", "0", "2024", "9999", "9999999", "/", "-", ".", "'", "l'", "°"])
NAMES = st.sampled_from(
    ["marzo", "feb", "oggi", "ultimi", "scorso", "fa", "giorni", "ore", "anni", "settimana", "mese"]
)
WORDS = NUMBERS | NAMES


@given(st.one_of(st.text(), st.lists(WORDS, max_size=5).map(" ".join)), st.dates(min_value=date(1000, 1, 1)))
def test_typed_date_gives_a_range_with_a_day_or_a_value_error(text: str, today: date) -> None:
    try:
        days = parse_day_range(text, today=today)
    except ValueError:
        return
    assert days.since is not None
    assert is_within(days.since, days)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back_however_it_is_written(day: date) -> None:
    for text in (day.isoformat(), f"{day.day}/{day.month}/{day.year}", format_day_it(day)):
        days = parse_day_range(text, today=TODAY)
        assert days.since == day
        assert days.until == (None if day == date.max else day + timedelta(days=1))


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        pytest.param("2024-01-01", "2024-12-31", DateRange(since=date(2024, 1, 1), until=date(2025, 1, 1)), id="days"),
        pytest.param("2024", "marzo 2024", DateRange(since=date(2024, 1, 1), until=date(2024, 4, 1)), id="wider-since"),
        pytest.param("ieri", "ieri", DateRange(since=date(2026, 3, 12), until=date(2026, 3, 13)), id="one-day"),
        pytest.param("2024", None, DateRange(since=date(2024, 1, 1)), id="open-end"),
        pytest.param(None, "2024", DateRange(until=date(2025, 1, 1)), id="open-start"),
        pytest.param("", "  ", DateRange(), id="blanks"),
    ],
)
def test_both_typed_ends_are_inside(since: str | None, until: str | None, days: DateRange) -> None:
    assert inclusive_range(since, until, today=TODAY) == days


@pytest.mark.parametrize(("since", "until"), [("2024-03-01", "feb 2024"), ("oggi", "2024"), ("2025", "2024")])
def test_a_range_backwards_names_both_ends(since: str, until: str) -> None:
    with pytest.raises(ValueError, match="run backwards") as caught:
        inclusive_range(since, until, today=TODAY)
    assert repr(since) in str(caught.value)
    assert repr(until) in str(caught.value)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_month_is_found_again_from_its_number(day: date) -> None:
    number = month_number(day)
    assert first_of_month(number) == day.replace(day=1)
    assert year_of_month(number) == day.year
    assert month_iso(number) == day.isoformat()[:7]
    assert month_of_iso(month_iso(number)) == number
    assert month_number(first_of_month(number) - timedelta(days=1)) == number - 1


def test_a_month_is_named_in_italian() -> None:
    assert format_month_it(month_number(date(2024, 3, 13))) == "marzo 2024"


OPTIONAL_DAYS = st.none() | st.dates()
RANGES = st.builds(DateRange, since=OPTIONAL_DAYS, until=OPTIONAL_DAYS)


@given(RANGES, RANGES, st.dates())
def test_intersection_holds_the_days_of_both(one: DateRange, other: DateRange, day: date) -> None:
    assert is_within(day, one.intersect(other)) == (is_within(day, one) and is_within(day, other))


@given(RANGES, st.dates())
def test_an_empty_range_holds_no_day(days: DateRange, day: date) -> None:
    assert not (days.is_empty and is_within(day, days))


def test_a_range_refuses_times() -> None:
    with pytest.raises(TypeError, match="over days"):
        DateRange(since=datetime(2024, 1, 1))


def test_a_late_evening_in_utc_is_the_next_day_in_rome() -> None:
    assert day_in_rome(datetime(2026, 3, 12, 23, 30, tzinfo=UTC)) == date(2026, 3, 13)
    assert day_in_rome(datetime(2026, 3, 12, 23, 30)) == date(2026, 3, 12)
    assert day_in_rome(date(2026, 3, 12)) == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("published", "seconds"),
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), 0, id="epoch"),
        pytest.param(date(1970, 1, 1), -3600, id="bare-date-is-midnight-in-rome"),
        pytest.param(date(2026, 7, 1), 1_782_856_800, id="bare-date-in-summer"),
        pytest.param(datetime(1970, 1, 1), -3600, id="naive-is-rome"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC), -1, id="before-epoch-rounds-down"),
    ],
)
def test_timestamp_counts_seconds_from_the_epoch(published: date | datetime, seconds: int) -> None:
    assert timestamp(published) == seconds


def test_timestamps_keep_the_order_of_moments() -> None:
    midnight = datetime(2026, 3, 13, tzinfo=rome())
    assert timestamp(date(2026, 3, 13)) == timestamp(midnight) < timestamp(midnight + timedelta(seconds=1))


def test_day_in_italian() -> None:
    assert format_day_it(date(2026, 3, 13)) == "13 marzo 2026"
    assert format_day_it(date(2024, 1, 1)) == "1º gennaio 2024"


def test_a_text_longer_than_any_date_is_none_and_blanks_are_no_length() -> None:
    with pytest.raises(ValueError, match="cannot be read or does not exist"):
        parse_day_range("2024" + "\u0301\u0315" * 100_000, today=date(2026, 3, 13))
    assert parse_day_range("marzo" + " " * 1_000 + "2024", today=date(2026, 3, 13)).since == date(2024, 3, 1)
