"""Backup and restore: one moment of an archive, whole or not at all, and back."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from archives import current_articles
from refusing import refuse

from index import backup
from index.article import Article, Withdrawal
from index.backup import BackupReport, back_up, restore
from index.errors import ArchiveError, IndexCorrupt, IndexNotFound, IndexUnavailable
from index.generation import DataFolder
from index.operations import AddReport, add_articles
from index.stats import gather_stats
from index.store import Store
from index.verification import verify
from web.settings import WebSettings
from web.skins import read_skins

ROOT = Path(__file__).resolve().parents[2]


def articles(edition: int, count: int = 10) -> list[Article]:
    return [
        Article(article_id=f"a{number}", title=f"Titolo {number}", body=f"edizione {edition}", extra={"peso": number})
        for number in range(count)
    ]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    add_articles(path, articles(1))
    add_articles(path, [*articles(2, 3), Withdrawal("a9")])
    (path / "synonyms.txt").write_text("UE = Unione europea\n", encoding="utf-8")
    (path / "emeroteca.toml").write_text("# settings\n", encoding="utf-8")
    return path


@pytest.fixture
def copy(tmp_path: Path, data_dir: Path) -> Path:
    path = tmp_path / "copy.backup"
    back_up(data_dir, path)
    return path


def stored(path: Path) -> dict[str, Article]:
    with closing(Store(path / "articles.db", read_only=True)) as store:
        return {one.article.article_id: one.article for one in current_articles(store)}


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_archive_comes_back_with_its_articles_lists_and_settings_and_is_searchable(
    tmp_path: Path, data_dir: Path
) -> None:
    copy = tmp_path / "copy.backup"
    made = back_up(data_dir, copy)
    assert made == BackupReport(articles=9, size_bytes=copy.stat().st_size)
    back = tmp_path / "back"
    assert restore(back, copy).articles == 9
    assert stored(back) == stored(data_dir)
    for name in ("emeroteca.json", "synonyms.txt", "emeroteca.toml"):
        assert (back / name).read_bytes() == (data_dir / name).read_bytes()
    assert not (back / "names.txt").exists()
    assert (gather_stats(back).articles, gather_stats(back).pending) == (9, 0)
    assert verify(back).faults == ()
    # And it goes on from there.
    assert add_articles(back, articles(2)) == AddReport(added=1, replaced=6, unchanged=3)


def test_the_pictures_of_the_sites_come_back(tmp_path: Path, data_dir: Path) -> None:
    pictures = data_dir / "skins"
    (pictures / "old").mkdir(parents=True)
    (pictures / "a.svg").write_bytes(b"<svg/>")
    (pictures / "è uno.png").write_bytes(bytes(range(256)))
    (pictures / ".hidden").write_bytes(b"x")
    (pictures / "old" / "b.svg").write_bytes(b"<svg/>")
    (data_dir / "emeroteca.toml").write_text('[skins.A]\nhosts = ["a.example"]\nlogo = "a.svg"\n', encoding="utf-8")
    back_up(data_dir, tmp_path / "copy.backup")
    back = tmp_path / "back"
    restore(back, tmp_path / "copy.backup")
    assert left_in(back / "skins") == ["a.svg", "è uno.png"]
    assert (back / "skins" / "è uno.png").read_bytes() == bytes(range(256))
    assert read_skins(back, WebSettings()).of_host("a.example").logo == "a.svg"


@pytest.mark.parametrize("name", [b"logo-\xe0.png", b"a\\b.png", b"a\nb.png"])
def test_a_picture_whose_name_no_backup_can_hold_is_named(tmp_path: Path, data_dir: Path, name: bytes) -> None:
    (data_dir / "skins").mkdir()
    (data_dir / "skins" / os.fsdecode(name)).write_bytes(b"x")
    with pytest.raises(ArchiveError, match=r"data: no backup can hold the name 'skins/.*'; give the picture"):
        back_up(data_dir, tmp_path / "copy.backup")
    assert left_in(tmp_path) == ["data"]


def test_too_many_pictures_are_refused(tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.backup.MAX_PICTURES_BYTES", 5)
    (data_dir / "skins").mkdir()
    (data_dir / "skins" / "a.svg").write_bytes(b"<svg/>")
    with pytest.raises(ArchiveError, match=r"skins: has 6 bytes of pictures; a backup takes 5; move out"):
        back_up(data_dir, tmp_path / "copy.backup")
    assert left_in(tmp_path) == ["data"]


def described(store: Path) -> list[tuple[object, ...]]:
    """What SQLite knows of a store: its tables and indexes, and whose file it is."""
    with closing(sqlite3.connect(store)) as database:
        schema = database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
        return schema + database.execute("PRAGMA application_id").fetchall()


def test_nothing_of_the_backup_stays_in_a_restored_store(tmp_path: Path, data_dir: Path, copy: Path) -> None:
    restore(tmp_path / "back", copy)
    assert described(tmp_path / "back" / "articles.db") == described(data_dir / "articles.db")
    assert described(copy) != described(data_dir / "articles.db")


def test_a_backup_is_one_file_and_replaces_an_older_one(tmp_path: Path, data_dir: Path, copy: Path) -> None:
    add_articles(data_dir, articles(3, 20))
    assert back_up(data_dir, copy).articles == 20
    assert left_in(tmp_path) == ["copy.backup", "data"]


def test_an_archive_without_an_article_comes_back(tmp_path: Path) -> None:
    add_articles(tmp_path / "data", [])
    back_up(tmp_path / "data", tmp_path / "copy")
    assert restore(tmp_path / "back", tmp_path / "copy").articles == 0
    assert verify(tmp_path / "back").faults == ()


def test_a_backup_during_adds_is_of_one_moment(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    add_articles(data_dir, articles(0))
    is_over = threading.Event()

    def write() -> None:
        edition = 0
        while not is_over.is_set():
            edition += 1
            add_articles(data_dir, articles(edition))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        bodies: list[set[str]] = []
        for number in range(8):
            back_up(data_dir, tmp_path / f"{number}.backup")
            restore(tmp_path / f"{number}", tmp_path / f"{number}.backup")
            found = stored(tmp_path / f"{number}")
            assert len(found) == 10
            bodies.append({article.body for article in found.values()})
    finally:
        is_over.set()
        writer.join()
    assert [len(some) for some in bodies] == [1] * 8, "every article is of one edition"
    assert bodies[0] != bodies[-1], "the writer went on meanwhile"


def test_a_flipped_byte_is_noticed_and_leaves_nothing_or_is_of_no_row(
    tmp_path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "rebuild", lambda *_, **__: None)
    whole = copy.read_bytes()
    written = [at for at, byte in enumerate(whole) if byte and at >= 100]  # most of so small a database is free
    noticed = 0
    restore(tmp_path / "whole", copy)
    expected = stored(tmp_path / "whole")
    for number, at in enumerate(random.Random(7).sample(written, 40)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (number % 8)
        copy.write_bytes(damaged)
        back = tmp_path / f"{number}"
        message = ""
        try:
            restore(back, copy)
        except ArchiveError as error:
            message = str(error)
        if message:
            noticed += 1
            assert message.startswith(f"{copy}: ")
            assert left_in(back) == []
        else:
            assert stored(back) == expected
    assert noticed > 20


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_backup_that_was_cut_short_is_refused(tmp_path: Path, copy: Path, share: float) -> None:
    whole = copy.read_bytes()
    copy.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ArchiveError, match=r"does not hold what was written to it|is not a backup of Emeroteca"):
        restore(tmp_path / "back", copy)
    assert not (tmp_path / "back" / "articles.db").exists()


def foreign_files() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "text", b'{"id": "1"}\n'
    yield "tar", b"../../etc/passwd" + b"\0" * 600
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE note (text TEXT)")
        yield "another database", database.serialize()


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in foreign_files()])
def test_a_foreign_file_is_refused_before_anything_is_made(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign").write_bytes(content)
    with pytest.raises(ArchiveError, match="is not a backup of Emeroteca; name a file that `emeroteca backup` wrote"):
        restore(tmp_path / "back", tmp_path / "foreign")
    assert left_in(tmp_path) == ["foreign"]


def test_the_store_itself_is_no_backup(tmp_path: Path, data_dir: Path) -> None:
    with pytest.raises(ArchiveError, match="is not a backup of Emeroteca"):
        restore(tmp_path / "back", data_dir / "articles.db")


def changed(copy: Path, statement: str, *values: object) -> None:
    """Change a backup and seal it anew, as a forger or another version of the program would."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute(statement, values)
        kept = dict(database.execute("SELECT name, content FROM backup_file"))
        [told] = database.execute("SELECT format, made, articles FROM backup")
        database.execute("UPDATE backup SET seal = ?", (backup._seal(database, kept, told),))


