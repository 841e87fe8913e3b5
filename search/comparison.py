"""Comparison: the same queries measured twice, and whether their difference could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_EXACT: Final = 16
"""Up to so many queries that differ, all their 2 ** n changes of sign are tried; with more, SAMPLES random ones."""

SAMPLES: Final = 9_999

_SEED: Final = 20_070_611
_BATCH: Final = 1_000
_TIE: Final = 1e-9
"""Measures are sums of a few fractions; what differs by less differs by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure of the same queries, first against second.

    Attributes:
        wins, ties, losses: queries for which the first is greater, equal, less.
        p_value: how often a difference of means at least as large, either way, would come about if it were chance
            which of the two values of a query is the first; above 0, up to 1.
    """

    wins: int
    ties: int
    losses: int
    p_value: float


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare the values of the same queries, in the same order; equal arguments give an equal answer.

    Raises:
        ValueError: the lengths differ.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} values against {len(second)}; each query needs one of each")
    differences = np.array(first, dtype=np.float64) - np.array(second, dtype=np.float64)
    differing = differences[np.abs(differences) > _TIE]
    return Comparison(
        wins=int(np.count_nonzero(differing > 0)),
        ties=len(differences) - len(differing),
        losses=int(np.count_nonzero(differing < 0)),
        p_value=randomisation_p_value(differing),
    )


def randomisation_p_value(differences: NDArray[np.float64]) -> float:
    """Two-sided p-value of the paired randomisation test on the mean of differences.

    Args:
        differences: first - second, by query; float64, (n,). A difference of 0 changes nothing and may be left out.
    Returns:
        The share of changes of sign under which the mean is as far from 0 as it is, of all of them up to MAX_EXACT
        differences, else of SAMPLES random ones and the one that was found; 1 for no difference.
    Source:
        Smucker, Allan & Carterette, "A comparison of statistical significance tests for information retrieval
        evaluation", CIKM 2007. Counting what was found: Phipson & Smyth, SAGMB 9(1), 2010.
    """
    count = len(differences)
    # Sums that are equal on paper must count as equal, whichever way they were rounded.
    found = abs(float(differences.sum())) * (1 - 1e-9)
    if count <= MAX_EXACT:
        flips = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        return float(np.mean(np.abs(_sums(flips, differences)) >= found))
    generator = np.random.default_rng(_SEED)
    as_far = 1
    for start in range(0, SAMPLES, _BATCH):
        flips = generator.integers(0, 2, size=(min(_BATCH, SAMPLES - start), count))
        as_far += int(np.count_nonzero(np.abs(_sums(flips, differences)) >= found))
    return as_far / (SAMPLES + 1)


def _sums(flips: NDArray[np.int64], differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of the differences with some signs changed; flips: 0 or 1, (k, n)."""
    sums: NDArray[np.float64] = (1 - 2 * flips) @ differences
    return sums
