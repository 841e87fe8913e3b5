"""Connections shared out evenly among processes that accept them from one socket.

Each is told of a new connection, and whichever comes first has it. Browsers and proxies keep theirs, so that three of
four may end up at one process while another idles. So a process that has more than another waits for a moment before it
takes one more. When nobody else has taken it, the other may hang or have died: then it takes that one, and for a while
all that come.
"""

from __future__ import annotations

import time
from mmap import mmap
from typing import Any, Final

import numpy as np
from waitress.server import BaseWSGIServer

GIVE_WAY_S: Final = 0.002
"""The moment: an idle process accepts within a tenth of it."""

NO_WAY_S: Final = 0.02
"""How long all are taken after one that nobody else took: who waits does nothing else."""


class Sharing:
    """How many connections each process has; in memory that processes share when they are forked."""

    def __init__(self, processes: int) -> None:
        self._num_open = np.frombuffer(mmap(-1, 8 * processes), dtype=np.int64)

    def take_part(self, server: Any, number: int) -> None:
        """Have a server of this process, which is the one of a number, let others go first that have fewer."""
        sockets = getattr(server, "map", None) or server._map  # waitress has two kinds of server
        listeners = [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]

        def readable(listener: Any) -> bool:
            """Asked of each listener whenever the server has slept: here the count of connections is kept."""
            self._num_open[number] = sum(len(one.active_channels) for one in listeners)
            return bool(type(listener).readable(listener))

        takes_all_until_s = 0.0

        def handle_accept(listener: Any) -> None:
            nonlocal takes_all_until_s
            gives_way = self._num_open[number] > self._num_open.min() and time.monotonic() >= takes_all_until_s
            if gives_way:
                time.sleep(GIVE_WAY_S)
            before = len(listener.active_channels)
            type(listener).handle_accept(listener)  # which finds nothing where another was first
            if gives_way and len(listener.active_channels) > before:
                takes_all_until_s = time.monotonic() + NO_WAY_S

        for one in listeners:
            one.readable = lambda listener=one: readable(listener)
            one.handle_accept = lambda listener=one: handle_accept(listener)
