"""Salvage: of a damaged store everything that can be read is read, and what cannot is named."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from refusing import refuse

from index.article import Article
from index.backup import back_up
from index.cli import main
from index.errors import CHECK_DISK, DiskError, IndexCorrupt, IndexUnavailable
from index.export import export_articles, export_file
from index.generation import DataFolder
from index.operations import add_articles, catch_up
from index.salvage import Salvage, Unreadable
from index.store import Store, StoredArticle, disk_failure
from index.verification import SAVE, verify

COUNT = 60


def article(number: int) -> Article:
    """An article whose text no compression makes small: each fills a page of its own, and more."""
    body = random.Random(number).randbytes(3_000).hex()
    return Article(article_id=f"a{number:03d}", title=f"Titolo {number}", body=body)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of 60 articles, of which one was replaced and one removed; all in one file, without a log."""
    folder = DataFolder(tmp_path / "archive")
    folder.create()
    opened = Store(folder.store)
    with opened.batch():
        for number in range(COUNT):
            opened.put(article(number))
        opened.put(Article(article_id="a007", title="Titolo nuovo", body="testo nuovo"))
        opened.remove("a011")
    opened.close()
    assert not folder.store.with_name("articles.db-wal").exists()
    return folder.store


EXPECTED = {f"a{number:03d}" for number in range(COUNT)} - {"a011"}


def read(path: Path) -> tuple[set[str], list[Unreadable]]:
    """The ids of the articles that can be read, and what cannot."""
    with Salvage(path) as salvage:
        found = list(salvage.articles())
    articles = [one for one in found if isinstance(one, StoredArticle)]
    assert len({one.num for one in found}) == len(found)  # nothing twice
    return {one.article.article_id for one in articles}, [one for one in found if isinstance(one, Unreadable)]


def pages_of(path: Path, name: str) -> tuple[int, list[int]]:
    """The size of a page, and the pages of a table or an index, its root first."""
    db = sqlite3.connect(path)
    size = int(db.execute("PRAGMA page_size").fetchone()[0])
    root = int(db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0])
    db.close()
    raw = path.read_bytes()
    pages = [root]
    for page in pages:
        head = raw[(page - 1) * size : page * size]
        if head[0] in (2, 5):  # an inner page: two bytes for each cell, each beginning with the number of a page
            cells = [int.from_bytes(head[12 + 2 * at : 14 + 2 * at]) for at in range(int.from_bytes(head[3:5]))]
            pages += [int.from_bytes(head[cell : cell + 4]) for cell in cells] + [int.from_bytes(head[8:12])]
    return size, pages


def overwrite_page(path: Path, page: int, size: int) -> None:
    """Lose a page, as a bad sector does."""
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xaa" * size)


def test_a_store_in_order_gives_its_current_articles_and_has_no_damage(store: Path) -> None:
    assert read(store) == (EXPECTED, [])
    with Salvage(store) as salvage:
        assert salvage.count() == len(EXPECTED)
        assert salvage.integrity() == ()


def test_versions_are_given_by_their_numbers_ended_ones_too(store: Path) -> None:
    with Salvage(store) as salvage:
        found = salvage.read([61, 8, 999])
    assert [one.article.title for one in found if isinstance(one, StoredArticle)] == ["Titolo nuovo", "Titolo 7"]
    assert found[2] == Unreadable(999, None, "its row is gone")
    assert str(found[2]) == "row 999 cannot be read: its row is gone"


def test_a_damaged_payload_is_named_and_all_others_are_read(store: Path) -> None:
    with sqlite3.connect(store) as db:
        for number, payload in ((3, b""), (4, b"\x01damaged"), (5, b"\x00{}"), (6, 17), (7, "text"), (8, b"")):
            db.execute("UPDATE article SET payload = ? WHERE num = ?", (payload, number))
    db.close()
    readable, lost = read(store)
    assert [one.num for one in lost] == [3, 4, 5, 6, 7]  # the version of number 8 is not current
    assert [one.article_id for one in lost] == ["a002", "a003", "a004", "a005", "a006"]
    assert readable == EXPECTED - {one.article_id for one in lost}
    assert str(lost[0]).startswith("article 'a002' (row 3) cannot be read: ")


