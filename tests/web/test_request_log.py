"""The log of requests: what was asked for, and neither by whom nor in which words."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from broken import broken_client
from flask.testing import FlaskClient

from index.cli.logs import logging_to_stderr
from index.errors import IndexCorrupt
from search.errors import DeadlineExceeded
from web.request_log import hide_addresses

READER = "203.0.113.77"
FROM_READER: dict[str, Any] = {
    "environ_base": {"REMOTE_ADDR": READER, "REMOTE_PORT": "51234"},
    "headers": {"X-Forwarded-For": READER, "Forwarded": f"for={READER}", "Referer": f"https://a.example/{READER}"},
}


def logged(client: FlaskClient, capsys: pytest.CaptureFixture[str], *addresses: str) -> list[dict[str, Any]]:
    """The events of some requests of one reader, whose address is in none of them."""
    capsys.readouterr()
    with logging_to_stderr("json", "info"):
        for address in addresses:
            client.get(address, **FROM_READER).close()
    said = capsys.readouterr().err
    assert READER not in said
    assert "51234" not in said
    return [json.loads(line) for line in said.splitlines()]


def test_a_request_is_logged_with_method_path_status_and_time(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    events = logged(client, capsys, "/", "/articolo/ordinario-01", "/static/style.css", "/nulla")
    assert [(event["event"], event["method"], event["path"], event["status"]) for event in events] == [
        ("request", "GET", "/", 200),
        ("request", "GET", "/articolo/ordinario-01", 200),
        ("request", "GET", "/static/style.css", 200),
        ("request", "GET", "/nulla", 404),
    ]
    assert all(event["ms"] >= 0 for event in events)


@pytest.mark.parametrize("address", ["/cerca?q=malattia", "/api/v1/search?q=malattia", "/cerca?q=malattia&pagina=x"])
def test_what_a_reader_asked_is_not_logged(
    client: FlaskClient, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    [event] = logged(client, capsys, address)
    assert event["path"] == address.split("?", maxsplit=1)[0]
    assert "malattia" not in json.dumps(event)


def test_a_path_with_a_line_break_is_one_line(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    [event] = logged(client, capsys, "/a%0Ab")
    assert event["path"] == "/a\nb"


def test_a_question_given_up_and_an_archive_out_of_use_are_told_apart_from_the_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warning, request = logged(broken_client(DeadlineExceeded(5.0)), capsys, "/cerca?q=malattia")
    assert (warning["level"], warning["event"], warning["path"]) == ("warning", "deadline", "/cerca")
    assert "5" in warning["message"]
    assert request["status"] == 503
    error, request = logged(broken_client(IndexCorrupt(Path("/dati"), "is damaged", "restore it")), capsys, "/cerca")
    assert (error["level"], error["event"]) == ("error", "unavailable")
    assert error["message"] == "/dati: is damaged; restore it"
    assert request["status"] == 503


def test_a_fault_of_ours_is_logged_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    fault, request = logged(broken_client(RuntimeError("dettaglio")), capsys, "/cerca?q=malattia")
    assert fault["level"] == "error"
    assert fault["traceback"].endswith("RuntimeError: dettaglio")
    assert "malattia" not in fault["message"]
    assert request["status"] == 500


def test_at_the_level_of_warnings_requests_are_silent(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("text", "warning"):
        client.get("/")
    assert capsys.readouterr().err == ""


def test_the_address_in_the_name_of_a_connection_is_hidden() -> None:
    connection = f"<waitress.channel.HTTPChannel connected {READER}:51234 at 0x7f02>"
    record = logging.LogRecord("waitress", logging.ERROR, "", 0, "Exception when servicing %r", (connection,), None)
    assert hide_addresses(record)
    assert re.fullmatch("Exception when servicing '?a connection'?", record.getMessage())
