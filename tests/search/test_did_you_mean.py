"""Did you mean: which question is suggested in place of one whose words are wrong, and when none is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from archives import temporary_archive

from index.article import Article
from search import Archive

TODAY = date(2026, 3, 13)

TEXTS = [
    *["L’intelligenza artificiale e i dati dell’Unione europea"] * 12,
    *["La riforma delle pensioni secondo il governo Meloni"] * 12,
    *["Il terremoto dell’Aquila e i social media, su internet"] * 12,
    *["Un data breach, spiega il centro AI"] * 4,
    *["Si parla ai clienti e ai tempi, sia pure con la SIA"] * 3,
    *["Il terzo penso lungo della NIS2"] * 3,
    *["Il pensiero di Rossi"] * 2,
    *["La porta chiusa"] * 3,
    *["Il porto nuovo"] * 12,
    *["Una riformma scritta male", "il data reach", "un ospedale", "l’università", "la città"],
    *["Il centro storico", "il centro commerciale", "il centro sportivo"],
]
ARTICLES = [
    Article(
        article_id=str(at),
        title="-",
        body=text,
        section=("Economia",) if at % 2 else ("Cronaca",),
        authors=("Anna Neri",),
        published=date(2020 + at % 5, 1, 1),
    )
    for at, text in enumerate(TEXTS)
]


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(ARTICLES[:20], ARTICLES[20:], merge_factor=64) as opened:
        yield opened


def suggested(archive: Archive, text: str, **beside: Any) -> str | None:
    """The suggestion, after making sure that it finds something as it is asked."""
    page = archive.search(text, now=TODAY, **beside)
    if page.suggestion is not None:
        assert page.suggestion != text
        assert archive.search(page.suggestion, now=TODAY, **(beside | {"widen": False})).total > 0
    return page.suggestion


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("inteligenza", "intelligenza", id="double written once"),
        pytest.param("Inteligenza", "Intelligenza", id="capital kept"),
        pytest.param("INTELIGENZA", "INTELLIGENZA", id="capitals kept"),
        pytest.param("l'inteligenza", "l'intelligenza", id="behind an article"),
        pytest.param("l’inteligenza", "l’intelligenza", id="typographic apostrophe kept"),
        pytest.param("meloni govrno", "meloni governo", id="other words stay"),
        pytest.param("governo mellloni", "governo meloni", id="a name, in small letters as typed"),
        pytest.param("inteligenza artficiale", "intelligenza artificiale", id="two words"),
        pytest.param("lunione europea", "l'unione europea", id="apostrophe left out"),
        pytest.param("Lunione", "L'unione", id="apostrophe left out of a capital"),
        pytest.param("dellaquila", "dell'aquila", id="longer article"),
        pytest.param("linteligenza", "l'intelligenza", id="apostrophe and double left out"),
        pytest.param("dell inteligenza", "dell'intelligenza", id="a blank for the apostrophe"),
        pytest.param("l unione europea", "l'unione europea", id="one letter and a blank"),
        pytest.param("socialmedia", "social media", id="blank left out"),
        pytest.param("inter net", "internet", id="blank put in"),
        pytest.param("Inter net", "Internet", id="blank put in behind a capital"),
        pytest.param("in ternet", "internet", id="half is a function word"),
        pytest.param("riforma  pensoni", "riforma  pensioni", id="blanks stay"),
        pytest.param("pensoni, riforma", "pensioni, riforma", id="signs stay"),
        pytest.param("(pensoni O intelligenza) riforma", "(pensioni O intelligenza) riforma", id="brackets stay"),
        pytest.param("titolo:x O testo:pensoni", "titolo:x O testo:pensioni", id="fields of the text"),
        pytest.param("pensoni -calcio", "pensioni -calcio", id="exclusions stay"),
        pytest.param("gov* pensoni", "gov* pensioni", id="beginnings stay"),
        pytest.param("pensoni dopo:2021 sezione:econ*", "pensioni dopo:2021 sezione:econ*", id="filters stay"),
        pytest.param("pensoni autore:Neri", "pensioni autore:Neri", id="a value that looks like a typo stays"),
        pytest.param('"dell’Unione europea" inteligenza', '"dell’Unione europea" intelligenza', id="quotes stay"),
        pytest.param("«Unione europea» inteligenza", "«Unione europea» intelligenza", id="other quotes stay"),
        pytest.param("riformma", "riforma", id="a misprint of the archive"),
        pytest.param("NIS2 penzo", "NIS2 penso", id="a code stays"),
        pytest.param("ai", "AI", id="a function word that is an acronym"),
        pytest.param("sia", "SIA", id="another one"),
        pytest.param("con la sia", "con la SIA", id="among function words"),
        pytest.param("centro ai", "centro AI", id="an acronym by its neighbour"),
        pytest.param("spiega centro ai", "spiega centro AI", id="an acronym by one of its neighbours"),
        pytest.param("RIFORMA DELLE PENSONI", "RIFORMA DELLE PENSIONI", id="shouted"),
        pytest.param("\u200binteli\u00adgenza", "intelligenza", id="invisible characters"),
    ],
)
def test_the_question_that_was_meant_is_suggested(archive: Archive, typed: str, expected: str) -> None:
    assert suggested(archive, typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="empty"),
        pytest.param("intelligenza artificiale", id="well spelt"),
        pytest.param("citta", id="an accent left out"),
        pytest.param("citta'", id="an apostrophe for an accent"),
        pytest.param('"inteligenza"', id="quoted"),
        pytest.param('"inteligenza artficiale" "govrno"', id="several quotes"),
        pytest.param("-inteligenza", id="excluded"),
        pytest.param("intelig*", id="a beginning"),
        pytest.param("intelignza~2", id="typos asked for"),
        pytest.param("sezione:ekonomia", id="a filter"),
        pytest.param("dopo:2020", id="a date"),
        pytest.param("NIS3", id="a code"),
        pytest.param("CVE-2024-1234", id="a longer code"),
        pytest.param("20205", id="a number"),
        pytest.param("https://www.intelligenzza.it/governno", id="an address"),
        pytest.param("anna@governno.it", id="a mail address"),
        pytest.param("SAI", id="an acronym"),
        pytest.param("xyzwkq", id="nothing near"),
        pytest.param("ospedale", id="a rare word alone"),
        pytest.param("pensiero", id="a rare word beside a commoner one"),
        pytest.param("la", id="a function word"),
        pytest.param("con per", id="function words"),
        pytest.param("parla ai clienti", id="a function word that is an acronym elsewhere"),
        pytest.param("-ai centro", id="an excluded function word"),
        pytest.param("inteligenza ospedale", id="what is meant would find nothing"),
        pytest.param("inteligenza govrno", id="what is meant never stands together"),
        pytest.param(
            " ".join(["inteligenza"] + [f"zq{letter}zq" for letter in "abcdefghilm"]), id="too many wrong words"
        ),
    ],
)
def test_nothing_is_suggested(archive: Archive, typed: str) -> None:
    assert suggested(archive, typed) is None


def test_candidates_that_stand_together_are_preferred(archive: Archive) -> None:
    """Alone, the commoner of "porta" and "porto" is meant; beside another word, the one that is printed with it."""
    assert suggested(archive, "portx") == "porto"
    assert suggested(archive, "portx chiusa") == "porta chiusa"
    assert suggested(archive, "ciusa portx") == "chiusa porta"
    assert suggested(archive, "data breech") == "data breach"


def test_a_known_word_is_replaced_only_where_little_is_found(archive: Archive) -> None:
    assert suggested(archive, "riformma pensioni") == "riforma pensioni"
    assert suggested(archive, "riformma O governo") is None


def test_a_known_word_is_replaced_only_by_a_much_commoner_one() -> None:
    def with_counts(rare: int, common: int) -> list[Article]:
        texts = ["vacino"] * rare + ["vaccino"] * common
        return [Article(article_id=str(at), title="-", body=text) for at, text in enumerate(texts)]

    outcomes = []
    for rare, common in ((1, 9), (1, 10), (2, 19), (2, 20), (3, 40)):
        with temporary_archive(with_counts(rare, common)) as archive:
            outcomes.append(suggested(archive, "vacino"))
    assert outcomes == [None, "vaccino", None, "vaccino", None]


def test_a_frequent_word_is_never_replaced() -> None:
    texts = ["casa"] * 6 + ["cassa"] * 100
    articles = [Article(article_id=str(at), title="-", body=text) for at, text in enumerate([*texts, "cassa comune"])]
    with temporary_archive(articles) as archive:
        assert suggested(archive, "casa comune") is None
    with temporary_archive(articles[1:]) as archive:
        assert suggested(archive, "casa comune") == "cassa comune"


def test_a_suggestion_finds_something_within_the_filters_beside_the_question(archive: Archive) -> None:
    assert suggested(archive, "breech data", since="2021", until="2021") == "breach data"
    assert suggested(archive, "pensoni", sections=["Economia"]) == "pensioni"
    assert suggested(archive, "ospedalle centro", sections=["Economia"]) is None


def test_it_matters_neither_whether_any_word_will_do_nor_which_page_is_asked_for(archive: Archive) -> None:
    assert suggested(archive, "inteligenza xyzwkq", any=True) == "intelligenza xyzwkq"
    assert suggested(archive, "inteligenza", page=2, size=5) == "intelligenza"
    assert suggested(archive, "inteligenza", widen=False) == "intelligenza"


def test_words_of_removed_articles_are_not_suggested() -> None:
    articles = [Article(article_id=str(at), title="-", body="vaccino") for at in range(3)]
    other = [Article(article_id=f"x{at}", title="-", body="vicino") for at in range(2)]
    with temporary_archive([*articles, *other], ["0", "1"], max_deleted_share=1.0) as archive:
        assert suggested(archive, "vaicino") == "vicino"


def test_capitals_printed_by_accident_are_no_acronym() -> None:
    texts = ["e la vita"] * 150 + ["LA STAMPA"] * 2
    with temporary_archive([Article(article_id=str(at), title="-", body=text) for at, text in enumerate(texts)]) as one:
        assert suggested(one, "la") is None


def test_an_archive_without_articles_suggests_nothing() -> None:
    with temporary_archive([]) as archive:
        assert archive.search("inteligenza", now=TODAY).suggestion is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cos e il phishing", "cos'è il phishing"),
        ("Dov e il phishing", "Dov'è il phishing"),
        ("COS E IL PHISHING", None),  # COS may be an acronym
        ("phishing e virus", None),
        ("cos e", "cos'è"),
        ("cosè il phishing", "cos'è il phishing"),
        ("Cosé", "Cos'è"),
        ("cose", None),
    ],
)
def test_an_e_behind_an_elision_is_the_verb(typed: str, expected: str | None) -> None:
    told = ["Ecco cos’è il phishing e cosa fa un virus.", "Dov’è il phishing, e cos’è.", "Dov’è oggi e dov’è domani."]
    articles = [Article(article_id=str(at), title="-", body=text) for at, text in enumerate(told)]
    with temporary_archive(articles) as archive:
        assert suggested(archive, typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dellai", "dell'AI"),
        ("Dellai", "Dell'AI"),
        ("sullai generativa", "sull'AI generativa"),
        ("dellue", "dell'UE"),
        ("norme dellue", "norme dell'UE"),
        ("dell ue", "dell'UE"),
        ("all ai generativa", "all'AI generativa"),
        ("dellex", None),
        ("lue", None),
        ("sull onda", "sull'onda"),
        ("SULL ONDA", "SULL'ONDA"),
        ("un onda", None),
        ("anch io", None),
        ("de lla lattina", "della lattina"),
        ("l attacco", "l'attacco"),
        ("L attacco", "L'attacco"),
        ("l attacco generativa", "l'attacco generativa"),
        ("l e commerce", None),
        ("volume l arte", None),
        ("dell'ai", None),
        ("della", None),
        ("lattina", None),
    ],
)
def test_an_apostrophe_that_was_left_out_is_put_in(typed: str, expected: str | None) -> None:
    body = "Dopo l'attacco si parla dell'AI generativa, ai lettori, della lattina e di commerce: norme UE e un'ex Onda."
    articles = [Article(article_id=str(at), title="-", body=body) for at in range(5)]
    articles += [Article(article_id=f"l{at}", title="-", body="Il volume l, arte e attacco.") for at in range(4)]
    with temporary_archive(articles) as archive:
        assert suggested(archive, typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("regolamento ai", "regolamento AI"),
        ("ai e lavoro", "AI e lavoro"),
        ("ai per le imprese", "AI per le imprese"),
        ("consigli ai genitori", None),
        ("consigli ai nostri lettori", None),
        ("consigli ai tutti", None),
        ("consigli ai sei", None),
        ("consigli dei genitori", None),
    ],
)
def test_a_preposition_without_its_noun_is_the_acronym(typed: str, expected: str | None) -> None:
    told = ["Regolamento: AI e lavoro, AI per le imprese.", "Consigli ai genitori, ai nostri lettori, dei genitori."]
    articles = [
        Article(article_id=f"{at} {turn}", title="-", body=text) for at, text in enumerate(told) for turn in "abcd"
    ]
    with temporary_archive(articles) as archive:
        assert suggested(archive, typed) == expected


def test_an_inflection_that_is_printed_nowhere_but_found_is_no_slip() -> None:
    articles = [
        Article(article_id=str(at), title="-", body="Limitare tutto, e lanciare l'attacco: andassero.")
        for at in range(3)
    ]
    with temporary_archive(articles) as archive:
        for typed in ("limiterei", "lanciassero attacchi"):
            assert archive.search(typed, now=TODAY).total == 3
            assert suggested(archive, typed) is None


def test_a_brand_before_an_acronym_is_no_slip_of_an_elision() -> None:
    texts = [
        *["Il futuro dell'AI in Italia, secondo molti"] * 40,
        *["I nuovi server di Dell, presto"] * 4,
        *["Si parla ai clienti"] * 3,
    ]
    articles = [Article(article_id=str(at), title="-", body=text) for at, text in enumerate(texts)]
    with temporary_archive(articles) as archive:
        assert suggested(archive, "Dell AI") is None
        assert suggested(archive, "dell AI") == "dell'AI"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("attacchi marzo 2024", "attacchi data:marzo 2024"),
        ("Attacchi di Marzo 2024", "Attacchi data:Marzo 2024"),
        ("marzo 2024", "data:marzo 2024"),
        ("marzo 2024 attacchi", "data:marzo 2024 attacchi"),
        ("atacchi marzo 2024", "attacchi marzo 2024"),
        ("attacchi aprile 2024", None),
        ("attacchi maggio 2024", "attacchi data:maggio 2024"),
        ("attacchi giugno 2024", None),
        ("attacchi da marzo 2024", None),
        ("attacchi 13 marzo 2024", "attacchi data:13 marzo 2024"),
        ("attacchi del 13/3/2024", "attacchi data:13/3/2024"),
        ("attacchi 13° marzo 2024", "attacchi data:13° marzo 2024"),
        ("attacchi 14 marzo 2024", None),
        ("fino a marzo 2024", None),
        ("primo marzo 2024", None),
        ("febbraio marzo 2024", None),
        ("attacchi prima di marzo 2024", None),
        ("marzo 2024 e oltre", None),
        ("marzo 2024 aprile 2024", None),
        ('"attacchi marzo 2024"', None),
        ("attacchi -marzo 2024", None),
        ("attacchi NON marzo 2024", None),
        ("attacchi marzo", None),
    ],
)
def test_a_month_with_its_year_may_be_when_articles_were_published(typed: str, expected: str | None) -> None:
    def published(name: str, body: str, month: int) -> Article:
        return Article(article_id=name, title="-", body=body, published=date(2024, month, 13))

    articles = [published(f"march {at}", "Gli attacchi di oggi.", 3) for at in range(4)]
    articles += [published(f"told {at}", "Attacchi di aprile 2024 e marzo 2024.", 5) for at in range(3)]
    articles += [published("april", "Gli attacchi.", 4), published("words", "Il primo febbraio, fino a oggi.", 3)]
    with temporary_archive(articles) as archive:
        assert suggested(archive, typed) == expected
