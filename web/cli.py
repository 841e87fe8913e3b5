"""The commands that serve an archive: ``serve``, and ``demo`` for an archive of invented articles."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import click
from waitress import create_server

from index.cli.logs import log_options, logging_to_stderr
from index.operations import add_files
from index.settings_file import read_settings
from search.archive import MAX_DEADLINE_S, Archive, open_archive
from web.app import create_app
from web.desk import MOST_DRAFT_BYTES
from web.request_log import hide_addresses, log
from web.settings import WebSettings
from web.skins import read_skins

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
@log_options
@click.pass_context
def serve(
    ctx: click.Context, *, host: str, port: int, deadline_s: float, log_format: str | None, log_level: str | None
) -> None:
    """Serve the archive as a web site."""
    # Who reads the text is at a terminal, and wants to hear of trouble alone; who collects JSON wants every request.
    with (
        logging_to_stderr(log_format, log_level or ("info" if log_format == "json" else "warning")),
        _ended_by_sigterm(),
    ):
        with open_archive(ctx.obj, kernels="compiled", deadline_s=deadline_s) as archive:
            _serve(archive, ctx.obj, host, port)


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
    with open_archive(ctx.obj, kernels="compiled" if is_served else "plain") as archive:
        for query in _DEMO_QUERIES:
            page = archive.search(query, size=3)
            click.secho(f"\n{query}: {page.total} found", bold=True)
            for hit in page.hits:
                click.echo(f"  {hit.title.marked('*', '*')} ({hit.article.site})")
        if is_served:
            click.echo("")
            _serve(archive, ctx.obj, host, port)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """End as by Ctrl-C where a supervisor says so: the requests that are being answered are."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tune_interpreter() -> None:
    """Have Python give way to other threads sooner, and look for garbage more seldom, than it does by itself."""
    # A search leaves the interpreter's lock a hundred times, for compiled kernels, SQLite and zlib, and to get it back
    # waits each time until the thread that makes a page gives way: 5 ms, unless told otherwise.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # What was loaded stays. A page makes thousands of small values, hardly any in a circle: by itself Python looks
    # through them a dozen times a page.
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)


def _serve(archive: Archive, data_dir: Path, host: str, port: int) -> None:
    # The compiled kernels are loaded by the first question: better now than while a reader waits.
    archive.search("notizie dell'archivio", size=1)
    settings = read_settings(data_dir, "web", WebSettings)
    try:
        server: Any = create_server(
            create_app(archive, settings, read_skins(data_dir, settings)),
            host=host,
            port=port,
            threads=settings.threads,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=MOST_DRAFT_BYTES if settings.desk else MAX_BODY_BYTES,
            # What a proxy says of the client is let through only where the settings tell of a proxy.
            clear_untrusted_proxy_headers=settings.proxies == 0,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(
            f"cannot listen on {host} port {port} ({reason}); name another with --port, or --port 0 for a free one"
        ) from error
    # A name such as "localhost" may stand for several addresses; then the server is several.
    taken = server.effective_listen[0][1] if hasattr(server, "effective_listen") else server.effective_port
    shown = f"[{host}]" if ":" in host else host
    _tune_interpreter()
    # One request that waits for a thread is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("waitress").addFilter(hide_addresses)
    address = f"http://{shown}:{taken}/"
    click.echo(f"Serving {data_dir} on {address} (Ctrl-C stops)")
    opened = archive.snapshot
    told = {"data": str(data_dir), "address": address}
    log.info("start", extra={"fields": told | {"generation": opened.generation, "articles": opened.totals.num_docs}})
    try:
        server.run()
    finally:
        server.close()
        log.info("stop", extra={"fields": told})
