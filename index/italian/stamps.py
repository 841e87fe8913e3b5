"""Stamps: what an index was made with, as short texts that change when it would be made otherwise.

The *tokenisation* stamp covers what is in the postings: another one needs a rebuild. The *key* stamp covers lemmas,
stems, folding and their word lists: another one only needs the keys of the lexicon to be computed anew.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("data")

_TOKENISATION_RULES = "4"
"""To be raised with every change of ``tokenizer``, ``sentences`` or ``marks`` that cuts some text otherwise."""

_KEY_RULES = "4"
"""To be raised with every change of ``folding``, ``accents``, ``lemma``, ``nouns``, ``verbs`` or ``stem`` that gives
some form another key."""

_TOKENISATION_LISTS = ("elisions.txt", "name_prefixes.txt", "top_level_domains.txt", "abbreviations.txt")
_KEY_LISTS = (
    "elisions.txt",
    "function_words.txt",
    "truncations.txt",
    "nouns.txt",
    "irregular_verbs.txt",
    "lemmas.txt",
    "people.txt",
    "elided_words.txt",
)
_KEY_LIBRARIES = ("simplemma", "PyStemmer", "unidecode")


@cache
def tokenisation_stamp() -> str:
    """Rules and lists by which texts are cut into forms."""
    return f"{_TOKENISATION_RULES}-{_digest(_TOKENISATION_LISTS)}"


@cache
def key_stamp() -> str:
    """Rules, lists and libraries by which forms get their keys."""
    from importlib.metadata import version  # slow to load, and only who writes must know the keys

    libraries = ",".join(f"{name} {version(name)}" for name in _KEY_LIBRARIES)
    return f"{_KEY_RULES}-{_digest(_KEY_LISTS)}, {libraries}"


def _digest(names: tuple[str, ...]) -> str:
    return hashlib.blake2b(b"".join((_DATA / name).read_bytes() for name in names), digest_size=6).hexdigest()
