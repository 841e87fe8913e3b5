"""What the pages say and where their links lead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest
from archives import build_archive
from flask.testing import FlaskClient
from html_rules import faults_of
from lxml.html import HtmlElement

from index.article import Article
from index.dates import rome
from search import Archive, open_archive
from web import WebSettings, create_app

HOSTILE_TITLE = 'Titolo con <script>alert(1)</script> & "virgolette" d\'autore'

ALL_PAGES = (
    "/",
    "/cerca",
    "/cerca?q=riforma",
    "/cerca?q=riforma&sezione=Economia&testata=Corriere+Finto&autore=Anna+Neri&dal=2022&al=31/12/2024&ordine=recenti",
    "/cerca?q=riforma&pagina=3&qualunque=1&esatto=1&quante=7",
    "/cerca?q=trappola",
    "/cerca?q=inesistentissimo&esatto=1&sezione=Lavoro",
    "/cerca?q=riforma&pagina=900",
    "/cerca?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/cerca?pagina=0",
    "/cerca?q=riforma&spiega=1&senza_autore=anna+neri&freschezza=0",
    "/articolo/ordinario-01",
    "/articolo/ordinario-01?q=riforma+delle+pensioni",
    "/articolo/ostile",
    "/articolo/ostile?q=%3Cscript%3Ealert(1)",
    "/sezione/Economia",
    "/sezione/Economia/Lavoro",
    "/sezione/che-non-esiste",
    "/autore/Ugo%20D'Amico",
    "/autore/nessuno",
    "/aiuto",
    "/accessibilita",
    "/articolo/senza-data",
    "/articolo/finto-sito",
    "/articolo/che-non-esiste",
    "/nulla",
)


def get(client: FlaskClient, address: str, status: int = 200) -> HtmlElement:
    response = client.get(address)
    assert response.status_code == status, response.text
    return lxml.html.document_fromstring(response.text)


def text_of(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def one(page: HtmlElement, selector: str) -> HtmlElement:
    (found,) = page.xpath(selector)
    element: HtmlElement = found
    return element


def total_of(page: HtmlElement) -> int:
    found = text_of(one(page, '//p[@class="found"]/strong'))
    return 0 if found == "Nessun articolo" else int(found.split()[0].replace(".", ""))


def titles_of(page: HtmlElement) -> list[str]:
    return [text_of(heading) for heading in page.xpath('//ol[contains(@class, "hits")]//h3')]


def filter_links(page: HtmlElement) -> Iterator[tuple[str, int, str]]:
    """(label, count, address) of each link beside the results or on the first page."""
    for link in page.xpath('//a[contains(@class, "choice")]'):
        cell = link.xpath('./span[@class="count"] | ./ancestor::tr/td[last()]')[0]
        count = re.findall("[0-9.]+", text_of(cell))[0]
        label = link.xpath('./span[@class="label"]') or [link]
        yield text_of(label[0]), int(count.replace(".", "")), link.get("href")


@pytest.mark.parametrize("address", ALL_PAGES)
def test_every_page_is_good_html(client: FlaskClient, address: str) -> None:
    assert faults_of(client.get(address).text) == []


def test_the_first_page_has_the_newest_articles_with_day_and_lead(client: FlaskClient) -> None:
    page = get(client, "/")
    assert text_of(one(page, "//h1")) == "Emeroteca di prova"
    first, second = page.xpath('//ol[@class="latest"]/li')[:2]
    assert "13 marzo 2026" in text_of(first)
    assert one(first, ".//time").get("datetime") == "2026-03-13T09:05:00+01:00"
    assert "Il sommario spiega l'accordo raggiunto." in text_of(second)
    assert len(page.xpath('//ol[@class="latest"]/li')) == 10
    assert "45 articoli in archivio" in text_of(page)


def test_counts_of_the_first_page_are_those_of_its_links(client: FlaskClient) -> None:
    links = list(filter_links(get(client, "/")))
    assert {"Economia", "Lavoro", "Tecnologia", "Gazzetta di Prova"} <= {label for label, _, _ in links}
    for label, count, address in links:
        assert total_of(get(client, address)) == count, label


def test_an_empty_archive_has_a_first_page_and_results(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_archive(build_archive(tmp_path_factory.mktemp("empty") / "data", [])) as archive:
        client = create_app(archive).test_client()
        assert "L’archivio è ancora vuoto" in text_of(get(client, "/"))
        assert total_of(get(client, "/cerca?q=qualcosa")) == 0
        assert "non ha sezioni" in text_of(get(client, "/cerca?sezione=Economia", 400))


def test_results_show_title_site_section_day_author_and_marked_snippet(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=%22numero+5+delle+pensioni%22")
    assert text_of(one(page, "//h1")) == 'Risultati per "numero 5 delle pensioni"'
    assert text_of(one(page, '//p[@class="found"]')) == "1 articolo · cercato: «numero 5 delle pensioni»"
    hit = one(page, '//ol[@class="hits"]/li')
    assert one(hit, ".//h3/a").get("href") == "/articolo/ordinario-05?q=%22numero+5+delle+pensioni%22"
    assert [mark.text for mark in hit.xpath(".//h3//mark")][:2] == ["numero", "5"]
    assert text_of(one(hit, './/span[@class="site"]')) == "Corriere Finto"
    assert text_of(one(hit, './/span[@class="section"]')) == "Economia / Imprese"
    assert text_of(one(hit, ".//time")) == "6 giugno 2023"
    assert one(hit, ".//time").get("datetime") == "2023-06-06"
    assert text_of(one(hit, './/span[@class="authors"]')) == "di Lia Verdi"
    assert not hit.xpath('.//p[@class="snippet"]//mark')  # the phrase stands in the title alone
    assert get(client, "/cerca?q=pensioni").xpath('//p[@class="snippet"]//mark')
    assert one(hit, './/p[@class="copy"]/a').get("href") == "https://www.gazzetta-di-prova.it/5"


def test_hostile_text_stays_text(client: FlaskClient) -> None:
    for address in ("/cerca?q=trappola", "/articolo/ostile", "/cerca?q=%3Cscript%3Ealert(1)%3C/script%3E+titolo", "/"):
        raw = client.get(address).text
        assert raw.count("<script") == raw.count('<script src="/static/') + raw.count(
            '<script type="application/ld+json">'
        )
        assert "alert(1)</script>" not in raw
        assert "<img" not in raw
        assert "javascript:" not in "".join(get(client, address).xpath("//a/@href"))
    hit = one(get(client, "/cerca?q=trappola"), '//ol[@class="hits"]/li')
    assert "Titolo con <script>alert(1)</script>" in text_of(hit)
    assert one(hit, ".//h3/a").get("href") == "/articolo/ostile?q=trappola"
    assert "<img src=x onerror=alert(2)>" in text_of(one(hit, './/p[@class="snippet"]'))


def test_a_filter_link_finds_as_many_as_it_says(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma")
    assert total_of(page) == 40
    links = list(filter_links(page))
    assert len(links) > 12
    for label, count, address in links:
        assert total_of(get(client, address)) == count, label


def test_a_filter_keeps_the_words_and_the_other_filters(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&testata=Corriere+Finto&dal=2023&ordine=vecchi&quante=5&pagina=2")
    address = next(address for label, _, address in filter_links(page) if label == "Economia")
    assert parse_qs(urlsplit(address).query) == {
        "q": ["riforma"],
        "sezione": ["Economia"],
        "testata": ["Corriere Finto"],
        "dal": ["2023"],
        "ordine": ["vecchi"],
        "quante": ["5"],
    }


def test_every_search_link_asks_crawlers_not_to_follow(client: FlaskClient) -> None:
    for address in ("/", "/articolo/ordinario-01"):
        links = [link for link in get(client, address).xpath("//a") if link.get("href").startswith("/cerca")]
        assert links
        assert all("nofollow" in link.get("rel", "") for link in links)
    # A page of results has a hundred such links, and says it once.
    assert "nofollow" in client.get("/cerca?q=riforma").headers["X-Robots-Tag"]


def test_a_section_below_a_chosen_one_narrows_instead_of_adding(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&sezione=Economia")
    links = {label: address for label, _, address in filter_links(page)}
    assert parse_qs(urlsplit(links["Lavoro"]).query)["sezione"] == ["Economia / Lavoro"]
    assert parse_qs(urlsplit(links["Tecnologia"]).query)["sezione"] == ["Economia", "Tecnologia"]
    assert "sezione" not in parse_qs(urlsplit(links["Economia (filtro attivo: toglilo)"]).query)


def test_sections_stand_as_a_tree(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma")
    nested = page.xpath('//nav[@aria-labelledby="filtro-section"]/ul/li/ul/li/a/span[@class="label"]')
    assert {text_of(label) for label in nested} == {"Lavoro", "Imprese", "Cloud"}


def test_a_value_is_left_out_by_a_link_and_let_in_again_by_another(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&pagina=2")
    boxes = '//nav[@aria-labelledby="filtro-%s"]'
    lavoro = one(page, boxes % "section" + '//a[@class="exclude"][@aria-label="Escludi Lavoro"]')
    assert parse_qs(urlsplit(lavoro.get("href")).query) == {"q": ["riforma"], "senza_sezione": ["Economia / Lavoro"]}
    without = get(client, lavoro.get("href"))
    assert total_of(without) == 30
    assert "Economia / Lavoro" not in {text_of(one) for one in without.xpath('//span[@class="section"]')}
    assert text_of(one(without, '//a[contains(@class, "chip")]')) == (
        "Togli il filtro Sezione esclusa: Economia / Lavoro ×"
    )
    again = one(without, boxes % "section" + '//a[contains(@class, "left-out")]')
    assert "(escluso: riammettilo) 10" in text_of(again)  # its own filter has no say in its count
    assert total_of(get(client, again.get("href"))) == 40


def test_a_value_is_not_asked_for_and_left_out_at_once_by_links(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&senza_testata=Corriere+Finto&senza_autore=anna+neri")
    for label, _, address in filter_links(page):
        asked = parse_qs(urlsplit(address).query)
        for facet in ("sezione", "testata", "autore"):
            assert not set(asked.get(facet, ())) & set(asked.get("senza_" + facet, ())), label
    fields = {field.get("name"): field.get("value") for field in page.xpath('//form//input[@type="hidden"]')}
    assert fields == {"senza_testata": "Corriere Finto", "senza_autore": "Anna Neri"}


def test_periods_are_a_click_away_and_kept_as_words(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&dal=2022")
    links = {text_of(link): link.get("href") for link in page.xpath('//ul[@class="presets"]//a')}
    assert list(links) == ["24 ore", "7 giorni", "30 giorni", "Un anno"]
    week = parse_qs(urlsplit(links["7 giorni"]).query)
    assert week == {"q": ["riforma"], "dal": ["ultimi 7 giorni"], "al": ["ultimi 7 giorni"]}
    chosen = get(client, links["7 giorni"]).xpath('//a[contains(@class, "preset")][@aria-current="true"]')
    assert [text_of(link) for link in chosen] == ["7 giorni"]
    assert parse_qs(urlsplit(chosen[0].get("href")).query) == {"q": ["riforma"]}


def test_freshness_is_told_and_can_be_done_without(client: FlaskClient) -> None:
    line = one(get(client, "/cerca?q=riforma"), '//p[@class="freshness"]')
    assert "più recenti" in text_of(line)
    page = get(client, one(line, "./a").get("href"))
    assert not page.xpath('//p[@class="freshness"]')
    assert one(page, '//form//input[@name="freschezza"]').get("value") == "0"
    [chip] = page.xpath('//a[contains(@class, "chip")]')
    assert "freschezza" not in chip.get("href")
    for address in ("/cerca?q=riforma&ordine=recenti", "/cerca?q=%22riforma%22", "/cerca"):
        assert not get(client, address).xpath('//p[@class="freshness"]'), address  # it plays no part


def test_active_filters_are_chips_that_take_them_away(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&sezione=lavoro&autore=anna+neri&dal=2023&al=2023&qualunque=1&esatto=1")
    chips = {text_of(chip): chip.get("href") for chip in page.xpath('//a[contains(@class, "chip")]')}
    assert list(chips) == [
        "Togli il filtro Sezione: Economia / Lavoro ×",
        "Togli il filtro Autore: Anna Neri ×",
        "Togli il filtro Periodo: nel 2023 ×",
        "Togli il filtro Parole: basta una delle parole ×",
        "Togli il filtro Parole: solo come scritte ×",
        "Togli tutti i filtri",
    ]
    for text, name in (("Sezione", "sezione"), ("Autore", "autore"), ("Periodo", "dal")):
        address = next(href for label, href in chips.items() if text in label)
        assert name not in parse_qs(urlsplit(address).query)
        assert total_of(get(client, address)) >= total_of(page)
    assert chips["Togli tutti i filtri"] == "/cerca?q=riforma"


def test_the_form_holds_what_was_asked(client: FlaskClient) -> None:
    page = get(
        client,
        "/cerca?q=riforma&sezione=Lavoro&testata=Corriere+Finto&dal=gennaio+2022&al=ieri&ordine=vecchi&qualunque=1"
        "&quante=3",
    )
    form = one(page, '//form[@id="ricerca"]')
    fields = {
        field.get("name"): field.get("value")
        for field in page.xpath('//input[not(@type="checkbox") or @checked]')
        if field.get("form") == "ricerca" or field in form.iterdescendants()
    }
    assert fields == {
        "q": "riforma",
        "sezione": "Economia / Lavoro",
        "testata": "Corriere Finto",
        "quante": "3",
        "dal": "gennaio 2022",
        "al": "ieri",
        "qualunque": "1",
    }
    assert one(form, ".//option[@selected]").get("value") == "vecchi"
    assert form.get("method") == "get"
    assert form.get("role") == "search"


def test_what_a_form_sends_blank_counts_as_absent(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&sezione=&dal=&al=+&ordine=&pagina=&quante=&qualunque=")
    assert total_of(page) == 40
    assert page.xpath('//a[contains(@class, "chip")]') == []


def test_pages_continue_each_other_and_are_linked(client: FlaskClient) -> None:
    address, seen = "/cerca?q=riforma&quante=12", list[str]()
    for number in range(1, 5):
        page = get(client, address)
        seen += titles_of(page)
        assert text_of(one(page, '//a[@aria-current="page"]')) == f"Pagina {number}"
        assert len(page.xpath('//a[contains(@rel, "prev")]')) == (number > 1)
        following = page.xpath('//a[contains(@rel, "next")]')
        assert len(following) == (number < 4)
        address = following[0].get("href") if following else ""
    assert len(seen) == len(set(seen)) == 40


def test_a_page_beyond_the_last_says_so(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&pagina=99")
    assert "i risultati finiscono alla pagina 4" in text_of(page)
    assert len(titles_of(get(client, one(page, '//p[@class="notice"]/a').get("href")))) == 10


def test_orders_by_date_are_strict(client: FlaskClient) -> None:
    for order, is_newest_first in (("recenti", True), ("vecchi", False)):
        days = get(client, f"/cerca?q=riforma&quante=100&ordine={order}").xpath('//ol[@class="hits"]//time/@datetime')
        assert len(days) == 40
        assert days == sorted(days, reverse=is_newest_first)


def test_each_month_is_a_link_with_a_bar(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&dal=2023&al=2023")
    months = page.xpath('//table[@class="periods"]//tr[@class="month"]')
    assert months
    bars = {bar.get("href"): text_of(one(bar, "./title")) for bar in page.xpath('//svg[@class="overview"]/a')}
    told = {
        one(row, "./th/a").get("href"): ": ".join(text_of(cell) for cell in row.xpath("./th | ./td")) for row in months
    }
    assert bars == told  # the picture and the table say the same


def test_a_chosen_year_can_be_taken_away_again(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma&dal=2023&al=2023")
    (address,) = [address for label, _, address in filter_links(page) if label.startswith("2023 (")]
    assert address == "/cerca?q=riforma"


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        pytest.param("/cerca?q=inesistentissimo", "Controllare come sono scritti", id="always"),
        pytest.param("/cerca?q=inesistentissimo&sezione=Lavoro", "Cercare senza filtri", id="with filters"),
        pytest.param("/cerca?q=zzqa+zzqb&esatto=1", "Allargare la ricerca", id="not widened"),
        pytest.param("/cerca?q=zzqa+zzqb", "Accontentarsi di una delle parole", id="several words"),
        pytest.param('/cerca?q="zzqa+zzqb"', "Togliere le virgolette", id="quoted"),
    ],
)
def test_nothing_found_says_what_to_try(client: FlaskClient, address: str, advice: str) -> None:
    page = get(client, address)
    assert text_of(one(page, '//p[@class="found"]/strong')) == "Nessun articolo"
    assert advice in text_of(one(page, '//section[@class="nothing"]'))


def test_a_mistyped_question_links_to_the_one_that_was_meant(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riformma+pensoni&sezione=Economia&ordine=recenti&pagina=2")
    note = one(page, '//p[@class="suggestion"]')
    assert text_of(note) == "Forse cercavi: riforma pensioni"
    address = one(note, ".//a").get("href")
    assert address == "/cerca?q=riforma+pensioni&sezione=Economia&ordine=recenti"
    meant = get(client, address)
    assert text_of(one(meant, '//p[@class="found"]/strong')) == "20 articoli"
    assert meant.xpath('//p[@class="suggestion"]') == []


def test_a_widened_search_says_so_and_can_be_narrowed(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=trappola+inesistentissimo")
    note = one(page, '//p[@class="widened"]')
    assert "solo alcune" in text_of(note)
    strict = get(client, one(note, "./a").get("href"))
    assert total_of(strict) == 0
    assert strict.xpath('//p[@class="widened"]') == []


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        pytest.param("foo=1", "Il parametro «foo» non esiste; quelli ammessi sono q, dal,", id="unknown parameter"),
        pytest.param("section=Economia", "Il parametro «section» non esiste", id="parameter of the API"),
        pytest.param("pagina=0", "La pagina «0» non si può chiedere; si comincia da 1", id="page 0"),
        pytest.param("pagina=-1", "La pagina «-1» non si può chiedere", id="page -1"),
        pytest.param("pagina=due", "La pagina «due» non si può chiedere", id="page in words"),
        pytest.param("pagina=1001", "si arriva fino al 10.000º risultato", id="page too deep"),
        pytest.param("pagina=99999999999999999999", "La pagina «99999999999999999999»", id="page beyond numbers"),
        pytest.param("pagina=1&pagina=2", "Il parametro «pagina» compare 2 volte", id="page twice"),
        pytest.param("quante=0", "«0» articoli per pagina non si possono chiedere; si va da 1 a 100", id="size 0"),
        pytest.param("quante=101", "«101» articoli per pagina", id="size 101"),
        pytest.param("ordine=newest", "si può scegliere fra pertinenza, recenti e vecchi", id="order"),
        pytest.param("qualunque=forse", "«qualunque» non può valere «forse»", id="switch"),
        pytest.param("dal=31/02/2024", "«31/02/2024», nel campo «dal», non è una data che esiste", id="no such day"),
        pytest.param("al=mai", "«mai», nel campo «al», non è una data", id="not a date"),
        pytest.param(
            "dal=2025&al=2024", "da 1º gennaio 2025 a 31 dicembre 2024; la prima data non può", id="backwards"
        ),
        pytest.param(
            "sezione=sprt", "La sezione «sprt» non c’è in questo archivio; ci sono: Tecnologia, Economia,", id="section"
        ),
        pytest.param(
            "senza_testata=Nessuna", "La testata «Nessuna» non c’è in questo archivio", id="site to leave out"
        ),
        pytest.param("freschezza=poca", "«freschezza» non può valere «poca»", id="freshness"),
        pytest.param("testata=Nessuna", "La testata «Nessuna» non c’è in questo archivio; ci sono: ", id="site"),
        pytest.param("autore=Nessuno", "L’autore «Nessuno» non c’è in questo archivio; ci sono: ", id="author"),
    ],
)
def test_a_wrong_parameter_is_one_italian_sentence(client: FlaskClient, parameters: str, sentence: str) -> None:
    page = get(client, f"/cerca?q=riforma&{parameters}", 400)
    said = text_of(one(page, '//*[@role="alert"]'))
    assert sentence in said
    assert said.endswith(".")
    assert one(page, '//input[@id="q"]').get("value") == "riforma"
    repeat = page.xpath('//main//a[contains(@href, "/cerca")]')[0].get("href")
    assert total_of(get(client, repeat)) == 40


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "((",
        ")(",
        "AND OR",
        "-",
        "***",
        "\\",
        "a:b:c",
        "[2024 TO",
        "\x00\x1b",
        "%",
        "riforma " * 1300,
        "\ud7ff😀",
        "?!…",
        "dei",
    ],
    ids=lambda typed: repr(typed[:12]),
)
def test_what_is_typed_never_errs(client: FlaskClient, typed: str) -> None:
    response = client.get("/cerca", query_string={"q": typed})
    assert response.status_code == 200
    assert faults_of(response.text) == []


def test_an_address_with_broken_bytes_gives_a_page(client: FlaskClient) -> None:
    assert client.get("/cerca?q=%ff%fe").status_code == 200
    assert client.get("/articolo/%ff%fe").status_code == 404


def test_an_article_is_shown_as_stored(client: FlaskClient) -> None:
    page = get(client, "/articolo/ordinario-04")
    assert text_of(one(page, "//h1")) == "Riforma numero 4 delle pensioni"
    assert [text_of(paragraph) for paragraph in page.xpath('//div[@class="body"]/p')] == [
        "La riforma delle pensioni avanza, capitolo 4.",
        "Nel secondo paragrafo si parla di elezioni.",
    ]
    assert one(page, '//p[@class="original"]/a').get("href") == "https://www.gazzetta-di-prova.it/4"
    links = [
        link.get("href") for link in page.xpath("//article//a") if re.match("/(cerca|sezione|autore)", link.get("href"))
    ]
    assert len(links) == 5  # two steps of the section, the site, the author, the tag
    for address in links:
        assert total_of(get(client, address)) >= 1


def test_the_words_of_the_search_are_marked_in_the_article_and_it_leads_back(client: FlaskClient) -> None:
    page = get(client, "/articolo/ordinario-04?q=riforme+elezione")
    assert [mark.text for mark in page.xpath("//h1//mark")] == ["Riforma"]
    assert [mark.text for mark in page.xpath('//div[@class="body"]//mark')] == ["riforma", "elezioni"]
    assert len(page.xpath('//div[@class="body"]/p')) == 2
    assert one(page, '//p[@class="back"]/a').get("href") == "/cerca?q=riforme+elezione"
    assert one(page, '//input[@id="q"]').get("value") == "riforme elezione"
    plain = get(client, "/articolo/ordinario-04")
    assert not plain.xpath("//mark")
    assert not plain.xpath('//p[@class="back"]')


def test_an_article_can_be_cited(client: FlaskClient) -> None:
    page = get(client, "/articolo/ordinario-05?q=riforma")
    assert one(page, '//a[@class="permalink"]').get("href") == "http://localhost/articolo/ordinario-05"
    assert re.fullmatch(
        r"Lia Verdi, «Riforma numero 5 delle pensioni», Corriere Finto, 6 giugno 2023,"
        r" https://www.gazzetta-di-prova.it/5 \(consultato (il |l’)[0-9º]+ [a-z]+ [0-9]{4}\)",
        text_of(one(page, '//dd[@class="reference"]')),
    )
    assert one(page, '//link[@rel="canonical"]').get("href") == "https://www.gazzetta-di-prova.it/5"


def linked_data(client: FlaskClient, address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(one(get(client, address), '//script[@type="application/ld+json"]').text)
    return found


def test_an_article_is_told_to_programs_too(client: FlaskClient) -> None:
    found = linked_data(client, "/articolo/ordinario-05")
    assert found["@type"] == "NewsArticle"
    assert found["headline"] == "Riforma numero 5 delle pensioni"
    assert found["datePublished"] == "2023-06-06"
    assert found["articleSection"] == ["Economia", "Imprese"]
    assert found["author"] == [{"@type": "Person", "name": "Lia Verdi"}]
    assert linked_data(client, "/articolo/ostile")["headline"] == HOSTILE_TITLE
    action = linked_data(client, "/")["potentialAction"]
    assert action["target"]["urlTemplate"] == "http://localhost/cerca?q={search_term_string}"


def test_a_section_has_a_page_with_its_newest_and_what_is_below(client: FlaskClient) -> None:
    page = get(client, "/sezione/Economia")
    assert text_of(one(page, "//h1")) == "Economia"
    assert total_of(page) == 20
    days = page.xpath('//ol[@class="hits"]//time/@datetime')
    assert days == sorted(days, reverse=True)
    below = {text_of(link): link.get("href") for link in page.xpath('//ul[@class="below"]//a')}
    assert below == {
        "Imprese 10 articoli": "/sezione/Economia/Imprese",
        "Lavoro 10 articoli": "/sezione/Economia/Lavoro",
    }
    lavoro = get(client, "/sezione/Economia/Lavoro")
    assert (text_of(one(lavoro, "//h1")), total_of(lavoro)) == ("Lavoro", 10)
    assert [text_of(step) for step in lavoro.xpath('//nav[@class="path"]//a')] == ["Economia"]


def test_a_page_of_a_value_has_one_address(client: FlaskClient) -> None:
    for typed, known in (
        ("/sezione/economia/lavoro", "/sezione/Economia/Lavoro"),
        ("/sezione/LAVORO", "/sezione/Economia/Lavoro"),
        ("/autore/anna%20neri", "/autore/Anna%20Neri"),
    ):
        response = client.get(typed)
        assert (response.status_code, response.headers["Location"]) == (301, known)
        assert client.get(known).status_code == 200


def test_a_section_with_a_slash_in_its_name_is_not_the_section_of_two_steps(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    steps = {"name": ("AI/ML",), "path": ("AI", "ML"), "alone": ("R/D",)}
    articles = [Article(article_id=key, title=f"Di {key}", section=section) for key, section in steps.items()]
    with open_archive(build_archive(tmp_path_factory.mktemp("slash") / "data", articles)) as archive:
        client = create_app(archive).test_client()
        sections = {link.get("href") for link in get(client, "/").xpath('//a[@class="choice"]')}
        assert sections >= {"/sezione/AI%252FML", "/sezione/AI/ML", "/sezione/R%252FD"}
        for address, title in (("/sezione/AI%252FML", "Di name"), ("/sezione/AI/ML", "Di path")):
            page = get(client, address)
            assert [text_of(link) for link in page.xpath('//ol[@class="hits"]//h3/a')] == [title]
        # As the address was before, and as somebody may type it.
        assert client.get("/sezione/R/D").headers["Location"] == "/sezione/R%252FD"


def test_an_author_has_a_page(client: FlaskClient) -> None:
    page = get(client, "/autore/Ugo%20D'Amico")
    assert text_of(one(page, "//h1")) == "Ugo D'Amico"
    assert total_of(page) == 13
    assert len(page.xpath('//ol[@class="hits"]/li')) == 10
    assert total_of(get(client, page.xpath('//a[@class="more"]')[0].get("href"))) == 13


@pytest.mark.parametrize(
    ("address", "title", "way_out"),
    [
        pytest.param("/sezione/Sport/Calcio", "Sezione non trovata", "/cerca?q=Sport+Calcio", id="section"),
        pytest.param("/autore/Nessuno", "Autore non trovato", "/cerca?q=Nessuno", id="author"),
        pytest.param(
            "/2024/riforma-pensioni.html", "Pagina non trovata", "/cerca?q=riforma+pensioni", id="old address"
        ),
    ],
)
def test_what_is_not_there_leads_on(client: FlaskClient, address: str, title: str, way_out: str) -> None:
    page = get(client, address, 404)
    assert text_of(one(page, "//h1")) == title
    assert page.xpath("//main//li/a/@href")[0] == way_out
    assert client.get(way_out).status_code == 200


def test_every_example_of_the_help_is_understood(client: FlaskClient) -> None:
    examples = get(client, "/aiuto").xpath('//a[@class="example"]')
    assert len(examples) > 10
    for example in examples:
        said = text_of(one(get(client, example.get("href")), '//p[@class="found"]'))
        assert "«" not in said or example.text.startswith('"'), (example.text, said)  # no field is taken for a word
        assert "corrisponde" not in said, (example.text, said)


def test_a_result_says_why_on_request(client: FlaskClient) -> None:
    page = get(client, "/cerca?q=riforma+elezione")
    assert not page.xpath('//div[@class="why"]')
    address = next(link.get("href") for link in page.xpath("//main//a") if text_of(link) == "Perché questi risultati?")
    explained = get(client, address)
    reasons = explained.xpath('//div[@class="why"]')
    assert len(reasons) == 10
    assert text_of(one(reasons[0], "./p")) == (
        "Trovato per «riforma» nel titolo e nel testo; «elezione» in un'altra forma nel testo."
    )
    assert "spiega" not in next(
        link.get("href") for link in explained.xpath("//main//a") if text_of(link) == "Nascondi le spiegazioni"
    )


def test_the_most_read_of_late_stand_on_the_first_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    today = datetime.now(rome()).date()
    articles = [
        Article(
            article_id=str(at),
            title=f"Letto {reads} volte",
            body="testo",
            reads=reads,
            published=today - timedelta(days=age),
        )
        for at, (reads, age) in enumerate([(5, 1), (50, 2), (7, 3), (999, 90), (0, 1)])
    ]
    with open_archive(build_archive(tmp_path_factory.mktemp("read") / "data", articles)) as archive:
        page = get(create_app(archive).test_client(), "/")
    read = [text_of(link) for link in page.xpath('//ol[@class="most-read"]//a')]
    assert read == ["Letto 50 volte", "Letto 7 volte", "Letto 5 volte"]


def test_where_the_publisher_shows_the_articles_all_links_lead_there(archive: Archive) -> None:
    client = create_app(archive, WebSettings(articles_shown=False)).test_client()
    for address, path in (("/", '//ol[@class="latest"]//h3/a'), ("/cerca?q=riforma", '//ol[@class="hits"]//h3/a')):
        links = get(client, address).xpath(path)
        assert all(link.get("href").startswith(("https://www.gazzetta-di-prova.it/", "/articolo/")) for link in links)
        assert any(link.get("href").startswith("https://") for link in links)
    moved = client.get("/articolo/ordinario-05")
    assert (moved.status_code, moved.headers["Location"]) == (302, "https://www.gazzetta-di-prova.it/5")
    assert "Un articolo undatato" in client.get("/articolo/senza-data").text  # which no other page shows


def test_an_article_with_a_time_shows_it(client: FlaskClient) -> None:
    assert "13 marzo 2026, ore 9.05" in text_of(get(client, "/articolo/ostile"))


def test_an_undated_article_says_so(client: FlaskClient) -> None:
    assert "senza data" in text_of(one(get(client, "/cerca?q=undatato"), '//ol[@class="hits"]/li'))
    page = get(client, "/articolo/senza-data")
    assert "senza data" in text_of(page)
    assert "soltanto il titolo" in text_of(page)


def test_an_article_of_a_site_that_cannot_exist_is_linked_here(client: FlaskClient) -> None:
    hit = one(get(client, '/cerca?q="sito+che+non+esiste"'), '//ol[@class="hits"]/li')
    assert one(hit, ".//h3/a").get("href").startswith("/articolo/finto-sito?q=")
    page = get(client, "/articolo/finto-sito")
    assert page.xpath('//p[@class="original"]') == []
    assert "Testo inventato." in text_of(page)


@pytest.mark.parametrize("words", ["Identificativo indirizzo", "Identificativo due punti"])
def test_any_id_has_an_address_that_works(client: FlaskClient, words: str) -> None:
    hit = get(client, f"/cerca?q={words.replace(' ', '+')}").xpath('//ol[@class="hits"]/li')[0]
    page = get(client, one(hit, ".//h3/a").get("href"))
    assert text_of(one(page, "//h1")) == text_of(one(hit, ".//h3"))


def test_a_missing_article_is_a_page_in_italian(client: FlaskClient) -> None:
    page = get(client, "/articolo/che-non-esiste", 404)
    assert text_of(one(page, "//h1")) == "Articolo non trovato"
    assert page.xpath('//form[@role="search"]')
    get(client, "/articolo", 404)


def test_the_settings_are_followed(archive: Archive) -> None:
    settings = WebSettings(name="Il <Nome>", subtitle="", page_size=3, latest_size=2, choices_shown=1)
    client = create_app(archive, settings).test_client()
    home = get(client, "/")
    assert text_of(one(home, "//h1")) == "Il <Nome>"
    assert len(home.xpath('//ol[@class="latest"]/li')) == 2
    assert home.xpath('//details[@class="others"]')
    assert len(titles_of(get(client, "/cerca?q=riforma"))) == 3
    assert "quante" not in get(client, "/cerca?q=riforma&quante=3").xpath('//a[contains(@rel, "next")]')[0].get("href")
