"""Reports: what is counted against counting one by one, what is told of small archives, and that a page is safe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import numpy as np
import pytest
from archives import temporary_archive
from histories import History, histories
from html_rules import faults_of
from hypothesis import given
from hypothesis import strategies as st
from newsroom import newsrooms
from reading import read_text
from wire import printed

from index.article import Article
from index.italian import exact_keys
from search import Archive, InvalidParameter, UnknownValue
from search.report import Report, counting, one_edit
from search.report.as_json import report_as_json
from search.report.counting import OUTSIDE, count_articles, groups_by_key, is_central
from search.report.misspellings import may_be_slip, slips
from search.report.page import report_as_page
from search.report.rising import mantel_haenszel
from search.report.text import report_as_text, sparkline

NOW = date(2025, 6, 30)
HOSTILE = 'Un titolo con <script>alert(1)</script> & "virgolette" \x1b[31m rosse'


def article(number: int, body: str = "", *, day: date | None = NOW, **more: object) -> Article:
    title = more.pop("title", f"Articolo numero {number} del giornale")
    return Article(article_id=f"a{number:04d}", title=title, body=body, published=day, **more)  # type: ignore[arg-type]


def days_before(count: int) -> date:
    return NOW - timedelta(days=count)


@contextmanager
def reported(*batches: list[Article | str], **asked: object) -> Iterator[Report]:
    with temporary_archive(*batches) as archive:
        yield archive.report(**asked)  # type: ignore[arg-type]


# --- counting -----------------------------------------------------------------------------------------------------


@given(articles=newsrooms(at_least=3), at_once=st.sampled_from((1, 7, counting.POSTINGS_AT_ONCE)))
def test_counts_are_those_of_reading_every_article(articles: list[Article], at_once: int) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        temporary_archive(
            articles[:2], articles[2:], [articles[0].article_id], merge_factor=64, max_deleted_share=1.0
        ) as archive,
    ):
        patch.setattr(counting, "POSTINGS_AT_ONCE", at_once)
        snapshot = archive.snapshot
        group, num_groups = groups_by_key(snapshot, "exact")
        live = np.ones(snapshot.num_docs, dtype=bool) if snapshot.live_docs is None else snapshot.live_docs
        month = snapshot.column("doc_month").astype(np.int64)
        months, place = np.unique(month, return_inverse=True)
        bins = np.where(live, place, OUTSIDE)
        counts = count_articles(snapshot, group, bins, num_groups=num_groups, num_bins=len(months))
        found: dict[tuple[str, int], int] = {}
        for form_id in range(snapshot.lexicon.num_forms):
            key = exact_keys(snapshot.lexicon.form(form_id))[0]
            for at, number in enumerate(months.tolist()):
                if count := int(counts[group[form_id], at]):
                    found[key, number] = count
        assert found == counted_slowly(articles[1:])


def counted_slowly(articles: list[Article]) -> dict[tuple[str, int], int]:
    """Key and month -> articles; the month of an undated one is what its column says."""
    counts: dict[tuple[str, int], int] = {}
    for one in articles:
        texts = (one.title, one.lead, one.body, *one.tags)
        keys = {exact_keys(form)[0] for text in texts for _, form in read_text(text).tokens}
        month = -1 if one.published is None else one.published.year * 12 + one.published.month - 1
        for key in keys:
            counts[key, month] = counts.get((key, month), 0) + 1
    return counts


def test_central_is_what_stands_in_the_title_or_three_times() -> None:
    packed = np.array([1 << 13, 2 << 2, 3 << 2, 1 << 10 | 2 << 2, 3], dtype=np.uint16)
    assert is_central(packed).tolist() == [True, False, True, True, False]


@given(words=st.lists(st.text("abc", min_size=1, max_size=6), min_size=2, max_size=12, unique=True))
def test_all_pairs_an_edit_apart_are_found(words: list[str]) -> None:
    from rapidfuzz.distance import OSA

    text = np.frombuffer("".join(words).encode(), dtype=np.uint8)
    start = np.cumsum([0, *map(len, words)])
    numbers = np.arange(len(words))
    rare, common = one_edit.pairs_one_edit_apart(text, start, numbers[::2], numbers[1::2])
    found = {(words[2 * one], words[2 * other + 1]) for one, other in zip(rare.tolist(), common.tolist(), strict=True)}
    wanted = {(one, other) for one in words[::2] for other in words[1::2] if OSA.distance(one, other) == 1}
    assert wanted <= found
    assert len(found) == len(rare)
    assert all(OSA.distance(*pair) <= 2 for pair in found)


# --- volumes ------------------------------------------------------------------------------------------------------


def test_months_sites_sections_and_gaps() -> None:
    articles: list[Article | str] = [
        article(1, site="Alfa", section=("Economia", "Lavoro")),
        article(2, site="Alfa", section=("Economia",), day=date(2025, 6, 1)),
        article(3, site="Alfa", day=date(2025, 3, 5)),
        article(4, site="Beta", day=date(2025, 4, 5)),
        article(5, day=None),
        article(6, site="Beta", day=date(2024, 1, 1)),
        article(7, site="Beta", day=date(2025, 7, 2)),
    ]
    with reported(articles, ["a0004", article(8, site="Beta", day=date(2025, 4, 7))], now=NOW, months=4) as report:
        assert report.months == tuple(2025 * 12 + at for at in (2, 3, 4, 5))
        assert (report.articles, report.after, report.undated.total) == (7, 1, 1)
        assert report.whole.by_month == (1, 1, 0, 2)
        assert report.whole.span == (2024 * 12, 2025 * 12 + 6)
        assert report.whole.gaps == ((2024 * 12 + 1, 2025 * 12 + 1), (2025 * 12 + 4, 2025 * 12 + 4))
        assert [(one.label, one.articles, one.by_month) for one in report.by_site] == [
            ("Alfa", 3, (1, 0, 0, 2)),
            ("Beta", 1, (0, 1, 0, 0)),
            ("", 0, (0, 0, 0, 0)),
        ]
        # February 2024 is no gap of Beta, since nobody published; March and June 2025 are.
        assert report.by_site[1].gaps == ((2025 * 12 + 2, 2025 * 12 + 2), (2025 * 12 + 5, 2025 * 12 + 5))
        assert [(one.label, one.articles) for one in report.by_section] == [("Economia", 2), ("", 2)]
        assert [one.article_id for one in report.undated.first] == ["a0005"]


def test_what_is_not_told_by_itself_is_summed_up() -> None:
    articles: list[Article | str] = [article(at, site=f"Sito {at % 3}") for at in range(7)]
    with reported(articles, now=NOW, size=1) as report:
        assert [(one.label, one.articles) for one in report.by_site] == [("Sito 0", 3), (None, 4)]
        assert "altre testate (2)" in report_as_text(report)


def test_only_the_sites_that_are_asked_for_count() -> None:
    articles: list[Article | str] = [article(at, "Parla Meloni.", site=f"Sito {at % 2}") for at in range(9)]
    with temporary_archive(articles) as archive:
        report = archive.report(now=NOW, sites=["sito 1"])
        assert (report.articles, report.sites) == (4, ("Sito 1",))
        assert [(one.text, one.articles) for one in report.names if one.text == "Meloni"] == [("Meloni", 4)]
        with pytest.raises(UnknownValue):
            archive.report(sites=["Altrove"])


# --- names and words ----------------------------------------------------------------------------------------------


def test_names_are_counted_by_month_and_two_words_of_one_are_one() -> None:
    articles: list[Article | str] = [
        *(article(at, "Oggi il gruppo Poste Italiane e la NATO. Il Governo tace.") for at in range(3)),
        *(article(10 + at, "Anche a Meloni piace, il governo no.", day=date(2025, 5, 2)) for at in range(2)),
        *(article(20 + at, "Il governo dice di no, con il governo.", day=date(2025, 5, 2)) for at in range(30)),
    ]
    with reported(articles, now=NOW, months=2) as report:
        assert [(one.text, one.by_month) for one in report.names] == [
            ("NATO", (0, 3)),
            ("Poste Italiane", (0, 3)),
            ("Meloni", (2, 0)),
        ]
        assert report.names_of_month == ((("Meloni", 2),), (("NATO", 3), ("Poste Italiane", 3)))


def test_a_word_of_the_last_weeks_rises_and_its_inflections_count_together() -> None:
    articles: list[Article | str] = [
        *(article(at, "Si parla del governo.", day=days_before(40 + at % 300)) for at in range(200)),
        *(article(300 + at, title="Nuovo terremoto", body="Del governo.", day=days_before(at)) for at in range(5)),
        *(article(400 + at, title="Due terremoti", body="Del governo.", day=days_before(at)) for at in range(5)),
    ]
    with reported(articles, now=NOW) as report:
        (word,) = [one for one in report.rising if one.text.startswith("terremot")]
        assert (word.recent, word.before) == (10, 0)
        assert sum(word.by_week[-4:]) == 10
        assert word.score > 5
        assert not {"governo", "del", "giugno"} & {one.text for one in report.rising}
        assert (report.num_recent, report.num_before) == (10, 200)


def test_the_style_of_a_new_site_does_not_rise() -> None:
    articles: list[Article | str] = [
        *(article(at, "Si parla del governo.", site="Vecchia", day=days_before(at)) for at in range(200)),
        *(article(300 + at, title="Un terremoto", site="Nuova", day=days_before(at)) for at in range(20)),
    ]
    with reported(articles, now=NOW) as report:
        assert report.rising == ()


def test_the_test_of_one_site_is_that_of_a_table_of_two_by_two() -> None:
    having = np.array([[[8, 12]]])
    found, expected, score = mantel_haenszel(having, np.array([[50, 450]]))
    # Hypergeometric: 20 of 500 articles have the word, 50 of them are recent.
    variance = 20 * 480 * 50 * 450 / (500**2 * 499)
    assert (found[0], expected[0]) == (8, pytest.approx(2.0))
    assert score[0] == pytest.approx(5.5 / variance**0.5)


# --- what may be wrong --------------------------------------------------------------------------------------------


def test_slips_of_the_list_are_found_with_their_articles() -> None:
    articles: list[Article | str] = [
        article(1, "Non so perchè. Un'altro giorno."),
        article(2, "PERCHÈ NO, qual'è il motivo, un pò di più."),
        article(3, "Non so perché, un altro e un'altra; qual è, un po'."),
    ]
    with reported(articles, now=NOW) as report:
        assert [(one.printed, one.meant, one.articles, one.articles_meant) for one in report.slips] == [
            ("perchè", "perché", 2, 1),
            ("pò", "po'", 1, 1),
            ("qual'è", "qual è", 1, 1),
            ("un'altro", "un altro", 1, 1),
        ]
        assert [one.article_id for one in report.slips[0].places] == ["a0001", "a0002"]


def test_a_rare_word_an_edit_from_a_common_one_is_told_and_real_words_are_not() -> None:
    articles: list[Article | str] = [
        *(article(at, "La pubblicazione della critica, il numero possibile.") for at in range(60)),
        article(100, "La publicazione della critica."),
        article(101, "The critical number is possible. Una presenza numerosa."),
    ]
    with reported(articles, now=NOW) as report:
        assert [(one.printed, one.meant, one.articles) for one in report.typos] == [
            ("publicazione", "pubblicazione", 1)
        ]
        assert [one.article_id for one in report.typos[0].places] == ["a0100"]


@pytest.mark.parametrize(
    ("typed", "meant", "is_likely"),
    [
        ("publica", "pubblica", True),
        ("digital", "digitale", False),
        ("vendite", "venditi", False),
        ("software", "softvare", False),
        ("attivare", "uttivare", False),
    ],
)
def test_letters_alone_tell_what_may_be_a_slip(typed: str, meant: str, is_likely: bool) -> None:
    assert may_be_slip(typed, meant) is is_likely


def test_the_list_of_slips_has_each_once_and_none_that_is_right() -> None:
    wrong = [one for one, _ in slips()]
    right = {other.replace("'", "' ") if "' " in other else other for _, other in slips()}
    assert len(wrong) == len(set(wrong)) > 150
    assert not set(wrong) & right


def test_articles_with_one_title_are_grouped() -> None:
    articles: list[Article | str] = [
        article(1, title="Un attacco informatico al Comune"),
        article(2, title="UN ATTACCO INFORMATICO AL COMUNE", day=days_before(3)),
        article(3, title="Un attacco al Comune, informatico e grave"),
        article(4, title="In breve"),
        article(5, title="In breve"),
    ]
    with reported(articles, now=NOW) as report:
        assert report.num_same_title == 1
        assert [one.article_id for one in report.same_title[0].first] == ["a0001", "a0002"]


def wire_article(article_id: str, at: int) -> Article:
    return Article(
        article_id=article_id,
        title=f"Titolo {at}",
        body=printed(0, "whole"),
        site=f"Sito {at}",
        published=date(2025, 3, 1),
    )


def test_stories_that_several_articles_tell_are_grouped() -> None:
    first, second = (wire_article(f"v{at}", at) for at in range(2))
    with reported([first, second, article(3, title="Tutt'altro")], now=NOW) as report:
        assert report.num_stories == 1
        assert report.stories[0].total == 2
        assert {one.article_id for one in report.stories[0].first} == {"v0", "v1"}
    with reported([first, article(3, title="Tutt'altro")], now=NOW) as report:
        assert (report.num_stories, report.stories) == (0, ())


@given(history=histories())
def test_any_history_is_reported_as_one_rebuild(history: History) -> None:
    with temporary_archive(*history.batches, **history.settings) as grown, temporary_archive(history.left) as fresh:
        assert grown.report(now=NOW, size=3) == fresh.report(now=NOW, size=3)


def test_of_many_without_a_date_the_first_by_id_are_named() -> None:
    undated: list[Article | str] = [article(number, day=None) for number in range(30)]
    with reported(undated[15:], undated[:15], now=NOW) as report:
        assert [one.article_id for one in report.undated.first] == [f"a{number:04d}" for number in range(4)]


@pytest.mark.parametrize(("day", "told"), [(8, "fino all'8 marzo"), (11, "fino all'11 marzo"), (9, "fino al 9 marzo")])
def test_days_have_their_article(day: int, told: str) -> None:
    with reported([article(1)], now=date(2025, 3, day)) as report:
        text = report_as_text(report)
    assert told in text


# --- sparse archives, and how they are shown ----------------------------------------------------------------------

SPARSE: dict[str, list[Article | str]] = {
    "empty": [],
    "one": [article(1, "Parla Meloni.")],
    "undated": [article(at, "Parla Meloni, perchè no.", day=None) for at in range(3)],
    "one month": [article(at, "Parla Meloni.", day=date(2025, 6, 1 + at)) for at in range(5)],
    "removed": [article(1, "Parla Meloni.")],
    "hostile": [
        article(at, "Il <b>testo</b> è quì.", title=HOSTILE, site="<i>Sito</i>", section=("A & B",)) for at in range(2)
    ],
}


@pytest.mark.parametrize("name", SPARSE)
@pytest.mark.parametrize("months", [1, 12, 60])
def test_every_archive_has_a_sensible_report(name: str, months: int) -> None:
    batches = [SPARSE[name], ["a0001"]] if name == "removed" else [SPARSE[name]]
    with reported(*batches, months=months) as report:
        page, text = report_as_page(report), report_as_text(report)
        assert faults_of(page) == []
        assert text.startswith("Le parole dell'archivio\n")
        assert len(report.months) == len(report.whole.by_month) == months
        json.dumps(report_as_json(report))
        if report.articles == 0:
            assert "nessun articolo" in text
            assert "nessun articolo" in page


def test_the_last_day_is_that_of_the_newest_article_unless_it_lies_ahead() -> None:
    ahead = date.today() + timedelta(days=400)
    with reported([article(1, day=date(2020, 2, 3)), article(2, day=ahead)]) as report:
        assert (report.now, report.after) == (date(2020, 2, 3), 1)


def test_hostile_titles_are_text_and_the_page_needs_nothing_else() -> None:
    with reported(SPARSE["hostile"], now=NOW) as report:
        page, text = report_as_page(report), report_as_text(report)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;virgolette&quot;" in page
    assert "&lt;i&gt;Sito&lt;/i&gt;" in page
    for forbidden in ("<script", "<i>", "\x1b", "http:", "https:", "url(", "@import", " src=", "<link", "<a "):
        assert forbidden not in page
    assert "\x1b" not in text


def test_json_has_months_and_days_as_texts() -> None:
    with reported([article(1, site="Alfa"), article(2, day=date(2025, 4, 1))], now=NOW, months=3) as report:
        shown = report_as_json(report)
    assert shown["months"] == ["2025-04", "2025-05", "2025-06"]
    assert shown["now"] == "2025-06-30"
    assert shown["whole"]["span"] == ["2025-04", "2025-06"]
    assert shown["whole"]["gaps"] == [["2025-05", "2025-05"]]


def test_bars_of_text_tell_none_from_few() -> None:
    assert sparkline((0, 1, 50, 100)) == "·▁▄█"
    assert sparkline((0, 0)) == "··"


@pytest.mark.parametrize("asked", [{"months": 0}, {"months": 61}, {"weeks": 27}, {"size": 101}, {"now": "ieri"}])
def test_a_value_out_of_bounds_is_refused(archive: Archive, asked: dict[str, object]) -> None:
    with pytest.raises(InvalidParameter):
        archive.report(**asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive([article(1)]) as opened:
        yield opened
