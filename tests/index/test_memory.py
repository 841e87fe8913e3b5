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
import sys, threading, time
from pathlib import Path
from index.operations import rebuild
from index.settings import IndexSettings

most = 0

def watch():
    global most
    while True:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                most = max(most, int(line.split()[1]))
        time.sleep(0.01)

threading.Thread(target=watch, daemon=True).start()
rebuild(Path(sys.argv[1]), settings=IndexSettings(memory_mb=int(sys.argv[2])))
print(most)
"""
"""Prints the most memory that was held beside the page cache, kB."""

MEMORY_MB = 384
ALLOWANCE_MB = 40
"""How far the sum of what is held may be from its estimate; mapped files are the page cache's."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what is mapped is told by Linux alone")
def test_a_rebuild_keeps_within_the_memory_that_is_set(tmp_path: Path) -> None:
    chance, words = random.Random(7), sorted(LEMMAS)
    articles = [
        Article(article_id=str(at), title="Titolo", body=" ".join(chance.choices(words, k=400))) for at in range(20_000)
    ]
    folder = build_archive(tmp_path / "archive", articles)
    command = [sys.executable, "-c", REBUILD, str(folder), str(MEMORY_MB)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(told.stdout) / 1_000 < MEMORY_MB + ALLOWANCE_MB
