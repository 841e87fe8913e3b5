"""The drop folder: which files are whole, in which order, and where they go."""

from __future__ import annotations

import errno
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.drop_folder import DropFolder, DroppedFile, FileReport
from index.errors import ArchiveError, ArticleError, ConfigurationError
from index.operations import AddReport

WHEN = datetime(2026, 3, 13, 9, 5, tzinfo=UTC)
TAKEN = FileReport(counts=AddReport(added=1))
REJECTED = FileReport(
    counts=AddReport(added=1, rejected=1), rejected=(ArticleError("title is missing").at("a.jsonl", 2),)
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Dropping:
    """A drop folder with a clock of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.drops = DropFolder(path, settle_s=2.0, clock=self.clock)
        with self.drops.held():
            pass  # the folders are there

    def drop(self, name: str, text: str = "x", *, mtime_s: int = 1_000) -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, (mtime_s, mtime_s))
        return path

    def names(self, *, after_s: float = 0) -> list[str]:
        self.clock.now_s += after_s
        return [file.path.name for file in self.drops.look()]

    def whole(self) -> tuple[DroppedFile, ...]:
        self.drops.look()
        self.clock.now_s += 2
        return self.drops.look()


@pytest.fixture
def dropping(tmp_path: Path) -> Dropping:
    folder = tmp_path / "drop"
    folder.mkdir()
    return Dropping(folder)


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    return [record.__dict__["fields"] for record in caplog.records if record.msg == "left"]


def test_a_file_is_whole_when_it_has_stayed_the_same_for_the_settle_time(dropping: Dropping) -> None:
    dropping.drop("a.jsonl")
    assert dropping.names() == []
    assert dropping.names(after_s=1.9) == []
    assert dropping.names(after_s=0.1) == ["a.jsonl"]


@pytest.mark.parametrize("change", ["size", "time", "another file"])
def test_a_file_that_changes_waits_anew(dropping: Dropping, change: str) -> None:
    path = dropping.drop("a.jsonl", "one")
    assert dropping.names() == []
    if change == "size":
        dropping.drop("a.jsonl", "more")
    elif change == "time":
        dropping.drop("a.jsonl", "one", mtime_s=1_001)
    else:
        dropping.drop("b.tmp", "one").replace(path)
    assert dropping.names(after_s=1.5) == []
    assert dropping.names(after_s=1.5) == []
    assert dropping.names(after_s=0.5) == ["a.jsonl"]


@pytest.mark.parametrize("mtime_s", [0, 4_000_000_000], ids=["long past", "future"])
def test_a_time_from_another_clock_makes_a_file_neither_whole_nor_wait_for_ever(
    dropping: Dropping, mtime_s: int
) -> None:
    dropping.drop("a.jsonl", mtime_s=mtime_s)
    assert dropping.names() == []
    assert dropping.names(after_s=2) == ["a.jsonl"]


def test_older_files_come_first_and_those_of_one_time_by_name(dropping: Dropping) -> None:
    dropping.drop("a.jsonl", mtime_s=3_000)
    dropping.drop("c.csv", mtime_s=1_000)
    dropping.drop("b.rss", mtime_s=1_000)
    dropping.names()
    assert dropping.names(after_s=2) == ["b.rss", "c.csv", "a.jsonl"]


@pytest.mark.parametrize("name", [".a.jsonl", "~a.jsonl", "a.jsonl.part", "a.jsonl.tmp", "a.jsonl.FILEPART"])
def test_a_name_of_something_unfinished_is_passed_over_in_silence(
    dropping: Dropping, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    dropping.drop(name)
    assert dropping.names() == []
    assert dropping.drops.is_empty
    assert dropping.names(after_s=9) == []
    assert told(caplog) == []


def test_what_is_no_file_to_be_added_is_told_once_and_left(
    dropping: Dropping, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_text("{}", encoding="utf-8")
    (dropping.path / "link.jsonl").symlink_to(outside)
    os.mkfifo(dropping.path / "pipe.jsonl")
    (dropping.path / "folder.jsonl").mkdir()
    dropping.drop("photo.jpg")
    dropping.drop("a" * 220 + ".jsonl")
    (dropping.path / os.fsdecode(b"perch\xe9.jsonl")).write_bytes(b"{}")
    for _ in range(3):
        assert dropping.names(after_s=5) == []
    reasons = {fields["file"][:16]: fields["reason"] for fields in told(caplog)}
    assert len(told(caplog)) == 6
    assert reasons["link.jsonl"] == "it is a link; drop the file itself"
    assert reasons["pipe.jsonl"] == "it is not a plain file; drop the file itself"
    assert reasons["folder.jsonl"] == "it is a folder; drop the file itself"
    assert reasons["photo.jpg"].startswith("its suffix is unknown; allowed: .jsonl")
    assert reasons["a" * 16] == "its name has 226 bytes; allowed: up to 220"
    assert reasons["perch\\xe9.jsonl"] == "its name is not UTF-8; rename it"
    assert len(list(dropping.path.iterdir())) == 6 + len(("done", "failed", ".watch.lock"))


def test_what_was_left_is_told_again_when_it_has_gone_and_come_back(
    dropping: Dropping, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        photo = dropping.drop("photo.jpg")
        dropping.names()
        photo.unlink()
        dropping.names()
    assert len(told(caplog)) == 2


@pytest.mark.parametrize(("report", "folder"), [(TAKEN, "done"), (REJECTED, "failed")], ids=["done", "failed"])
def test_a_file_with_a_rejected_article_goes_to_failed_and_any_other_to_done(
    dropping: Dropping, report: FileReport, folder: str
) -> None:
    dropping.drop("a.jsonl", "text")
    [file] = dropping.whole()
    target = dropping.drops.put_away(file, report, when=WHEN)
    assert target == dropping.path / folder / "a.jsonl"
    assert target.read_text(encoding="utf-8") == "text"
    assert dropping.names(after_s=9) == []


def test_the_report_beside_it_has_the_counts_and_each_rejected_article(dropping: Dropping) -> None:
    dropping.drop("a.jsonl")
    [file] = dropping.whole()
    dropping.drops.put_away(file, REJECTED, when=WHEN)
    assert json.loads((dropping.path / "failed" / "a.jsonl.report.json").read_bytes()) == {
        "file": "a.jsonl",
        "when": "2026-03-13T09:05:00Z",
        "added": 1,
        "replaced": 0,
        "unchanged": 0,
        "removed": 0,
        "rejected": 1,
        "rejected_articles": [{"line": 2, "reason": "title is missing"}],
    }


def test_nothing_is_overwritten_where_the_name_is_taken(dropping: Dropping) -> None:
    for text in ("first", "second", "third"):
        dropping.drop("a.jsonl.gz", text)
        [file] = dropping.whole()
        dropping.drops.put_away(file, TAKEN, when=WHEN)
    done = dropping.path / "done"
    kept = {path.name: path.read_text(encoding="utf-8") for path in done.glob("*.gz")}
    assert kept == {
        "a.jsonl.gz": "first",
        "a-20260313T090500Z.jsonl.gz": "second",
        "a-20260313T090500Z-2.jsonl.gz": "third",
    }
    assert {path.name for path in done.glob("*.report.json")} == {f"{name}.report.json" for name in kept}


def test_a_report_that_was_left_behind_is_not_overwritten(dropping: Dropping) -> None:
    left = dropping.path / "done" / "a.jsonl.report.json"
    left.write_text("left behind", encoding="utf-8")
    dropping.drop("a.jsonl")
    [file] = dropping.whole()
    target = dropping.drops.put_away(file, TAKEN, when=WHEN)
    assert target == dropping.path / "done" / "a-20260313T090500Z.jsonl"
    assert left.read_text(encoding="utf-8") == "left behind"


def test_a_link_in_done_is_a_taken_name(dropping: Dropping, tmp_path: Path) -> None:
    (dropping.path / "done" / "a.jsonl").symlink_to(tmp_path / "nowhere")
    dropping.drop("a.jsonl")
    [file] = dropping.whole()
    target = dropping.drops.put_away(file, TAKEN, when=WHEN)
    assert target == dropping.path / "done" / "a-20260313T090500Z.jsonl"


def test_a_file_that_grew_while_it_was_read_is_left_and_looked_at_again(dropping: Dropping) -> None:
    dropping.drop("a.jsonl", "one")
    [file] = dropping.whole()
    dropping.drop("a.jsonl", "one more")
    assert dropping.drops.put_away(file, TAKEN, when=WHEN) is None
    assert list((dropping.path / "done").iterdir()) == []
    dropping.names()
    assert dropping.names(after_s=2) == ["a.jsonl"]


def test_a_file_that_has_gone_is_no_error(dropping: Dropping) -> None:
    path = dropping.drop("a.jsonl")
    [file] = dropping.whole()
    path.unlink()
    assert dropping.drops.put_away(file, TAKEN, when=WHEN) is None


def test_a_file_that_cannot_be_moved_stays_and_leaves_no_report(
    dropping: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dropping.drop("a.jsonl")
    [file] = dropping.whole()

    def fail(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ArchiveError, match=r"a\.jsonl: cannot be used to watch \(.+\); check its space and rights"):
        dropping.drops.put_away(file, TAKEN, when=WHEN)
    assert path.exists()
    assert list((dropping.path / "done").iterdir()) == []


def test_a_folder_that_is_not_there_is_a_wrong_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="allowed: a folder that is there"), DropFolder(tmp_path / "x").held():
        pass


def test_a_folder_that_is_watched_already_is_refused(dropping: Dropping) -> None:
    with dropping.drops.held():
        with pytest.raises(ArchiveError, match="another process watches this folder; stop it first"):
            with DropFolder(dropping.path).held():
                pass
    with DropFolder(dropping.path).held():  # and free again
        assert logging.getLogger("emeroteca.watch").name


def test_a_folder_that_vanishes_is_one_sentence(dropping: Dropping) -> None:
    dropping.path.rename(dropping.path.with_name("moved"))
    with pytest.raises(ArchiveError, match="cannot be used to watch"):
        dropping.drops.look()
