"""The crew: several processes index side by side, and what they give is what one process gives."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives import build_archive, rebuild_archive, snapshot_of

from index import crew, kernels, merged
from index import draft as drafts
from index.article import Article
from index.errors import IndexCorrupt, IndexUnavailable
from index.kernels import compiled
from index.settings import IndexSettings
from index.snapshot import Snapshot
from index.store import Store

ARTICLES = [
    Article(
        article_id=f"a{at:03d}",
        title=f"Riforma {at % 7} delle pensioni",
        body=f"Il governo di Roma{at % 11} discute la riforma w{at}. " * (1 + at % 5),
        site=f"sito{at % 3}",
        tags=(f"tag{at % 13}",),
    )
    for at in range(120)
]


@pytest.fixture(autouse=True)
def few_articles_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a hundred articles are worth several processes."""
    monkeypatch.setattr(drafts, "MIN_ARTICLES", 10)


def state(snapshot: Snapshot) -> Any:
    """What a snapshot holds, whatever its segments and the numbers of its forms."""
    found: dict[str, list[tuple[int, int]]] = {}
    for segment in snapshot.segments:
        columns = segment.columns
        for row, form_id in enumerate(columns["form_id"].tolist()):
            start, end = columns["form_start"][row : row + 2].tolist()
            nums = columns["doc_num"][columns["posting_doc"][start:end]].tolist()
            freqs = columns["posting_freq"][start:end].tolist()
            found.setdefault(snapshot.lexicon.form(form_id), []).extend(zip(nums, freqs, strict=True))
    values = {facet: sorted(texts) for facet, texts in snapshot.values.items()}
    counters = {snapshot.lexicon.form(at): count for at, count in enumerate(snapshot.counters.tolist())}
    return {form: sorted(rows) for form, rows in found.items()}, values, counters, snapshot.totals


def written(folder: Path) -> dict[str, bytes]:
    """What the index of an archive has of segments and lexicon."""
    return {path.name: path.read_bytes() for path in (folder / "index").iterdir() if path.suffix in (".seg", ".lex")}


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_give_what_one_gives(tmp_path: Path, processes: int) -> None:
    build_archive(tmp_path, ARTICLES, processes=1)
    with snapshot_of(tmp_path) as snapshot:
        alone = state(snapshot)
    rebuild_archive(tmp_path, processes=processes, memory_mb=4_096)
    with snapshot_of(tmp_path) as snapshot:
        assert len(snapshot.segments) == processes
        assert state(snapshot) == alone


def test_several_processes_give_the_same_files_each_time(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        build_archive(tmp_path / name, ARTICLES, processes=2, memory_mb=4_096)
        files.append(written(tmp_path / name))
    assert len(files[0]) >= 3
    assert files[0] == files[1]


@pytest.mark.parametrize("processes", [1, 2])
def test_compiled_kernels_give_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int) -> None:
    files = []
    for name, enough in (("plain", 10**6), ("compiled", 1)):
        monkeypatch.setattr(kernels, "COMPILED_ARTICLES", enough)
        monkeypatch.setattr(merged, "MERGED_MIN_DOCS", 10)  # in this process, when it is the one that indexes
        build_archive(tmp_path / name, ARTICLES, processes=processes, memory_mb=4_096)
        files.append(written(tmp_path / name))
    assert len(files[0]) >= 2
    assert files[0] == files[1]
    with snapshot_of(tmp_path / "compiled") as snapshot:
        num_merged = sum(len(segment.columns["merged_set"]) for segment in snapshot.segments)
    assert (num_merged > 0) == (processes == 1)


