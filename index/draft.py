"""A draft: a generation in the making, from a snapshot to the commit.

It builds segments within the memory that the settings allow, in this process or in several, keeps the ledger that these
share, counts documents in and out, and merges what has become small or worn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, distinct, unpack_strings, write_columns
from index.frequencies import NUM_FIELDS
from index.generation import DataFolder, check_file, open_columns, sync_folder, write_json
from index.indexer import Asked, Indexer, Numbers
from index.kernels import kernels_for, load_kernels
from index.lexicon import Lexicon, build_part, merge_parts
from index.manifest import FileEntry, Manifest, SegmentEntry, Totals, UnfinishedRebuild, current_stamps
from index.merged import merge_columns
from index.near_duplicates import Shingles, documents_of, find_links
from index.postings import MAX_DOCS, first_of_each
from index.segment import MAX_TOKENS, UNDATED, ValueTable, merge_segments
from index.settings import IndexSettings
from index.snapshot import Snapshot
from index.store import Store
from index.stories import story_columns

BYTES_PER_TOKEN = 24
"""Memory for each token of a run: gathered, put together, sorted."""

FIXED_MB = 300
"""Memory of a process that indexes, whatever the archive's size: the dictionary of lemmas, the encoder's tables, a
block of postings, Python and NumPy."""

COMPILED_MB = 50
"""Memory that Numba takes beside that, where the compiled kernels are used."""

EMPLOYER_MB = 60
"""Memory of the ledger: what is known of a million forms, in the process that indexes or in one of its own."""

ASKING_MB = 20
"""Memory of the ledger for each of several processes that ask it at one time, of half a million new forms each."""

MIN_ARTICLES = 4_096
"""Articles that are worth a process of their own, which takes half a second to start."""

_ARTICLES_A_TEXT: Final = 30
"""Of about so many articles one has its text read again, to be compared with others."""

_LEAST_RUNS_MB = 30
"""Memory that a process should have for its runs."""

Progress = Callable[[int, int], None]
"""Called with the number of articles taken in so far, and of those to take in."""

Count = Callable[[int], None]


def _ignore(_: int) -> None:
    pass


def _do_nothing() -> None:
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


class Draft:
    """A generation in the making."""

    def __init__(
        self,
        folder: DataFolder,
        settings: IndexSettings,
        before: Snapshot,
        *,
        prefix: str = "",
        next_file: int | None = None,
    ) -> None:
        """A draft that is as ``before``.

        Args:
            prefix: what the names of its files begin with.
            next_file: the number of its first file, where it is not the one after those of ``before``.
        """
        self._folder = folder
        self._settings = settings
        self._prefix = prefix
        self._next_file = before.manifest.next_file if next_file is None else next_file
        self._totals = before.totals
        self._values = ValueTable(before.values)
        self._counters = before.counters.astype(np.int64)
        self._numbered = list(before.lexicon.parts)
        self._lexicon = list(zip(before.manifest.lexicon, before.lexicon.parts, strict=True))
        self._segments = [
            _LiveSegment(entry, segment.columns, segment.deleted_docs)
            for entry, segment in zip(before.manifest.segments, before.segments, strict=True)
        ]
        self._links = before.stories.links
        self._unlinked: list[NDArray[np.int64]] = []  # versions whose pairs nobody has looked for
        self._verified: set[str] = set()
        self._on_count: Count = _ignore
        self.on_segment: Callable[[], None] = _do_nothing
        """Called when a segment has been finished."""

    def adopt(self, unfinished: UnfinishedRebuild, *, files_apart: int) -> None:
        """Go on, in an empty draft, from what a rebuild had finished when it was stopped.

        Args:
            files_apart: numbers to leave free between its files and those to come.
        Raises:
            IndexCorrupt: a file of it is not what was written.
        """
        self._values = ValueTable(unfinished.values)
        for part in unfinished.lexicon:
            columns = open_columns(self._folder, part)
            self._lexicon.append((part, columns))
            self._numbered.append(columns)
        self._counters = np.zeros(sum(len(columns["form_hash"]) for columns in self._numbered), dtype=np.int64)
        for segment in unfinished.segments:
            self.add_segment(segment)
        self._unlinked = [segment.columns["doc_num"] for segment in self._segments]
        self._next_file = unfinished.next_file + files_apart
        self._verify(unfinished.files())

    def unfinished(self) -> UnfinishedRebuild:
        """What can be gone on from when this rebuild is stopped now."""
        return UnfinishedRebuild(
            prefix=self._prefix,
            stamps=current_stamps(),
            next_file=self._next_file,
            segments=tuple(SegmentEntry(segment.entry.file, segment.entry.num_docs) for segment in self._segments),
            lexicon=tuple(file for file, _ in self._lexicon),
            values=self._values.values,
        )

    def compute_keys(self) -> None:
        """Give every form of the lexicon its keys by the rules of today; no posting and no form id changes."""
        for at, (file, part) in enumerate(self._lexicon):
            check_file(self._folder, file)
            forms = [form.decode() for form in unpack_strings(part["form_text"], part["form_offsets"])]
            keyed = build_part(forms, int(part["first_id"][0]))
            self._lexicon[at] = (self._write("lex", keyed), keyed)

    def reconcile(self, store: Store, journal: int, progress: Progress | None) -> None:
        """Bring the draft to what the store held at a journal number, whatever the draft has."""
        live = [np.delete(segment.columns["doc_num"], segment.deleted) for segment in self._segments]
        indexed = np.concatenate([np.zeros(0, dtype=np.int64), *live])
        stored = store.nums_at(journal)
        self.delete(np.setdiff1d(indexed, stored, assume_unique=True))
        self.take_in(store, np.setdiff1d(stored, indexed, assume_unique=True), progress)

    def delete(self, nums: NDArray[np.int64]) -> None:
        """Put tombstones on the documents of some versions."""
        gone = np.sort(nums)
        if len(gone) == 0:
            return
        self._links, apart = self._links.without(gone)
        self._unlinked.append(apart)
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

    def take_in(self, store: Store, nums: NDArray[np.int64], progress: Progress | None) -> None:
        """Add articles of the store as new segments, in this process or, when they are many, in several.

        A version that the store has forgotten meanwhile is left out.
        """
        if len(nums) == 0:
            return
        self._unlinked.append(nums)
        done = 0

        def tell(num_articles: int) -> None:
            nonlocal done
            done += num_articles
            if progress is not None:
                progress(done, len(nums))

        self._on_count = tell
        processes = processes_for(len(nums), self._settings)
        room_mb = _room_mb(processes, self._settings)
        kernels = kernels_for(len(nums) // processes) if room_mb >= COMPILED_MB + _LEAST_RUNS_MB else "plain"
        max_run_tokens = _run_tokens(room_mb - (COMPILED_MB if kernels == "compiled" else 0))
        if processes == 1:
            indexer = Indexer(self._folder.index, self, load_kernels(kernels), max_run_tokens=max_run_tokens)
            indexer.take_in(store.versions(nums.tolist()))
        else:
            from index.crew import index_side_by_side  # a small commit, and a search, must not wait for its imports

            index_side_by_side(
                _ranges(nums, processes),
                self,
                store=store.path,
                folder=self._folder.index,
                processes=processes,
                kernels=kernels,
                max_run_tokens=max_run_tokens,
            )

    def number(self, asked: Asked) -> Numbers:
        """Give forms and values their numbers in this generation; see ``Ledger``."""
        return self.number_together([asked])[0]

    def number_together(self, asked: Sequence[Asked]) -> list[Numbers]:
        """The same for indexers that ask at one time: forms that are new to several are shared out among them."""
        before = Lexicon(tuple(self._numbered))
        ids = [before.find_hashed(one.hashes) for one in asked]
        new = [np.flatnonzero(found < 0) for found in ids]
        owners = shared_out([one.hashes[rows] for one, rows in zip(asked, new, strict=True)])
        first_own = [len(self._counters)]
        for at, (one, rows) in enumerate(zip(asked, new, strict=True)):
            self._take_in_forms(one.hashes[rows[owners[at] == at]])
            first_own.append(len(self._counters))
        after = Lexicon(tuple(self._numbered))
        answers: list[Numbers] = []
        for one, found, rows, (first, end) in zip(asked, ids, new, pairwise(first_own), strict=True):
            found[rows] = after.find_hashed(one.hashes[rows])
            values = {facet: self._values.numbers(facet, texts) for facet, texts in one.values.items()}
            answers.append(Numbers(found, first, end, values, self._path("lex").name, self._path("seg").name))
        return answers

    def _take_in_forms(self, hashes: NDArray[np.uint64]) -> None:
        """Number some new forms in this order."""
        if len(hashes):
            first, order = len(self._counters), np.argsort(hashes, kind="stable").astype(np.uint32)
            first_id = np.array([first], dtype=np.int64)
            self._numbered.append({"first_id": first_id, "form_hash": hashes[order], "form_order": order})
            self._counters = np.concatenate((self._counters, np.zeros(len(hashes), dtype=np.int64)))

    def add_parts(self, parts: tuple[FileEntry, ...]) -> tuple[FileEntry, ...]:
        """Take parts of the lexicon into this generation; see ``Ledger``."""
        self._lexicon += [(part, open_columns(self._folder, part)) for part in parts]
        return tuple(entry for entry, _ in self._lexicon)

    def add_segment(self, segment: SegmentEntry) -> None:
        """Take a new segment into this generation; see ``Ledger``."""
        columns = open_columns(self._folder, segment.file)
        self._segments.append(_LiveSegment(segment, columns, np.zeros(0, dtype=np.uint16)))
        self._count(columns, np.arange(segment.num_docs).astype(np.uint16), sign=1)
        self.on_segment()

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

    def link(self, store: Store) -> None:
        """Find the stories that articles tell which came, or whose story fell apart, since this was last done."""
        unlinked = distinct(np.zeros(0, dtype=np.int64), *self._unlinked)
        self._unlinked = []
        if len(unlinked) == 0:
            return
        documents = documents_of([(segment.columns, segment.deleted) for segment in self._segments], unlinked)
        kernels = load_kernels(kernels_for(len(unlinked) // _ARTICLES_A_TEXT))
        found = find_links(documents, self._links, Shingles(store.get, kernels).of)
        self._links = self._links.with_others(found)

    def verify(self) -> None:
        """Read again what was written.

        Raises:
            IndexCorrupt: it is not what was written.
        """
        self._verify(segment.entry.file for segment in self._segments)
        self._verify(file for file, _ in self._lexicon)

    def _verify(self, files: Iterable[FileEntry]) -> None:
        for entry in files:
            if entry.name not in self._verified:
                check_file(self._folder, entry)
            self._verified.add(entry.name)

    def commit(self, *, journal: int, generation: int, next_file: int | None = None) -> int:
        """Write what remains and make this the current generation, whose number is returned.

        Args:
            journal: the last change that it has.
            next_file: the number of the first file of the next commit, where this draft's have a prefix.
        """
        counters = self._write("cnt", {"doc_freq": self._counters.astype(np.uint32)})
        values = write_json(self._path("val"), self._values.values)
        stories = None
        if len(self._links):
            columns = story_columns(self._links, [segment.columns for segment in self._segments])
            stories = self._write("sty", columns)
        stamps = current_stamps()
        manifest = Manifest(
            format=stamps.format,
            generation=generation,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            tokenisation=stamps.tokenisation,
            keys=stamps.keys,
            journal=journal,
            totals=self._totals,
            segments=tuple(segment.entry for segment in self._segments),
            lexicon=tuple(file for file, _ in self._lexicon),
            counters=counters,
            values=values,
            next_file=self._next_file if next_file is None else next_file,
            positions_dropped=sum(
                int(np.delete(segment.columns["doc_dropped"], segment.deleted).sum(dtype=np.int64))
                for segment in self._segments
            ),
            stories=stories,
        )
        sync_folder(self._folder.index)
        for entry in manifest.files():
            check_file(self._folder, entry, quick=True)  # whatever became of it since it was written
        self._folder.commit(manifest)
        return generation

    def _path(self, kind: str) -> Path:
        path = self._folder.index / f"{self._prefix}{self._next_file:08d}.{kind}"
        self._next_file += 1
        path.unlink(missing_ok=True)  # left by a writer that was killed
        return path

    def _write(self, kind: str, columns: dict[str, Array]) -> FileEntry:
        path = self._path(kind)
        size_bytes, crc32 = write_columns(path, columns)
        return FileEntry(path.name, size_bytes, crc32)


def shared_out(hashes: Sequence[NDArray[np.uint64]]) -> list[NDArray[np.int16]]:
    """Who of several that have some forms each is to give each its keys, so that all have about as many.

    Args:
        hashes: of the forms of each, all different.
    Returns:
        Of the forms of each, by whom; one that has it. int16.
    """
    joined = np.concatenate(hashes)
    asker = np.repeat(np.arange(len(hashes), dtype=np.int16), [len(some) for some in hashes])
    order = np.argsort(joined, kind="stable").astype(np.int32)  # of equal ones that of the first asker first
    joined = joined[order]
    first = first_of_each(joined)
    del joined
    size = np.diff(first, append=len(order))
    owner = np.empty(len(order), dtype=np.int16)
    owner[order] = np.repeat(asker[order[first + np.arange(len(first)) % size]], size)
    return np.split(owner, np.cumsum([len(some) for some in hashes[:-1]], dtype=np.int64))


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
    fitting = (settings.memory_mb - EMPLOYER_MB) // (FIXED_MB + ASKING_MB + _LEAST_RUNS_MB)
    return max(1, min(settings.processes, num_articles // MIN_ARTICLES, fitting))


def _room_mb(processes: int, settings: IndexSettings) -> int:
    """The memory for runs that each of some processes has in what the settings allow."""
    employer_mb = EMPLOYER_MB + (ASKING_MB * processes if processes > 1 else 0)
    return (settings.memory_mb - employer_mb) // processes - FIXED_MB


_MOST_RUN_TOKENS: Final = 2**30
"""Places in a run are counted in four bytes."""


def _run_tokens(memory_mb: int) -> int:
    """How many tokens fit in some memory."""
    return min(_MOST_RUN_TOKENS, memory_mb * 1_000_000 // BYTES_PER_TOKEN)


def _ranges(nums: NDArray[np.int64], processes: int) -> list[NDArray[np.int64]]:
    """Articles in ranges of like size, each a segment, and as many for each process."""
    rounds = -(-len(nums) // (processes * MAX_DOCS))
    return np.array_split(nums, rounds * processes)
