"""The drop folder: files that another program writes into a folder, until they are whole; and where they go then.

    FOLDER/notizie.jsonl                     dropped
    FOLDER/done/notizie.jsonl                every article of it went through
    FOLDER/failed/notizie.jsonl              an article of it was rejected, or it holds none
    FOLDER/failed/notizie.jsonl.report.json  counts, and each rejected article with line and reason; in done/ as well

Nobody tells when a file is whole: one whose size and time have stayed the same for a while is. Who writes slower than
that writes under a name that is passed over, and renames at the end.
"""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import msgspec

from index.errors import ArchiveError, ArticleError, ConfigurationError
from index.operations import AddReport
from index.sources import KNOWN_SUFFIXES

SETTLE_S: Final = 2.0
"""How long a file must stay as it is to be taken for whole."""

DONE, FAILED = "done", "failed"
REPORT_SUFFIX = ".report.json"

_UNFINISHED_BEGINNINGS = (".", "~")
_UNFINISHED_SUFFIXES = (".part", ".tmp", ".filepart")
# 255 is the most that file systems take; the time of a second file of that name, and the report's suffix, come to it.
_MOST_NAME_BYTES = 220

_log = logging.getLogger("emeroteca.watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFile:
    """A file as it was when it was taken for whole."""

    path: Path
    inode: int
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, status: os.stat_result) -> Self:
        """The file by what the file system says of it."""
        return cls(path=path, inode=status.st_ino, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of the articles of one file; of very many rejected ones only the first are listed."""

    counts: AddReport
    rejected: tuple[ArticleError, ...] = ()


class DropFolder:
    """One folder, looked at again and again by the one process that holds it."""

    def __init__(self, path: Path, *, settle_s: float = SETTLE_S, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            settle_s: how long a file must stay as it is, by ``clock``, from look to look. Its own time is compared with
                nothing but itself: the clock of a file server may be wrong.
        """
        self.path = path
        self.settle_s = settle_s
        self._clock = clock
        self._seen: dict[str, tuple[DroppedFile, float]] = {}
        self._told: dict[str, str] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from watching it, and make the folders for what is worked through.

        Raises:
            ConfigurationError: it is not a folder.
            ArchiveError: it cannot be written, or another process watches it.
        """
        if not self.path.is_dir():
            raise ConfigurationError("watch", str(self.path), "a folder that is there")
        with _usable(self.path):
            for name in (DONE, FAILED):
                (self.path / name).mkdir(exist_ok=True)
            lock = (self.path / ".watch.lock").open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArchiveError(f"{self.path}: another process watches this folder; stop it first") from None
            yield

    def look(self) -> tuple[DroppedFile, ...]:
        """The files that are whole, the oldest first: the later version of an article is to win.

        What is no file to be added is told once, and left.

        Raises:
            ArchiveError: the folder cannot be read.
        """
        now = self._clock()
        seen: dict[str, tuple[DroppedFile, float]] = {}
        left: dict[str, str] = {}
        with _usable(self.path), os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name in (DONE, FAILED) or _is_unfinished(entry.name):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # gone since the folder was read
                if reason := _why_left(entry.name, status.st_mode):
                    left[entry.name] = reason
                    continue
                file = DroppedFile.of(Path(entry.path), status)
                before, since = self._seen.get(entry.name, (None, now))
                seen[entry.name] = (file, since if file == before else now)
        for name, reason in left.items():
            if self._told.get(name) != reason:
                _log.warning("left", extra={"fields": {"file": _printable(name), "reason": reason}})
        self._seen, self._told = seen, left
        whole = (file for file, since in seen.values() if now - since >= self.settle_s)
        return tuple(sorted(whole, key=lambda file: (file.mtime_ns, file.path.name)))

    @property
    def is_empty(self) -> bool:
        """Whether the last look met no file that is or may become whole."""
        return not self._seen

    def put_away(self, file: DroppedFile, report: FileReport, *, when: datetime) -> Path | None:
        """Move a file that was worked through to its folder, and write the report beside it; returns where it is.

        Nothing is overwritten: where the name is taken, the file gets the time into its name. The report comes first:
        a process that is killed between the two leaves a report too many, never a failed file without one.

        Returns:
            None when the file has changed or gone since it was looked at: it is left, and looked at again.
        Raises:
            ArchiveError: it cannot be moved, or the report not be written; the file is where it was.
        """
        folder = self.path / (FAILED if report.counts.rejected else DONE)
        with _usable(folder):
            try:
                if DroppedFile.of(file.path, file.path.lstat()) != file:
                    return None
            except FileNotFoundError:
                return None
            target = _free_name(folder, file.path.name, when)
            described = _report_path(target)
            try:
                with described.open("xb") as writing:
                    writing.write(_as_json(file, report, when))
                file.path.rename(target)
            except OSError:
                described.unlink(missing_ok=True)
                raise
        return target


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """What the file system refuses becomes one sentence."""
    try:
        yield
    except OSError as error:
        place = error.filename or path
        raise ArchiveError(
            f"{place}: cannot be used to watch ({error.strerror}); check its space and rights"
        ) from error


def _is_unfinished(name: str) -> bool:
    return name.startswith(_UNFINISHED_BEGINNINGS) or name.lower().endswith(_UNFINISHED_SUFFIXES)


def _why_left(name: str, mode: int) -> str | None:
    """Why a thing in the folder is not to be added, and what to do; None for a file that is."""
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "not a plain file"
        return f"it is {kind}; drop the file itself"
    if _suffix(name) is None:
        return f"its suffix is unknown; allowed: {', '.join(KNOWN_SUFFIXES)}"
    try:
        size_bytes = len(name.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8; rename it"
    if size_bytes > _MOST_NAME_BYTES:
        return f"its name has {size_bytes} bytes; allowed: up to {_MOST_NAME_BYTES}"
    return None


def _suffix(name: str) -> str | None:
    """The longest known suffix of a name: ".jsonl.gz" rather than nothing."""
    return max((known for known in KNOWN_SUFFIXES if name.lower().endswith(known)), key=len, default=None)


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _report_path(target: Path) -> Path:
    return target.with_name(target.name + REPORT_SUFFIX)


def _free_name(folder: Path, name: str, when: datetime) -> Path:
    """Where a file can go without taking another's place, its suffix kept so that it can be dropped again."""
    suffix = name[len(name) - len(_suffix(name) or "") :]
    stem = name.removesuffix(suffix)
    stamped = f"{stem}-{when:%Y%m%dT%H%M%SZ}"
    target, number = folder / name, 1
    while any(path.is_symlink() or path.exists() for path in (target, _report_path(target))):
        target = folder / (stamped + (f"-{number}" if number > 1 else "") + suffix)
        number += 1
    return target


def _as_json(file: DroppedFile, report: FileReport, when: datetime) -> bytes:
    described = {
        "file": file.path.name,
        "when": f"{when:%Y-%m-%dT%H:%M:%SZ}",
        **asdict(report.counts),
        "rejected_articles": [{"line": error.line, "reason": error.reason} for error in report.rejected],
    }
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"
