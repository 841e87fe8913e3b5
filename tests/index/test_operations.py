"""Operations: what an operator does to an archive, through crashes, rivals and damage (kills: ``tests/crash``)."""

from __future__ import annotations

import errno
import gzip
import io
import json
import math
import os
import random
import sqlite3
import stat
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from archives import deny_reading, snapshot_of
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import newsrooms

from index import columns, indexer, postings
from index import draft as drafts
from index.article import Article, Change, Withdrawal
from index.columns import unpack_strings
from index.errors import ArchiveError, ArticleError, IndexCorrupt, IndexLocked, IndexNotFound, IndexUnavailable
from index.export import export_articles, export_file
from index.generation import DataFolder
from index.operations import (
    AddReport,
    add_articles,
    add_files,
    compact,
    rebuild,
    remove_articles,
    roll_back,
)
from index.settings import IndexSettings
from index.snapshot import Snapshot
from index.sources import size_of_sources
from index.stats import gather_stats
from index.store import Store
from index.verification import verify
from search import open_archive

WORDS = ("governo", "governi", "riforma", "pensioni", "AI", "la", "dell’economia", "città")


def article(number: int, *, words: int = 8) -> Article:
    """An article of a few words, among them one that no other has."""
    chance = random.Random(number)
    body = " ".join((*chance.choices(WORDS, k=words), f"solo{number}"))
    return Article(article_id=f"a{number:04d}", title=chance.choice(WORDS), body=body)


def articles(count: int, *, first: int = 0, words: int = 8) -> list[Article]:
    return [article(number, words=words) for number in range(first, first + count)]


def live_ids(snapshot: Snapshot) -> list[str]:
    """The ids of the live articles, sorted; one that is there twice is listed twice."""
    found: list[str] = []
    for segment in snapshot.segments:
        ids = unpack_strings(segment.columns["doc_id_text"], segment.columns["doc_id_offsets"])
        gone = set(segment.deleted_docs.tolist())
        found += [text.decode() for doc, text in enumerate(ids) if doc not in gone]
    return sorted(found)


def documents_of_each_form(snapshot: Snapshot) -> dict[str, int]:
    """How many articles hold each form, for those that any does."""
    return {snapshot.lexicon.form(at): count for at, count in enumerate(snapshot.counters.tolist()) if count}


def state(path: Path) -> tuple[Any, ...]:
    """What must not depend on how the articles came in."""
    with snapshot_of(path) as snapshot:
        manifest = snapshot.manifest
        return snapshot.totals, manifest.positions_dropped, documents_of_each_form(snapshot), live_ids(snapshot)


def put_in_store_alone(path: Path, *changes: Article) -> None:
    """What a crash leaves that comes between the store's transaction and the commit of the index."""
    store = Store(DataFolder(path).store)
    with store.batch():
        for change in changes:
            store.put(change)
    store.close()


# --- adding and removing ----------------------------------------------------------------------------------------------


@given(incoming=newsrooms(at_least=1), data=st.data())
@settings(max_examples=15)
def test_articles_in_any_batches_give_the_state_of_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, incoming: list[Article], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("operations") / "archive"
    factor = data.draw(st.integers(2, 4))
    waiting = list(incoming)
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        add_articles(path, waiting[:size], settings=IndexSettings(merge_factor=factor, batch_articles=3))
        del waiting[:size]
    remove_articles(path, data.draw(st.lists(st.sampled_from([one.article_id for one in incoming]), max_size=4)))
    grown = state(path)
    assert verify(path).faults == ()
    rebuild(path)
    assert state(path) == grown


def test_a_report_counts_what_became_of_each_article(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(2))
    bad = ArticleError("title is missing").at("file.jsonl", 7)
    rejected: list[ArticleError] = []
    changed = Article(article_id="a0001", title="Nuovo", body="testo")
    report = add_articles(tmp_path, [article(0), bad, changed, article(2)], on_rejected=rejected.append)
    assert report == AddReport(added=1, replaced=1, unchanged=1, rejected=1)
    assert report.taken == 3
    assert rejected == [bad]


