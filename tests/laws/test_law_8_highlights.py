"""Law 8: highlights lie in the text and mark the words that matched, never the article before the apostrophe."""

from __future__ import annotations

from collections import Counter

import pytest
from archives import temporary_archive
from asking import Asked, leaves_of, open_question
from hypothesis import example, given
from hypothesis import strategies as st
from newsroom import TODAY, newsrooms, questions
from reading import read_text

from index.article import Article
from index.italian import is_stop_word, tokenize_chunk, unmarked
from index.italian.words import ELISIONS
from search import Snippet
from search.kernels import KernelName
from search.language import understand
from search.ranking import RankingSettings
from search.tree import Term

SOME = [
    Article(article_id="1", title="Il governo AI, ai lettori", body="Il governo AI parla ai lettori."),
    Article(article_id="2", title="Un governo", body="AI."),
]
"""Articles in which the laws have something to hold for."""


def marked(snippet: Snippet) -> list[str]:
    """The marked pieces of a snippet."""
    return [snippet.text[start:end] for start, end in snippet.highlights]


def assert_in_order(snippet: Snippet) -> None:
    """Ranges are not empty, lie in the text, ascend and do not overlap."""
    borders = [border for pair in snippet.highlights for border in pair]
    assert all(start < end for start, end in snippet.highlights)
    assert borders == sorted(borders)
    assert not borders or (borders[0] >= 0 and borders[-1] <= len(snippet.text))


def opened_leaves(articles: list[Article], text: str, *, by_stem: bool = False) -> list[Asked]:
    """What the leaves of a question ask for, those that are excluded left out."""
    printed = [
        {form for part in (one.title, one.lead, one.body) for _, form in read_text(part).tokens} for one in articles
    ]
    tree = understand(text, today=TODAY).tree
    counts = Counter(form for forms in printed for form in forms)
    asked = open_question(tree, counts, text, by_stem=by_stem, ranking=RankingSettings())
    return [asked[id(leaf)] for leaf in leaves_of(tree, excluded=False) if id(leaf) in asked]


def matched_forms(articles: list[Article], text: str) -> set[str]:
    """The forms, without their marks, that the words of a question stand for at any level, or may as acronyms."""
    opened = opened_leaves(articles, text, by_stem=True)
    acronyms = {form for one in opened for word in one.words if word.is_stop for form in word.forms}
    return acronyms | {
        unmarked(form)
        for one in opened
        for needs in (one.needs, *(one.options or []))
        for need in needs
        for seq in need
        for slot in seq.slots
        for form in slot
    }


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(articles=newsrooms(), text=questions())
@example(articles=SOME, text="governo ai")
def test_highlights_lie_in_the_text_and_mark_what_matched(
    kernels: KernelName, articles: list[Article], text: str
) -> None:
    with temporary_archive(articles, kernels=kernels) as archive:
        page = archive.search(text, size=100, now=TODAY)
    assert page.hits or articles is not SOME
    forms = matched_forms(articles, text)
    for hit in page.hits:
        assert hit.title.text == hit.article.title
        for snippet in (hit.title, hit.snippet):
            assert_in_order(snippet)
            for piece in marked(snippet):
                assert piece.replace("’", "'") in forms


@given(articles=newsrooms(at_least=1), text=questions())
@example(articles=SOME, text="governo")
def test_every_matched_content_word_of_a_title_is_marked(articles: list[Article], text: str) -> None:
    with temporary_archive(articles) as archive:
        page = archive.search(text, size=100, widen=False, now=TODAY)
    assert page.hits or articles is not SOME
    tree = understand(text, today=TODAY).tree
    typed = [
        leaf.text for leaf in leaves_of(tree, excluded=False) if isinstance(leaf, Term) and leaf.fieldname == "text"
    ]
    wanted = {token.form for word in typed for token in tokenize_chunk(word).tokens if not token.parts}
    for hit in page.hits:
        covered = {at for start, end in hit.title.highlights for at in range(start, end)}
        at = 0
        for chunk in hit.title.text.split():
            at = hit.title.text.index(chunk, at)
            for token in tokenize_chunk(chunk).tokens:
                if token.form in wanted and not token.parts and not is_stop_word(token.form):
                    assert {at + token.start, at + token.end - 1} <= covered
            at += len(chunk)


PHRASES = ('"governo riforma"', '"il governo"', '"la riforma"~3', '"governo pensioni"~5', '"dell\'economia"', '"AI"')


