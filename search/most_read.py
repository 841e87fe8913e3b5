"""The most read: which live articles were read most often, without a question."""

from __future__ import annotations

import numpy as np

from index.snapshot import Snapshot
from search.kernels import Kernels, Mask
from search.scoring import moment_and_id
from search.selection import Filters


def most_read_docs(snapshot: Snapshot, filters: Filters, most: int, kernels: Kernels) -> list[int]:
    """The live documents that pass some filters and were read at all, at most so many: most read first.

    Equally read ones stand by date, newest first and undated last, then by article id.
    """
    reads = snapshot.column("doc_reads")
    is_read: Mask = reads > 0
    if snapshot.live_docs is not None:
        is_read &= snapshot.live_docs
    is_asked = filters.all(is_read)
    counted = reads[is_asked]
    if len(counted) > most:  # what was read less than the last of them goes at once: it is nearly everything
        is_asked &= reads >= np.partition(counted, -most)[-most]
    docs = np.flatnonzero(is_asked)
    worth = reads[docs].astype(np.float64)  # exact: float64 has every integer of 32 bits
    # In a segment documents stand newest first, those of one moment by id: of equal ones the first are kept.
    rows = kernels.best(worth, np.searchsorted(docs, snapshot.first_doc), most)

    def rank(read: tuple[float, int]) -> tuple[float, int, bytes]:
        moment, article_id = moment_and_id(snapshot, read[1])
        return -read[0], -moment, article_id

    return [doc for _, doc in sorted(zip(worth[rows].tolist(), docs[rows].tolist(), strict=True), key=rank)[:most]]