def test_every_article_outside_of_a_lost_page_is_read_and_those_inside_are_named(store: Path) -> None:
    size, pages = pages_of(store, "article")
    assert len(pages) > 5
    raw = store.read_bytes()
    num_lost = 0
    for page in pages[1:]:
        overwrite_page(store, page, size)
        readable, lost = read(store)
        num_lost += len(lost)
        assert len(readable) > COUNT // 2
        assert readable.isdisjoint({one.article_id for one in lost})
        assert readable | {one.article_id for one in lost} == EXPECTED
        with Salvage(store) as salvage:
            assert salvage.integrity()
        store.write_bytes(raw)
    assert num_lost == len(EXPECTED)  # each is on one of these pages


def test_articles_are_found_by_trying_all_numbers_when_the_index_of_ids_is_lost_too(store: Path) -> None:
    size, pages = pages_of(store, "article")
    _, ids = pages_of(store, "current_article")
    overwrite_page(store, pages[2], size)
    overwrite_page(store, ids[0], size)
    readable, lost = read(store)
    assert lost
    assert {one.article_id for one in lost} == {None}
    assert len(readable) + len(lost) >= len(EXPECTED)
    assert readable < EXPECTED
    assert len(readable) > COUNT // 2


def test_a_lost_index_of_ids_alone_costs_no_article(store: Path) -> None:
    size, ids = pages_of(store, "current_article")
    overwrite_page(store, ids[0], size)
    assert read(store) == (EXPECTED, [])


def test_a_lost_root_of_the_table_names_every_article(store: Path) -> None:
    size, pages = pages_of(store, "article")
    overwrite_page(store, pages[0], size)
    readable, lost = read(store)
    assert readable == set()
    assert {one.article_id for one in lost} == EXPECTED


@pytest.mark.parametrize("raw", [b"", b"x", b"SQLite format 3\0" + bytes(5_000)], ids=["empty", "byte", "head"])
def test_a_file_that_is_no_store_says_so(store: Path, raw: bytes) -> None:
    store.write_bytes(raw)
    with pytest.raises(IndexCorrupt, match=r"is not a store of articles that can be read .* restore it from a copy"):
        Salvage(store)


def test_a_flipped_bit_of_the_store_makes_no_article_another(store: Path) -> None:
    raw = store.read_bytes()
    with Salvage(store) as salvage:
        whole = {one.article.article_id: one.article for one in salvage.articles() if isinstance(one, StoredArticle)}
    chance = random.Random(9)
    num_seen = 0
    for _ in range(60):
        damaged = bytearray(raw)
        damaged[chance.randrange(100, len(raw))] ^= 1 << chance.randrange(8)
        store.write_bytes(damaged)
        try:
            salvage = Salvage(store)
        except IndexCorrupt:
            num_seen += 1
            continue
        with salvage:
            found = list(salvage.articles())
            num_seen += bool(salvage.integrity()) or any(isinstance(one, Unreadable) for one in found)
        for one in found:
            # A flip in the column that ends a version may bring an older one back: it is an article that was stored.
            if isinstance(one, StoredArticle) and one.article.article_id not in ("a007", "a011"):
                assert one.article == whole[one.article.article_id]
    assert num_seen > 40


# --- what disk and system refuse --------------------------------------------------------------------------------------

IOERR = sqlite3.SQLITE_IOERR_READ
HINDRANCES = [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL]


def asks_for(*nums: int) -> Callable[[str, Any], bool]:
    """Statements that come to the pages of some rows: all rows in a row, and those rows by their numbers."""
    return lambda statement, values: "NOT INDEXED" in statement or ("num = ?" in statement and values[0] in nums)


def read_and_look_at(path: Path) -> None:
    with Salvage(path) as salvage:
        list(salvage.articles())
        salvage.read([3])
        salvage.integrity()


