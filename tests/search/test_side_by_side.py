"""Steps of a search on several processors: each is done once and told in order, whatever goes wrong."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from search import side_by_side as module
from search.side_by_side import both, side_by_side

PATIENCE_S = 30


@pytest.fixture(params=[1, 2, 4])
def num_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    yield from _with_threads(request.param, monkeypatch)


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    yield from _with_threads(2, monkeypatch)


def _with_threads(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    module._pool.cache_clear()
    monkeypatch.setattr(module, "_num_threads", lambda: number)
    yield number
    if module._pool.cache_info().currsize:
        module._pool().shutdown()
    module._pool.cache_clear()


@pytest.mark.parametrize("is_long", [False, True])
def test_each_item_is_done_once_and_told_in_order(num_threads: int, *, is_long: bool) -> None:
    done: list[int] = []

    def square(number: int) -> int:
        done.append(number)
        return number**2

    for size in (0, 1, 2, 3, 100):
        done.clear()
        assert side_by_side(square, range(size), is_long=is_long) == [number**2 for number in range(size)]
        assert sorted(done) == list(range(size))


def test_two_that_are_long_are_done_at_one_time(two_threads: int) -> None:
    together = threading.Barrier(two_threads)
    assert side_by_side(lambda _: together.wait(PATIENCE_S) >= 0, range(2), is_long=True) == [True, True]


def test_two_that_are_short_are_done_by_the_caller(two_threads: int) -> None:
    here = threading.get_ident()
    assert side_by_side(lambda _: threading.get_ident(), range(2), is_long=False) == [here] * two_threads


def test_both_tell_what_they_give(num_threads: int) -> None:
    assert both(lambda: "one", lambda: 2, is_long=num_threads > 1) == ("one", 2)


@pytest.mark.parametrize("bad", [0, 1, 49])
def test_what_goes_wrong_is_raised_and_nothing_is_begun_behind_it(num_threads: int, bad: int) -> None:
    begun: list[int] = []
    is_known = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number == bad:
            is_known.set()
            raise KeyError(number)
        if number > bad:
            is_known.wait(PATIENCE_S)
            time.sleep(0.01)  # what goes wrong is told meanwhile

    with pytest.raises(KeyError, match=str(bad)):
        side_by_side(work, range(10_000), is_long=True)
    at_once = len(begun)
    assert at_once <= bad + 1 + 2 * (num_threads - 1)
    assert sum(side_by_side(int, range(50), is_long=True)) == sum(range(50))
    assert len(begun) == at_once


@pytest.mark.parametrize("place", ["here", "with a helper"])
def test_an_interruption_ends_what_is_done_elsewhere(two_threads: int, place: str) -> None:
    together, begun = threading.Barrier(two_threads), 0
    here = threading.get_ident()

    def work(number: int) -> None:
        nonlocal begun
        begun += 1
        if number < two_threads:
            together.wait(PATIENCE_S)
        if (threading.get_ident() == here) == (place == "here"):
            raise KeyboardInterrupt
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, range(10_000), is_long=True)
    assert begun <= 2 * two_threads


def test_without_threads_to_be_had_the_caller_does_it_alone(two_threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    assert side_by_side(int, range(two_threads * 3), is_long=True) == list(range(6))


def test_no_work_is_left_behind_where_the_system_gives_too_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = threading.Thread.start, 0

    def only_one(thread: threading.Thread) -> None:
        nonlocal started
        started += 1
        if started > 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    threads = _with_threads(3, monkeypatch)
    next(threads)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", only_one)
        assert side_by_side(int, range(6), is_long=True) == list(range(6))
        with pytest.raises(RuntimeError):
            module._pool()
    here, elsewhere = threading.get_ident(), set[int]()
    side_by_side(lambda _: elsewhere.add(threading.get_ident()), range(6), is_long=True)
    assert len(module._pool()._threads) == 2
    assert here in elsewhere
    next(threads, None)


@pytest.mark.parametrize("place", ["here", "with a helper"])
def test_what_a_failed_search_held_is_let_go_at_once(two_threads: int, place: str) -> None:
    together, here = threading.Barrier(two_threads), threading.get_ident()

    class Held:
        pass

    def search() -> weakref.ref[Held]:
        held = Held()

        def work(number: int, _held: Held = held) -> None:
            if number < two_threads:
                together.wait(PATIENCE_S)
            if (threading.get_ident() == here) == (place == "here"):
                raise KeyError(number)

        with suppress(KeyError):
            side_by_side(work, range(6), is_long=True)
        return weakref.ref(held)

    gc.disable()
    try:
        held = search()
        module._pool().submit(int).result(PATIENCE_S)  # the helper has let go of what it did before
        assert held() is None
    finally:
        gc.enable()


AFTER_THE_END = """
import threading
from search import side_by_side as module

module._num_threads = lambda: 2

def work():
    threading.main_thread().join()
    print(module.side_by_side(int, range(5), is_long=True), flush=True)

threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_program_gets_its_answer() -> None:
    done = subprocess.run([sys.executable, "-c", AFTER_THE_END], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[0, 1, 2, 3, 4]\n", "")


def test_nobody_waits_for_helpers_that_are_busy(two_threads: int) -> None:
    release = threading.Event()
    busy = module._pool().submit(release.wait, PATIENCE_S)
    assert side_by_side(lambda number: number, range(5), is_long=True) == list(range(5))
    assert not busy.done()
    release.set()
    assert busy.result()


def test_steps_have_steps_of_their_own(num_threads: int) -> None:
    def row(number: int) -> list[int]:
        return side_by_side(lambda other: number * other, range(4), is_long=True)

    assert side_by_side(row, range(8), is_long=num_threads > 1) == [[one * two for two in range(4)] for one in range(8)]


def test_a_forked_process_has_helpers_of_its_own(two_threads: int) -> None:
    assert side_by_side(int, range(two_threads), is_long=True) == [0, 1]
    child = os.fork()
    if child == 0:  # nothing of the test runs in it but this
        together = threading.Barrier(two_threads)
        try:
            side_by_side(lambda _: together.wait(PATIENCE_S), range(2), is_long=True)
        except BaseException:  # noqa: BLE001  # told by the status
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
