"""The archive: order, pages, and commits of others seen while it is open."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from archives import build_archive, grow_archive, snapshot_of, temporary_archive

from index.article import Article
from index.errors import ArchiveError, IndexCorrupt, IndexUnavailable
from index.generation import DataFolder
from search import Archive, ArchiveClosed, InvalidParameter, Page, UnknownValue, open_archive
from search.kernels import KernelName
from search.opened import OpenedFiles

TODAY = date(2026, 3, 13)


def ids(page: Page) -> list[str]:
    return [hit.article.article_id for hit in page.hits]


def segmented(articles: list[Article]) -> list[list[Article | str]]:
    return [[article] for article in articles]


def dated(article_id: str, published: date | datetime | None, body: str = "governo") -> Article:
    return Article(article_id=article_id, title="Titolo", body=body, published=published)


MIXED = [
    dated("c", None),
    dated("b", date(2024, 1, 2)),
    dated("a", None),
    dated("e", date(2025, 1, 1)),
    dated("d", date(2024, 1, 2)),
    dated("f", datetime(2024, 1, 2, 12, tzinfo=UTC)),
]


@pytest.mark.parametrize("question", ["", "governo"])
@pytest.mark.parametrize(
    ("sort", "expected"), [("newest", ["e", "f", "b", "d", "a", "c"]), ("oldest", ["b", "d", "f", "e", "a", "c"])]
)
def test_sorting_by_date_puts_the_undated_last_and_ties_by_id(question: str, sort: str, expected: list[str]) -> None:
    with temporary_archive(*segmented(MIXED), merge_factor=64) as archive:
        assert len(archive.snapshot.segments) == len(MIXED)
        assert ids(archive.search(question, sort=sort, now=TODAY)) == expected  # type: ignore[arg-type]


def test_equal_scores_of_many_segments_stand_by_date_then_id() -> None:
    articles = [dated(f"{(at * 7) % 20:02d}", date(2024, 1, 1 + at % 2)) for at in range(20)]
    expected = sorted(articles, key=lambda one: (-one.published.day, one.article_id))  # type: ignore[union-attr]
    with temporary_archive(*segmented(articles), merge_factor=64) as archive:
        assert len(archive.snapshot.segments) == 20
        page = archive.search('"governo"', size=100, now=TODAY)
        pages = [archive.search('"governo"', size=3, page=number, now=TODAY) for number in range(1, 8)]
        assert archive.search('"governo"', size=3, page=8, now=TODAY).hits == ()
    assert len({hit.score for hit in page.hits}) == 1
    assert ids(page) == [article.article_id for article in expected]
    assert [hit for one in pages for hit in one.hits] == list(page.hits)


def test_a_filter_that_leaves_few_brings_in_no_looser_matches() -> None:
    many = [Article(article_id=f"n{at}", title="Titolo", body="governo") for at in range(10)]
    here = Article(article_id="here", title="Titolo", body="governo", section=("Sport",))
    kin = Article(article_id="kin", title="Titolo", body="governativo", section=("Sport",))
    with temporary_archive([*many, here, kin]) as archive:
        page = archive.search("governo", sections=["Sport"], now=TODAY)
        assert (ids(page), page.widened) == (["here"], None)
        nothing = archive.search("governo", since="2024", now=TODAY)
        assert (nothing.total, nothing.widened) == (0, None)
    with temporary_archive([here, kin]) as archive:
        page = archive.search("governo", sections=["Sport"], now=TODAY)
        assert (ids(page), page.widened) == (["here", "kin"], "stem")


def test_what_is_left_out_goes_before_what_is_asked_for() -> None:
    articles = [
        Article(article_id="a", title="Governo", body="governo", section=("Economia", "Lavoro"), site="Uno"),
        Article(article_id="b", title="Governo", body="governo", section=("Economia",), site="Due"),
        Article(article_id="c", title="Governo", body="governo", section=("Sport",), authors=("Anna Neri",)),
    ]
    with temporary_archive(articles) as archive:
        page = archive.search("governo", sections=["Economia"], without_sections=["lavoro"], now=TODAY)
        assert ids(page) == ["b"]
        # Counted without the filters of its own kind, and shown even where nothing of it is left.
        assert {counted.value: counted.count for counted in page.facets["section"]}["Economia / Lavoro"] == 1
        assert {counted.value for counted in page.facets["site"]} == {"Due"}
        assert ids(archive.search("governo", without_authors=["anna neri"], without_sites=["Due"], now=TODAY)) == ["a"]
        with pytest.raises(UnknownValue, match="without_site 'Tre' is unknown; allowed: Due, Uno"):
            archive.search("governo", without_sites=["Tre"])


def test_freshness_can_be_done_without_and_the_page_says_whether_it_played_a_part() -> None:
    older = dated("a", date(2015, 1, 1), body="governo " * 3)
    newer = dated("b", date(2026, 3, 12), body="governo e altro ancora")
    with temporary_archive([older, newer]) as archive:
        page = archive.search("governo", now=TODAY)
        timeless = archive.search("governo", fresh=False, now=TODAY)
        assert (ids(page), page.is_fresh) == (["b", "a"], True)
        assert (ids(timeless), timeless.is_fresh) == (["a", "b"], False)
        assert not archive.search("governo", sort="newest", now=TODAY).is_fresh
        assert not archive.search('"governo"', now=TODAY).is_fresh


def test_ranked_ids_go_deeper_than_a_page_in_the_same_order() -> None:
    articles = [
        dated(f"{(at * 7) % 150:03d}", date(2024, 1, 1 + at % 28), "governo " * (1 + at % 3)) for at in range(150)
    ]
    with temporary_archive(articles[:90], articles[90:], merge_factor=64) as archive:
        pages = [archive.search("governo", size=50, page=number, now=TODAY) for number in (1, 2, 3)]
        expected = [article_id for page in pages for article_id in ids(page)]
        assert list(archive.ranked_ids("governo", depth=150, now=TODAY)) == expected
        assert list(archive.ranked_ids("governo", depth=120, now=TODAY)) == expected[:120]
        assert len(archive.ranked_ids("governo", now=TODAY)) == 100


@pytest.mark.parametrize("depth", [0, -1, 10_001, True, 1.5])
def test_ranked_ids_are_asked_to_a_depth_within_bounds(depth: int) -> None:
    with temporary_archive(MIXED) as archive, pytest.raises(InvalidParameter, match="1 to 10000"):
        archive.ranked_ids("governo", depth=depth)


def test_a_replaced_article_is_found_by_its_new_text_only() -> None:
    with temporary_archive([dated("1", None, "vecchio")], [dated("1", None, "nuovo")]) as archive:
        assert archive.search("vecchio", now=TODAY).total == 0
        assert ids(archive.search("nuovo", now=TODAY)) == ["1"]
        assert archive.search("", now=TODAY).total == 1


def test_a_commit_made_by_another_is_seen_without_opening_again(tmp_path: Path) -> None:
    build_archive(tmp_path, [dated("1", None)])
    with open_archive(tmp_path) as archive:
        assert archive.search("governo", now=TODAY).generation == 1
        code = "import sys; from pathlib import Path; from archives import grow_archive; from index.article import *\n"
        code += "grow_archive(Path(sys.argv[1]), [[Article(article_id='2', title='x', body='governo')], ['1']])"
        root = Path(__file__).resolve().parents[2]
        environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'tests' / 'support'}"}
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
        page = archive.search("governo", now=TODAY)
        assert ids(page) == ["2"]
        assert page.generation == 3
        assert archive.article("1") is None


def test_threads_share_an_archive_while_articles_are_added(tmp_path: Path) -> None:
    build_archive(tmp_path, [dated("0", None)])
    done = threading.Event()

    def ask(archive: Archive) -> list[int]:
        totals: list[int] = []
        while not done.is_set() or not totals:
            page = archive.search("governo", now=TODAY, size=100)
            assert len(page.hits) == page.total
            totals.append(page.total)
        return totals

    with open_archive(tmp_path) as archive, ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, archive) for _ in range(8)]
        try:
            for at in range(1, 15):
                grow_archive(tmp_path, [[dated(str(at), None)]])
        finally:
            done.set()
        seen = [future.result() for future in asking]
        assert archive.search("governo", now=TODAY).total == 15
    assert len(seen) == 8
    for totals in seen:
        assert totals == sorted(totals)


def test_a_closed_archive_says_so_whatever_it_is_asked(tmp_path: Path) -> None:
    archive = open_archive(build_archive(tmp_path / "archive", MIXED))
    archive.close()
    archive.close()
    for ask in (
        lambda: archive.search("governo"),
        lambda: archive.article("a"),
        lambda: archive.suggest("gov"),
        archive.most_read,
    ):
        with pytest.raises(ArchiveClosed, match=r"was closed; open it again with search\.open_archive"):
            ask()


ASK_EVERYTHING = """
import sys
from index.kernels import compiled as indexing
from search import open_archive
from search.kernels.compiled import leaps, memory, placing, scoring, standing, texts
from search.ranking import RankingSettings

