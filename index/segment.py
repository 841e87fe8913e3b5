"""A segment: one immutable set of columns over at most 65,536 documents.

Documents are numbered in date order, newest first, undated last, equal dates by article id, so that a range of dates is
a slice and the order of the numbers is the order of ties. The columns:

    form_id                     forms printed in the segment, ascending; uint32, (num_forms,)
    form_start                  first posting of each form; uint32, (num_forms + 1,)
    position_start              first position of each form; uint64, (num_forms + 1,)
    posting_doc, posting_freq   one entry a posting, by form, then document; uint16, (num_postings,)
    overflow_*                  the few postings whose counts do not fit in ``posting_freq``, and their counts
    position                    by posting, ascending, one an occurrence; uint16, (num_positions,)
    merged_set, merged_start    sorted identities of the form sets with a merged column, and the rows of each
    merged_doc, merged_freq     postings of the whole set, as above
    doc_*                       one entry a document: store number, id, moment, day, month, length of each field,
                                bytes of text, and how many of its words no phrase can reach
    SITE_start, SITE_value ...  for each facet, compressed rows of value numbers a document

Frequencies are packed, and overflow, as in ``index.frequencies``. The fields of a document follow each other in its
positions with FIELD_GAP between them. Merged columns are explained at ``merge_columns``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import Array, pack_strings, ranges, unpack_strings
from index.dates import day_in_rome, day_number, timestamp
from index.encoder import TextEncoder
from index.frequencies import NUM_FIELDS, add_capped, occurrences, overflow, pack
from index.lexicon import FUNCTION, LEVELS, Lexicon
from index.store import StoredArticle, text_size

MAX_DOCS: Final = 65_536
"""A document number is two bytes (docs/decisions/0004)."""

FIELD_GAP: Final = 128
"""Positions left free between the fields of an article: no phrase and no "near" reaches across."""

LAST_POSITION: Final = 65_535
"""Words at or beyond this position stay searchable and all stand here, where no phrase looks."""

FACETS: Final = ("site", "section", "author", "tag")

UNDATED: Final = np.iinfo(np.int64).min
UNDATED_DAY: Final = np.iinfo(np.int32).min

MERGE_BLOCK_TOKENS: Final = 500_000
"""Tokens that a merge of segments holds unpacked at a time."""

MERGED_SHARE: Final = 0.02
"""A key whose forms stand in more than this share of a segment's documents gets a merged column."""

MERGED_MIN_DOCS: Final = 1_024
"""Below this size of a segment, merging postings on the fly is cheap."""


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


def section_paths(section: Sequence[str]) -> tuple[str, ...]:
    """The path of a section and of all its parents, ("A", "A / B"): what an article counts for."""
    return tuple(" / ".join(section[: depth + 1]) for depth in range(len(section)))


def _facet_values(article: Article) -> dict[str, tuple[str, ...]]:
    return {
        "site": (article.site,) if article.site else (),
        "section": section_paths(article.section),
        "author": tuple(dict.fromkeys(article.authors)),
        "tag": tuple(dict.fromkeys(article.tags)),
    }


