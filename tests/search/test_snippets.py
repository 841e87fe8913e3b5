"""Snippets: which sentences are shown, and what is marked in them."""

from __future__ import annotations

import pytest
from archives import temporary_archive
from hypothesis import given
from hypothesis import strategies as st
from newsroom import texts

from index.article import Article
from search.kernels import Kernels, load_kernels
from search.page import Snippet
from search.snippets import MOST_CHARS, Highlighter, Sought, best_snippet, highlight

PLAIN, COMPILED = load_kernels("plain"), load_kernels("compiled")


def highlighter(*words: str, kernels: Kernels = PLAIN) -> Highlighter:
    """Marks some forms; each is a word of its own and all weigh the same."""
    return Highlighter([Sought(slots=(frozenset({word}),)) for word in words], kernels)


def in_a_row(*words: str, marked: tuple[int, ...] | None = None, distance: int = 1) -> Sought:
    """Words that must stand together."""
    slots = tuple(frozenset({word}) for word in words)
    return Sought(slots=slots, marked=tuple(range(len(words))) if marked is None else marked, distance=distance)


def marked(snippet: Snippet) -> list[str]:
    """The marked pieces."""
    return [snippet.text[start:end] for start, end in snippet.highlights]


def shown(body: str, *words: str, lead: str = "") -> str:
    """The snippet of an article, marked with square brackets."""
    return best_snippet(Article(article_id="1", title="T", lead=lead, body=body), highlighter(*words)).marked("[", "]")


LONG = "Questa frase parla a lungo di molte cose che non c'entrano con la domanda, e va avanti così ancora per un po'."


def test_the_sentence_with_the_most_words_of_the_question_is_shown() -> None:
    body = f"{LONG} Qui c'è il governo. {LONG} Il governo vara la riforma. {LONG}"
    assert shown(body, "governo", "riforma").startswith("Il [governo] vara la [riforma].")


def test_the_earlier_of_two_equal_sentences_is_shown() -> None:
    assert shown(f"Primo governo. {LONG} Secondo governo. {LONG}", "governo").startswith("Primo [governo].")


def test_a_word_counts_once_however_often_it_stands_there() -> None:
    body = f"Governo e governo e governo, sempre governo. {LONG} Il governo fa la riforma. {LONG}"
    assert shown(body, "governo", "riforma").startswith("Il [governo] fa la [riforma].")


def test_the_lead_wins_between_equals() -> None:
    assert shown("Il governo nel testo.", "governo", lead="Il governo nel sommario.") == "Il [governo] nel sommario."


def test_the_opening_is_shown_where_nothing_matched() -> None:
    assert shown("Prima frase. Seconda frase.", "governo") == "Prima frase. Seconda frase."
    assert shown("Testo.", "governo", lead="Sommario.") == "Sommario."


def test_an_article_without_lead_and_body_has_an_empty_snippet() -> None:
    assert best_snippet(Article(article_id="1", title="T"), highlighter("T")) == Snippet(text="")


def test_a_short_sentence_takes_the_next_with_it() -> None:
    assert shown("Il governo cade. Si vota a giugno.", "governo") == "Il [governo] cade. Si vota a giugno."


def test_a_line_break_ends_a_sentence_and_is_shown_as_a_blank() -> None:
    assert shown("Titoletto\nIl governo cade\nSi vota", "governo") == "Il [governo] cade Si vota"


@pytest.mark.parametrize(
    "before", ["La S.p.A.", "Secondo l'art.", "Il Sig.", "A p.", "Lo scrive G.", "Luce, gas, ecc."]
)
def test_a_snippet_does_not_begin_or_end_at_an_abbreviation(before: str) -> None:
    body = f"{LONG} {before} Rossi e il governo trattano. {LONG}"
    assert shown(body, "governo").startswith(f"{before} Rossi e il [governo]")


