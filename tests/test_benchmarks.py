"""Benchmarks run at a tiny size, so that none rots, and the figures that a test can hold are held."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.corpus import articles
from benchmarks.queries import SHARES, make_questions

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "index" / "demo" / "articles.jsonl"
FORMS = ROOT.parent / "shared" / "data" / "lexical" / "ud_italian_form_lemma.tsv"


def run(name: str, *options: str) -> dict[str, dict[str, float]]:
    """What a benchmark reports."""
    command = [sys.executable, str(ROOT / "benchmarks" / name), "--json", *options]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": "."}
    )
    report: dict[str, dict[str, float]] = json.loads(done.stdout)
    return report


def test_italian_analysis_is_measured() -> None:
    report = run("bench_italian.py", "--articles", "20", "--forms", "none")
    assert report["tokenising"]["words"] > 1_000
    assert report["keying"]["forms"] > 500


def test_inflections_of_real_texts_are_joined_and_other_words_are_not() -> None:
    if not FORMS.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{FORMS} is missing")
        pytest.skip("the table of forms is not beside the checkout")
    conflated = run("bench_italian.py", "--articles", "5")["level L"]
    assert conflated["f1"] >= 0.90
    assert conflated["query_f"] >= 0.93


def measured(name: str, folder: Path, *options: str) -> dict[str, Any]:
    """The figures that a benchmark of pages keeps, at a tiny size."""
    kept = folder / "figures.json"
    sizes = ["--articles", "200", "--source", str(DEMO), "--work", str(folder), "--json", str(kept)]
    command = [sys.executable, "-m", f"benchmarks.{name}", *sizes, *options]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "."})
    figures: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return figures


def test_the_same_seed_gives_the_same_articles() -> None:
    def some(num_articles: int, seed: int) -> list[dict[str, object]]:
        return list(islice(articles(num_articles, seed=seed, source=DEMO), 50))

    assert some(1_000, 1) == some(1_000, 1)
    assert some(1_000, 1) != some(1_000, 2)


def test_the_first_articles_are_the_same_at_every_size_but_for_their_dates() -> None:
    def texts(num_articles: int) -> list[object]:
        return [(one["title"], one["body"], one["section"]) for one in islice(articles(num_articles, source=DEMO), 50)]

    assert texts(100) == texts(5_000)


def test_articles_are_as_long_as_news_and_bring_new_words_for_ever() -> None:
    lengths, known, growth = [], set[str](), list[int]()
    for article in articles(3_000, source=DEMO):
        words = str(article["body"]).split()
        lengths.append(len(words))
        known.update(words)
        growth.append(len(known))
    assert 400 < sum(lengths) / len(lengths) < 460
    assert growth[2_999] > 1.2 * growth[1_499]


def test_dates_ascend_over_twenty_years() -> None:
    days = [str(article["date"]) for article in articles(500, source=DEMO)]
    assert days == sorted(days)
    assert days[0].startswith("2006-01")
    assert days[-1].startswith("2025-12")


def test_there_are_as_many_questions_of_each_kind_as_are_written_down() -> None:
    questions = make_questions(articles(400, source=DEMO))
    assert Counter(question.kind for question in questions) == SHARES
    assert len(questions) >= 200
    assert questions == make_questions(articles(400, source=DEMO))


def test_the_shares_of_the_questions_stand_in_the_manual() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [kind for kind, number in SHARES.items() if f"| {kind} | {number} |" not in page] == []
    assert f"{sum(SHARES.values())} of them" in page


def test_pages_of_ours_and_of_others_are_measured(tmp_path: Path) -> None:
    asked = ("--peers", "fts5,tantivy", "--rounds", "1", "--repeats", "1", "--every", "15")
    report = measured("bench_pages", tmp_path, *asked)
    for name in ("emeroteca", "emeroteca-as-asked", "fts5"):
        figures = report["engines"][name]
        assert 0 < figures["warm"]["p50_ms"] <= figures["warm"]["p99_ms"]
        assert figures["cold"]["p50_ms"] > 0
        assert figures["disk_bytes"] > report["corpus"]["text_bytes"] / 4
        assert figures["private_bytes"] > 1_000_000
        assert figures["answers"]["facets_add_up"]
        assert figures["answers"]["compared"] > 0
    assert {"version", "missing"} & set(report["engines"]["tantivy"])
    own = report["emeroteca"]
    assert sum(own["parts_bytes"].values()) <= report["engines"]["emeroteca"]["disk_bytes"] * 1.1
    assert {"postings", "positions", "lexicon", "store"} <= set(own["parts_bytes"])
    assert own["added"]["p50_ms"] > 0
    assert own["command"]["cached_ms"] > 0
    tables = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.report",
            str(tmp_path / "figures.json"),
            "--plot",
            str(tmp_path / "plot.svg"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(r"^\| fts5 [\d.]+ \|", tables, re.MULTILINE)
    assert "| eight words, any |" in tables
    plot = ET.parse(tmp_path / "plot.svg")
    drawn = [text.text for text in plot.iterfind(".//{http://www.w3.org/2000/svg}text")]
    assert drawn.count("emeroteca") == drawn.count("fts5") == 2  # a median and a percentile of each


def test_a_server_is_measured_while_articles_are_added(tmp_path: Path) -> None:
    report = measured("bench_server", tmp_path, "--clients", "2", "--seconds", "2", "--processes", "2")
    assert report["private_bytes"] > 1_000_000
    assert [level["asked"] for level in report["clients"]] == ["pages", "json"]
    for level in report["clients"]:
        assert level["processes"] == 2
        assert level["requests_per_s"] > 1
        # The first process does nothing: what is told is what the others work.
        assert level["processor_ms"] > 0
        assert level["failed"] == 0
        assert level["added"] > 0
        assert 0 < level["p50_ms"] <= level["p99_ms"]


def test_a_server_is_measured_alone(tmp_path: Path) -> None:
    report = measured("bench_server", tmp_path, "--clients", "1", "--seconds", "1", "--asked", "json", "--no-add")
    (level,) = report["clients"]
    assert level["requests_per_s"] > 1
    assert level["added"] == level["failed"] == 0


def test_related_news_are_measured(tmp_path: Path) -> None:
    report = measured("bench_related", tmp_path, "--asked", "4")
    for kind in ("article", "draft", "search"):
        assert 0 < report[kind]["p50_ms"] <= report[kind]["p95_ms"]