def test_an_indexer_has_all_kernels_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None is compiled for other types of array than it was prepared for."""
    monkeypatch.setattr(kernels, "COMPILED_ARTICLES", 1)
    monkeypatch.setattr(merged, "MERGED_MIN_DOCS", 10)
    compiled.prepare()
    functions = (compiled._hashed, compiled._numbered, compiled._tokens_of, compiled._sketches, compiled.union)
    before = [len(function.signatures) for function in functions]
    build_archive(tmp_path, ARTICLES, processes=1)
    assert [len(function.signatures) for function in functions] == before


def test_forms_that_several_have_met_get_their_keys_from_one_each() -> None:
    """Each form from one that has it, and about as many from each."""
    common, chance = np.arange(1_000, dtype=np.uint64), np.random.default_rng(1)
    hashes = [chance.permutation(np.append(common, np.uint64(5_000 + at))) for at in range(3)]
    owners = drafts.shared_out(hashes)
    given: dict[int, set[int]] = {}
    for some, owner in zip(hashes, owners, strict=True):
        for form, one in zip(some.tolist(), owner.tolist(), strict=True):
            given.setdefault(form, set()).add(one)
    assert all(len(by) == 1 for by in given.values())
    assert [given[5_000 + at] for at in range(3)] == [{0}, {1}, {2}]
    counts = np.bincount([by for some in given.values() for by in some])
    assert counts.min() > 0.9 * counts.max()


def test_forms_of_one_alone_are_all_its_own() -> None:
    none, some = np.zeros(0, dtype=np.uint64), np.array([3, 1, 2], dtype=np.uint64)
    assert [owner.tolist() for owner in drafts.shared_out([some])] == [[0, 0, 0]]
    assert [owner.tolist() for owner in drafts.shared_out([none, some, none])] == [[], [1, 1, 1], []]
    assert [owner.tolist() for owner in drafts.shared_out([none, none])] == [[], []]


def test_what_is_new_is_added_side_by_side_to_what_was_there(tmp_path: Path) -> None:
    build_archive(tmp_path / "grown", ARTICLES[:20], processes=1)
    build_archive(tmp_path / "grown", ARTICLES[20:], processes=2, memory_mb=4_096)
    build_archive(tmp_path / "whole", ARTICLES, processes=1)
    with snapshot_of(tmp_path / "grown") as grown, snapshot_of(tmp_path / "whole") as whole:
        assert state(grown) == state(whole)


@pytest.mark.parametrize(
    ("memory_mb", "articles", "expected"),
    [(512, 10**6, 1), (1_024, 10**6, 2), (65_536, 10**6, 4), (65_536, 25, 2), (65_536, 9, 1)],
)
def test_there_are_as_many_processes_as_memory_and_articles_are_enough_for(
    memory_mb: int, articles: int, expected: int
) -> None:
    settings = IndexSettings(memory_mb=memory_mb, processes=4)
    assert drafts.processes_for(articles, settings) == expected


def test_what_a_worker_cannot_read_is_told_by_its_employer(tmp_path: Path) -> None:
    build_archive(tmp_path, ARTICLES)
    store = Store(tmp_path / "articles.db")
    store._db.execute("UPDATE article SET payload = x'01ffff' WHERE num = 7")
    store.close()
    with pytest.raises(IndexCorrupt, match="is not a store of articles that can be read") as caught:
        rebuild_archive(tmp_path, processes=2, memory_mb=4_096)
    assert caught.value.path == tmp_path / "articles.db"
    with snapshot_of(tmp_path) as snapshot:
        assert (snapshot.generation, snapshot.totals.num_docs) == (1, len(ARTICLES))


def test_a_worker_that_is_killed_leaves_the_old_index_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_archive(tmp_path, ARTICLES)
    started = crew._start

    def killed() -> Any:
        worker = started()
        worker.process.kill()
        worker.process.wait()
        return worker

    monkeypatch.setattr(crew, "_start", killed)
    with pytest.raises(IndexUnavailable, match="a process that did it ended before its work; see whether memory"):
        rebuild_archive(tmp_path, processes=2, memory_mb=4_096)
    with snapshot_of(tmp_path) as snapshot:
        assert (snapshot.generation, snapshot.totals.num_docs) == (1, len(ARTICLES))


EMPLOYER = """
import sys, time
from pathlib import Path
import numpy as np
from index import crew, kernels, merged

worker = crew._start()
worker.connection.send(crew.Task(Path(sys.argv[1]), Path(sys.argv[2]), 1000, [np.arange(1, 5)], "plain"))
print(worker.process.pid, flush=True)
time.sleep(60)
"""
"""Starts a worker, never answers it, and is killed."""


def test_workers_end_with_the_process_that_employs_them(tmp_path: Path) -> None:
    build_archive(tmp_path, ARTICLES)
    command = [sys.executable, "-c", EMPLOYER, str(tmp_path / "articles.db"), str(tmp_path / "index")]
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    employer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=paths)
    assert employer.stdout is not None
    pid = int(employer.stdout.readline())
    assert _runs(pid)
    with employer:
        employer.kill()
    deadline = time.monotonic() + 20
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
