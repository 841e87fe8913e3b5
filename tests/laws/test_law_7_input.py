"""Law 7: no question raises, and what stands beside it raises only a QueryError."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from archives import temporary_archive
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import TODAY

from index.article import Article, article_from_record
from index.errors import ArticleError
from search import Archive, Page, QueryError
from search.kernels import KernelName

ARTICLES = [
    Article(article_id="1", title="L’economia dell’Unione", body="Il governo e le pensioni. AI e C++.", site="Uno"),
    Article(article_id="2", title="AI", body="Riforma (a metà): città, citta' e NIS2.", section=("Economia", "Lavoro")),
    Article(article_id="3", title="D'Alema", lead="po' di e-commerce", body="", published=date(2024, 3, 13)),
]

NASTY = (
    *("", " ", "\0", "\ud800", '"', '""', '"""', "(", ")", "((((", "))))", "()", "-", "--", "+", "*", "**", "***", "~"),
    *(
        "~2",
        "a~99",
        "a~2~2",
        "\\",
        "/",
        "a:b:c",
        ":",
        "titolo:",
        "titolo:*",
        "titolo:()",
        "autore:*",
        "[2024 TO",
        "[TO]",
    ),
    *(
        "data:",
        "data:[",
        "data:[2024 TO",
        "data:[a TO b]",
        "dopo:99999",
        "data:31/02/2024",
        "dopo:dopo:2024",
        "data:[* TO *]",
    ),
    *("E", "O", "NON", "E E", "NON NON", "a E", "O a", "NON -a", "a E NON", "-(-(-a))", "(a O) b", "NON (", '-"a b"~3'),
    *("il", "il la di", "-il", "NON il", "il -il", '"il"', "l'", "l’ dell’", "'", "''''", "’", "d'", "AI ai Ai aI"),
    *("\"l'economia", '"a"~', '"a b"~0', '"a b"~999999999999999999999', '"governo"~5', '""~3', "«a", "a»", "“a„ b”"),
    *(
        "(governo pensioni) O (governo pensioni riforma)",
        "(governo O ai) (governo O ai riforma)",
        "a" * 10_000,
        "a " * 5_000,
    ),
    *(
        "(" * 500 + "a" + ")" * 500,
        "-" * 500 + "a",
        "NON " * 300 + "a",
        "a*" * 500,
        "\u0301",
        "a\u0301*",
        "ﬁ*",
        "İ~",
        "ß~2",
    ),
    *(
        "😀",
        "😀*",
        "#",
        "#tag",
        "@",
        "a@b.it",
        "http://",
        "http://x",
        "https://www.repubblica.it/a?b=c#d",
        ".NET",
        "C#*",
    ),
    *(
        "½",
        "²",
        "1/2",
        "1.000.000,5",
        "3,5*",
        "٣",
        "中文",
        "中*",
        "\u200b",
        "a\u00adb",
        "\u202egov",
        "<b>&amp;",
        "%00",
        "${x}",
    ),
    *("sezione:" + "x" * 400, "tag:~", 'tag:"', "sezione:()", "testata:-x", "governo\tpensioni\r\nai", "TRUE", "None"),
)


@pytest.fixture(scope="module", params=["plain", "compiled"])
def archive(request: pytest.FixtureRequest) -> Iterator[Archive]:
    kernels: KernelName = request.param
    with temporary_archive(ARTICLES[:2], ARTICLES[2:], kernels=kernels) as opened:
        yield opened


@pytest.mark.parametrize("text", NASTY, ids=[f"{at}" for at in range(len(NASTY))])
def test_what_nobody_means_gives_a_page(archive: Archive, text: str) -> None:
    for any_word in (False, True):
        page = archive.search(text, any=any_word, now=TODAY, explain=True)
        assert 0 <= page.total <= len(ARTICLES)
        assert len(page.hits) == page.total


_signs = st.text(st.sampled_from(string.punctuation + " «»“”’\0\u0301\t"), max_size=12)
_scraps = st.lists(
    st.one_of(
        st.sampled_from(NASTY).filter(lambda text: len(text) < 50),
        st.sampled_from(("governo", "il", "AI", "E", "O", "NON", "titolo:", "dopo:2024", "sezione:economia")),
        _signs,
        st.text(max_size=8),
    ),
    max_size=8,
)
_typed = st.one_of(st.text(), _scraps.map(" ".join), _scraps.map("".join))


@given(text=_typed, any_word=st.booleans())
@settings(max_examples=150)
def test_no_text_raises(archive: Archive, text: str, any_word: bool) -> None:
    page = archive.search(text, any=any_word, now=TODAY)
    assert page.query == text
    assert len(page.hits) == page.total <= len(ARTICLES)


@given(prefix=_typed)
def test_no_beginning_of_a_word_raises(archive: Archive, prefix: str) -> None:
    assert "" not in archive.suggest(prefix)


_values = st.lists(
    st.one_of(st.text(max_size=8), st.sampled_from(("Uno", "Economia", "lavoro", "economia / lavoro"))), max_size=2
)
_days = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.dates(),
    st.datetimes(),
    st.sampled_from(("2024", "ieri", "marzo 2024", "31/02/2024")),
)
_numbers = st.one_of(st.integers(-3, 120), st.sampled_from((10**30, -(10**30), 0, True, 1.5, "1", None)))
_parameters = st.fixed_dictionaries(
    {},
    optional={
        "sections": _values,
        "sites": _values,
        "authors": _values,
        "since": _days,
        "until": _days,
        "sort": st.one_of(st.sampled_from(("relevance", "newest", "oldest", "", "RELEVANCE")), st.text(max_size=5)),
        "page": _numbers,
        "size": _numbers,
        "now": st.dates(),
    },
)


@given(parameters=_parameters, text=st.sampled_from(("", "governo", "data:ieri", "il")))
@settings(max_examples=150)
def test_parameters_raise_only_query_errors(archive: Archive, parameters: dict[str, Any], text: str) -> None:
    try:
        page = archive.search(text, **parameters)
    except QueryError as error:
        outcome: Page | str = f"{error.parameter}: {error}"
    else:
        outcome = page
    assert isinstance(outcome, Page) or ("allowed" in outcome and "\n" not in outcome)


def test_an_archive_without_a_commit_answers_with_an_empty_page() -> None:
    with temporary_archive([]) as empty:
        for text in ("", "governo", '"a b"', "gov*", "gov~", "-a", "titolo:a", "sezione:x"):
            page = empty.search(text, now=TODAY)
            assert (page.total, page.hits, page.histogram) == (0, (), ())
        assert empty.suggest("gov") == ()


_fields = st.fixed_dictionaries({"id": st.just("x"), "title": _typed, "body": _typed}, optional={"lead": _typed})


@given(records=st.lists(_fields, min_size=1, max_size=3), text=_typed)
def test_any_article_that_is_taken_in_can_be_indexed_and_found(records: list[dict[str, Any]], text: str) -> None:
    articles = []
    for number, record in enumerate(records):
        try:
            articles.append(article_from_record({**record, "id": str(number)}, allow_empty_body=True))
        except ArticleError as error:
            assert error.reason  # noqa: PT017
    with temporary_archive(articles, ["0"]) as archive:
        everything = archive.search("", size=100, now=TODAY)
        assert everything.total == len([article for article in articles if article.article_id != "0"])
        assert archive.search(text, now=TODAY).total <= everything.total
