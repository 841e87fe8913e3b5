"""The dictionary of Italian that the rules of inflection ask: simplemma's, form -> lemma.

It is large and good, and wrong in places: it takes nouns for verbs that look like them (drago, "I dredge"). So nobody
follows it blindly: ``lemma`` weighs what it says by the rules in ``nouns`` and ``verbs``, and our own lists go first.

simplemma keeps it compressed, and making a ``dict`` of it takes half a second and 50 MB in every process that asks one
word. So what it says is written once to a file beside the bytecode of this module, as Numba does with its kernels, and
mapped from there: a table of hashes that processes share through the page cache. Where that folder cannot be written,
simplemma's own is used, and is as right.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from typing import Final

_KEPT = 1 << 17

_HEADER: Final = struct.Struct("<8sQ")
"""The magic bytes and the size of the file, by which one that was cut off is known."""

_MAGIC: Final = b"EMERDIC1"
_SLOTS: Final = 1 << 20
"""Of the table: more than twice the words of the dictionary, so that one is found at the first or second look."""


@cache
def _lookup() -> Callable[[str], str | None]:
    """What finds the lemma of a word, or None."""
    path = _file()
    if path is not None and (mapped := MappedDictionary.open(path)) is not None:
        return mapped.find
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    loaded = DefaultDictionaryFactory().get_dictionary("it")
    if path is None:
        return loaded.get
    with suppress(OSError):
        write_dictionary(path, loaded)
    mapped = MappedDictionary.open(path)
    return loaded.get if mapped is None else mapped.find


def _file() -> Path | None:
    """Where what simplemma says is kept, in a file of its own for each release; None where no release is found."""
    # To read the version of an installed package would take 25 ms.
    spec = find_spec("simplemma")
    folders = [] if spec is None else [*(spec.submodule_search_locations or ())]
    try:
        status = Path(*folders, "strategies", "dictionaries", "data", "it.plzma").stat()
    except OSError:
        return None
    release = f"{status.st_size}-{status.st_mtime_ns}"
    return Path(cache_from_source(__file__)).with_name(f"simplemma-{release}-it.dictionary")


class MappedDictionary:
    """Words and their lemmas in a file, which is mapped and never read as a whole.

    Layout: the header; a table of _SLOTS offsets, 0 for an empty slot; then for each word its text, a zero byte, its
    lemma, a zero byte. A word is in the first slot from its CRC-32 on that was free when it was written.
    """

    def __init__(self, file: mmap.mmap) -> None:
        self._file = file
        self._slots = memoryview(file)[_HEADER.size : _HEADER.size + 4 * _SLOTS].cast("I")

    @classmethod
    def open(cls, path: Path) -> MappedDictionary | None:
        """The dictionary of a file, or None where there is none that is whole."""
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # mmap refuses an empty file
            return None
        is_whole = len(mapped) > _HEADER.size and _HEADER.unpack_from(mapped) == (_MAGIC, len(mapped))
        return cls(mapped) if is_whole else None

    def find(self, word: str) -> str | None:
        """The lemma of a word in lower case, or None."""
        raw = word.encode()
        slot = zlib.crc32(raw) % _SLOTS
        wanted = raw + b"\0"
        while start := self._slots[slot]:
            end = start + len(wanted)
            if self._file[start:end] == wanted:
                return self._file[end : self._file.find(b"\0", end)].decode()
            slot = (slot + 1) % _SLOTS
        return None


def write_dictionary(path: Path, lemmas: Mapping[str, str]) -> None:
    """Write a dictionary for ``MappedDictionary``; who opens it meanwhile sees none, or the whole.

    Args:
        lemmas: word -> lemma, fewer than _SLOTS; words that are not in lower case are never asked for, and left out.
    Raises:
        OSError: the folder cannot be written.
    """
    slots = array("I", bytes(4 * _SLOTS))
    texts: list[bytes] = []
    at = _HEADER.size + 4 * _SLOTS
    for word, lemma in lemmas.items():
        if word != word.lower():
            continue
        raw = word.encode()
        slot = zlib.crc32(raw) % _SLOTS
        while slots[slot]:
            slot = (slot + 1) % _SLOTS
        slots[slot] = at
        texts.append(b"%b\0%b\0" % (raw, lemma.lower().encode()))
        at += len(texts[-1])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(b"".join((_HEADER.pack(_MAGIC, at), slots.tobytes(), *texts)))
            file.flush()
            os.fsync(file.fileno())  # one that is half on the disk would know no word
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@lru_cache(maxsize=_KEPT)
def known_lemma(word: str) -> str | None:
    """The lemma that the dictionary gives to a lower-case word, in lower case; None for a word that it lacks."""
    lemma = _lookup()(word)
    return None if lemma is None else lemma.lower()


def is_known(word: str) -> bool:
    """Whether the dictionary has a lower-case word."""
    return known_lemma(word) is not None
