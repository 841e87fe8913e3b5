"""Several processes of ``serve`` on one address: real ones, which are stopped, killed and replaced."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
from archives import build_archive
from prometheus_client.parser import text_string_to_metric_families
from running import EMEROTECA, environment, run

from index.article import Article
from index.operations import add_articles

ARTICLES = [Article(article_id=f"a{at}", title="La riforma", body="Un testo.") for at in range(5)]
DEADLINE_S = 120


def wait_for(claim: Callable[[], Any]) -> Any:
    """What a claim gives once it holds."""
    until = time.monotonic() + DEADLINE_S
    while not (holds := claim()):
        assert time.monotonic() < until, "it never held"
        time.sleep(0.01)
    return holds


def lives(pid: int) -> bool:
    """Whether a process is there; one that has ended and waits to be asked how is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Started:
    """A command that logs in JSON to a file, in a group of processes of its own."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log
        with log.open("w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                command, env=environment(), text=True, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
            )
        assert self.process.stdout is not None
        late = Timer(DEADLINE_S, self.process.kill)
        late.start()
        self.line = self.process.stdout.readline()
        late.cancel()

    def events(self, name: str) -> list[dict[str, Any]]:
        """What was logged under a name so far."""
        lines = self._log.read_text(encoding="utf-8").splitlines(keepends=True)
        told = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
        return [event for event in told if event["event"] == name]

    def pids(self, level: str = "info") -> list[tuple[int, int]]:
        """The processes that came up, or by "warning" those that ended: number and id."""
        return [(event["number"], event["pid"]) for event in self.events("process") if event["level"] == level]


class Site(Started):
    """``emeroteca serve``."""

    def __init__(self, data_dir: Path, log: Path, *options: str) -> None:
        super().__init__([*EMEROTECA, "--data", str(data_dir), "serve", "--port", "0", "--log", "json", *options], log)
        said = re.search(r"on (http://127\.0\.0\.1:([0-9]+)/) \(Ctrl-C stops\)\n", self.line)
        assert said is not None, log.read_text(encoding="utf-8")
        self.address, self.port = said[1], int(said[2])

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=DEADLINE_S) as response:
            return str(response.read().decode())

    def get_from(self, pid: int, path: str) -> str:
        """What one of the two processes answers, since the other cannot."""
        [other] = {other for _, other in self.pids() if lives(other)} - {pid}
        os.kill(other, signal.SIGSTOP)
        try:
            return self.get(path)
        finally:
            os.kill(other, signal.SIGCONT)


@contextmanager
def ended(started: Started) -> Iterator[Started]:
    try:
        yield started
    finally:
        for _, pid in started.pids():
            if lives(pid):
                os.kill(pid, signal.SIGKILL)
        started.process.kill()
        started.process.communicate()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    data_dir = build_archive(tmp_path / "data", ARTICLES[:3])
    (data_dir / "emeroteca.toml").write_text("[web]\nmetrics = true\n", encoding="utf-8")
    return data_dir


@pytest.fixture
def site(data_dir: Path, tmp_path: Path) -> Iterator[Site]:
    site = Site(data_dir, tmp_path / "log", "--processes", "2")
    with ended(site):
        wait_for(lambda: len(site.pids()) == 2)
        yield site


def num_home(figures: str) -> float:
    """How often the first page was answered, by the figures."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(figures)
        for sample in family.samples
        if sample.name == "emeroteca_requests_total" and sample.labels["endpoint"] == "pages.home"
    )


def test_each_process_answers_and_tells_the_figures_of_both(site: Site) -> None:
    [start] = site.events("start")
    assert (start["processes"], start["articles"], start["address"]) == (2, 3, site.address)
    first, second = (pid for _, pid in sorted(site.pids()))
    for pid in (first, first, second):
        assert "La riforma" in site.get_from(pid, "")
    assert [num_home(site.get_from(pid, "metrics")) for pid in (first, second)] == [3, 3]


