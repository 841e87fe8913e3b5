"""Structure: files that do not fit together are refused at opening, with the name of the one that does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from archives import grow_archive, snapshot_of
from damage import change_lexicon, change_segment, current, rewritten
from msgspec.structs import replace

from index.article import Article
from index.columns import Array, write_columns
from index.errors import IndexCorrupt
from index.generation import DataFolder, write_json
from index.manifest import FileEntry
from index.snapshot import open_snapshot
from index.stories import STORY_COLUMNS

Change = Callable[[dict[str, Array]], None]
ARTICLES = [
    Article(article_id=str(number), title="Il ponte", body="riapre dopo i lavori", tags=("ponte",), site="Eco")
    for number in range(3)
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of one segment with a tombstone."""
    path = tmp_path_factory.mktemp("made") / "archive"
    grow_archive(path, [ARTICLES, ["1"]], max_deleted_share=1.0)
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> DataFolder:
    """A copy of it, whose files are changed under checksums that are right."""
    return DataFolder(shutil.copytree(made, tmp_path / "archive"))


def cut(name: str) -> Change:
    """Leave out the last entry of a column."""

    def change(columns: dict[str, Array]) -> None:
        columns[name] = columns[name][:-1]

    return change


def put(name: str, at: int, value: int) -> Change:
    """Change an entry of a column."""

    def change(columns: dict[str, Array]) -> None:
        columns[name][at] = value

    return change


def leave_out(name: str) -> Change:
    """Leave out a column."""

    def change(columns: dict[str, Array]) -> None:
        del columns[name]

    return change


def widen(name: str) -> Change:
    """Give a column another type."""

    def change(columns: dict[str, Array]) -> None:
        columns[name] = columns[name].astype(np.int64)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (leave_out("position"), "has other columns than it should: position"),
        (widen("posting_doc"), "has other columns than it should: posting_doc"),
        (cut("doc_day"), "has 2 entries of doc_day where 3 belong"),
        (cut("doc_reads"), "has 2 entries of doc_reads where 3 belong"),
        (widen("doc_reads"), "has other columns than it should: doc_reads"),
        (leave_out("doc_reads"), "has other columns than it should: doc_reads"),
        (cut("doc_num"), "has 2 entries of doc_num where 3 belong"),
        (cut("form_id"), r"has \d+ entries of form_start where \d+ belong"),
        (cut("form_start"), r"has \d+ entries of form_start where \d+ belong"),
        (cut("posting_doc"), r"has form_start from 0 to \d+ where posting_doc has \d+ entries"),
        (cut("posting_freq"), r"has \d+ entries of posting_freq where \d+ belong"),
        (cut("position"), r"has position_start from 0 to \d+ where position has \d+ entries"),
        (cut("position_block"), "has 0 entries of position_block where 1 belong"),
        (cut("doc_id_text"), "has doc_id_offsets from 0 to 3 where doc_id_text has 2 entries"),
        (cut("tag_value"), "has tag_start from 0 to 3 where tag_value has 2 entries"),
        (put("form_start", 0, 1), "has form_start from 1 to"),
        (put("site_start", 1, 9), "has site_start that does not ascend"),
        (put("tag_value", 1, 1), "names tag number 1 where there are 1"),
        (put("doc_day", 1, 3_000_000), "has a day outside of the calendar"),
        (put("doc_month", 1, -7), "has a day outside of the calendar"),
        (put("doc_reads", 1, -2), "has an article that was read -2 times"),
    ],
)
def test_a_segment_that_does_not_fit_is_refused(folder: DataFolder, change: Change, said: str) -> None:
    path = change_segment(folder, change)
    with pytest.raises(IndexCorrupt, match=rf"{path}: {said}.*; run `emeroteca rebuild`"):
        open_snapshot(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (leave_out("form_hash"), "has other columns than it should: form_hash"),
        (put("first_id", 0, 7), "has forms from number 7 on where 0 is the next"),
        (cut("form_traits"), r"has \d+ entries of form_traits where \d+ belong"),
        (cut("form_text"), "has form_offsets from 0 to"),
        (cut("lemma_forms"), r"has lemma_start from 0 to \d+ where lemma_forms has \d+ entries"),
        (cut("stem_row"), r"has \d+ entries of stem_row where \d+ belong"),
        (cut("prefix_row"), r"has \d+ entries of prefix_row where \d+ belong"),
    ],
)
def test_a_part_of_the_lexicon_that_does_not_fit_is_refused(folder: DataFolder, change: Change, said: str) -> None:
    path = change_lexicon(folder, change)
    with pytest.raises(IndexCorrupt, match=rf"{path}: {said}.*; run `emeroteca rebuild`"):
        open_snapshot(folder)


