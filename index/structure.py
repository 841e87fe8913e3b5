"""Structure: which columns an index has, and which of their lengths must agree, so that a reader stays inside them.

Looked at whenever a snapshot is opened. Of the columns of forms and postings only the lengths and last entries are
read; of those with an entry a document, which nearly every question reads, it is also seen that they lead nowhere
outside: a fifth of a millisecond a segment. What a damaged column says otherwise is found by ``index.verification``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np

from index.columns import REBUILD, Array, distinct
from index.dates import day_number, month_number
from index.errors import IndexCorrupt
from index.frequencies import FIELD_NAMES, NUM_FIELDS
from index.generation import DataFolder
from index.lexicon import LEVELS
from index.manifest import Manifest
from index.postings import MAX_DOCS, POSTINGS_A_BLOCK
from index.segment import FACETS, NO_READS, UNDATED_DAY
from index.sketches import SKETCH_COLUMNS
from index.stories import STORY_COLUMNS

SEGMENT_COLUMNS: Final[Mapping[str, str]] = {
    "form_id": "<u4",
    "form_start": "<u4",
    "position_start": "<u4",
    "position_block": "<u4",
    "posting_doc": "<u2",
    "posting_freq": "<u2",
    "overflow_posting": "<u4",
    **{f"overflow_{name}": "<u4" for name in FIELD_NAMES},
    "position": "<u2",
    "merged_set": "<u8",
    "merged_start": "<u4",
    "merged_doc": "<u2",
    "merged_code": "|u1",
    "merged_table": "<u2",
    "merged_table_start": "<u4",
    "doc_num": "<i8",
    "doc_id_text": "|u1",
    "doc_id_offsets": "<u4",
    "doc_published": "<i8",
    "doc_day": "<i4",
    "doc_month": "<i4",
    "doc_text_bytes": "<u4",
    "doc_reads": "<i4",
    "doc_dropped": "<u4",
    **dict.fromkeys(SKETCH_COLUMNS, "<u4"),
    **{f"doc_length_{field}": "<u4" for field in range(NUM_FIELDS)},
    **{f"{facet}_{what}": "<u4" for facet in FACETS for what in ("start", "value")},
}
"""Name and dtype of each column of a segment; see ``index.segment``."""

LEXICON_COLUMNS: Final[Mapping[str, str]] = {
    "first_id": "<i8",
    "form_text": "|u1",
    "form_offsets": "<u4",
    "form_hash": "<u8",
    "form_order": "<u4",
    "form_traits": "|u1",
    "prefix_text": "|u1",
    "prefix_offsets": "<u4",
    "prefix_row": "<u4",
    **{f"{level}_hash": "<u8" for level in LEVELS},
    **{f"{level}_{what}": "<u4" for level in LEVELS for what in ("start", "forms", "row", "more_form", "more_row")},
}
"""Name and dtype of each column of a part of the lexicon; see ``index.lexicon``."""

_FIRST_DAY, _LAST_DAY = (day_number(day) for day in (date.min, date.max))
_LAST_MONTH = month_number(date.max)

TOMBSTONE_COLUMNS: Final[Mapping[str, str]] = {"doc": "<u2"}
COUNTER_COLUMNS: Final[Mapping[str, str]] = {"doc_freq": "<u4"}


def check_structure(
    folder: DataFolder,
    manifest: Manifest,
    columns_of: Mapping[str, Mapping[str, Array]],
    values: Mapping[str, Sequence[str]],
) -> None:
    """Refuse a generation whose files do not fit together, or into the manifest.

    Args:
        columns_of: of each file of columns that the manifest lists, by name.
        values: of each facet.
    Raises:
        IndexCorrupt: names the file, and the first thing that does not fit.
    """

    def refuse(name: str, faults: Iterator[str]) -> None:
        for fault in faults:
            raise IndexCorrupt(folder.index / name, fault, REBUILD)

    refuse(manifest.values.name, _faults_of_values(values))
    for entry in manifest.segments:
        columns = columns_of[entry.file.name]
        refuse(entry.file.name, _faults_of_segment(columns, entry.num_docs))
        refuse(entry.file.name, _faults_of_documents(columns, values))
        if entry.deleted is not None:
            gone = columns_of[entry.deleted.name]
            refuse(entry.deleted.name, _faults_of_tombstones(gone, entry.num_deleted, entry.num_docs))
    num_forms = 0
    for part in manifest.lexicon:
        refuse(part.name, _faults_of_part(columns_of[part.name], num_forms))
        num_forms += len(columns_of[part.name]["form_hash"])
    refuse(manifest.counters.name, _faults_of_counters(columns_of[manifest.counters.name], num_forms))
    if manifest.stories is not None:
        refuse(manifest.stories.name, _faults_of_stories(columns_of[manifest.stories.name], manifest, columns_of))
    head = folder.manifest_path(manifest.generation)
    live = sum(entry.num_docs - entry.num_deleted for entry in manifest.segments)
    if live != manifest.totals.num_docs:
        raise IndexCorrupt(head, f"counts {manifest.totals.num_docs} articles where its segments have {live}", REBUILD)
    # Every score is reckoned with the lengths: a flipped one is worth the adding up.
    tokens = tuple(_num_tokens(manifest, columns_of, field) for field in range(NUM_FIELDS))
    if tokens != manifest.totals.field_tokens:
        found = f"counts {manifest.totals.field_tokens} words by field where its segments have {tokens}"
        raise IndexCorrupt(head, found, REBUILD)


def _num_tokens(manifest: Manifest, columns_of: Mapping[str, Mapping[str, Array]], field: int) -> int:
    """The lengths of a field of all live documents together."""
    total = 0
    for entry in manifest.segments:
        lengths = columns_of[entry.file.name][f"doc_length_{field}"]
        total += int(lengths.sum(dtype=np.int64))
        if entry.deleted is not None:
            total -= int(lengths[columns_of[entry.deleted.name]["doc"]].sum(dtype=np.int64))
    return total


def _other_names(columns: Mapping[str, Array], expected: Mapping[str, str]) -> Iterator[str]:
    found = {name: column.dtype.str for name, column in columns.items()}
    if found != expected:
        differing = sorted(dict(found.items() ^ expected.items()))
        yield f"has other columns than it should: {', '.join(differing[:3])}"


def _other_length(columns: Mapping[str, Array], length: int, *names: str) -> Iterator[str]:
    for name in names:
        if len(columns[name]) != length:
            yield f"has {len(columns[name])} entries of {name} where {length} belong"


def _other_rows(columns: Mapping[str, Array], starts: str, num_rows: int, entries: str) -> Iterator[str]:
    """Faults of compressed rows: where each of so many rows begins among some entries, and the end of the last."""
    yield from _other_length(columns, num_rows + 1, starts)
    first, end, expected = int(columns[starts][0]), int(columns[starts][-1]), len(columns[entries])
    if (first, end) != (0, expected):
        yield f"has {starts} from {first} to {end} where {entries} has {expected} entries"


def _faults_of_segment(columns: Mapping[str, Array], num_docs: int) -> Iterator[str]:
    yield from _other_names(columns, SEGMENT_COLUMNS)
    if not 0 < num_docs <= MAX_DOCS:
        yield f"has {num_docs} documents; allowed: 1 to {MAX_DOCS}"
    per_doc = [name for name in SEGMENT_COLUMNS if name.startswith("doc_") and "_id_" not in name]
    yield from _other_length(columns, num_docs, *per_doc)
    yield from _other_rows(columns, "doc_id_offsets", num_docs, "doc_id_text")
    for facet in FACETS:
        yield from _other_rows(columns, f"{facet}_start", num_docs, f"{facet}_value")
    num_forms, num_postings = len(columns["form_id"]), len(columns["posting_doc"])
    yield from _other_rows(columns, "form_start", num_forms, "posting_doc")
    yield from _other_rows(columns, "position_start", num_forms, "position")
    yield from _other_length(columns, num_postings, "posting_freq")
    yield from _other_length(columns, -(-num_postings // POSTINGS_A_BLOCK), "position_block")
    yield from _other_length(columns, len(columns["overflow_posting"]), *(f"overflow_{name}" for name in FIELD_NAMES))
    yield from _other_rows(columns, "merged_start", len(columns["merged_set"]), "merged_doc")
    yield from _other_rows(columns, "merged_table_start", len(columns["merged_set"]), "merged_table")
    yield from _other_length(columns, len(columns["merged_doc"]), "merged_code")


def _faults_of_documents(columns: Mapping[str, Array], values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What columns with an entry a document say that cannot be: what leads a reader out of arrays, and other reads."""
    for facet in FACETS:
        start, value = columns[f"{facet}_start"], columns[f"{facet}_value"]
        if (start[1:] < start[:-1]).any():
            yield f"has {facet}_start that does not ascend"
        if len(value) and (number := int(value.max())) >= len(values[facet]):
            yield f"names {facet} number {number} where there are {len(values[facet])}"
    day, month = columns["doc_day"], columns["doc_month"]
    strange = day[(day < _FIRST_DAY) | (day > _LAST_DAY)]
    if (strange != UNDATED_DAY).any() or not -1 <= month.min() <= month.max() <= _LAST_MONTH:
        yield "has a day outside of the calendar"
    if (least := int(columns["doc_reads"].min())) < NO_READS:
        yield f"has an article that was read {least} times"


