"""The description of the JSON interface: valid, true of every answer, and made of the tables that the code reads."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from search import Archive
from search.question import MAX_DEPTH, MAX_SIZE, SORTS
from web import create_app
from web.parameters import ENGLISH

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of libraries that it imports
    import schemathesis
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as openapi_checks

CONFORM = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
OPERATIONS = ("search", "articles/{id}", "articles", "related", "suggest", "sections")
PATHS = (*(f"/api/v1/{name}" for name in OPERATIONS), "/openapi.json")
UNKNOWN_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def described(archive: Archive) -> dict[str, Any]:
    found: dict[str, Any] = create_app(archive).test_client().get("/openapi.json").get_json()
    return found


@pytest.fixture(scope="module")
def schema(archive: Archive) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app(archive))


def test_it_is_valid_openapi(described: dict[str, Any]) -> None:
    validate(described, cls=OpenAPIV31SpecValidator)
    assert described["openapi"].startswith("3.1.")


def test_every_address_of_the_interface_is_described_and_no_other(archive: Archive, described: dict[str, Any]) -> None:
    rules = [rule for rule in create_app(archive).url_map.iter_rules() if rule.endpoint.startswith("api.")]
    addresses = {rule.rule.replace("<article_id:article_id>", "{id}") for rule in rules}
    assert addresses == set(described["paths"]) == set(PATHS)


def test_parameters_and_bounds_are_those_that_the_code_reads(described: dict[str, Any]) -> None:
    parameters = {one["name"]: one["schema"] for one in described["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert list(parameters) == list(ENGLISH.names.values())
    assert parameters["size"]["maximum"] == MAX_SIZE
    assert parameters["page"]["maximum"] == MAX_DEPTH
    assert parameters["sort"]["enum"] == list(SORTS)


def test_an_example_of_a_date_is_read(client: FlaskClient, described: dict[str, Any]) -> None:
    [day] = [one for one in described["paths"]["/api/v1/search"]["get"]["parameters"] if one["name"] == "from"]
    assert len(day["schema"]["examples"]) > 5
    for example in day["schema"]["examples"]:
        assert client.get("/api/v1/search", query_string={"from": example}).status_code == 200


def test_it_says_where_the_site_stands(client: FlaskClient) -> None:
    for home, root in (("http://prova.it/", "/"), ("http://prova.it/archivio/", "/archivio")):
        assert client.get("/openapi.json", base_url=home).get_json()["servers"] == [{"url": root}]
    response = client.get("/openapi.json?x=1")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_asked_the_answer_is_as_described(schema: Any, client: FlaskClient, path: str) -> None:
    operation = schema[path]["GET"]
    asked = 0

    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(),
            operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
        )
    )
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate(checks=CONFORM)

    # Without parameters there is only one thing to ask.
    if operation.query or operation.path_parameters:
        ask()
        assert asked >= 20
    else:
        operation.Case().call_and_validate(checks=CONFORM)


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_parameter_is_refused_everywhere(client: FlaskClient, described: dict[str, Any], path: str) -> None:
    known = {one["name"] for one in described["paths"][path]["get"]["parameters"]}

    @settings(max_examples=15, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(name=UNKNOWN_NAMES.filter(lambda name: name not in known), value=st.text(max_size=5))
    def ask(name: str, value: str) -> None:
        response = client.get(path.replace("{id}", "ostile"), query_string={name: value})
        assert (response.status_code, response.mimetype) == (400, "application/problem+json")
        assert "is unknown; allowed: " in response.get_json()["detail"]

    ask()


@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_refused_with_those_that_are_allowed(schema: Any, client: FlaskClient, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = client.open(path.replace("{id}", "ostile"), method=method)
        assert (response.status_code, response.mimetype) == (405, "application/problem+json")
        assert set(response.allow) == {"GET", "HEAD", "OPTIONS"}


def test_a_search_with_hits_is_as_described(schema: Any) -> None:
    operation = schema["/api/v1/search"]["GET"]
    for query in ({"q": "riforma"}, {"q": "trappola"}, {"q": "undatato"}, {"q": "rifroma"}, {"size": 100}):
        response = operation.Case(query=query).call_and_validate(checks=CONFORM)
        assert response.json()["hits"] or response.json()["suggestion"]
    operation = schema["/api/v1/articles"]["GET"]
    for article_id in ("ordinario-01", "ostile", "senza-data", "finto-sito"):
        assert operation.Case(query={"id": article_id}).call_and_validate(checks=CONFORM).status_code == 200
