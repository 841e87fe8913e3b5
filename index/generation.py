"""Generations: which files make up the index, and how one replaces another.

A data folder holds

    emeroteca.json      what this folder is, and the format of the folder and the store
    articles.db         the store
    index/CURRENT       one line: number of the current generation, 0 before the first, and checksum of its manifest
    index/NNNNNNNN.json a manifest: every file of a generation with size and checksum, totals and stamps
    index/*.seg .del .lex .cnt .val    immutable files, shared by the generations that list them
    index/writer.lock   held by the one process that writes

A commit writes new files, forces each to the disk, writes the manifest, forces it and the folder, and only then
replaces CURRENT by a rename. At any instant CURRENT names a complete generation. A reader holds a shared lock on the
manifest that it reads by; the writer removes a manifest, and then the files that none lists, only when nobody holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from index.columns import REBUILD, Array, read_columns
from index.errors import IndexCorrupt, IndexLocked, IndexNotFound, IndexOutdated, IndexUnavailable, unreadable
from index.italian.stamps import tokenisation_stamp
from index.store import RESTORE

FOLDER_FORMAT: Final = 1
"""Of the folder and its store; another number refuses to open."""

INDEX_FORMAT: Final = 4
"""Of the manifest and every file that it lists; another number asks for a rebuild. 2: overflowing counts have a table,
and the lexicon lists the keys that a form asks for and what can be told of it. 3: the words of tags are postings, and
merged columns have tables of frequencies. 4: where the positions of every so manyth posting begin is listed."""

_MARKER = "emeroteca.json"
_FILE_NAME = re.compile(r"[0-9][0-9-]*\.[a-z]+")  # never a path: a manifest must not lead out of its folder
_ADD = "add articles with `emeroteca add FILE` first, or name another folder with --data"


class FileEntry(msgspec.Struct, frozen=True):
    """One immutable file: its name in ``index/``, its size and the CRC-32 of its bytes."""

    name: str
    size_bytes: int
    crc32: int


class SegmentEntry(msgspec.Struct, frozen=True):
    """One segment of a generation and its tombstones."""

    file: FileEntry
    num_docs: int
    num_deleted: int = 0
    deleted: FileEntry | None = None


class Totals(msgspec.Struct, frozen=True):
    """Integer sums over the live documents: two indexes of the same articles have the same totals, bit for bit.

    ``field_tokens`` and ``field_docs`` are by field (title, lead, body, tags): positions, and documents where it is not
    empty.
    """

    num_docs: int = 0
    undated: int = 0
    text_bytes: int = 0
    field_tokens: tuple[int, int, int, int] = (0, 0, 0, 0)
    field_docs: tuple[int, int, int, int] = (0, 0, 0, 0)


class Manifest(msgspec.Struct, frozen=True):
    """Everything that a reader must know of one generation.

    ``tokenisation`` and ``keys`` are the stamps of ``index.italian.stamps``: an index with another tokenisation cannot
    be used, one with other keys serves as it is until a writer computes them anew.
    """

    format: int
    generation: int
    created: str
    tokenisation: str
    keys: str
    journal: int
    totals: Totals
    segments: tuple[SegmentEntry, ...]
    lexicon: tuple[FileEntry, ...]
    counters: FileEntry
    values: FileEntry
    next_file: int
    positions_dropped: int = 0

    def files(self) -> Iterator[FileEntry]:
        """Every file of the generation but the manifest."""
        for segment in self.segments:
            yield segment.file
            if segment.deleted is not None:
                yield segment.deleted
        yield from self.lexicon
        yield self.counters
        yield self.values


class DataFolder:
    """Where everything of one archive lies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = path / "index"
        self.store = path / "articles.db"
        self._current = self.index / "CURRENT"

    def create(self) -> None:
        """Make the folder an archive, if it is not one.

        Raises:
            IndexUnavailable: the folder cannot be written, or holds something else.
        """
        marker = self.path / _MARKER
        try:
            if self.path.exists() and not self.path.is_dir():
                raise IndexUnavailable(self.path, "is not a folder", "name a folder with --data")
            self.path.mkdir(parents=True, exist_ok=True)
            if not marker.exists():
                if any(self.path.iterdir()):
                    raise IndexUnavailable(
                        self.path, "is not empty and is not an archive", "name an empty or a new folder with --data"
                    )
                _write_durably(marker, json.dumps({"what": "Emeroteca archive", "format": FOLDER_FORMAT}).encode())
            self.check()
            self.index.mkdir(exist_ok=True)
            if not self._current.exists() and not any(self.index.glob("[0-9]*.json")):
                self._point_at(0, 0)  # so that a CURRENT that is missing later was lost
        except OSError as error:
            raise IndexUnavailable(
                self.path, f"cannot be written ({error.strerror})", "check the folder's owner and rights"
            ) from error

    def check(self) -> None:
        """Refuse a folder that is missing, not ours, of another format, or without the store of its index.

        Raises:
            IndexUnavailable: says which, and what to do.
        """
        marker = self.path / _MARKER
        try:
            if not self.path.exists():
                raise IndexNotFound(self.path, "there is no such folder", _ADD)
            if not self.path.is_dir():
                raise IndexUnavailable(self.path, "is not a folder", "name a folder with --data")
            if not marker.exists():
                raise IndexNotFound(self.path, "is not an archive of Emeroteca", _ADD)
            found = json.loads(marker.read_bytes())["format"]
            is_store_lost = not self.store.exists() and self._was_committed()
        except OSError as error:
            raise IndexUnavailable(
                self.path, f"cannot be read ({error.strerror})", "check the folder's owner and rights"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            mended = f'{{"format": {FOLDER_FORMAT}}}'
            raise IndexCorrupt(marker, "is damaged", f"write {mended} into it, or restore it") from error
        if found != FOLDER_FORMAT:
            raise IndexOutdated(
                self.path,
                f"is an archive of format {found!r}, this program reads format {FOLDER_FORMAT}",
                "use the program that wrote it to `export`, and `add` the export to a new folder",
            )
        if is_store_lost:
            # A new and empty store would take every article out of the index at the next commit.
            raise IndexCorrupt(self.store, "is missing, and the index was made from it", RESTORE)

    def _was_committed(self) -> bool:
        """Whether there has been a generation, also where CURRENT can no longer tell."""
        if any(self.index.glob("[0-9]*.json")):
            return True
        try:
            return self._current.exists() and self.current_generation() > 0
        except IndexCorrupt:
            return True

    def current_generation(self) -> int:
        """The number of the current generation, 0 before the first commit."""
        return self._read_current()[0]

    def _read_current(self) -> tuple[int, int]:
        try:
            generation, checksum = self._current.read_bytes().split()
            return int(generation), int(checksum)
        except FileNotFoundError as error:
            raise IndexCorrupt(self._current, "is missing", REBUILD) from error
        except OSError as error:
            raise unreadable(self._current, error, REBUILD) from error
        except ValueError as error:
            raise IndexCorrupt(self._current, "does not name a generation", REBUILD) from error

    def manifest_path(self, generation: int) -> Path:
        """Where the manifest of a generation lies."""
        return self.index / f"{generation:08d}.json"

    def read_manifest(self) -> Manifest | None:
        """The current manifest, None before the first commit.

        Raises:
            IndexCorrupt: CURRENT or the manifest is damaged.
            IndexOutdated: the index was written in another format or with another tokenisation.
            IndexUnavailable: this process has no right to read them.
        """
        while True:
            generation, checksum = self._read_current()
            try:
                return None if generation == 0 else self._manifest(generation, checksum)
            except IndexCorrupt:
                # Two commits since CURRENT was read may have swept what it named: then a newer one is current.
                if self.current_generation() == generation:
                    raise

    def _manifest(self, generation: int, checksum: int) -> Manifest:
        path = self.manifest_path(generation)
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise unreadable(path, error, REBUILD) from error
        if zlib.crc32(raw) != checksum:
            raise IndexCorrupt(path, "does not hold what was written to it", REBUILD)
        try:
            manifest = msgspec.json.decode(raw, type=Manifest)
        except msgspec.MsgspecError as error:
            raise IndexCorrupt(path, f"is not a manifest ({error})", REBUILD) from error
        if (manifest.format, manifest.tokenisation) != (INDEX_FORMAT, tokenisation_stamp()):
            raise IndexOutdated(
                path,
                f"the index has format {manifest.format} and tokenisation {manifest.tokenisation}, this program "
                f"{INDEX_FORMAT} and {tokenisation_stamp()}",
                REBUILD,
            )
        for entry in manifest.files():
            if _FILE_NAME.fullmatch(entry.name) is None:
                raise IndexCorrupt(path, f"lists {entry.name[:60]!r}, which is no file of an index", REBUILD)
        return manifest

    def commit(self, manifest: Manifest) -> None:
        """Make a generation whose files are all on the disk the current one."""
        raw = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        path = self.manifest_path(manifest.generation)
        path.unlink(missing_ok=True)  # left by a writer that was killed before its rename
        _write_durably(path, raw)
        self._point_at(manifest.generation, zlib.crc32(raw))

    def _point_at(self, generation: int, checksum: int) -> None:
        replacement = self.index / "CURRENT.new"
        replacement.unlink(missing_ok=True)
        _write_durably(replacement, f"{generation} {checksum}\n".encode())
        sync_folder(self.index)
        replacement.replace(self._current)
        sync_folder(self.index)

    def hold_current(self) -> tuple[Manifest, BinaryIO] | None:
        """The current manifest with a shared lock on it, which the caller closes; None before the first commit."""
        while True:
            manifest = self.read_manifest()
            if manifest is None:
                return None
            path = self.manifest_path(manifest.generation)
            try:
                held = path.open("rb")
            except FileNotFoundError:
                continue  # swept between reading CURRENT and here: a newer one is current
            fcntl.flock(held, fcntl.LOCK_SH)
            if os.fstat(held.fileno()).st_nlink > 0:
                return manifest, held
            held.close()

    def sweep(self, *, keep: int) -> int:
        """Remove older generations that nobody reads but the newest ``keep``, and files that no manifest lists.

        Returns:
            The journal number of the oldest generation left: older versions of articles can be forgotten.
        """
        current = self.current_generation()
        older = sorted((int(path.stem) for path in self.index.glob("[0-9]*.json")), reverse=True)
        left: list[Manifest] = []
        listed = {"CURRENT", "writer.lock"}
        kept = 0
        for generation in older:
            path = self.manifest_path(generation)
            try:
                manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
            except (msgspec.MsgspecError, OSError):
                path.unlink(missing_ok=True)
                continue
            if generation > current or (generation < current and kept >= keep and _remove_unheld(path)):
                path.unlink(missing_ok=True)
                continue
            kept += generation < current
            left.append(manifest)
            listed |= {path.name, *(entry.name for entry in manifest.files())}
        for path in self.index.iterdir():
            if path.name not in listed and path.is_file():
                path.unlink(missing_ok=True)
        return min((manifest.journal for manifest in left), default=0)

    @contextmanager
    def writing(self, *, timeout_s: float) -> Iterator[None]:
        """Hold the writer's lock; a lock of a process that died is free by itself.

        Raises:
            IndexLocked: another process still holds it after ``timeout_s``.
        """
        path = self.index / "writer.lock"
        deadline = time.monotonic() + timeout_s
        with path.open("a+") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        lock.seek(0)
                        holder = lock.read().strip() or "another process"
                        raise IndexLocked(
                            path, f"{holder} is writing to the archive", "wait until it has finished and try again"
                        ) from None
                    time.sleep(0.05)
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC,")
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)


