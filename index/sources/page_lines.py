"""The lines that a news page has around an article: bylines, section paths, and what ends it ("Ultime notizie")."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from index.dates import MONTHS_IT
from index.plain_text import with_few_marks

_MAX_BYLINE_CHARS = 140
_MAX_HEADING_WORDS = 14
_MAX_SECTION_CHARS = 40

_MONTHS = {name[:length]: number for number, name in enumerate(MONTHS_IT, 1) for length in (3, 4, len(name))}
_DAYS = frozenset(
    {"lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica"}
    | {"lun", "mar", "mer", "gio", "ven", "sab", "dom"}
)
_DATE = re.compile(
    r"\b(?P<day>[0-3]?[0-9])(?:°|º|\.)?\s+(?:di\s+)?(?P<name>[A-Za-z]{3,9})\.?,?\s+(?P<year>[12][0-9]{3})\b"
    r"|\b(?P<day2>[0-3]?[0-9])(?P<border>[-/.])(?P<month2>[01]?[0-9])(?P=border)(?P<year2>[12][0-9]{3})\b"
    r"|\b(?P<year3>[12][0-9]{3})-(?P<month3>[01][0-9])-(?P<day3>[0-3][0-9])(?=\b|T)"
)
_TIME = re.compile(
    r"\s*[,T(|–—-]*\s*(?:alle(?:\s+ore)?|ore|h\.?)?\s*(?P<hour>[01]?[0-9]|2[0-3])[:.](?P<minute>[0-5][0-9])"
    r"(?:[:.][0-5][0-9])?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?\b\)?"
)
_PIECE_BORDER = re.compile(r"\s*[|•·]\s*|\s+[–—-]\s+|\t+|\s*\n\s*|;\s+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_WORDS = re.compile(r"\w+")
_BRACKETS = re.compile(r"[()\[\]]")
_READING_TIME = re.compile(
    r"(?:tempo di )?lettura:? ?(?:di )?\d+ ?(?:min\w*)?|\d+ ?min\w*(?: di lettura)?|\d+ ?commenti"
)
_PUBLISHED = re.compile(
    r"(?:articolo )?(?:pubblicat[oa]|data|data di pubblicazione|pubblicazione|online|del|postato)?"
    r" ?(?:il|in data|da|dal)?"
)
_UPDATED = re.compile(r"(?:ultim[oa] )?(?:aggiornat[oa]|aggiornamento|modificat[oa]|modifica)(?: il| alle)?(?: ore)?")
_AUTHOR_LABEL = re.compile(
    r"(?:di|a cura di|da|by|autore|autrice|autori|scritto da|articolo di|testo di|pubblicato da|firma|author)\s*:?\s+",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[A-ZÀ-Ý][\w.’'-]*|d[eai]l?|della|dello|degli|lo|la|von|van)(?:\s+[\w.’'-]+){0,4}")
_SECTION_BORDERS = re.compile(r"(?<!\s)\s+[/>»›]\s+")  # from the first blank of a run: a long one would cost its square
_PROSE_END = (".", "!", "?", ":", ";", ",")


@dataclass(frozen=True, slots=True)
class Byline:
    """What a line under a title says: dates as ISO text ("" for none), names of authors."""

    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    has_weekday: bool = False


def fold_line(line: str) -> str:
    """The line for comparing: lower case, without accents, punctuation and a leading number ("1. ", "3 ")."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", with_few_marks(line.casefold())))
    return re.sub(r"^[0-9]+ ", "", " ".join(_WORDS.findall(bare)))


def ends_article(line: str) -> bool:
    """Whether what follows the line is not the article: "Ultime notizie", "Se questo articolo ti è piaciuto"."""
    if len(line) > 160:
        return False
    folded = fold_line(line)
    begins = _furniture()["ends begin"]
    return folded in _furniture()["ends"] or (
        len(folded.split()) <= _MAX_HEADING_WORDS and any(_begins(folded, beginning) for beginning in begins)
    )


def is_box(line: str) -> bool:
    """Whether the line belongs to a box inside or beside the article: "Leggi anche", "Condividi", "Facebook"."""
    if len(line) > 200:
        return False
    folded = fold_line(line)
    return folded in _furniture()["boxes"] or any(_begins(folded, start) for start in _furniture()["boxes begin"])


def is_box_heading(line: str) -> bool:
    """Whether the line is nothing but the heading of such a box, whose links stand under it."""
    return len(line) <= 60 and fold_line(line) in _furniture()["boxes"]


def furniture_names() -> frozenset[str]:
    """The words that, in an element's class or id, tell that it is not the article."""
    return _furniture()["names"]


def read_byline(line: str) -> Byline | None:
    """Read a line that consists of dates, times and authors and nothing else; None when it says anything more.

    Reads "13-03-2026", "Pubblicato il 13 marzo 2026 alle 10:30", "di Mario Rossi", "Anna Neri | 13/03/2026".
    A name by itself is no byline: it may as well be a heading.
    """
    if not line.strip() or len(line) > _MAX_BYLINE_CHARS:
        return None
    reader = _BylineReader()
    pieces = (piece.strip(" ,") for piece in _PIECE_BORDER.split(_BRACKETS.sub(" | ", line)))
    if not all(reader.take(piece) for piece in pieces if piece):
        return None
    return reader.byline()