def test_a_withdrawal_takes_its_article_out_and_counts_as_unchanged_when_there_is_none(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(2))
    report = add_articles(tmp_path, [Withdrawal("a0001"), Withdrawal("a0001"), Withdrawal("ignoto"), article(5)])
    assert report == AddReport(added=1, removed=1, unchanged=2)
    assert report.taken == 4
    with snapshot_of(tmp_path) as snapshot:
        assert live_ids(snapshot) == ["a0000", "a0005"]


def test_what_became_of_each_article_is_told_in_their_order(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(2))
    bad = ArticleError("title is missing").at("file.jsonl", 7)
    incoming: list[Change | ArticleError] = [article(0), bad, Withdrawal("a0001"), Withdrawal("a0001"), article(7)]
    told: list[tuple[Change | ArticleError, str]] = []
    add_articles(tmp_path, incoming, on_outcome=lambda change, became: told.append((change, became)))
    assert told == list(zip(incoming, ["unchanged", "rejected", "removed", "unchanged", "added"], strict=True))


def test_the_last_of_two_articles_with_one_id_is_kept(tmp_path: Path) -> None:
    twice = [Article(article_id="1", title="primo", body="x"), Article(article_id="1", title="secondo", body="x")]
    assert add_articles(tmp_path, twice) == AddReport(added=1, replaced=1)
    with snapshot_of(tmp_path) as snapshot:
        assert documents_of_each_form(snapshot).keys() == {"secondo", "x"}
        assert live_ids(snapshot) == ["1"]


