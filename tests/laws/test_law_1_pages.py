"""Law 1: the same question gives the same page, pages continue each other, and a filter only removes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from archives import temporary_archive
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import TODAY, Filters, filters_for, newsrooms, questions

from index.article import Article
from index.dates import timestamp
from search import Archive, Page, RankingSettings
from search.kernels import KernelName
from search.question import Sort

sorts: st.SearchStrategy[Sort] = st.sampled_from(("relevance", "newest", "oldest"))


def ids(page: Page) -> list[str]:
    """The ids of a page's articles, in its order."""
    return [hit.article.article_id for hit in page.hits]


def all_of(archive: Archive, text: str, filters: Filters | None = None, *, widen: bool = False) -> set[str]:
    """The ids of all that is found."""
    return set(ids(archive.search(text, widen=widen, size=100, now=TODAY, **(filters or Filters()).arguments())))


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(articles=newsrooms(), text=questions(), sort=sorts)
def test_the_same_question_gives_the_same_page(
    kernels: KernelName, articles: list[Article], text: str, sort: Sort
) -> None:
    with temporary_archive(articles[:5], articles[5:], kernels=kernels) as archive:
        once, again = (archive.search(text, sort=sort, now=TODAY, size=5, explain=True) for _ in range(2))
    assert replace(once, took_ms=0.0) == replace(again, took_ms=0.0)


@given(articles=newsrooms(at_least=3), text=st.one_of(st.just(""), questions()), size=st.integers(1, 4), data=st.data())
def test_each_page_continues_the_one_before(articles: list[Article], text: str, size: int, data: st.DataObject) -> None:
    sort = data.draw(sorts)
    with temporary_archive(articles[:4], articles[4:8], articles[8:]) as archive:
        whole = archive.search(text, sort=sort, size=100, now=TODAY)
        pages = [
            archive.search(text, sort=sort, size=size, page=number, now=TODAY)
            for number in range(1, whole.total // size + 2)
        ]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert {page.total for page in pages} == {whole.total} == {len(whole.hits)}


@given(
    articles=newsrooms(),
    text=st.one_of(st.just(""), questions()),
    any_word=st.booleans(),
    widen=st.booleans(),
    depth=st.integers(1, 20),
)
def test_ranked_ids_are_those_of_the_pages(
    articles: list[Article], text: str, any_word: bool, widen: bool, depth: int
) -> None:
    with temporary_archive(articles[:4], articles[4:8], articles[8:]) as archive:
        ranked = archive.ranked_ids(text, any=any_word, widen=widen, depth=depth, now=TODAY)
        page = archive.search(text, any=any_word, widen=widen, size=depth, now=TODAY)
    assert list(ranked) == ids(page)


@given(articles=newsrooms(at_least=2), text=st.one_of(st.just(""), questions()), data=st.data())
def test_a_filter_only_removes(articles: list[Article], text: str, data: st.DataObject) -> None:
    check_that_a_filter_only_removes(articles, text, data.draw(filters_for(articles)), widen=False)


_kin = ("governo riforme", "governi", "riforma", "riformare", "economia", "economico", "elezioni", "elettorale")


@given(articles=newsrooms(at_least=8), text=st.one_of(st.sampled_from(_kin), questions()), data=st.data())
@settings(max_examples=3 * settings().max_examples)
def test_a_filter_only_removes_from_a_question_that_may_be_widened(
    articles: list[Article], text: str, data: st.DataObject
) -> None:
    check_that_a_filter_only_removes(articles, text, data.draw(filters_for(articles)), widen=True)


def check_that_a_filter_only_removes(articles: list[Article], text: str, filters: Filters, *, widen: bool) -> None:
    """Compare what is found with and without the filters beside a question."""
    with temporary_archive(articles, ranking=RankingSettings(widen_below=2)) as archive:
        everything, kept = all_of(archive, text, widen=widen), all_of(archive, text, filters, widen=widen)
    by_id = {article.article_id: article for article in articles}
    assert kept == {article_id for article_id in everything if filters.passes(by_id[article_id])}


@given(
    articles=newsrooms(at_least=2),
    text=questions(),
    narrower=st.sampled_from(("sezione:Economia", "testata:channelville", "autore:neri", "tag:ai", "dopo:2024", "-ai")),
)
def test_a_filter_inside_the_question_only_removes(articles: list[Article], text: str, narrower: str) -> None:
    with temporary_archive(articles) as archive:
        assert all_of(archive, f"({text}) {narrower}") <= all_of(archive, text)


@pytest.mark.parametrize("sort", ["newest", "oldest"])
@given(articles=newsrooms(at_least=4), text=st.one_of(st.just(""), questions()))
def test_sorting_by_date_is_strict_and_ends_with_the_undated(sort: Sort, articles: list[Article], text: str) -> None:
    with temporary_archive(articles[::2], articles[1::2]) as archive:
        page = archive.search(text, sort=sort, size=100, now=TODAY)
    moments = [hit.article.published for hit in page.hits]
    dated = [moment for moment in moments if moment is not None]
    assert moments == [*dated, *[None] * (len(moments) - len(dated))]
    direction = -1 if sort == "newest" else 1
    assert ids(page) == sorted(ids(page), key=lambda one: _place(articles, one, direction))


def _place(articles: list[Article], article_id: str, direction: int) -> tuple[bool, int, str]:
    published = next(article.published for article in articles if article.article_id == article_id)
    return published is None, direction * timestamp(published) if published else 0, article_id
