"""Sections: the steps of one, ("Economia", "Lavoro"), and the path that names it, "Economia / Lavoro"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

_BORDER: Final = " / "


def join_steps(steps: Sequence[str]) -> str:
    """The path of a section; "" of none."""
    return _BORDER.join(steps)


def split_steps(path: str) -> list[str]:
    """The steps of a section."""
    return path.split(_BORDER)


def last_step(path: str) -> str:
    """What a section is called within the one above it."""
    return path.rpartition(_BORDER)[2]


def section_above(path: str) -> str:
    """The path of the section right above one; "" of one at the top."""
    return path.rpartition(_BORDER)[0]


def is_below(path: str, above: str) -> bool:
    """Whether a section is, at any depth, within another."""
    return path.startswith(above + _BORDER)


def path_below(path: str, above: str) -> str:
    """The path of a section from another that it is below, "B / C" of "A / B / C" in "A"; the whole from ""."""
    return path[len(above) + len(_BORDER) :] if above else path


def section_paths(steps: Sequence[str]) -> tuple[str, ...]:
    """The path of a section and of all its parents, ("A", "A / B"): what an article counts for."""
    return tuple(accumulate(steps, lambda above, step: f"{above}{_BORDER}{step}"))
