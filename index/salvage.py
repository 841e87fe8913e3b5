"""Salvage: what can still be read of a store whose file is damaged, article by article.

SQLite stops at the first damaged page that it meets. Here what it stops at is left out, and the rest is read: first all
rows in a row, then, for what did not come that way, one row at a time by its number. The numbers are known from the
index of current articles, which lies on other pages than the rows; where that is damaged too, all numbers are tried.

A page that the disk fails to give (EIO) is left out as a damaged one is: a failing disk is what a salvage is for, and
the rest may be readable for the last time. But it is told as what it is, since another reading, or a copy of the disk,
may still give it. SQLite calls both damage; the disk is asked itself, once. Whatever else is refused (a lock, rights,
open files) stops the salvage: nothing is lost, and what came out would pass for all that there is.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import CHECK_DISK, DiskError, IndexCorrupt, refusal
from index.records import article_of
from index.store import (
    RESTORE,
    StoredArticle,
    connect_read_only,
    disk_failure,
    failure,
    refuse_without_rights,
)

_MOST_TOLD = 20
"""Sentences of SQLite on a damaged file; a thousand more say no more."""

_ROWS_AT_A_TIME = 500
_ALL = "SELECT num, id, digest, payload FROM article NOT INDEXED WHERE ended IS NULL ORDER BY num"
_ONE = "SELECT num, id, digest, payload, ended FROM article WHERE num = ?"
_LISTED = "SELECT num, id FROM article INDEXED BY current_article WHERE ended IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An article that is, or was, in the store and cannot be read.

    Attributes:
        num: its number in the store.
        article_id: None where nothing tells it any more.
        reason: what SQLite, or the comparison with the digest, says.
        is_refused: whether it is the disk that fails, so that another reading may still give it.
    """

    num: int
    article_id: str | None
    reason: str
    is_refused: bool = False

    def __str__(self) -> str:
        name = f"row {self.num}" if self.article_id is None else f"article {self.article_id!r} (row {self.num})"
        return f"{name} cannot be read: {self.reason}"


