"""Law 7, of work: no input costs more than in proportion to its length, nor more memory than its bounds let it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from expressions import DONE, expressions
from labours import MEMORY_MB

SUPPORT = Path(__file__).resolve().parents[1] / "support"
ROOT = SUPPORT.parents[1]


def run(script: str, *arguments: str) -> tuple[int, list[str]]:
    """Run a script of the support in a process of its own, which limits its own time: its status and its lines."""
    paths = os.pathsep.join(map(str, (ROOT, SUPPORT)))
    command = [sys.executable, str(SUPPORT / script), *arguments]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_all_expressions_are_known_with_their_use() -> None:
    found = list(expressions())
    assert len(found) > 100
    assert [expression.name for expression in found if not expression.methods] == []


def test_no_expression_works_longer_than_its_text() -> None:
    _, lines = run("expressions.py", "alone")
    assert lines[-1] == DONE


@pytest.mark.slow
def test_no_expression_works_longer_than_its_text_of_signs_in_pairs() -> None:
    _, lines = run("expressions.py", "in pairs")
    assert lines[-1] == DONE


@pytest.mark.parametrize("careless", [r"\s+/", r"(?:a|a)*b", r"\S+@\S+\("])
def test_a_careless_expression_is_noticed(careless: str) -> None:
    status, lines = run("expressions.py", "alone", careless)
    assert status != 0
    assert lines[-1].startswith(careless)


def test_no_input_takes_hours_or_all_memory() -> None:
    _, lines = run("labours.py")
    assert lines[-1] == DONE
    assert int(lines[-2].removesuffix(" MB")) < MEMORY_MB
