"""The settings of indexing, checked once where they are built and passed down."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from index.errors import ConfigurationError

_MOST_PROCESSES = 256


def usable_cores() -> int:
    """The cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """How an archive is indexed.

    Attributes:
        memory_mb: memory that building a segment may take beside the page cache, MB; 384 to 65,536.
        batch_articles: articles in one transaction of the store; 1 to 100,000.
        merge_factor: segments of like size before they are merged into one; 2 to 64.
        max_deleted_share: a segment with a larger share of deleted documents is written anew; above 0, up to 1.
        keep_generations: older generations kept beside the current one; 0 to 100.
        processes: processes that a rebuild or a large import may use, when the memory has room for them; 1 to 256.
        lock_timeout_s: how long a second writer waits for the first, seconds; 0 to 3,600.
    """

    memory_mb: int = 1_024
    batch_articles: int = 1_000
    merge_factor: int = 8
    max_deleted_share: float = 0.25
    keep_generations: int = 1
    processes: int = field(default_factory=usable_cores)
    lock_timeout_s: float = 10.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("memory_mb", 384, 65_536),
            ("batch_articles", 1, 100_000),
            ("merge_factor", 2, 64),
            ("keep_generations", 0, 100),
            ("processes", 1, _MOST_PROCESSES),
            ("lock_timeout_s", 0, 3_600),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigurationError(name, value, f"{low} to {high}")
        if not 0 < self.max_deleted_share <= 1:
            raise ConfigurationError("max_deleted_share", self.max_deleted_share, "above 0, up to 1")
