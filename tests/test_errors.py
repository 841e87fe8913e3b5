"""Every error of the three packages: it can come from another process, whole."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from datetime import date
from pathlib import Path

import pytest

import index
import search
import web
from index import errors as of_index
from search import errors as of_search
from search.relations import StoreMovedOn
from web import errors as of_web
from web.processes import NoneUp
from web.serving import CannotListen

PLACE = (Path("archivio"), "was found", "do this")

ERRORS = [
    of_index.ArchiveError("a sentence"),
    of_index.ConfigurationError("k1", 11.0, "above 0, up to 10"),
    of_index.SettingsUnreadable(*PLACE),
    of_index.ArticleError("has no title\x1b", source="notizie.jsonl", line=3),
    of_index.IndexUnavailable(*PLACE),
    of_index.IndexNotFound(*PLACE),
    of_index.IndexOutdated(*PLACE),
    of_index.IndexLocked(*PLACE),
    of_index.IndexCorrupt(*PLACE),
    of_index.DiskError(*PLACE),
    of_search.QueryError("size", 0, "1 to 100"),
    of_search.UnknownValue("section", "sprt", "Sport"),
    of_search.InvalidDate("2025", None, "no such day"),
    of_search.InvalidParameter("size", 0, "1 to 100"),
    of_search.UnknownArticle("a-1"),
    of_search.InvalidDraft("long", "x" * 200),
    of_search.DeadlineExceeded(5.0),
    of_search.ArchiveClosed(Path("archivio")),
    of_web.UnknownParameter("colore", "q"),
    of_web.RepeatedParameter("q", 2),
    of_web.UnreadableDate("dal", "ierialtro", "cannot be read"),
    of_web.BackwardDates("al", date(2025, 1, 2), date(2025, 1, 1)),
    CannotListen("127.0.0.1", 80, PermissionError(13, "Permission denied")),
    NoneUp(),
    StoreMovedOn(),
]


def error_classes() -> set[type[BaseException]]:
    """All that the modules of the three packages define."""
    names = [
        found.name for one in (index, search, web) for found in pkgutil.walk_packages(one.__path__, f"{one.__name__}.")
    ]
    return {
        value
        for name in names
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == name
    }


def test_every_error_is_looked_at_here() -> None:
    assert {type(error) for error in ERRORS} == error_classes()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_whole_from_another_process(error: Exception) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert other.args == error.args
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def test_a_note_comes_with_its_error() -> None:
    error = of_index.IndexLocked(*PLACE)
    error.add_note("while adding")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while adding"]
