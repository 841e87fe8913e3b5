"""The writer: the index follows the store, by small commits or one rebuild, and a crash between loses nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from archives import build_archive, grow_archive, rebuild_archive, snapshot_of

from index import draft as drafts
from index import indexer, manifest
from index import segment as segments
from index.article import Article
from index.columns import unpack_strings
from index.errors import IndexCorrupt, IndexOutdated
from index.generation import DataFolder
from index.manifest import Totals
from index.operations import rebuild
from index.segment import FIELD_GAP
from index.settings import IndexSettings
from index.snapshot import Snapshot, open_snapshot
from index.store import Store
from index.writer import Writer

WORDS = ("governo", "governi", "riforma", "pensioni", "AI", "la", "dell’economia", "città")


def article(number: int) -> Article:
    """An article of a few words."""
    words = random.Random(number)
    return Article(article_id=f"a{number:04d}", title=words.choice(WORDS), body=" ".join(words.choices(WORDS, k=8)))


def ids(snapshot: Snapshot) -> list[str]:
    """The live articles of a snapshot, in no order that matters."""
    found: list[str] = []
    for segment in snapshot.segments:
        texts = unpack_strings(segment.columns["doc_id_text"], segment.columns["doc_id_offsets"])
        live = [True] * len(texts) if segment.deleted is None else (~segment.deleted).tolist()
        found += [text.decode() for text, is_live in zip(texts, live, strict=True) if is_live]
    return sorted(found)


@contextmanager
def writer_of(path: Path, **settings: int) -> Iterator[tuple[Writer, Store]]:
    """A writer under its lock, and its store."""
    folder = DataFolder(path)
    folder.create()
    store = Store(folder.store)
    try:
        with folder.writing(timeout_s=5):
            yield Writer(folder, store, IndexSettings(**settings)), store
    finally:
        store.close()


def test_an_index_that_is_up_to_date_is_left_as_it_is(tmp_path: Path) -> None:
    build_archive(tmp_path, [article(1)])
    before = sorted((path.name, path.stat().st_mtime_ns) for path in (tmp_path / "index").glob("0*"))
    with writer_of(tmp_path) as (writer, _):
        assert writer.catch_up() == 1
    assert sorted((path.name, path.stat().st_mtime_ns) for path in (tmp_path / "index").glob("0*")) == before


def test_what_a_crash_left_between_store_and_index_is_caught_up(tmp_path: Path) -> None:
    build_archive(tmp_path, [article(1), article(2)])
    store = Store(DataFolder(tmp_path).store)  # put into the store, and then the machine stops
    with store.batch():
        store.put(article(3))
        store.put(Article(article_id="a0001", title="Nuovo", body="testo"))
        store.remove("a0002")
    store.close()
    with snapshot_of(tmp_path) as before:
        assert ids(before) == ["a0001", "a0002"]
    grow_archive(tmp_path, [[]])
    with snapshot_of(tmp_path) as after:
        assert ids(after) == ["a0001", "a0003"]
        assert after.manifest.journal == 5
        assert after.counters[after.lexicon.find(["testo"])[0]] == 1


def test_a_writer_that_stops_before_its_commit_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_archive(tmp_path, [article(1)])

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DataFolder, "commit", stop)
        with pytest.raises(KeyboardInterrupt):
            grow_archive(tmp_path, [[article(2)]])
        with pytest.raises(KeyboardInterrupt):
            rebuild_archive(tmp_path)
    with snapshot_of(tmp_path) as before:
        assert (before.generation, ids(before)) == (1, ["a0001"])
    grow_archive(tmp_path, [[]])
    with snapshot_of(tmp_path) as after:
        assert (after.generation, ids(after)) == (2, ["a0001", "a0002"])


def test_a_rebuild_holds_what_catching_up_holds(tmp_path: Path) -> None:
    batches: list[list[Article | str]] = [
        [article(number) for number in range(start, start + 5)] for start in range(0, 40, 5)
    ]
    grow_archive(
        tmp_path, [*batches, ["a0003", "a0004", Article(article_id="a0007", title="x", body="y")]], merge_factor=3
    )
    with snapshot_of(tmp_path) as grown:
        caught_up = ids(grown), grown.totals, grown.manifest.journal
        generation = grown.generation
    assert rebuild_archive(tmp_path) == generation + 1
    with snapshot_of(tmp_path) as rebuilt:
        assert (ids(rebuilt), rebuilt.totals, rebuilt.manifest.journal) == caught_up
        assert len(rebuilt.segments) == len(rebuilt.manifest.lexicon) == 1


def test_small_segments_are_merged_when_there_are_enough_of_like_size(tmp_path: Path) -> None:
    for number in range(3):
        grow_archive(tmp_path, [[article(number)]], merge_factor=4)
    with snapshot_of(tmp_path) as before:
        assert [segment.num_docs for segment in before.segments] == [1, 1, 1]
    grow_archive(tmp_path, [[article(3)]], merge_factor=4)
    with snapshot_of(tmp_path) as after:
        assert [segment.num_docs for segment in after.segments] == [4]
        assert ids(after) == ["a0000", "a0001", "a0002", "a0003"]


def test_a_removed_article_gets_a_tombstone_until_many_are_removed(tmp_path: Path) -> None:
    build_archive(tmp_path, [article(number) for number in range(10)])
    grow_archive(tmp_path, [["a0000", "a0001"]])
    with snapshot_of(tmp_path) as worn:
        (segment,) = worn.segments
        assert (segment.num_docs, len(segment.deleted_docs), worn.totals.num_docs) == (10, 2, 8)
    grow_archive(tmp_path, [["a0002"]])
    with snapshot_of(tmp_path) as renewed:
        (segment,) = renewed.segments
        assert (segment.num_docs, len(segment.deleted_docs), renewed.totals.num_docs) == (7, 0, 7)


def test_an_emptied_archive_has_no_segments_and_no_totals(tmp_path: Path) -> None:
    grow_archive(tmp_path, [[article(1), article(2)], ["a0001", "a0002"]])
    with snapshot_of(tmp_path) as snapshot:
        assert snapshot.segments == ()
        assert snapshot.totals == Totals()
        assert set(snapshot.counters.tolist()) == {0}


def test_counters_and_totals_are_those_of_the_live_articles(tmp_path: Path) -> None:
    grow_archive(tmp_path, [[article(1), article(2), article(3)], ["a0002"]], max_deleted_share=1)
    build_archive(tmp_path / "fresh", [article(1), article(3)])
    with snapshot_of(tmp_path) as grown, snapshot_of(tmp_path / "fresh") as fresh:
        assert grown.totals == fresh.totals
        for at, count in enumerate(fresh.counters.tolist()):
            (same,) = grown.lexicon.find([fresh.lexicon.form(at)]).tolist()
            assert grown.counters[same] == count


def test_form_numbers_stay_while_articles_come_and_go(tmp_path: Path) -> None:
    grow_archive(tmp_path, [[article(1)], [article(2)]])
    with snapshot_of(tmp_path) as before:
        forms = [before.lexicon.form(at) for at in range(before.lexicon.num_forms)]
    grow_archive(
        tmp_path, [["a0001"], [article(5), article(6)], [Article(article_id="n", title="nuovissimo", body="x")]]
    )
    with snapshot_of(tmp_path) as after:
        assert [after.lexicon.form(at) for at in range(len(forms))] == forms
        assert after.lexicon.num_forms > len(forms)


def test_many_small_commits_leave_few_parts_of_the_lexicon(tmp_path: Path) -> None:
    grow_archive(tmp_path, [[Article(article_id=str(at), title=f"parola{at}x", body="x")] for at in range(20)])
    with snapshot_of(tmp_path) as snapshot:
        sizes = [len(part["form_hash"]) for part in snapshot.lexicon.parts]
        assert sum(sizes) == snapshot.lexicon.num_forms == 21
        assert len(sizes) <= 5
        assert snapshot.lexicon.find([f"parola{at}x" for at in range(20)]).min() >= 0


def test_many_new_forms_get_their_keys_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [article(number) for number in range(40)]
    build_archive(tmp_path / "at once", some)
    monkeypatch.setattr(indexer, "FORMS_A_PART", 3)
    build_archive(tmp_path / "in pieces", some)
    states = []
    for name in ("at once", "in pieces"):
        with snapshot_of(tmp_path / name) as snapshot:
            lexicon = snapshot.lexicon
            forms = [lexicon.form(at) for at in range(lexicon.num_forms)]
            found = [lexicon.with_key("lemma", [key]).tolist() for key in ("governo", "riforma", "pensione")]
            states.append((forms, found, snapshot.counters.tolist()))
    assert len(states[0][0]) > 6
    assert states[0] == states[1]


@pytest.mark.parametrize("most", [7, 100, 256, 300])
def test_articles_beyond_what_a_segment_holds_go_into_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(segments, "MAX_DOCS", most)
    monkeypatch.setattr(drafts, "MAX_DOCS", most)
    monkeypatch.setattr(indexer, "BATCH", min(most, 256))
    build_archive(tmp_path, [article(number) for number in range(700)])
    with snapshot_of(tmp_path) as snapshot:
        assert ids(snapshot) == sorted(f"a{number:04d}" for number in range(700))
        assert max(segment.num_docs for segment in snapshot.segments) <= most
        assert snapshot.totals.num_docs == 700


def test_progress_tells_how_many_articles_are_done_of_how_many(tmp_path: Path) -> None:
    with writer_of(tmp_path) as (writer, store):
        with store.batch():
            for number in range(600):
                store.put(article(number))
        taken: list[tuple[int, int]] = []
        writer.catch_up(progress=lambda done, total: taken.append((done, total)))
    again: list[tuple[int, int]] = []
    rebuild(tmp_path, on_indexed=lambda done, total: again.append((done, total)))
    assert taken == again == [(256, 600), (512, 600), (600, 600)]


def test_words_that_no_phrase_can_reach_are_counted_as_rebuilding_counts_them(tmp_path: Path) -> None:
    long, longer = (Article(article_id=str(far), title="x", body="no " * (65_535 + far)) for far in (1, 2))
    grow_archive(tmp_path, [[long, longer], [Article(article_id="1", title="sì", body="x")], [article(1)]])
    with snapshot_of(tmp_path) as grown:
        dropped = grown.manifest.positions_dropped
    rebuild_archive(tmp_path)
    with snapshot_of(tmp_path) as rebuilt:
        assert rebuilt.manifest.positions_dropped == dropped == 1 + 2 * FIELD_GAP + 2


def test_another_tokenisation_asks_for_a_rebuild_which_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_archive(tmp_path, [article(1)])
    folder = DataFolder(tmp_path)
    monkeypatch.setattr(manifest, "tokenisation_stamp", lambda: "another")
    with pytest.raises(IndexOutdated, match="run `emeroteca rebuild`"):
        open_snapshot(folder)
    with pytest.raises(IndexOutdated, match="run `emeroteca rebuild`"):
        grow_archive(tmp_path, [[article(2)]])
    rebuild_archive(tmp_path)
    with snapshot_of(tmp_path) as snapshot:
        assert ids(snapshot) == ["a0001", "a0002"]


def test_other_keys_are_computed_without_touching_a_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_archive(tmp_path, [article(1), article(2)])
    segment = next((tmp_path / "index").glob("*.seg")).read_bytes()
    from index import lexicon

    monkeypatch.setattr(manifest, "key_stamp", lambda: "another")
    monkeypatch.setitem(lexicon.LEVELS, "lemma", lambda form: (form[:2].lower(),))
    grow_archive(tmp_path, [[]])
    with snapshot_of(tmp_path) as snapshot:
        assert snapshot.generation == 2
        assert snapshot.manifest.keys == "another"
        expected = [at for at in range(snapshot.lexicon.num_forms) if snapshot.lexicon.form(at)[:2].lower() == "go"]
        assert expected
        assert snapshot.lexicon.with_key("lemma", ["go"]).tolist() == expected
        (entry,) = snapshot.manifest.segments
    assert (tmp_path / "index" / entry.file.name).read_bytes() == segment


def test_a_store_that_knows_less_than_the_index_is_refused(tmp_path: Path) -> None:
    build_archive(tmp_path, [article(1), article(2)])
    for path in tmp_path.glob("articles.db*"):
        path.unlink()
    Store(DataFolder(tmp_path).store).close()
    with pytest.raises(
        IndexCorrupt, match="has 0 changes where the index knows of 2; restore the newest copy of the store"
    ):
        grow_archive(tmp_path, [[]])
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild --fresh` to take it as it is"):
        rebuild_archive(tmp_path)
    with snapshot_of(tmp_path) as snapshot:
        assert ids(snapshot) == ["a0001", "a0002"]


@pytest.mark.parametrize("kind", ["seg", "lex", "cnt"])
def test_a_damaged_file_is_not_written_anew_under_a_checksum_that_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("index.columns.SMALL_BYTES", 0)  # as large files are, of which opening reads the header alone
    path = tmp_path / "archive"
    grow_archive(path, [[article(1)]], merge_factor=2)
    newer = Article(article_id="b", title="Nuovo", body=" ".join(f"parola{at}" for at in range(40)))  # parts are merged
    damaged = next((path / "index").glob(f"*.{kind}"))
    raw = damaged.read_bytes()
    with snapshot_of(path) as snapshot:
        columns = {
            "seg": snapshot.segments[0].columns["posting_freq"],
            "lex": snapshot.lexicon.parts[0]["form_traits"],
            "cnt": snapshot.counters,
        }
        at = raw.index(columns[kind].tobytes())
    damaged.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    with pytest.raises(IndexCorrupt, match=rf"\.{kind}: does not hold what was written to it; run `emeroteca rebuild`"):
        grow_archive(path, [[newer]], merge_factor=2)
    rebuild_archive(path)
    with snapshot_of(path) as snapshot:
        assert snapshot.totals.num_docs == 2
