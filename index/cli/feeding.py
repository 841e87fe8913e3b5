"""The commands that bring articles in and out: ``add``, ``remove``, ``export``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from index.cli import EXIT_REJECTED
from index.cli.effort import effort, settings_of
from index.cli.logs import log_options, logging_to_stderr
from index.cli.progress import Bars, Rejected
from index.errors import CHECK_DISK, IndexUnavailable

if TYPE_CHECKING:
    from index.operations import AddReport
    from index.settings import IndexSettings


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--allow-empty-body", is_flag=True, help="Take in headlines that have no body.")
@click.option(
    "--json", "as_json", is_flag=True, help="End with a line of JSON: added, replaced, unchanged, removed, rejected."
)
@effort
@click.option(
    "--watch", "watched", metavar="FOLDER", type=click.Path(path_type=Path), help="Add what is dropped into FOLDER."
)
@click.option("--once", is_flag=True, help="With --watch: work through what is there, and end.")
@log_options
@click.pass_context
def add(
    ctx: click.Context,
    files: tuple[str, ...],
    *,
    allow_empty_body: bool,
    as_json: bool,
    memory_mb: int | None,
    processes: int | None,
    watched: Path | None,
    once: bool,
    log_format: str | None,
    log_level: str | None,
) -> None:
    """Import the articles of FILES and make them searchable.

    Files: .jsonl and .csv (also .gz), saved pages (.html, .txt), feeds (.rss, .atom, .xml);
    - is JSONL on standard input.
    Exit status 3 when an article was rejected; the others are in.

    With --watch FOLDER: add every file that is dropped into FOLDER, and move it to FOLDER/done, or to
    FOLDER/failed when an article of it was rejected, until the process is asked to stop.
    """
    if (watched is None) == (not files):
        raise click.UsageError("Name either FILE... or --watch FOLDER.")
    if watched is None and (once or log_format or log_level):
        raise click.UsageError("--once, --log and --log-level go with --watch FOLDER.")
    from index.operations import count_embargoed

    settings = settings_of(ctx, memory_mb=memory_mb, processes=processes)
    if watched is None:
        report = _add_files(ctx.obj, files, allow_empty_body=allow_empty_body, settings=settings)
    else:
        with logging_to_stderr(log_format, log_level or "info"), _heard_signals() as is_stopping:
            report = _watch(
                ctx.obj, watched, is_stopping, once=once, allow_empty_body=allow_empty_body, settings=settings
            )
    counts = asdict(report)
    if as_json:
        click.echo(msgspec.json.encode(counts))
    else:
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        click.echo(f"{_articles(report.taken)} went through: {told}")
        # All that was asked is done, and told: what cannot be looked up beside it must not make a failure of that.
        with suppress(IndexUnavailable):
            if embargoed := count_embargoed(ctx.obj):
                wait = "waits" if embargoed == 1 else "wait"
                click.echo(f"{_articles(embargoed)} of a later date {wait} for it (`emeroteca stats`)")
    if report.rejected and (once or watched is None):
        ctx.exit(EXIT_REJECTED)


def _add_files(data_dir: Path, files: tuple[str, ...], *, allow_empty_body: bool, settings: IndexSettings) -> AddReport:
    from index.operations import add_files
    from index.sources import size_of_sources

    rejected = Rejected()
    size_bytes = size_of_sources(files)
    with Bars() as bars:
        report = add_files(
            data_dir,
            files,
            allow_empty_body=allow_empty_body,
            settings=settings,
            on_rejected=rejected,
            on_read=None if size_bytes is None else partial(bars.read, size_bytes),
            on_stored=bars.stored if size_bytes is None else None,
            on_indexed=bars.indexed,
        )
    rejected.end()
    return report


def _watch(
    data_dir: Path,
    folder: Path,
    is_stopping: Callable[[], bool],
    *,
    once: bool,
    allow_empty_body: bool,
    settings: IndexSettings,
) -> AddReport:
    from index.drop_folder import DropFolder
    from index.watch import Watch

    watch = Watch(
        data_dir,
        DropFolder(folder),
        allow_empty_body=allow_empty_body,
        settings=settings,
        is_stopping=is_stopping,
    )
    if once:
        watch.run_once()
    else:
        watch.run()
    return watch.report


@contextmanager
def _heard_signals() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM or SIGINT has come, which then ends nothing by itself; a second one ends the process at once."""
    heard: list[int] = []
    before = {int(number): signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def hear(number: int, _: object) -> None:
        heard.append(number)
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, hear)
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@click.pass_context
def remove(ctx: click.Context, article_ids: tuple[str, ...]) -> None:
    """Take articles out of the archive. Exit status 3 when an ID is unknown; the others are out."""
    from index.operations import remove_articles

    removed, unknown = remove_articles(ctx.obj, article_ids)
    for article_id in unknown:
        click.echo(f"emeroteca: article {article_id!r} is unknown; nothing to remove", err=True)
    click.echo(f"{_articles(removed)} removed")
    if unknown:
        ctx.exit(EXIT_REJECTED)


@click.command()
@click.argument("file", metavar="FILE")
@click.pass_context
def export(ctx: click.Context, file: str) -> None:
    """Write every article to FILE as JSONL, with every field that came in; .gz compresses, - is standard output.

    Exit status 3 when the store is damaged, or the disk fails, and an article cannot be read; the others are written.
    """
    from index.export import export_articles, export_file
    from index.generation import DataFolder
    from index.salvage import Unreadable

    num_unreadable = num_refused = 0

    def report(article: Unreadable) -> None:
        nonlocal num_unreadable, num_refused
        num_unreadable += 1
        num_refused += article.is_refused
        click.echo(f"emeroteca: {article}", err=True)

    if file == "-":
        count = export_articles(ctx.obj, sys.stdout.buffer, on_unreadable=report)
        sys.stdout.buffer.flush()  # here, where an error can still be told
    else:
        # The archive is looked at before the file is opened: a wrong folder must not leave an empty export.
        DataFolder(ctx.obj).check()
        with export_file(Path(file)) as destination:
            count = export_articles(ctx.obj, destination, on_unreadable=report)
        click.echo(f"{_articles(count)} exported to {file}")
    if num_unreadable:
        remedy = CHECK_DISK if num_refused else "restore the store from a copy, or add the export to a new folder"
        click.echo(
            f"emeroteca: {num_unreadable} articles cannot be read and {count} are exported; {remedy}",
            err=True,
        )
        ctx.exit(EXIT_REJECTED)


def _articles(count: int) -> str:
    return f"{count} article{'' if count == 1 else 's'}"
