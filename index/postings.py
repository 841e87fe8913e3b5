"""Postings: tokens in any order to the columns of forms, postings and positions, in bounded memory.

A *token* is one number while a segment is made, so that sorting brings all postings into their order. Tokens are
gathered in *runs*, each sorted and put aside; a block of forms at a time is then taken from all runs. Merging segments
takes their blocks in the same way. What has been made goes to a spool, so that no segment is ever held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, Spool, ranges
from index.frequencies import NUM_FIELDS, occurrences, overflow, pack

MAX_DOCS: Final = 65_536
"""Of one segment: a document number is two bytes (docs/decisions/0004)."""

BLOCK_TOKENS: Final = 500_000
"""Tokens that are turned into postings at a time, at about 60 bytes each."""

POSTINGS_A_BLOCK: Final = 128
"""Where the positions of a posting begin is known for one in so many; for the others, frequencies are added up."""

# form (30 bits), document (16), field (2), position (16)
_FORM_SHIFT, _DOC_SHIFT, _FIELD_SHIFT = np.uint64(34), np.uint64(18), np.uint64(16)
_DOC_MASK, _POSITION_MASK = np.uint64(0xFFFF), np.uint64(0xFFFF)
_IN_DOC_MASK = np.uint64((1 << 18) - 1)


def pack_tokens(form: Array, doc: Array, field: Array, position: Array) -> NDArray[np.uint64]:
    """Tokens as numbers that sort by form, document, field, position; uint64, of the same shape."""
    packed = form.astype(np.uint64) << _FORM_SHIFT
    packed |= doc.astype(np.uint64) << _DOC_SHIFT
    packed |= field.astype(np.uint64) << _FIELD_SHIFT
    packed |= position.astype(np.uint64)
    return packed


class TokenRuns:
    """Tokens on their way into a segment, under provisional numbers of forms and documents."""

    def __init__(self, folder: Path, *, max_run_tokens: int) -> None:
        self._max_run_tokens = max_run_tokens
        self._pending: list[NDArray[np.uint64]] = []
        self._num_pending = 0
        self._sorted = Spool(folder, np.uint64)
        self._borders = [0]
        self._starts: list[NDArray[np.int32]] = []  # of each run: the first token of each form, and the end of the last

    def __len__(self) -> int:
        return self._borders[-1] + self._num_pending

    def append(self, tokens: NDArray[np.uint64]) -> None:
        """Take in some packed tokens."""
        self._pending.append(tokens)
        self._num_pending += len(tokens)
        if self._num_pending >= self._max_run_tokens:
            self._finish_run()

    def _finish_run(self) -> None:
        if self._num_pending:
            run = np.concatenate(self._pending)
            self._pending, self._num_pending = [], 0
            run.sort()
            form = run >> _FORM_SHIFT
            first = first_of_each(form)
            of_form = np.zeros(int(form[-1]) + 1, dtype=np.int32)
            of_form[form[first]] = np.diff(first, append=len(run))
            self._starts.append(np.concatenate(([0], np.cumsum(of_form))).astype(np.int32))
            self._sorted.append(run)
            self._borders.append(self._borders[-1] + len(run))

    def forms(self) -> NDArray[np.int64]:
        """Numbers of the forms of all tokens, ascending: int64."""
        return np.flatnonzero(self._tokens_of_form())

    def _tokens_of_form(self) -> NDArray[np.int64]:
        self._finish_run()
        of_form = np.zeros(max(map(len, self._starts), default=1) - 1, dtype=np.int64)
        for starts in self._starts:
            of_form[: len(starts) - 1] += np.diff(starts)
        return of_form

    def blocks(self, form_ids: NDArray[np.int64], doc_num: NDArray[np.uint64]) -> Iterator[NDArray[np.uint64]]:
        """All tokens under their final numbers, block by block of ascending forms, each block in any order.

        Args:
            form_ids: the id of each provisional form; (num_forms,).
            doc_num: the number of each provisional document; (num_docs,).
        """
        of_form = self._tokens_of_form()
        forms = np.flatnonzero(of_form)
        forms = forms[np.argsort(form_ids[forms])]
        tokens = self._sorted.array()
        runs = [tokens[first:end] for first, end in pairwise(self._borders)]
        for first, end in pairwise(_block_borders(of_form[forms])):
            yield np.concatenate(
                [
                    _renumbered(run, starts, forms[first:end], form_ids, doc_num)
                    for run, starts in zip(runs, self._starts, strict=True)
                ]
            )


def _block_borders(tokens_of_form: NDArray[np.int64]) -> list[int]:
    """Where blocks of forms begin that have about ``BLOCK_TOKENS`` together, and the end of the last."""
    before = np.cumsum(tokens_of_form) - tokens_of_form
    return [*first_of_each(before // BLOCK_TOKENS).tolist(), len(tokens_of_form)]


def _renumbered(
    run: NDArray[np.uint64],
    starts: NDArray[np.int32],
    forms: NDArray[np.int64],
    form_ids: NDArray[np.int64],
    doc_num: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    """The tokens of some forms of a run, with the final numbers of forms and documents."""
    here = forms[forms < len(starts) - 1]
    count = starts[here + 1] - starts[here]
    tokens = run[ranges(starts[here], count)]
    packed: NDArray[np.uint64] = np.repeat(form_ids[here].astype(np.uint64) << _FORM_SHIFT, count)
    packed |= doc_num[(tokens >> _DOC_SHIFT) & _DOC_MASK] << _DOC_SHIFT
    packed |= tokens & _IN_DOC_MASK
    return packed


class PostingsColumns:
    """The columns of postings in the making, a block of ascending forms after the other."""

    def __init__(self, folder: Path) -> None:
        self._spools = {name: Spool(folder, np.uint16) for name in ("posting_doc", "posting_freq", "position")}
        self._small: dict[str, list[Array]] = {name: [array] for name, array in _postings(_NO_TOKENS, 0).items()}
        for name in self._spools:
            del self._small[name]

    def append(self, tokens: NDArray[np.uint64]) -> None:
        """Add the postings of packed tokens, which are sorted in place; their forms come after all before."""
        num_postings, num_positions = len(self._spools["posting_doc"]), len(self._spools["position"])
        block = _postings(tokens, num_postings)
        block["overflow_posting"] += np.uint32(num_postings)
        block["form_start"] = block["form_start"][1:] + np.uint32(num_postings)
        block["position_start"] = block["position_start"][1:] + np.uint32(num_positions)
        block["position_block"] += np.uint32(num_positions)
        for name, array in block.items():
            if name in self._spools:
                self._spools[name].append(array)
            else:
                self._small[name].append(array)

    def columns(self) -> dict[str, Array]:
        """All that has been added."""
        small = {name: np.concatenate(pieces) for name, pieces in self._small.items()}
        return small | {name: spool.array() for name, spool in self._spools.items()}


_NO_TOKENS = np.zeros(0, dtype=np.uint64)


def _postings(tokens: NDArray[np.uint64], num_before: int) -> dict[str, Array]:
    """The columns of forms, postings and positions from packed tokens, which are sorted in place.

    Args:
        num_before: how many postings stand before these.
    """
    tokens.sort()
    in_field = tokens >> _FIELD_SHIFT
    first = first_of_each(in_field)
    group = in_field[first]  # one entry for each form, document and field
    del in_field
    field = (group & np.uint64(3)).astype(np.uint8)
    count = np.diff(first, append=len(tokens)).astype(np.int32)
    del first
    posting = group >> (_DOC_SHIFT - _FIELD_SHIFT)
    del group
    starts = first_of_each(posting)
    place = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(starts, append=len(posting)))
    counts = np.zeros((NUM_FIELDS, len(starts)), dtype=np.int32)
    counts[field, place] = count
    del place, count, field
    posting = posting[starts]
    form = posting >> (_FORM_SHIFT - _DOC_SHIFT)
    first = first_of_each(form)
    form_start = np.append(first, len(posting))
    positions_before = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
    in_block = np.arange(-num_before % POSTINGS_A_BLOCK, len(posting), POSTINGS_A_BLOCK)
    return {
        "form_id": form[first].astype(np.uint32),
        "form_start": form_start.astype(np.uint32),
        "position_start": positions_before[form_start].astype(np.uint32),
        "position_block": positions_before[in_block].astype(np.uint32),
        "posting_doc": (posting & _DOC_MASK).astype(np.uint16),
        "posting_freq": pack(counts),
        "position": (tokens & _POSITION_MASK).astype(np.uint16),
        **overflow(counts),
    }


def first_of_each(ascending: Array) -> NDArray[np.int64]:
    """Where each distinct value of a sorted array stands first."""
    if len(ascending) == 0:
        return np.zeros(0, dtype=np.int64)
    return np.concatenate(([0], np.flatnonzero(ascending[1:] != ascending[:-1]) + 1))


def merge_postings(
    segments: Sequence[dict[str, Array]], new_num: Sequence[NDArray[np.int64]], folder: Path
) -> dict[str, Array]:
    """The columns of forms, postings and positions of several segments.

    Args:
        new_num: for each segment the new number of each document, -1 for one that is left out.
        folder: where a spool may have its file.
    """
    form_ids = np.unique(np.concatenate([segment["form_id"] for segment in segments]))
    of_form = np.zeros(len(form_ids), dtype=np.int64)
    for segment in segments:
        of_form[np.searchsorted(form_ids, segment["form_id"])] += np.diff(segment["position_start"])
    borders = np.append(form_ids.astype(np.int64), np.iinfo(np.uint32).max)[_block_borders(of_form)]
    merged = PostingsColumns(folder)
    for first, end in pairwise(borders.tolist()):
        tokens = [_tokens_of(segment, numbers, first, end) for segment, numbers in zip(segments, new_num, strict=True)]
        merged.append(np.concatenate(tokens))
    return merged.columns()


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
    packed = pack_tokens(np.repeat(form, in_posting), np.repeat(np.maximum(doc, 0), in_posting), field, position)
    return packed[np.repeat(doc >= 0, in_posting)]
