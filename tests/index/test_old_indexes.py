"""Archives whose index an older program wrote, kept as it wrote them: what is said of them, and how they are renewed.

Each has the articles v-1, v-2 and v-4; v-3 was removed, and the index has two segments.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.cli import main
from index.errors import IndexOutdated
from index.generation import DataFolder
from index.manifest import INDEX_FORMAT
from index.snapshot import open_snapshot

DATA = Path(__file__).resolve().parents[1] / "data"
FORMATS = sorted(int(path.name.removeprefix("index_v")) for path in DATA.glob("index_v*"))


@pytest.fixture(params=FORMATS)
def older(request: pytest.FixtureRequest) -> int:
    """The format of an older index."""
    number: int = request.param
    return number


@pytest.fixture
def archive(older: int, tmp_path: Path) -> Path:
    """A copy of the archive with it."""
    return shutil.copytree(DATA / f"index_v{older}", tmp_path / "archive")


def run(archive: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(archive), *arguments])


def test_every_format_but_the_first_two_is_kept() -> None:
    assert list(range(3, INDEX_FORMAT)) == FORMATS


def test_opening_an_older_index_asks_for_a_rebuild(archive: Path, older: int) -> None:
    said = rf"the index has format {older} and .* this program {INDEX_FORMAT} and .*; run `emeroteca rebuild`"
    with pytest.raises(IndexOutdated, match=said):
        open_snapshot(DataFolder(archive))


@pytest.mark.parametrize("arguments", ["search ponte", "suggest po", "stats", "remove v-1"])
def test_commands_that_need_the_index_say_so_in_one_sentence(archive: Path, older: int, arguments: str) -> None:
    refused = run(archive, *arguments.split())
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"the index has format {older} and " in refused.stderr
    assert "run `emeroteca rebuild`" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_verify_tells_the_older_index_and_reads_the_store(archive: Path, older: int) -> None:
    result = run(archive, "verify", "--json")
    assert result.exit_code == 4
    told = json.loads(result.stdout)
    assert (told["ok"], told["articles"]) == (False, 3)
    [fault] = told["faults"]
    assert fault["where"] == str(archive / "index" / "00000003.json")
    assert fault["what"].startswith(f"the index has format {older} and ")
    assert fault["remedy"].startswith("run `emeroteca rebuild`")


def test_an_export_does_without_the_index(archive: Path) -> None:
    result = run(archive, "export", "-")
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["v-1", "v-2", "v-4"]


def test_a_rebuild_brings_it_up_from_its_store_as_it_is(archive: Path) -> None:
    assert run(archive, "rebuild", "--if-needed").stdout == "generation 4 is current\n"
    hits = json.loads(run(archive, "search", "ponti", "--json").stdout)["hits"]
    assert [hit["id"] for hit in hits] == ["v-1"]  # v-3, which printed the word as well, was removed
    assert run(archive, "verify").exit_code == 0
