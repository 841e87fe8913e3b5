"""Articles of ``tests/data/stories``, written for it: a release as four sites printed it, and news of its own days."""

from __future__ import annotations

import json
from pathlib import Path

from index.article import Article, article_from_record

_PAIRS = Path(__file__).resolve().parents[1] / "data" / "stories" / "pairs.jsonl"


def written_articles() -> list[Article]:
    """All of them, each once."""
    records = [
        pair[name]
        for pair in map(json.loads, _PAIRS.read_text(encoding="utf-8").splitlines())
        for name in ("one", "other")
    ]
    return [article_from_record(record) for record in {record["id"]: record for record in records}.values()]
