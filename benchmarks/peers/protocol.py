"""What the benchmark asks of an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from benchmarks.queries import Question

TOP = 10
"""Articles on a page."""


class PeerMissing(Exception):
    """The engine is not installed here; the report says so."""


class Record(msgspec.Struct):
    """An article of the corpus."""

    id: str
    url: str
    site: str
    section: str
    title: str
    authors: list[str]
    date: str
    body: str
    lead: str = ""

    @property
    def sections(self) -> list[str]:
        """The paths of its section and of those above, what it counts for."""
        steps = self.section.split(" / ")
        return [" / ".join(steps[: depth + 1]) for depth in range(len(steps))]

    @property
    def month(self) -> int:
        """Year * 12 + month - 1."""
        return int(self.date[:4]) * 12 + int(self.date[5:7]) - 1

    @property
    def day(self) -> int:
        """As the number YYYYMMDD."""
        return int(self.date[:10].replace("-", ""))


class Answer(NamedTuple):
    """What a page says, for comparison: how many were found in all, None if unknown, and the ids shown, best first."""

    total: int | None
    ids: list[str]
    facets: Mapping[str, Mapping[Any, int]] = {}


class Peer(Protocol):
    """An engine.

    Attributes:
        family: engines of one family share what one of them built.
        version: of the software that does the work.
        setting: how it is set up, and what it does not do.
        most_articles: beyond, it is not run.
    """

    family: str
    version: str
    setting: str
    most_articles: int

    def build(self, corpus: Path, folder: Path) -> None:
        """Index a JSONL file in an empty folder, ready to be opened; what is merged later by itself is merged here."""

    def open(self, corpus: Path, folder: Path) -> None:
        """Open what was built of the corpus."""

    def page(self, question: Question) -> Answer:
        """Do one page."""

    def close(self) -> None:
        """Let go of what was opened, and stop what was started."""


def read_corpus(corpus: Path) -> Iterator[Record]:
    """The articles of a JSONL file, one at a time."""
    decode = msgspec.json.Decoder(Record).decode
    with corpus.open("rb") as file:
        for line in file:
            yield decode(line)


def day_bounds(question: Question) -> tuple[int, int] | None:
    """The days of a question as numbers YYYYMMDD, inclusive; None when it asks for none."""
    first, last = question.days
    if first is None and last is None:
        return None
    return int(f"{first:%Y%m%d}") if first else 0, int(f"{last:%Y%m%d}") if last else 99_999_999
