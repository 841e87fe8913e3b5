"""The branch of errors that a question can raise; the tree stands in ``index.errors``.

    QueryError                    safe to show to whoever asked
    - UnknownValue                a section, site, author or sort order that the archive does not have
    - InvalidDate                 a date that does not exist, or a range backwards
    - InvalidParameter            any other parameter outside its bounds, or of another kind
    - UnknownArticle              an id that the archive does not have
    - InvalidDraft                a draft that nothing can be said of: empty, too long, no text, not Italian
    DeadlineExceeded              the answer took too long
    IndexUnavailable
    - ArchiveClosed               asked after it was closed

What a person types in the search box never raises: these are for the values beside it (filters, pages, sizes).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

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


class UnknownArticle(QueryError):
    """The archive has no article with an id."""

    def __init__(self, article_id: str) -> None:
        super().__init__("article", article_id, "an id that a search has given")

    def _verdict(self) -> str:
        return "is not in the archive"


DraftFault = Literal["empty", "long", "binary", "foreign"]

MAX_DRAFT_CHARS: Final = 100_000
"""Ten times the longest article of a newspaper."""


class InvalidDraft(QueryError):
    """A draft that nothing can be said of.

    Attributes:
        fault: what is wrong with it.
    """

    def __init__(self, fault: DraftFault, text: str) -> None:
        found, allowed = {
            "empty": ("is empty", "a text of some words"),
            "long": (
                f"has {len(text):,} characters",
                f"up to {MAX_DRAFT_CHARS:,}; give the title and the first paragraphs",
            ),
            "binary": ("is not plain text", "the text of an article, saved as UTF-8 text"),
            "foreign": ("does not seem to be Italian", "a text in Italian, the language of the archive"),
        }[fault]
        super().__init__("draft", shortened(text), allowed)
        self.fault = fault
        self.args = (f"the draft {found}; allowed: {allowed}",)


class DeadlineExceeded(ArchiveError):
    """A question took longer than the deadline of the archive."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"the question took longer than {seconds:g} s; ask for fewer words, or for rarer ones")


class ArchiveClosed(IndexUnavailable):
    """The archive was asked after it was closed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "the archive was closed", "open it again with search.open_archive")
