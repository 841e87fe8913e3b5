"""Files in, articles and errors out: the door, JSONL and CSV."""

from __future__ import annotations

import gzip
import io
import sys
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import index.sources
from index.article import Article, Change, Withdrawal
from index.errors import ArticleError
from index.sources import KNOWN_SUFFIXES, read_source
from index.sources.byte_lines import MAX_LINE_BYTES, bounded_lines
from index.sources.unpacked import FREE_BYTES

GOOD = b'{"id": "1", "title": "Un titolo", "body": "Un testo."}'


def read(folder: Path, name: str, content: bytes, *, allow_empty_body: bool = False) -> list[Change | ArticleError]:
    path = folder / name
    path.write_bytes(content)
    return list(read_source(str(path), allow_empty_body=allow_empty_body))


def errors(results: list[Change | ArticleError]) -> list[tuple[int | None, str]]:
    return [(result.line, result.reason) for result in results if isinstance(result, ArticleError)]


def ids(results: list[Change | ArticleError]) -> list[str]:
    return [result.article_id for result in results if isinstance(result, Article)]


def test_the_package_exports_what_it_says() -> None:
    assert index.sources.__all__ == sorted(index.sources.__all__)
    assert all(hasattr(index.sources, name) for name in index.sources.__all__)


def test_jsonl_gives_an_article_a_line(tmp_path: Path) -> None:
    results = read(tmp_path, "a.jsonl", b"\xef\xbb\xbf" + GOOD + b"\r\n\n  \n" + GOOD.replace(b'"1"', b"2") + b"\n")
    assert ids(results) == ["1", "2"]
    assert errors(results) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"title": "a", "body": "b"}', "id is missing", id="no-id"),
        pytest.param(b'{"id": "2", "body": "b"}', "title is missing", id="no-title"),
        pytest.param(b'{"id": "2", "title": "a"}', "body is missing", id="no-body"),
        pytest.param(b'{"id": "2", "title": "a", "body": "b"', "not JSON", id="broken"),
        pytest.param(b'{"id": "2", "title": "a", "body": "b"} x', "not JSON", id="trailing"),
        pytest.param(b'{"id": "2", "title": "a", "body": "b", "date": "ieri"}', "date cannot be read", id="bad-date"),
        pytest.param(b'{"id": "2", "title": 5, "body": "b"}', "title is a number", id="wrong-type"),
        pytest.param(b'{"id": "2", "title": "perch\xe9", "body": "b"}', "not UTF-8 text (byte 0xe9)", id="latin-1"),
        pytest.param(b'{"id": "2", "title": "\\ud800", "body": "b"}', "not JSON", id="lone-surrogate"),
        pytest.param(b"[1, 2]", "JSON, but a list", id="list"),
        pytest.param(b'"testo"', "JSON, but a string", id="string"),
        pytest.param(b"null", "JSON, but null", id="null"),
        pytest.param(b"[" * 100_000, "nested too deep", id="deep"),
        pytest.param(b"\xff\x00\x01 no record \x02", "binary data", id="binary"),
        pytest.param(b'{"id": "2", "title": "' + b"a" * MAX_LINE_BYTES + b'"}', "longer than 10,000,000", id="10-MB"),
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_the_rest_goes_in(tmp_path: Path, line: bytes, reason: str) -> None:
    results = read(tmp_path, "a.jsonl", GOOD + b"\n" + line + b"\n" + GOOD.replace(b'"1"', b'"3"') + b"\n")
    assert ids(results) == ["1", "3"]
    [(number, text)] = errors(results)
    assert number == 2
    assert reason in text
    [error] = [result for result in results if isinstance(result, ArticleError)]
    assert str(error).startswith(f"{tmp_path / 'a.jsonl'}:2: ")


def test_of_a_repeated_key_the_last_counts(tmp_path: Path) -> None:
    assert ids(read(tmp_path, "a.jsonl", b'{"id": "1", "id": "2", "title": "a", "body": "b"}')) == ["2"]


def test_a_line_that_is_too_long_is_never_held() -> None:
    class Endless(io.RawIOBase):
        left = 40 * MAX_LINE_BYTES

        def read(self, size: int = -1) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return b"a" * size

    tracemalloc.start()
    try:
        assert list(bounded_lines(Endless())) == [None]  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_LINE_BYTES
    finally:
        tracemalloc.stop()


