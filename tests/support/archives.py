"""Archives for tests: built in one go, or grown step by step."""

from __future__ import annotations

import builtins
import errno
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.generation import DataFolder
from index.operations import rebuild
from index.settings import IndexSettings
from index.snapshot import Snapshot, open_snapshot
from index.store import EMBARGOED, Store, StoredArticle
from index.writer import Writer
from search import Archive, RankingSettings, open_archive
from search.kernels import KernelName


def build_archive(path: Path, articles: Iterable[Article], **settings: Any) -> Path:
    """Make an archive of some articles in a folder, in one batch and one commit; returns the folder.

    Args:
        settings: of ``IndexSettings``, by name.
    """
    grow_archive(path, [list(articles)], **settings)
    return path


def grow_archive(path: Path, batches: Sequence[Sequence[Article | str]], **settings: Any) -> None:
    """Commit batch after batch: an article is added or replaces its older version, an id is removed."""
    folder = DataFolder(path)
    folder.create()
    store = Store(folder.store)
    try:
        for batch in batches:
            with store.batch():
                for change in batch:
                    if isinstance(change, Article):
                        store.put(change)
                    else:
                        store.remove(change)
            with folder.writing(timeout_s=10):
                Writer(folder, store, IndexSettings(**settings)).catch_up()
    finally:
        store.close()


def rebuild_archive(path: Path, **settings: Any) -> int:
    """Rebuild an archive from its store; returns the number of the new generation."""
    generation = rebuild(path, settings=IndexSettings(**settings))
    assert generation is not None
    return generation


def deny_reading(patch: pytest.MonkeyPatch, ending: str) -> None:
    """Take away the right to open files whose name ends so; root, who runs many tests, could not lose it otherwise."""

    def opened(path: Any, *arguments: Any, **more: Any) -> Any:
        if str(path).endswith(ending):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real_open(path, *arguments, **more)

    real_open = io.open
    for module in (io, builtins):
        patch.setattr(module, "open", opened)


@contextmanager
def snapshot_of(path: Path) -> Iterator[Snapshot]:
    """The current generation of an archive, let go at the end."""
    snapshot = open_snapshot(DataFolder(path))
    try:
        yield snapshot
    finally:
        snapshot.close()


def version_ids(snapshot: Snapshot, doc: int) -> tuple[str, ...]:
    """The ids of all live articles that tell a document's story, itself among them, the first published first."""
    return tuple(map(snapshot.article_id, snapshot.stories.versions(doc).tolist()))


def current_articles(store: Store) -> list[StoredArticle]:
    """All current articles in the order of their numbers, those under embargo included."""
    return list(store.versions(store.nums_at(EMBARGOED).tolist()))


@contextmanager
def temporary_archive(
    *batches: Sequence[Article | str],
    kernels: KernelName = "plain",
    ranking: RankingSettings | None = None,
    rebuilt: bool = False,
    **settings: Any,
) -> Iterator[Archive]:
    """An archive that is open for searching and gone at the end: a commit for each batch, and perhaps a rebuild."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        grow_archive(path, batches, **settings)
        if rebuilt:
            rebuild_archive(path, **settings)
        # A machine that stands still for some seconds must not change what is found.
        with open_archive(path, kernels=kernels, ranking=ranking, deadline_s=60) as archive:
            yield archive
