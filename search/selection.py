"""Selections: filters by date, section, site, author and tag, as masks over the documents of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from operator import and_
from typing import Literal

from index.dates import DateRange, day_number
from index.italian import fold, tokenize_chunk
from index.sections import last_step, split_steps
from index.segment import UNDATED_DAY
from index.snapshot import Snapshot
from search.kernels import Mask
from search.rows import facet_rows


def days_mask(snapshot: Snapshot, since: date | None, until: date | None) -> Mask:
    """Documents published from ``since`` on and before ``until``; an undated one is in no range."""
    day = snapshot.column("doc_day")
    mask: Mask = day >= (int(UNDATED_DAY) + 1 if since is None else day_number(since))
    if until is not None:
        mask &= day < day_number(until)
    return mask


def folded(text: str) -> str:
    """A value without case, accents and surplus blanks: how values are compared."""
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    return [
        fold(token.form) for chunk in text.split() for token in tokenize_chunk(chunk).tokens if not token.parts
    ] or text.casefold().split()


def find_values(values: Sequence[str], text: str, *, how: Literal["words", "prefix", "whole"]) -> list[int]:
    """Numbers of the values that a typed text names.

    Args:
        how: "whole": the whole value, or the last step of a path ("Lavoro" for "Economia / Lavoro"); of "A/B" and
            "A / B", which fold alike, the one with these steps; "words": all its words stand in the value; "prefix": a
            word of the value begins with it.
    """
    wanted = folded(text)
    if how == "whole":
        same = [at for at, value in enumerate(values) if folded(value) == wanted]
        if len(same) > 1:
            steps = _steps(text)
            same = [at for at in same if _steps(values[at]) == steps] or same
        return same or [at for at, value in enumerate(values) if folded(last_step(value)) == wanted]
    if how == "prefix":
        return [at for at, value in enumerate(values) if any(word.startswith(wanted) for word in _words(value))]
    asked = set(wanted.split())
    return [at for at, value in enumerate(values) if asked and asked <= set(_words(value))]


def _steps(path: str) -> list[str]:
    return [folded(step) for step in split_steps(path)]


class Filters:
    """The filters beside a question, as masks."""

    def __init__(
        self,
        snapshot: Snapshot,
        days: DateRange,
        values: Mapping[str, Sequence[int]],
        left_out: Mapping[str, Sequence[int]],
    ) -> None:
        """Make the masks.

        Args:
            values: facet -> numbers of the values asked for; a facet without a filter is missing.
            left_out: facet -> numbers of the values that no document may have.
        """
        self._masks = {facet: facet_rows(snapshot, facet).having(numbers) for facet, numbers in values.items()}
        for facet, numbers in left_out.items():
            others = ~facet_rows(snapshot, facet).having(numbers)
            self._masks[facet] = self._masks[facet] & others if facet in self._masks else others
        if days != DateRange():
            self._masks["days"] = days_mask(snapshot, days.since, days.until)

    def __contains__(self, name: str) -> bool:
        """Whether there is a filter by a facet, or by "days"."""
        return name in self._masks

    def all(self, matched: Mask) -> Mask:
        """The matched documents that pass every filter."""
        return self.without("", matched)

    def without(self, name: str, matched: Mask) -> Mask:
        """The matched documents that pass every filter but one."""
        return reduce(and_, (mask for other, mask in self._masks.items() if other != name), matched)