def test_progress_of_storing_counts_all_articles_and_that_of_indexing_the_new_ones(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(5))
    stored: list[int] = []
    indexed: list[tuple[int, int]] = []
    add_articles(
        tmp_path,
        articles(20),
        settings=IndexSettings(batch_articles=7),
        on_stored=stored.append,
        on_indexed=lambda done, total: indexed.append((done, total)),
    )
    assert stored == [7, 7, 6]
    assert indexed == [(15, 15)]
    rebuild(tmp_path, on_indexed=lambda done, total: indexed.append((done, total)))
    assert indexed[1:] == [(20, 20)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.html", "a.rss"])
def test_progress_of_reading_counts_the_bytes_as_they_lie_in_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    raw = (b"id,title\n" if name == "a.csv" else b"") + b" \n" * 300_000  # no article, but much to look through
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    read: list[int] = []
    add_files(tmp_path / "archive", [str(path)], on_read=read.append)
    assert sum(read) == path.stat().st_size == size_of_sources([str(path)])


def test_the_size_of_sources_is_known_where_all_are_files(tmp_path: Path) -> None:
    for name, size_bytes in (("a.jsonl", 5), ("b.csv", 7)):
        (tmp_path / name).write_bytes(b"x" * size_bytes)
    os.mkfifo(tmp_path / "pipe.jsonl")
    files = [str(tmp_path / name) for name in ("a.jsonl", "b.csv", "missing.jsonl")]
    assert size_of_sources(files) == 12
    assert size_of_sources([*files, "-"]) is None
    assert size_of_sources([*files, str(tmp_path / "pipe.jsonl")]) is None


def test_removing_counts_each_id_once_and_names_the_unknown(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(3))
    assert remove_articles(tmp_path, ["a0001", "zz", "a0001", "zz"]) == (1, ("zz",))
    with snapshot_of(tmp_path) as snapshot:
        assert live_ids(snapshot) == ["a0000", "a0002"]


def test_a_source_that_fails_halfway_keeps_whole_batches_which_the_next_add_indexes(tmp_path: Path) -> None:
    def failing() -> Iterator[Article]:
        yield from articles(5)
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        add_articles(tmp_path, failing(), settings=IndexSettings(batch_articles=2))
    stats = gather_stats(tmp_path)
    assert (stats.articles, stats.pending, stats.generation) == (0, 4, 0)
    add_articles(tmp_path, [])
    stats = gather_stats(tmp_path)
    assert (stats.articles, stats.pending, stats.generation) == (4, 0, 1)


def test_a_crash_between_store_and_index_is_pending_until_the_next_add(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(2))
    put_in_store_alone(tmp_path, article(2), Article(article_id="a0000", title="Nuovo", body="testo"))
    stats = gather_stats(tmp_path)
    assert (stats.articles, stats.pending) == (2, 2)
    add_articles(tmp_path, [article(3)])
    stats = gather_stats(tmp_path)
    assert (stats.articles, stats.pending) == (4, 0)
    assert verify(tmp_path).faults == ()
    with snapshot_of(tmp_path) as snapshot:
        assert live_ids(snapshot) == ["a0000", "a0001", "a0002", "a0003"]
        assert documents_of_each_form(snapshot)["testo"] == 1


def test_ended_versions_are_forgotten_once_no_kept_generation_shows_them(tmp_path: Path) -> None:
    alone = IndexSettings(keep_generations=0)
    add_articles(tmp_path, articles(1), settings=alone)
    with closing(Store(DataFolder(tmp_path).store)) as store:
        with snapshot_of(tmp_path) as held:
            add_articles(tmp_path, [Article(article_id="a0000", title="Nuovo", body="testo")], settings=alone)
            (num,) = held.segments[0].columns["doc_num"].tolist()
            assert store.get([num]) == {num: article(0)}
        remove_articles(tmp_path, ["a0000"], settings=alone)
        assert store.get([num]) == {}


# --- segments ---------------------------------------------------------------------------------------------------------


def test_small_memory_gives_the_same_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = articles(60)
    add_articles(tmp_path / "roomy", everything)
    smallest = IndexSettings(memory_mb=384)
    room = (smallest.memory_mb - drafts.FIXED_MB - drafts.EMPLOYER_MB) * 1_000_000
    monkeypatch.setattr(indexer, "BATCH", 4)
    monkeypatch.setattr(drafts, "BYTES_PER_TOKEN", room // 100)  # about ten articles
    monkeypatch.setattr(postings, "BLOCK_TOKENS", 50)
    monkeypatch.setattr(columns, "SPOOL_BYTES", 100)
    add_articles(tmp_path / "tight", everything, settings=smallest)
    assert gather_stats(tmp_path / "roomy").segments == 1
    assert gather_stats(tmp_path / "tight").segments == 1
    assert state(tmp_path / "tight") == state(tmp_path / "roomy")
    assert verify(tmp_path / "tight").faults == ()
    rebuild(tmp_path / "tight", settings=smallest)
    assert gather_stats(tmp_path / "tight").segments == 1
    assert state(tmp_path / "tight") == state(tmp_path / "roomy")


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_forty_single_adds_leave_few_segments(tmp_path: Path, factor: int) -> None:
    most = 0
    for number in range(40):
        add_articles(tmp_path, [article(number)], settings=IndexSettings(merge_factor=factor))
        tiers = math.floor(math.log(number + 1) / math.log(factor) + 1e-9) + 1
        segments = gather_stats(tmp_path).segments
        assert segments <= (factor - 1) * tiers
        most = max(most, segments)
    assert most > 1 or factor == 2
    grown = state(tmp_path)
    assert grown[-1] == [f"a{number:04d}" for number in range(40)]
    rebuild(tmp_path)
    assert state(tmp_path) == grown


def test_a_worn_segment_is_written_anew_and_a_less_worn_one_is_not(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(10))
    some = IndexSettings(max_deleted_share=0.2)
    remove_articles(tmp_path, ["a0000", "a0001"], settings=some)
    with snapshot_of(tmp_path) as worn:
        assert [(one.num_docs, len(one.deleted_docs)) for one in worn.segments] == [(10, 2)]
        assert live_ids(worn) == [f"a{number:04d}" for number in range(2, 10)]
    remove_articles(tmp_path, ["a0002"], settings=some)
    with snapshot_of(tmp_path) as renewed:
        assert [(one.num_docs, len(one.deleted_docs)) for one in renewed.segments] == [(7, 0)]
        assert live_ids(renewed) == [f"a{number:04d}" for number in range(3, 10)]
    assert verify(tmp_path).faults == ()


# --- commits, readers and rivals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["add", "rebuild"])
def test_a_commit_stopped_before_its_rename_leaves_the_old_generation_and_the_next_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    add_articles(tmp_path, articles(2))
    before = state(tmp_path)

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(IndexUnavailable, match=r"cannot be written \(No space left on device\); check space"):
            _ = add_articles(tmp_path, [article(2)]) if how == "add" else rebuild(tmp_path)
    folder = DataFolder(tmp_path)
    assert folder.current_generation() == 1
    assert state(tmp_path) == before
    listed = {entry.name for entry in folder.older_manifest(1).files()}
    left = {file.name for file in folder.index.iterdir() if file.suffix in (".seg", ".lex", ".cnt", ".val", ".del")}
    assert left == listed or how == "rebuild"  # which goes on with what it has
    add_articles(tmp_path, [article(3)])
    expected = ["a0000", "a0001", *(["a0002"] if how == "add" else []), "a0003"]
    with snapshot_of(tmp_path) as snapshot:
        assert live_ids(snapshot) == expected
    assert verify(tmp_path).faults == ()


@pytest.mark.parametrize("kind", ["seg", "lex", "cnt", "val"])
def test_a_commit_stopped_after_some_files_leaves_nothing_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    add_articles(tmp_path, articles(2))
    folder = DataFolder(tmp_path)
    real_open = Path.open

    def stop(self: Path, *arguments: Any, **more: Any) -> Any:
        opened = real_open(self, *arguments, **more)
        if self.suffix == f".{kind}" and "x" in str(arguments):
            opened.close()
            raise KeyboardInterrupt
        return opened

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", stop)
        with pytest.raises(KeyboardInterrupt):
            add_articles(tmp_path, [article(2)])
    assert folder.current_generation() == 1
    add_articles(tmp_path, [article(3)])
    assert gather_stats(tmp_path).articles == 4
    assert verify(tmp_path).faults == ()
    assert [path.name for path in folder.index.iterdir() if path.stat().st_size == 0 and path.suffix != ".lock"] == []


def test_a_readers_generation_is_kept_until_it_closes(tmp_path: Path) -> None:
    alone = IndexSettings(keep_generations=0)
    add_articles(tmp_path, articles(3), settings=alone)
    folder = DataFolder(tmp_path)
    with snapshot_of(tmp_path) as held:
        for number in range(3, 6):
            add_articles(tmp_path, [article(number)], settings=alone)
        rebuild(tmp_path, settings=alone)
        assert live_ids(held) == ["a0000", "a0001", "a0002"]
        files = [folder.index / entry.name for entry in held.manifest.files()]
        assert files
        assert all(path.exists() for path in files)
    add_articles(tmp_path, [article(6)], settings=alone)
    assert not folder.manifest_path(1).exists()
    assert not any(path.exists() for path in files)


def test_a_second_writer_is_refused_with_the_holder_and_since_when(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(1))
    impatient = IndexSettings(lock_timeout_s=0)
    told = rf"process {os.getpid()}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC, is writing to the archive"
    with DataFolder(tmp_path).writing(timeout_s=0):
        with pytest.raises(IndexLocked, match=told):
            add_articles(tmp_path, [article(1)], settings=impatient)
        with pytest.raises(IndexLocked, match=told):
            remove_articles(tmp_path, ["a0000"], settings=impatient)
        with pytest.raises(IndexLocked, match=told):
            rebuild(tmp_path, settings=impatient)
        assert gather_stats(tmp_path).articles == 1  # readers are not kept out
        assert verify(tmp_path).faults == ()
    assert add_articles(tmp_path, [article(1)], settings=impatient).added == 1


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(1))
    reports: list[AddReport] = []
    patient = IndexSettings(lock_timeout_s=30)
    second = threading.Thread(target=lambda: reports.append(add_articles(tmp_path, [article(1)], settings=patient)))
    with DataFolder(tmp_path).writing(timeout_s=0):
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert reports == []
    second.join(30)
    assert reports == [AddReport(added=1)]


# --- damage and its remedy --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["CURRENT", "no CURRENT", "manifest", "no manifest"])
def test_rebuild_heals_a_damaged_head_and_numbers_grow(tmp_path: Path, part: str) -> None:
    for number in range(3):
        add_articles(tmp_path, [article(number)])
    folder = DataFolder(tmp_path)
    path = folder.manifest_path(3) if part.endswith("manifest") else folder.index / "CURRENT"
    if part.startswith("no "):
        path.unlink()
    else:
        path.write_bytes(b"damaged")
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        gather_stats(tmp_path)
    assert [fault.where for fault in verify(tmp_path).faults] == [str(path)]
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        add_articles(tmp_path, [article(3)])
    generation = rebuild(tmp_path, if_needed=True)
    assert generation is not None
    assert generation > 3  # the number of a manifest that was lost must not come back: a reader may have it open
    assert verify(tmp_path).faults == ()
    with snapshot_of(tmp_path) as snapshot:
        assert live_ids(snapshot) == ["a0000", "a0001", "a0002", "a0003"]  # what add stored before it was refused
    assert add_articles(tmp_path, [article(4)]).added == 1
    assert gather_stats(tmp_path).generation == generation + 1


@pytest.mark.parametrize("head", ["whole", "CURRENT", "no CURRENT", "no manifest"])
def test_an_archive_that_lost_its_store_makes_no_new_one(tmp_path: Path, head: str) -> None:
    add_articles(tmp_path, articles(2))
    folder = DataFolder(tmp_path)
    for path in tmp_path.glob("articles.db*"):
        path.unlink()
    if head == "CURRENT":
        (folder.index / "CURRENT").write_bytes(b"damaged")
    elif head != "whole":
        (folder.manifest_path(1) if head == "no manifest" else folder.index / "CURRENT").unlink()
    said = "articles.db: is missing, and the index was made from it; restore it from a copy, or add an export to a new"
    for use in (
        lambda: add_articles(tmp_path, articles(2)),
        lambda: remove_articles(tmp_path, ["a0000"]),
        lambda: rebuild(tmp_path),
        lambda: gather_stats(tmp_path),
        lambda: export_articles(tmp_path, io.BytesIO()),
        lambda: verify(tmp_path),
    ):
        with pytest.raises(IndexCorrupt, match=said):
            use()
    assert not folder.store.exists()


@pytest.mark.parametrize("kind", ["CURRENT", "01.json"])
def test_missing_rights_are_not_mended_by_a_rebuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    add_articles(tmp_path, articles(1))
    before = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir() if path.suffix != ".lock"}
    with monkeypatch.context() as patch:
        deny_reading(patch, kind)
        for if_needed in (False, True):
            with pytest.raises(IndexUnavailable, match="check the owner and the rights of the archive's files"):
                rebuild(tmp_path, if_needed=if_needed)
    after = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir() if path.suffix != ".lock"}
    assert after == before


