"""Verification: whether an archive holds what was written to it, and whether index and store say the same.

In the order of what it costs: the sizes of the files, their headers and what must agree between them, the ids of index
and store; then, unless it is to be quick, the checksum of every file, every stored article, and the index made once
more from the stored articles, segment by segment, and compared column by column.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import REBUILD, Array, distinct, unpack_strings
from index.errors import CHECK_DISK, DiskError, IndexCorrupt, IndexOutdated, IndexUnavailable
from index.frequencies import NUM_FIELDS
from index.generation import DataFolder, check_file
from index.indexer import BATCH
from index.italian.stamps import key_stamp
from index.manifest import FileEntry, Manifest, Totals
from index.near_duplicates import Shingles, documents_of, find_links
from index.replica import Replicas, are_prefixes_right, forms_with_other_keys, live_columns
from index.salvage import Salvage, Unreadable
from index.segment import UNDATED
from index.snapshot import Segment, Snapshot, read_snapshot
from index.store import Store, StoredArticle, disk_failure
from index.stories import NO_LINKS, story_columns

MOST_NAMED: Final = 100
"""Articles that are named one by one for one reason; the others are counted."""

SAVE: Final = (
    "restore the store from a copy, or `emeroteca export` what can be read and `emeroteca add` it to a new folder"
)

Progress = Callable[[str, int, int], None]
"""Called with the step at hand, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        what: what was found.
        where: the file, or the article.
        remedy: what to do.
    """

    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found out of an archive.

    Attributes:
        generation: the number of the current one; 0 before the first, and when it cannot be told.
        articles: current articles in the store that can be read; when it was to be quick, those that are listed.
        files: how many files of the index were looked at.
        faults: what is wrong.
        notes: what is as it may be, and good to know.
    """

    generation: int = 0
    articles: int = 0
    files: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(data_dir: Path, *, quick: bool = False, on_progress: Progress | None = None) -> Verified:
    """Look for whatever is wrong with an archive.

    Args:
        quick: look at sizes, headers, what must agree between files, and ids alone; most files are not read.
    Raises:
        IndexUnavailable: the archive cannot be looked at: it is missing, of another format, without its store, held by
            another process, or this process has no right to read it. A disk that fails is a fault like damage.
    """
    folder = DataFolder(data_dir)
    folder.check()
    return _Verification(folder, on_progress or _ignore).run(quick=quick)


def _ignore(_step: str, _done: int, _total: int) -> None:
    pass


