"""Snapshot: what a reader sees, one generation of the index as it was committed."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import IO, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, find_in
from index.dates import day_of_number
from index.frequencies import FIELD_NAMES, NUM_FIELDS
from index.generation import DataFolder, open_columns, open_values
from index.italian.stamps import key_stamp, tokenisation_stamp
from index.kernels import Union
from index.kernels.plain import union
from index.lexicon import FormIds, Lexicon
from index.manifest import INDEX_FORMAT, FileEntry, Manifest, Totals
from index.merged import merged_postings
from index.segment import FACETS, UNDATED_DAY
from index.stories import Stories
from index.structure import check_structure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Postings:
    """Where one set of forms stands in one segment.

    Attributes:
        doc: document numbers, ascending, deleted ones included; uint16, (num_docs,).
        packed: packed frequencies (``index.frequencies``), one a document, or those that its code stands for; uint16.
        code: for each document the place of its frequency in ``packed``, where it has a code; uint8, (num_docs,).
    """

    doc: NDArray[np.uint16]
    packed: NDArray[np.uint16]
    code: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        # Threads share them; and whether they lie in a file or in memory, they are of one type to compiled code.
        for array in (self.doc, self.packed, self.code):
            if array is not None:
                array.setflags(write=False)

    @property
    def freq(self) -> NDArray[np.uint16]:
        """The packed frequency of each document: uint16, (num_docs,)."""
        return self.packed if self.code is None else self.packed[self.code]


NO_POSTINGS: Final = Postings(np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.uint16))
"""Of forms that are nowhere."""


class Segment:
    """One segment of a snapshot: its columns and its tombstones.

    Attributes:
        columns: see ``index.segment``.
        deleted: which documents are deleted; bool, (num_docs,), or None when none is.
        lengths: of each field its length in every document; uint32, (num_docs,) each.
    """

    def __init__(self, columns: dict[str, Array], deleted_docs: NDArray[np.uint16] | None) -> None:
        self.columns = columns
        self.num_docs = len(columns["doc_num"])
        self.lengths = tuple(columns[f"doc_length_{field}"] for field in range(NUM_FIELDS))
        self.deleted_docs = np.zeros(0, dtype=np.uint16) if deleted_docs is None else deleted_docs
        self.deleted: NDArray[np.bool_] | None = None
        if len(self.deleted_docs):
            self.deleted = np.zeros(self.num_docs, dtype=bool)
            self.deleted[self.deleted_docs] = True

    @cached_property
    def overflow_times(self) -> NDArray[np.int64]:
        """Occurrences, in all fields, of the postings in the table of overflows: int64, (num_overflows,)."""
        times: NDArray[np.int64] = np.sum(
            [self.columns[f"overflow_{name}"] for name in FIELD_NAMES], axis=0, dtype=np.int64
        )
        return times

    def forms_here(self, form_ids: FormIds) -> NDArray[np.int64]:
        """Places in ``form_id`` of those of some forms (ascending ids) that are printed in this segment."""
        at, is_here = find_in(self.columns["form_id"], form_ids)
        here = at[is_here]
        here.setflags(write=False)
        return here

    def postings(self, here: NDArray[np.int64], add_up: Union = union) -> Postings:
        """Documents that hold one of some forms, with summed frequencies.

        Args:
            here: places of the forms in ``form_id``, ascending (``forms_here``).
            add_up: gives the postings of several.
        """
        columns = self.columns
        if len(here) == 0:
            return NO_POSTINGS
        if len(here) == 1:
            start, end = columns["form_start"][here[0] : here[0] + 2].tolist()
            return Postings(columns["posting_doc"][start:end], columns["posting_freq"][start:end])
        if (merged := merged_postings(columns, here)) is not None:
            return Postings(*merged)
        start = columns["form_start"]
        return Postings(*add_up(columns["posting_doc"], columns["posting_freq"], start[here], start[here + 1]))

    def live(self, docs: NDArray[np.uint16]) -> int:
        """How many of some documents are not deleted."""
        return len(docs) if self.deleted is None else len(docs) - int(np.count_nonzero(self.deleted[docs]))


@dataclass(slots=True)
class Snapshot:
    """One generation, mapped and immutable; threads may share it.

    A document has one number in the snapshot: those of the first segment come first.

    Attributes:
        values: facet -> values by number.
        counters: live documents that hold each form, by form id; uint32, (num_forms,).
        stories: which of the live documents tell the same story.
        first_doc: the first document of each segment, and the number of documents; int64, (num_segments + 1,).
        live_docs: which documents are not deleted; bool, (num_docs,), or None when none is deleted.
    """

    manifest: Manifest
    segments: tuple[Segment, ...]
    lexicon: Lexicon
    values: dict[str, list[str]]
    counters: NDArray[np.uint32]
    stories: Stories = field(repr=False, default_factory=Stories)
    _held: IO[bytes] | None = field(repr=False, default=None)
    first_doc: NDArray[np.int64] = field(init=False, repr=False)
    live_docs: NDArray[np.bool_] | None = field(init=False, repr=False, default=None)
    _first: tuple[int, ...] = field(init=False, repr=False)  # the same as first_doc: of one document sooner found here
    _columns: dict[str, Array] = field(repr=False, default_factory=dict)
    _live_values: dict[str, NDArray[np.bool_]] = field(repr=False, default_factory=dict)
    _derived: dict[Callable[[Snapshot], Any], Any] = field(repr=False, default_factory=dict)
    _lock: threading.RLock = field(repr=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.first_doc = np.cumsum([0, *(segment.num_docs for segment in self.segments)], dtype=np.int64)
        self._first = (*self.first_doc.tolist(),)
        if any(segment.deleted is not None for segment in self.segments):
            self.live_docs = np.ones(self.num_docs, dtype=bool)
            for first, segment in zip(self._first, self.segments, strict=False):
                self.live_docs[first:][segment.deleted_docs] = False  # a sum would not fit in their two bytes

    @property
    def num_docs(self) -> int:
        """How many documents there are, deleted ones included."""
        return int(self.first_doc[-1])

    def live_mask(self) -> NDArray[np.bool_]:
        """Which documents are not deleted, a mask of the caller's own: bool, (num_docs,)."""
        return np.ones(self.num_docs, dtype=np.bool_) if self.live_docs is None else self.live_docs.copy()

    def locate(self, doc: int) -> tuple[int, int]:
        """Which segment a document is in, and its number there."""
        at = bisect_right(self._first, doc) - 1
        return at, doc - self._first[at]

    def value(self, name: str, doc: int) -> int:
        """What a column of integers says of one document."""
        at, here = self.locate(doc)
        return int(self.segments[at].columns[name][here])

    def column(self, name: str) -> Array:
        """A column of all documents, (num_docs,); kept once it is asked for."""
        with self._lock:
            if name not in self._columns:
                columns = [segment.columns[name] for segment in self.segments] or [np.zeros(0, dtype=np.int64)]
                column = columns[0] if len(columns) == 1 else np.concatenate(columns)
                column.setflags(write=False)  # as a mapped one is, for compiled code
                self._columns[name] = column
            return self._columns[name]

    @property
    def generation(self) -> int:
        """The number of the generation, from 1; 0 for the empty snapshot of an archive without a commit."""
        return self.manifest.generation

    @property
    def created(self) -> datetime | None:
        """When the generation was committed; None for the empty snapshot of an archive without a commit."""
        return datetime.fromisoformat(self.manifest.created) if self.manifest.created else None

    @property
    def totals(self) -> Totals:
        """Sums over the live documents."""
        return self.manifest.totals

    def live_values(self, facet: str) -> NDArray[np.bool_]:
        """Which values of a facet some live document has, by number: bool, (len(values[facet]),)."""
        if facet not in self._live_values:
            live = np.zeros(len(self.values[facet]), dtype=bool)
            for segment in self.segments:
                value = segment.columns[f"{facet}_value"]
                if segment.deleted is not None:
                    value = value[np.repeat(~segment.deleted, np.diff(segment.columns[f"{facet}_start"]))]
                live[value] = True
            self._live_values[facet] = live
        return self._live_values[facet]

    def listed(self, first: int, most: int) -> Iterator[tuple[str, date | None]]:
        """Id and day of publication of the live documents in the order of their numbers; no article is read for it.

        Args:
            first: how many of them to pass over.
            most: how many to give.
        """
        for segment in self.segments:
            columns = segment.columns
            live = np.arange(segment.num_docs) if segment.deleted is None else np.flatnonzero(~segment.deleted)
            here = live[first : first + most]
            first, most = max(0, first - len(live)), most - len(here)
            for doc in here.tolist():
                start, end = columns["doc_id_offsets"][doc : doc + 2].tolist()
                day = int(columns["doc_day"][doc])
                published = None if day == UNDATED_DAY else day_of_number(day)
                yield columns["doc_id_text"][start:end].tobytes().decode(), published

    def article_id(self, doc: int) -> str:
        """The id of a document's article; no article is read for it."""
        at, here = self.locate(doc)
        columns = self.segments[at].columns
        start, end = columns["doc_id_offsets"][here : here + 2].tolist()
        return columns["doc_id_text"][start:end].tobytes().decode()

    def derived(self, make: Callable[[Snapshot], T]) -> T:
        """What a function makes of this snapshot, made at the first call and kept as long as the snapshot."""
        with self._lock:  # after a commit all threads of a server would make it at once
            if make not in self._derived:
                self._derived[make] = make(self)
            made: T = self._derived[make]
        return made

    def close(self) -> None:
        """Let the writer remove this generation once it is no longer current."""
        if self._held is not None:
            self._held.close()
            self._held = None


