"""What an operator does to an archive: add, remove, rebuild, compact, roll back.

Each call takes the writer's lock where it writes, and keeps every change in the store before the index follows.
Where it is given no settings, those of the archive's own file hold (``index.settings_file``).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from index.article import Article, Change, Withdrawal
from index.dates import timestamp
from index.draft import Draft, Progress
from index.errors import (
    REPEAT,
    ArchiveError,
    ArticleError,
    IndexCorrupt,
    IndexOutdated,
    IndexUnavailable,
    refusal,
)
from index.generation import DataFolder, check_file
from index.manifest import Manifest, current_stamps
from index.rebuild import Rebuild
from index.settings import IndexSettings
from index.settings_file import read_settings
from index.snapshot import open_snapshot, read_snapshot
from index.store import Outcome, Store
from index.writer import Writer, refuse_older_store

OnRejected = Callable[[ArticleError], None]
Became = Outcome | Literal["removed", "rejected"]
"""What became of one article of a source."""

OnOutcome = Callable[[Change | ArticleError, Became], None]
Count = Callable[[int], None]
"""Called with how much has come since the last call."""

_COMPACTIONS: Final = 3
"""How often a compaction begins again because articles were removed meanwhile."""

_SWAP_TIMEOUT_S: Final = 3_600.0
"""How long a rebuild whose work is done waits for whoever writes at that moment."""


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


@contextmanager
def _told(folder: DataFolder) -> Iterator[None]:
    """What the disk refuses becomes one sentence."""
    try:
        yield
    except OSError as error:
        raise IndexUnavailable(folder.path, refusal(error, writes=True), REPEAT) from error


@contextmanager
def _writing(folder: DataFolder, *, timeout_s: float, takes_older: bool = False) -> Iterator[Store]:
    """The store, under the writer's lock; one that is older than the index is refused before anything is written."""
    with _told(folder), folder.writing(timeout_s=timeout_s), closing(Store(folder.store)) as store:
        if not takes_older:
            refuse_older_store(folder, store)
        yield store


def add_articles(
    data_dir: Path,
    articles: Iterable[Change | ArticleError],
    *,
    settings: IndexSettings | None = None,
    on_rejected: OnRejected | None = None,
    on_outcome: OnOutcome | None = None,
    on_stored: Count | None = None,
    on_indexed: Progress | None = None,
    now_s: int | None = None,
) -> AddReport:
    """Keep articles in the store and make them searchable; an ``ArticleError`` among them is counted and reported.

    An article of a later date than now is kept under embargo, and brought in by the first commit after its date.
    A ``Withdrawal`` takes its article out; of an id that the archive does not have it counts as unchanged.

    Args:
        on_outcome: told of each, in their order, what became of it; before its batch is on the disk.
        on_stored: counts the articles that went through, the rejected ones included.
        on_indexed: told how far the index has come, after all is stored.
        now_s: the time, seconds since 1970-01-01 UTC; the clock's when None.
    Raises:
        IndexUnavailable: the folder cannot be written, or another process writes to it.
    """
    settings = settings or read_settings(data_dir, "index", IndexSettings)
    now_s = _time(now_s)
    folder = DataFolder(data_dir)
    folder.create()
    counts: Counter[str] = Counter()
    with _writing(folder, timeout_s=settings.lock_timeout_s) as store:
        incoming = iter(articles)
        while batch := list(islice(incoming, settings.batch_articles)):
            with store.batch():
                for change in batch:
                    became = _take_in(store, change, now_s)
                    counts[became] += 1
                    if on_rejected is not None and isinstance(change, ArticleError):
                        on_rejected(change)
                    if on_outcome is not None:
                        on_outcome(change, became)
            if on_stored is not None:
                on_stored(len(batch))
        try:
            _commit(folder, store, settings, now_s, on_indexed)
        except (IndexOutdated, IndexCorrupt) as error:
            remedy = f"{error.remedy}: the articles are stored, and will be found after it"
            raise type(error)(error.path, error.found, remedy) from error
    return AddReport(**counts)


def _time(now_s: int | None) -> int:
    return int(time.time()) if now_s is None else now_s