modules = indexing, leaps, memory, placing, scoring, standing, texts
found = {id(one): one for module in modules for one in vars(module).values()}
kernels = [kernel for kernel in found.values() if hasattr(kernel, "signatures")]
assert {scoring._scores, placing._list_all, texts._chunks_with} <= {*kernels}
with open_archive(sys.argv[1], kernels="compiled", ranking=RankingSettings(title_weight=1, k1=1)) as archive:
    before = [len(kernel.signatures) for kernel in kernels]
    for question in sys.argv[2:]:
        for any_word in (False, True):
            archive.search(question, any=any_word, explain=True)
            archive.search(question, any=any_word, sections=["A"], since="2020", sort="newest", size=100)
    assert len(archive.most_read(size=3, sites=["S"])) == 3
    archive.most_read(since="2020")
    assert any(before)
    print([len(kernel.signatures) for kernel in kernels] == before)
"""


def test_no_question_waits_for_a_kernel_to_be_compiled(tmp_path: Path) -> None:
    articles = [
        Article(
            article_id=str(at),
            title=f"Riforma {at}",
            lead="la pensione",
            body=body,
            tags=("AI",),
            section=("A",),
            site="S",
            reads=at,
        )
        for at, body in enumerate(["riforma delle pensioni", "riforme e governo", "il governo Meloni", "Dell e AI"] * 3)
    ]
    grow_archive(tmp_path, [articles[:7], articles[7:], ["3"]], merge_factor=64, max_deleted_share=1)
    questions = ["riforma pensioni", '"riforma delle pensioni"', '"riforma pensioni"~4', "pens* titolo:riforma", "-AI"]
    questions += ['titolo:"riforma 1"', "rifroma~", "governo O Dell", "e-commerce", "UE", "", "la", "sezione:A"]
    command = [sys.executable, "-c", ASK_EVERYTHING, str(tmp_path), *questions]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("question", ["riforma pensioni", '"riforma pensioni"', "riform* -pensioni", "0 1 2"])
def test_an_archive_without_an_article_answers_with_nothing(tmp_path: Path, question: str) -> None:
    build_archive(tmp_path, [])
    with open_archive(tmp_path) as archive:
        for any_word in (False, True):
            page = archive.search(question, any=any_word, explain=True)
            assert (page.total, page.hits, page.histogram) == (0, (), ())


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
def test_an_error_over_a_damaged_file_is_told_as_damage_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernels: KernelName
) -> None:
    monkeypatch.setattr("index.columns.SMALL_BYTES", 0)  # as of a large file, of which opening reads the header alone
    path = build_archive(tmp_path / "archive", [dated("a", None), dated("b", None)])
    segment = next((path / "index").glob("*.seg"))
    with snapshot_of(path) as snapshot:
        columns = snapshot.segments[0].columns
        raw = segment.read_bytes()
        at = raw.index(columns["posting_doc"].tobytes())
        length = columns["posting_doc"].nbytes
    segment.write_bytes(raw[:at] + b"\xff" * length + raw[at + length :])
    with open_archive(path, kernels=kernels) as archive:
        for ask in (archive.search, archive.ranked_ids, archive.suggest):
            for _ in range(2):  # the second time it is known
                with pytest.raises(IndexCorrupt, match=r"\.seg: does not hold what was written to it; run `emeroteca"):
                    ask("titolo go")


@pytest.mark.parametrize("name", ["articles.db", "index/CURRENT"])
def test_an_archive_that_cannot_be_opened_leaves_no_file_open(tmp_path: Path, name: str) -> None:
    path = build_archive(tmp_path, [dated("a", None)])
    with open_archive(path):
        assert open_files(path) != set()
    (path / name).write_bytes(b"neither store nor index" * 1_000)
    with pytest.raises(IndexUnavailable) as raised:
        open_archive(path)
    assert open_files(path) == set()
    assert raised.tb is not None  # what its frames hold is not closed by being forgotten


def test_an_archive_that_is_damaged_while_it_is_opened_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build_archive(tmp_path, [dated("a", None)])
    opened = OpenedFiles.__init__

    def damaging(self: OpenedFiles, folder: DataFolder) -> None:
        opened(self, folder)
        assert open_files(path) != set()
        (path / "index/CURRENT").write_bytes(b"no index")

    monkeypatch.setattr(OpenedFiles, "__init__", damaging)
    with pytest.raises(IndexCorrupt) as raised:
        open_archive(path)
    assert open_files(path) == set()
    assert raised.tb is not None


def open_files(folder: Path) -> set[str]:
    """What this process has open below a folder, but for what is mapped: the last array that looks at it lets it go."""
    opened = {str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.exists()}
    mapped = {line.split(maxsplit=5)[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    return {name for name in opened - mapped if name.startswith(f"{folder}/")}


def test_an_error_over_files_that_are_whole_is_none_of_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = build_archive(tmp_path / "archive", [dated("a", None)])
    with open_archive(path) as archive:
        monkeypatch.setattr("search.searcher.count_months", lambda *_: 1 // 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                archive.search("governo")


@pytest.mark.parametrize("name", ["\ud800", "a\udcff", "\0", "x" * 100_000])
def test_an_id_that_no_article_can_have_is_of_none(name: str) -> None:
    with temporary_archive([dated("a", None)]) as archive:
        assert archive.article(name) is None


def test_a_store_in_a_folder_that_cannot_be_written_is_opened_anew_with_every_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_archive(tmp_path, [dated("b", None)])
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
    with open_archive(tmp_path) as archive:
        assert archive.search("").total == 1
        monkeypatch.undo()
        grow_archive(tmp_path, [[dated("a", None)]])
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
        assert {hit.article.article_id for hit in archive.search("").hits} == {"a", "b"}
        assert archive.article("a") is not None


def test_a_folder_that_is_gone_is_told_as_often_as_it_is_asked(tmp_path: Path) -> None:
    data_dir = build_archive(tmp_path / "data", MIXED)
    with open_archive(data_dir) as archive:
        assert archive.search("governo", now=TODAY).total
        shutil.rmtree(data_dir)
        for _ in range(2):
            with pytest.raises(ArchiveError):
                archive.search("governo", now=TODAY)
