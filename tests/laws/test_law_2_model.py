"""Law 2: the answer equals that of a brute-force engine, and Whoosh's own matches for what both can be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from archives import temporary_archive
from asking import values_of
from expected import Ranked, assert_same_order, expect, ranked_of
from hypothesis import event, given, settings
from hypothesis import strategies as st
from model import Model
from newsroom import TODAY, Filters, filters_for, insistent_newsrooms, newsrooms, questions, quotations
from whoosh import analysis, fields, query
from whoosh.filedb.filestore import RamStorage

from index.article import Article
from index.dates import day_in_rome
from index.italian import fold
from search import RankingSettings, tree
from search.kernels import KernelName
from search.language import understand

MANY = 2 * settings().max_examples  # the law that finds most


def counted(ranked: Ranked, articles: Sequence[Article], facet: str) -> list[tuple[str, int]]:
    """The facet as the page shows it: most frequent first, then by name."""
    found = {article_id for article_id, _ in ranked}
    counts = Counter(value for one in articles if one.article_id in found for value in set(values_of(one, facet)))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def months(ranked: Ranked, articles: Sequence[Article]) -> list[tuple[str, int]]:
    """How many of the ranked articles came out in each month."""
    found = {article_id for article_id, _ in ranked}
    days = [day_in_rome(one.published) for one in articles if one.article_id in found and one.published]
    return sorted(Counter(f"{day:%Y-%m}" for day in days).items())


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(data=st.data(), articles=newsrooms(), text=questions())
@settings(max_examples=MANY)
def test_a_page_is_what_the_model_answers(
    kernels: KernelName, data: st.DataObject, articles: list[Article], text: str
) -> None:
    any_word, widen = data.draw(st.booleans()), data.draw(st.booleans())
    filters = data.draw(filters_for(articles))
    ranking = RankingSettings(widen_below=3)
    batches = data.draw(batches_of(articles))
    with temporary_archive(*batches, kernels=kernels, ranking=ranking, merge_factor=2) as archive:
        page = archive.search(text, **filters.arguments(), any=any_word, widen=widen, size=100, now=TODAY)
    expected = expect(Model(articles, ranking), text, filters, any_word=any_word, widen=widen)
    event(f"{len(expected.ranked)} found")
    assert {hit.article.article_id for hit in page.hits} == {article_id for article_id, _ in expected.ranked}
    assert page.total == len(expected.ranked)
    assert page.widened == expected.widened
    assert_same_order(ranked_of(page), expected.ranked)
    for facet in ("section", "site", "author"):
        shown = [(one.value, one.count) for one in page.facets[facet] if one.count]
        assert shown == counted(expected.but[facet], articles, facet)
    assert list(page.histogram) == months(expected.ranked, articles)
    years = Counter[str]()
    for month, count in months(expected.but["days"], articles):
        years[month[:4]] += count
    assert [(one.value, one.count) for one in page.facets["year"]] == sorted(years.items(), reverse=True)


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(data=st.data(), articles=insistent_newsrooms())
def test_words_that_come_oftener_than_a_frequency_counts_are_found_wherever_they_stand(
    kernels: KernelName, data: st.DataObject, articles: list[Article]
) -> None:
    text = data.draw(quotations(articles))
    with temporary_archive(*data.draw(batches_of(articles)), kernels=kernels, merge_factor=2) as archive:
        page = archive.search(text, widen=False, size=100, now=TODAY)
    expected = expect(Model(articles), text, Filters(), any_word=False, widen=False)
    event(f"{len(expected.ranked)} found")
    assert_same_order(ranked_of(page), expected.ranked)


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(data=st.data(), articles=newsrooms(), text=questions())
def test_what_has_no_hope_to_be_shown_would_not_have_been(
    kernels: KernelName, data: st.DataObject, articles: list[Article], text: str
) -> None:
    size, page = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    any_word = data.draw(st.booleans())
    with temporary_archive(*data.draw(batches_of(articles)), kernels=kernels, merge_factor=2) as archive:
        every = archive.search(text, size=size, page=page, any=any_word, now=TODAY)
        with few_are_many():
            hopeful = archive.search(text, size=size, page=page, any=any_word, now=TODAY)
    event(f"{every.total > size * page * 2} that most are not shown")
    assert ranked_of(hopeful) == ranked_of(every)
    assert hopeful.total == every.total


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
def test_neighbours_give_hope(kernels: KernelName) -> None:
    titled = [Article(article_id=str(at), title="Rossa banca", lead="Rossa banca", body="Notizie.") for at in range(9)]
    beside = Article(article_id="beside", title="Notizie", body="Una banca rossa.")
    ranking = RankingSettings(pair=10)
    with temporary_archive([*titled, beside], kernels=kernels, ranking=ranking) as archive, few_are_many():
        page = archive.search("banca rossa", size=1, now=TODAY, fold=False)
    assert [hit.article.article_id for hit in page.hits] == ["beside"]
    assert page.total == 10


@contextmanager
def few_are_many() -> Iterator[None]:
    """So few documents are found that what is done with many would not be done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.scoring._MANY", 0)
        patch.setattr("search.scoring._TRIED", 1)
        for name in (
            "search.scoring._LONG",
            "search.scoring._LONG_PAIRS",
            "search.places._LONG",
            "search.searcher._LONG",
        ):
            patch.setattr(name, 0)  # on several processors
        yield


