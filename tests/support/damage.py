"""Damage for tests: flipped bits, files cut short, and contents changed under a checksum that is right."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from index.columns import Array, write_columns
from index.generation import DataFolder, open_columns
from index.manifest import FileEntry, Manifest


@contextmanager
def flipped(path: Path, at: int, *, bit: int = 0) -> Iterator[None]:
    """A file with one bit of one byte flipped, and as it was at the end."""
    raw = path.read_bytes()
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(raw)


def places(path: Path, count: int, chance: random.Random) -> Iterable[int]:
    """Places in a file to damage: the first, the last, and some of those between; all of a file that has few."""
    size = path.stat().st_size
    return range(size) if size <= count else sorted({0, size - 1, *(chance.randrange(size) for _ in range(count))})


def current(folder: DataFolder) -> Manifest:
    """The current manifest, of an archive that has one."""
    manifest = folder.read_manifest()
    assert manifest is not None
    return manifest


def index_files(folder: DataFolder) -> list[Path]:
    """CURRENT, the manifest, and every file of the current generation."""
    manifest = current(folder)
    head = [folder.index / "CURRENT", folder.manifest_path(manifest.generation)]
    return head + [folder.index / entry.name for entry in manifest.files()]


def rewritten(folder: DataFolder, entry: FileEntry, change: Callable[[dict[str, Array]], None]) -> FileEntry:
    """A file of columns written anew with other contents, under the same name; its checksum is right."""
    columns = {name: column.copy() for name, column in open_columns(folder, entry).items()}
    change(columns)
    path = folder.index / entry.name
    path.unlink()
    size_bytes, crc32 = write_columns(path, columns)
    return FileEntry(entry.name, size_bytes, crc32)


def change_segment(folder: DataFolder, change: Callable[[dict[str, Array]], None]) -> Path:
    """Change the columns of the first segment as a program that errs would, and commit it; its path."""
    manifest = current(folder)
    first, *others = manifest.segments
    entry = rewritten(folder, first.file, change)
    folder.commit(replace(manifest, segments=(replace(first, file=entry), *others)))
    return folder.index / entry.name


def change_lexicon(folder: DataFolder, change: Callable[[dict[str, Array]], None]) -> Path:
    """As ``change_segment``, of the first part of the lexicon."""
    manifest = current(folder)
    first, *others = manifest.lexicon
    entry = rewritten(folder, first, change)
    folder.commit(replace(manifest, lexicon=(entry, *others)))
    return folder.index / entry.name