class SegmentBuilder:
    """Takes articles in any order and gives the columns of one segment."""

    def __init__(self, encoder: TextEncoder, values: ValueTable, *, max_tokens: int) -> None:
        self._encoder = encoder
        self._values = values
        self._max_tokens = max_tokens
        self._tokens: list[NDArray[np.uint64]] = []
        self._num_tokens = 0
        self._lengths: list[NDArray[np.int64]] = []
        self._ids: list[bytes] = []
        self._nums: list[int] = []
        self._published: list[int] = []
        self._days: list[int] = []
        self._months: list[int] = []
        self._text_bytes: list[int] = []
        self._facets: dict[str, list[list[int]]] = {facet: [] for facet in FACETS}
        self._far_words: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self._nums)

    def room(self) -> int:
        """How many more articles may be added; 0 when the segment should be built."""
        return 0 if self._num_tokens >= self._max_tokens else MAX_DOCS - len(self)

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
            _pack_tokens(encoded.form, doc + np.uint64(first), field, np.minimum(position, LAST_POSITION))
        )
        self._num_tokens += len(encoded.form)
        self._lengths.append(lengths)
        for stored in batch:
            self._describe(stored)

    def _describe(self, stored: StoredArticle) -> None:
        article = stored.article
        self._nums.append(stored.num)
        self._ids.append(article.article_id.encode())
        self._text_bytes.append(text_size(article))
        if article.published is None:
            self._published.append(int(UNDATED))
            self._days.append(int(UNDATED_DAY))
            self._months.append(-1)
        else:
            day = day_in_rome(article.published)
            self._published.append(timestamp(article.published))
            self._days.append(day_number(day))
            self._months.append(day.year * 12 + day.month - 1)
        for facet, texts in _facet_values(article).items():
            self._facets[facet].append([self._values.number(facet, text) for text in texts])

    def build(self, form_ids: NDArray[np.int64]) -> dict[str, Array]:
        """The columns, without merged columns.

        Args:
            form_ids: for each number of the encoder's forms, its id in the lexicon; (len(encoder.forms),).
        """
        published = np.array(self._published, dtype=np.int64)
        order = _document_order(published, self._ids)
        doc_num = np.empty(len(self), dtype=np.uint64)
        doc_num[order] = np.arange(len(self), dtype=np.uint64)
        tokens = np.empty(self._num_tokens, dtype=np.uint64)
        filled = 0
        wide_ids = form_ids.astype(np.uint64)
        while self._tokens:  # each piece is let go as soon as it is copied: together they are the most memory held
            piece = self._tokens.pop()
            tokens[filled : filled + len(piece)] = _renumbered(piece, wide_ids, doc_num)
            filled += len(piece)
        columns = _postings(tokens)
        lengths = np.concatenate(self._lengths)[order] if self._lengths else np.zeros((0, NUM_FIELDS), dtype=np.int64)
        id_text, id_offsets = pack_strings([self._ids[at] for at in order])
        columns |= {
            "doc_num": np.array(self._nums, dtype=np.int64)[order],
            "doc_id_text": id_text,
            "doc_id_offsets": id_offsets,
            "doc_published": published[order],
            "doc_day": np.array(self._days, dtype=np.int32)[order],
            "doc_month": np.array(self._months, dtype=np.int32)[order],
            "doc_text_bytes": np.array(self._text_bytes, dtype=np.uint32)[order],
        }
        columns |= {f"doc_length_{field}": lengths[:, field].astype(np.uint32) for field in range(NUM_FIELDS)}
        for facet, rows in self._facets.items():
            columns |= _compress_rows(facet, [rows[at] for at in order])
        far_words = np.concatenate(self._far_words)[order] if self._far_words else np.zeros(0, dtype=np.int64)
        columns["doc_dropped"] = far_words.astype(np.uint32)
        return columns


