"""Explanations: their value is the score, and they name the level that matched."""

from __future__ import annotations

from datetime import date

import pytest
from archives import temporary_archive

from index.article import Article
from search import Page

TODAY = date(2026, 3, 13)


def ids(page: Page) -> list[str]:
    return [hit.article.article_id for hit in page.hits]


@pytest.mark.parametrize(
    ("question", "level"),
    [
        ("riforme", "stessa parola, in ogni sua forma"),
        ("riforma", "stessa grafia"),
        ("riformare", "stessa famiglia"),
        ("città", "proprio come è stata scritta"),
        ('"riforma della città"', "parole in sequenza"),
        ("rifor*", "parole che iniziano così"),
        ("rifroma~", "parole simili"),
        ("riforma città", "parole vicine nel testo"),
    ],
)
def test_an_explanation_equals_the_score_and_names_the_level(question: str, level: str) -> None:
    article = Article(article_id="1", title="x", body="riforma della città", published=TODAY)
    with temporary_archive([article]) as archive:
        (hit,) = archive.search(question, now=TODAY, explain=True).hits
        assert archive.search(question, now=TODAY).hits[0].explanation is None
    assert hit.explanation is not None
    assert hit.explanation.value == hit.score > 0
    told = [leaf.text for part in (hit.explanation, *hit.explanation.parts) for leaf in part.parts]
    assert any(level in text for text in told)
