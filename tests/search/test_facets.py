"""Facets: counted without their own filter, parents with their children."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from archives import grow_archive, snapshot_of, temporary_archive

from index.article import Article
from index.sections import section_paths
from search import Archive, Page
from search.kernels import KernelName, load_kernels
from search.rows import count_values

TODAY = date(2026, 3, 13)


def ids(page: Page) -> list[str]:
    return [hit.article.article_id for hit in page.hits]


def news(article_id: str, site: str, section: tuple[str, ...], author: str, published: date | None) -> Article:
    return Article(
        article_id=article_id,
        title="x",
        body="governo",
        site=site,
        section=section,
        authors=(author,),
        published=published,
    )


ARTICLES = (
    news("1", "Uno", ("Economia", "Lavoro"), "Neri", date(2024, 3, 1)),
    news("2", "Uno", ("Economia",), "Neri", date(2024, 3, 31)),
    news("3", "Due", ("Economia", "Borsa"), "Verdi", date(2025, 1, 1)),
    news("4", "Due", ("Sport",), "Verdi", None),
    Article(article_id="5", title="x", body="altro", site="Tre", published=date(2025, 1, 1)),
)


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(ARTICLES[:2], ARTICLES[2:]) as opened:
        yield opened


def counts(page: Page, facet: str) -> list[tuple[str, int]]:
    return [(one.value, one.count) for one in page.facets[facet]]


def test_parents_count_the_articles_of_their_children(archive: Archive) -> None:
    page = archive.search("governo", now=TODAY)
    assert counts(page, "section") == [("Economia", 3), ("Economia / Borsa", 1), ("Economia / Lavoro", 1), ("Sport", 1)]
    assert counts(page, "site") == [("Due", 2), ("Uno", 2)]
    assert counts(page, "year") == [("2025", 1), ("2024", 2)]
    assert page.histogram == (("2024-03", 2), ("2025-01", 1))
    assert [(item.month, item.count) for item in page.histogram] == [(month, count) for month, count in page.histogram]


def test_a_facet_is_counted_without_its_own_filter(archive: Archive) -> None:
    page = archive.search("governo", sites=["Uno"], now=TODAY)
    assert page.total == 2
    assert counts(page, "site") == [("Due", 2), ("Uno", 2)]
    assert counts(page, "author") == [("Neri", 2)]
    page = archive.search("governo", since="2025", now=TODAY)
    assert counts(page, "year") == [("2025", 1), ("2024", 2)]
    assert page.histogram == (("2025-01", 1),)


def test_values_of_one_filter_are_alternatives_and_filters_restrict_each_other(archive: Archive) -> None:
    assert archive.search("governo", sites=["Uno", "Due"], now=TODAY).total == 4
    assert set(ids(archive.search("governo", sites=["uno", "due"], sections=["Economia"], now=TODAY))) == {
        "1",
        "2",
        "3",
    }
    assert ids(archive.search("governo", sections=["Lavoro", "Sport"], authors=["neri"], now=TODAY)) == ["1"]


def test_a_chosen_value_is_shown_though_nothing_has_it(archive: Archive) -> None:
    page = archive.search("governo", sites=["Tre"], now=TODAY)
    assert page.total == 0
    assert counts(page, "site") == [("Due", 2), ("Uno", 2), ("Tre", 0)]


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
def test_values_are_counted_alike_before_their_rows_are_made_and_after(tmp_path: Path, kernels: KernelName) -> None:
    grow_archive(tmp_path, [ARTICLES[:2], ARTICLES[2:]])
    for facet in ("site", "section", "author", "tag"):
        with snapshot_of(tmp_path) as snapshot:
            for docs in ([4], [], [0, 2, 3], [1, 4], [0, 1, 2, 3, 4], [2]):
                found = count_values(snapshot, facet, np.array(docs, dtype=np.int64), load_kernels(kernels))
                ids = [snapshot.article_id(doc) for doc in docs]
                values = Counter(value for one in ARTICLES if one.article_id in ids for value in values_of(one, facet))
                assert dict(zip(snapshot.values[facet], found.tolist(), strict=True)) == {
                    value: values[value] for value in snapshot.values[facet]
                }


def values_of(article: Article, facet: str) -> tuple[str, ...]:
    """What an article counts for."""
    if facet == "site":
        return (article.site,)
    return section_paths(article.section) if facet == "section" else getattr(article, f"{facet}s")
