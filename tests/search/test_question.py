"""Questions: what stands beside the words is checked, and refused with what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from archives import temporary_archive

from index.article import Article
from search import Archive, InvalidDate, InvalidParameter, Page, QueryError, UnknownValue

TODAY = date(2026, 3, 13)


def ids(page: Page) -> list[str]:
    return [hit.article.article_id for hit in page.hits]


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    one = Article(article_id="1", title="x", body="governo", site="Uno", section=("A", "B"), authors=("Anna Neri",))
    with temporary_archive([one]) as opened:
        yield opened


@pytest.mark.parametrize(
    ("arguments", "kind", "named", "allowed"),
    [
        ({"sections": ["Sport"]}, UnknownValue, ("section", "Sport"), "A, A / B"),
        ({"sites": ["Due"]}, UnknownValue, ("site", "Due"), "Uno"),
        ({"authors": ["Ugo"]}, UnknownValue, ("author", "Ugo"), "Anna Neri"),
        ({"sort": "best"}, UnknownValue, ("sort", "best"), "relevance, newest, oldest"),
        ({"page": 0}, InvalidParameter, ("page", 0), "1 to 10000"),
        ({"size": 0}, InvalidParameter, ("size", 0), "1 to 100"),
        ({"size": 101}, InvalidParameter, ("size", 101), "1 to 100"),
        ({"page": True}, InvalidParameter, ("page", True), "1 to 10000"),
        ({"page": 101, "size": 100}, InvalidParameter, ("page", 101), "pages up to 100 of 100"),
        ({"since": "31/02/2024"}, InvalidDate, ("dates", ("31/02/2024", None)), ""),
        ({"until": "boh"}, InvalidDate, ("dates", (None, "boh")), ""),
        ({"since": "2025", "until": "2024"}, InvalidDate, ("dates", ("2025", "2024")), ""),
        ({"since": 5}, InvalidParameter, ("since", 5), "a date, or a text such as 2024"),
        ({"until": 2024.5}, InvalidParameter, ("until", 2024.5), "a date, or a text such as 2024"),
        ({"sections": [5]}, InvalidParameter, ("section", 5), "a text"),
        ({"sites": 5}, InvalidParameter, ("site", 5), "a list of texts"),
        ({"authors": [None]}, InvalidParameter, ("author", None), "a text"),
        ({"now": "2024-01-01"}, InvalidParameter, ("now", "2024-01-01"), "a date or a date-time"),
        ({"now": 0}, InvalidParameter, ("now", 0), "a date or a date-time"),
        ({"query": None}, InvalidParameter, ("query", None), "a text"),
        ({"query": 5}, InvalidParameter, ("query", 5), "a text"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_what_is_allowed(
    archive: Archive, arguments: Any, kind: type[QueryError], named: tuple[str, object], allowed: str
) -> None:
    with pytest.raises(QueryError) as refused:
        archive.search(**({"query": "governo", "now": TODAY} | arguments))
    error = refused.value
    assert type(error) is kind
    assert (error.parameter, error.value) == named
    assert error.allowed.startswith(allowed)
    assert error.allowed in str(error)


def test_a_date_time_is_its_day_in_rome(archive: Archive) -> None:
    late = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    assert archive.search("governo", now=late).now == TODAY
    page = archive.search("", since=late, until=late)
    assert page.now >= TODAY
    assert page.total == 0
    with temporary_archive([Article(article_id="1", title="x", body="x", published=TODAY)]) as other:
        assert other.search("", since=late, until=late, now=late).total == 1
        assert other.search("data:oggi", now=late).total == 1


def test_a_prefix_that_is_no_text_is_refused(archive: Archive) -> None:
    with pytest.raises(InvalidParameter, match="prefix 5 is not allowed; allowed: a text"):
        archive.suggest(5)  # type: ignore[arg-type]


def test_the_deepest_page_is_allowed(archive: Archive) -> None:
    assert archive.search("governo", page=100, size=100, now=TODAY).hits == ()
    assert archive.search("governo", size=100, now=TODAY).total == 1


def test_very_many_values_of_a_facet_are_refused(archive: Archive) -> None:
    assert archive.search("governo", sites=["Uno"] * 100).total == 1
    with pytest.raises(InvalidParameter, match="site 'a list of 101' is not allowed; allowed: up to 100 values"):
        archive.search("governo", sites=["Uno"] * 101)


def test_a_long_value_is_told_by_its_beginning(archive: Archive) -> None:
    with pytest.raises(UnknownValue) as refused:
        archive.search("governo", sections=["x" * 100_000])
    assert len(str(refused.value)) < 200
    assert refused.value.value == "x" * 100_000