def _document_order(published: NDArray[np.int64], ids: Sequence[bytes]) -> NDArray[np.int64]:
    """Where the documents of a segment stand before they are numbered: newest first, undated last, equal ones by id."""
    by_id = np.empty(len(ids), dtype=np.int64)
    by_id[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return np.lexsort((by_id, -published.astype(np.float64), published == UNDATED))


def _texts(article: Article) -> tuple[str, str, str, str]:
    return article.title, article.lead, article.body, "\n".join(article.tags)  # each tag begins a line of its own


def _compress_rows(facet: str, rows: Iterable[Sequence[int]]) -> dict[str, Array]:
    listed = list(rows)
    start = np.zeros(len(listed) + 1, dtype=np.uint32)
    np.cumsum([len(row) for row in listed], out=start[1:])
    return {
        f"{facet}_start": start,
        f"{facet}_value": np.array([value for row in listed for value in row], dtype=np.uint32),
    }


# A token while a segment is built is one number, so that one sort brings all postings into their order:
# form (30 bits), document (16), field (2), position (16).
_FORM_SHIFT, _DOC_SHIFT, _FIELD_SHIFT = np.uint64(34), np.uint64(18), np.uint64(16)
_DOC_MASK, _POSITION_MASK = np.uint64(0xFFFF), np.uint64(0xFFFF)
_IN_DOC_MASK = np.uint64((1 << 18) - 1)


def _pack_tokens(form: Array, doc: Array, field: Array, position: Array) -> NDArray[np.uint64]:
    packed = form.astype(np.uint64) << _FORM_SHIFT
    packed |= doc.astype(np.uint64) << _DOC_SHIFT
    packed |= field.astype(np.uint64) << _FIELD_SHIFT
    packed |= position.astype(np.uint64)
    return packed


def _renumbered(
    tokens: NDArray[np.uint64], form_ids: NDArray[np.uint64], doc_num: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Tokens with ids of the lexicon and final document numbers in place of provisional ones."""
    packed: NDArray[np.uint64] = form_ids[tokens >> _FORM_SHIFT] << _FORM_SHIFT
    packed |= doc_num[(tokens >> _DOC_SHIFT) & _DOC_MASK] << _DOC_SHIFT
    packed |= tokens & _IN_DOC_MASK
    return packed


def _postings(tokens: NDArray[np.uint64]) -> dict[str, Array]:
    """The columns of forms, postings and positions from packed tokens, which are sorted in place."""
    tokens.sort()
    in_field = tokens >> _FIELD_SHIFT
    first = _first_of_each(in_field)
    group = in_field[first]  # one entry for each form, document and field
    del in_field
    field = (group & np.uint64(3)).astype(np.uint8)
    count = np.diff(first, append=len(tokens)).astype(np.int32)
    del first
    posting = group >> (_DOC_SHIFT - _FIELD_SHIFT)
    del group
    starts = _first_of_each(posting)
    place = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(starts, append=len(posting)))
    counts = np.zeros((NUM_FIELDS, len(starts)), dtype=np.int32)
    counts[field, place] = count
    del place, count, field
    posting = posting[starts]
    form = posting >> (_FORM_SHIFT - _DOC_SHIFT)
    first = _first_of_each(form)
    form_start = np.append(first, len(posting))
    positions_before = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
    return {
        "form_id": form[first].astype(np.uint32),
        "form_start": form_start.astype(np.uint32),
        "position_start": positions_before[form_start].astype(np.uint64),
        "posting_doc": (posting & _DOC_MASK).astype(np.uint16),
        "posting_freq": pack(counts),
        "position": (tokens & _POSITION_MASK).astype(np.uint16),
        **overflow(counts),
    }


def _first_of_each(ascending: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where each distinct value of a sorted array stands first."""
    if len(ascending) == 0:
        return np.zeros(0, dtype=np.int64)
    return np.concatenate(([0], np.flatnonzero(ascending[1:] != ascending[:-1]) + 1))


def merge_segments(segments: Sequence[dict[str, Array]], deleted: Sequence[NDArray[np.uint16]]) -> dict[str, Array]:
    """The columns of one segment in place of several, without their deleted documents and without merged columns.

    Args:
        deleted: for each segment its deleted document numbers, ascending.
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
    columns = _merge_postings(segments, renumberings)
    id_text, id_offsets = pack_strings([ids[at] for at in order])
    columns |= {"doc_id_text": id_text, "doc_id_offsets": id_offsets}
    columns |= {name: gather(name)[order] for name in segments[0] if name.startswith("doc_") and "_id_" not in name}
    for facet in FACETS:
        rows = [
            segment[f"{facet}_value"][start:end].tolist()
            for segment, docs in pairs
            for start, end in zip(
                segment[f"{facet}_start"][docs].tolist(), segment[f"{facet}_start"][docs + 1].tolist(), strict=True
            )
        ]
        columns |= _compress_rows(facet, [rows[at] for at in order])
    return columns


def _merge_postings(segments: Sequence[dict[str, Array]], new_num: Sequence[NDArray[np.int64]]) -> dict[str, Array]:
    """The columns of forms, postings and positions of several segments, a block of forms at a time.

    Args:
        new_num: for each segment the new number of each document, -1 for one that is left out.
    """
    form_ids = np.unique(np.concatenate([segment["form_id"] for segment in segments]))
    tokens_before = np.zeros(len(form_ids) + 1, dtype=np.int64)
    for segment in segments:
        at = np.searchsorted(form_ids, segment["form_id"])
        tokens_before[at + 1] += np.diff(segment["position_start"]).astype(np.int64)
    block = np.cumsum(tokens_before)[:-1] // MERGE_BLOCK_TOKENS
    borders = np.append(form_ids[_first_of_each(block.astype(np.uint64))].astype(np.int64), np.iinfo(np.uint32).max)
    pieces: list[dict[str, Array]] = []
    for first, end in pairwise(borders.tolist()):
        tokens = [_tokens_of(segment, numbers, first, end) for segment, numbers in zip(segments, new_num, strict=True)]
        pieces.append(_postings(np.concatenate(tokens)))
    return _concatenate(pieces)


def _concatenate(pieces: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """Columns of postings of ascending blocks of forms, as one; the pieces are emptied, to hold no column twice."""
    nothing = _postings(np.zeros(0, dtype=np.uint64))
    before = 0
    for piece in pieces:
        piece["overflow_posting"] += np.uint32(before)
        before += len(piece["posting_doc"])
    for name, counted in (("form_start", "posting_doc"), ("position_start", "position")):
        before = 0
        for piece in pieces:
            piece[name] = piece[name][:-1] + np.asarray(before, dtype=piece[name].dtype)
            before += len(piece[counted])
        nothing[name] = np.array([before], dtype=nothing[name].dtype)
    return {name: np.concatenate([*(piece.pop(name) for piece in pieces), nothing[name]]) for name in list(nothing)}


def _tokens_of(segment: dict[str, Array], new_num: NDArray[np.int64], first: int, end: int) -> NDArray[np.uint64]:
    """The packed tokens of some forms of a segment, of the documents that have a new number.

    Args:
        first, end: the form ids, half-open.
    """
    begin, until = np.searchsorted(segment["form_id"], (first, end)).tolist()
    form_start = segment["form_start"][begin : until + 1].astype(np.int64)
    position_start = segment["position_start"][begin : until + 1].astype(np.int64)
    posting = np.arange(form_start[0], form_start[-1])
    counts = occurrences(segment, posting)
    in_posting = counts.sum(axis=0)
    form = np.repeat(segment["form_id"][begin:until], np.diff(form_start))
    doc = new_num[segment["posting_doc"][posting]]
    field = np.repeat(np.tile(np.arange(NUM_FIELDS, dtype=np.uint64), len(in_posting)), counts.T.ravel())
    position = segment["position"][position_start[0] : position_start[-1]]
    packed = _pack_tokens(np.repeat(form, in_posting), np.repeat(np.maximum(doc, 0), in_posting), field, position)
    return packed[np.repeat(doc >= 0, in_posting)]


def set_identity(form_ids: NDArray[np.uint32]) -> int:
    """The identity of a set of forms: a 64-bit hash of their ids in ascending order."""
    digest = hashlib.blake2b(np.ascontiguousarray(form_ids, dtype="<u4").tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def merge_columns(segment: dict[str, Array], lexicon: Lexicon) -> dict[str, Array]:
    """The merged columns of a segment: the postings of every key whose forms stand in many of its documents.

    A merged column is known by the set of form ids that it was merged from: another rule gives another set, and can
    never read a stale column.
    """
    num_docs = len(segment["doc_num"])
    merged: dict[int, tuple[Array, Array]] = {}
    if num_docs >= MERGED_MIN_DOCS:
        doc_freq = np.diff(segment["form_start"]).astype(np.int64)
        for level in LEVELS:
            keys, holders = lexicon.forms_by_key(level)
            at = np.minimum(np.searchsorted(segment["form_id"], holders), len(segment["form_id"]) - 1)
            present = segment["form_id"][at] == holders
            keys, at = keys[present], at[present]
            start = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
            size = np.diff(start, append=len(keys))
            of_key = doc_freq[at]
            upper = np.add.reduceat(of_key, start) if len(start) else start
            # Function words are sought at level X alone: what they share a lemma with is not worth a column.
            is_function = (lexicon.traits(segment["form_id"][at]) & FUNCTION) != 0
            commonest = np.maximum.reduceat(of_key, start) if len(start) else start
            function = np.maximum.reduceat(np.where(is_function, of_key, -1), start) if len(start) else start
            is_wanted = (size > 1) & (upper > MERGED_SHARE * num_docs) & ((level == "exact") | (function < commonest))
            for first, count in zip(*(a[is_wanted].tolist() for a in (start, size)), strict=True):
                forms = np.sort(at[first : first + count])
                identity = set_identity(segment["form_id"][forms])
                if identity not in merged:
                    postings = union_postings(
                        segment["posting_doc"],
                        segment["posting_freq"],
                        segment["form_start"][forms],
                        segment["form_start"][forms + 1],
                    )
                    if len(postings[0]) > MERGED_SHARE * num_docs:
                        merged[identity] = postings
    identities = sorted(merged)
    start = np.zeros(len(identities) + 1, dtype=np.uint32)
    np.cumsum([len(merged[identity][0]) for identity in identities], out=start[1:])
    doc, freq = np.empty(start[-1], dtype=np.uint16), np.empty(start[-1], dtype=np.uint16)
    for row, identity in enumerate(identities):
        doc[start[row] : start[row + 1]], freq[start[row] : start[row + 1]] = merged.pop(identity)
    return {
        "merged_set": np.array(identities, dtype=np.uint64),
        "merged_start": start,
        "merged_doc": doc,
        "merged_freq": freq,
    }


def union_postings(
    doc: NDArray[np.uint16], freq: NDArray[np.uint16], start: NDArray[np.uint32], end: NDArray[np.uint32]
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Documents that hold one of some forms, ascending, and their summed frequencies.

    Args:
        doc, freq: the postings of a segment; (num_postings,).
        start, end: of each form its first posting, and the one behind its last; (num_forms,).
    """
    posting = ranges(start, end - start)
    doc, freq = doc[posting], freq[posting]
    order = np.argsort(doc, kind="stable")
    doc, freq = doc[order], freq[order]
    first = np.flatnonzero(np.diff(doc.astype(np.int32), prepend=-1))
    return doc[first], add_capped(freq, first)
