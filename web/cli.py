"""The commands that serve an archive: ``serve``, and ``demo`` for an archive of invented articles."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import click

from index.cli.logs import log_options, logging_to_stderr
from index.errors import ArchiveError
from index.generation import DataFolder
from index.operations import add_files
from index.store import EMBARGOED, Store
from search.archive import MAX_DEADLINE_S, Archive, open_archive
from web.processes import NoneUp, keep_up
from web.request_log import log
from web.serving import Sigterm, Site, tune_interpreter
from web.sharing import Sharing
from web.tally import Tally

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
        Sigterm() as sigterm,
    ):
        with _opened(ctx.obj, deadline_s) as archive:
            site = Site(archive, ctx.obj, host=host, port=port, processes=processes)
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
        paths = sorted(folder.glob("*.jsonl"))
        records = [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]
        _refuse_real_articles(ctx.obj, {record["id"]: record["url"] for record in records})
        report = add_files(ctx.obj, [str(path) for path in paths])
    click.echo(f"{report.taken} invented articles are in {ctx.obj}")
    with Sigterm() as sigterm, _opened(ctx.obj) if is_served else open_archive(ctx.obj) as archive:
        for query in _DEMO_QUERIES:
            page = archive.search(query, size=3)
            click.secho(f"\n{query}: {page.total} found", bold=True)
            for hit in page.hits:
                click.echo(f"  {hit.title.marked('*', '*')} ({hit.article.site})")
        if is_served:
            click.echo("")
            _serve(archive, Site(archive, ctx.obj, host=host, port=port, processes=1), sigterm)


def _refuse_real_articles(data_dir: Path, invented: Mapping[str, str]) -> None:
    """Refuse an archive that has other articles than the invented ones, which readers would take for news.

    Args:
        invented: the address of each invented article, by its id; a real one may have such an id too.
    """
    store_path = DataFolder(data_dir).store
    if not store_path.exists():
        return
    with closing(Store(store_path, read_only=True)) as store:
        id_of = store.ids_at(EMBARGOED)  # of those under embargo too, which adding would replace like any other
        alike = [num for num, article_id in id_of.items() if article_id in invented]
        articles = (stored.article for stored in store.versions(alike))
        num_others = len(id_of) - sum(article.url == invented[article.article_id] for article in articles)
    if num_others:
        raise ArchiveError(
            f"{data_dir}: has articles that are not of the demo ({num_others:,}), and invented ones would come beside "
            "them or in their place; name a new folder with --data"
        )


def _opened(data_dir: Path, deadline_s: float = 5.0) -> Archive:
    """An archive that is ready for readers."""
    archive = open_archive(data_dir, kernels="compiled", deadline_s=deadline_s)
    # The compiled kernels are loaded by the first question: better now than while a reader waits.
    archive.search("notizie dell'archivio", size=1)
    return archive


def _tell_start(site: Site) -> None:
    click.echo(f"Serving {site.data_dir} on {site.address} (Ctrl-C stops)")
    site.log_start()


def _serve(archive: Archive, site: Site, sigterm: Sigterm) -> None:
    """Serve a site by this process."""
    server = site.server(archive)
    try:
        sigterm.answering()
        _tell_start(site)
        server.run()
    finally:
        server.close()
        site.log_stop()


def _serve_by_processes(site: Site, opened: Callable[[], Archive], sigterm: Sigterm) -> None:
    """Serve a site by as many processes as its settings say, each of which opens the archive for itself."""
    tally, sharing = Tally(site.settings.processes), Sharing(site.settings.processes)

    def serve_by_one(number: int, say_up: Callable[[], None]) -> None:
        tally.process = number
        try:
            archive = opened()
        except ArchiveError as error:
            log.error("unavailable: %s", error)
            sys.exit(1)
        with archive:
            server = site.server(archive, tally)
            sharing.take_part(server, number)
            try:
                sigterm.answering()
                say_up()
                server.run()
            finally:
                server.close()

    tune_interpreter()  # what is frozen here stays shared
    try:
        keep_up(serve_by_one, site.settings.processes, partial(_tell_start, site))
    except NoneUp as error:
        raise click.ClickException(
            f"none of the {site.settings.processes} processes came up; the log above says why"
        ) from error
    site.log_stop()
