"""The commands that look after an archive: ``rebuild``, ``rollback``, ``verify``, ``backup`` and their kin."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import click
import msgspec

from index.cli import EXIT_FAULTY, EXIT_REJECTED
from index.cli.effort import effort, settings_of
from index.cli.progress import Bars


@click.command()
@click.option(
    "--if-needed", is_flag=True, help="Do nothing when the index is up to date with the store and the program."
)
@click.option("--fresh", is_flag=True, help="Begin anew, also where an earlier rebuild was stopped.")
@effort
@click.pass_context
def rebuild(ctx: click.Context, *, if_needed: bool, fresh: bool, memory_mb: int | None, processes: int | None) -> None:
    """Write the index anew from the stored articles, verify it and swap it in.

    The old one serves meanwhile, and other commands may add and remove. A rebuild that was stopped is gone on with.
    """
    from index import operations

    with Bars() as bars:
        generation = operations.rebuild(
            ctx.obj,
            if_needed=if_needed,
            fresh=fresh,
            settings=settings_of(ctx, memory_mb=memory_mb, processes=processes),
            on_resumed=lambda count: click.echo(f"going on after {count} articles of an earlier rebuild", err=True),
            on_indexed=bars.indexed,
        )
    click.echo("the index is up to date" if generation is None else f"generation {generation} is current")


@click.command()
@effort
@click.pass_context
def compact(ctx: click.Context, *, memory_mb: int | None, processes: int | None) -> None:
    """Rebuild, and remove all older generations and whatever was deleted, to the last word of it.

    Exit status 3 when a reader keeps some of it.
    """
    from index import operations

    with Bars() as bars:
        settings = settings_of(ctx, memory_mb=memory_mb, processes=processes)
        held = operations.compact(ctx.obj, settings=settings, on_indexed=bars.indexed)
    if held is None:
        click.echo("nothing that was deleted is left")
        return
    what = f"generation {', '.join(map(str, held))}" if held else "the store"
    click.echo(f"a reader has {what} open, where deleted text may be: run this again when it has ended", err=True)
    ctx.exit(EXIT_REJECTED)


@click.command()
@click.pass_context
def rollback(ctx: click.Context) -> None:
    """Go back to the index of the generation before; the stored articles stay as they are."""
    from index import operations

    generation, older, pending = operations.roll_back(ctx.obj)
    click.echo(f"generation {generation} is current, with the index of generation {older}")
    if pending:
        click.echo(f"{pending} later changes are pending: the next `add`, or `rebuild --if-needed`, brings them in")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def stats(ctx: click.Context, as_json: bool) -> None:
    """Count articles, bytes and generations."""
    from index.stats import gather_stats

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
@effort
@click.pass_context
def restore(ctx: click.Context, file: Path, memory_mb: int | None, processes: int | None) -> None:
    """Make an archive of the backup FILE in the folder of --data, which must be new or empty, and index it."""
    from index.backup import restore as bring_back

    settings = settings_of(ctx, memory_mb=memory_mb, processes=processes)
    with Bars() as bars:
        brought = bring_back(ctx.obj, file, settings=settings, on_indexed=bars.indexed)
    click.echo(f"{brought.articles} articles are in {ctx.obj}")
