"""CSV: a table whose header row names the fields of an article.

The delimiter is a comma, a semicolon (what Excel writes in Italy) or a tab: the one that cuts the header row into most
names that we know; if two do as well, the one that cuts it into most cells.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from index.article import RECORD_FIELDS, STATUS_FIELDS, Change, change_from_record
from index.errors import ArticleError
from index.sources.byte_lines import MAX_LINE_BYTES, UTF8_BOM, bounded_lines, foreign_format, too_long

_DELIMITERS = ("\t", ";", ",")
_KNOWN = RECORD_FIELDS.union(STATUS_FIELDS)
# Bytes that are not UTF-8 become these lone surrogates, which no valid text has: the row that has one is told apart
# without giving up the rest of the file. A line that is too long is handed to the CSV reader as another one.
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_TOO_LONG = "\ud800"
_ALLOWED = "allowed: a table in UTF-8 whose first row names the fields: id, title, body..."


class _Rows(Protocol):
    """A reader of CSV: rows, and how many lines of the file they took so far."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


def read_csv(stream: BinaryIO, source: str, allow_empty_body: bool) -> Iterator[Change | ArticleError]:
    """What the rows of a CSV stream in UTF-8 bring or take out, one at a time.

    Empty cells are absent fields, empty rows are skipped.

    A quote that is never closed costs the rows that it swallows, up to the size of one article, and is one error.

    Raises:
        OSError, EOFError, zlib.error: what the stream raises.
    """
    # The reader's own limit, 131,072 characters, is below a long article. It is one number for the whole process, so
    # it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    lines = bounded_lines(stream)
    first = next(lines, b"")
    if first is None:
        yield ArticleError(too_long(), source=source, line=1)
        return
    header_line = first.removeprefix(UTF8_BOM)
    if reason := foreign_format(header_line):
        yield ArticleError(f"the file is not CSV: {reason}", source=source)
        return
    rows = _rows(header_line, lines)
    try:
        names = next(rows, [])
    except csv.Error:
        yield ArticleError(f"the header row is not CSV; {_ALLOWED}", source=source, line=1)
        return
    try:
        header = _header(names)
    except ArticleError as error:
        yield error.at(source, 1)
        return
    while True:
        number = rows.line_num + 1  # the line where the row begins: cells may hold line breaks
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield ArticleError(f"the row is not CSV ({_told(error)}", source=source, line=number)
            continue
        if not any(cells):
            continue
        try:
            yield change_from_record(_record(header, cells), allow_empty_body=allow_empty_body)
        except ArticleError as error:
            yield error.at(source, number)


def _told(error: csv.Error) -> str:
    """What the reader of CSV says, where that is not about Python, and what to do."""
    if "new-line" in str(error):
        return "a carriage return inside it); end lines with a line feed, or quote the cell"
    return f"{error}); is a quote missing?"


def _rows(header_line: bytes, lines: Iterator[bytes | None]) -> _Rows:
    """The rows of the table, the header first."""
    header_text = header_line.decode("utf-8", "surrogateescape")
    delimiter = max(_DELIMITERS, key=lambda candidate: _fit(header_text, candidate))

    def texts() -> Iterator[str]:
        yield header_text + "\n"
        for line in lines:
            yield _TOO_LONG + "\n" if line is None else line.decode("utf-8", "surrogateescape") + "\n"

    # strict: without it, a quote that is never closed makes the rest of the file the body of one article.
    return csv.reader(texts(), delimiter=delimiter, strict=True)


def _fit(header_text: str, delimiter: str) -> tuple[int, int]:
    try:
        names = [_name(cell) for cell in next(csv.reader([header_text], delimiter=delimiter), [])]
    except csv.Error:
        return 0, 0
    return len(_KNOWN.intersection(names)), len(names)


def _name(cell: str) -> str:
    return cell.strip().lower() if cell.strip().lower() in _KNOWN else cell.strip()


def _header(cells: list[str]) -> list[str]:
    header = [_name(cell) for cell in cells]
    if _NOT_UTF8.search("".join(header)):
        raise ArticleError("the header row is not UTF-8 text; save the file as UTF-8")
    named = [name for name in header if name]
    if len(set(named)) < len(named):
        name = next(name for name, times in Counter(named).items() if times > 1)
        raise ArticleError(f"the header row has {name[:60]!r} twice; give each column a name of its own")
    # A table that only takes articles out has no titles.
    needed = ("id",) if any(name in named for name in STATUS_FIELDS) else ("id", "title")
    missing = [name for name in needed if name not in named]
    if missing:
        raise ArticleError(
            f"the header row has no {' and no '.join(missing)}, only {', '.join(named)[:200] or 'blanks'};"
            " the first row must name the fields: id, title, body..."
        )
    return header


def _record(header: list[str], cells: list[str]) -> dict[str, object]:
    if any(_TOO_LONG in cell for cell in cells):
        raise ArticleError(too_long())
    if any(_NOT_UTF8.search(cell) for cell in cells):
        raise ArticleError("the row is not UTF-8 text; save the file as UTF-8")
    if len(cells) != len(header):
        raise ArticleError(
            f"the row has {len(cells)} cells, the header {len(header)}; quote cells that have delimiters"
        )
    record: dict[str, object] = {name: cell for name, cell in zip(header, cells, strict=True) if name and cell.strip()}
    reads = record.get("reads")
    # A table has only text; a number is what consists of digits. The rest is refused with the record.
    if isinstance(reads, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", reads):
        record["reads"] = int(reads)
    return record
