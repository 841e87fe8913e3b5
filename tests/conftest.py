"""Fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No deadline: a first call loads the dictionary of lemmas. Derandomized, so that a failure is the same for everyone;
# EMEROTECA_EXAMPLES (a number) searches further, with other examples at each run.
_EXAMPLES = int(os.environ.get("EMEROTECA_EXAMPLES") or "0")
settings.register_profile(
    "emeroteca",
    deadline=None,
    derandomize=_EXAMPLES == 0,
    max_examples=_EXAMPLES or 20,
    database=None,
    print_blob=True,  # the line that repeats a failure, which a long run may not meet again
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("emeroteca")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real texts beside the checkout, which no test copies from. Absent: skipped, but a failure in CI."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is absent; CI must provide it")
        pytest.skip(f"{folder} is absent")
    return folder


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk() -> Iterator[None]:
    """Tests make hundreds of small archives and none cuts the power: what a kill leaves is in the page cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
