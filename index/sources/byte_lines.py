"""Lines of bytes with a bound on their length, out of files of any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

# A record larger than this is no article but a broken export; a long article has 100 kB.
MAX_LINE_BYTES = 10_000_000
_CHUNK_BYTES = 1 << 18

UTF8_BOM = b"\xef\xbb\xbf"
_FOREIGN_BEGINNINGS = (
    (b"\xff\xfe", "it is UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16 text; save it as UTF-8"),
    (b"\x1f\x8b", "it is gzip data; let its name end in .gz"),
    (b"PK\x03\x04", "it is a zip archive or a spreadsheet; unpack it, or export it as CSV"),
)


def bounded_lines(stream: BinaryIO, max_bytes: int = MAX_LINE_BYTES) -> Iterator[bytes | None]:
    """The lines of a stream without their line feed; None for each that is longer than ``max_bytes``.

    At most one line and one chunk are held: the rest of a line that is too long is read and thrown away.

    Raises:
        OSError, EOFError, zlib.error: what the stream raises, after every whole line before it was handed out.
    """
    parts: list[bytes] = []
    size_bytes = 0
    is_too_long = False
    while chunk := _read_some(stream):
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            if is_too_long or size_bytes + len(piece) > max_bytes:
                yield None
            else:
                yield b"".join((*parts, piece)) if parts else piece
            parts, size_bytes, is_too_long = [], 0, False
        size_bytes += len(rest)
        if size_bytes > max_bytes:
            parts, is_too_long = [], True
        elif rest:
            parts.append(rest)
    if is_too_long:
        yield None
    elif parts:
        yield b"".join(parts)


def foreign_format(beginning: bytes) -> str | None:
    """What the first bytes of a file that should be UTF-8 text say it is instead, with the remedy; None if nothing."""
    return next((reason for mark, reason in _FOREIGN_BEGINNINGS if beginning.startswith(mark)), None)


def too_long() -> str:
    """The reason given for a line that ``bounded_lines`` has not handed out."""
    return f"the line is longer than {MAX_LINE_BYTES:,} bytes, the most that one article may have; it was left out"


def _read_some(stream: BinaryIO) -> bytes:
    # read1 hands out what a damaged gzip file has before its break; read() would lose it with the exception.
    read = getattr(stream, "read1", stream.read)
    chunk: bytes = read(_CHUNK_BYTES)
    return chunk
