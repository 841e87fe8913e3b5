"""The store: every article and every change, in SQLite. It is the truth; the index can always be rebuilt from it.

Each change of an article takes the next *journal* number. A version of an article is a row: ``added`` is the journal
number that brought it, ``ended`` the one that replaced or removed it (NULL while it is current). So what an index of
journal number J lacks are the rows with added > J, and what it has too much those with ended > J. Ended versions stay
until no kept generation can show them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from index.article import Article
from index.errors import RIGHTS, IndexCorrupt, IndexUnavailable

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
"""
_RAW, _DEFLATED = b"\x00", b"\x01"
_COMPRESSION_LEVEL = 6
_MOST_PARAMETERS = 500
RESTORE = "restore it from a copy, or add an export to a new folder"


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
            IndexCorrupt: the file is not a store that can be read.
            IndexUnavailable: this process has no right to it.
        """
        self.path = path
        try:
            if read_only:
                # SQLite cannot make its shared memory in a folder that cannot be written; without a log none is needed.
                is_fixed = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
                how = "immutable=1" if is_fixed else "mode=ro"
                self._db = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, check_same_thread=False)
            else:
                self._db = sqlite3.connect(path, check_same_thread=False)
            self._db.isolation_level = None
            self._db.execute("PRAGMA busy_timeout = 10000")
            if not read_only:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.executescript(_SCHEMA)
            self._db.execute("SELECT last FROM journal").fetchone()
        except sqlite3.Error as error:
            self._refuse_without_rights(writes=not read_only)  # which SQLite words like damage
            raise self._damaged(str(error)) from error

    def _refuse_without_rights(self, *, writes: bool) -> None:
        for path in (*self.path.parent.glob(f"{self.path.name}*"), *([self.path.parent] if writes else [])):
            if not os.access(path, os.R_OK | (os.W_OK if writes else 0)):
                found = f"cannot be {'written' if writes else 'read'} ({os.strerror(errno.EACCES)})"
                raise IndexUnavailable(path, found, RIGHTS)

    def close(self) -> None:
        """Close the file; further calls fail."""
        self._db.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction: all that is put or removed inside is kept together, or nothing of it."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def put(self, article: Article) -> Outcome:
        """Keep an article, replacing an older version of the same id unless nothing changed."""
        record = _encode(article)
        digest = hashlib.blake2b(record, digest_size=16).digest()
        rows = self._run("SELECT num, digest FROM article WHERE id = ? AND ended IS NULL", (article.article_id,))
        row = rows[0] if rows else None
        if row is not None and row[1] == digest:
            return "unchanged"
        change = self._next_change()
        if row is not None:
            self._run("UPDATE article SET ended = ? WHERE num = ?", (change, row[0]))
        self._run(
            "INSERT INTO article (id, digest, payload, text_bytes, added) VALUES (?, ?, ?, ?, ?)",
            (article.article_id, digest, _pack(record), text_size(article), change),
        )
        return "added" if row is None else "replaced"

    def remove(self, article_id: str) -> bool:
        """End the current version of an article; False when there is none."""
        if not _can_be_kept(article_id):
            return False
        found = self._run("SELECT num FROM article WHERE id = ? AND ended IS NULL", (article_id,))
        if not found:
            return False
        self._run("UPDATE article SET ended = ? WHERE num = ?", (self._next_change(), found[0][0]))
        return True

    def _next_change(self) -> int:
        return int(self._run("UPDATE journal SET last = last + 1 RETURNING last")[0][0])

    @property
    def journal(self) -> int:
        """The number of the last change, 0 in a new store."""
        return int(self._run("SELECT last FROM journal")[0][0])

    def count(self) -> int:
        """How many articles are current."""
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

    def get(self, nums: Sequence[int]) -> dict[int, Article]:
        """Versions by number; a number whose version is no longer kept is missing from the answer."""
        found: dict[int, Article] = {}
        for at in range(0, len(nums), _MOST_PARAMETERS):
            some = [int(num) for num in nums[at : at + _MOST_PARAMETERS]]
            marks = ",".join("?" * len(some))
            query = f"SELECT num, payload FROM article WHERE num IN ({marks})"  # noqa: S608  # nothing but question marks
            for num, payload in self._run(query, some):
                found[num] = self._article(payload)
        return found

    def find(self, article_id: str) -> StoredArticle | None:
        """The current version of an article, or None."""
        if not _can_be_kept(article_id):
            return None
        rows = self._run("SELECT num, payload FROM article WHERE id = ? AND ended IS NULL", (article_id,))
        return StoredArticle(rows[0][0], self._article(rows[0][1])) if rows else None

    def current(self, *, nums: Iterable[int] | None = None) -> Iterator[StoredArticle]:
        """Current articles in the order of their numbers, or those of the numbers given, a few hundred at a time."""
        if nums is None:
            nums = [num for (num,) in self._run("SELECT num FROM article WHERE ended IS NULL ORDER BY num")]
        pending = iter(nums)
        while some := list(islice(pending, _MOST_PARAMETERS)):
            yield from (StoredArticle(num, article) for num, article in self.get(some).items())

    def ids_at(self, journal: int) -> dict[int, str]:
        """Number and id of every article that was current at a journal number: what an index of it holds."""
        rows = self._run(
            "SELECT num, id FROM article WHERE added <= ? AND (ended IS NULL OR ended > ?)", (journal, journal)
        )
        return dict(rows)

    def forget_ended(self, *, up_to_journal: int) -> int:
        """Delete versions that ended at or before a journal number, for good; returns how many."""
        self._run("DELETE FROM article WHERE ended <= ?", (up_to_journal,))
        return int(self._run("SELECT changes()")[0][0])

    def _run(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a statement; damage is an IndexCorrupt, what cannot be done now stays an OperationalError."""
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, reason: str) -> IndexCorrupt:
        return IndexCorrupt(self.path, f"is not a store of articles that can be read ({reason})", RESTORE)

    def _article(self, payload: bytes) -> Article:
        try:
            return _decode(_unpack(payload))
        except (zlib.error, msgspec.MsgspecError) as error:
            raise self._damaged(f"an article: {error}") from error


