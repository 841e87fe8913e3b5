"""Hostile input at every door: a little of it at each test run, and as much as there is time for in the long one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from targets import TARGETS, Doors, open_doors

SECONDS = float(os.environ.get("EMEROTECA_FUZZ_S") or "180")
"""How long the long run goes on, all doors together."""

FIRST = int(os.environ.get("EMEROTECA_FUZZ_FIRST") or "0")
"""The number of the first case of each door; a failure names the one to repeat."""


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with open_doors() as opened:
        yield opened


@pytest.mark.parametrize("name", TARGETS)
@given(chance=st.randoms(use_true_random=False))
def test_hostile_input_keeps_the_contract_of_its_door(doors: Doors, name: str, chance: Random) -> None:
    TARGETS[name](doors, chance)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_much_hostile_input_keeps_the_contract_of_its_door(doors: Doors, name: str) -> None:
    end = time.monotonic() + SECONDS / len(TARGETS)
    for number in count(FIRST):
        try:
            TARGETS[name](doors, Random(f"{name} {number}"))
        except Exception as error:
            error.add_note(f"case {number} of {name!r}; EMEROTECA_FUZZ_FIRST={number} begins with it")
            raise
        if time.monotonic() > end:
            break
    assert number >= FIRST