def test_binary_data_is_one_error_and_what_came_before_stays(tmp_path: Path) -> None:
    garbage = b"\x00\xff\xfe\x01\n\x80\n\x03\xff{\n" * 50
    results = read(tmp_path, "a.jsonl", GOOD + b"\n" + garbage + GOOD.replace(b'"1"', b'"2"') + b"\n" + garbage)
    assert ids(results) == ["1", "2"]
    assert [line for line, _ in errors(results)] == [2, 153]
    assert "up to line 151" in errors(results)[0][1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("{}".encode("utf-16"), "UTF-16", id="utf-16"),
        pytest.param(gzip.compress(GOOD, mtime=0), "name end in .gz", id="gzip"),
        pytest.param(b"PK\x03\x04\x00", "zip", id="zip"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_of_another_kind_is_one_error_with_the_remedy(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    [(line, text)] = errors(read(tmp_path, name, content))
    assert line is None
    assert reason in text


@pytest.mark.parametrize("name", ["A.JSONL.GZ", "a.ndjson.gz"])
def test_gzipped_jsonl_is_read(tmp_path: Path, name: str) -> None:
    assert ids(read(tmp_path, name, gzip.compress(GOOD, mtime=0) + gzip.compress(b"\n" + GOOD))) == ["1", "1"]


def test_a_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    lines = b"".join(GOOD.replace(b'"1"', b'"%d"' % number) + b"\n" for number in range(50_000))
    results = read(tmp_path, "a.jsonl.gz", gzip.compress(lines, mtime=0)[:-4000])
    assert ids(results)[:3] == ["0", "1", "2"]
    assert len(ids(results)) > 10_000
    [(line, reason)] = errors(results)
    assert line is None
    assert "cut short or damaged" in reason


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip at all", gzip.compress(GOOD, mtime=0)[:6], gzip.compress(GOOD, mtime=0)[:-1] + b"x"],
    ids=["empty", "text", "header", "checksum"],
)
def test_a_gzip_that_is_none_is_at_most_one_error(tmp_path: Path, content: bytes) -> None:
    assert len(errors(read(tmp_path, "a.jsonl.gz", content))) == (1 if content else 0)


def test_standard_input_is_jsonl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD + b"\n{\n")))
    results = list(read_source("-"))
    assert ids(results) == ["1"]
    assert str(results[1]).startswith("-:2: the line is not JSON")


@pytest.mark.parametrize("name", ["a.pdf", "senza", "a.gz", "a.html.gz"])
def test_an_unknown_suffix_is_an_error_that_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    [(line, reason)] = errors(read(tmp_path, name, GOOD))
    assert line is None
    assert all(suffix in reason for suffix in KNOWN_SUFFIXES)


@pytest.mark.parametrize("suffix", KNOWN_SUFFIXES)
def test_a_file_that_cannot_be_opened_is_one_error(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"folder{suffix}").mkdir()
    for path in (tmp_path / f"missing{suffix}", tmp_path / f"folder{suffix}", f"a\0b{suffix}"):
        [error] = list(read_source(str(path)))
        assert isinstance(error, ArticleError)
        assert error.source == str(path)
        assert "cannot be" in error.reason


def test_headlines_are_taken_on_request(tmp_path: Path) -> None:
    headline = b'{"id": "1", "title": "Un titolo"}'
    assert errors(read(tmp_path, "a.jsonl", headline))
    assert ids(read(tmp_path, "a.jsonl", headline, allow_empty_body=True)) == ["1"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_whatever_its_delimiter(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["ID", " Title ", "body", "section", "tags", "date", "reads", "Redattore, capo"],
        ["1", '"Prezzi, costi; e\taltro"', '"Su\ndue ""righe"""', "A / B", '"x, y"', "2026-03-13", "7", "Ada"],
        [""] * 8,
        ["2", "Altro", "Testo", "", "", "", "", ""],
    ]
    rows[0][-1] = '"Redattore, capo"'
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    results = read(tmp_path, "a.csv", b"\xef\xbb\xbf" + text.encode())
    assert errors(results) == []
    first, second = results
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.title, first.body) == ("Prezzi, costi; e altro", 'Su\ndue "righe"')
    assert (first.section, first.tags, first.published, first.reads) == (("A", "B"), ("x", "y"), date(2026, 3, 13), 7)
    assert first.extra == {"Redattore, capo": "Ada"}
    assert second.extra == {}


