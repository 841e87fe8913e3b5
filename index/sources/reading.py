"""The one door to all formats: a path in, articles and errors out."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from index.article import Change
from index.errors import ArticleError
from index.sources.csv_table import read_csv
from index.sources.feed import read_feed
from index.sources.jsonl import read_jsonl
from index.sources.saved_page import read_html_page, read_text_page
from index.sources.unpacked import BoundedGzip

_Reader = Callable[[BinaryIO, str, bool], Iterator[Change | ArticleError]]

_READERS: dict[str, _Reader] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".html": read_html_page,
    ".htm": read_html_page,
    ".txt": read_text_page,
    ".xml": read_feed,
    ".rss": read_feed,
    ".atom": read_feed,
}
# The two that grow large enough to be kept compressed.
_GZIPPED = {suffix + ".gz": _READERS[suffix] for suffix in (".jsonl", ".ndjson", ".csv", ".tsv")}

KNOWN_SUFFIXES = (*_READERS, *_GZIPPED)


# Few and large reads: each is told to whoever counts them.
_BUFFER_BYTES = 1 << 18


def size_of_sources(paths: Iterable[str]) -> int | None:
    """Bytes to read of some files, of compressed ones as they lie there; None when one is a stream, which tells none.

    A file that cannot be looked at counts as empty.
    """
    size_bytes = 0
    for path in paths:
        try:
            if path == "-" or Path(path).is_fifo():
                return None
            size_bytes += Path(path).stat().st_size
        except (OSError, ValueError):
            continue  # reading it will say what is wrong with it
    return size_bytes


class _CountedFile(io.FileIO):
    """A file that tells how many bytes of it are read, each time some are."""

    def __init__(self, path: str, on_read: Callable[[int], None]) -> None:
        super().__init__(path)
        self._on_read = on_read
        self.bytes_read = 0

    def readinto(self, buffer: Any, /) -> int | None:
        count = super().readinto(buffer)
        self.bytes_read += count or 0
        self._on_read(count or 0)
        return count


def read_source(
    path: str, *, allow_empty_body: bool = False, on_read: Callable[[int], None] | None = None
) -> Iterator[Change | ArticleError]:
    """Read what one file brings and takes out, in its order, holding one record (or one feed entry) at a time.

    Args:
        path: a file whose suffix, in either case, tells its format (``KNOWN_SUFFIXES``); "-" is JSONL on standard
            input.
        allow_empty_body: take articles without a body.
        on_read: called with the number of bytes of the file read since the last call; of a compressed file, of
            compressed bytes. Not called for standard input.
    Yields:
        An ``Article`` for each good record, a ``Withdrawal`` for one that takes an article out, and for each bad one
        an ``ArticleError`` with ``source`` and ``line``
        (1-based, where a row of CSV or an entry of a feed begins). One error without a line stands
        for a file that is missing, unreadable or of no known format. A file that breaks off or turns to garbage costs
        one error; what came before it stays in. Nothing is raised on account of a file's content.
    """
    if path == "-":
        yield from _guarded(sys.stdin.buffer, read_jsonl, path, allow_empty_body)
        return
    name = Path(path).name.lower()
    suffix = next((known for known in _GZIPPED if name.endswith(known)), Path(name).suffix)
    reader = _GZIPPED.get(suffix) or _READERS.get(suffix)
    if reader is None:
        found = f"the suffix {suffix[:20]!r} is unknown" if suffix else "the name has no suffix to tell the format by"
        yield ArticleError(f"{found}; allowed: {', '.join(KNOWN_SUFFIXES)}", source=path)
        return
    try:
        raw = _CountedFile(path, on_read or (lambda _: None))  # only opening may fail here; reading has its own errors
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        yield ArticleError(f"the file cannot be opened ({reason}); check its name and rights", source=path)
        return
    with io.BufferedReader(raw, _BUFFER_BYTES) as file:
        stream = cast("BinaryIO", BoundedGzip(file, lambda: raw.bytes_read)) if suffix in _GZIPPED else file
        yield from _guarded(stream, reader, path, allow_empty_body)


def _guarded(stream: BinaryIO, reader: _Reader, source: str, allow_empty_body: bool) -> Iterator[Change | ArticleError]:
    """What the reader hands out; a stream that fails or goes on too long under it ends them with one error."""
    try:
        yield from reader(stream, source, allow_empty_body)
    except ArticleError as error:  # of the file, not of one of its records
        yield error.at(source)
    except (OSError, EOFError, zlib.error) as error:
        yield ArticleError(
            f"the file cannot be read any further ({error}): it is cut short or damaged;"
            " what came before was read: get a whole copy",
            source=source,
        )
