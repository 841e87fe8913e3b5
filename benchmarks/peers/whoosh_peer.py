"""Whoosh: the search engine in Python alone, from which our query language comes."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from whoosh import analysis, fields, index, query, sorting

from benchmarks.peers.protocol import TOP, Answer, day_bounds, read_corpus
from benchmarks.queries import Question, Term

_TEXTS = ("title", "lead", "body")


class Whoosh:
    """Its Italian analyzer removes stop words, so its phrases are without them."""

    family = "whoosh"
    version = version("whoosh")
    setting = "LanguageAnalyzer('it') (stop words removed), BM25F, one text field, sortable columns, own highlights"
    most_articles = 100_000

    def __init__(self) -> None:
        self._analyzer = analysis.LanguageAnalyzer("it")
        self._schema = fields.Schema(
            id=fields.STORED,
            text=fields.TEXT(analyzer=self._analyzer, phrase=True, stored=True),
            site=fields.ID(sortable=True),
            section=fields.ID(sortable=True),
            month=fields.NUMERIC(int, sortable=True),
            day=fields.NUMERIC(int),
        )

    def build(self, corpus: Path, folder: Path) -> None:
        writer = index.create_in(folder, self._schema).writer(limitmb=512, procs=2)
        for record in read_corpus(corpus):
            text = f"{record.title}\n{record.lead}\n{record.body}"
            writer.add_document(
                id=record.id, text=text, site=record.site, section=record.section, month=record.month, day=record.day
            )
        writer.commit(optimize=True)

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._index = index.open_dir(folder)
        self._searcher = self._index.searcher()

    def page(self, question: Question) -> Answer:
        wanted = self._query(question)
        facets = sorting.Facets().add_field("site").add_field("section").add_field("month")
        results = self._searcher.search(wanted, limit=TOP, groupedby=facets, maptype=sorting.Count)
        shown = results[:TOP]  # with facets, the results are all that were found
        for hit in shown:
            hit.highlights("text", top=1)
        counts = {name: results.groups(name) for name in ("site", "section", "month")}
        return Answer(len(results), [hit["id"] for hit in shown], counts)

    def close(self) -> None:
        self._searcher.close()
        self._index.close()

    def _query(self, question: Question) -> Any:
        conditions: list[Any] = [query.Or([self._term(term) for term in terms]) for terms in question.must]
        wanted = query.Or(conditions) if question.any_word else query.And(conditions)
        filters: list[Any] = []
        if question.section:
            # Its own value, or that of a section below it.
            below = query.Prefix("section", f"{question.section} / ")
            filters.append(query.ConstantScoreQuery(query.Or([query.Term("section", question.section), below]), 0.0))
        if bounds := day_bounds(question):
            filters.append(query.ConstantScoreQuery(query.NumericRange("day", *bounds), 0.0))
        filters += [query.Not(self._term(term)) for term in question.must_not]
        return query.And([wanted, *filters]).normalize()

    def _term(self, term: Term) -> Any:
        if term.kind == "prefix":
            return query.Prefix("text", term.text)
        words = [token.text for token in self._analyzer(term.text, mode="query")]
        if len(words) == 1:
            return query.Term("text", words[0])
        return query.Phrase("text", words) if words else query.NullQuery
