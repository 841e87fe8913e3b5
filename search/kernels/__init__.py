"""The inner loops of a search, twice: ``plain`` in NumPy, which defines them, and ``compiled`` by Numba.

Both are held equal by one suite of tests. A short command uses the plain ones, since loading Numba takes longer than
its whole search; a server or a benchmark uses the compiled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from index.kernels import KernelName, ready_kernels
from index.kernels import Kernels as IndexKernels
from search.kernels.types import (
    Docs,
    DocsFound,
    Fading,
    FieldWeight,
    FirstDoc,
    FormsHere,
    Freqs,
    Lengths,
    Listed,
    Mask,
    Norm,
    Norms,
    Pieces,
    Places,
    PostingColumns,
    ScoredTerm,
    Scores,
    SnapshotColumns,
)
from search.postings import SnapshotPostings


class Kernels(Protocol):
    """What both versions offer; each function is described in ``search.kernels.plain``.

    Attributes:
        indexing: the kernels that texts are read with, of the same version.
    """

    name: str
    indexing: IndexKernels

    def prepare(self) -> None: ...
    def union(
        self, doc: Docs, freq: Freqs, start: NDArray[np.uint32], end: NDArray[np.uint32]
    ) -> tuple[Docs, Freqs]: ...
    def mask_of(self, lists: Sequence[SnapshotPostings], first_doc: FirstDoc) -> Mask: ...
    def count_in(self, mask: Mask, lists: Sequence[SnapshotPostings], first_doc: FirstDoc) -> NDArray[np.int64]: ...
    def docs_in(self, mask: Mask) -> DocsFound: ...
    def scores(self, docs: DocsFound, terms: Sequence[ScoredTerm], norms: Norms, first_doc: FirstDoc) -> Scores: ...
    def bounds(self, docs: DocsFound, terms: Sequence[ScoredTerm], first_doc: FirstDoc) -> Scores: ...
    def places(
        self, columns: SnapshotColumns, segment: int, forms: NDArray[np.int64], docs: NDArray[np.int64]
    ) -> Places: ...
    def followed(
        self, columns: SnapshotColumns, words: tuple[FormsHere, FormsHere], docs: DocsFound, reach: int
    ) -> Listed: ...
    def in_a_row(self, columns: SnapshotColumns, slots: Sequence[FormsHere], docs: DocsFound) -> Listed: ...
    def fade(self, day: NDArray[np.int32], docs: DocsFound, fading: Fading) -> Scores: ...
    def reaching(
        self, docs: DocsFound, bounds: Scores, day: NDArray[np.int32], fading: Fading, least: float
    ) -> DocsFound: ...
    def best(self, scores: Scores, first: NDArray[np.int64], most: int) -> NDArray[np.int64]: ...
    def count_numbers(self, docs: DocsFound, column: NDArray[Any], num_numbers: int) -> NDArray[np.int64]: ...
    def chunks_with(self, texts: Sequence[str], pieces: Pieces) -> Sequence[Sequence[Sequence[int]] | None]: ...


def load_kernels(name: KernelName) -> Kernels:
    """One version of the kernels, ready (``index.kernels.ready_kernels``); ValueError for another name."""
    if name not in get_args(KernelName):
        raise ValueError(f"kernels {name!r} are unknown; known: {', '.join(get_args(KernelName))}")
    kernels: Kernels = ready_kernels("search.kernels", name)
    return kernels


__all__ = [
    "Docs",
    "DocsFound",
    "Fading",
    "FieldWeight",
    "FirstDoc",
    "FormsHere",
    "Freqs",
    "KernelName",
    "Kernels",
    "Lengths",
    "Listed",
    "Mask",
    "Norm",
    "Norms",
    "Pieces",
    "Places",
    "PostingColumns",
    "ScoredTerm",
    "Scores",
    "SnapshotColumns",
    "load_kernels",
]
