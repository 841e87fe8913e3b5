"""The writer: brings the index to the state of the store by small commits."""

from __future__ import annotations

import numpy as np

from index.draft import Draft, Progress
from index.errors import IndexCorrupt, IndexOutdated
from index.generation import DataFolder, check_file
from index.manifest import current_stamps
from index.settings import IndexSettings
from index.snapshot import empty_snapshot, read_snapshot
from index.store import Store


class Writer:
    """Writes one generation; use one for each commit, under the writer's lock."""

    def __init__(self, folder: DataFolder, store: Store, settings: IndexSettings) -> None:
        self._folder = folder
        self._store = store
        self._settings = settings

    def catch_up(self, *, progress: Progress | None = None) -> int:
        """Commit all changes that the current generation lacks; returns the current generation's number.

        Keys that were computed by other rules are computed anew, without touching a posting.
        """
        manifest = self._folder.read_manifest()
        before = empty_snapshot() if manifest is None else read_snapshot(self._folder, manifest)
        refuse_older_store(self._folder, self._store)
        changes = self._store.changes_since(before.manifest.journal)
        has_old_keys = before.manifest.keys != current_stamps().keys
        if not changes.came and not changes.went and not has_old_keys:
            return before.generation
        if manifest is not None:
            check_file(self._folder, manifest.counters)  # what is damaged must not get a checksum that is right
        draft = Draft(self._folder, self._settings, before)
        if has_old_keys:
            draft.compute_keys()
        draft.delete(np.array(changes.went, dtype=np.int64))
        draft.take_in(self._store, np.array(changes.came, dtype=np.int64), progress)
        draft.merge()
        draft.link(self._store)
        return draft.commit(journal=changes.journal, generation=before.generation + 1)


def refuse_older_store(folder: DataFolder, store: Store) -> None:
    """A store that knows fewer changes than the index is not the one it was made from: nothing must follow it.

    Where the index cannot tell how many it knows, a rebuild heals it.

    Raises:
        IndexCorrupt: it does.
    """
    try:
        manifest = folder.read_manifest()
    except (IndexCorrupt, IndexOutdated):
        return
    known = 0 if manifest is None else manifest.journal
    if store.journal < known:
        raise IndexCorrupt(
            store.path,
            f"has {store.journal} changes where the index knows of {known}",
            "restore the newest copy of the store, and run `emeroteca rebuild --fresh` to take it as it is",
        )