def _faults_of_values(values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if values.keys() != set(FACETS):
        yield f"has values of {', '.join(sorted(values))} where {', '.join(FACETS)} belong"


def _faults_of_tombstones(columns: Mapping[str, Array], num_deleted: int, num_docs: int) -> Iterator[str]:
    yield from _other_names(columns, TOMBSTONE_COLUMNS)
    yield from _other_length(columns, num_deleted, "doc")
    deleted = columns["doc"]
    if num_deleted and not (int(deleted[-1]) < num_docs and (deleted[1:] > deleted[:-1]).all()):
        yield "lists documents that its segment cannot have"


def _faults_of_part(columns: Mapping[str, Array], first_id: int) -> Iterator[str]:
    yield from _other_names(columns, LEXICON_COLUMNS)
    yield from _other_length(columns, 1, "first_id")
    if columns["first_id"][0] != first_id:
        yield f"has forms from number {columns['first_id'][0]} on where {first_id} is the next"
    num_forms = len(columns["form_hash"])
    yield from _other_length(columns, num_forms, "form_order", "form_traits", *(f"{level}_row" for level in LEVELS))
    yield from _other_rows(columns, "form_offsets", num_forms, "form_text")
    for level in LEVELS:
        yield from _other_rows(columns, f"{level}_start", len(columns[f"{level}_hash"]), f"{level}_forms")
        yield from _other_length(columns, len(columns[f"{level}_more_form"]), f"{level}_more_row")
    num_keys = len(columns["exact_hash"])
    yield from _other_length(columns, num_keys, "prefix_row")
    yield from _other_rows(columns, "prefix_offsets", num_keys, "prefix_text")


def _faults_of_counters(columns: Mapping[str, Array], num_forms: int) -> Iterator[str]:
    yield from _other_names(columns, COUNTER_COLUMNS)
    yield from _other_length(columns, num_forms, "doc_freq")


def _faults_of_stories(
    columns: Mapping[str, Array], manifest: Manifest, columns_of: Mapping[str, Mapping[str, Array]]
) -> Iterator[str]:
    """What would lead a reader out of the documents, or show it one that is deleted, or one twice."""
    yield from _other_names(columns, STORY_COLUMNS)
    yield from _other_length(columns, len(columns["link_one"]), "link_other")
    start, doc = columns["story_start"].astype(np.int64), columns["story_doc"]
    if (np.diff(start) < 2).any() or len(start) < 2:
        yield "has a story of fewer than two articles"
    yield from _other_rows(columns, "story_start", len(start) - 1, "story_doc")
    first_doc = np.cumsum([0, *(entry.num_docs for entry in manifest.segments)])
    is_free = np.ones(first_doc[-1], dtype=bool)
    for entry, first in zip(manifest.segments, first_doc.tolist(), strict=False):
        if entry.deleted is not None:
            is_free[first:][columns_of[entry.deleted.name]["doc"]] = False
    if len(doc) and int(doc.max()) >= len(is_free):
        yield f"names document {doc.max()} where there are {len(is_free)}"
    if not is_free[doc].all() or len(distinct(doc)) != len(doc):
        yield "has a deleted article in a story, or an article in two"
