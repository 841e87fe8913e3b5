"""From an article's text to the questions that find it, end to end; fields, widening, and what a page tells."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from archives import build_archive, grow_archive, temporary_archive
from golden import golden_rows

from index.article import Article
from index.errors import IndexCorrupt, IndexNotFound, IndexOutdated
from index.generation import DataFolder
from search import Archive, Page, RankingSettings, open_archive

TODAY = date(2026, 3, 13)

ARTICLES = [
    Article(article_id="1", title="Il governo riforma le pensioni", body="La riforma delle pensioni è legge.",
            site="ImpresaVille", section=("Economia", "Lavoro"), authors=("Anna Neri",), published=date(2026, 3, 1)),
    Article(article_id="2", title="Pensione più tardi", body="Il governo rinvia la pensione dei lavoratori.",
            site="ChannelVille", section=("Economia",), authors=("Ugo Bò", "Anna Neri"), published=date(2024, 5, 31)),
    Article(article_id="3", title="L’AI generativa in azienda", body="Diamo ai lavoratori gli strumenti.",
            site="ChannelVille", section=("Tecnologia",), tags=("Smart working",),
            published=datetime(2024, 5, 31, 22, 30, tzinfo=UTC)),
    Article(article_id="4", title="Archivio senza data", body="Il governo e il lavoro.", section=("Lavoro",)),
]  # fmt: skip


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(ARTICLES) as opened:
        yield opened


def ids(page: Page) -> list[str]:
    """The ids of a page's articles, in its order."""
    return [hit.article.article_id for hit in page.hits]


def found(archive: Archive, text: str, *, any_word: bool = False) -> set[str]:
    """The ids of what is found, not widened."""
    return set(ids(archive.search(text, any=any_word, widen=False, now=TODAY, size=100)))


@pytest.mark.parametrize(("text", "finding", "missing"), golden_rows("italian/matches.tsv", at_least=55))
def test_a_text_is_found_by_what_means_it_and_not_by_what_looks_like_it(text: str, finding: str, missing: str) -> None:
    article = Article(article_id="1", title="Titolo", body=f"Inizio. Ecco: {text}. Fine.")
    other = Article(article_id="2", title="Altro", body="Qualcosa di diverso")
    with temporary_archive([article, other]) as archive:
        assert found(archive, finding) == {"1"}
        assert found(archive, missing) == set()


def test_a_sign_that_belongs_to_a_name_may_be_typed_in_small_letters() -> None:
    with temporary_archive([Article(article_id="1", title="Titolo", body="La piattaforma .NET cresce")]) as archive:
        assert found(archive, ".net") == {"1"}


def test_an_acronym_spelt_like_a_function_word_is_found_by_its_beginning(archive: Archive) -> None:
    assert found(archive, "titolo:AI*") == {"3"}


def test_an_acronym_spelt_like_a_function_word_is_suggested(archive: Archive) -> None:
    assert archive.suggest("AI") == ("AI",)


def test_an_empty_question_finds_everything_newest_first(archive: Archive) -> None:
    page = archive.search("", now=TODAY)
    assert ids(page) == ["1", "3", "2", "4"]
    assert page.understood == ""
    assert {hit.score for hit in page.hits} == {0.0}


def test_a_page_says_what_was_asked_and_by_what_it_was_reckoned(archive: Archive) -> None:
    page = archive.search("riforma pensioni", widen=False, now=TODAY)
    assert page.query == "riforma pensioni"
    assert page.understood == "riforma e pensioni"
    assert (page.page, page.size, page.now, page.generation) == (1, 10, TODAY, 1)
    assert page.took_ms > 0
    assert page.histogram == (("2026-03", 1),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sezione:Economia", {"1", "2"}),
        ("sezione:Lavoro", {"1", "4"}),
        ("governo testata:impresaville", {"1"}),
        ("autore:neri -autore:bò", {"1"}),
        ('tag:"smart working"', {"3"}),
        ("tag:work*", {"3"}),
        ("titolo:governo", {"1"}),
        ("testo:governo", {"2", "4"}),
        ("titolo:pensione testo:governo", {"2"}),
        ('titolo:"riforma le pensioni"', {"1"}),
        ('testo:"riforma le pensioni"', set()),
        ("sommario:governo", set()),
        ("dopo:31/05/2024 prima:1/6/2024", {"2"}),
        ("data:[2000 TO 2030]", {"1", "2", "3"}),
        ("-data:[2000 TO 2030]", {"4"}),
    ],
)
def test_fields_and_dates_of_the_question_narrow_it(archive: Archive, text: str, expected: set[str]) -> None:
    assert found(archive, text) == expected


