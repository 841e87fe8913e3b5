"""The branch of errors that a request can raise before the archive is asked; see ``search.errors`` for the others.

    QueryError
    - UnknownParameter            a name in the address that means nothing here
    - RepeatedParameter           given more than once where one is allowed
    - UnreadableDate              cannot be read, or does not exist
    - BackwardDates               the first day is after the last

``parameter`` is the name as the address has it, in Italian for the pages and in English for the API.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from search.errors import QueryError, shortened

DATES: Final = "2024, 2024-03, marzo 2024, 2024-03-13, 13/03/2024, 13 marzo 2024, oggi, ieri, ultimi 7 giorni"
"""Examples of every kind of date that is read."""


class UnknownParameter(QueryError):
    """The address has a parameter that means nothing here; ``value`` is its name."""

    def __init__(self, parameter: str, allowed: str) -> None:
        super().__init__(parameter, parameter, allowed)
        self.args = (f"parameter {shortened(parameter)} is unknown; allowed: {allowed}",)


class RepeatedParameter(QueryError):
    """A parameter that can be given once is given ``value`` times."""

    def __init__(self, parameter: str, times: int) -> None:
        super().__init__(parameter, times, "one")
        self.args = (f"parameter {parameter!r} is given {times} times; allowed: once",)


class UnreadableDate(QueryError):
    """A date cannot be read or does not exist."""

    def __init__(self, parameter: str, value: str, reason: str) -> None:
        super().__init__(parameter, value, DATES)
        self.args = (f"parameter {parameter!r}: {reason}",)


class BackwardDates(QueryError):
    """The first day of a range is after its last."""

    def __init__(self, parameter: str, first: date, last: date) -> None:
        super().__init__(parameter, last.isoformat(), "a last day that is not before the first")
        self.first = first
        self.last = last
        self.args = (f"the dates run backwards, from {first} to {last}; allowed: {self.allowed}",)
