"""Sketches: a pure function of an article's words, which tells how much two texts have in common."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from wire import CUTS, RELEASES, printed, shingles

from index.article import Article
from index.encoder import TextEncoder
from index.kernels import load_kernels
from index.near_duplicates import shingles_of
from index.segment import SegmentBuilder, ValueTable
from index.sketches import LEAST_SHINGLES, SKETCH_COLUMNS, common_shingles, sketch_table
from index.store import StoredArticle

WORDS = [f"parola{number}" for number in range(400)]


def article(body: str, title: str = "Titolo", lead: str = "", article_id: str = "1") -> Article:
    return Article(article_id=article_id, title=title, lead=lead, body=body)


def sketches_of(articles: list[Article], encoder: TextEncoder | None = None) -> NDArray[np.uint8]:
    """The sketches of some articles as a segment has them, in their order here."""
    builder = SegmentBuilder(encoder or TextEncoder(), ValueTable(), folder=None, max_run_tokens=10**6)  # type: ignore[arg-type]
    builder.add([StoredArticle(num, one) for num, one in enumerate(articles)])
    columns = builder.build(
        np.arange(10_000), {name: np.zeros(9, np.uint32) for name in ("site", "section", "author", "tag")}
    )
    table = sketch_table([columns[name] for name in SKETCH_COLUMNS])
    return table[np.argsort(columns["doc_num"])]


def test_case_accents_marks_and_punctuation_change_nothing() -> None:
    body = printed(0, "whole")
    plain, shouted = sketches_of([article(body), article(body.upper().replace(".", " -\n"), title="TITOLO")])
    assert plain.any()
    assert (plain == shouted).all()


def test_a_sketch_depends_on_the_article_alone() -> None:
    articles = [article(printed(release, cut)) for release in range(len(RELEASES)) for cut in CUTS]
    together = sketches_of(articles)
    for one, sketch in zip(articles, together, strict=True):
        encoder = TextEncoder()
        encoder.encode(["altre parole, che hanno altri numeri", printed(2, "whole")])
        assert (sketches_of([one], encoder)[0] == sketch).all()


def test_tags_are_not_of_the_text() -> None:
    body = printed(0, "whole")
    tagged = Article(article_id="1", title="Titolo", body=body, tags=("uno", "due", "tre"))
    assert (sketches_of([tagged]) == sketches_of([article(body)])).all()


def test_the_text_may_be_split_between_lead_and_body() -> None:
    first, rest = printed(0, "whole").split("\n", 1)
    assert (sketches_of([article(rest, lead=first)]) == sketches_of([article(f"{first}\n{rest}")])).all()


@pytest.mark.parametrize(("num_words", "has_sketch"), [(LEAST_SHINGLES, False), (LEAST_SHINGLES + 1, True)])
def test_a_short_text_has_none(num_words: int, has_sketch: bool) -> None:
    text = article(" ".join(WORDS[:num_words]))  # and one word in the title
    assert sketches_of([text]).any() == has_sketch


def test_a_text_of_few_words_over_and_over_has_none() -> None:
    assert not sketches_of([article("governo riforma " * 200)]).any()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_equal_values_tell_the_share_of_common_shingles(share: float) -> None:
    chance = random.Random(7)
    told, true = [], []
    for _ in range(60):
        words = [chance.choice(WORDS) for _ in range(600)]
        kept = int(300 * 2 * share / (1 + share))
        texts = [article(" ".join(words[:300])), article(" ".join(words[300 - kept :][:300]))]
        one, other = (shingles(text.title, text.lead, text.body) for text in texts)
        first, second = sketches_of(texts)
        told.append(np.mean(first == second))
        true.append(len(one & other) / len(one | other))
    assert np.mean(told) == pytest.approx(np.mean(true), abs=0.03)
    assert np.std(np.subtract(told, true)) < 0.11


@given(texts=st.lists(st.sampled_from(("", "uno due tre", *RELEASES[0], *RELEASES[1])), min_size=1, max_size=6))
def test_shingles_and_those_in_common_are_counted_exactly(texts: list[str]) -> None:
    articles = [article(text, title="") for text in texts]
    found = shingles_of(articles, TextEncoder())
    expected = [shingles("", "", text) for text in texts]
    assert [len(one) for one in found] == [len(one) for one in expected]
    pairs = [(one, other) for one in range(len(texts)) for other in range(len(texts))]
    common = common_shingles([(found[one], found[other]) for one, other in pairs])
    assert common.tolist() == [len(expected[one] & expected[other]) for one, other in pairs]


@given(
    texts=st.lists(
        st.tuples(st.integers(0, 90), st.sampled_from((2, 7, 50, 2**32)), st.integers(0, 2**32 - 1)), max_size=12
    )
)
def test_both_kernels_make_the_same_sketches(texts: list[tuple[int, int, int]]) -> None:
    """Of texts of any length, of few or many different words."""
    words = [np.random.default_rng(seed).integers(0, different, size) for size, different, seed in texts]
    text = np.repeat(np.arange(len(texts), dtype=np.int64), [size for size, _, _ in texts])
    word_hash = np.concatenate([np.zeros(0, np.int64), *words]).astype(np.uint32)
    plain, compiled = (load_kernels(name).sketches(text, word_hash, len(texts)) for name in ("plain", "compiled"))
    assert compiled.dtype == plain.dtype
    assert compiled.tolist() == plain.tolist()


def test_more_texts_than_one_turn_takes() -> None:
    articles = [article(" ".join(WORDS[number % 300 :][:50])) for number in range(600)]
    found = shingles_of(articles, TextEncoder())
    assert [len(one) for one in found] == [len(shingles("Titolo", "", one.body)) for one in articles]
    sketches = sketches_of(articles)
    assert (sketches[300:] == sketches[:300]).all()
    assert common_shingles([(one, one) for one in found]).tolist() == [len(one) for one in found]
