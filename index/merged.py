"""Merged columns: the postings of whole sets of forms that many documents of a segment hold.

Merging the forms of a common key at every question would be its dearest part, so that it is done once:

    merged_set          identities of the sets (``set_identity``), ascending; uint64, (num_sets,)
    merged_start        first posting of each set; uint32, (num_sets + 1,)
    merged_doc          documents, ascending in each set; uint16, (num_postings,)
    merged_code         packed frequency of each posting, as its place in the set's table; uint8, (num_postings,)
    merged_table        the different frequencies of each set, ascending; uint16
    merged_table_start  where each set's table begins; uint32, (num_sets + 1,)

Hardly any set has more than 256 different frequencies, for three of them are bytes where two would be needed. One that
has more lists the frequency of each posting in place of its table, and its codes say nothing.

A merged column is known by the set of form ids that it was merged from: another rule gives another set, and can never
read a stale column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, Spool
from index.kernels import Union
from index.kernels.plain import union
from index.lexicon import FUNCTION, LEVELS, Lexicon

MERGED_SHARE: Final = 0.02
"""A key whose forms stand in more than this share of a segment's documents gets a merged column."""

MERGED_MIN_DOCS: Final = 1_024
"""Below this size of a segment, merging postings on the fly is cheap."""

_MOST_CODES = 256


def set_identity(form_ids: NDArray[np.uint32]) -> int:
    """The identity of a set of forms: a 64-bit hash of their ids in ascending order."""
    digest = hashlib.blake2b(np.ascontiguousarray(form_ids, dtype="<u4").tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def merge_columns(segment: dict[str, Array], lexicon: Lexicon, folder: Path, add_up: Union = union) -> dict[str, Array]:
    """The merged columns of a segment.

    Args:
        lexicon: has all forms of the segment.
        folder: where what does not fit in memory is put aside, in nameless files.
        add_up: gives the postings of a set of forms.
    """
    num_docs = len(segment["doc_num"])
    doc, code = Spool(folder, np.uint16), Spool(folder, np.uint8)
    identities: list[int] = []
    starts, table_starts = [0], [0]
    tables = [np.zeros(0, dtype=np.uint16)]
    start = segment["form_start"]
    wanted = _wanted_sets(segment, lexicon) if num_docs >= MERGED_MIN_DOCS else {}
    for identity, forms in sorted(wanted.items()):
        docs, freqs = add_up(segment["posting_doc"], segment["posting_freq"], start[forms], start[forms + 1])
        if len(docs) > MERGED_SHARE * num_docs:
            table, codes = _coded(freqs)
            identities.append(identity)
            doc.append(docs)
            code.append(codes)
            tables.append(table)
            starts.append(starts[-1] + len(docs))
            table_starts.append(table_starts[-1] + len(table))
    return {
        "merged_set": np.array(identities, dtype=np.uint64),
        "merged_start": np.array(starts, dtype=np.uint32),
        "merged_doc": doc.array(),
        "merged_code": code.array(),
        "merged_table": np.concatenate(tables),
        "merged_table_start": np.array(table_starts, dtype=np.uint32),
    }


def _wanted_sets(segment: dict[str, Array], lexicon: Lexicon) -> dict[int, NDArray[np.int64]]:
    """Identity -> places in ``form_id``, for the sets of forms that may stand in enough documents."""
    return {
        set_identity(segment["form_id"][forms]): forms
        for level in LEVELS
        for forms in _common_sets(segment, lexicon, level)
    }


def _common_sets(segment: dict[str, Array], lexicon: Lexicon, level: str) -> Iterator[NDArray[np.int64]]:
    """Of each key with several forms that have enough postings together, their places in ``form_id``, ascending."""
    doc_freq = np.diff(segment["form_start"]).astype(np.int64)
    keys, at = lexicon.keys_of(level, segment["form_id"])
    if len(keys) == 0:
        return
    start = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
    size = np.diff(start, append=len(keys))
    of_key = doc_freq[at]
    upper = np.add.reduceat(of_key, start)
    # Function words are sought at level X alone: what they share a lemma with is not worth a column.
    is_function = (lexicon.traits(segment["form_id"][at]) & FUNCTION) != 0
    commonest = np.maximum.reduceat(of_key, start)
    function = np.maximum.reduceat(np.where(is_function, of_key, -1), start)
    least = MERGED_SHARE * len(segment["doc_num"])
    is_wanted = (size > 1) & (upper > least) & ((level == "exact") | (function < commonest))
    for first, count in zip(start[is_wanted].tolist(), size[is_wanted].tolist(), strict=True):
        yield np.sort(at[first : first + count])


def _coded(freqs: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """The table of some frequencies, and the place of each in it."""
    is_there = np.zeros(1 << 16, dtype=bool)
    is_there[freqs] = True
    table = np.flatnonzero(is_there).astype(np.uint16)
    if len(table) > _MOST_CODES:
        return freqs, np.zeros(len(freqs), dtype=np.uint8)
    code = np.zeros(1 << 16, dtype=np.uint8)
    code[table] = np.arange(len(table))
    return table, code[freqs]


def merged_postings(
    segment: dict[str, Array], forms: NDArray[np.int64]
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint8] | None] | None:
    """The postings of a set of forms as ``Postings`` takes them, if it has a merged column.

    Args:
        forms: places in ``form_id`` (not ids), ascending; (n,).
    Returns:
        The documents; their packed frequencies and no codes, or the table of frequencies and the codes.
    """
    known = segment["merged_set"]
    if len(known) == 0:
        return None
    identity = np.uint64(set_identity(segment["form_id"][forms]))
    row = int(np.searchsorted(known, identity))
    if row == len(known) or known[row] != identity:
        return None
    start, end = segment["merged_start"][row : row + 2].tolist()
    table_start, table_end = segment["merged_table_start"][row : row + 2].tolist()
    table = segment["merged_table"][table_start:table_end]
    codes = None if len(table) > _MOST_CODES else segment["merged_code"][start:end]
    return segment["merged_doc"][start:end], table, codes
