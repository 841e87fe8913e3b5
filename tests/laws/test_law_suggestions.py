"""The laws of suggestions: one always finds something, quotes are never touched, and history leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from archives import temporary_archive
from hypothesis import event, given, settings
from hypothesis import strategies as st
from newsroom import CONTENT_WORDS, TODAY, Filters, filters_for, newsrooms, questions, texts

from index.article import Article
from index.italian import is_stop_word
from search import Archive
from search.selection import folded
from search.spelling import corrections
from search.typed import clean


@st.composite
def mistyped(draw: st.DrawFn, question: str) -> str:
    """A question with some letters left out, doubled, swapped or glued together."""
    letters = list(question)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(letters) - 2)))
        letters[at : at + 2] = draw(st.sampled_from([letters[at : at + 1], letters[at : at + 2][::-1]]))
    return "".join(letters)


words = st.lists(st.sampled_from([word for word in CONTENT_WORDS if len(word) > 4]), min_size=1, max_size=3)
typed = st.one_of(questions().flatmap(mistyped), words.map(" ".join).flatmap(mistyped))


def with_twins(articles: list[Article]) -> list[Article]:
    """Each article twice, since a word of one article alone is not suggested."""
    fields = [{name: getattr(article, name) for name in Article.__slots__} for article in articles]
    return [*articles, *(Article(**(one | {"article_id": f"twin-{one['article_id']}"})) for one in fields)]


@given(articles=newsrooms(at_least=3), text=typed, any_word=st.booleans(), data=st.data())
@settings(max_examples=60)
def test_a_suggestion_always_finds_something(
    articles: list[Article], text: str, any_word: bool, data: st.DataObject
) -> None:
    filters = data.draw(st.one_of(st.just(Filters()), filters_for(articles)))
    with temporary_archive(articles, with_twins(articles)) as archive:
        page = archive.search(text, any=any_word, now=TODAY, **filters.arguments())
        event(f"suggested: {page.suggestion is not None}")
        if page.suggestion is not None:
            assert page.suggestion != text
            again = archive.search(page.suggestion, any=any_word, widen=False, now=TODAY, **filters.arguments())
            assert again.total > 0


@given(
    articles=newsrooms(at_least=2), text=texts(at_least=1).flatmap(mistyped), signs=st.sampled_from(('""', "«»", "“”"))
)
def test_a_question_in_quotes_has_no_suggestion(articles: list[Article], text: str, signs: str) -> None:
    inside = "".join(char for char in text if char not in '"«»“”')
    with temporary_archive(articles) as archive:
        assert archive.search(f"{signs[0]}{inside}{signs[1]}", now=TODAY).suggestion is None


@given(articles=newsrooms(at_least=2), question=typed, wrong=st.sampled_from(("govrno", "riformma", "pensonii")))
def test_what_is_quoted_or_excluded_stays(articles: list[Article], question: str, wrong: str) -> None:
    fit = [Article(article_id=f"x{at}", title="governo riforma", body="pensioni") for at in range(3)]
    with temporary_archive(with_twins(articles), fit) as archive:
        page = archive.search(f'"{wrong} di" -{wrong} {question}', any=True, now=TODAY)
        event(f"suggested: {page.suggestion is not None}")
        if page.suggestion is not None:
            assert page.suggestion.startswith(f'"{wrong} di" -{wrong} ')


@given(
    articles=newsrooms(at_least=4), text=typed, prefix=st.sampled_from(("il gov", "riforma p", "governo ", "ele", "a"))
)
def test_segments_and_removals_leave_no_trace(articles: list[Article], text: str, prefix: str) -> None:
    """Pages and suggestions of a rebuild, law 4, with more than the one beginning that is tried there."""
    gone: list[Article | str] = [articles[0].article_id, articles[1].article_id]
    batches: list[list[Article | str]] = [[*articles[:2]], [*articles[2:3]], [*with_twins(articles)], gone]
    outcomes = []
    for rebuilt in (False, True):
        with temporary_archive(*batches, rebuilt=rebuilt, merge_factor=4, max_deleted_share=1.0) as archive:
            word = clean(text, [])[:12]
            outcomes.append(
                (
                    archive.search(text, now=TODAY).suggestion,
                    archive.suggest(prefix),
                    corrections(word, archive.snapshot, 5),
                )
            )
    assert outcomes[0] == outcomes[1]


beginnings = st.one_of(typed, st.sampled_from(("", "e", "l'eco", "riforma ", "governo p", "smart w", "Anna")))


@given(articles=newsrooms(at_least=2), prefix=beginnings, size=st.integers(1, 10))
def test_fewer_suggestions_are_the_first_of_more_and_none_comes_twice(
    articles: list[Article], prefix: str, size: int
) -> None:
    with temporary_archive(articles, with_twins(articles)) as archive:
        found = archive.suggest(prefix)
        assert archive.suggest(prefix, size=size) == found[:size]
    assert len({folded(text) for text in found}) == len(found)
    assert not any(is_stop_word(text) for text in found)


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    articles = [
        Article(article_id=str(at), title="L’economia dell’Unione", body="Il governo e le pensioni. AI, città, NIS2.")
        for at in range(3)
    ]
    with temporary_archive(articles) as opened:
        yield opened


@given(word=st.text(), at_most=st.integers(0, 5))
def test_no_word_raises(archive: Archive, word: str, at_most: int) -> None:
    found = corrections(word, archive.snapshot, at_most)
    assert len(found) <= at_most
    assert [cost for _, cost in found] == sorted(cost for _, cost in found)
