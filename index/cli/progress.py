"""What a command tells while it works: how far it has come, and which articles it rejected."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import ExitStack
from itertools import repeat
from typing import Any

import click

from index.errors import ArticleError

_MOST_SHOWN = 20
"""Rejected articles reported one by one; beyond, they are counted by reason."""


class Bars(ExitStack):
    """How far a command has come, on a terminal: a bar for each of its steps; nothing in a pipe."""

    def __init__(self) -> None:
        super().__init__()
        self._step = ""
        self._bar: Any = None
        self._began_s = 0.0
        self._num_indexed = 0
        self._num_done = 0

    def read(self, size_bytes: int, more: int) -> None:
        """Bytes read of the files, which have so many in all."""
        self._advance("reading", more, length=size_bytes)

    def stored(self, more: int) -> None:
        """Articles read of a source that does not tell how many there are."""
        self._advance("reading", more, show_pos=True)

    def indexed(self, done: int, total: int) -> None:
        """Articles indexed."""
        more, self._num_indexed = done - self._num_indexed, done
        self._advance("indexing", more, length=total, show_pos=True, show_percent=True, item_show_func=self._pace)

    def verified(self, step: str, done: int, total: int) -> None:
        """How much of a step of a verification is done, and of how much."""
        if step != self._step:
            self._num_done = 0
        more, self._num_done = done - self._num_done, done
        self._advance(step, more, length=total, show_percent=True)

    def _advance(self, step: str, more: int, *, length: int | None = None, **shown: Any) -> None:
        if not sys.stderr.isatty():
            return
        if step != self._step:
            self.close()  # the bar of the step before
            self._step, self._began_s = step, time.monotonic()
            # Without a length click asks for something to take from, of which it then cannot tell how much there is.
            bar = click.progressbar(repeat(None), length=length, label=step, width=0, file=sys.stderr, **shown)
            self._bar = self.enter_context(bar)
        self._bar.update(more)

    def _pace(self, _: object) -> str:
        return f"{self._num_indexed / max(time.monotonic() - self._began_s, 0.001):,.0f} articles/s"


class Rejected:
    """Reports the first rejected articles one by one, and the others by reason with the first place of each."""

    def __init__(self) -> None:
        self._shown = 0
        self._others: Counter[str] = Counter()
        self._first: dict[str, ArticleError] = {}

    def __call__(self, error: ArticleError) -> None:
        if self._shown < _MOST_SHOWN:
            self._shown += 1
            erased = "\r\033[K" if sys.stderr.isatty() else ""  # the bar, which is drawn again below
            click.echo(f"{erased}emeroteca: rejected {error}", err=True)
        else:
            self._others[error.reason] += 1
            self._first.setdefault(error.reason, error)

    def end(self) -> None:
        """Report the counts."""
        told = self._others.most_common(_MOST_SHOWN)
        for reason, count in told:
            more = f"{count} more, the first" if count > 1 else "1 more"
            click.echo(f"emeroteca: rejected {more}: {self._first[reason]}", err=True)
        if left := len(self._others) - len(told):
            count = sum(self._others.values()) - sum(count for _, count in told)
            click.echo(
                f"emeroteca: rejected {count} more for {left} other reasons; add them alone to see each", err=True
            )
