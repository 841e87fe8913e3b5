"""Columns: named NumPy arrays in one immutable file, mapped into memory when read.

Layout: the magic bytes, the length of the header and its CRC-32 (4 bytes each, little-endian), a JSON header with the
name, dtype, length and offset of each array, then the arrays, each at the next multiple of 64 bytes, up to the end of
the file. All arrays are one-dimensional.

So whoever opens a file knows that its header is whole without reading the arrays: what a flipped bit there would move
or rename is seen at once. The arrays are compared with the checksum of the whole file when it is small, and by
``emeroteca verify``.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from weakref import finalize

import msgspec
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexCorrupt, unreadable

Array = NDArray[Any]

_MAGIC = b"EMEROT02"
_ALIGN = 64
_PREFIX_BYTES = len(_MAGIC) + 4 + 4

SMALL_BYTES = 256 * 1024
"""A file up to this size is compared with its checksum whenever it is opened, which takes a tenth of a millisecond."""

_MOST_ENTRIES = 2**31 + 2**26  # as ``index.segment.MAX_TOKENS``, which the last batch of articles may go beyond

SPOOL_BYTES = 4_000_000
"""A spool that grows larger than this goes on in a file."""

ALTERED = "does not hold what was written to it"
REBUILD = "run `emeroteca rebuild` to write the index anew from the stored articles"


class _Column(msgspec.Struct, frozen=True):
    name: str
    dtype: str
    length: int
    offset: int


def write_columns(path: Path, columns: Mapping[str, Array]) -> tuple[int, int]:
    """Write arrays to a new file, forced to the disk.

    Returns:
        (size in bytes, CRC-32 of the whole file), for the manifest.
    Raises:
        FileExistsError: an immutable file would be overwritten.
    """
    placed: list[_Column] = []
    offset = 0
    for name, array in columns.items():
        placed.append(_Column(name, array.dtype.str, array.size, offset))
        offset += _padded(array.nbytes)
    header = msgspec.json.encode(placed)
    header += b" " * (-(_PREFIX_BYTES + len(header)) % _ALIGN)
    checksum = 0
    with path.open("xb") as file:
        for piece in (_MAGIC, len(header).to_bytes(4, "little"), zlib.crc32(header).to_bytes(4, "little"), header):
            file.write(piece)
            checksum = zlib.crc32(piece, checksum)
        for array in columns.values():
            data = np.ascontiguousarray(array).view(np.uint8).data if array.size else memoryview(b"")
            padding = bytes(-data.nbytes % _ALIGN)
            for part in (data, padding):
                file.write(part)
                checksum = zlib.crc32(part, checksum)
        file.flush()
        os.fsync(file.fileno())
        return file.tell(), checksum


def _padded(num_bytes: int) -> int:
    return -(-num_bytes // _ALIGN) * _ALIGN


class Spool:
    """An array that grows: in memory while it is small, then in a nameless file, whose pages are the page cache's."""

    def __init__(self, folder: Path, dtype: type[np.generic]) -> None:
        """Nothing yet; ``folder`` is where the file would be, which is gone with the last that holds the array."""
        self._folder = folder
        self._dtype = np.dtype(dtype)
        self._pieces: list[Array] = []
        self._length = 0
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return self._length

    def append(self, piece: Array) -> None:
        """Add an array of the spool's dtype at the end."""
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length * self._dtype.itemsize > SPOOL_BYTES:
            self._write_pieces()

    def _write_pieces(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115  # as long as the spool
            finalize(self, self._file.close)
        for piece in self._pieces:
            left = np.ascontiguousarray(piece).view(np.uint8).data
            while left.nbytes:  # a file without a buffer may take a part of it
                left = left[self._file.write(left) :]
        self._pieces = []

    def array(self) -> Array:
        """All that has been added, in order, read-only where it is mapped."""
        if self._file is None:
            return np.concatenate([np.zeros(0, dtype=self._dtype), *self._pieces])
        self._write_pieces()
        return np.frombuffer(mmap(self._file.fileno(), 0, access=ACCESS_READ), dtype=self._dtype)


def read_columns(path: Path, *, size_bytes: int, crc32: int | None = None) -> dict[str, Array]:
    """Map the arrays of a file, read-only; nothing is read from the disk but the header, and what is small.

    Args:
        size_bytes, crc32: of the whole file, from the manifest. A file of up to SMALL_BYTES is compared with ``crc32``;
            None is for a file that this process has just written.
    Raises:
        IndexCorrupt: the file is missing, has another size than the manifest says, or holds something else.
        IndexUnavailable: this process has no right to read it.
    """
    try:
        found = path.stat().st_size
        if found != size_bytes:
            raise IndexCorrupt(path, f"has {found} bytes where {size_bytes} were written", REBUILD)
        raw = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise unreadable(path, error, REBUILD) from error
    if crc32 is not None and size_bytes <= SMALL_BYTES and zlib.crc32(raw.data) != crc32:
        raise IndexCorrupt(path, ALTERED, REBUILD)
    if size_bytes < _PREFIX_BYTES or raw[: len(_MAGIC)].tobytes() != _MAGIC:
        raise IndexCorrupt(path, "is not a file of columns", REBUILD)
    header_bytes, checksum = raw[len(_MAGIC) : _PREFIX_BYTES].view("<u4").tolist()
    first = _PREFIX_BYTES + header_bytes
    header = raw[_PREFIX_BYTES:first]
    if zlib.crc32(header.data) != checksum:
        raise IndexCorrupt(path, "has a damaged header (its checksum differs)", REBUILD)
    try:
        return _placed_columns(raw, first, msgspec.json.decode(header.tobytes(), type=list[_Column]))
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise IndexCorrupt(path, f"has a damaged header ({error})", REBUILD) from error


def _placed_columns(raw: NDArray[np.uint8], first: int, placed: list[_Column]) -> dict[str, Array]:
    """The arrays behind a header that ends at ``first``; ValueError when they do not fill the file one by one."""
    columns: dict[str, Array] = {}
    end = first
    for column in placed:
        dtype = np.dtype(column.dtype)
        begin = first + column.offset
        if begin != end or column.length < 0:
            raise ValueError(f"column {column.name} is not where the one before it ends")
        end += _padded(column.length * dtype.itemsize)
        if end > raw.size:
            raise ValueError(f"column {column.name} ends outside the file")
        # A plain ndarray over the map: np.memmap's own slicing costs several microseconds each time.
        columns[column.name] = np.frombuffer(raw, dtype=dtype, count=column.length, offset=begin)
    if end != raw.size:
        raise ValueError(f"the columns end {raw.size - end} bytes before the file")
    return columns


def file_checksum(path: Path) -> int:
    """CRC-32 of a whole file, read in pieces of 1 MB."""
    checksum = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            checksum = zlib.crc32(piece, checksum)
    return checksum


def pack_strings(strings: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Strings as one blob and the offsets of their ends: uint8 (total_bytes,) and uint32 (len(strings) + 1,)."""
    offsets = np.zeros(len(strings) + 1, dtype=np.uint32)
    np.cumsum([len(text) for text in strings], out=offsets[1:])
    return np.frombuffer(b"".join(strings), dtype=np.uint8), offsets


def unpack_strings(blob: NDArray[np.uint8], offsets: NDArray[np.uint32]) -> list[bytes]:
    """All strings of ``pack_strings``, in order."""
    whole, ends = blob.tobytes(), offsets.tolist()
    return [whole[start:end] for start, end in pairwise(ends)]


def ranges(starts: Array, counts: Array) -> NDArray[np.int64]:
    """The concatenated ranges [starts[i], starts[i] + counts[i]), the gather index of compressed rows.

    Args:
        starts, counts: integers, (n,).
    Returns:
        int64, (counts.sum(),).
    Raises:
        ValueError: more than any file of columns has entries, as of a count below 0 that was taken for a large one.
    """
    total = int(counts.sum(dtype=np.int64))
    if total > _MOST_ENTRIES:
        raise ValueError(f"{total} entries are more than any column has")
    if total == 0:
        return np.zeros(0, dtype=np.int64)
    before = np.cumsum(counts, dtype=np.int64) - counts
    return np.arange(total, dtype=np.int64) + np.repeat(np.asarray(starts, dtype=np.int64) - before, counts)


def distinct(*arrays: Array) -> Array:
    """The values of some one-dimensional arrays of one dtype, ascending, each once; there is at least one array.

    As ``np.unique``, which at its first call loads all of ``numpy.ma``: a long step on the way to a first answer.
    """
    ordered = np.concatenate(arrays)
    ordered.sort()
    is_new = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    return ordered[is_new]


def find_in(ascending: Array, wanted: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where some values stand in an ascending array, both one-dimensional and of one dtype.

    Returns:
        The place of each, and whether it stands there; of one that does not, any place. (len(wanted),) both.
    """
    place = ascending.searchsorted(wanted)
    if len(ascending) == 0:
        return place, np.zeros(len(wanted), dtype=np.bool_)
    place[place == len(ascending)] = 0
    return place, ascending[place] == wanted


def without(ascending: Array, others: Array) -> Array:
    """The values of an array that are not among some others, both one-dimensional, ascending and of one dtype.

    As ``np.setdiff1d``, which takes several times as long for a few values.
    """
    if len(others) == 0:
        return ascending
    left: Array = ascending[~find_in(others, ascending)[1]]
    return left
