"""Level S: one family of words."""

from __future__ import annotations

import pytest
from golden import golden_rows

from index.italian import MARK, lemma_keys, stem_keys


@pytest.mark.parametrize(("one", "other", "verdict", "why"), golden_rows("italian/stems.tsv", at_least=8))
def test_relatives_share_a_stem_and_strangers_do_not(one: str, other: str, verdict: str, why: str) -> None:
    assert bool(set(stem_keys(one)) & set(stem_keys(other))) is (verdict == "same")


@pytest.mark.parametrize("form", ["il", "dell'", "ai", "È", "sia", "AI" + MARK])
def test_a_function_word_has_no_stem(form: str) -> None:
    assert stem_keys(form) == ()


@pytest.mark.parametrize("form", ["elezioni", "Città", "citta'", "AI", "NIS2", "13/03/2024", "e-commerce", "Dell"])
def test_other_words_have_one_stem_without_accents_or_capitals(form: str) -> None:
    (stem,) = stem_keys(form)
    assert stem
    assert stem == stem_keys(form)[-1]


@pytest.mark.parametrize(
    ("one", "other"), [("elezioni", "elezione"), ("città", "citta'"), ("uomini", "uomo"), ("nuove", "nuovi")]
)
def test_what_shares_a_lemma_shares_a_stem(one: str, other: str) -> None:
    assert lemma_keys(one) == lemma_keys(other)
    assert stem_keys(one) == stem_keys(other)
