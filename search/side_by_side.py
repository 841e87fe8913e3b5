"""Side by side: steps of one search on several processors; compiled kernels hold no lock while they run."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from threading import Event
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from index.settings import usable_cores

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

MOST_THREADS: Final = 4
"""Threads that one search takes at most, its own included."""

_SEGMENTS_A_STEP: Final = 4
"""Segments that are gone through before the deadline is looked at again."""

T = TypeVar("T")
R = TypeVar("R")


def steps_of(docs: NDArray[np.int64], first_doc: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Documents of a snapshot by up to four segments each, in at least two steps where there are two segments.

    Args:
        docs: ascending.
        first_doc: the first document of each segment, and the number of all (``Snapshot.first_doc``).
    """
    each = max(1, min(_SEGMENTS_A_STEP, len(first_doc) // 2))
    return np.split(docs, np.searchsorted(docs, first_doc[each:-1:each]))


def side_by_side(function: Callable[[T], R], items: Sequence[T], *, is_long: bool) -> list[R]:
    """What a function gives for each of some items, in their order.

    The caller takes one item after the other; helpers that are free take some of them meanwhile, and nobody waits for
    one that has not begun.

    Args:
        is_long: whether the items take long enough, some tenths of a millisecond together, to wake helpers for them.
    Raises:
        What the function raised, once nobody works on another item.
    """
    num_helpers = min(_num_threads(), len(items)) - 1
    if not is_long or num_helpers < 1:
        return [function(item) for item in items]
    found: dict[int, R] = {}
    waiting = deque(enumerate(items))

    def work() -> None:
        try:
            while waiting:
                try:
                    at, item = waiting.popleft()
                except IndexError:  # another thread took the last one
                    return
                found[at] = function(item)
        except BaseException:
            waiting.clear()
            raise

    helpers: list[Future[None]] = []
    try:
        with suppress(RuntimeError):  # no thread is to be had, as at the end of a program: the caller does it alone
            helpers.extend(_pool().submit(work) for _ in range(num_helpers))
        work()
    finally:
        waiting.clear()
        failures = list(filter(None, [helper.exception() for helper in helpers if not helper.cancel()]))
        helpers.clear()
    try:
        if failures:
            raise failures[0]
    finally:
        failures.clear()  # a failure holds the frames that it was raised in, and what they hold
    return [found[at] for at in range(len(items))]


def both(first: Callable[[], T], second: Callable[[], R], *, is_long: bool) -> tuple[T, R]:
    """What two functions give; the caller begins with the first, and helpers may do the second meanwhile.

    Args:
        is_long: as ``side_by_side`` has it.
    """
    one, two = side_by_side(_called, cast("list[Callable[[], Any]]", [first, second]), is_long=is_long)
    return one, two


def _called(function: Callable[[], T]) -> T:
    return function()


@lru_cache(maxsize=1)
def _num_threads() -> int:
    return min(usable_cores(), MOST_THREADS)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """The helpers, all of them started.

    A pool starts a thread once there is work for it, and keeps the work when that fails: nobody would wait for it.

    Raises:
        RuntimeError: the system gives no more threads, or the program is at its end.
    """
    from concurrent.futures import ThreadPoolExecutor  # a short command needs none

    num_helpers, all_started = _num_threads() - 1, Event()
    pool = ThreadPoolExecutor(num_helpers, thread_name_prefix="kernels")
    try:
        for _ in range(num_helpers):
            pool.submit(all_started.wait)  # who waits is not free, so that the next call starts another
    except RuntimeError:
        pool.shutdown(wait=False)
        raise
    finally:
        all_started.set()
    return pool


os.register_at_fork(after_in_child=_pool.cache_clear)  # threads stay behind in the process that was forked
