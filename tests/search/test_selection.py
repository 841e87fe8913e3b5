"""Selections: days in the question and beside it, and values of filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from archives import temporary_archive

from index.article import Article
from search import Archive, Page

TODAY = date(2026, 3, 13)


def ids(page: Page) -> list[str]:
    return [hit.article.article_id for hit in page.hits]


DAYS = [
    Article(article_id="first", title="x", body="governo", published=date(2024, 1, 1)),
    Article(article_id="last", title="x", body="governo", published=date(2024, 12, 31)),
    # Half past eleven in London is half past midnight of the next year in Rome.
    Article(article_id="midnight", title="x", body="governo", published=datetime(2024, 12, 31, 23, 30, tzinfo=UTC)),
    Article(article_id="before", title="x", body="governo", published=datetime(2024, 12, 31, 22, 30, tzinfo=UTC)),
    Article(article_id="undated", title="x", body="governo"),
]


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(DAYS[:2], DAYS[2:]) as opened:
        yield opened


@pytest.mark.parametrize(
    ("inside", "since", "until", "expected"),
    [
        ("data:2024", "2024", "2024", {"first", "last", "before"}),
        ("data:[2024-01-01 TO 2024-12-31]", "2024-01-01", "2024-12-31", {"first", "last", "before"}),
        ("data:31/12/2024", date(2024, 12, 31), "31/12/2024", {"last", "before"}),
        ("data:01/01/2025", "2025-01-01", date(2025, 1, 1), {"midnight"}),
        ("dopo:2025", "2025", None, {"midnight"}),
        ("prima:2025", None, "2024", {"first", "last", "before"}),
        ("dopo:dicembre 2024", "dicembre 2024", None, {"last", "before", "midnight"}),
        ("data:1/1/2024", "2024-01-01", "2024-01-01", {"first"}),
        ("data:1900", "1900", "1900", set()),
    ],
)
def test_days_are_inclusive_in_rome_and_have_no_undated(
    archive: Archive, inside: str, since: str | date | None, until: str | date | None, expected: set[str]
) -> None:
    assert set(ids(archive.search(f"governo {inside}", widen=False, now=TODAY))) == expected
    assert set(ids(archive.search("governo", since=since, until=until, widen=False, now=TODAY))) == expected