def test_a_long_sentence_is_cut_at_blanks_around_its_matches() -> None:
    body = "parole " * 80 + "il governo vara " + "ancora " * 80
    snippet = best_snippet(Article(article_id="1", title="T", body=body.strip()), highlighter("governo"))
    assert marked(snippet) == ["governo"]
    assert snippet.text[0] == snippet.text[-1] == "…"
    assert len(snippet.text) <= MOST_CHARS + 2
    assert set(snippet.text.strip("…").split()) <= {"parole", "il", "governo", "vara", "ancora"}


def test_a_window_holds_as_many_matches_as_fit() -> None:
    body = "governo " + "parole " * 80 + "governo riforma tasse " + "ancora " * 60
    snippet = best_snippet(Article(article_id="1", title="T", body=body), highlighter("governo", "riforma", "tasse"))
    assert marked(snippet) == ["governo", "riforma", "tasse"]


def test_the_beginning_of_a_long_sentence_is_shown_where_it_holds_as_many_matches() -> None:
    body = "Le aziende che si trovano nelle fasi iniziali di transizione verso un ambiente diverso dal solito hanno un "
    snippet = shown(body + "governo che vara " + "ancora " * 40, "governo")
    assert snippet.startswith("Le aziende che si trovano nelle fasi")
    assert "[governo]" in snippet


def test_a_window_at_the_end_of_a_sentence_is_as_long_as_any() -> None:
    body = "parole " * 80 + "che il governo vara."
    assert MOST_CHARS - 10 <= len(shown(body, "governo")) <= MOST_CHARS + 4
    assert shown(body, "governo").endswith("parole che il [governo] vara.")


def test_a_sentence_tells_more_than_a_heading_with_the_same_words() -> None:
    body = f"Il governo e la riforma\n{LONG} Il governo vara la riforma. {LONG}"
    assert shown(body, "governo", "riforma").startswith("Il [governo] vara la [riforma].")
    assert shown(body, "governo", "riforma", "e").startswith("Il [governo] [e] la [riforma]")
    assert shown(f"{LONG} Il governo vara la riforma.", "governo", lead="Il governo").startswith("Il [governo]")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("L’economia cresce", ["economia"], "L’[economia] cresce"),
        ("l'AI, e poi", ["AI"], "l'[AI], e poi"),
        ("«Governo», disse", ["Governo"], "«[Governo]», disse"),
        ("Massimo D’Alema", ["D'Alema"], "Massimo [D’Alema]"),
        ("Massimo D’Alema", ["Alema"], "Massimo D’[Alema]"),
        ("l'e-commerce c'è", ["e-commerce"], "l'[e-commerce] c'è"),
        ("l'e-commerce c'è", ["commerce"], "l'e-[commerce] c'è"),
        ("l'e-commerce c'è", ["e", "commerce", "e-commerce"], "l'[e-commerce] c'è"),
        ("eco\u00adnomia oggi", ["economia"], "[eco\u00adnomia] oggi"),
        ("citta' d'arte", ["citta'"], "[citta'] d'arte"),
        ("su www.repubblica.it.", ["repubblica.it", "repubblica"], "su www.[repubblica.it]."),
        ("il 3,5% in C++", ["3,5", "C++"], "il [3,5]% in [C++]"),
        ("governo governo", ["governo"], "[governo] [governo]"),
        ("su .NET.", [".NET"], "su [.NET]."),
        ("e dell… o Dell…", ["dell'"], "e [dell]… o Dell…"),
        ("e dell... o Dell...", ["Dell", "dell"], "e dell... o [Dell]..."),
        ("𝐝𝐞𝐥𝐥’𝐮𝐭𝐞𝐧𝐭𝐞 𝐮𝐭𝐞𝐧𝐭𝐞", ["utente"], "𝐝𝐞𝐥𝐥’[𝐮𝐭𝐞𝐧𝐭𝐞] [𝐮𝐭𝐞𝐧𝐭𝐞]"),
        ("i server Dell’s", ["Dell"], "i server [Dell]’s"),
        ("governone governo", ["governo"], "governone [governo]"),
        ("a.b governo", [], "a.b governo"),
    ],
)
def test_words_are_marked_where_they_stand(text: str, words: list[str], expected: str) -> None:
    assert highlight(text, highlighter(*words)).marked("[", "]") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("una intelligenza non artificiale", "una intelligenza non artificiale"),
        ("artificiale intelligenza", "artificiale intelligenza"),
        ("l’intelligenza artificiale.", "l’[intelligenza] [artificiale]."),
        ("«intelligenza» - artificiale, e intelligenza", "«[intelligenza]» - [artificiale], e intelligenza"),
        ("intelligenza\nartificiale", "[intelligenza] [artificiale]"),
        ("intelligenza intelligenza artificiale", "intelligenza [intelligenza] [artificiale]"),
        ("un'intelligenza-artificiale", "un'[intelligenza]-[artificiale]"),
        ("intelligenza", "intelligenza"),
    ],
)
def test_a_phrase_is_marked_only_where_it_stands(text: str, expected: str) -> None:
    shown = highlight(text, Highlighter([in_a_row("intelligenza", "artificiale")], PLAIN))
    assert shown.marked("[", "]").replace("\n", " ") == expected


