"""What an engine takes: bytes on disk, by part for our own archives, and memory beside the page cache."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from index.columns import read_columns

_LOGS: Final = "pg_wal"
"""Room for PostgreSQL's next changes, not part of what an archive takes."""
_PARTS: Final = {
    "posting": "postings",
    "overflow": "postings",
    "position": "positions",
    "merged": "merged columns",
    "form": "words of segments",
}
"""What a column of a segment is, by the beginning of its name; the others are of documents."""


def files_of(folder: Path) -> list[Path]:
    """The files of an engine."""
    return [path for path in folder.rglob("*") if path.is_file() and _LOGS not in path.parts]


def size_bytes(folder: Path) -> int:
    """Bytes of all files of an engine."""
    return sum(path.stat().st_size for path in files_of(folder))


def bytes_by_part(folder: Path) -> dict[str, int]:
    """Bytes on disk of an archive of ours, the largest part first."""
    parts: Counter[str] = Counter()
    for path in files_of(folder):
        size = path.stat().st_size
        if path.suffix == ".seg":
            for name, column in read_columns(path, size_bytes=size).items():
                parts[_PARTS.get(name.split("_")[0], "documents")] += column.nbytes
        elif path.suffix == ".lex":
            parts["lexicon"] += size
        elif path.name.startswith("articles.db"):
            parts["store"] += size
        else:
            parts["other"] += size
    return dict(parts.most_common())


def evict(folder: Path) -> None:
    """Drop the files of an engine, which nobody may have open, from the page cache; those of others stay in it."""
    for path in files_of(folder):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)  # what is not written yet cannot be dropped
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(opened)


def private_bytes(process: int | str = "self") -> int:
    """Memory of a process that no file backs (RssAnon)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1_024


def processes_of(process: int) -> list[int]:
    """A process and those that it started and that live."""
    started = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [process, *map(int, started.split())]


def shared_bytes(processes: Iterable[int]) -> int:
    """Memory of some processes that no file backs, what several of them share counted once (Pss_Anon)."""
    size = 0
    for process in processes:
        told = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        line = next(line for line in told.splitlines() if line.startswith("Pss_Anon:"))
        size += int(line.split()[1]) * 1_024
    return size
