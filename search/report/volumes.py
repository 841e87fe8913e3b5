"""Volumes: how many articles a site, a section or all of them have, month by month, and where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from index.sections import section_above
from index.snapshot import Snapshot
from search.report.counting import Bools, Ints
from search.report.values import Months, Volume


@dataclass(frozen=True, slots=True)
class MonthsOfDocs:
    """The documents of a snapshot by month.

    Attributes:
        month: of each document of the snapshot its month (``index.dates.month_number``), negative for an undated one.
        bins: of each document its month of the period, from 0, or OUTSIDE; both int64, (num_docs,).
        num_months: of the period.
    """

    month: Ints
    bins: Ints
    num_months: int


def volume_of(label: str | None, docs: Ints, months: MonthsOfDocs, expected: Ints | None = None) -> Volume:
    """The volume of some documents.

    Args:
        docs: their numbers.
        expected: the months that are a gap when no document is of them, ascending; every month when None.
    """
    counted = months.bins[docs]
    by_month = np.bincount(counted[counted >= 0], minlength=months.num_months)
    dated = dated_months(docs, months)
    span: Months | None = (int(dated[0]), int(dated[-1])) if len(dated) else None
    gaps: tuple[Months, ...] = ()
    if span is not None:
        looked_at = np.arange(span[0], span[1] + 1) if expected is None else expected
        missing = np.setdiff1d(looked_at[(looked_at >= span[0]) & (looked_at <= span[1])], dated)
        # One gap goes on where no month between two missing ones was looked at.
        runs = np.split(missing, np.flatnonzero(np.diff(np.searchsorted(looked_at, missing)) > 1) + 1)
        gaps = tuple((int(run[0]), int(run[-1])) for run in runs if len(run))
    return Volume(label=label, articles=int(by_month.sum()), by_month=tuple(by_month.tolist()), span=span, gaps=gaps)


def dated_months(docs: Ints, months: MonthsOfDocs) -> Ints:
    """The months of some documents, ascending, each once."""
    found: Ints = np.unique(months.month[docs])
    return found[found >= 0]


def volumes_by_value(
    snapshot: Snapshot, facet: str, among: Bools, months: MonthsOfDocs, size: int
) -> tuple[tuple[Volume, ...], int]:
    """The values of a facet with the most articles of the period, then what is left of them, and what has none.

    Args:
        among: the documents that count; bool, (num_docs,).
        size: how many values are told by themselves; of sections those at the top.
    Returns:
        The volumes; and how many values there are in all.
    """
    doc, value = _rows(snapshot, facet)
    names = snapshot.values[facet]
    is_top = np.array([facet != "section" or not section_above(name) for name in names], dtype=bool)
    counted = among[doc] & (is_top[value] if len(value) else np.zeros(0, dtype=bool))
    doc, value = doc[counted], value[counted]
    of_period = np.bincount(value[months.bins[doc] >= 0], minlength=len(names))
    of_all = np.bincount(value, minlength=len(names))
    present = np.flatnonzero(of_all).tolist()
    ordered = sorted(present, key=lambda at: (-of_period[at], -of_all[at], names[at]))
    shown, left = ordered[:size], ordered[size:]

    def told() -> Iterator[tuple[str | None, Ints]]:
        for at in shown:
            yield names[at], doc[value == at]
        if left:
            yield None, np.unique(doc[np.isin(value, left)])
        without = among.copy()
        without[doc] = False
        if without.any():
            yield "", np.flatnonzero(without)

    # When nobody published, it is no gap of one site.
    expected = dated_months(np.flatnonzero(among), months)
    volumes = tuple(volume_of(label, docs, months, expected) for label, docs in told())
    return volumes, len(present)


def _rows(snapshot: Snapshot, facet: str) -> tuple[Ints, Ints]:
    """Every value of every document: the document's number, and the value's; int64, (num_rows,) each."""
    docs, values = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for first, segment in zip(snapshot.first_doc.tolist(), snapshot.segments, strict=False):
        count = np.diff(segment.columns[f"{facet}_start"])
        docs.append(np.repeat(np.arange(segment.num_docs), count) + first)
        values.append(segment.columns[f"{facet}_value"].astype(np.int64))
    return np.concatenate(docs), np.concatenate(values)


def sites_of_docs(snapshot: Snapshot, most: int) -> Ints:
    """Of each document the number of its site among the largest, from 0, and one number for all others.

    int64, (num_docs,), below ``most``.
    """
    doc, value = _rows(snapshot, "site")
    largest = np.argsort(-np.bincount(value, minlength=1), kind="stable")[: most - 1]
    number = np.full(max(len(snapshot.values["site"]), 1), most - 1, dtype=np.int64)
    number[largest] = np.arange(len(largest))
    sites = np.full(snapshot.num_docs, most - 1, dtype=np.int64)
    sites[doc] = number[value]
    return sites
