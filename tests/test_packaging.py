"""The wheel holds what it must and nothing else, and an old Python is told so in one sentence."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("index", "search", "web")
NOT_SHIPPED = ("__pycache__", ".pyc", ".nbi", ".nbc")
"""What running the program leaves beside its sources: bytecode and compiled kernels."""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, text=True, capture_output=True, check=False, timeout=240)


def shipped_files() -> set[str]:
    """Every file that the three packages have in the source tree, as a path from the root."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    names = {path.relative_to(ROOT).as_posix() for path in found}
    return {name for name in names if not any(part in name for part in NOT_SHIPPED)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the build backend that is installed, without asking the network for another."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def dist_info(members: set[str]) -> str:
    (folder,) = {name.partition("/")[0] for name in members if ".dist-info/" in name}
    return folder


@pytest.fixture(scope="module")
def metadata(wheel: Path, dist_info: str) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(f"{dist_info}/METADATA").decode())


def test_top_level_of_the_wheel_is_the_three_packages(members: set[str], dist_info: str) -> None:
    assert dist_info.startswith("emeroteca-")
    assert {name.partition("/")[0] for name in members} == {*PACKAGES, dist_info}


def test_every_file_of_the_packages_arrives_in_the_wheel(members: set[str]) -> None:
    arrived = {name for name in members if name.partition("/")[0] in PACKAGES}
    assert arrived == shipped_files()


@pytest.mark.parametrize(
    ("pattern", "at_least"),
    [
        pytest.param("index/italian/data/*.txt", 3, id="word lists"),
        pytest.param("web/templates/*.html", 1, id="templates"),
        pytest.param("web/static/*.css", 1, id="static files"),
        pytest.param("index/demo/*.jsonl", 1, id="demo articles"),
        pytest.param("*/py.typed", 3, id="type markers"),
    ],
)
def test_data_files_arrive_in_the_wheel(members: set[str], pattern: str, at_least: int) -> None:
    arrived = [name for name in members if Path(name).match(pattern)]
    assert len(arrived) >= at_least


def test_metadata_names_the_licence_and_forbids_uploading(
    wheel: Path, metadata: Message, members: set[str], dist_info: str
) -> None:
    assert metadata["Name"] == "emeroteca"
    assert metadata["License-Expression"] == "GPL-3.0-or-later"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert "Private :: Do Not Upload" in metadata.get_all("Classifier", [])
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Provides-Extra") == ["bench", "evaluate", "lock", "test"]
    assert f"{dist_info}/licenses/LICENSE" in members
    with zipfile.ZipFile(wheel) as archive:
        licence = archive.read(f"{dist_info}/licenses/LICENSE").decode()
    assert licence.split("\n", 2)[0].strip() == "GNU GENERAL PUBLIC LICENSE"
    assert "Version 3, 29 June 2007" in licence


def test_the_wheel_brings_one_command(wheel: Path, dist_info: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"{dist_info}/entry_points.txt").decode()
    assert [line for line in entry_points.splitlines() if line] == ["[console_scripts]", "emeroteca = index.cli:main"]


def test_the_unpacked_wheel_runs_without_the_sources(wheel: Path, tmp_path: Path) -> None:
    """Adds the demo articles and finds some, with the packages of the wheel and none of this tree."""
    home = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    script = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); home = sys.path[0]\n"
        "import index, search, web\n"
        "assert all(module.__file__.startswith(home) for module in (index, search, web)), index.__file__\n"
        "from index.cli import main; main()"
    )
    data = tmp_path / "data"
    articles = sorted(map(str, (home / "index" / "demo").glob("*.jsonl")))
    added = run(sys.executable, "-P", "-c", script, str(home), "--data", data, "add", *articles, cwd=tmp_path)
    assert added.returncode == 0, added.stdout + added.stderr
    found = run(
        sys.executable, "-P", "-c", script, str(home), "--data", data, "search", "azienda", "--json", cwd=tmp_path
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert '"hits"' in found.stdout


def older_pythons() -> list[Path]:
    """Interpreters before 3.11 on this machine: on the path, or kept by pyenv."""
    named = [shutil.which(f"python3.{minor}") for minor in range(6, 11)]
    kept = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python3"))
    candidates = itertools.chain((Path(name) for name in named if name), kept)
    question = "import sys; sys.exit(not (3, 0) < sys.version_info < (3, 11))"
    return [path for path in candidates if run(path, "-c", question, cwd=Path.cwd()).returncode == 0]


def make_with(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """``make demo`` with another Python, in a folder that holds nothing but what it needs to get going."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    outside = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "PYTHON", "VENV"}
    }
    return run("make", "demo", f"PYTHON={python}", cwd=folder, env=outside)


def assert_one_sentence(done: subprocess.CompletedProcess[str], found: str) -> None:
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert len(said) == 1, done.stderr
    assert "needs Python 3.11 or later" in said[0]
    assert found in said[0]
    assert "make demo PYTHON=" in said[0]
    assert done.stdout == "" or done.stdout.startswith("make")


def test_make_tells_an_old_python_in_one_sentence(tmp_path: Path) -> None:
    older = older_pythons()
    if not older:
        pytest.skip("no Python before 3.11 on this machine")
    version = run(older[-1], "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])", cwd=tmp_path).stdout.strip()
    done = make_with(str(older[-1]), tmp_path)
    assert_one_sentence(done, f"is {version};")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Makefile", "pyproject.toml"]


def test_make_tells_a_missing_python_in_one_sentence(tmp_path: Path) -> None:
    done = make_with("python-that-is-not-there", tmp_path)
    assert_one_sentence(done, "python-that-is-not-there is not there;")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Makefile", "pyproject.toml"]
