"""What the tests with kills and refusals share: the library that makes faults, and a count of those that were made."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from faults import Commands, compile_library
from survival import SCENES, Trial

_COUNTS: Counter[str] = Counter()


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Commands that can meet with faults. Without a C compiler: skipped, but a failure in CI."""
    if sys.platform != "linux":
        pytest.skip("faults are made by LD_PRELOAD and told by /proc, which are Linux's")
    if shutil.which("cc") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no C compiler (cc) on this machine; CI must provide one")
        pytest.skip("no C compiler (cc) on this machine")
    folder = tmp_path_factory.mktemp("faults")
    with Commands(compile_library(folder), folder) as commands:
        yield commands


@pytest.fixture(scope="session")
def trial_of(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Trial]:
    """The trial of a scene, by its name, rehearsed once."""
    scenes = {scene.name: scene for scene in SCENES}
    trials: dict[str, Trial] = {}

    def find(name: str) -> Trial:
        if name not in trials:
            trials[name] = Trial(scenes[name], commands, tmp_path_factory.mktemp("trial"))
        return trials[name]

    return find


@pytest.fixture
def tally() -> Callable[[str, int], None]:
    """Counts what was tried, to be told at the end of the run."""

    def add(what: str, count: int) -> None:
        _COUNTS[what] += count

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many faults were made."""
    for what, count in sorted(_COUNTS.items()):
        terminalreporter.write_line(f"{what}: {count}")
