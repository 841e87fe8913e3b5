"""Stats: an archive in numbers."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from index.generation import DataFolder, open_columns
from index.lexicon import Lexicon
from index.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """An archive in numbers.

    Attributes:
        articles, undated: in the current generation.
        embargoed: in the store, and not in the index before their date.
        pending: changes that the store has and the index lacks, 0 but after a crash or a return to an older generation.
        generation: its number, 0 before the first commit.
        index_bytes: files of the current generation.
        store_bytes: the store with its write-ahead log.
        text_bytes: title, lead and body of all articles, UTF-8.
        positions_dropped: words at or beyond position 65,535 of an article, which no phrase reaches.
    """

    articles: int
    undated: int
    embargoed: int
    pending: int
    generation: int
    segments: int
    forms: int
    index_bytes: int
    store_bytes: int
    text_bytes: int
    positions_dropped: int


def gather_stats(data_dir: Path) -> Stats:
    """The numbers of an archive.

    Raises:
        IndexUnavailable: the folder is missing, not an archive, or damaged.
    """
    folder = DataFolder(data_dir)
    folder.check()
    with closing(Store(folder.store, read_only=True)) as store, ExitStack() as held:
        manifest = None
        if (current := folder.hold_current()) is not None:
            manifest, lock = current
            held.enter_context(lock)
        files = [] if manifest is None else list(manifest.files())
        parts = [] if manifest is None else manifest.lexicon
        own = 0 if manifest is None else folder.manifest_path(manifest.generation).stat().st_size
        return Stats(
            articles=0 if manifest is None else manifest.totals.num_docs,
            undated=0 if manifest is None else manifest.totals.undated,
            embargoed=store.embargoed(),
            pending=store.journal - (0 if manifest is None else manifest.journal),
            generation=0 if manifest is None else manifest.generation,
            segments=0 if manifest is None else len(manifest.segments),
            forms=Lexicon(tuple(open_columns(folder, part) for part in parts)).num_forms,
            index_bytes=own + sum(entry.size_bytes for entry in files),
            store_bytes=sum(path.stat().st_size for path in folder.path.glob(f"{folder.store.name}*")),
            text_bytes=store.text_bytes(),
            positions_dropped=0 if manifest is None else manifest.positions_dropped,
        )
