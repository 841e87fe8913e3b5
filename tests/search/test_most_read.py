"""The most read articles: their order, what they may be narrowed to, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from archives import build_archive, grow_archive, rebuild_archive, temporary_archive
from damage import change_segment

from index.article import Article
from index.columns import Array
from index.errors import IndexCorrupt, IndexNotFound
from index.generation import DataFolder
from search import Archive, InvalidDate, InvalidParameter, QueryError, UnknownValue, open_archive
from search.opened import OpenedFiles


def read(article_id: str, reads: int | None, published: date | datetime | None = None, site: str = "") -> Article:
    return Article(article_id=article_id, title="Titolo", body="governo", published=published, site=site, reads=reads)


ARTICLES = [
    read("unknown", None, date(2026, 3, 13), "Eco"),
    read("nobody", 0, date(2026, 3, 13), "Eco"),
    read("once", 1, date(2020, 1, 1), "Eco"),
    read("b", 7, date(2024, 1, 2), "Gazzetta"),
    read("a", 7, date(2024, 1, 2), "Eco"),
    read("later", 7, datetime(2024, 1, 2, 12, tzinfo=UTC), "Gazzetta"),
    read("undated", 7, None, "Gazzetta"),
    read("most", 9_000, date(2019, 5, 5)),
]
"""Most read first, then newest, then by id: most, later, a, b, undated, once."""


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(ARTICLES) as opened:
        yield opened


def ids(articles: Sequence[Article]) -> list[str]:
    return [article.article_id for article in articles]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["most", "later", "a", "b", "undated"]),
        ({"size": 1}, ["most"]),
        ({"size": 3}, ["most", "later", "a"]),
        ({"size": 100}, ["most", "later", "a", "b", "undated", "once"]),
        ({"since": "2020"}, ["later", "a", "b", "once"]),
        ({"since": date(2024, 1, 2)}, ["later", "a", "b"]),
        ({"since": datetime(2024, 1, 1, 23, 30, tzinfo=UTC)}, ["later", "a", "b"]),  # the 2nd in Rome
        ({"since": "3 gennaio 2024"}, []),
        ({"since": ""}, ["most", "later", "a", "b", "undated"]),
        ({"sites": ["eco"]}, ["a", "once"]),
        ({"sites": ["Eco", "Gazzetta"], "size": 2}, ["later", "a"]),
        ({"sites": ["Gazzetta"], "since": "2024"}, ["later", "b"]),
    ],
)
def test_the_most_read_stand_by_reads_then_date_then_id(
    archive: Archive, arguments: dict[str, Any], expected: list[str]
) -> None:
    assert ids(archive.most_read(**arguments)) == expected


@pytest.mark.parametrize("segments", [1, 4, 8])
def test_of_many_segments_they_are_the_same(archive: Archive, segments: int) -> None:
    batches = [ARTICLES[at::segments] for at in range(segments)]
    with temporary_archive(*batches, merge_factor=64) as other:
        assert len(other.snapshot.segments) == segments
        for size in range(1, 8):
            assert other.most_read(size=size) == archive.most_read(size=size)


def test_they_are_the_articles_as_they_are_stored(archive: Archive) -> None:
    assert archive.most_read(size=2) == (ARTICLES[-1], ARTICLES[5])


def test_articles_read_beyond_what_the_index_counts_are_equally_read() -> None:
    articles = [read("a", 2**31 - 1), read("b", 2**40, date(2024, 1, 1)), read("c", 2**63 - 1)]
    with temporary_archive(articles) as archive:
        assert [(one.article_id, one.reads) for one in archive.most_read()] == [
            ("b", 2**40),
            ("a", 2**31 - 1),
            ("c", 2**63 - 1),
        ]


def test_they_follow_what_is_removed_replaced_merged_and_rebuilt(tmp_path: Path) -> None:
    build_archive(tmp_path, ARTICLES, max_deleted_share=1.0)
    steps: list[tuple[Callable[[], object], list[str]]] = [
        (lambda: grow_archive(tmp_path, [["most"]], max_deleted_share=1.0), ["later", "a", "b", "undated", "once"]),
        (
            lambda: grow_archive(tmp_path, [[replace(ARTICLES[2], reads=8)]], max_deleted_share=1.0),
            ["once", "later", "a", "b", "undated"],
        ),
        (
            lambda: grow_archive(tmp_path, [[replace(ARTICLES[5], reads=None)]], max_deleted_share=1.0),
            ["once", "a", "b", "undated"],
        ),
        (
            lambda: grow_archive(tmp_path, [[read("new", 7, date(2026, 1, 1))]], merge_factor=2),
            ["once", "new", "a", "b", "undated"],
        ),
        (lambda: rebuild_archive(tmp_path), ["once", "new", "a", "b", "undated"]),
    ]
    with open_archive(tmp_path) as archive:
        for step, expected in steps:
            before = archive.snapshot.generation
            step()
            assert ids(archive.most_read()) == expected
            assert archive.snapshot.generation > before
        assert len(archive.snapshot.segments) == 1


def test_an_archive_without_an_article_has_none(tmp_path: Path) -> None:
    with open_archive(build_archive(tmp_path, [])) as archive:
        assert archive.most_read() == archive.most_read(since="2024") == ()
        with pytest.raises(UnknownValue, match="none, the archive has no such value"):
            archive.most_read(sites=["Eco"])


@pytest.mark.parametrize(
    ("arguments", "kind", "named", "allowed"),
    [
        ({"size": 0}, InvalidParameter, ("size", 0), "1 to 100"),
        ({"size": 101}, InvalidParameter, ("size", 101), "1 to 100"),
        ({"size": True}, InvalidParameter, ("size", True), "1 to 100"),
        ({"since": "31/02/2024"}, InvalidDate, ("dates", ("31/02/2024", None)), ""),
        ({"since": "boh"}, InvalidDate, ("dates", ("boh", None)), ""),
        ({"since": 5}, InvalidParameter, ("since", 5), "a date, or a text such as 2024"),
        ({"sites": ["Sport"]}, UnknownValue, ("site", "Sport"), "Eco, Gazzetta"),
        ({"sites": 5}, InvalidParameter, ("site", 5), "a list of texts"),
        ({"sites": [None]}, InvalidParameter, ("site", None), "a text"),
    ],
)
def test_a_value_out_of_bounds_is_refused_as_in_a_search(
    archive: Archive, arguments: Any, kind: type[QueryError], named: tuple[str, object], allowed: str
) -> None:
    messages = []
    for ask in (archive.most_read, archive.search):
        with pytest.raises(QueryError) as refused:
            ask(**arguments)
        error = refused.value
        assert type(error) is kind
        assert (error.parameter, error.value) == named
        assert error.allowed.startswith(allowed)
        messages.append(str(error))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("name", ["most_read", "search"])
@pytest.mark.parametrize("misses", [1, 4, 5])
def test_what_the_store_no_longer_has_is_asked_again_of_the_newer_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, misses: int
) -> None:
    build_archive(tmp_path, ARTICLES)
    asked: list[int] = []
    fetch = OpenedFiles.fetch

    def moved_on(self: OpenedFiles, nums: Sequence[int]) -> dict[int, Article]:
        asked.append(self._snapshot.generation)
        if len(asked) > misses:
            return fetch(self, nums)
        grow_archive(tmp_path, [[read("new", 10_000 + len(asked))]])
        return {}

    monkeypatch.setattr(OpenedFiles, "fetch", moved_on)
    with open_archive(tmp_path) as archive:
        if misses < 5:
            getattr(archive, name)()
        else:
            with pytest.raises(IndexNotFound, match=r"the store lacks articles that the index has; run `emeroteca reb"):
                getattr(archive, name)()
    assert asked == list(range(1, min(misses + 1, 5) + 1))


def test_reads_that_cannot_be_are_damage_with_the_remedy(tmp_path: Path) -> None:
    build_archive(tmp_path, ARTICLES)

    def never(columns: dict[str, Array]) -> None:
        columns["doc_reads"][3] = -9_000

    path = change_segment(DataFolder(tmp_path), never)
    with pytest.raises(IndexCorrupt, match=rf"{path}: has an article that was read -9000 times; run `emeroteca rebu"):
        open_archive(tmp_path)
    rebuild_archive(tmp_path)
    with open_archive(tmp_path) as archive:
        assert ids(archive.most_read(size=1)) == ["most"]