class _Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article as it is kept: clean already, so that reading it back changes nothing; moments in ISO 8601."""

    article_id: str
    title: str
    body: str = ""
    lead: str = ""
    url: str = ""
    site: str = ""
    section: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    reads: int | None = None
    extra: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(_Record)


def _encode(article: Article) -> bytes:
    fields = {name: getattr(article, name) for name in _Record.__struct_fields__}
    for name in ("published", "updated"):
        if fields[name] is not None:
            fields[name] = fields[name].isoformat()
    return msgspec.json.encode(_Record(**fields), order="sorted")


def _decode(record: bytes) -> Article:
    kept = _decoder.decode(record)
    fields = {name: getattr(kept, name) for name in _Record.__struct_fields__}
    for name in ("published", "updated"):
        if fields[name] is not None:
            moment = fields[name]
            fields[name] = (
                date.fromisoformat(moment) if len(moment) == len("2024-03-13") else datetime.fromisoformat(moment)
            )
    return Article(**fields)


def _can_be_kept(article_id: str) -> bool:
    """Whether an id is one that an article may have: a lone surrogate, as of bytes that are no text, has no UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in article_id)


def text_size(article: Article) -> int:
    """Bytes of title, lead and body, UTF-8: what index sizes are compared with."""
    return sum(len(text.encode()) for text in (article.title, article.lead, article.body))


def _pack(record: bytes) -> bytes:
    deflated = zlib.compress(record, _COMPRESSION_LEVEL)
    return _DEFLATED + deflated if len(deflated) < len(record) else _RAW + record


def _unpack(payload: bytes) -> bytes:
    return zlib.decompress(payload[1:]) if payload[:1] == _DEFLATED else payload[1:]