class _Verification:
    """One look at an archive, and what it has found so far."""

    def __init__(self, folder: DataFolder, tell: Progress) -> None:
        self._folder = folder
        self._tell = tell
        self._faults: list[Fault] = []
        self._notes: list[str] = []

    def run(self, *, quick: bool) -> Verified:
        with ExitStack() as held:
            manifest = self._hold_manifest(held)
            entries = [] if manifest is None else list(manifest.files())
            snapshot = None if manifest is None else self._open(manifest, entries, quick=quick)
            num_articles = self._count_stored() if quick else self._read_stored()
            if snapshot is not None:
                self._compare_ids(snapshot)
            if snapshot is not None and not quick:
                self._compare_contents(snapshot)
        return Verified(
            generation=0 if manifest is None else manifest.generation,
            articles=num_articles,
            files=len(entries) + 1 + (manifest is not None),  # CURRENT and the manifest
            faults=tuple(self._faults),
            notes=tuple(self._notes),
        )

    def _add(self, where: Path | str, what: str, remedy: str = REBUILD) -> None:
        self._faults.append(Fault(what=what, where=str(where), remedy=remedy))

    def _add_error(self, error: IndexUnavailable) -> None:
        self._add(error.path, error.found, error.remedy)

    def _add_articles(self, article_ids: Collection[str], what: str, remedy: str = REBUILD) -> None:
        for article_id in islice(article_ids, MOST_NAMED):
            self._add(f"article {article_id!r}", what, remedy)
        if (left := len(article_ids) - MOST_NAMED) > 0:
            self._add(f"{left} more articles", what, remedy)

    # --- the files of the index ---------------------------------------------------------------------------------------

    def _hold_manifest(self, held: ExitStack) -> Manifest | None:
        try:
            current = self._folder.hold_current()
        except (IndexCorrupt, IndexOutdated) as error:
            self._add_error(error)
            return None
        if current is None:
            self._notes.append("nothing has been indexed yet")
            return None
        manifest, lock = current
        held.enter_context(lock)
        return manifest

    def _open(self, manifest: Manifest, entries: list[FileEntry], *, quick: bool) -> Snapshot | None:
        """The generation, or None when a file of it is damaged."""
        total, done = sum(entry.size_bytes for entry in entries), 0
        before = len(self._faults)
        for entry in entries:
            try:
                check_file(self._folder, entry, quick=quick)
            except IndexCorrupt as error:
                self._add_error(error)
            done += entry.size_bytes
            self._tell("checking files", done, total)
        if len(self._faults) > before:
            return None
        try:
            return read_snapshot(self._folder, manifest)
        except IndexCorrupt as error:
            self._add_error(error)
            return None

    # --- the store ----------------------------------------------------------------------------------------------------

    def _count_stored(self) -> int:
        try:
            with closing(Store(self._folder.store, read_only=True)) as store:
                return store.count()
        except (IndexCorrupt, DiskError) as error:
            self._add_of_store("cannot be read", error)
        return 0

    def _read_stored(self) -> int:
        """Read every stored article; how many could be."""
        try:
            salvage = Salvage(self._folder.store)
        except (IndexCorrupt, DiskError) as error:
            self._add_error(error)
            return 0
        readable, lost = 0, 0
        with salvage:
            total = salvage.count()
            for found in salvage.articles():
                if isinstance(found, StoredArticle):
                    readable += 1
                else:
                    lost += 1
                    if lost <= MOST_NAMED:
                        self._add(self._folder.store, str(found), CHECK_DISK if found.is_refused else SAVE)
                self._tell("reading articles", readable + lost, total)
            if lost > MOST_NAMED:
                self._add(self._folder.store, f"{lost - MOST_NAMED} more articles cannot be read", SAVE)
            before = len(self._faults)
            try:
                for sentence in salvage.integrity():
                    self._add(self._folder.store, f"SQLite finds it damaged: {sentence}", SAVE)
            except DiskError as error:
                self._add_error(error)
        if lost or len(self._faults) > before:
            self._notes.append(f"{readable} articles of the store can be read, {lost} cannot")
        return readable

    def _add_of_store(self, what: str, error: Exception) -> None:
        """Add that something cannot be done with the store, since it is damaged or since the disk fails."""
        failing = error.__cause__ if isinstance(error, DiskError) else disk_failure(self._folder.store)
        remedy = SAVE if failing is None else CHECK_DISK
        self._add(self._folder.store, f"{what} ({_reason(failing or error)})", remedy)

    # --- index and store ----------------------------------------------------------------------------------------------

    def _compare_ids(self, snapshot: Snapshot) -> None:
        """Compare which articles index and store have, as of the change that the index was made at."""
        known = snapshot.manifest.journal
        try:
            with closing(Store(self._folder.store, read_only=True)) as store:
                stored = {num: str(article_id) for num, article_id in store.ids_at(known).items()}
                last, num_current = store.journal, store.count()
        except (IndexCorrupt, DiskError, IndexError, TypeError) as error:  # no row, or of another type
            self._add_of_store("cannot be compared with the index", error)
            return
        if last < known:
            found = f"has {last} changes where the index knows of {known}"
            self._add(self._folder.store, found, "restore the store of this archive from a copy")
        elif last > known:
            self._notes.append(
                f"{last - known} changes are stored and not indexed yet; the next `emeroteca add` or "
                "`emeroteca rebuild` takes them in"
            )
        elif waiting := num_current - len(stored):
            self._notes.append(f"{waiting} articles are stored and wait for their day to be indexed")
        extra: set[str] = set()
        renamed: set[str] = set()
        for segment in snapshot.segments:
            for num, article_id in _live_ids(segment):
                found_id = stored.pop(num, None)
                if found_id is None:
                    extra.add(article_id)
                elif found_id != article_id:
                    renamed.add(article_id)
        missing = set(stored.values())
        self._add_articles(sorted(missing - extra), "is stored and not indexed")
        self._add_articles(sorted(extra - missing), "is indexed and not stored")
        self._add_articles(sorted(missing & extra), "is indexed in another version than the stored one")
        self._add_articles(sorted(renamed), "has another id in the store than in the index")

    def _compare_contents(self, snapshot: Snapshot) -> None:
        counters = np.zeros(len(snapshot.counters), dtype=np.int64)
        totals = Totals()
        done = 0
        with ExitStack() as used:
            try:
                salvage = used.enter_context(Salvage(self._folder.store))
            except (IndexCorrupt, DiskError):
                return  # told already
            folder = Path(used.enter_context(tempfile.TemporaryDirectory()))
            replicas = Replicas(snapshot, folder)
            before = len(self._faults)
            for entry, segment in zip(snapshot.manifest.segments, snapshot.segments, strict=True):
                path = self._folder.index / entry.file.name
                try:
                    live = live_columns(segment, folder)
                    counters[live["form_id"]] += np.diff(live["form_start"])
                    totals = _with_segment(totals, live)
                    self._compare_segment(path, live, replicas, salvage)
                except (IndexError, ValueError) as error:  # its columns point outside each other
                    self._add(path, f"cannot be followed ({error})")
                done += entry.num_docs - entry.num_deleted
                self._tell("comparing articles", done, snapshot.totals.num_docs)
            if len(self._faults) == before:  # stories are of the sketches of all segments
                self._compare_stories(snapshot, salvage)
        if not np.array_equal(counters, snapshot.counters):
            num_wrong = int(np.count_nonzero(counters != snapshot.counters))
            path = self._folder.index / snapshot.manifest.counters.name
            self._add(path, f"counts the articles of {num_wrong} forms wrongly")
        if totals != snapshot.totals:
            path = self._folder.manifest_path(snapshot.generation)
            self._add(path, f"has the totals {snapshot.totals} where the segments have {totals}")
        self._compare_keys(snapshot)

    def _compare_segment(self, path: Path, live: dict[str, Array], replicas: Replicas, salvage: Salvage) -> None:
        unread: list[Unreadable] = []

        def articles() -> Iterator[StoredArticle]:
            nums = live["doc_num"].tolist()
            for begin in range(0, len(nums), BATCH):
                for found in salvage.read(nums[begin : begin + BATCH]):
                    if isinstance(found, StoredArticle):
                        yield found
                    else:
                        unread.append(found)

        difference = replicas.difference(live, articles())
        if unread:
            self._notes.append(
                f"{path} cannot be compared with the store, where {len(unread)} of its articles are lost"
            )
        elif difference is not None:
            named = [repr(article_id) for article_id in difference.article_ids[:3]]
            concerned = f", as of articles {', '.join(named)}" if named else ""
            self._add(path, f"says other than the stored articles in {', '.join(difference.columns)}{concerned}")

    def _compare_stories(self, snapshot: Snapshot, salvage: Salvage) -> None:
        """Compare which articles tell the same story with what their texts tell, whatever the links are."""
        columns = [segment.columns for segment in snapshot.segments]
        nums = distinct(np.zeros(0, dtype=np.int64), *(some["doc_num"] for some in columns))
        deleted = [segment.deleted_docs for segment in snapshot.segments]
        unread: list[Unreadable] = []

        def get(some: Sequence[int]) -> dict[int, Article]:
            found = salvage.read(some)
            unread.extend(one for one in found if isinstance(one, Unreadable))
            return {one.num: one.article for one in found if isinstance(one, StoredArticle)}

        links = find_links(documents_of(list(zip(columns, deleted, strict=True)), nums), NO_LINKS, Shingles(get).of)
        if unread:
            self._notes.append(f"the stories cannot be compared with the store, where {len(unread)} articles are lost")
            return
        for told in (links, snapshot.stories.links):
            made = story_columns(told, columns)
            if not all(
                np.array_equal(made[name], getattr(snapshot.stories, name[6:])) for name in ("story_start", "story_doc")
            ):
                path = self._folder.manifest_path(snapshot.generation)
                if snapshot.manifest.stories is not None:
                    path = self._folder.index / snapshot.manifest.stories.name
                self._add(path, "says other than the articles which of them tell the same story")
                return

    def _compare_keys(self, snapshot: Snapshot) -> None:
        if snapshot.manifest.keys != key_stamp():
            self._notes.append("keys are of older rules; the next commit computes them anew")
            return
        parts = zip(snapshot.manifest.lexicon, snapshot.lexicon.parts, strict=True)
        for done, (entry, part) in enumerate(parts, start=1):
            path = self._folder.index / entry.name
            try:
                if others := forms_with_other_keys(part):
                    self._add(path, f"has other keys than the rules give for {len(others)} forms, as {others[0]!r}")
                if not are_prefixes_right(part):
                    self._add(path, "lists its words for completion wrongly")
            except (IndexError, ValueError) as error:
                self._add(path, f"cannot be followed ({error})")
            self._tell("comparing keys", done, len(snapshot.lexicon.parts))


