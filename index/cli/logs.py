"""The log of a command that runs for long: lines of text for a person, or of JSON for a program that collects them.

A module tells an event by ``logging.getLogger("emeroteca...")``: the message is the event's name, or name, colon and a
sentence, and what else is known of it stands in ``extra={"fields": {...}}``. Where the events go is decided here, at
the edge, and nowhere else. No field is ever the address of a reader, nor what a reader has asked.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import click
import msgspec

OURS: Final = "emeroteca"
"""The logger that all of this program's are below."""

FORMATS: Final = ("text", "json")
LEVELS: Final = ("info", "warning", "error")


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how a command logs."""
    form = click.option(
        "--log", "log_format", type=click.Choice(FORMATS), help="Form of the log on standard error.  [default: text]"
    )
    level = click.option(
        "--log-level", type=click.Choice(LEVELS), help="The least that is logged.  [default: see docs/operations.md]"
    )
    return form(level(command))


@contextmanager
def logging_to_stderr(log_format: str | None, log_level: str) -> Iterator[None]:
    """Write the events of this program from a level on, and what its libraries complain of, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(log_level.upper())
    try:
        yield
    finally:
        ours.setLevel(before)
        root.removeHandler(handler)


def _described(record: logging.LogRecord, formatter: logging.Formatter) -> dict[str, Any]:
    """What is known of an event; what a library tells is an event of the library's name."""
    described: dict[str, Any] = {
        "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "level": record.levelname.lower(),
    }
    event, message = record.name, record.getMessage()
    if event.split(".")[0] == OURS:
        event, _, message = message.partition(": ")
    described |= {"event": event, **getattr(record, "fields", {})}
    if message:
        described["message"] = message
    if record.exc_info:
        described["traceback"] = formatter.formatException(record.exc_info)
    return described


class _Json(logging.Formatter):
    """One JSON object a line: time, level, event, and the fields of the event beside them."""

    def format(self, record: logging.LogRecord) -> str:
        return msgspec.json.encode(_described(record, self)).decode()


class _Text(logging.Formatter):
    """Time, level and event, then the fields; a traceback follows as it is.

    Texts stand in quotes, as JSON writes them: a line break in the name of a file must not begin another event.
    """

    def format(self, record: logging.LogRecord) -> str:
        described = _described(record, self)
        traceback = described.pop("traceback", None)
        head = " ".join(described.pop(name) for name in ("time", "level", "event"))
        line = " ".join((head, *(f"{name}={msgspec.json.encode(value).decode()}" for name, value in described.items())))
        return line if traceback is None else f"{line}\n{traceback}"
