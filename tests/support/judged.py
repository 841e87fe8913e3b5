"""Folders of judgements for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_judgements(
    folder: Path,
    texts: Mapping[str, str],
    queries: Sequence[tuple[str, str]],
    grades: Sequence[tuple[str, str, int]],
) -> Path:
    """Write article id -> body, (query, text) and (query, article id, grade) as the three files; returns the folder."""
    folder.mkdir(exist_ok=True)
    documents = [json.dumps({"id": article_id, "body": body}) for article_id, body in texts.items()]
    tables = {"docs.jsonl": documents, "queries.tsv": map("\t".join, queries)}
    tables["qrels.tsv"] = [f"{query}\t{article_id}\t{grade}" for query, article_id, grade in grades]
    for name, lines in tables.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder
