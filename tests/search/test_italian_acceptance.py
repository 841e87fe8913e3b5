"""Italian as people type it and as it is printed: each text is found by the question that means it, and by no other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest
from archives import build_archive
from golden import golden_rows, table_rows

from index.article import Article, article_from_record
from index.sources import read_source
from search import Archive, open_archive

ROWS = golden_rows("italian/acceptance.tsv", at_least=500)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
OURS = ("Prova",)


class Asked(NamedTuple):
    """An archive that has the texts of a table among other articles, each under its own text as id."""

    archive: Archive

    def finds(self, question: str, text: str) -> bool:
        """Whether a question, as asked and no looser, finds a text of the table."""
        page, total = 1, 1
        while (page - 1) * 100 < total:
            answer = self.archive.search(question, widen=False, sections=OURS, size=100, page=page)
            if any(hit.article.article_id == ascii(text) for hit in answer.hits):
                return True
            page, total = page + 1, answer.total
        return False


def _article(text: str) -> Article:
    return article_from_record({"id": ascii(text), "title": "Zeta", "body": text, "section": list(OURS)})


def _opened(folder: Path, background: Path, texts: list[str]) -> Archive:
    others = [one for one in read_source(str(background)) if isinstance(one, Article)]
    assert len(others) > 100
    return open_archive(build_archive(folder / "archive", [*others, *map(_article, texts)]))


@pytest.fixture(scope="module")
def among_demo_articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    demo = Path(str(files("index"))) / "demo" / "articles.jsonl"
    with _opened(tmp_path_factory.mktemp("acceptance"), demo, [str(row.values[0]) for row in ROWS]) as archive:
        yield Asked(archive)


@pytest.mark.parametrize(("text", "finding", "missing", "why"), ROWS)
def test_a_text_is_found_by_what_means_it_alone(
    among_demo_articles: Asked, text: str, finding: str, missing: str, why: str
) -> None:
    assert among_demo_articles.finds(finding, text)
    assert not among_demo_articles.finds(missing, text)


def test_the_cases_of_real_news_hold_among_real_news(tmp_path: Path) -> None:
    table = SHARED / "italian_cases.tsv"
    if not table.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{table} is missing")
        pytest.skip("the table of cases is not beside the checkout")
    rows = [row for row in table_rows(table) if row[0] != "input"]
    assert len(rows) > 50
    with _opened(tmp_path, SHARED / "archives" / "tradepress.jsonl", [text for text, *_ in rows]) as archive:
        asked = Asked(archive)
        wrong = [
            (text, finding, missing)
            for text, _, finding, missing in rows
            if not asked.finds(finding, text) or asked.finds(missing, text)
        ]
    assert wrong == []
