"""The inner loops of indexing, twice: ``plain`` in Python and NumPy, which defines them, and ``compiled`` by Numba.

Both are held equal by one suite of tests. A commit of some articles uses the plain ones, since loading Numba takes
longer than indexing a thousand articles, and compiling the kernels, once on a machine, as long as some thousands.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from index.kernels.types import BORDER, ChunkTables, EncodedTexts, NumberedChunks, Union

KernelName = Literal["plain", "compiled"]

_log = logging.getLogger("emeroteca.kernels")

COMPILED_ARTICLES: Final = 16_384
"""So many articles for one process are worth the compiled kernels, also where they must be compiled first."""


class ChunkNumbers(Protocol):
    """See ``index.kernels.plain``."""

    def __len__(self) -> int: ...
    def of(self, texts: Sequence[str]) -> NumberedChunks: ...


class Kernels(Protocol):
    """What both versions offer; each is described in ``index.kernels.plain``."""

    name: str

    def prepare(self) -> None: ...
    def ChunkNumbers(self) -> ChunkNumbers: ...  # noqa: N802  # a class of each
    def tokens_of(self, chunks: NumberedChunks, tables: ChunkTables) -> EncodedTexts: ...
    def sketches(
        self, text: NDArray[np.int64], word_hash: NDArray[np.uint32], num_texts: int
    ) -> NDArray[np.uint32]: ...
    @property
    def union(self) -> Union: ...


def load_kernels(name: KernelName) -> Kernels:
    """One version of the kernels, ready (``ready_kernels``)."""
    kernels: Kernels = ready_kernels("index.kernels", name)
    return kernels


def ready_kernels(package: str, name: KernelName) -> Any:
    """One version of the kernels of a package, ready; the plain ones where this machine cannot have the compiled.

    Numba lags a new Python by some months, and wants a folder where it may keep what it compiled: one that is full, or
    what was cut off there when the power failed, is no reason not to index or to answer, and only logged.
    """
    try:
        kernels = import_module(f"{package}.{name}")
        kernels.prepare()
    except Exception as error:  # whatever Numba makes of its files
        if name == "plain":
            raise
        told = {"package": package, "reason": str(error)}
        _log.warning("kernels: Numba cannot be used here, and all takes longer", extra={"fields": told})
        return ready_kernels(package, "plain")
    return kernels


def kernels_for(num_articles: int) -> KernelName:
    """Which kernels a process should index so many articles with."""
    return "compiled" if num_articles >= COMPILED_ARTICLES else "plain"


__all__ = [
    "BORDER",
    "COMPILED_ARTICLES",
    "ChunkNumbers",
    "ChunkTables",
    "EncodedTexts",
    "KernelName",
    "Kernels",
    "NumberedChunks",
    "Union",
    "kernels_for",
    "load_kernels",
    "ready_kernels",
]
