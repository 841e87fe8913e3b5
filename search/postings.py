"""Postings of sets of forms on a snapshot, kept for the next questions: the words that people ask for come again.

What is kept is what would be made from the mapped columns once more: the sums over the forms of a key, and where the
forms stand in each segment. What is read as it lies in a file takes no memory of ours and is not counted.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array
from index.lexicon import FormIds
from index.snapshot import Postings, Snapshot, Union

MAX_KEPT_BYTES: Final = 64 << 20
"""Some hundreds of common words, or many thousands of rare ones."""

_BYTES_EACH: Final = 500
"""What Python's objects take for one set, and for each segment of it."""


@dataclass(frozen=True, slots=True)
class FormPostings:
    """A set of forms on one snapshot.

    Attributes:
        forms: their ids, ascending.
        here: of each segment the places in its ``form_id`` of those that it prints.
        postings: of each segment.
        doc_freq: live documents that hold one of them.
    """

    forms: FormIds
    here: tuple[NDArray[np.int64], ...]
    postings: tuple[Postings, ...]
    doc_freq: int

    @property
    def kept_bytes(self) -> int:
        """The memory that keeping it takes, beside what lies in a file."""
        arrays: list[Array] = [self.forms, *self.here]
        for one in self.postings:
            arrays += [one.doc, one.freq]
        # An array over a mapped file is a view of another one.
        return _BYTES_EACH * (1 + len(self.postings)) + sum(
            array.nbytes for array in arrays if not isinstance(array.base, np.ndarray)
        )


class PostingsCache:
    """The sets of forms that were asked for last; threads may share it."""

    def __init__(self, snapshot: Snapshot, *, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._snapshot = snapshot
        self._max_bytes = max_bytes
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
        postings = tuple(segment.postings(places, union) for segment, places in zip(segments, here, strict=True))
        doc_freq = sum(segment.live(one.doc) for segment, one in zip(segments, postings, strict=True))
        return FormPostings(forms, here, postings, doc_freq)
