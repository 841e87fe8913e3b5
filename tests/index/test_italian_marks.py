"""Marks: capitals that open a sentence or stand in a run say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import texts
from reading import read_standings, read_text

from index.italian import MARK, tokenize_chunk
from index.italian.marks import capitals_class, forms_by_standing, standings


def marked(text: str) -> list[str]:
    """The forms of a text that carry a mark, without it."""
    return [form.removesuffix(MARK) for _, form in read_text(text).tokens if form.endswith(MARK)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il Governo", ["Il"]),
        ("il Governo", []),
        ("Ieri. Il Governo", ["Ieri", "Il"]),
        ("ieri: Meta cresce", ["Meta"]),
        ("ieri, Meta cresce", []),
        ("disse: «Meta cresce»", ["Meta"]),
        ("la «Meta» cresce", ["Meta"]),
        ("riga\nMeta cresce", ["Meta"]),
        ("la S.p.A. Meta", []),
        ("il dott. Bianchi", []),
        ("il Sig. Rossi", []),
        ("AI cresce", []),
        ("L’AI cresce", ["L'"]),
        ("AI E ROBOT", ["AI", "E", "ROBOT"]),
        ("AI ROBOT", []),
        ("la RIFORMA AI giovani", ["RIFORMA", "AI"]),
        ("AI, PMI, IT e altri", []),
        ("IL PIANO. AI cresce", []),
        ("IL PIANO 5G AI", ["IL", "PIANO", "5G", "AI"]),
        ("iPhone cresce", []),
        ("D’Alema parla", ["D'", "D'Alema"]),
    ],
)  # fmt: skip
def test_capitals_that_say_nothing_are_marked(text: str, expected: list[str]) -> None:
    assert marked(text) == expected


@given(
    text=st.one_of(
        texts(),
        st.text(max_size=30),
        st.lists(st.sampled_from(("AI", "IL", "GOVERNO", "la", "-", "x.", "\n", "«Il", "5")), max_size=12).map(
            " ".join
        ),
    )
)
def test_whole_arrays_of_chunks_stand_as_they_do_one_by_one(text: str) -> None:
    expected = [standing for _, standing in read_standings(text)]
    words = [word for line in text.split("\n") for word in ["\x02", *line.split()]]
    chunks = [tokenize_chunk(word) for word in words]
    ends = [
        one.ends_sentence or (not one.tokens and not any(map(str.isalnum, word)))
        for one, word in zip(chunks, words, strict=True)
    ]
    opens = [one.opens for one in chunks]
    breaks = [one.breaks_run for one in chunks]
    capitals = [capitals_class(one) for one in chunks]
    found = standings(
        ends_sentence=np.array(ends),
        opens=np.array(opens),
        capitals=np.array(capitals, dtype=np.uint8),
        breaks=np.array(breaks),
    )
    assert [standing for standing, word in zip(found.tolist(), words, strict=True) if word != "\x02"] == expected


def test_the_three_forms_of_a_token_differ_only_in_their_marks() -> None:
    cases = ("governo", "Governo", "GOVERNO", "AI", "L’AI", "2024", "iPhone", "D'Alema", "S.p.A.", "è", "È")
    for case in cases:
        for token in tokenize_chunk(case).tokens:
            forms = forms_by_standing(token)
            assert {form.removesuffix(MARK) for form in forms} == {token.form}
            assert forms[0] == token.form
