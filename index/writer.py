"""The writer: brings the index to the state of the store, by a small commit or by a full rebuild.

Both read the same changes from the store's journal, build segments within the memory that the settings allow, and end
in one commit. A rebuild starts from an empty snapshot and gives form ids anew; the old generation serves until its
commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, file_checksum, unpack_strings, write_columns
from index.errors import IndexCorrupt, IndexOutdated
from index.frequencies import NUM_FIELDS
from index.generation import (
    INDEX_FORMAT,
    DataFolder,
    FileEntry,
    Manifest,
    SegmentEntry,
    Totals,
    check_file,
    open_columns,
    sync_folder,
    write_json,
)
from index.indexer import Indexer, Numbers
from index.italian.stamps import key_stamp, tokenisation_stamp
from index.lexicon import Lexicon, build_part, merge_parts
from index.merged import merge_columns
from index.segment import MAX_DOCS, MAX_TOKENS, UNDATED, ValueTable, merge_segments
from index.settings import IndexSettings
from index.snapshot import Snapshot, empty_snapshot, read_snapshot
from index.store import Store

BYTES_PER_TOKEN = 24
"""Memory for each token of a run: gathered, put together, sorted."""

FIXED_MB = 300
"""Memory of a process that indexes, whatever the archive's size: the dictionary of lemmas, the encoder's tables, a
block of postings, Python and NumPy."""

EMPLOYER_MB = 60
"""Memory of the process that keeps the ledger, when others index."""

MIN_ARTICLES = 4_096
"""Articles that are worth a process of their own, which takes half a second to start."""

_LEAST_RUNS_MB = 30
"""Memory that a process should have for its runs."""

Progress = Callable[[int, int], None]
"""Called with the number of articles taken in so far, and of those to take in."""

Count = Callable[[int], None]


def _ignore(_: int) -> None:
    pass


@dataclass(frozen=True, slots=True, eq=False)  # each is itself: comparing would compare arrays
class _LiveSegment:
    """A segment of the generation in the making, with the tombstones it will have."""

    entry: SegmentEntry
    columns: dict[str, Array]
    deleted: NDArray[np.uint16]

    @property
    def num_live(self) -> int:
        return len(self.columns["doc_num"]) - len(self.deleted)


class Writer:
    """Writes one generation; use one for each commit, under the writer's lock."""

    def __init__(self, folder: DataFolder, store: Store, settings: IndexSettings) -> None:
        self._folder = folder
        self._store = store
        self._settings = settings

    def catch_up(self, *, progress: Progress | None = None) -> int:
        """Commit all changes that the current generation lacks; returns the current generation's number.

        Keys that were computed by other rules are computed anew, without touching a posting.
        """
        manifest = self._folder.read_manifest()
        before = empty_snapshot() if manifest is None else read_snapshot(self._folder, manifest)
        self._refuse_older_store(before.manifest.journal)
        changes = self._store.changes_since(before.manifest.journal)
        has_old_keys = before.manifest.keys != key_stamp()
        if not changes.came and not changes.went and not has_old_keys:
            return before.generation
        if manifest is not None:
            check_file(self._folder, manifest.counters)  # what is damaged must not get a checksum that is right
        draft = _Draft(self._folder, self._settings, before)
        if has_old_keys:
            draft.compute_keys()
        draft.delete(changes.went)
        draft.take_in(self._store, changes.came, progress)
        draft.merge()
        return draft.commit(journal=changes.journal)

    def rebuild(self, *, progress: Progress | None = None) -> int:
        """Build a new generation from the store alone, verify its files and make it current; returns its number."""
        manifest = self._readable_manifest()
        if manifest is not None:
            self._refuse_older_store(manifest.journal)
        last = self._highest_generation()
        nothing = empty_snapshot()
        changes = self._store.changes_since(0)
        draft = _Draft(self._folder, self._settings, nothing, generation=last + 1, next_file=self._free_file_number())
        draft.take_in(self._store, changes.came, progress)
        draft.merge()
        return draft.commit(journal=changes.journal, verify=True)

    def _readable_manifest(self) -> Manifest | None:
        try:
            return self._folder.read_manifest()
        except (IndexCorrupt, IndexOutdated):
            return None

    def _refuse_older_store(self, journal: int) -> None:
        """A store that knows fewer changes than the index is not the one it was made from: nothing must follow it."""
        if self._store.journal < journal:
            raise IndexCorrupt(
                self._store.path,
                f"has {self._store.journal} changes where the index knows of {journal}",
                "restore the store of this archive from a copy",
            )

    def _highest_generation(self) -> int:
        """The largest number that a reader may have open; CURRENT can name a generation whose manifest was lost."""
        numbers = [int(path.stem) for path in self._folder.index.glob("[0-9]*.json")]
        with suppress(IndexCorrupt):  # then the manifests alone must do
            numbers.append(self._folder.current_generation())
        return max(numbers, default=0)

    def _free_file_number(self) -> int:
        numbers = [
            int(path.name.split(".")[0]) for path in self._folder.index.glob("[0-9]*.*[a-z]") if path.suffix != ".json"
        ]
        return max(numbers, default=0) + 1


