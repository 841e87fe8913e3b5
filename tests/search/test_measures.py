"""Measures: what each promises, by hand and by its definition."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArchiveError
from search.measures import Measures, measure

ARTICLES = [f"a{number}" for number in range(120)]


def measured(found: list[str], grades: dict[str, int]) -> Measures:
    """The measures of one list."""
    means, of_query = measure({"q": found}, {"q": grades})
    assert of_query == {"q": means}
    return means


def gain(grades: list[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades[:10], start=1))


def test_grades_count_as_gains_discounted_by_rank() -> None:
    graded = measured(["b", "x", "a"], {"a": 3, "b": 1, "c": 2, "x": 0})
    assert graded.ndcg == pytest.approx((1 + 3 / 2) / (3 + 2 / math.log2(3) + 1 / 2))
    assert graded.mrr == 1.0
    assert graded.recall == pytest.approx(2 / 3)
    assert graded.precision == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        (1, Measures(ndcg=1.0, mrr=1.0, recall=1.0, precision=0.2)),
        (5, Measures(ndcg=1 / math.log2(6), mrr=0.2, recall=1.0, precision=0.2)),
        (6, Measures(ndcg=1 / math.log2(7), mrr=1 / 6, recall=1.0, precision=0.0)),
        (10, Measures(ndcg=1 / math.log2(11), mrr=0.1, recall=1.0, precision=0.0)),
        (11, Measures(ndcg=0.0, mrr=0.0, recall=1.0, precision=0.0)),
        (100, Measures(ndcg=0.0, mrr=0.0, recall=1.0, precision=0.0)),
        (101, Measures(ndcg=0.0, mrr=0.0, recall=0.0, precision=0.0)),
    ],
)
def test_each_measure_looks_as_deep_as_its_name_says(rank: int, expected: Measures) -> None:
    found = measured(ARTICLES, {ARTICLES[rank - 1]: 1})
    for name in Measures.__slots__:
        assert getattr(found, name) == pytest.approx(getattr(expected, name)), name


def test_a_list_is_judged_in_its_own_order_not_by_ids() -> None:
    assert measured(["z", "a"], {"z": 1}).mrr == 1.0
    assert measured(["a", "z"], {"z": 1}).mrr == 0.5


def test_a_query_that_found_nothing_counts_in_the_means() -> None:
    means, of_query = measure({"one": ["a"], "two": []}, {"one": {"a": 1}, "two": {"a": 1}, "three": {"a": 1}})
    assert list(of_query) == ["one", "two", "three"]
    nothing = Measures(ndcg=0.0, mrr=0.0, recall=0.0, precision=0.0)
    assert (of_query["two"], of_query["three"]) == (nothing, nothing)
    assert means.ndcg == means.mrr == means.recall == pytest.approx(1 / 3)
    assert means.precision == pytest.approx(1 / 15)


@given(
    found=st.lists(st.sampled_from(ARTICLES[:30]), unique=True),
    grades=st.dictionaries(st.sampled_from(ARTICLES[:30]), st.integers(0, 3)).filter(lambda one: any(one.values())),
)
def test_the_library_agrees_with_the_definitions(found: list[str], grades: dict[str, int]) -> None:
    given_grades = [grades.get(article_id, 0) for article_id in found]
    relevant = [rank for rank, grade in enumerate(given_grades, start=1) if grade]
    one = measured(found, grades)
    assert one.ndcg == pytest.approx(gain(given_grades) / gain(sorted(grades.values(), reverse=True)))
    assert one.mrr == pytest.approx(1 / relevant[0] if relevant and relevant[0] <= 10 else 0)
    assert one.recall == pytest.approx(len(relevant) / sum(map(bool, grades.values())))
    assert one.precision == pytest.approx(sum(rank <= 5 for rank in relevant) / 5)


def test_a_missing_library_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(ArchiveError, match=r"ir-measures, which is not installed; run `pip install ir-measures`$"):
        measure({}, {"q": {"a": 1}})