def test_rebuild_if_needed_takes_in_what_is_pending_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(1))
    put_in_store_alone(tmp_path, article(1))
    assert rebuild(tmp_path, if_needed=True) == 2
    assert rebuild(tmp_path, if_needed=True) is None
    assert gather_stats(tmp_path).articles == 2


def test_an_archive_that_was_only_made_is_in_order(tmp_path: Path) -> None:
    add_articles(tmp_path, [])
    assert verify(tmp_path).faults == ()
    stats = gather_stats(tmp_path)
    assert (stats.articles, stats.generation, stats.segments, stats.forms, stats.pending) == (0, 0, 0, 0, 0)


def test_reading_a_folder_that_is_missing_makes_nothing(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    for use in (gather_stats, verify, lambda path: remove_articles(path, ["1"])):
        with pytest.raises(
            IndexNotFound, match="there is no such folder; add articles with `emeroteca add FILE` first"
        ):
            use(missing)
    with pytest.raises(IndexNotFound):
        export_articles(missing, io.BytesIO())
    assert list(tmp_path.iterdir()) == []


def test_an_emptied_archive_can_be_counted_rebuilt_and_filled_again(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(3))
    remove_articles(tmp_path, ["a0000", "a0001", "a0002"])
    rebuild(tmp_path)
    assert gather_stats(tmp_path).articles == 0
    assert verify(tmp_path).faults == ()
    add_articles(tmp_path, articles(1))
    assert state(tmp_path)[-1] == ["a0000"]


# --- export -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["copy.jsonl", "copy.jsonl.gz"])
def test_an_export_holds_every_current_article(tmp_path: Path, name: str) -> None:
    add_articles(tmp_path / "archive", articles(3))
    remove_articles(tmp_path / "archive", ["a0001"])
    path = tmp_path / name
    with export_file(path) as file:
        assert export_articles(tmp_path / "archive", file) == 2
        assert not path.exists()  # not before it is whole
    raw = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    assert [json.loads(line)["id"] for line in raw.splitlines()] == ["a0000", "a0002"]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(("archive", name))


def fail_exporting(path: Path) -> None:
    with export_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["copy.jsonl", "copy.jsonl.gz"])
