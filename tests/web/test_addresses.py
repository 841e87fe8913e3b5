"""Which addresses a reader can follow, and where an article stands in this site."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.addresses import article_path, public_url, section_of_path, section_path


@pytest.mark.parametrize("url", ["https://www.gazzetta.it/1", "http://a.b.co.uk/x?y=1#z", "https://xn--caff-8oa.it/"])
def test_a_real_address_is_followed(url: str) -> None:
    assert public_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pagina.html",
        "/2024/1",
        "www.gazzetta.it/1",
        "javascript:alert(1)",
        "ftp://gazzetta.it/1",
        "https://localhost/1",
        "https://intranet/1",
        "https://cantiere.example/1",
        "https://www.example.com/1",
        "https://server.local/1",
        "https://[::1",
        "https://",
    ],
)
def test_an_address_that_leads_nowhere_is_not_followed(url: str) -> None:
    assert public_url(url) is None


@pytest.mark.parametrize(
    ("article_id", "path"),
    [
        ("cd-0001", "articolo/cd-0001"),
        ("https://a.it//x?y=1#z", "articolo/https://a.it//x%3Fy=1%23z"),
        ("è così", "articolo/%C3%A8%20cos%C3%AC"),
        ("50%", "articolo/50%25"),
        ("a/../b", "articolo?id=a%2F..%2Fb"),
        (".", "articolo?id=."),
    ],
)
def test_an_id_is_escaped(article_id: str, path: str) -> None:
    assert article_path(article_id) == path


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ("Economia / Lavoro", "sezione/Economia/Lavoro"),
        ("Città", "sezione/Citt%C3%A0"),
        ("50%", "sezione/50%25"),
        ("AI / ML", "sezione/AI/ML"),
        ("AI/ML", "sezione/AI%252FML"),
        ("AI%2FML", "sezione/AI%25252FML"),
        ("A/..", None),
    ],
)
def test_each_section_has_an_address_of_its_own(section: str, path: str | None) -> None:
    assert section_path(section) == path


@given(st.lists(st.text("aB/%25F é", min_size=1), min_size=1).map(" / ".join))
def test_the_address_of_a_section_leads_back_to_it(section: str) -> None:
    path = section_path(section)
    assert path is None or section_of_path(unquote(path.removeprefix("sezione/"))) == section
