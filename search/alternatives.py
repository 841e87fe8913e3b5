"""Alternatives: other ways in which what was typed may be printed, as sequences of words to seek beside it.

* synonyms, from the lists (``search.lists``): UE, Unione europea;
* dates, in figures and in words: 13/03/2026, 13 marzo 2026;
* letters and digits written apart or together: NIS2, NIS 2, NIS due; 5G, 5 G; 2FA, 2 FA; 4.0, 4 0;
* articles of a law: articolo 32, art. 32;
* small numbers in figures and in words, before what is counted: 2 fattori, due fattori;
* words written apart that the archive prints as one: start up (start-up, startup), open ai (OpenAI), fire wall;
* a word that the archive prints with a seam, written apart: darkweb (dark-web, DarkWeb), dark web.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Final, Literal

import numpy as np

from index.dates import MONTHS_IT
from index.italian import exact_keys, fold, is_stop_word, lemma_keys, tokenize_chunk, unmarked
from index.lexicon import SMALL
from search.lists import Lists, Synonym
from search.vocabulary import Vocabulary

Kind = Literal["synonym", "date", "number", "joined", "apart"]

MAX_WORDS_TYPED: Final = 40
"""Beyond, a question is a text, and other ways to print its words are not looked for."""

_ENDING_CHARS: Final = 3
"""Words whose beginnings differ by more than an ending are not inflections of each other: no lemma is looked up."""

_BEGINNING_CHARS: Final = 3
"""Words that are the same, or inflections of each other, have as many first letters in common, if they have them."""

_NUMBERS: Final = ("due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci")
_NUMBER_PRINTED: Final = {
    **{str(number): word for number, word in enumerate(_NUMBERS, start=2)},
    **{word: str(number) for number, word in enumerate(_NUMBERS, start=2)},
}
"""Numbers of one word that are printed as often in figures: each as the other."""

_REFERENCES: Final = {"articolo": "art", "art": "articolo"}
"""Words before the number of an article of a law, each printed as the other."""

_MIN_JOINED: Final = 3
"""Articles that must print two words as one, one that does in two ways counted twice: fewer may be slips."""

_SHORTEST_HALF: Final = 2
"""Letters of each of two words that may be one, but for two that the archive joins by a hyphen or a capital."""

_THOUSANDS = re.compile(r"(\d{1,3})000")
_LETTERS_DIGITS = re.compile(r"([^\W\d_]{1,12})(\d{1,5})")
_LETTERS = re.compile(r"[^\W\d_]{1,12}")
_DIGITS = re.compile(r"\d{1,5}")
_RELEASE = re.compile("[1-9] [0-9]")
_DAY = re.compile(r"([0-9]{1,2})[º°]?")
_YEAR = re.compile(r"[0-9]{4}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to print some of the words typed.

    Attributes:
        start, end: half-open, which of the words.
        words: what to seek, in this sequence.
        kind: which of the rules above.
    """

    start: int
    end: int
    words: tuple[str, ...]
    kind: Kind


def alternatives_of(words: Sequence[str], vocabulary: Vocabulary, *, loosely: bool = False) -> list[Alternative]:
    """Other ways to print the words of a question, in the order of their first word; [] for a very long one.

    Args:
        words: the forms that were typed side by side.
        loosely: whether a word in small letters may be an acronym (ue for UE).
    """
    if len(words) > MAX_WORDS_TYPED:
        return []
    found: list[Alternative] = []
    for start, word in enumerate(words):
        for synonym in _beginning_with(fold(word)[:_BEGINNING_CHARS], vocabulary.lists):
            end = start + len(synonym.typed)
            if end <= len(words) and all(
                _is_meant(typed, listed, vocabulary, loosely=loosely)
                for typed, listed in zip(words[start:end], synonym.typed, strict=True)
            ):
                found.append(Alternative(start, end, synonym.sought, "synonym"))
        for length, others, kind in (*_dates(words, start), *_spellings(words, start, vocabulary)):
            found.append(Alternative(start, start + length, others, kind))
    return found


def _beginning_with(letters: str, lists: Lists) -> Iterator[Synonym]:
    """Synonyms whose first word, folded, has these first letters, each cut into words as a text is."""
    for synonym in _by_beginning(lists).get(letters, ()):
        if (cut := _cut(synonym)) is not None:
            yield cut


