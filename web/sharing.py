"""Connections shared out evenly among processes that accept them from one socket.

Each is told of a new connection, and whichever comes first has it. Browsers and proxies keep theirs, so that three of
four may end up at one process while another idles. So a process that has more than another waits for a moment before it
takes one more. It takes it all the same when nobody else has, so that none that hangs or has died keeps a reader
waiting for longer.
"""

from __future__ import annotations

import time
from mmap import mmap
from typing import Any, Final

import numpy as np
from waitress.server import BaseWSGIServer

GIVE_WAY_S: Final = 0.002
"""The moment: an idle process accepts within a tenth of it."""


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

        def handle_accept(listener: Any) -> None:
            if self._num_open[number] > self._num_open.min():
                time.sleep(GIVE_WAY_S)
            type(listener).handle_accept(listener)  # which finds nothing where another was first

        for one in listeners:
            one.readable = lambda listener=one: readable(listener)
            one.handle_accept = lambda listener=one: handle_accept(listener)
