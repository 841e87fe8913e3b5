"""Sentences: where they end, and the full stops that end none."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.italian.sentences import ends_in_abbreviation, sentence_at, sentence_starts


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the blanks between."""
    starts = [*sentence_starts(text), len(text)]
    return [text[start:end].strip() for start, end in pairwise(starts)]


@pytest.mark.parametrize(
    "text",
    [
        "Il decreto legislativo n. 231 del 2001",
        "Secondo l'art. 5 del regolamento",
        "Ai sensi dell’art. 13",
        "Il Sig. Rossi ha firmato",
        "Lo dice il dott. Bianchi",
        "La Alfa S.p.A. Milano",
        "La Alfa s.p.a. Milano",
        "Opere di G. Verdi",
        "Opere di G. B. Vico",
        "A p. 12 si legge",
        "Luce, gas, ecc. Bollette",
        "Il D.Lgs. 231 e la l. 241",
        "Il team «prof. Neri»",
        "Ai sensi dell’art.\xa05",
        "la fuga è un errore\ntecnico",
        "1. Aggiornare i sistemi",
    ],
)
def test_an_abbreviation_before_a_capital_or_a_figure_ends_no_sentence(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il governo cade. Si vota", ["Il governo cade.", "Si vota"]),
        ("Costa 5. Poi 6", ["Costa 5.", "Poi 6"]),
        ("Davvero? 13 persone", ["Davvero?", "13 persone"]),
        ("«Sì.» Poi tace", ["«Sì.»", "Poi tace"]),
        ("Cambia l'app. Il resto no", ["Cambia l'app.", "Il resto no"]),
        ("Il nuovo SOC. Il gruppo", ["Il nuovo SOC.", "Il gruppo"]),
        ("Arriva il 5G. Il resto no", ["Arriva il 5G.", "Il resto no"]),
        ("Chi parla d'art? Lui", ["Chi parla d'art?", "Lui"]),
        ("Dice no. Il resto no", ["Dice no.", "Il resto no"]),
        ("Ai sensi dell'art...  Poi basta", ["Ai sensi dell'art...", "Poi basta"]),
        ("riga\nRiga", ["riga", "Riga"]),
        ("dott.\nBianchi", ["dott.", "Bianchi"]),
        ("Primo. 2. Secondo. 3. Terzo", ["Primo.", "2. Secondo.", "3. Terzo"]),
        ("Nel 2024. Il resto no", ["Nel 2024.", "Il resto no"]),
        ("", [""]),
    ],
)
def test_other_full_stops_end_a_sentence(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


_PIECES = ("art.", "G.", "Ed.", "no.", "S.p.A.", " ", "\n", "5", "«", "»", "Il", "x")


@given(st.lists(st.sampled_from(_PIECES), max_size=20))
def test_sentences_cover_the_text_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    starts = sentence_starts(text)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert all(0 < start < len(text) for start in starts[1:])


@given(st.text(st.sampled_from("artG.S(» "), max_size=12))
def test_only_a_full_stop_ends_an_abbreviation(text: str) -> None:
    assert text.endswith(".") or not ends_in_abbreviation(text)


def test_a_text_of_full_stops_takes_no_time_to_speak_of() -> None:
    for text in ("a." * 50_000, "art. A " * 20_000, "." * 100_000, ". A" * 30_000):
        assert sentence_starts(text)[0] == 0


def test_the_last_sentence_of_a_text_of_odd_stops_takes_no_time_to_speak_of() -> None:
    odd = ("ha detto. poi ancora. " * 4_000, "nome " + "." * 60_000, " . " * 20_000, "1. " * 20_000, "a.\n" * 20_000)
    for text in odd:
        at = len(text)
        start, end = sentence_at(f"{text}cognome", at)
        assert start <= at < end == at + len("cognome")


@given(pieces=st.lists(st.sampled_from(("a", "Casa", "art", ".", ". ", ".\n", "\n", " ", "3", "» ", '"', "!", "… ", "(", "dott. ", "1. ")), max_size=30))  # fmt: skip  # noqa: E501
def test_the_sentence_around_a_word_is_that_of_the_whole_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    starts = [*sentence_starts(text), len(text)]
    for at, char in enumerate(text):
        if not char.isspace():
            sentence = bisect_right(starts, at, hi=len(starts) - 1) - 1
            assert sentence_at(text, at) == (starts[sentence], starts[sentence + 1])
