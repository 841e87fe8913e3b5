"""The paths of sections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.sections import is_below, join_steps, last_step, path_below, section_above, section_paths, split_steps

STEPS = st.lists(st.sampled_from(["Economia", "Lavoro", "AI/ML", "24/7"]), min_size=1, max_size=4)


def test_a_path_names_each_step_and_a_slash_within_a_name_parts_none() -> None:
    assert join_steps(("Tecnologia", "AI/ML")) == "Tecnologia / AI/ML"
    assert split_steps("Tecnologia / AI/ML") == ["Tecnologia", "AI/ML"]
    assert section_paths(("A", "B", "C")) == ("A", "A / B", "A / B / C")
    assert join_steps(()) == ""
    assert section_paths(()) == ()


@given(STEPS)
def test_a_path_is_taken_apart_as_it_was_put_together(steps: list[str]) -> None:
    path = join_steps(steps)
    assert split_steps(path) == steps
    assert last_step(path) == steps[-1]
    assert section_above(path) == join_steps(steps[:-1])
    assert path_below(path, "") == path


@given(STEPS, STEPS)
def test_a_section_is_below_those_that_its_path_begins_with(steps: list[str], others: list[str]) -> None:
    path, other = join_steps(steps), join_steps(others)
    assert is_below(path, other) == (len(steps) > len(others) and steps[: len(others)] == others)
    assert path_below(join_steps(others + steps), other) == path