@lru_cache(maxsize=4)
def _by_beginning(lists: Lists) -> dict[str, list[Synonym]]:
    """Synonyms by the first letters of their first word: few of them are ever cut into words."""
    found: dict[str, list[Synonym]] = {}
    for synonym in lists.synonyms:
        for form in islice(_forms(synonym.typed), 1):
            found.setdefault(fold(form)[:_BEGINNING_CHARS], []).append(synonym)
    return found


@lru_cache(maxsize=4_096)
def _cut(synonym: Synonym) -> Synonym | None:
    """A synonym cut into words, or None where one of its sides says nothing."""
    typed, sought = tuple(_forms(synonym.typed)), tuple(_forms(synonym.sought))
    return Synonym(typed=typed, sought=sought) if _tells(typed) and _tells(sought) else None


def _tells(words: tuple[str, ...]) -> bool:
    """Whether words say something: one function word stands in every article, but "gli dei" are the gods."""
    return len(words) > 1 or (bool(words) and not is_stop_word(words[0]))


def _forms(words: Iterable[str]) -> Iterator[str]:
    return (token.form for word in words for token in tokenize_chunk(word).tokens if not token.parts)


def _is_meant(typed: str, listed: str, vocabulary: Vocabulary, *, loosely: bool) -> bool:
    """Whether a typed word is the word of a list, in any inflection.

    An acronym keeps its capitals. Read loosely, small letters will do where the archive prints them less often.
    """
    if listed.isupper() and len(listed) > 1:
        if fold(typed) != fold(listed) or is_stop_word(typed):
            return False
        if not typed.islower() or not loosely:
            return not typed.islower()
        spelt = vocabulary.lexicon.with_key("exact", exact_keys(typed))
        small = vocabulary.with_trait(spelt, SMALL)
        return vocabulary.num_articles(small) <= vocabulary.num_articles(vocabulary.without_trait(spelt, SMALL))
    one, other = fold(typed), fold(listed)
    if one == other:
        return not (is_stop_word(typed) and listed[0].isupper())
    longest = max(len(one), len(other))
    return (
        one[: longest - _ENDING_CHARS] == other[: longest - _ENDING_CHARS]
        and longest >= _BEGINNING_CHARS + _ENDING_CHARS
        and (lemma_keys(typed)[0] == lemma_keys(listed)[0])
    )


def _dates(words: Sequence[str], start: int) -> Iterator[tuple[int, tuple[str, ...], Kind]]:
    """A date in words as one in figures, and the other way round; the index knows every date in figures by ISO 8601."""
    if (day := _day_of(words[start])) is not None:
        yield 1, (str(day.day), MONTHS_IT[day.month - 1], f"{day.year:04}"), "date"
        return
    if start + 2 < len(words):
        number, month, year = (words[at] for at in range(start, start + 3))
        in_figures = _DAY.fullmatch(number)
        if in_figures is not None and month.lower() in MONTHS_IT and _YEAR.fullmatch(year):
            figures = fold(f"{int(in_figures[1]):02}/{MONTHS_IT.index(month.lower()) + 1:02}/{year}")
            if _day_of(figures) is not None:
                yield 3, (figures,), "date"


def _day_of(word: str) -> date | None:
    """The day that a word in figures names, or None: not every row of digits and hyphens is one."""
    figures = fold(word)
    if _ISO_DATE.fullmatch(figures) is None:
        return None
    try:
        return date.fromisoformat(figures)
    except ValueError:
        return None


def _spellings(words: Sequence[str], start: int, vocabulary: Vocabulary) -> Iterator[tuple[int, tuple[str, ...], Kind]]:
    """NIS2 apart; 20.000 is 20 mila; darkweb is dark web; and what two words are (``_spellings_of_two``)."""
    word = words[start]
    if (thousands := _THOUSANDS.fullmatch(fold(word))) is not None:
        yield 1, (thousands[1], "mila"), "apart"
    letters, digits = word, ""
    if (both := _LETTERS_DIGITS.fullmatch(word)) is not None:
        letters, digits = both.groups()
        yield 1, (letters, digits), "apart"
    if letters.isalpha() and (halves := vocabulary.seams.recall(letters, lambda: _halves(letters, vocabulary))):
        yield 1, (*halves, digits) if digits else halves, "apart"
    if start + 1 < len(words):
        for others, kind in _spellings_of_two(word, words[start + 1], vocabulary):
            yield 2, others, kind


