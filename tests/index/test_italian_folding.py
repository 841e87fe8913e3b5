"""Level X: folded forms, and what is an acronym or a function word."""

from __future__ import annotations

import unicodedata

import pytest
from golden import golden_rows
from hypothesis import given
from hypothesis import strategies as st

from index.italian import (
    MARK,
    exact_keys,
    fold,
    is_acronym,
    is_stop_word,
    lemma_keys,
    normalize,
    stem_keys,
    tokenize_chunk,
    unmarked,
)


@pytest.mark.parametrize(("form", "keys", "why"), golden_rows("italian/keys.tsv", at_least=65))
def test_a_form_has_these_exact_keys(form: str, keys: str, why: str) -> None:
    assert sorted(exact_keys(normalize(form))) == sorted(keys.split())


@pytest.mark.parametrize("form", ["AI", "NIS2", "5G", "USA", "S.p.A.", "U.E", "IT", "A.I."])
def test_capitals_and_dots_make_an_acronym(form: str) -> None:
    assert is_acronym(form)


@pytest.mark.parametrize("form", ["Ai", "ai", "A", "2024", "GOVERNO", "AI" + MARK, "D'A", "C++", "iOS", "R&D"])
def test_other_words_are_no_acronyms(form: str) -> None:
    assert not is_acronym(form)


@pytest.mark.parametrize(
    "form", ["il", "Il", "dell'", "Dell'", "DELL'", "ai", "Ai", "perché", "È", "PERCHÉ", "AI" + MARK, "SIA" + MARK]
)
def test_function_words_are_known_in_small_and_title_case(form: str) -> None:
    assert is_stop_word(form)


@pytest.mark.parametrize(
    "form", ["perchè", "Perche'", "piu'", "PIU'", "piú", "cosi'", "gia'", "nè", "e'", "E'", "cioé"]
)
def test_function_words_are_known_whatever_their_accent(form: str) -> None:
    assert is_stop_word(form)


@pytest.mark.parametrize("form", ["perchè", "Perche'", "PERCHÈ", "perche"])
def test_a_function_word_has_its_keys_whatever_its_accent(form: str) -> None:
    assert (exact_keys(form), lemma_keys(form), stem_keys(form)) == (("perche",), lemma_keys("perché"), ())


@pytest.mark.parametrize("form", ["AI", "SIA", "HA", "Dell", "DELL", "stato", "anni", "un't", "2024"])
def test_acronyms_and_content_words_are_no_function_words(form: str) -> None:
    assert not is_stop_word(form)


@pytest.mark.parametrize("form", ["PERCHÉ", "PIÙ", "GIÀ", "COSÌ", "SÌ", "CITTÀ"])
def test_capitals_with_an_accent_are_a_word_and_no_acronym(form: str) -> None:
    assert not is_acronym(form)
    assert exact_keys(form) == exact_keys(form.lower())


def test_the_mark_is_no_part_of_the_printed_form() -> None:
    assert unmarked("Governo" + MARK) == unmarked("Governo") == "Governo"


_texts = st.one_of(
    st.text(max_size=20), st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Nd", "No"]))
)


@given(text=_texts)
def test_a_token_never_folds_to_nothing(text: str) -> None:
    for chunk in normalize(text).split():
        for token in tokenize_chunk(chunk).tokens:
            assert fold(token.form)
            assert all(exact_keys(token.form))
            assert all(exact_keys(token.form + MARK))


@given(text=_texts)
def test_case_accents_and_marks_do_not_change_a_folded_form(text: str) -> None:
    for chunk in normalize(text).split():
        for token in tokenize_chunk(chunk).tokens:
            assert fold(token.form + MARK) == fold(token.form)
            assert fold(unicodedata.normalize("NFD", token.form)) == fold(token.form)


def test_folding_a_folded_word_changes_nothing() -> None:
    words = ["citta", "perche", "covid19", "dell'", "po'", "2024-03-13", "1000", "muller", "spa", "euro", "ecommerce"]
    assert [fold(word) for word in words] == words


def test_a_combining_accent_alone_folds_to_something() -> None:
    for chunk in ("a-\u0301", "e'\u0300b", "\u0301"):
        for token in tokenize_chunk(chunk).tokens:
            assert fold(token.form), chunk
