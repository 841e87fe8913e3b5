"""The commands that bring articles in and out: ``add``, ``remove``, ``export``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
import msgspec

from index.cli import EXIT_REJECTED
from index.cli.progress import Bars, Rejected
from index.settings import IndexSettings


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--allow-empty-body", is_flag=True, help="Take in headlines that have no body.")
@click.option("--json", "as_json", is_flag=True, help="End with a line of JSON: added, replaced, unchanged, rejected.")
@click.option(
    "--memory-mb", default=IndexSettings().memory_mb, show_default=True, help="Memory for building the index."
)
@click.option("--processes", default=IndexSettings().processes, help="Processes that may share it.  [default: cores]")
@click.pass_context
def add(
    ctx: click.Context, files: tuple[str, ...], *, allow_empty_body: bool, as_json: bool, memory_mb: int, processes: int
) -> None:
    """Import the articles of FILES and make them searchable.

    Files: .jsonl and .csv (also .gz), saved pages (.html, .txt), feeds (.rss, .atom, .xml);
    - is JSONL on standard input.
    Exit status 3 when an article was rejected; the others are in.
    """
    from index.operations import add_files
    from index.sources import size_of_sources

    rejected = Rejected()
    size_bytes = size_of_sources(files)
    with Bars() as bars:
        report = add_files(
            ctx.obj,
            files,
            allow_empty_body=allow_empty_body,
            settings=IndexSettings(memory_mb=memory_mb, processes=processes),
            on_rejected=rejected,
            on_read=None if size_bytes is None else partial(bars.read, size_bytes),
            on_stored=bars.stored if size_bytes is None else None,
            on_indexed=bars.indexed,
        )
    rejected.end()
    counts = asdict(report)
    if as_json:
        click.echo(msgspec.json.encode(counts))
    else:
        click.echo(f"{report.taken} articles are in: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    if report.rejected:
        ctx.exit(EXIT_REJECTED)


@click.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@click.pass_context
def remove(ctx: click.Context, article_ids: tuple[str, ...]) -> None:
    """Take articles out of the archive. Exit status 3 when an ID is unknown; the others are out."""
    from index.operations import remove_articles

    removed, unknown = remove_articles(ctx.obj, article_ids)
    for article_id in unknown:
        click.echo(f"emeroteca: article {article_id!r} is unknown; nothing to remove", err=True)
    click.echo(f"{removed} articles removed")
    if unknown:
        ctx.exit(EXIT_REJECTED)


@click.command()
@click.argument("file", metavar="FILE")
@click.pass_context
def export(ctx: click.Context, file: str) -> None:
    """Write every article to FILE as JSONL, with every field that came in; .gz compresses, - is standard output.

    Exit status 3 when the store is damaged and an article cannot be read; the others are written.
    """
    from index.export import export_articles, export_file
    from index.generation import DataFolder
    from index.salvage import Unreadable

    num_unreadable = 0

    def report(article: Unreadable) -> None:
        nonlocal num_unreadable
        num_unreadable += 1
        click.echo(f"emeroteca: {article}", err=True)

    if file == "-":
        count = export_articles(ctx.obj, sys.stdout.buffer, on_unreadable=report)
        sys.stdout.buffer.flush()  # here, where an error can still be told
    else:
        # The archive is looked at before the file is opened: a wrong folder must not leave an empty export.
        DataFolder(ctx.obj).check()
        with export_file(Path(file)) as destination:
            count = export_articles(ctx.obj, destination, on_unreadable=report)
        click.echo(f"{count} articles exported to {file}")
    if num_unreadable:
        click.echo(
            f"emeroteca: {num_unreadable} articles cannot be read and {count} are exported; restore the store from a "
            "copy, or add the export to a new folder",
            err=True,
        )
        ctx.exit(EXIT_REJECTED)
