"""Law: what is related depends on the live articles alone, is never the article itself, and shares what is said."""

from __future__ import annotations

from typing import Any

import pytest
from archives import temporary_archive
from histories import History, histories
from hypothesis import event, given
from hypothesis import strategies as st
from newsroom import TODAY, newsrooms, texts

from index.article import Article
from index.italian import fold, tokenize_chunk
from search import Archive, InvalidDraft, RelatedNews
from search.kernels import KernelName


def relations(archive: Archive, articles: list[Article], drafts: list[str]) -> list[list[tuple[Any, ...]]]:
    """What is related to every article, and to some drafts, without what may differ."""
    found = [archive.related(article_id=article.article_id, size=5, now=TODAY) for article in articles]
    found += [archive.related(article_id=article.article_id, size=5, earlier=True, fresh=False) for article in articles]
    found += [news for draft in drafts if (news := related_to(archive, draft)) is not None]
    return [[(hit.article.article_id, hit.score, hit.snippet, hit.title, hit.reasons) for hit in n.hits] for n in found]


def related_to(archive: Archive, draft: str) -> RelatedNews | None:
    """None where nothing can be said of the draft."""
    try:
        return archive.related(text=draft, now=TODAY)
    except InvalidDraft:
        return None


@given(history=histories(), drafts=st.lists(texts(at_least=1, at_most=30), max_size=2))
def test_any_history_relates_as_one_rebuild(history: History, drafts: list[str]) -> None:
    with temporary_archive(*history.batches, **history.settings) as grown:
        found = relations(grown, history.left, drafts)
    event(f"{sum(map(len, found)) > 0} that something is related")
    with temporary_archive(history.left) as fresh:
        assert relations(fresh, history.left, drafts) == found


@given(articles=newsrooms(at_least=2, at_most=20), draft=texts(at_least=3, at_most=30))
def test_both_kernels_relate_alike(articles: list[Article], draft: str) -> None:
    kernels: list[KernelName] = ["plain", "compiled"]
    found = []
    for name in kernels:
        with temporary_archive(articles[::2], articles[1::2], kernels=name) as archive:
            found.append(relations(archive, articles, [draft]))
    plain, compiled = found
    assert [[(hit[0], hit[2:]) for hit in hits] for hits in plain] == [
        [(hit[0], hit[2:]) for hit in hits] for hits in compiled
    ]
    for one, other in zip(plain, compiled, strict=True):
        assert [hit[1] for hit in one] == pytest.approx([hit[1] for hit in other], rel=1e-9)


@given(articles=newsrooms(at_least=2, at_most=20))
def test_what_is_related_is_another_article_that_has_the_words(articles: list[Article]) -> None:
    with temporary_archive(articles) as archive:
        for article in articles:
            hits = archive.related(article_id=article.article_id, size=20, now=TODAY).hits
            ids = [hit.article.article_id for hit in hits]
            assert article.article_id not in ids
            assert len(set(ids)) == len(ids)
            scores = [hit.score for hit in hits]
            assert scores == sorted(scores, reverse=True)
            assert all(0 < score < 2 for score in scores)
            own = words_of(article)
            for hit in hits:
                assert all(word in own for reason in hit.reasons for word in map(fold, reason.split()))


def words_of(article: Article) -> set[str]:
    """All words of an article, folded, those inside compounds too."""
    text = f"{article.title} {article.lead} {article.body}"
    return {fold(token.form) for chunk in text.split() for token in tokenize_chunk(chunk).tokens}
