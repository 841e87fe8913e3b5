"""The day: the one place of the site that reads the clock for it."""

from __future__ import annotations

from datetime import date, datetime

from index.dates import rome


def today() -> date:
    """The day in Rome, from which "ieri" and freshness are reckoned."""
    return datetime.now(rome()).date()
