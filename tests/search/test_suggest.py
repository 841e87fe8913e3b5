"""Suggestions: the last word typed completed by words of the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from archives import temporary_archive

from index.article import Article
from search import Archive, InvalidParameter, Page

TODAY = date(2026, 3, 13)


def ids(page: Page) -> list[str]:
    return [hit.article.article_id for hit in page.hits]


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    texts = ["la pensione e l’economia", "le pensioni", "le pensioni", "il pensiero", "parla dell'economia Pentagono"]
    with temporary_archive([Article(article_id=str(at), title="x", body=body) for at, body in enumerate(texts)]) as one:
        yield one


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pens", ("pensioni", "pensiero", "pensione")),
        ("PENT", ("Pentagono",)),
        ("riforma pensio", ("riforma pensioni", "riforma pensione")),
        ("l'econ", ("l'economia",)),
        ("dell’econ", ("dell’economia",)),
        ("zzz", ()),
        ("", ()),
        ("pensioni ", ()),
        ("?!", ()),
        ("riforma -", ()),
    ],
)
def test_the_last_word_is_completed_the_commonest_first(
    archive: Archive, typed: str, expected: tuple[str, ...]
) -> None:
    assert archive.suggest(typed) == expected


def test_suggestions_are_as_many_as_asked_for(archive: Archive) -> None:
    assert archive.suggest("pen", size=1) == ("pensioni",)
    with pytest.raises(InvalidParameter):
        archive.suggest("pen", size=0)
