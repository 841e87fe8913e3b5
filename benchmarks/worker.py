"""An engine in a process of its own, so that its memory can be told, and nothing of one warms or slows another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from benchmarks.footprint import private_bytes
from benchmarks.peers import Answer, Peer, PeerMissing, load_peer
from benchmarks.queries import Question


class PeerFailed(Exception):
    """The process of an engine ended; what it said is on standard error."""


class About(NamedTuple):
    """What an engine tells of itself, see ``protocol.Peer``."""

    family: str
    version: str
    setting: str
    most_articles: int


class Took(NamedTuple):
    """Milliseconds of a page: by the clock, and of processor time of the process, all its threads together."""

    wall_ms: float
    cpu_ms: float


class Worker:
    """The commands of a process with one engine; each waits for its answer."""

    def __init__(self, name: str) -> None:
        """Start it.

        Raises:
            PeerMissing: the engine is not installed.
        """
        self.name = name
        context = get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(name, other), name=name)
        self._process.start()
        other.close()
        about = self._receive()
        if isinstance(about, str):
            self._process.join()
            raise PeerMissing(about)
        self.about: About = about

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def build(self, corpus: Path, folder: Path) -> float:
        """Index a corpus; how long it took, in seconds."""
        seconds: float = self._ask("build", corpus, folder)
        return seconds

    def open(self, corpus: Path, folder: Path) -> float:
        """Open what was built; how long it took, in milliseconds."""
        took_ms: float = self._ask("open", corpus, folder)
        return took_ms

    def pages(self, questions: Sequence[Question]) -> list[Took]:
        """Do a page for each question; how long each took."""
        took: list[Took] = self._ask("pages", questions)
        return took

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """The pages themselves."""
        answers: list[Answer] = self._ask("answers", questions)
        return answers

    def private_bytes(self) -> int:
        """Memory that no file backs."""
        size: int = self._ask("private_bytes")
        return size

    def close(self) -> None:
        """End it, also where the engine failed."""
        if self._process.is_alive():
            self._connection.send(("end", ()))
            self._process.join()
        self._connection.close()

    def _ask(self, command: str, *arguments: object) -> Any:
        self._connection.send((command, arguments))
        return self._receive()

    def _receive(self) -> Any:
        try:
            return self._connection.recv()
        except EOFError as error:
            self._process.join()
            raise PeerFailed(self.name) from error


def _serve(name: str, connection: Connection) -> None:
    """What runs in the process."""
    try:
        peer = load_peer(name)
    except PeerMissing as missing:
        connection.send(str(missing))
        return
    connection.send(About(peer.family, peer.version, peer.setting, peer.most_articles))
    is_open = False

    def open_it(corpus: Path, folder: Path) -> float:
        nonlocal is_open
        seconds = _seconds(lambda: peer.open(corpus, folder))
        is_open = True
        return seconds * 1_000

    commands: dict[str, Callable[..., object]] = {
        "build": lambda corpus, folder: _seconds(lambda: peer.build(corpus, folder)),
        "open": open_it,
        "pages": lambda questions: _timed_pages(peer, questions),
        "answers": lambda questions: [peer.page(question) for question in questions],
        "private_bytes": private_bytes,
    }
    try:
        while (received := connection.recv())[0] != "end":
            command, arguments = received
            connection.send(commands[command](*arguments))
    finally:
        if is_open:
            peer.close()


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _timed_pages(peer: Peer, questions: Sequence[Question]) -> list[Took]:
    took: list[Took] = []
    for question in questions:
        cpu, wall = time.process_time(), time.perf_counter()
        peer.page(question)
        took.append(Took((time.perf_counter() - wall) * 1_000, (time.process_time() - cpu) * 1_000))
    return took
