"""The watch: dropped files become articles, whatever happens meanwhile."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import snapshot_of

from index import watch as watching
from index.drop_folder import DropFolder
from index.errors import ArchiveError, ConfigurationError, IndexLocked, IndexUnavailable
from index.export import export_articles
from index.generation import DataFolder
from index.operations import AddReport, add_articles, add_files
from index.settings import IndexSettings
from index.stats import gather_stats
from index.watch import Watch

ROOT = Path(__file__).resolve().parents[2]


def record(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"a{number:04d}", "title": f"Titolo {number}", "body": "Un testo."} | more


class Newsroom:
    """An archive and its drop folder, with time that passes only in sleep."""

    def __init__(self, path: Path) -> None:
        self.data_dir = path / "data"
        self.folder = path / "drop"
        self.folder.mkdir()
        self.now_s = 0.0
        self.on_sleep: Callable[[], None] = lambda: None
        self.is_stopping = False

    def drop(self, name: str, *records: dict[str, Any] | str, mtime_s: int = 1_000) -> Path:
        path = self.folder / name
        lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        os.utime(path, (mtime_s, mtime_s))
        return path

    def watch(self) -> Watch:
        return Watch(
            self.data_dir,
            DropFolder(self.folder, clock=lambda: self.now_s),
            settings=IndexSettings(lock_timeout_s=0),
            is_stopping=lambda: self.is_stopping,
            sleep=self._sleep,
        )

    def _sleep(self, seconds: float) -> None:
        self.now_s = round(self.now_s + seconds, 6)  # twenty tenths are two
        self.on_sleep()

    def once(self) -> AddReport:
        watch = self.watch()
        watch.run_once()
        return watch.report

    def run_until(self, is_done: Callable[[], bool], *, within_s: float = 300) -> AddReport:
        """Watch until something holds, looked at whenever the watch sleeps."""

        def stop_when_done() -> None:
            assert self.now_s < within_s
            self.is_stopping = is_done()

        self.on_sleep = stop_when_done
        watch = self.watch()
        watch.run()
        self.on_sleep = lambda: None
        return watch.report

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.folder / folder).iterdir() if not path.name.endswith(".report.json"))

    def described(self, name: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / f"{name}.report.json").read_bytes())
        return report

    def titles(self) -> dict[str, str]:
        path = self.folder.parent / "export"
        with path.open("wb") as file:
            export_articles(self.data_dir, file)
        records = map(json.loads, path.read_bytes().splitlines())
        return {record["id"]: record["title"] for record in records}


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


def test_what_is_dropped_is_searchable_and_counted_by_file_in_one_commit(newsroom: Newsroom) -> None:
    newsroom.drop("a.jsonl", record(1), record(2))
    newsroom.drop("b.jsonl", record(3), "{broken", {"id": "zz", "status": "canceled"}, record(2, title="Nuovo"))
    newsroom.drop("c.csv", "id,title,body", "a0004,Quattro,Testo", "a0001,,")
    assert newsroom.once() == AddReport(added=4, replaced=1, unchanged=1, rejected=2)
    assert gather_stats(newsroom.data_dir).generation == 1
    assert newsroom.names("done") == ["a.jsonl"]
    assert newsroom.names("failed") == ["b.jsonl", "c.csv"]
    counts = ("added", "replaced", "unchanged", "removed", "rejected")
    by_file = {name: tuple(newsroom.described(name)[count] for count in counts) for name in
               ("done/a.jsonl", "failed/b.jsonl", "failed/c.csv")}  # fmt: skip
    assert by_file == {
        "done/a.jsonl": (2, 0, 0, 0, 0),
        "failed/b.jsonl": (1, 1, 1, 0, 1),
        "failed/c.csv": (1, 0, 0, 0, 1),
    }
    [rejected] = newsroom.described("failed/b.jsonl")["rejected_articles"]
    assert rejected["line"] == 2
    assert rejected["reason"].startswith("the line is not JSON")
    with snapshot_of(newsroom.data_dir) as snapshot:
        assert snapshot.totals.num_docs == 4


def test_many_dropped_files_are_one_commit(newsroom: Newsroom) -> None:
    for number in range(1_000):
        newsroom.drop(f"{number}.jsonl", record(number))
    assert newsroom.once() == AddReport(added=1_000)
    assert gather_stats(newsroom.data_dir).generation == 1
    assert len(newsroom.names("done")) == 1_000


def test_a_batch_has_bounds(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_MOST_FILES", 3)
    monkeypatch.setattr(watching, "_MOST_BYTES", 1_000)
    for number in range(4):
        newsroom.drop(f"{number}.jsonl", record(number), mtime_s=number)
    newsroom.drop("large.jsonl", record(5, body="testo " * 400), mtime_s=9)
    newsroom.drop("small.jsonl", record(6), mtime_s=10)
    assert newsroom.once() == AddReport(added=6)
    assert gather_stats(newsroom.data_dir).generation == 4  # three, one, the large one, one


def test_the_later_version_of_an_article_wins(newsroom: Newsroom) -> None:
    newsroom.drop("a.jsonl", record(1, title="Nuovo"), mtime_s=2_000)
    newsroom.drop("b.jsonl", record(1, title="Vecchio"), mtime_s=1_000)
    newsroom.once()
    assert newsroom.titles() == {"a0001": "Nuovo"}


@pytest.mark.parametrize("name", ["vuoto.jsonl", "vuoto.csv", "vuoto.jsonl.gz"])
def test_a_file_without_an_article_is_a_failed_one(newsroom: Newsroom, name: str) -> None:
    newsroom.drop(name)
    assert newsroom.once().rejected == 1
    assert newsroom.names("failed") == [name]
    assert len(newsroom.described(f"failed/{name}")["rejected_articles"]) == 1


def test_a_file_that_cannot_be_read_is_a_failed_one(newsroom: Newsroom) -> None:
    (newsroom.folder / "a.jsonl.gz").write_bytes(b"\x1f\x8bno gzip")
    newsroom.once()
    [rejected] = newsroom.described("failed/a.jsonl.gz")["rejected_articles"]
    assert rejected["line"] is None
    assert "it is cut short or damaged" in rejected["reason"]


def test_of_very_many_rejected_articles_the_reports_list_the_first_and_some_of_each_file(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_MOST_LISTED", 3)
    monkeypatch.setattr(watching, "_LISTED_OF_EACH", 1)
    for name in ("a", "b"):
        newsroom.drop(f"{name}.jsonl", *["{broken"] * 5)
    assert newsroom.once().rejected == 10
    for name, listed in (("a", [1, 2, 3]), ("b", [1])):
        described = newsroom.described(f"failed/{name}.jsonl")
        assert described["rejected"] == 5
        assert [article["line"] for article in described["rejected_articles"]] == listed


def test_once_leaves_a_file_that_is_being_written(newsroom: Newsroom) -> None:
    growing = newsroom.drop("a.jsonl", record(1))
    newsroom.drop("b.jsonl", record(2))
    size = iter(range(100))

    def grow() -> None:
        growing.write_text("x" * next(size), encoding="utf-8")

    newsroom.on_sleep = grow
    assert newsroom.once() == AddReport(added=1)
    assert growing.exists()


def test_once_in_an_empty_folder_ends_without_waiting(newsroom: Newsroom) -> None:
    assert newsroom.once() == AddReport()
    assert newsroom.now_s == 0


def test_a_locked_archive_leaves_the_files_and_is_tried_again_more_and_more_seldom(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    folder = DataFolder(newsroom.data_dir)
    folder.create()
    dropped = newsroom.drop("a.jsonl", record(1))
    with (folder.index / "writer.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newsroom.run_until(lambda: newsroom.now_s > 60)
        assert dropped.exists()
        told = [entry for entry in caplog.records if entry.levelname == "ERROR"]
        assert [entry.__dict__["fields"]["again_in_s"] for entry in told[:4]] == [1, 2, 4, 8]
        assert all(entry.getMessage().startswith("retry: ") for entry in told)
        assert all("is writing to the archive; wait until it has" in entry.getMessage() for entry in told)
        newsroom.is_stopping = False
        with pytest.raises(IndexLocked):
            newsroom.once()
    assert newsroom.run_until(lambda: not dropped.exists(), within_s=600) == AddReport(added=1)


def test_waiting_for_the_archive_has_a_bound(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    newsroom.drop("a.jsonl", record(1))
    folder = DataFolder(newsroom.data_dir)
    folder.create()
    with (folder.index / "writer.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newsroom.run_until(lambda: newsroom.now_s > 400, within_s=500)
    waits = [entry.__dict__["fields"]["again_in_s"] for entry in caplog.records if entry.levelname == "ERROR"]
    assert waits[-2:] == [60, 60]


def test_files_that_were_added_but_not_moved_are_unchanged_the_next_time(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.drop("a.jsonl", record(1))
    newsroom.drop("b.jsonl", record(2))
    with monkeypatch.context() as patch:
        patch.setattr(DropFolder, "put_away", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            newsroom.once()
    assert sorted(newsroom.titles()) == ["a0001", "a0002"]
    assert newsroom.once() == AddReport(unchanged=2)
    assert newsroom.names("done") == ["a.jsonl", "b.jsonl"]


def test_a_file_that_changes_while_it_is_read_is_read_again(newsroom: Newsroom) -> None:
    dropped = newsroom.drop("a.jsonl", record(1))
    watch = newsroom.watch()

    def grow_then_add(*arguments: Any, **more: Any) -> AddReport:
        report = add_articles(*arguments, **more)
        if newsroom.now_s < 10:
            newsroom.now_s = 10
            newsroom.drop("a.jsonl", record(1), record(2))
        return report

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "add_articles", grow_then_add)
        watch.run_once()
        assert watch.report == AddReport()
        assert dropped.exists()
        watch.run_once()
    assert watch.report == AddReport(added=1, unchanged=1)
    assert newsroom.names("done") == ["a.jsonl"]


def test_a_stop_is_heard_after_the_current_batch(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_MOST_FILES", 1)
    newsroom.drop("a.jsonl", record(1))
    newsroom.drop("b.jsonl", record(2))
    put_away = DropFolder.put_away

    def stop_then_put_away(*arguments: Any, **more: Any) -> Path | None:
        newsroom.is_stopping = True
        return put_away(*arguments, **more)

    monkeypatch.setattr(DropFolder, "put_away", stop_then_put_away)
    assert newsroom.run_until(lambda: newsroom.is_stopping) == AddReport(added=1)
    assert newsroom.names("done") == ["a.jsonl"]
    assert (newsroom.folder / "b.jsonl").exists()


def test_a_folder_that_is_no_archive_is_refused_at_once(newsroom: Newsroom) -> None:
    newsroom.data_dir.mkdir()
    (newsroom.data_dir / "foto.jpg").write_bytes(b"x")
    with pytest.raises(IndexUnavailable, match="is not an archive"):
        newsroom.watch().run()


def test_a_watch_folder_that_is_a_file_is_a_wrong_value(newsroom: Newsroom) -> None:
    newsroom.folder.rmdir()
    newsroom.folder.write_text("x")
    with pytest.raises(ConfigurationError, match="allowed: a folder that is there"):
        newsroom.once()


def test_headlines_are_taken_on_request(newsroom: Newsroom) -> None:
    newsroom.drop("a.jsonl", {"id": "h", "title": "Solo titolo"})
    watch = Watch(newsroom.data_dir, DropFolder(newsroom.folder, settle_s=0), allow_empty_body=True)
    watch.run_once()
    assert watch.report == AddReport(added=1)


def start(newsroom: Newsroom, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from index.cli import main; main()", "--data", str(newsroom.data_dir)]
    return subprocess.Popen(
        [*command, "add", "--watch", str(newsroom.folder), *more],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(is_there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not is_there():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_the_watch_cleanly(newsroom: Newsroom, number: signal.Signals) -> None:
    dropped = newsroom.drop("a.jsonl", record(1), "{broken")
    with start(newsroom, "--json", "--log", "json") as process:
        wait_for(lambda: not dropped.exists(), process)
        process.send_signal(number)
        said, log = process.communicate(timeout=120)
    assert process.returncode == 0
    assert json.loads(said) == {"added": 1, "replaced": 0, "unchanged": 0, "removed": 0, "rejected": 1}
    events = [json.loads(line) for line in log.splitlines()]
    assert [event["event"] for event in events] == ["start", "file", "stop"]
    assert (events[1]["level"], events[1]["file"], events[1]["rejected"]) == ("warning", "a.jsonl", 1)


def test_a_kill_at_any_moment_loses_no_dropped_file(newsroom: Newsroom) -> None:
    for number in range(60):
        newsroom.drop(f"{number}.jsonl", *(record(100 * number + at) for at in range(20)), mtime_s=number)
    done = newsroom.folder / "done"
    for kill_at in (0, 1, 30):  # before the first file is moved as a rule, and between moves
        with start(newsroom) as process:
            wait_for(lambda: done.exists() and len(list(done.glob("*.jsonl"))) >= kill_at, process)  # noqa: B023
            process.kill()
            process.communicate()
        moved, waiting = len(newsroom.names("done")), len(list(newsroom.folder.glob("*.jsonl")))
        assert moved + waiting == 60
    newsroom.once()
    assert len(newsroom.names("done")) == 60
    assert gather_stats(newsroom.data_dir).articles == 1_200
    with pytest.raises(ArchiveError):
        add_files(newsroom.folder, [])  # the drop folder has not become an archive
