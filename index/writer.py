"""The writer: brings the index to the state of the store, by a small commit or by a full rebuild.

Both read the same changes from the store's journal, build segments within the memory that the settings allow, and end
in one commit. A rebuild starts from an empty snapshot and gives form ids anew; the old generation serves until its
commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, file_checksum, unpack_strings, write_columns
from index.encoder import TextEncoder
from index.errors import IndexCorrupt, IndexOutdated
from index.frequencies import NUM_FIELDS
from index.generation import (
    INDEX_FORMAT,
    DataFolder,
    FileEntry,
    Manifest,
    SegmentEntry,
    Totals,
    open_columns,
    sync_folder,
    write_json,
)
from index.italian.stamps import key_stamp, tokenisation_stamp
from index.lexicon import Lexicon, build_part, merge_parts
from index.segment import MAX_DOCS, UNDATED, SegmentBuilder, ValueTable, merge_columns, merge_segments
from index.settings import IndexSettings
from index.snapshot import Snapshot, empty_snapshot, read_snapshot
from index.store import Store, StoredArticle

BYTES_PER_TOKEN = 56
"""Memory at the peak of building a segment, for each token: packed, sorted, and as columns."""

BYTES_PER_MERGED_TOKEN = 14
"""Memory at the peak of merging segments, for each token of the result: columns, and columns in the making."""

FIXED_MB = 300
"""Memory that does not grow with a segment: the dictionary of lemmas, the encoder's tables, Python and NumPy."""

_BATCH = 256
"""Articles tokenised at a time."""

Progress = Callable[[int, int], None]
"""Called with the number of articles taken in so far, and of those to take in."""


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
        draft = _Draft(self._folder, self._settings, before)
        if has_old_keys:
            draft.compute_keys()
        draft.delete(changes.went)
        draft.take_in(self._store.current(nums=changes.came), len(changes.came), progress)
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
        draft.take_in(self._store.current(nums=changes.came), len(changes.came), progress)
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
        self._lexicon = list(zip(before.manifest.lexicon, before.lexicon.parts, strict=True))
        self._segments = [
            _LiveSegment(entry, segment.columns, segment.deleted_docs)
            for entry, segment in zip(before.manifest.segments, before.segments, strict=True)
        ]

    def compute_keys(self) -> None:
        """Give every form of the lexicon its keys by the rules of today; no posting and no form id changes."""
        for at, (_, part) in enumerate(self._lexicon):
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

    def take_in(self, articles: Iterator[StoredArticle], count: int, progress: Progress | None) -> None:
        """Add articles, so many of them, as new segments, each as large as the memory allows."""
        taken = 0
        max_tokens = self._tokens_in(BYTES_PER_TOKEN)
        batch = list(islice(articles, _BATCH))
        encoder, form_ids = TextEncoder(), np.zeros(0, dtype=np.int64)
        while batch:
            if encoder.is_full:
                encoder, form_ids = TextEncoder(), np.zeros(0, dtype=np.int64)
            builder = SegmentBuilder(encoder, self._values, max_tokens=max_tokens)
            while batch and builder.room() >= len(batch):
                builder.add(batch)
                taken += len(batch)
                if progress is not None:
                    progress(taken, count)
                batch = list(islice(articles, _BATCH))
            form_ids = np.concatenate((form_ids, self._form_ids(encoder.forms[len(form_ids) :])))
            columns = builder.build(form_ids)
            self._append(columns)
            self._count(columns, np.arange(len(columns["doc_num"])).astype(np.uint16), sign=1)

    def _tokens_in(self, bytes_per_token: int) -> int:
        """How many tokens may be worked on at once in the memory that the settings allow."""
        return (self._settings.memory_mb - FIXED_MB) * 1_000_000 // bytes_per_token

    def _form_ids(self, forms: list[str]) -> NDArray[np.int64]:
        """The ids of forms, the new ones numbered in a new part of the lexicon."""
        ids = self._current_lexicon().find(forms)
        new = np.flatnonzero(ids < 0)
        if len(new):
            first = len(self._counters)
            part = build_part([forms[at] for at in new.tolist()], first)
            self._lexicon.append((self._write("lex", part), part))
            ids[new] = np.arange(first, first + len(new))
            self._counters = np.concatenate((self._counters, np.zeros(len(new), dtype=np.int64)))
        return ids

    def _current_lexicon(self) -> Lexicon:
        return Lexicon(tuple(part for _, part in self._lexicon))

    def _append(self, columns: dict[str, Array]) -> None:
        columns |= merge_columns(columns, self._current_lexicon())
        file = self._write("seg", columns)
        num_docs = len(columns["doc_num"])
        mapped = open_columns(self._folder, file)  # the pages of the file can be dropped, those of the arrays cannot
        self._segments.append(_LiveSegment(SegmentEntry(file, num_docs), mapped, np.zeros(0, dtype=np.uint16)))

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
        concerned = np.zeros(len(columns["doc_num"]), dtype=np.int64)
        concerned[docs] = sign
        before_posting = np.concatenate(([0], np.cumsum(concerned[columns["posting_doc"]])))
        self._counters[columns["form_id"]] += np.diff(before_posting[columns["form_start"]])

    def merge(self) -> None:
        """Merge small segments of like size, and rewrite those with many deleted documents."""
        self._segments = [segment for segment in self._segments if segment.num_live > 0]
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
            merged = merge_parts([part for _, part in self._lexicon[few:]])
            self._lexicon[few:] = [(self._write("lex", merged), merged)]

    def _merge_into_one(self, group: list[_LiveSegment]) -> None:
        columns = merge_segments([segment.columns for segment in group], [segment.deleted for segment in group])
        self._segments = [segment for segment in self._segments if segment not in group]
        self._append(columns)

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
            fitting = int(np.count_nonzero((docs <= MAX_DOCS) & (tokens <= self._tokens_in(BYTES_PER_MERGED_TOKEN))))
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