def test_an_export_that_fails_leaves_the_older_one_as_it_was(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(KeyboardInterrupt):
        fail_exporting(path)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        fail_exporting(path)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(name, b"older")]


@pytest.mark.parametrize("name", ["nowhere/copy.jsonl", "."], ids=["no folder", "a folder"])
def test_an_export_to_where_none_can_be_written_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="cannot be written"), export_file(tmp_path / name) as file:
        file.write(b"x")
    assert list(tmp_path.iterdir()) == []


def test_an_export_into_what_is_no_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError, match="cannot be written"), export_file(tmp_path / "file" / "copy") as file:
        file.write(b"x")


def test_two_exports_to_one_file_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "copy.jsonl"
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with export_file(path) as first:
        first.write(b"first\n" * 10)
        monkeypatch.setattr(os, "getpid", lambda: 2)
        with export_file(path) as second:
            second.write(b"second\n")
        assert path.read_bytes() == b"second\n"
    assert path.read_bytes() == b"first\n" * 10
    assert [one.name for one in tmp_path.iterdir()] == ["copy.jsonl"]


@pytest.mark.parametrize("name", ["copy.jsonl", "copy.jsonl.gz"])
def test_an_export_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    done: list[tuple[bool, bool, int]] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        status = os.fstat(descriptor)
        done.append((stat.S_ISDIR(status.st_mode), path.exists(), status.st_size))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    with export_file(path) as file:
        file.write(b"x" * 100)
    size = path.stat().st_size
    assert [one[:2] for one in done] == [(False, False), (True, True)]
    assert done[0][2] == size > 0