@pytest.mark.parametrize("docs", [[3], [1, 1], [2, 1]], ids=["beyond", "twice", "backwards"])
def test_tombstones_that_their_segment_cannot_have_are_refused(folder: DataFolder, docs: list[int]) -> None:
    manifest = current(folder)
    [segment] = manifest.segments
    assert segment.deleted is not None

    def change(columns: dict[str, Array]) -> None:
        columns["doc"] = np.array(docs, dtype=np.uint16)

    entry = rewritten(folder, segment.deleted, change)
    totals = replace(manifest.totals, num_docs=3 - len(docs))
    segments = (replace(segment, deleted=entry, num_deleted=len(docs)),)
    folder.commit(replace(manifest, segments=segments, totals=totals))
    with pytest.raises(IndexCorrupt, match=r"\.del: lists documents that its segment cannot have; run"):
        open_snapshot(folder)


def test_counters_for_other_forms_than_the_lexicon_has_are_refused(folder: DataFolder) -> None:
    manifest = current(folder)
    folder.commit(replace(manifest, counters=rewritten(folder, manifest.counters, cut("doc_freq"))))
    with pytest.raises(IndexCorrupt, match=r"\.cnt: has \d+ entries of doc_freq where \d+ belong; run"):
        open_snapshot(folder)


def test_values_of_other_facets_are_refused(folder: DataFolder) -> None:
    values = write_json(folder.index / "00000099.val", {"site": ["Eco"]})
    folder.commit(replace(current(folder), values=values))
    said = r"00000099\.val: has values of site where site, section, author, tag belong; run"
    with pytest.raises(IndexCorrupt, match=said):
        open_snapshot(folder)


def test_a_manifest_that_counts_other_articles_than_its_segments_have_is_refused(folder: DataFolder) -> None:
    manifest = current(folder)
    folder.commit(replace(manifest, totals=replace(manifest.totals, num_docs=3)))
    with pytest.raises(IndexCorrupt, match=r"\.json: counts 3 articles where its segments have 2; run"):
        open_snapshot(folder)


def test_lengths_that_add_up_to_other_totals_are_refused(folder: DataFolder) -> None:
    change_segment(folder, put("doc_length_2", 0, 1_000))
    said = r"\.json: counts \(4, 0, 8, 2\) words by field where its segments have \(4, 0, 1004, 2\); run"
    with pytest.raises(IndexCorrupt, match=said):
        open_snapshot(folder)


def test_of_the_lengths_those_of_live_documents_count(folder: DataFolder) -> None:
    change_segment(folder, put("doc_length_2", 1, 1_000))  # of the document that was removed
    with snapshot_of(folder.path) as snapshot:
        assert snapshot.totals.num_docs == 2


def _stories(folder: DataFolder, **columns: list[int]) -> None:
    """Commit stories beside an archive that has none."""
    made = {name: np.array(columns.get(name, []), dtype=dtype) for name, dtype in STORY_COLUMNS.items()}
    size_bytes, crc32 = write_columns(folder.index / "00000098.sty", made)
    folder.commit(replace(current(folder), stories=FileEntry("00000098.sty", size_bytes, crc32)))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"link_one": [1]}, "has 0 entries of link_other where 1 belong"),
        ({}, "has a story of fewer than two articles"),
        ({"story_start": [0]}, "has a story of fewer than two articles"),
        ({"story_start": [0, 2, 3], "story_doc": [0, 2, 1]}, "has a story of fewer than two articles"),
        ({"story_start": [0, 2], "story_doc": [0]}, "has story_start from 0 to 2 where story_doc has 1 entries"),
        ({"story_start": [0, 2], "story_doc": [0, 3]}, "names document 3 where there are 3"),
        ({"story_start": [0, 2], "story_doc": [0, 1]}, "has a deleted article in a story"),
        ({"story_start": [0, 2], "story_doc": [2, 2]}, "or an article in two"),
    ],
)
def test_stories_that_lead_outside_are_refused(folder: DataFolder, columns: dict[str, list[int]], said: str) -> None:
    _stories(folder, **columns)
    with pytest.raises(IndexCorrupt, match=rf"00000098\.sty: .*{said}.*; run `emeroteca rebuild`"):
        open_snapshot(folder)


@pytest.mark.parametrize("num_docs", [0, 65_537])
def test_a_segment_of_more_documents_than_a_segment_has_is_refused(folder: DataFolder, num_docs: int) -> None:
    manifest = current(folder)
    folder.commit(replace(manifest, segments=(replace(manifest.segments[0], num_docs=num_docs),)))
    with pytest.raises(IndexCorrupt, match=f"has {num_docs} documents; allowed: 1 to 65536; run"):
        open_snapshot(folder)
