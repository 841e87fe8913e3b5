"""The watch: what a CMS drops into a folder is added, round after round, until the process is asked to stop.

All files of a round that are whole go through one ``add_articles``, and so through one commit, as far as a batch of
them is not too large; what became of each article is counted for its own file. A file is moved only when its articles
are searchable: whenever the process dies, what is still in the folder is added once more, and is ``unchanged``.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.article import Change
from index.drop_folder import DropFolder, DroppedFile, FileReport
from index.errors import ArchiveError, ArticleError
from index.generation import DataFolder
from index.operations import AddReport, Became, add_articles, catch_up, has_due
from index.settings import IndexSettings

POLL_S: Final = 1.0
"""How long the folder is left alone between two looks."""

LONGEST_RETRY_S: Final = 60.0
"""Where waiting for an archive that cannot be written ends to double."""

# What is worked through before the first of it is moved, and before a request to stop is heard.
_MOST_FILES = 1_000
_MOST_BYTES = 64_000_000

# Rejected articles that the reports of a batch list, and those of each file that are listed whatever the others have:
# millions of bad lines must not fill the memory.
_MOST_LISTED = 100_000
_LISTED_OF_EACH = 100

_SLICE_S = 0.1

_log = logging.getLogger("emeroteca.watch")


@dataclass(slots=True)
class _Tally:
    """What became of the articles of one file, while it is read."""

    file: DroppedFile
    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[ArticleError] = field(default_factory=list)

    def report(self) -> FileReport:
        """The report; a file that holds nothing is one rejection."""
        if not self.counts.total():
            self.counts["rejected"] += 1
            self.rejected.append(ArticleError("the file holds no article; drop a whole one"))
        return FileReport(counts=AddReport(**self.counts), rejected=tuple(self.rejected))


class Watch:
    """A drop folder that feeds an archive."""

    def __init__(
        self,
        data_dir: Path,
        drops: DropFolder,
        *,
        allow_empty_body: bool = False,
        settings: IndexSettings | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Args:
            is_stopping: asked after each batch and while waiting; true ends the watch.
        """
        self._data_dir = data_dir
        self._drops = drops
        self._allow_empty_body = allow_empty_body
        self._settings = settings
        self._is_stopping = is_stopping
        self._sleep = sleep
        self._totals: Counter[str] = Counter()

    @property
    def report(self) -> AddReport:
        """What became of the articles of all files that were moved so far."""
        return AddReport(**self._totals)

    def run(self) -> None:
        """Work until asked to stop. An archive or folder that cannot be used is told, and tried again later.

        Raises:
            ArchiveError: the folder or the archive cannot be used at the beginning.
        """
        with self._drops.held():
            DataFolder(self._data_dir).create()  # a folder that is none of ours shall not be waited for
            folder = {"folder": str(self._drops.path)}
            _log.info("start", extra={"fields": folder | {"data": str(self._data_dir)}})
            retry_s = POLL_S
            while not self._is_stopping():
                try:
                    self._publish_due()
                    self._take_in(self._drops.look())
                except ArchiveError as error:
                    _log.error("retry: %s", error, extra={"fields": {"again_in_s": retry_s}})
                    self._wait(retry_s)
                    retry_s = min(2 * retry_s, LONGEST_RETRY_S)
                else:
                    retry_s = POLL_S
                    self._wait(POLL_S)
            _log.info("stop", extra={"fields": folder | asdict(self.report)})

    def run_once(self) -> None:
        """Work through what is whole now, which takes two looks, and end.

        Raises:
            ArchiveError: the folder or the archive cannot be used.
        """
        with self._drops.held():
            DataFolder(self._data_dir).create()
            self._publish_due()
            self._drops.look()
            if not self._drops.is_empty:
                self._wait(self._drops.settle_s)
                self._take_in(self._drops.look())

    def _publish_due(self) -> None:
        if has_due(self._data_dir):
            _log.info("due", extra={"fields": {"generation": catch_up(self._data_dir, settings=self._settings)}})

    def _take_in(self, files: Sequence[DroppedFile]) -> None:
        for batch in _batches(files):
            if self._is_stopping():
                return
            for tally in self._add(batch):
                self._put_away(tally)

    def _add(self, files: Sequence[DroppedFile]) -> list[_Tally]:
        """Add the articles of some files in one commit, counted by file."""
        from index.sources import read_source  # it loads lxml, which takes as long as all the rest

        tallies = [_Tally(file) for file in files]
        # Whose article is the next of which it will be told what became of it: they are told in the order of reading.
        owners: deque[_Tally] = deque()
        num_listed = 0

        def changes() -> Iterator[Change | ArticleError]:
            for tally in tallies:
                for change in read_source(str(tally.file.path), allow_empty_body=self._allow_empty_body):
                    owners.append(tally)
                    yield change

        def count(change: Change | ArticleError, became: Became) -> None:
            nonlocal num_listed
            owner = owners.popleft()
            owner.counts[became] += 1
            has_room = num_listed < _MOST_LISTED or len(owner.rejected) < _LISTED_OF_EACH
            if isinstance(change, ArticleError) and has_room:
                owner.rejected.append(change)
                num_listed += 1

        add_articles(self._data_dir, changes(), settings=self._settings, on_outcome=count)
        return tallies

    def _put_away(self, tally: _Tally) -> None:
        report = tally.report()
        target = self._drops.put_away(tally.file, report, when=datetime.now(UTC))
        if target is None:
            _log.info("changed", extra={"fields": {"file": tally.file.path.name}})
            return
        self._totals.update(asdict(report.counts))
        fields = {"file": tally.file.path.name, "moved_to": str(target), **asdict(report.counts)}
        _log.log(logging.WARNING if report.counts.rejected else logging.INFO, "file", extra={"fields": fields})

    def _wait(self, seconds: float) -> None:
        """Sleep in slices: a signal does not cut a sleep short."""
        for _ in range(math.ceil(seconds / _SLICE_S)):
            if self._is_stopping():
                return
            self._sleep(_SLICE_S)


def _batches(files: Sequence[DroppedFile]) -> Iterator[list[DroppedFile]]:
    """The files in their order, so many at a time; one that is larger than a batch may be is a batch."""
    batch: list[DroppedFile] = []
    size_bytes = 0
    for file in files:
        if batch and (len(batch) == _MOST_FILES or size_bytes + file.size_bytes > _MOST_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(file)
        size_bytes += file.size_bytes
    if batch:
        yield batch
