"""A segment: postings, positions, dates and facets are those of its articles, counted one by one."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import FIELDS, text_of, values_of
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import insistent_newsrooms, newsrooms
from reading import read_text

from index import columns as column_files
from index import merged as merging
from index import postings as postings_columns
from index import segment as segments
from index.article import Article
from index.columns import Array, unpack_strings
from index.dates import day_in_rome, timestamp
from index.encoder import TextEncoder
from index.frequencies import MOST, NUM_FIELDS, occurrences, unpack
from index.lexicon import LEVELS, Lexicon, build_part
from index.merged import merge_columns
from index.sections import section_paths
from index.segment import (
    FACETS,
    FIELD_GAP,
    LAST_POSITION,
    SegmentBuilder,
    ValueTable,
    merge_segments,
)
from index.snapshot import Segment
from index.store import StoredArticle, text_size

Postings = dict[str, dict[str, tuple[tuple[int, ...], list[int]]]]
"""Form -> article -> (occurrences in title, lead and body; positions)."""


class Built:
    """Segments that share one lexicon and one table of values."""

    def __init__(self, *, max_run_tokens: int = 10**6) -> None:
        self.encoder, self.values = TextEncoder(), ValueTable()
        self.folder, self.max_run_tokens = Path(tempfile.gettempdir()), max_run_tokens
        self.nums: dict[str, int] = {}
        self.dropped = 0

    def segment(self, articles: Sequence[Article], *, pieces: int = 1) -> dict[str, Array]:
        """The columns of some articles, taken in piece by piece."""
        numbers = {facet: np.arange(1_000, dtype=np.uint32) for facet in FACETS}
        builder = SegmentBuilder(self.encoder, self.values, folder=self.folder, max_run_tokens=self.max_run_tokens)
        for at in range(pieces):
            batch = articles[at::pieces]
            for article in batch:
                self.nums.setdefault(article.article_id, len(self.nums) + 1)
            builder.add([StoredArticle(self.nums[article.article_id], article) for article in batch])
        columns = builder.build(np.arange(len(self.encoder.forms)), numbers)
        self.dropped += int(columns["doc_dropped"].sum())
        return columns

    @property
    def lexicon(self) -> Lexicon:
        """A lexicon in which forms have the numbers of the encoder."""
        return Lexicon((build_part(self.encoder.forms, 0),))

    def postings(self, columns: dict[str, Array]) -> Postings:
        """What the columns say, form by form."""
        ids = article_ids(columns)
        found: Postings = {}
        counts = [tuple(row) for row in occurrences(columns, np.arange(len(columns["posting_doc"]))).T.tolist()]
        for row, form in enumerate(columns["form_id"].tolist()):
            here = found[self.encoder.forms[form]] = {}
            start, end = columns["form_start"][row : row + 2].tolist()
            at = int(columns["position_start"][row])
            for posting in range(start, end):
                number = sum(counts[posting])
                positions = columns["position"][at : at + number].tolist()
                here[ids[int(columns["posting_doc"][posting])]] = (counts[posting], positions)
                at += number
            assert at == int(columns["position_start"][row + 1])
        times = [sum(count) for count in counts]
        before = [*accumulate(times, initial=0)]
        step = postings_columns.POSTINGS_A_BLOCK
        assert columns["position_block"].tolist() == before[: len(times) : step]
        return found


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    """Positions are listed for every third posting, so that few articles have several blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings_columns, "POSTINGS_A_BLOCK", 3)
        yield


def article_ids(columns: dict[str, Array]) -> list[str]:
    """The ids of the articles, by document number."""
    return [text.decode() for text in unpack_strings(columns["doc_id_text"], columns["doc_id_offsets"])]


def naive_postings(articles: Sequence[Article]) -> Postings:
    """The postings of some articles, word by word."""
    found: Postings = defaultdict(dict)
    for article in articles:
        counts: dict[str, list[int]] = defaultdict(lambda: [0] * NUM_FIELDS)
        positions: dict[str, list[int]] = defaultdict(list)
        before = 0
        for field, text in enumerate((article.title, article.lead, article.body, "\n".join(article.tags))):
            reading = read_text(text)
            for position, form in reading.tokens:
                counts[form][field] += 1
                positions[form].append(min(before + position, LAST_POSITION))
            before += reading.length + FIELD_GAP
        for form, row in counts.items():
            found[form][article.article_id] = (tuple(row), positions[form])
    return dict(found)


def in_order(articles: Sequence[Article]) -> list[Article]:
    """Newest first, undated last, then by id."""
    return sorted(
        articles,
        key=lambda one: (one.published is None, -timestamp(one.published) if one.published else 0, one.article_id),
    )


