"""Matching: which articles a question finds, word by word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from archives import temporary_archive
from wordbook import own_lists

from index.article import Article
from index.frequencies import FIELD_NAMES, MOST
from index.segment import FIELD_GAP, LAST_POSITION
from search import Archive, RankingSettings, matching, opening
from search.deadline import Deadline
from search.kernels import load_kernels
from search.language import understand
from search.vocabulary import Vocabulary

TODAY = date(2026, 3, 13)

TEXTS = {
    "law": "Il governo vara la riforma delle pensioni",
    "laws": "I governi varano le riforme",
    "vote": "Elezioni: l’affluenza nelle città",
    "ai": "L’AI di Dell per le PMI",
    "give": "Diamo ai giovani e alle piccole imprese dell’Emilia",
    "shop": "L’e-commerce cresce e il commercio cala",
    "person": "Massimo D’Alema al congresso",
    "shout": "IL GOVERNO AIUTA LE IMPRESE",
}


@pytest.fixture(scope="module", params=["plain", "compiled"])
def archive(request: pytest.FixtureRequest) -> Iterator[Archive]:
    articles = [Article(article_id=name, title="Titolo", body=text) for name, text in TEXTS.items()]
    with temporary_archive(articles[:3], articles[3:], kernels=request.param) as opened:
        yield opened


def found(archive: Archive, text: str, *, any_word: bool = False) -> set[str]:
    """The ids of what matches as asked."""
    page = archive.search(text, any=any_word, widen=False, size=100, now=TODAY)
    return {hit.article.article_id for hit in page.hits}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("governo", {"law", "laws", "shout"}),
        ("GOVERNI", {"law", "laws", "shout"}),
        ("riforma governo", {"law", "laws"}),
        ("riforma impresa", set()),
        ("cittá", {"vote"}),
        ("citta", {"vote"}),
        ("citta'", {"vote"}),
        ("affluenza", {"vote"}),
        ("l'affluenza", {"vote"}),
        ("affluenze", {"vote"}),
        ("dell'affluenza", {"vote"}),
    ],
)  # fmt: skip
def test_words_match_in_every_inflection_and_all_must_stand_there(
    archive: Archive, text: str, expected: set[str]
) -> None:
    assert found(archive, text) == expected


@pytest.mark.parametrize(
    "text", ["riforma governo", "l'affluenza -città", "e-commerce O D'Alema", '"le PMI" O governo', "dell'AI"]
)
def test_a_question_that_is_only_counted_matches_the_same(archive: Archive, text: str) -> None:
    tree = understand(text, today=TODAY).tree
    vocabulary = Vocabulary(archive.snapshot, own_lists())
    scored, counted = (
        matching.Matcher(
            tree,
            vocabulary,
            load_kernels("plain"),
            RankingSettings(),
            deadline=Deadline(60),
            is_scored=is_scored,
        )
        for is_scored in (True, False)
    )
    masks = [matcher.mask().tolist() for matcher in (scored, counted)]
    assert masks[0] == masks[1]
    assert any(part.level == "lemma" for part in scored.parts)
    assert not any(part.level == "lemma" for part in counted.parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AI", {"ai"}),
        ("Dell", {"ai"}),
        ("dell", {"ai"}),
        ("PMI", {"ai"}),
        ("ai", {"give"}),
        ("dell'", {"give"}),
        ("Dell AI", {"ai"}),
    ],
)
def test_acronyms_and_brands_are_not_the_function_words_they_look_like(
    archive: Archive, text: str, expected: set[str]
) -> None:
    assert found(archive, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("il governo", {"law", "laws", "shout"}),
        ("gli affluenza", {"vote"}),
        ("le riforme", {"law", "laws"}),
        ("il", {"law", "shop", "shout"}),
        ("il la", {"law"}),
        ("il O ai", {"law", "shop", "give", "shout"}),
        ("il O affluenza", {"vote"}),
        ("governo -il", {"laws"}),
        ('"il" governo', {"law", "shout"}),
        ("ai -governo", {"give"}),
    ],
)
def test_a_function_word_excludes_nothing_beside_a_content_word(
    archive: Archive, text: str, expected: set[str]
) -> None:
    assert found(archive, text) == expected


def test_a_function_word_alone_must_match_whatever_filter_stands_beside_it(archive: Archive) -> None:
    with temporary_archive(
        [Article(article_id="1", title="Poi", body="Ecco", section=("Sport",), published=TODAY)]
    ) as one:
        assert found(one, "ai") == set()
        assert found(one, "ai sezione:sport") == set()
        assert found(one, "ai dopo:2024") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("governo O affluenza", {"law", "laws", "shout", "vote"}),
        ("governo E riforma", {"law", "laws"}),
        ("governo NON pensioni", {"laws", "shout"}),
        ("governo -(pensioni O imprese)", {"laws"}),
        ("-governo", {"vote", "ai", "give", "shop", "person"}),
        ("(governo riforma) O (governo riforma pensioni)", {"law", "laws"}),
        ("(governo O affluenza) (governo O città)", {"law", "laws", "shout", "vote"}),
        ("-(-governo)", {"law", "laws", "shout"}),
    ],
)
def test_operators_join_and_exclude(archive: Archive, text: str, expected: set[str]) -> None:
    assert found(archive, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"riforma delle pensioni"', {"law"}),
        ('"Riforma Delle PENSIONI"', {"law"}),
        ('"Riforma DELLE pensioni"', {"law"}),
        ('"riforma DELLE pensioni"~2', {"law"}),
        ('"NELLE città"', {"vote"}),
        ('"diamo ai giovani E ALLE piccole"', {"give"}),
        ('"riforma pensioni"', set()),
        ('"riforme delle pensioni"', set()),
        ('"nelle citta"', {"vote"}),
        ('"nelle città"', {"vote"}),
        ('"nelle citta\'"', {"vote"}),
        ('"l\'AI di Dell"', {"ai"}),
        ('"diamo AI giovani"', set()),
        ('"diamo ai giovani"', {"give"}),
        ('"e commerce cresce"', {"shop"}),
        ('"e-commerce cresce"', {"shop"}),
        ('"D\'Alema al congresso"', {"person"}),
        ('"riforma pensioni"~2', {"law"}),
        ('"pensioni riforma"~2', {"law"}),
        ('"vara pensioni"~2', set()),
        ('"vara pensioni"~4', {"law"}),
    ],
)
def test_quotes_match_the_printed_words_in_their_order(archive: Archive, text: str, expected: set[str]) -> None:
    assert found(archive, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e-commerce", {"shop"}),
        ("commerce", {"shop"}),
        ("D'Alema", {"person"}),
        ("d’alema", {"person"}),
        ("dalema", {"person"}),
        ("Alema", {"person"}),
    ],
)
def test_compounds_are_found_whole_and_by_their_parts(archive: Archive, text: str, expected: set[str]) -> None:
    assert found(archive, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gov*", {"law", "laws", "shout"}),
        ("imp*", {"give", "shout"}),
        ("rif* pens*", {"law"}),
        ("goveno~", {"law", "shout"}),
        ("goverini~", {"laws"}),
        ("rifroma~", {"law"}),
        ("overno~", set()),
        ("afluensa~2", {"vote"}),
        ("afluensa~1", set()),
    ],
)
def test_beginnings_and_typos_are_looked_for_among_the_printed_words(
    archive: Archive, text: str, expected: set[str]
) -> None:
    assert found(archive, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("governo affluenza", {"law", "laws", "vote", "shout"}),
        ("affluenza il", {"vote"}),
        ("governo affluenza -pensioni", {"laws", "vote", "shout"}),
    ],
)
def test_any_word_will_do_when_asked_so(archive: Archive, text: str, expected: set[str]) -> None:
    assert found(archive, text, any_word=True) == expected


def test_a_question_in_capitals_says_nothing_of_acronyms(archive: Archive) -> None:
    assert found(archive, "DIAMO AI GIOVANI") == {"give"}


def test_a_beginning_with_too_many_words_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_PREFIX_KEYS", 3)
    bodies = ["zara zare", "zara zari", "zara zaro", "zare", "zaru"]
    articles = [Article(article_id=str(at), title="Titolo", body=body) for at, body in enumerate(bodies)]
    with temporary_archive(articles) as archive:
        page = archive.search("zar*", widen=False, now=TODAY)
        assert "cercate le 3 parole più frequenti su 5" in page.understood
        assert {"0", "1", "2", "3"} <= {hit.article.article_id for hit in page.hits}
        assert archive.search("zari*", widen=False, now=TODAY).understood == "parole che iniziano con zari"


def test_a_phrase_does_not_reach_from_one_field_into_the_next() -> None:
    article = Article(article_id="1", title="fine uno", lead="due tre", body="quattro cinque")
    with temporary_archive([article]) as archive:
        for text in (
            '"uno due"',
            '"uno due"~9',
            '"uno due"~63',
            '"tre quattro"',
            '"tre quattro"~63',
            '"uno due tre"~20',
        ):
            assert found(archive, text) == set(), text


def test_near_does_not_reach_from_one_field_into_the_next_however_far_it_may() -> None:
    article = Article(article_id="1", title="fine uno", lead="due tre", body="quattro cinque")
    with temporary_archive([article]) as archive:
        assert found(archive, '"uno due"~100') == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"gatto gatto"~5', {"two", "three"}),
        ('"gatto gatto gatto"~5', {"three"}),
        ('"Gatto gatto"~3', {"two", "three"}),
        ('"gatto gatto"~2', set()),
        ('"gatto gatto gatto"~3', {"three"}),
        ('"cane gatto gatto"~5', {"two"}),
        ('"gatto gatto cane"~5', {"two"}),
        ('"gatto cane cane"~5', set()),
        ('"perché perche"~5', {"why"}),
        ('"perché perché perche"~5', set()),
        ('"gatto ai AI"~5', {"two"}),
    ],
)
def test_near_needs_a_place_of_its_own_for_each_word(text: str, expected: set[str]) -> None:
    texts = {
        "one": "il gatto e basta",
        "two": "un gatto, un cane, gatto AI ai topi",
        "three": "gatto uno due gatto tre quattro gatto",
        "why": "perché sì e perche no",
        "because": "perche sì e perche no",
        "run": "GATTO AI PASTICCI",
    }
    with temporary_archive([Article(article_id=name, title="x", body=body) for name, body in texts.items()]) as one:
        assert found(one, text) == expected


@pytest.mark.parametrize("text", ["mario@ditta.it", '"mario@ditta.it"'])
def test_a_mail_address_finds_itself_and_not_its_neighbours(text: str) -> None:
    articles = [
        Article(article_id="mario", title="x", body="Scrivere a mario@ditta.it subito"),
        Article(article_id="luca", title="x", body="Scrivere a luca@ditta.it subito"),
    ]
    with temporary_archive(articles) as archive:
        assert found(archive, text) == {"mario"}


def test_words_beyond_the_last_position_are_found_but_stand_in_no_phrase() -> None:
    body = "parola " * (LAST_POSITION - 3 - 2 * FIELD_GAP) + "ultima frase lontana"
    with temporary_archive([Article(article_id="1", title="Titolo", body=body)]) as archive:
        assert found(archive, "ultima frase lontana") == {"1"}
        assert found(archive, '"ultima frase"') == {"1"}
        assert found(archive, '"frase lontana"') == set()
        assert archive.snapshot.manifest.positions_dropped == 1


@pytest.mark.parametrize(("field", "most"), list(zip(FIELD_NAMES, MOST, strict=True)))
def test_a_phrase_is_found_however_often_its_words_came_before(field: str, most: int) -> None:
    text = "prima di ora, " * most + "capo di coda"
    title, lead, body, tag = (text if name == field else "x" for name in FIELD_NAMES)
    with temporary_archive([Article(article_id="1", title=title, lead=lead, body=body, tags=(tag,))]) as archive:
        assert found(archive, '"capo di coda"') == {"1"}
        assert found(archive, '"coda di"~2') == {"1"}
        assert found(archive, '"capo di ora"') == set()
        assert archive.snapshot.manifest.positions_dropped == 0


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "sezione:inesistente",
            "nessuna sezione corrisponde a «inesistente»: ci sono, per esempio, Esteri)",
        ),
        ("sezione:xyz", "nessuna sezione corrisponde a «xyz»: ci sono, per esempio, Esteri, Esteri / Asia e Sport)"),
        ("governo -sezione:sprot", "nessuna sezione corrisponde a «sprot»: ci sono, per esempio, Sport)"),
        ("testata:Zeta", "nessuna testata corrisponde a «Zeta»: ci sono, per esempio, Beta"),
        ("autore:ver*", "nessun autore corrisponde a «ver*»: ci sono, per esempio, Ada Neri"),
        ("tag:AI", "nessun tag corrisponde a «AI»: l'archivio non ne ha"),
    ],
)
def test_a_value_that_no_article_has_is_told_with_the_nearest_ones(text: str, note: str) -> None:
    first = Article(
        article_id="1", title="x", body="governo", site="Beta", section=("Esteri", "Asia"), authors=("Ada Neri",)
    )
    second = Article(article_id="2", title="x", body="governo", section=("Sport",))
    gone = Article(article_id="3", title="x", body="governo", section=("Inesistente",), site="Zeta", tags=("AI",))
    with temporary_archive([first, second, gone], ["3"]) as archive:
        assert note in archive.search(text, widen=False, now=TODAY).understood


def test_a_value_that_some_article_has_needs_no_note() -> None:
    with temporary_archive([Article(article_id="1", title="x", body="governo", section=("A", "Lavoro"))]) as archive:
        for text in ("sezione:lavoro", "sezione:lav*", "governo NON sezione:A"):
            assert archive.search(text, widen=False, now=TODAY).understood.endswith(("avoro", "lav", "A"))


def test_a_short_word_is_sought_without_typos() -> None:
    articles = [Article(article_id=word, title="x", body=word) for word in ("AI", "al", "ad", "a", "casa", "cassa")]
    with temporary_archive(articles) as archive:
        assert found(archive, "AI~") == {"AI"}
        assert found(archive, "casa~") == {"casa", "cassa"}
        assert "da 4 lettere in su" in archive.search("AI~", now=TODAY).understood


def test_the_words_of_tags_are_searched_and_told_and_belong_to_no_other_field() -> None:
    tagged = Article(
        article_id="t",
        title="Rincari",
        body="La fattura della luce è salita.",
        tags=("Bolletta elettrica", "Costo vita"),
    )
    other = Article(article_id="o", title="Rincari", body="Il costo della vita, in una bolletta per volta.")
    with temporary_archive([tagged, other]) as archive:
        assert found(archive, "bollette") == {"t", "o"}
        assert found(archive, '"bolletta elettrica"') == {"t"}
        assert found(archive, "titolo:bolletta") == found(archive, "sommario:bolletta") == set()
        assert found(archive, "testo:bolletta") == {"o"}
        assert found(archive, "tag:bolletta") == {"t"}
        (hit,) = archive.search("bolletta elettrica", now=TODAY, widen=False, explain=True).hits
        assert hit.snippet.text == tagged.body
        assert hit.snippet.highlights == ()
        assert hit.explanation is not None
        assert "fra i tag" in hit.explanation.text


def test_a_tag_teaches_no_name_by_its_capital() -> None:
    tagged = [Article(article_id=f"t{at}", title="x", body="y", tags=("Bollette",)) for at in range(30)]
    plain = Article(article_id="p", title="x", body="Una bolletta cara.")
    with temporary_archive([*tagged, plain]) as archive:
        assert found(archive, "bolletta") == {"p", *(one.article_id for one in tagged)}


@pytest.mark.parametrize(("typed", "found"), [("Málaga", {"acute"}), ("Malàga", set()), ("Malaga", {"acute", "bare"})])
def test_a_quoted_accent_is_the_one_that_is_printed(typed: str, found: set[str]) -> None:
    articles = [
        Article(article_id="acute", title="Il porto di Málaga"),
        Article(article_id="bare", title="Il porto di Malaga"),
    ]
    with temporary_archive(articles) as archive:
        assert {hit.article.article_id for hit in archive.search(f'"{typed}"').hits} == found


def test_a_function_word_is_marked_where_it_is_the_acronym_beside_another_word() -> None:
    body = "Oggi l'AI Act, ai lettori: un act e una AI."
    filler = [Article(article_id=str(at), title="Zeta", body="Una AI e basta.") for at in range(3)]
    with temporary_archive([Article(article_id="act", title="Zeta", body=body), *filler]) as archive:
        for typed in ("ai act", "Ai act"):
            [hit] = archive.search(typed, widen=False).hits
            assert hit.snippet.marked("[", "]") == "Oggi l'[AI] [Act], ai lettori: un [act] e una AI."


def test_a_preposition_that_cannot_follow_an_elision_is_the_acronym() -> None:
    bodies = {
        "acronym": "Il futuro dell'AI in Italia.",
        "acronym apart": "Il futuro AI in Italia.",
        "preposition": "Il futuro dell'arte, ai giovani e ai lettori.",
        "verb": "Il futuro c'è, e l'arte ai giovani.",
    }
    with temporary_archive([Article(article_id=name, title="Zeta", body=body) for name, body in bodies.items()]) as one:
        for typed in ("dell'ai", "futuro dell'ai", "L’Ai", "FUTURO DELL'AI IN ITALIA"):
            assert found(one, typed) == {"acronym", "acronym apart"}, typed
        for typed in ('"dell\'ai"', '"il futuro dell’ai"', '"DELL\'AI IN ITALIA"'):
            assert found(one, typed) == {"acronym"}, typed
        assert found(one, "dell'arte ai giovani") == {"preposition", "verb"}
        assert found(one, "c'e") >= {"verb"}


def test_a_quoted_question_in_capitals_throughout_finds_what_is_printed_small() -> None:
    bodies = {"small": "La sicurezza dei dati in Italia.", "acronym": "Una sicurezza DEI DATI che IN Italia manca."}
    with temporary_archive([Article(article_id=name, title="Zeta", body=body) for name, body in bodies.items()]) as one:
        assert found(one, '"SICUREZZA DEI DATI IN ITALIA"') == {"small"}
        assert found(one, '"sicurezza DEI dati"') == {"acronym"}


def test_an_elision_stands_between_a_word_and_its_acronym() -> None:
    body = "Ecco i rischi dell'AI, ai lettori i rischi ai minori."
    filler = [Article(article_id=str(at), title="Zeta", body="Una AI e basta.") for at in range(3)]
    with temporary_archive([Article(article_id="risks", title="Zeta", body=body), *filler]) as archive:
        [hit] = archive.search("rischi dell'ai", widen=False).hits
        assert hit.snippet.marked("[", "]") == "Ecco i [rischi] dell'[AI], ai lettori i [rischi] ai minori."
