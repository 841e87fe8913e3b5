"""Sections: the steps of one, ("Economia", "Lavoro"), and the path that names it, "Economia / Lavoro"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

BORDER: Final = " / "
"""Between two steps of a path."""


def join_steps(steps: Sequence[str]) -> str:
    """The path of a section; "" of none."""
    return BORDER.join(steps)


def split_steps(path: str) -> list[str]:
    """The steps of a section."""
    return path.split(BORDER)


def last_step(path: str) -> str:
    """What a section is called within the one above it."""
    return path.rpartition(BORDER)[2]


def section_paths(steps: Sequence[str]) -> tuple[str, ...]:
    """The path of a section and of all its parents, ("A", "A / B"): what an article counts for."""
    return tuple(accumulate(steps, lambda above, step: f"{above}{BORDER}{step}"))