def test_function_words_of_a_phrase_must_stand_there_and_are_not_marked() -> None:
    marker = Highlighter([in_a_row("presidente", "della", "Repubblica", marked=(0, 2))], PLAIN)
    text = "Il presidente della Repubblica, un presidente, la Repubblica"
    assert (
        highlight(text, marker).marked("[", "]") == "Il [presidente] della [Repubblica], un presidente, la Repubblica"
    )


def test_words_near_each_other_are_marked_where_they_are_near() -> None:
    marker = Highlighter([in_a_row("cloud", "sicuro", distance=2)], PLAIN)
    for text, expected in (
        ("sicuro il cloud", "[sicuro] il [cloud]"),
        ("cloud davvero sicuro", "[cloud] davvero [sicuro]"),
        ("cloud che è sicuro", "cloud che è sicuro"),
        ("cloud che è sicuro, cloud", "cloud che è [sicuro], [cloud]"),
    ):
        assert highlight(text, marker).marked("[", "]") == expected


def test_words_near_each_other_have_each_a_place_of_their_own() -> None:
    marker = Highlighter([in_a_row("uno", "uno", distance=3)], PLAIN)
    assert highlight("uno due", marker).marked("[", "]") == "uno due"
    assert highlight("uno due uno", marker).marked("[", "]") == "[uno] due [uno]"


def test_a_phrase_and_its_word_alone_mark_each_place_once() -> None:
    marker = Highlighter([Sought(slots=(frozenset({"dati"}),)), in_a_row("dati", "personali")], PLAIN)
    assert highlight("i dati: dati personali", marker).marked("[", "]") == "i [dati]: [dati] [personali]"


def test_the_sentence_with_the_phrase_is_shown() -> None:
    body = f"La scuola ha una intelligenza che non è certo artificiale. {LONG} Poi l'intelligenza artificiale arriva."
    snippet = best_snippet(
        Article(article_id="1", title="T", body=body), Highlighter([in_a_row("intelligenza", "artificiale")], PLAIN)
    )
    assert snippet.marked("[", "]") == "Poi l'[intelligenza] [artificiale] arriva."


def test_what_is_sought_in_one_field_is_marked_in_no_other() -> None:
    article = Article(article_id="1", title="NIS2", lead="NIS2 al via.", body="Che cosa cambia. Con la NIS2 molto.")
    for field, expected in (
        ("title", ("[NIS2]", "NIS2 al via.")),
        ("lead", ("NIS2", "[NIS2] al via.")),
        ("body", ("NIS2", "Con la [NIS2] molto.")),
        (None, ("[NIS2]", "[NIS2] al via.")),
    ):
        marker = Highlighter([Sought(slots=(frozenset({"NIS2"}),), field=field)], PLAIN)
        shown = (highlight(article.title, marker), best_snippet(article, marker))
        assert tuple(snippet.marked("[", "]") for snippet in shown) == expected


