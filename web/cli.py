"""The commands that serve an archive: ``serve``, and ``demo`` for an archive of invented articles."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import click
from waitress import create_server

from index.cli.logs import log_options, logging_to_stderr
from index.errors import ArchiveError
from index.operations import add_files
from index.settings_file import read_settings
from search.archive import MAX_DEADLINE_S, Archive, open_archive
from web.app import create_app
from web.desk import MOST_DRAFT_BYTES
from web.processes import NoneUp, keep_up
from web.request_log import hide_addresses, log
from web.settings import WebSettings
from web.skins import read_skins
from web.tally import Tally

MAX_HEADER_BYTES: Final = 65_536
"""Of a request with its address: a question of 4,000 characters, each escaped, has 48,000 at most."""

MAX_BODY_BYTES: Final = 1_000
"""Nothing but the desk reads a body; what comes all the same is not kept for long."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread may keep the others from the interpreter."""

GARBAGE_AFTER: Final = 10_000
"""New values after which garbage is looked for; Python's own threshold is 700."""

_DEMO_QUERIES: Final = (
    "AI",
    "Dell",
    '"intelligenza artificiale"',
    "citta",
    "sezione:sicurezza ransomware",
    "bollett* dopo:2023",
)


def _where(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say where to listen."""
    host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
    port = click.option(
        "--port",
        type=click.IntRange(0, 65_535),
        default=8000,
        show_default=True,
        help="Port to listen on; 0 takes a free one.",
    )
    return host(port(command))


@click.command()
@_where
@click.option(
    "--deadline",
    "deadline_s",
    type=click.FloatRange(0, MAX_DEADLINE_S, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up a question that takes longer.",
)
@click.option("--processes", type=int, help="Processes that answer, on one address.  [default: 1]")
@log_options
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    host: str,
    port: int,
    deadline_s: float,
    processes: int | None,
    log_format: str | None,
    log_level: str | None,
) -> None:
    """Serve the archive as a web site."""
    # Who reads the text is at a terminal, and wants to hear of trouble alone; who collects JSON wants every request.
    with (
        logging_to_stderr(log_format, log_level or ("info" if log_format == "json" else "warning")),
        _Sigterm() as sigterm,
    ):
        with _opened(ctx.obj, deadline_s) as archive:
            site = _Site(archive, ctx.obj, host=host, port=port, processes=processes)
            if site.settings.processes == 1:
                _serve(archive, site, sigterm)
                return
        del archive  # or what it has mapped would be kept as long as the first process lives, whatever is swept
        _serve_by_processes(site, partial(_opened, ctx.obj, deadline_s), sigterm)


@click.command()
@_where
@click.option(
    "--serve/--no-serve", "is_served", default=True, envvar="SERVE", show_envvar=True, help="Serve the site at the end."
)
@click.pass_context
def demo(ctx: click.Context, host: str, port: int, is_served: bool) -> None:
    """Make an archive of invented articles, ask it a few questions, and serve it."""
    with as_file(files("index") / "demo") as folder:
        report = add_files(ctx.obj, [str(path) for path in sorted(folder.glob("*.jsonl"))])
    click.echo(f"{report.taken} invented articles are in {ctx.obj}")
    with _Sigterm() as sigterm, _opened(ctx.obj) if is_served else open_archive(ctx.obj) as archive:
        for query in _DEMO_QUERIES:
            page = archive.search(query, size=3)
            click.secho(f"\n{query}: {page.total} found", bold=True)
            for hit in page.hits:
                click.echo(f"  {hit.title.marked('*', '*')} ({hit.article.site})")
        if is_served:
            click.echo("")
            _serve(archive, _Site(archive, ctx.obj, host=host, port=port, processes=1), sigterm)


class _Sigterm:
    """Ends this process as Ctrl-C does where a supervisor says so: the requests that are being answered are."""

    def __init__(self) -> None:
        self._is_told = self._is_answering = False
        self._before: Any = None

    def __enter__(self) -> _Sigterm:
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


def _tune_interpreter() -> None:
    """Have Python give way to other threads sooner, and look for garbage more seldom, than it does by itself."""
    # A search leaves the interpreter's lock a hundred times, for compiled kernels, SQLite and zlib, and to get it back
    # waits each time until the thread that makes a page gives way: 5 ms, unless told otherwise.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # What was loaded stays. A page makes thousands of small values, hardly any in a circle: by itself Python looks
    # through them a dozen times a page.
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)


def _opened(data_dir: Path, deadline_s: float = 5.0) -> Archive:
    """An archive that is ready for readers."""
    archive = open_archive(data_dir, kernels="compiled", deadline_s=deadline_s)
    # The compiled kernels are loaded by the first question: better now than while a reader waits.
    archive.search("notizie dell'archivio", size=1)
    return archive


class _Site:
    """What is served, and where: one for all processes that serve it.

    Attributes:
        settings: of the archive's file, with what is given before it.
        sockets: what is listened on.
    """

    def __init__(self, archive: Archive, data_dir: Path, *, host: str, port: int, processes: int | None = None) -> None:
        self.settings = read_settings(data_dir, "web", WebSettings, processes=processes)
        self._skins = read_skins(data_dir, self.settings)
        try:
            self.sockets = _listen(host.strip("[]"), port)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise click.ClickException(
                f"cannot listen on {host} port {port} ({reason}); name another with --port, or --port 0 for a free one"
            ) from error
        shown = f"[{host.strip('[]')}]" if ":" in host else host
        address = f"http://{shown}:{self.sockets[0].getsockname()[1]}/"
        self._line = f"Serving {data_dir} on {address} (Ctrl-C stops)"
        self._where = {"data": str(data_dir), "address": address}
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
            max_request_body_size=MOST_DRAFT_BYTES if self.settings.desk else MAX_BODY_BYTES,
            # What a proxy says of the client is let through only where the settings tell of a proxy.
            clear_untrusted_proxy_headers=self.settings.proxies == 0,
        )
        _tune_interpreter()
        return server

    def tell_start(self) -> None:
        """Say that the site can be asked."""
        click.echo(self._line)
        log.info("start", extra={"fields": self._where | {"processes": self.settings.processes} | self._what})

    def tell_stop(self) -> None:
        """Log that it cannot be asked any more."""
        log.info("stop", extra={"fields": self._where})


def _listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address that a name such as "localhost" stands for, all on one port."""
    found = socket.getaddrinfo(
        None if host == "*" else host,
        port,
        type=socket.SOCK_STREAM,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_PASSIVE,
    )
    listening = []
    for family, name in dict.fromkeys((family, name) for family, _, _, _, name in found):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # after a restart, old connections linger
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
        listener.bind((name[0], port, *name[2:]))
        port = listener.getsockname()[1]
        listener.listen()  # only now an address in use is noticed for certain
        listening.append(listener)
    return listening


def _serve(archive: Archive, site: _Site, sigterm: _Sigterm) -> None:
    """Serve a site by this process."""
    server = site.server(archive)
    try:
        sigterm.answering()
        site.tell_start()
        server.run()
    finally:
        server.close()
        site.tell_stop()


def _serve_by_processes(site: _Site, opened: Callable[[], Archive], sigterm: _Sigterm) -> None:
    """Serve a site by as many processes as its settings say, each of which opens the archive for itself."""
    tally = Tally(site.settings.processes)

    def serve_by_one(number: int, say_up: Callable[[], None]) -> None:
        tally.process = number
        try:
            archive = opened()
        except ArchiveError as error:
            log.error("unavailable: %s", error)
            sys.exit(1)
        with archive:
            server = site.server(archive, tally)
            try:
                sigterm.answering()
                say_up()
                server.run()
            finally:
                server.close()

    _tune_interpreter()  # what is frozen here stays shared
    try:
        keep_up(serve_by_one, site.settings.processes, site.tell_start)
    except NoneUp as error:
        raise click.ClickException(
            f"none of the {site.settings.processes} processes came up; the log above says why"
        ) from error
    site.tell_stop()