@st.composite
def batches_of(draw: st.DrawFn, articles: Sequence[Article]) -> list[Sequence[Article]]:
    """The articles in one to three commits."""
    borders = sorted(draw(st.lists(st.integers(0, len(articles)), max_size=2)))
    return [articles[start:end] for start, end in zip([0, *borders], [*borders, len(articles)], strict=True)]


WHOLE_WORDS = ("sport", "film", "leader", "2024", "spread", "radar", "Sport", "Radar")
"""Words that have no other inflection, so that the lemma is as narrow as the folded form, which Whoosh is given; and no
acronyms, which are not the word that is spelt like them."""

_word = st.sampled_from(WHOLE_WORDS)
_quoted = st.lists(_word, min_size=1, max_size=3).map(" ".join).map('"{}"'.format)
_said = st.recursive(
    st.one_of(_word, _quoted),
    lambda inner: st.one_of(
        inner.map("-{}".format),
        st.tuples(inner, inner).map(" O ".join).map("({})".format),
        st.tuples(inner, inner).map(" ".join).map("({})".format),
    ),
    max_leaves=5,
)


@given(texts=st.lists(st.lists(_word, max_size=6).map(" ".join), max_size=10), text=_said)
def test_words_phrases_and_operators_match_what_whoosh_matches(texts: list[str], text: str) -> None:
    schema = fields.Schema(id=fields.ID(stored=True), text=fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer()))
    theirs = RamStorage().create_index(schema)
    writer = theirs.writer()
    for number, body in enumerate(texts):
        writer.add_document(id=str(number), text=" ".join(map(fold, body.split())))
    writer.commit()
    articles = [Article(article_id=str(number), title="-", body=body) for number, body in enumerate(texts)]
    with theirs.searcher() as searcher, temporary_archive(articles) as archive:
        asked = _folded(understand(text, today=TODAY).tree)
        found = sorted(hit["id"] for hit in searcher.search(asked, limit=None))
        page = archive.search(text, widen=False, size=100, now=TODAY)
    assert sorted(hit.article.article_id for hit in page.hits) == found


def _folded(node: Any) -> Any:
    """The tree as Whoosh has it, with its words as Whoosh's index holds them."""
    if isinstance(node, tree.And | tree.Or):
        return (query.And if isinstance(node, tree.And) else query.Or)([_folded(child) for child in node])
    if isinstance(node, tree.Not):
        return query.And([query.Every(), query.Not(_folded(node.query))])
    if isinstance(node, tree.Phrase):
        return query.Phrase("text", [fold(word) for word in node.words], slop=node.slop)
    return query.Term("text", fold(node.text))
