"""Generations: which files make up the index, and how one replaces another.

A data folder holds

    emeroteca.json      what this folder is, and the format of the folder and the store
    articles.db         the store
    index/CURRENT       one line: number of the current generation, 0 before the first, and checksum of its manifest
    index/NNNNNNNN.json a manifest: every file of a generation with size and checksum, totals and stamps
    index/*.seg .del .lex .cnt .val .sty    immutable files, shared by the generations that list them
    index/rebuild.json  how far an unfinished rebuild has come, whose files begin with the prefix that it names
    index/writer.lock   held by the one process that commits
    index/rebuild.lock  held by the one process that rebuilds; it holds the other at its beginning and its end alone

A commit writes new files, forces each to the disk, writes the manifest, forces it and the folder, and only then
replaces CURRENT by a rename. At any instant CURRENT names a complete generation. A reader holds a shared lock on the
manifest that it reads by; the writer removes a manifest, and then the files that none lists, only when nobody holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from index.columns import ALTERED, REBUILD, Array, file_checksum, read_columns
from index.errors import IndexCorrupt, IndexLocked, IndexNotFound, IndexOutdated, IndexUnavailable, unreadable
from index.manifest import FileEntry, Manifest, UnfinishedRebuild, read_manifest
from index.store import RESTORE

FOLDER_FORMAT: Final = 1
"""Of the folder and its store; another number refuses to open."""

_MARKER = "emeroteca.json"
WRITER_LOCK: Final = "writer.lock"
REBUILD_LOCK: Final = "rebuild.lock"
_REBUILD_RECORD: Final = "rebuild.json"
_ADD = "add articles with `emeroteca add FILE` first, or name another folder with --data"


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
            with _locked_folder(self.path):  # several may come first at once
                if not marker.exists():
                    unfinished = f"{_MARKER}.new"  # left by a process that was killed
                    if any(path.name != unfinished for path in self.path.iterdir()):
                        raise IndexUnavailable(
                            self.path, "is not empty and is not an archive", "name an empty or a new folder with --data"
                        )
                    self._replace(marker, json.dumps({"what": "Emeroteca archive", "format": FOLDER_FORMAT}).encode())
                self.check()
                self.index.mkdir(exist_ok=True)
                if not self._current.exists() and not self.generations():
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
        if self.generations():
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
            raw = self._current.read_bytes()
            generation, checksum = map(int, raw.split())
            # A flipped 1 is a 0, and that an archive is new must not be said of one that is not.
            if raw != f"{generation} {checksum}\n".encode() or (generation == 0 and checksum != 0):
                raise ValueError(raw)
            return generation, checksum
        except FileNotFoundError as error:
            if not self.store.exists() and not self.generations():
                return 0, 0  # whoever made the folder was killed before the first article
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
        raw = _read(path)
        if zlib.crc32(raw) != checksum:
            raise IndexCorrupt(path, ALTERED, REBUILD)
        return read_manifest(path, raw)

    def commit(self, manifest: Manifest) -> None:
        """Make a generation whose files are all on the disk the current one."""
        raw = msgspec.json.format(msgspec.json.encode(manifest.sealed()), indent=1)
        path = self.manifest_path(manifest.generation)
        path.unlink(missing_ok=True)  # left by a writer that was killed before its rename
        _write_durably(path, raw)
        self._point_at(manifest.generation, zlib.crc32(raw))

    def _point_at(self, generation: int, checksum: int) -> None:
        self._replace(self._current, f"{generation} {checksum}\n".encode())

    def _replace(self, path: Path, data: bytes) -> None:
        """Put a file in place of another: a reader, and the next start after a crash, finds the one or the other."""
        replacement = path.with_name(f"{path.name}.new")
        replacement.unlink(missing_ok=True)
        _write_durably(replacement, data)
        sync_folder(path.parent)
        replacement.replace(path)
        sync_folder(path.parent)

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

        The files of an unfinished rebuild stay. While the current manifest cannot be read, nothing is removed.

        Returns:
            The journal number of the oldest generation left: older versions of articles can be forgotten.
        """
        current = self.current_generation()
        manifests = self._manifests()
        if current > 0 and current not in manifests:
            return 0
        left: list[Manifest] = []
        listed = {"CURRENT", WRITER_LOCK, REBUILD_LOCK, _REBUILD_RECORD}
        if self._is_held(REBUILD_LOCK):
            listed.add(f"{_REBUILD_RECORD}.new")  # whoever rebuilds writes it without the writer's lock
        kept = 0
        for generation, manifest in manifests.items():
            path = self.manifest_path(generation)
            if generation > current or (generation < current and kept >= keep and _remove_unheld(path)):
                path.unlink(missing_ok=True)
                continue
            kept += generation < current
            left.append(manifest)
            listed |= {path.name, *(entry.name for entry in manifest.files())}
        unfinished = self.read_rebuild()
        for path in self.index.iterdir():
            is_unfinished = unfinished is not None and path.name.startswith(unfinished.prefix)
            if path.name not in listed and path.is_file() and not is_unfinished:
                path.unlink(missing_ok=True)
        return min((manifest.journal for manifest in left), default=0)

    def generations(self) -> list[int]:
        """Numbers of the generations whose manifests are there, the newest first."""
        numbers = (path.stem for path in self.index.glob("[0-9]*.json"))
        return sorted((int(number) for number in numbers if number.isdecimal()), reverse=True)

    def older_manifest(self, generation: int) -> Manifest:
        """The manifest of any generation, current or not.

        Raises:
            IndexCorrupt, IndexOutdated, IndexUnavailable: as ``read_manifest``.
        """
        path = self.manifest_path(generation)
        return read_manifest(path, _read(path))

    def read_rebuild(self) -> UnfinishedRebuild | None:
        """How far an unfinished rebuild has come; None when there is none."""
        try:
            unfinished = msgspec.json.decode((self.index / _REBUILD_RECORD).read_bytes(), type=UnfinishedRebuild)
        except (msgspec.MsgspecError, FileNotFoundError):
            return None
        committed = (entry.name for manifest in self._manifests().values() for entry in manifest.files())
        # One that was killed between its commit and the end of its record has finished.
        return None if any(name.startswith(unfinished.prefix) for name in committed) else unfinished

    def _manifests(self) -> dict[int, Manifest]:
        """All manifests that can be read, of whatever format or rules, by generation, the newest first."""
        found: dict[int, Manifest] = {}
        for generation in self.generations():
            # One that cannot be read for another reason is there, and its files must not be taken for nobody's.
            with suppress(msgspec.MsgspecError, FileNotFoundError):
                found[generation] = msgspec.json.decode(self.manifest_path(generation).read_bytes(), type=Manifest)
        return found

    def write_rebuild(self, unfinished: UnfinishedRebuild) -> None:
        """Record how far a rebuild has come; the files that it names are on the disk."""
        sync_folder(self.index)
        self._replace(self.index / _REBUILD_RECORD, msgspec.json.encode(unfinished))

    def sweep_rebuild(self) -> None:
        """Remove what the unfinished rebuild had not finished when it was stopped."""
        unfinished = self.read_rebuild()
        if unfinished is None:
            return
        finished = {entry.name for entry in unfinished.files()}
        for path in self.index.glob(f"{unfinished.prefix}*"):
            if path.name not in finished:
                path.unlink(missing_ok=True)

    def end_rebuild(self) -> None:
        """Forget an unfinished rebuild: its files are swept unless a manifest lists them."""
        (self.index / _REBUILD_RECORD).unlink(missing_ok=True)

    def highest_generation(self) -> int:
        """The largest number that a reader may have open; CURRENT can name a generation whose manifest was lost."""
        numbers = self.generations()
        with suppress(IndexCorrupt):  # then the manifests alone must do
            numbers.append(self.current_generation())
        return max(numbers, default=0)

    def free_file_number(self) -> int:
        """A number that no file of a commit has."""
        return 1 + _largest(path.name.split(".")[0] for path in self.index.iterdir() if path.suffix != ".json")

    def free_rebuild_number(self) -> int:
        """A number that no rebuild's files begin with."""
        return 1 + _largest(path.name[1:].split("-")[0] for path in self.index.glob("r*-*"))

    @contextmanager
    def writing(self, *, timeout_s: float) -> Iterator[None]:
        """Hold the writer's lock; a lock of a process that died is free by itself.

        Raises:
            IndexLocked: another process still holds it after ``timeout_s``.
        """
        with self._holding(WRITER_LOCK, "is writing to the archive", timeout_s):
            yield

    @contextmanager
    def rebuilding(self, *, timeout_s: float) -> Iterator[None]:
        """Hold the lock of rebuilds, as ``writing`` holds that of writers; whoever wants both takes this one first."""
        with self._holding(REBUILD_LOCK, "is rebuilding the index", timeout_s):
            yield

    def _is_held(self, name: str) -> bool:
        """Whether a process, be it this one, holds a lock."""
        try:
            with (self.index / name).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @contextmanager
    def _holding(self, name: str, what: str, timeout_s: float) -> Iterator[None]:
        path = self.index / name
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
                            path, f"{holder} {what}", "wait until it has finished and try again"
                        ) from None
                    time.sleep(0.05)
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC,")
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)


