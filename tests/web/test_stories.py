"""Stories on the site: one hit for all versions, with links to them, and a way to see each."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from archives import build_archive
from flask.testing import FlaskClient
from lxml import etree, html
from lxml.html import HtmlElement
from releases import written_articles

from index.article import Article
from search import Archive, open_archive
from search.page import MOST_VERSIONS
from web import WebSettings, create_app

MANY = [
    Article(
        article_id=f"copia-{at}", title=f"Copia {at}", body=written_articles()[0].body.replace("Altamarea", "Fidelma")
    )
    for at in range(24)
]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    data_dir = build_archive(tmp_path_factory.mktemp("releases") / "data", [*written_articles(), *MANY])
    with open_archive(data_dir) as archive:
        yield archive


@pytest.fixture
def site_of_releases(releases: Archive) -> FlaskClient:
    return create_app(releases, WebSettings(name="Emeroteca di prova")).test_client()


def get(client: FlaskClient, address: str) -> HtmlElement:
    response = client.get(address)
    assert response.status_code == 200
    return html.fromstring(response.text)


def one(page: HtmlElement, selector: str) -> HtmlElement:
    (found,) = page.xpath(selector)
    return found


def text_of(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_the_page_tells_articles_and_stories_and_links_the_other_versions(site_of_releases: FlaskClient) -> None:
    page = get(site_of_releases, "/cerca?q=Altamarea")
    assert text_of(one(page, '//p[@class="found"]/strong')) == "4 articoli, 1 storia"
    line = one(page, '//ol[@class="hits"]//p[@class="copy"]')
    assert text_of(line).startswith("Altre 3 versioni: ChannelVille")
    links = line.xpath("./a")
    assert [link.text for link in links] == ["ChannelVille", "ChannelVille", "SicurVille"]
    for link in links:
        assert "bari" in text_of(one(get(site_of_releases, link.get("href")), "//h1")).lower()


def test_every_version_is_a_click_away_and_the_way_back_too(site_of_releases: FlaskClient) -> None:
    page = get(site_of_releases, "/cerca?q=Altamarea&testata=ChannelVille&testata=SicurVille")
    link = one(page, '//a[.="Mostra tutte le versioni"]').get("href")
    query = parse_qs(urlsplit(link).query)
    assert query == {"q": ["Altamarea"], "testata": ["ChannelVille", "SicurVille"], "versioni": ["1"]}
    every = get(site_of_releases, link)
    assert text_of(one(every, '//p[@class="found"]/strong')) == "3 articoli"
    assert len(every.xpath('//ol[@class="hits"]/li')) == 3
    assert not every.xpath('//ol[@class="hits"]//p[@class="copy"]')
    assert one(every, '//form//input[@name="versioni"]').get("value") == "1"
    [chip] = every.xpath('//a[contains(@class, "chip")][contains(., "Versioni")]')
    assert "versioni" not in chip.get("href")
    assert text_of(one(get(site_of_releases, chip.get("href")), '//p[@class="found"]/strong')) == "3 articoli, 1 storia"


@pytest.mark.parametrize(("asked", "num_hits"), [("fold=no", 4), ("fold=yes", 1), ("versioni=0", 1), ("versioni=", 1)])
def test_the_name_of_the_interface_is_understood_too(site_of_releases: FlaskClient, asked: str, num_hits: int) -> None:
    page = get(site_of_releases, f"/cerca?q=Altamarea&{asked}")
    assert len(page.xpath('//ol[@class="hits"]/li')) == num_hits


def test_of_many_versions_the_first_are_linked(site_of_releases: FlaskClient) -> None:
    line = one(get(site_of_releases, "/cerca?q=Fidelma"), '//p[@class="copy"]')
    assert len(line.xpath("./a")) == 10
    assert text_of(line).startswith("Altre 23 versioni: Copia 1")
    assert text_of(line).endswith(" e 13 ancora")
    (hit,) = site_of_releases.get("/api/v1/search?q=Fidelma").get_json()["hits"]
    assert (len(hit["versions"]), hit["num_versions"]) == (MOST_VERSIONS, 23)
    draft = "Il secondo centro di sviluppo di Fidelma a Bari cerca cento sviluppatori"
    hit, *_ = site_of_releases.get("/api/v1/related", query_string={"text": draft}).get_json()["hits"]
    assert len(hit["versions"]) == MOST_VERSIONS < hit["num_versions"]


def test_where_nothing_is_folded_one_count_is_told(site_of_releases: FlaskClient) -> None:
    page = get(site_of_releases, "/cerca?q=treni")
    assert text_of(one(page, '//p[@class="found"]/strong')) == "2 articoli"
    assert not page.xpath('//a[.="Mostra tutte le versioni"]')


def test_pages_are_of_stories(site_of_releases: FlaskClient) -> None:
    assert not get(site_of_releases, "/cerca?q=Altamarea&quante=2").xpath('//nav[@class="paging"]')
    assert get(site_of_releases, "/cerca?q=Altamarea&quante=2&versioni=1").xpath('//nav[@class="paging"]')


def test_the_interface_folds_unless_told_otherwise(site_of_releases: FlaskClient) -> None:
    folded = site_of_releases.get("/api/v1/search?q=Altamarea").get_json()
    assert (folded["total"], folded["stories"], len(folded["hits"])) == (4, 1, 1)
    assert [version["id"] for version in folded["hits"][0]["versions"]] == ["sonda-4", "sonda-2", "sonda-3"]
    for value in ("no", "0", "false"):
        every = site_of_releases.get(f"/api/v1/search?q=Altamarea&fold={value}").get_json()
        assert (every["total"], every["stories"], len(every["hits"])) == (4, 4, 4)


@pytest.mark.parametrize("asked", ["versioni=tutte", "fold=x"])
def test_another_value_is_refused_in_a_sentence(site_of_releases: FlaskClient, asked: str) -> None:
    response = site_of_releases.get(f"/cerca?{asked}")
    assert response.status_code == 400
    assert "1 (ogni versione per sé) oppure 0" in response.text


def test_a_feed_tells_a_story_once(site_of_releases: FlaskClient) -> None:
    feed = etree.fromstring(site_of_releases.get("/cerca/feed?q=Altamarea").data)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    every = etree.fromstring(site_of_releases.get("/cerca/feed?q=Altamarea&versioni=1").data)
    assert len(every.findall("{http://www.w3.org/2005/Atom}entry")) == 4
