"""requirements.lock pins every package that the program needs to run, as pyproject.toml allows it, with its hashes."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = tuple(map(Requirement, PROJECT["dependencies"]))


class Pin(NamedTuple):
    """One release of the lock; a package has several where its newest releases need a newer Python."""

    name: str
    version: str
    hashes: list[str]


def pins() -> list[Pin]:
    """What the lock holds, in its order."""
    found = re.findall(r"^([a-z0-9-]+)==(\S+)(?: ; [^\n]*?)? \\\n((?: {4}--hash=\S+(?: \\)?\n)+)", LOCK, re.MULTILINE)
    return [Pin(name, version, re.findall(r"--hash=(\S+)", hashes)) for name, version, hashes in found]


@pytest.mark.parametrize("needed", NEEDED, ids=[needed.name for needed in NEEDED])
def test_a_dependency_is_locked_to_releases_that_the_project_allows(needed: Requirement) -> None:
    versions = [pin.version for pin in pins() if pin.name == canonicalize_name(needed.name)]
    assert versions
    assert all(map(needed.specifier.contains, versions))


def test_what_a_dependency_needs_is_locked_too() -> None:
    waiting, known = list(NEEDED), set[str]()
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in known:
            known.add(name)
            further = map(Requirement, requires(name) or ())
            waiting += [needed for needed in further if needed.marker is None or needed.marker.evaluate({"extra": ""})]
    assert known > {canonicalize_name(needed.name) for needed in NEEDED}
    assert known <= {pin.name for pin in pins()}


def test_every_line_of_the_lock_is_a_release_with_hashes() -> None:
    assert [pin.name for pin in pins()] == re.findall(r"^([a-z0-9-]+)", LOCK, re.MULTILINE)
    for pin in pins():
        assert pin.hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", found) for found in pin.hashes)


def test_what_only_developers_need_is_not_locked() -> None:
    extras = {
        canonicalize_name(Requirement(line).name)
        for lines in PROJECT["optional-dependencies"].values()
        for line in lines
    }
    assert len(extras) > 10
    assert not extras & {pin.name for pin in pins()}
