"""A process that has loaded the program once, and forks for each command: starting Python anew takes a second.

It reads a request from standard input, a line of JSON (``faults.Commands``), and answers with a line: the status of the
command's process, as ``waitpid`` tells it, and the seconds that it took. The process forked ends as any other would.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from index import draft
from index.cli import main
from index.italian import lemma_keys
from index.settings import IndexSettings

_LOADED_LATE = ("index.cli.feeding", "index.cli.upkeep", "index.crew", "index.operations", "index.sources")
"""What a command loads when it is called."""


def serve() -> None:
    """Start what is asked for until nobody asks; each process that is forked carries out one command, and ends."""
    for name in _LOADED_LATE:
        import_module(name)
    lemma_keys("governo")  # maps the dictionary
    for line in sys.stdin:
        request = json.loads(line)
        began_s = time.monotonic()
        pid = os.fork()
        if pid == 0:
            _become(request)
            main()
        status = _wait(pid, request["kill_after_s"])
        sys.stdout.write(json.dumps([status, time.monotonic() - began_s]) + "\n")
        sys.stdout.flush()


def _become(request: dict[str, Any]) -> None:
    """Make this the process of one command."""
    for descriptor, path in ((1, request["stdout"]), (2, request["stderr"])):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    assert IndexSettings.__init__.__kwdefaults__ is not None
    IndexSettings.__init__.__kwdefaults__.update(request["settings"])
    if request["min_articles"] is not None:
        draft.MIN_ARTICLES = request["min_articles"]
    if request["plan"] is not None:
        os.environ["EMEROTECA_FAULTS"] = request["plan"]
        ctypes.CDLL(None).faults_begin()
    sys.argv = ["emeroteca", *request["arguments"]]
    for name, value in request["limits"].items():
        soft = value + _address_space_bytes() if name == "RLIMIT_AS" else value
        resource.setrlimit(getattr(resource, name), (soft, soft))


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _wait(pid: int, kill_after_s: float | None) -> int:
    if kill_after_s is not None:
        descriptor = os.pidfd_open(pid)
        if not select.select([descriptor], [], [], kill_after_s)[0]:
            os.kill(pid, signal.SIGKILL)
        os.close(descriptor)
    return os.waitpid(pid, 0)[1]


if __name__ == "__main__":
    serve()
