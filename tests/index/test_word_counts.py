"""Word counts: exact keys with their live articles, and how they are mostly printed."""

from __future__ import annotations

import numpy as np
import pytest
from archives import temporary_archive
from hypothesis import given
from newsroom import newsrooms

from index.article import Article
from index.italian import exact_keys
from index.lexicon import Lexicon, build_part
from index.snapshot import Snapshot, empty_snapshot
from index.word_counts import commonest_form, word_counts


def article(number: int, body: str) -> Article:
    return Article(article_id=str(number), title="x", body=body)


def counted(snapshot: Snapshot) -> dict[str, int]:
    """Key -> articles, of all that are printed."""
    printed = word_counts(snapshot)
    return {printed.key(at): int(printed.doc_freq[at]) for at in np.flatnonzero(printed.doc_freq).tolist()}


def counted_slowly(snapshot: Snapshot) -> dict[str, int]:
    counts: dict[str, int] = {}
    for form_id, count in enumerate(snapshot.counters.tolist()):
        for key in exact_keys(snapshot.lexicon.form(form_id)):
            counts[key] = counts.get(key, 0) + count
    return {key: count for key, count in counts.items() if count}


@given(articles=newsrooms(at_least=3))
def test_each_key_counts_the_live_articles_of_its_forms(articles: list[Article]) -> None:
    removed = [articles[0].article_id]
    with temporary_archive(articles[:2], articles[2:], removed, merge_factor=64, max_deleted_share=1.0) as archive:
        assert counted(archive.snapshot) == counted_slowly(archive.snapshot)


def with_parts(*parts: dict[str, int]) -> Snapshot:
    """A snapshot of words alone: of each part of the lexicon the forms, and in how many articles they stand."""
    snapshot = empty_snapshot()
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    snapshot.lexicon = Lexicon(
        tuple(build_part(list(part), start) for part, start in zip(parts, starts[:-1], strict=True))
    )
    snapshot.counters = np.array([count for part in parts for count in part.values()], dtype=np.uint32)
    return snapshot


def test_a_key_of_several_parts_counts_once_where_it_first_stands() -> None:
    snapshot = with_parts({"governo": 2, "città": 1}, {}, {"Governo": 3, "AI": 4, "governi": 0}, {"GOVERNO": 5})
    assert counted(snapshot) == counted_slowly(snapshot) == {"governo": 10, "citta": 1, "AI": 4}
    printed = word_counts(snapshot)
    assert [printed.key(at) for at in printed.beginning("gov").tolist()] == ["governo"]


def test_words_of_removed_articles_alone_begin_nothing() -> None:
    with temporary_archive([article(1, "pensiero"), article(2, "pensione")], ["1"], max_deleted_share=1.0) as archive:
        printed = word_counts(archive.snapshot)
        assert [printed.key(at) for at in printed.beginning("pens").tolist()] == ["pensione"]


def test_forms_of_keys_come_from_all_parts_with_the_key_of_each() -> None:
    snapshot = with_parts({"città": 1, "governo": 1}, {"Città": 1, "altro": 1, "citta": 1})
    printed = word_counts(snapshot)
    numbers = np.array([printed.beginning(key)[0] for key in ("governo", "citta")])
    forms, owners = printed.forms_of(numbers)
    assert [snapshot.lexicon.form(form) for form in forms.tolist()] == ["città", "governo", "Città", "citta"]
    assert owners.tolist() == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("texts", "key", "expected"),
    [
        pytest.param(("la città", "la citta", "la città"), "citta", "città", id="accents as mostly printed"),
        pytest.param(
            ("Governo fermo", "Governo cauto", "il governo"), "governo", "governo", id="capitals that say nothing"
        ),
        pytest.param(("Zelensky parla", "Zelensky tace"), "zelensky", "Zelensky", id="nothing but opening capitals"),
        pytest.param(("TASSE E PENSIONI GIÙ",), "pensioni", "pensioni", id="nothing but a run of capitals"),
        pytest.param(("parla Dante", "legge dante"), "dante", "dante", id="as often: the fewer capitals"),
        pytest.param(("la citta", "la città"), "citta", "città", id="as often: the accent"),
        pytest.param(("la e-mail", "la email"), "email", "e-mail", id="as often: by the text"),
        pytest.param(("un e-commerce", "l’e-commerce"), "ecommerce", "e-commerce", id="hyphens"),
        pytest.param(("nulla",), "altro", "altro", id="never printed: the key"),
    ],
)
def test_a_key_is_shown_as_it_is_mostly_printed(texts: tuple[str, ...], key: str, expected: str) -> None:
    with temporary_archive([article(number, text) for number, text in enumerate(texts)]) as archive:
        assert commonest_form(archive.snapshot, key) == expected


def test_an_empty_archive_has_no_words() -> None:
    snapshot = empty_snapshot()
    printed = word_counts(snapshot)
    assert len(printed.doc_freq) == len(printed.beginning("a")) == 0
    assert printed.forms_of(np.zeros(0, dtype=np.int64))[0].tolist() == []


def test_what_is_derived_from_a_snapshot_is_made_once() -> None:
    snapshot = empty_snapshot()
    made: list[int] = []

    def count(one: Snapshot) -> int:
        made.append(one.generation)
        return len(made)

    assert [snapshot.derived(count), snapshot.derived(count)] == [1, 1]
    assert empty_snapshot().derived(count) == 2
