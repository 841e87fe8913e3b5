"""Refusals: when the disk, or the system, refuses something, a command says so in one sentence, and nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from faults import ANY_KIND, Fault, How, Kind
from survival import SCENES, Trial, served_by

NAMES = [scene.name for scene in SCENES]

_NEEDS_SPACE = Kind.WRITE | Kind.SYNC | Kind.TRUNCATE | Kind.RENAME | Kind.MKDIR | Kind.CREATE
_NEEDS_RIGHTS = Kind.RENAME | Kind.UNLINK | Kind.MKDIR | Kind.OPEN | Kind.CREATE
_CHANGES_NAMES = Kind.RENAME | Kind.UNLINK | Kind.MKDIR | Kind.CREATE

REFUSALS: Final = {
    "ENOSPC": (errno.ENOSPC, _NEEDS_SPACE),
    "EIO": (errno.EIO, ANY_KIND),
    "EACCES": (errno.EACCES, _NEEDS_RIGHTS),
    "EROFS": (errno.EROFS, _CHANGES_NAMES),
    "EMFILE": (errno.EMFILE, Kind.OPEN | Kind.CREATE),
}
"""What each refusal is, and which operations it may meet."""


def refusals_of(trial: Trial, error: str, how: How, *, step: int) -> list[Fault]:
    """One refusal at each operation of a trial that it may meet, or at one in so many."""
    number, kinds = REFUSALS[error]
    places = [at for at, one in enumerate(trial.operations, 1) if one.kind & kinds]
    return [Fault(how, at, kinds, number) for at in places[step // 2 :: step]]


def wrong_after(trial: Trial, refusals: list[Fault]) -> list[str]:
    """What is wrong after any of some refusals, each of which has met an operation."""
    wrong: list[str] = []
    for fault in refusals:
        outcome, found = trial.take(fault=fault)
        wrong += found
        if not outcome.struck and trial.scene.min_articles is None:
            wrong.append(f"{fault} has met with nothing")
    return wrong


@pytest.mark.parametrize("error", REFUSALS)
def test_what_the_disk_refuses_now_and_then_is_one_sentence_and_no_loss(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], error: str
) -> None:
    trial = trial_of("add")
    once = refusals_of(trial, error, How.REFUSE_ONCE, step=1)
    from_then_on = refusals_of(trial, error, How.REFUSE_FROM_THEN_ON, step=1)
    some = [once[len(once) // 2], from_then_on[len(from_then_on) // 3]]
    tally("refusals", len(some))
    assert wrong_after(trial, some) == []


@pytest.mark.slow
@pytest.mark.parametrize("error", REFUSALS)
@pytest.mark.parametrize("name", NAMES)
def test_what_the_disk_refuses_at_any_operation_is_one_sentence_and_no_loss(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], name: str, error: str
) -> None:
    trial = trial_of(name)
    step = 2 if trial.scene.min_articles is None else 12  # processes are slow to start
    refusals = [
        *refusals_of(trial, error, How.REFUSE_ONCE, step=step),
        *refusals_of(trial, error, How.REFUSE_FROM_THEN_ON, step=2 * step),
    ]
    tally("refusals", len(refusals))
    assert len(refusals) > 3
    assert wrong_after(trial, refusals) == []


def test_a_manifest_that_cannot_be_read_while_sweeping_is_not_taken_for_rubbish(
    trial_of: Callable[[str], Trial],
) -> None:
    trial = trial_of("add")
    reads = [at for at, one in enumerate(trial.operations, 1) if one.name == "open" and one.path.endswith(".json")]
    refusals = [Fault(How.REFUSE_ONCE, at, error=errno.EIO) for at in reads]
    assert len(refusals) > 3
    assert wrong_after(trial, refusals) == []


LIMITS: Final = {
    "RLIMIT_NOFILE": range(4, 24),
    "RLIMIT_FSIZE": range(1 << 10, 64 << 10, 4 << 10),
    "RLIMIT_AS": range(0, 16 << 20, 1 << 20),
}
"""Limits of a process, from where it can do nothing to where it can do all, or nearly so."""


def wrong_within_limits(trial: Trial, limit: str, values: Sequence[int]) -> tuple[list[str], int]:
    """What is wrong after a command within any of some limits, and how many were too low."""
    wrong: list[str] = []
    refused = 0
    for value in values:
        outcome, found = trial.take(limits={limit: value})
        refused += outcome.status == 1
        wrong += found
    return wrong, refused


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_is_too_low_is_one_sentence_and_no_loss(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], limit: str
) -> None:
    wrong, refused = wrong_within_limits(trial_of("add"), limit, LIMITS[limit][:9:8])
    tally("refusals", refused)
    assert refused >= 1
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("name", NAMES)
def test_any_limit_that_is_too_low_is_one_sentence_and_no_loss(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], name: str, limit: str
) -> None:
    wrong, refused = wrong_within_limits(trial_of(name), limit, LIMITS[limit])
    tally("refusals", refused)
    assert refused >= 1
    assert wrong == []


def test_memory_that_a_worker_lacks_is_told_by_its_employer(trial_of: Callable[[str], Trial], tmp_path: Path) -> None:
    trial = trial_of("rebuild by two")
    trial.copy_archive(tmp_path)
    said = {trial.run(tmp_path, limits={"RLIMIT_AS": mb << 20}).stderr for mb in (1, 2, 4, 8)}
    told = (
        f"emeroteca: {tmp_path}/index: cannot be indexed, since memory ran out; set less memory, or fewer processes\n"
    )
    assert told in said


# --- file systems -----------------------------------------------------------------------------------------------------


@contextmanager
def mounted(path: Path, size_bytes: int) -> Iterator[None]:
    """A small file system of its own at a folder; skips the test where none may be mounted."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "emeroteca-test", str(path)]
    is_able = os.geteuid() == 0 and shutil.which("mount") is not None
    if not is_able or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True, capture_output=True)