class _Draft:
    """A generation in the making."""

    def __init__(
        self,
        folder: DataFolder,
        settings: IndexSettings,
        before: Snapshot,
        *,
        generation: int | None = None,
        next_file: int | None = None,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._generation = before.generation + 1 if generation is None else generation
        self._next_file = before.manifest.next_file if next_file is None else next_file
        self._totals = before.totals
        self._values = ValueTable(before.values)
        self._counters = before.counters.astype(np.int64)
        self._numbered = list(before.lexicon.parts)
        self._on_count: Count = _ignore
        self._lexicon = list(zip(before.manifest.lexicon, before.lexicon.parts, strict=True))
        self._segments = [
            _LiveSegment(entry, segment.columns, segment.deleted_docs)
            for entry, segment in zip(before.manifest.segments, before.segments, strict=True)
        ]

    def compute_keys(self) -> None:
        """Give every form of the lexicon its keys by the rules of today; no posting and no form id changes."""
        for at, (file, part) in enumerate(self._lexicon):
            check_file(self._folder, file)
            forms = [form.decode() for form in unpack_strings(part["form_text"], part["form_offsets"])]
            keyed = build_part(forms, int(part["first_id"][0]))
            self._lexicon[at] = (self._write("lex", keyed), keyed)

    def delete(self, nums: Iterable[int]) -> None:
        """Put tombstones on the documents of some versions."""
        gone = np.array(sorted(nums), dtype=np.int64)
        if len(gone) == 0:
            return
        for at, segment in enumerate(self._segments):
            mask = np.isin(segment.columns["doc_num"], gone)
            mask[segment.deleted] = False
            if mask.any():
                docs = np.flatnonzero(mask).astype(np.uint16)
                self._count(segment.columns, docs, sign=-1)
                deleted = np.sort(np.concatenate((segment.deleted, docs)))
                self._segments[at] = self._with_tombstones(segment, deleted)

    def _with_tombstones(self, segment: _LiveSegment, deleted: NDArray[np.uint16]) -> _LiveSegment:
        file = self._write("del", {"doc": deleted})
        entry = SegmentEntry(segment.entry.file, segment.entry.num_docs, len(deleted), file)
        return _LiveSegment(entry, segment.columns, deleted)

    def take_in(self, store: Store, nums: Sequence[int], progress: Progress | None) -> None:
        """Add articles of the store as new segments, in this process or, when they are many, in several."""
        done = 0

        def tell(num_articles: int) -> None:
            nonlocal done
            done += num_articles
            if progress is not None:
                progress(done, len(nums))

        self._on_count = tell
        processes = processes_for(len(nums), self._settings)
        max_run_tokens = _run_tokens(processes, self._settings)
        if processes == 1:
            indexer = Indexer(self._folder.index, self, max_run_tokens=max_run_tokens)
            indexer.take_in(store.current(nums=nums))
        else:
            from index.crew import index_side_by_side  # a small commit, and a search, must not wait for its imports

            index_side_by_side(
                _ranges(nums, processes),
                self,
                store=store.path,
                folder=self._folder.index,
                processes=processes,
                max_run_tokens=max_run_tokens,
            )

    def number(self, hashes: NDArray[np.uint64], values: dict[str, list[str]], *, is_last: bool) -> Numbers:  # noqa: ARG002
        """Give forms and values their numbers in this generation; see ``Ledger``."""
        ids = Lexicon(tuple(self._numbered)).find_hashed(hashes)
        first = len(self._counters)
        new = np.flatnonzero(ids < 0)
        ids[new] = np.arange(first, first + len(new))
        if len(new):
            order = np.argsort(hashes[new], kind="stable").astype(np.uint32)
            first_id = np.array([first], dtype=np.int64)
            self._numbered.append({"first_id": first_id, "form_hash": hashes[new][order], "form_order": order})
            self._counters = np.concatenate((self._counters, np.zeros(len(new), dtype=np.int64)))
        numbered = {facet: [self._values.number(facet, text) for text in texts] for facet, texts in values.items()}
        return Numbers(ids, first, numbered, self._path("lex").name, self._path("seg").name)

    def add_part(self, part: FileEntry | None) -> tuple[FileEntry, ...]:
        """Take a part of the lexicon into this generation; see ``Ledger``."""
        if part is not None:
            self._lexicon.append((part, open_columns(self._folder, part)))
        return tuple(entry for entry, _ in self._lexicon)

    def add_segment(self, segment: SegmentEntry) -> None:
        """Take a new segment into this generation; see ``Ledger``."""
        columns = open_columns(self._folder, segment.file)
        self._segments.append(_LiveSegment(segment, columns, np.zeros(0, dtype=np.uint16)))
        self._count(columns, np.arange(segment.num_docs).astype(np.uint16), sign=1)

    def count(self, num_articles: int) -> None:
        """Tell how many more articles have been read; see ``Ledger``."""
        self._on_count(num_articles)

    def _current_lexicon(self) -> Lexicon:
        return Lexicon(tuple(part for _, part in self._lexicon))

    def _count(self, columns: dict[str, Array], docs: NDArray[np.uint16], *, sign: int) -> None:
        """Add some documents of a segment to the totals and counters, or take them off."""
        lengths = [columns[f"doc_length_{field}"][docs].astype(np.int64) for field in range(NUM_FIELDS)]
        totals = self._totals
        tokens = [old + sign * int(new.sum()) for old, new in zip(totals.field_tokens, lengths, strict=True)]
        filled = [old + sign * int(np.count_nonzero(new)) for old, new in zip(totals.field_docs, lengths, strict=True)]
        self._totals = Totals(
            num_docs=totals.num_docs + sign * len(docs),
            undated=totals.undated + sign * int(np.count_nonzero(columns["doc_published"][docs] == UNDATED)),
            text_bytes=totals.text_bytes + sign * int(columns["doc_text_bytes"][docs].astype(np.int64).sum()),
            field_tokens=(tokens[0], tokens[1], tokens[2], tokens[3]),
            field_docs=(filled[0], filled[1], filled[2], filled[3]),
        )
        self._counters[columns["form_id"]] += sign * _doc_freqs(columns, docs)

    def merge(self) -> None:
        """Merge small segments of like size, and rewrite those with many deleted documents."""
        filled = (segment for segment in self._segments if segment.num_live > 0)
        self._segments = sorted(filled, key=lambda segment: segment.entry.file.name)  # whichever process came first
        worn = [
            segment
            for segment in self._segments
            if len(segment.deleted) > self._settings.max_deleted_share * len(segment.columns["doc_num"])
        ]
        for segment in worn:
            self._merge_into_one([segment])
        while (group := self._group_to_merge()) is not None:
            self._merge_into_one(group)
        while (few := self._parts_to_merge()) is not None:
            for file, _ in self._lexicon[few:]:
                check_file(self._folder, file)
            merged = merge_parts([part for _, part in self._lexicon[few:]])
            self._lexicon[few:] = [(self._write("lex", merged), merged)]

    def _merge_into_one(self, group: list[_LiveSegment]) -> None:
        for segment in group:
            check_file(self._folder, segment.entry.file)  # damage must not be written anew as what is right
        columns = merge_segments(
            [segment.columns for segment in group], [segment.deleted for segment in group], self._folder.index
        )
        columns |= merge_columns(columns, self._current_lexicon(), self._folder.index)
        file = self._write("seg", columns)
        mapped = open_columns(self._folder, file)
        merged = _LiveSegment(SegmentEntry(file, len(columns["doc_num"])), mapped, np.zeros(0, dtype=np.uint16))
        self._segments = [segment for segment in self._segments if segment not in group] + [merged]

    def _group_to_merge(self) -> list[_LiveSegment] | None:
        """Segments of one order of magnitude, the smallest first, once there are ``merge_factor`` of them."""
        factor = self._settings.merge_factor
        tiers: dict[int, list[_LiveSegment]] = {}
        for segment in sorted(self._segments, key=lambda segment: segment.num_live):
            if segment.num_live > MAX_DOCS // 2:
                continue  # as large as segments get
            tiers.setdefault(int(np.log(segment.num_live) / np.log(factor) + 1e-9), []).append(segment)
        for _, group in sorted(tiers.items()):
            if len(group) < factor:
                continue
            docs = np.cumsum([segment.num_live for segment in group[:factor]])
            tokens = np.cumsum([len(segment.columns["position"]) for segment in group[:factor]])
            fitting = int(np.count_nonzero((docs <= MAX_DOCS) & (tokens <= MAX_TOKENS)))
            if fitting > 1:
                return group[:fitting]
        return None

    def _parts_to_merge(self) -> int | None:
        """Where the last parts of the lexicon begin that should be one: each part is larger than all that follow it."""
        sizes = [len(part["form_hash"]) for _, part in self._lexicon]
        following = 0
        first = None
        for at in range(len(sizes) - 1, 0, -1):
            following += sizes[at]
            if sizes[at - 1] < 2 * following:
                first = at - 1
        return first

    def commit(self, *, journal: int, verify: bool = False) -> int:
        """Write what remains and make this the current generation; returns its number."""
        values = write_json(self._path("val"), self._values.values)
        manifest = Manifest(
            format=INDEX_FORMAT,
            generation=self._generation,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            tokenisation=tokenisation_stamp(),
            keys=key_stamp(),
            journal=journal,
            totals=self._totals,
            segments=tuple(segment.entry for segment in self._segments),
            lexicon=tuple(file for file, _ in self._lexicon),
            counters=self._write("cnt", {"doc_freq": self._counters.astype(np.uint32)}),
            values=values,
            next_file=self._next_file,
            positions_dropped=sum(
                int(np.delete(segment.columns["doc_dropped"], segment.deleted).sum(dtype=np.int64))
                for segment in self._segments
            ),
        )
        if verify:
            for entry in manifest.files():
                path = self._folder.index / entry.name
                if file_checksum(path) != entry.crc32:
                    raise IndexCorrupt(
                        path, "does not hold what was just written to it", "check the disk and try again"
                    )
        sync_folder(self._folder.index)
        self._folder.commit(manifest)
        return self._generation

    def _path(self, kind: str) -> Path:
        path = self._folder.index / f"{self._next_file:08d}.{kind}"
        self._next_file += 1
        path.unlink(missing_ok=True)  # left by a writer that was killed
        return path

    def _write(self, kind: str, columns: dict[str, Array]) -> FileEntry:
        path = self._path(kind)
        size_bytes, crc32 = write_columns(path, columns)
        return FileEntry(path.name, size_bytes, crc32)


def _doc_freqs(columns: dict[str, Array], docs: NDArray[np.uint16]) -> NDArray[np.int64]:
    """How many of some documents of a segment hold each of its forms."""
    num_docs = len(columns["doc_num"])
    if len(docs) == num_docs:
        return np.diff(columns["form_start"]).astype(np.int64)
    if len(columns["form_id"]) == 0:
        return np.zeros(0, dtype=np.int64)
    concerned = np.zeros(num_docs, dtype=bool)
    concerned[docs] = True
    held: NDArray[np.int64] = np.add.reduceat(
        concerned[columns["posting_doc"]], columns["form_start"][:-1], dtype=np.int64
    )
    return held


def processes_for(num_articles: int, settings: IndexSettings) -> int:
    """How many processes index some articles: no more than pay, and than the memory has room for."""
    fitting = (settings.memory_mb - EMPLOYER_MB) // (FIXED_MB + _LEAST_RUNS_MB)
    return max(1, min(settings.processes, num_articles // MIN_ARTICLES, fitting))


_MOST_RUN_TOKENS: Final = 2**30
"""Places in a run are counted in four bytes."""


def _run_tokens(processes: int, settings: IndexSettings) -> int:
    """How many tokens each of some processes may hold in the memory that the settings allow."""
    shared = settings.memory_mb - (EMPLOYER_MB if processes > 1 else 0)
    fitting = (shared // processes - FIXED_MB) * 1_000_000 // BYTES_PER_TOKEN
    return min(_MOST_RUN_TOKENS, fitting)


def _ranges(nums: Sequence[int], processes: int) -> list[NDArray[np.int64]]:
    """Articles in ranges of like size, each a segment, and as many for each process."""
    rounds = -(-len(nums) // (processes * MAX_DOCS))
    return np.array_split(np.array(nums, dtype=np.int64), rounds * processes)
