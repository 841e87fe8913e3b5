"""Two archives for all tests of the site: a small one, written here, and a larger one for the tests in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from archives import build_archive
from browsing import chromium, serving
from flask.testing import FlaskClient
from newsstand import newsstand_articles
from playwright.sync_api import Browser, Page

from index.article import Article
from search import Archive, open_archive
from web import WebSettings, create_app

SECTIONS = (("Economia", "Lavoro"), ("Economia", "Imprese"), ("Tecnologia", "Cloud"), ("Tecnologia",))
SITES = ("Gazzetta di Prova", "Corriere Finto")
AUTHORS = ("Anna Neri", "Ugo D'Amico", "Lia Verdi")

HOSTILE_TITLE = 'Titolo con <script>alert(1)</script> & "virgolette" d\'autore'
ADDRESS_ID = "https://www.gazzetta.example//2024/articolo?id=1&x=#due%20tre"
DOTTED_ID = "../archivio/./articolo"


def make_articles() -> list[Article]:
    """Forty ordinary articles about "riforma", and some that are odd, each in its own way."""
    ordinary = [
        Article(
            article_id=f"ordinario-{number:02d}",
            title=f"Riforma numero {number} delle pensioni",
            lead="Il sommario spiega l'accordo raggiunto.",
            body=f"La riforma delle pensioni avanza, capitolo {number}.\nNel secondo paragrafo si parla di elezioni.",
            url=f"https://www.gazzetta-di-prova.it/{number}",
            site=SITES[number % 2],
            section=SECTIONS[number % 4],
            authors=(AUTHORS[number % 3],),
            tags=("pensioni",),
            published=date(2022 + number % 4, 1 + number % 12, 1 + number % 28),
        )
        for number in range(40)
    ]
    odd = [
        Article(
            article_id="ostile",
            title=HOSTILE_TITLE,
            body="Nel corpo c'è un'altra trappola: <img src=x onerror=alert(2)> vicino alla parola trappola.",
            url="javascript:alert(3)",
            site="Corriere <b>Finto</b>",
            section=("Tecnologia", "Sicurezza & reti"),
            published=datetime(2026, 3, 13, 9, 5, tzinfo=ZoneInfo("Europe/Rome")),
        ),
        Article(article_id="senza-data", title="Un articolo undatato e solitario", body="", url="pagina-relativa"),
        Article(article_id=ADDRESS_ID, title="Identificativo che è un indirizzo", body="Testo sull'indirizzo."),
        Article(article_id=DOTTED_ID, title="Identificativo con due punti", body="Testo sui puntini."),
        Article(
            article_id="finto-sito",
            title="Pubblicato su un sito che non esiste",
            body="Testo qualunque.",
            url="https://cantiere.example/1",
            extra={"nota": "Testo inventato.", "annidato": {"a": 1}},
        ),
    ]
    return ordinary + odd


@pytest.fixture(scope="session")
def articles() -> list[Article]:
    """What the archive was made of."""
    return make_articles()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_archive(tmp_path_factory.mktemp("site") / "data", make_articles())


@pytest.fixture(scope="session")
def archive(data_dir: Path) -> Iterator[Archive]:
    with open_archive(data_dir) as archive:
        yield archive


@pytest.fixture
def client(archive: Archive) -> FlaskClient:
    return create_app(archive, WebSettings(name="Emeroteca di prova")).test_client()


@pytest.fixture(scope="session")
def newsstand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    data_dir = build_archive(tmp_path_factory.mktemp("newsstand") / "data", newsstand_articles(date.today()))
    with open_archive(data_dir) as archive:
        yield archive


@pytest.fixture(scope="module")
def site(newsstand: Archive) -> Iterator[str]:
    """The address of a site that runs as long as the tests of one module, and no longer: others fork."""
    with serving(newsstand) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site in a context of its own; what is named besides are options of ``new_context``."""
    with ExitStack() as contexts:

        def open_page(path: str = "/", **options: Any) -> Page:
            page = contexts.enter_context(browser.new_context(base_url=site, **options)).new_page()
            page.goto(path)
            return page

        yield open_page
