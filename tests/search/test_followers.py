"""Followers: words counted behind another one, against counting in the texts; and which articles are the newest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from archives import temporary_archive
from hypothesis import given
from hypothesis import strategies as st
from newsroom import insistent_newsrooms, newsrooms
from reading import read_text

from index.article import Article
from index.italian import exact_keys
from index.snapshot import Snapshot
from index.word_counts import word_counts
from search import followers
from search.followers import Words, common_places, count_followers, newest, titled, words_with


def all_words(snapshot: Snapshot) -> Words:
    printed = snapshot.derived(word_counts)
    return words_with(printed, np.flatnonzero(printed.doc_freq))


def counted_slowly(articles: Sequence[Article], key: str, distance: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for article in articles:
        behind: set[str] = set()
        for text in (article.title, article.lead, article.body):
            places = [(position, word) for position, form in read_text(text).tokens for word in exact_keys(form)]
            at = {position for position, word in places if word == key}
            behind |= {word for position, word in places if position - distance in at}
        for word in behind:
            counts[word] = counts.get(word, 0) + 1
    return counts


@given(articles=newsrooms(at_least=3), distance=st.integers(1, 3), key=st.sampled_from(("governo", "riforma", "la")))
def test_followers_are_those_of_the_texts(articles: list[Article], distance: int, key: str) -> None:
    assert_followers_are_those_of_the_texts(articles, distance, key)


@given(articles=insistent_newsrooms(), distance=st.integers(1, 3), key=st.sampled_from(("governo", "riforma", "di")))
def test_followers_are_counted_however_often_a_word_came_before(
    articles: list[Article], distance: int, key: str
) -> None:
    assert_followers_are_those_of_the_texts(articles, distance, key)


def assert_followers_are_those_of_the_texts(articles: list[Article], distance: int, key: str) -> None:
    """What is counted, and what is counted in kept places, is what reading the texts gives; one article is removed."""
    removed = articles[-1].article_id
    with temporary_archive(articles[:2], articles[2:], [removed], merge_factor=64, max_deleted_share=1.0) as archive:
        snapshot = archive.snapshot
        words = all_words(snapshot)
        anchor = snapshot.lexicon.with_key("exact", [key])
        counts, num_anchored = count_followers(snapshot, anchor, words, distance=distance)
        kept, num_kept = common_places(snapshot, words).count(snapshot, anchor)
        printed = snapshot.derived(word_counts)
        found = {printed.key(int(words.number[at])): int(counts[at]) for at in np.flatnonzero(counts).tolist()}
    left = articles[:-1]
    assert found == counted_slowly(left, key, distance)
    assert num_anchored == num_kept
    if distance == 1:
        assert kept.tolist() == counts.tolist()


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        pytest.param(100, {"a", "b", "c", "d", "e"}, id="all"),
        pytest.param(3, {"a", "b", "c"}, id="three"),
        pytest.param(2, {"a", "b", "c"}, id="of one moment all"),
        pytest.param(1, {"a"}, id="one"),
        pytest.param(0, {"a"}, id="never none"),
    ],
)
def test_the_newest_are_the_same_in_any_segments(
    monkeypatch: pytest.MonkeyPatch, most: int, expected: set[str]
) -> None:
    days = {"a": date(2026, 1, 1), "b": date(2025, 1, 1), "c": date(2025, 1, 1), "d": date(2024, 1, 1), "e": None}
    articles = [Article(article_id=name, title="-", body="x", published=day) for name, day in days.items()]
    monkeypatch.setattr(followers, "MOST_POSTINGS", 5)
    for batches in ([articles], [articles[::2], articles[1::2]], [[article] for article in articles]):
        with temporary_archive(*batches, merge_factor=64) as archive:
            snapshot = archive.snapshot
            ends = newest(snapshot, 5, most=most)
            found = set()
            for segment, end in zip(snapshot.segments, ends, strict=True):
                text, start = segment.columns["doc_id_text"], segment.columns["doc_id_offsets"]
                found |= {text[start[doc] : start[doc + 1]].tobytes().decode() for doc in range(end)}
        assert found == expected


def test_only_the_newest_articles_are_looked_at() -> None:
    articles = [
        Article(article_id=str(at), title="-", body=f"il governo parla{at}", published=date(2000 + at, 1, 1))
        for at in range(20)
    ]
    with temporary_archive(articles[:7], articles[7:], merge_factor=64) as archive:
        snapshot = archive.snapshot
        anchor = snapshot.lexicon.with_key("exact", ["governo"])
        words = all_words(snapshot)
        heavy = Words(words.number, words.form, words.owner, doc_freq=words.doc_freq * 2_000)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(followers, "MOST_POSTINGS", 10_000)
            counts, num_anchored = count_followers(snapshot, anchor, heavy, distance=1)
        printed = snapshot.derived(word_counts)
        found = {printed.key(int(words.number[at])) for at in np.flatnonzero(counts).tolist()}
    assert num_anchored == len(found) < 20
    assert found == {f"parla{at}" for at in range(20 - num_anchored, 20)}


def test_titled_articles_have_the_word_in_their_title() -> None:
    articles = [
        Article(article_id="1", title="Il governo", body="x"),
        Article(article_id="2", title="x", lead="governo", body="governo"),
        Article(article_id="3", title="Governo", body="governo"),
    ]
    with temporary_archive(articles, ["1"], max_deleted_share=1.0) as archive:
        snapshot = archive.snapshot
        masks = titled(snapshot, snapshot.lexicon.with_key("exact", ["governo"]))
        assert [int(np.count_nonzero(mask)) for mask in masks] == [1]