def _remove_unheld(path: Path) -> bool:
    """Remove a manifest unless a reader holds it; False when one does."""
    with path.open("rb") as manifest:
        try:
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        path.unlink()
        return True


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_json(path: Path, value: object) -> FileEntry:
    """Write a value as an immutable JSON file."""
    raw = msgspec.json.encode(value)
    _write_durably(path, raw)
    return FileEntry(path.name, len(raw), zlib.crc32(raw))


def sync_folder(path: Path) -> None:
    """Force the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_columns(folder: DataFolder, entry: FileEntry) -> dict[str, Array]:
    """Map a file of a generation."""
    return read_columns(folder.index / entry.name, size_bytes=entry.size_bytes)


def open_values(folder: DataFolder, entry: FileEntry) -> dict[str, list[str]]:
    """Read the values of the facets.

    Raises:
        IndexCorrupt: the file is missing or does not hold what was written to it.
        IndexUnavailable: this process has no right to read it.
    """
    path = folder.index / entry.name
    try:
        raw = path.read_bytes()
        if zlib.crc32(raw) != entry.crc32:
            raise IndexCorrupt(path, "does not hold what was written to it", REBUILD)
        return msgspec.json.decode(raw, type=dict[str, list[str]])
    except OSError as error:
        raise unreadable(path, error, REBUILD) from error
    except msgspec.MsgspecError as error:
        raise IndexCorrupt(path, f"is not a table of values ({error})", REBUILD) from error
