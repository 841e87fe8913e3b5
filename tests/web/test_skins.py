"""One site under several names: what a skin changes, and what it may not be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest
from archives import build_archive
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement

from index.article import Article
from index.errors import SettingsUnreadable
from search import open_archive
from web import WebSettings, configured_app, create_app
from web.skins import Skin, Skins, contrast, read_skins

SKIN = Skin(key="channel", hosts=("archivio.channel.example",), name="ChannelCity", site="ChannelCity")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("skins") / "data"
    articles = [
        Article(article_id=f"{site}{at}", title=f"Server di {site} {at}", body="Testo.", site=site, section=(site,))
        for site, count in (("ChannelCity", 3), ("ImpresaCity", 5))
        for at in range(count)
    ]
    build_archive(folder, articles)
    (folder / "skins").mkdir()
    (folder / "skins" / "channel.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    (folder / "emeroteca.toml").write_text(
        '[web]\nname = "Tutte"\n[skins.ChannelCity]\nhosts = ["archivio.channel.example", "localhost"]\n'
        'site = "ChannelCity"\naccent = "#004a7f"\nlogo = "channel.svg"\n'
        '[skins.Maiuscole]\nhosts = ["maiuscole.example"]\nsite = "impresacity"\n'
        '[skins.Nuova]\nhosts = ["nuova.example"]\nsite = "Senza articoli"\n',
        encoding="utf-8",
    )
    settings = WebSettings(name="Tutte")
    with open_archive(folder) as archive:
        yield create_app(archive, settings, read_skins(folder, settings)).test_client()


def get(client: FlaskClient, address: str, host: str = "archivio.channel.example:8000") -> HtmlElement:
    response = client.get(address, headers={"Host": host})
    assert response.status_code == 200, response.text
    return lxml.html.document_fromstring(response.text)


def total(page: HtmlElement) -> str:
    found: str = page.xpath('string(//p[@class="found"]/strong)')
    return found


def test_the_host_says_which_name_the_site_has(client: FlaskClient) -> None:
    for host, name in (("archivio.channel.example", "ChannelCity"), ("ARCHIVIO.channel.example:80", "ChannelCity")):
        assert get(client, "/", host).xpath("string(//h1)").strip() == name
    assert get(client, "/", "another.example").xpath("string(//h1)").strip() == "Tutte"


def test_a_skin_asks_its_own_site_unless_the_reader_asks_for_all(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=server")
    assert total(page) == "3 articoli"
    assert page.xpath('string(//label[@for="q"])') == "Cerca in ChannelCity"
    address = page.xpath('//p[@class="freshness"]/a[contains(., "tutte le testate")]/@href')[0]
    assert parse_qs(urlsplit(address).query) == {"q": ["server"], "testata": ["*"]}
    everywhere = get(client, address)
    assert total(everywhere) == "8 articoli"
    assert everywhere.xpath('//form//input[@name="testata"]/@value') == ["*"]  # and stays so in the next search
    assert total(get(client, "/cerca?q=server&testata=ImpresaCity")) == "5 articoli"
    assert total(get(client, "/cerca?q=server", "another.example")) == "8 articoli"
    assert "3 articoli in archivio" in get(client, "/").text_content()


def test_a_site_without_an_article_is_not_asked_for(client: FlaskClient) -> None:
    assert total(get(client, "/cerca?q=server", "nuova.example")) == "8 articoli"
    assert get(client, "/", "nuova.example").xpath("string(//h1)").strip() == "Nuova"


def test_a_site_is_known_whatever_its_capitals(client: FlaskClient) -> None:
    assert total(get(client, "/cerca?q=server", "maiuscole.example")) == "5 articoli"


@pytest.mark.parametrize("address", ["/", "/cerca?q=server", "/sezione/ImpresaCity", "/aiuto", "/cerca/feed"])
def test_a_site_that_has_just_lost_its_last_article_is_no_error(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("web.app.own_site", lambda *_: "Sparita")
    assert client.get(address, headers={"Host": "archivio.channel.example"}).status_code == 200


def test_a_section_of_other_sites_alone_is_none_of_this(client: FlaskClient) -> None:
    headers = {"Host": "archivio.channel.example"}
    assert client.get("/sezione/ImpresaCity", headers=headers).status_code == 404
    assert client.get("/sezione/ChannelCity", headers=headers).status_code == 200


def test_nothing_found_in_ones_own_site_offers_the_others(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=ImpresaCity&esatto=1")
    offered = [link.text_content() for link in page.xpath('//section[@class="nothing"]//a')]
    assert offered[0] == "Cercare in tutte le testate"


def test_an_error_page_stays_in_ones_own_site(client: FlaskClient) -> None:
    response = client.get("/articolo", headers={"Host": "archivio.channel.example"})
    assert response.status_code == 404
    assert 'name="testata"' not in response.text


def test_another_picture_is_another_page(tmp_path: Path) -> None:
    build_archive(tmp_path, [])
    (tmp_path / "skins").mkdir()
    picture = tmp_path / "skins" / "a.svg"
    (tmp_path / "emeroteca.toml").write_text('[skins.A]\nhosts = ["a.example"]\nlogo = "a.svg"\n', encoding="utf-8")
    tags = []
    for text in ("<svg/>", "<svg></svg>"):
        picture.write_text(text, encoding="utf-8")
        os.utime(picture, ns=(len(text), len(text)))
        with open_archive(tmp_path) as archive:
            tags.append(configured_app(archive, tmp_path).test_client().get("/marchio", headers={"Host": "a.example"}))
    assert [tag.status_code for tag in tags] == [200, 200]
    assert tags[0].headers["ETag"] != tags[1].headers["ETag"]


def test_colours_and_picture_are_the_skins(client: FlaskClient) -> None:
    page = get(client, "/")
    assert "/aspetto.css" in page.xpath('//link[@rel="stylesheet"]/@href')
    assert page.xpath('//h1/img[@class="logo"]/@src') == ["/marchio"]
    headers = {"Host": "archivio.channel.example"}
    css = client.get("/aspetto.css", headers=headers)
    assert (css.mimetype, css.text) == (
        "text/css",
        "@media screen and (prefers-color-scheme: light) { :root { --accent: #004a7f; --accent-ink: #ffffff; } }\n",
    )
    assert client.get("/marchio", headers=headers).mimetype == "image/svg+xml"
    assert client.get("/marchio", headers={"Host": "another.example"}).status_code == 404
    assert not get(client, "/", "another.example").xpath("//img")


@given(colour=COLOURS, other=COLOURS)
def test_contrast_is_one_to_twenty_one_and_the_same_both_ways(colour: str, other: str) -> None:
    assert 1 <= contrast(colour, other) == contrast(other, colour) <= 21
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_css_by_night_stands_in_its_query() -> None:
    css = replace(SKIN, accent_by_night="#8fd0ff").css()
    assert (
        css
        == "@media screen and (prefers-color-scheme: dark) { :root { --accent: #8fd0ff; --accent-ink: #1c1210; } }\n"
    )
    assert "dark" not in replace(SKIN, accent="#004a7f").css()  # the usual colour stays by night


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        pytest.param('[skins.A]\nname = "A"', r"\[skins.A\] hosts is None; allowed: a list such as", id="no hosts"),
        pytest.param("[skins.A]\nhosts = []", r"hosts is \[\]", id="no host"),
        pytest.param('[skins]\nA = "x"', r"\[skins.A\] is 'x'; allowed: a table", id="no table"),
        pytest.param('[skins.A]\nhosts = ["a"]\ncolour = "x"', "colour is unknown; known: accent, ", id="unknown"),
        pytest.param('[skins.A]\nhosts = ["a"]\nname = 3', "name is 3; allowed: a text in quotes", id="type"),
        pytest.param(
            '[skins.A]\nhosts = ["a"]\naccent = "red"', "accent is 'red'; allowed: a colour such as", id="colour"
        ),
        pytest.param(
            '[skins.A]\nhosts = ["a"]\naccent = "#ffee00"', "stands out from #f2ede2 by 4.5 to 1", id="pale colour"
        ),
        pytest.param(
            '[skins.A]\nhosts = ["a"]\nlogo = "../a.svg"', "logo is '../a.svg'; allowed: a file of", id="path"
        ),
        pytest.param('[skins.A]\nhosts = ["a"]\nlogo = "a.exe"', "whose name ends in .svg or", id="kind of picture"),
        pytest.param(
            '[skins.A]\nhosts = ["a"]\nlogo = "a.svg"', "logo is 'a.svg'; allowed: a file that is in", id="none"
        ),
        pytest.param('[skins.A]\nhosts = ["a"]\n[skins.B]\nhosts = ["A"]', r"which \[skins.A\] has too", id="twice"),
    ],
)
def test_a_wrong_skin_is_one_sentence(tmp_path: Path, table: str, sentence: str) -> None:
    (tmp_path / "emeroteca.toml").write_text(table, encoding="utf-8")
    with pytest.raises(SettingsUnreadable, match=sentence):
        read_skins(tmp_path, WebSettings())


def test_no_file_is_no_skin(tmp_path: Path) -> None:
    assert read_skins(tmp_path, WebSettings(name="Una")).of_host("x").name == "Una"
    assert Skins(WebSettings(), [SKIN]).of_host("archivio.channel.example").site == "ChannelCity"
