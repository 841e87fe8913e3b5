"""Law 4: however an archive came to hold its articles, it answers as if it had been rebuilt from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from archives import temporary_archive
from histories import Batch, History, histories
from hypothesis import given
from hypothesis import strategies as st
from most_read import most_read_of
from newsroom import TODAY, Filters, filters_for, insistent_articles_with, questions, quotations

from index.article import Article
from search import Archive, Page


def answers(archive: Archive, texts: Sequence[str], filters: Filters) -> list[Page]:
    """Pages without what may differ: the time they took and the number of the generation."""
    pages = [archive.search(text, size=100, now=TODAY) for text in ("", *texts)]
    pages += [archive.search(text, size=3, now=TODAY, widen=False, **filters.arguments()) for text in texts]
    pages += [archive.search(text, size=3, now=TODAY, sort="oldest", any=True) for text in texts]
    return [replace(page, took_ms=0.0, generation=0) for page in pages]


def documents_of_each_form(archive: Archive) -> dict[str, int]:
    """How many articles hold each form, for those that any does."""
    snapshot = archive.snapshot
    return {snapshot.lexicon.form(at): count for at, count in enumerate(snapshot.counters.tolist()) if count}


@given(history=histories(), texts=st.lists(questions(), min_size=1, max_size=4), data=st.data())
def test_any_history_answers_as_one_rebuild(history: History, texts: list[str], data: st.DataObject) -> None:
    assert_answers_as_one_rebuild(history, texts, data)


@given(history=histories(insistent_articles_with), data=st.data())
def test_any_history_of_words_that_come_oftener_than_a_frequency_counts_answers_as_one_rebuild(
    history: History, data: st.DataObject
) -> None:
    texts = data.draw(st.lists(quotations(history.left), min_size=1, max_size=4))
    assert_answers_as_one_rebuild(history, texts, data)


def test_a_word_that_only_a_removed_article_printed_changes_no_bit_of_a_score() -> None:
    # "economia" has the stem of "economico": counted, it would make two levels of what is one in a new archive.
    articles = [
        Article(article_id="a0", title="governo " * 6),
        Article(article_id="a1", title="governo " * 6),
        Article(article_id="a3", title="governo " * 7 + "economico governo"),
    ]
    removed = Article(article_id="a2", title="governo " * 6, lead="governo economia")
    with (
        temporary_archive([articles[2]], [*articles[:2], removed], ["a2"]) as grown,
        temporary_archive(articles) as fresh,
    ):
        scores = [[hit.score for hit in one.search("economico governo", now=TODAY).hits] for one in (grown, fresh)]
    assert scores[0] == scores[1]


def assert_answers_as_one_rebuild(history: History, texts: Sequence[str], data: st.DataObject) -> None:
    """The archive grown by the history, that one rebuilt, and one fed in another order give equal pages."""
    filters = data.draw(filters_for(history.left))
    shuffled = data.draw(st.permutations(history.left))
    with (
        temporary_archive(*history.batches, **history.settings) as grown,
        temporary_archive(*history.batches, **history.settings, rebuilt=True) as rebuilt,
        temporary_archive(shuffled) as fresh,
    ):
        assert grown.snapshot.totals == rebuilt.snapshot.totals == fresh.snapshot.totals
        assert documents_of_each_form(grown) == documents_of_each_form(rebuilt) == documents_of_each_form(fresh)
        expected = answers(rebuilt, texts, filters)
        assert answers(grown, texts, filters) == expected
        assert answers(fresh, texts, filters) == expected


@given(history=histories(), prefix=st.sampled_from(("gov", "r", "e", "c", "a", "m", "il pen")))
def test_any_history_suggests_as_one_rebuild(history: History, prefix: str) -> None:
    with (
        temporary_archive(*history.batches, **history.settings) as grown,
        temporary_archive(*history.batches, **history.settings, rebuilt=True) as rebuilt,
    ):
        assert grown.suggest(prefix) == rebuilt.suggest(prefix)


@given(history=histories())
def test_any_history_has_the_most_read_articles_of_one_rebuild(history: History) -> None:
    expected = most_read_of(history.left, size=4)
    for rebuilt in (False, True):
        with temporary_archive(*history.batches, **history.settings, rebuilt=rebuilt) as archive:
            assert archive.most_read(size=4) == expected


def test_what_removed_articles_printed_marks_nothing() -> None:
    shouted = Article(article_id="1", title="COSA DICE AI GIOVANI")
    plain = Article(article_id="2", title="Si parla di AI")
    with temporary_archive([shouted, plain], ["2"]) as grown, temporary_archive([shouted]) as fresh:
        for text in ("AI", "AI giovani", '"AI giovani"'):
            assert answers(grown, [text], Filters()) == answers(fresh, [text], Filters())


def test_a_value_that_only_removed_articles_had_is_unknown_at_once_as_after_a_rebuild() -> None:
    one = Article(article_id="1", title="Calcio", body="La partita", section=("Sport",))
    two = Article(article_id="2", title="Borsa", body="Lo spread", section=("Economia",))
    outcomes = []
    for rebuilt in (False, True):
        with temporary_archive([one, two], ["1"], rebuilt=rebuilt) as archive:
            try:
                outcomes.append(f"{archive.search('', sections=['Sport'], now=TODAY).total} found")
            except Exception as error:  # noqa: BLE001  # whatever it is, it must be the same
                outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("gone", "kept", "text"),
    [
        ("di Usa", ["Usare"], "premier usa"),  # whether a word is a name, by the list
        ("USA", ["usa"], "USA"),  # whether the acronym is in the archive
        ("la citta", ["la città"] * 20, "citta"),  # whether words come without their accent
        ("il papa", ["il papà e i papà"] * 20, "papa"),
        ("il Grillo", ["il GRILLO parlante"], "grillo"),  # whether a word is a name, by its capitals
        ("a Meloni", ["Meloni parla"], "meloni"),
        ("una start-up nuova", ["una startup nuova"], "start up"),  # whether two words have a hyphen
        ("una start-up nuova", ["start e up, startup"], "start up"),
    ],
)
def test_words_of_removed_articles_decide_nothing(gone: str, kept: list[str], text: str) -> None:
    """What they print stays in the lexicon until a rebuild, but it must not tell what a question means."""
    removed = Article(article_id="gone", title="x", body=gone)
    articles = [Article(article_id=f"kept{at}", title="x", body=body) for at, body in enumerate(kept)]
    found = []
    for rebuilt in (False, True):
        with temporary_archive([removed, *articles], ["gone"], rebuilt=rebuilt) as archive:
            found.append(answers(archive, [text], Filters()))
    assert found[0] == found[1]


def test_words_of_removed_articles_take_no_place_among_similar_words() -> None:
    """``word~`` looks at the nearest 50 words: those that no article holds any more must not count."""
    gone: Batch = [
        Article(article_id=f"gone{at}", title="x", body=f"elezion{chr(97 + at // 26)}{chr(97 + at % 26)}")
        for at in range(60)
    ]
    kept = Article(article_id="kept", title="x", body="elezionzz")
    totals = []
    for rebuilt in (False, True):
        with temporary_archive([*gone, kept], [f"gone{at}" for at in range(60)], rebuilt=rebuilt) as archive:
            totals.append(archive.search("elezione~2", widen=False, now=TODAY).total)
    assert totals == [1, 1]
