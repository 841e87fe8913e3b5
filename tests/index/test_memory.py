"""The memory of a rebuild stays within its setting, whatever the archive's size."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from archives import build_archive

from index.article import Article
from index.italian.words import LEMMAS

REBUILD = """
import os, sys, threading, time
from pathlib import Path
from index import kernels
from index.operations import rebuild
from index.settings import IndexSettings

most = 0

def held(process):
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

def watch():
    global most
    while True:
        workers = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        most = max(most, sum(map(held, ["self", *workers])))
        time.sleep(0.01)

threading.Thread(target=watch, daemon=True).start()
if sys.argv[4] == "compiled":
    kernels.COMPILED_ARTICLES = 1
rebuild(Path(sys.argv[1]), settings=IndexSettings(memory_mb=int(sys.argv[2]), processes=int(sys.argv[3])))
print(most)
"""
"""Prints the most memory that was held beside the page cache by the process and its workers, kB."""

ALLOWANCE_MB = 40
"""How far the sum of what is held may be from its estimate; mapped files are the page cache's."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what is mapped is told by Linux alone")
@pytest.mark.parametrize(
    ("memory_mb", "processes", "kernels"),
    [(384, 1, "plain"), (1_024, 2, "plain"), (512, 1, "compiled"), (1_024, 2, "compiled")],
)
def test_a_rebuild_keeps_within_the_memory_that_is_set(
    tmp_path: Path, memory_mb: int, processes: int, kernels: str
) -> None:
    chance, words = random.Random(7), sorted(LEMMAS)

    def text(number: int) -> str:
        # A million words that no other article has, as many as in a million articles: more than a process remembers.
        return " ".join([*chance.choices(words, k=300), *(f"parola{number}x{at}" for at in range(33))])

    articles = [Article(article_id=str(at), title="Titolo", body=text(at)) for at in range(30_000)]
    folder = build_archive(tmp_path / "archive", articles)
    command = [sys.executable, "-c", REBUILD, str(folder), str(memory_mb), str(processes), kernels]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(told.stdout) / 1_000 < memory_mb + ALLOWANCE_MB
