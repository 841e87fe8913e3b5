"""Near-duplicates: the rule on texts written for it, and the same pairs as a look at all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives import build_archive, grow_archive, snapshot_of, version_ids
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.article import Article, article_from_record
from index.near_duplicates import Documents, are_versions, find_links
from index.sketches import sketches
from index.stories import NO_LINKS, Links, hanging_together

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[1] / "data/stories/pairs.jsonl").read_text("utf-8").splitlines()
]


def told(path: Path) -> set[tuple[str, ...]]:
    """The stories of an archive, by the ids of their articles."""
    with snapshot_of(path) as snapshot:
        return {version_ids(snapshot, doc) for doc in snapshot.stories.doc.tolist()}


def test_there_are_pairs_of_either_kind() -> None:
    assert len(PAIRS) >= 11
    assert {pair["same"] for pair in PAIRS} == {True, False}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["why"])
@pytest.mark.parametrize("batches", [1, 2])
def test_edited_articles_are_versions_and_others_are_not(pair: dict[str, Any], batches: int, tmp_path: Path) -> None:
    articles = [article_from_record(pair[name]) for name in ("one", "other")]
    grow_archive(tmp_path / "archive", [articles] if batches == 1 else [articles[:1], articles[1:]])
    expected = {tuple(article.article_id for article in articles)} if pair["same"] else set()
    assert told(tmp_path / "archive") == expected


@pytest.mark.parametrize(
    ("common", "one", "other", "is_near", "expected"),
    [
        (80, 90, 90, False, True),  # 80 of 100
        (79, 90, 89, False, False),
        (65, 100, 100, True, True),
        (64, 100, 100, True, False),
        (65, 100, 100, False, False),
        (100, 100, 222, True, True),
        (100, 100, 223, True, False),  # a round-up
    ],
)
def test_the_bounds_of_the_rule(common: int, one: int, other: int, is_near: bool, expected: bool) -> None:
    for first, second in ((one, other), (other, one)):
        told = are_versions(np.array([common]), np.array([first]), np.array([second]), np.array([is_near]))
        assert told.tolist() == [expected]


def test_many_copies_of_a_text_have_as_many_links(tmp_path: Path) -> None:
    text = article_from_record(PAIRS[0]["one"])
    copies = [
        Article(article_id=f"{at:04d}", title=text.title, body=f"{text.body}\nCopia {at}.", published=text.published)
        for at in range(500)
    ]
    path = build_archive(tmp_path / "archive", copies)
    with snapshot_of(path) as snapshot:
        assert len(snapshot.stories.links) == len(copies) - 1
    ids = [copy.article_id for copy in copies]
    assert told(path) == {tuple(ids)}
    grow_archive(path, [["0100"], [copies[100]], ["0000", "0499"]])
    assert told(path) == {tuple(ids[1:-1])}


Family = list[tuple[int, int, int]]


@st.composite
def families(draw: st.DrawFn) -> list[tuple[int, NDArray[np.uint64], int, int]]:
    """Sets of shingles, some of them cut out of the same: (family, shingles, day, site)."""
    found = []
    for at in range(draw(st.integers(2, 14))):
        family = draw(st.integers(0, 2))
        whole = np.random.default_rng(family).integers(0, 1 << 56, 400, dtype=np.uint64)
        first, last = draw(st.sampled_from((0, 0, 40, 150, 200))), draw(st.sampled_from((400, 400, 360, 250)))
        own = np.random.default_rng(100 + at).integers(0, 1 << 56, draw(st.sampled_from((0, 5, 60))), dtype=np.uint64)
        day = draw(st.sampled_from((0, 900_000, 900_000, 900_004, 900_009, 905_000)))
        found.append((family, np.unique(np.concatenate((whole[first:last], own))), day, draw(st.integers(-1, 1))))
    return found


def documents_of(sets: Sequence[tuple[int, NDArray[np.uint64], int, int]], *, is_new: Sequence[bool]) -> Documents:
    """Documents numbered from 10."""
    made = np.concatenate([sketches(texts, 1) for _, texts, _, _ in sets])
    return Documents(
        num=np.arange(10, 10 + len(sets)),
        sketch=made.view(np.uint8).reshape(len(sets), -1),
        day=np.array([day for _, _, day, _ in sets]),
        site=np.array([site for _, _, _, site in sets]),
        length=np.array([len(texts) for _, texts, _, _ in sets]),
        is_new=np.array(is_new, dtype=bool),
    )


@given(sets=families(), data=st.data())
def test_documents_that_come_one_after_the_other_make_the_stories_of_all_at_once(
    sets: list[tuple[int, NDArray[np.uint64], int, int]], data: st.DataObject
) -> None:
    texts = {10 + at: text for at, (_, text, _, _) in enumerate(sets)}

    def fetch(nums: Sequence[int]) -> list[NDArray[np.uint64]]:
        return [texts[num] for num in nums]

    def stories(links: Links) -> list[int]:
        return list(hanging_together(links.one - 10, links.other - 10, len(sets)))

    at_once = find_links(documents_of(sets, is_new=[True] * len(sets)), NO_LINKS, fetch)
    assert len(at_once) == len(sets) - len(set(stories(at_once)))  # no link too many
    turn = data.draw(st.lists(st.integers(0, 2), min_size=len(sets), max_size=len(sets)))
    links = NO_LINKS
    for now in range(3):
        here = np.array([when <= now for when in turn])
        documents = documents_of(sets, is_new=[when == now for when in turn]).some(np.flatnonzero(here))
        links = links.with_others(find_links(documents, links, fetch))
    assert stories(links) == stories(at_once)


def test_an_article_that_is_no_longer_kept_has_no_versions() -> None:
    text = np.arange(100, dtype=np.uint64) << np.uint64(45)
    documents = documents_of([(0, text, 900_000, 0), (0, text, 900_000, 1)], is_new=[True, True])
    assert len(find_links(documents, NO_LINKS, lambda nums: [text for _ in nums])) == 1
    assert len(find_links(documents, NO_LINKS, lambda nums: [text[:0] for _ in nums])) == 0
