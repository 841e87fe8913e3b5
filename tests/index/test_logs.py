"""The log at the edge: one line an event, as text or as JSON, whatever stands in it."""

from __future__ import annotations

import json
import logging
import re

import pytest

from index.cli.logs import logging_to_stderr

OURS = logging.getLogger("emeroteca.test")
MOMENT = r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"


def test_an_event_is_one_json_object_with_time_level_name_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("json", "info"):
        OURS.info("file", extra={"fields": {"file": "città.jsonl", "added": 3}})
        OURS.error("retry: %s", "the archive: is locked", extra={"fields": {"again_in_s": 1.0}})
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert re.fullmatch(MOMENT, first.pop("time"))
    assert first == {"level": "info", "event": "file", "file": "città.jsonl", "added": 3}
    del second["time"]
    assert second == {
        "level": "error",
        "event": "retry",
        "again_in_s": 1.0,
        "message": "the archive: is locked",
    }


def test_an_event_is_one_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr(None, "info"):
        OURS.warning("left", extra={"fields": {"file": 'a "b"\n2026 error forged', "moved": True}})
    assert re.fullmatch(
        MOMENT + r' warning left file="a \\"b\\"\\n2026 error forged" moved=true\n', capsys.readouterr().err
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str], form: str) -> None:
    with logging_to_stderr(form, "warning"):
        OURS.info("file")
        OURS.warning("left")
    assert capsys.readouterr().err.count("\n") == 1


def test_a_library_that_complains_is_logged_by_its_name_and_its_chatter_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_to_stderr("json", "info"):
        logging.getLogger("waitress").info("Serving on http://...")
        logging.getLogger("waitress").warning("%d thread(s): still running", 2)
    [line] = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert (event["event"], event["message"]) == ("waitress", "2 thread(s): still running")


def test_a_traceback_stays_with_its_event(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("json", "text"):
        with logging_to_stderr(form, "error"):
            try:
                raise RuntimeError("broken")
            except RuntimeError:
                OURS.exception("fault")
    in_json, *in_text = capsys.readouterr().err.splitlines()
    event = json.loads(in_json)
    assert event["event"] == "fault"
    assert event["traceback"].endswith("RuntimeError: broken")
    assert in_text[0].endswith(" error fault")
    assert in_text[-1] == "RuntimeError: broken"


def test_nothing_is_left_of_it_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers.copy(), logging.getLogger("emeroteca").level
    with logging_to_stderr("json", "info"):
        pass
    assert (logging.getLogger().handlers, logging.getLogger("emeroteca").level) == before
    OURS.info("late")
    assert capsys.readouterr().err == ""
