"""What a short command loads: a search from a cold process must not wait for what it does not need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = (
    "import json, sys; from index.cli import main\n"
    "main(sys.argv[1:], standalone_mode=False)\n"
    "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
)
NEVER = frozenset({"simplemma", "numba", "flask", "waitress", "scipy", "ir_measures", "playwright", "lxml"})
"""Libraries of other commands, and the dictionary of lemmas, which was mapped when the archive was made."""

ONLY_WHEN_NEEDED = frozenset({"rapidfuzz", "numpy.ma", "whoosh", "index.writer", "search.suggest", "search.evaluate"})
"""What takes long to load, or is of no use to a question of known words."""

ARTICLES = [
    {
        "id": f"a{number}",
        "title": "La riforma delle pensioni, il presidente del Consiglio",
        "body": "L'Unione europea chiede la riforma: la UE e le pensioni del premier.",
        "date": "2024-03-13",
        "section": "Politica",
    }
    for number in range(5)  # fewer, and another question would be suggested
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cold")
    source = folder / "articles.jsonl"
    source.write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    loaded_by(folder / "data", "add", str(source))
    return folder / "data"


def loaded_by(data_dir: Path, *arguments: str) -> set[str]:
    """The modules that one command, in a process of its own, has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "--data", str(data_dir), *arguments],
        text=True,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        pytest.param(("riforma pensioni",), set(), id="words"),
        pytest.param(("l'unione europea", "--json"), set(), id="synonym of a list"),
        pytest.param(("presidente", "--section", "Politica", "--sort", "newest"), set(), id="filter"),
        pytest.param(('"riforma delle pensioni"',), {"whoosh"}, id="phrase"),
        pytest.param(("pens* dopo:2023",), {"whoosh"}, id="prefix and date"),
    ],
)
def test_a_search_of_known_words_loads_only_what_it_needs(
    archive: Path, arguments: tuple[str, ...], needed: set[str]
) -> None:
    assert loaded_by(archive, "search", *arguments) & (NEVER | ONLY_WHEN_NEEDED) == needed


def test_a_search_of_an_unknown_word_loads_no_library_of_other_commands(archive: Path) -> None:
    assert loaded_by(archive, "search", "rifroma") & NEVER == set()


def test_completion_loads_no_library_of_other_commands(archive: Path) -> None:
    assert loaded_by(archive, "suggest", "pens") & NEVER == set()