def _embargo(article: Article, now_s: int) -> int | None:
    """Until when an article is not to be shown, None when it may be."""
    if article.published is None or (until_s := timestamp(article.published)) <= now_s:
        return None
    return until_s


def _take_in(store: Store, change: Change | ArticleError, now_s: int) -> Became:
    """Do to the store what a source says, and tell what became of it."""
    if isinstance(change, ArticleError):
        return "rejected"
    if isinstance(change, Withdrawal):
        return "removed" if store.remove(change.article_id) else "unchanged"
    return store.put(change, until_s=_embargo(change, now_s))


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
    settings = settings or read_settings(data_dir, "index", IndexSettings)
    folder = DataFolder(data_dir)
    folder.check()
    with _writing(folder, timeout_s=settings.lock_timeout_s) as store:
        with store.batch():
            unknown = tuple(article_id for article_id in dict.fromkeys(article_ids) if not store.remove(article_id))
        _commit(folder, store, settings, _time(None))
    return len(dict.fromkeys(article_ids)) - len(unknown), unknown


def catch_up(
    data_dir: Path,
    *,
    settings: IndexSettings | None = None,
    on_indexed: Progress | None = None,
    now_s: int | None = None,
) -> int:
    """Bring into the index what the store has and it lacks, articles whose date has come among them.

    Args:
        on_indexed, now_s: as in ``add_articles``.
    Returns:
        The number of the current generation, a new one when there was something to bring in.
    """
    settings = settings or read_settings(data_dir, "index", IndexSettings)
    folder = DataFolder(data_dir)
    folder.check()
    with _writing(folder, timeout_s=settings.lock_timeout_s) as store:
        return _commit(folder, store, settings, _time(now_s), on_indexed)


def rebuild(
    data_dir: Path,
    *,
    if_needed: bool = False,
    fresh: bool = False,
    settings: IndexSettings | None = None,
    on_resumed: Count | None = None,
    on_indexed: Progress | None = None,
) -> int | None:
    """Write the whole index anew from the store while the old one serves, and others add and remove.

    Args:
        if_needed: only bring in what is pending when there is an index that this program can use.
        fresh: begin anew, also where an earlier rebuild was stopped.
        on_resumed: told, when one was, how many articles need not be indexed again.
        on_indexed: told how far the index has come.
    Returns:
        The number of the new generation; None when none was needed.
    Raises:
        IndexUnavailable: the folder cannot be written, or another process writes to it or rebuilds it.
    """
    settings = settings or read_settings(data_dir, "index", IndexSettings)
    folder = DataFolder(data_dir)
    folder.check()  # a mistyped folder must not become an empty archive
    folder.create()
    if if_needed and _is_usable(folder):
        before = folder.current_generation()
        generation = catch_up(data_dir, settings=settings, on_indexed=on_indexed)
        return None if generation == before else generation
    with _told(folder), folder.rebuilding(timeout_s=settings.lock_timeout_s):
        with _writing(folder, timeout_s=settings.lock_timeout_s, takes_older=fresh) as store:
            work = Rebuild(folder, store, settings, fresh=fresh)
        if work.num_resumed and on_resumed is not None:
            on_resumed(work.num_resumed)
        with closing(Store(folder.store, read_only=True)) as store, _swept_when_it_fails(folder.sweep_rebuild):
            work.build(store, progress=on_indexed)
        with _writing(folder, timeout_s=_SWAP_TIMEOUT_S, takes_older=fresh) as store:
            with store.batch():
                store.release(now_s=_time(None))
            generation = work.commit(store)
            _sweep(folder, store, settings)
    return generation


def _is_usable(folder: DataFolder) -> bool:
    """Whether there is an index that this program can open."""
    try:
        with closing(open_snapshot(folder)) as snapshot:
            return snapshot.generation > 0
    except (IndexOutdated, IndexCorrupt):
        return False


def has_due(data_dir: Path, *, now_s: int | None = None) -> bool:
    """Whether the date of an article under embargo has come; looked up without a lock."""
    path = DataFolder(data_dir).store
    if not path.exists():
        return False
    with closing(Store(path, read_only=True)) as store:
        return store.has_due(now_s=_time(now_s))


def count_embargoed(data_dir: Path) -> int:
    """How many articles of an archive wait for their date."""
    with closing(Store(DataFolder(data_dir).store, read_only=True)) as store:
        return store.embargoed()


