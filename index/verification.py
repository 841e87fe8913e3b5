"""Verification: whether an archive holds what was written to it, and whether index and store agree."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from index.columns import REBUILD, file_checksum, unpack_strings
from index.errors import unreadable
from index.generation import DataFolder, Manifest
from index.snapshot import read_snapshot
from index.store import Store


def verify(data_dir: Path) -> list[str]:
    """What is wrong with an archive: a sentence for each damaged file and each article not in both store and index."""
    folder = DataFolder(data_dir)
    folder.check()
    held = folder.hold_current()
    if held is None:
        return []
    manifest, lock = held
    with lock:
        return _faults(folder, manifest, lock)


def _faults(folder: DataFolder, manifest: Manifest, lock: BinaryIO) -> list[str]:
    faults: list[str] = []
    for entry in manifest.files():
        path = folder.index / entry.name
        try:
            if path.stat().st_size != entry.size_bytes or file_checksum(path) != entry.crc32:
                faults.append(f"{path}: does not hold what was written to it")
        except FileNotFoundError:
            faults.append(f"{path}: is missing")
        except PermissionError as error:
            raise unreadable(path, error, REBUILD) from error
        except OSError as error:
            faults.append(f"{path}: cannot be read ({error.strerror})")
    if faults:
        return faults
    snapshot = read_snapshot(folder, manifest, lock)
    indexed: dict[int, str] = {}
    for segment in snapshot.segments:
        ids = unpack_strings(segment.columns["doc_id_text"], segment.columns["doc_id_offsets"])
        gone = set(segment.deleted_docs.tolist())
        nums = segment.columns["doc_num"].tolist()
        indexed |= {num: ids[doc].decode() for doc, num in enumerate(nums) if doc not in gone}
    store = Store(folder.store, read_only=True)
    try:
        # As of the change that the index was made at: later ones are pending, and no fault.
        stored = store.ids_at(manifest.journal)
    finally:
        store.close()
    faults += [f"article {stored[num]!r} is stored and not indexed" for num in sorted(stored.keys() - indexed.keys())]
    faults += [f"article {indexed[num]!r} is indexed and not stored" for num in sorted(indexed.keys() - stored.keys())]
    return faults