def test_bad_rows_are_reported_with_their_number_and_the_rest_goes_in(tmp_path: Path) -> None:
    table = (
        b"id,title,body,reads\n"
        b"1,a,b,\n"
        b"2,a\n"
        b"3,perch\xe9,b,\n"
        b'4,a,"b"x,\n'
        b"5,a,b,molti\n"
        b",a,b,\n"
        b"7,a," + b"b" * (MAX_LINE_BYTES + 1) + b",\n"
        b"8,a,b,3\n"
    )
    results = read(tmp_path, "a.csv", table)
    assert ids(results) == ["1", "8"]
    found = dict(errors(results))
    assert "2 cells, the header 4" in found[3]
    assert "not UTF-8" in found[4]
    assert "is a quote missing?" in found[5]
    assert "reads is the string 'molti'" in found[6]
    assert "id is missing" in found[7]
    assert "longer than 10,000,000 bytes" in found[8]


def test_a_quote_that_is_never_closed_does_not_make_a_body_of_the_file(tmp_path: Path) -> None:
    results = read(tmp_path, "a.csv", b'id,title,body\n1,a,b\n2,a,"b\n3,a,b\n')
    assert ids(results) == ["1"]
    [(line, reason)] = errors(results)
    assert line == 3
    assert "is a quote missing?" in reason


def test_a_body_longer_than_the_csv_modules_limit_is_read(tmp_path: Path) -> None:
    assert ids(read(tmp_path, "a.csv", b"id,title,body\n1,a," + b"testo " * 50_000)) == ["1"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param(b"titolo,testo", "no id and no title", id="unknown-names"),
        pytest.param(b"id,body", "no title", id="one-missing"),
        pytest.param(b"id,title,TITLE", "'title' twice", id="twice"),
        pytest.param(b"id,title,caf\xe9", "not UTF-8", id="latin-1"),
        pytest.param(b"", "no id", id="empty"),
    ],
)
def test_a_header_that_names_no_fields_is_one_error(tmp_path: Path, header: bytes, reason: str) -> None:
    [(line, text)] = errors(read(tmp_path, "a.csv", header + b"\n1,2,3\n"))
    assert line == 1
    assert reason in text


