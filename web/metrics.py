"""Figures for Prometheus, at ``/metrics`` where the settings say so: requests, how long they took, the generation.

Counted in memory (``web.tally``), without who asked or what. The text format is a few lines, and these are four kinds
of figures: prometheus-client would be one more package to watch in every archive, also where nobody asks for figures.
Its parser reads ours in the tests.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from flask import Flask, Response, g, request

from index.errors import IndexUnavailable
from search.archive import Archive
from web import clock
from web.tally import BOUNDS_S, OTHERS, Counts, Tally

MIMETYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures of one archive and of what is counted in a tally; threads may share them."""

    def __init__(self, archive: Archive, tally: Tally) -> None:
        self._archive = archive
        self._tally = tally

    def add_to(self, app: Flask) -> None:
        """Have the application count its requests, and tell at ``/metrics``; its other views are there already."""

        def begin() -> None:
            g.counted_from_s = time.perf_counter()

        def count(response: Response) -> Response:
            if "counted_from_s" in g:
                seconds = time.perf_counter() - g.counted_from_s
                self._tally.count(request.endpoint or OTHERS, response.status_code, seconds)
            return response

        app.before_request(begin)
        app.after_request(count)
        app.add_url_rule("/metrics", "metrics", lambda: Response(self.text(), content_type=MIMETYPE))
        self._tally.name(rule.endpoint for rule in app.url_map.iter_rules())

    def text(self) -> str:
        """The figures in Prometheus' text format."""
        counts = tuple(self._tally.counts())
        return "\n".join([*_of_requests(counts), *_of_times(counts), *self._of_archive()]) + "\n"

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


def _of_requests(counts: tuple[tuple[str, Counts], ...]) -> Iterator[str]:
    yield from _heading("emeroteca_requests_total", "counter", "Requests answered.")
    for endpoint, counted in counts:
        for hundreds, count in enumerate(counted.statuses, start=1):
            if count:
                yield f'emeroteca_requests_total{{endpoint="{endpoint}",status="{hundreds}xx"}} {count}'


def _of_times(counts: tuple[tuple[str, Counts], ...]) -> Iterator[str]:
    name = "emeroteca_request_duration_seconds"
    yield from _heading(name, "histogram", "How long answering took.")
    for endpoint, counted in counts:
        so_far = 0
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), counted.times, strict=True):
            so_far += count
            yield f'{name}_bucket{{endpoint="{endpoint}",le="{bound}"}} {so_far}'
        yield f'{name}_sum{{endpoint="{endpoint}"}} {counted.seconds:.6f}'
        yield f'{name}_count{{endpoint="{endpoint}"}} {so_far}'


def _heading(name: str, kind: str, told: str) -> tuple[str, str]:
    return f"# HELP {name} {told}", f"# TYPE {name} {kind}"