@given(articles=newsrooms(), pieces=st.integers(1, 3))
def test_postings_are_those_of_reading_word_by_word(articles: list[Article], pieces: int) -> None:
    assert_postings_are_those_read(articles, pieces)


@given(articles=insistent_newsrooms(), pieces=st.integers(1, 3))
def test_postings_of_words_that_come_oftener_than_a_frequency_counts_are_all_there(
    articles: list[Article], pieces: int
) -> None:
    assert_postings_are_those_read(articles, pieces)


def assert_postings_are_those_read(articles: list[Article], pieces: int) -> None:
    """The postings built in some pieces are those of reading the articles slowly, and no word is dropped."""
    built = Built()
    columns = built.segment(articles, pieces=pieces)
    assert built.postings(columns) == naive_postings(articles)
    assert columns["form_id"].tolist() == sorted(set(columns["form_id"].tolist()))
    assert built.dropped == 0


@given(articles=newsrooms(at_least=1))
def test_documents_stand_in_date_order_with_what_is_known_of_them(articles: list[Article]) -> None:
    built = Built()
    columns = built.segment(articles, pieces=2)
    expected = in_order(articles)
    assert article_ids(columns) == [article.article_id for article in expected]
    assert columns["doc_num"].tolist() == [built.nums[article.article_id] for article in expected]
    assert columns["doc_text_bytes"].tolist() == [text_size(article) for article in expected]
    reads = [-1 if article.reads is None else min(article.reads, 2**31 - 1) for article in expected]
    assert columns["doc_reads"].tolist() == reads
    for field, name in enumerate(FIELDS):
        lengths = [read_text(text_of(article, name)).length for article in expected]
        assert columns[f"doc_length_{field}"].tolist() == lengths
    for article, moment, day, month in zip(
        expected, *(columns[f"doc_{name}"].tolist() for name in ("published", "day", "month")), strict=True
    ):
        if article.published is None:
            assert (moment, day, month) == (segments.UNDATED, segments.UNDATED_DAY, -1)
        else:
            in_rome = day_in_rome(article.published)
            assert moment == timestamp(article.published)
            assert date(1970, 1, 1) + timedelta(days=day) == in_rome
            assert (month // 12, month % 12 + 1) == (in_rome.year, in_rome.month)


@given(articles=newsrooms(at_least=1))
def test_facets_hold_the_values_of_each_article_once(articles: list[Article]) -> None:
    built = Built()
    columns = built.segment(articles)
    for facet in FACETS:
        start, value = columns[f"{facet}_start"].tolist(), columns[f"{facet}_value"].tolist()
        for at, article in enumerate(in_order(articles)):
            names = [built.values.values[facet][number] for number in value[start[at] : start[at + 1]]]
            assert names == list(dict.fromkeys(values_of(article, facet)))


def test_a_section_counts_for_all_above_it() -> None:
    assert section_paths(("Economia", "Lavoro", "Pensioni")) == (
        "Economia",
        "Economia / Lavoro",
        "Economia / Lavoro / Pensioni",
    )
    assert section_paths(()) == ()


@pytest.mark.parametrize(
    ("reads", "kept"),
    [(None, -1), (0, 0), (12, 12), (2**31 - 1, 2**31 - 1), (2**31, 2**31 - 1), (2**63 - 1, 2**31 - 1), (-5, -1)],
)
def test_reads_are_kept_in_four_bytes_and_stop_at_the_largest(reads: int | None, kept: int) -> None:
    columns = Built().segment([Article(article_id="1", title="uno", reads=reads)])
    assert columns["doc_reads"].tolist() == [kept]
    assert columns["doc_reads"].dtype == np.int32


def test_fields_stand_apart_by_a_gap() -> None:
    built = Built()
    columns = built.segment([Article(article_id="1", title="uno due", lead="", body="tre quattro")])
    positions = {form: here["1"][1] for form, here in built.postings(columns).items()}
    assert positions == {"uno": [0], "due": [1], "tre": [2 + 2 * FIELD_GAP], "quattro": [3 + 2 * FIELD_GAP]}


def test_frequencies_stop_at_their_bounds_and_positions_do_not() -> None:
    often = (9, 17, 600, 5)
    title, lead, body, tag = ("ab " * times for times in often)
    article = Article(article_id="1", title=title, lead=lead, body=body, tags=(tag,))
    built = Built()
    columns = built.segment([article])
    counts, positions = built.postings(columns)["ab"]["1"]
    assert tuple(int(one[0]) for one in unpack(columns["posting_freq"])) == MOST
    assert counts == often
    starts = [sum(often[:field]) + field * FIELD_GAP for field in range(NUM_FIELDS)]
    assert positions == [at for start, count in zip(starts, counts, strict=True) for at in range(start, start + count)]
    assert built.dropped == 0
    assert [int(columns[f"doc_length_{field}"][0]) for field in range(NUM_FIELDS)] == [*often]


def test_words_beyond_the_last_position_stay_searchable_at_it() -> None:
    before = 1 + 2 * FIELD_GAP
    words = ["w"] * 65_600
    words[0], words[LAST_POSITION - before - 1], words[LAST_POSITION - before], words[-1] = "ab", "bc", "cd", "de"
    built = Built()
    columns = built.segment([Article(article_id="1", title="t", body=" ".join(words))])
    found = built.postings(columns)
    assert {one: found[one]["1"] for one in ("ab", "bc", "cd", "de")} == {
        "ab": ((0, 0, 1, 0), [before]),
        "bc": ((0, 0, 1, 0), [LAST_POSITION - 1]),
        "cd": ((0, 0, 1, 0), [LAST_POSITION]),
        "de": ((0, 0, 1, 0), [LAST_POSITION]),
    }
    assert built.dropped == 65_600 - (LAST_POSITION - before)


def test_no_articles_make_an_empty_segment() -> None:
    columns = Built().segment([])
    assert [len(columns[name]) for name in ("form_id", "posting_doc", "position", "doc_num")] == [0, 0, 0, 0]
    assert columns["form_start"].tolist() == [0]


@given(articles=newsrooms(at_least=1), data=st.data())
def test_merged_segments_are_the_segment_of_the_articles_left(articles: list[Article], data: st.DataObject) -> None:
    assert_merged_are_those_left(articles, data)


@given(articles=insistent_newsrooms(), data=st.data())
def test_merged_segments_keep_words_that_come_oftener_than_a_frequency_counts(
    articles: list[Article], data: st.DataObject
) -> None:
    assert_merged_are_those_left(articles, data)


def assert_merged_are_those_left(articles: list[Article], data: st.DataObject) -> None:
    """Two segments of the articles, merged without some of them, are bit for bit the segment of the others."""
    gone = set(data.draw(st.lists(st.sampled_from([one.article_id for one in articles]), max_size=4)))
    border = data.draw(st.integers(0, len(articles)))
    built = Built()
    pieces = [built.segment(part) for part in (articles[:border], articles[border:])]
    deleted = [
        np.array([at for at, one in enumerate(article_ids(piece)) if one in gone], dtype=np.uint16) for piece in pieces
    ]
    merged = merge_segments(pieces, deleted, built.folder)
    expected = built.segment([article for article in articles if article.article_id not in gone])
    assert set(merged) == set(expected)
    for name, array in expected.items():
        assert merged[name].tolist() == array.tolist(), name
        assert merged[name].dtype == array.dtype, name


def test_merging_in_many_small_blocks_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [Article(article_id=str(at), title=f"uno w{at} " * at, body=f"due w{at % 3} uno") for at in range(1, 12)]
    built = Built()
    pieces = [built.segment(articles[:4]), built.segment(articles[4:])]
    nothing = [np.zeros(0, dtype=np.uint16)] * 2
    whole = merge_segments(pieces, nothing, built.folder)
    assert len(whole["overflow_posting"]) > 1
    monkeypatch.setattr(postings_columns, "BLOCK_TOKENS", 5)
    monkeypatch.setattr(column_files, "SPOOL_BYTES", 16)
    for name, array in merge_segments(pieces, nothing, built.folder).items():
        assert array.tolist() == whole[name].tolist(), name


@given(articles=newsrooms(), room=st.integers(1, 60), block=st.integers(1, 60))
def test_a_segment_put_together_from_many_runs_and_blocks_is_the_same(
    articles: list[Article], room: int, block: int
) -> None:
    whole = Built().segment(articles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings_columns, "BLOCK_TOKENS", block)
        patch.setattr(column_files, "SPOOL_BYTES", block)
        pieced = Built(max_run_tokens=room).segment(articles)
    for name, array in whole.items():
        assert pieced[name].tolist() == array.tolist(), name
        assert pieced[name].dtype == array.dtype, name


def test_forms_of_a_segment_stand_in_the_order_of_their_ids() -> None:
    encoder = TextEncoder()
    builder = SegmentBuilder(encoder, ValueTable(), folder=Path(tempfile.gettempdir()), max_run_tokens=10)
    builder.add([StoredArticle(1, Article(article_id="1", title="uno due tre", body="due quattro tre due"))])
    ids = np.arange(len(encoder.forms))[::-1] * 10
    columns = builder.build(ids, {facet: np.zeros(0, dtype=np.uint32) for facet in FACETS})
    assert columns["form_id"].tolist() == sorted(columns["form_id"].tolist())
    counts = dict(zip(columns["form_id"].tolist(), np.diff(columns["position_start"]).tolist(), strict=True))
    expected = {"uno": 1, "due": 3, "tre": 2, "quattro": 1}
    assert counts == {int(ids[encoder.forms.index(form)]): count for form, count in expected.items()}


@given(articles=newsrooms(at_least=2))
@settings(max_examples=15)
def test_merged_columns_equal_the_union_of_their_forms_on_the_fly(articles: list[Article]) -> None:
    built = Built()
    columns = built.segment(articles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "MERGED_MIN_DOCS", 2)
        merged = columns | merge_columns(columns, built.lexicon, built.folder)
    without = columns | _no_merged_columns()
    assert merged["merged_set"].tolist() == sorted(set(merged["merged_set"].tolist()))
    by_column, on_the_fly = Segment(merged, None), Segment(without, None)
    naive = naive_postings(articles)
    used = 0
    for level, keys_of in LEVELS.items():
        for key in {key for form in built.encoder.forms for key in keys_of(form)}:
            forms = built.lexicon.with_key(level, [key])
            one, two = (segment.postings(segment.forms_here(forms)) for segment in (by_column, on_the_fly))
            assert one.doc.tolist() == two.doc.tolist()
            assert one.freq.tolist() == two.freq.tolist()
            used += len(forms) > 1
            ids = article_ids(columns)
            expected: Counter[tuple[str, int]] = Counter()
            for form in forms.tolist():
                for article_id, (counts, _) in naive.get(built.encoder.forms[form], {}).items():
                    expected.update({(article_id, field): count for field, count in enumerate(counts)})
            for doc, *row in zip(one.doc.tolist(), *(part.tolist() for part in unpack(one.freq)), strict=True):
                assert row == [min(most, expected[ids[doc], field]) for field, most in enumerate(MOST)]
    assert len(merged["merged_set"]) <= used


def _no_merged_columns() -> dict[str, Any]:
    empty = np.zeros(0, dtype=np.uint16)
    return {
        "merged_set": np.zeros(0, dtype=np.uint64),
        "merged_start": np.zeros(1, dtype=np.uint32),
        "merged_doc": empty,
        "merged_code": empty.astype(np.uint8),
        "merged_table": empty,
        "merged_table_start": np.zeros(1, dtype=np.uint32),
    }


def test_a_common_key_gets_a_merged_column_and_a_rare_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MERGED_MIN_DOCS", 2)
    monkeypatch.setattr(merging, "MERGED_SHARE", 0.5)
    bodies = ["governo", "governi", "il governo", "riforma", "riforme"]
    built = Built()
    columns = built.segment([Article(article_id=str(at), title="x", body=body) for at, body in enumerate(bodies)])
    merged = merge_columns(columns, built.lexicon, built.folder)
    governo = built.lexicon.with_key("lemma", ["governo"])
    riforma = built.lexicon.with_key("lemma", ["riforma"])
    assert merging.set_identity(governo) in merged["merged_set"].tolist()
    assert merging.set_identity(riforma) not in merged["merged_set"].tolist()


def test_a_merged_column_of_more_frequencies_than_a_byte_can_name_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MERGED_MIN_DOCS", 1)
    counts = [(title, body) for title in range(3) for body in range(1, 120)]
    built = Built()
    columns = built.segment(
        [
            Article(article_id=str(at), title="x " + "voti " * title, body="voto " * body)
            for at, (title, body) in enumerate(counts)
        ]
    )
    merged = columns | merge_columns(columns, built.lexicon, built.folder)
    forms = built.lexicon.with_key("lemma", ["voto"])
    assert merging.set_identity(forms) in merged["merged_set"].tolist()
    by_column, on_the_fly = Segment(merged, None), Segment(columns | _no_merged_columns(), None)
    read, added = (segment.postings(segment.forms_here(forms)).freq.tolist() for segment in (by_column, on_the_fly))
    assert read == added
    assert len(set(read)) == len(counts)


def test_a_small_segment_has_no_merged_columns() -> None:
    built = Built()
    columns = built.segment([Article(article_id="1", title="governo governi", body="governo")])
    assert merge_columns(columns, built.lexicon, built.folder)["merged_set"].tolist() == []


def test_a_segment_counts_only_live_documents_when_asked() -> None:
    built = Built()
    columns = (
        built.segment([Article(article_id=str(at), title="uno", body="x") for at in range(3)]) | _no_merged_columns()
    )
    segment = Segment(columns, np.array([1], dtype=np.uint16))
    postings = segment.postings(segment.forms_here(built.lexicon.with_key("exact", ["uno"])))
    assert postings.doc.tolist() == [0, 1, 2]
    assert segment.live(postings.doc) == 2
    assert Segment(columns, None).live(postings.doc) == 3
