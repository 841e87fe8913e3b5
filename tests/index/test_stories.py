"""Stories: links that hold them together, and what becomes of them when versions go."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from archives import build_archive, grow_archive, rebuild_archive, snapshot_of, version_ids
from hypothesis import given
from hypothesis import strategies as st
from wire import printed

from index.article import Article
from index.operations import roll_back
from index.stories import Links, Stories, hanging_together

_pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12)


def article(article_id: str, cut: str = "whole", *, day: date | None = date(2024, 3, 11), site: str = "") -> Article:
    return Article(article_id=article_id, title="Riforma", body=printed(0, cut), site=site, published=day)


def ids_told(path: Path) -> list[tuple[str, ...]]:
    """The stories of an archive, by the ids of their articles."""
    with snapshot_of(path) as snapshot:
        return sorted({version_ids(snapshot, doc) for doc in snapshot.stories.doc.tolist()})


@given(pairs=_pairs)
def test_what_hangs_together_has_one_label_which_is_the_least(pairs: list[tuple[int, int]]) -> None:
    story = {node: {node} for node in range(10)}
    for one, other in pairs:
        joined = story[one] | story[other]
        story |= dict.fromkeys(joined, joined)
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    assert hanging_together(ends[:, 0], ends[:, 1], 10).tolist() == [min(story[node]) for node in range(10)]


def test_a_version_at_the_end_of_a_story_leaves_its_other_links() -> None:
    links, apart = Links(np.array([1, 2, 8]), np.array([2, 3, 9])).without(np.array([3]))
    assert (links.one.tolist(), links.other.tolist(), apart.tolist()) == ([1, 8], [2, 9], [])


def test_the_versions_that_one_held_together_are_looked_at_anew() -> None:
    links, apart = Links(np.array([1, 2, 3, 8]), np.array([2, 3, 4, 9])).without(np.array([2]))
    assert (links.one.tolist(), links.other.tolist(), apart.tolist()) == ([8], [9], [1, 3, 4])


def test_versions_without_links_change_nothing() -> None:
    links, apart = (made := Links(np.array([1]), np.array([2]))).without(np.array([5]))
    assert links is made
    assert len(apart) == 0


def test_a_story_is_in_the_order_of_publication_the_undated_last(tmp_path: Path) -> None:
    days = {"d": date(2024, 3, 12), "c": date(2024, 3, 11), "b": date(2024, 3, 11), "a": None}
    path = build_archive(tmp_path / "archive", [article(name, day=day) for name, day in days.items()])
    assert ids_told(path) == [("b", "c", "d", "a")]


def test_a_story_that_a_removed_version_held_together_falls_apart(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    halves = [article("a", "its first half", site="A"), article("b", "its second half", site="B")]
    grow_archive(path, [[*halves, article("c", site="C")]])
    assert ids_told(path) == [("a", "b", "c")]
    grow_archive(path, [["c"]])
    assert ids_told(path) == []
    grow_archive(path, [[article("c", site="C")]])
    assert ids_told(path) == [("a", "b", "c")]


def test_a_changed_version_is_compared_anew(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive", [article("a"), article("b")])
    assert ids_told(path) == [("a", "b")]
    grow_archive(path, [[Article(article_id="b", title="Altro", body=printed(1, "whole"))]])
    assert ids_told(path) == []


def test_without_stories_there_is_no_file_of_them(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive", [article("a")])
    assert not list((path / "index").glob("*.sty"))
    with snapshot_of(path) as snapshot:
        assert (len(snapshot.stories), version_ids(snapshot, 0)) == (0, ("a",))


def test_an_older_generation_has_its_own_stories_again(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive", [article("a"), article("b"), article("x")])
    grow_archive(path, [["x"], ["b"]], keep_generations=5)
    assert ids_told(path) == []
    with snapshot_of(path) as snapshot:
        assert snapshot.generation == 3
    roll_back(path)
    assert ids_told(path) == []  # "b" is gone since, and stays out


def test_a_rebuild_that_goes_on_finds_the_stories_of_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build_archive(tmp_path / "archive", [article("a"), article("b")])
    with monkeypatch.context() as patch:
        patch.setattr("index.rebuild.Draft.link", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rebuild_archive(path)
    rebuild_archive(path)
    assert ids_told(path) == [("a", "b")]


def test_a_document_of_no_story_is_its_only_version() -> None:
    assert Stories().versions(7).tolist() == [7]