def wrong_on_full_disk(trial: Trial, folder: Path, kilobytes_free: Sequence[int]) -> tuple[list[str], list[int]]:
    """What is wrong after a command on a disk with so little room, and with what status each ended."""
    room = folder / "room"
    wrong: list[str] = []
    statuses = []
    with mounted(room, 4 << 20):
        for free in kilobytes_free:
            trial.copy_archive(room / "archive")
            filler = room / "filler"
            left = os.statvfs(room)
            filler.write_bytes(bytes(left.f_bavail * left.f_frsize - (free << 10)))
            outcome = trial.run(room / "archive")
            wrong += trial.wrong_with(room / "archive", outcome)
            filler.unlink()
            wrong += trial.wrong_afterwards(room / "archive")
            statuses.append(outcome.status)
            shutil.rmtree(room / "archive")
    return wrong, statuses


def test_a_full_disk_is_one_sentence_and_no_loss(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], tmp_path: Path
) -> None:
    wrong, statuses = wrong_on_full_disk(trial_of("add"), tmp_path, [64, 3_000])
    tally("refusals", 1)
    assert statuses == [1, 0]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_disk_with_any_room_too_little_is_one_sentence_and_no_loss(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], tmp_path: Path, name: str
) -> None:
    wrong, statuses = wrong_on_full_disk(trial_of(name), tmp_path, range(0, 240, 8))
    tally("refusals", statuses.count(1))
    assert statuses.count(1) > 3
    assert wrong == []


@pytest.mark.parametrize("name", ["add", "remove", "rebuild"])
def test_a_disk_that_is_read_only_is_one_sentence_and_serves(
    trial_of: Callable[[str], Trial], tally: Callable[[str, int], None], tmp_path: Path, name: str
) -> None:
    trial = trial_of(name)
    room = tmp_path / "room"
    with mounted(room, 4 << 20):
        trial.copy_archive(room / "archive")
        subprocess.run(["mount", "-o", "remount,ro", str(room)], check=True)
        outcome = trial.run(room / "archive")
        assert outcome.status == 1
        assert trial.wrong_with(room / "archive", outcome) == []
        assert served_by(room / "archive") == trial.scene.before()
        subprocess.run(["mount", "-o", "remount,rw", str(room)], check=True)
        assert trial.wrong_afterwards(room / "archive") == []
    tally("refusals", 1)
