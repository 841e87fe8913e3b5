"""Stories: whatever its history, an archive tells those of all pairs of its articles; and folding hides no more."""

from __future__ import annotations

import pytest
from archives import temporary_archive, version_ids
from histories import History, histories
from hypothesis import event, given
from hypothesis import strategies as st
from newsroom import TODAY, filters_for
from wire import CUTS, RELEASES, are_versions, printed, stories_of, wired_articles_with, wires

from index.article import Article
from search import Archive, Page
from search.kernels import KernelName
from search.question import Sort

sorts: st.SearchStrategy[Sort] = st.sampled_from(("relevance", "newest", "oldest"))
texts = st.sampled_from(("", "governo", "pensioni elezioni", "riforma", "AI"))


def told(archive: Archive) -> dict[str, list[str]]:
    """For each article of an archive the ids of its story."""
    snapshot = archive.snapshot
    live = range(snapshot.num_docs) if snapshot.live_docs is None else snapshot.live_docs.nonzero()[0].tolist()
    return {snapshot.article_id(doc): list(version_ids(snapshot, doc)) for doc in live}


def versions_of(page: Page) -> dict[str, list[str]]:
    """For each hit of a page the ids of the articles that it stands for."""
    return {hit.article.article_id: [version.article_id for version in hit.versions] for hit in page.hits}


def test_the_releases_have_versions_and_others() -> None:
    articles = [
        Article(article_id=f"{release} {cut}", title="x", body=printed(release, cut))
        for release in range(len(RELEASES))
        for cut in CUTS
    ]
    told_apart = {are_versions(one, other) for one in articles for other in articles if one != other}
    assert told_apart == {True, False}
    assert len({tuple(ids) for ids in stories_of(articles).values()}) == len(RELEASES)


@given(history=histories(wired_articles_with), data=st.data())
def test_any_history_tells_the_stories_of_all_pairs(history: History, data: st.DataObject) -> None:
    expected = stories_of(history.left)
    event(f"{len({tuple(ids) for ids in expected.values()})} stories of {len(expected)} articles")
    shuffled = data.draw(st.permutations(history.left))
    for batches, rebuilt in ((history.batches, False), (history.batches, True), ([shuffled], False)):
        settings = history.settings if batches is history.batches else {}
        with temporary_archive(*batches, rebuilt=rebuilt, **settings) as archive:
            assert told(archive) == expected


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(articles=wires(), text=texts, sort=sorts, data=st.data())
def test_folding_leaves_of_each_story_the_first_that_answers(
    kernels: KernelName, articles: list[Article], text: str, sort: Sort, data: st.DataObject
) -> None:
    filters = data.draw(filters_for(articles))
    stories = stories_of(articles)
    with temporary_archive(articles[::2], articles[1::2], kernels=kernels) as archive:
        folded, unfolded = (
            archive.search(text, sort=sort, size=100, now=TODAY, fold=fold, **filters.arguments())
            for fold in (True, False)
        )
    found = [hit.article.article_id for hit in unfolded.hits]
    answering = {one: [other for other in stories[one] if other in found] for one in found}
    heads = [one for one in found if answering[one][0] == one]
    assert versions_of(folded) == {head: answering[head][1:] for head in heads}
    assert [hit.article.article_id for hit in folded.hits] == heads
    assert (folded.total, folded.stories) == (len(found), len(heads))
    assert (unfolded.total, unfolded.stories) == (len(found), len(found))
    assert (folded.facets, folded.histogram) == (unfolded.facets, unfolded.histogram)
    by_id = {hit.article.article_id: hit for hit in unfolded.hits}
    for hit in folded.hits:
        assert hit.score == pytest.approx(by_id[hit.article.article_id].score, abs=1e-12)
        for version in hit.versions:
            article = by_id[version.article_id].article
            assert (version.site, version.title, version.url) == (article.site, article.title, article.url)
            assert version.published == article.published


@given(articles=wires(), text=texts, sort=sorts, size=st.integers(1, 3))
def test_each_folded_page_continues_the_one_before(articles: list[Article], text: str, sort: Sort, size: int) -> None:
    with temporary_archive(articles) as archive:
        whole = archive.search(text, sort=sort, size=100, now=TODAY)
        pages = [
            archive.search(text, sort=sort, size=size, page=number, now=TODAY)
            for number in range(1, whole.stories // size + 2)
        ]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert {page.stories for page in pages} == {len(whole.hits)}


@given(articles=wires(), text=texts, data=st.data())
def test_a_filter_only_removes_articles_of_a_folded_page(
    articles: list[Article], text: str, data: st.DataObject
) -> None:
    filters = data.draw(filters_for(articles))
    by_id = {article.article_id: article for article in articles}
    with temporary_archive(articles) as archive:
        pages = [
            archive.search(text, widen=False, size=100, now=TODAY, **arguments)
            for arguments in ({}, filters.arguments())
        ]
    shown = [{one for head, others in versions_of(page).items() for one in (head, *others)} for page in pages]
    assert shown[1] == {one for one in shown[0] if filters.passes(by_id[one])}
