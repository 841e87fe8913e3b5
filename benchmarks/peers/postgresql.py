"""PostgreSQL: a server of its own, made, started and stopped here, that listens on nothing but a socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.peers.protocol import TOP, Answer, PeerMissing, day_bounds, read_corpus
from benchmarks.queries import Question, Term

_ACCOUNT = "postgres"
_OPTIONS = {
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
    "effective_cache_size": "4GB",
    "jit": "off",  # compiling costs a short query more than it saves
    "listen_addresses": "",
}
_SCHEMA = """
    CREATE TABLE article (
        num bigint PRIMARY KEY, id text, url text, site text, section text, sections text[], month int, day int,
        title text, lead text, body text,
        words tsvector GENERATED ALWAYS AS (
            setweight(to_tsvector('italian', title), 'A') || setweight(to_tsvector('italian', lead), 'B')
            || to_tsvector('italian', body)
        ) STORED
    )
"""
_PAGE = """
    WITH asked AS (SELECT {query} AS query),
    found AS MATERIALIZED (
        SELECT num, site, section, month, ts_rank_cd(words, query) AS score FROM article, asked
        WHERE words @@ query {filters}
    ),
    best AS (SELECT num, score FROM found ORDER BY score DESC, num DESC LIMIT {top})
    SELECT 'best', article.id, ts_headline('italian', article.body, query, 'MaxWords=40, MinWords=20'),
        NULL::int, NULL::bigint
    FROM best JOIN article USING (num), asked
    UNION ALL
    SELECT 'count', site, section, month, count(*) FROM found GROUP BY GROUPING SETS ((site), (section), (month), ())
"""


class PostgreSql:
    """The Italian configuration as it comes, a stored vector of words, an inverted index."""

    family = "postgresql"
    version = "of Debian"
    setting = (
        "italian configuration, GIN without pending list, ts_rank_cd, ts_headline; accents kept, stop words removed"
    )
    most_articles = 100_000

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise PeerMissing("PostgreSQL is not installed (apt-get install postgresql)")
        self._programs = found[-1].parent
        self.version = found[-1].parts[-3]

    def build(self, corpus: Path, folder: Path) -> None:
        self._own(folder)
        self._run(
            "initdb",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=trust",
            f"--username={_ACCOUNT}",
            f"--pgdata={folder}/data",
        )
        self._start(folder)
        try:
            self._fill(corpus)
        finally:
            self._stop()

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._start(folder)
        self._connection = self._connect()
        self._connection.autocommit = True
        self._connection.prepare_threshold = 1

    def page(self, question: Question) -> Answer:
        parameters: dict[str, object] = {}
        query = _query(question, parameters)
        filters = ""
        if question.section:
            filters += " AND sections @> ARRAY[%(section)s]"
            parameters["section"] = question.section
        if bounds := day_bounds(question):
            filters += " AND day BETWEEN %(first)s AND %(last)s"
            parameters["first"], parameters["last"] = bounds
        statement: Any = _PAGE.format(query=query, filters=filters, top=TOP)
        ids: list[str] = []
        total = 0
        facets: dict[str, dict[object, int]] = {"site": {}, "section": {}, "month": {}}
        for what, first, second, month, count in self._connection.execute(statement, parameters):
            if what == "best":
                ids.append(first)
            elif first is not None:
                facets["site"][first] = count
            elif second is not None:
                facets["section"][second] = count
            elif month is not None:
                facets["month"][month] = count
            else:
                total = count
        return Answer(total, ids, facets)

    def close(self) -> None:
        self._connection.close()
        self._stop()

    def _fill(self, corpus: Path) -> None:
        columns = "num, id, url, site, section, sections, month, day, title, lead, body"
        with self._connect() as connection:
            connection.execute(_SCHEMA)
            with connection.cursor().copy(f"COPY article ({columns}) FROM STDIN") as copy:
                for num, one in enumerate(read_corpus(corpus)):
                    facets = one.site, one.section, one.sections, one.month, one.day
                    copy.write_row((num, one.id, one.url, *facets, one.title, one.lead, one.body))
            connection.execute("CREATE INDEX ON article USING gin (words) WITH (fastupdate = off)")
            connection.execute("CREATE INDEX ON article (day)")
            connection.execute("CREATE INDEX ON article USING gin (sections)")
        with self._connect() as connection:
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE article")
            connection.execute("CHECKPOINT")

    def _start(self, folder: Path) -> None:
        self._data = folder / "data"
        # A socket's path must be short, and the server's account must be able to write there.
        self._socket = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._own(self._socket)
        options = " ".join(f"-c {name}={value!r}" for name, value in _OPTIONS.items())
        options += f" -c unix_socket_directories={self._socket}"
        self._run("pg_ctl", "start", "--wait", f"--pgdata={self._data}", f"--log={folder}/log", f"--options={options}")

    def _stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={self._data}")
        shutil.rmtree(self._socket, ignore_errors=True)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self._socket), user=_ACCOUNT, dbname="postgres")

    def _own(self, path: Path) -> None:
        """PostgreSQL refuses to run as root: then its files belong to the account that its package made."""
        if os.geteuid() == 0:
            shutil.chown(path, _ACCOUNT, _ACCOUNT)

    def _run(self, program: str, *options: str) -> None:
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(_ACCOUNT)
            user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        command: Sequence[str] = [str(self._programs / program), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)


def _query(question: Question, parameters: dict[str, object]) -> str:
    """An expression of tsquery; the words are added to the parameters."""

    def term(one: Term) -> str:
        name = f"term{len(parameters)}"
        # Its parser takes a typographic apostrophe for a letter's mark in some words, a blank never.
        parameters[name] = one.text.replace("'", " ") + (":*" if one.kind == "prefix" else "")
        made = {"word": "plainto_tsquery", "phrase": "phraseto_tsquery", "prefix": "to_tsquery"}[one.kind]
        return f"{made}('italian', %({name})s)"

    conditions = ["(" + " || ".join(map(term, terms)) + ")" for terms in question.must]
    wanted = (" || " if question.any_word else " && ").join(conditions)
    return wanted + "".join(f" && !! {term(one)}" for one in question.must_not)
