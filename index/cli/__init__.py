"""The ``emeroteca`` command: one group, whose commands are loaded when they are called.

``feeding`` brings articles in and out, ``upkeep`` looks after the archive; the commands that ask it live in
``search.cli``, those that serve it in ``web.cli``. All are known by name only, so that no import points upward and a
short command starts fast; for the same reason each command that writes imports what it does.

Exit status: 0 done; 1 the archive cannot be used, or the output cannot be written; 2 a wrong option or value; 3 some
articles were not taken in, or not exported; 4 ``verify`` found something wrong.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from index.errors import ArchiveError, ConfigurationError

EXIT_UNAVAILABLE, EXIT_USAGE, EXIT_REJECTED, EXIT_FAULTY = 1, 2, 3, 4

_COMMANDS = {
    "add": "index.cli.feeding",
    "remove": "index.cli.feeding",
    "export": "index.cli.feeding",
    "backup": "index.cli.upkeep",
    "rebuild": "index.cli.upkeep",
    "compact": "index.cli.upkeep",
    "rollback": "index.cli.upkeep",
    "restore": "index.cli.upkeep",
    "stats": "index.cli.upkeep",
    "verify": "index.cli.upkeep",
    "search": "search.cli",
    "related": "search.cli",
    "check-draft": "search.cli",
    "suggest": "search.cli",
    "report": "search.cli",
    "evaluate": "search.cli",
    "serve": "web.cli",
    "demo": "web.cli",
}
"""Where the function of each command's name is."""


class _Commands(click.Group):
    """A group that loads a command when it is called, and turns our errors into one sentence."""

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        return command

    def main(self, *arguments: Any, **more: Any) -> Any:
        # NumPy is loaded after this. Nothing here multiplies matrices, and the threads for it are half of its start.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # Python looks for garbage once more before it ends, which is a tenth of a short command.
        atexit.register(gc.freeze)
        try:
            return super().main(*arguments, **more)
        except OSError as error:
            # What is wrong with the archive's files was told where it arose; what has no name is the output.
            place = error.filename or "the output"
            said = f"{place}: cannot be used ({error.strerror}); check its space and rights"
            _let_go_of_output()
        except MemoryError:
            said = "memory ran out; set less memory, or fewer processes"
        # Out here, where what took the memory has been let go of.
        click.echo(f"emeroteca: {said}", err=True)
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
    with suppress(OSError):  # when too many files are open, it must stay in the buffer
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