@pytest.mark.parametrize(
    "name",
    ["../outside.txt", "skins/../a.svg", "skins/a/b.svg", "skins/.", "skins/..", "skins/", "skins\\a", "a.svg", "/a"],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, copy: Path, name: str) -> None:
    changed(copy, "INSERT INTO backup_file VALUES (?, x'00')", name)
    with pytest.raises(ArchiveError, match="holds files that are not of an archive"):
        restore(tmp_path / "back" / "data", copy)
    assert not (tmp_path / "back" / "outside.txt").exists()


def test_another_format_of_the_archive_or_of_the_backup_is_told(tmp_path: Path, copy: Path) -> None:
    changed(copy, "UPDATE backup_file SET content = ? WHERE name = 'emeroteca.json'", b'{"format": 99}')
    with pytest.raises(ArchiveError, match="of an archive of format 99, this program reads format 1; restore it with"):
        restore(tmp_path / "back", copy)
    changed(copy, "UPDATE backup SET format = 7")
    with pytest.raises(ArchiveError, match="is a backup of format 7, this program reads format 1"):
        restore(tmp_path / "back", copy)


@pytest.mark.parametrize("marker", [b"", b"{}", b"[]", b"{"])
def test_a_backup_whose_marker_says_nothing_is_refused(tmp_path: Path, copy: Path, marker: bytes) -> None:
    changed(copy, "UPDATE backup_file SET content = ? WHERE name = 'emeroteca.json'", marker)
    with pytest.raises(ArchiveError, match="does not hold what was written to it; take another copy"):
        restore(tmp_path / "back", copy)


