"""The JSON interface against DESIGN.md, "The public surface"."""

from __future__ import annotations

import pytest
from archives import temporary_archive
from flask.testing import FlaskClient
from interface import HIT_KEYS

from index.article import Article, article_from_record
from search import Archive
from search.facets import MOST_VALUES
from search.page_json import page_as_json
from web import create_app
from web.addresses import article_path

PAGE_KEYS = [
    "query",
    "understood",
    "total",
    "took_ms",
    "page",
    "size",
    "hits",
    "facets",
    "histogram",
    "suggestion",
    "widened",
    "now",
    "generation",
    "fresh",
    "stories",
]


def test_the_shape_is_that_of_the_design(client: FlaskClient) -> None:
    response = client.get("/api/v1/search?q=riforma&size=3")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    found = response.get_json()
    assert list(found) == PAGE_KEYS
    assert [list(hit) for hit in found["hits"]] == [HIT_KEYS] * 3
    assert list(found["facets"]) == ["section", "site", "author", "year"]
    for counts in found["facets"].values():
        assert counts
        assert all(list(counted) == ["value", "count"] for counted in counts)
    assert all(list(month) == ["month", "count"] for month in found["histogram"])
    assert (found["query"], found["total"], found["page"], found["size"]) == ("riforma", 40, 1, 3)
    hit = found["hits"][0]
    assert " / " in found["facets"]["section"][-1]["value"]
    assert isinstance(hit["authors"], list)
    assert hit["published"].count("-") == 2
    assert hit["score"] > 0


def test_it_is_the_page_of_the_archive(client: FlaskClient, archive: Archive) -> None:
    found = client.get(
        "/api/v1/search?q=riforma&section=Economia&site=Corriere+Finto&from=2023&to=2024&sort=oldest&page=2&size=2"
    ).get_json()
    page = archive.search(
        "riforma",
        sections=["Economia"],
        sites=["Corriere Finto"],
        since="2023",
        until="2024",
        sort="oldest",
        page=2,
        size=2,
    )
    expected = page_as_json(page)
    assert expected["hits"]
    for value in (found, expected):
        del value["took_ms"]
    assert found == expected


def test_a_snippet_is_escaped_and_marked(client: FlaskClient) -> None:
    (hit,) = client.get("/api/v1/search?q=trappola").get_json()["hits"]
    assert "&lt;img src=x onerror=alert(2)&gt;" in hit["snippet"]
    assert "<mark>trappola</mark>" in hit["snippet"]
    assert hit["section"] == "Tecnologia / Sicurezza & reti"
    assert hit["published"] == "2026-03-13T09:05:00+01:00"


def test_an_undated_article_has_null(client: FlaskClient) -> None:
    (hit,) = client.get("/api/v1/search?q=undatato").get_json()["hits"]
    assert hit["published"] is None


@pytest.mark.parametrize(
    ("parameters", "total"),
    [
        pytest.param("any=1", 40, id="any"),
        pytest.param("widen=1", 40, id="widened"),
        pytest.param("widen=0", 0, id="not widened"),
        pytest.param("widen=false", 0, id="in words"),
        pytest.param("any=true&widen=0", 40, id="any, not widened"),
    ],
)
def test_switches_are_one_and_zero(client: FlaskClient, parameters: str, total: int) -> None:
    assert client.get(f"/api/v1/search?q=riforma+inesistentissimo&{parameters}").get_json()["total"] == total


def test_filters_can_repeat(client: FlaskClient) -> None:
    found = client.get("/api/v1/search?author=Anna+Neri&author=Lia+Verdi&section=Lavoro&section=Cloud").get_json()
    assert found["total"] == sum(number % 3 != 1 and number % 4 in (0, 2) for number in range(40))


@pytest.mark.parametrize(
    ("parameters", "parameter", "said"),
    [
        pytest.param("sezione=x", "sezione", "parameter 'sezione' is unknown; allowed: q, from, to,", id="unknown"),
        pytest.param("page=0", "page", "page 0 is not allowed; allowed: 1 to 10000", id="page"),
        pytest.param("page=x", "page", "page 'x' is not allowed", id="page in letters"),
        pytest.param("size=101", "size", "size 101 is not allowed; allowed: 1 to 100", id="size"),
        pytest.param("page=101&size=100", "page", "pages up to 100", id="depth"),
        pytest.param(
            "sort=recenti", "sort", "sort 'recenti' is unknown; allowed: relevance, newest, oldest", id="sort"
        ),
        pytest.param("any=2", "any", "any '2' is not allowed; allowed: 1 or 0", id="switch"),
        pytest.param("section=sprt", "section", "section 'sprt' is unknown; allowed: Economia", id="section"),
        pytest.param("from=31/02/2024", "from", "'31/02/2024' cannot be read or does not exist", id="date"),
        pytest.param("from=2025&to=2024", "to", "backwards, from 2025-01-01 to 2024-12-31", id="range"),
        pytest.param("size=1&size=2", "size", "given 2 times", id="repeated"),
    ],
)
def test_a_wrong_parameter_is_a_problem(client: FlaskClient, parameters: str, parameter: str, said: str) -> None:
    response = client.get(f"/api/v1/search?q=riforma&{parameters}")
    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"
    found = response.get_json()
    assert list(found) == ["type", "title", "status", "detail", "parameter", "allowed"]
    assert found["allowed"]
    assert (found["status"], found["parameter"]) == (400, parameter)
    assert said in found["detail"]
    assert "\n" not in found["detail"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nulla", 404),
        ("GET", "/api/v1/articles/", 404),
        ("POST", "/api/v1/search", 405),
        ("DELETE", "/api/v1/articles/ostile", 405),
    ],
)
def test_other_errors_are_problems_too(client: FlaskClient, method: str, address: str, status: int) -> None:
    response = client.open(address, method=method)
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["status"] == status


