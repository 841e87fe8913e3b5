"""Law 3: scores are finite, not negative and equal to their explanation; more words never hurt, length never helps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from archives import temporary_archive
from hypothesis import example, given
from hypothesis import strategies as st
from newsroom import TODAY, newsrooms, questions

from index.article import Article
from index.frequencies import BODY, MOST, NUM_FIELDS, pack
from index.manifest import Totals
from index.snapshot import Postings
from search import Explanation, RankingSettings
from search.kernels import Fading, KernelName, ScoredTerm, load_kernels
from search.kernels.types import norms_from
from search.postings import FieldLengths, SnapshotPostings
from search.ranking import idf, left_by_age, norm_of

SETTINGS = RankingSettings()
SOME = [Article(article_id="1", title="Il governo", body="Il governo parla.")]
PLAIN, COMPILED = load_kernels("plain"), load_kernels("compiled")


def leaves(explanation: Explanation) -> list[Explanation]:
    """The explanations that are not made of others."""
    return [leaf for part in explanation.parts for leaf in leaves(part)] or [explanation]


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(articles=newsrooms(), text=st.one_of(st.just(""), questions()), sort=st.sampled_from(("relevance", "newest")))
@example(articles=SOME, text="il governo", sort="relevance")
def test_a_score_is_finite_and_equal_to_its_explanation(
    kernels: KernelName, articles: list[Article], text: str, sort: str
) -> None:
    with temporary_archive(articles, kernels=kernels) as archive:
        page = archive.search(text, sort=sort, size=100, now=TODAY, explain=True)  # type: ignore[arg-type]
    assert page.hits or articles is not SOME
    for hit in page.hits:
        explained = hit.explanation
        assert explained is not None
        assert math.isfinite(hit.score)
        assert hit.score >= 0
        assert explained.value == hit.score
        assert all(math.isfinite(leaf.value) and leaf.value >= 0 for leaf in leaves(explained))
        if "x freschezza" in explained.how:
            summed, factor = explained.parts
            assert summed.value * factor.value == pytest.approx(hit.score, rel=1e-12)
            assert SETTINGS.freshness_floor <= factor.value <= 1
            assert math.fsum(part.value for part in summed.parts) == pytest.approx(summed.value, rel=1e-12)
        else:
            assert math.fsum(part.value for part in explained.parts) == pytest.approx(hit.score, rel=1e-12)


@given(articles=newsrooms(), text=questions())
def test_a_question_scores_alike_however_it_is_sorted(articles: list[Article], text: str) -> None:
    with temporary_archive(articles) as archive:
        by_relevance = archive.search(text, size=100, now=TODAY, explain=True)
        by_date = archive.search(text, sort="newest", size=100, now=TODAY, explain=True)
    scores = {hit.article.article_id: hit.score for hit in by_relevance.hits}
    assert {hit.article.article_id: hit.score for hit in by_date.hits} == scores


counts = st.tuples(*(st.integers(0, most) for most in MOST))
lengths = st.tuples(*(st.integers(1, 5_000) for _ in MOST))
totals = st.builds(
    Totals,
    num_docs=st.just(100),
    field_tokens=st.tuples(*[st.integers(50, 90_000)] * NUM_FIELDS),
    field_docs=st.just((90, 50, 99, 20)),
)
rankings = st.builds(
    RankingSettings,
    k1=st.floats(0.01, 10),
    b=st.floats(0, 1),
    title_k1=st.floats(0.01, 10),
    title_b=st.floats(0, 1),
    title_apart=st.floats(0, 10),
    title_weight=st.floats(0, 10),
    lead_weight=st.floats(0, 10),
    body_weight=st.floats(0, 10),
    tags_weight=st.floats(0, 10),
)


Fixed = tuple[RankingSettings, Totals]


def weight_of(kernels: KernelName, fixed: Fixed, count: tuple[int, ...], length: tuple[int, ...]) -> float:
    """The saturated frequency of one document."""
    settings, statistics = fixed
    freq = pack(np.array(count, dtype=np.int64)[:, None])
    postings = SnapshotPostings((Postings(np.zeros(1, dtype=np.uint16), freq),))
    scores = load_kernels(kernels).scores(
        np.array([0]),
        [ScoredTerm(postings, settings.field_weights(None), 1.0)],
        norms_from(
            FieldLengths((tuple(np.array([one], dtype=np.uint32) for one in length),)), norm_of(statistics, settings)
        ),
        np.array([0, 1]),
    )
    return float(scores[0])


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(fixed=st.tuples(rankings, totals), count=counts, length=lengths, data=st.data())
def test_more_occurrences_never_lower_a_score(
    kernels: KernelName, fixed: Fixed, count: tuple[int, ...], length: tuple[int, ...], data: st.DataObject
) -> None:
    more = tuple(data.draw(st.integers(one, most)) for one, most in zip(count, MOST, strict=True))
    before = weight_of(kernels, fixed, count, length)
    assert 0 <= before <= weight_of(kernels, fixed, more, length) < 1 + fixed[0].title_apart + 1e-9


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(fixed=st.tuples(rankings, totals), count=counts, length=lengths, data=st.data())
def test_a_longer_body_never_raises_a_score(
    kernels: KernelName, fixed: Fixed, count: tuple[int, ...], length: tuple[int, ...], data: st.DataObject
) -> None:
    longer = (*length[:BODY], data.draw(st.integers(length[BODY], 60_000)), *length[BODY + 1 :])
    before = weight_of(kernels, fixed, count, length)
    assert weight_of(kernels, fixed, count, longer) <= before


@given(num_docs=st.integers(0, 10**7), data=st.data())
def test_a_rarer_word_tells_more(num_docs: int, data: st.DataObject) -> None:
    common = data.draw(st.integers(0, num_docs))
    rare = data.draw(st.integers(0, common))
    assert 0 < idf(doc_freq=common, num_docs=num_docs) <= idf(doc_freq=rare, num_docs=num_docs) < math.inf


@given(first=st.integers(-300_000, 30_000), second=st.integers(-300_000, 30_000))
def test_freshness_falls_with_age_and_stays_within_its_bounds(first: int, second: int) -> None:
    days = np.array(sorted((first, second)), dtype=np.int32)
    left = left_by_age(320_001, SETTINGS)
    older, newer = PLAIN.fade(days, np.arange(2), Fading(20_000, left)).tolist()
    assert COMPILED.fade(days, np.arange(2), Fading(20_000, left)).tolist() == [older, newer]
    assert SETTINGS.freshness_floor <= older <= newer <= 1
