"""The command as a person runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMEROTECA = (sys.executable, "-c", "from index.cli import main; main()")


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | more


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and its first line."""
    with subprocess.Popen(
        [*EMEROTECA, *arguments], env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command until it ends; what else is named is its environment."""
    return subprocess.run(
        [*EMEROTECA, *arguments], env=environment(**more), text=True, capture_output=True, check=False, timeout=240
    )
