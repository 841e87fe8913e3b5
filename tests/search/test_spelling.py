"""Spelling: corrections of one word, their costs, and that the quick way to the candidates loses none."""

from __future__ import annotations

import math
import string
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from archives import temporary_archive
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from index.article import Article
from index.lexicon import Lexicon, build_part
from index.snapshot import Snapshot, empty_snapshot
from index.word_counts import word_counts
from search import Archive
from search.spelling import corrections, dictionary_of, edit_cost

COUNTS = {
    "intelligenza": 12,
    "intelligenze": 2,
    "artificiale": 9,
    "acqua": 5,
    "hotel": 5,
    "governo": 100,
    "giorno": 3,
    "vaccino": 20,
    "vicino": 20,
    "bacino": 20,
    "università": 4,
    "purché": 3,
    "covid19": 9,
    "po'": 9,
    "raro": 1,
    "città": 3,
    "cita": 2,
    "AI": 50,
    "straordinariamente": 2,
    "gatto": 2,
    "tatto": 2,
    "matto": 20,
}


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    articles = [
        Article(article_id=str(at), title="-", body=" ".join(word for word, count in COUNTS.items() if at < count))
        for at in range(max(COUNTS.values()))
    ]
    with temporary_archive(articles[::2], articles[1::2], merge_factor=64) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("inteligenza", "intelligenza", id="double written once"),
        pytest.param("Inteligenza", "intelligenza", id="capital"),
        pytest.param("artificialle", "artificiale", id="single doubled"),
        pytest.param("otel", "hotel", id="h left out"),
        pytest.param("aqua", "acqua", id="q for cq"),
        pytest.param("govrno", "governo", id="letter left out"),
        pytest.param("goverrno", "governo", id="letter too many"),
        pytest.param("gaverno", "governo", id="wrong letter"),
        pytest.param("govenro", "governo", id="letters swapped"),
        pytest.param("univeristà", "universita", id="accents do not count"),
        pytest.param("vacino", "vaccino", id="a slip before another letter"),
        pytest.param("fatto", "matto", id="the commoner of two as near"),
        pytest.param("straordinariamentee", "straordinariamente", id="long"),
    ],
)
def test_the_likeliest_word_comes_first(archive: Archive, typed: str, expected: str) -> None:
    assert corrections(typed, archive.snapshot, 3)[0][0] == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("inteligenza", 0.4 - 0.12 * math.log10(12), id="a slip"),
        pytest.param("govrno", 0.85 - 0.12 * 2, id="a letter left out"),
        pytest.param("govenro", 0.85 - 0.12 * 2, id="letters swapped"),
        pytest.param("gaverno", 1 - 0.12 * 2, id="a wrong letter"),
        pytest.param("gaovrno", 1.85 - 0.12 * 2, id="two edits"),
        pytest.param("tovrno", 2.35 - 0.12 * 2, id="one of the first letter"),
    ],
)
def test_a_correction_costs_its_edits_less_its_frequency(archive: Archive, typed: str, expected: float) -> None:
    assert corrections(typed, archive.snapshot, 1)[0][1] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "typed",
    ["", "ai", "sia", "xqz", "NIS2", "covid91", "3,5", "l'arte", "привет", "a" * 200, "\ud800abcd", "e-mail", "'"],
)
def test_what_is_short_or_no_word_has_no_corrections(archive: Archive, typed: str) -> None:
    assert corrections(typed, archive.snapshot, 5) == ()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("fishing", ["phishing", "vishing"], id="f for ph at the beginning"),
        pytest.param("fisching", ["phishing", "vishing"], id="f for ph and a letter too many"),
        pytest.param("smartfone", ["smartphone"], id="inside"),
        pytest.param("vishin", ["vishing"], id="no f"),
    ],
)
def test_f_for_ph_is_a_slip(typed: str, expected: list[str]) -> None:
    snapshot = _lists(("phishing", "smartphone", "vishing"))
    assert [key for key, _ in corrections(typed, snapshot, 5)][: len(expected)] == expected


def test_words_of_one_article_and_codes_correct_nothing(archive: Archive) -> None:
    for typed in ("rarro", "covidd", "poo'"):
        assert not {"raro", "covid19", "po'"} & {key for key, _ in corrections(typed, archive.snapshot, 50)}


