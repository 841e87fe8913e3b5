"""Quality: the ranking is at least as good as it has been, on judged queries that nobody of this project wrote."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import pytest

from search.evaluate import evaluate, evaluate_related


class Floor(NamedTuple):
    """What the measures of the even half of a set must reach; settings are chosen on the odd half."""

    name: str
    ndcg: float
    mrr: float
    recall: float
    precision: float
    leave_out_own: bool = False


FLOORS = (
    Floor("squad-it", ndcg=0.862, mrr=0.836, recall=0.985, precision=0.181),
    Floor("qa4faq", ndcg=0.630, mrr=0.575, recall=0.985, precision=0.175),
    Floor("newspairs", ndcg=0.391, mrr=0.300, recall=0.850, precision=0.105, leave_out_own=True),
)
"""About half a point below what was measured (docs/relevance.md); raised when the ranking gets better."""


@pytest.mark.quality
@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.name)
def test_judged_queries_are_answered_at_least_as_well_as_before(shared_data: Path, floor: Floor) -> None:
    folder = shared_data / "judgements" / floor.name
    (quality,) = evaluate(folder, half="even", leave_out_own=floor.leave_out_own)
    means = asdict(quality.means)
    assert len(quality.texts) > 100
    assert {name: value for name, value in means.items() if value < getattr(floor, name)} == {}, means


@pytest.mark.quality
def test_related_news_are_at_least_as_good_as_before(shared_data: Path) -> None:
    quality = evaluate_related(shared_data / "judgements" / "newspairs", half="even")
    assert len(quality.texts) > 100
    assert quality.means.ndcg >= 0.42, quality.means
