"""Requests a second over HTTP, and how long the slowest wait, while articles are added to the archive.

    python -m benchmarks.bench_server [--articles 10000] [--asked pages,json] [--clients 1,4,16] [--processes 1]

``emeroteca serve`` runs on a free port with a copy of the archive; clients that each keep a connection ask for the
pages of results, and then the JSON interface, the questions of ``queries``, one behind the other without a pause;
``emeroteca add`` runs beside them, a batch after the other, unless ``--no-add`` is said. All of them share the machine,
so the figures are lower than those of a server alone. ``processor_ms`` is what the server works for one request,
whoever else is at work; that and its memory are of all its processes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from benchmarks.corpus import add_size_options, articles, corpus_and_archive
from benchmarks.footprint import processes_of, shared_bytes
from benchmarks.machine import describe_machine
from benchmarks.queries import Question, make_questions, read_records
from benchmarks.report import server
from web.parameters import ENGLISH, ITALIAN

BATCH: Final = 100
"""Articles of one ``emeroteca add``."""
BATCHES: Final = 50
ASKED: Final = {"pages": ("/cerca", ITALIAN), "json": ("/api/v1/search", ENGLISH)}
"""What can be asked for -> its path, and how its parameters are called."""
WARM_UP: Final = 64
"""Questions that are asked before anything is timed."""

_EMEROTECA: Final = (sys.executable, "-c", "from index.cli import main; main()", "--data")
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:(\d+)/")


def address_of(question: Question, asked: str) -> str:
    """The path of a question, as a reader (``pages``) or a program (``json``) would ask for it."""
    path, vocabulary = ASKED[asked]
    first, last = question.days
    values = {
        "q": question.text,
        "section": question.section,
        "from": first and first.isoformat(),
        "to": last and last.isoformat(),
        "any": "1" if question.any_word else None,
    }
    return f"{path}?{urlencode({vocabulary.names[name]: value for name, value in values.items() if value})}"


@contextmanager
def serving(folder: Path, processes: int) -> Iterator[tuple[int, int]]:
    """A server of an archive: the id of its first process, and its port."""
    command = [*_EMEROTECA, str(folder), "serve", "--port", "0", "--processes", str(processes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            found = _ADDRESS.search(told)
            if found is None:
                raise RuntimeError(f"the server does not tell its port: {told!r}")
            yield process.pid, int(found[1])
        finally:
            process.terminate()


class Adding:
    """A thread that adds batches of new articles until it is told to stop."""

    def __init__(self, folder: Path, batches: Sequence[Path]) -> None:
        self._folder = folder
        self._batches = iter(batches)
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.added = 0
        self._thread.start()

    def end(self) -> int:
        """Stop behind the current batch; how many articles were added."""
        self._is_ending.set()
        self._thread.join()
        return self.added

    def _run(self) -> None:
        for batch in self._batches:
            if self._is_ending.is_set():
                return
            command = [*_EMEROTECA, str(self._folder), "add", str(batch)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            self.added += BATCH


class Client(threading.Thread):
    """Asks one question after the other over one connection, until a moment of ``time.perf_counter``."""

    def __init__(self, port: int, addresses: Sequence[str], *, until: float) -> None:
        super().__init__()
        self._port = port
        self._addresses = addresses
        self._until = until
        self.times_ms: list[float] = []
        self.failed: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        for address in cycle(self._addresses):
            started = time.perf_counter()
            if started >= self._until:
                break
            try:
                connection.request("GET", address)
                response = connection.getresponse()
                response.read()
                if response.status != http.client.OK:
                    self.failed.append(f"{response.status} {address}")
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{error!r} {address}")
                connection.close()  # the next request opens it again
            self.times_ms.append((time.perf_counter() - started) * 1_000)
        connection.close()


def processor_s(server: int) -> float:
    """Seconds of the processor that the processes of a server have used."""
    ticks = 0
    for process in processes_of(server):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(server: int, port: int, addresses: Sequence[str], num_clients: int, seconds: float) -> dict[str, Any]:
    """What so many clients get."""
    started, used_s = time.perf_counter(), processor_s(server)
    clients = []
    for number in range(num_clients):
        first = number * len(addresses) // num_clients
        clients.append(Client(port, [*addresses[first:], *addresses[:first]], until=started + seconds))
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took_s, used_s = time.perf_counter() - started, processor_s(server) - used_s
    times_ms = [took_ms for client in clients for took_ms in client.times_ms]
    failed = [line for client in clients for line in client.failed]
    for line in failed[:5]:
        print(line, file=sys.stderr)
    cuts = statistics.quantiles(times_ms, n=100, method="inclusive")
    return {
        "clients": num_clients,
        "requests_per_s": round(len(times_ms) / took_s, 1),
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "p99_ms": round(cuts[98], 2),
        "processor_ms": round(used_s * 1_000 / len(times_ms), 2),
        "failed": len(failed),
    }


def write_batches(folder: Path, source: Path, seed: int, number: int) -> list[Path]:
    """Files of articles that the archive does not have."""
    encode = msgspec.json.encode
    new = articles(BATCH * number, seed=seed + 1, source=source)
    paths = []
    for at in range(number):
        path = folder / f"batch-{at}.jsonl"
        records = ({**record, "id": f"new-{record['id']}"} for record in islice(new, BATCH))
        path.write_bytes(b"".join(encode(record) + b"\n" for record in records))
        paths.append(path)
    return paths


def run(asked: argparse.Namespace) -> dict[str, Any]:
    corpus, built = corpus_and_archive(asked)
    questions = make_questions(read_records(corpus), asked.seed)
    levels = [(kind, int(clients)) for kind in asked.asked.split(",") for clients in asked.clients.split(",")]
    measured = []
    with tempfile.TemporaryDirectory(dir=built.parent) as name:
        folder = Path(name) / "archive"
        shutil.copytree(built, folder)
        batches = iter(write_batches(Path(name), asked.source, asked.seed, BATCHES * len(levels)))
        with serving(folder, asked.processes) as (process, port):
            for kind, clients in levels:
                addresses = [address_of(question, kind) for question in questions]
                Client(port, addresses[:WARM_UP], until=time.perf_counter() + asked.seconds / 3).run()
                adding = Adding(folder, list(islice(batches, BATCHES if asked.add else 0)))
                figures = measure(process, port, addresses, clients, asked.seconds)
                measured.append({"asked": kind, "processes": asked.processes} | figures | {"added": adding.end()})
            size = shared_bytes(processes_of(process))
    return {"machine": describe_machine(), "articles": asked.articles, "clients": measured, "private_bytes": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--asked", default="pages,json", help="pages, json or both, with a comma")
    parser.add_argument("--clients", default="1,4,16", help="numbers, with commas")
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    parser.add_argument("--add", action=argparse.BooleanOptionalAction, default=True, help="add articles meanwhile")
    parser.add_argument("--seconds", type=float, default=15.0, help="of asking, by each number of clients")
    add_size_options(parser)
    asked = parser.parse_args()
    report = run(asked)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(server(report))


if __name__ == "__main__":
    main()
