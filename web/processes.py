"""Several processes that do the same work, kept up by the one that started them.

They are forked, so that what the program has loaded is in memory once and a new one is at work in a moment. The process
that starts them does nothing else: it waits for signals and for the ends of the others. What it hears, it reads from a
pipe. A second pipe is never written to: whoever reads from it learns at its end that the first process is gone,
however that died.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, Final, NoReturn

Work = Callable[[int, Callable[[], None]], None]
"""Given the number of its process, from 0 on, and what to call when it is up. The handler of SIGTERM ends it."""

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
STEADY_S: Final = 10.0
"""A process that ends sooner than this after its start is replaced after a pause, which doubles each time."""

ENDING_S: Final = 15.0
"""How long a process that was told to end may take for it; one that serves needs 5 s an address at most, and it may
have two addresses."""

_HEARD: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_UP: Final = 0
"""Stands in the pipe for a process that is up; no signal has this number."""

_log = logging.getLogger("emeroteca.web")


class NoneUp(Exception):
    """Every process ended before it was up."""


def keep_up(work: Work, processes: int, when_up: Callable[[], None]) -> None:
    """Do some work in several processes until SIGTERM or SIGINT comes, which ends them all.

    For the main thread of a process without another thread: a fork would leave the locks of others locked for ever.

    Args:
        when_up: called once, in this process, when the first of the others is up.
    Raises:
        NoneUp: no process was ever up.
    """
    with _hearing() as ears:
        keeper = _Keeper(work, processes, ears)
        try:
            keeper.keep_up(when_up)
        finally:
            keeper.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ears:
    """How a process hears of signals and of the others.

    Attributes:
        events, mouth: the ends of the pipe for what is heard: numbers of signals, and _UP.
        others_end, own_end: the ends of the pipe that ends with this process.
        before: what was done with the signals before.
    """

    events: int
    mouth: int
    others_end: int
    own_end: int
    before: dict[signal.Signals, Any]


@contextmanager
def _hearing() -> Iterator[_Ears]:
    events, mouth = os.pipe()
    others_end, own_end = os.pipe()
    os.set_blocking(mouth, False)
    # Signals only have to be heard of: Python writes the number of each that has a handler into the pipe. A script that
    # starts this in its background has SIGINT ignored, and so it stays.
    heard = [number for number in _HEARD if number == signal.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: None) for number in heard}
    signal.set_wakeup_fd(mouth)
    try:
        yield _Ears(events=events, mouth=mouth, others_end=others_end, own_end=own_end, before=before)
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        for end in (events, mouth, others_end, own_end):
            os.close(end)


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where one process is, or is to be.

    Attributes:
        number: of the place, from 0 on.
        pid: of the process; 0 while there is none.
        start_s: when it was started, or is to be, by ``time.monotonic``.
        pause_s: how long was waited before it was started.
    """

    number: int
    pid: int = 0
    start_s: float = 0.0
    pause_s: float = 0.0


class _Keeper:
    """What ``keep_up`` knows of its processes."""

    def __init__(self, work: Work, processes: int, ears: _Ears) -> None:
        self._work = work
        self._ears = ears
        self._places = [_Place(number=number) for number in range(processes)]
        self._is_up = False  # one of them, once

    def keep_up(self, when_up: Callable[[], None]) -> None:
        for place in self._places:
            self._start(place)
        while True:
            waiting = [place for place in self._places if not place.pid]
            if not self._is_up and len(waiting) == len(self._places):
                raise NoneUp
            # Before one was up, none is replaced: what ails the first ones would ail the next.
            heard = self._hear(min((place.start_s for place in waiting), default=None) if self._is_up else None)
            if not self._is_up and _UP in heard:
                self._is_up = True
                when_up()
            if signal.SIGTERM in heard or signal.SIGINT in heard:
                return
            for place, how in self._ended():
                self._miss(place, how)
            for place in self._places if self._is_up else ():
                if not place.pid and place.start_s <= time.monotonic():
                    self._start(place)

    def end(self) -> None:
        """End all processes, at first by asking them to."""
        for place in self._running():
            os.kill(place.pid, signal.SIGTERM)
        until_s = time.monotonic() + ENDING_S
        while self._running() and time.monotonic() < until_s:
            self._hear(until_s)
            for place, _ in self._ended():
                place.pid = 0
        for place in self._running():
            fields = {"number": place.number, "pid": place.pid}
            _log.warning("process: does not end, and is killed", extra={"fields": fields})
            os.kill(place.pid, signal.SIGKILL)
            os.waitpid(place.pid, 0)

    def _running(self) -> list[_Place]:
        return [place for place in self._places if place.pid]

    def _hear(self, until_s: float | None) -> bytes:
        """What is in the pipe, waiting for it until a moment; b"" when there was nothing."""
        timeout_s = None if until_s is None else max(0.0, until_s - time.monotonic())
        is_told, _, _ = select.select([self._ears.events], [], [], timeout_s)
        return os.read(self._ears.events, select.PIPE_BUF) if is_told else b""

    def _ended(self) -> Iterator[tuple[_Place, str]]:
        """The places whose process has ended, and how."""
        for place in self._running():
            pid, status = os.waitpid(place.pid, os.WNOHANG)
            if pid:
                yield place, _told(os.waitstatus_to_exitcode(status))

    def _miss(self, place: _Place, how: str) -> None:
        """Tell of a process that is not there any more, and say when another is to be."""
        now_s = time.monotonic()
        if now_s - place.start_s < STEADY_S:
            place.pause_s = min(max(FIRST_PAUSE_S, 2 * place.pause_s), LONGEST_PAUSE_S)
        else:
            place.pause_s = 0.0
        fields: dict[str, float] = {"number": place.number}
        if place.pid:
            fields["pid"] = place.pid
        if self._is_up:
            fields["again_in_s"] = place.pause_s
        _log.warning("process: %s", how, extra={"fields": fields})
        place.pid = 0
        place.start_s = now_s + place.pause_s

    def _start(self, place: _Place) -> None:
        place.start_s = time.monotonic()
        # A signal that comes to the new process before it has its own handlers would be lost on it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        try:
            pid = os.fork()
            if pid == 0:
                self._be(place.number, before)
            place.pid = pid
        except OSError as error:
            self._miss(place, f"cannot be started ({error.strerror})")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _be(self, number: int, mask: set[Any]) -> NoReturn:
        """Do the work in a process that was just forked, and end it: what called us is for the first process alone."""
        status = 1
        try:
            try:
                signal.set_wakeup_fd(-1)
                for heard, handler in self._ears.before.items():
                    signal.signal(heard, handler)
                # Ctrl-C comes to every process of a terminal; the first one tells the others.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                os.close(self._ears.own_end)
                Thread(target=_end_with, args=(self._ears.others_end,), daemon=True).start()
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                self._work(number, partial(self._say_up, number))
                status = 0
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            except Exception:  # noqa: BLE001  # it is told, and what called us must not go on in two processes
                _log.exception("process: failed", extra={"fields": {"number": number, "pid": os.getpid()}})
            finally:
                signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        finally:
            os._exit(status)

    def _say_up(self, number: int) -> None:
        _log.info("process", extra={"fields": {"number": number, "pid": os.getpid()}})
        os.write(self._ears.mouth, bytes([_UP]))


def _end_with(others_end: int) -> None:
    """End this process when the one that holds the other end of a pipe is gone."""
    os.read(others_end, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _told(status: int) -> str:
    """How a process ended, by its status or, below 0, its signal."""
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by signal {-status} ({signal.strsignal(-status)})"
