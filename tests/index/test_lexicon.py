"""The lexicon: forms and their keys, in one part or in many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import CONTENT_WORDS, FUNCTION_WORDS
from reading import read_text

from index.italian import MARK, exact_keys
from index.lexicon import LEVELS, Lexicon, build_part, merge_parts

WORDS = sorted({form for text in (*CONTENT_WORDS, *FUNCTION_WORDS) for _, form in read_text(text).tokens})
_forms = st.lists(st.one_of(st.sampled_from(WORDS), st.text("abà'-", min_size=1, max_size=4)), unique=True, max_size=25)


def lexicon_of(*pieces: list[str]) -> Lexicon:
    """A lexicon of several parts."""
    first, parts = 0, []
    for piece in pieces:
        parts.append(build_part(piece, first))
        first += len(piece)
    return Lexicon(tuple(parts))


def pieces_of(forms: list[str], borders: list[int]) -> list[list[str]]:
    """The forms cut into neighbouring pieces."""
    at = sorted(min(border, len(forms)) for border in borders)
    return [forms[start:end] for start, end in zip([0, *at], [*at, len(forms)], strict=True)]


_borders = st.lists(st.integers(0, 25), max_size=3)


@given(forms=_forms, borders=_borders, asked=_forms)
def test_forms_are_found_by_their_text_and_their_number(forms: list[str], borders: list[int], asked: list[str]) -> None:
    lexicon = lexicon_of(*pieces_of(forms, borders))
    assert lexicon.num_forms == len(forms)
    assert [lexicon.form(at) for at in range(len(forms))] == forms
    assert lexicon.find(asked).tolist() == [forms.index(one) if one in forms else -1 for one in asked]


@given(forms=_forms, borders=_borders, asked=st.lists(st.sampled_from(WORDS), max_size=3))
def test_forms_are_found_by_their_keys(forms: list[str], borders: list[int], asked: list[str]) -> None:
    lexicon = lexicon_of(*pieces_of(forms, borders))
    for level, keys_of in LEVELS.items():
        keys = [key for one in asked for key in keys_of(one)]
        expected = [at for at, form in enumerate(forms) if set(keys) & set(keys_of(form))]
        assert lexicon.with_key(level, keys).tolist() == expected


@given(forms=_forms.filter(bool), borders=_borders, data=st.data())
def test_forms_are_found_by_the_keys_of_another(forms: list[str], borders: list[int], data: st.DataObject) -> None:
    lexicon = lexicon_of(*pieces_of(forms, borders))
    one = data.draw(st.integers(0, len(forms) - 1))
    for level, keys_of in LEVELS.items():
        expected = [at for at, form in enumerate(forms) if set(keys_of(forms[one])) & set(keys_of(form))]
        assert lexicon.with_keys_of(level, one).tolist() == expected


@given(
    forms=_forms, borders=_borders, prefix=st.sampled_from(("", "g", "gov", "e", "ci", "a", "ab", "5", "zz", "c+", "à"))
)
def test_forms_are_found_by_the_beginning_of_their_key(forms: list[str], borders: list[int], prefix: str) -> None:
    lexicon = lexicon_of(*pieces_of(forms, borders))
    holders = [at for at, form in enumerate(forms) if any(key.startswith(prefix) for key in exact_keys(form))]
    keys = sorted({key for form in forms for key in exact_keys(form) if key.startswith(prefix)}, key=str.encode)
    found, num_keys = lexicon.with_prefix(prefix, np.ones(len(forms), dtype=np.int64), at_most=1_000)
    assert (found.tolist(), num_keys) == (holders, len(keys))


def test_of_too_many_keys_the_heaviest_are_kept() -> None:
    forms = ["gatto", "gatta", "Gatta", "gatti", "gattino", "cane"]
    lexicon = lexicon_of(forms[:3], forms[3:])
    weights = np.array([5, 2, 2, 3, 1, 99])
    found, num_keys = lexicon.with_prefix("gat", weights, at_most=2)
    assert ([lexicon.form(at) for at in found.tolist()], num_keys) == (["gatto", "gatta", "Gatta"], 4)


def test_forms_without_weight_take_no_place() -> None:
    lexicon = lexicon_of(["gatto", "gatta", "gatti"])
    found, num_keys = lexicon.with_prefix("gat", np.array([0, 1, 1]), at_most=2)
    assert (found.tolist(), num_keys) == ([1, 2], 2)


@given(forms=_forms, borders=_borders)
def test_merged_parts_are_the_part_that_would_have_been_built_at_once(forms: list[str], borders: list[int]) -> None:
    whole = build_part(forms, 7)
    first, parts = 7, []
    for piece in pieces_of(forms, borders):
        parts.append(build_part(piece, first))
        first += len(piece)
    merged = merge_parts(parts)
    assert set(merged) == set(whole)
    for name, array in whole.items():
        assert merged[name].tolist() == array.tolist(), name
        assert merged[name].dtype == array.dtype, name


@given(forms=_forms, borders=_borders, data=st.data())
def test_keys_of_some_forms_are_listed_in_order(forms: list[str], borders: list[int], data: st.DataObject) -> None:
    lexicon = lexicon_of(*pieces_of(forms, borders))
    some = sorted(data.draw(st.sets(st.sampled_from(range(len(forms)))))) if forms else []
    for level, keys_of in LEVELS.items():
        keys, places = lexicon.keys_of(level, np.array(some, dtype=np.uint32))
        pairs = list(zip(keys.tolist(), places.tolist(), strict=True))
        assert pairs == sorted(pairs)
        assert sorted(places.tolist()) == [at for at, form_id in enumerate(some) for _ in keys_of(forms[form_id])]


def test_an_empty_lexicon_finds_nothing() -> None:
    lexicon = Lexicon(())
    assert lexicon.num_forms == 0
    assert lexicon.find(["a"]).tolist() == [-1]
    assert lexicon.with_key("exact", ["a"]).tolist() == []
    found, num_keys = lexicon.with_prefix("a", np.zeros(0), at_most=3)
    assert (found.tolist(), num_keys) == ([], 0)
    assert [array.tolist() for array in lexicon.keys_of("stem", np.zeros(0, dtype=np.uint32))] == [[], []]


def test_a_number_that_no_form_has_is_an_error() -> None:
    with pytest.raises(IndexError):
        lexicon_of(["a"], ["b"]).form(2)


def test_a_mark_makes_another_form_with_the_same_keys() -> None:
    lexicon = lexicon_of(["Governo", "Governo" + MARK])
    assert lexicon.find(["Governo", "Governo" + MARK]).tolist() == [0, 1]
    assert lexicon.with_key("exact", ["governo"]).tolist() == [0, 1]


@given(forms=_forms, borders=_borders, prefix=st.sampled_from(("", "g", "gov", "e", "a", "ab", "5", "zz", "c+", "à")))
def test_keys_with_a_beginning_are_listed_once_in_the_order_of_their_bytes(
    forms: list[str], borders: list[int], prefix: str
) -> None:
    lexicon = lexicon_of(*pieces_of(forms, borders))
    expected = {key for form in forms for key in exact_keys(form) if key.startswith(prefix)}
    assert lexicon.keys_with_prefix(prefix) == sorted(expected, key=str.encode)
