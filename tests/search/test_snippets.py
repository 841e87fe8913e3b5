"""Snippets: which sentences are shown, and what is marked in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import texts

from index.article import Article
from search.page import Snippet
from search.snippets import MOST_CHARS, Highlighter, best_snippet, highlight


def highlighter(*words: str) -> Highlighter:
    """Marks some forms; each is a word of its own and all weigh the same."""
    return Highlighter({word: (at, 1.0) for at, word in enumerate(words)})


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


def test_an_abbreviation_before_a_small_letter_ends_no_sentence() -> None:
    assert shown("La S.p.A. quotata e il governo trattano.", "governo").startswith("La S.p.A. quotata")


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
        ("governone governo", ["governo"], "governone [governo]"),
        ("a.b governo", [], "a.b governo"),
    ],
)
def test_words_are_marked_where_they_stand(text: str, words: list[str], expected: str) -> None:
    assert highlight(text, highlighter(*words)).marked("[", "]") == expected


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
