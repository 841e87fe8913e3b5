"""Which pages of other sites may read the answers of the JSON interface."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from search import Archive
from web import WebSettings, create_app

OURS, THEIRS = "https://www.gazzetta.it", "https://altri.example"
ANSWERS = ("/api/v1/search?q=riforma", "/api/v1/search?size=0", "/api/v1/nulla", "/openapi.json")


def client_for(archive: Archive, *origins: str) -> FlaskClient:
    return create_app(archive, WebSettings(cors_origins=origins)).test_client()


@pytest.mark.parametrize("address", ANSWERS)
def test_no_site_may_read_unless_it_was_said(client: FlaskClient, address: str) -> None:
    headers = client.get(address, headers={"Origin": OURS}).headers
    assert "Access-Control-Allow-Origin" not in headers
    assert "Vary" not in headers


@pytest.mark.parametrize("address", ANSWERS)
def test_a_site_of_the_list_may_read_and_another_may_not(archive: Archive, address: str) -> None:
    client = client_for(archive, OURS, "http://localhost:3000")
    ours, theirs, none = (
        client.get(address, headers=headers).headers for headers in ({"Origin": OURS}, {"Origin": THEIRS}, {})
    )
    assert ours["Access-Control-Allow-Origin"] == OURS
    assert "ETag" in ours["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in theirs
    assert "Access-Control-Allow-Origin" not in none
    assert all(headers["Vary"] == "Origin" for headers in (ours, theirs, none))


def test_every_site_may_read_by_a_star(archive: Archive) -> None:
    headers = client_for(archive, "*").get("/api/v1/search", headers={"Origin": THEIRS}).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in headers


def test_what_has_not_changed_may_be_read_too(archive: Archive) -> None:
    client = client_for(archive, OURS)
    tag = client.get("/api/v1/search").headers["ETag"]
    response = client.get("/api/v1/search", headers={"Origin": OURS, "If-None-Match": tag})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (304, OURS)


@pytest.mark.parametrize("address", ["/", "/cerca?q=riforma", "/articolo/ostile", "/readyz", "/robots.txt"])
def test_pages_are_not_shared(archive: Archive, address: str) -> None:
    assert "Access-Control-Allow-Origin" not in client_for(archive, "*").get(address, headers={"Origin": OURS}).headers


def test_a_browser_that_asks_first_is_answered(archive: Archive) -> None:
    client = client_for(archive, OURS)
    asking = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    ours = client.options("/api/v1/search", headers={"Origin": OURS, **asking})
    assert (ours.status_code, ours.data) == (204, b"")
    assert ours.headers["Access-Control-Allow-Origin"] == OURS
    assert ours.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert ours.headers["Access-Control-Allow-Headers"] == "If-None-Match"
    assert ours.headers["Access-Control-Max-Age"] == "86400"
    assert (
        "Access-Control-Allow-Origin"
        not in client.options("/api/v1/search", headers={"Origin": THEIRS, **asking}).headers
    )
    assert client.options("/api/v1/nulla", headers={"Origin": OURS, **asking}).status_code == 404
    assert "GET" in client.options("/cerca", headers={"Origin": OURS, **asking}).headers["Allow"]
