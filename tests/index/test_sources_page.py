"""One article out of a saved page: nothing of the menus, nothing of other articles, never another's date."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Change
from index.errors import ArticleError
from index.sources import read_source
from index.sources.page_lines import Byline, ends_article, is_box, read_byline, read_section

DATA = Path(__file__).resolve().parents[1] / "data" / "sources"

TITLE = "Fantacorp misura i consumi: tre impianti su quattro migliorano"
LEAD = "Quaranta aziende inventate hanno pesato i loro sprechi. Il bilancio è positivo."
FIRST = (
    "Il progetto pilota di Fantacorp ha coinvolto quaranta aziende della provincia di Lodi, che per sei mesi hanno"
    " misurato i consumi delle loro macchine e li hanno messi a confronto con quelli dell'anno prima."
)
SECOND = (
    "Tre impianti su quattro hanno ridotto gli sprechi; il quarto li ha visti crescere, e il motivo è ancora allo"
    " studio dei tecnici che seguono la sperimentazione."
)
MENU = "▾ Rete Esempio: | Uno | Due | Tre\nEsempioCity"
OTHER = (
    "Un robot inventato impara a potare gli ulivi in Molise",
    "La macchina, che non esiste, distingue i rami secchi da quelli vivi con due telecamere.",
    "12-02-2026",
)
TAIL = "\n\n".join(["Se questo articolo ti è piaciuto", "Ultime Notizie", *OTHER, "www.esempiocity.it - 8.5.0"])
FOREIGN = ("newsletter", "ulivi", "forno", "Borgofinto", "Leggi anche", "cookie", "Facebook", "2026")


def read(folder: Path, name: str, content: str, *, allow_empty_body: bool = False) -> Change | ArticleError:
    path = folder / name
    path.write_text(content, "utf-8")
    [result] = list(read_source(str(path), allow_empty_body=allow_empty_body))
    return result


def article(folder: Path, name: str, content: str) -> Article:
    result = read(folder, name, content)
    assert isinstance(result, Article), str(result)
    return result


def text_page(*parts: str) -> str:
    return "\n\n".join([MENU, *parts, TAIL])


def html_page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"


def json_ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


@pytest.mark.parametrize("name", ["page.txt", "page.html"])
def test_exactly_the_article_comes_out_of_a_whole_page(name: str) -> None:
    [found] = list(read_source(str(DATA / name)))
    assert isinstance(found, Article), str(found)
    assert found.title == TITLE
    assert found.lead.startswith("Quaranta aziende inventate")
    assert found.section == ("Transizione Energetica", "Efficienza")
    assert found.site == "EsempioCity"
    assert found.published is None
    assert found.updated is None
    paragraphs = found.body.split("\n\n")
    assert len(paragraphs) == 4
    assert paragraphs[1] == "Che cosa è cambiato"
    assert "Ada Verdini" in paragraphs[3]
    assert not [word for word in FOREIGN if word.lower() in repr(found).lower().replace("transizione", "")]


def test_the_publishers_sample_page_gives_its_one_article(shared_data: Path) -> None:
    [found] = list(read_source(str(shared_data / "formats" / "sample-page.txt")))
    assert isinstance(found, Article), str(found)
    assert found.title == "Xiaomi ESG report: obiettivo catena del valore a emissioni zero di carbonio"
    assert found.lead.startswith("Nel corso del 2023, ")
    assert found.section == ("Transizione Energetica", "Sostenibilità")
    assert found.site == "InnovationCity"
    assert found.published is found.updated is None
    assert len(found.body.split("\n\n")) == 7
    assert found.body.endswith("riducendo i rifiuti generati dalla sua sostituzione.")
    assert not [word for word in ("Iran", "newsletter", "nucleare", "illycaffè", "Marghera") if word in repr(found)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([TITLE, LEAD, "A / B", FIRST, SECOND], {"lead": LEAD, "section": ("A", "B")}, id="all"),
        pytest.param([TITLE, "A / B", FIRST, SECOND], {"lead": "", "section": ("A", "B")}, id="no-lead"),
        pytest.param([TITLE, LEAD, FIRST, SECOND], {"lead": LEAD, "section": ()}, id="no-section"),
        pytest.param([TITLE, FIRST, SECOND], {"lead": "", "section": ()}, id="neither"),
        pytest.param([TITLE, LEAD, "Sicurezza", FIRST, SECOND], {"section": ("Sicurezza",)}, id="section-of-one-name"),
        pytest.param(["Home > A > B", TITLE, LEAD, FIRST, SECOND], {"section": ("A", "B")}, id="breadcrumb"),
        pytest.param(
            [TITLE, "13-03-2026", LEAD, FIRST, SECOND], {"published": date(2026, 3, 13)}, id="date-under-title"
        ),
        pytest.param(
            ["13-03-2026", TITLE, LEAD, FIRST, SECOND], {"published": date(2026, 3, 13)}, id="date-over-title"
        ),
        pytest.param(
            [TITLE, LEAD, "di Ada Verdini | Pubblicato il 13 marzo 2026", FIRST, SECOND],
            {"lead": LEAD, "authors": ("Ada Verdini",), "published": date(2026, 3, 13)},
            id="byline",
        ),
        pytest.param(["Venerdì 20 marzo 2026", TITLE, FIRST, SECOND], {"published": None}, id="day-of-saving"),
        pytest.param(["Ultime Notizie", *OTHER, *OTHER, TITLE, LEAD, FIRST, SECOND], {"published": None}, id="ticker"),
        pytest.param([TITLE, FIRST, SECOND, "Tag: energia, Lodi"], {"tags": ("energia", "Lodi")}, id="tags"),
        pytest.param([TITLE, FIRST, "Leggi anche: Gli ulivi", SECOND], {"published": None}, id="box-inside"),
        pytest.param([TITLE, FIRST, SECOND, "Altre storie", *OTHER, *OTHER], {"published": None}, id="unknown-heading"),
    ],
)
def test_the_lines_of_a_text_page_are_told_apart(tmp_path: Path, parts: list[str], expected: dict[str, object]) -> None:
    found = article(tmp_path, "a.txt", text_page(*parts))
    assert found.title == TITLE
    assert found.body == f"{FIRST}\n\n{SECOND}"
    assert found.site == "EsempioCity"
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_text_page_without_empty_lines_is_read_the_same(tmp_path: Path) -> None:
    page = text_page(TITLE, LEAD, "A / B", FIRST, SECOND)
    assert article(tmp_path, "a.txt", page.replace("\n\n", "\n")) == article(tmp_path, "b.txt", page)


def test_wrapped_paragraphs_are_joined(tmp_path: Path) -> None:
    wrapped = [re.sub(r"(.{1,72})(?:\s+|$)", r"\1\n", part).strip() for part in (FIRST, SECOND, FIRST, SECOND)]
    assert article(tmp_path, "a.txt", "\n\n".join([TITLE, *wrapped])).body.startswith(f"{FIRST}\n\n{SECOND}")


def test_a_text_page_in_windows_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(text_page(TITLE, LEAD, FIRST).replace("▾", "").encode("cp1252"))
    [found] = list(read_source(str(tmp_path / "a.txt")))
    assert isinstance(found, Article)
    assert "positivo" in found.lead + found.body
    assert "è" in found.lead + found.body


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.txt", "", id="empty-text"),
        pytest.param("a.txt", MENU, id="menu-only"),
        pytest.param("a.txt", TAIL, id="boxes-only"),
        pytest.param("a.txt", "parola " * 10, id="one-short-line"),
        pytest.param("a.html", "", id="empty-html"),
        pytest.param("a.html", "solo testo senza marcatura", id="no-markup"),
        pytest.param("a.html", html_page("<nav>Menu</nav><h1>Titolo</h1>"), id="no-text"),
        pytest.param("a.html", "a\0b<p>", id="binary"),
        pytest.param(
            "a.html", html_page("".join(f"<div><h3><a href=/>{OTHER[0]}</a></h3></div>" for _ in "123")), id="list"
        ),
    ],
)
def test_a_page_without_an_article_is_an_error_that_says_so(tmp_path: Path, name: str, content: str) -> None:
    result = read(tmp_path, name, content)
    assert isinstance(result, ArticleError)
    assert result.source == str(tmp_path / name)
    assert re.search(r"no article can be made out|is empty|no markup|binary data", result.reason)


def test_a_page_larger_than_any_is_refused(tmp_path: Path) -> None:
    assert "larger than" in str(read(tmp_path, "a.txt", "a" * 20_000_001))


BODY = f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p></article>"


def test_json_ld_goes_before_meta_and_meta_before_markup(tmp_path: Path) -> None:
    meta = (
        '<meta property="og:title" content="Altro titolo"><meta property="article:published_time" content="2020-01-01">'
        '<meta property="og:site_name" content="EsempioCity"><meta name="author" content="Ugo Neri">'
        '<meta property="article:section" content="Vino"><meta property="article:tag" content="uno">'
        '<link rel="canonical" href="https://esempiocity.example/consumi">'
    )
    by_meta = article(tmp_path, "a.html", html_page(BODY, meta))
    assert (by_meta.title, by_meta.published) == ("Altro titolo", date(2020, 1, 1))
    assert (by_meta.authors, by_meta.section, by_meta.tags) == (("Ugo Neri",), ("Vino",), ("uno",))
    stated = json_ld(
        headline=TITLE,
        datePublished="2026-03-13T10:30:00+01:00",
        dateModified="2026-03-14",
        author=[{"@type": "Person", "name": "Ada Verdini"}],
        articleSection=["Energia", "Consumi"],
        keywords="energia, Lodi",
        description="Il sommario.",
        publisher={"name": "Editore"},
    )
    by_json = article(tmp_path, "a.html", html_page(BODY, meta + stated))
    assert by_json.article_id == by_json.url == "https://esempiocity.example/consumi"
    assert (by_json.title, by_json.lead, by_json.site) == (TITLE, "Il sommario.", "EsempioCity")
    assert by_json.published == datetime.fromisoformat("2026-03-13T10:30:00+01:00")
    assert by_json.updated == date(2026, 3, 14)
    assert (by_json.authors, by_json.section, by_json.tags) == (
        ("Ada Verdini",),
        ("Energia", "Consumi"),
        ("energia", "Lodi"),
    )
    assert by_json.body == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param({"@graph": [{"@type": "WebSite"}, {"@type": ["Thing", "ReportageNewsArticle"]}]}, id="graph"),
        pytest.param(
            [{"@type": "WebPage", "mainEntity": {"@type": "https://schema.org/BlogPosting"}}], id="main-entity"
        ),
    ],
)
def test_json_ld_is_found_where_sites_put_it(tmp_path: Path, script: object) -> None:
    text = json.dumps(script)
    for name in ('"ReportageNewsArticle"]', '"https://schema.org/BlogPosting"'):
        text = text.replace(name, f'{name}, "headline": {json.dumps(TITLE)}, "datePublished": "2026-03-13"')
    for broken in (text, text[:-1] + "," + text[-1], f"<!-- {text} -->", text.replace("Fantacorp", "Fantacorp\n")):
        page = html_page(
            BODY, f'<script type="application/ld+json">{broken}</script><script type="application/ld+json">{{</script>'
        )
        assert article(tmp_path, "a.html", page).published == date(2026, 3, 13)


def test_an_article_body_that_was_escaped_is_text(tmp_path: Path) -> None:
    stated = json_ld(
        headline=TITLE, articleBody=f"&lt;p&gt;{FIRST}&lt;/p&gt;&lt;p&gt;Perch&amp;eacute; {SECOND}&lt;/p&gt;"
    )
    assert article(tmp_path, "a.html", html_page(f"<h1>{TITLE}</h1>", stated)).body == f"{FIRST}\n\nPerché {SECOND}"


def test_a_teaser_in_json_ld_gives_way_to_the_text_of_the_page(tmp_path: Path) -> None:
    stated = json_ld(headline=TITLE, articleBody=FIRST[:100] + "...")
    assert article(tmp_path, "a.html", html_page(BODY, stated)).body == f"{FIRST}\n\n{SECOND}"


def test_a_body_that_json_ld_states_twice_is_taken_once(tmp_path: Path) -> None:
    text = f"{FIRST} {SECOND} {FIRST[::-1]}"
    stated = json_ld(headline=TITLE, articleBody=f"{text} {text}")
    assert article(tmp_path, "a.html", html_page(f"<h1>{TITLE}</h1>", stated)).body == text


@pytest.mark.parametrize(
    ("body", "head"),
    [
        pytest.param(BODY, json_ld(headline="La guerra in un altro posto", datePublished="2026-01-01"), id="json-ld"),
        pytest.param(
            BODY,
            '<link rel=canonical href="https://a.example/1">'
            + json_ld(headline="Altro del tutto", url="https://a.example/2", datePublished="2026-01-01"),
            id="json-ld-of-another-address",
        ),
        pytest.param(
            BODY,
            '<script type="application/ld+json">{"@type": "ItemList", "itemListElement":'
            ' [{"@type": "NewsArticle", "datePublished": "2026-01-01"}]}</script>',
            id="json-ld-list",
        ),
        pytest.param(f"{BODY}<div><h2>Altro</h2><time datetime=2026-01-01>1 gennaio 2026</time></div>", "", id="below"),
        pytest.param(f"<div><h2>Altro</h2><time datetime=2026-01-01>1/1/2026</time></div>{BODY}", "", id="above"),
        pytest.param(f"<div>Venerdì 20 marzo 2026</div><div>{BODY}</div>", "", id="day-of-saving"),
        pytest.param(
            BODY.replace("</h1>", "</h1><aside><time datetime=2026-01-01>1 gennaio</time></aside>"), "", id="aside"
        ),
        pytest.param(
            BODY.replace("</h1>", "</h1><div class=related-news><span>12-02-2026</span></div>"), "", id="related"
        ),
        pytest.param(BODY, '<meta property="article:published_time" content="ieri">', id="unreadable"),
    ],
)
def test_a_date_of_something_else_is_never_taken(tmp_path: Path, body: str, head: str) -> None:
    found = article(tmp_path, "a.html", html_page(body, head))
    assert found.published is None
    assert found.body == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("<p>di <a rel=author>Ada Verdini</a> <time datetime=2026-03-13>venerdì</time></p>", id="time"),
        pytest.param("<div class=meta>Ada Verdini | 13 marzo 2026</div>", id="line"),
        pytest.param("<span class=author>Ada Verdini</span><div>Pubblicato il 13/03/2026</div>", id="class"),
    ],
)
def test_date_and_author_under_the_title_are_the_articles(tmp_path: Path, head: str) -> None:
    found = article(tmp_path, "a.html", html_page(BODY.replace("</h1>", f"</h1>{head}")))
    assert (found.published, found.authors) == (date(2026, 3, 13), ("Ada Verdini",))
    assert found.body == f"{FIRST}\n\n{SECOND}"


def test_microdata_of_the_article_is_read_and_of_its_boxes_not(tmp_path: Path) -> None:
    item = 'itemscope itemtype="https://schema.org/NewsArticle"'
    page = html_page(
        f"<div {item}><h1>{TITLE}</h1><div {item}><meta itemprop=datePublished content=2020-01-01></div>"
        f"<meta itemprop=datePublished content=2026-03-13>"
        f"<div itemprop=articleBody><p>{FIRST}</p><p>{SECOND}</p></div></div>"
    )
    assert article(tmp_path, "a.html", page).published == date(2026, 3, 13)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<h1>{TITLE}</h1><div class=entry-content><p>{FIRST}</p><p>{SECOND}</p></div>", id="class"),
        pytest.param(f"<h1>{TITLE}</h1><div><div>{FIRST}<br><br>{SECOND}</div></div>", id="line-breaks"),
        pytest.param(f"<table><tr><td><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p></td></tr></table>", id="table"),
        pytest.param(
            f"<main><h1>{TITLE}</h1><div><p>{FIRST}</p></div><div class=adv><p>Compra!</p></div>"
            f"<div><p>{SECOND}</p></div></main>",
            id="cut-by-advertisement",
        ),
        pytest.param(f"<noscript><div>{BODY}", id="unclosed-noscript"),
        pytest.param(f"<div class='page has-comments'>{BODY}</div>", id="page-class-that-sounds-like-a-box"),
        pytest.param(f"{BODY}<div id=comments><p>{LEAD}</p></div>", id="comments"),
        pytest.param(f"<div>{BODY}<h3>Commenti</h3><p>{LEAD}</p></div>", id="comments-by-heading"),
        pytest.param(f"<div>{BODY}<p>© Riproduzione riservata</p><p>{LEAD}</p></div>", id="end-line"),
    ],
)
def test_the_text_is_found_by_its_density(tmp_path: Path, body: str) -> None:
    side = "".join(f"<div class=col><h4><a href=/>{OTHER[0]}</a></h4><p>{OTHER[1]}</p></div>" for _ in range(5))
    found = article(tmp_path, "a.html", html_page(f"{body}<div><h3>Ultime notizie</h3>{side}</div>"))
    assert found.title == TITLE
    assert found.body == f"{FIRST}\n\n{SECOND}"


def test_the_sites_name_is_taken_off_the_title(tmp_path: Path) -> None:
    for site, heading in (("EsempioCity", ""), ("", f"<h1>{TITLE}</h1>")):
        head = (
            f'<meta property="og:title" content="{TITLE} | EsempioCity"><meta property="og:site_name" content="{site}">'
        )
        assert article(tmp_path, "a.html", html_page(f"{heading}<p>{FIRST}</p><p>{SECOND}</p>", head)).title == TITLE


def test_the_id_of_a_page_without_an_address_does_not_hang_on_its_file_or_its_body(tmp_path: Path) -> None:
    one = article(tmp_path, "a.html", html_page(BODY))
    assert one.article_id.startswith("page:")
    assert article(tmp_path, "b.htm", html_page(BODY.replace("Lodi", "Crema"))).article_id == one.article_id
    assert (
        article(tmp_path, "c.html", html_page(BODY.replace("Fantacorp misura", "Altri misura"))).article_id
        != one.article_id
    )


def test_an_article_without_text_is_taken_on_request_if_the_page_says_that_it_is_one(tmp_path: Path) -> None:
    page = html_page(f"<h1>{TITLE}</h1>", json_ld(headline=TITLE))
    assert isinstance(read(tmp_path, "a.html", page), ArticleError)
    taken = read(tmp_path, "a.html", page, allow_empty_body=True)
    assert isinstance(taken, Article)
    assert taken.body == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("13-03-2026", Byline(published="2026-03-13")),
        ("Pubblicato il 13 marzo 2026 alle 10:30", Byline(published="2026-03-13T10:30:00")),
        ("4 Febbraio 2025 - 14:41", Byline(published="2025-02-04T14:41:00")),
        ("1° marzo 2026 | 3 min di lettura", Byline(published="2026-03-01")),
        ("Ada Verdini e Ugo Neri, 13/03/2026", Byline(published="2026-03-13", authors=("Ada Verdini", "Ugo Neri"))),
        ("Autore: Redazione EsempioCity", Byline(authors=("Redazione EsempioCity",))),
        ("5 gennaio 2025 ( modifica il 6 gennaio 2025 | 15:24)", Byline("2025-01-05", "2025-01-06T15:24:00")),
        ("Venerdì, 13 marzo 2026", Byline(published="2026-03-13", has_weekday=True)),
        ("Ada Verdini", None),
        ("Di Maio e Salvini", None),
        ("Il 13 marzo 2026 è nata una società", None),
        ("31-02-2026", None),
        ("di più", None),
        ("", None),
    ],
)
def test_a_byline_is_a_line_that_says_nothing_else(line: str, expected: Byline | None) -> None:
    assert read_byline(line) == expected


def test_furniture_is_known_whatever_its_accents_case_and_punctuation() -> None:
    assert all(
        map(ends_article, ["ULTIME NOTIZIE", "Notizie piu' lette:", "Le più lette", "Iscriviti alla newsletter!"])
    )
    assert all(map(is_box, ["LEGGI ANCHE: Un titolo", "Condividi", "Pubblicità"]))
    prose = "Iscriviti alla Camera di commercio, dicono in provincia, e avrai un anno di sconti sulle bollette di casa."
    assert not ends_article(prose)
    assert not ends_article("Ultime notizie dal fronte del forno solare")


def test_a_section_path_is_made_of_names() -> None:
    assert read_section("Transizione Energetica / Sostenibilità") == ("Transizione Energetica", "Sostenibilità")
    assert read_section("Home » Sicurezza") == ("Sicurezza",)
    assert read_section("Sicurezza") == ()
    assert read_section("Ha detto sì / no, e poi se n'è andato a casa sua con tutti.") == ()


@given(st.lists(st.sampled_from([TITLE, LEAD, FIRST, "A / B", "13-03-2026", "Ultime notizie", "Leggi anche", "x", ""])))
def test_any_order_of_lines_is_an_article_or_an_error(lines: list[str]) -> None:
    from index.sources.page_text import record_of_text

    try:
        record = record_of_text("\n".join(lines))
    except ArticleError:
        return
    assert record["title"]
    assert record["body"]


def word_f1(found: str, expected: str) -> float:
    one, other = (Counter(re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())) for text in (found, expected))
    shared = sum((one & other).values())
    return 2 * shared / max(1, one.total() + other.total())


def test_newspaper_pages_give_the_text_that_people_marked(shared_data: Path) -> None:
    folder = shared_data / "formats" / "html"
    expectations = sorted(folder.glob("*.json"))
    assert expectations
    for path in expectations:
        expected = json.loads(path.read_text("utf-8"))["V1"]
        [page] = folder.glob(f"{path.stem}_*.html")
        [found] = list(read_source(str(page)))
        assert isinstance(found, Article), str(found)
        sections = expected["body"]["sections"]
        text = " ".join(part for section in sections for part in (*section["headline"], *section["paragraphs"]))
        assert found.title == expected["title"]
        assert word_f1(found.body, text) > 0.95
        assert list(found.authors) == (expected.get("authors") or [])
        # The one page whose date stands in a German sentence is undated rather than guessed.
        if found.published is not None:
            assert found.published == datetime.fromisoformat(expected["publishing_date"])


def test_pages_without_expectations_give_an_article_too(shared_data: Path) -> None:
    for name in ("lastampa.it.temperature", "parcoabruzzo.it.58354", "vegolosi.it.climate"):
        [found] = list(read_source(str(shared_data / "formats" / "html" / f"{name}.html")))
        assert isinstance(found, Article), str(found)
        assert len(found.body) > 1500
        assert not re.search("newsletter|leggi anche|cookie", found.body, re.IGNORECASE)


def test_a_page_with_more_tags_than_any_is_refused(tmp_path: Path) -> None:
    assert "200,003 tags; allowed: up to 200,000" in str(read(tmp_path, "a.html", "<html><body><h1>" + "<p>" * 200_000))


def test_a_tag_with_more_attributes_than_any_is_refused(tmp_path: Path) -> None:
    for attributes in (" ".join(f"a{at}" for at in range(300)), " ".join(f"a{at}='<b>'" for at in range(300))):
        found = read(tmp_path, "a.html", html_page(f"<p {attributes}>{FIRST}</p>"))
        assert "a tag has 300 attributes; allowed: up to 256" in str(found)


def test_a_script_that_looks_like_a_tag_with_many_attributes_is_none(tmp_path: Path) -> None:
    script = "<script>if (a <b && " + "x y z " * 300 + ") {}</script>"
    assert article(tmp_path, "a.html", html_page(script + BODY)).title == TITLE


@pytest.mark.parametrize("encoding", ["punycode", "idna", "unicode_escape", "utf-7", "zlib", "nessuna"])
def test_an_encoding_that_no_browser_knows_is_read_as_the_windows_one(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(
        html_page(BODY, f"<meta charset={encoding}>").encode("cp1252").replace(b"<meta charset=utf-8>", b"")
    )
    [found] = list(read_source(str(path)))
    assert isinstance(found, Article)
    assert "motivo è ancora" in found.body


def test_a_text_page_with_more_lines_than_any_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "a.txt", text_page(TITLE, FIRST) + "\nriga" * 100_001)
    assert re.search(r"the page has 100,\d+ lines; allowed: up to 100,000", str(found))
