"""What every response carries, health, and what is said when something breaks."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from archives import build_archive
from broken import broken_client
from flask.testing import FlaskClient
from html_rules import faults_of
from werkzeug.test import EnvironBuilder

import web
from index.errors import IndexCorrupt
from search import Archive, open_archive
from search.errors import DeadlineExceeded
from web import WebSettings, clock, create_app


def test_public_names() -> None:
    assert web.__all__ == ["WebSettings", "configured_app", "create_app"]


@pytest.mark.parametrize(
    "address", ["/", "/cerca?q=riforma", "/cerca?pagina=0", "/nulla", "/api/v1/search", "/static/style.css"]
)
def test_every_response_is_fenced_in(client: FlaskClient, address: str) -> None:
    with client.get(address) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Set-Cookie" not in headers, "no reader is known again"


def test_results_and_copies_are_not_listed_by_crawlers_and_the_first_page_is(client: FlaskClient) -> None:
    for address in ("/cerca", "/cerca?pagina=0", "/articolo/ordinario-01", "/api/v1/search"):
        assert "noindex" in client.get(address).headers["X-Robots-Tag"]
    assert "X-Robots-Tag" not in client.get("/").headers
    robots = client.get("/robots.txt")
    assert robots.mimetype == "text/plain"
    # A blocked page would never show its noindex.
    assert robots.text.splitlines()[1:] == ["User-agent: *", "Disallow:", "", "Sitemap: http://localhost/sitemap.xml"]


def test_health_and_readiness(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    found = client.get("/readyz").get_json()
    assert 0 <= found.pop("age_s") < 3_600
    assert found == {"status": "ok", "generation": 1, "articles": 45}


def test_the_age_of_the_generation_is_that_of_its_commit(
    client: FlaskClient, archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    created = archive.snapshot.created
    assert created is not None
    for later, age_s in ((timedelta(seconds=90.7), 90), (timedelta(seconds=-5), 0)):
        monkeypatch.setattr(clock, "now", lambda later=later: created + later)
        assert client.get("/readyz").get_json()["age_s"] == age_s
    with open_archive(build_archive(tmp_path / "data", [])) as empty:
        assert create_app(empty).test_client().get("/readyz").get_json()["age_s"] is None


def test_an_archive_that_cannot_be_used_is_503(caplog: pytest.LogCaptureFixture) -> None:
    client = broken_client(IndexCorrupt(Path("/segreto/dati"), "is damaged", "restore it"))
    with caplog.at_level(logging.CRITICAL, logger="web.app"):
        page, api, ready = client.get("/cerca?q=a"), client.get("/api/v1/search"), client.get("/readyz")
    assert [response.status_code for response in (page, api, ready)] == [503] * 3
    assert "l’archivio non si può consultare" in page.text
    assert faults_of(page.text) == []
    assert api.mimetype == "application/problem+json"
    assert page.headers["Retry-After"] == "30"
    assert "segreto" not in page.text + api.text + ready.text
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "told"), [(5.0, "più di 5 secondi"), (1.0, "più di un secondo"), (2.5, "più di 2,5 secondi")]
)
def test_a_question_that_takes_too_long_is_told_so_in_one_sentence(seconds: float, told: str) -> None:
    client = broken_client(DeadlineExceeded(seconds))
    page, api = client.get("/cerca?q=a"), client.get("/api/v1/search?q=a")
    assert (page.status_code, api.status_code) == (503, 503)
    assert f"La ricerca è durata {told}" in page.text
    assert faults_of(page.text) == []
    assert api.mimetype == "application/problem+json"
    assert "ask for fewer words" in api.get_json()["detail"]


def test_a_fault_of_ours_is_a_page_in_italian_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    client = broken_client(RuntimeError("dettaglio interno"))
    with caplog.at_level(logging.CRITICAL + 1, logger="web.app"):
        page, api = client.get("/"), client.get("/api/v1/search")
    assert (page.status_code, api.status_code) == (500, 500)
    assert "La colpa è nostra" in page.text
    assert faults_of(page.text) == []
    assert "dettaglio" not in page.text + api.text
    assert api.mimetype == "application/problem+json"


def test_an_unknown_address_is_a_page_in_italian(client: FlaskClient) -> None:
    response = client.get("/non/esiste")
    assert response.status_code == 404
    assert "Pagina non trovata" in response.text


@pytest.mark.parametrize("host", ["a b<>&", "x" * 300, "[::1", "è"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_name_of_a_host_that_cannot_be_gets_into_no_address(archive: Archive, host: str, proxies: int) -> None:
    client = create_app(archive, WebSettings(proxies=proxies, metrics=True)).test_client()
    name = "X-Forwarded-Host" if proxies else "Host"
    for address in ("/cerca/feed", "/sitemap.xml", "/robots.txt", "/opensearch.xml"):
        response = client.get(address, headers={name: host})
        assert (response.status_code, response.mimetype) == (400, "text/plain")
        assert response.text == "Il nome del sito nella richiesta non si può leggere.\n"
        assert response.headers["Cache-Control"] == "no-store"
    for address in ("/", "/nulla", "/api/v1/search", "/healthz", "/metrics"):
        assert client.get(address, headers={name: host}).status_code in (200, 400, 404)  # and no traceback


@pytest.mark.parametrize("host", ["archivio.it", "ARCHIVIO.it.", "10.0.0.1:8000", "[::1]:8000", "xn--caff-8oa.it"])
def test_a_name_of_a_host_that_can_be_is_answered(client: FlaskClient, host: str) -> None:
    for address in ("/", "/cerca/feed"):
        assert client.get(address, headers={"Host": host}).status_code == 200


def test_a_page_is_shown_under_the_names_that_machines_give_each_other(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "emeroteca_1"}).status_code == 200


def test_a_request_without_a_host_is_answered(archive: Archive) -> None:
    environ = EnvironBuilder(path="/cerca/feed").get_environ()
    del environ["HTTP_HOST"]  # as HTTP 1.0 has it, which simple watchers speak
    app = create_app(archive)
    with app.request_context(environ):
        assert app.full_dispatch_request().status_code == 200


def test_only_reading_is_allowed(client: FlaskClient) -> None:
    response = client.post("/cerca")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "si può soltanto leggere" in response.text


def test_a_site_under_a_prefix_links_inside_it(client: FlaskClient) -> None:
    page = client.get("/cerca?q=riforma", base_url="http://prova.it/archivio").text
    assert 'href="/archivio/cerca?q=riforma&amp;' in page
    assert 'href="/archivio/articolo/ordinario-' in page
    assert 'href="/cerca' not in page


def test_two_sites_do_not_share_anything(archive: Archive, tmp_path: Path) -> None:
    with open_archive(build_archive(tmp_path / "data", [])) as other:
        one, two = create_app(archive).test_client(), create_app(other).test_client()
        assert one.get("/readyz").get_json()["articles"] == 45
        assert two.get("/readyz").get_json()["articles"] == 0


def test_new_articles_are_served_without_a_restart(tmp_path: Path) -> None:
    from index.article import Article

    path = build_archive(tmp_path / "data", [Article(article_id="a", title="Primo", body="Testo.")])
    with open_archive(path) as archive:
        client = create_app(archive).test_client()
        assert client.get("/api/v1/search?q=secondo").get_json()["total"] == 0
        build_archive(path, [Article(article_id="b", title="Secondo", body="Testo.")])
        assert client.get("/api/v1/search?q=secondo").get_json()["total"] == 1
