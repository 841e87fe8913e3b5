"""The editors' desk: only for whom it is, one sentence for what cannot be read, and nothing of a draft kept."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from archives import temporary_archive
from flask.testing import FlaskClient
from html_rules import faults_of
from storyline import STORYLINE

from index.errors import ConfigurationError, SettingsUnreadable
from index.settings_file import read_settings
from search import Archive
from search.errors import MAX_DRAFT_CHARS
from web import WebSettings, create_app
from web.messages import percent

DRAFT = (
    "Brennerlab ricorre in appello: Stambecco resta in linea\n"
    "Il laboratorio di Bressanone diretto da Agnese Rautner ha presentato ricorso contro gli editori."
)


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(STORYLINE) as opened:
        yield opened


@pytest.fixture
def client(archive: Archive) -> FlaskClient:
    return create_app(archive, WebSettings(desk=True)).test_client()


def check(client: FlaskClient, draft: str, status: int = 200) -> str:
    response = client.post("/redazione", data={"bozza": draft})
    assert response.status_code == status
    text = response.get_data(as_text=True)
    assert faults_of(text) == []
    return text


def test_it_is_not_there_unless_a_setting_says_so(archive: Archive) -> None:
    client = create_app(archive).test_client()
    assert client.get("/redazione").status_code == 404
    assert client.post("/redazione", data={"bozza": DRAFT}).status_code == 404


def test_the_form_is_good_html_and_asks_for_nothing_else(client: FlaskClient) -> None:
    response = client.get("/redazione")
    assert faults_of(response.get_data(as_text=True)) == []
    assert response.headers["Cache-Control"] == "no-store"


def test_a_draft_gets_background_links_and_what_can_be_copied(client: FlaskClient) -> None:
    text = check(client, DRAFT)
    page = lxml.html.fromstring(text)
    headings = [heading.text_content() for heading in page.xpath("//main//h2")]
    assert headings[:3] == ["Raccontano già questa notizia", "Da richiamare", "Parole che possono portare un link"]
    assert {link.get("href") for link in page.xpath("//ol[@class='related']//h3/a")} >= {"/articolo/causa"}
    codes = [code.text_content() for code in page.xpath("//code")]
    assert any(code.startswith('<a href="http://localhost/articolo/') and code.endswith("</a>") for code in codes)
    assert any(code.startswith("[") and "](http://localhost/articolo/" in code for code in codes)
    for button in page.xpath("//button[@data-copy]"):
        assert len(page.xpath(f"//*[@id='{button.get('data-copy')[1:]}']")) == 1
    [field] = page.xpath("//textarea")
    assert field.text_content().strip() == DRAFT


def test_a_told_draft_names_the_article_and_the_sentences(client: FlaskClient, archive: Archive) -> None:
    told = archive.article("causa")
    assert told is not None
    page = lxml.html.fromstring(check(client, f"{told.title}\n{told.body}"))
    [section] = page.xpath("//section[@aria-labelledby='raccontata']")
    assert section.xpath(".//h3/a")[0].get("href") == "/articolo/causa"
    assert "Ne racconta il 100 per cento." in section.text_content()
    assert [quote.text_content() for quote in section.xpath(".//blockquote")] == [told.title, told.body]


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        ("", "Manca il testo"),
        ("…", "Manca il testo"),
        ("parola " * 20_000, "se ne leggono fino a 100.000 caratteri"),
        ("è " * 1_000_000, "se ne leggono fino a 100.000 caratteri"),
        ("PK\x03\x04\x00\x00", "non è un testo"),
        (
            "The laboratory said on Monday that it would appeal, since its model had been trained on public texts",
            "non sembra in italiano",
        ),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(client: FlaskClient, draft: str, sentence: str) -> None:
    page = lxml.html.fromstring(check(client, draft, 400))
    [said] = page.xpath("//*[@role='alert']")
    assert sentence in said.text_content()
    assert page.xpath("//section[@class='record']") == []


def test_a_hostile_draft_stays_text(client: FlaskClient) -> None:
    draft = f'</textarea><script>alert(1)</script> [x](javascript:alert(2)) "><img src=x onerror=alert(3)>\n{DRAFT}'
    page = lxml.html.fromstring(check(client, draft))
    assert page.xpath("//script[not(@src)]") == []
    assert page.xpath("//img[@onerror]") == []
    assert "<script>alert(1)</script>" in page.xpath("//textarea")[0].text_content()


def test_a_secret_is_asked_for(archive: Archive) -> None:
    client = create_app(archive, WebSettings(desk=True, desk_secret="segretissimo")).test_client()

    def asked(password: str | None) -> int:
        given = {} if password is None else {"Authorization": "Basic " + b64encode(f"x:{password}".encode()).decode()}
        response = client.post("/redazione", data={"bozza": DRAFT}, headers=given)
        if response.status_code == 401:
            assert response.headers["WWW-Authenticate"].startswith("Basic ")
            assert "parola d’ordine" in response.get_data(as_text=True)
            assert "Rautner" not in response.get_data(as_text=True)
        return response.status_code

    assert [asked(password) for password in (None, "", "sbagliata", "segretissimè", "segretissimo")] == [401] * 4 + [
        200
    ]


def test_a_short_secret_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError) as refused:
        WebSettings(desk=True, desk_secret="corta")
    assert "corta" not in str(refused.value)
    assert "8 to 200 characters" in str(refused.value)


def test_nothing_of_a_draft_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        check(client, DRAFT)
        check(client, "x\x00" + DRAFT, 400)
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "/redazione" in logged
    assert "Bressanone" not in logged
    assert "Rautner" not in logged


def test_a_draft_as_long_as_allowed_is_read(client: FlaskClient) -> None:
    draft = DRAFT + " è" * ((MAX_DRAFT_CHARS - len(DRAFT)) // 2)
    assert "Da richiamare" in check(client, draft)


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.5, "il 50"), (0.79, "il 79"), (0.8, "l’80"), (0.885, "l’88"), (0.9, "il 90"), (1.0, "il 100")],
)
def test_a_share_has_its_article(share: float, told: str) -> None:
    assert percent(share) == f"{told} per cento"


def test_the_secret_is_in_nothing_that_is_shown(archive: Archive, tmp_path: Path) -> None:
    settings = [WebSettings(desk=True, desk_secret=secret) for secret in ("segretissimo", "un altro segreto")]
    assert "segret" not in repr(settings)
    tags = [create_app(archive, one).test_client().get("/").headers["ETag"] for one in settings]
    assert tags[0] == tags[1]
    (tmp_path / "emeroteca.toml").write_text('[web]\ndesk_secret = ["segretissimo"]\n', encoding="utf-8")
    with pytest.raises(SettingsUnreadable) as refused:
        read_settings(tmp_path, "web", WebSettings)
    assert "segretissimo" not in str(refused.value)
    assert "a text in quotes" in str(refused.value)
