"""What the model answers to a whole question, and what it is to answer the same."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import NamedTuple

import pytest
from model import Model
from newsroom import TODAY, Filters

from search import Page
from search.language import understand

Ranked = list[tuple[str, float]]
"""Ids and scores, best first."""


class Expected(NamedTuple):
    """What the model answers: the ranked articles, how it was widened, and those that pass all filters but one."""

    ranked: Ranked
    widened: str | None
    but: dict[str, Ranked]


def expect(model: Model, text: str, filters: Filters, *, any_word: bool, widen: bool, today: date = TODAY) -> Expected:
    """The model's answer, asked again more loosely while it is short without the filters, as the design says."""

    is_any_asked = any_word

    def ask(*, by_stem: bool, any_word: bool, but: str | None = "") -> Ranked:
        # Who asks for any of the words asks for those of a phrase apart; a question that is widened keeps it whole.
        told = understand(text, today=today, any_word=any_word, whole_phrases=not is_any_asked)
        return model.search(
            text,
            lambda article: but is None or filters.passes(article, but=but),
            told=told,
            today=today,
            by_stem=by_stem,
            ageless=filters.is_timeless,
        )

    widened, by_stem = None, False
    matched = ask(by_stem=False, any_word=any_word, but=None)
    for name, looser in (("stem", any_word), ("any", True)):
        if widen and len(matched) < model.ranking.widen_below:
            more = ask(by_stem=True, any_word=looser, but=None)
            if len(more) > len(matched):
                matched, widened, by_stem, any_word = more, name, True, looser
    ranked = ask(by_stem=by_stem, any_word=any_word)
    but = {facet: ask(by_stem=by_stem, any_word=any_word, but=facet) for facet in ("section", "site", "author", "days")}
    return Expected(ranked, widened, but)


def assert_same_order(shown: Ranked, ranked: Ranked) -> None:
    """The hits are those of the model, in its order; only where it leaves two within 1e-9 may they change places."""
    scores = dict(ranked)
    hits = [article_id for article_id, _ in shown]
    assert sorted(hits) == sorted(scores)
    assert [score for _, score in shown] == pytest.approx([scores[article_id] for article_id in hits], abs=1e-5)
    if hits != [article_id for article_id, _ in ranked]:
        kept = [scores[article_id] for article_id in hits]
        assert kept == pytest.approx(sorted(kept, reverse=True), abs=1e-9)
        for first, second in pairwise(hits):
            order = [article_id for article_id, _ in ranked]
            assert scores[first] != scores[second] or order.index(first) < order.index(second)


def ranked_of(page: Page) -> Ranked:
    """Ids and scores of a page's hits."""
    return [(hit.article.article_id, hit.score) for hit in page.hits]
