"""The commands that look after an archive: ``rebuild``, ``stats``, ``verify``."""

from __future__ import annotations

from dataclasses import asdict, fields

import click
import msgspec

from index.cli import EXIT_FAULTY
from index.cli.progress import Bars
from index.settings import IndexSettings


@click.command()
@click.option(
    "--if-needed", is_flag=True, help="Do nothing when the index is up to date with the store and the program."
)
@click.option(
    "--memory-mb", default=IndexSettings().memory_mb, show_default=True, help="Memory for building the index."
)
@click.option("--processes", default=IndexSettings().processes, help="Processes that may share it.  [default: cores]")
@click.pass_context
def rebuild(ctx: click.Context, if_needed: bool, memory_mb: int, processes: int) -> None:
    """Write the index anew from the stored articles, verify it and swap it in; the old one serves meanwhile."""
    from index import operations

    settings = IndexSettings(memory_mb=memory_mb, processes=processes)
    with Bars() as bars:
        generation = operations.rebuild(ctx.obj, if_needed=if_needed, settings=settings, on_indexed=bars.indexed)
    click.echo("the index is up to date" if generation is None else f"generation {generation} is current")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def stats(ctx: click.Context, as_json: bool) -> None:
    """Count articles, bytes and generations."""
    from index.operations import gather_stats

    found = gather_stats(ctx.obj)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for name in [field.name for field in fields(found)]:
        value = getattr(found, name)
        share = (
            f"  ({value / found.text_bytes:.2f} x text)"
            if name in ("index_bytes", "store_bytes") and found.text_bytes
            else ""
        )
        click.echo(f"{name:18}{value:>16,}{share}")


@click.command()
@click.option("--quick", is_flag=True, help="Look at sizes, headers and ids alone, without reading every file.")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def verify(ctx: click.Context, quick: bool, as_json: bool) -> None:
    """Compare every file with its checksum, and the index with the stored articles.

    Exit status 4 when something is wrong; what, where and the remedy are told one a line.
    """
    from index import verification

    with Bars() as bars:
        found = verification.verify(ctx.obj, quick=quick, on_progress=bars.verified)
    if as_json:
        click.echo(msgspec.json.encode({"ok": found.ok} | asdict(found)))
    else:
        for fault in found.faults:
            click.echo(f"emeroteca: {fault}", err=True)
        for note in found.notes:
            click.echo(f"note: {note}", err=True)
        if found.ok:
            depth = "has the files that were written" if quick else "holds what was written to it"
            click.echo(f"the index {depth} and agrees with the store: {found.articles} articles, {found.files} files")
    if not found.ok:
        ctx.exit(EXIT_FAULTY)
