"""Level X: the folded form (lower case, no accents, one apostrophe), and what kind of word a form is.

Acronyms, function words and elisions are told here, since all levels ask; nothing else of the grammar. (Stories are
folded in ``search.folding``, which has nothing to do with it.)
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from unidecode import unidecode

from index.italian.words import ELISIONS, STOP_WORDS, TRUNCATIONS

MARK = "\x01"
"""Stands behind a form whose capitals say nothing, since it opens a sentence or stands in a run of capitals."""

REMEMBERED = 1 << 12
"""Forms of which answers are remembered: what asks for the keys of a form asks several times."""

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_THOUSAND_WORD = re.compile(r"(\d{1,3})mila", re.IGNORECASE)
_DATE = re.compile(r"(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}))|(?:(\d{4})-(\d{2})-(\d{2}))")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")
_SIGNS = {"€": "euro", "$": "dollaro", "£": "sterlina", "‰": "permille", "%": "percento"}
_ACUTE_AND_GRAVE = str.maketrans("éèáàíìóòúù", "eeaaiioouu")


def unmarked(form: str) -> str:
    """The form as printed, without its mark."""
    return form[:-1] if form.endswith(MARK) else form


def strip_accents(text: str) -> str:
    """Lower-case text without accents; letters that carry no detachable accent (ł, ø, ß, æ) are spelt in ASCII."""
    if text.isascii():
        return text
    bare = text.translate(_ACUTE_AND_GRAVE)
    if bare.isascii():
        return bare
    split = unicodedata.normalize("NFKD", bare)
    bare = "".join(char for char in split if not unicodedata.combining(char))
    if bare.isascii():
        return bare
    # Only Latin letters are spelt out: Unidecode's guesses for other scripts would invent Italian-looking words.
    return "".join(unidecode(char).lower() if "LATIN" in unicodedata.name(char, "") else char for char in bare)


@lru_cache(maxsize=REMEMBERED)
def is_acronym(form: str) -> bool:
    """True for 2 to 6 capitals, perhaps with digits (AI, NIS2, 5G), unless marked; and for dotted letters (S.p.A.)."""
    if "." in form and _DOTTED.fullmatch(unmarked(form)):
        return True  # dots tell an acronym, whatever stands around it
    if form.endswith(MARK):
        return False
    return 2 <= len(form) <= 6 and form.isascii() and form.isalnum() and form.isupper()


@lru_cache(maxsize=1 << 14)
def fold(form: str) -> str:
    """The folded form, never empty for a token.

    Elided articles and truncations keep their apostrophe (dell', po'); an apostrophe for an accent goes (citta'), and
    so do those inside a name (D'Alema), hyphens, the dots of acronyms and of thousands, and the # and @ of tags.
    """
    text = unmarked(form)
    if text in _SIGNS:
        return _SIGNS[text]
    if text[0].isdigit():
        text = text.removesuffix("º") or text  # 1º maggio is 1 maggio
        if (match := _THOUSAND_WORD.fullmatch(text)) is not None:
            text = match[1] + "000"  # 20mila is 20.000
        if (match := _DATE.fullmatch(text)) is not None:
            return _iso_date(match) or text
        if _THOUSANDS.fullmatch(text):
            text = text.replace(".", "")
        if _NUMBER.fullmatch(text):
            return text.replace(",", ".") if text.count(",") == 1 else text
    if "." in text and _DOTTED.fullmatch(text):
        text = text.replace(".", "")
    lower = unicodedata.normalize("NFKC", text).lower()
    if lower == "pò":  # what nearly everybody means by it
        return "po'"
    text = strip_accents(lower)
    if text.endswith("'"):
        bare = text[:-1]
        return text if text in TRUNCATIONS or bare in ELISIONS else bare.replace("'", "") or text
    if len(text) > 1 and text[0] in "#@":
        text = text[1:]
    return text.replace("'", "").replace("-", "") or text or unmarked(form)


def exact_prefixes(typed: str) -> tuple[str, ...]:
    """What exact keys begin with where words begin as typed: folded, and capitals where they may be an acronym."""
    folded = fold(typed)
    return (folded, typed) if typed.isupper() and typed != folded else (folded,)


def _iso_date(match: re.Match[str]) -> str | None:
    day, month, year, *iso = match.groups()
    numbers = (int(year), int(month), int(day)) if year else tuple(map(int, iso))
    try:
        return date(*numbers).isoformat()
    except ValueError:
        return None


_FOLDED_STOP_WORDS = frozenset(strip_accents(word) for word in STOP_WORDS)


@lru_cache(maxsize=REMEMBERED)
def is_stop_word(form: str) -> bool:
    """True when the form is a function word: lower or title case, or capitals that say nothing."""
    text = unmarked(form)
    if len(text) > 1 and text.isupper() and text.isascii() and not form.endswith(MARK) and not text.endswith("'"):
        return False  # perhaps an acronym, which has neither accent nor apostrophe
    return text.lower() in STOP_WORDS


def is_elision(form: str) -> bool:
    """True for an elided word with its apostrophe: dell', l', quest'; not for citta' and po'."""
    if "'" not in form:  # as hardly any has
        return False
    text = unmarked(form)
    return text.endswith("'") and text[:-1].lower() in ELISIONS


@lru_cache(maxsize=REMEMBERED)
def exact_keys(form: str) -> tuple[str, ...]:
    """The keys of level X, usually one.

    An acronym that is spelt like a function word (AI, SIA, IT's) keeps its capitals as key, so that neither finds the
    other. In a run of capitals nobody can tell them apart: then the form has both keys.
    """
    folded = fold(form)
    text = unmarked(form)
    if folded in _FOLDED_STOP_WORDS and 2 <= len(folded) <= 6:
        if is_acronym(form):
            return (folded.upper(),)
        if form.endswith(MARK) and text.isupper() and text.isalpha():
            return (folded, folded.upper())
    return (folded,)