@pytest.mark.parametrize(
    ("error", "remedy"),
    [(errno.ENOSPC, "check space, disk and rights, then repeat"), (errno.EACCES, "name a file that can")],
)
def test_an_export_that_the_disk_refuses_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, remedy: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", refuse)
    told = rf"copy\.jsonl: cannot be written \({os.strerror(error)}\); {remedy}$"
    with pytest.raises(ArchiveError, match=told), export_file(tmp_path / "copy.jsonl") as file:
        file.write(b"x")
    assert list(tmp_path.iterdir()) == []


# --- older generations ------------------------------------------------------------------------------------------------


def test_what_is_added_to_a_damaged_index_is_stored_and_found_after_a_rebuild(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(2))
    (tmp_path / "index" / "CURRENT").write_bytes(b"rotten")
    told = "does not name a generation; run `emeroteca rebuild` .*: the articles are stored, and will be found after it"
    with pytest.raises(IndexCorrupt, match=told):
        add_articles(tmp_path, [article(2)])
    rebuild(tmp_path)
    assert state(tmp_path)[-1] == ["a0000", "a0001", "a0002"]


def test_a_rollback_brings_back_the_index_before_and_the_next_add_catches_up(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(5))
    before = state(tmp_path)
    add_articles(tmp_path, [article(7), Article(article_id="a0000", title="Nuovo", body="testo")])
    after = state(tmp_path)
    assert roll_back(tmp_path) == (3, 1, 2)
    assert state(tmp_path) == before
    assert verify(tmp_path).faults == ()
    assert gather_stats(tmp_path).pending == 2
    add_articles(tmp_path, [article(7)])
    assert state(tmp_path) == after
    assert verify(tmp_path).faults == ()


