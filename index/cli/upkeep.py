"""The commands that look after an archive: ``rebuild``, ``stats``, ``verify``, ``backup``, ``restore``."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

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
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Compare every file with its checksum and the index with the store. Exit status 4 when something is wrong."""
    from index import verification

    faults = verification.verify(ctx.obj)
    for fault in faults:
        click.echo(f"emeroteca: {fault}", err=True)
    if faults:
        click.echo("run `emeroteca rebuild` to write the index anew from the stored articles", err=True)
        ctx.exit(EXIT_FAULTY)
    click.echo("the index holds what was written to it and agrees with the store")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Write everything that cannot be made again, as it is at this moment, into FILE; others may write meanwhile."""
    from index.backup import back_up

    made = back_up(ctx.obj, file)
    click.echo(f"{made.articles} articles are in {file}, {made.size_bytes:,} bytes, read back")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--memory-mb", default=IndexSettings().memory_mb, show_default=True, help="Memory for building the index."
)
@click.option("--processes", default=IndexSettings().processes, help="Processes that may share it.  [default: cores]")
@click.pass_context
def restore(ctx: click.Context, file: Path, memory_mb: int, processes: int) -> None:
    """Make an archive of the backup FILE in the folder of --data, which must be new or empty, and index it."""
    from index.backup import restore as bring_back

    settings = IndexSettings(memory_mb=memory_mb, processes=processes)
    with Bars() as bars:
        brought = bring_back(ctx.obj, file, settings=settings, on_indexed=bars.indexed)
    click.echo(f"{brought.articles} articles are in {ctx.obj}")
