"""Paging and bars, where a small archive does not reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from search import FacetCount, MonthCount, Page
from web.filters import bars, paging, years
from web.parameters import Asked

EMPTY = Page(
    query="",
    understood="",
    total=0,
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
    found = paging(Asked(), replace(EMPTY, page=page, total=total, size=size), lambda asked: str(asked.page))
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
    found = paging(Asked(), replace(EMPTY, page=1_000, total=10_001), lambda asked: str(asked.page))
    assert (found.last, found.following, found.is_cut) == (1_000, None, True)
    complete = paging(Asked(), replace(EMPTY, page=1_000, total=10_000), lambda asked: str(asked.page))
    assert not complete.is_cut


def test_bars_keep_the_months_without_articles_as_room() -> None:
    page = replace(EMPTY, histogram=(MonthCount("2023-11", 1), MonthCount("2024-02", 4)))
    assert bars(page) == ((0, 25.0), (3, 100.0))


def test_bars_of_a_long_archive_are_years() -> None:
    page = replace(EMPTY, histogram=(MonthCount("1901-01", 1), MonthCount("1901-02", 1), MonthCount("2024-02", 4)))
    assert bars(page) == ((0, 50.0), (123, 100.0))
    assert bars(EMPTY) == ()


def test_years_and_months_stand_in_one_list_and_have_one_scale() -> None:
    counted = (FacetCount(value="2024", count=4), FacetCount(value="2023", count=8))
    months = (MonthCount("2023-11", 8), MonthCount("2024-01", 1), MonthCount("2024-02", 3))
    page = replace(EMPTY, facets={**EMPTY.facets, "year": counted}, histogram=months)
    shares = {
        period.label: period.share for year in years(Asked(), page, lambda asked: "") for period in (year, *year.months)
    }
    assert shares == {"2024": 50, "gennaio 2024": 12.5, "febbraio 2024": 37.5, "2023": 100, "novembre 2023": 100}
