"""Law 8: highlights lie in the text and mark the words that matched, never the article before the apostrophe."""

from __future__ import annotations

import pytest
from archives import temporary_archive
from asking import VALUES, leaves_of, open_leaf
from hypothesis import given
from newsroom import TODAY, newsrooms, questions
from reading import read_text

from index.article import Article
from index.italian import is_stop_word, tokenize_chunk, unmarked
from index.italian.words import ELISIONS
from search import Snippet
from search.kernels import KernelName
from search.language import understand
from search.ranking import RankingSettings


def marked(snippet: Snippet) -> list[str]:
    """The marked pieces of a snippet."""
    return [snippet.text[start:end] for start, end in snippet.highlights]


def assert_in_order(snippet: Snippet) -> None:
    """Ranges are not empty, lie in the text, ascend and do not overlap."""
    borders = [border for pair in snippet.highlights for border in pair]
    assert all(start < end for start, end in snippet.highlights)
    assert borders == sorted(borders)
    assert not borders or (borders[0] >= 0 and borders[-1] <= len(snippet.text))


def matched_forms(articles: list[Article], text: str) -> set[str]:
    """The forms, without their marks, that the words of a question stand for at any level, function words apart."""
    archive = frozenset(
        form for one in articles for part in (one.title, one.lead, one.body) for _, form in read_text(part).tokens
    )
    tree = understand(text, today=TODAY).tree
    opened = [
        open_leaf(leaf, archive, by_stem=True, shouted=False, ranking=RankingSettings())
        for leaf in leaves_of(tree, excluded=False)
        if leaf.field() not in VALUES
    ]
    return {
        unmarked(form) for one in opened for need in one.needs for seq in need for slot in seq.slots for form in slot
    }


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(articles=newsrooms(), text=questions())
def test_highlights_lie_in_the_text_and_mark_what_matched(
    kernels: KernelName, articles: list[Article], text: str
) -> None:
    with temporary_archive(articles, kernels=kernels) as archive:
        page = archive.search(text, size=100, now=TODAY)
    forms = matched_forms(articles, text)
    for hit in page.hits:
        assert hit.title.text == hit.article.title
        for snippet in (hit.title, hit.snippet):
            assert_in_order(snippet)
            for piece in marked(snippet):
                assert piece.replace("’", "'") in forms


@given(articles=newsrooms(at_least=1), text=questions())
def test_every_matched_content_word_of_a_title_is_marked(articles: list[Article], text: str) -> None:
    with temporary_archive(articles) as archive:
        page = archive.search(text, size=100, widen=False, now=TODAY)
    tree = understand(text, today=TODAY).tree
    typed = [
        leaf.text
        for leaf in leaves_of(tree, excluded=False)
        if type(leaf).__name__ == "Term" and leaf.field() == "text"
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
