"""The store: every article and every change, in SQLite. It is the truth; the index can always be rebuilt from it.

Each change of an article takes the next *journal* number. A version of an article is a row: ``added`` is the journal
number that brought it, ``ended`` the one that replaced or removed it (NULL while it is current). So what an index of
journal number J lacks are the rows with added > J, and what it has too much those with ended > J. Ended versions stay
until no kept generation can show them.

An article may be kept under *embargo*: a version whose time has not come has the journal number EMBARGOED, which lies
after every change that an index can know, and gets a number of its own when it is released.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.errors import (
    CHECK_DISK,
    REPEAT,
    RIGHTS,
    DiskError,
    IndexCorrupt,
    IndexNotFound,
    IndexUnavailable,
    refusal,
)
from index.records import UNREADABLE, decode, digest_of, encode, pack, unpack

Outcome = Literal["added", "replaced", "unchanged"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS article (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    digest BLOB NOT NULL,
    payload BLOB NOT NULL,
    text_bytes INTEGER NOT NULL,
    added INTEGER NOT NULL,
    ended INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS current_article ON article (id) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS added_article ON article (added);
CREATE INDEX IF NOT EXISTS ended_article ON article (ended) WHERE ended IS NOT NULL;
CREATE TABLE IF NOT EXISTS journal (last INTEGER NOT NULL);
INSERT INTO journal SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM journal);
CREATE TABLE IF NOT EXISTS embargo (num INTEGER PRIMARY KEY, until_s INTEGER NOT NULL);
"""
EMBARGOED: Final = 2**62
"""Journal number of a version that is kept and not to be shown yet."""

_MOST_PARAMETERS = 500
_SHAPE = "SELECT num, id, digest, payload, text_bytes, added, ended FROM article LIMIT 0"
"""Every column that is used: a file that prepares this is a store, and a statement that fails later is our slip."""

_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_REFUSALS = (
    *_HELD,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
)
"""What SQLite says of the disk, the system and other processes, and not of the store's bytes."""

_WAIT = "another process holds it: wait until that is done, then repeat"

