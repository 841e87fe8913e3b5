"""JSONL: one article a line, as ``emeroteca export`` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from index.article import Change, change_from_record
from index.errors import ArticleError
from index.plain_text import foreign_byte
from index.sources.byte_lines import UTF8_BOM, bounded_lines, foreign_format, too_long

_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def read_jsonl(stream: BinaryIO, source: str, allow_empty_body: bool) -> Iterator[Change | ArticleError]:
    """What the records of a JSONL stream bring or take out, one at a time.

    Blank lines are skipped, of a repeated key the last counts.

    A stretch of binary data, as a damaged disk or a wrong file gives, is one error at its first line, not one a line.

    Raises:
        OSError, EOFError, zlib.error: what the stream raises.
    """
    garbage_from = 0
    for number, line in enumerate(bounded_lines(stream), 1):
        if line is None:
            yield ArticleError(too_long(), source=source, line=number)
            continue
        if number == 1:
            line = line.removeprefix(UTF8_BOM)  # noqa: PLW2901 - what follows must not see the mark
            if reason := foreign_format(line):
                yield ArticleError(f"the file is not JSONL: {reason}", source=source)
                return
        if not line.strip():
            continue
        if garbage_from and not _may_be_record(line):
            continue
        if garbage_from:
            yield _garbage(source, garbage_from, number - 1)
            garbage_from = 0
        if _is_garbage(line):
            garbage_from = number
            continue
        try:
            yield change_from_record(_record(line), allow_empty_body=allow_empty_body)
        except ArticleError as error:
            yield error.at(source, number)
    if garbage_from:
        yield _garbage(source, garbage_from, None)


def _record(line: bytes) -> dict[str, object]:
    try:
        record = msgspec.json.decode(line)
    except RecursionError:
        raise ArticleError("the JSON is nested too deep; allowed: an object with an article's fields") from None
    except ValueError as error:
        if (byte := foreign_byte(line)) is not None:  # which msgspec words in more ways than one
            raise ArticleError(f"the line is not UTF-8 text (byte 0x{byte:02x}); save the file as UTF-8") from None
        raise ArticleError(f"the line is not JSON ({error}); allowed: one JSON object a line") from None
    if not isinstance(record, dict):
        kind = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}.get(type(record), "a number")
        raise ArticleError(f"the line is JSON, but {kind}; allowed: one JSON object a line")
    return record


def _may_be_record(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and foreign_byte(line) is None


def _is_garbage(line: bytes) -> bool:
    """Whether it is no text at all. A record in Latin-1 is text: it has no controls and begins with its bracket."""
    return foreign_byte(line) is not None and (_CONTROLS.search(line) is not None or not line.lstrip().startswith(b"{"))


def _garbage(source: str, first: int, last: int | None) -> ArticleError:
    stretch = "to the end of the file" if last is None else "on this line" if last == first else f"up to line {last}"
    return ArticleError(
        f"binary data, not text, from here {stretch}; allowed: JSON in UTF-8", source=source, line=first
    )
