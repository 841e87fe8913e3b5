"""How many requests were answered, how, and how long it took; over all processes that answer.

The counts lie in memory that processes share when they are forked, a slab for each. A process adds to its own slab
alone, under a lock that is its own too, and whoever is asked tells the sums of all slabs. So no process waits for
another, nor for one that died; the next in its place goes on with its slab.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Final

import numpy as np

BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the times, seconds: a page takes a few milliseconds, a question is given up after five seconds."""

MOST_ENDPOINTS: Final = 64
"""Room in a slab, 10 kB: it is made before an application tells what can be asked of it."""

OTHERS: Final = "none"
"""Of an address that leads nowhere, which itself would make a count for whatever anybody asks for; and of a view that
was added after the others were named."""

_STATUSES: Final = 5  # 1xx to 5xx
_TIMES: Final = len(BOUNDS_S) + 1
_NANOSECONDS: Final = _STATUSES + _TIMES
"""The last column of a slab, behind a count for each status and each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted of one endpoint.

    Attributes:
        statuses: how many were answered with 1xx, 2xx... 5xx.
        times: how many took as long as each bound, and longer than the one before; then those longer than all.
        seconds: how long all took.
    """

    statuses: tuple[int, ...]
    times: tuple[int, ...]
    seconds: float


class Tally:
    """The counts; threads may share it, and so may processes that are forked from the one that made it.

    Args:
        processes: how many add to it.
    Attributes:
        process: the number of this one, from 0 on, which each says for itself.
    """

    def __init__(self, processes: int = 1) -> None:
        shape = (processes, MOST_ENDPOINTS, _NANOSECONDS + 1)
        # Zeros; the memory goes when the last process ends.
        self._slabs = np.frombuffer(mmap(-1, 8 * int(np.prod(shape))), dtype=np.int64).reshape(shape)
        self._row_of: dict[str, int] = {}
        self._lock = threading.Lock()
        self.process = 0

    def name(self, endpoints: Iterable[str]) -> None:
        """Say what there is to count beside OTHERS, before anything is; all processes must say the same.

        Raises:
            ValueError: there are more than MOST_ENDPOINTS.
        """
        self._row_of = {endpoint: row for row, endpoint in enumerate(sorted({OTHERS, *endpoints}))}
        if len(self._row_of) > MOST_ENDPOINTS:
            raise ValueError(f"{len(self._row_of)} endpoints; room for {MOST_ENDPOINTS}")

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request; one to what was not named under OTHERS."""
        with self._lock:
            row = self._slabs[self.process, self._row_of.get(endpoint, self._row_of[OTHERS])]
            row[status // 100 - 1] += 1
            row[_STATUSES + bisect_left(BOUNDS_S, seconds)] += 1
            row[_NANOSECONDS] += round(seconds * 1e9)

    def counts(self) -> Iterator[tuple[str, Counts]]:
        """What all processes have counted, by endpoint in their order; only of those that were asked for."""
        sums = self._slabs.sum(axis=0).tolist()
        for endpoint, row in self._row_of.items():
            counted = sums[row]
            if any(counted):
                yield (
                    endpoint,
                    Counts(
                        statuses=tuple(counted[:_STATUSES]),
                        times=tuple(counted[_STATUSES:_NANOSECONDS]),
                        seconds=counted[_NANOSECONDS] / 1e9,
                    ),
                )
