"""Kills: whatever a process did when it died, what was reported is found, and the next command starts by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults import Commands, Fault, How, Kind
from survival import BATCH, LAST_EDITION, SCENES, Trial, article_id, faults_of, served_by, steps_from, stored_in, strays
from survival import write_source as write

NAMES = [scene.name for scene in SCENES]


def kills_at(trial: Trial, numbers: range) -> Iterator[Fault]:
    """Deaths before some operations, and halfway through those that write.

    After an operation is before the next one, but for the last, and where several processes work side by side.
    """
    for at in numbers:
        yield Fault(How.KILL_BEFORE, at)
        if trial.operations[at - 1].kind is Kind.WRITE:
            yield Fault(How.KILL_HALFWAY, at)
        if at == len(trial.operations) or trial.scene.min_articles is not None:
            yield Fault(How.KILL_AFTER, at)


def outcomes_of(trial: Trial, kills: list[Fault]) -> tuple[list[str], int]:
    """What is wrong after any of some kills, and how many struck: side by side, one may come too late for a process."""
    wrong: list[str] = []
    struck = 0
    for fault in kills:
        outcome, found = trial.take(fault=fault)
        struck += outcome.struck
        wrong += found
    return wrong, struck


def test_the_operations_of_store_and_index_are_all_met(trial_of: Callable[[str], Trial]) -> None:
    met = {(one.name, one.path.rsplit("/")[-1].lstrip("0123456789")) for one in trial_of("add").operations}
    assert met >= {
        ("pwrite", "articles.db-wal"),
        ("fdatasync", "articles.db-wal"),
        ("unlink", "articles.db-wal"),
        ("create", ".seg"),
        ("write", ".seg"),
        ("fsync", ".seg"),
        ("fsync", ".lex"),
        ("fsync", ".json"),
        ("fsync", "index"),
        ("rename", "CURRENT"),
        ("unlink", ".json"),
        ("ftruncate", "writer.lock"),
    }


def test_the_operations_of_all_processes_of_a_rebuild_are_met(trial_of: Callable[[str], Trial]) -> None:
    operations = trial_of("rebuild by two").operations
    employer = operations[0].pid
    assert len({one.pid for one in operations}) == 3
    assert employer not in {one.pid for one in operations if one.path.endswith(".seg") and one.name == "fsync"}


@pytest.mark.parametrize("name", NAMES)
def test_all_files_are_forced_to_the_disk_before_current_names_them(
    trial_of: Callable[[str], Trial], name: str
) -> None:
    calls = [(one.name, one.path) for one in trial_of(name).operations]
    calls = calls[: max(at for at, call in enumerate(calls) if call == ("rename", "/index/CURRENT"))]
    last = {call: at for at, call in enumerate(calls)}
    written = [path for call, path in last if call == "write" and path.startswith("/index/") and ".lock" not in path]
    assert {Path(path).suffix for path in written} >= {".cnt", ".val", ".json", ".new"}
    for path in written:
        assert last["write", path] < last["fsync", path]
        assert last["create", path] < last["fsync", "/index"]


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_now_and_then_leaves_all_that_was_reported_and_no_half_change(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], name: str
) -> None:
    trial = trial_of(name)
    count = len(trial.operations)
    kills = [
        Fault(How.KILL_BEFORE, count // 3),
        Fault(How.KILL_HALFWAY, count // 2, kinds=Kind.WRITE),
        Fault(How.KILL_AFTER, 1, kinds=Kind.RENAME),
    ]
    wrong, struck = outcomes_of(trial, kills)
    tally("kills", struck)
    assert struck == len(kills)
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_any_operation_leaves_all_that_was_reported_and_no_half_change(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], name: str
) -> None:
    trial = trial_of(name)
    step = 1 if trial.scene.min_articles is None else 3  # processes are slow to start
    kills = list(kills_at(trial, range(1, len(trial.operations) + 1, step)))
    wrong, struck = outcomes_of(trial, kills)
    tally("kills", struck)
    assert struck > 0.8 * len(kills)
    assert wrong == []


def wrong_after_kills_at_random(commands: Commands, folder: Path, *, kills: int) -> list[str]:
    """What is wrong after any of some kills, each at a random instant, of one archive that nobody mends in between."""
    chance = random.Random(kills)
    path = folder / "archive"
    settings = {"batch_articles": BATCH, "merge_factor": 3}
    first = write(folder / "source.jsonl", 0, range(40))
    seconds = {"add": commands.run(path, "add", first, settings=settings).seconds}
    served = stored = served_by(path)
    wrong: list[str] = []
    killed = 0
    while killed < kills:
        name = chance.choice(["add", "add", "remove", "rebuild"])
        edition, articles, removes = 0, range(0), []
        if name == "add":
            begin, edition = chance.randrange(80), chance.randrange(LAST_EDITION)
            articles = range(begin, begin + chance.randrange(1, 40))
            arguments = [write(folder / "source.jsonl", edition, articles)]
        elif name == "remove":
            arguments = removes = chance.sample(sorted(stored), chance.randrange(1, 12))
        else:
            arguments = [f"--processes={chance.choice([1, 1, 2])}"]
        delay_s = chance.uniform(0, seconds.get(name, 0.1))
        outcome = commands.run(path, name, *arguments, kill_after_s=delay_s, settings=settings, min_articles=15)
        steps = steps_from(stored, edition, articles, removes)
        before, served, stored = served, served_by(path), stored_in(path)
        if outcome.status < 0:
            killed += 1
            is_right = stored in steps and served in (before, steps[-1])
        else:
            seconds[name] = outcome.seconds
            is_right = (outcome.status, outcome.stdout != "", served, stored) == (0, True, steps[-1], steps[-1])
        if not is_right:
            wrong.append(f"kill {killed}: {name} ends with {outcome.status}, serves {served} and stores {stored}")
        wrong += faults_of(path)
    last = write(folder / "source.jsonl", LAST_EDITION, range(1))
    for arguments in (["rebuild", "--processes=1"], ["add", last]):
        outcome = commands.run(path, *arguments, settings=settings)
        wrong += [] if outcome.status == 0 else [f"at last, {arguments[0]} says {outcome.stderr}"]
    expected = stored | {article_id(0): LAST_EDITION}
    wrong += [] if served_by(path) == expected else [f"at last, serves {served_by(path)}"]
    return [*wrong, *faults_of(path), *strays(path)]


def test_some_kills_at_random_leave_all_that_was_reported(
    commands: Commands, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    assert wrong_after_kills_at_random(commands, tmp_path, kills=4) == []
    tally("kills", 4)


@pytest.mark.slow
def test_many_kills_at_random_leave_all_that_was_reported(
    commands: Commands, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    assert wrong_after_kills_at_random(commands, tmp_path, kills=150) == []
    tally("kills", 150)
