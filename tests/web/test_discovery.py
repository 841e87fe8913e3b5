"""What browsers and crawlers are told of the site."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from archives import build_archive
from flask.testing import FlaskClient
from lxml import etree

from index.article import Article
from index.operations import remove_articles
from search import Archive, open_archive
from web import WebSettings, create_app, discovery

OPENSEARCH = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def xml_at(client: FlaskClient, address: str, mimetype: str = "application/xml") -> etree._Element:
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (200, mimetype)
    return etree.fromstring(response.data)


def listed(client: FlaskClient, address: str) -> dict[str, str | None]:
    """The addresses of a sitemap, or of the list of them, and when each changed."""
    root = xml_at(client, address)
    found = {one.findtext("s:loc", None, SITEMAP): one.findtext("s:lastmod", None, SITEMAP) for one in root}
    assert len(found) == len(root)
    return {str(address): changed for address, changed in found.items()}


def test_a_browser_is_told_how_to_ask(client: FlaskClient) -> None:
    [address] = re.findall(
        r'<link rel="search" type="application/opensearchdescription\+xml" title="[^"]+" href="([^"]+)">',
        client.get("/cerca").text,
    )
    root = xml_at(client, address, "application/opensearchdescription+xml")
    assert root.findtext("o:ShortName", None, OPENSEARCH) == "Emeroteca di pro"
    assert root.findtext("o:Language", None, OPENSEARCH) == "it"
    urls = {str(one.get("type")): str(one.get("template")) for one in root.findall("o:Url", OPENSEARCH)}
    assert urls["text/html"] == "http://localhost/cerca?q={searchTerms}"
    assert urls["application/x-suggestions+json"] == "http://localhost/suggerimenti?q={searchTerms}"
    for kind, template in urls.items():
        response = client.get(template.replace("{searchTerms}", "riforma"))
        assert (response.status_code, response.mimetype) == (200, kind)
    with client.get(str(root.findtext("o:Image", None, OPENSEARCH))) as icon:
        assert icon.mimetype == "image/svg+xml"


def test_a_name_with_signs_of_markup_is_text(archive: Archive) -> None:
    client = create_app(archive, WebSettings(name='<A> & "B" e ancora')).test_client()
    root = xml_at(client, "/opensearch.xml", "application/opensearchdescription+xml")
    assert root.findtext("o:ShortName", None, OPENSEARCH) == '<A> & "B" e anco'


def test_suggestions_are_in_the_form_that_browsers_want(client: FlaskClient, archive: Archive) -> None:
    response = client.get("/suggerimenti?q=pens")
    assert response.mimetype == "application/x-suggestions+json"
    assert response.get_json(force=True) == ["pens", list(archive.suggest("pens"))]
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert client.get("/suggerimenti").get_json(force=True) == ["", []]


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("prefix=a", "Il parametro «prefix» non esiste; quelli ammessi sono q.\n"),
        ("q=a&q=b", "Il parametro «q» compare 2 volte; se ne può dare uno solo.\n"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(client: FlaskClient, parameters: str, told: str) -> None:
    response = client.get("/suggerimenti?" + parameters)
    assert (response.status_code, response.mimetype, response.text) == (400, "text/plain", told)


def test_usually_the_first_page_alone_is_listed(client: FlaskClient) -> None:
    assert list(listed(client, "/sitemap.xml")) == ["http://localhost/sitemap-0.xml"]
    assert list(listed(client, "/sitemap-0.xml")) == ["http://localhost/"]
    assert client.get("/sitemap-1.xml").status_code == 404
    assert "noindex" in client.get("/articolo/ordinario-01").headers["X-Robots-Tag"]


def test_articles_are_listed_where_the_settings_say_so(
    archive: Archive, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "MOST_URLS", 20)
    client = create_app(archive, WebSettings(articles_listed=True)).test_client()
    sitemaps = list(listed(client, "/sitemap.xml"))
    assert sitemaps == [f"http://localhost/sitemap-{number}.xml" for number in range(4)]
    pages = [listed(client, address) for address in sitemaps]
    assert [len(page) for page in pages] == [1, 20, 20, 5]
    found = {address: changed for page in pages[1:] for address, changed in page.items()}
    assert len(found) == len(articles)
    for address in found:
        response = client.get(address)
        assert response.status_code == 200, address
        assert "X-Robots-Tag" not in response.headers
    assert found["http://localhost/articolo/ordinario-01"] == "2023-02-02"
    assert found["http://localhost/articolo/ostile"] == "2026-03-13"
    assert found["http://localhost/articolo/senza-data"] is None
    assert client.get("/sitemap-4.xml").status_code == 404
    for address in ("/cerca", "/suggerimenti", "/api/v1/search", "/openapi.json"):
        assert "noindex" in client.get(address).headers["X-Robots-Tag"]


def test_no_article_is_read_and_what_was_removed_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_URLS", 3)
    first = [Article(article_id=f"a{at}", title="T", body="B.", published=date(2024, 1, 1 + at)) for at in range(5)]
    path = build_archive(tmp_path / "data", first)
    build_archive(path, [Article(article_id=f"b{at}", title="T", body="B.") for at in range(4)])
    remove_articles(path, ["a1", "b0"])
    with open_archive(path) as archive:
        assert len(archive.snapshot.segments) == 2
        monkeypatch.setattr(archive._files, "_store", _Unread(archive._files._store))
        client = create_app(archive, WebSettings(articles_listed=True)).test_client()
        pages = [listed(client, f"/sitemap-{number}.xml") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    names = {address.rpartition("/")[2] for page in pages for address in page}
    assert names == {"a0", "a2", "a3", "a4", "b1", "b2", "b3"}


class _Unread:
    """A store that gives its journal number, and no article."""

    def __init__(self, store: object) -> None:
        self.journal = store.journal  # type: ignore[attr-defined]

    def close(self) -> None:
        """Nothing to close."""


def test_an_address_too_long_for_the_protocol_is_left_out(tmp_path: Path) -> None:
    articles = [Article(article_id=name, title="T", body="B.") for name in ("a", "è" * 600)]
    with open_archive(build_archive(tmp_path / "data", articles)) as archive:
        client = create_app(archive, WebSettings(articles_listed=True)).test_client()
        assert list(listed(client, "/sitemap-1.xml")) == ["http://localhost/articolo/a"]


def test_an_archive_without_articles_has_its_first_page(tmp_path: Path) -> None:
    with open_archive(build_archive(tmp_path / "data", [])) as archive:
        client = create_app(archive, WebSettings(articles_listed=True)).test_client()
        assert list(listed(client, "/sitemap.xml")) == ["http://localhost/sitemap-0.xml"]
        assert listed(client, "/sitemap-0.xml") == {"http://localhost/": None}


def test_robots_names_the_sitemap_where_the_site_stands(client: FlaskClient) -> None:
    text = client.get("/robots.txt", base_url="https://prova.it/archivio/").text
    assert text.endswith("\nSitemap: https://prova.it/archivio/sitemap.xml\n")
