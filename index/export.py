"""Export: every article of an archive as lines of JSON, in the form in which it can be added again."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from index.article import record_from_article
from index.errors import ArchiveError
from index.generation import DataFolder
from index.salvage import Salvage, Unreadable
from index.store import StoredArticle


def export_articles(
    data_dir: Path, destination: BinaryIO, *, on_unreadable: Callable[[Unreadable], None] | None = None
) -> int:
    """Write every article that can be read as a line of JSON, in the form in which ``add`` takes it; returns how many.

    Only the store is read: an index that is damaged, or of another format, is no obstacle.

    Args:
        on_unreadable: told of each article that a damaged store no longer gives.
    Raises:
        IndexUnavailable: the folder is missing or not an archive, or nothing of its store can be read.
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
