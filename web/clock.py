"""The day and the moment: the one place of the site that reads the clock for them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from index.dates import rome


def now() -> datetime:
    """The moment, with its zone."""
    return datetime.now(UTC)


def today() -> date:
    """The day in Rome, from which "ieri" and freshness are reckoned."""
    return now().astimezone(rome()).date()


def age_s(moment: datetime | None) -> int | None:
    """Whole seconds since a moment, 0 for one that another clock has in the future; None for no moment."""
    return None if moment is None else max(0, int((now() - moment).total_seconds()))
