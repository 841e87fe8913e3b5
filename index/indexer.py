"""The indexer: articles in, files of segments and parts of the lexicon out; what each process of a rebuild runs.

An indexer numbers forms and facet values for itself while it reads. For a finished segment it asks the *ledger*, which
all indexers of a generation share, for the numbers that hold in the generation. Forms that are new to the generation
get their keys from an indexer that met them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, read_columns, write_columns
from index.encoder import TextEncoder
from index.kernels import Kernels
from index.lexicon import Lexicon, build_part, hash_strings
from index.manifest import FileEntry, SegmentEntry
from index.merged import merge_columns
from index.segment import FACETS, SegmentBuilder, ValueTable
from index.store import StoredArticle

BATCH: Final = 256
"""Articles tokenised at a time."""

FORMS_A_PART: Final = 1 << 17
"""New forms that get their keys at a time, at about 500 bytes each."""


class Asked(NamedTuple):
    """What an indexer asks numbers for, of one segment.

    Attributes:
        hashes: of forms; uint64, (num_forms,).
        values: facet -> values.
    """

    hashes: NDArray[np.uint64]
    values: dict[str, list[str]]


class Numbers(NamedTuple):
    """What the ledger gives a segment.

    Attributes:
        form_ids: the ids of the forms asked for; int64, (num_forms,).
        first_own, end_own: the forms with these ids, half-open, are new, and want their keys from whoever asked.
        values: facet -> the numbers of the values asked for.
        part, segment: names for the files to write; further parts have a number behind theirs.
    """

    form_ids: NDArray[np.int64]
    first_own: int
    end_own: int
    values: dict[str, list[int]]
    part: str
    segment: str


class Ledger(Protocol):
    """What all indexers of one generation share."""

    def number(self, asked: Asked) -> Numbers:
        """Number forms, known by their hashes, and values."""

    def add_parts(self, parts: tuple[FileEntry, ...]) -> tuple[FileEntry, ...]:
        """Hand over the parts with the keys of the forms that are one's own; all parts there are then."""

    def add_segment(self, segment: SegmentEntry) -> None:
        """Hand over the segment that was numbered last."""

    def count(self, num_articles: int) -> None:
        """Tell that some articles have been read."""


class Indexer:
    """Turns articles into segments, each as large as segments get."""

    def __init__(self, folder: Path, ledger: Ledger, kernels: Kernels, *, max_run_tokens: int) -> None:
        self._folder = folder
        self._kernels = kernels
        self._ledger = ledger
        self._max_run_tokens = max_run_tokens
        self._values = ValueTable()
        self._value_numbers = {facet: np.zeros(0, dtype=np.uint32) for facet in FACETS}
        self._forget_forms()

    def _forget_forms(self) -> None:
        self._encoder = TextEncoder(self._kernels)
        self._form_ids = np.zeros(0, dtype=np.int64)  # by the encoder's numbers; -1 where the ledger was not asked yet

    def take_in(self, articles: Iterator[StoredArticle]) -> None:
        """Index some articles, and hand the segments over to the ledger."""
        batch = list(islice(articles, BATCH))
        while batch:
            if self._encoder.is_full:
                self._forget_forms()
            builder = SegmentBuilder(
                self._encoder, self._values, folder=self._folder, max_run_tokens=self._max_run_tokens
            )
            while batch and (len(builder) == 0 or builder.room() >= len(batch)):
                builder.add(batch)
                self._ledger.count(len(batch))
                batch = list(islice(articles, BATCH))
            self._finish(builder)

    def _finish(self, builder: SegmentBuilder) -> None:
        numbers, parts = self._number(builder.forms())
        columns = builder.build(self._form_ids, self._value_numbers)
        lexicon = Lexicon(tuple(self._read(part) for part in parts))
        columns |= merge_columns(columns, lexicon, self._folder, self._kernels.union)
        self._ledger.add_segment(SegmentEntry(self._write(numbers.segment, columns), len(builder)))

    def _number(self, forms: NDArray[np.int64]) -> tuple[Numbers, tuple[FileEntry, ...]]:
        """Have the forms and values of a segment numbered, and give keys to those that are ours to give."""
        unasked = np.full(len(self._encoder.forms) - len(self._form_ids), -1, dtype=np.int64)
        self._form_ids = np.concatenate((self._form_ids, unasked))
        asked = forms[self._form_ids[forms] < 0]
        hashes = hash_strings([self._encoder.forms[at].encode() for at in asked.tolist()])
        values = {facet: texts[len(self._value_numbers[facet]) :] for facet, texts in self._values.values.items()}
        numbers = self._ledger.number(Asked(hashes, values))
        for facet, new in numbers.values.items():
            self._value_numbers[facet] = np.concatenate((self._value_numbers[facet], np.array(new, dtype=np.uint32)))
        self._form_ids[asked] = numbers.form_ids
        is_own = (numbers.form_ids >= numbers.first_own) & (numbers.form_ids < numbers.end_own)
        own = asked[is_own][np.argsort(numbers.form_ids[is_own])].tolist()
        parts: list[FileEntry] = []
        for first in range(0, len(own), FORMS_A_PART):
            some = [self._encoder.forms[at] for at in own[first : first + FORMS_A_PART]]
            name = numbers.part if first == 0 else f"{Path(numbers.part).stem}-{len(parts)}.lex"
            parts.append(self._write(name, build_part(some, numbers.first_own + first)))
        return numbers, self._ledger.add_parts(tuple(parts))

    def _write(self, name: str, columns: dict[str, Array]) -> FileEntry:
        size_bytes, crc32 = write_columns(self._folder / name, columns)
        return FileEntry(name, size_bytes, crc32)

    def _read(self, entry: FileEntry) -> dict[str, Array]:
        return read_columns(self._folder / entry.name, size_bytes=entry.size_bytes)
