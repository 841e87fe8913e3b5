"""The ``emeroteca`` command: one group, whose commands are loaded when they are called.

The commands that write to an archive are here; those that ask it live in ``search.cli``, those that serve it in
``web.cli``. They are known by name only, so that no import points upward and a short command starts fast; for the same
reason each command that writes imports what it does.

Exit status: 0 done; 1 the archive cannot be used, or the output cannot be written; 2 a wrong option or value; 3 some
articles were not taken in; 4 ``verify`` found something wrong.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, fields
from functools import partial
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import Any

import click
import msgspec

from index.errors import ArchiveError, ArticleError, ConfigurationError
from index.settings import IndexSettings

EXIT_UNAVAILABLE, EXIT_USAGE, EXIT_REJECTED, EXIT_FAULTY = 1, 2, 3, 4

_ELSEWHERE = {
    "search": "search.cli",
    "suggest": "search.cli",
    "evaluate": "search.cli",
    "serve": "web.cli",
    "demo": "web.cli",
}
_MOST_SHOWN = 20
"""Rejected articles reported one by one; beyond, they are counted by reason."""


class _Commands(click.Group):
    """A group that finds commands in other packages by name, and turns our errors into one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _ELSEWHERE:
            command: click.Command = getattr(import_module(_ELSEWHERE[cmd_name]), cmd_name)
            return command
        return super().get_command(ctx, cmd_name)

    def main(self, *arguments: Any, **more: Any) -> Any:
        # NumPy is loaded after this. Nothing here multiplies matrices, and the threads for it are half of its start.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # Python looks for garbage once more before it ends, which is a tenth of a short command.
        atexit.register(gc.freeze)
        try:
            return super().main(*arguments, **more)
        except OSError as error:
            # What is wrong with the archive's files was told where it arose; what has no name is the output.
            _let_go_of_output()
            place = error.filename or "the output"
            click.echo(f"emeroteca: {place}: cannot be used ({error.strerror}); check its space and rights", err=True)
            sys.exit(EXIT_UNAVAILABLE)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ArchiveError as error:
            click.echo(f"emeroteca: {error}", err=True)
            # An option, or a question's parameter, is the user's slip; anything else is the archive's state.
            is_slip = isinstance(error, ConfigurationError) or hasattr(error, "parameter")
            ctx.exit(EXIT_USAGE if is_slip else EXIT_UNAVAILABLE)
        except BrokenPipeError:
            # The reader of a pipe (head, less) has seen enough.
            _let_go_of_output()
            ctx.exit(0)


