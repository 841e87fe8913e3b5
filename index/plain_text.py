"""Plain text: what a source's characters become before anything else looks at them.

Exports and feeds carry HTML entities (often escaped twice), decomposed accents, three kinds of line ends and stray
control characters. All of it is settled here, once, so that the rest of the package sees NFC text and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from html.entities import html5

# Each layer of escaping costs a pass over the text; honest exports have two. The bound keeps a text that was nested on
# purpose from costing the square of its length.
MAX_PASSES = 8

APOSTROPHES = "'’‘ʼʹ´`′＇"
"""What is typed or printed for an apostrophe."""

MAX_MARKS = 30
"""Combining marks in a row that are kept: as many as Unicode's Stream-Safe Text Format (UAX 15) knows of."""

_LINE_END = re.compile("[\r\v\f\u0085\u2028\u2029]")
# C0 and C1 controls but for tab and line feed, and lone surrogates, which no encoding can carry.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_TO_SETTLE = re.compile("[&\r\v\f\u2028\u2029\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_AMPERSANDS = re.compile(r"&(?:amp;|AMP;|#0{0,5}38;|#[xX]0{0,5}26;)+")
# Only with its semicolon: HTML also reads "&not" in "R&notizie", which would turn a company's name into "R¬izie".
_ENTITY = re.compile(
    r"&(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));"
)
_BLANKS = re.compile(r"[ \t\n]+")
_FAR_LETTERS = re.compile(rf"[\u0300-\U0010ffff]{{{MAX_MARKS + 1},}}")  # all marks are among them; a quick look
# What may be a long run of marks: neither letters, digits nor blanks, but for two marks that count as letters.
_MANY_MARKS = re.compile(rf"(?:[^\x00-\u02ff\w\s]|[\uff9e\uff9f]){{{MAX_MARKS + 1},}}")
# The numbers 128 to 159 are controls in Unicode, but pages that use them mean the letters of Windows-1252.
_WINDOWS = {number: bytes([number]).decode("cp1252", "replace") for number in range(128, 160)}


def clean_text(text: str) -> str:
    """Running text as the archive keeps it.

    Entities are resolved however often they were escaped, letters composed (NFC), line ends made line feeds, other
    control characters but for the tab dropped, blanks taken off both ends. Cleaning a clean text changes nothing.

    Raises:
        ValueError: entities are nested deeper than any export does by accident.
    """
    if _TO_SETTLE.search(text) is None and unicodedata.is_normalized("NFC", text):
        return text.strip()
    for _ in range(MAX_PASSES):
        # One pass can make work for another: a dropped control or a composed letter may complete an entity.
        settled = with_few_marks(_UNWANTED.sub("", _LINE_END.sub("\n", text.replace("\r\n", "\n"))))
        settled = unicodedata.normalize("NFC", _ENTITY.sub(_resolved, _AMPERSANDS.sub("&", settled)))
        if settled == text:
            return text.strip()
        text = settled
    raise ValueError(f"its HTML entities are nested more than {MAX_PASSES} deep; escape the text once at most")


def clean_line(text: str) -> str:
    """The same for what stands on one line, as a title or a name: runs of blanks and line ends become one blank.

    Raises:
        ValueError: as ``clean_text``.
    """
    return _BLANKS.sub(" ", clean_text(text))


def foreign_byte(line: bytes) -> int | None:
    """The first byte that makes a line no UTF-8 text; None when it is."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return line[error.start]
    return None


def with_few_marks(text: str) -> str:
    """The text without the combining marks beyond MAX_MARKS in a row, to be normalized in time linear in its length.

    Python sorts the marks behind a letter by insertion: a million of them in the wrong order take a quarter of an hour.
    """
    if text.isascii() or _FAR_LETTERS.search(text) is None:
        return text
    return _MANY_MARKS.sub(_first_marks, text)


def _first_marks(found: re.Match[str]) -> str:
    kept: list[str] = []
    row = 0
    for char in found[0]:
        row = row + 1 if unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) else 0
        if row <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _resolved(found: re.Match[str]) -> str:
    if found["name"]:
        return html5.get(found["name"] + ";", found[0])
    number = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
    if number in _WINDOWS:
        return _WINDOWS[number]
    return chr(number) if 0 < number <= 0x10FFFF else ""