def num_sockets(pid: int) -> int:
    links = []
    for link in (Path("/proc") / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            links.append(str(link.readlink()))
    return sum(link.startswith("socket:") for link in links)


def test_connections_that_are_kept_are_shared_out(site: Site) -> None:
    """How evenly depends on who else wants the processor; ``test_sharing`` has the rule."""
    pids = [pid for _, pid in site.pids()]
    at_rest = [num_sockets(pid) for pid in pids]
    kept = [http.client.HTTPConnection("127.0.0.1", site.port, timeout=DEADLINE_S) for _ in range(20)]
    for connection in kept:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    taken = [num_sockets(pid) - before for pid, before in zip(pids, at_rest, strict=True)]
    assert sum(taken) == 20
    assert min(taken) > 2
    for connection in kept:
        connection.close()


def test_a_process_that_hangs_keeps_no_connection_from_the_other(site: Site) -> None:
    first, second = (pid for _, pid in site.pids())
    for hanging in (first, second):
        os.kill(hanging, signal.SIGSTOP)
        try:
            kept = [http.client.HTTPConnection("127.0.0.1", site.port, timeout=DEADLINE_S) for _ in range(4)]
            for connection in kept:  # all but the first go to one that has more than the other
                connection.request("GET", "/healthz")
                assert connection.getresponse().read()
        finally:
            os.kill(hanging, signal.SIGCONT)
        for connection in kept:
            connection.close()


def test_a_commit_is_seen_by_each_process(site: Site, data_dir: Path) -> None:
    add_articles(data_dir, ARTICLES[3:])
    for _, pid in site.pids():
        assert json.loads(site.get_from(pid, "readyz"))["articles"] == 5


def test_the_process_that_starts_the_others_holds_nothing_of_the_archive(site: Site, data_dir: Path) -> None:
    first = Path("/proc") / str(site.process.pid)
    child = Path("/proc") / str(site.pids()[0][1])
    assert str(data_dir) in (child / "maps").read_text(encoding="utf-8")
    assert str(data_dir) not in (first / "maps").read_text(encoding="utf-8")
    assert [link for link in map(os.readlink, (first / "fd").iterdir()) if link.startswith(str(data_dir))] == []
    assert len(list((first / "task").iterdir())) == 1  # a thread would hold its locks in every process that is forked


def waits_in_a_list(pipe: Path) -> int | None:
    """The end of a pipe that somebody reads from; None while nobody does."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize(
    ("number", "is_for_all"),
    [
        pytest.param(signal.SIGTERM, False, id="as kill does"),
        pytest.param(signal.SIGTERM, True, id="as systemd does"),
        pytest.param(signal.SIGINT, True, id="as a terminal does"),
    ],
)
def test_the_end_waits_for_the_answer_that_is_being_made(
    data_dir: Path, tmp_path: Path, processes: str, number: signal.Signals, is_for_all: bool
) -> None:
    site = Site(data_dir, tmp_path / "log", "--processes", processes)
    with ended(site):
        wait_for(lambda: len(site.pids()) == 2 * (processes == "2"))
        site.get("")
        # A question reads the lists when they have changed: out of this one it reads nothing until we write to it.
        os.mkfifo(data_dir / "synonyms.txt")
        answers: list[str] = []
        asking = Thread(target=lambda: answers.append(site.get("api/v1/search?q=riforma")))
        asking.start()
        writing = wait_for(lambda: waits_in_a_list(data_dir / "synonyms.txt"))
        (os.killpg if is_for_all else os.kill)(site.process.pid, number)
        # Nobody who comes now is answered: the end has begun.
        wait_for(lambda: not is_answered(site.port))
        assert site.events("stop") == []
        os.close(writing)
        asking.join()
        assert site.process.wait(DEADLINE_S) == 0
        assert [json.loads(answer)["total"] for answer in answers] == [3]
        assert [pid for _, pid in site.pids() if lives(pid)] == []
        assert (len(site.events("stop")), site.pids("warning")) == (1, [])


def is_answered(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def test_a_process_that_is_killed_is_told_and_replaced_while_the_other_answers(site: Site) -> None:
    site.get("")
    (number, killed), (_, other) = site.pids()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not lives(killed))
    answers: list[str] = []

    def is_replaced() -> bool:
        answers.append(site.get(""))
        return len(site.pids()) == 3

    wait_for(is_replaced)
    assert site.pids("warning") == [(number, killed)]
    [told] = [event for event in site.events("process") if event["level"] == "warning"]
    assert "signal 9" in told["message"]
    replaced, fresh = site.pids()[2]
    assert replaced == number
    assert fresh not in (killed, other)
    # The new process answers, and has not forgotten what the old one counted.
    assert num_home(site.get_from(fresh, "metrics")) == 1 + len(answers)


def test_no_process_outlives_the_first_one(site: Site) -> None:
    os.kill(site.process.pid, signal.SIGKILL)
    wait_for(lambda: not any(lives(pid) for _, pid in site.pids()))


@pytest.mark.parametrize(
    ("options", "processes"),
    [
        pytest.param((), 2, id="setting"),
        pytest.param(("--processes", "3"), 3, id="option"),
        pytest.param(("--processes", "1"), 1, id="one"),
    ],
)
def test_the_option_goes_before_the_setting(
    data_dir: Path, tmp_path: Path, options: tuple[str, ...], processes: int
) -> None:
    (data_dir / "emeroteca.toml").write_text("[web]\nprocesses = 2\n", encoding="utf-8")
    site = Site(data_dir, tmp_path / "log", *options)
    with ended(site):
        [start] = wait_for(lambda: site.events("start"))
        assert start["processes"] == processes
        if processes == 1:
            assert "ok" in site.get("healthz")
            assert site.pids() == []
        else:
            wait_for(lambda: len(site.pids()) == processes)


@pytest.mark.parametrize("value", ["0", "65", "due"])
def test_another_number_of_processes_is_refused(data_dir: Path, value: str) -> None:
    done = run("--data", str(data_dir), "serve", "--port", "0", "--processes", value)
    assert done.returncode == 2
    assert done.stdout == ""
    assert value in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


WORK = """
import sys
from index.cli.logs import logging_to_stderr
from web.processes import NoneUp, keep_up

def work(number, say_up):
    {work}

with logging_to_stderr("json", "info"):
    try:
        keep_up(work, 2, lambda: print("up", flush=True))
    except NoneUp:
        print("none up", flush=True)
"""


def started(log: Path, work: str) -> Started:
    return Started([sys.executable, "-c", WORK.format(work=work)], log)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        pytest.param("sys.exit(3)", "ended with status 3", id="status"),
        pytest.param("raise OSError('no room')", "ended with status 1", id="error"),
        pytest.param("return", "ended with status 0", id="nothing done"),
    ],
)
def test_it_ends_when_no_process_comes_up(tmp_path: Path, work: str, message: str) -> None:
    with ended(started(tmp_path / "log", work)) as tried:
        assert tried.line == "none up\n"
        assert tried.process.wait(DEADLINE_S) == 0
        warnings = [event for event in tried.events("process") if event["level"] == "warning"]
        assert not any("again_in_s" in event for event in warnings), "no other is to come"
        assert sorted((event["number"], event["message"]) for event in warnings) == [(0, message), (1, message)]
        tracebacks = [event["traceback"] for event in tried.events("process") if event["level"] == "error"]
        assert len(tracebacks) == 2 * ("OSError" in work)
        assert all("no room" in traceback for traceback in tracebacks)


def test_what_dies_again_and_again_is_replaced_ever_more_seldom(tmp_path: Path) -> None:
    with ended(started(tmp_path / "log", "say_up()")) as tried:
        assert tried.line == "up\n"

        def pauses() -> list[float]:
            return [
                event["again_in_s"]
                for event in tried.events("process")
                if event.get("again_in_s", 0) and not event["number"]
            ]

        wait_for(lambda: len(pauses()) == 3)
        assert pauses() == [1, 2, 4]
        os.kill(tried.process.pid, signal.SIGTERM)
        assert tried.process.wait(DEADLINE_S) == 0


def test_what_does_not_end_is_killed(tmp_path: Path) -> None:
    work = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); say_up(); signal.pause()"
    with ended(started(tmp_path / "log", work)) as tried:
        wait_for(lambda: len(tried.pids()) == 2)
        os.kill(tried.process.pid, signal.SIGTERM)
        assert tried.process.wait(DEADLINE_S) == 0
        assert not any(lives(pid) for _, pid in tried.pids())
        assert sorted(tried.pids("warning")) == sorted(tried.pids())