def read_section(line: str) -> tuple[str, ...]:
    """The section path that a line consists of, "A / B" or "Home > A > B", without the home page; () when it is none.

    A single name is not told from a heading here: only its place on the page can tell.
    """
    parts = [part.strip() for part in _SECTION_BORDERS.split(line.strip())]
    if not 2 <= len(parts) <= 6 or not all(map(is_section_name, parts)):
        return ()
    return tuple(part for part in parts if fold_line(part) not in ("home", "home page", "homepage"))


def is_section_name(text: str) -> bool:
    """Whether a text could be the name of a section: a few words, no sentence."""
    return (
        0 < len(text) <= _MAX_SECTION_CHARS
        and len(text.split()) <= 5
        and not text.endswith(_PROSE_END)
        and "|" not in text
        and any(char.isalpha() for char in text)
    )


class _BylineReader:
    """Takes the pieces of a line one by one, until one of them is no part of a byline."""

    def __init__(self) -> None:
        self._published = self._updated = ""
        self._signed: list[str] = []
        self._named: list[str] = []  # names without a "di" count only beside a date
        self._has_weekday = self._is_update_next = False

    def byline(self) -> Byline | None:
        if not (self._published or self._updated or self._signed):
            return None
        authors = tuple(dict.fromkeys(self._signed or self._named))
        return Byline(self._published, self._updated, authors, self._has_weekday)

    def take(self, piece: str) -> bool:
        """Whether the piece is one of a byline; it is noted if so."""
        found = _find_date(piece)
        return self._take_words(piece) if found is None else self._take_date(*found)

    def _take_words(self, piece: str) -> bool:
        folded = fold_line(piece)
        if _TIME.fullmatch(piece):
            # The clock of the date before it: "4 febbraio 2025 - 14:41".
            if self._updated:
                self._updated = _with_time(self._updated, piece)
            elif self._published:
                self._published = _with_time(self._published, piece)
            return bool(self._updated or self._published)
        if _is_signature(piece):
            self._signed.extend(_author_names(piece))
        elif folded and _UPDATED.fullmatch(folded):
            self._is_update_next = True
        elif not (
            folded in _DAYS or _READING_TIME.fullmatch(piece.lower()) or (folded and _PUBLISHED.fullmatch(folded))
        ):
            self._named.extend(_author_names(piece))
            return _is_name(piece)
        return True

    def _take_date(self, before: str, moment: str, after: str) -> bool:
        words = fold_line(before).split()
        label = " ".join(word for word in words if word not in _DAYS)
        self._has_weekday = self._has_weekday or any(word in _DAYS for word in words)
        name = before.strip(" ,-–")
        if after.strip(" ,."):
            return False
        if self._is_update_next or _UPDATED.fullmatch(label):
            self._updated = self._updated or moment
            self._is_update_next = False
            return True
        self._published = self._published or moment
        if _PUBLISHED.fullmatch(label):
            return True
        if _is_signature(name):
            self._signed.extend(_author_names(name))
            return True
        self._named.extend(_author_names(name))
        return _is_name(name)


def _find_date(piece: str) -> tuple[str, str, str] | None:
    """The text before a date, the date with its time as ISO text, and the text after it."""
    for found in _DATE.finditer(piece):
        if found["name"]:
            month = _MONTHS.get(found["name"].lower(), 0)
            numbers = (int(found["year"]), month, int(found["day"]))
        else:
            suffix = "2" if found["year2"] else "3"
            numbers = (int(found["year" + suffix]), int(found["month" + suffix]), int(found["day" + suffix]))
        try:
            moment = date(*numbers).isoformat()
        except ValueError:
            continue
        after = piece[found.end() :]
        clock = _TIME.match(after)
        if clock:
            return piece[: found.start()], _with_time(moment, after), after[clock.end() :]
        return piece[: found.start()], moment, after
    return None


def _with_time(moment: str, text: str) -> str:
    clock = _TIME.match(text)
    if clock is None or "T" in moment:
        return moment
    return f"{moment}T{int(clock['hour']):02}:{clock['minute']}:00{clock['zone'] or ''}"


def _is_signature(text: str) -> bool:
    """Whether a text is "di Mario Rossi" or the like. After "di" only full names: "Di Maio e Salvini" is none."""
    label = _AUTHOR_LABEL.match(text)
    if label is None or not _is_name(text[label.end() :]):
        return False
    names = _author_names(text)
    is_plain = fold_line(label[0]) in ("di", "da", "by")
    return not is_plain or all(len(name.split()) > 1 or name.startswith("Redazione") for name in names)


def _is_name(text: str) -> bool:
    """Whether it could be persons or a newsroom: names of up to five words, joined by commas and "e"."""
    parts = re.split(r"\s*,\s*|\s+e\s+", text)
    return all(_NAME.fullmatch(part) and part[0].isupper() for part in parts) and not text.endswith(_PROSE_END)


def _author_names(text: str) -> list[str]:
    label = _AUTHOR_LABEL.match(text)
    names = re.split(r"\s*,\s*|\s+e\s+", text[label.end() :] if label else text)
    return [name.strip() for name in names if name.strip()]


def _begins(folded: str, beginning: str) -> bool:
    return folded == beginning or folded.startswith(beginning + " ")


@cache
def _furniture() -> dict[str, frozenset[str]]:
    """The lists of page_furniture.txt. Read at the first call, so that importing opens no file."""
    lists: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in files(__package__).joinpath("page_furniture.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            current = lists.setdefault(line.strip("[] "), set())
        elif line.strip() and not line.startswith("#"):
            current.add(fold_line(line))
    return {name: frozenset(lines) for name, lines in lists.items()}
