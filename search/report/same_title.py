"""Same title, same story: which articles may be there twice; no article is read for it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
    return _groups(snapshot, docs, signature[docs])


def told_twice(snapshot: Snapshot, among: Bools) -> list[Ints]:
    """The stories that two or more documents tell, those of the most documents first.

    Args:
        among: the documents that count; bool, (num_docs,).
    Returns:
        Document numbers of each story, in its order (``index.stories``).
    """
    stories = snapshot.stories
    entry = np.flatnonzero(among[stories.doc])
    return _groups(snapshot, stories.doc[entry], stories.of_entry[entry])


def _groups(snapshot: Snapshot, docs: Ints, key: NDArray[Any]) -> list[Ints]:
    """The documents of each run of equal keys, where it has several.

    The largest come first, then those with the newest document, by date and id: numbers of documents have a history.
    """

    def rank(group: Ints) -> tuple[int, int, bytes]:
        told = map(partial(moment_and_id, snapshot), group.tolist())
        newest = min((-moment, article_id) for moment, article_id in told)
        return -len(group), *newest

    runs = np.split(docs, np.flatnonzero(key[1:] != key[:-1]) + 1)
    return sorted((run for run in runs if len(run) > 1), key=rank)
