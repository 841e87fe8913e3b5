"""The inner loops of a search, twice: ``plain`` in NumPy, which defines them, and ``compiled`` by Numba.

Both are held equal by one suite of tests. A short command uses the plain ones, since loading Numba takes longer than
its whole search; a server or a benchmark uses the compiled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from search.kernels.types import (
    Docs,
    FieldWeight,
    Freqs,
    Lengths,
    Mask,
    Norm,
    Pieces,
    Places,
    PostingColumns,
    ScoredTerm,
    Scores,
)

KernelName = Literal["plain", "compiled"]


class Kernels(Protocol):
    """What both versions offer; each function is described in ``search.kernels.plain``."""

    name: str

    def prepare(self) -> None: ...
    def union(
        self, doc: Docs, freq: Freqs, start: NDArray[np.uint32], end: NDArray[np.uint32]
    ) -> tuple[Docs, Freqs]: ...
    def mask_of(self, doc: Docs, num_docs: int) -> Mask: ...
    def add_scores(
        self, total: Scores, docs: NDArray[np.int64], term: ScoredTerm, lengths: Lengths, norm: Norm
    ) -> None: ...
    def places(self, columns: PostingColumns, forms: NDArray[np.int64], within: Mask) -> Places: ...
    def followed(
        self,
        columns: PostingColumns,
        forms: tuple[NDArray[np.int64], NDArray[np.int64]],
        within: Mask,
        lengths: Lengths,
        reach: int,
    ) -> tuple[Docs, Freqs]: ...
    def has_within(self, anchors: Places, others: Places, low: int, high: int) -> Mask: ...
    def count_places(self, found: Places, lengths: Lengths, field: int) -> tuple[Docs, Freqs]: ...
    def best(self, scores: Scores, most: int) -> NDArray[np.int64]: ...
    def count_values(
        self, counts: NDArray[np.int64], docs: NDArray[np.int64], start: NDArray[np.uint32], value: NDArray[np.uint32]
    ) -> None: ...
    def chunks_with(self, text: str, pieces: Pieces) -> Sequence[tuple[int, int]] | None: ...


def load_kernels(name: KernelName) -> Kernels:
    """One version of the kernels; ValueError for another name."""
    if name not in ("plain", "compiled"):
        raise ValueError(f"kernels {name!r} are unknown; known: plain, compiled")
    kernels: Kernels = import_module(f"search.kernels.{name}")
    kernels.prepare()
    return kernels


__all__ = [
    "Docs",
    "FieldWeight",
    "Freqs",
    "KernelName",
    "Kernels",
    "Lengths",
    "Mask",
    "Norm",
    "Pieces",
    "Places",
    "PostingColumns",
    "ScoredTerm",
    "Scores",
    "load_kernels",
]
