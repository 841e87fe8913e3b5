"""A rebuild: others add and remove meanwhile, and one that is stopped is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import snapshot_of

from index import indexer, rebuild
from index import segment as segments
from index.article import Article
from index.columns import unpack_strings
from index.errors import IndexLocked
from index.generation import DataFolder
from index.operations import add_articles, remove_articles
from index.operations import rebuild as rebuild_index
from index.settings import IndexSettings
from index.verification import verify
from search import open_archive

ONE_PROCESS = IndexSettings(processes=1)


def article(number: int, text: str = "") -> Article:
    return Article(article_id=f"a{number:03d}", title=f"Titolo {number % 7}", body=f"solo{number} governo {text}")


def served(path: Path) -> dict[str, str]:
    """What a reader finds: the id and the body of every article."""
    with open_archive(path) as archive:
        return {hit.article.article_id: hit.article.body for hit in archive.search("", size=100).hits}


def counts(path: Path) -> Any:
    """What must not depend on how an index came about."""
    with snapshot_of(path) as snapshot:
        forms = {snapshot.lexicon.form(at): count for at, count in enumerate(snapshot.counters.tolist()) if count}
        ids: list[bytes] = []
        for segment in snapshot.segments:
            texts = unpack_strings(segment.columns["doc_id_text"], segment.columns["doc_id_offsets"])
            ids += [text for doc, text in enumerate(texts) if doc not in set(segment.deleted_docs.tolist())]
        return snapshot.totals, forms, sorted(ids)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few articles make several segments."""
    monkeypatch.setattr(segments, "MAX_DOCS", 10)
    monkeypatch.setattr(indexer, "BATCH", 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive of forty articles, of which some were replaced."""
    add_articles(tmp_path, [article(number) for number in range(40)])
    add_articles(tmp_path, [article(number, "nuovo") for number in range(5)])
    return tmp_path


class Stopped(Exception):
    """What a test stops a rebuild with."""


def stop_after(num_segments: int) -> Callable[[int, int], None]:
    """Progress that stops a rebuild once so many segments, of ten articles each, have been finished."""

    def progress(done: int, _: int) -> None:
        if done > num_segments * 10:
            raise Stopped

    return progress


def stop_rebuild(path: Path, num_segments: int) -> None:
    with pytest.raises(Stopped):
        rebuild_index(path, settings=ONE_PROCESS, on_indexed=stop_after(num_segments))


@pytest.mark.parametrize("few", [0, 1_000])
def test_what_others_write_during_a_rebuild_is_found_during_it_and_after_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(rebuild, "_FEW_CHANGES", few)
    seen: list[int] = []

    def write(done: int, _: int) -> None:
        if len(seen) < 4:
            expected = served(path)
            new, changed, gone = article(100 + len(seen)), article(10 + len(seen), "giro"), f"a{20 + len(seen):03d}"
            add_articles(path, [new, changed], settings=ONE_PROCESS)
            remove_articles(path, [gone])
            del expected[gone]
            assert served(path) == expected | {one.article_id: one.body for one in (new, changed)}
            seen.append(done)

    generation = rebuild_index(path, settings=ONE_PROCESS, on_indexed=write)
    assert seen
    assert DataFolder(path).current_generation() == generation
    assert set(served(path)) == {f"a{number:03d}" for number in (*range(20), *range(20 + len(seen), 40))} | {
        f"a{100 + at:03d}" for at in range(len(seen))
    }
    assert verify(path).faults == ()
    grown = counts(path)
    rebuild_index(path)
    assert counts(path) == grown


def test_a_version_that_the_store_forgot_during_a_rebuild_is_not_in_it(path: Path) -> None:
    none_kept = IndexSettings(processes=1, keep_generations=0)
    times = iter(range(3))

    def replace_first(done: int, _: int) -> None:
        for time in times:
            add_articles(path, [article(0, f"edizione{time}"), article(39, f"edizione{time}")], settings=none_kept)

    rebuild_index(path, settings=none_kept, on_indexed=replace_first)
    assert served(path)["a000"] == article(0, "edizione2").body
    assert verify(path).faults == ()
    grown = counts(path)
    rebuild_index(path)
    assert counts(path) == grown


def test_a_rebuild_of_articles_that_are_all_gone_meanwhile_ends(path: Path) -> None:
    def remove_all(_: int, __: int) -> None:
        remove_articles(path, [f"a{number:03d}" for number in range(40)], settings=IndexSettings(keep_generations=0))

    rebuild_index(path, settings=ONE_PROCESS, on_indexed=remove_all)
    assert served(path) == {}
    assert verify(path).faults == ()


@pytest.mark.parametrize(("between", "left"), [("nothing", 20), ("an add", 21), ("a remove", 18)])
def test_a_stopped_rebuild_goes_on_after_its_last_finished_segment(path: Path, between: str, left: int) -> None:
    expected = served(path)
    stop_rebuild(path, 2)
    assert served(path) == expected
    if between == "an add":
        add_articles(path, [article(50), article(3, "poi")])
        expected |= {"a050": article(50).body, "a003": article(3, "poi").body}
    elif between == "a remove":
        remove_articles(path, ["a001", "a039"])
        expected = {name: body for name, body in expected.items() if name not in ("a001", "a039")}
    resumed: list[int] = []
    indexed: list[tuple[int, int]] = []
    rebuild_index(
        path,
        settings=ONE_PROCESS,
        on_resumed=resumed.append,
        on_indexed=lambda done, total: indexed.append((done, total)),
    )
    assert resumed == [20]
    assert indexed[-1] == (left, left)
    assert served(path) == expected
    assert verify(path).faults == ()
    grown = counts(path)
    rebuild_index(path, fresh=True)
    assert counts(path) == grown


def test_a_rebuild_that_is_stopped_again_and_again_ends(path: Path) -> None:
    expected = counts(path)
    resumed: list[int] = []
    for _ in range(3):
        with pytest.raises(Stopped):
            rebuild_index(path, settings=ONE_PROCESS, on_resumed=resumed.append, on_indexed=stop_after(1))
    rebuild_index(path, settings=ONE_PROCESS, on_resumed=resumed.append)
    assert resumed == [10, 20, 30]
    assert counts(path) == expected


def test_a_fresh_rebuild_begins_anew_and_leaves_nothing_of_the_stopped_one(path: Path) -> None:
    stop_rebuild(path, 2)
    left = {file.name for file in (path / "index").glob("r0*")}
    assert left
    resumed: list[int] = []
    rebuild_index(path, fresh=True, on_resumed=resumed.append)
    assert resumed == []
    assert not left & {file.name for file in (path / "index").iterdir()}


@pytest.mark.parametrize("harm", ["flip", "cut", "remove", "record", "rules"])
def test_a_stopped_rebuild_that_cannot_be_trusted_is_begun_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    expected = counts(path)
    stop_rebuild(path, 2)
    victim = min((path / "index").glob("r0*.seg"))
    raw = victim.read_bytes()
    if harm == "flip":
        victim.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    elif harm == "cut":
        victim.write_bytes(raw[:-1])
    elif harm == "remove":
        victim.unlink()
    elif harm == "record":
        (path / "index" / "rebuild.json").write_bytes(b'{"prefix": 3}')
    else:
        monkeypatch.setattr("index.manifest.key_stamp", lambda: "another")
    resumed: list[int] = []
    rebuild_index(path, settings=ONE_PROCESS, on_resumed=resumed.append)
    assert resumed == []
    assert counts(path) == expected
    assert verify(path).faults == ()


def test_a_rebuild_stopped_right_after_its_commit_is_not_gone_on_with(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = counts(path)

    def stop(_: DataFolder) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(DataFolder, "end_rebuild", stop)
        with pytest.raises(Stopped):
            rebuild_index(path)
    assert counts(path) == expected
    resumed: list[int] = []
    rebuild_index(path, on_resumed=resumed.append)
    assert resumed == []
    assert counts(path) == expected
    assert verify(path).faults == ()


def test_when_a_rebuild_has_ended_its_folder_holds_what_the_kept_generations_list(path: Path) -> None:
    stop_rebuild(path, 3)
    rebuild_index(path, settings=ONE_PROCESS)
    folder = DataFolder(path)
    listed = {"CURRENT", "writer.lock", "rebuild.lock"}
    for generation in folder.generations():
        listed.add(folder.manifest_path(generation).name)
        listed |= {entry.name for entry in folder.older_manifest(generation).files()}
    assert {file.name for file in folder.index.iterdir()} == listed


def test_a_second_rebuild_is_refused_with_the_holder_and_an_add_is_not(path: Path) -> None:
    with DataFolder(path).rebuilding(timeout_s=0):
        at_once = IndexSettings(lock_timeout_s=0)
        with pytest.raises(IndexLocked, match=r"process \d+, since .* UTC, is rebuilding the index; wait until"):
            rebuild_index(path, settings=at_once)
        assert add_articles(path, [article(60)], settings=at_once).added == 1
