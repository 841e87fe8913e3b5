"""Export: every article of an archive as lines of JSON, in the form in which it can be added again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from gzip import GzipFile
from pathlib import Path
from typing import BinaryIO

import msgspec

from index.article import record_from_article
from index.errors import ArchiveError, unwritable
from index.generation import DataFolder, sync_folder
from index.salvage import Salvage, Unreadable
from index.store import StoredArticle


def export_articles(
    data_dir: Path, destination: BinaryIO, *, on_unreadable: Callable[[Unreadable], None] | None = None
) -> int:
    """Write every article that can be read as a line of JSON, in the form in which ``add`` takes it; returns how many.

    Only the store is read, as it is at one moment: an index that is damaged, or of another format, is no obstacle.

    Args:
        on_unreadable: told of each article that a damaged store no longer gives.
    Raises:
        IndexUnavailable: the folder is missing or not an archive, or nothing of its store can be read; or the system or
            another process refuses to go on, and what was written is not all.
    """
    folder = DataFolder(data_dir)
    folder.check()
    count = 0
    with Salvage(folder.store) as salvage:
        for found in salvage.articles():
            if isinstance(found, StoredArticle):
                destination.write(msgspec.json.encode(record_from_article(found.article)) + b"\n")
                count += 1
            elif on_unreadable is not None:
                on_unreadable(found)
    return count


@contextmanager
def export_file(path: Path) -> Iterator[BinaryIO]:
    """A file to export to, gzipped when its name ends in .gz; it appears whole and on the disk, or not at all.

    Raises:
        ArchiveError: it cannot be written.
    """
    path = path.resolve()  # a link stays a link
    if path.exists() and not path.is_file():
        raise ArchiveError(f"{path}: cannot be written (not a plain file); name another, or - for standard output")
    # Two exports to one file at a time must not write to each other's: the one that ends last is what stays.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("wb") as file:
            if path.suffix == ".gz":
                with GzipFile(path.name, "wb", fileobj=file) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):  # what went wrong first is what is told
            unfinished.unlink(missing_ok=True)
