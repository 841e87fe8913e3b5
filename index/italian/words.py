"""The closed word lists of Italian that the rules of this package rest on, read from the files in ``data/``.

Each file opens with what it is and where it comes from; a line is a word, or words with one tab between them.
"""

from __future__ import annotations

from pathlib import Path

_DATA = Path(__file__).with_name("data")


def read_list(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of ``data/<name>``: fields of each line that is neither blank nor a comment (#)."""
    text = (_DATA / name).read_text(encoding="utf-8")
    return tuple(
        tuple(map(str.strip, line.split("\t")))
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    )


def _words(name: str) -> frozenset[str]:
    return frozenset(word for row in read_list(name) for word in row[0].split())


ELISIONS = _words("elisions.txt")
"""What loses its vowel before an apostrophe, lower case, without the apostrophe: "dell", "quell", "senz"."""

ELIDED_PREPOSITIONS = frozenset(word for row in read_list("elisions.txt") if len(row) > 1 for word in row[0].split())
"""Those of them that are a preposition with its article, and no word of their own: "dell", "nell", "all"."""

NAME_PREFIXES = _words("name_prefixes.txt")
"""Elisions that open a surname or a place when both sides are capitals: D'Alema, L'Aquila, Sant'Anna."""

TRUNCATIONS = _words("truncations.txt")
"""Words cut by an apostrophe that is no accent, with it: "po'", "mo'"."""

_FUNCTION_WORDS = _words("function_words.txt")


def _spelt_otherwise() -> dict[str, str]:
    """Function words with their accent the other way or as an apostrophe (perchè, piu') -> as they are spelt."""
    other_way = str.maketrans("àèéìòù", "áéèíóú")
    bare = str.maketrans("àèéìòù", "aeeiou")
    spelt: dict[str, str] = {}
    for word in sorted(word for word in _FUNCTION_WORDS if word[-1] in "àèéìòù"):
        for other in (word[:-1] + word[-1].translate(other_way), f"{word[:-1]}{word[-1].translate(bare)}'"):
            spelt.setdefault(other, word)
    return {other: word for other, word in spelt.items() if other not in _FUNCTION_WORDS | TRUNCATIONS}


_SPELT_OTHERWISE = _spelt_otherwise()

STOP_WORDS = _FUNCTION_WORDS | _SPELT_OTHERWISE.keys()
"""Function words, lower case with accents, elided ones with their apostrophe. Kept in postings; no stem; optional."""

_INFLECTED = {form: row[1] for row in read_list("function_words.txt") if len(row) > 1 for form in row[0].split()}
FUNCTION_LEMMAS = _INFLECTED | {
    other: _INFLECTED[word] for other, word in _SPELT_OTHERWISE.items() if word in _INFLECTED
}
"""Function words that are inflected -> their lemma (è -> essere, anch' -> anche)."""

UNFINISHED_WORDS = _words("unfinished_words.txt")
"""Words that a phrase cannot end with, lower case with accents: senza, contro, può, relativi."""

TOP_LEVEL_DOMAINS = _words("top_level_domains.txt")

ABBREVIATIONS = _words("abbreviations.txt")
"""What ends with a full stop that ends no sentence, lower case, without the full stop: "art", "dott", "ecc"."""


def _irregular_forms() -> dict[str, str]:
    """Participles in their four forms and simple pasts -> infinitive of the simple verb."""
    forms: dict[str, str] = {}
    for infinitive, participle, *pasts in read_list("irregular_verbs.txt"):
        four = [participle[:-1] + ending for ending in "oaie"]
        for form in (*four, *(past for some in pasts for past in some.split())):
            forms.setdefault(form, infinitive)
    return forms


IRREGULAR_VERBS = _irregular_forms()
"""Irregular form -> infinitive: scritti -> scrivere, misero -> mettere."""


def _people() -> dict[str, str]:
    """Masculine and feminine of every person of the list, singular and plural -> the masculine singular."""
    lemmas: dict[str, str] = {}
    for row in read_list("people.txt"):
        for man in row[0].split():
            woman = man[:-1] + "a"
            women = man[:-1] + ("he" if man[-2] in "cg" else "e")  # socie, where a noun in -cia has -ce
            lemmas |= dict.fromkeys((man, *_regular_plural(man), woman, women), man)
    return lemmas


def _inflected_nouns() -> dict[str, str]:
    """Singular and plural of every noun of the list -> its singular."""
    lemmas: dict[str, str] = {}
    for singular, *plural in read_list("nouns.txt"):
        lemmas |= dict.fromkeys((*(plural or _regular_plural(singular)), singular), singular)
    return lemmas


def _regular_plural(singular: str) -> tuple[str, ...]:
    if singular.endswith(("ca", "ga")):
        return (singular[:-1] + "he",)
    if singular.endswith(("cia", "gia")):
        return (singular[:-2] + "e",)
    if singular.endswith("io"):
        return (singular[:-1],)
    return {"o": (singular[:-1] + "i",), "e": (singular[:-1] + "i",), "a": (singular[:-1] + "e",)}.get(singular[-1], ())


SETTLED = {form: row[1] for row in read_list("lemmas.txt") for form in row[0].split()}
"""Form -> its one lemma, where the dictionary is wrong or silent; lower case with accents."""

OTHER_VERBS = {form: row[2] for row in read_list("lemmas.txt") if len(row) > 2 for form in row[0].split()}
"""Form -> a verb that it is found by besides its one lemma."""

ELIDED_WORDS = {short + "'": whole for short, whole in read_list("elided_words.txt")}
"""Word before an apostrophe that took its vowel, with it -> the whole word (vent' -> venti)."""

LEMMAS = _inflected_nouns() | _people() | SETTLED
"""Form -> lemma, the nouns of nouns.txt included, which may be forms of a verb as well."""
