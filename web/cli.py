"""The commands that serve an archive: ``serve``, and ``demo`` for an archive of invented articles."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import click
from waitress import create_server

from index.operations import add_files
from search.archive import MAX_DEADLINE_S, Archive, open_archive
from web.app import create_app

THREADS: Final = 8

MAX_HEADER_BYTES: Final = 65_536
"""Of a request with its address: a question of 4,000 characters, each escaped, has 48,000 at most."""

MAX_BODY_BYTES: Final = 1_000
"""Nothing here reads a body; what comes all the same is not kept for long."""

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
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, deadline_s: float) -> None:
    """Serve the archive as a web site."""
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


def _serve(archive: Archive, data_dir: Path, host: str, port: int) -> None:
    # The compiled kernels are loaded by the first question: better now than while a reader waits.
    archive.search("notizie dell'archivio", size=1)
    try:
        server: Any = create_server(
            create_app(archive),
            host=host,
            port=port,
            threads=THREADS,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(
            f"cannot listen on {host} port {port} ({reason}); name another with --port, or --port 0 for a free one"
        ) from error
    # A name such as "localhost" may stand for several addresses; then the server is several.
    taken = server.effective_listen[0][1] if hasattr(server, "effective_listen") else server.effective_port
    shown = f"[{host}]" if ":" in host else host
    # One request that waits for a thread is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    click.echo(f"Serving {data_dir} on http://{shown}:{taken}/ (Ctrl-C stops)")
    try:
        server.run()
    finally:
        server.close()
