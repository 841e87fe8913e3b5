"""Deadlines: a question that takes too long is given up, and says so; half an answer would look like a whole one."""

from __future__ import annotations

import time

from search.errors import DeadlineExceeded


class Deadline:
    """When the answer to one question must be there, from its making on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """To be called between the steps of a search, each some thousandths of a second long.

        Raises:
            DeadlineExceeded: it is over.
        """
        if time.monotonic() > self._end:
            raise DeadlineExceeded(self._seconds)
