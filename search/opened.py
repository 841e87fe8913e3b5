"""What an open archive reads: its newest generation and its store, newly opened after each commit of a writer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from index.article import Article
from index.errors import ArchiveError, IndexCorrupt, IndexNotFound
from index.generation import DataFolder, check_file
from index.snapshot import Snapshot, open_snapshot
from index.store import Store, StoredArticle
from search.errors import ArchiveClosed

_log = logging.getLogger("emeroteca.search")

_TRIES: Final = 5
"""A question whose articles were replaced and swept between index and store is asked again of the newer generation."""

T = TypeVar("T")


class OpenedFiles:
    """The index and the store of one data folder; threads may share them."""

    def __init__(self, folder: DataFolder) -> None:
        """Open them.

        Raises:
            IndexUnavailable: one is missing, of another format, or damaged.
        """
        self._folder = folder
        self._lock = threading.Lock()
        self._snapshot, self._store = _open(folder)
        self._is_closed = False
        self._damage: dict[int, IndexCorrupt | None] = {}  # by generation, of those that were looked at
        self._looking = threading.Lock()

    def close(self) -> None:
        """Let go of the files; whatever is asked afterwards raises ArchiveClosed."""
        with self._lock:
            self._is_closed = True
            self._snapshot.close()
            self._store.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Alone with the files, which nobody closes meanwhile.

        Raises:
            ArchiveClosed: they were closed before.
        """
        with self._lock:
            if self._is_closed:
                raise ArchiveClosed(self._folder.path)
            yield

    @property
    def snapshot(self) -> Snapshot:
        """The current generation, newly opened when a writer has committed since."""
        with self._held():
            if self._folder.current_generation() != self._snapshot.generation:
                # Where the folder cannot be written a store without a log was opened as one that never changes.
                snapshot, store = _open(self._folder)
                # The old one is only let go here: a search in another thread keeps its mapped files until it ends.
                self._snapshot.close()
                self._store.close()
                self._snapshot, self._store = snapshot, store
                told = {"generation": self._snapshot.generation, "articles": self._snapshot.totals.num_docs}
                _log.info("generation", extra={"fields": told})
            return self._snapshot

    @property
    def journal(self) -> int:
        """The number of the store's last change."""
        with self._held():
            return self._store.journal

    def find(self, article_id: str) -> StoredArticle | None:
        """The current version of an article, or None."""
        with self._held():
            return self._store.find(article_id)

    def fetch(self, nums: Sequence[int]) -> dict[int, Article]:
        """The articles that the store has of some numbers, by number."""
        with self._held():
            store = self._store
            packed = store.packed(nums)
        return store.unpacked(packed)  # others may read meanwhile

    def articles(self, snapshot: Snapshot, docs: Sequence[int]) -> list[Article] | None:
        """The articles of some documents, or None when the store has moved on from the snapshot."""
        nums = [snapshot.value("doc_num", doc) for doc in docs]
        articles = self.fetch(nums)
        return [articles[num] for num in nums] if len(articles) == len(set(nums)) else None

    def answered(self, ask: Callable[[], T | None]) -> T:
        """What is answered to a question that is asked of the current snapshot.

        Args:
            ask: gives None when the store has moved on from the snapshot; it is then asked again, of the newer one.
        Raises:
            IndexNotFound: the store lacks articles of the index, however often it is asked.
        """
        for _ in range(_TRIES):
            if (answered := ask()) is not None:
                return answered
        raise IndexNotFound(self._folder.path, "the store lacks articles that the index has", "run `emeroteca rebuild`")

    @contextmanager
    def telling_damage(self) -> Iterator[None]:
        """What goes wrong while answering may come of a damaged file, whose middle nobody has read before.

        So the checksums are looked at then, once a generation. An error over files that are whole is ours, and goes on.

        Raises:
            IndexCorrupt: a file of the current generation does not hold what was written to it.
        """
        try:
            yield
        except ArchiveError:
            raise
        except Exception as error:
            snapshot = self.snapshot
            with self._looking:  # a large archive takes seconds, in which others are answered
                if snapshot.generation not in self._damage:
                    self._damage[snapshot.generation] = _damage_of(self._folder, snapshot)
                damage = self._damage[snapshot.generation]
            if damage is not None:
                raise damage from error
            raise


def _open(folder: DataFolder) -> tuple[Snapshot, Store]:
    """The current generation and the store: both, or neither."""
    snapshot = open_snapshot(folder)
    try:
        return snapshot, Store(folder.store, read_only=True)
    except BaseException:  # a store that is gone, say: nothing is to be answered from half an archive
        snapshot.close()
        raise


def _damage_of(folder: DataFolder, snapshot: Snapshot) -> IndexCorrupt | None:
    """The first file of a generation that does not hold what was written to it."""
    try:
        for entry in snapshot.manifest.files() if snapshot.generation else ():
            check_file(folder, entry)
    except IndexCorrupt as damage:
        return damage
    return None