def test_a_question_with_few_answers_is_widened_to_relatives_and_then_to_any_word() -> None:
    family = [
        Article(article_id="1", title="Investire", body="Conviene investire."),
        Article(article_id="2", title="Investimento", body="Un investimento sicuro."),
        Article(article_id="3", title="Mattone", body="Il mattone piace."),
    ]
    with temporary_archive(family) as archive:
        narrow = archive.search("investire", widen=False, now=TODAY)
        assert (ids(narrow), narrow.widened) == (["1"], None)
        by_stem = archive.search("investire", now=TODAY)
        assert (set(ids(by_stem)), by_stem.widened) == ({"1", "2"}, "stem")
        by_any = archive.search("investire mattone", now=TODAY)
        assert (set(ids(by_any)), by_any.widened) == ({"1", "2", "3"}, "any")
        assert found(archive, "investire mattone", any_word=True) == {"1", "3"}


def test_a_short_word_is_not_widened_to_what_merely_has_its_stem() -> None:
    articles = [
        Article(article_id="moto", title="Zeta", body="Una moto elettrica."),
        Article(article_id="motivo", title="Zeta", body="Per questo motivo."),
    ]
    with temporary_archive(articles) as archive:
        page = archive.search("moto", now=TODAY)
        assert ([hit.article.article_id for hit in page.hits], page.widened) == (["moto"], None)


def test_a_question_with_enough_answers_is_not_widened() -> None:
    articles = [Article(article_id=str(at), title="Investire", body="x") for at in range(10)]
    articles.append(Article(article_id="x", title="Investimento", body="x"))
    with temporary_archive(articles) as archive:
        page = archive.search("investire", now=TODAY)
        assert (page.total, page.widened) == (10, None)
    with temporary_archive(articles, ranking=RankingSettings(widen_below=11)) as archive:
        assert archive.search("investire", now=TODAY).widened == "stem"


def test_a_widening_that_finds_nothing_more_is_not_told(archive: Archive) -> None:
    assert archive.search("generativa", now=TODAY).widened is None


def test_a_page_beyond_the_last_is_empty_and_still_tells_the_total(archive: Archive) -> None:
    page = archive.search("governo", page=5, widen=False, now=TODAY)
    assert (page.hits, page.total) == ((), 3)


def test_an_article_is_given_by_its_id(archive: Archive) -> None:
    assert archive.article("3") == ARTICLES[2]
    assert archive.article("nessuno") is None


def test_a_missing_folder_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="there is no such folder; add articles with `emeroteca add FILE` first"):
        open_archive(tmp_path / "nowhere")


def test_a_foreign_folder_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("ciao")
    with pytest.raises(IndexNotFound, match="is not an archive of Emeroteca"):
        open_archive(tmp_path)


def test_an_archive_of_another_format_is_told_with_the_remedy(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive", ARTICLES)
    (path / "emeroteca.json").write_text('{"format": 99}')
    with pytest.raises(IndexOutdated, match=r"format 99, this program reads format \d+; use the program that wrote it"):
        open_archive(path)


def test_a_damaged_file_of_the_index_is_told_with_the_remedy(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "archive", ARTICLES)
    segment = next((path / "index").glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        open_archive(path)


def test_an_archive_to_which_nothing_was_added_answers_nothing(tmp_path: Path) -> None:
    grow_archive(tmp_path / "archive", [[]])
    assert DataFolder(tmp_path / "archive").current_generation() == 0
    with open_archive(tmp_path / "archive") as empty:
        assert empty.search("governo", now=TODAY).total == 0


@pytest.mark.parametrize(
    "text",
    [
        "governo riforma",
        "l'unione europea",
        "UE e-commerce",
        '"la riforma"',
        "sezione:Politica -governo",
        "pens*",
        "rifroma",
    ],
)
def test_a_question_leaves_no_circle_of_objects_behind(archive: Archive, text: str) -> None:
    # What it read would stay in memory until the circle is found.
    archive.search(text, now=TODAY)
    gc.collect()
    gc.disable()
    try:
        archive.search(text, now=TODAY, explain=True)
        assert gc.collect() == 0
    finally:
        gc.enable()
