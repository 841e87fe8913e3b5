"""What an operator does to an archive: add, remove, rebuild, count.

Each call takes the writer's lock where it writes, keeps every change in the store first, and commits the index once.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from index.article import Change, Withdrawal
from index.errors import ArticleError, IndexCorrupt, IndexOutdated, IndexUnavailable
from index.generation import DataFolder, open_columns
from index.lexicon import Lexicon
from index.settings import IndexSettings
from index.store import Outcome, Store
from index.writer import Progress, Writer

OnRejected = Callable[[ArticleError], None]
Became = Outcome | Literal["removed", "rejected"]
"""What became of one article of a source."""

OnOutcome = Callable[[Change | ArticleError, Became], None]
Count = Callable[[int], None]
"""Called with how much has come since the last call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """What became of the articles of some sources, counted."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0

    @property
    def taken(self) -> int:
        """How many went through: the archive is as each of them says."""
        return self.added + self.replaced + self.unchanged + self.removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """An archive in numbers.

    Attributes:
        articles, undated: in the current generation.
        pending: changes that the store has and the index lacks, 0 but after a crash.
        generation: its number, 0 before the first commit.
        index_bytes: files of the current generation.
        store_bytes: the store with its write-ahead log.
        text_bytes: title, lead and body of all articles, UTF-8.
        positions_dropped: words at or beyond position 65,535 of an article, which no phrase reaches.
    """

    articles: int
    undated: int
    pending: int
    generation: int
    segments: int
    forms: int
    index_bytes: int
    store_bytes: int
    text_bytes: int
    positions_dropped: int


@contextmanager
def _writing(folder: DataFolder, settings: IndexSettings) -> Iterator[Store]:
    """The store, under the writer's lock; what the disk refuses becomes one sentence."""
    try:
        with folder.writing(timeout_s=settings.lock_timeout_s):
            store = Store(folder.store)
            try:
                yield store
            finally:
                store.close()
    except (OSError, sqlite3.OperationalError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexUnavailable(
            folder.path, f"cannot be written ({reason})", "check space and rights, then repeat"
        ) from error


def add_articles(
    data_dir: Path,
    articles: Iterable[Change | ArticleError],
    *,
    settings: IndexSettings | None = None,
    on_rejected: OnRejected | None = None,
    on_outcome: OnOutcome | None = None,
    on_stored: Count | None = None,
    on_indexed: Progress | None = None,
) -> AddReport:
    """Keep articles in the store and make them searchable; an ``ArticleError`` among them is counted and reported.

    A ``Withdrawal`` takes its article out; of an id that the archive does not have it counts as unchanged.

    Args:
        on_outcome: told of each, in their order, what became of it; before its batch is on the disk.
        on_stored: counts the articles that went through, the rejected ones included.
        on_indexed: told how far the index has come, after all is stored.
    Raises:
        IndexUnavailable: the folder cannot be written, or another process writes to it.
    """
    settings = settings or IndexSettings()
    folder = DataFolder(data_dir)
    folder.create()
    counts: Counter[str] = Counter()
    with _writing(folder, settings) as store:
        incoming = iter(articles)
        while batch := list(islice(incoming, settings.batch_articles)):
            with store.batch():
                for change in batch:
                    became = _take_in(store, change)
                    counts[became] += 1
                    if on_rejected is not None and isinstance(change, ArticleError):
                        on_rejected(change)
                    if on_outcome is not None:
                        on_outcome(change, became)
            if on_stored is not None:
                on_stored(len(batch))
        _commit(folder, store, settings, on_indexed)
    return AddReport(**counts)


def _take_in(store: Store, change: Change | ArticleError) -> Became:
    """Do to the store what a source says, and tell what became of it."""
    if isinstance(change, ArticleError):
        return "rejected"
    if isinstance(change, Withdrawal):
        return "removed" if store.remove(change.article_id) else "unchanged"
    return store.put(change)


def add_files(
    data_dir: Path,
    paths: Sequence[str],
    *,
    allow_empty_body: bool = False,
    settings: IndexSettings | None = None,
    on_rejected: OnRejected | None = None,
    on_read: Count | None = None,
    on_stored: Count | None = None,
    on_indexed: Progress | None = None,
) -> AddReport:
    """Add the articles of some files; "-" is JSONL on standard input. See ``index.sources`` for the formats.

    ``on_read`` counts the bytes of the files as they are read; for the others see ``add_articles``.
    """
    from index.sources import read_source  # it loads lxml, which no other command needs

    articles = (
        article for path in paths for article in read_source(path, allow_empty_body=allow_empty_body, on_read=on_read)
    )
    return add_articles(
        data_dir, articles, settings=settings, on_rejected=on_rejected, on_stored=on_stored, on_indexed=on_indexed
    )


def remove_articles(
    data_dir: Path, article_ids: Sequence[str], *, settings: IndexSettings | None = None
) -> tuple[int, tuple[str, ...]]:
    """Take articles out of the store and of every answer; how many, and the ids that the archive does not have."""
    settings = settings or IndexSettings()
    folder = DataFolder(data_dir)
    folder.check()
    with _writing(folder, settings) as store:
        with store.batch():
            unknown = tuple(article_id for article_id in dict.fromkeys(article_ids) if not store.remove(article_id))
        _commit(folder, store, settings, None)
    return len(dict.fromkeys(article_ids)) - len(unknown), unknown


def rebuild(
    data_dir: Path,
    *,
    if_needed: bool = False,
    settings: IndexSettings | None = None,
    on_indexed: Progress | None = None,
) -> int | None:
    """Write the whole index anew from the store while the old one serves; the generation, or None if not needed."""
    settings = settings or IndexSettings()
    folder = DataFolder(data_dir)
    folder.check()  # a mistyped folder must not become an empty archive
    folder.create()
    with _writing(folder, settings) as store:
        if if_needed and _is_usable(folder):
            # New articles and new keys need no rebuild: a commit brings them in.
            before = folder.current_generation()
            _commit(folder, store, settings, on_indexed)
            generation = folder.current_generation()
            return None if generation == before else generation
        generation = Writer(folder, store, settings).rebuild(progress=on_indexed)
        _sweep(folder, store, settings)
    return generation


def _is_usable(folder: DataFolder) -> bool:
    """Whether there is an index of this format and tokenisation whose manifest can be read."""
    try:
        return folder.read_manifest() is not None
    except (IndexOutdated, IndexCorrupt):
        return False


def _commit(folder: DataFolder, store: Store, settings: IndexSettings, on_indexed: Progress | None) -> None:
    Writer(folder, store, settings).catch_up(progress=on_indexed)
    _sweep(folder, store, settings)


def _sweep(folder: DataFolder, store: Store, settings: IndexSettings) -> None:
    """Remove what no kept generation needs: old files, and old versions of articles."""
    store.forget_ended(up_to_journal=folder.sweep(keep=settings.keep_generations))


def gather_stats(data_dir: Path) -> Stats:
    """The numbers of an archive.

    Raises:
        IndexUnavailable: the folder is missing, not an archive, or damaged.
    """
    folder = DataFolder(data_dir)
    folder.check()
    with closing(Store(folder.store, read_only=True)) as store, ExitStack() as held:
        manifest = None
        if (current := folder.hold_current()) is not None:
            manifest, lock = current
            held.enter_context(lock)
        files = [] if manifest is None else list(manifest.files())
        parts = [] if manifest is None else manifest.lexicon
        own = 0 if manifest is None else folder.manifest_path(manifest.generation).stat().st_size
        return Stats(
            articles=0 if manifest is None else manifest.totals.num_docs,
            undated=0 if manifest is None else manifest.totals.undated,
            pending=store.journal - (0 if manifest is None else manifest.journal),
            generation=0 if manifest is None else manifest.generation,
            segments=0 if manifest is None else len(manifest.segments),
            forms=Lexicon(tuple(open_columns(folder, part) for part in parts)).num_forms,
            index_bytes=own + sum(entry.size_bytes for entry in files),
            store_bytes=sum(path.stat().st_size for path in folder.path.glob(f"{folder.store.name}*")),
            text_bytes=store.text_bytes(),
            positions_dropped=0 if manifest is None else manifest.positions_dropped,
        )
