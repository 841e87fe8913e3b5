"""Xapian, by the Python package of Debian (python3-xapian), which a virtual environment borrows from the system."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.peers.protocol import TOP, Answer, Record, day_bounds, read_corpus
from benchmarks.queries import Question, Term

_OF_DEBIAN = Path("/usr/lib/python3/dist-packages/xapian/__init__.py")
_SLOTS = {"site": 0, "section": 1, "month": 2}
_DAY_SLOT = 3
_COMMIT_ARTICLES = 20_000


def _load() -> Any:
    """The module alone: the folder that it is in would hide the packages of this environment."""
    try:
        import xapian
    except ImportError:
        spec = importlib.util.spec_from_file_location(
            "xapian", _OF_DEBIAN, submodule_search_locations=[str(_OF_DEBIAN.parent)]
        )
        if spec is None or spec.loader is None or not _OF_DEBIAN.exists():
            raise
        xapian = sys.modules["xapian"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(xapian)
    return xapian


xapian = _load()


class Xapian:
    """Words stemmed and as they are, as its term generator does it."""

    family = "xapian"
    version = xapian.version_string()
    setting = "Italian stemmer (STEM_SOME), BM25, facets by match spies, compacted, own snippets; accents kept"
    most_articles = 100_000

    def __init__(self) -> None:
        self._stemmer = xapian.Stem("it")

    def build(self, corpus: Path, folder: Path) -> None:
        made = folder / "made"
        database = xapian.WritableDatabase(str(made), xapian.DB_CREATE_OR_OVERWRITE)
        generator = xapian.TermGenerator()
        generator.set_stemmer(self._stemmer)
        for count, record in enumerate(read_corpus(corpus), start=1):
            document = xapian.Document()
            generator.set_document(document)
            for text in (record.title, record.lead, record.body):
                generator.index_text(text)
                generator.increase_termpos()
            document.set_data(msgspec.json.encode(record))
            for path in record.sections:
                document.add_boolean_term(f"XS{path}")
            document.add_value(_SLOTS["site"], record.site)
            document.add_value(_SLOTS["section"], record.section)
            document.add_value(_SLOTS["month"], xapian.sortable_serialise(record.month))
            document.add_value(_DAY_SLOT, xapian.sortable_serialise(record.day))
            database.add_document(document)
            if count % _COMMIT_ARTICLES == 0:
                database.commit()
        database.commit()
        database.close()
        opened = xapian.Database(str(made))
        opened.compact(str(folder / "compact"))
        opened.close()
        for file in made.iterdir():
            file.unlink()
        made.rmdir()

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._database = xapian.Database(str(folder / "compact"))

    def page(self, question: Question) -> Answer:
        enquire = xapian.Enquire(self._database)
        enquire.set_query(self._query(question))
        spies = {name: xapian.ValueCountMatchSpy(slot) for name, slot in _SLOTS.items()}
        for spy in spies.values():
            enquire.add_matchspy(spy)
        found = enquire.get_mset(0, TOP, self._database.get_doccount())
        ids: list[str] = []
        for match in found:
            record = msgspec.json.decode(match.document.get_data(), type=Record)
            found.snippet(
                record.body, 260, self._stemmer, xapian.MSet.SNIPPET_BACKGROUND_MODEL, "<mark>", "</mark>", "…"
            )
            ids.append(record.id)
        facets: dict[str, dict[object, int]] = {
            name: {value.term: value.termfreq for value in spy.values()} for name, spy in spies.items()
        }
        return Answer(found.get_matches_estimated(), ids, facets)

    def close(self) -> None:
        self._database.close()

    def _query(self, question: Question) -> Any:
        query_of = xapian.Query
        conditions = [query_of(query_of.OP_OR, [self._term(term) for term in terms]) for terms in question.must]
        wanted = query_of(query_of.OP_OR if question.any_word else query_of.OP_AND, conditions)
        if question.section:
            wanted = query_of(query_of.OP_FILTER, wanted, query_of(f"XS{question.section}"))
        if bounds := day_bounds(question):
            low, high = map(xapian.sortable_serialise, bounds)
            wanted = query_of(query_of.OP_FILTER, wanted, query_of(query_of.OP_VALUE_RANGE, _DAY_SLOT, low, high))
        for term in question.must_not:
            wanted = query_of(query_of.OP_AND_NOT, wanted, self._term(term))
        return wanted

    def _term(self, term: Term) -> Any:
        text = term.text.lower()
        if term.kind == "prefix":
            return xapian.Query(
                xapian.Query.OP_WILDCARD, text, 0, xapian.Query.WILDCARD_LIMIT_ERROR, xapian.Query.OP_SYNONYM
            )
        if term.kind == "phrase":
            # As its term generator cuts words: an apostrophe between letters belongs to the word.
            words = text.split()
            return xapian.Query(xapian.Query.OP_PHRASE, words, len(words))
        return xapian.Query("Z" + self._stemmer(text).decode())
