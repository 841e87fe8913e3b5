"""What the code never does, read from the code itself: docs/security.md says why."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sql_rules import statements_of

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for package in ("index", "search", "web") for path in (ROOT / package).rglob("*.py"))
TEMPLATES = sorted((ROOT / "web" / "templates").iterdir())
UNSAFE_MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "ctypes",
    "xmlrpc",
    "telnetlib",
    "urllib.request",
}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "mktemp", "unpack_archive", "extractall"}
NAMES_OF_TABLES = {
    # SQLite takes no question mark for the name of a table.
    (
        "index/backup.py",
        """f'SELECT * FROM "{name}" ORDER BY 1'""",
    ): "a table that the file has, as SQLite lists it, quoted",
    ("index/backup.py", "f'DROP TABLE {table}'"): "one of two, out of a constant tuple",
}
"""The statements that are no constants, and what is put into them."""


def nodes() -> Iterator[tuple[str, ast.AST]]:
    """Each node of each source file, with the file's name."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(ROOT).as_posix(), node


def test_nothing_that_comes_in_is_run_or_unpickled() -> None:
    assert len(SOURCES) > 80
    imported = {
        (name, alias.name if isinstance(node, ast.Import) else str(node.module))
        for name, node in nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert [found for found in imported if found[1] in UNSAFE_MODULES] == []
    called = [
        (name, node.func.id) for name, node in nodes() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    methods = [
        (name, node.func.attr)
        for name, node in nodes()
        # "compile" is that of a regular expression
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "compile"
    ]
    assert [found for found in (*called, *methods) if found[1] in UNSAFE_CALLS] == []


def test_no_command_is_given_to_a_shell_and_no_array_holds_objects() -> None:
    keywords = [
        (name, node.arg)
        for name, node in nodes()
        if isinstance(node, ast.keyword) and node.arg in ("shell", "allow_pickle")
    ]
    assert keywords == []


def test_processes_talk_over_a_pipe_in_one_module_alone() -> None:
    found = {
        name
        for name, node in nodes()
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("multiprocessing")
    }
    assert found == {"index/crew.py"}


def test_every_statement_of_sql_is_a_constant_but_for_its_question_marks() -> None:
    statements = list(statements_of({path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in SOURCES}))
    assert len(statements) > 60
    assert {one.place.partition(":")[0] for one in statements} == {
        "index/store.py",
        "index/salvage.py",
        "index/backup.py",
    }
    assert {(one.place.partition(":")[0], one.varying) for one in statements if one.varying} == set(NAMES_OF_TABLES)


@pytest.mark.parametrize(
    "body",
    [
        "db.execute('SELECT ' + value)",
        "db.execute(value + ' FROM article')",
        "db.execute('SELECT * FROM article WHERE id = %s' % value)",
        "db.execute('SELECT {}'.format(value))",
        "db.execute(f'SELECT {value}')",
        "db.executescript(f'BEGIN; {value}')",
        "db.execute(_TABLE + value)",
        "db.execute(sql=value)",
        "db.execute(value)",
        "db._run(value)",
        "db._rows('SELECT ' + value, ())",
        "query = 'SELECT 1'\n    query += value\n    db.execute(query)",
        "query = 'SELECT 1' if db else value\n    db.execute(query)",
        "query = 'SELECT 1'\n    query = f'{query} {value}'\n    db.execute(query)",
        "for query in value:\n        db.execute(query)",
        "marks = ','.join(value)\n    db.execute(f'SELECT {marks}')",
        "_TABLE = value\n    db.execute(_TABLE)",
        "db.execute(_CHANGED)",
        "db.execute(_MADE)",
        "run = db.execute\n    run(value)",
        "[db.execute(query) for query in value]",
        "(lambda query: db.execute(query))(value)",
        "_TABLE = value\n    def inside():\n        db.execute(_TABLE)",
    ],
)
def test_a_value_that_is_put_into_sql_is_seen(body: str) -> None:
    source = (
        "_TABLE = 'article'\n_CHANGED = 'SELECT'\n_MADE = _TABLE.upper()\n\n"
        f"def ask(db, value):\n    {body}\n\n\ndef change(value):\n    global _CHANGED\n    _CHANGED = value\n"
    )
    assert any(one.varying for one in statements_of({"index/bad.py": source}))


@pytest.mark.parametrize(
    "body",
    [
        "db.execute('SELECT ?', (value,))",
        "db.execute(f'PRAGMA integrity_check({_MOST})')",
        "db.execute(_TABLE)",
        "db.execute(_TAKEN)",
        "query = 'SELECT ?' + ' LIMIT 1'\n    db.execute(query, (value,))",
        "marks = ','.join('?' * len(value))\n    db.execute(f'SELECT {marks}', value)",
    ],
)
def test_constants_and_question_marks_in_sql_are_no_values(body: str) -> None:
    source = (
        f"from index.other import TAKEN as _TAKEN\n_MOST: Final = 20\n_TABLE = 'x'\n\ndef ask(db, value):\n    {body}\n"
    )
    found = list(statements_of({"index/good.py": source, "index/other.py": "TAKEN = 'SELECT 1'\n"}))
    assert [one.varying for one in found] == [""]


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_a_template_escapes_everything_and_runs_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.suffix in (".html", ".xml")  # which Flask escapes in
    # A file of our own, or data that no browser runs, written by a filter that leaves no "<" in it.
    rest = re.sub(r"""<script src="{{ path_of\('static', '[a-z.]+'\) }}" defer></script>""", "", text)
    rest = re.sub(r'<script type="application/ld\+json">{{ \w+\|tojson }}</script>', "", rest)
    assert not re.search(r"\|\s*safe\b|autoescape|<script|\son[a-z]+=|javascript:|\sstyle=", rest)


def test_markup_is_made_in_one_place() -> None:
    made = [name for name, node in nodes() if isinstance(node, ast.Name) and node.id == "Markup"]
    assert set(made) == {"web/app.py"}
