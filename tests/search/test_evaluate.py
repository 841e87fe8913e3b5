"""Evaluation: judged queries asked of a temporary archive, under one setting or two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from judged import write_judgements

from index.operations import add_articles
from search import RankingSettings
from search.evaluate import compare_quality, evaluate, evaluation_as_json

TEXTS = {"d1": "il gatto nero", "d2": "il cane bianco", "d3": "la tartaruga", "d4": "pensioni di tutte le riforma"}
TEXTS |= {"d5": "riforma di tutte le pensioni", "d6": "gatto"}
FAR, USUAL = RankingSettings(pair_reach=4), RankingSettings()
"""Only FAR sees that the words of "riforma pensioni" are neighbours in d5; otherwise d4 comes first, by its id."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    queries = [("q1", "gatto rosso"), ("q2", "cane"), ("q3", "nessuno"), ("q4", "riforma pensioni")]
    grades = [("q1", "d1", 2), ("q1", "d6", 1), ("q2", "d3", 1), ("q4", "d5", 1)]
    return write_judgements(tmp_path / "judged", TEXTS, queries, grades)


def test_any_word_of_a_judged_query_will_do(folder: Path) -> None:
    (quality,) = evaluate(folder)
    assert quality.texts == {"q1": "gatto rosso", "q2": "cane", "q4": "riforma pensioni"}
    assert quality.of_query["q1"].recall == 1.0
    assert quality.of_query["q2"].ndcg == 0.0
    assert quality.means.recall == pytest.approx(2 / 3)


def test_settings_are_compared_over_the_same_queries(folder: Path) -> None:
    far, usual = evaluate(folder, [FAR, USUAL])
    assert far.texts == usual.texts
    assert (far.of_query["q4"].mrr, usual.of_query["q4"].mrr) == (1.0, 0.5)
    compared = compare_quality(far, usual)
    assert (compared.wins, compared.ties, compared.losses, compared.p_value) == (1, 2, 0, 1.0)


def test_the_texts_are_indexed_once_for_all_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed: list[Path] = []

    def counted(data_dir: Path, *arguments: Any) -> object:
        indexed.append(data_dir)
        return add_articles(data_dir, *arguments)

    monkeypatch.setattr("search.evaluate.add_articles", counted)
    assert len(evaluate(folder, [FAR, USUAL])) == 2
    assert len(indexed) == 1


def test_a_query_leaves_out_its_own_article_on_request_only(tmp_path: Path) -> None:
    texts = {"a": "gatto nero", "b": "gatto"}
    grades = [("qa", "a", 3), ("qa", "b", 1)]
    folder = write_judgements(tmp_path / "judged", texts, [("qa", "gatto nero")], grades)
    assert evaluate(folder)[0].of_query["qa"].precision == pytest.approx(2 / 5)
    (without,) = evaluate(folder, leave_out_own=True)
    assert (without.means.ndcg, without.means.mrr) == (1.0, 1.0)
    assert without.means.precision == pytest.approx(1 / 5)


def test_an_article_that_is_left_out_takes_no_place_of_the_hundred(tmp_path: Path) -> None:
    texts = {f"a{number:03d}": "gatto" for number in range(101)}
    folder = write_judgements(tmp_path / "judged", texts, [("qa000", "gatto")], [("qa000", "a100", 1)])
    assert evaluate(folder)[0].means.recall == 0.0
    assert evaluate(folder, leave_out_own=True)[0].means.recall == 1.0


def test_relevant_articles_without_a_text_are_told(tmp_path: Path) -> None:
    grades = [("q", "a", 1), ("q", "gone", 1), ("q", "ignored", 0)]
    folder = write_judgements(tmp_path / "judged", {"a": "gatto"}, [("q", "gatto")], grades)
    missing: list[str] = []
    (quality,) = evaluate(folder, on_missing=missing.extend)
    assert missing == ["gone"]
    assert quality.means.recall == 0.5


def test_json_has_the_means_and_on_request_each_query(folder: Path) -> None:
    (quality,) = evaluate(folder, half="odd")
    told = evaluation_as_json(quality, None, each_query=True)
    assert list(told) == ["ndcg", "mrr", "recall", "precision", "queries", "per_query"]
    assert told["queries"] == 1
    assert list(told["per_query"][0]) == ["query", "text", "ndcg", "mrr", "recall", "precision"]
    assert "per_query" not in evaluation_as_json(quality, None, each_query=False)


def test_json_of_a_comparison_has_both_sides_and_the_test(folder: Path) -> None:
    first, second = evaluate(folder, [FAR, USUAL])
    told = evaluation_as_json(first, second, each_query=True)
    assert list(told["against"]) == list(told["difference"]) == ["ndcg", "mrr", "recall", "precision"]
    assert told["difference"]["ndcg"] == told["ndcg"] - told["against"]["ndcg"] > 0
    assert [told[name] for name in ("wins", "ties", "losses", "p_value")] == [1, 2, 0, 1.0]
    assert told["per_query"][2]["mrr"] - told["per_query"][2]["against"]["mrr"] == 0.5
