"""Embargo: an article with a later date is kept, and nowhere to be seen before it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from index.article import Article
from index.drop_folder import DropFolder
from index.export import export_articles
from index.generation import DataFolder
from index.operations import add_articles, catch_up, compact, has_due, rebuild, remove_articles
from index.stats import gather_stats
from index.store import Store
from index.verification import verify
from index.watch import Watch
from search import open_archive

NOW = datetime(2026, 3, 13, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
DAY_S = 86_400
SECRET = Article(
    article_id="segreto",
    title="Fusione Zefirotech",
    body="La Zefirotech compra la Bradipsoft.",
    site="Anteprima",
    section=("Riservato",),
    authors=("Piera Sottovoce",),
    tags=("fusioni",),
    published=datetime(2026, 3, 14, 6, tzinfo=UTC),
    reads=1_000,
)
OPEN = Article(article_id="aperto", title="Notizie di oggi", body="Il governo discute.", published=date(2026, 3, 12))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive of an article of yesterday, and one of tomorrow."""
    report = add_articles(tmp_path / "archive", [OPEN, SECRET], now_s=NOW_S)
    assert report.added == 2
    return tmp_path / "archive"


def ids_found(path: Path, query: str = "") -> list[str]:
    with open_archive(path) as archive:
        return sorted(hit.article.article_id for hit in archive.search(query).hits)


def test_before_its_time_an_article_is_in_no_answer_facet_or_suggestion(path: Path) -> None:
    assert ids_found(path) == ["aperto"]
    with open_archive(path) as archive:
        page = archive.search("Zefirotech")
        assert (page.total, page.suggestion) == (0, None)
        everything = archive.search("")
        shown = [count.value for counts in everything.facets.values() for count in counts]
        assert not {"Anteprima", "Riservato", "Piera Sottovoce"} & set(shown)
        assert [months.month for months in everything.histogram] == ["2026-03"]
        for prefix in ("Zefi", "zef", "Riserv", "fusion", "Fusione Z"):
            assert archive.suggest(prefix) == ()
        assert archive.article("segreto") is None
        assert archive.most_read() == ()
        assert archive.snapshot.lexicon.find(["Zefirotech", "Bradipsoft"]).tolist() == [-1, -1]


def test_the_first_commit_after_its_time_shows_it(path: Path) -> None:
    before = catch_up(path, now_s=NOW_S + DAY_S // 2)  # half past midnight in Rome, too early
    assert before == DataFolder(path).current_generation() == 1
    assert catch_up(path, now_s=NOW_S + DAY_S) == 2
    assert ids_found(path, "zefirotech") == ["segreto"]
    with open_archive(path) as archive:
        assert archive.article("segreto") == SECRET
        assert archive.most_read() == (SECRET,)
    assert gather_stats(path).embargoed == 0
    assert verify(path).faults == ()
    assert catch_up(path, now_s=NOW_S + 2 * DAY_S) == 2


def test_a_bare_date_is_its_midnight_in_rome(tmp_path: Path) -> None:
    tomorrow = Article(article_id="domani", title="Domani", body="x", published=date(2026, 3, 14))
    add_articles(tmp_path, [tomorrow], now_s=NOW_S)
    midnight_s = int(datetime(2026, 3, 13, 23, tzinfo=UTC).timestamp())
    catch_up(tmp_path, now_s=midnight_s - 1)
    assert ids_found(tmp_path) == []
    catch_up(tmp_path, now_s=midnight_s)
    assert ids_found(tmp_path) == ["domani"]


def test_a_rebuild_keeps_an_embargo_and_lets_out_what_is_due(tmp_path: Path) -> None:
    later = Article(article_id="poi", title="Dopo", body="Zefirotech", published=date(9999, 1, 1))
    add_articles(tmp_path, [later, SECRET, OPEN], now_s=NOW_S)  # by the clock SECRET is due
    rebuild(tmp_path)
    assert ids_found(tmp_path) == ["aperto", "segreto"]
    assert gather_stats(tmp_path).embargoed == 1
    assert verify(tmp_path).faults == ()


def test_an_article_put_off_is_no_longer_shown(path: Path) -> None:
    put_off = Article(article_id="aperto", title="Notizie di oggi", body="rinviate", published=date(2026, 5, 1))
    report = add_articles(path, [put_off], now_s=NOW_S)
    assert report.replaced == 1
    assert ids_found(path) == []
    catch_up(path, now_s=NOW_S + 60 * DAY_S)
    assert ids_found(path, "rinviate") == ["aperto"]


def test_an_article_whose_embargo_is_lifted_by_a_new_date_is_shown_at_once(path: Path) -> None:
    now = Article(article_id="segreto", title="Fusione Zefirotech", body="È fatta.", published=NOW)
    assert add_articles(path, [now], now_s=NOW_S).replaced == 1
    assert ids_found(path, "Zefirotech") == ["segreto"]
    assert catch_up(path, now_s=NOW_S + 9 * DAY_S) == 2
    assert ids_found(path, "Zefirotech") == ["segreto"]


def test_an_article_removed_before_its_time_never_comes(path: Path) -> None:
    assert remove_articles(path, ["segreto"]) == (1, ())
    catch_up(path, now_s=NOW_S + 9 * DAY_S)
    assert ids_found(path) == ["aperto"]
    assert gather_stats(path).embargoed == 0
    compact(path)
    store = Store(DataFolder(path).store, read_only=True)
    assert store.count() == 1
    store.close()


def test_the_same_article_again_keeps_its_embargo(path: Path) -> None:
    assert add_articles(path, [SECRET], now_s=NOW_S + 1).unchanged == 1
    assert ids_found(path) == ["aperto"]
    assert add_articles(path, [SECRET], now_s=NOW_S + DAY_S).unchanged == 1
    assert ids_found(path) == ["aperto", "segreto"]


def test_whether_an_article_is_due_is_known_without_writing(path: Path) -> None:
    assert not has_due(path, now_s=NOW_S + DAY_S // 2)
    assert has_due(path, now_s=NOW_S + DAY_S)
    catch_up(path, now_s=NOW_S + DAY_S)
    assert not has_due(path, now_s=NOW_S + DAY_S)


def test_in_a_folder_without_a_store_nothing_is_due(tmp_path: Path) -> None:
    DataFolder(tmp_path).create()
    assert not has_due(tmp_path)


@pytest.mark.parametrize("once", [True, False])
def test_a_watch_brings_in_what_is_due(path: Path, tmp_path: Path, once: bool) -> None:
    (tmp_path / "drop").mkdir()
    rounds = iter(range(20))
    watch = Watch(
        path, DropFolder(tmp_path / "drop"), is_stopping=lambda: next(rounds, None) is None, sleep=lambda _: None
    )
    assert ids_found(path) == ["aperto"]
    if once:
        watch.run_once()
    else:
        watch.run()
    assert ids_found(path) == ["aperto", "segreto"]  # which by the clock is due


def test_an_export_holds_what_waits(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"
    with target.open("wb") as file:
        assert export_articles(path, file) == 2
    assert '"segreto"' in target.read_text(encoding="utf-8")
