"""The errors of this project, one tree.

    ArchiveError                  everything that this project raises on purpose
    - ConfigurationError          a setting, its value, what is allowed
      - SettingsUnreadable        the file of settings cannot be used as it is
    - ArticleError                one bad article: reported, counted, skipped
    - IndexUnavailable            the data folder cannot be used as it is
      - IndexNotFound             nothing is there
      - IndexOutdated             another format or another tokenisation
      - IndexLocked               another process writes
      - IndexCorrupt              bytes are not what was written
      - DiskError                 the disk fails at reading or writing them
    - QueryError                  (drawn on in ``search.errors``) a question that cannot be answered

A message says what was found, what is allowed and what to do. The data behind it stays in attributes.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any


class ArchiveError(Exception):
    """Root of all errors that this project raises on purpose; its text is one sentence for a person."""

    def __reduce__(self) -> tuple[Callable[..., ArchiveError], tuple[object, ...], dict[str, Any]]:
        """So that it can come from another process, whatever it is made of: Python would make it of its text."""
        return _made_again, (type(self), *self.args), vars(self)


def _made_again(kind: type[ArchiveError], *args: object) -> ArchiveError:
    return kind.__new__(kind, *args)


class ConfigurationError(ArchiveError):
    """A setting has a value that it cannot have."""

    def __init__(self, setting: str, value: object, allowed: str) -> None:
        self.setting = setting
        self.value = value
        self.allowed = allowed
        super().__init__(f"setting {setting} is {value!r}; allowed: {allowed}")


class SettingsUnreadable(ConfigurationError):
    """The file of settings cannot be used as it is; the message names what is known."""

    def __init__(self, path: Path, found: str, remedy: str) -> None:
        self.path = path
        ArchiveError.__init__(self, f"{path}: {found}; {remedy}")


class ArticleError(ArchiveError):
    """One article of a source cannot be taken in.

    Attributes:
        reason: what is wrong and what is allowed, without the place; what it quotes is printable, since a sequence for
            a terminal in a file must not reach the terminal.
        source: file or "-" for standard input; None while the place is not known yet.
        line: 1-based line in it, where a row of CSV or an entry of a feed begins; None for a whole file.
    """

    def __init__(self, reason: str, *, source: str | None = None, line: int | None = None) -> None:
        self.reason = reason if reason.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in reason)
        self.source = source
        self.line = line
        place = "" if source is None else f"{source}: " if line is None else f"{source}:{line}: "
        super().__init__(f"{place}{self.reason}")

    def at(self, source: str, line: int | None = None) -> ArticleError:
        """The same error, with its place."""
        return ArticleError(self.reason, source=source, line=line)


class IndexUnavailable(ArchiveError):
    """The data folder cannot be used as it is; the message names the remedy."""

    def __init__(self, path: Path, found: str, remedy: str) -> None:
        self.path = path
        self.found = found
        self.remedy = remedy
        super().__init__(f"{path}: {found}; {remedy}")


class IndexNotFound(IndexUnavailable):
    """There is no archive in the folder."""


class IndexOutdated(IndexUnavailable):
    """The archive was written in another format or with another tokenisation."""


class IndexLocked(IndexUnavailable):
    """Another process is writing to the archive."""


class IndexCorrupt(IndexUnavailable):
    """A file of the archive does not hold what was written to it."""


class DiskError(IndexUnavailable):
    """The disk fails: nobody knows whether what it does not give is still there."""


RIGHTS = "check the owner and the rights of the archive's files"


REPEAT = "check space, disk and rights, then repeat"
"""What to do when disk or system refuse something: nothing is damaged by that."""

CHECK_DISK = "check the disk, then repeat; if it goes on refusing, restore the store from a copy"

_WRONG_NAMES = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def refusal(error: Exception, *, writes: bool = False) -> str:
    """What was found when disk or system refused to read, or to write: the words of whoever refused."""
    return f"cannot be {'written' if writes else 'read'} ({getattr(error, 'strerror', None) or error})"


def unwritable(path: Path, error: Exception) -> ArchiveError:
    """What to raise for a file outside of the archive, as a backup, that disk or system refuse to write."""
    remedy = "name a file that can" if isinstance(error, _WRONG_NAMES) else REPEAT
    return ArchiveError(f"{path}: {refusal(error, writes=True)}; {remedy}")


_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def unreadable(path: Path, error: OSError | ValueError, remedy: str) -> IndexUnavailable:
    """What to raise for a file that cannot be read: damage and its remedy, unless the reader lacks right or means."""
    found = refusal(error)
    if isinstance(error, PermissionError):
        return IndexUnavailable(path, found, RIGHTS)
    if isinstance(error, OSError) and error.errno in _SHORTAGES:
        return IndexUnavailable(path, found, "allow more memory and open files, then repeat")
    return IndexCorrupt(path, found, remedy)