def test_short_words_have_one_edit_and_longer_ones_two(archive: Archive) -> None:
    assert corrections("acxxa", archive.snapshot, 5) == ()
    assert [key for key, _ in corrections("gxvxrno", archive.snapshot, 5)] == ["governo"]
    assert corrections("gxvxxno", archive.snapshot, 5) == ()


def test_the_word_itself_is_no_correction_of_it(archive: Archive) -> None:
    assert [key for key, _ in corrections("citta", archive.snapshot, 5)] == ["cita"]


def test_an_empty_archive_corrects_nothing() -> None:
    assert corrections("governo", empty_snapshot(), 5) == ()


words = st.text(st.sampled_from("acqhns"), min_size=1, max_size=7)


@given(typed=words, meant=words)
def test_costs_lie_between_the_edits_as_slips_and_as_edits(typed: str, meant: str) -> None:
    cost = edit_cost(typed, meant)
    edits = OSA.distance(typed, meant)
    first = 0.5 if typed[0] != meant[0] else 0.0
    assert 0.4 * edits + first - 1e-9 <= cost <= edits + first + 1e-9
    assert (cost == 0) == (typed == meant)
    assert cost == pytest.approx(_slow_cost(typed, meant) + first)


def _slow_cost(typed: str, meant: str) -> float:
    """The cheapest alignment, by trying all."""

    def price(word: str, at: int, otherwise: float) -> float:
        is_doubled = at > 0 and word[at] == word[at - 1] and word[at] not in "aeiou"
        return 0.4 if word[at] == "h" or is_doubled or word[at : at + 2] == "cq" else otherwise

    @cache
    def rest(one: int, two: int) -> float:
        if one == len(typed) and two == len(meant):
            return 0.0
        costs = []
        if one < len(typed):
            costs.append(price(typed, one, 1.0) + rest(one + 1, two))
        if two < len(meant):
            costs.append(price(meant, two, 0.85) + rest(one, two + 1))
        if one < len(typed) and two < len(meant):
            costs.append((typed[one] != meant[two]) + rest(one + 1, two + 1))
            pair = typed[one : one + 2]
            if len(pair) == 2 and pair[::-1] == meant[two : two + 2]:
                costs.append(0.85 + rest(one + 2, two + 2))
        return min(costs)

    return rest(0, 0)


@given(typed=st.text(st.sampled_from(string.ascii_lowercase), min_size=6, max_size=14), data=st.data())
def test_the_signatures_hide_no_word_within_two_edits(typed: str, data: st.DataObject) -> None:
    snapshot = _lists(tuple(data.draw(st.lists(_mistyped(typed), min_size=1, max_size=8, unique=True))))
    dictionary = snapshot.derived(dictionary_of)
    near = {key.decode() for key in dictionary.keys(dictionary.near(typed, 2))}
    every = {key.decode() for key in dictionary.keys(dictionary.key.tolist())}
    assert {key for key in every if OSA.distance(key, typed) <= 2} <= near


@st.composite
def _mistyped(draw: st.DrawFn, word: str) -> str:
    letters = list(word)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(letters) - 1))
        letters[at : at + draw(st.integers(0, 1))] = draw(st.sampled_from([["a"], ["z", "z"], []]))
    return "".join(letters) or "a"


def _lists(some: tuple[str, ...]) -> Snapshot:
    snapshot = empty_snapshot()
    snapshot.lexicon = Lexicon((build_part(some, 0),))
    snapshot.counters = np.full(len(some), 2, dtype=np.uint32)
    return snapshot


def test_dictionary_words_are_letters_only_and_sorted_by_length(archive: Archive) -> None:
    dictionary = archive.snapshot.derived(dictionary_of)
    found = [key.decode() for key in dictionary.keys(dictionary.key.tolist())]
    assert all(word.isascii() and word.isalpha() and word.islower() for word in found)
    assert list(map(len, found)) == sorted(map(len, found))
    printed = archive.snapshot.derived(word_counts)
    assert min(printed.doc_freq[dictionary.key]) >= 2
