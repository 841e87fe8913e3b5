"""The encoder: whole batches of texts give the tokens that reading them chunk by chunk gives."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import texts
from reading import Reading, read_text

from index import encoder as encoding
from index.encoder import BORDER, TextEncoder

_texts = st.one_of(
    texts(), st.text(max_size=30).filter(lambda text: BORDER not in text), st.sampled_from(("", " ", "\n\n", "AI"))
)


def encoded(encoder: TextEncoder, batch: list[str]) -> list[Reading]:
    """The readings of a batch, from the encoder's arrays."""
    found = encoder.encode(batch)
    readings = [Reading([], length) for length in found.length.tolist()]
    for text, form, position in zip(found.text.tolist(), found.form.tolist(), found.position.tolist(), strict=True):
        readings[text].tokens.append((position, encoder.forms[form]))
    return readings


@given(batches=st.lists(st.lists(_texts, max_size=5), min_size=1, max_size=3))
def test_batches_give_what_reading_text_by_text_gives(batches: list[list[str]]) -> None:
    encoder = TextEncoder()
    for batch in batches:
        assert encoded(encoder, batch) == [read_text(text) for text in batch]
    assert len(set(encoder.forms)) == len(encoder.forms)


def test_no_texts_give_no_tokens() -> None:
    found = TextEncoder().encode([])
    assert [len(array) for array in (found.text, found.form, found.position, found.length)] == [0, 0, 0, 0]


def test_texts_without_words_have_length_zero() -> None:
    assert encoded(TextEncoder(), ["", "...", "\n", " - "]) == [Reading([], 0)] * 4


def test_a_text_does_not_heed_the_one_before_it() -> None:
    alone = encoded(TextEncoder(), ["GOVERNO E", "AI cresce"])
    assert alone == encoded(TextEncoder(), ["GOVERNO E"]) + encoded(TextEncoder(), ["AI cresce"])


def test_forgetting_chunks_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MAX_CHUNKS", 3)
    encoder = TextEncoder()
    batches = [["il governo vara la riforma"], ["la riforma del governo"], ["il governo cade"]]
    for batch in batches:
        assert encoded(encoder, batch) == [read_text(batch[0])]
    assert len(set(encoder.forms)) == len(encoder.forms)


def test_forms_are_numbered_in_the_order_of_their_first_appearance() -> None:
    encoder = TextEncoder()
    encoder.encode(["la riforma, la legge", "riforma nuova"])
    assert encoder.forms == ["la", "riforma", "legge", "nuova"]


def test_an_encoder_that_is_let_go_is_gone_without_a_search_for_garbage() -> None:
    encoder = TextEncoder()
    encoder.encode(["Il governo vara la riforma."])
    gone = weakref.ref(encoder)
    gc.disable()
    try:
        del encoder
        assert gone() is None
    finally:
        gc.enable()
