"""The branch of errors that a question can raise; the tree stands in ``index.errors``.

    QueryError                    safe to show to whoever asked
    - UnknownValue                a section, site, author or sort order that the archive does not have
    - InvalidDate                 a date that does not exist, or a range backwards
    - InvalidParameter            any other parameter outside its bounds, or of another kind
    DeadlineExceeded              the answer took too long
    IndexUnavailable
    - ArchiveClosed               asked after it was closed

What a person types in the search box never raises: these are for the values beside it (filters, pages, sizes).
"""

from __future__ import annotations

from pathlib import Path

from index.errors import ArchiveError, IndexUnavailable

MAX_SHOWN_CHARS = 100
"""Of a value in a message; an address may carry a hundred thousand."""


def shortened(value: object) -> str:
    """The value as Python writes it, or the beginning of that."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 3] + "..."


class QueryError(ArchiveError):
    """A parameter of a question is outside what is allowed."""

    def __init__(self, parameter: str, value: object, allowed: str) -> None:
        self.parameter = parameter
        self.value = value
        self.allowed = allowed
        super().__init__(f"{parameter} {shortened(value)} {self._verdict()}; allowed: {allowed}")

    def _verdict(self) -> str:
        return "is not allowed"


class UnknownValue(QueryError):
    """A filter names a value that no article has."""

    def _verdict(self) -> str:
        return "is unknown"


class InvalidDate(QueryError):
    """A date cannot be read, does not exist, or ends a range before its start; ``allowed`` is the whole sentence."""

    def __init__(self, since: str | None, until: str | None, reason: str) -> None:
        super().__init__("dates", (since, until), reason)
        self.args = (reason,)


class InvalidParameter(QueryError):
    """A page, size or switch is outside its bounds, or a value is not of the kind that it has to be."""


class DeadlineExceeded(ArchiveError):
    """A question took longer than the deadline of the archive."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"the question took longer than {seconds:g} s; ask for fewer words, or for rarer ones")


class ArchiveClosed(IndexUnavailable):
    """The archive was asked after it was closed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "the archive was closed", "open it again with search.open_archive")
