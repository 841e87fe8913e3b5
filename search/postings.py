"""Postings of sets of forms on a snapshot, kept for the next questions: the words that people ask for come again.

A document of a snapshot has one number, whatever segment it lies in: those of the first segment come first
(``Snapshot.first_doc``). Columns stay where they are, each in the file of its segment; compiled code runs over all of
them in one call.

What is kept is what would be made from the mapped columns once more: the sums over the forms of a key, and where the
forms stand in each segment. What is read as it lies in a file takes no memory of ours and is not counted.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array
from index.frequencies import FIELD_NAMES
from index.kernels import Union
from index.lexicon import FormIds
from index.snapshot import Postings, Snapshot

KEPT_BYTES: Final = 64 << 20
KEPT_BYTES_A_DOC: Final = 128
"""The memory for what is kept, and what there is more of it for each document: some hundreds of common words, or many
thousands of rare ones, whatever the size of the archive."""

LONGEST: Final = 0xFFFF
"""Words of a field that are counted for its length."""

_PASSED_A_DOC: Final = 16
"""Postings that are passed in the time of looking for one document."""

_BYTES_EACH: Final = 500
"""What Python's objects take for one set, and for each segment of it."""


def address_of(array: Array, dtype: type[np.integer[Any]]) -> int:
    """Where an array begins in memory; compiled code reads there what it takes for numbers of this type."""
    if array.dtype != dtype or not array.flags.c_contiguous:
        raise TypeError(f"an array of {array.dtype} where {dtype.__name__} in a row is read")
    return int(array.__array_interface__["data"][0])


@dataclass(frozen=True, eq=False)  # the same only if it is the very same: arrays have no equality
class SnapshotPostings:
    """Where one set of forms, or what is counted like one, stands in a snapshot: its postings by segment."""

    by_segment: tuple[Postings, ...]

    @cached_property
    def addresses(self) -> NDArray[np.int64]:
        """Where in memory the documents, packed frequencies and codes of each segment begin.

        And how many documents and packed frequencies there are. The address of no codes is 0. int64, (num_segments, 5);
        good as long as this object is, which holds the arrays.
        """
        found = [
            (
                address_of(one.doc, np.uint16),
                address_of(one.packed, np.uint16),
                0 if one.code is None else address_of(one.code, np.uint8),
                len(one.doc),
                len(one.packed),
            )
            for one in self.by_segment
        ]
        return np.array(found, dtype=np.int64).reshape(-1, 5)

    @cached_property
    def num_postings(self) -> int:
        """How many there are in all segments."""
        return sum(len(one.doc) for one in self.by_segment)

    def live(self, snapshot: Snapshot) -> int:
        """How many documents are not deleted."""
        return sum(segment.live(one.doc) for segment, one in zip(snapshot.segments, self.by_segment, strict=True))


def num_passed(lists: Iterable[SnapshotPostings], docs: NDArray[np.int64]) -> int:
    """How many postings are passed in the time of looking for some documents in some lists."""
    return sum(min(one.num_postings, _PASSED_A_DOC * len(docs)) for one in lists)


NOTHING_FOUND: Final = SnapshotPostings(())
"""Of what is in no segment."""


@dataclass(frozen=True)  # no slots: the table is kept
class FieldLengths:
    """How long the fields of each document are; a longer one than LONGEST counts as one of that length.

    Attributes:
        by_segment: of each segment, of each field its length in every document; uint32.
    """

    by_segment: tuple[tuple[Array, ...], ...]

    def inside(self, at: int, docs: NDArray[np.int64] | slice) -> NDArray[np.uint16]:
        """The lengths in some documents of a segment, whose number is ``at``: uint16, (NUM_FIELDS, num_docs)."""
        lengths = [np.minimum(length[docs], LONGEST) for length in self.by_segment[at]]
        return np.stack(lengths).astype(np.uint16)

    @cached_property
    def longest(self) -> int:
        """The greatest length."""
        return min(LONGEST, max((int(length.max(initial=0)) for some in self.by_segment for length in some), default=0))

    @cached_property
    def table(self) -> NDArray[np.uint16]:
        """The lengths in all documents, those of one together: uint16, (num_docs, NUM_FIELDS)."""
        columns = [self.inside(at, slice(None)).T for at in range(len(self.by_segment))]
        return np.concatenate([np.zeros((0, len(FIELD_NAMES)), dtype=np.uint16), *columns])


def field_lengths(snapshot: Snapshot) -> FieldLengths:
    """The lengths in the documents of a snapshot; made once (``Snapshot.derived``)."""
    return FieldLengths(tuple(segment.lengths for segment in snapshot.segments))


@dataclass(frozen=True, slots=True)
class FormPostings:
    """A set of forms on one snapshot.

    Attributes:
        forms: their ids, ascending.
        here: of each segment the places in its ``form_id`` of those that it prints.
        postings: of all of them.
        doc_freq: live documents that hold one of them.
        live: those that a live document holds; sets of the same have the same postings, deleted documents aside.
    """

    forms: FormIds
    here: tuple[NDArray[np.int64], ...]
    postings: SnapshotPostings
    doc_freq: int
    live: bytes

    @property
    def kept_bytes(self) -> int:
        """The memory that keeping it takes, beside what lies in a file."""
        arrays: list[Array] = [self.forms, *self.here]
        for one in self.postings.by_segment:
            arrays += [one.doc, one.packed]
        # An array over a mapped file is a view of another one.
        return _BYTES_EACH * (1 + len(self.here)) + sum(
            array.nbytes for array in arrays if not isinstance(array.base, np.ndarray)
        )


class PostingsCache:
    """The sets of forms that were asked for last; threads may share it."""

    def __init__(self, snapshot: Snapshot, *, max_bytes: int | None = None) -> None:
        """Nothing yet; ``max_bytes``: instead of KEPT_BYTES and KEPT_BYTES_A_DOC."""
        self._snapshot = snapshot
        self._max_bytes = KEPT_BYTES + KEPT_BYTES_A_DOC * snapshot.num_docs if max_bytes is None else max_bytes
        self._kept: OrderedDict[bytes, FormPostings] = OrderedDict()
        self._num_bytes = 0
        self._lock = threading.Lock()

    @property
    def num_bytes(self) -> int:
        """The memory taken now, at most ``max_bytes``."""
        return self._num_bytes

    def get(self, forms: FormIds, union: Union) -> FormPostings:
        """The postings of some forms (ascending ids); ``union`` adds up those of several."""
        name = forms.tobytes()
        with self._lock:
            if (kept := self._kept.get(name)) is not None:
                self._kept.move_to_end(name)
                return kept
        read = self._read(forms, union)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = read
                self._num_bytes += read.kept_bytes
                while self._num_bytes > self._max_bytes:
                    _, oldest = self._kept.popitem(last=False)
                    self._num_bytes -= oldest.kept_bytes
        return read

    def _read(self, forms: FormIds, union: Union) -> FormPostings:
        segments = self._snapshot.segments
        here = tuple(segment.forms_here(forms) for segment in segments)
        by_segment = tuple(segment.postings(places, union) for segment, places in zip(segments, here, strict=True))
        postings = SnapshotPostings(by_segment)
        live = forms[self._snapshot.counters[forms] > 0].tobytes()
        return FormPostings(forms, here, postings, postings.live(self._snapshot), live)
