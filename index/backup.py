"""Backup: one file that holds an archive as it was at one moment, and the way back.

A backup is an SQLite file: a copy of the store, made while others write, and beside its tables one of small files (what
the folder says of itself, the lists, settings and pictures of the editors) and one row with a seal. The index is not in
it: it is made from the store. A tar file would need the copy of the store first, and so twice the space and the
writing; here the copy is the backup, has no paths that could lead out of a folder, and any SQLite shell can look into
it.

The seal is a checksum of every row. SQLite has none of its own: a flipped bit in a text would pass its checks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from index.draft import Progress
from index.errors import CHECK_DISK, ArchiveError, DiskError, IndexCorrupt, IndexUnavailable, refusal, unwritable
from index.generation import FOLDER_FORMAT, DataFolder, sync_folder
from index.operations import rebuild
from index.settings import IndexSettings
from index.settings_file import SETTINGS_FILE, SKINS_FOLDER
from index.store import Store, connect_read_only, disk_failure, failure

MARKER: Final = "emeroteca.json"
KEPT_FILES: Final = (MARKER, "synonyms.txt", "names.txt", SETTINGS_FILE)
"""The small files of a data folder that a backup holds, where they are there; and the pictures of SKINS_FOLDER."""

MAX_PICTURES_BYTES: Final = 64 << 20
"""Of all pictures: a page should load in a second."""

_PICTURE: Final = re.compile(rf"{SKINS_FOLDER}/[^/\\\0.][^/\\\0]*")

_APPLICATION_ID: Final = 0x456D6572  # "Emer": what SQLite and file(1) know such a file by
_FORMAT: Final = 1
_OWN_TABLES: Final = ("backup", "backup_file")
_SCHEMA: Final = """
CREATE TABLE backup_file (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE backup (format INTEGER NOT NULL, made TEXT NOT NULL, articles INTEGER NOT NULL, seal BLOB NOT NULL);
"""
_OTHER_COPY = "take another copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup holds."""

    articles: int
    size_bytes: int


def back_up(data_dir: Path, file: Path) -> BackupReport:
    """Copy the store of an archive, as it is at this moment, into one file; others may write meanwhile.

    The file appears when it is whole, on the disk and has been read back; an older one of its name is replaced then.

    Raises:
        IndexUnavailable: the archive cannot be read.
        ArchiveError: the file cannot be written, or does not hold what was written to it.
    """
    folder = DataFolder(data_dir)
    folder.check()
    Store(folder.store, read_only=True).close()  # what is wrong with it is told as everywhere
    file = file.resolve()  # a link stays a link
    if file.exists() and not file.is_file():
        raise ArchiveError(f"{file}: cannot be written (not a plain file); name another")
    if data_dir.resolve() in file.parents:
        raise ArchiveError(f"{file}: is in the folder of the archive; name a file elsewhere, best on another disk")
    # Two backups to one file at a time must not write to each other's.
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.unfinished")
    try:
        with _told_in_one_sentence(file):
            unfinished.unlink(missing_ok=True)
            seal = _copy_store(folder, unfinished)
            _sync(unfinished)
            articles = _check(unfinished, shown=file, expected=seal)
            size_bytes = unfinished.stat().st_size
            unfinished.replace(file)
            sync_folder(file.parent)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return BackupReport(articles=articles, size_bytes=size_bytes)


def restore(
    data_dir: Path, file: Path, *, settings: IndexSettings | None = None, on_indexed: Progress | None = None
) -> BackupReport:
    """Make an archive of a backup in a new or empty folder, and index it.

    What says that the folder is an archive comes last: a restore that is killed leaves none.

    Raises:
        IndexUnavailable: the folder is not empty, or cannot be written.
        ArchiveError: the file is no backup, is damaged, or was made by a program with another format.
    """
    _check_kind(file)
    folder = DataFolder(data_dir)
    _check_empty(data_dir)
    with _told_in_one_sentence(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, folder.store)
            # Checked where it is now: that is what was read of the backup, and what the disk has taken.
            articles = _check(folder.store, shown=file)
            kept = _take_kept_files(folder.store)
            _sync(folder.store)
            for name in sorted(kept, key=lambda name: name == MARKER):
                path = data_dir / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(kept[name])
                _sync(path)
                sync_folder(path.parent)
        except BaseException:
            for name in (folder.store.name, f"{folder.store.name}-journal", *KEPT_FILES):
                (data_dir / name).unlink(missing_ok=True)
            shutil.rmtree(data_dir / SKINS_FOLDER, ignore_errors=True)
            raise
    rebuild(data_dir, settings=settings, on_indexed=on_indexed)
    return BackupReport(articles=articles, size_bytes=folder.store.stat().st_size)


def _copy_store(folder: DataFolder, target: Path) -> bytes:
    """Copy store and small files; returns the seal of what the store had, read from the store itself."""
    kept = _kept_files(folder.path)
    with closing(_open(folder.store)) as store, closing(sqlite3.connect(target)) as copy:
        try:
            store.execute("BEGIN")  # the seal and the copy are of one moment
            [(articles,)] = store.execute("SELECT count(*) FROM article WHERE ended IS NULL")
            told = (_FORMAT, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", articles)
            seal = _seal(store, kept, told)
        except sqlite3.Error as error:  # of the store, which is not the file that is written
            raise _not_copied(folder.store, error) from error
        store.backup(copy)
        copy.isolation_level = None
        # No log beside the file, which is forced to the disk at the end.
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        copy.executescript(_SCHEMA)
        copy.execute("BEGIN")
        copy.executemany("INSERT INTO backup_file VALUES (?, ?)", kept.items())
        copy.execute("INSERT INTO backup VALUES (?, ?, ?, ?)", (*told, seal))
        copy.execute("COMMIT")
    return seal


def _kept_files(data_dir: Path) -> dict[str, bytes]:
    """The small files and pictures of a data folder, by their names in it.

    Raises:
        ArchiveError: the pictures are too large, or one has a name that a backup cannot hold.
    """
    pictures = [path for path in sorted((data_dir / SKINS_FOLDER).glob("[!.]*")) if path.is_file()]
    if (size_bytes := sum(path.stat().st_size for path in pictures)) > MAX_PICTURES_BYTES:
        raise ArchiveError(
            f"{data_dir / SKINS_FOLDER}: has {size_bytes:,} bytes of pictures; a backup takes {MAX_PICTURES_BYTES:,}; "
            "move out what no site shows"
        )
    for path in pictures:
        name = path.relative_to(data_dir).as_posix()
        if not _PICTURE.fullmatch(name) or not name.isprintable():  # bytes that are no UTF-8 are not printable
            raise ArchiveError(
                f"{data_dir}: no backup can hold the name {name!r}; give the picture one of plain letters"
            )
    files = [path for name in KEPT_FILES if (path := data_dir / name).exists()]
    return {path.relative_to(data_dir).as_posix(): path.read_bytes() for path in (*files, *pictures)}


def _not_copied(store: Path, error: sqlite3.Error) -> Exception:
    """What to raise when a store cannot be read to its end; where it seems damaged, the disk is asked itself."""
    told = failure(store, error)
    if isinstance(told, IndexCorrupt) and (failing := disk_failure(store)) is not None:
        return DiskError(store, refusal(failing), CHECK_DISK)
    return told or error


def _seal(database: sqlite3.Connection, kept: dict[str, bytes], told: tuple[int, str, int]) -> bytes:
    """A checksum of every row of the store's tables, of the small files, and of what the backup tells of itself."""
    checksum = hashlib.blake2b(digest_size=32)
    encode = msgspec.msgpack.Encoder().encode
    names = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    for name, sql in names:
        if name in _OWN_TABLES:
            continue
        checksum.update(encode((name, sql)))
        for row in database.execute(f'SELECT * FROM "{name}" ORDER BY 1'):  # noqa: S608  # a name of a table that is there
            checksum.update(encode(row))
    checksum.update(encode((sorted(kept.items()), told)))
    return checksum.digest()


def _check(path: Path, *, shown: Path, expected: bytes | None = None) -> int:
    """Read a whole backup; returns how many articles it holds.

    Args:
        shown: the file that an error is about.
        expected: the seal that it must have, where that is known from elsewhere.
    Raises:
        ArchiveError: it does not hold what was written to it, or is of another format.
        sqlite3.Error: disk or system refuse to read it, which says nothing of what it holds.
    """
    damaged = ArchiveError(f"{shown}: does not hold what was written to it; {_OTHER_COPY}")
    try:
        with closing(_open(path)) as backup:
            if backup.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
                raise damaged
            [(form,)] = backup.execute("SELECT format FROM backup")
            if form != _FORMAT:
                raise ArchiveError(
                    f"{shown}: is a backup of format {form}, this program reads format {_FORMAT};"
                    " restore it with the program that made it"
                )
            [(made, articles, seal)] = backup.execute("SELECT made, articles, seal FROM backup")
            kept = dict(backup.execute("SELECT name, content FROM backup_file"))
            if _seal(backup, kept, (form, made, articles)) != seal or expected not in (None, seal):
                raise damaged
            if not all(name in KEPT_FILES or _PICTURE.fullmatch(name) for name in kept):
                raise ArchiveError(f"{shown}: holds files that are not of an archive; {_OTHER_COPY}")
            _check_format(shown, kept.get(MARKER, b""))
    except sqlite3.DatabaseError as error:
        told = failure(path, error)  # None is of a table that is not there
        if told is not None and not isinstance(told, IndexCorrupt):
            raise
        raise damaged from error
    except (ValueError, TypeError, KeyError) as error:
        raise damaged from error
    return int(articles)


def _check_format(file: Path, marker: bytes) -> None:
    """Refuse the store of a program that has another format."""
    found = json.loads(marker)["format"]
    if found != FOLDER_FORMAT:
        raise ArchiveError(
            f"{file}: is a backup of an archive of format {found!r}, this program reads format {FOLDER_FORMAT};"
            " restore it with the program that made it"
        )


def _check_kind(file: Path) -> None:
    """Refuse what is no backup by its first bytes."""
    try:
        with file.open("rb") as opened:
            head = opened.read(100)
    except OSError as error:
        raise ArchiveError(f"{file}: cannot be read ({error.strerror}); name a backup that can") from error
    # https://www.sqlite.org/fileformat2.html: the application's number is at offset 68.
    if not head.startswith(b"SQLite format 3\0") or head[68:72] != _APPLICATION_ID.to_bytes(4, "big"):
        raise ArchiveError(f"{file}: is not a backup of Emeroteca; name a file that `emeroteca backup` wrote")


def _check_empty(path: Path) -> None:
    try:
        is_empty = not path.exists() or not any(path.iterdir())
    except OSError as error:
        raise IndexUnavailable(path, f"cannot be used ({error.strerror})", "name a new folder with --data") from error
    if not is_empty:
        raise IndexUnavailable(
            path, "is not empty, and a restore overwrites nothing", "name a new or an empty folder with --data"
        )


def _take_kept_files(store: Path) -> dict[str, bytes]:
    """The small files out of a restored store, which is nothing but a store then."""
    with closing(sqlite3.connect(store)) as database:
        database.isolation_level = None
        kept = dict(database.execute("SELECT name, content FROM backup_file"))
        for table in _OWN_TABLES:
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA application_id = 0")
    return kept


def _open(path: Path) -> sqlite3.Connection:
    connection = connect_read_only(path)
    connection.isolation_level = None
    return connection


def _sync(path: Path) -> None:
    """Force a file to the disk, and have it read from there the next time."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def _told_in_one_sentence(path: Path) -> Iterator[None]:
    """What the disk or SQLite refuses while a file is written, and read back, becomes one sentence."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise unwritable(path, error) from error
