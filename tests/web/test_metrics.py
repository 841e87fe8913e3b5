"""Figures for Prometheus, as its own parser reads them."""

from __future__ import annotations

from pathlib import Path

from broken import broken_client
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from index.errors import IndexCorrupt
from search import Archive
from web import WebSettings, create_app
from web.metrics import MIMETYPE, Metrics
from web.tally import BOUNDS_S, Tally


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Each figure by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def client_for(archive: Archive) -> FlaskClient:
    return create_app(archive, WebSettings(metrics=True)).test_client()


def test_figures_are_told_only_when_they_are_asked_for(client: FlaskClient, archive: Archive) -> None:
    assert client.get("/metrics").status_code == 404
    response = client_for(archive).get("/metrics")
    assert (response.status_code, response.headers["Content-Type"]) == (200, MIMETYPE)
    assert response.headers["Cache-Control"] == "no-store"


def test_requests_are_counted_by_what_answers_and_how(archive: Archive) -> None:
    client = client_for(archive)
    for address in ("/", "/cerca?q=riforma", "/cerca?q=altro", "/cerca?pagina=0", "/nulla", '/a"b', "/articolo/x"):
        client.get(address)
    found = figures(client.get("/metrics").text)
    requests = {key[1:]: value for key, value in found.items() if key[0] == "emeroteca_requests_total"}
    assert requests == {
        ("pages.home", "2xx"): 1,
        ("pages.results", "2xx"): 2,
        ("pages.results", "4xx"): 1,
        ("pages.article", "4xx"): 1,
        ("none", "4xx"): 2,
    }
    assert found["emeroteca_request_duration_seconds_count", "pages.results"] == 3
    assert found["emeroteca_request_duration_seconds_sum", "pages.results"] > 0


def test_the_histogram_adds_up(archive: Archive) -> None:
    tally = Tally()
    tally.name(["pages.home"])
    for seconds in (0.0005, 0.001, 0.3, 4, 60):
        tally.count("pages.home", 200, seconds)
    found = figures(Metrics(archive, tally).text())
    name = "emeroteca_request_duration_seconds"
    buckets = [found[f"{name}_bucket", "pages.home", bound] for bound in (*map(str, BOUNDS_S), "+Inf")]
    assert buckets == [2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5]
    assert found[f"{name}_count", "pages.home"] == 5
    assert found[f"{name}_sum", "pages.home"] == 64.3015


def test_generation_age_and_articles_are_told(archive: Archive) -> None:
    found = figures(client_for(archive).get("/metrics").text)
    assert found["emeroteca_archive_up",] == 1
    assert found["emeroteca_generation",] == archive.snapshot.generation
    assert found["emeroteca_articles",] == 45
    assert 0 <= found["emeroteca_generation_age_seconds",] < 3_600


def test_an_archive_out_of_use_is_a_figure_and_no_error() -> None:
    client = broken_client(IndexCorrupt(Path("/dati"), "is damaged", "restore it"), WebSettings(metrics=True))
    assert client.get("/").status_code == 503
    found = figures(client.get("/metrics").text)
    assert found["emeroteca_archive_up",] == 0
    assert found["emeroteca_requests_total", "pages.home", "5xx"] == 1
    assert ("emeroteca_generation",) not in found


def test_a_view_that_was_added_later_is_counted_among_the_others(archive: Archive) -> None:
    app = create_app(archive, WebSettings(metrics=True))
    app.add_url_rule("/mio", "mine", lambda: "mio")
    client = app.test_client()
    assert client.get("/mio").text == "mio"
    assert figures(client.get("/metrics").text)["emeroteca_requests_total", "none", "2xx"] == 1