def test_a_second_rollback_undoes_the_first(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(5))
    rebuild(tmp_path)
    remove_articles(tmp_path, ["a0003"])
    removed = state(tmp_path)
    assert roll_back(tmp_path) == (4, 2, 1)
    assert roll_back(tmp_path) == (5, 3, 0)
    assert state(tmp_path) == removed


@pytest.mark.parametrize("harm", ["CURRENT", "manifest", "segment"])
def test_a_rollback_mends_a_damaged_generation(tmp_path: Path, harm: str) -> None:
    add_articles(tmp_path, articles(5))
    before = state(tmp_path)
    rebuild(tmp_path)
    folder = DataFolder(tmp_path)
    victim = {
        "CURRENT": folder.index / "CURRENT",
        "manifest": folder.manifest_path(2),
        "segment": folder.index / folder.older_manifest(2).segments[0].file.name,
    }[harm]
    victim.write_bytes(b"rotten")
    assert roll_back(tmp_path)[0] == 3
    assert state(tmp_path) == before
    assert verify(tmp_path).faults == ()


def test_a_rollback_without_a_sound_older_generation_says_so(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(5))
    told = "has no older generation that this program can use; run `emeroteca rebuild`"
    with pytest.raises(IndexUnavailable, match=told):
        roll_back(tmp_path)
    rebuild(tmp_path)
    folder = DataFolder(tmp_path)
    (folder.index / folder.older_manifest(1).counters.name).unlink()
    with pytest.raises(IndexUnavailable, match=told):
        roll_back(tmp_path)
    assert folder.current_generation() == 2


def test_a_manifest_that_was_altered_is_no_generation_to_go_back_to(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(5))
    rebuild(tmp_path)
    manifest = DataFolder(tmp_path).manifest_path(1)
    manifest.write_bytes(manifest.read_bytes().replace(b'"undated": 5', b'"undated": 4'))
    with pytest.raises(IndexUnavailable, match="has no older generation that this program can use"):
        roll_back(tmp_path)


def test_files_of_other_names_in_the_index_folder_are_no_generations(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(2))
    for name in ("1x.json", "0x.seg", "rx-1.seg", "r1.json"):
        (tmp_path / "index" / name).write_bytes(b"x")
    rebuild(tmp_path)
    assert gather_stats(tmp_path).generation == 2
    assert verify(tmp_path).faults == ()


@pytest.mark.parametrize("harm", ["cut", "missing"])
def test_rebuild_if_needed_heals_an_index_that_cannot_be_opened(tmp_path: Path, harm: str) -> None:
    add_articles(tmp_path, articles(5))
    before = state(tmp_path)
    folder = DataFolder(tmp_path)
    victim = folder.index / folder.older_manifest(1).segments[0].file.name
    if harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-64])
    else:
        victim.unlink()
    assert rebuild(tmp_path, if_needed=True) == 2
    assert state(tmp_path) == before


def test_after_a_rollback_what_was_removed_stays_out_and_what_was_replaced_is_as_it_was(tmp_path: Path) -> None:
    later = Article(article_id="a0002", title="Dopo", body="rinviato", published=date(9999, 1, 1))
    add_articles(tmp_path, articles(5))
    add_articles(tmp_path, [Withdrawal("a0000"), Article(article_id="a0001", title="Nuovo", body="testo"), later])
    with open_archive(tmp_path) as archive:
        assert roll_back(tmp_path) == (3, 1, 3)
        assert {hit.article.article_id for hit in archive.search("").hits} == {"a0001", "a0003", "a0004"}
        assert archive.search("solo0", widen=False).total == 0
        assert archive.search("solo1", widen=False).total == 1
        assert archive.suggest("solo") == ("solo1", "solo3", "solo4")
        add_articles(tmp_path, [article(7)])
        assert archive.search("solo1", widen=False).total == 0
        assert archive.search("testo", widen=False).total == 1
    assert verify(tmp_path).faults == ()