def test_every_article_comes_in_the_form_in_which_it_can_be_added(client: FlaskClient, articles: list[Article]) -> None:
    for article in articles:
        response = client.get("/api/v1/" + article_path(article.article_id, root="articles"))
        assert response.status_code == 200, article.article_id
        record = response.get_json()
        assert list(record)[:2] == ["id", "title"]
        assert all(value or name == "body" for name, value in record.items())  # nothing is invented for what is empty
        # A hostile address is refused at the door, and stands here as it was stored.
        if article.article_id != "ostile":
            assert article_from_record(record, allow_empty_body=True) == article


def test_an_id_may_be_an_address_or_a_parameter(client: FlaskClient) -> None:
    by_path = client.get("/api/v1/articles/https://www.gazzetta.example//2024/articolo%3Fid=1%26x=%23due%2520tre")
    assert by_path.get_json()["id"] == "https://www.gazzetta.example//2024/articolo?id=1&x=#due%20tre"
    for article_id in (by_path.get_json()["id"], "../archivio/./articolo"):
        found = client.get("/api/v1/articles", query_string={"id": article_id}).get_json()
        assert found["id"] == article_id


@pytest.mark.parametrize("address", ["/api/v1/articles/non-esiste", "/api/v1/articles?id=non-esiste"])
def test_an_unknown_article_is_a_problem(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert response.get_json()["detail"].startswith("article 'non-esiste' is not in the archive;")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/api/v1/articles", "id '' is not allowed; allowed: the id of an article"),
        ("/api/v1/articles?id=a&id=b", "parameter 'id' is given 2 times"),
        ("/api/v1/articles?q=a", "parameter 'q' is unknown; allowed: id, related"),
        ("/api/v1/articles/ostile?x=1", "parameter 'x' is unknown; allowed: related"),
        ("/api/v1/suggest?prefix=a", "parameter 'prefix' is unknown; allowed: q, size"),
        ("/api/v1/suggest?q=a&q=b", "parameter 'q' is given 2 times"),
        ("/api/v1/suggest?q=a&size=x", "size 'x' is not allowed"),
        ("/api/v1/suggest?q=a&size=101", "size 101 is not allowed; allowed: 1 to 100"),
        ("/api/v1/sections?q=a", "parameter 'q' is unknown; allowed: none"),
    ],
)
def test_a_parameter_that_means_nothing_here_is_a_problem(client: FlaskClient, address: str, said: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert response.get_json()["detail"].startswith(said)


def test_suggestions_are_those_of_the_archive(client: FlaskClient, archive: Archive) -> None:
    found = client.get("/api/v1/suggest?q=pens&size=3").get_json()
    assert found == {"query": "pens", "suggestions": list(archive.suggest("pens", size=3))}
    assert "pensioni" in found["suggestions"]
    assert client.get("/api/v1/suggest").get_json() == {"query": "", "suggestions": []}


def test_sections_and_sites_are_counted_over_everything(client: FlaskClient) -> None:
    found = client.get("/api/v1/sections").get_json()
    assert list(found) == ["sections", "sites"]
    assert {"value": "Economia", "count": 20} in found["sections"]
    assert {"value": "Economia / Lavoro", "count": 10} in found["sections"]
    assert {"value": "Gazzetta di Prova", "count": 20} in found["sites"]


def test_every_section_and_site_is_told_however_many_there_are() -> None:
    articles = [
        Article(article_id=str(at), title="Titolo", site=f"Testata {at}", section=(f"S{at}", "Sotto"))
        for at in range(60)
    ]
    with temporary_archive(articles) as archive:
        client = create_app(archive).test_client()
        found = client.get("/api/v1/sections").get_json()
        assert (len(found["sections"]), len(found["sites"])) == (120, 60)
        assert len(client.get("/api/v1/search").get_json()["facets"]["site"]) == MOST_VALUES
        for at in range(60):
            assert f'href="/sezione/S{at}/Sotto"' in client.get(f"/sezione/S{at}").get_data(as_text=True)
        assert "altre 48." in client.get("/cerca?testata=Nessuna").get_data(as_text=True)


@pytest.mark.parametrize("address", ["search?q=a", "articles/ostile", "articles?id=ostile", "suggest?q=a", "sections"])
def test_head_and_options_are_answered(client: FlaskClient, address: str) -> None:
    got, head, options = (client.open("/api/v1/" + address, method=method) for method in ("GET", "HEAD", "OPTIONS"))
    assert (head.status_code, head.data, head.mimetype) == (200, b"", "application/json")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert options.status_code == 200
    assert set(options.allow) == {"GET", "HEAD", "OPTIONS"}
    assert options.data == b""


def test_results_end_at_a_stated_depth(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?page=100&size=100").get_json()["hits"] == []
    found = client.get("/api/v1/search?page=101&size=100").get_json()
    assert (found["status"], found["parameter"]) == (400, "page")
    assert found["allowed"] == "pages up to 100 of 100 results; narrow the question"
