"""The Atom feed of a question: what RFC 4287 asks for, and what a hostile article may try."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from archives import build_archive
from flask.testing import FlaskClient
from lxml import etree

from index.article import Article
from search import Archive, open_archive
from web import WebSettings, create_app
from web.feeds import rfc_3339

ATOM = {"a": "http://www.w3.org/2005/Atom"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
HOME = "http://localhost/"


def feed_at(client: FlaskClient, address: str, *, base_url: str = HOME) -> etree._Element:
    response = client.get(address, base_url=base_url)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/atom+xml"
    return etree.fromstring(response.data)


def texts(element: etree._Element, path: str) -> list[str]:
    return [str(found) for found in element.xpath(path, namespaces=ATOM)]


def check_atom(feed: etree._Element) -> None:
    """What RFC 4287, section 4.1, requires of a feed and of its entries."""
    for one in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"a:{name}", ATOM)) == 1, name
        [identity] = texts(one, "a:id/text()")
        assert re.match(r"https?://\S+$", identity)
        assert RFC_3339.fullmatch(texts(one, "a:updated/text()")[0])
        assert all(RFC_3339.fullmatch(moment) for moment in texts(one, "a:published/text()"))
        assert len(texts(one, "a:link[@rel='alternate']/@href")) == 1
    assert texts(feed, "a:author/a:name/text()")  # of the entries that name none
    identities = texts(feed, "a:entry/a:id/text()")
    assert len(set(identities)) == len(identities)


def test_a_feed_has_what_the_standard_asks_for(client: FlaskClient) -> None:
    feed = feed_at(client, "/cerca/feed?q=riforma&sezione=lavoro")
    check_atom(feed)
    assert texts(feed, "a:title/text()") == ["«riforma» – Emeroteca di prova"]
    assert texts(feed, "a:link[@rel='self']/@href") == [HOME + "cerca/feed?q=riforma&sezione=Economia+%2F+Lavoro"]
    [page] = texts(feed, "a:link[@rel='alternate']/@href")
    assert page == HOME + "cerca?q=riforma&sezione=Economia+%2F+Lavoro&ordine=recenti"
    entries = feed.findall("a:entry", ATOM)
    assert len(entries) == 10
    published = texts(feed, "a:entry/a:published/text()")
    assert published == sorted(published, reverse=True)
    assert texts(feed, "a:updated/text()") == published[:1]
    assert texts(entries[0], "a:category/@term") == ["Economia", "Economia / Lavoro"]
    assert texts(entries[0], "a:author/a:name/text()")
    assert texts(entries[0], "a:summary/text()") == ["Il sommario spiega l'accordo raggiunto."]
    [identity] = texts(entries[0], "a:id/text()")
    number = identity.rpartition("-")[2]
    assert identity == f"{HOME}articolo/ordinario-{number}"
    assert texts(entries[0], "a:link/@href") == [f"https://www.gazzetta-di-prova.it/{int(number)}"]


def test_everything_fits_the_standard_and_every_entry_of_the_archive_has_its_page(client: FlaskClient) -> None:
    feed = feed_at(client, "/cerca/feed?quante=100")
    check_atom(feed)
    assert texts(feed, "a:title/text()") == ["Tutti gli articoli – Emeroteca di prova"]
    identities = texts(feed, "a:entry/a:id/text()")
    assert len(identities) == 45
    for identity in identities:
        assert client.get(identity).status_code == 200, identity


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("undatato", "articolo/senza-data"),
        ("indirizzo", "articolo/https://www.gazzetta.example//2024/articolo%3Fid=1%26x=%23due%2520tre"),
        ("puntini", "articolo?id=..%2Farchivio%2F.%2Farticolo"),
    ],
)
def test_an_article_without_an_address_that_leads_somewhere_leads_to_the_archive(
    client: FlaskClient, query: str, address: str
) -> None:
    for home in ("http://prova.it/", "http://prova.it/archivio/"):
        feed = feed_at(client, f"/cerca/feed?q={query}&esatto=1", base_url=home)
        [entry] = feed.findall("a:entry", ATOM)
        assert texts(entry, "a:link/@href") == texts(entry, "a:id/text()") == [home + address]


def test_an_undated_article_is_no_news(client: FlaskClient) -> None:
    [entry] = feed_at(client, "/cerca/feed?q=undatato&esatto=1").findall("a:entry", ATOM)
    assert texts(entry, "a:updated/text()") == ["1970-01-01T01:00:00+01:00"]
    assert texts(entry, "a:published") == []


def test_a_hostile_article_is_text(client: FlaskClient) -> None:
    feed = feed_at(client, "/cerca/feed?q=trappola")
    [entry] = feed.findall("a:entry", ATOM)
    assert texts(entry, "a:title/text()") == ['Titolo con <script>alert(1)</script> & "virgolette" d\'autore']
    assert texts(entry, "a:link/@href") == [HOME + "articolo/ostile"]
    assert texts(entry, "a:published/text()") == ["2026-03-13T09:05:00+01:00"]
    assert {etree.QName(one).localname for one in feed.iter()} == {
        *("feed", "id", "title", "subtitle", "updated", "link", "author", "name"),
        *("entry", "published", "category", "summary"),
    }


def test_what_xml_forbids_does_not_get_into_it(client: FlaskClient, tmp_path: Path) -> None:
    feed = feed_at(client, "/cerca/feed?q=rif%00or%01%08ma%ef%bf%bf%0b%ed%a0%80")
    check_atom(feed)
    article = Article(
        article_id="a", title="Ti\x01to\x0blo\ufffe", body="Te\x1fsto.", lead="\x0cSom\x00ma", authors=("N\x02",)
    )
    with open_archive(build_archive(tmp_path / "data", [article])) as archive:
        [entry] = feed_at(create_app(archive).test_client(), "/cerca/feed").findall("a:entry", ATOM)
    assert texts(entry, "a:title/text()") == ["Titolo"]
    assert texts(entry, "a:summary/text()") == ["Somma"]


def test_a_later_version_counts_as_changed(tmp_path: Path) -> None:
    article = Article(
        article_id="a",
        title="T",
        body="B.",
        published=date(2024, 7, 1),
        updated=datetime(2024, 7, 2, 8, 30, tzinfo=UTC),
    )
    with open_archive(build_archive(tmp_path / "data", [article])) as archive:
        feed = feed_at(create_app(archive).test_client(), "/cerca/feed")
        nothing = feed_at(create_app(archive).test_client(), "/cerca/feed?q=inesistentissimo")
        created = archive.snapshot.created
    assert texts(feed, "//a:updated/text()") == ["2024-07-02T10:30:00+02:00"] * 2
    assert texts(feed, "a:entry/a:published/text()") == ["2024-07-01T00:00:00+02:00"]
    assert created is not None
    assert texts(nothing, "a:updated/text()") == [rfc_3339(created)]


def test_an_archive_without_articles_has_a_feed(tmp_path: Path) -> None:
    with open_archive(build_archive(tmp_path / "data", [])) as archive:
        check_atom(feed_at(create_app(archive).test_client(), "/cerca/feed"))


def test_old_solar_time_has_no_offset_with_seconds() -> None:
    assert rfc_3339(datetime(1850, 1, 1, tzinfo=ZoneInfo("Europe/Rome"))) == "1849-12-31T23:10:04+00:00"


def test_order_and_number_can_be_asked_for(client: FlaskClient, archive: Archive) -> None:
    oldest = texts(feed_at(client, "/cerca/feed?q=riforma&ordine=vecchi&quante=3"), "a:entry/a:published/text()")
    assert len(oldest) == 3
    assert oldest == sorted(oldest)
    feed = feed_at(client, "/cerca/feed?q=riforma&ordine=pertinenza")
    assert texts(feed, "a:link[@rel='self']/@href") == [HOME + "cerca/feed?q=riforma&ordine=pertinenza"]
    assert texts(feed, "a:link[@rel='alternate']/@href") == [HOME + "cerca?q=riforma"]
    assert len(feed.findall("a:entry", ATOM)) == 30
    few = create_app(archive, WebSettings(feed_size=4)).test_client()
    assert len(feed_at(few, "/cerca/feed").findall("a:entry", ATOM)) == 4


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("quante=101", "«101» articoli per pagina non si possono chiedere; si va da 1 a 100."),
        ("section=x", "Il parametro «section» non esiste; quelli ammessi sono q, dal, al,"),
        ("sezione=sprt", "La sezione «sprt» non c’è in questo archivio; ci sono: Tecnologia, Economia,"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(client: FlaskClient, parameters: str, told: str) -> None:
    response = client.get("/cerca/feed?" + parameters)
    assert (response.status_code, response.mimetype) == (400, "text/plain")
    assert response.text.startswith(told)
    assert response.text.count("\n") == 1


def test_a_page_of_results_names_its_feed(client: FlaskClient) -> None:
    page = client.get("/cerca?q=riforma&sezione=lavoro&ordine=vecchi&pagina=2&quante=5").text
    [address] = re.findall(r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">', page)
    assert address == "/cerca/feed?q=riforma&amp;sezione=Economia+%2F+Lavoro"
    assert "noindex" in client.get("/cerca/feed").headers["X-Robots-Tag"]