def _let_go_of_output() -> None:
    """Send what is still in the buffer nowhere: Python would complain once more when it flushes it at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--data",
    "data_dir",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),  # what cannot be read is told with its remedy, and status 1
    envvar="EMEROTECA_DATA",
    default=Path("emeroteca-data"),
    show_default=True,
    show_envvar=True,
    help="Folder of the archive.",
)
@click.version_option(package_name="emeroteca", prog_name="emeroteca")
@click.pass_context
def main(ctx: click.Context, data_dir: Path) -> None:
    """A full-text search engine for an Italian news archive."""
    ctx.obj = data_dir


@main.command()
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

    rejected = _Rejected()
    size_bytes = size_of_sources(files)
    with _Bars() as bars:
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


@main.command()
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


@main.command("rebuild")
@click.option(
    "--if-needed", is_flag=True, help="Do nothing when the index is up to date with the store and the program."
)
@click.option(
    "--memory-mb", default=IndexSettings().memory_mb, show_default=True, help="Memory for building the index."
)
@click.option("--processes", default=IndexSettings().processes, help="Processes that may share it.  [default: cores]")
@click.pass_context
def rebuild_command(ctx: click.Context, if_needed: bool, memory_mb: int, processes: int) -> None:
    """Write the index anew from the stored articles, verify it and swap it in; the old one serves meanwhile."""
    from index.operations import rebuild

    settings = IndexSettings(memory_mb=memory_mb, processes=processes)
    with _Bars() as bars:
        generation = rebuild(ctx.obj, if_needed=if_needed, settings=settings, on_indexed=bars.indexed)
    click.echo("the index is up to date" if generation is None else f"generation {generation} is current")


@main.command()
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


@main.command()
@click.argument("file", metavar="FILE")
@click.pass_context
def export(ctx: click.Context, file: str) -> None:
    """Write every article to FILE as JSONL, with every field that came in; .gz compresses, - is standard output."""
    from index.operations import export_articles, export_file, gather_stats

    if file == "-":
        export_articles(ctx.obj, sys.stdout.buffer)
        sys.stdout.buffer.flush()  # here, where an error can still be told
        return
    # The archive is looked at before the file is opened: a wrong folder must not leave an empty export.
    gather_stats(ctx.obj)
    with export_file(Path(file)) as destination:
        count = export_articles(ctx.obj, destination)
    click.echo(f"{count} articles exported to {file}")


@main.command("verify")
@click.pass_context
def verify_command(ctx: click.Context) -> None:
    """Compare every file with its checksum and the index with the store. Exit status 4 when something is wrong."""
    from index.operations import verify

    faults = verify(ctx.obj)
    for fault in faults:
        click.echo(f"emeroteca: {fault}", err=True)
    if faults:
        click.echo("run `emeroteca rebuild` to write the index anew from the stored articles", err=True)
        ctx.exit(EXIT_FAULTY)
    click.echo("the index holds what was written to it and agrees with the store")


class _Bars(ExitStack):
    """How far a command has come, on a terminal: a bar for each of its steps; nothing in a pipe."""

    def __init__(self) -> None:
        super().__init__()
        self._step = ""
        self._bar: Any = None
        self._began_s = 0.0
        self._num_indexed = 0

    def read(self, size_bytes: int, more: int) -> None:
        """Bytes read of the files, which have so many in all."""
        self._advance("reading", more, length=size_bytes)

    def stored(self, more: int) -> None:
        """Articles read of a source that does not tell how many there are."""
        self._advance("reading", more, show_pos=True)

    def indexed(self, done: int, total: int) -> None:
        """Articles indexed."""
        more, self._num_indexed = done - self._num_indexed, done
        self._advance("indexing", more, length=total, show_pos=True, show_percent=True, item_show_func=self._pace)

    def _advance(self, step: str, more: int, *, length: int | None = None, **shown: Any) -> None:
        if not sys.stderr.isatty():
            return
        if step != self._step:
            self.close()  # the bar of the step before
            self._step, self._began_s = step, time.monotonic()
            # Without a length click asks for something to take from, of which it then cannot tell how much there is.
            bar = click.progressbar(repeat(None), length=length, label=step, width=0, file=sys.stderr, **shown)
            self._bar = self.enter_context(bar)
        self._bar.update(more)

    def _pace(self, _: object) -> str:
        return f"{self._num_indexed / max(time.monotonic() - self._began_s, 0.001):,.0f} articles/s"


class _Rejected:
    """Reports the first rejected articles one by one, and the others by reason with the first place of each."""

    def __init__(self) -> None:
        self._shown = 0
        self._others: Counter[str] = Counter()
        self._first: dict[str, ArticleError] = {}

    def __call__(self, error: ArticleError) -> None:
        if self._shown < _MOST_SHOWN:
            self._shown += 1
            erased = "\r\033[K" if sys.stderr.isatty() else ""  # the bar, which is drawn again below
            click.echo(f"{erased}emeroteca: rejected {error}", err=True)
        else:
            self._others[error.reason] += 1
            self._first.setdefault(error.reason, error)

    def end(self) -> None:
        """Report the counts."""
        told = self._others.most_common(_MOST_SHOWN)
        for reason, count in told:
            more = f"{count} more, the first" if count > 1 else "1 more"
            click.echo(f"emeroteca: rejected {more}: {self._first[reason]}", err=True)
        if left := len(self._others) - len(told):
            count = sum(self._others.values()) - sum(count for _, count in told)
            click.echo(
                f"emeroteca: rejected {count} more for {left} other reasons; add them alone to see each", err=True
            )
