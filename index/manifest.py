"""Manifests: what a generation says of itself, and by which rules it was made."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from index.columns import ALTERED, REBUILD
from index.errors import IndexCorrupt, IndexOutdated
from index.italian.stamps import key_stamp, tokenisation_stamp

INDEX_FORMAT: Final = 7
"""Of the manifest and every file that it lists; another number asks for a rebuild. 2: overflowing counts have a table,
and the lexicon lists the keys that a form asks for and what can be told of it. 3: the words of tags are postings, and
merged columns have tables of frequencies. 4: where the positions of each block of postings begin. 5: a file
of columns has a checksum of its header. 6: how often each document was read. 7: a sketch of each document, and which
documents tell the same story."""


class FileEntry(msgspec.Struct, frozen=True):
    """One immutable file: its name in ``index/``, its size and the CRC-32 of its bytes.

    Raises:
        ValueError: the name leads out of the folder, or is none; in a manifest that is read, a sign of damage.
    """

    name: str
    size_bytes: int
    crc32: int

    def __post_init__(self) -> None:
        if self.name in ("", ".", "..") or "/" in self.name or "\0" in self.name:
            raise ValueError(f"{self.name!r} is no name of a file in the index folder")


class SegmentEntry(msgspec.Struct, frozen=True):
    """One segment of a generation and its tombstones."""

    file: FileEntry
    num_docs: int
    num_deleted: int = 0
    deleted: FileEntry | None = None


class Totals(msgspec.Struct, frozen=True):
    """Integer sums over the live documents: two indexes of the same articles have the same totals, bit for bit.

    ``field_tokens`` and ``field_docs`` are by field (title, lead, body, tags): positions, and documents where it is not
    empty.
    """

    num_docs: int = 0
    undated: int = 0
    text_bytes: int = 0
    field_tokens: tuple[int, int, int, int] = (0, 0, 0, 0)
    field_docs: tuple[int, int, int, int] = (0, 0, 0, 0)


class Manifest(msgspec.Struct, frozen=True):
    """Everything that a reader must know of one generation.

    ``tokenisation`` and ``keys`` are the stamps of ``index.italian.stamps``: an index with another tokenisation cannot
    be used, one with other keys serves as it is until a writer computes them anew. ``stories`` is missing where no two
    articles tell the same one. ``seal`` is a checksum of the rest: CURRENT keeps one of the current manifest alone.
    """

    format: int
    generation: int
    created: str
    tokenisation: str
    keys: str
    journal: int
    totals: Totals
    segments: tuple[SegmentEntry, ...]
    lexicon: tuple[FileEntry, ...]
    counters: FileEntry
    values: FileEntry
    next_file: int
    positions_dropped: int = 0
    stories: FileEntry | None = None
    seal: int = 0

    @property
    def is_sealed(self) -> bool:
        """Whether it says what was written."""
        return self.seal == msgspec.structs.replace(self, seal=0)._checksum()

    def sealed(self) -> Manifest:
        """The same, with the checksum of all that it says."""
        return msgspec.structs.replace(self, seal=msgspec.structs.replace(self, seal=0)._checksum())

    def _checksum(self) -> int:
        return zlib.crc32(msgspec.json.encode(self))

    def files(self) -> Iterator[FileEntry]:
        """Every file of the generation but the manifest."""
        for segment in self.segments:
            yield segment.file
            if segment.deleted is not None:
                yield segment.deleted
        yield from self.lexicon
        yield self.counters
        yield self.values
        if self.stories is not None:
            yield self.stories


class Stamps(msgspec.Struct, frozen=True):
    """The rules by which an index is made."""

    format: int
    tokenisation: str
    keys: str


def current_stamps() -> Stamps:
    """The rules of this program."""
    return Stamps(INDEX_FORMAT, tokenisation_stamp(), key_stamp())


class UnfinishedRebuild(msgspec.Struct, frozen=True):
    """How far a rebuild has come: what a later one can go on from.

    ``prefix`` is that of its files' names, ``next_file`` the number of the next; ``values`` are those of the facets, by
    number. The parts of the lexicon have all forms that the segments print.
    """

    prefix: str
    stamps: Stamps
    next_file: int = 1
    segments: tuple[SegmentEntry, ...] = ()
    lexicon: tuple[FileEntry, ...] = ()
    values: dict[str, list[str]] = {}

    def files(self) -> Iterator[FileEntry]:
        """Every file that it has finished."""
        yield from (segment.file for segment in self.segments)
        yield from self.lexicon


class _MadeWith(msgspec.Struct, frozen=True):
    """What is read of a manifest first: one of another format may have other fields beside these."""

    format: int
    tokenisation: str


def read_manifest(path: Path, raw: bytes) -> Manifest:
    """The manifest that was written as some bytes; ``path`` is where they came from.

    Raises:
        IndexOutdated: its index was written in another format or with another tokenisation.
        IndexCorrupt: it is damaged.
    """
    try:
        made = msgspec.json.decode(raw, type=_MadeWith)
        if (made.format, made.tokenisation) != (INDEX_FORMAT, tokenisation_stamp()):
            raise IndexOutdated(
                path,
                f"the index has format {made.format} and tokenisation {made.tokenisation}, this program "
                f"{INDEX_FORMAT} and {tokenisation_stamp()}",
                REBUILD,
            )
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.MsgspecError as error:
        raise IndexCorrupt(path, f"is not a manifest ({error})", REBUILD) from error
    if not manifest.is_sealed:
        raise IndexCorrupt(path, ALTERED, REBUILD)
    return manifest
