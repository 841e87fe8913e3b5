"""Histories for laws: articles that come, change and go, in commits of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st
from newsroom import articles_with

from index.article import Article

Batch = list[Article | str]


class History(NamedTuple):
    """Commits of an archive, and the articles that are left at the end."""

    batches: list[Batch]
    left: list[Article]
    settings: dict[str, Any]


@st.composite
def histories(draw: st.DrawFn, articles: Callable[[str], st.SearchStrategy[Article]] = articles_with) -> History:
    """Articles that come, change and go, in commits of any size, with merges as often as the settings allow."""
    ids = [f"a{number}" for number in range(9)]
    current: dict[str, Article] = {}
    batches: list[Batch] = []
    for _ in range(draw(st.integers(1, 6))):
        batch: Batch = []
        for article_id in draw(st.lists(st.sampled_from(ids), max_size=6)):
            if article_id in current and draw(st.booleans()):
                batch.append(article_id)
                del current[article_id]
            else:
                current[article_id] = draw(articles(article_id))
                batch.append(current[article_id])
        batches.append(batch)
    settings = {"merge_factor": draw(st.integers(2, 4)), "max_deleted_share": draw(st.sampled_from((0.01, 0.5, 1.0)))}
    return History(batches, list(current.values()), settings)