RESTORE = "restore it from a copy, or add an export to a new folder; `emeroteca verify` tells whether the disk fails"

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """One version of an article: its number in the store, and the article."""

    num: int
    article: Article


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a journal number: numbers of the versions that came, and of those that went."""

    came: tuple[int, ...]
    went: tuple[int, ...]
    journal: int


class Store:
    """The articles of one archive. One thread at a time may use one Store; any number of processes may read."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the store, making it when it is not there.

        Raises:
            IndexNotFound: it is not there, and is only to be read.
            IndexCorrupt: the file is not a store that can be read.
            IndexUnavailable: this process has no right to it, or the disk refuses.
        """
        self.path = path
        self._writes = not read_only
        self._last_change: int | None = None  # inside a batch, which writes it down at its end
        if read_only and not path.exists():
            raise IndexNotFound(path, "is not there yet", "add articles with `emeroteca add FILE` first")
        try:
            if not read_only and not path.exists():
                _make(path)
            self._db = connect_read_only(path) if read_only else sqlite3.connect(path, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            refuse_without_rights(path, writes=not read_only)  # which SQLite words like damage
            # Any other error is of a file that is no store: one without its tables, for instance.
            raise failure(path, error, writes=not read_only) or _damaged(path, str(error)) from error

    def _prepare(self) -> None:
        """Set the connection up, and see whether the file is a store."""
        self._db.isolation_level = None
        self._db.execute("PRAGMA busy_timeout = 10000")
        if self._writes:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
            self._db.executescript(_SCHEMA)
        self._db.execute("SELECT last FROM journal").fetchone()
        self._db.execute(_SHAPE)

    def close(self) -> None:
        """Close the file; further calls fail."""
        self._db.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction: all that is put or removed inside is kept together, or nothing of it."""
        self._run("BEGIN IMMEDIATE")
        try:
            before = self._last_change = self.journal
            yield
            if self._last_change > before:
                self._run("UPDATE journal SET last = ?", (self._last_change,))
        except BaseException:
            if self._db.in_transaction:
                self._run("ROLLBACK")
            raise
        finally:
            self._last_change = None
        self._run("COMMIT")

    def put(self, article: Article, *, until_s: int | None = None) -> Outcome:
        """Keep an article, replacing an older version of the same id unless nothing changed.

        Args:
            until_s: when it may be shown, seconds since 1970-01-01 UTC; None for at once. An older version is no longer
                shown either way.
        """
        record = encode(article)
        digest = digest_of(record)
        rows = self._run("SELECT num, digest FROM article WHERE id = ? AND ended IS NULL", (article.article_id,))
        row = rows[0] if rows else None
        if row is not None and row[1] == digest:
            return "unchanged"
        change = self._next_change()
        if row is not None:
            self._end(row[0], change)
        added = change if until_s is None else EMBARGOED
        self._run(
            "INSERT INTO article (id, digest, payload, text_bytes, added) VALUES (?, ?, ?, ?, ?)",
            (article.article_id, digest, pack(record), text_size(article), added),
        )
        if until_s is not None:
            self._run("INSERT INTO embargo (num, until_s) VALUES (last_insert_rowid(), ?)", (until_s,))
        return "added" if row is None else "replaced"

    def remove(self, article_id: str) -> bool:
        """End the current version of an article; False when there is none."""
        if not _can_be_kept(article_id):
            return False
        found = self._run("SELECT num FROM article WHERE id = ? AND ended IS NULL", (article_id,))
        if not found:
            return False
        self._end(found[0][0], self._next_change())
        return True

    def _end(self, num: int, change: int) -> None:
        self._run("UPDATE article SET ended = ? WHERE num = ?", (change, num))
        self._run("DELETE FROM embargo WHERE num = ?", (num,))

    def release(self, *, now_s: int) -> int:
        """Let the articles be shown whose embargo is over, each as a change of its own; returns how many."""
        due = self._run("SELECT num FROM embargo WHERE until_s <= ? ORDER BY until_s, num", (now_s,))
        for (num,) in due:
            self._run("UPDATE article SET added = ? WHERE num = ?", (self._next_change(), num))
            self._run("DELETE FROM embargo WHERE num = ?", (num,))
        return len(due)

    def has_due(self, *, now_s: int) -> bool:
        """Whether the embargo of an article is over that has not been released."""
        if not self._run("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'embargo'"):
            return False  # an older store, in which nobody has written since
        return bool(self._run("SELECT 1 FROM embargo WHERE until_s <= ? LIMIT 1", (now_s,)))

    def embargoed(self) -> int:
        """How many current articles are kept and not shown yet."""
        return int(self._run("SELECT count(*) FROM article WHERE ended IS NULL AND added = ?", (EMBARGOED,))[0][0])

    def _next_change(self) -> int:
        if self._last_change is None:
            return int(self._run("UPDATE journal SET last = last + 1 RETURNING last")[0][0])
        self._last_change += 1
        return self._last_change

    @property
    def journal(self) -> int:
        """The number of the last change, 0 in a new store."""
        if self._last_change is not None:
            return self._last_change
        return int(self._run("SELECT last FROM journal")[0][0])

    def count(self) -> int:
        """How many articles are current, those under embargo included."""
        return int(self._run("SELECT count(*) FROM article WHERE ended IS NULL")[0][0])

    def text_bytes(self) -> int:
        """Bytes of title, lead and body of all current articles, UTF-8."""
        query = "SELECT coalesce(sum(text_bytes), 0) FROM article WHERE ended IS NULL"
        return int(self._run(query)[0][0])

    def changes_since(self, journal: int) -> Changes:
        """What an index that knows the changes up to ``journal`` must take in and put out."""
        last = self.journal  # later changes are left for the next time
        came = self._run(
            "SELECT num FROM article WHERE added > ? AND added <= ? AND (ended IS NULL OR ended > ?) ORDER BY added",
            (journal, last, last),
        )
        went = self._run(
            "SELECT num FROM article WHERE ended > ? AND ended <= ? AND added <= ? ORDER BY ended",
            (journal, last, journal),
        )
        return Changes(came=tuple(num for (num,) in came), went=tuple(num for (num,) in went), journal=last)

    def gone_since(self, journal: int) -> NDArray[np.int64]:
        """Numbers of the versions that were current at a journal number, and whose article is not shown any more."""
        query = """
            SELECT num FROM article AS older WHERE added <= ? AND ended > ? AND NOT EXISTS (
                SELECT 1 FROM article AS newer WHERE newer.id = older.id AND newer.ended IS NULL AND newer.added < ?)
            """
        found = self._run(query, (journal, journal, EMBARGOED))
        return np.array([num for (num,) in found], dtype=np.int64)

    def get(self, nums: Sequence[int]) -> dict[int, Article]:
        """Versions by number; a number whose version is no longer kept is missing from the answer."""
        return self.unpacked(self.packed(nums))

    def packed(self, nums: Sequence[int]) -> dict[int, bytes]:
        """The same as they are kept, for ``unpacked``: so whoever must be alone with the file is for a shorter time."""
        found: dict[int, bytes] = {}
        for at in range(0, len(nums), _MOST_PARAMETERS):
            some = [int(num) for num in nums[at : at + _MOST_PARAMETERS]]
            marks = ",".join("?" * len(some))
            query = f"SELECT num, payload FROM article WHERE num IN ({marks})"  # noqa: S608  # nothing but question marks
            found.update(self._run(query, some))
        return found

    def unpacked(self, packed: Mapping[int, bytes]) -> dict[int, Article]:
        """The articles of ``packed``; the file may be closed meanwhile."""
        return {num: self._article(payload) for num, payload in packed.items()}

    def versions(self, nums: Iterable[int]) -> Iterator[StoredArticle]:
        """Versions by number, read a few hundred at a time; those that are no longer kept are left out."""
        pending = iter(nums)
        while some := list(islice(pending, _MOST_PARAMETERS)):
            yield from (StoredArticle(num, article) for num, article in self.get(some).items())

    def find(self, article_id: str) -> StoredArticle | None:
        """The current version of an article, or None; also None while it is under embargo."""
        if not _can_be_kept(article_id):
            return None
        rows = self._run(
            "SELECT num, payload FROM article WHERE id = ? AND ended IS NULL AND added < ?", (article_id, EMBARGOED)
        )
        return StoredArticle(rows[0][0], self._article(rows[0][1])) if rows else None

    def ids_at(self, journal: int) -> dict[int, str]:
        """Number and id of every article that was current at a journal number: what an index of it holds."""
        rows = self._run(
            "SELECT num, id FROM article WHERE added <= ? AND (ended IS NULL OR ended > ?)", (journal, journal)
        )
        return dict(rows)

    def nums_at(self, journal: int) -> NDArray[np.int64]:
        """Numbers of the versions that were current at a journal number, ascending: int64."""
        query = "SELECT num FROM article WHERE added <= ? AND (ended IS NULL OR ended > ?) ORDER BY num"
        with self._translated():
            return np.fromiter((num for (num,) in self._db.execute(query, (journal, journal))), dtype=np.int64)

    def forget_ended(self, *, up_to_journal: int) -> int:
        """Delete versions that ended at or before a journal number, for good; returns how many."""
        self._run("DELETE FROM article WHERE ended <= ?", (up_to_journal,))
        return int(self._run("SELECT changes()")[0][0])

    def shrink(self) -> bool:
        """Write the file anew without what was deleted, and empty the log of changes.

        Returns:
            Whether the log is empty; a reader in the middle of something keeps it, and what was deleted in it.
        """
        self._run("VACUUM")
        [(is_busy, _, _)] = self._run("PRAGMA wal_checkpoint(TRUNCATE)")
        return not is_busy

    def _run(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a statement."""
        with self._translated():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Damage and refusals become what to tell an operator; a slip of ours stays what it is."""
        try:
            yield
        except sqlite3.Error as error:
            told = failure(self.path, error, writes=self._writes)
            if told is None:
                raise
            raise told from error

    def _article(self, payload: bytes) -> Article:
        try:
            return decode(unpack(payload))
        except UNREADABLE as error:
            raise _damaged(self.path, f"an article: {error}") from error


def failure(path: Path, error: sqlite3.Error, *, writes: bool = False) -> IndexUnavailable | None:
    """What to raise for an error of SQLite, so that a refusal is never told as damage, nor damage as a refusal.

    Returns:
        IndexCorrupt for bytes that are not what was written, DiskError where the disk fails, IndexUnavailable for
        whatever else disk, system or other processes refuse now; None for a statement that is wrong, which is our slip.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF  # the rest says where it happened
    if primary in _REFUSALS:
        found = refusal(error, writes=writes)
        if primary == sqlite3.SQLITE_IOERR:
            return DiskError(path, found, REPEAT if writes else CHECK_DISK)
        return IndexUnavailable(path, found, _WAIT if primary in _HELD else REPEAT)
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return None
    # Text that is none is found by Python, and its error has no code.
    if isinstance(error, sqlite3.OperationalError) and code is not None:
        return None
    return _damaged(path, str(error))


def disk_failure(path: Path) -> OSError | None:
    """What the disk says when it cannot give a store to its end; None when it can. Reads the whole file.

    SQLite has one word, SQLITE_CORRUPT, for a page with other bytes than were written and for one that the disk refuses
    with EIO (its SQLITE_IOERR_CORRUPTFS). So whoever reads the whole store anyway asks the disk itself.
    """
    try:
        descriptor = _kept_open(path)
        at = 0
        while chunk := os.pread(descriptor, _CHUNK_BYTES, at):
            at += len(chunk)
        log = path.with_name(f"{path.name}-wal")  # on which there are no locks
        if log.exists():
            with log.open("rb", buffering=0) as file:
                while file.read(_CHUNK_BYTES):
                    pass
    except OSError as error:
        return error
    return None


_descriptors: dict[tuple[int, int], int] = {}


def _kept_open(path: Path) -> int:
    """A descriptor of a store that is never closed: to close one lets go of all locks of this process on the file."""
    # https://www.sqlite.org/howtocorrupt.html, 2.2. Opening alone is harmless; a file that is open keeps its number.
    status = path.stat()
    key = status.st_dev, status.st_ino
    if key not in _descriptors:
        _descriptors[key] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return _descriptors[key]


def _damaged(path: Path, reason: str) -> IndexCorrupt:
    return IndexCorrupt(path, f"is not a store of articles that can be read ({reason})", RESTORE)


def _make(path: Path) -> None:
    """Make an empty store: whoever opens it, also after a crash, finds none or a whole one."""
    unfinished = path.with_name(f"{path.name}.new")
    for left in path.parent.glob(f"{unfinished.name}*"):  # by a process that was killed
        left.unlink()
    with closing(sqlite3.connect(unfinished)) as database:
        # In this order: SQLite would not say that it cannot empty a log at its end, and the log would stay behind.
        database.executescript(f"BEGIN; {_SCHEMA} COMMIT; PRAGMA journal_mode = WAL;")
    unfinished.replace(path)


def connect_read_only(path: Path) -> sqlite3.Connection:
    """A connection to a store that changes nothing, also where its folder cannot be written."""
    # SQLite cannot make its shared memory in a folder that cannot be written; without a log none is needed.
    is_fixed = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    how = "immutable=1" if is_fixed else "mode=ro"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, check_same_thread=False)


def refuse_without_rights(path: Path, *, writes: bool = False) -> None:
    """Raise IndexUnavailable when this process may not read a store, or write to it."""
    for one in (*path.parent.glob(f"{path.name}*"), *([path.parent] if writes else [])):
        if not os.access(one, os.R_OK | (os.W_OK if writes else 0)):
            found = f"cannot be {'written' if writes else 'read'} ({os.strerror(errno.EACCES)})"
            raise IndexUnavailable(one, found, RIGHTS)


def _can_be_kept(article_id: str) -> bool:
    """Whether an id is one that an article may have: a lone surrogate, as of bytes that are no text, has no UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in article_id)


def text_size(article: Article) -> int:
    """Bytes of title, lead and body, UTF-8: what index sizes are compared with."""
    return sum(len(text.encode()) for text in (article.title, article.lead, article.body))
