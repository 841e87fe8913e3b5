"""A news wire for laws: a few releases as sites print them, whole or cut, under titles of their own.

And a brute-force reading of the rule by which they tell one story, in plain loops over all pairs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from hypothesis import strategies as st
from newsroom import CONTENT_WORDS, FUNCTION_WORDS, SITES
from reading import read_text

from index.article import Article
from index.dates import day_in_rome, timestamp
from index.italian.folding import strip_accents, unmarked

_PARAGRAPHS, _SENTENCE_WORDS = 8, 20
_WORDS = tuple(word for word in (*CONTENT_WORDS, *FUNCTION_WORDS) if word.isalpha())


def _release(number: int) -> tuple[str, ...]:
    draw = random.Random(number)
    return tuple(
        " ".join(f"{draw.choice(_WORDS)}" + draw.choice(("", "", "", "mente", "zioni")) for _ in range(_SENTENCE_WORDS))
        + "."
        for _ in range(_PARAGRAPHS)
    )


RELEASES = tuple(map(_release, range(3)))
CUTS = {
    "whole": range(_PARAGRAPHS),
    "without the last": range(_PARAGRAPHS - 1),
    "in another order": (3, 4, 5, 6, 7, 0, 1, 2),
    "its first half": range(_PARAGRAPHS // 2 + 1),
    "its second half": range(_PARAGRAPHS // 2 - 1, _PARAGRAPHS),
}
TITLES = ("governo e riforma", "Le pensioni, dopo le elezioni", "AI")
DAYS: tuple[date | datetime | None, ...] = (
    *(None, date(2024, 3, 11), date(2024, 3, 11), date(2024, 3, 13), date(2024, 3, 18), date(2022, 1, 1)),
    *(datetime(2024, 3, 11, 9, 30, tzinfo=UTC), datetime(2024, 3, 12, 23, 30, tzinfo=UTC)),
)


def printed(release: int, cut: str) -> str:
    """The body of a release as a site prints it."""
    return "\n".join(RELEASES[release][at] for at in CUTS[cut])


def wired_articles_with(article_id: str) -> st.SearchStrategy[Article]:
    """An article with a given id that a site made of a release."""
    return st.builds(
        Article,
        article_id=st.just(article_id),
        title=st.sampled_from(TITLES),
        body=st.builds(printed, st.integers(0, len(RELEASES) - 1), st.sampled_from(tuple(CUTS))),
        site=st.sampled_from(SITES),
        section=st.sampled_from(((), ("Economia",))),
        published=st.sampled_from(DAYS),
    )


def wires(*, at_most: int = 10) -> st.SearchStrategy[list[Article]]:
    """Some such articles with different ids."""
    some = [st.tuples(*(wired_articles_with(f"a{at}") for at in range(count))) for count in range(1, at_most + 1)]
    return st.one_of(some).map(list)


@lru_cache(maxsize=1_000)
def shingles(title: str, lead: str, body: str) -> frozenset[tuple[str, ...]]:
    """All runs of three words of an article, in lower case and without accents."""
    words = [
        strip_accents(unmarked(form).lower()) for text in (title, lead, body) for _, form in read_text(text).tokens
    ]
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def are_versions(one: Article, other: Article) -> bool:
    """The rule, as docs/decisions/0013 has it."""
    first, second = (shingles(article.title, article.lead, article.body) for article in (one, other))
    shorter, longer = sorted((len(first), len(second)))
    if shorter < 40:
        return False
    common = len(first & second)
    if common >= 0.8 * len(first | second):
        return True
    is_near = _days_apart(one, other) <= (5 if one.site != other.site else 0)
    return is_near and common >= 0.65 * shorter and shorter >= 0.45 * longer


def _days_apart(one: Article, other: Article) -> float:
    if one.published is None or other.published is None:
        return 0 if one.published == other.published else math.inf
    return abs((day_in_rome(one.published) - day_in_rome(other.published)).days)


def stories_of(articles: Sequence[Article]) -> dict[str, list[str]]:
    """For each article the ids of its story, itself among them, the first published first."""
    story = {article.article_id: {article.article_id} for article in articles}
    for one in articles:
        for other in articles:
            if story[one.article_id] is not story[other.article_id] and are_versions(one, other):
                joined = story[one.article_id] | story[other.article_id]
                story |= dict.fromkeys(joined, joined)
    by_id = {article.article_id: article for article in articles}
    return {one: _in_order(by_id[other] for other in ids) for one, ids in story.items()}


def _in_order(articles: Iterable[Article]) -> list[str]:
    def place(article: Article) -> tuple[float, str]:
        return math.inf if article.published is None else timestamp(article.published), article.article_id

    return [article.article_id for article in sorted(articles, key=place)]
