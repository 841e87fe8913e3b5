"""This engine, by its public interface: as readers get it, and answering only what was asked as the others do."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import search
from benchmarks.peers.protocol import TOP, Answer
from benchmarks.queries import Question
from index.operations import add_files

NOW: Final = date(2026, 1, 1)
"""The day from which freshness is reckoned: just behind the last article."""


class Emeroteca:
    """With everything that a reader gets: few answers are widened, wrong words get a suggestion."""

    family = "emeroteca"
    version = version("emeroteca")
    setting = "compiled kernels; with widening and suggestions, titles highlighted, facets of authors and years"
    most_articles = 1_000_000
    widen = True

    def build(self, corpus: Path, folder: Path) -> None:
        add_files(folder, [str(corpus)])

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._archive = search.open_archive(folder, kernels="compiled")

    def page(self, question: Question) -> Answer:
        kwargs: dict[str, Any] = question.kwargs
        page = self._archive.search(question.text, widen=self.widen, size=TOP, now=NOW, **kwargs)
        for hit in page.hits:
            hit.snippet.html()
        facets = {name: {one.value: one.count for one in page.facets[name]} for name in ("section", "site")}
        facets["month"] = {str(month): count for month, count in page.histogram}
        return Answer(
            page.total,
            [hit.article.article_id for hit in page.hits],
            facets,
        )

    def close(self) -> None:
        self._archive.close()


class EmerotecaAsAsked(Emeroteca):
    """Without widening, as no other engine here does it."""

    setting = "compiled kernels; widen=False, the rest as for readers"
    widen = False
