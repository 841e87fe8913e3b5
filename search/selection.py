"""Selections: filters by date, section, site, author and tag, as masks over the documents of a segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np

from index.dates import DateRange, day_number
from index.italian import fold, tokenize_chunk
from index.segment import UNDATED_DAY
from index.snapshot import Segment, Snapshot
from search.kernels import Mask


def days_mask(segment: Segment, since: date | None, until: date | None) -> Mask:
    """Documents published from ``since`` on and before ``until``; an undated one is in no range.

    Documents stand in date order, newest first and undated last, so the range is a slice.
    """
    newest_first = -segment.columns["doc_day"].astype(np.int64)
    first = 0 if until is None else int(np.searchsorted(newest_first, -day_number(until), side="right"))
    oldest = int(UNDATED_DAY) + 1 if since is None else day_number(since)
    last = int(np.searchsorted(newest_first, -oldest, side="right"))
    mask = np.zeros(segment.num_docs, dtype=bool)
    mask[first:last] = True
    return mask


def values_mask(segment: Segment, facet: str, chosen: Iterable[int], num_values: int) -> Mask:
    """Documents that have one of some values of a facet."""
    wanted = np.zeros(num_values + 1, dtype=bool)
    wanted[list(chosen)] = True
    value = segment.columns[f"{facet}_value"]
    hits = np.concatenate(([0], np.cumsum(wanted[value])))
    mask: Mask = np.diff(hits[segment.columns[f"{facet}_start"]]) > 0
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
        how: "whole": the whole value, or the last step of a path ("Lavoro" for "Economia / Lavoro"); "words": all its
            words stand in the value; "prefix": a word of the value begins with it.
    """
    wanted = folded(text)
    if how == "whole":
        same = [at for at, value in enumerate(values) if folded(value) == wanted]
        return same or [at for at, value in enumerate(values) if folded(value.rsplit(" / ", 1)[-1]) == wanted]
    if how == "prefix":
        return [at for at, value in enumerate(values) if any(word.startswith(wanted) for word in _words(value))]
    asked = set(wanted.split())
    return [at for at, value in enumerate(values) if asked and asked <= set(_words(value))]


class Filters:
    """The filters beside a question, as masks by segment."""

    def __init__(self, snapshot: Snapshot, days: DateRange, values: Mapping[str, Sequence[int]]) -> None:
        """``values``: facet -> numbers of the values asked for; a facet without a filter is missing."""
        self._masks: dict[str, list[Mask]] = {
            facet: [values_mask(segment, facet, numbers, len(snapshot.values[facet])) for segment in snapshot.segments]
            for facet, numbers in values.items()
        }
        if days != DateRange():
            self._masks["days"] = [days_mask(segment, days.since, days.until) for segment in snapshot.segments]

    def __contains__(self, name: str) -> bool:
        """Whether there is a filter by a facet, or by "days"."""
        return name in self._masks

    def all(self, matched: Sequence[Mask]) -> list[Mask]:
        """The matched documents that pass every filter."""
        return self.without("", matched)

    def without(self, name: str, matched: Sequence[Mask]) -> list[Mask]:
        """The matched documents that pass every filter but one."""
        passed = list(matched)
        for other, masks in self._masks.items():
            if other != name:
                passed = [one & two for one, two in zip(passed, masks, strict=True)]
        return passed