def open_snapshot(folder: DataFolder) -> Snapshot:
    """The current generation, held until it is closed.

    Raises:
        IndexCorrupt, IndexOutdated: see ``DataFolder.read_manifest`` and ``read_columns``.
    """
    held = folder.hold_current()
    if held is None:
        return empty_snapshot()
    manifest, lock = held
    try:
        return read_snapshot(folder, manifest, lock)
    except BaseException:
        lock.close()
        raise


def read_snapshot(folder: DataFolder, manifest: Manifest, held: IO[bytes] | None = None) -> Snapshot:
    """The generation of a manifest; ``held`` is the lock that keeps it from being swept."""
    columns_of = {
        entry.name: open_columns(folder, entry) for entry in manifest.files() if entry.name != manifest.values.name
    }
    values = open_values(folder, manifest.values)
    check_structure(folder, manifest, columns_of, values)
    return Snapshot(
        manifest=manifest,
        segments=tuple(
            Segment(
                columns_of[entry.file.name], None if entry.deleted is None else columns_of[entry.deleted.name]["doc"]
            )
            for entry in manifest.segments
        ),
        lexicon=Lexicon(tuple(columns_of[entry.name] for entry in manifest.lexicon)),
        values=values,
        counters=columns_of[manifest.counters.name]["doc_freq"],
        stories=Stories(None if manifest.stories is None else columns_of[manifest.stories.name]),
        _held=held,
    )


def empty_snapshot() -> Snapshot:
    """The snapshot of an archive to which nothing was ever committed."""
    nothing = FileEntry("nothing", 0, 0)
    manifest = Manifest(
        format=INDEX_FORMAT,
        generation=0,
        created="",
        tokenisation=tokenisation_stamp(),
        keys=key_stamp(),
        journal=0,
        totals=Totals(),
        segments=(),
        lexicon=(),
        counters=nothing,
        values=nothing,
        next_file=1,
    )
    return Snapshot(manifest, (), Lexicon(()), {facet: [] for facet in FACETS}, np.zeros(0, dtype=np.uint32))
