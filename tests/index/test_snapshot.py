"""Snapshots: what a reader sees of one generation, and how it finds the postings of a set of forms."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from archives import build_archive, grow_archive, snapshot_of

from index import merged as merging
from index.article import Article
from index.errors import IndexCorrupt
from index.frequencies import NUM_FIELDS
from index.generation import DataFolder
from index.kernels.plain import union
from index.manifest import Totals
from index.merged import set_identity
from index.segment import FACETS
from index.snapshot import Segment, Snapshot, empty_snapshot, open_snapshot

BODIES = ("governo la", "governi la", "Governo la riforma", "riforme", "riforma", "governo governi", "pensioni")


@pytest.fixture
def merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snapshot]:
    """A small archive whose segment has merged columns all the same."""
    monkeypatch.setattr(merging, "MERGED_MIN_DOCS", 1)
    build_archive(tmp_path, [Article(article_id=str(at), title=f"t{at}", body=body) for at, body in enumerate(BODIES)])
    with snapshot_of(tmp_path) as snapshot:
        yield snapshot


def test_merged_columns_hold_what_merging_on_the_fly_gives(merged: Snapshot) -> None:
    (segment,) = merged.segments
    columns = segment.columns
    found = 0
    for size in (2, 3):
        for places in combinations(range(len(columns["form_id"])), size):
            here = np.array(places)
            form_ids = columns["form_id"][here]
            postings = segment.postings(segment.forms_here(form_ids))
            doc, freq = union(
                columns["posting_doc"],
                columns["posting_freq"],
                columns["form_start"][here],
                columns["form_start"][here + 1],
            )
            assert postings.doc.tolist() == doc.tolist()
            assert postings.freq.tolist() == freq.tolist()
            found += set_identity(form_ids) in columns["merged_set"].tolist()
    assert found == len(columns["merged_set"]) > 0


def test_a_merged_column_is_read_for_its_own_set_of_forms_and_for_no_other(merged: Snapshot) -> None:
    columns = dict(merged.segments[0].columns)
    columns["merged_table"] = np.zeros_like(columns["merged_table"])  # so that what was read from them shows
    segment = Segment(columns, None)
    read = others = 0
    for size in (2, 3):
        for places in combinations(range(len(columns["form_id"])), size):
            form_ids = columns["form_id"][np.array(places)]
            is_merged = set_identity(form_ids) in columns["merged_set"].tolist()
            assert (not segment.postings(segment.forms_here(form_ids)).freq.any()) == is_merged
            read += is_merged
            others += not is_merged
    assert read > 0
    assert others > 0


def test_forms_that_are_not_printed_in_a_segment_do_not_hide_its_merged_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MERGED_MIN_DOCS", 1)
    one = Article(article_id="1", title="governo", body="governi")
    grow_archive(tmp_path, [[one], [Article(article_id="2", title="Governi", body="x")]])
    with snapshot_of(tmp_path) as snapshot:
        forms = snapshot.lexicon.with_key("lemma", ["governo"])
        first = next(segment for segment in snapshot.segments if len(segment.columns["merged_set"]))
        here = first.forms_here(forms)
        assert len(here) < len(forms)
        assert set_identity(first.columns["form_id"][here]) in first.columns["merged_set"].tolist()
        assert first.postings(first.forms_here(forms)).doc.tolist() == [0]


def test_forms_that_are_nowhere_have_no_postings(merged: Snapshot) -> None:
    (segment,) = merged.segments
    for form_ids in (np.zeros(0, dtype=np.uint32), np.array([4_000_000_000], dtype=np.uint32)):
        postings = segment.postings(segment.forms_here(form_ids))
        assert (postings.doc.tolist(), postings.freq.tolist()) == ([], [])
        assert segment.forms_here(form_ids).tolist() == []


def test_the_empty_snapshot_answers_everything_with_nothing(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.create()
    for snapshot in (empty_snapshot(), open_snapshot(folder)):
        assert (snapshot.generation, snapshot.totals, snapshot.segments) == (0, Totals(), ())
        assert snapshot.lexicon.num_forms == len(snapshot.counters) == 0
        assert [snapshot.live_values(facet).tolist() for facet in FACETS] == [[]] * len(FACETS)
        snapshot.close()


def test_live_values_are_those_of_articles_that_are_left(tmp_path: Path) -> None:
    one = Article(article_id="1", title="x", body="y", section=("Sport", "Calcio"), site="Alfa", tags=("AI",))
    two = Article(article_id="2", title="x", body="y", section=("Sport",), site="Beta", authors=("Anna Neri",))
    three = Article(article_id="3", title="x", body="y")
    grow_archive(tmp_path, [[one, two, three], ["1"]], max_deleted_share=1.0)
    with snapshot_of(tmp_path) as snapshot:
        live = {
            facet: [value for value, is_live in zip(snapshot.values[facet], snapshot.live_values(facet), strict=True)
                    if is_live]
            for facet in FACETS
        }  # fmt: skip
        assert live == {"site": ["Beta"], "section": ["Sport"], "author": ["Anna Neri"], "tag": []}
        assert snapshot.values["site"] == ["Alfa", "Beta"]


def test_what_was_removed_behind_the_first_65536_documents_is_not_live_and_nothing_else() -> None:
    num_docs = 40_000
    lengths = {f"doc_length_{field}": np.ones(num_docs, dtype=np.uint32) for field in range(NUM_FIELDS)}
    columns = {"doc_num": np.arange(num_docs)} | lengths
    gone = np.array([7, 30_000], dtype=np.uint16)
    nothing = empty_snapshot()
    segments = tuple(
        Segment(columns, gone) for _ in range(4)
    )  # the second goes beyond two bytes, the others begin there
    snapshot = Snapshot(nothing.manifest, segments, nothing.lexicon, nothing.values, nothing.counters)
    assert snapshot.live_docs is not None
    expected = [first + doc for first in range(0, 4 * num_docs, num_docs) for doc in gone.tolist()]
    assert np.flatnonzero(~snapshot.live_docs).tolist() == expected


def test_a_snapshot_stays_as_it_is_while_others_commit(tmp_path: Path) -> None:
    build_archive(tmp_path, [Article(article_id="1", title="Il governo", body="vara")])
    with snapshot_of(tmp_path) as old:
        before = old.totals, old.counters.tolist(), [one.num_docs for one in old.segments]
        grow_archive(tmp_path, [[Article(article_id=str(at), title="Altro", body="x")] for at in range(2, 6)] + [["1"]])
        DataFolder(tmp_path).sweep(keep=0)
        assert (old.totals, old.counters.tolist(), [one.num_docs for one in old.segments]) == before
    with snapshot_of(tmp_path) as new:
        assert new.generation == 6
        assert new.totals.num_docs == 4


def test_a_snapshot_that_cannot_be_opened_holds_nothing(tmp_path: Path) -> None:
    build_archive(tmp_path, [Article(article_id="1", title="x", body="y")])
    folder = DataFolder(tmp_path)
    next(folder.index.glob("*.seg")).write_bytes(b"short")
    with pytest.raises(IndexCorrupt, match=r"\.seg: has 5 bytes where \d+ were written; run `emeroteca rebuild`"):
        open_snapshot(folder)
    with folder.manifest_path(1).open("rb") as manifest:
        fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert folder.current_generation() == 1
