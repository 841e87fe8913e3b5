"""Same title, same story: which articles may be there twice; no article is read for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from index.frequencies import SHIFTS, TITLE
from index.snapshot import Snapshot
from search.report.counting import Bools, Ints, groups_by_key
from search.scoring import moment_and_id

MIN_WORDS: Final = 4
"""Shorter titles come again: "Notizie in breve"."""

_MIX: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


def same_title(snapshot: Snapshot, among: Bools) -> list[Ints]:
    """Groups of two or more documents whose titles have the same words, case and accents aside.

    Args:
        among: the documents that count; bool, (num_docs,).
    Returns:
        Document numbers, ascending, of each group; the largest groups first, then those with the newest article.
    """
    key, _ = groups_by_key(snapshot, "exact")
    signature = np.zeros(snapshot.num_docs, dtype=np.uint64)
    words = np.zeros(snapshot.num_docs, dtype=np.int64)
    for first, segment in zip(snapshot.first_doc.tolist(), snapshot.segments, strict=False):
        columns = segment.columns
        times = columns["posting_freq"] >> SHIFTS[TITLE]
        posting = np.flatnonzero(times)
        form = columns["form_id"][np.searchsorted(columns["form_start"], posting, side="right") - 1]
        mixed = (key[form] + 1).astype(np.uint64) * _MIX
        mixed = (mixed ^ mixed >> np.uint64(29)) * _MIX * times[posting].astype(np.uint64)
        doc = columns["posting_doc"][posting].astype(np.int64) + first
        np.add.at(signature, doc, mixed)
        words[first : first + segment.num_docs] = columns["doc_length_0"]
    docs = np.flatnonzero(among & (words >= MIN_WORDS))
    docs = docs[np.argsort(signature[docs], kind="stable")]
    borders = np.flatnonzero(np.diff(signature[docs]) != 0) + 1
    groups = [group for group in np.split(docs, borders) if len(group) > 1]
    return _largest_first(snapshot, groups)


def told_twice(snapshot: Snapshot, among: Bools) -> list[Ints]:
    """The stories that two or more documents tell, those of the most documents first.

    Args:
        among: the documents that count; bool, (num_docs,).
    Returns:
        Document numbers of each story, in its order (``index.stories``).
    """
    stories = snapshot.stories
    entry = np.flatnonzero(among[stories.doc])
    borders = np.flatnonzero(np.diff(stories.of_entry[entry]) != 0) + 1
    groups = [group for group in np.split(stories.doc[entry], borders) if len(group) > 1]
    return _largest_first(snapshot, groups)


def _largest_first(snapshot: Snapshot, groups: Sequence[Ints]) -> list[Ints]:
    """Groups of documents by size, then by date and id of their newest: numbers of documents have a history."""

    def rank(group: Ints) -> tuple[int, int, bytes]:
        told = map(partial(moment_and_id, snapshot), group.tolist())
        newest = min((-moment, article_id) for moment, article_id in told)
        return -len(group), *newest

    return sorted(groups, key=rank)
