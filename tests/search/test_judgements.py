"""Judgements: three files read into queries, grades and texts, and what is said of a bad one."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import write_judgements

from index.article import Article
from index.errors import ArchiveError, ArticleError
from search.judgements import Half, judged_articles, own_article, read_judgements

TEXTS = {"d1": "il gatto", "d2": "il cane"}
QUERIES = [("q3", "tre"), ("q1", "uno"), ("nessuno", "niente"), ("q2", "due")]
GRADES = [("q1", "d1", 3), ("q1", "d2", 0), ("q2", "d2", 1), ("q3", "d1", 2), ("nessuno", "d1", 0), ("altro", "d1", 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_judgements(tmp_path / "judged", TEXTS, QUERIES, GRADES)


def test_queries_with_a_relevant_article_are_kept_in_the_order_of_the_file(folder: Path) -> None:
    judgements = read_judgements(folder)
    assert list(judgements.queries.items()) == [("q3", "tre"), ("q1", "uno"), ("q2", "due")]
    assert judgements.grades == {"q3": {"d1": 2}, "q1": {"d1": 3, "d2": 0}, "q2": {"d2": 1}}


@pytest.mark.parametrize(("half", "expected"), [("odd", ["q3"]), ("even", ["q1", "q2"])])
def test_halves_go_by_the_place_in_the_file_whether_a_query_is_judged_or_not(
    folder: Path, half: Half, expected: list[str]
) -> None:
    assert list(read_judgements(folder, half=half).queries) == expected


def test_the_halves_make_the_whole(folder: Path) -> None:
    odd, even = read_judgements(folder, half="odd").queries, read_judgements(folder, half="even").queries
    assert {**odd, **even} == read_judgements(folder).queries
    assert not odd.keys() & even.keys()


@pytest.mark.parametrize(("query", "expected"), [("qd1", "d1"), ("qqd1", "qd1"), ("d1", None), ("q", "")])
def test_the_own_article_of_a_query_is_its_id_without_the_q(query: str, expected: str | None) -> None:
    assert own_article(query) == expected


def test_an_own_article_that_is_left_out_is_not_judged(tmp_path: Path) -> None:
    grades = [("qd1", "d1", 3), ("qd1", "d2", 1), ("qd2", "d2", 3)]
    folder = write_judgements(tmp_path / "judged", TEXTS, [("qd1", "gatto"), ("qd2", "cane")], grades)
    assert read_judgements(folder, leave_out_own=True).grades == {"qd1": {"d2": 1}}
    assert read_judgements(folder).grades == {"qd1": {"d1": 3, "d2": 1}, "qd2": {"d2": 3}}


def test_tables_of_a_spreadsheet_are_read(folder: Path) -> None:
    (folder / "queries.tsv").write_bytes("\ufeffq1\tperché no\r\n\r\nq2\tdue\u2028righe\r\n".encode())
    assert read_judgements(folder).queries == {"q1": "perché no", "q2": "due\u2028righe"}


def test_a_text_needs_nothing_but_an_id(folder: Path) -> None:
    lines = (
        '\ufeff{"id": "a"}\n\n{"id": 7, "title": null, "body": null}\n'
        '{"id": "b", "title": "Perche\u0301", "lead": "Sommario", "body": "Testo", "tags": ["Perche\u0301", "a"],'
        ' "date": "2024-03-13", "reads": []}\n'
    )
    (folder / "docs.jsonl").write_text(lines, encoding="utf-8")
    assert list(judged_articles(folder)) == [
        Article(article_id="a", title=""),
        Article(article_id="7", title=""),
        Article(article_id="b", title="Perché", lead="Sommario", body="Testo", tags=("Perché", "a")),
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        pytest.param("queries.tsv", b"q1\tuno\nq2 due\n", ":2: 1 fields found; allowed: 2, with tabs", id="fields"),
        pytest.param("queries.tsv", b"q1\tuno\nq1\tdue\n", ":2: query 'q1' stands twice; give", id="query twice"),
        pytest.param("queries.tsv", b"q1\tperch\xe9\n", ": is not UTF-8 (at byte 8); save it as UTF-8", id="encoding"),
        pytest.param("qrels.tsv", b"q1\td1\n", ":1: 2 fields found; allowed: 3, with tabs between", id="no grade"),
        pytest.param("qrels.tsv", b"q1\td1\tyes\n", ":1: grade 'yes' is not allowed; allowed: whole", id="grade"),
        pytest.param("qrels.tsv", b"q1\td1\t-1\n", ":1: grade '-1' is not allowed; allowed: whole", id="below 0"),
        pytest.param("qrels.tsv", b"q1\td1\t101\n", "(not relevant) to 100", id="above 100"),
        pytest.param("qrels.tsv", b"q1\td1\t1\nq1\td1\t2\n", ":2: article 'd1' has two grades for", id="two grades"),
        pytest.param("qrels.tsv", b"q1\td1\t0\n", "no query has a relevant article; check that the ids", id="no query"),
        pytest.param("qrels.tsv", b"", "no query has a relevant article; check that the ids", id="empty"),
    ],
)
def test_a_bad_table_is_told_in_one_sentence(folder: Path, name: str, content: bytes, told: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ArchiveError) as raised:
        read_judgements(folder)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"title": "x"}', id="no id"),
        pytest.param(b'{"id": "", "body": "x"}', id="blank id"),
        pytest.param(b'{"id": "a", "body": 3}', id="body is a number"),
        pytest.param(b'{"id": "a", "body": "perch\xe9"}', id="encoding"),
        pytest.param(b'{"id": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep"),
    ],
)
def test_a_bad_text_is_told_with_its_line(folder: Path, line: bytes) -> None:
    (folder / "docs.jsonl").write_bytes(b'{"id": "first"}\n' + line + b"\n")
    with pytest.raises(ArticleError, match=r"docs\.jsonl:2: .*give") as raised:
        list(judged_articles(folder))
    assert "\n" not in str(raised.value)
    assert ("(not UTF-8, byte 0xe9)" in str(raised.value)) == (b"\xe9" in line)


@pytest.mark.parametrize("name", ["docs.jsonl", "queries.tsv", "qrels.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArchiveError, match=f"{name}: cannot be read .*name a folder with docs.jsonl, queries.tsv and"):
        list(read_judgements(folder).queries) + list(judged_articles(folder))


@given(content=st.binary(max_size=40), name=st.sampled_from(("docs.jsonl", "queries.tsv", "qrels.tsv")))
def test_no_bytes_give_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    folder = write_judgements(tmp_path_factory.mktemp("bytes"), TEXTS, QUERIES, GRADES)
    (folder / name).write_bytes(content)
    with contextlib.suppress(ArchiveError):
        read_judgements(folder)
    with contextlib.suppress(ArchiveError):
        list(judged_articles(folder))