@contextmanager
def _locked_folder(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _largest(numbers: Iterable[str]) -> int:
    """The largest of some numbers; names of other files are none, and none is 0."""
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error, REBUILD) from error


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


def check_file(folder: DataFolder, entry: FileEntry, *, quick: bool = False) -> None:
    """Compare a whole file of a generation with its size and checksum, or with its size alone.

    Raises:
        IndexCorrupt: it is missing, or not what was written.
        IndexUnavailable: this process has no right to read it.
    """
    path = folder.index / entry.name
    try:
        found = path.stat().st_size
        if found != entry.size_bytes:
            raise IndexCorrupt(path, f"has {found} bytes where {entry.size_bytes} were written", REBUILD)
        if not quick and file_checksum(path) != entry.crc32:
            raise IndexCorrupt(path, ALTERED, REBUILD)
    except FileNotFoundError as error:
        raise IndexCorrupt(path, "is missing", REBUILD) from error
    except OSError as error:
        raise unreadable(path, error, REBUILD) from error


def open_columns(folder: DataFolder, entry: FileEntry) -> dict[str, Array]:
    """Map a file of a generation."""
    return read_columns(folder.index / entry.name, size_bytes=entry.size_bytes, crc32=entry.crc32)


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
            raise IndexCorrupt(path, ALTERED, REBUILD)
        return msgspec.json.decode(raw, type=dict[str, list[str]])
    except OSError as error:
        raise unreadable(path, error, REBUILD) from error
    except msgspec.MsgspecError as error:
        raise IndexCorrupt(path, f"is not a table of values ({error})", REBUILD) from error
