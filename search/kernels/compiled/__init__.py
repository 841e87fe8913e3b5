"""The kernels compiled by Numba: the same functions as ``plain``, for a server or a benchmark.

``prepare`` compiles them, some seconds each the first time, and keeps the result beside their files or in Numba's cache
folder. They are compiled for the very types of array that a search gives them: an array that may be written to is
another type than one that may not, and would be compiled for anew while a reader waits.

Arithmetic is in the order of ``plain`` and without fused operations, so that scores agree to the last bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.frequencies import NUM_FIELDS
from index.kernels import compiled as indexing
from index.snapshot import Postings
from search.kernels.compiled.placing import followed, in_a_row, places
from search.kernels.compiled.scoring import (
    best,
    bounds,
    count_in,
    count_numbers,
    docs_in,
    fade,
    mask_of,
    reaching,
    scores,
)
from search.kernels.compiled.texts import chunks_with
from search.kernels.types import Fading, Norm, PostingColumns, ScoredTerm, SnapshotColumns, norms_from, pieces
from search.postings import FieldLengths, SnapshotPostings

name = "compiled"

union = indexing.union


def prepare() -> None:
    """Compile all kernels, or take them from the cache, so that no question waits for it."""
    of_file: list[NDArray[Any]] = []
    for values, dtype in (([0], np.uint16), ([1], np.uint16), ([0, 1], np.uint32), ([0], np.uint32), ([0], np.uint16)):
        array = np.array(values, dtype=dtype)
        array.setflags(write=False)
        of_file.append(array)
    doc, freq, start, value, position = of_file
    docs, first_doc = np.zeros(1, dtype=np.int64), np.array([0, 1], dtype=np.int64)
    forms = np.zeros(1, dtype=np.int64)
    forms.setflags(write=False)
    lengths = (value,) * NUM_FIELDS
    columns = PostingColumns(start, start, value, doc, freq, value[:0], docs[:0], position)
    postings = SnapshotPostings((Postings(doc, freq),))
    count_in(mask_of([postings], first_doc), [postings], first_doc)
    indexing.prepare()
    of_all = SnapshotColumns((columns,), FieldLengths((lengths,)), first_doc)
    places(of_all, 0, forms, docs)
    followed(of_all, ([forms], [forms]), docs, 1)
    term = ScoredTerm(postings, (1.0,) * 5, 1.0)
    norm = Norm((1.0,) * NUM_FIELDS, (1.0,) * NUM_FIELDS, 1.0, 1.0)
    bounds(docs, [term], first_doc)
    best(scores(docs, [term], norms_from(FieldLengths((lengths,)), norm), first_doc), first_doc, 1)
    fading = Fading(1, np.zeros(2))
    fade(start.view(np.int32), docs, fading)
    reaching(docs, np.zeros(1), start.view(np.int32), fading, 1.0)
    docs_in(np.ones(1, dtype=bool))
    count_numbers(docs, np.zeros(1, dtype=np.uint16), 1)
    count_numbers(docs, np.zeros(1, dtype=np.uint32), 1)
    chunks_with(["a"], pieces([("a", True, True)]))


__all__ = [
    "best",
    "bounds",
    "chunks_with",
    "count_in",
    "count_numbers",
    "docs_in",
    "fade",
    "followed",
    "in_a_row",
    "indexing",
    "mask_of",
    "name",
    "places",
    "prepare",
    "reaching",
    "scores",
    "union",
]
