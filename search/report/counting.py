"""Counting: in how many articles the words of many groups stand, by month, by week, by whatever splits the articles.

Whole arrays of postings at a time, never one after the other; and as many at a time as keep memory bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import distinct, ranges
from index.frequencies import BODY, LEAD, TITLE, unpack
from index.italian.folding import MARK
from index.lexicon import NO_ROW, FormIds
from index.snapshot import Segment, Snapshot

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OUTSIDE: Final = -1
"""The group of a form, or the bin of a document, that is not counted."""

Among = Callable[[NDArray[np.uint16]], Bools]
"""Which postings count, by their packed frequencies (``index.frequencies``)."""

CENTRAL_TIMES: Final = 3

POSTINGS_AT_ONCE: Final = 1 << 21
"""Some 60 bytes each while they are counted."""


def is_central(packed: NDArray[np.uint16]) -> Bools:
    """The postings of articles that are about the word: it stands in their title, or three times in lead and body."""
    counts = unpack(packed)
    central: Bools = (counts[TITLE] > 0) | (counts[LEAD] + counts[BODY] >= CENTRAL_TIMES)
    return central


def count_articles(
    snapshot: Snapshot, group: Ints, bins: Ints, *, num_groups: int, num_bins: int, among: Among | None = None
) -> Ints:
    """In how many documents of each bin a form of each group stands; a document counts once a group.

    Args:
        group: of each form of the lexicon the number of its group, or OUTSIDE; int64, (num_forms,).
        bins: of each document of the snapshot its bin, or OUTSIDE, as for a deleted one; int64, (num_docs,).
        among: which postings count; all of them when None.
    Returns:
        int64, (num_groups, num_bins).
    """
    counts = np.zeros((num_groups, num_bins), dtype=np.int64)
    for segment, (first, end) in zip(snapshot.segments, pairwise(snapshot.first_doc.tolist()), strict=True):
        _count_segment(counts, segment, group, bins[first:end], among)
    return counts


def _count_segment(counts: Ints, segment: Segment, group: Ints, bins: Ints, among: Among | None) -> None:
    columns = segment.columns
    owner = group[columns["form_id"]]
    here = np.flatnonzero(owner >= 0)
    here = here[np.argsort(owner[here], kind="stable")]  # the forms of a group together
    owner = owner[here]
    start = columns["form_start"][here].astype(np.int64)
    length = columns["form_start"][here + 1] - start
    for low, high in pairwise(_blocks(owner, length)):
        posting = ranges(start[low:high], length[low:high])
        doc = columns["posting_doc"][posting]
        counted = bins[doc] >= 0
        if among is not None:
            counted &= among(columns["posting_freq"][posting])
        # One number for a group and a document, so that two forms of a group in one article are one.
        pair = distinct((np.repeat(owner[low:high], length[low:high]) << 16 | doc)[counted])
        lowest, highest = int(owner[low]), int(owner[high - 1])
        bin_of_pair = ((pair >> 16) - lowest) * counts.shape[1] + bins[pair & 0xFFFF]
        some = np.bincount(bin_of_pair, minlength=(highest - lowest + 1) * counts.shape[1])
        counts[lowest : highest + 1] += some.reshape(-1, counts.shape[1])


def _blocks(owner: Ints, length: Ints) -> list[int]:
    """Where to cut some forms so that a group stays whole and a block has about POSTINGS_AT_ONCE postings.

    Args:
        owner, length: of each form its group, ascending, and how many postings it has; (n,).
    Returns:
        Ascending from 0 to n; one number where there is nothing.
    """
    if len(owner) == 0:
        return [0]
    borders = np.flatnonzero(np.diff(owner, prepend=OUTSIDE, append=owner[-1] + 1))
    before = np.concatenate(([0], np.cumsum(length)))[borders]
    is_cut = np.diff(before // POSTINGS_AT_ONCE, prepend=-1) > 0
    is_cut[-1] = True
    return [int(at) for at in borders[is_cut]]


def groups_by_key(snapshot: Snapshot, level: str) -> tuple[Ints, int]:
    """Which forms ask for one key at a level.

    Returns:
        Of each form the number of the first key that it asks for, OUTSIDE where there is none; int64, (num_forms,). And
        how many numbers there are.
    """
    parts = snapshot.lexicon.parts
    hashes: list[NDArray[np.uint64]] = [np.zeros(0, dtype=np.uint64)]
    has_key: list[Bools] = [np.zeros(0, dtype=bool)]
    for part in parts:
        row = part[f"{level}_row"]
        has_key.append(row != NO_ROW)
        hashes.append(part[f"{level}_hash"][row[row != NO_ROW]])
    group = np.full(snapshot.lexicon.num_forms, OUTSIDE, dtype=np.int64)
    keys, number = np.unique(np.concatenate(hashes), return_inverse=True)
    group[np.concatenate(has_key)] = number
    return group, len(keys)


def renumbered(group: Ints, kept: Ints, num_groups: int) -> Ints:
    """The groups with some numbers, counted from 0 in the order given; the forms of others are OUTSIDE.

    Args:
        kept: numbers of groups, each once; (n,).
    """
    number = np.full(num_groups + 1, OUTSIDE, dtype=np.int64)  # the last place is that of OUTSIDE
    number[kept] = np.arange(len(kept))
    chosen: Ints = number[group]
    return chosen


def forms_by_group(group: Ints, num_groups: int) -> tuple[FormIds, Ints]:
    """The forms of each group, one group after the other.

    Returns:
        Form ids, uint32; and where those of each group begin, with the end of the last, int64, (num_groups + 1,).
    """
    form = np.flatnonzero(group >= 0)
    form = form[np.argsort(group[form], kind="stable")]
    start = np.searchsorted(group[form], np.arange(num_groups + 1))
    return form.astype(np.uint32), start


def forms_made_of(snapshot: Snapshot, allowed: bytes) -> Bools:
    """Which forms have no other bytes in UTF-8 than some, their mark aside: bool, (num_forms,)."""
    is_allowed = np.zeros(256, dtype=bool)
    is_allowed[list(allowed + MARK.encode())] = True
    made = [  # no form is empty
        np.logical_and.reduceat(is_allowed[part["form_text"]], part["form_offsets"][:-1])
        for part in snapshot.lexicon.parts
        if len(part["form_hash"])
    ]
    return np.concatenate([np.zeros(0, dtype=bool), *made])


def lengths_of_forms(snapshot: Snapshot) -> Ints:
    """Bytes of each form in UTF-8, its mark included: int64, (num_forms,)."""
    lengths = [np.zeros(0, dtype=np.int64), *(np.diff(part["form_offsets"]) for part in snapshot.lexicon.parts)]
    return np.concatenate(lengths).astype(np.int64)
