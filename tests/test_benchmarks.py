"""Benchmarks run at a tiny size, so that none rots, and the figures that a test can hold are held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
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
