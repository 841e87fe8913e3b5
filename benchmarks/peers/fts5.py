"""SQLite FTS5: the search that Python brings along."""

from __future__ import annotations

import sqlite3
from collections import Counter
from itertools import islice
from pathlib import Path

from benchmarks.peers.protocol import TOP, Answer, day_bounds, read_corpus
from benchmarks.queries import Question, Term

_SCHEMA = """
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    CREATE TABLE article (num INTEGER PRIMARY KEY, id TEXT, url TEXT, title TEXT, lead TEXT, body TEXT);
    CREATE TABLE facet (num INTEGER PRIMARY KEY, site TEXT, section TEXT, month INTEGER, day INTEGER);
    CREATE VIRTUAL TABLE found USING fts5(
        title, lead, body, content = 'article', content_rowid = 'num', tokenize = 'unicode61 remove_diacritics 2'
    );
"""
_JOINED = "found JOIN facet ON facet.num = found.rowid"
_BEST = """
    SELECT found.rowid, snippet(found, -1, '<mark>', '</mark>', '…', 40) FROM {source}
    WHERE {where} AND rank MATCH 'bm25(2.0, 1.5, 1.0)' ORDER BY rank LIMIT {top}
"""
_COUNTS = "SELECT facet.site, facet.section, facet.month, count(*) FROM {source} WHERE {where} GROUP BY 1, 2, 3"
_BATCH_ARTICLES = 5_000


class Fts5:
    """The texts in a table of their own, facets in a narrow one beside it."""

    family = "fts5"
    version = sqlite3.sqlite_version
    setting = "no Italian stemmer; accents removed, titles weigh 2, optimized, mapped, own snippet()"
    most_articles = 1_000_000

    def build(self, corpus: Path, folder: Path) -> None:
        with sqlite3.connect(folder / "articles.db") as database:
            database.executescript(_SCHEMA)
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA cache_size = -262144")  # KB
            articles = enumerate(read_corpus(corpus))
            while batch := list(islice(articles, _BATCH_ARTICLES)):
                database.executemany(
                    "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?)",
                    [(num, one.id, one.url, one.title, one.lead, one.body) for num, one in batch],
                )
                database.executemany(
                    "INSERT INTO facet VALUES (?, ?, ?, ?, ?)",
                    [(num, one.site, one.section, one.month, one.day) for num, one in batch],
                )
                database.executemany(
                    "INSERT INTO found (rowid, title, lead, body) VALUES (?, ?, ?, ?)",
                    [(num, one.title, one.lead, one.body) for num, one in batch],
                )
            database.execute("INSERT INTO found (found) VALUES ('optimize')")
        database.execute("ANALYZE")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._database = sqlite3.connect(folder / "articles.db")
        self._database.execute("PRAGMA mmap_size = 30000000000")
        self._database.execute("PRAGMA cache_size = -65536")  # KB

    def page(self, question: Question) -> Answer:
        where, values = "found MATCH ?", [_expression(question)]
        if question.section:
            where += " AND (facet.section = ? OR facet.section GLOB ?)"
            values += [question.section, f"{question.section} / *"]
        if bounds := day_bounds(question):
            where += " AND facet.day BETWEEN ? AND ?"
            values += [str(bound) for bound in bounds]
        # Without filters the best are taken from the full-text table alone.
        source = _JOINED if len(values) > 1 else "found"
        best = self._database.execute(_BEST.format(source=source, where=where, top=TOP), values).fetchall()
        rows = self._database.execute(_COUNTS.format(source=_JOINED, where=where), values).fetchall()
        sites, sections, months = Counter[object](), Counter[object](), Counter[object]()
        for site, section, month, count in rows:
            sites[site] += count
            months[month] += count
            steps = section.split(" / ")
            for depth in range(len(steps)):
                sections[" / ".join(steps[: depth + 1])] += count
        ids = [self._database.execute("SELECT id FROM article WHERE num = ?", (num,)).fetchone()[0] for num, _ in best]
        facets = {"site": sites, "section": sections, "month": months}
        return Answer(sites.total(), ids, facets)

    def close(self) -> None:
        self._database.close()


def _expression(question: Question) -> str:
    conditions = ["(" + " OR ".join(map(_term, terms)) + ")" for terms in question.must]
    expression = (" OR " if question.any_word else " AND ").join(conditions)
    return expression + "".join(f" NOT {_term(term)}" for term in question.must_not)


def _term(term: Term) -> str:
    return f'"{term.text}"' + ("*" if term.kind == "prefix" else "")
