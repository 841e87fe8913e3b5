"""The inner loops of a search, twice: ``plain`` in NumPy, which defines them, and ``compiled`` by Numba.

Both are held equal by one suite of tests. A short command uses the plain ones, since loading Numba takes longer than
its whole search; a server or a benchmark uses the compiled ones.
"""

from __future__ import annotations

from importlib import import_module
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from search.kernels.plain import APART, Docs, FieldWeight, Freqs, Mask, Places, Scores

KernelName = Literal["plain", "compiled"]


class Kernels(Protocol):
    """What both versions offer; each function is described in ``search.kernels.plain``."""

    name: str

    def mask_of(self, doc: Docs, num_docs: int) -> Mask: ...
    def freq_of(self, doc: Docs, freq: Freqs, wanted: NDArray[np.int64], num_docs: int) -> Freqs: ...
    def bm25f(self, freq: Freqs, field_weight: FieldWeight, norm: Scores, k1: float, title_k1: float) -> Scores: ...
    def has_within(self, anchors: Places, others: Places, low: int, high: int) -> Mask: ...
    def best(self, scores: Scores, most: int) -> NDArray[np.int64]: ...
    def count_values(
        self, mask: Mask, start: NDArray[np.uint32], value: NDArray[np.uint32], num_values: int
    ) -> NDArray[np.int64]: ...


def load_kernels(name: KernelName) -> Kernels:
    """One version of the kernels; ValueError for another name."""
    if name not in ("plain", "compiled"):
        raise ValueError(f"kernels {name!r} are unknown; known: plain, compiled")
    return import_module(f"search.kernels.{name}")


__all__ = ["APART", "Docs", "FieldWeight", "Freqs", "KernelName", "Kernels", "Mask", "Places", "Scores", "load_kernels"]
