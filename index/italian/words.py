"""The closed word lists of Italian that the rules of this package rest on, read from the files in ``data/``.

Each file opens with what it is and where it comes from; a line is a word, or words with one tab between them.
"""

from __future__ import annotations

from importlib.resources import files


def read_list(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of ``data/<name>``: fields of each line that is neither blank nor a comment (#)."""
    text = files("index.italian").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(
        tuple(field.strip() for field in line.split("\t"))
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    )


def _words(name: str) -> frozenset[str]:
    return frozenset(word for row in read_list(name) for word in row[0].split())


ELISIONS = _words("elisions.txt")
"""What loses its vowel before an apostrophe, lower case, without the apostrophe: "dell", "quell", "senz"."""

NAME_PREFIXES = _words("name_prefixes.txt")
"""Elisions that open a surname or a place when both sides are capitals: D'Alema, L'Aquila, Sant'Anna."""

TRUNCATIONS = _words("truncations.txt")
"""Words cut by an apostrophe that is no accent, with it: "po'", "mo'"."""

STOP_WORDS = _words("stop_words.txt")
"""Function words, lower case with accents, elided ones with their apostrophe. Kept in postings; no stem; optional."""

TOP_LEVEL_DOMAINS = _words("top_level_domains.txt")

LEMMAS = {row[0]: row[1] for row in read_list("lemmas.txt")}
"""Form -> lemma where the dictionary is wrong or silent; lower case with accents."""
