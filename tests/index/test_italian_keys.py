"""Laws that hold for the keys of all three levels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.italian import MARK, exact_keys, lemma_keys, stem_keys, tokenize_chunk

Keys = Callable[[str], tuple[str, ...]]
_ACCENT_BEFORE_APOSTROPHE = re.compile("[éèàìòùüçÀÈñ]['’]")  # its apostrophe stays with a composed vowel alone
LEVELS = [pytest.param(keys, id=keys.__name__) for keys in (exact_keys, lemma_keys, stem_keys)]
_printed = st.one_of(
    st.sampled_from(("città", "PERCHÉ", "perchè", "È", "Müller", "Łódź", "dell’università", "Forlì-Cesena", "«più».")),
    st.lists(st.text(st.sampled_from("aeilntyzéèàìòùüçÀÈñ"), min_size=1, max_size=8), min_size=1, max_size=3).flatmap(
        lambda words: st.sampled_from("-’/").map(lambda joint: joint.join(words))
    ),
).filter(lambda text: not _ACCENT_BEFORE_APOSTROPHE.search(text))
_texts = st.one_of(
    _printed,
    st.lists(st.sampled_from((*"aeilnty'’-.5#@", "é", "ù", "ü")), min_size=1, max_size=10).map("".join),
    st.text(st.characters(max_codepoint=0x24F), min_size=1, max_size=15).map(lambda text: "".join(text.split())),
)


@pytest.mark.parametrize("keys", LEVELS)
@given(text=_printed)
def test_composed_and_decomposed_chunks_have_the_same_keys(keys: Keys, text: str) -> None:
    """Forms are composed before they are keyed, as texts and questions are."""
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