def compact(
    data_dir: Path, *, settings: IndexSettings | None = None, on_indexed: Progress | None = None
) -> tuple[int, ...] | None:
    """Rebuild, and remove every older generation and all that was deleted: no file has a word of it any longer.

    Returns:
        None when all of it is gone; else the numbers of the older generations that a reader holds, none when it is the
        store that one is reading.
    """
    settings = replace(settings or read_settings(data_dir, "index", IndexSettings), keep_generations=0)
    folder = DataFolder(data_dir)
    folder.check()
    with _writing(folder, timeout_s=settings.lock_timeout_s):
        pass  # which refuses an older store, as a fresh rebuild does not
    for _ in range(_COMPACTIONS):
        rebuild(data_dir, fresh=True, settings=settings, on_indexed=on_indexed)
        with _writing(folder, timeout_s=_SWAP_TIMEOUT_S) as store:
            manifest = folder.read_manifest()
            if manifest is not None and any(segment.num_deleted for segment in manifest.segments):
                continue  # something was removed meanwhile, and its words are in the new files
            _sweep(folder, store, settings)
            is_emptied = store.shrink()
            held = tuple(folder.generations()[1:])
            return held if held or not is_emptied else None
    raise IndexUnavailable(folder.path, "articles were removed again and again meanwhile", "repeat when nobody writes")


def roll_back(data_dir: Path, *, settings: IndexSettings | None = None) -> tuple[int, int, int]:
    """Make the index of the newest older generation current again, under a new number; the store stays as it is.

    Articles that are gone since, or under embargo, stay out; others that changed are shown as they were.

    Returns:
        The number of the new generation, that of the older one, and how many changes the store has that it lacks.
    Raises:
        IndexUnavailable: no older generation is kept that this program can use.
    """
    settings = settings or read_settings(data_dir, "index", IndexSettings)
    folder = DataFolder(data_dir)
    folder.check()
    with _writing(folder, timeout_s=settings.lock_timeout_s) as store:
        older = next(_usable_older(folder, store.journal), None)
        if older is None:
            found = "has no older generation that this program can use"
            raise IndexUnavailable(folder.index, found, "run `emeroteca rebuild` to write the index anew")
        draft = Draft(folder, settings, read_snapshot(folder, older), next_file=folder.free_file_number())
        if older.keys != current_stamps().keys:
            draft.compute_keys()
        draft.delete(store.gone_since(older.journal))
        draft.link(store)
        generation = draft.commit(journal=older.journal, generation=folder.highest_generation() + 1)
        _sweep(folder, store, settings)
        return generation, older.generation, store.journal - older.journal


def _usable_older(folder: DataFolder, journal: int) -> Iterator[Manifest]:
    """Manifests of older generations, the newest first: those that the store can have made, with all files whole."""
    try:
        current = folder.current_generation()
    except IndexCorrupt:
        current = folder.highest_generation() + 1
    for generation in folder.generations():
        with suppress(IndexUnavailable):
            if generation < current:
                older = folder.older_manifest(generation)
                for entry in older.files():
                    check_file(folder, entry)
                if older.journal <= journal:
                    yield older


def _commit(
    folder: DataFolder, store: Store, settings: IndexSettings, now_s: int, on_indexed: Progress | None = None
) -> int:
    """Bring the index to the state of the store; returns the number of the current generation."""
    with store.batch():
        store.release(now_s=now_s)
    with _swept_when_it_fails(partial(folder.sweep, keep=settings.keep_generations)):
        generation = Writer(folder, store, settings).catch_up(progress=on_indexed)
    _sweep(folder, store, settings)
    return generation


@contextmanager
def _swept_when_it_fails(sweep: Callable[[], object]) -> Iterator[None]:
    """Give back the room on the disk that a commit took which then failed, as for want of it."""
    try:
        yield
    except BaseException:
        with suppress(ArchiveError, OSError):  # what went wrong first is what is told
            sweep()
        raise


def _sweep(folder: DataFolder, store: Store, settings: IndexSettings) -> None:
    """Remove what no kept generation needs: old files, and old versions of articles."""
    store.forget_ended(up_to_journal=folder.sweep(keep=settings.keep_generations))
