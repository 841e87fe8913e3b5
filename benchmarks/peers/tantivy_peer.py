"""tantivy-py: the library that a Python program would take for speed."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tantivy

from benchmarks.peers.highlighting import OurSnippets
from benchmarks.peers.protocol import TOP, Answer, Record, day_bounds, read_corpus
from benchmarks.queries import Question, Term

_HEAP_BYTES = 1_000_000_000
_COUNTS = {
    "section": {"terms": {"field": "section", "size": 100}},
    "site": {"terms": {"field": "site", "size": 100}},
    "month": {"terms": {"field": "month", "size": 1_000}},
}


class Tantivy:
    """Title, lead and body are values of one field, which is quicker than three fields with a weight each."""

    family = "tantivy"
    version = version("tantivy")
    setting = "one text field (titles weigh no more), Italian stemmer, accents folded, fast fields, own snippets"
    most_articles = 1_000_000

    def __init__(self) -> None:
        text = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.remove_long(60))
        text = text.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("italian"))
        self._analyzer = text.filter(tantivy.Filter.ascii_fold()).build()
        schema = tantivy.SchemaBuilder().add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("url", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", stored=True, tokenizer_name="italian", index_option="position")
        for name in ("site", "section"):
            schema.add_text_field(name, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
        for name in ("month", "day"):
            schema.add_integer_field(name, indexed=True, fast=True)
        self._schema = schema.build()

    def build(self, corpus: Path, folder: Path) -> None:
        index = self._index(folder)
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=2)
        for record in read_corpus(corpus):
            writer.add_document(_document(record))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._opened = self._index(folder)
        self._searcher = self._opened.searcher()

    def page(self, question: Question) -> Answer:
        query = self._query(question)
        found = self._searcher.search(query, limit=TOP, count=True)
        counted = self._searcher.aggregate(query, _COUNTS)
        documents = [self._searcher.doc(address) for _, address in found.hits]
        self._show(question, query, documents)
        facets = {name: {one["key"]: one["doc_count"] for one in counted[name]["buckets"]} for name in _COUNTS}
        return Answer(found.count, [document.get_first("id") for document in documents], facets)

    def close(self) -> None:
        del self._searcher, self._opened

    def _show(self, question: Question, query: tantivy.Query, documents: list[tantivy.Document]) -> list[str]:
        del question
        generator = tantivy.SnippetGenerator.create(self._searcher, query, self._schema, "text")
        generator.set_max_num_chars(260)
        return [generator.snippet_from_doc(document).to_html() for document in documents]

    def _index(self, folder: Path) -> tantivy.Index:
        index = tantivy.Index(self._schema, path=str(folder))
        index.register_tokenizer("italian", self._analyzer)
        return index

    def _query(self, question: Question) -> tantivy.Query:
        must, should, must_not = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
        words: list[tuple[Any, tantivy.Query]] = []
        for terms in question.must:
            either = [self._term(term) for term in terms]
            one = either[0] if len(either) == 1 else tantivy.Query.boolean_query([(should, query) for query in either])
            words.append((should if question.any_word else must, one))
        filters: list[tuple[Any, tantivy.Query]] = []
        if question.section:
            term = tantivy.Query.term_query(self._schema, "section", question.section, "basic")
            filters.append((must, tantivy.Query.const_score_query(term, 0.0)))
        if bounds := day_bounds(question):
            days = tantivy.Query.range_query(self._schema, "day", tantivy.FieldType.Integer, *bounds)
            filters.append((must, tantivy.Query.const_score_query(days, 0.0)))
        filters += [(must_not, self._term(term)) for term in question.must_not]
        if question.any_word and filters:
            words = [(must, tantivy.Query.boolean_query(words))]
        return tantivy.Query.boolean_query(words + filters)

    def _term(self, term: Term) -> tantivy.Query:
        if term.kind == "prefix":
            return tantivy.Query.regex_query(self._schema, "text", re.escape(term.text) + ".*")
        words = self._analyzer.analyze(term.text)
        if len(words) == 1:
            return tantivy.Query.term_query(self._schema, "text", words[0], "freq")
        return tantivy.Query.phrase_query(self._schema, "text", words)


class TantivyOurSnippets(Tantivy):
    """The same index with our snippets, so that what differs is finding, ranking and counting."""

    setting = "as above, with our snippet code (the words' forms looked up beforehand)"

    def open(self, corpus: Path, folder: Path) -> None:
        super().open(corpus, folder)
        self._snippets = OurSnippets(corpus)

    def _show(self, question: Question, query: tantivy.Query, documents: list[tantivy.Document]) -> list[str]:
        del query
        return self._snippets.show(question, [_record(document) for document in documents])


def _document(record: Record) -> tantivy.Document:
    return tantivy.Document(
        id=[record.id],
        url=[record.url],
        site=[record.site],
        section=record.sections,
        text=[record.title, record.lead, record.body],
        month=[record.month],
        day=[record.day],
    )


def _record(document: tantivy.Document) -> Record:
    title, lead, body = document.get_all("text")
    return Record(
        id=document.get_first("id"), url="", site="", section="", title=title, authors=[], date="", lead=lead, body=body
    )
