"""Figures for Prometheus, at ``/metrics`` where the settings say so: requests, how long they took, the generation.

Counted in memory and by process, without who asked or what. The text format is a few lines, and these are four kinds
of figures: prometheus-client would be one more package to watch in every archive, also where nobody asks for figures.
Its parser reads ours in the tests.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Final

from flask import Flask, Response, g, request

from index.errors import IndexUnavailable
from search.archive import Archive
from web import clock

MIMETYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the histogram, seconds: a page takes a few milliseconds, a question is given up after five seconds."""

NO_ENDPOINT: Final = "none"
"""Of an address that leads nowhere; the address itself would make a figure for whatever anybody asks for."""


class Metrics:
    """The figures of one application; threads may share them."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._times: dict[str, list[int]] = {}  # endpoint -> how many took as long as each bound, and longer than all
        self._seconds: Counter[str] = Counter()

    def add_to(self, app: Flask) -> None:
        """Have the application count its requests, and tell at ``/metrics``."""

        def begin() -> None:
            g.counted_from_s = time.perf_counter()

        def count(response: Response) -> Response:
            if "counted_from_s" in g:
                seconds = time.perf_counter() - g.counted_from_s
                self.count(request.endpoint or NO_ENDPOINT, response.status_code, seconds)
            return response

        app.before_request(begin)
        app.after_request(count)
        app.add_url_rule("/metrics", "metrics", lambda: Response(self.text(), content_type=MIMETYPE))

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._requests[endpoint, f"{status // 100}xx"] += 1
            times = self._times.setdefault(endpoint, [0] * (len(BOUNDS_S) + 1))
            times[bisect_left(BOUNDS_S, seconds)] += 1
            self._seconds[endpoint] += seconds  # type: ignore[assignment]  # a Counter adds numbers of any kind

    def text(self) -> str:
        """The figures in Prometheus' text format."""
        with self._lock:
            lines = [*self._of_requests(), *self._of_times()]
        return "\n".join([*lines, *self._of_archive()]) + "\n"

    def _of_requests(self) -> Iterator[str]:
        yield from _heading("emeroteca_requests_total", "counter", "Requests answered.")
        for (endpoint, status), count in sorted(self._requests.items()):
            yield f'emeroteca_requests_total{{endpoint="{endpoint}",status="{status}"}} {count}'

    def _of_times(self) -> Iterator[str]:
        name = "emeroteca_request_duration_seconds"
        yield from _heading(name, "histogram", "How long answering took.")
        for endpoint, times in sorted(self._times.items()):
            so_far = 0
            for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), times, strict=True):
                so_far += count
                yield f'{name}_bucket{{endpoint="{endpoint}",le="{bound}"}} {so_far}'
            yield f'{name}_sum{{endpoint="{endpoint}"}} {self._seconds[endpoint]:.6f}'
            yield f'{name}_count{{endpoint="{endpoint}"}} {so_far}'

    def _of_archive(self) -> Iterator[str]:
        try:
            snapshot = self._archive.snapshot
        except IndexUnavailable:  # which is a figure too, and the others are wanted then more than ever
            snapshot = None
        yield from _heading("emeroteca_archive_up", "gauge", "Whether the archive can be searched.")
        yield f"emeroteca_archive_up {int(snapshot is not None)}"
        if snapshot is None:
            return
        yield from _heading("emeroteca_generation", "gauge", "The number of the generation that is served.")
        yield f"emeroteca_generation {snapshot.generation}"
        yield from _heading("emeroteca_articles", "gauge", "Articles that can be found.")
        yield f"emeroteca_articles {snapshot.totals.num_docs}"
        if (age_s := clock.age_s(snapshot.created)) is not None:
            yield from _heading("emeroteca_generation_age_seconds", "gauge", "Seconds since the last commit.")
            yield f"emeroteca_generation_age_seconds {age_s}"


def _heading(name: str, kind: str, told: str) -> tuple[str, str]:
    return f"# HELP {name} {told}", f"# TYPE {name} {kind}"
