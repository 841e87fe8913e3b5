"""Generations: which one is current, what holds them, what sweeps them, and what is said of a damaged folder."""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from archives import build_archive, deny_reading, grow_archive, rebuild_archive, snapshot_of
from msgspec.structs import replace

from index.article import Article
from index.columns import file_checksum
from index.errors import IndexCorrupt, IndexLocked, IndexNotFound, IndexOutdated, IndexUnavailable, unreadable
from index.generation import FOLDER_FORMAT, DataFolder
from index.manifest import INDEX_FORMAT
from index.snapshot import open_snapshot

ONE = Article(article_id="1", title="Il governo", body="vara la riforma")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An archive of one article, in its first generation."""
    return DataFolder(build_archive(tmp_path / "archive", [ONE]))


def commit_more(folder: DataFolder, count: int, *, first: int = 100) -> None:
    """Some further generations, of one more article each."""
    batches = [[Article(article_id=str(first + at), title="x", body="y")] for at in range(count)]
    grow_archive(folder.path, batches)


def manifests(folder: DataFolder) -> list[int]:
    """The generations whose manifest is there."""
    return sorted(int(path.stem) for path in folder.index.glob("[0-9]*.json"))


def test_a_new_folder_is_an_archive_without_a_generation(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "new" / "archive")
    folder.create()
    folder.check()
    assert folder.current_generation() == 0
    assert folder.read_manifest() is None
    assert folder.hold_current() is None
    folder.create()  # once more changes nothing
    assert folder.current_generation() == 0


def test_a_commit_makes_its_generation_current(folder: DataFolder) -> None:
    assert folder.current_generation() == 1
    commit_more(folder, 2)
    manifest = folder.read_manifest()
    assert manifest is not None
    assert folder.current_generation() == manifest.generation == 3
    assert manifest.totals.num_docs == 3


def test_a_manifest_lists_every_file_with_its_size_and_checksum(folder: DataFolder) -> None:
    grow_archive(folder.path, [[Article(article_id="2", title="x", body="y")], ["1"]], max_deleted_share=1.0)
    manifest = folder.read_manifest()
    assert manifest is not None
    entries = list(manifest.files())
    assert len(entries) >= 5
    for entry in entries:
        path = folder.index / entry.name
        assert path.stat().st_size == entry.size_bytes
        assert file_checksum(path) == entry.crc32


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("ciao")
    with pytest.raises(IndexUnavailable, match="is not empty and is not an archive; name an empty or a new folder"):
        DataFolder(tmp_path).create()
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_what_a_process_left_that_was_killed_while_it_made_the_folder_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "emeroteca.json.new").write_bytes(b'{"wh')
    folder = DataFolder(tmp_path)
    with pytest.raises(IndexNotFound, match="is not an archive"):
        folder.check()
    folder.create()
    folder.check()
    (folder.index / "CURRENT").unlink()  # as where it was killed a moment later
    assert folder.read_manifest() is None
    build_archive(tmp_path, [ONE])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles.db", "emeroteca.json", "index"]


def test_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexUnavailable, match="is not a folder; name a folder with --data"):
        DataFolder(tmp_path / "file").check()
    with pytest.raises(IndexUnavailable, match="is not a folder"):
        DataFolder(tmp_path / "file").create()


def test_a_missing_folder_and_a_foreign_one_name_the_remedy(tmp_path: Path) -> None:
    for path, found in (
        (tmp_path / "nowhere", "there is no such folder"),
        (tmp_path, "is not an archive of Emeroteca"),
    ):
        with pytest.raises(IndexNotFound, match=f"{found}; add articles with `emeroteca add FILE` first"):
            DataFolder(path).check()


@pytest.mark.parametrize("raw", ["", "{", "[]", "{}", "null", '"format"', "\xff"])
def test_a_damaged_marker_says_how_to_mend_it(folder: DataFolder, raw: str) -> None:
    (folder.path / "emeroteca.json").write_bytes(raw.encode("latin-1"))
    with pytest.raises(IndexCorrupt, match=r"is damaged; write {.*} into it, or restore it"):
        folder.check()


@pytest.mark.parametrize("other", [FOLDER_FORMAT + 1, 0, "1", None])
def test_another_format_of_the_folder_is_refused_with_the_remedy(folder: DataFolder, other: object) -> None:
    (folder.path / "emeroteca.json").write_text(json.dumps({"format": other}))
    with pytest.raises(IndexOutdated, match=f"reads format {FOLDER_FORMAT}; use the program that wrote it to `export`"):
        folder.check()


@pytest.mark.parametrize("other", [INDEX_FORMAT - 1, INDEX_FORMAT + 1])
def test_an_index_of_another_format_asks_for_a_rebuild_which_mends_it(folder: DataFolder, other: int) -> None:
    manifest = folder.read_manifest()
    assert manifest is not None
    folder.commit(replace(manifest, format=other))
    next(folder.index.glob("*.seg")).write_bytes(b"columns that this program does not know")
    folder.check()  # the folder and its store are as ever
    asked = f"the index has format {other} .* this program {INDEX_FORMAT} .*; run `emeroteca rebuild`"
    with pytest.raises(IndexOutdated, match=asked):
        open_snapshot(folder)
    with pytest.raises(IndexOutdated, match=asked):
        commit_more(folder, 1)
    assert rebuild_archive(folder.path) == 2
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.manifest.format == INDEX_FORMAT
        assert snapshot.totals.num_docs == 2


@pytest.mark.parametrize("raw", ["", "1", "uno due\n", "1 2 3\n", "1 x\n"])
def test_a_damaged_current_says_so_and_a_rebuild_mends_it(folder: DataFolder, raw: str) -> None:
    (folder.index / "CURRENT").write_text(raw)
    with pytest.raises(IndexCorrupt, match=r"CURRENT: .*run `emeroteca rebuild`"):
        folder.read_manifest()
    assert rebuild_archive(folder.path) == 2
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.totals.num_docs == 1


def test_a_damaged_manifest_says_so_and_a_rebuild_mends_it(folder: DataFolder) -> None:
    path = folder.manifest_path(1)
    path.write_bytes(path.read_bytes().replace(b'"num_docs": 1', b'"num_docs": 2'))
    with pytest.raises(IndexCorrupt, match=r"does not hold what was written to it; run `emeroteca rebuild`"):
        folder.read_manifest()
    path.unlink()
    with pytest.raises(IndexCorrupt, match=r"cannot be read .* run `emeroteca rebuild`"):
        folder.read_manifest()
    rebuild_archive(folder.path)
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.totals.num_docs == 1


@pytest.mark.parametrize("kind", ["seg", "lex", "cnt", "val"])
def test_a_missing_or_cut_file_of_a_generation_says_so(folder: DataFolder, kind: str) -> None:
    path = next(folder.index.glob(f"*.{kind}"))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        open_snapshot(folder)
    path.unlink()
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        open_snapshot(folder)
    rebuild_archive(folder.path)
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.totals.num_docs == 1


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_file_that_cannot_be_opened_for_want_of_means_is_no_damage(error: int) -> None:
    told = unreadable(Path("1.seg"), OSError(error, "Too much"), "rebuild")
    assert str(told) == "1.seg: cannot be read (Too much); allow more memory and open files, then repeat"
    assert not isinstance(told, IndexCorrupt)


@pytest.mark.parametrize("ending", ["CURRENT", ".json", ".seg", ".lex", ".cnt", ".val"])
def test_a_file_that_may_not_be_read_is_no_damage(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    deny_reading(monkeypatch, ending)
    with pytest.raises(IndexUnavailable, match=r"cannot be read \(Permission denied\); check the owner") as raised:
        open_snapshot(folder)
    assert str(raised.value.path).endswith(ending)
    assert not isinstance(raised.value, IndexCorrupt)


# --- sweeping ---------------------------------------------------------------------------------------------------------


def test_sweeping_keeps_the_newest_older_generations_and_what_they_list(folder: DataFolder) -> None:
    commit_more(folder, 4)
    folder.sweep(keep=1)
    assert manifests(folder) == [4, 5]
    folder.sweep(keep=0)
    assert manifests(folder) == [5]
    manifest = folder.read_manifest()
    assert manifest is not None
    listed = {"CURRENT", "writer.lock", "00000005.json", *(entry.name for entry in manifest.files())}
    assert {path.name for path in folder.index.iterdir()} == listed


@pytest.mark.parametrize("error", [errno.EIO, errno.EMFILE, errno.EACCES])
def test_sweeping_keeps_everything_when_a_manifest_cannot_be_read(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    commit_more(folder, 1)
    before = sorted(path.name for path in folder.index.iterdir())
    read = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self.suffix == ".json":
            raise OSError(error, os.strerror(error), str(self))
        return read(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(OSError, match=r"000002\.json"):
            folder.sweep(keep=0)
    assert sorted(path.name for path in folder.index.iterdir()) == before


def test_a_generation_that_a_reader_holds_is_not_swept(folder: DataFolder) -> None:
    held = open_snapshot(folder)
    commit_more(folder, 3)
    folder.sweep(keep=0)
    assert manifests(folder) == [1, 4]
    assert all((folder.index / entry.name).exists() for entry in held.manifest.files())
    assert held.totals.num_docs == 1
    held.close()
    folder.sweep(keep=0)
    assert manifests(folder) == [4]


def test_sweeping_tells_up_to_which_change_versions_can_be_forgotten(folder: DataFolder) -> None:
    commit_more(folder, 2)
    assert folder.sweep(keep=1) == 2
    assert folder.sweep(keep=0) == 3


def test_what_a_killed_writer_left_is_swept(folder: DataFolder) -> None:
    for name in ("00000099.seg", "CURRENT.new", "00000007.json"):
        (folder.index / name).write_bytes(b"half")
    folder.sweep(keep=5)
    assert manifests(folder) == [1]
    assert not (folder.index / "00000099.seg").exists()
    assert not (folder.index / "CURRENT.new").exists()


def test_a_manifest_that_was_never_made_current_gives_way_to_the_next(folder: DataFolder) -> None:
    folder.manifest_path(2).write_bytes(b"{}")
    (folder.index / "CURRENT.new").write_bytes(b"2 0\n")
    commit_more(folder, 1)
    assert folder.current_generation() == 2
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.totals.num_docs == 2


def test_a_manifest_that_was_swept_while_it_was_looked_for_is_no_damage(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_bytes = Path.read_bytes

    def read_late(path: Path) -> bytes:
        if path == folder.manifest_path(1):
            monkeypatch.undo()
            commit_more(folder, 2)
            folder.sweep(keep=0)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read_late)
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.generation == 3
        assert not folder.manifest_path(1).exists()


# --- locks ------------------------------------------------------------------------------------------------------------


def test_a_second_writer_is_told_who_writes(folder: DataFolder) -> None:
    told = rf"process {os.getpid()}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC, is writing to the archive; wait until"
    with folder.writing(timeout_s=1), pytest.raises(IndexLocked, match=told), folder.writing(timeout_s=0):
        pass
    with folder.writing(timeout_s=0):
        assert (folder.index / "writer.lock").exists()


def test_a_writer_that_fails_leaves_the_lock_free(folder: DataFolder) -> None:
    def fail() -> None:
        with folder.writing(timeout_s=0):
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail()
    with folder.writing(timeout_s=0):
        assert folder.current_generation() == 1


def _die_writing(path: Path) -> None:
    with DataFolder(path).writing(timeout_s=0):
        os._exit(9)


def test_the_lock_of_a_process_that_died_is_free(folder: DataFolder) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_die_writing, args=(folder.path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    with folder.writing(timeout_s=0):
        assert folder.current_generation() == 1


def test_readers_share_a_generation(folder: DataFolder) -> None:
    snapshots = [open_snapshot(folder) for _ in range(3)]
    with folder.manifest_path(1).open("rb") as manifest:
        with pytest.raises(BlockingIOError):
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for snapshot in snapshots:
            snapshot.close()
            snapshot.close()  # once more changes nothing
        fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert {snapshot.generation for snapshot in snapshots} == {1}


def test_many_may_make_an_archive_at_once(tmp_path: Path) -> None:
    for attempt in range(10):
        folder = DataFolder(tmp_path / str(attempt))
        with ThreadPoolExecutor(8) as pool:
            for made in [pool.submit(folder.create) for _ in range(8)]:
                made.result()
        assert folder.read_manifest() is None


def test_a_record_of_a_rebuild_in_the_making_is_not_swept(folder: DataFolder) -> None:
    unfinished = folder.index / "rebuild.json.new"
    unfinished.write_bytes(b"{")
    with folder.rebuilding(timeout_s=0):
        folder.sweep(keep=0)
        assert unfinished.exists()
    folder.sweep(keep=0)  # whoever wrote it was killed
    assert not unfinished.exists()


def test_nothing_is_swept_where_the_current_manifest_cannot_be_read(folder: DataFolder) -> None:
    (manifest,) = folder.index.glob("0*.json")
    manifest.write_bytes(b"{}")
    before = sorted(path.name for path in folder.index.iterdir())
    assert folder.sweep(keep=0) == 0
    assert sorted(path.name for path in folder.index.iterdir()) == before


def test_a_record_of_a_rebuild_that_cannot_be_read_is_not_taken_for_none(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder.read_rebuild() is None
    (folder.index / "rebuild.json").write_bytes(b"{}")
    deny_reading(monkeypatch, "rebuild.json")
    with pytest.raises(PermissionError):
        folder.sweep(keep=0)