@pytest.mark.parametrize("suffix", KNOWN_SUFFIXES)
@given(content=st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_raises(tmp_path: Path, suffix: str, content: bytes) -> None:
    for raw in (content, gzip.compress(content, mtime=0)):
        for result in read(tmp_path, "a" + suffix, raw):
            assert not isinstance(result, ArticleError) or (result.source and result.reason)


@given(
    lines=st.lists(
        st.sampled_from([GOOD, b"{", b"", b"\xff", b"[]", b"\x00\xff"]) | st.binary(max_size=30), max_size=12
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_good_lines_go_in_whatever_stands_between_them(tmp_path: Path, lines: list[bytes]) -> None:
    content = b"\n".join([GOOD, *lines])
    expected = sum(line == GOOD for line in content.split(b"\n"))
    assert ids(read(tmp_path, "a.jsonl", content)).count("1") >= expected


def test_the_archives_go_in_whole(shared_data: Path) -> None:
    counts = {"tradepress": 3020, "linux-it": 113, "wikinotizie": 1256}
    for name, count in counts.items():
        results = list(read_source(str(shared_data / "archives" / f"{name}.jsonl")))
        assert len(ids(results)) == len(set(ids(results))) == len(results) == count


def test_the_headlines_are_rejected_but_on_request(shared_data: Path) -> None:
    path = str(shared_data / "archives" / "headlines-2026.jsonl")
    rejected = list(read_source(path))
    assert len(errors(rejected)) == len(rejected) == 24_013
    assert all(reason.startswith("body is missing") for _, reason in errors(rejected))
    assert len(ids(list(read_source(path, allow_empty_body=True)))) == 24_013


def test_a_bad_row_is_told_by_the_line_where_it_begins(tmp_path: Path) -> None:
    table = b'id,title,body\n1,Uno,"prima\nseconda\nterza"\n2,,corpo\n3,Tre,corpo\n4,,corpo\n'
    results = read(tmp_path, "a.csv", table)
    assert ids(results) == ["1", "3"]
    assert [line for line, _ in errors(results)] == [5, 7]


def test_bytes_that_are_no_table_are_told_without_a_word_of_python(tmp_path: Path) -> None:
    [(line, reason)] = errors(read(tmp_path, "a.csv", b'id,title\r"x\ry"z\x00,q\n'))
    assert line == 1
    assert "universal-newline" not in reason
    assert "allowed: a table in UTF-8" in reason


def test_a_record_of_jsonl_and_a_row_of_csv_take_their_article_out(tmp_path: Path) -> None:
    assert read(tmp_path, "a.jsonl", b'{"id": "1", "status": "canceled"}\n') == [Withdrawal("1")]
    assert read(tmp_path, "a.csv", b"id;Status\n1;canceled\n2;Cancelled\n") == [Withdrawal("1"), Withdrawal("2")]


def test_a_row_without_a_title_takes_nothing_out_unless_it_says_so(tmp_path: Path) -> None:
    [first, second] = read(tmp_path, "a.csv", b"id,pubstatus\n1,usable\n2,canceled\n")
    assert errors([first]) == [(2, "title is missing; every article needs one: give a string with text")]
    assert second == Withdrawal("2")


def test_a_status_that_is_neither_is_told_with_its_place(tmp_path: Path) -> None:
    [(line, reason)] = errors(read(tmp_path, "a.jsonl", GOOD + b"\n" + GOOD[:-1] + b', "status": "draft"}\n'))
    assert line == 2
    assert reason.startswith("status is the string 'draft'; allowed: ")


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".csv.gz"])
def test_a_gzipped_file_that_unpacks_to_far_more_is_cut_with_one_sentence(tmp_path: Path, suffix: str) -> None:
    first = b"id,title,body\n1,a,b\n" if suffix == ".csv.gz" else GOOD + b"\n"
    results = read(tmp_path, "a" + suffix, gzip.compress(first + bytes(80_000_000), mtime=0))
    assert ids(results) == ["1"]
    [(line, reason)] = errors(results)
    assert line is None
    assert "unpacks to more than 200 times its size" in reason
    assert "gunzip" in reason


def test_a_large_archive_that_compresses_well_is_read_whole(tmp_path: Path) -> None:
    body = "Il comunicato di ogni giorno, parola per parola. " * 20
    lines = (b'{"id": "%d", "title": "Bollettino", "body": "%s"}\n' % (at, body.encode()) for at in range(30_000))
    content = b"".join(lines)
    packed = gzip.compress(content, mtime=0)
    assert len(content) > FREE_BYTES
    assert len(content) > 80 * len(packed)
    results = read(tmp_path, "a.jsonl.gz", packed)
    assert errors(results) == []
    assert len(ids(results)) == 30_000


def test_a_small_file_may_unpack_to_anything(tmp_path: Path) -> None:
    assert ids(read(tmp_path, "a.jsonl.gz", gzip.compress(GOOD + b"\n" * 1_000_000, mtime=0))) == ["1"]


@pytest.mark.parametrize("name", ["a.zip", "a.jsonl.zip", "a.jsonl.bz2", "a.tar.gz"])
def test_no_other_archive_is_unpacked(tmp_path: Path, name: str) -> None:
    [(line, reason)] = errors(read(tmp_path, name, GOOD))
    assert line is None
    assert "is unknown; allowed: .jsonl" in reason


def test_no_sequence_for_a_terminal_reaches_a_message(tmp_path: Path) -> None:
    [(_, reason)] = errors(read(tmp_path, "a.csv", b"testo,\x1b[2J\xe2\x80\xaenome\n1,2\n"))
    assert reason.isprintable()
    assert "only testo, \ufffd[2J\ufffdnome;" in reason