@given(articles=newsrooms(at_least=1), text=st.sampled_from(PHRASES))
@example(articles=SOME, text='"il governo"')
def test_a_quoted_phrase_is_marked_where_it_stands_and_nowhere_else(articles: list[Article], text: str) -> None:
    with temporary_archive(articles) as archive:
        page = archive.search(text, size=100, widen=False, now=TODAY)
    assert page.hits or articles is not SOME
    (asked,) = opened_leaves(articles, text)
    ((sequence,),) = asked.needs
    for hit in page.hits:
        standing = read_text(hit.title.text).tokens
        assert bool(hit.title.highlights) == (sequence.count(standing) > 0)


ELIDED = ("L’economia dell’Unione: un’elezione nell’ultimo anno. Dell'economia e d’Italia, quell'economia."
          " All’economia l’e-commerce, tutt'altra economia. DELL’ECONOMIA")  # fmt: skip


QUOTED = ("economia", "l'economia", "dell’economia", '"dell\'economia"', "econom*", "economica~2", "italia elezione")


@pytest.mark.parametrize("text", [*QUOTED, "l'unione dell'economia", "titolo:l'economia", "d'italia"])
def test_the_article_before_the_apostrophe_is_never_marked(text: str) -> None:
    article = Article(article_id="1", title=ELIDED, lead=ELIDED, body=ELIDED)
    with temporary_archive([article]) as archive:
        (hit,) = archive.search(text, now=TODAY).hits
    pieces = [*marked(hit.title), *marked(hit.snippet)]
    assert pieces
    for piece in pieces:
        assert "'" not in piece
        assert "’" not in piece
        assert piece.lower() not in ELISIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c'è", "C’[è] posta, e [è] qui: c’era"),
        ("c'è posta", "C’è [posta], e è qui: c’era"),
        ("c'era", "C’è posta, e è qui: c’[era]"),
        ("c'", "[C’]è posta, e è qui: [c’]era"),
        ("c'*", "[C’]è posta, e è qui: [c’]era"),
        ('"c\'era"', "C’è posta, e è qui: c’[era]"),
    ],
)
def test_an_elided_word_is_marked_only_when_it_alone_was_asked_for(text: str, expected: str) -> None:
    with temporary_archive([Article(article_id="1", title="C’è posta, e è qui: c’era", body="x")]) as archive:
        (hit,) = archive.search(text, widen=False, now=TODAY).hits
    assert hit.title.marked("[", "]") == expected


@pytest.mark.parametrize(
    ("text", "title", "snippet"),
    [
        ("NIS2", "[NIS2] e DORA", "La [NIS2] arriva."),
        ("titolo:NIS2", "[NIS2] e DORA", "La NIS2 arriva."),
        ("testo:NIS2", "NIS2 e DORA", "La [NIS2] arriva."),
        ("titolo:NIS2 testo:arrivare", "[NIS2] e DORA", "La NIS2 [arriva]."),
        ('titolo:"NIS2 e" NIS2', "[NIS2] e DORA", "La [NIS2] arriva."),
        ('titolo:"NIS2 e DORA"', "[NIS2] e [DORA]", "La NIS2 arriva."),
    ],
)
def test_a_word_sought_in_a_field_is_marked_there_alone(text: str, title: str, snippet: str) -> None:
    with temporary_archive([Article(article_id="1", title="NIS2 e DORA", body="La NIS2 arriva.")]) as archive:
        (hit,) = archive.search(text, widen=False, now=TODAY).hits
    assert (hit.title.marked("[", "]"), hit.snippet.marked("[", "]")) == (title, snippet)


SCHOOL = (
    "La scuola ha una intelligenza che non è certo artificiale, e che serve a leggere e a far di conto ancora oggi,"
    " come un secolo fa. Poi arriva l'intelligenza artificiale nelle aule. Start-up e start up, una start verso l’up."
)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ('"intelligenza artificiale"', ["intelligenza", "artificiale"]),
        ('"arriva artificiale"~3', ["arriva", "artificiale"]),
        ('"l\'intelligenza artificiale nelle"', ["intelligenza", "artificiale"]),
        ('scuola "intelligenza artificiale"', ["intelligenza", "artificiale"]),
        ("start-up", ["Start-up", "start", "up"]),
    ],
)
def test_the_snippet_shows_a_phrase_where_it_stands(text: str, marks: list[str]) -> None:
    with temporary_archive([Article(article_id="1", title="Titolo", body=SCHOOL)]) as archive:
        (hit,) = archive.search(text, widen=False, now=TODAY).hits
    assert marked(hit.snippet) == marks
