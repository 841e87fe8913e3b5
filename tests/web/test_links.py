"""Links: the same addresses as each question would have by itself."""

from __future__ import annotations

from typing import Any

import pytest

from web.links import Links
from web.parameters import Asked

ASKED = Asked(
    query="caffè & «tè»",
    sections=("Economia / Lavoro", "AI/ML"),
    sites=("Gazzetta",),
    without_authors=("D'Angelo",),
    since="marzo 2024",
    sort="newest",
    size=20,
    page=3,
    fresh=False,
)


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        pytest.param({}, "", id="the first page"),
        pytest.param({"page": 12}, "pagina=12", id="another page"),
        pytest.param({"since": "", "until": "2024"}, "al=2024", id="a period"),
        pytest.param(
            {"explain": True, "widen": False, "any_word": True}, "qualunque=1&esatto=1&spiega=1", id="switches"
        ),
    ],
)
def test_a_link_has_what_is_not_as_usual_in_one_order(changes: dict[str, Any], parameters: str) -> None:
    assert Links(Asked(), "/cerca").to(**changes) == "/cerca" + (f"?{parameters}" if parameters else "")


def test_a_link_keeps_what_it_does_not_change() -> None:
    assert Links(ASKED, "/cerca").to(sites=(), query="a b") == (
        "/cerca?q=a+b&sezione=Economia+%2F+Lavoro&sezione=AI%2FML&senza_autore=D%27Angelo&quante=20&freschezza=0"
        "&dal=marzo+2024&ordine=recenti"
    )


def test_the_site_that_is_meant_by_itself_is_not_named_and_all_sites_are() -> None:
    links = Links(ASKED, "", "Gazzetta")
    assert "testata" not in links.to()
    assert "&testata=%2A&" in links.to(sites=())
    assert "&testata=Gazzetta&testata=Corriere&" in links.to(sites=("Gazzetta", "Corriere"))


def test_a_long_question_is_not_kept() -> None:
    from web.parameters import _encoded

    before = _encoded.cache_info().currsize
    assert Links(Asked(query="x" * 4_000), "").to().endswith("x" * 4_000)
    assert _encoded.cache_info().currsize == before
