"""The gate between a record and an article."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import (
    MAX_BODY_CHARS,
    Article,
    Withdrawal,
    article_from_record,
    change_from_record,
    record_from_article,
)
from index.errors import ArticleError

BARE: dict[str, object] = {"id": "a-1", "title": "Un titolo", "body": "Un testo."}


def test_a_bare_record_becomes_an_article_with_nothing_invented() -> None:
    assert article_from_record(BARE) == Article(article_id="a-1", title="Un titolo", body="Un testo.")


def test_every_field_arrives() -> None:
    article = article_from_record(
        {
            "id": 17,
            "title": "L&amp;rsquo;energia",
            "body": "citta\u0300\r\nsicura",
            "lead": "Il sommario",
            "url": "https://esempio.example/17",
            "site": "EsempioCity",
            "section": "Energia / Solare",
            "authors": ["Ada Verdini", "Ugo Neri"],
            "tags": "forni, pizza,, forni",
            "published": "2026-03-13T10:30:00+01:00",
            "updated": "2026-03-14",
            "reads": 12,
            "feed": {"name": "principale", "items": [1, 2.5, None, True]},
        }
    )
    assert article == Article(
        article_id="17",
        title="L’energia",
        body="città\nsicura",
        lead="Il sommario",
        url="https://esempio.example/17",
        site="EsempioCity",
        section=("Energia", "Solare"),
        authors=("Ada Verdini", "Ugo Neri"),
        tags=("forni", "pizza"),
        published=datetime(2026, 3, 13, 10, 30, tzinfo=timezone(timedelta(hours=1))),
        updated=date(2026, 3, 14),
        reads=12,
        extra={"feed": {"name": "principale", "items": [1, 2.5, None, True]}},
    )


@pytest.mark.parametrize(
    ("section", "path"),
    [
        pytest.param("Energia / Solare", ("Energia", "Solare"), id="path-in-a-string"),
        pytest.param(["Energia", "Sole / Vento"], ("Energia", "Sole / Vento"), id="list-is-taken-as-it-is"),
        pytest.param("nuove-minacce/ransomware", ("nuove-minacce", "ransomware"), id="slugs"),
        pytest.param("AI/ML", ("AI/ML",), id="a-name-with-a-slash"),
        pytest.param("24/7", ("24/7",), id="numbers-with-a-slash"),
        pytest.param(" / Energia / ", ("Energia",), id="blank-parts-are-dropped"),
        pytest.param("", (), id="blank"),
        pytest.param(None, (), id="null"),
    ],
)
def test_section_is_a_path(section: object, path: tuple[str, ...]) -> None:
    assert article_from_record(BARE | {"section": section}).section == path


@pytest.mark.parametrize(
    ("fields", "authors"),
    [
        pytest.param({"author": "Ada Verdini"}, ("Ada Verdini",), id="author"),
        pytest.param({"author": ["Ada Verdini"]}, ("Ada Verdini",), id="author-as-list"),
        pytest.param({"authors": "Ada Verdini e Ugo Neri"}, ("Ada Verdini", "Ugo Neri"), id="two-full-names"),
        pytest.param({"authors": "Verdini, Ada"}, ("Verdini, Ada",), id="surname-first-stays-whole"),
        pytest.param({"authors": "Ugo Neri, inviato a Lodi"}, ("Ugo Neri, inviato a Lodi",), id="office-stays"),
        pytest.param({"authors": [], "author": "Ugo Neri"}, ("Ugo Neri",), id="empty-list-gives-way"),
        pytest.param({"authors": ["Ada", "Ada"]}, ("Ada",), id="each-once"),
    ],
)
def test_authors_are_read(fields: dict[str, object], authors: tuple[str, ...]) -> None:
    assert article_from_record(BARE | fields).authors == authors


def test_published_goes_before_date_and_a_date_stays_a_date() -> None:
    both = article_from_record(BARE | {"date": "2020-01-01", "published": "2026-03-13"})
    assert both.published == date(2026, 3, 13)
    assert not isinstance(both.published, datetime)
    assert article_from_record(BARE | {"date": "2020-01-01", "published": ""}).published == date(2020, 1, 1)


def test_a_time_without_a_zone_is_romes() -> None:
    moment = article_from_record(BARE | {"date": "2026-07-01T12:00:00"}).published
    assert moment == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"id": None}, "id is missing", id="no-id"),
        pytest.param({"id": "  "}, "id is blank", id="blank-id"),
        pytest.param({"id": True}, "id is the boolean True", id="id-is-boolean"),
        pytest.param({"id": 1.5}, "id is the number 1.5", id="id-is-fraction"),
        pytest.param({"id": "a\nb"}, "without line breaks", id="id-of-two-lines"),
        pytest.param({"id": "a" * 3000}, "id has 3,000 characters", id="long-id"),
        pytest.param({"title": None}, "title is missing", id="no-title"),
        pytest.param({"title": "&nbsp; "}, "title is blank", id="blank-title"),
        pytest.param({"title": 3}, "title is a number", id="title-is-number"),
        pytest.param({"title": "a" * 20_000}, "title has 20,000 characters", id="long-title"),
        pytest.param({"body": None}, "body is missing", id="no-body"),
        pytest.param({"body": ""}, "body is blank", id="blank-body"),
        pytest.param({"body": ["a"]}, "body is a list", id="body-is-list"),
        pytest.param({"body": "a" * (MAX_BODY_CHARS + 1)}, "body has 5,000,001 characters", id="long-body"),
        pytest.param({"lead": {}}, "lead is an object", id="lead-is-object"),
        pytest.param({"url": 1}, "url is a number", id="url-is-number"),
        pytest.param({"url": "javascript:alert(1)"}, "begins with http", id="url-that-runs"),
        pytest.param({"section": 1}, "section is a number", id="section-is-number"),
        pytest.param({"section": ["A", 1]}, "section has a number in it", id="section-of-numbers"),
        pytest.param({"tags": ["a"] * 1001}, "tags has 1,001 items", id="many-tags"),
        pytest.param({"date": "13 marzo"}, "date cannot be read", id="bad-date"),
        pytest.param({"date": "2026-02-30"}, "date cannot be read", id="no-such-day"),
        pytest.param({"published": 1700000000}, "published is a number", id="date-is-number"),
        pytest.param({"updated": []}, "updated is a list", id="updated-is-list"),
        pytest.param({"reads": -1}, "reads is a number", id="negative-reads"),
        pytest.param({"reads": "12"}, "reads is the string '12'", id="reads-is-string"),
        pytest.param({"reads": True}, "reads is the boolean", id="reads-is-boolean"),
        pytest.param({"x": float("nan")}, "does not hold a JSON value", id="extra-nan"),
        pytest.param({"x": object()}, "does not hold a JSON value", id="extra-object"),
    ],
)
def test_a_bad_field_is_one_sentence_that_names_it(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ArticleError) as caught:
        article_from_record(BARE | fields)
    assert reason in caught.value.reason
    assert "\n" not in caught.value.reason
    assert len(caught.value.reason) < 400
    assert (caught.value.source, caught.value.line) == (None, None)


def test_a_headline_without_a_body_is_taken_on_request_only() -> None:
    article = article_from_record({"id": "a", "title": "b"}, allow_empty_body=True)
    assert article.body == ""
    assert record_from_article(article) == {"id": "a", "title": "b", "body": ""}


def test_the_record_leaves_out_what_is_empty_and_brings_unknown_fields_back() -> None:
    record: dict[str, object] = {"id": "a", "title": "b", "body": "c", "truncated": False, "altro": {"à": [1]}}
    assert record_from_article(article_from_record(record)) == record


def test_the_repeated_hour_of_october_survives_an_export() -> None:
    article = article_from_record(BARE | {"date": "2024-10-27T02:30:00"})
    assert article_from_record(record_from_article(article)) == article


names = st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=3)
dates = st.dates(min_value=date(1001, 1, 2)).map(date.isoformat) | st.datetimes(
    min_value=datetime(1001, 1, 2), max_value=datetime(9999, 12, 30)
).map(datetime.isoformat)
records = st.fixed_dictionaries(
    {"id": st.text(min_size=1) | st.integers(), "title": st.text(min_size=1), "body": st.text(min_size=1)},
    optional={
        "lead": st.text(),
        "site": st.text(),
        "section": names,
        "authors": names,
        "author": names,
        "tags": names,
        "date": dates,
        "published": dates,
        "updated": dates,
        "reads": st.integers(min_value=0, max_value=2**63 - 1),
        "altro": st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists, max_leaves=4
        ),
    },
)


@given(records)
def test_an_article_survives_its_export(record: dict[str, object]) -> None:
    try:
        article = article_from_record(record)
    except ArticleError:
        return
    assert article_from_record(record) == article
    line = msgspec.json.encode(record_from_article(article))
    assert article_from_record(msgspec.json.decode(line)) == article


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*BARE, "section", "authors", "tags", "date", "reads", "url", "x"]), anything))
def test_any_record_is_an_article_or_an_article_error(record: dict[str, object]) -> None:
    with contextlib.suppress(ArticleError):
        assert article_from_record(BARE | record).article_id


def test_a_second_date_or_author_comes_back_as_it_came() -> None:
    record: dict[str, object] = {"id": "1", "title": "Uno", "body": "testo", "published": "2026-03-13"}
    record |= {"date": "12 marzo, forse", "authors": ["Ada Neri"], "author": "redazione"}
    article = article_from_record(record)
    assert article.extra == {"date": "12 marzo, forse", "author": "redazione"}
    exported = record_from_article(article)
    assert (exported["date"], exported["author"]) == ("12 marzo, forse", "redazione")
    assert article_from_record(exported) == article


@pytest.mark.parametrize("name", ["status", "pubstatus"])
@pytest.mark.parametrize("value", ["canceled", "cancelled", " Canceled "])
def test_a_canceled_record_needs_nothing_but_its_id_to_take_its_article_out(name: str, value: str) -> None:
    assert change_from_record({"id": 17, name: value}) == Withdrawal("17")
    assert change_from_record(BARE | {name: value, "title": 5}) == Withdrawal("a-1")


def test_a_canceled_record_without_an_id_is_refused() -> None:
    with pytest.raises(ArticleError, match="id is missing"):
        change_from_record({"status": "canceled"})


@pytest.mark.parametrize("value", ["usable", "published", "publish", "Usable", "", " ", None])
def test_a_plain_status_brings_the_article_and_is_kept_as_it_came(value: str | None) -> None:
    article = change_from_record(BARE | {"pubstatus": value})
    assert isinstance(article, Article)
    assert article.extra == {"pubstatus": value}


@pytest.mark.parametrize("value", ["draft", "withheld", "usabile", 1, True, ["usable"]])
@pytest.mark.parametrize("gate", [change_from_record, article_from_record])
def test_another_status_is_refused_rather_than_published(
    gate: Callable[[dict[str, object]], object], value: object
) -> None:
    with pytest.raises(ArticleError, match=r"^status is .*; allowed: usable, published or publish .* canceled"):
        gate(BARE | {"status": value})


def test_where_two_statuses_differ_canceled_wins() -> None:
    assert change_from_record(BARE | {"status": "published", "pubstatus": "canceled"}) == Withdrawal("a-1")
    assert change_from_record(BARE | {"status": "canceled", "pubstatus": "withheld"}) == Withdrawal("a-1")


def test_a_canceled_record_is_no_article() -> None:
    with pytest.raises(ArticleError, match="status is the string 'canceled'"):
        article_from_record(BARE | {"status": "canceled"})
