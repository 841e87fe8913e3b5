"""The Italian of the site that is made by code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.messages import opening


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Breve.", "Breve."),
        ("Una frase di prova. Un'altra che va oltre.", "Una frase di prova."),
        ("Sì. Una frase che va avanti a lungo", "Sì. Una frase che va…"),
        ("Parole, parole, parole, parole", "Parole, parole…"),
        ("unaparolasenzablancichenonfinisce", "unaparolasenzablancich…"),
    ],
)
def test_an_opening_ends_with_a_sentence_or_a_word(text: str, expected: str) -> None:
    assert opening(text, 22) == expected


@given(st.text("ab .,\n", max_size=80), st.integers(5, 40))
def test_an_opening_is_no_longer_than_it_may_be(text: str, most: int) -> None:
    shown = opening(text, most)
    assert text.startswith(shown.removesuffix("…"))
    assert len(shown.removesuffix("…")) <= most
