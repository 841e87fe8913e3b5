"""A rebuild: the whole index anew from the store, beside the current generation, while others search, add and remove.

    begin     under the writer's lock: what is to be built is recorded, so that its files are left alone
    build     without it: segment after segment, each recorded when it is finished, then what changed meanwhile
    commit    under the writer's lock again: the last changes, and the new generation is current

A rebuild that was stopped is gone on with from its last finished segment.
"""

from __future__ import annotations

from typing import Final

from index.draft import Draft, Progress
from index.errors import IndexCorrupt
from index.generation import DataFolder
from index.manifest import UnfinishedRebuild, current_stamps
from index.settings import IndexSettings
from index.snapshot import empty_snapshot
from index.store import Store
from index.writer import refuse_older_store

_FEW_CHANGES: Final = 1_000
"""What is left for the commit, during which nobody else can write."""

_MOST_ROUNDS: Final = 10
"""After which others, who write faster than this indexes, have to wait."""

_FILES_APART: Final = 1_000
"""Between the files of a rebuild and those of the one that it goes on from, whose processes may not have ended yet."""


class Rebuild:
    """One rebuild, whose lock the caller holds (``DataFolder.rebuilding``)."""

    def __init__(self, folder: DataFolder, store: Store, settings: IndexSettings, *, fresh: bool) -> None:
        """Begin, or go on from where an earlier one was stopped; the caller holds the writer's lock too.

        Args:
            fresh: whether to begin anew in any case, and to take the store as it is, even if it knows fewer changes
                than the index.
        """
        self._folder = folder
        self._settings = settings
        if not fresh:
            refuse_older_store(folder, store)
        self.num_resumed = 0
        """How many articles need not be indexed again."""
        unfinished = folder.read_rebuild()
        draft = None if fresh or unfinished is None else self._resume(unfinished)
        self._draft = draft or self._begin()
        self._draft.on_segment = self._record
        self._record()
        folder.sweep_rebuild()

    def _resume(self, unfinished: UnfinishedRebuild) -> Draft | None:
        """A draft of what an earlier rebuild had finished; None when it is of other rules, or damaged."""
        if unfinished.stamps != current_stamps():
            return None
        draft = Draft(self._folder, self._settings, empty_snapshot(), prefix=unfinished.prefix)
        try:
            draft.adopt(unfinished, files_apart=_FILES_APART)
        except IndexCorrupt:
            return None
        self.num_resumed = sum(segment.num_docs for segment in unfinished.segments)
        return draft

    def _begin(self) -> Draft:
        prefix = f"r{self._folder.free_rebuild_number():08d}-"
        return Draft(self._folder, self._settings, empty_snapshot(), prefix=prefix)

    def _record(self) -> None:
        self._folder.write_rebuild(self._draft.unfinished())

    def build(self, store: Store, *, progress: Progress | None = None) -> None:
        """Index what the store has, and what comes meanwhile, up to few changes; others may write."""
        for _ in range(_MOST_ROUNDS):
            journal = store.journal
            self._draft.reconcile(store, journal, progress)
            if store.journal - journal <= _FEW_CHANGES:
                break
        self._draft.merge()
        self._draft.link(store)
        self._draft.verify()

    def commit(self, store: Store) -> int:
        """Index the last changes, and make this generation current; the caller holds the writer's lock.

        Returns:
            The number of the generation.
        """
        journal = store.journal
        self._draft.reconcile(store, journal, None)
        self._draft.merge()
        self._draft.link(store)
        self._draft.verify()
        generation = self._draft.commit(
            journal=journal,
            generation=self._folder.highest_generation() + 1,
            next_file=self._folder.free_file_number(),
        )
        self._folder.end_rebuild()
        return generation