@pytest.mark.parametrize("code", HINDRANCES)
@pytest.mark.parametrize("statement", ["LIMIT 0", "NOT INDEXED", "num = ?", "INDEXED BY", "integrity_check"])
def test_what_the_system_refuses_stops_a_salvage_and_is_neither_damage_nor_a_lost_article(
    store: Path, monkeypatch: pytest.MonkeyPatch, code: int, statement: str
) -> None:
    with sqlite3.connect(store) as db:
        db.execute("UPDATE article SET payload = x'00' WHERE num = 3")  # so that every statement has its turn
    db.close()
    refuse(monkeypatch, code, lambda asked, _: statement in asked)
    with pytest.raises(IndexUnavailable, match=r"articles.db: cannot be read \(refused\); ") as raised:
        read_and_look_at(store)
    assert not isinstance(raised.value, IndexCorrupt | DiskError)


@pytest.mark.parametrize("code", HINDRANCES)
def test_an_export_that_is_hindered_leaves_no_file_and_verify_finds_no_fault(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    refuse(monkeypatch, code, lambda asked, _: "NOT INDEXED" in asked)
    lost: list[Unreadable] = []
    with pytest.raises(IndexUnavailable, match="cannot be read"), export_file(tmp_path / "all.jsonl") as file:
        export_articles(store.parent, file, on_unreadable=lost.append)
    assert lost == []
    assert [one.name for one in tmp_path.iterdir()] == ["archive"]
    with pytest.raises(IndexUnavailable, match="cannot be read"):
        verify(store.parent)


def test_what_a_failing_disk_does_not_give_is_named_as_that_and_all_others_are_read(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, IOERR, asks_for(3, 4))
    readable, lost = read(store)
    assert readable == EXPECTED - {"a002", "a003"}
    assert [(one.num, one.is_refused) for one in lost] == [(3, True), (4, True)]
    assert str(lost[0]) == "article 'a002' (row 3) cannot be read: the disk fails (refused)"


def test_a_failing_disk_that_does_not_give_the_index_of_ids_costs_no_article(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, IOERR, lambda asked, _: "INDEXED BY" in asked)
    assert read(store) == (EXPECTED, [])


def test_a_disk_that_gives_nothing_of_a_store_is_told_as_that(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, IOERR)
    told = r"articles.db: cannot be read \(refused\); check the disk, then repeat"
    with pytest.raises(DiskError, match=told):
        Salvage(store)
    for quick in (False, True):
        [fault] = verify(store.parent, quick=quick).faults
        assert str(fault) == f"{store}: cannot be read (refused); {CHECK_DISK}"


@pytest.mark.parametrize("quick", [False, True])
def test_verify_tells_a_failing_disk_from_damage(store: Path, monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    catch_up(store.parent)
    refuse(monkeypatch, IOERR, lambda asked, values: asks_for(3)(asked, values) or "WHERE added <=" in asked)
    found = verify(store.parent, quick=quick)
    said = {fault.what for fault in found.faults}
    named = "article 'a002' (row 3) cannot be read: the disk fails (refused)"
    assert (named in said) is not quick
    assert "cannot be compared with the index (refused)" in said
    assert {fault.remedy for fault in found.faults} == {CHECK_DISK}


def test_verify_tells_that_the_disk_fails_while_sqlite_looks_for_damage(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, IOERR, lambda asked, _: "integrity_check" in asked)
    [fault] = verify(store.parent).faults
    assert str(fault) == f"{store}: cannot be read (refused); {CHECK_DISK}"


def test_what_sqlite_calls_damage_is_told_as_what_the_disk_says(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that the disk refuses is SQLITE_CORRUPT to SQLite, as one with other bytes is."""
    catch_up(store.parent)
    size, pages = pages_of(store, "article")
    overwrite_page(store, pages[3], size)
    _, lost = read(store)
    assert [one.is_refused for one in lost] == [False] * len(lost) != []
    assert {fault.remedy for fault in verify(store.parent).faults} == {SAVE}
    with pytest.raises(IndexCorrupt):
        back_up(store.parent, tmp_path / "copy")

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", fail)
    assert {(one.is_refused, one.reason) for one in read(store)[1]} == {(True, "the disk fails (Input/output error)")}
    for quick in (False, True):
        assert {fault.remedy for fault in verify(store.parent, quick=quick).faults} <= {CHECK_DISK}
    with Salvage(store) as salvage, pytest.raises(DiskError, match=r"cannot be read \(Input/output error\); check the"):
        salvage.integrity()
    with pytest.raises(DiskError, match=r"articles.db: cannot be read \(Input/output error\); check the disk"):
        back_up(store.parent, tmp_path / "copy")


def test_to_ask_the_disk_lets_go_of_no_lock(store: Path) -> None:
    """POSIX: a process that closes a file lets go of all its locks on it, those of SQLite among them."""
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("PRAGMA locking_mode = EXCLUSIVE")
        writer.execute("BEGIN EXCLUSIVE")
        assert disk_failure(store) is None
        program = f"import sqlite3; sqlite3.connect({str(store)!r}, timeout=0).execute('SELECT num FROM article')"
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "database is locked" in other.stderr


def test_the_command_tells_that_the_disk_fails(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, IOERR, asks_for(3))
    done = CliRunner().invoke(main, ["--data", str(store.parent), "export", "-"])
    assert done.exit_code == 3
    assert done.stderr.splitlines()[-1] == f"emeroteca: 1 articles cannot be read and 58 are exported; {CHECK_DISK}"


# --- export and verify ------------------------------------------------------------------------------------------------


def test_an_export_has_every_article_that_can_be_read_and_can_be_added_to_a_new_folder(
    store: Path, tmp_path: Path
) -> None:
    size, pages = pages_of(store, "article")
    overwrite_page(store, pages[3], size)
    lost: list[Unreadable] = []
    exported = io.BytesIO()
    count = export_articles(store.parent, exported, on_unreadable=lost.append)
    ids = {json.loads(line)["id"] for line in exported.getvalue().splitlines()}
    assert len(ids) == count == len(EXPECTED) - len(lost)
    assert ids == EXPECTED - {one.article_id for one in lost}


def test_an_export_is_of_one_moment_whoever_writes_meanwhile(store: Path) -> None:
    class Destination(io.BytesIO):
        def write(self, line: Any) -> int:
            if not self.tell():
                add_articles(store.parent, [Article(article_id="a003", title="t", body="altro"), article(COUNT)])
            return super().write(line)

    exported = Destination()
    assert export_articles(store.parent, exported) == len(EXPECTED)
    records = [json.loads(line) for line in exported.getvalue().splitlines()]
    assert {record["id"]: record["body"] for record in records}["a003"] == article(3).body
    assert [record["id"] for record in records if record["id"] not in EXPECTED] == []
    again = io.BytesIO()
    assert export_articles(store.parent, again) == len(EXPECTED) + 1


def test_an_export_needs_no_index(tmp_path: Path) -> None:
    add_articles(tmp_path / "archive", [article(1)])
    for path in (tmp_path / "archive" / "index").iterdir():
        path.write_bytes(b"damaged")
    exported = io.BytesIO()
    assert export_articles(tmp_path / "archive", exported) == 1
    assert json.loads(exported.getvalue())["id"] == "a001"


def test_verify_tells_how_many_articles_of_a_damaged_store_can_be_read(store: Path) -> None:
    size, pages = pages_of(store, "article")
    overwrite_page(store, pages[2], size)
    found = verify(store.parent)
    named = [fault.what for fault in found.faults if "cannot be read" in fault.what]
    told = [fault.what for fault in found.faults if fault.what.startswith("SQLite finds it damaged: ")]
    assert named
    assert told
    assert found.articles == len(EXPECTED) - len(named)
    assert f"{found.articles} articles of the store can be read, {len(named)} cannot" in found.notes
