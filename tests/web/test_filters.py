"""Paging, time and long lists of choices, where a small archive does not reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from search import FacetCount, MonthCount, Page
from web.filters import Choices, Timeline, choices, paging, timeline
from web.links import Links
from web.parameters import Asked
from web.settings import WebSettings

EMPTY = Page(
    query="",
    understood="",
    total=0,
    stories=0,
    took_ms=0.0,
    page=1,
    size=10,
    hits=(),
    facets={"section": (), "site": (), "author": (), "year": ()},
    histogram=(),
    suggestion=None,
    widened=None,
    is_fresh=False,
    now=date(2026, 3, 13),
    generation=1,
)


def numbers(page: int, total: int, size: int = 10) -> list[int | None]:
    found = paging(replace(EMPTY, page=page, stories=total, size=size), lambda *, page: f"{page}")
    for step in found.steps:
        assert step is None or step[1] == str(step[0])
    return [None if step is None else step[0] for step in found.steps]


@pytest.mark.parametrize(
    ("page", "total", "shown"),
    [
        pytest.param(1, 0, [], id="nothing"),
        pytest.param(1, 10, [1], id="one page"),
        pytest.param(1, 11, [1, 2], id="two pages"),
        pytest.param(1, 500, [1, 2, None, 50], id="first"),
        pytest.param(4, 500, [1, 2, 3, 4, 5, None, 50], id="a gap of one is filled"),
        pytest.param(25, 500, [1, None, 24, 25, 26, None, 50], id="middle"),
        pytest.param(50, 500, [1, None, 49, 50], id="last"),
        pytest.param(1_000, 123_456, [1, None, 999, 1_000], id="as deep as it goes"),
    ],
)
def test_the_first_the_last_and_the_pages_around_are_linked(page: int, total: int, shown: list[int | None]) -> None:
    assert numbers(page, total) == shown


def test_the_deepest_page_has_no_next_and_says_that_there_is_more() -> None:
    found = paging(replace(EMPTY, page=1_000, stories=10_001), Links(Asked(), "").to)
    assert (found.last, found.following, found.is_cut) == (1_000, None, True)
    complete = paging(replace(EMPTY, page=1_000, stories=10_000), Links(Asked(), "").to)
    assert not complete.is_cut


def times(**changes: Any) -> Timeline:
    return timeline(Asked(), replace(EMPTY, **changes), Links(Asked(), "").to)


def test_bars_keep_the_months_without_articles_as_room() -> None:
    bars = times(histogram=(MonthCount("2023-11", 1), MonthCount("2024-02", 4))).bars
    assert [(bar.place, bar.height, bar.label) for bar in bars] == [
        (0, 25.0, "novembre 2023"),
        (3, 100.0, "febbraio 2024"),
    ]
    assert [bar.address for bar in bars] == ["?dal=11%2F2023&al=11%2F2023", "?dal=02%2F2024&al=02%2F2024"]


def test_bars_of_a_long_archive_are_years() -> None:
    months = (MonthCount("1901-01", 1), MonthCount("1901-02", 1), MonthCount("2024-02", 4))
    bars = times(histogram=months).bars
    assert [(bar.place, bar.height, bar.label, bar.number) for bar in bars] == [
        (0, 50.0, "1901", 2),
        (123, 100.0, "2024", 4),
    ]
    assert bars[0].address == "?dal=1901&al=1901"
    assert times().bars == ()


def test_years_have_their_months_below_them() -> None:
    counted = (FacetCount(value="2024", count=4), FacetCount(value="2023", count=8))
    months = (MonthCount("2023-11", 8), MonthCount("2024-01", 1), MonthCount("2024-02", 3))
    years = times(facets={**EMPTY.facets, "year": counted}, histogram=months).years
    told = [(period.label, period.number) for year in years for period in (year, *year.months)]
    assert told == [("2024", 4), ("gennaio 2024", 1), ("febbraio 2024", 3), ("2023", 8), ("novembre 2023", 8)]


def test_months_of_many_years_are_listed_year_by_year() -> None:
    counted = tuple(FacetCount(value=str(year), count=1) for year in (2024, 2023, 2022))
    months = tuple(MonthCount(f"{year}-05", 1) for year in (2022, 2023, 2024))
    years = times(facets={**EMPTY.facets, "year": counted}, histogram=months).years
    assert [year.months for year in years] == [(), (), ()]
    within_a_year = times(facets={**EMPTY.facets, "year": counted}, histogram=months[1:2]).years
    assert [len(year.months) for year in within_a_year] == [0, 1, 0]


def sections(asked: Asked) -> Choices:
    names = ("Sport", "Economia", "Economia / Lavoro", "Esteri", "Cultura", "Arte", "Moda")
    counted = tuple(FacetCount(value=name, count=9) for name in names)
    settings = WebSettings(choices_shown=2, choices_most=4)
    page = replace(EMPTY, facets={**EMPTY.facets, "section": counted})
    return choices("section", asked, page, Links(asked, "").to, settings)


def test_the_first_values_are_shown_some_more_folded_away_and_the_others_left_out() -> None:
    found = sections(Asked())
    assert [choice.label for choice in found.shown] == ["Sport", "Economia"]
    assert [choice.label for choice in found.shown[1].below.shown] == ["Lavoro"]
    assert [choice.label for choice in found.folded] == ["Esteri", "Cultura"]


def test_a_value_that_is_set_is_shown_wherever_it_stands() -> None:
    found = sections(Asked(sections=("Esteri",), without_sections=("Moda",)))
    assert [choice.label for choice in found.shown] == ["Sport", "Economia", "Esteri", "Moda"]
    assert [choice.label for choice in found.folded] == ["Cultura"]
    assert [choice.is_chosen for choice in found.shown] == [False, False, True, False]
    assert [choice.is_left_out for choice in found.shown] == [False, False, False, True]


def test_the_links_of_a_value_set_it_take_it_away_and_leave_it_out() -> None:
    sport, esteri = (sections(Asked(sections=("Esteri",), page=3)).shown[at] for at in (0, 2))
    assert sport.address == "?sezione=Esteri&sezione=Sport"
    assert sport.without == "?sezione=Esteri&senza_sezione=Sport"
    assert (esteri.address, esteri.without) == ("", None)
    [choice] = sections(Asked()).folded[:1]
    assert (choice.address, choice.without) == ("?sezione=Esteri", None)
