"""RSS and Atom."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.article import Article, Change
from index.errors import ArticleError
from index.sources import read_source
from index.sources.markup import plain_text

DATA = Path(__file__).resolve().parents[1] / "data" / "sources"


def read(folder: Path, content: str | bytes, *, allow_empty_body: bool = False) -> list[Change | ArticleError]:
    path = folder / "a.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_source(str(path), allow_empty_body=allow_empty_body))


def item(inner: str) -> str:
    return f'<rss version="2.0"><channel><title>Testata</title><item>{inner}</item></channel></rss>'


def only(results: list[Change | ArticleError]) -> Article:
    [article] = results
    assert isinstance(article, Article), str(article)
    return article


def test_an_rss_entry_brings_all_its_fields() -> None:
    first, missing, summary = read_source(str(DATA / "feed.rss"))
    assert first == Article(
        article_id="esempio-17",
        title="Perché il forno solare piace",
        lead="Il sommario, scritto a parte.",
        body="Il forno inventato è solare.\n\nFunziona nei giorni senza nuvole.",
        url="https://esempiocity.example/forno",
        site="EsempioCity",
        section=("Energia", "Solare"),
        authors=("Ada Verdini",),
        tags=("forni", "pizza & affini"),
        published=datetime(2026, 3, 13, 9, 30, tzinfo=UTC),
    )
    assert isinstance(missing, ArticleError)
    assert (missing.line, missing.source) == (20, str(DATA / "feed.rss"))
    assert "body is missing" in missing.reason or "body is blank" in missing.reason
    assert isinstance(summary, Article)
    assert summary.article_id == "https://esempiocity.example/riassunto"
    assert (summary.body, summary.lead) == ("Una riga\ne un'altra.", "")
    assert summary.authors == ("Redazione EsempioCity",)
    assert summary.published is None


def test_an_entry_without_text_is_taken_on_request() -> None:
    assert (
        len([one for one in read_source(str(DATA / "feed.rss"), allow_empty_body=True) if isinstance(one, Article)])
        == 3
    )


def test_an_atom_entry_brings_all_its_fields_and_its_xhtml_is_text() -> None:
    assert only(list(read_source(str(DATA / "feed.atom")))) == Article(
        article_id="urn:esempio:1",
        title="Ulivi & robot",
        lead="Il robot che non esiste.",
        body="Il robot distingue i rami.\n\nPoi li pota.",
        url="https://esempiocity.example/ulivi",
        site="EsempioCity in Atom",
        authors=("Ada Verdini",),
        tags=("robot",),
        published=datetime(2026, 3, 13, 9, 30, tzinfo=UTC),
        updated=datetime(2026, 3, 14, 8, 0, tzinfo=UTC),
    )


def test_rdf_feeds_are_read(tmp_path: Path) -> None:
    feed = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Testata</title></channel>'
        "<item><title>Titolo</title><link>https://a.example/1</link><description>Testo</description>"
        "<dc:date>2026-03-13</dc:date><dc:subject>vino</dc:subject></item></rdf:RDF>"
    )
    article = only(read(tmp_path, feed))
    assert (article.site, article.tags, str(article.published)) == ("Testata", ("vino",), "2026-03-13")


def test_the_title_of_a_picture_is_not_the_sites() -> None:
    assert {one.site for one in read_source(str(DATA / "feed.rss")) if isinstance(one, Article)} == {"EsempioCity"}


def test_a_summary_that_is_the_beginning_of_the_text_is_no_lead(tmp_path: Path) -> None:
    article = only(
        read(
            tmp_path,
            '<rss xmlns:c="http://purl.org/rss/1.0/modules/content/"><channel><item><guid>1</guid><title>t</title>'
            "<description>Il testo comincia [&amp;hellip;]</description>"
            "<c:encoded>Il testo comincia e poi continua.</c:encoded></item></channel></rss>",
        )
    )
    assert (article.lead, article.body) == ("", "Il testo comincia e poi continua.")


def test_a_category_is_a_section_only_where_it_says_so(tmp_path: Path) -> None:
    article = only(
        read(tmp_path, item("<guid>1</guid><title>t</title><description>x</description><category>Vino</category>"))
    )
    assert (article.section, article.tags) == ((), ("Vino",))
    article = only(
        read(
            tmp_path,
            item(
                "<guid>1</guid><title>t</title><description>x</description><category domain='sezione'>Vino</category>"
            ),
        )
    )
    assert (article.section, article.tags) == (("Vino",), ())


def test_names_of_html_are_read_though_no_feed_declares_them(tmp_path: Path) -> None:
    article = only(
        read(
            tmp_path,
            item("<guid>1</guid><title>Perch&eacute; s&igrave;</title><description>Citt&agrave;</description>"),
        )
    )
    assert (article.title, article.body) == ("Perché sì", "Città")


def test_an_entity_bomb_costs_nothing_and_expands_to_nothing(tmp_path: Path) -> None:
    declared = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12)
    )
    inner = "<guid>1</guid><title>&a11; titolo</title><description>&a11; testo</description>"
    began = time.monotonic()
    results = read(tmp_path, f"<!DOCTYPE rss [{declared}]>{item(inner)}")
    assert time.monotonic() - began < 5
    assert sum(len(one.title + one.body) for one in results if isinstance(one, Article)) < 1000


def test_no_file_that_a_feed_names_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("segretissimo")
    inner = "<guid>1</guid><title>t</title><description>&x; testo</description>"
    results = read(tmp_path, f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>{item(inner)}')
    assert results
    assert "segretissimo" not in repr(results)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("se x<y allora z", "se x<y allora z"),
        ("Il rapporto fra x <y e z è noto.", "Il rapporto fra x <y e z è noto."),
        ("prezzi < 100 euro & > 20", "prezzi < 100 euro & > 20"),
        ("chiuso</p> resto", "chiuso resto"),
        ("<p>se x &lt;y allora z</p>", "se x <y allora z"),
        ("&lt;p&gt;due volte&lt;/p&gt;", "due volte"),
    ],
)
def test_a_sign_of_less_is_no_tag(markup: str, text: str) -> None:
    assert plain_text(markup) == text


def test_the_text_behind_a_sign_of_less_is_kept(tmp_path: Path) -> None:
    [article] = read(
        tmp_path,
        item("<title>T</title><guid>1</guid><description>Fra x &lt;y e z.</description>"),
        allow_empty_body=True,
    )
    assert isinstance(article, Article)
    assert "Fra x <y e z." in (article.lead, article.body)


def test_a_feed_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    whole = "<item><guid>1</guid><title>t</title><description>x</description></item>"
    results = read(tmp_path, f"<rss><channel>{whole}<item><guid>2</guid><titl")
    assert [one.article_id for one in results if isinstance(one, Article)] == ["1"]
    assert "not well-formed XML" in str(results[-1])


def test_a_bare_ampersand_loses_no_entry_but_is_reported(tmp_path: Path) -> None:
    results = read(tmp_path, item("<guid>1</guid><title>Ricerca & sviluppo</title><description>x</description>"))
    assert isinstance(results[0], Article)
    assert isinstance(results[1], ArticleError)
    assert len(results) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("<urlset><url/></urlset>", "<urlset> is no feed", id="sitemap"),
        pytest.param("", "not well-formed", id="empty"),
        pytest.param("solo testo", "not well-formed", id="text"),
        pytest.param(b"\x00\x01\x02\xff", "not well-formed", id="binary"),
    ],
)
def test_what_is_no_feed_is_one_error(tmp_path: Path, content: str | bytes, reason: str) -> None:
    [error] = read(tmp_path, content)
    assert isinstance(error, ArticleError)
    assert error.line is None
    assert reason in error.reason


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        pytest.param("<title>t</title><description>x</description>", "id is missing", id="no-id"),
        pytest.param("<guid>1</guid><description>x</description>", "title is blank", id="no-title"),
        pytest.param(
            "<guid>1</guid><title>t</title><description>x</description><pubDate>ieri</pubDate>",
            "cannot be read",
            id="date",
        ),
    ],
)
def test_a_bad_entry_is_reported_with_its_number(tmp_path: Path, inner: str, reason: str) -> None:
    [error] = read(tmp_path, item(inner))
    assert isinstance(error, ArticleError)
    assert error.line == 1
    assert reason in error.reason


def test_the_collected_feeds_go_in_whole(shared_data: Path) -> None:
    paths = sorted((shared_data / "formats" / "rss").iterdir())
    assert paths
    for path in paths:
        results = list(read_source(str(path)))
        assert len(results) == 20
        assert all(isinstance(one, Article) and one.published and one.url and one.site for one in results)


@pytest.mark.parametrize(
    ("endless", "reason"),
    [
        pytest.param("<description>" + "testo " * 1_700_000, "more than 10,000,000 bytes", id="bytes"),
        pytest.param("<category/>" * 100_001, "more than 200,000 tags", id="tags"),
        pytest.param("<!-- x -->" * 1_100_000, "more than 10,000,000 bytes", id="comments"),
    ],
)
def test_an_entry_without_an_end_is_one_error_and_what_came_before_stays(
    tmp_path: Path, endless: str, reason: str
) -> None:
    whole = "<item><guid>1</guid><title>t</title><description>x</description></item>"
    first, error = read(tmp_path, f"<rss><channel>{whole}<item>{endless}")
    assert isinstance(first, Article)
    assert isinstance(error, ArticleError)
    assert error.line is None
    assert reason in error.reason


def test_a_feed_may_have_more_tags_than_an_entry(tmp_path: Path) -> None:
    entries = "".join(f"<item><guid>{at}</guid><title>t</title><x/></item>" for at in range(30_000))
    path = tmp_path / "a.xml"
    path.write_text(f"<rss><channel>{entries}</channel></rss>")
    results = list(read_source(str(path), allow_empty_body=True))
    assert sum(isinstance(result, Article) for result in results) == len(results) == 30_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_entities_are_left_alone_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    inner = item("<guid x='&a;'>1</guid><title>&a; titolo</title><description>&b; testo</description>")
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [<!ENTITY a "laugh"><!ENTITY b "&a;&a;">]>{inner}'
    results = read(tmp_path, text.encode(encoding))
    assert results
    assert "laugh" not in repr(results)


def test_no_dtd_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "outer.dtd").write_text('<!ENTITY x "segretissimo">')
    inner = item("<guid>1</guid><title>t</title><description>&x; testo</description>")
    [found] = read(tmp_path, f'<!DOCTYPE rss SYSTEM "{(tmp_path / "outer.dtd").as_uri()}">{inner}')
    assert "segretissimo" not in repr(found)


def test_a_reason_of_the_parser_is_one_line(tmp_path: Path) -> None:
    [error] = read(tmp_path, "<!--<rss><channel>è</channel></rss>")
    assert isinstance(error, ArticleError)
    assert "Comment not terminated <!--<rss>" in error.reason