def _reason(error: BaseException) -> str:
    return error.found if isinstance(error, IndexUnavailable) else getattr(error, "strerror", None) or str(error)


def _live_ids(segment: Segment) -> Iterator[tuple[int, str]]:
    """Number in the store and id of each live document."""
    ids = unpack_strings(segment.columns["doc_id_text"], segment.columns["doc_id_offsets"])
    nums = segment.columns["doc_num"].tolist()
    is_deleted = [False] * len(nums) if segment.deleted is None else segment.deleted.tolist()
    for num, article_id, deleted in zip(nums, ids, is_deleted, strict=True):
        if not deleted:
            yield num, article_id.decode(errors="replace")


def _with_segment(totals: Totals, live: dict[str, Array]) -> Totals:
    """Totals with those of a segment added to them."""
    lengths = [live[f"doc_length_{field}"] for field in range(NUM_FIELDS)]
    tokens = [old + _sum(length) for old, length in zip(totals.field_tokens, lengths, strict=True)]
    docs = [old + int(np.count_nonzero(length)) for old, length in zip(totals.field_docs, lengths, strict=True)]
    return Totals(
        num_docs=totals.num_docs + len(live["doc_num"]),
        undated=totals.undated + int(np.count_nonzero(live["doc_published"] == UNDATED)),
        text_bytes=totals.text_bytes + _sum(live["doc_text_bytes"]),
        field_tokens=(tokens[0], tokens[1], tokens[2], tokens[3]),
        field_docs=(docs[0], docs[1], docs[2], docs[3]),
    )


def _sum(column: NDArray[np.uint32]) -> int:
    return int(column.sum(dtype=np.int64))
