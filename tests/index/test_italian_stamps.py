"""Stamps: what is cut or keyed otherwise has another stamp, so that no index is read by rules it was not made by."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from golden import table_rows

from index.italian import exact_keys, lemma_keys, other_lemma_keys, stem_keys, tokenize_chunk
from index.italian.stamps import key_stamp, tokenisation_stamp

DATA = Path(__file__).resolve().parents[1] / "data" / "italian"

TOKENS = ("4-3b70b21dfcd4", "ed89463379c9")
"""The stamp, and what the texts of the tables are cut into."""

KEYS = ("4-d5b7373507c2, simplemma 2.0.0,PyStemmer 3.1.0,unidecode 1.4.0", "98c442937dcc")
"""The stamp, and the keys of all of their forms."""


def digest(told: object) -> str:
    return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


@pytest.fixture(scope="module")
def chunks() -> list[str]:
    fields = (field for path in sorted(DATA.glob("*.tsv")) for row in table_rows(path) for field in row)
    found = sorted({chunk for field in fields for chunk in field.split()})
    assert len(found) > 1_000
    return found


def test_texts_are_not_cut_otherwise_under_the_same_stamp(chunks: list[str]) -> None:
    assert (tokenisation_stamp(), digest([tokenize_chunk(chunk) for chunk in chunks])) == TOKENS


def test_forms_have_no_other_keys_under_the_same_stamp(chunks: list[str]) -> None:
    if key_stamp().partition(", ")[2] != KEYS[0].partition(", ")[2]:
        pytest.skip("another release of a library, which the stamp tells")
    forms = sorted({token.form for chunk in chunks for token in tokenize_chunk(chunk).tokens})
    keys = [(exact_keys(form), lemma_keys(form), other_lemma_keys(form), stem_keys(form)) for form in forms]
    assert (key_stamp(), digest(keys)) == KEYS
