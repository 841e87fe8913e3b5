"""Sharing: which of two processes takes a new connection, with listeners that are asked one by one."""

from __future__ import annotations

from typing import Any

import pytest
from waitress.server import BaseWSGIServer

from web import sharing
from web.sharing import GIVE_WAY_S, NO_WAY_S, Sharing


class Listener(BaseWSGIServer):  # type: ignore[misc]  # waitress brings no types
    """A listener without a socket."""

    def __init__(self) -> None:
        self.active_channels: dict[int, object] = {}
        self._map = {0: self}
        self.is_offered = True

    def readable(self) -> bool:
        return True

    def handle_accept(self) -> None:
        if self.is_offered:
            self.active_channels[len(self.active_channels)] = object()


class Clock:
    """Time, which passes when somebody sleeps or says so."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sharing, "time", clock)
    return clock


@pytest.fixture
def listeners() -> list[Any]:
    shared = Sharing(2)
    found = [Listener(), Listener()]
    for number, listener in enumerate(found):
        shared.take_part(listener, number)
    return found


def accept(listener: Any, times: int = 1) -> None:
    """What waitress does when it is told of connections."""
    for _ in range(times):
        assert listener.readable()
        listener.handle_accept()
    assert listener.readable()


def test_whoever_has_no_more_than_others_takes_a_connection_at_once(listeners: list[Any], clock: Clock) -> None:
    accept(listeners[0])
    accept(listeners[1], 2)
    accept(listeners[0], 2)
    assert clock.slept == []
    assert [len(listener.active_channels) for listener in listeners] == [3, 2]


def test_whoever_has_more_lets_others_go_first_each_time(listeners: list[Any], clock: Clock) -> None:
    accept(listeners[0])
    listeners[0].is_offered = False  # the other one takes it meanwhile
    accept(listeners[0], 3)
    assert clock.slept == [GIVE_WAY_S] * 3
    assert len(listeners[0].active_channels) == 1


def test_whoever_waited_for_nobody_takes_all_for_a_while(listeners: list[Any], clock: Clock) -> None:
    accept(listeners[0], 5)
    assert clock.slept == [GIVE_WAY_S], "the first found both without any"
    clock.now_s += NO_WAY_S
    accept(listeners[0], 5)
    assert clock.slept == [GIVE_WAY_S] * 2
    assert len(listeners[0].active_channels) == 10


def test_connections_that_end_are_counted_no_more(listeners: list[Any], clock: Clock) -> None:
    accept(listeners[0])
    listeners[0].active_channels.clear()
    accept(listeners[0])
    assert clock.slept == []


def test_the_listeners_of_one_process_count_together(clock: Clock) -> None:
    shared = Sharing(2)
    one, two = Listener(), Listener()
    one._map = {0: one, 1: two}
    shared.take_part(one, 0)
    accept(one)
    accept(two)
    assert clock.slept == [GIVE_WAY_S]
