"""A report as values that JSON has: months are "2025-06", days "2025-06-30"."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from index.dates import month_iso
from search.report.values import Months, Report, Volume


def report_as_json(report: Report) -> dict[str, Any]:
    """The report, every field of it under its name."""
    shown: dict[str, Any] = _plain(report)
    shown["months"] = [month_iso(at) for at in report.months]
    shown["names_of_month"] = [
        [{"text": text, "articles": count} for text, count in names] for names in report.names_of_month
    ]
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, Volume):
        told = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return told | {"span": value.span and _stretch(value.span), "gaps": [_stretch(gap) for gap in value.gaps]}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value


def _stretch(months: Months) -> list[str]:
    return [month_iso(at) for at in months]
