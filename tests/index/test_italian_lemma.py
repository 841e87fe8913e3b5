"""Level L: one word in all its inflections."""

from __future__ import annotations

import pytest
from golden import golden_rows
from hypothesis import given
from hypothesis import strategies as st

from index.italian import MARK, exact_keys, lemma_keys, lemmatize, normalize, tokenize_chunk
from index.italian.words import LEMMAS


@pytest.mark.parametrize(("one", "other", "verdict", "why"), golden_rows("italian/lemmas.tsv", at_least=45))
def test_inflections_share_a_lemma_and_other_words_do_not(one: str, other: str, verdict: str, why: str) -> None:
    assert bool(set(lemma_keys(one)) & set(lemma_keys(other))) is (verdict == "same")


@pytest.mark.parametrize(
    "form", ["AI", "NIS2", "S.p.A.", "2024", "1.000", "13/03/2024", "e-commerce", "C++", "il", "con"]
)
def test_what_has_no_lemma_stands_for_itself(form: str) -> None:
    assert lemma_keys(form) == exact_keys(form)


def test_in_a_run_of_capitals_a_word_may_also_be_an_acronym() -> None:
    assert set(lemma_keys("AI")) < set(lemma_keys("AI" + MARK))
    assert set(lemma_keys("ai")) < set(lemma_keys("AI" + MARK))


@given(text=st.one_of(st.text(max_size=15), st.sampled_from(sorted(LEMMAS))))
def test_every_form_has_a_lemma(text: str) -> None:
    for chunk in normalize(text).split():
        for token in tokenize_chunk(chunk).tokens:
            for form in (token.form, token.form + MARK):
                assert lemma_keys(form)
                assert all(lemma_keys(form))


def test_our_own_list_has_the_last_word() -> None:
    assert len(LEMMAS) > 50
    assert {form: lemmatize(form) for form in LEMMAS} == {
        form: LEMMAS.get(lemma, lemma) for form, lemma in LEMMAS.items()
    }


def test_the_words_of_a_loop_in_the_dictionary_share_one_lemma(monkeypatch: pytest.MonkeyPatch) -> None:
    from index.italian import lemma

    loop = {"unox": "duex", "duex": "trex", "trex": "unox"}
    monkeypatch.setattr(lemma, "known_lemma", loop.get)
    monkeypatch.setattr(lemma, "is_known", loop.__contains__)
    assert lemmatize("unox") == lemmatize("duex") == lemmatize("trex")
