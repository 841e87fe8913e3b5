"""Export: every article of an archive as lines of JSON, in the form in which it can be added again."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from index.article import record_from_article
from index.errors import ArchiveError
from index.generation import DataFolder
from index.store import Store


def export_articles(data_dir: Path, destination: BinaryIO) -> int:
    """Write every article as a line of JSON, in the form in which ``add`` takes it; returns how many."""
    folder = DataFolder(data_dir)
    folder.check()
    store = Store(folder.store, read_only=True)
    count = 0
    try:
        for stored in store.current():
            destination.write(msgspec.json.encode(record_from_article(stored.article)) + b"\n")
            count += 1
    finally:
        store.close()
    return count


@contextmanager
def export_file(path: Path) -> Iterator[BinaryIO]:
    """A file to export to, gzipped when its name ends in .gz; it appears whole, or not at all.

    Raises:
        ArchiveError: it cannot be written.
    """
    path = path.resolve()  # a link stays a link
    if path.exists() and not path.is_file():
        raise ArchiveError(f"{path}: cannot be written (not a plain file); name another, or - for standard output")
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with gzip.open(unfinished, "wb") if path.suffix == ".gz" else unfinished.open("wb") as file:
            yield file  # type: ignore[misc]
        unfinished.replace(path)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written ({error.strerror}); name a file that can") from error
    finally:
        unfinished.unlink(missing_ok=True)