def _spellings_of_two(one: str, two: str, vocabulary: Vocabulary) -> Iterator[tuple[tuple[str, ...], Kind]]:
    """NIS 2, NIS due and 5 G together; 4 0 is 4.0; 2 reti, due reti; start up together."""
    number = _NUMBER_PRINTED.get(one.lower())
    if number is not None and two.isalpha() and two != "mila":
        yield (number, two), "number"
        if is_stop_word(one):  # "sei mesi": of itself it would count for less than in figures
            yield (one, two), "joined"
    figure = _NUMBER_PRINTED.get(two.lower(), "")
    if figure.isdigit() and not is_stop_word(one) and _are_one(one, figure, vocabulary):
        yield (one + figure,), "joined"
    if (reference := _REFERENCES.get(one.lower())) is not None and two.isdigit():
        yield (reference, two), "joined"
    if _RELEASE.fullmatch(f"{one} {two}"):
        yield (f"{one}.{two}",), "joined"
    elif _DIGITS.fullmatch(one) and (two == "mila" or _is_letter(two)):
        yield (one + two,), "joined"
    elif _LETTERS.fullmatch(one) and _DIGITS.fullmatch(two):
        if not is_stop_word(one):
            yield (one + two,), "joined"
    elif _are_one(one, two, vocabulary):
        yield (one + two,), "joined"


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha() and not is_stop_word(word)


def _are_one(one: str, two: str, vocabulary: Vocabulary) -> bool:
    """Whether the archive prints two words as one."""
    return vocabulary.compounds.recall((one, two), lambda: _is_compound(one, two, vocabulary))


def _is_compound(one: str, two: str, vocabulary: Vocabulary) -> bool:
    """Two words as one in enough articles, or with a hyphen; a name by its capital; letters with a number: 2FA."""
    are_words = one.isalpha(), two.isalpha()
    if not any(are_words) or not (all(are_words) or one.isdigit() or two.isdigit()):
        return False
    forms = vocabulary.live(vocabulary.lexicon.with_key("exact", [fold(one + two)]))
    is_printed = vocabulary.num_articles(forms) >= _MIN_JOINED
    if not all(are_words):
        return is_printed
    printed = [unmarked(vocabulary.lexicon.form(form)) for form in forms.tolist()]
    are_names = np.array([_has_capital_at(len(one), text) for text in printed], dtype=np.bool_)
    if vocabulary.num_articles(forms[are_names]) >= _MIN_JOINED:
        return True  # a name, whatever its halves are: open ai is OpenAI; in few articles a blank was lost: utentiApple
    num_function = is_stop_word(one) + is_stop_word(two)
    if num_function < 2 and any(text.find("-") == len(one) for text in printed):
        return True  # no code is no-code, though "no" alone says little
    return is_printed and not num_function and min(len(one), len(two)) >= _SHORTEST_HALF


def _halves(word: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The two words of which the archive makes one, with a hyphen or a capital between them; () where it does not."""
    articles: dict[int, int] = {}
    forms = vocabulary.live(vocabulary.lexicon.with_key("exact", [fold(word)]))
    for place, form in enumerate(forms.tolist()):
        text = unmarked(vocabulary.lexicon.form(form))
        seams = [at for at in range(1, len(text)) if has_seam_at(at, text)]
        if len(seams) == 1 and len(text.replace("-", "")) == len(word):
            articles[seams[0]] = articles.get(seams[0], 0) + vocabulary.num_articles(forms[place : place + 1])
    cut = max(articles, key=lambda at: (articles[at], -at), default=0)
    halves = word[:cut], word[cut:]
    return halves if min(map(len, halves)) >= _SHORTEST_HALF and not all(map(is_stop_word, halves)) else ()


def has_seam_at(place: int, text: str) -> bool:
    """Whether a word shows there that it is made of two: by a hyphen or a capital, or between letters and figures."""
    one, two = text[place - 1 : place], text[place : place + 1]
    return (
        two == "-" or _has_capital_at(place, text) or (one.isdigit(), one.isalpha()) == (two.isalpha(), two.isdigit())
    )


def _has_capital_at(place: int, text: str) -> bool:
    """Whether a word has a capital there that stands behind a small letter."""
    return text[place : place + 1].isupper() and text[place - 1 : place].islower()
