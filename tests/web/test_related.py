"""Related news on the page of an article and in the JSON interface."""

from __future__ import annotations

from collections.abc import Iterator

import lxml.html
import pytest
from archives import temporary_archive
from flask.testing import FlaskClient
from html_rules import faults_of
from interface import HIT_KEYS
from storyline import STORYLINE

from search import Archive
from web import WebSettings, create_app

FIELDS = [*HIT_KEYS, "reasons"]


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(STORYLINE) as opened:
        yield opened


@pytest.fixture
def client(archive: Archive) -> FlaskClient:
    return create_app(archive).test_client()


def test_an_article_shows_its_related_news_and_why(client: FlaskClient) -> None:
    text = client.get("/articolo/arrivo").get_data(as_text=True)
    assert faults_of(text) == []
    items = lxml.html.fromstring(text).xpath("//ol[@class='related']/li")
    shown = {item.xpath(".//h3/a")[0].get("href"): item.text_content() for item in items}
    assert set(shown) == {"/articolo/annuncio", "/articolo/causa", "/articolo/senza%20data"}
    assert "Rete Sicura" in shown["/articolo/causa"]
    assert "3 febbraio 2025" in shown["/articolo/causa"]
    reasons = shown["/articolo/causa"].partition("In comune: ")[2]
    assert {"Agnese Rautner", "Brennerlab", "Stambecco"} <= set(reasons.strip().split(", "))


def test_an_article_without_related_news_has_no_empty_box(client: FlaskClient) -> None:
    assert "correlate" not in client.get("/articolo/fibra").get_data(as_text=True)


def test_related_news_can_be_switched_off(archive: Archive) -> None:
    client = create_app(archive, WebSettings(related_size=0)).test_client()
    assert "correlate" not in client.get("/articolo/arrivo").get_data(as_text=True)


def test_related_news_are_those_of_the_archive(client: FlaskClient, archive: Archive) -> None:
    found = client.get("/api/v1/related?id=arrivo&size=1").get_json()
    expected = archive.related(article_id="arrivo", size=1)
    assert list(found) == ["hits", "took_ms", "now", "generation"]
    assert [hit["id"] for hit in found["hits"]] == ["annuncio"]
    assert list(found["hits"][0]) == FIELDS
    assert found["hits"][0]["reasons"] == list(expected.hits[0].reasons)
    assert {"Agnese Rautner", "Stambecco"} <= set(found["hits"][0]["reasons"])


def test_a_draft_may_stand_in_the_address(client: FlaskClient) -> None:
    draft = "Brennerlab ricorre in appello per Stambecco\nAgnese Rautner contro gli editori."
    found = client.get("/api/v1/related", query_string={"text": draft}).get_json()
    assert {hit["id"] for hit in found["hits"]} == {"annuncio", "arrivo", "causa", "senza data"}


def test_an_article_comes_with_its_related_news_where_they_are_asked_for(client: FlaskClient) -> None:
    plain = client.get("/api/v1/articles/arrivo").get_json()
    found = client.get("/api/v1/articles/arrivo?related=2").get_json()
    assert "related" not in plain
    assert {**plain, "related": found["related"]} == found
    assert [list(hit) for hit in found["related"]] == [FIELDS] * 2


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ("", 400, "id, text ', ' is not allowed; allowed: one of the two"),
        ("?id=a&text=b", 400, "allowed: one of the two"),
        ("?id=nessuno", 404, "article 'nessuno' is not in the archive; allowed: an id that a search has given"),
        ("?text=%E2%80%A6", 400, "the draft is empty; allowed: a text of some words"),
        ("?id=arrivo&earlier=si", 400, "earlier 'si' is not allowed; allowed: 1 or 0"),
        ("?id=arrivo&size=0", 400, "size 0 is not allowed; allowed: 1 to 100"),
        ("?id=arrivo&site=Nessuna", 400, "site 'Nessuna' is unknown"),
        ("?id=arrivo&q=a", 400, "parameter 'q' is unknown"),
    ],
)
def test_what_is_wrong_with_a_relation_is_a_problem(
    client: FlaskClient, parameters: str, status: int, said: str
) -> None:
    response = client.get("/api/v1/related" + parameters)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert said in response.get_json()["detail"]


def test_a_wrong_number_of_related_news_is_called_as_it_was_given(client: FlaskClient) -> None:
    problem = client.get("/api/v1/articles/arrivo?related=101").get_json()
    assert (problem["parameter"], problem["detail"]) == ("related", "related 101 is not allowed; allowed: 1 to 100")