class Salvage:
    """A store as far as it can be read. One thread at a time may use it."""

    def __init__(self, path: Path) -> None:
        """Open the store, which is left as it is.

        Raises:
            IndexCorrupt: not even its tables can be told, so that nothing can be read.
            IndexUnavailable: this process has no right to read it, or disk or system refuse; a DiskError where the
                disk fails.
        """
        self._path = path
        try:
            self._db = connect_read_only(path)
            self._db.isolation_level = None
            self._db.text_factory = bytes  # damaged text must not stop the reading of the others
            self._db.execute("PRAGMA busy_timeout = 10000")
            self._db.execute("SELECT num FROM article LIMIT 0")
        except sqlite3.Error as error:
            if hasattr(self, "_db"):
                self._db.close()
            refuse_without_rights(path)
            damaged = IndexCorrupt(path, f"is not a store of articles that can be read ({error})", RESTORE)
            raise failure(path, error) or damaged from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def integrity(self) -> tuple[str, ...]:
        """What SQLite finds wrong with its file, in its words; () when nothing is. Reads the whole file.

        Raises:
            IndexUnavailable: it cannot be read to its end; a DiskError where the disk fails.
        """
        found: list[str] = []
        try:
            for (said,) in self._db.execute(f"PRAGMA integrity_check({_MOST_TOLD})"):
                found += [line for line in said.decode(errors="replace").splitlines() if not line.startswith("***")]
        except sqlite3.DatabaseError as error:
            self._failure(error)
            found.append(str(error))
        if found == ["ok"]:
            return ()
        if self._failing is not None:
            raise DiskError(self._path, refusal(self._failing), CHECK_DISK) from self._failing
        return tuple(found)

    def count(self) -> int:
        """How many articles are current, as far as that can be told."""
        return len(self._numbers())

    def articles(self) -> Iterator[StoredArticle | Unreadable]:
        """Every current article of one moment, those that come in a row first.

        Raises:
            IndexUnavailable: the system, or another process, refuses to go on; what came is not all.
        """
        with self._one_moment():
            came = array("q")
            for row in self._rows(_ALL):
                came.append(row[0])
                yield self._article(*row)
            for num in np.setdiff1d(self._numbers(), np.array(came, dtype=np.int64)).tolist():
                found = self._read_one(num)
                if found is not None:
                    yield found

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """All that is read inside is of one moment, whoever writes meanwhile.

        But where the disk fails, since SQLite ends the transaction then: an article that was changed meanwhile may come
        in both its versions, the newer one later, so that adding them again ends with it.
        """
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):  # there is nothing to be undone, and the file may be closed already
                self._db.execute("ROLLBACK")

    def read(self, nums: Sequence[int]) -> list[StoredArticle | Unreadable]:
        """Versions by number, in the order given; raises as ``articles`` does."""
        return [self._read_one(num, ended=True) or self._lost(num, "its row is gone") for num in nums]

    def _read_one(self, num: int, *, ended: bool = False) -> StoredArticle | Unreadable | None:
        """A version by its number; None for one that was never there, or is not current."""
        try:
            row = self._db.execute(_ONE, (num,)).fetchone()
        except sqlite3.DatabaseError as error:
            failing = self._failure(error)
            reason = (
                str(error) if failing is None else f"the disk fails ({getattr(failing, 'strerror', None) or failing})"
            )
            return self._lost(num, reason, is_refused=failing is not None)
        if row is None:
            return self._lost(num, "its row is gone") if num in self._listed else None
        return self._article(*row[:4]) if ended or row[4] is None else None

    def _article(self, num: int, article_id: bytes, digest: bytes, payload: bytes) -> StoredArticle | Unreadable:
        try:
            article = article_of(payload, digest)
        except ValueError as error:
            return self._lost(num, str(error))
        if article.article_id.encode() != article_id:
            return self._lost(num, f"its id is {article.article_id!r} in its text and another in its row")
        return StoredArticle(num, article)

    def _lost(self, num: int, reason: str, *, is_refused: bool = False) -> Unreadable:
        article_id = self._listed.get(num)
        name = None if article_id is None else article_id.decode(errors="replace")
        return Unreadable(num, name, reason, is_refused)

    def _failure(self, error: sqlite3.DatabaseError) -> Exception | None:
        """How the disk fails where it does and something has to be left out; None where that is damaged.

        Raises:
            IndexUnavailable: it is neither, and nothing may be left out.
        """
        told = failure(self._path, error)
        if isinstance(told, DiskError):
            self._failing = error
        elif not isinstance(told, IndexCorrupt):
            raise told or error from error
        return self._failing

    @cached_property
    def _failing(self) -> Exception | None:
        """How the disk fails, if it does; asked for only on damage."""
        return disk_failure(self._path)

    def _numbers(self) -> NDArray[np.int64]:
        """Numbers that current articles have, as far as they can be told; all that there may be where they cannot."""
        listed = array("q")
        try:
            listed.extend(num for num, _ in self._db.execute(_LISTED))
        except sqlite3.DatabaseError as error:
            self._failure(error)
            ever = [int(row[0]) for row in self._rows("SELECT seq FROM sqlite_sequence WHERE name = 'article'")]
            listed.extend(range(1, max(ever, default=max(listed, default=0)) + 1))
        return np.array(listed, dtype=np.int64)

    @cached_property
    def _listed(self) -> dict[int, bytes]:
        """Number and id of the current articles, as far as their index can be read; asked for only on damage."""
        return {num: article_id for num, article_id in self._rows(_LISTED) if isinstance(article_id, bytes)}

    def _rows(self, query: str) -> Iterator[Any]:
        """Rows of a query, up to the first page that is damaged or that the disk does not give."""
        try:
            rows = self._db.execute(query)
            while some := rows.fetchmany(_ROWS_AT_A_TIME):
                yield from some
        except sqlite3.DatabaseError as error:
            self._failure(error)
