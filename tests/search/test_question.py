"""Questions: what stands beside the words is checked, and refused with what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
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
    ],
)
def test_a_value_out_of_bounds_is_refused_with_what_is_allowed(
    archive: Archive, arguments: Any, kind: type[QueryError], named: tuple[str, object], allowed: str
) -> None:
    with pytest.raises(QueryError) as refused:
        archive.search("governo", now=TODAY, **arguments)
    error = refused.value
    assert type(error) is kind
    assert (error.parameter, error.value) == named
    assert error.allowed.startswith(allowed)
    assert error.allowed in str(error)


def test_the_deepest_page_is_allowed(archive: Archive) -> None:
    assert archive.search("governo", page=100, size=100, now=TODAY).hits == ()
    assert archive.search("governo", size=100, now=TODAY).total == 1
