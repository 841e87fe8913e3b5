"""The options that say what a command that indexes may take of the machine."""

from __future__ import annotations

from collections.abc import Callable

import click

from index.settings import IndexSettings
from index.settings_file import read_settings

_USUAL = IndexSettings()


def effort(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options ``--memory-mb`` and ``--processes``."""
    memory = click.option(
        "--memory-mb", type=int, help=f"Memory for building the index, MB.  [default: {_USUAL.memory_mb}]"
    )
    processes = click.option("--processes", type=int, help="Processes that may share it.  [default: cores]")
    return memory(processes(command))


def settings_of(ctx: click.Context, **given: int | None) -> IndexSettings:
    """The settings of the archive, and before them the options that were given."""
    return read_settings(ctx.obj, "index", IndexSettings, **given)
