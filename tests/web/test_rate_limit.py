"""How often one client may ask, who counts as one, and what is kept of them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from html_rules import faults_of

from search import Archive
from web import WebSettings, create_app, rate_limit
from web.rate_limit import RateLimit


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_minute_and_fills_evenly() -> None:
    clock = Clock()
    limit = RateLimit(30, clock=clock)
    assert [limit.take("192.0.2.1") for _ in range(30)] == [0.0] * 30
    assert limit.take("192.0.2.1") == pytest.approx(2)
    clock.now += 1.5
    assert limit.take("192.0.2.1") == pytest.approx(0.5)  # to ask in vain costs nothing
    clock.now += 0.5
    assert limit.take("192.0.2.1") == 0
    assert limit.take("192.0.2.1") == pytest.approx(2)
    clock.now += 3_600
    assert [bool(limit.take("192.0.2.1")) for _ in range(31)] == [False] * 30 + [True]


def test_every_client_has_its_own() -> None:
    limit = RateLimit(1, clock=Clock())
    assert [bool(limit.take(f"192.0.2.{number}")) for number in (1, 2, 1, 2)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::1", True),
        ("unknown", "unknown", True),
        ("unknown", "_hidden", False),
    ],
)
def test_who_is_one_client(one: str, other: str, are_one: bool) -> None:
    limit = RateLimit(1, clock=Clock())
    assert limit.take(one) == 0
    assert bool(limit.take(other)) is are_one


def test_no_address_is_kept_and_a_restart_forgets_all() -> None:
    limits = [RateLimit(1), RateLimit(1)]
    for limit in limits:
        limit.take("192.0.2.1")
    assert "192.0.2" not in repr(vars(limits[0]))
    assert set(limits[0]._buckets).isdisjoint(limits[1]._buckets)


def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_CLIENTS", 10)
    limit = RateLimit(1, clock=Clock())
    for number in range(100):
        limit.take(f"192.0.2.{number}")
        limit.take("192.0.2.1")  # who asks again and again is not forgotten for it
    assert len(limit) == 10
    assert limit.take("192.0.2.1") > 0


def client_for(archive: Archive, **settings: int) -> FlaskClient:
    return create_app(archive, WebSettings(**settings)).test_client()  # type: ignore[arg-type]


def test_who_asks_too_often_is_told_when_to_come_back(archive: Archive) -> None:
    client = client_for(archive, requests_per_minute=2)
    assert [client.get("/").status_code for _ in range(2)] == [200, 200]
    page, api = client.get("/cerca?q=riforma"), client.get("/api/v1/search")
    assert (page.status_code, api.status_code) == (429, 429)
    assert page.headers["Retry-After"] in ("30", "29")
    assert page.headers["Cache-Control"] == "no-store"
    assert "troppe richieste" in page.text
    assert faults_of(page.text) == []
    assert api.mimetype == "application/problem+json"
    found = api.get_json()
    assert (found["status"], found["title"]) == (429, "Too Many Requests")
    assert found["detail"].startswith("too many requests came from this address; come back in ")
    assert client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200


def test_watchers_and_files_of_pages_are_never_refused(archive: Archive) -> None:
    client = create_app(archive, WebSettings(requests_per_minute=1, metrics=True)).test_client()
    for address in ("/healthz", "/readyz", "/metrics", "/static/style.css"):
        for _ in range(3):
            with client.get(address) as response:
                assert response.status_code == 200
    assert client.get("/").status_code == 200


def test_usually_nobody_is_refused_nor_without_an_address(archive: Archive) -> None:
    client = client_for(archive)
    assert {client.get("/robots.txt").status_code for _ in range(200)} == {200}
    client = client_for(archive, requests_per_minute=1)
    assert {client.get("/robots.txt", environ_base={"REMOTE_ADDR": ""}).status_code for _ in range(9)} == {200}


def test_behind_a_proxy_that_is_trusted_the_readers_are_told_apart(archive: Archive) -> None:
    def statuses(proxies: int, *chains: str) -> list[int]:
        client = client_for(archive, requests_per_minute=1, proxies=proxies)
        return [client.get("/robots.txt", headers={"X-Forwarded-For": chain}).status_code for chain in chains]

    assert statuses(0, "192.0.2.1", "192.0.2.2") == [200, 429]  # anybody can write it
    assert statuses(1, "192.0.2.1", "192.0.2.2", "192.0.2.1") == [200, 200, 429]
    assert statuses(1, "8.8.8.8, 192.0.2.1", "9.9.9.9, 192.0.2.1") == [200, 429]
    assert statuses(2, "192.0.2.1, 10.0.0.1", "192.0.2.2, 10.0.0.1") == [200, 200]


def test_a_proxy_that_is_trusted_tells_host_scheme_and_prefix(archive: Archive) -> None:
    said = {
        "X-Forwarded-Host": "archivio.it",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/storia",
        "X-Forwarded-For": "192.0.2.1",
    }
    assert "https://archivio.it/storia/cerca" in client_for(archive, proxies=1).get("/cerca/feed", headers=said).text
    assert "archivio.it" not in client_for(archive).get("/cerca/feed", headers=said).text
