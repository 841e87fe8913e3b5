"""What processes count each for itself, and tell together."""

from __future__ import annotations

import pytest

from web.tally import MOST_ENDPOINTS, Tally


def test_the_slabs_of_all_processes_are_added_up() -> None:
    tally = Tally(3)
    tally.name(["pages.home", "pages.article"])
    for process, status in enumerate((200, 404, 200)):
        tally.process = process
        tally.count("pages.home", status, 0.25)
    [(endpoint, counted)] = tally.counts()
    assert endpoint == "pages.home"
    assert counted.statuses == (0, 2, 0, 1, 0)
    assert (sum(counted.times), counted.seconds) == (3, 0.75)


def test_processes_agree_on_rows_whatever_the_order_of_names() -> None:
    tally = Tally(2)
    tally.name(["b", "a"])
    tally.count("a", 200, 1)
    tally.process = 1
    tally.name(["a", "b", "b"])
    tally.count("a", 200, 1)
    assert [(endpoint, counted.statuses[1]) for endpoint, counted in tally.counts()] == [("a", 2)]


def test_more_endpoints_than_there_is_room_for_are_refused() -> None:
    tally = Tally()
    tally.name(map(str, range(MOST_ENDPOINTS - 1)))  # and the others
    with pytest.raises(ValueError, match="room for 64"):
        tally.name(map(str, range(MOST_ENDPOINTS)))
