"""The lists that editors keep: synonyms and names, our own for Italian news and those of the data folder.

``synonyms.txt``: a line is words that mean the same, ``UE = Unione europea``; or, one way, ``premier > presidente del
Consiglio``: who asks for the left also finds the right. ``- UE`` takes out every line above that has UE.
``names.txt``: a line is a name as it is printed, ``Meloni``; ``- Governo`` is no name, whatever the archive teaches.
In both, blank lines are skipped, and so is what follows a # that opens a line or a word.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from index.italian import normalize

SYNONYMS_FILE: Final = "synonyms.txt"
NAMES_FILE: Final = "names.txt"
MAX_WORDS: Final = 10
MAX_TERMS: Final = 50
"""On one line of synonyms: each is sought for each other."""
MAX_CHARS: Final = 1_000_000
MAX_LOGGED: Final = 20
"""Faults of the lists that are told one by one."""

_COMMENT = re.compile(r"(?:^|\s)#.*")  # not the sign of C#
_log = logging.getLogger("emeroteca.search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym:
    """One way to say something, and another that is sought with it; each as its words."""

    typed: tuple[str, ...]
    sought: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lists:
    """Synonyms and names.

    Attributes:
        synonyms: in the order of the lists.
        names: as printed, each one word; never inflected.
        common_words: capitalised words that are no names.
        faults: a sentence for each line that could not be read.
    """

    synonyms: tuple[Synonym, ...] = ()
    names: frozenset[str] = frozenset()
    common_words: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()


@cache
def _own_text(name: str) -> str:
    return Path(__file__).with_name("data").joinpath(name).read_text(encoding="utf-8")


class ListsOfFolder:
    """The lists of a data folder, read again when a file has changed."""

    def __init__(self, folder: Path) -> None:
        self._paths = (folder / SYNONYMS_FILE, folder / NAMES_FILE)
        self._read: tuple[tuple[tuple[int, int], ...], Lists] | None = None

    def version(self) -> tuple[tuple[int, int], ...]:
        """Time and size of the files, which change with what they say; the same in every process that looks."""
        return tuple(map(_version, self._paths))

    def current(self) -> Lists:
        """The lists as they are now; what is wrong with them is logged once after each change."""
        seen = self.version()
        known = self._read  # version and lists together, so that threads never pair the one with another's
        if known is None or known[0] != seen:
            known = self._read = (seen, _read(self._paths))
            for fault in known[1].faults[:MAX_LOGGED]:
                _log.warning("list: %s", fault)
            if (more := len(known[1].faults) - MAX_LOGGED) > 0:
                _log.warning("list: %s: %d more lines were left out", self._paths[0].parent, more)
        return known[1]


def _version(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size


def _read(paths: Iterable[Path]) -> Lists:
    faults: list[str] = []
    groups = _Groups()
    names: dict[str, bool] = {}
    own = [(Path(name), _own_text(name)) for name in (SYNONYMS_FILE, NAMES_FILE)]
    theirs = [(path, text) for path in paths if (text := _text_of(path, faults)) is not None]
    for path, text in (*own, *theirs):
        for number, line in _lines(text):
            fault = _read_name(line, names) if path.name == NAMES_FILE else _read_synonyms(line, groups)
            if fault is not None:
                faults.append(f"{path}:{number}: {fault}; the line was left out")
    return Lists(
        synonyms=tuple(dict.fromkeys(groups.synonyms())),
        names=frozenset(name for name, is_name in names.items() if is_name),
        common_words=frozenset(name for name, is_name in names.items() if not is_name),
        faults=tuple(faults),
    )


def _text_of(path: Path, faults: list[str]) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{path}: cannot be read ({error}); save it as UTF-8 text; the file was left out")
        return None
    if len(text) > MAX_CHARS:
        faults.append(f"{path}: has {len(text):,} characters; allowed: up to {MAX_CHARS:,}; the file was left out")
        return None
    return normalize(text)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if said := (_COMMENT.sub("", line) if "#" in line else line).strip():
            yield number, said


def _read_name(line: str, names: dict[str, bool]) -> str | None:
    is_name = not line.startswith("- ")
    name = line.removeprefix("- ").strip()
    if len(name.split()) != 1 or not name[0].isupper():
        return f"{line[:60]!r} is not one word with a capital; allowed: a name a line, as it is printed"
    names[name] = is_name
    return None


class _Groups:
    """The lines of synonyms so far."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[tuple[str, ...], bool]] = {}
        self._having: dict[str, list[int]] = {}  # term -> the lines that had it
        self._added = 0

    def add(self, terms: tuple[str, ...], *, is_one_way: bool) -> None:
        """Take in a line."""
        self._added += 1
        self._lines[self._added] = terms, is_one_way
        for term in dict.fromkeys(terms):
            self._having.setdefault(term, []).append(self._added)

    def take_out(self, term: str) -> bool:
        """Take out each line that has a term; False when there is none."""
        gone = [self._lines.pop(line, None) for line in self._having.pop(term, [])]
        return any(line is not None for line in gone)

    def synonyms(self) -> Iterator[Synonym]:
        """Each term of a line with each other; with those on its right only, where the line is one-way."""
        for terms, is_one_way in self._lines.values():
            for at, typed in enumerate(terms[:1] if is_one_way else terms):
                for other, sought in enumerate(terms):
                    if other != at and sought != typed:
                        yield Synonym(typed=tuple(typed.split()), sought=tuple(sought.split()))


def _read_synonyms(line: str, groups: _Groups) -> str | None:
    if line.startswith("- "):
        gone = line[2:].strip()
        return (
            None if groups.take_out(gone) else f"no line above has {gone[:60]!r}; allowed: words of a line to take out"
        )
    is_one_way = ">" in line
    terms = tuple(" ".join(term.split()) for term in line.split(">" if is_one_way else "="))
    if len(terms) < 2 or not all(terms) or (is_one_way and "=" in line):
        return f"{line[:60]!r} is not a line of synonyms; allowed: 'UE = Unione europea', or 'a > b' for one way"
    if any(len(term.split()) > MAX_WORDS for term in terms):
        return f"a synonym has more than {MAX_WORDS} words; allowed: up to {MAX_WORDS}"
    if len(terms) > MAX_TERMS:
        return f"the line has {len(terms):,} synonyms; allowed: up to {MAX_TERMS}"
    groups.add(terms, is_one_way=is_one_way)
    return None
