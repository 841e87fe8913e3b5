"""The most read articles, found by sorting them all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

from index.article import Article
from index.dates import day_in_rome, timestamp

MOST = 2**31 - 1
"""Articles that were read as often, or oftener, are equally read."""


def most_read_of(
    articles: Iterable[Article], *, size: int, since: date | None = None, sites: Sequence[str] = ()
) -> tuple[Article, ...]:
    """What ``Archive.most_read`` must give of some articles."""

    def passes(article: Article) -> bool:
        day = article.published and day_in_rome(article.published)
        return (
            bool(article.reads) and (not sites or article.site in sites) and (not since or bool(day and day >= since))
        )

    def rank(article: Article) -> tuple[int, float, str]:
        moment = math.inf if article.published is None else -timestamp(article.published)
        return -min(article.reads or 0, MOST), moment, article.article_id

    return tuple(sorted(filter(passes, articles), key=rank)[:size])
