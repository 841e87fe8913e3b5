"""Suggestions: words, phrases, sections, tags and titles that a reader may be about to type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from archives import temporary_archive

from index.article import Article
from search import Archive, InvalidParameter
from search.suggest import suggest_words

TODAY = date(2026, 3, 13)


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    texts = ["la pensione e l’economia", "le pensioni", "le pensioni", "il pensiero", "parla dell'economia Pentagono"]
    with temporary_archive([Article(article_id=str(at), title="x", body=body) for at, body in enumerate(texts)]) as one:
        yield one


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pens", ("pensioni", "pensiero", "pensione")),
        ("PENT", ("Pentagono",)),
        ("riforma pensio", ("riforma pensioni", "riforma pensione")),
        ("l'econ", ("l'economia",)),
        ("dell’econ", ("dell’economia",)),
        ("zzz", ()),
        ("", ()),
        ("pensioni ", ()),
        ("?!", ()),
        ("riforma -", ()),
    ],
)
def test_the_last_word_is_completed_the_commonest_first(
    archive: Archive, typed: str, expected: tuple[str, ...]
) -> None:
    assert archive.suggest(typed) == expected


def test_suggestions_are_as_many_as_asked_for(archive: Archive) -> None:
    assert archive.suggest("pen", size=1) == ("pensioni",)
    with pytest.raises(InvalidParameter):
        archive.suggest("pen", size=0)


TEXTS = [
    *["L’intelligenza artificiale dell’azienda"] * 6,
    *["L’intelligenza aumentata di un’azienda"] * 2,
    *["Un data breach e i dati, anzi i data center"] * 5,
    *["La data del bando"] * 3,
    *["La città e l’università, ai tempi"] * 4,
    *["La riforma delle pensioni, con la AI"] * 4,
    *["Il governo MELONI a Perugia", "Il governo Meloni a Perugia", "Perugia"],
]
TITLES = {
    "0": ("Perché Perugia piace", date(2024, 1, 1)),
    "1": ("Perugia, la città del cioccolato", date(2025, 1, 1)),
    "2": ("PERUGIA in festa", date(2023, 1, 1)),
    "3": ("Il perugino e la peruviana", None),
    "4": ("Due giorni a Perugia, fra musei e pergole", date(2025, 6, 1)),
}


@pytest.fixture(scope="module")
def newspaper() -> Iterator[Archive]:
    articles = [
        Article(
            article_id=str(at),
            title=TITLES[str(at)][0] if str(at) in TITLES else "-",
            body=text,
            published=TITLES[str(at)][1] if str(at) in TITLES else None,
            section=("Tecnologia", "Perizie e dati") if at < 3 else ("Dati",),
            tags=("Data breach", "Smart working") if at % 2 else ("Perù",),
        )
        for at, text in enumerate(TEXTS)
    ]
    with temporary_archive(articles[::2], articles[1::2], merge_factor=64) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("intelligenza a", ("intelligenza artificiale", "intelligenza aumentata"), id="word before"),
        pytest.param("L’intelligenza art", ("L’intelligenza artificiale",), id="as typed before"),
        pytest.param("data b", ("data breach",), id="only what is printed there"),
        pytest.param("riforma delle p", ("riforma delle pensioni",), id="a function word between"),
        pytest.param("citt", ("città",), id="accent not typed"),
        pytest.param("universita", ("università",), id="accent not typed of a whole word"),
        pytest.param("dell'a", ("dell'azienda",), id="behind an article, what is printed there"),
        pytest.param("dell'int", ("dell'intelligenza",), id="behind an article, anything where nothing is printed"),
        pytest.param("artificiale dell'a", ("artificiale dell'azienda",), id="behind a word and an article"),
        pytest.param("governo m", ("governo Meloni",), id="a name in capitals is as mostly printed"),
        pytest.param("ai", ("AI",), id="an acronym, not the function word"),
        pytest.param("del", (), id="function words alone"),
        pytest.param("smart w", ("smart working",), id="words of a tag"),
        pytest.param("periz", ("Perizie e dati",), id="a section, by its last step"),
        pytest.param("sma", ("Smart", "Smart working"), id="beginning of a tag"),
        pytest.param("work", ("working", "Smart working"), id="inside a tag"),
    ],
)
def test_what_follows_is_what_the_archive_prints(newspaper: Archive, typed: str, expected: tuple[str, ...]) -> None:
    assert newspaper.suggest(typed) == expected


def test_a_whole_word_is_continued_by_what_often_follows_it(newspaper: Archive) -> None:
    assert newspaper.suggest("data") == ("data", "data breach", "data center")
    assert newspaper.suggest("data ") == ("data breach", "data center")
    assert newspaper.suggest("intelligenza") == ("intelligenza", "intelligenza artificiale")


def test_words_come_before_sections_and_tags_and_titles_last_the_newest_first(newspaper: Archive) -> None:
    found = newspaper.suggest("per")
    words = ("Perù", "Perugia", "pergole", "perugino", "peruviana")
    titles = (
        "Due giorni a Perugia, fra musei e pergole",
        "Perugia, la città del cioccolato",
        "Perché Perugia piace",
    )
    assert found == (*words, "Perizie e dati", *titles)


def test_titles_have_all_the_words_typed_the_last_as_a_beginning(newspaper: Archive) -> None:
    found = newspaper.suggest("perugia pe")
    assert "Due giorni a Perugia, fra musei e pergole" in found
    assert not any("cioccolato" in text for text in found), "one word of the title is not two of those typed"


def test_titles_are_fewer_than_the_words(newspaper: Archive) -> None:
    assert newspaper.suggest("perugi") == ("Perugia", "perugino", "Due giorni a Perugia, fra musei e pergole")
    assert newspaper.suggest("perugia") == ("Perugia",)


def test_titles_only_fill_up_the_list(newspaper: Archive) -> None:
    assert newspaper.suggest("per", size=6) == newspaper.suggest("per")[:6]
    assert newspaper.suggest("per", size=7) == newspaper.suggest("per")[:7]


def test_without_the_store_there_are_no_titles(newspaper: Archive) -> None:
    everything = newspaper.suggest("per")
    assert suggest_words(newspaper._current_vocabulary(), "per", size=10) == everything[:-3]
    assert suggest_words(newspaper._current_vocabulary(), "per", size=10, fetch=lambda _: {}) == everything[:-3]


def test_two_that_differ_in_capitals_and_accents_are_one() -> None:
    articles = [
        Article(article_id=str(at), title="La citta", body="nella città", tags=("CITTÀ",), section=("Citta'",))
        for at in range(3)
    ]
    with temporary_archive(articles) as archive:
        assert archive.suggest("cit") == ("città",)


def test_equally_common_words_stand_by_their_text() -> None:
    texts = ["zeta beta alfa", "alfa zeta", "beta"]
    for order in (texts, texts[::-1]):
        articles = [Article(article_id=text[:2], title="-", body=f"{text} zebra zelo zanna") for text in order]
        with temporary_archive(*[[article] for article in articles], merge_factor=64) as archive:
            assert archive.suggest("z") == ("zanna", "zebra", "zelo", "zeta")


def test_words_names_and_titles_of_removed_articles_are_not_suggested() -> None:
    gone = [Article(article_id=f"g{at}", title="Gatto", body="gatta nera", tags=("Gattile",)) for at in range(3)]
    kept = [Article(article_id=f"k{at}", title="x", body="gatto gatta") for at in range(3)]
    ids: list[Article | str] = ["g0", "g1", "g2"]
    with temporary_archive([*gone, *kept], ids, max_deleted_share=1.0) as archive:
        assert archive.suggest("gat") == ("gatta", "gatto")
        assert archive.suggest("gatta n") == ()
        assert archive.suggest("gatto g") == ("gatto gatta",)


@pytest.mark.parametrize(
    "typed", ["\ud800", "a\ud800b", "\0", "a" * 10_000, "a " * 5_000, "😀", "ß", "İ", "'", "l'", "中"]
)
def test_odd_text_never_raises(newspaper: Archive, typed: str) -> None:
    assert "" not in newspaper.suggest(typed)


def test_an_empty_archive_suggests_nothing() -> None:
    with temporary_archive([]) as archive:
        assert archive.suggest("per") == archive.suggest("data b") == archive.suggest("data ") == ()


def test_slips_beside_a_common_word_are_not_suggested() -> None:
    articles = [Article(article_id=str(at), title="Un ransomware", body="Testo.") for at in range(250)]
    with temporary_archive([*articles, Article(article_id="slip", title="Un ransomwere", body="Testo.")]) as archive:
        assert archive.suggest("ransomw") == ("ransomware",)
        assert archive.suggest("ransomwe") == ("ransomwere",)


def test_a_few_letters_behind_a_word_are_no_word_that_never_stands_there() -> None:
    articles = [
        Article(article_id="1", title="Codice open source", body="Testo."),
        Article(article_id="2", title="Un attacco alle aziende", body="Testo."),
    ]
    with temporary_archive(articles) as archive:
        assert archive.suggest("open a") == ()
        assert archive.suggest("open att") == ("open attacco",)


@pytest.mark.parametrize("typed", ["sezione:p", "phishing autore:p", "-sito:p", "sezione:"])
def test_a_value_of_a_field_is_no_word(typed: str) -> None:
    articles = [Article(article_id=str(at), title="Il piano", body="Piano e phishing.") for at in range(5)]
    with temporary_archive(articles) as archive:
        assert archive.suggest(typed) == ()
        assert archive.suggest("p") != ()


def test_a_word_that_leaves_a_phrase_unfinished_continues_none() -> None:
    bodies = ["Un attacco contro di noi.", "Un attacco informatico.", "Ogni attacco può."]
    articles = [
        Article(article_id=f"{at} {turn}", title="-", body=body) for at, body in enumerate(bodies) for turn in "abc"
    ]
    with temporary_archive(articles) as archive:
        assert archive.suggest("attacco ") == ("attacco informatico",)
        assert archive.suggest("attacco c") == ("attacco contro",)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("il p", ("il piano",)),
        ("l'", ("l'allarme",)),
        ("perché l’", ("perché l’allarme",)),
        ("cos'", ()),
        ("riforma dell'", ()),
        ("i p", ("i panorami",)),
        ("delle p", ("delle pensioni",)),
        ("riforma delle p", ("riforma delle pensioni",)),
        ("riforma del p", ("riforma del panorama",)),
        ("riforma i p", ()),
        ("riforma i pan", ("riforma i panorami",)),
        ("riforma dello p", ()),
        ("riforma p", ("riforma possono",)),
    ],
)
def test_a_completion_agrees_with_the_function_word_before_it(typed: str, expected: tuple[str, ...]) -> None:
    bodies = ["Riforma delle pensioni.", "Riforma del panorama: i panorami.", "Le riforma possono, il piano può."]
    bodies += ["Perché lavoro? L'allarme di oggi."] * 5
    articles = [Article(article_id=str(at), title="-", body=body) for at, body in enumerate(bodies)]
    with temporary_archive(articles) as archive:
        assert archive.suggest(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("wi f", ("Wi-Fi",)),
        ("reti wi fi", ("reti Wi-Fi",)),
        ("open a", ("OpenAI",)),
        ("le 5 g", ("le 5G",)),
        ("nis 2", ("NIS2",)),
        ("fire w", ()),
        ("firewall e c", ("firewall e commerce",)),
        ("open", ("OpenAI",)),
    ],
)
def test_two_words_that_the_archive_prints_as_one_are_completed_as_one(typed: str, expected: tuple[str, ...]) -> None:
    body = "Ecco: OpenAI, le 5G, una Wi-Fi, la NIS2; poi un firewall, e-commerce."
    with temporary_archive([Article(article_id=str(at), title="-", body=body) for at in range(5)]) as archive:
        assert archive.suggest(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ai g", ["AI generativa"]),
        ("dell'ai g", ["dell'AI generativa"]),
        ("futuro dell’ai g", ["futuro dell’AI generativa"]),
        ("futuro ai g", ["futuro AI generativa", "futuro ai giovani"]),
        ("AI ", ["AI generativa"]),
        ("con g", ["con generativa", "con giovani"]),
    ],
)
def test_a_function_word_may_be_the_acronym_that_words_stand_behind(typed: str, expected: list[str]) -> None:
    bodies = [*["Il futuro dell'AI generativa."] * 6, *["Un futuro ai giovani."] * 4]
    with temporary_archive(
        [Article(article_id=str(at), title="Zeta", body=one) for at, one in enumerate(bodies)]
    ) as one:
        found = [text for text in one.suggest(typed) if text != "Zeta"]
        assert found[: len(expected)] == expected
