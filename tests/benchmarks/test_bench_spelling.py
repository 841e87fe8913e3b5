"""The benchmark of spelling runs at a tiny size, so that it does not rot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from archives import build_archive

from index.article import Article

ROOT = Path(__file__).resolve().parents[2]


def test_it_runs_and_reports_as_json(tmp_path: Path) -> None:
    text = (
        "La scuola d’informatica spiega che l’architettura della città richiede pazienza, perché attraversa il traffico"
    )
    articles = [Article(article_id=str(at), title="Università", body=text) for at in range(3)]
    build_archive(tmp_path / "archive", articles)
    script = ROOT / "benchmarks" / "bench_spelling.py"
    sizes = ["--typos", "14", "--keys", "200", "--by-articles", "--json"]
    command = [sys.executable, str(script), str(tmp_path / "archive"), *sizes]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["suggestions"]["typos"] == 14
    assert report["enlarged"]["keys"] >= 200
    assert report["corrections"]["top5"] >= report["corrections"]["top1"] > 0.5
