"""A segment: one immutable set of columns over at most 65,536 documents.

Documents are numbered in date order, newest first, undated last, equal dates by article id, so that a range of dates is
a slice and the order of the numbers is the order of ties. The columns:

    form_id                     forms printed in the segment, ascending; uint32, (num_forms,)
    form_start                  first posting of each form; uint32, (num_forms + 1,)
    position_start              first position of each form; uint32, (num_forms + 1,)
    position_block              first position of every posting whose number is a multiple of POSTINGS_A_BLOCK; uint32
    posting_doc, posting_freq   one entry a posting, by form, then document; uint16, (num_postings,)
    overflow_*                  the few postings whose counts do not fit in ``posting_freq``, and their counts
    position                    by posting, ascending, one an occurrence; uint16, (num_positions,)
    merged_*                    postings of whole sets of forms (``index.merged``)
    doc_*                       one entry a document: store number, id, moment, day, month, length of each field,
                                bytes of text, how often it was read, how many of its words no phrase can reach, and
                                what its text is like (``index.sketches``)
    SITE_start, SITE_value ...  for each facet, compressed rows of value numbers a document

Frequencies are packed, and overflow, as in ``index.frequencies``. The fields of a document follow each other in its
positions with FIELD_GAP between them.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import Array, pack_strings, ranges, unpack_strings
from index.dates import day_in_rome, day_number, month_number, timestamp
from index.encoder import TextEncoder
from index.frequencies import NUM_FIELDS, TAGS
from index.postings import MAX_DOCS, PostingsColumns, TokenRuns, merge_postings, pack_tokens
from index.sections import section_paths
from index.sketches import NUM_VALUES, SKETCH_COLUMNS
from index.store import StoredArticle, text_size

FIELD_GAP: Final = 128
"""Positions left free between the fields of an article: no phrase and no "near" reaches across."""

LAST_POSITION: Final = 65_535
"""Words at or beyond this position stay searchable and all stand here, where no phrase looks."""

FACETS: Final = ("site", "section", "author", "tag")

UNDATED: Final = np.iinfo(np.int64).min
UNDATED_DAY: Final = np.iinfo(np.int32).min

NO_READS: Final = -1
"""In ``doc_reads``, of an article that does not say how often it was read; int32."""

MOST_READS: Final = 2**31 - 1
"""In ``doc_reads``, of an article that was read as often, or oftener."""

MAX_TOKENS: Final = 2**31
"""Where a posting or a position of a segment stands is four bytes; its last batch of articles may go beyond this."""


class ValueTable:
    """The values of each facet (sites, sections, authors, tags), numbered in the order of their first appearance."""

    def __init__(self, values: dict[str, list[str]] | None = None) -> None:
        self.values: dict[str, list[str]] = {facet: list((values or {}).get(facet, [])) for facet in FACETS}
        self._number = {facet: {text: at for at, text in enumerate(texts)} for facet, texts in self.values.items()}

    def number(self, facet: str, text: str) -> int:
        """The number of a value, a new one if it has none."""
        known, texts = self._number[facet], self.values[facet]
        if text not in known:
            known[text] = len(texts)
            texts.append(text)
        return known[text]

    def numbers(self, facet: str, texts: Sequence[str]) -> list[int]:
        """The numbers of some values."""
        return [self.number(facet, text) for text in texts]


def _facet_values(article: Article) -> dict[str, tuple[str, ...]]:
    return {
        "site": (article.site,) if article.site else (),
        "section": section_paths(article.section),
        "author": tuple(dict.fromkeys(article.authors)),
        "tag": tuple(dict.fromkeys(article.tags)),
    }


class SegmentBuilder:
    """Takes articles in any order and gives the columns of one segment."""

    def __init__(self, encoder: TextEncoder, values: ValueTable, *, folder: Path, max_run_tokens: int) -> None:
        """Nothing yet.

        Args:
            folder: where what does not fit in memory is put aside, in nameless files.
            max_run_tokens: tokens to hold in memory, at about 24 bytes each.
        """
        self._encoder = encoder
        self._values = values
        self._folder = folder
        self._tokens = TokenRuns(folder, max_run_tokens=max_run_tokens)
        self._lengths: list[NDArray[np.int64]] = []
        self._ids: list[bytes] = []
        self._nums = array("q")
        self._published = array("q")
        self._days = array("i")
        self._months = array("i")
        self._text_bytes = array("I")
        self._reads = array("i")
        self._facet_counts = {facet: array("I") for facet in FACETS}
        self._facet_values = {facet: array("I") for facet in FACETS}
        self._far_words: list[NDArray[np.int64]] = []
        self._sketches: list[NDArray[np.uint32]] = []

    def __len__(self) -> int:
        return len(self._nums)

    def room(self) -> int:
        """How many more articles may be added; 0 when the segment should be built."""
        return 0 if len(self._tokens) >= MAX_TOKENS or self._encoder.is_full else MAX_DOCS - len(self)

    def forms(self) -> NDArray[np.int64]:
        """The encoder's numbers of the forms that the articles print, ascending: int64."""
        return self._tokens.forms()

    def add(self, batch: Sequence[StoredArticle]) -> None:
        """Take in some articles, at most ``room()``."""
        first = len(self)
        texts = [text for stored in batch for text in _texts(stored.article)]
        encoded = self._encoder.encode(texts)
        lengths = encoded.length.reshape(-1, NUM_FIELDS)
        field_start = np.zeros_like(lengths)
        field_start[:, 1:] = np.cumsum(lengths[:, :-1] + FIELD_GAP, axis=1)
        position = encoded.position + field_start.ravel()[encoded.text]
        doc, field = np.divmod(encoded.text.astype(np.uint64), np.uint64(NUM_FIELDS))
        self._far_words.append(np.bincount(doc[position >= LAST_POSITION].astype(np.int64), minlength=len(batch)))
        self._tokens.append(
            pack_tokens(encoded.form, doc + np.uint64(first), field, np.minimum(position, LAST_POSITION))
        )
        self._lengths.append(lengths)
        is_told = field != TAGS
        word_hash = self._encoder.word_hashes(encoded.form[is_told])
        self._sketches.append(self._encoder.kernels.sketches(doc[is_told].astype(np.int64), word_hash, len(batch)))
        for stored in batch:
            self._describe(stored)

    def _describe(self, stored: StoredArticle) -> None:
        article = stored.article
        self._nums.append(stored.num)
        self._ids.append(article.article_id.encode())
        self._text_bytes.append(text_size(article))
        self._reads.append(_reads(article))
        if article.published is None:
            self._published.append(int(UNDATED))
            self._days.append(int(UNDATED_DAY))
            self._months.append(-1)
        else:
            day = day_in_rome(article.published)
            self._published.append(timestamp(article.published))
            self._days.append(day_number(day))
            self._months.append(month_number(day))
        for facet, texts in _facet_values(article).items():
            self._facet_counts[facet].append(len(texts))
            self._facet_values[facet].extend(self._values.numbers(facet, texts))

    def build(self, form_ids: NDArray[np.int64], value_numbers: dict[str, NDArray[np.uint32]]) -> dict[str, Array]:
        """The columns, without merged columns.

        Args:
            form_ids: for each number of the encoder's forms, its id in the lexicon; (len(encoder.forms),).
            value_numbers: for each facet, and each number of the builder's values, the number to write.
        """
        published = np.array(self._published, dtype=np.int64)
        order = _document_order(published, self._ids)
        doc_num = np.empty(len(self), dtype=np.uint64)
        doc_num[order] = np.arange(len(self), dtype=np.uint64)
        postings = PostingsColumns(self._folder)
        for block in self._tokens.blocks(form_ids, doc_num):
            postings.append(block)
        lengths = np.concatenate(self._lengths)[order] if self._lengths else np.zeros((0, NUM_FIELDS), dtype=np.int64)
        id_text, id_offsets = pack_strings([self._ids[at] for at in order])
        columns = postings.columns() | {
            "doc_num": np.array(self._nums, dtype=np.int64)[order],
            "doc_id_text": id_text,
            "doc_id_offsets": id_offsets,
            "doc_published": published[order],
            "doc_day": np.array(self._days, dtype=np.int32)[order],
            "doc_month": np.array(self._months, dtype=np.int32)[order],
            "doc_text_bytes": np.array(self._text_bytes, dtype=np.uint32)[order],
            "doc_reads": np.array(self._reads, dtype=np.int32)[order],
        }
        columns |= {f"doc_length_{field}": lengths[:, field].astype(np.uint32) for field in range(NUM_FIELDS)}
        for facet in FACETS:
            values = value_numbers[facet][np.array(self._facet_values[facet], dtype=np.uint32)]
            columns |= _facet_rows(facet, np.array(self._facet_counts[facet], dtype=np.uint32), values, order)
        far_words = np.concatenate(self._far_words)[order] if self._far_words else np.zeros(0, dtype=np.int64)
        columns["doc_dropped"] = far_words.astype(np.uint32)
        sketches = np.concatenate([np.zeros((0, NUM_VALUES // 4), dtype=np.uint32), *self._sketches])[order]
        return columns | dict(zip(SKETCH_COLUMNS, sketches.T, strict=True))


def _reads(article: Article) -> int:
    """What ``doc_reads`` says of an article. No record has less than 0, but a script may, which must spoil no index."""
    return NO_READS if article.reads is None or article.reads < 0 else min(article.reads, MOST_READS)


def _document_order(published: NDArray[np.int64], ids: Sequence[bytes]) -> NDArray[np.int64]:
    """Where the documents of a segment stand before they are numbered: newest first, undated last, equal ones by id."""
    by_id = np.empty(len(ids), dtype=np.int64)
    by_id[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return np.lexsort((by_id, -published.astype(np.float64), published == UNDATED))


def _texts(article: Article) -> tuple[str, str, str, str]:
    return article.title, article.lead, article.body, "\n".join(article.tags)  # each tag begins a line of its own


def _facet_rows(
    facet: str, counts: NDArray[np.uint32], values: NDArray[np.uint32], order: NDArray[np.int64]
) -> dict[str, Array]:
    """The columns of a facet.

    Args:
        counts: how many values each document has, before documents are numbered; (num_docs,).
        values: theirs, one document after the other.
        order: which document has each number; (num_docs,).
    """
    before = np.cumsum(counts, dtype=np.int64) - counts
    start = np.zeros(len(counts) + 1, dtype=np.uint32)
    np.cumsum(counts[order], out=start[1:])
    return {f"{facet}_start": start, f"{facet}_value": values[ranges(before[order], counts[order])]}


def merge_segments(
    segments: Sequence[dict[str, Array]], deleted: Sequence[NDArray[np.uint16]], folder: Path
) -> dict[str, Array]:
    """The columns of one segment in place of several, without their deleted documents and without merged columns.

    Args:
        deleted: for each segment its deleted document numbers, ascending.
        folder: where what does not fit in memory is put aside, in nameless files.
    """
    kept = [
        np.setdiff1d(np.arange(len(segment["doc_num"])), gone, assume_unique=True)
        for segment, gone in zip(segments, deleted, strict=True)
    ]
    pairs = list(zip(segments, kept, strict=True))

    def gather(name: str) -> Array:
        return np.concatenate([segment[name][docs] for segment, docs in pairs])

    ids = [
        text
        for segment, docs in pairs
        for texts in [unpack_strings(segment["doc_id_text"], segment["doc_id_offsets"])]
        for text in map(texts.__getitem__, docs)
    ]
    published = gather("doc_published")
    order = _document_order(published, ids)
    new_num = np.empty(len(ids), dtype=np.int64)
    new_num[order] = np.arange(len(ids))
    renumberings: list[NDArray[np.int64]] = []
    before = 0
    for segment, docs in pairs:
        renumbering = np.full(len(segment["doc_num"]), -1, dtype=np.int64)
        renumbering[docs] = new_num[before : before + len(docs)]
        renumberings.append(renumbering)
        before += len(docs)
    columns = merge_postings(segments, renumberings, folder)
    id_text, id_offsets = pack_strings([ids[at] for at in order])
    columns |= {"doc_id_text": id_text, "doc_id_offsets": id_offsets}
    columns |= {name: gather(name)[order] for name in segments[0] if name.startswith("doc_") and "_id_" not in name}
    for facet in FACETS:
        start = [(segment[f"{facet}_start"][docs], segment[f"{facet}_start"][docs + 1]) for segment, docs in pairs]
        counts = np.concatenate([end - first for first, end in start])
        values = [
            segment[f"{facet}_value"][ranges(first, end - first)]
            for (segment, _), (first, end) in zip(pairs, start, strict=True)
        ]
        columns |= _facet_rows(facet, counts, np.concatenate(values), order)
    return columns
