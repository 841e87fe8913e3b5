"""What was typed, made safe to parse: plain quotes in pairs, brackets in balance, bounded length, readable dates.

No grammar lives here, that is ``search.language``; and nothing here is an error. What cannot be used becomes a blank
or a plain word, and a note in Italian says so.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from index.dates import MONTHS_IT, DateRange, parse_day_range
from index.italian import is_stop_word
from index.italian.marks import SHOUTED_WORD_LETTERS

AND_WORDS: Final = ("E", "AND")
OR_WORDS: Final = ("O", "OR")
NOT_WORDS: Final = ("NON", "NOT")
OPERATORS: Final = AND_WORDS + OR_WORDS + NOT_WORDS
"""Words that are operators where they are typed in capitals."""

MAX_CHARS = 4_000
MAX_WORDS = 200
MAX_WORD_CHARS = 300
# whoosh's filters call themselves once or twice a level; nobody means more levels than this.
MAX_DEPTH = 12

# Opening sign -> the signs that close it. German and Swedish habits turn up in pasted text: „a“, »a«, ”a”.
_CLOSERS = {
    '"': '"\uff02\u201d',
    "\uff02": '"\uff02',
    "\u201c": '\u201d"',
    "\u201d": '\u201d"',
    "\u201e": "\u201c\u201d",
    "\u201f": "\u201d\u201c",
    "«": "»",
    "»": "«»",
}
_OPENS_ANYWHERE = "\u201c\u201e\u201f«"
_QUOTES = re.compile(f"[{''.join(_CLOSERS)}]")

# Python takes the control characters that once parted files and records for white space.
_BLANKS = re.compile(r"[^\S\x1c-\x1f]*")

_DATE_VALUE = re.compile(
    r'"(?P<quoted>[^"]{0,60})"'
    r"|\[\ *(?P<since>[^][\"]{0,60}?)\ *(?<=[\ \[])(?:TO|AL?)(?=[\ \]])\ *(?P<until>[^][\"]{0,60}?)\ *\]"
    r'|(?P<words>[^][\s()"]+(?:\ [^][\s()"]+){0,3})',
    re.IGNORECASE,
)

_BESIDE_DATES = frozenset({"dopo", "prima", "entro", "fino", "oltre", "primo", "verso", *MONTHS_IT})
"""Words beside a date that make it part of something longer."""

_ITALIAN_OPERATOR = re.compile(r"(?<!\S)(?:E|O|NON)(?!\S)")
_NO_WORDS = re.compile(rf'["()*~:]|(?<!\S)(?:-|(?:{"|".join(OPERATORS)})(?!\S))')
_DATE = re.compile(
    rf"""(?<!\S)(?:(?:a|di|in|nel|del|il|al)\ )?(?P<date>
      (?:[0-9]{{1,2}}[º°]?\ )?(?:{"|".join(MONTHS_IT)})\ (?:19|20)[0-9]{{2}}
    | [0-9]{{1,2}}/[0-9]{{1,2}}/(?:19|20)[0-9]{{2}}
    )(?!\S)""",
    re.IGNORECASE | re.VERBOSE,
)


def is_blank(text: str) -> bool:
    """Whether nothing was typed but blanks; control characters and what is not seen are something, if no word."""
    return _BLANKS.fullmatch(text) is not None


def clean(text: str, notes: list[str]) -> str:
    """Make a typed text parseable, keeping every word as it was typed.

    Args:
        text: anything at all.
        notes: what was left out is added to it, in Italian.
    Returns:
        At most MAX_WORDS words of at most MAX_WORD_CHARS, in NFC, without control characters and lone surrogates, the
        only white space blanks. Double quotes are all '"', an even number, none of them inside a pair; outside of them
        the round brackets are in balance and at most MAX_DEPTH deep. Empty when nothing is left.
    """
    if len(text) > MAX_CHARS:
        notes.append(f"considerati solo i primi {MAX_CHARS} caratteri")
        text = text[:MAX_CHARS]
    chunks = unicodedata.normalize("NFC", text if text.isprintable() else _visible(text)).split()
    words = [chunk for chunk in chunks if len(chunk) <= MAX_WORD_CHARS]
    if len(words) < len(chunks):
        notes.append(f"ignorate le parole di più di {MAX_WORD_CHARS} caratteri")
    if len(words) > MAX_WORDS:
        notes.append(f"considerate solo le prime {MAX_WORDS} parole")
    return _balance_brackets(_pair_quotes(" ".join(words[:MAX_WORDS]), notes), notes).strip()


def _visible(text: str) -> str:
    """A text without what is not seen, and with blanks for white space and control characters."""
    # Format characters (soft hyphens, zero-width joiners, marks of direction) come with pasted text.
    kept = (char for char in text if unicodedata.category(char) != "Cf")
    return "".join(" " if char.isspace() or unicodedata.category(char) in ("Cc", "Cs") else char for char in kept)


def _pair_quotes(text: str, notes: list[str]) -> str:
    """Turn each pair of double quotes into '"' and every other double quote into a blank."""
    chars = list(_QUOTES.sub(" ", text))
    position = 0
    stray = False
    while found := _QUOTES.search(text, position):
        start, sign = found.start(), found[0]
        position = start + 1
        # A straight sign after a letter or a digit opens nothing: 27" is a size.
        opens = sign in _OPENS_ANYWHERE or start == 0 or not text[start - 1].isalnum()
        ends = [end for closer in _CLOSERS[sign] if (end := text.find(closer, start + 1)) >= 0] if opens else []
        if ends:
            chars[start] = chars[min(ends)] = '"'
            position = min(ends) + 1
        else:
            stray = True
    if stray:
        notes.append("ignorate le virgolette spaiate")
    return "".join(chars)


def _balance_brackets(text: str, notes: list[str]) -> str:
    """Drop closing brackets that close nothing and levels beyond MAX_DEPTH; close at the end what stands open."""
    chars = list(text)
    is_quoted = False
    depth = 0
    stray = deep = False
    for position, char in enumerate(text):
        if char == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif char == "(":
            depth += 1
            if depth > MAX_DEPTH:
                chars[position] = " "
                deep = True
        elif char == ")":
            if depth == 0 or depth > MAX_DEPTH:
                chars[position] = " "
            stray = stray or depth == 0
            depth = max(0, depth - 1)
    if stray or depth:
        notes.append("corrette le parentesi spaiate")
    if deep:
        notes.append(f"ignorate le parentesi oltre {MAX_DEPTH} livelli")
    return "".join(chars) + ")" * min(depth, MAX_DEPTH)


def with_date_as_published(text: str) -> str | None:
    """A cleaned question with its date as when articles were published: "attacchi data:marzo 2024", for "attacchi di
    marzo 2024".

    None where it has no month with its year, or several; where more than words is asked; and where the date is part of
    something longer, as in "da marzo 2024" or "marzo 2024 e".
    """
    dates = list(_DATE.finditer(text))
    if len(dates) != 1 or _NO_WORDS.search(text):
        return None
    (found,) = dates
    before, after = text[: found.start()].split(), text[found.end() :].split()
    if any(word.isdigit() or is_stop_word(word) or word.lower() in _BESIDE_DATES for word in before[-1:] + after[:1]):
        return None
    return " ".join((*before, f"data:{found['date']}", *after))


def without_shouted_operators(text: str) -> str:
    """A cleaned question in capitals throughout with its Italian operators in small letters, as which they are words.

    A title is pasted so: "PERCHÉ NON BASTA L'ANTIVIRUS" excludes nothing. Acronyms alone are no title ("NIS2 NON
    DORA"), and nobody prints an English operator in Italian.
    """
    if not any(len(word) >= SHOUTED_WORD_LETTERS for word in re.findall(r"[^\W\d_]+", text)):
        return text
    return _ITALIAN_OPERATOR.sub(lambda operator: operator[0].lower(), text)


def read_date_value(text: str, position: int, *, today: date, is_range_allowed: bool) -> tuple[DateRange, int] | None:
    """Read the date that stands at a position of a cleaned text.

    A date is quoted, or as many words (at most four) as make one: "marzo 2024" before "marzo". A range is
    "[2023 TO 2024]" or "[2023 A 2024]", both ends inside, either left out or "*".
    whoosh's RangePlugin is not used for it: it splits at the first "to" that it meets, as in "ottobre" and "agosto".

    Returns:
        The days, which are none in a range that runs backwards, and the position after them; None where no date that
        exists stands.
    """
    found = _DATE_VALUE.match(text, position)
    if not found:
        return None
    if found["words"] is not None:
        return _read_words(found["words"], position, today)
    days = None
    if found["quoted"] is not None:
        days = _read(found["quoted"], today)
    elif is_range_allowed:
        days = _read_range(found["since"], found["until"], today)
    return (days, found.end()) if days else None


def _read_words(text: str, position: int, today: date) -> tuple[DateRange, int] | None:
    """The longest date that the words begin with."""
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        candidate = " ".join(words[:count])
        if days := _read(candidate.rstrip(",;:.!?"), today):
            return days, position + len(candidate)
    return None


def _read_range(since: str, until: str, today: date) -> DateRange | None:
    since, until = since.strip("*"), until.strip("*")
    first, last = (_read(end, today) if end else DateRange() for end in (since, until))
    if first is None or last is None or not (since or until):
        return None
    return DateRange(since=first.since, until=last.until)


def _read(text: str, today: date) -> DateRange | None:
    try:
        return parse_day_range(text, today=today)
    except ValueError:
        return None
