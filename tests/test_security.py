"""What the code never does, read from the code itself: docs/security.md says why."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    statements = [
        node.args[0]
        for name, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "executescript", "executemany", "_run")
        and "sqlite" in (ROOT / name).read_text(encoding="utf-8")
    ]
    assert len(statements) > 15
    varying = {ast.unparse(one) for one in statements if not isinstance(one, ast.Constant)}
    assert varying == {"statement", "query", "_SCHEMA"}
    written = [
        ast.unparse(node.value)
        for name, node in nodes()
        if name == "index/store.py"
        and isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("query", "_SCHEMA", "marks")
        and not isinstance(node.value, ast.Constant)
    ]
    assert written == ["','.join('?' * len(some))", "f'SELECT num, payload FROM article WHERE num IN ({marks})'"]


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_a_template_escapes_everything_and_runs_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.suffix in (".html", ".xml")  # which Flask escapes in
    assert not re.search(r"\|\s*safe\b|autoescape|<script|\son[a-z]+=|javascript:|\sstyle=", text)


def test_markup_is_made_in_one_place() -> None:
    made = [name for name, node in nodes() if isinstance(node, ast.Name) and node.id == "Markup"]
    assert set(made) == {"web/app.py"}
