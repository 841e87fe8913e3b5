"""The crew: processes that index ranges of the articles side by side.

The process that commits keeps the ledger. It answers when all workers have asked, in their order, so that the same
number of processes always gives the same files, whichever of them is faster, and forms that several have met get their
keys from one each. A worker is started afresh and told everything over one connection: it needs nothing of the program
that started it, not even that its main module can be imported again.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveError, IndexUnavailable
from index.indexer import Asked, Indexer, Ledger, Numbers
from index.kernels import KernelName, load_kernels
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


class CrewLedger(Ledger, Protocol):
    """A ledger that numbers for several at once."""

    def number_together(self, asked: Sequence[Asked]) -> list[Numbers]:
        """What ``number`` gives each of them; of the forms that are new, each has to give keys to about as many."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker does.

    Attributes:
        ranges: of articles, by their numbers in the store; each becomes a segment, or several.
    """

    store: Path
    folder: Path
    max_run_tokens: int
    ranges: list[NDArray[np.int64]]
    kernels: KernelName


@dataclass(slots=True)
class _Worker:
    """A worker as its employer knows it."""

    process: subprocess.Popen[bytes]
    connection: Connection
    request: tuple[str, Any] | None = None

    def end(self) -> None:
        """Let it do nothing more."""
        self.process.kill()
        with self.process, self.connection:
            pass  # which waits, and closes what led to it


def index_side_by_side(
    ranges: Sequence[NDArray[np.int64]],
    ledger: CrewLedger,
    *,
    store: Path,
    folder: Path,
    processes: int,
    kernels: KernelName,
    max_run_tokens: int,
) -> None:
    """Index ranges of articles, given by their numbers in the store, in so many processes.

    Raises:
        IndexUnavailable: a worker ended before its work; what a worker raised is raised here.
    """
    workers: list[_Worker] = []
    try:
        for first in range(processes):
            workers.append(_start())
            mine = list(ranges[first::processes])
            workers[-1].connection.send(Task(store, folder, max_run_tokens, mine, kernels))
        _Employer(workers, ledger).serve()
    except (EOFError, ConnectionError):
        found = "cannot be indexed, since a process that did it ended before its work"
        raise IndexUnavailable(folder, found, "see whether memory is short, and repeat") from None
    finally:
        for worker in workers:
            worker.end()


def _start() -> _Worker:
    ours, theirs = Pipe()
    with theirs:
        descriptor = theirs.fileno()
        command = [sys.executable, "-c", _WORKER, str(descriptor), *sys.path]
        process = subprocess.Popen(command, pass_fds=[descriptor], stdin=subprocess.PIPE, start_new_session=True)
    return _Worker(process, ours)


class _Employer:
    """Answers the workers; what they ask for one segment each is answered together, in the order of the workers."""

    def __init__(self, workers: list[_Worker], ledger: CrewLedger) -> None:
        self._working = workers.copy()
        self._ledger = ledger

    def serve(self) -> None:
        """Answer until all workers are done."""
        while self._working:
            heard = wait([worker.connection for worker in self._working])
            for worker in self._working.copy():
                if worker.connection in heard:
                    self._hear(worker)
            asked = {worker.request[0] for worker in self._working if worker.request is not None}
            if len(asked) == 1 and all(worker.request for worker in self._working):
                self._answer(*asked)

    def _hear(self, worker: _Worker) -> None:
        """Take in what a worker says, and keep what it asks."""
        match worker.connection.recv():
            case ("segment", segment):
                self._ledger.add_segment(segment)
            case ("count", num_articles):
                self._ledger.count(num_articles)
            case ("failed", error):
                raise error
            case ("done",):
                self._working.remove(worker)
            case request:
                worker.request = request

    def _answer(self, kind: str) -> None:
        """Answer all workers, who all ask the same."""
        asked = [worker.request[1] for worker in self._working if worker.request is not None]
        if kind == "number":
            answers: list[Any] = [*self._ledger.number_together(asked)]
        else:
            parts = self._ledger.add_parts(tuple(part for parts in asked for part in parts))
            answers = [parts] * len(asked)
        for worker, answer in zip(self._working, answers, strict=True):
            worker.request = None
            worker.connection.send(answer)


class _DistantLedger:
    """The ledger as a worker has it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def number(self, asked: Asked) -> Numbers:
        self._connection.send(("number", asked))
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
        ledger = _DistantLedger(connection)
        indexer = Indexer(task.folder, ledger, load_kernels(task.kernels), max_run_tokens=task.max_run_tokens)
        for nums in task.ranges:
            indexer.take_in(store.versions(nums.tolist()))
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
