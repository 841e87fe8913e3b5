"""The crew: processes that index ranges of the articles side by side.

The process that commits keeps the ledger and answers in the order of the ranges, so that the same number of processes
always gives the same files, whichever of them is faster. A worker is started afresh and told everything over one
connection: it needs nothing of the program that started it, not even that its main module can be imported again.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveError, IndexUnavailable
from index.indexer import Indexer, Ledger, Numbers
from index.manifest import FileEntry, SegmentEntry
from index.store import Store

_WORKER = """
import sys
sys.path[:] = sys.argv[2:]
try:
    from index.crew import work
except (ImportError, MemoryError, OSError):
    sys.exit(1)  # its employer tells
work(int(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker does: the ranges, by their place among all, and the numbers of their articles in the store."""

    store: Path
    folder: Path
    max_run_tokens: int
    ranges: dict[int, NDArray[np.int64]]


@dataclass(slots=True)
class _Worker:
    """A worker as its employer knows it."""

    process: subprocess.Popen[bytes]
    connection: Connection
    ranges: list[int]
    request: tuple[Any, ...] | None = field(default=None)
    part_at: int = 0

    def end(self) -> None:
        """Let it do nothing more."""
        self.process.kill()
        with self.process, self.connection:
            pass  # which waits, and closes what led to it


def index_side_by_side(
    ranges: Sequence[NDArray[np.int64]],
    ledger: Ledger,
    *,
    store: Path,
    folder: Path,
    processes: int,
    max_run_tokens: int,
) -> None:
    """Index ranges of articles, given by their numbers in the store, in so many processes.

    Raises:
        IndexUnavailable: a worker ended before its work; what a worker raised is raised here.
    """
    workers: list[_Worker] = []
    try:
        for first in range(processes):
            mine = {at: ranges[at] for at in range(first, len(ranges), processes)}
            workers.append(_start(list(mine)))
            workers[-1].connection.send(Task(store, folder, max_run_tokens, mine))
        _Employer(workers, ledger, store).serve()
    except (EOFError, ConnectionError):
        found = "cannot be indexed, since a process that did it ended before its work"
        raise IndexUnavailable(folder, found, "see whether memory is short, and repeat") from None
    finally:
        for worker in workers:
            worker.end()


def _start(ranges: list[int]) -> _Worker:
    ours, theirs = Pipe()
    with theirs:
        descriptor = theirs.fileno()
        command = [sys.executable, "-c", _WORKER, str(descriptor), *sys.path]
        process = subprocess.Popen(command, pass_fds=[descriptor], stdin=subprocess.PIPE, start_new_session=True)
    return _Worker(process, ours, ranges)


class _Employer:
    """Answers the workers, in the order of the ranges where it matters."""

    def __init__(self, workers: list[_Worker], ledger: Ledger, store: Path) -> None:
        self._working = workers.copy()
        self._ledger = ledger
        self._store = store
        self._range = 0  # whose forms are to be numbered next
        self._num_numbered = 0
        self._num_parts = 0

    def serve(self) -> None:
        """Answer until all workers are done."""
        while self._working:
            heard = wait([worker.connection for worker in self._working])
            for worker in self._working:
                if worker.connection in heard and worker.request is None:
                    worker.request = worker.connection.recv()
            while any(map(self._answer, self._working.copy())):
                pass  # an answer to one may be what another waits for

    def _answer(self, worker: _Worker) -> bool:
        """Deal with a worker's request; False when there is none, or its turn has not come."""
        match worker.request:
            case ("number", hashes, values, is_last) if worker.ranges[0] == self._range:
                worker.connection.send(self._ledger.number(hashes, values, is_last=is_last))
                worker.part_at = self._num_numbered
                self._num_numbered += 1
                if is_last:
                    worker.ranges.pop(0)
                    self._range += 1
            case ("parts", parts) if worker.part_at == self._num_parts:
                worker.connection.send(self._ledger.add_parts(parts))
                self._num_parts += 1
            case ("segment", segment):
                self._ledger.add_segment(segment)
            case ("count", num_articles):
                self._ledger.count(num_articles)
            case ("failed", error):
                raise error
            case ("done",):
                if worker.ranges:
                    raise IndexUnavailable(self._store, "lacks articles that it counts", "run `emeroteca verify`")
                self._working.remove(worker)
            case _:
                return False
        worker.request = None
        return True


class _DistantLedger:
    """The ledger as a worker has it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def number(self, hashes: NDArray[np.uint64], values: dict[str, list[str]], *, is_last: bool) -> Numbers:
        self._connection.send(("number", hashes, values, is_last))
        numbers: Numbers = self._connection.recv()
        return numbers

    def add_parts(self, parts: tuple[FileEntry, ...]) -> tuple[FileEntry, ...]:
        self._connection.send(("parts", parts))
        known: tuple[FileEntry, ...] = self._connection.recv()
        return known

    def add_segment(self, segment: SegmentEntry) -> None:
        self._connection.send(("segment", segment))

    def count(self, num_articles: int) -> None:
        self._connection.send(("count", num_articles))


def work(descriptor: int) -> None:
    """What a worker process runs: the task that comes over the connection."""
    try:
        Thread(target=_end_with_employer, daemon=True).start()
    except RuntimeError:  # as Python says it when there is no memory for a thread
        sys.exit(1)
    gc.disable()  # what is made here has no cycles, and looking for them takes a tenth of the time
    connection = Connection(descriptor)
    task: Task = connection.recv()
    try:
        store = Store(task.store, read_only=True)
        indexer = Indexer(task.folder, _DistantLedger(connection), max_run_tokens=task.max_run_tokens)
        for nums in task.ranges.values():
            indexer.take_in(store.current(nums=nums.tolist()))
        store.close()
        connection.send(("done",))
    except (ArchiveError, OSError) as error:
        connection.send(("failed", error))
    except MemoryError:
        found = "cannot be indexed, since memory ran out"
        connection.send(("failed", IndexUnavailable(task.folder, found, "set less memory, or fewer processes")))


def _end_with_employer() -> None:
    """Nothing may be written to the folder once the process that holds its lock is gone."""
    os.read(sys.stdin.fileno(), 1)  # ends with the employer, who never writes
    os._exit(1)
