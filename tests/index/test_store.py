"""The store: what is put in comes back, every change has its number, and nothing is lost halfway."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from archives import current_articles
from hypothesis import given
from hypothesis import strategies as st
from newsroom import articles_with
from refusing import refuse

from index.article import Article
from index.errors import DiskError, IndexCorrupt, IndexNotFound, IndexUnavailable
from index.store import Store, text_size

FULL = Article(
    article_id="a/1",
    title="Titolo è",
    body="Corpo\n\nlungo " * 200,
    lead="Sommario",
    url="https://example.it/1",
    site="ImpresaVille",
    section=("Economia", "Lavoro"),
    authors=("Anna Neri", "Ugo Bò"),
    tags=("AI",),
    published=datetime(2024, 3, 13, 9, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=1))),
    updated=date(2024, 3, 14),
    reads=0,
    extra={"paywall": True, "images": [{"n": 1.5}], "note": None},
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "articles.db")
    yield opened
    opened.close()


def test_an_article_comes_back_as_it_was_put(store: Store) -> None:
    assert store.put(FULL) == "added"
    stored = store.find("a/1")
    assert stored is not None
    assert stored.article == FULL
    assert current_articles(store) == [stored]
    assert store.get([stored.num, 99]) == {stored.num: FULL}


@given(article=articles_with("x"))
def test_any_article_comes_back(tmp_path_factory: pytest.TempPathFactory, article: Article) -> None:
    opened = Store(tmp_path_factory.mktemp("store") / "articles.db")
    opened.put(article)
    stored = opened.find("x")
    opened.close()
    assert stored is not None
    assert stored.article == article


def test_the_same_article_again_is_unchanged_and_no_change(store: Store) -> None:
    store.put(FULL)
    assert store.put(replace(FULL, tags=("AI",))) == "unchanged"
    assert store.journal == 1
    assert store.count() == 1


CHANGES: list[dict[str, object]] = [
    {"title": "Altro"},
    {"tags": ()},
    {"reads": 1},
    {"reads": None},
    {"updated": None},
    {"extra": {}},
    {"section": ("Economia",)},
    {"published": date(2024, 3, 13)},
    {"published": datetime(2024, 3, 13, 8, 30, 1, 250_000, tzinfo=UTC)},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_any_changed_field_makes_it_replaced(store: Store, change: dict[str, object]) -> None:
    store.put(FULL)
    assert store.put(replace(FULL, **change)) == "replaced"  # type: ignore[arg-type]
    stored = store.find("a/1")
    assert stored is not None
    assert stored.article == replace(FULL, **change)  # type: ignore[arg-type]
    assert store.count() == 1
    assert store.journal == 2


def test_a_removed_article_is_gone_once_and_may_come_back(store: Store) -> None:
    store.put(FULL)
    assert store.remove("a/1")
    assert not store.remove("a/1")
    assert store.find("a/1") is None
    assert store.count() == store.text_bytes() == 0
    assert store.put(FULL) == "added"


def test_changes_since_a_number_tell_what_came_and_what_went(store: Store) -> None:
    one, two, three = (Article(article_id=name, title=name, body="x") for name in "123")
    store.put(one)
    store.put(two)
    seen = store.journal
    store.put(replace(one, body="y"))
    store.put(three)
    store.remove("2")
    store.remove("3")
    changes = store.changes_since(seen)
    assert changes.journal == store.journal == 6
    assert [stored.article.body for stored in store.versions(changes.came)] == ["y"]
    assert sorted(changes.went) == [1, 2]
    everything = store.changes_since(0)
    assert (everything.came, everything.went) == (changes.came, ())
    nothing = store.changes_since(store.journal)
    assert (nothing.came, nothing.went, nothing.journal) == ((), (), 6)


def test_a_version_that_ended_is_kept_until_it_is_forgotten(store: Store) -> None:
    store.put(FULL)
    store.put(replace(FULL, body="y"))
    assert store.get([1]) == {1: FULL}
    assert store.forget_ended(up_to_journal=1) == 0
    assert store.forget_ended(up_to_journal=2) == 1
    assert store.get([1]) == {}
    assert store.count() == 1


def test_numbers_are_never_given_twice(store: Store) -> None:
    store.put(FULL)
    store.remove("a/1")
    store.forget_ended(up_to_journal=9)
    store.put(FULL)
    stored = store.find("a/1")
    assert stored is not None
    assert stored.num == 2


def test_a_batch_that_fails_leaves_nothing_behind(store: Store) -> None:
    store.put(FULL)

    def fail_halfway() -> None:
        with store.batch():
            store.put(replace(FULL, article_id="2"))
            store.remove("a/1")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail_halfway()
    assert [stored.article for stored in current_articles(store)] == [FULL]
    assert store.journal == 1
    with store.batch():
        store.put(replace(FULL, article_id="2"))
    assert store.count() == 2


def test_text_is_counted_in_bytes(store: Store) -> None:
    article = Article(article_id="1", title="è", lead="’", body="ab", extra={"long": "x" * 100})
    store.put(article)
    assert text_size(article) == store.text_bytes() == 2 + 3 + 2


def test_more_articles_than_one_statement_can_name_come_back(store: Store) -> None:
    with store.batch():
        for number in range(1_203):
            store.put(Article(article_id=str(number), title="x", body="y"))
    assert len(store.get(list(range(1, 1_204)))) == 1_203
    assert [stored.num for stored in current_articles(store)] == list(range(1, 1_204))
    wanted = [7, 1_000, 1_203, 501]
    assert sorted(stored.num for stored in store.versions(wanted)) == sorted(wanted)


def test_a_long_article_is_kept_compressed(store: Store, tmp_path: Path) -> None:
    store.put(replace(FULL, body="parola " * 50_000))
    with sqlite3.connect(tmp_path / "articles.db") as database:
        (size_bytes,) = database.execute("SELECT length(payload) FROM article").fetchone()
    database.close()
    assert size_bytes < 10_000


@pytest.mark.parametrize("level", [1, 6, 9])
def test_an_article_is_kept_in_zlibs_own_format(store: Store, tmp_path: Path, level: int) -> None:
    """Whichever library wrote it: stores that are older than the one in use are read, and any other can read ours."""
    store.put(FULL)
    with closing(sqlite3.connect(tmp_path / "articles.db")) as database:
        (payload,) = database.execute("SELECT payload FROM article").fetchone()
        record = zlib.decompress(payload[1:])
        database.execute("UPDATE article SET payload = ?", (payload[:1] + zlib.compress(record, level),))
        database.commit()
    stored = store.find("a/1")
    assert stored is not None
    assert stored.article == FULL


def test_changes_have_the_same_numbers_in_a_batch_and_one_by_one(store: Store, tmp_path: Path) -> None:
    with closing(Store(tmp_path / "other.db")) as other:
        with store.batch():
            told = [_some_changes(store), store.journal]
        assert [_some_changes(other), other.journal] == told
        assert store.journal == other.journal
        assert store.changes_since(0) == other.changes_since(0)


def _some_changes(store: Store) -> list[object]:
    store.put(FULL)
    return [
        store.put(FULL),
        store.put(replace(FULL, title="Altro")),
        store.put(replace(FULL, article_id="2"), until_s=10),
        store.remove("a/1"),
        store.release(now_s=11),
    ]


def test_a_batch_that_changes_nothing_writes_nothing(store: Store, tmp_path: Path) -> None:
    store.put(FULL)
    log = tmp_path / "articles.db-wal"
    before = log.stat().st_size
    with store.batch():
        assert store.put(FULL) == "unchanged"
    assert log.stat().st_size == before


def test_another_reads_while_one_writes(store: Store, tmp_path: Path) -> None:
    store.put(FULL)
    reader = Store(tmp_path / "articles.db", read_only=True)
    with store.batch():
        store.put(replace(FULL, body="y"))
        seen = reader.find("a/1")
        assert seen is not None
        assert seen.article == FULL
    seen = reader.find("a/1")
    assert seen is not None
    assert seen.article.body == "y"
    reader.close()


@pytest.mark.parametrize(
    "raw", [b"this is no database at all" * 100, b"SQLite format 3\0" + bytes(4_000)], ids=["text", "zeros"]
)
def test_a_file_that_is_no_store_says_so(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "articles.db"
    path.write_bytes(raw)
    with pytest.raises(IndexCorrupt, match=r"is not a store of articles that can be read .* restore it from a copy"):
        Store(path)


def test_a_store_that_is_missing_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match=r"articles.db: is not there yet; add articles with `emeroteca add FILE`"):
        Store(tmp_path / "articles.db", read_only=True)
    assert not (tmp_path / "articles.db").exists()


def test_what_a_process_left_that_was_killed_while_it_made_the_store_is_in_nobodys_way(tmp_path: Path) -> None:
    for ending in ("", "-journal", "-wal"):
        (tmp_path / f"articles.db.new{ending}").write_bytes(b"half of it")
    Store(tmp_path / "articles.db").close()
    assert [path.name for path in tmp_path.iterdir()] == ["articles.db"]


REFUSALS = [
    pytest.param(sqlite3.SQLITE_FULL, "check space, disk and rights, then repeat", id="full"),
    pytest.param(sqlite3.SQLITE_READONLY_DBMOVED, "check space, disk and rights, then repeat", id="read-only"),
    pytest.param(sqlite3.SQLITE_CANTOPEN, "check space, disk and rights, then repeat", id="not opened"),
    pytest.param(sqlite3.SQLITE_BUSY_SNAPSHOT, "another process holds it: wait until", id="busy"),
    pytest.param(sqlite3.SQLITE_LOCKED, "another process holds it: wait until", id="locked"),
]
DISK = pytest.param(sqlite3.SQLITE_IOERR_READ, "check the disk, then repeat; if it goes on", id="failing disk")


@pytest.mark.parametrize(("code", "remedy"), [*REFUSALS, DISK])
@pytest.mark.parametrize("statement", ["PRAGMA busy_timeout", "SELECT count"], ids=["at opening", "later"])
def test_a_store_that_is_refused_to_a_reader_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, remedy: str, statement: str
) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()
    refuse(monkeypatch, code, lambda asked, _: asked.startswith(statement))
    with pytest.raises(IndexUnavailable, match=rf"articles.db: cannot be read \(refused\); {remedy}") as raised:
        Store(path, read_only=True).count()
    assert isinstance(raised.value, DiskError) == (code == sqlite3.SQLITE_IOERR_READ)
    assert not isinstance(raised.value, IndexCorrupt)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [*REFUSALS, pytest.param(sqlite3.SQLITE_IOERR_FSYNC, "check space, disk and", id="failing disk")],
)
@pytest.mark.parametrize("statement", ["PRAGMA busy_timeout", "UPDATE journal", "COMMIT"])
def test_what_is_refused_to_a_writer_is_no_damage_and_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, remedy: str, statement: str
) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()
    with monkeypatch.context() as refusing:
        refuse(refusing, code, lambda asked, _: asked.startswith(statement))
        with pytest.raises(IndexUnavailable, match=rf"articles.db: cannot be written \(refused\); {remedy}") as raised:
            put_alone(path)
        assert not isinstance(raised.value, IndexCorrupt)
    put_alone(path)


def put_alone(path: Path) -> None:
    opened = Store(path)
    try:
        with opened.batch():
            assert opened.put(FULL) == "added"
    finally:
        opened.close()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT_INDEX, sqlite3.SQLITE_NOTADB])
def test_damage_that_is_met_later_is_told_as_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()
    refuse(monkeypatch, code, lambda asked, _: asked.startswith("SELECT count"))
    with pytest.raises(IndexCorrupt, match="restore it from a copy"):
        Store(path, read_only=True).count()


def test_a_slip_of_ours_is_no_damage_and_no_refusal(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        store._run("SELEKT")
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.count()


def test_text_that_is_none_is_damage(store: Store) -> None:
    store.put(FULL)
    store._run("UPDATE article SET id = CAST(x'ff80' AS TEXT)")
    with pytest.raises(IndexCorrupt, match="Could not decode to UTF-8"):
        store.ids_at(1)


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("statement", ["DROP TABLE article", "ALTER TABLE article DROP COLUMN text_bytes"])
def test_a_database_without_what_a_store_has_is_none(tmp_path: Path, statement: str, read_only: bool) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE embargo")
        database.execute(statement)
    if not read_only and statement.startswith("DROP"):
        Store(path).close()  # which makes it anew
        return
    with pytest.raises(IndexCorrupt, match=r"is not a store of articles that can be read \(no such"):
        Store(path, read_only=read_only)


def test_nothing_is_due_in_an_older_store_without_embargoes(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE embargo")
    with closing(Store(path, read_only=True)) as opened:
        assert not opened.has_due(now_s=2**40)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT])
def test_what_keeps_from_looking_whether_an_article_is_due_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()
    refuse(monkeypatch, code, lambda asked, _: "embargo" in asked)
    with closing(Store(path, read_only=True)) as opened, pytest.raises(IndexUnavailable, match="refused"):
        opened.has_due(now_s=0)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_store_without_rights_to_it_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_only: bool
) -> None:
    path = tmp_path / "articles.db"
    Store(path).close()

    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(sqlite3, "connect", refuse)
    monkeypatch.setattr(os, "access", lambda asked, _: asked != path)
    told = rf"articles.db: cannot be {'read' if read_only else 'written'} \(Permission denied\); check the owner"
    with pytest.raises(IndexUnavailable, match=told) as raised:
        Store(path, read_only=read_only)
    assert not isinstance(raised.value, IndexCorrupt)


@pytest.mark.parametrize("payload", [b"", b"\x01garbage", b"\x00{}", b"\x00[1]", b'\x00{"article_id": 1}'])
def test_an_article_that_cannot_be_read_says_so(store: Store, tmp_path: Path, payload: bytes) -> None:
    store.put(FULL)
    with sqlite3.connect(tmp_path / "articles.db") as database:
        database.execute("UPDATE article SET payload = ?", (payload,))
    database.close()
    with pytest.raises(IndexCorrupt, match="restore it from a copy"):
        store.find("a/1")


_steps = st.lists(
    st.lists(st.tuples(st.sampled_from("123"), st.sampled_from(("x", "y", None))), max_size=4), min_size=1, max_size=6
)


@given(history=_steps, is_broken=st.lists(st.booleans(), min_size=6, max_size=6))
def test_any_history_tells_from_each_point_of_it_what_came_and_what_went(
    tmp_path_factory: pytest.TempPathFactory, history: list[list[tuple[str, str | None]]], is_broken: list[bool]
) -> None:
    """Against a plain dict; a batch that breaks must be as if it had never been."""
    opened = Store(tmp_path_factory.mktemp("store") / "articles.db")
    current: dict[str, str] = {}
    num_changes = 0
    seen: dict[int, dict[int, tuple[str, str]]] = {0: {}}  # journal number -> versions that an index made there holds

    def change(batch: list[tuple[str, str | None]], *, breaks: bool) -> None:
        nonlocal num_changes
        with opened.batch():
            for name, body in batch:
                before = model.get(name)
                if body is None:
                    assert opened.remove(name) == (before is not None)
                    model.pop(name, None)
                else:
                    outcome = "unchanged" if before == body else "added" if before is None else "replaced"
                    assert opened.put(Article(article_id=name, title="t", body=body)) == outcome
                    model[name] = body
                num_changes += before != body
                assert opened.journal == num_changes
            if breaks:
                raise RuntimeError("halfway")

    for batch, breaks in zip(history, is_broken, strict=False):
        model, changes_before = dict(current), num_changes
        if breaks:
            with pytest.raises(RuntimeError, match="halfway"):
                change(batch, breaks=True)
            num_changes = changes_before
        else:
            change(batch, breaks=False)
            current = model
        assert opened.journal == num_changes
        versions = {one.num: (one.article.article_id, one.article.body) for one in current_articles(opened)}
        assert dict(versions.values()) == current
        assert opened.count() == len(versions) == len(current)
        for journal, held in seen.items():
            changes = opened.changes_since(journal)
            came = {one.num: (one.article.article_id, one.article.body) for one in opened.versions(changes.came)}
            assert set(changes.went) <= held.keys()
            assert not came.keys() & held.keys()
            assert {num: one for num, one in held.items() if num not in changes.went} | came == versions
            assert changes.journal == num_changes
        seen[num_changes] = versions
    opened.close()