def test_an_older_copy_of_the_store_is_taken_by_a_fresh_rebuild_alone(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(3))
    with (
        closing(sqlite3.connect(tmp_path / "articles.db")) as store,
        closing(sqlite3.connect(tmp_path / "copy")) as copy,
    ):
        store.backup(copy)
    add_articles(tmp_path, articles(3, first=3))
    for path in tmp_path.glob("articles.db*"):
        path.unlink()
    (tmp_path / "copy").rename(tmp_path / "articles.db")
    told = r"has 3 changes where the index knows of 6; .* `emeroteca rebuild --fresh` to take it as it is"
    refused: list[Callable[[], object]] = [
        lambda: rebuild(tmp_path),
        lambda: rebuild(tmp_path, if_needed=True),
        lambda: compact(tmp_path),
        lambda: add_articles(tmp_path, [article(8)]),  # whose change would have the number of another that is lost
        lambda: remove_articles(tmp_path, ["a0000"]),
    ]
    for attempt in refused:
        with pytest.raises(IndexCorrupt, match=told):
            attempt()
    assert rebuild(tmp_path, fresh=True) == 3
    assert state(tmp_path)[-1] == ["a0000", "a0001", "a0002"]
    with pytest.raises(IndexUnavailable, match="has no older generation"):
        roll_back(tmp_path)
    add_articles(tmp_path, [article(9)])
    assert verify(tmp_path).faults == ()


def test_what_is_removed_while_an_archive_is_compacted_is_gone_too(tmp_path: Path) -> None:
    add_articles(tmp_path, [*articles(30), Article(article_id="via", title="Cancellare", body="Ilsignorx")])
    removals = iter(["via"])

    def remove(_: int, __: int) -> None:
        for article_id in removals:
            remove_articles(tmp_path, [article_id])

    assert compact(tmp_path, on_indexed=remove) is None
    assert words_in_files(tmp_path, "Ilsignorx") == []


def test_compacting_tells_of_who_is_in_the_middle_of_reading_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_articles(tmp_path, articles(3))
    remove_articles(tmp_path, ["a0001"])
    made = Store.__init__

    def impatient(store: Store, path: Path, *, read_only: bool = False) -> None:
        made(store, path, read_only=read_only)
        store._db.execute("PRAGMA busy_timeout = 50")

    with closing(sqlite3.connect(tmp_path / "articles.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM article").fetchall()
        monkeypatch.setattr(Store, "__init__", impatient)
        assert compact(tmp_path) == ()
    assert compact(tmp_path) is None


def test_after_compacting_no_file_has_a_word_of_what_was_deleted(tmp_path: Path) -> None:
    secret = Article(
        article_id="via", title="Titoloda Cancellare", body="Ilsignorx abita in viaprivata.", lead="Dimenticami"
    )
    add_articles(tmp_path, [*articles(30), secret, Article(article_id="b", title="Resta", body="vecchiaversione")])
    with closing(Store(DataFolder(tmp_path).store)) as reader:  # another process has the store open, with its log
        assert reader.count() == 32
        add_articles(tmp_path, [Article(article_id="b", title="Resta", body="nuovaversione")])
        remove_articles(tmp_path, ["via"])
        gone = ("Cancellare", "Ilsignorx", "viaprivata", "Dimenticami", "vecchiaversione")
        assert [word for word in gone if words_in_files(tmp_path, word)] == list(gone)
        assert compact(tmp_path) is None
        for word in gone:
            assert words_in_files(tmp_path, word) == []
    assert words_in_files(tmp_path, "nuovaversione") != []
    assert verify(tmp_path).faults == ()


def words_in_files(path: Path, word: str) -> list[str]:
    """The files of an archive that hold a word, in the lexicon or in a stored article, read or packed."""
    folded = word.lower().encode()
    found = [file.name for file in path.rglob("*") if file.is_file() and folded in file.read_bytes().lower()]
    for file in path.glob("articles.db*"):
        raw = file.read_bytes()
        for start in range(len(raw)):
            if raw[start] == 0x78:  # a stream of zlib may begin here
                with suppress(zlib.error):
                    if folded in zlib.decompressobj().decompress(raw[start:]).lower():
                        found.append(file.name)
    return found


def test_compacting_names_the_generation_that_a_reader_holds(tmp_path: Path) -> None:
    add_articles(tmp_path, articles(3))
    with snapshot_of(tmp_path):
        assert compact(tmp_path) == (1,)
    assert compact(tmp_path) is None
