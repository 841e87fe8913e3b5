"""Commands that meet with a fault: killed, or refused by the disk, at one of their operations on an archive's files.

The operations are counted, and the fault is made, by a library that stands in for libc's calls (``faults.c``); its
values of ``How`` and ``Kind`` and its ``struct plan`` are repeated here.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple, Self

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = Path(__file__).with_name("faults.c")
_FORKED: Final = Path(__file__).with_name("forked.py")
_PLAN: Final = struct.Struct("@qqiiii1024s1024s")


class How(IntEnum):
    """What a fault does to the operation that it strikes; halfway is with half of the bytes of a write."""

    KILL_BEFORE = 1
    KILL_AFTER = 2
    KILL_HALFWAY = 3
    REFUSE_ONCE = 4
    REFUSE_FROM_THEN_ON = 5


class Kind(IntFlag):
    """Kinds of operations. CREATE opens a file to write to it, OPEN to read."""

    WRITE = 1
    SYNC = 2
    RENAME = 4
    UNLINK = 8
    TRUNCATE = 16
    MKDIR = 32
    OPEN = 64
    CREATE = 128


ANY_KIND: Final = Kind(255)
_KINDS: Final = {
    "write": Kind.WRITE,
    "pwrite": Kind.WRITE,
    "writev": Kind.WRITE,
    "fsync": Kind.SYNC,
    "fdatasync": Kind.SYNC,
    "rename": Kind.RENAME,
    "unlink": Kind.UNLINK,
    "ftruncate": Kind.TRUNCATE,
    "mkdir": Kind.MKDIR,
    "open": Kind.OPEN,
    "create": Kind.CREATE,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at the first operation of some kinds from number ``at`` on, counted from 1.

    ``error`` is the errno of a refusal.
    """

    how: How
    at: int
    kinds: Kind = ANY_KIND
    error: int = 0


class Operation(NamedTuple):
    """One call that changed or opened a file: who, which one ("create" opens to write), and the path in the folder."""

    pid: int
    name: str
    path: str

    @property
    def kind(self) -> Kind:
        """What kind it is of."""
        return _KINDS[self.name]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended.

    Attributes:
        status: exit status, or the negative number of the signal that ended it.
        operations: on the files of the archive, in their order.
        struck: whether the fault met with any.
    """

    status: int
    stdout: str
    stderr: str
    operations: tuple[Operation, ...]
    struck: bool
    seconds: float


class Commands:
    """Runs commands of ``emeroteca``, each in a process of its own that was forked from one that has loaded it all."""

    def __init__(self, library: Path, workspace: Path) -> None:
        """Start it.

        Args:
            library: ``faults.c``, compiled.
            workspace: a folder for what passes to and fro.
        """
        self._workspace = workspace
        self._numbers = count()
        environment = os.environ | {
            "LD_PRELOAD": str(library),
            "PYTHONPATH": str(ROOT),
            "OPENBLAS_NUM_THREADS": "1",  # as the command itself sets it, and no thread is lost in the fork
        }
        self._process = subprocess.Popen(
            [sys.executable, str(_FORKED)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self,
        data_dir: Path,
        *arguments: str,
        fault: Fault | None = None,
        kill_after_s: float | None = None,
        settings: Mapping[str, float] | None = None,
        min_articles: int | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Outcome:
        """Run one command to its end, or to what a fault makes of it.

        Args:
            kill_after_s: kill it after so long, wherever it is.
            settings: usual values of ``IndexSettings`` that are others for this command.
            min_articles: how many articles are worth a process of their own.
            limits: of ``resource``, by name; RLIMIT_AS is how much may be taken beside what the program takes already.
                No operation is counted then: that takes memory and files too.
        """
        name = self._workspace / f"{next(self._numbers)}"
        plan, log, stdout, stderr = (name.with_suffix(f".{what}") for what in ("plan", "log", "out", "err"))
        for path in (log, stdout, stderr):
            path.touch()  # it may be killed before it does
        at, how, kinds, error = (0, 0, 0, 0) if fault is None else (fault.at, fault.how, fault.kinds, fault.error)
        plan.write_bytes(_PLAN.pack(at, 0, how, kinds, error, 0, bytes(data_dir), bytes(log)))
        request = {
            "arguments": ["--data", str(data_dir), *arguments],
            "plan": None if limits else str(plan),
            "stdout": str(stdout),
            "stderr": str(stderr),
            "kill_after_s": kill_after_s,
            "settings": dict(settings or {}),
            "min_articles": min_articles,
            "limits": dict(limits or {}),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        status, seconds = json.loads(self._process.stdout.readline())
        operations = tuple(
            Operation(int(pid), call, path)
            for pid, call, path in (line.split(" ", 2) for line in log.read_text().splitlines())
        )
        outcome = Outcome(
            status=os.waitstatus_to_exitcode(status),
            stdout=stdout.read_text(),
            stderr=stderr.read_text(),
            operations=operations,
            struck=_PLAN.unpack(plan.read_bytes())[5] > 0,
            seconds=seconds,
        )
        for path in (plan, log, stdout, stderr):
            path.unlink()
        return outcome


def compile_library(folder: Path) -> Path:
    """Compile ``faults.c`` into a folder."""
    library = folder / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library
