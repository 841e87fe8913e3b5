"""Comparison: wins, ties and losses, and the p-value of the randomisation test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import comparison
from search.comparison import compare, randomisation_p_value

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Heights of crossed less self-fertilised maize, in eighths of an inch: Darwin's, as in Fisher 1935."""

values = st.lists(st.sampled_from((0.0, 0.25, 0.5, 1.0)), max_size=30)


def test_queries_are_counted_by_which_is_greater() -> None:
    compared = compare([0.5, 0.2, 0.3, 1.0], [0.4, 0.2, 0.3 + 1e-12, 1.0 - 0.5])
    assert (compared.wins, compared.ties, compared.losses) == (2, 2, 0)


def test_the_p_value_of_few_queries_is_exact() -> None:
    assert compare([0.9, 0.9, 0.9], [0.1, 0.2, 0.3]).p_value == 2 / 8
    assert compare([0.9, 0.1], [0.1, 0.9]).p_value == 1.0
    # Fisher, The Design of Experiments, 1935, section 21: 1,726 of the 32,768 are as far from 0, 5.267 %.
    assert randomisation_p_value(np.array(DARWIN, dtype=np.float64)) == 1_726 / 32_768


def test_no_difference_has_p_value_one() -> None:
    assert compare([], []).p_value == 1.0
    assert compare([0.5] * 40, [0.5] * 40).p_value == 1.0


def test_ties_do_not_change_the_p_value() -> None:
    few = compare([0.9, 0.9, 0.9, 0.2], [0.1, 0.2, 0.3, 0.3])
    assert compare([0.9, 0.9, 0.9, 0.2, *[0.5] * 900], [0.1, 0.2, 0.3, 0.3, *[0.5] * 900]).p_value == few.p_value


def test_the_sampled_p_value_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MAX_EXACT", 0)
    sampled = randomisation_p_value(np.array(DARWIN, dtype=np.float64))
    # Three standard deviations of a share of .0527 among 9,999.
    assert sampled == pytest.approx(1_726 / 32_768, abs=3 * (0.0527 * 0.9473 / 9_999) ** 0.5)
    assert sampled == randomisation_p_value(np.array(DARWIN, dtype=np.float64))


def test_a_sampled_p_value_is_never_zero() -> None:
    assert compare([1.0] * 100, [0.0] * 100).p_value == 1 / 10_000


@given(first=values, data=st.data())
def test_changing_sides_changes_only_the_sides(first: list[float], data: st.DataObject) -> None:
    second = data.draw(st.permutations(first))
    one, other = compare(first, second), compare(second, first)
    assert (one.wins, one.ties, one.losses) == (other.losses, other.ties, other.wins)
    assert one.wins + one.ties + one.losses == len(first)
    assert one.p_value == other.p_value
    assert 0 < one.p_value <= 1


def test_lists_of_different_lengths_are_misuse() -> None:
    with pytest.raises(ValueError, match="2 values against 1"):
        compare([0.1, 0.2], [0.1])