def test_a_folder_that_is_not_empty_is_never_written_to(tmp_path: Path, data_dir: Path, copy: Path) -> None:
    before = left_in(data_dir)
    with pytest.raises(
        IndexUnavailable, match="is not empty, and a restore overwrites nothing; name a new or an empty"
    ):
        restore(data_dir, copy)
    assert left_in(data_dir) == before
    assert len(stored(data_dir)) == 9


def test_an_empty_folder_takes_a_restore_and_a_file_does_not(tmp_path: Path, copy: Path) -> None:
    (tmp_path / "back").mkdir()
    assert restore(tmp_path / "back", copy).articles == 9
    with pytest.raises(IndexUnavailable, match="cannot be used"):
        restore(copy, copy)


def test_a_backup_that_does_not_read_back_as_it_was_written_leaves_the_older_one(
    data_dir: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = copy.read_bytes()
    force = backup._sync

    def force_and_spoil(path: Path) -> None:
        force(path)
        with path.open("r+b") as file:
            spoiled = path.read_bytes().index(b"UE = Unione")
            file.seek(spoiled)
            file.write(b"X")

    monkeypatch.setattr(backup, "_sync", force_and_spoil)
    with pytest.raises(ArchiveError, match=r"copy\.backup: does not hold what was written to it"):
        back_up(data_dir, copy)
    assert copy.read_bytes() == before
    assert left_in(copy.parent) == ["copy.backup", "data"]


@pytest.mark.parametrize("name", ["nowhere/copy", "."], ids=["no folder", "a folder"])
def test_a_backup_to_where_none_can_be_written_says_so(tmp_path: Path, data_dir: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="cannot be written"):
        back_up(data_dir, tmp_path / name)


def test_a_backup_into_the_archive_itself_is_refused(data_dir: Path) -> None:
    for name in ("articles.db", "copy", "index/copy"):
        with pytest.raises(ArchiveError, match="is in the folder of the archive; name a file elsewhere"):
            back_up(data_dir, data_dir / name)
    assert len(stored(data_dir)) == 9


def test_a_damaged_store_is_told_as_what_it_is(tmp_path: Path, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "articles.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = data_dir / "articles.db"
    damaged = bytearray(path.read_bytes())
    damaged[4_096:-4_096] = b"\xff" * (len(damaged) - 8_192)
    path.write_bytes(damaged)
    with pytest.raises(IndexCorrupt, match=r"articles\.db: "):
        back_up(data_dir, tmp_path / "copy")
    assert left_in(tmp_path) == ["data"]


REFUSALS = [
    pytest.param(code, id=name)
    for name, code in (
        ("failing disk", sqlite3.SQLITE_IOERR_READ),
        ("busy", sqlite3.SQLITE_BUSY),
        ("not opened", sqlite3.SQLITE_CANTOPEN),
        ("full", sqlite3.SQLITE_FULL),
    )
]


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("statement", ["SELECT count", 'SELECT * FROM "article"'])
def test_what_is_refused_of_the_store_is_told_of_the_store_and_is_no_damage(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch, code: int, statement: str
) -> None:
    refuse(monkeypatch, code, lambda asked, _: asked.startswith(statement))
    with pytest.raises(IndexUnavailable, match=r"articles\.db: cannot be read \(refused\); ") as raised:
        back_up(data_dir, tmp_path / "copy")
    assert not isinstance(raised.value, IndexCorrupt)
    assert left_in(tmp_path) == ["data"]


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("statement", ["PRAGMA quick_check", "SELECT name, content FROM backup_file"])
def test_what_is_refused_while_a_backup_is_read_is_no_damage_of_it(
    tmp_path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, code: int, statement: str
) -> None:
    before = copy.read_bytes()
    refuse(monkeypatch, code, lambda asked, _: asked.startswith(statement))
    told = r": cannot be written \(refused\); check space, disk and rights, then repeat"
    with pytest.raises(ArchiveError, match=rf"copy\.backup{told}"):
        back_up(tmp_path / "data", copy)
    assert copy.read_bytes() == before
    with pytest.raises(ArchiveError, match=rf"back{told}"):
        restore(tmp_path / "back", copy)
    assert left_in(tmp_path / "back") == []


def killed_at(step: int, *arguments: str) -> bool:
    """Run a command that is gone at its so manyth forcing to the disk; False when it came to its end before."""
    script = (
        "import os, index.backup\n"
        f"left = {step}\n"
        "def sync(path):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left < 0: os.kill(os.getpid(), 9)\n"
        "index.backup._sync = index.backup.sync_folder = sync\n"
        "from index.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, -9), done.stderr
    return done.returncode != 0


def test_a_killed_backup_leaves_the_older_one_or_the_new_one(tmp_path: Path, data_dir: Path, copy: Path) -> None:
    add_articles(data_dir, articles(3, 20))
    kills = 0
    while killed_at(kills, "--data", str(data_dir), "backup", str(copy)):
        kills += 1
        back = tmp_path / f"back-{kills}"
        assert restore(back, copy).articles in (9, 20)
    assert kills >= 2
    assert restore(tmp_path / "back", copy).articles == 20


def test_a_killed_restore_leaves_no_archive_or_a_whole_one(tmp_path: Path, copy: Path) -> None:
    kills = 0
    while killed_at(kills, "--data", str(tmp_path / f"back-{kills}"), "restore", str(copy)):
        folder = tmp_path / f"back-{kills}"
        if (folder / "emeroteca.json").exists():
            assert set(stored(folder)) == {f"a{number}" for number in range(9)}
        else:
            with pytest.raises(IndexNotFound):
                DataFolder(folder).check()
        kills += 1
    assert kills >= 4
    assert gather_stats(tmp_path / f"back-{kills}").articles == 9
