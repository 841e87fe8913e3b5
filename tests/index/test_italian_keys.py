"""Laws that hold for the keys of all three levels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.italian import MARK, exact_keys, lemma_keys, stem_keys, tokenize_chunk

Keys = Callable[[str], tuple[str, ...]]
LEVELS = [pytest.param(keys, id=keys.__name__) for keys in (exact_keys, lemma_keys, stem_keys)]
_words = (
    "città",
    "perché",
    "perchè",
    "È",
    "più",
    "Müller",
    "Łódź",
    "dell’università",
    "Forlì-Cesena",
    "già’",
    "CITTÀ.",
)
_texts = st.one_of(
    st.sampled_from(_words),
    st.lists(st.sampled_from((*"aeilnty'’-.5", "é", "è", "ù", "ü", "ç", "À")), min_size=1, max_size=10).map("".join),
    st.text(min_size=1, max_size=15).map(lambda text: "".join(text.split())),
)


@pytest.mark.parametrize("keys", LEVELS)
@given(text=_texts)
def test_composed_and_decomposed_chunks_have_the_same_keys(keys: Keys, text: str) -> None:
    """Forms are composed before they are keyed, as texts and questions are.

    Not said of an accent before an apostrophe (già’), whose apostrophe stays with the composed letter alone.
    """
    assume(not re.search("[\u0300-\u036f]['’‘ʼʹ´`′＇]", unicodedata.normalize("NFD", text)))
    composed, decomposed = (
        [
            (token.position, keys(unicodedata.normalize("NFC", token.form)))
            for token in tokenize_chunk(unicodedata.normalize(form, text)).tokens
        ]
        for form in ("NFC", "NFD")
    )
    assert composed == decomposed


@pytest.mark.parametrize("keys", LEVELS)
@given(text=_texts)
def test_no_key_is_empty_or_given_twice(keys: Keys, text: str) -> None:
    for token in tokenize_chunk(text).tokens:
        for form in (token.form, token.form + MARK):
            found = keys(form)
            assert all(found)
            assert len(set(found)) == len(found)


@given(word=st.from_regex(r"[a-zàèéìòù]{1,12}'?", fullmatch=True))
def test_a_title_case_word_has_the_keys_of_the_small_one(word: str) -> None:
    title = word[0].upper() + word[1:]
    assert [keys(title) for keys in (exact_keys, lemma_keys, stem_keys)] == [
        keys(word) for keys in (exact_keys, lemma_keys, stem_keys)
    ]
