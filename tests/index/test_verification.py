"""Verification: every flipped bit is found and named, and what checksums cannot tell is found by making it anew."""

from __future__ import annotations

import random
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from archives import build_archive, deny_reading, grow_archive
from damage import change_lexicon, change_segment, current, flipped, index_files, places, rewritten
from msgspec.structs import replace
from releases import written_articles

from index import verification
from index.article import Article
from index.columns import Array
from index.errors import IndexCorrupt, IndexUnavailable
from index.generation import DataFolder
from index.operations import rebuild, remove_articles
from index.settings import IndexSettings
from index.snapshot import open_snapshot
from index.store import Store
from index.verification import Fault, verify

REBUILD = "run `emeroteca rebuild` to write the index anew from the stored articles"
ARTICLES = [
    Article(
        article_id="uno",
        title="Il ponte riapre",
        lead="Due corsie",
        body="Il ponte di Valdorsa riapre dopo i lavori.",
        site="Gazzetta",
        section=("Cronaca", "Città"),
        authors=("Marta Belli",),
        tags=("ponte", "lavori"),
        published=date(2024, 3, 13),
    ),
    Article(article_id="due", title="Le elezioni", body="Le elezioni si terranno a giugno; il ponte no.", site="Eco"),
    Article(article_id="tre", title="Un robot", body="Un robot pulirà la piazza ogni notte.", tags=("robot",)),
    Article(article_id="via", title="Da togliere", body="Questo articolo viene tolto."),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that has a file of every kind but stories: tombstones too, and two segments."""
    path = tmp_path_factory.mktemp("made") / "archive"
    grow_archive(path, [ARTICLES[1:], ["via"], ARTICLES[:1]], max_deleted_share=1.0)
    kinds = {one.suffix for one in index_files(DataFolder(path))}
    assert kinds == {"", ".json", ".seg", ".del", ".lex", ".cnt", ".val"}
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> DataFolder:
    """A copy of it, to be damaged."""
    return DataFolder(shutil.copytree(made, tmp_path / "archive"))


def faults_of(folder: DataFolder, *, quick: bool = False) -> tuple[Fault, ...]:
    return verify(folder.path, quick=quick).faults


@pytest.mark.parametrize("quick", [False, True])
def test_an_archive_in_order_has_no_fault(folder: DataFolder, quick: bool) -> None:
    found = verify(folder.path, quick=quick)
    assert (found.ok, found.generation, found.articles, found.faults, found.notes) == (True, 3, 3, (), ())
    assert found.files == len(index_files(folder))


# --- the files of the index -------------------------------------------------------------------------------------------


def assert_seen(folder: DataFolder, path: Path) -> None:
    """A damaged file is named with the remedy, and nothing opens it."""
    faults = faults_of(folder)
    assert faults
    # Another number in CURRENT names another manifest, which is then what is missing or differs.
    is_head = path.name == "CURRENT"
    assert all(fault.where == str(path) or (is_head and fault.where.endswith(".json")) for fault in faults)
    assert {fault.remedy for fault in faults} == {REBUILD}
    with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
        open_snapshot(folder)


def test_flipped_bits_of_every_file_are_found_and_named_and_nothing_opens_it(folder: DataFolder) -> None:
    chance = random.Random(20)
    for path in index_files(folder):
        for at in places(path, 20, chance):
            with flipped(path, at, bit=chance.randrange(8)):
                assert_seen(folder, path)
    assert faults_of(folder) == ()


@pytest.mark.slow
def test_thousands_of_flipped_bits_are_all_found(folder: DataFolder) -> None:
    num_flips = 0
    chance = random.Random(21)
    for path in index_files(folder):
        size = path.stat().st_size
        bits = range(8) if size < 300 else None  # of CURRENT and other short files all of them, of others some
        for at in range(0, size, 1 if bits else 3):
            for bit in bits or (chance.randrange(8),):
                with flipped(path, at, bit=bit):
                    assert_seen(folder, path)
                num_flips += 1
    assert num_flips > 5_000


def test_a_first_generation_is_not_taken_for_none_when_a_bit_of_its_number_flips(tmp_path: Path) -> None:
    folder = DataFolder(build_archive(tmp_path / "archive", ARTICLES[:1]))
    pointer = folder.index / "CURRENT"
    assert pointer.read_bytes()[:2] == b"1 "
    with flipped(pointer, 0):
        assert pointer.read_bytes()[:2] == b"0 "
        assert_seen(folder, pointer)
        with pytest.raises(IndexCorrupt, match="does not name a generation"):
            grow_archive(folder.path, [ARTICLES[1:2]])


def test_files_that_are_missing_or_cut_are_named_also_when_it_is_quick(folder: DataFolder) -> None:
    for path in index_files(folder):
        raw = path.read_bytes()
        for length in (None, 0, 1, len(raw) // 2, len(raw) - 1):
            path.unlink()
            if length is not None:
                path.write_bytes(raw[:length])
            for quick in (False, True):
                faults = faults_of(folder, quick=quick)
                assert [(fault.where, fault.remedy) for fault in faults] == [(str(path), REBUILD)]
            with pytest.raises(IndexCorrupt, match="run `emeroteca rebuild`"):
                open_snapshot(folder)
            path.write_bytes(raw)
    assert faults_of(folder) == ()


def test_all_damaged_files_are_named_at_once(folder: DataFolder) -> None:
    segment, lexicon = next(folder.index.glob("*.seg")), next(folder.index.glob("*.lex"))
    segment.unlink()
    lexicon.write_bytes(lexicon.read_bytes()[:-1])
    size = lexicon.stat().st_size
    assert list(map(str, faults_of(folder))) == [
        f"{segment}: is missing; {REBUILD}",
        f"{lexicon}: has {size} bytes where {size + 1} were written; {REBUILD}",
    ]


@pytest.mark.parametrize("suffix", ["", ".json", ".seg", ".del", ".lex", ".cnt", ".val"])
@pytest.mark.parametrize("is_there", [True, False], ids=["flipped", "missing"])
def test_a_rebuild_heals_every_file_of_the_index(folder: DataFolder, suffix: str, is_there: bool) -> None:
    path = next(one for one in index_files(folder) if one.suffix == suffix)
    if is_there:
        raw = path.read_bytes()
        path.write_bytes(bytes([raw[0] ^ 1]) + raw[1:])
    else:
        path.unlink()
    assert faults_of(folder)
    rebuild(folder.path)
    found = verify(folder.path)
    assert (found.faults, found.articles) == ((), 3)


@pytest.mark.parametrize("name", ["", ".", "..", "../articles.db", "/etc/hostname", "a/b"])
def test_a_manifest_that_names_a_file_elsewhere_is_refused(folder: DataFolder, name: str) -> None:
    path = folder.manifest_path(3)
    raw = path.read_bytes().replace(current(folder).values.name.encode(), name.encode())
    path.write_bytes(raw)
    (folder.index / "CURRENT").write_text(f"3 {zlib.crc32(raw)}\n")
    for quick in (False, True):
        [fault] = faults_of(folder, quick=quick)
        assert (fault.where, fault.remedy) == (str(path), REBUILD)
        assert "is no name of a file in the index folder" in fault.what
    with pytest.raises(IndexCorrupt, match="is no name of a file in the index folder"):
        open_snapshot(folder)


def test_missing_rights_are_no_fault(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    deny_reading(monkeypatch, ".seg")
    with pytest.raises(IndexUnavailable, match=r"seg: cannot be read \(Permission denied\); check the owner"):
        verify(folder.path)


# --- contents under a checksum that is right --------------------------------------------------------------------------


def _longer(columns: dict[str, Array]) -> None:
    columns["doc_length_2"][0] += 1
    columns["doc_length_2"][1] -= 1  # their sum is compared with the totals at opening


def _later(columns: dict[str, Array]) -> None:
    columns["doc_published"][0] += 86_400
    columns["doc_day"][0] += 1


def _read_more(columns: dict[str, Array]) -> None:
    columns["doc_reads"][0] += 1


def _other_value(columns: dict[str, Array]) -> None:
    columns["tag_value"][0] = 2


def _other_document(columns: dict[str, Array]) -> None:
    columns["posting_doc"][0] ^= 1


def _other_place(columns: dict[str, Array]) -> None:
    columns["position"][3] += 1


def _other_count(columns: dict[str, Array]) -> None:
    columns["posting_freq"][0] ^= 0b11


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (_longer, "doc_length_2"),
        (_later, "doc_day, doc_published"),
        (_read_more, "doc_reads"),
        (_other_value, "tag_value"),
        (_other_place, "position"),
        (_other_count, "posting_freq"),
        (_other_document, "posting_doc"),
    ],
)
def test_a_segment_that_says_other_than_its_articles_is_found(
    folder: DataFolder, change: Callable[[dict[str, Array]], None], column: str
) -> None:
    rebuild(folder.path)
    path = change_segment(folder, change)
    assert faults_of(folder, quick=True) == ()  # what no checksum tells is worth the longer look
    fault = faults_of(folder)[0]
    assert (fault.where, fault.remedy) == (str(path), REBUILD)
    assert f"says other than the stored articles in {column}" in fault.what
    rebuild(folder.path)
    assert faults_of(folder) == ()


def test_the_article_of_which_a_segment_is_wrong_is_named(folder: DataFolder) -> None:
    rebuild(folder.path)
    change_segment(folder, _longer)
    assert faults_of(folder)[0].what.endswith(
        "doc_length_2, as of articles 'uno', 'due'"
    )  # the first two by date and id


def test_columns_that_point_outside_each_other_are_a_fault_and_no_traceback(folder: DataFolder) -> None:
    rebuild(folder.path)
    remove_articles(folder.path, ["tre"], settings=IndexSettings(max_deleted_share=1.0))

    def point_outside(columns: dict[str, Array]) -> None:
        columns["form_start"][1] += 1_000
        columns["posting_doc"][-1] = 60_000

    path = change_segment(folder, point_outside)
    assert [fault.where for fault in faults_of(folder) if "cannot be followed" in fault.what] == [str(path)]


def test_counters_and_totals_that_the_segments_do_not_give_are_found(folder: DataFolder) -> None:
    manifest = current(folder)

    def one_more(columns: dict[str, Array]) -> None:
        columns["doc_freq"][2] += 1

    counters = rewritten(folder, manifest.counters, one_more)
    folder.commit(replace(manifest, counters=counters, totals=replace(manifest.totals, text_bytes=7)))
    first, second = faults_of(folder)
    assert first.where == str(folder.index / counters.name)
    assert first.what == "counts the articles of 1 forms wrongly"
    assert second.where == str(folder.manifest_path(3))
    assert "text_bytes=7" in second.what


def _other_key(columns: dict[str, Array]) -> None:
    columns["lemma_forms"][:2] = columns["lemma_forms"][1::-1].copy()


def _other_asked(columns: dict[str, Array]) -> None:
    columns["stem_row"][-1] ^= 1


def _other_traits(columns: dict[str, Array]) -> None:
    columns["form_traits"][0] ^= 1


def _other_letter(columns: dict[str, Array]) -> None:
    columns["form_text"][0] ^= 1


def _no_link(columns: dict[str, Array]) -> None:
    columns["link_one"], columns["link_other"] = columns["link_one"][:-1], columns["link_other"][:-1]


def _another_link(columns: dict[str, Array]) -> None:
    columns["link_one"][0] = 1


def _no_version(columns: dict[str, Array]) -> None:
    columns["story_doc"], columns["story_start"][-1] = columns["story_doc"][:-1], 2


def _other_order(columns: dict[str, Array]) -> None:
    columns["story_doc"] = columns["story_doc"][::-1]


@pytest.fixture
def told(tmp_path: Path) -> DataFolder:
    """An archive of a story in three versions, and another article."""
    return DataFolder(build_archive(tmp_path / "archive", [*written_articles()[:3], *ARTICLES[:1]]))


def change_stories(folder: DataFolder, change: Callable[[dict[str, Array]], None]) -> Path:
    """Change the columns of the stories as a program that errs would, and commit them; their path."""
    manifest = current(folder)
    assert manifest.stories is not None
    entry = rewritten(folder, manifest.stories, change)
    folder.commit(replace(manifest, stories=entry))
    return folder.index / entry.name


@pytest.mark.parametrize("change", [_no_link, _another_link, _no_version, _other_order])
def test_stories_that_the_articles_do_not_tell_are_found(
    told: DataFolder, change: Callable[[dict[str, Array]], None]
) -> None:
    assert faults_of(told) == ()
    path = change_stories(told, change)
    assert faults_of(told, quick=True) == ()
    [fault] = faults_of(told)
    assert (fault.where, fault.remedy) == (str(path), REBUILD)
    assert fault.what == "says other than the articles which of them tell the same story"


def test_stories_that_are_missing_are_found(told: DataFolder) -> None:
    told.commit(replace(current(told), stories=None))
    [fault] = faults_of(told)
    assert fault.where.endswith(".json")
    assert "tell the same story" in fault.what


def test_flipped_bits_of_the_file_of_stories_are_found_and_a_rebuild_heals_it(told: DataFolder) -> None:
    [path] = told.index.glob("*.sty")
    for at in places(path, 20, random.Random(22)):
        with flipped(path, at):
            assert_seen(told, path)
    path.unlink()
    assert faults_of(told)
    rebuild(told.path)
    assert faults_of(told) == ()
    assert current(told).stories is not None


def test_a_sketch_that_is_not_of_the_text_is_named(told: DataFolder) -> None:
    def change(columns: dict[str, Array]) -> None:
        columns["doc_sketch_3"][0] += 1

    change_segment(told, change)
    [fault] = faults_of(told)
    assert "doc_sketch_3, as of articles 'sonda-3'" in fault.what


@pytest.mark.parametrize("change", [_other_key, _other_asked, _other_traits, _other_letter])
def test_keys_that_the_rules_do_not_give_are_found(
    folder: DataFolder, change: Callable[[dict[str, Array]], None]
) -> None:
    path = change_lexicon(folder, change)
    assert any(
        fault.where == str(path) and "has other keys than the rules give" in fault.what for fault in faults_of(folder)
    )


def test_keys_that_point_outside_are_a_fault_and_no_traceback(folder: DataFolder) -> None:
    def point_outside(columns: dict[str, Array]) -> None:
        columns["lemma_row"][0] = 1_000_000

    path = change_lexicon(folder, point_outside)
    [fault] = faults_of(folder)
    assert (fault.where, fault.what.startswith("cannot be followed")) == (str(path), True)


def test_words_for_completion_that_name_other_rows_are_found(folder: DataFolder) -> None:
    def swap(columns: dict[str, Array]) -> None:
        columns["prefix_row"][:2] = columns["prefix_row"][1::-1].copy()

    path = change_lexicon(folder, swap)
    assert [(fault.where, fault.what) for fault in faults_of(folder)] == [
        (str(path), "lists its words for completion wrongly")
    ]


def test_keys_of_older_rules_are_a_note_and_are_not_compared(folder: DataFolder) -> None:
    change_lexicon(folder, _other_traits)
    folder.commit(replace(current(folder), keys="older"))
    found = verify(folder.path)
    assert found.ok
    assert found.notes == ("keys are of older rules; the next commit computes them anew",)


# --- index and store --------------------------------------------------------------------------------------------------


def put(folder: DataFolder, *articles: Article) -> None:
    """Change the store alone, as a crash between store and index leaves it."""
    store = Store(folder.store)
    with store.batch():
        for article in articles:
            store.put(article)
    store.close()


def execute(folder: DataFolder, statement: str) -> None:
    with sqlite3.connect(folder.store) as store:
        store.execute(statement)
    store.close()


def test_changes_that_wait_for_the_index_are_a_note(folder: DataFolder) -> None:
    put(folder, Article(article_id="nuovo", title="Nuovo", body="Ancora da indicizzare."))
    found = verify(folder.path)
    assert found.ok
    assert found.articles == 4
    assert found.notes == (
        "1 changes are stored and not indexed yet; the next `emeroteca add` or `emeroteca rebuild` takes them in",
    )


@pytest.mark.parametrize("quick", [False, True])
def test_articles_that_only_index_or_store_has_are_named(folder: DataFolder, quick: bool) -> None:
    execute(folder, "DELETE FROM article WHERE id = 'uno'")
    execute(folder, "UPDATE article SET id = 'quattro' WHERE id = 'due'")
    execute(folder, "UPDATE article SET num = 99 WHERE id = 'tre'")
    execute(folder, "INSERT INTO article SELECT 100, 'cinque', digest, payload, 0, 1, NULL FROM article WHERE num = 99")
    found = [(fault.where, fault.what) for fault in faults_of(folder, quick=quick) if fault.where.startswith("article")]
    assert found == [
        ("article 'cinque'", "is stored and not indexed"),
        ("article 'uno'", "is indexed and not stored"),
        ("article 'tre'", "is indexed in another version than the stored one"),
        ("article 'due'", "has another id in the store than in the index"),
    ]


def test_of_many_articles_the_first_are_named_and_the_others_counted(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_NAMED", 1)
    execute(folder, "DELETE FROM article WHERE ended IS NULL")
    told = [fault.where for fault in faults_of(folder, quick=True)]
    assert told == ["article 'due'", "2 more articles"]


def test_a_store_that_knows_fewer_changes_than_the_index_is_the_wrong_one(folder: DataFolder) -> None:
    execute(folder, "UPDATE journal SET last = 1")
    [fault] = [fault for fault in faults_of(folder, quick=True) if fault.where == str(folder.store)]
    assert fault.what == "has 1 changes where the index knows of 5"
    assert fault.remedy == "restore the store of this archive from a copy"


def test_an_archive_in_which_nothing_was_indexed_is_in_order(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "archive")
    folder.create()
    Store(folder.store).close()
    found = verify(folder.path)
    assert (found.ok, found.generation, found.articles, found.files) == (True, 0, 0, 1)
    assert found.notes == ("nothing has been indexed yet",)


def test_it_tells_how_far_it_has_come(folder: DataFolder) -> None:
    told: list[tuple[str, int, int]] = []
    verify(folder.path, on_progress=lambda step, done, total: told.append((step, done, total)))
    ends = {step: (done, total) for step, done, total in told}
    assert list(ends) == ["checking files", "reading articles", "comparing articles", "comparing keys"]
    assert all(done == total for done, total in ends.values())


# --- a damaged store --------------------------------------------------------------------------------------------------


def test_a_stored_article_that_differs_from_its_digest_is_named_with_the_remedy(folder: DataFolder) -> None:
    execute(folder, "UPDATE article SET digest = zeroblob(16) WHERE id = 'due'")
    found = verify(folder.path)
    assert [str(fault) for fault in found.faults] == [
        f"{folder.store}: article 'due' (row 1) cannot be read: it differs from its digest; {verification.SAVE}"
    ]
    assert found.articles == 2
    assert found.notes[0] == "2 articles of the store can be read, 1 cannot"
    assert "cannot be compared with the store, where 1 of its articles are lost" in found.notes[1]


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE article SET id = CAST(x'ff80' AS TEXT) WHERE id = 'due'",
        "UPDATE article SET id = 17 WHERE id = 'due'",
        "DELETE FROM journal",
    ],
    ids=["no text", "a number", "no journal"],
)
def test_a_row_of_another_kind_is_a_fault_and_no_traceback(folder: DataFolder, statement: str, quick: bool) -> None:
    execute(folder, statement)
    faults = faults_of(folder, quick=quick)
    assert faults
    assert {fault.where for fault in faults} <= {str(folder.store), "article 'due'"}


def test_a_store_of_which_nothing_can_be_read_is_a_fault_beside_those_of_the_index(folder: DataFolder) -> None:
    folder.store.write_bytes(b"damaged" + bytes(5_000))
    segment = next(folder.index.glob("*.seg"))
    segment.unlink()
    for quick in (False, True):
        found = verify(folder.path, quick=quick)
        assert [fault.where for fault in found.faults] == [str(segment), str(folder.store)]
        assert found.articles == 0