def test_a_text_that_repeats_a_phrase_takes_no_time_to_speak_of() -> None:
    text = "uno due " * 20_000
    for sought in (in_a_row("uno", "due"), in_a_row("uno", "due", distance=50), in_a_row("uno", "tre", distance=50)):
        assert len(highlight(text, Highlighter([sought], PLAIN)).highlights) in (0, 40_000)


_FORMS = ("dell'", "Dell", "AI", "e-commerce", "commerce", "D'Alema", "economia", "3,5", "città", "S.p.A.", "e", ".NET")
_PIECES = ("dell", "’", "'", "ʼ", "ʹ", "Dell", "AI", "e", "-", "‑", "commerce", "D", "Alema", "economia", "\u00ad",
           "3,5", "città", " ", "\n", "\xa0", "…", "...", "S.p.A.", ".NET", "𝐞𝐜𝐨𝐧𝐨𝐦𝐢𝐚", "ＡＩ", "«", ".")  # fmt: skip


@given(
    text=st.lists(st.sampled_from(_PIECES), max_size=30).map("".join),
    forms=st.lists(st.sampled_from(_FORMS), min_size=1, max_size=4, unique=True),
)
def test_all_that_looking_at_every_chunk_finds_is_found_the_short_way(text: str, forms: list[str]) -> None:
    whole = highlighter(*forms)
    whole._finders["body"]._pieces = None
    found = whole.find(text, "body")
    assert [highlighter(*forms, kernels=kernels).find(text, "body") for kernels in (PLAIN, COMPILED)] == [found, found]


def test_marked_text_is_escaped_piece_by_piece() -> None:
    snippet = highlight('<b>R&D</b> "d\'oro"', highlighter("R&D", "oro"))
    assert snippet.html() == ("&lt;b&gt;<mark>R&amp;D</mark>&lt;/b&gt; &quot;d&#39;<mark>oro</mark>&quot;")


@given(
    lead=texts(at_most=6),
    body=st.one_of(texts(at_most=120), st.text(max_size=400)),
    words=st.lists(
        st.sampled_from(("governo", "riforma", "AI", "Alema", "economia", "città")), max_size=3, unique=True
    ),
)
def test_a_snippet_is_a_piece_of_the_text_within_bounds(lead: str, body: str, words: list[str]) -> None:
    article = Article(article_id="1", title="T", lead=lead, body=body)
    snippet = best_snippet(article, highlighter(*words))
    assert len(snippet.text) <= MOST_CHARS + 2
    piece = snippet.text.removeprefix("…").removesuffix("…")
    assert any(piece in text.replace("\n", " ") for text in (lead, body))
    assert all(text in words for text in marked(snippet))
    borders = [border for pair in snippet.highlights for border in pair]
    assert borders == sorted(borders)


def test_an_acronym_that_stands_in_capitals_only_is_marked_all_the_same() -> None:
    with temporary_archive([Article(article_id="1", title="COSA FA AI OGGI", body="x")]) as archive:
        (hit,) = archive.search("AI").hits
    assert hit.title.highlights == ((8, 10),)


def test_the_best_sentence_of_the_lead_is_shown() -> None:
    sought = [
        Sought(slots=(frozenset({word}),), weight=weight) for word, weight in (("governo", 0.96), ("tasse", 0.04))
    ]
    lead = f"Il governo decide. {LONG} Il governo taglia le tasse. {LONG}"
    article = Article(article_id="1", title="T", lead=lead, body="Il governo e le tasse.")
    snippet = best_snippet(article, Highlighter(sought, PLAIN))
    assert snippet.marked("[", "]").startswith("Il [governo] taglia le [tasse].")
