"""SQLite that refuses statements of a test's choice, as a full or failing disk or another process makes it do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""What is a DatabaseError and nothing more; the refusals are OperationalErrors."""


def refuse(monkeypatch: pytest.MonkeyPatch, code: int, when: Callable[[str, Any], bool] = lambda *_: True) -> None:
    """Have every connection that is opened from now on refuse the statements that ``when`` picks by text and values."""

    class Refusing(sqlite3.Connection):
        def execute(self, statement: str, values: Any = (), /) -> sqlite3.Cursor:
            if when(statement, values):
                if code & 0xFF == sqlite3.SQLITE_IOERR and self.in_transaction:
                    super().execute("ROLLBACK")  # as SQLite does by itself
                raise refused(code)
            return super().execute(statement, values)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Refusing))


def refused(code: int) -> sqlite3.Error:
    """An error as SQLite's library raises it."""
    error = (sqlite3.DatabaseError if code & 0xFF in DAMAGE else sqlite3.OperationalError)("refused")
    error.sqlite_errorcode = code
    return error
