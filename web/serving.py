"""A site on its address: where it is listened, the server that answers, and how that ends."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from waitress import create_server

from index.errors import ArchiveError
from index.settings_file import read_settings
from search.archive import Archive
from web.app import create_app
from web.desk import MOST_DRAFT_BYTES
from web.request_log import hide_addresses, log
from web.settings import WebSettings
from web.skins import read_skins
from web.tally import Tally

MAX_HEADER_BYTES: Final = 65_536
"""Of a request with its address: a question of 4,000 characters, each escaped, has 48,000 at most."""

MAX_BODY_BYTES: Final = 1_000
MOST_BODY_BYTES_OF_DESK: Final = 5 * MOST_DRAFT_BYTES
"""Of a longer draft the server itself says that it is too long, and not in Italian; up to it the desk does."""

"""Nothing but the desk reads a body; what comes all the same is not kept for long."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread may keep the others from the interpreter."""

GARBAGE_AFTER: Final = 10_000
"""New values after which garbage is looked for; Python's own threshold is 700."""


class CannotListen(ArchiveError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        super().__init__(
            f"cannot listen on {host} port {port} ({reason}); name another with --port, or --port 0 for a free one"
        )


class Site:
    """What is served, and where: one for all processes that serve it.

    Attributes:
        data_dir: the archive's.
        settings: of the archive's file, with what is given before it.
        sockets: what is listened on.
        address: as a browser takes it.
    """

    def __init__(self, archive: Archive, data_dir: Path, *, host: str, port: int, processes: int | None = None) -> None:
        self.data_dir = data_dir
        self.settings = read_settings(data_dir, "web", WebSettings, processes=processes)
        self._skins = read_skins(data_dir, self.settings)
        try:
            self.sockets = listen(host.strip("[]"), port)
        except (OSError, ValueError) as error:
            raise CannotListen(host, port, error) from error
        shown = f"[{host.strip('[]')}]" if ":" in host else host
        self.address = f"http://{shown}:{self.sockets[0].getsockname()[1]}/"
        self._where = {"data": str(data_dir), "address": self.address}
        opened = archive.snapshot
        self._what = {"generation": opened.generation, "articles": opened.totals.num_docs}

    def server(self, archive: Archive, tally: Tally | None = None) -> Any:
        """A server of the site in this process, which answers once it is run."""
        # One request that waits for a thread is no news.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        logging.getLogger("waitress").addFilter(hide_addresses)
        server = create_server(
            create_app(archive, self.settings, self._skins, tally=tally),
            sockets=self.sockets,
            threads=self.settings.threads,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=MOST_BODY_BYTES_OF_DESK if self.settings.desk else MAX_BODY_BYTES,
            # What a proxy says of the client is let through only where the settings tell of a proxy.
            clear_untrusted_proxy_headers=self.settings.proxies == 0,
        )
        tune_interpreter()
        return server

    def log_start(self) -> None:
        """Log that the site can be asked."""
        log.info("start", extra={"fields": self._where | {"processes": self.settings.processes} | self._what})

    def log_stop(self) -> None:
        """Log that it cannot be asked any more."""
        log.info("stop", extra={"fields": self._where})


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address that a name such as "localhost" stands for, all on one port."""
    found = socket.getaddrinfo(
        None if host == "*" else host,
        port,
        type=socket.SOCK_STREAM,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_PASSIVE,
    )
    listening = []
    with ExitStack() as opened:
        for family, name in dict.fromkeys((family, name) for family, _, _, _, name in found):
            listener = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # after a restart, old connections linger
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
            listener.bind((name[0], port, *name[2:]))
            port = listener.getsockname()[1]
            listener.listen()  # only now an address in use is noticed for certain
            listening.append(listener)
        opened.pop_all()  # they stay open
    return listening


class Sigterm:
    """Ends this process as Ctrl-C does where a supervisor says so: the requests that are being answered are."""

    def __init__(self) -> None:
        self._is_told = self._is_answering = False
        self._before: Any = None

    def __enter__(self) -> Sigterm:
        self._before = signal.signal(signal.SIGTERM, self._end)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def _end(self, *_: object) -> None:
        self._is_told = True
        if self._is_answering:
            # A second one, as systemd sends to each process where the first one tells it too, must not cut that short.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(0)

    def answering(self) -> None:
        """Say that there are answers to finish from now on; it ends here what was told to end before."""
        self._is_answering = True
        if self._is_told:  # and did not, as where compiled code calls Python, which cannot let an exception through
            sys.exit(0)


def tune_interpreter() -> None:
    """Have Python give way to other threads sooner, and look for garbage more seldom, than it does by itself."""
    # A search leaves the interpreter's lock a hundred times, for compiled kernels, SQLite and zlib, and to get it back
    # waits each time until the thread that makes a page gives way: 5 ms, unless told otherwise.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # What was loaded stays. A page makes thousands of small values, hardly any in a circle: by itself Python looks
    # through them a dozen times a page.
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
