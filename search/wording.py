"""Italian for readers: how numbers and counts are said, and the dates, fields and lists of words of ``understood``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from index.dates import MONTHS_IT, format_day_it

PLACES = {"title": "nel titolo", "lead": "nel sommario", "body": "nel testo", "tags": "fra i tag"}
_VALUES = {
    "section": "nella sezione",
    "site": "sulla testata",
    "author": "dell'autore",
    "tag": "con il tag",
}
_NO_VALUES = {"section": "nessuna sezione", "site": "nessuna testata", "author": "nessun autore", "tag": "nessun tag"}
MAX_SHOWN_CHARS = 60

_VOWEL_FIRST = re.compile(r"(?:1(?![.])|8|11|8[0-9]{1,2})(?![0-9º])")


def number(count: int) -> str:
    """A whole number as Italians print it: 12.345."""
    return f"{count:_}".replace("_", ".")


def counted(count: int, one: str, many: str) -> str:
    """ "1 articolo", "12 articoli"."""
    return f"{number(count)} {one if count == 1 else many}"


def articles(count: int) -> str:
    """ "1 articolo", "12 articoli"."""
    return counted(count, "articolo", "articoli")


def stories(count: int) -> str:
    """ "1 storia", "12 storie"."""
    return counted(count, "storia", "storie")


def shown(text: str) -> str:
    """A typed text, cut where it would fill the line."""
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"


def term(field: str, text: str) -> str:
    """A word, or a filter by a value: "nella sezione Economia"."""
    return f"{_VALUES[field]} {shown(text)}" if field in _VALUES else shown(text)


def phrase(words: Sequence[str], slop: int) -> str:
    """Quoted words: "«a b»", or with how far apart they may stand."""
    quoted = f"«{shown(' '.join(words))}»"
    return quoted if slop <= 1 else f"{quoted} a distanza massima {slop}"


def prefix(field: str, text: str) -> str:
    """The words, or the values, that begin so."""
    named = f"{_VALUES[field]} che inizia" if field in _VALUES else "parole che iniziano"
    return f"{named} con {shown(text)}"


def similar(field: str, text: str, typos: int) -> str:
    """The words, or the values, that are this one but for a few letters."""
    named = f"{_VALUES[field]} simile" if field in _VALUES else "parole simili"
    return f"{named} a {shown(text)} ({'un errore' if typos == 1 else f'{typos} errori'} al massimo)"


def unknown_value(field: str, text: str, known: Sequence[str]) -> str:
    """A value that no article has; ``known``: some that it may have been meant for."""
    others = f"ci sono, per esempio, {listed(known)}" if known else "l'archivio non ne ha"
    return f"{_NO_VALUES[field]} corrisponde a «{shown(text)}»: {others}"


def listed(parts: Sequence[str], joint: str = "e") -> str:
    """ "a", "a e b", "a, b e c"."""
    return f" {joint} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def days(since: date | None, until: date | None) -> str:
    """The days from ``since`` up to, but without, ``until``; at least one of them is given."""
    if since is None:
        return "" if until is None else f"prima {with_article('del', format_day_it(until))}"
    if until is None:
        return with_article("dal", format_day_it(since))
    last = until - timedelta(days=1)
    if since == last:
        return with_article("il", format_day_it(since))
    if (since.month, since.day, until.month, until.day) == (1, 1, 1, 1) and until.year == since.year + 1:
        return f"nel {since.year}"
    if since.day == until.day == 1 and (since.year, since.month) == (last.year, last.month):
        return f"nel mese di {MONTHS_IT[since.month - 1]} {since.year}"
    return f"{with_article('dal', format_day_it(since))} {with_article('al', format_day_it(last))}"


def with_article(article: str, text: str) -> str:
    """An article before what begins with a number: "dal 13 marzo 2026", but "dall'8 marzo 2026", "l'81 per cento".

    It is elided where the word of the number begins with a vowel: uno, otto, undici, ottanta. (1º is "primo".)
    """
    if _VOWEL_FIRST.match(text) is None:
        return f"{article} {text}"
    return f"{'' if article == 'il' else article}l'{text}"
