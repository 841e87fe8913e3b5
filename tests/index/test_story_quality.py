"""Stories in real articles: those that were edited are found, and little else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from archives import build_archive, snapshot_of, version_ids
from edits import KINDS, edited

from index.article import Article
from index.sources import read_source

LEAST_RECALL, LEAST_PRECISION = 0.965, 0.99
"""About a point below what was measured (docs/decisions/0013)."""

CHECKED = (
    ("picker-a8faab3aa964", "picker-4615db4f10f5"),  # two titles over one text, as it was collected
    ("picker-5402cffa507d", "picker-d985a76aa5ed"),
)
"""Of the stories of the archive as it is, read one by one: all ten are one text; these two least plainly."""


@pytest.fixture(scope="module")
def articles(shared_data: Path) -> list[Article]:
    """All articles of the trade press."""
    found = list(read_source(str(shared_data / "archives" / "tradepress.jsonl")))
    articles = [article for article in found if isinstance(article, Article)]
    assert len(articles) == len(found) > 3_000
    return articles


def stories_of(path: Path) -> set[tuple[str, ...]]:
    """The stories of an archive, by the ids of their articles."""
    with snapshot_of(path) as snapshot:
        return {version_ids(snapshot, doc) for doc in snapshot.stories.doc.tolist()}


@pytest.mark.quality
def test_the_stories_of_the_trade_press_are_those_that_were_read_and_checked(
    articles: list[Article], tmp_path: Path
) -> None:
    stories = stories_of(build_archive(tmp_path / "archive", articles))
    assert len(stories) == 10
    assert {len(story) for story in stories} == {2}
    assert {frozenset(pair) for pair in CHECKED} <= {frozenset(story) for story in stories}


@pytest.mark.quality
def test_edited_articles_are_found_and_little_else(articles: list[Article], tmp_path: Path) -> None:
    chance = random.Random(13)
    chosen = chance.sample(articles, 1_000)
    made = [
        edited(article, KINDS[at % len(KINDS)], chance.choice(articles), chance) for at, article in enumerate(chosen)
    ]
    truth = {frozenset((one.article_id, other.article_id)) for one, other in zip(chosen, made, strict=True)}
    before = stories_of(build_archive(tmp_path / "before", articles))
    truth |= {frozenset((one, other)) for story in before for one in story for other in story if one != other}
    stories = stories_of(build_archive(tmp_path / "archive", [*articles, *made]))
    found = {frozenset((one, other)) for story in stories for one in story for other in story if one != other}
    # Of a story that the archive had already, the edited copy is a version of both.
    in_story = {one: set(story) for story in before for one in story}
    truth |= {
        frozenset((twin, made[at].article_id))
        for at, article in enumerate(chosen)
        for twin in in_story.get(article.article_id, ())
    }
    recall = {
        kinds: sum(frozenset((one.article_id, other.article_id)) in found for one, other in pairs) / len(pairs)
        for kinds in KINDS
        for pairs in [[(chosen[at], made[at]) for at in range(len(made)) if KINDS[at % len(KINDS)] == kinds]]
    }
    measured = sum(recall.values()) / len(recall)
    precision = len(found & truth) / len(found)
    assert precision >= LEAST_PRECISION, (precision, sorted(map(sorted, found - truth)))
    assert measured >= LEAST_RECALL, (measured, recall)
    print(f"recall {measured:.4f}, precision {precision:.4f}, {recall}")  # noqa: T201  # what the documents tell
