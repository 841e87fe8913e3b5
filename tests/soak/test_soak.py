"""Soak: readers over HTTP while others add, remove, rebuild, roll back and are killed; every answer is checked.

A generation is the store as it was at one change of its journal, which its manifest names. The test knows the articles
at each change, so it knows what an answer of each generation must be. What is gone since stays out after a rollback.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any
from urllib.parse import urlencode

import pytest
from archives import current_articles
from asking import values_of
from expected import assert_same_order, expect
from model import Model
from newsroom import BORDERS, CONTENT_WORDS, FUNCTION_WORDS, SECTIONS, SHOUTS, SITES, Filters

from index.article import Article, record_from_article
from index.errors import ArchiveError
from index.generation import DataFolder
from index.store import Store

ROOT = Path(__file__).resolve().parents[2]
EMEROTECA = (sys.executable, "-c", "from index.cli import main; main()")
NUM_IDS = 60
NUM_READERS = 3
LONG_S = float(os.environ.get("EMEROTECA_SOAK_S", "1800"))

QUESTIONS = (
    *("", "governo", "riforma pensioni", '"riforma pensioni"', "citta", "AI", "Dell", "meta", '"metà"', "NIS2", "PMI"),
    *("elezioni", "elettorale", "governo di riforma", "il governo sia", "economia -governo", "governo O pensione"),
    *("sezione:Economia governo", "testata:channelville", "pens*", "goveno~", '"governo riforma"~4', "titolo:riforma"),
    *("dopo:2024", "data:13/03/2024", "premier", "intelligenza artificiale", "start-up", "3,5%", "D'Alema", "UE"),
    *("l'economia", "perche", "nulla di nulla", "papa O papà", "(governo O riforma) pensioni", "un'Unione", "5G C++"),
)
MOMENTS = (None, date(2024, 3, 13), date(2023, 12, 31), datetime(2024, 3, 12, 23, 30, tzinfo=UTC), date(2026, 1, 7))


def invent(chance: random.Random, number: int) -> Article:
    """An article of the newsroom's words."""

    def text(least: int, most: int) -> str:
        words = (*CONTENT_WORDS, *CONTENT_WORDS, *FUNCTION_WORDS, *SHOUTS)
        pieces = [chance.choice(words) + chance.choice(BORDERS) for _ in range(chance.randint(least, most))]
        return "".join(pieces).strip()

    return Article(
        article_id=f"a{number:03d}",
        title=" ".join(text(1, 5).split()),  # importing makes it one line
        lead=text(0, 6),
        body=text(1, 40),
        site=chance.choice(SITES),
        section=chance.choice(SECTIONS),
        published=chance.choice(MOMENTS),
    )


@dataclass
class Newsroom:
    """An archive under work: what it must hold at each change, and all that went wrong."""

    path: Path
    folder: DataFolder
    is_over: threading.Event = field(default_factory=threading.Event)
    states: dict[int, dict[str, Article]] = field(default_factory=lambda: {0: {}})
    journals: dict[int, int] = field(default_factory=dict)
    rolled_back: dict[int, dict[str, Article]] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    answers: Queue[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=lambda: Queue(300))

    def run(self, *arguments: str, given: str | None = None, kill_after_s: float | None = None) -> str | None:
        """Run a command to its end, or kill it; what it said, None when it was killed."""
        command = [*EMEROTECA, "--data", str(self.path), *arguments]
        with subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                said, _ = process.communicate(given, timeout=kill_after_s or 300)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.counts["kills"] += 1
                return None
        # A reader may hold a generation that is to be compacted away.
        if process.returncode not in ((0, 3) if arguments[0] == "compact" else (0,)):
            self.wrongs.append(f"{arguments} ended with {process.returncode}: {said}")
        self.counts[arguments[0]] += 1
        return said

    def held_by(self, generation: int) -> dict[str, Article]:
        """The articles that a generation has."""
        held = self.rolled_back.get(generation)
        return self.states[self.journals[generation]] if held is None else held

    def journal(self) -> int:
        with closing(Store(self.folder.store, read_only=True)) as store:
            return store.journal

    def observe(self) -> None:
        """Note which change each generation has."""
        for generation in self.folder.generations():
            if generation not in self.journals:
                with suppress(ArchiveError):  # swept, or not finished
                    self.journals[generation] = self.folder.older_manifest(generation).journal


def write(room: Newsroom, chance: random.Random) -> None:
    """Change the articles: the one thread that does."""
    now = dict(room.states[0])
    while not room.is_over.is_set():
        after = dict(now)
        if now and chance.random() < 0.25:
            gone = chance.sample(sorted(now), min(len(now), chance.randint(1, 4)))
            after = {name: one for name, one in now.items() if name not in gone}
            arguments, given = ["remove", *gone], None
        else:
            some = [invent(chance, chance.randrange(NUM_IDS)) for _ in range(chance.choice((1, 1, 2, 5, 12)))]
            after |= {one.article_id: one for one in some}
            given = "".join(json.dumps(record_from_article(one), default=str) + "\n" for one in some)
            arguments = ["add", "-"]
        before = room.journal()
        # What is killed has been stored as a whole, or not at all, whichever of its moments it was.
        kill_after_s = chance.uniform(0.05, 0.6) if chance.random() < 0.15 else None
        room.states |= {before: now}
        is_done = room.run(*arguments, given=given, kill_after_s=kill_after_s) is not None
        journal = room.journal()
        if is_done or journal > before:
            now = after
        room.states[journal] = now
        with closing(Store(room.folder.store, read_only=True)) as store:
            stored = {one.article.article_id: one.article for one in current_articles(store)}
        if stored != now:
            room.wrongs.append(f"the store at {journal} has not what was put into it")
        room.observe()


def look_after(room: Newsroom, chance: random.Random) -> None:
    """Rebuild, compact, roll back, and the like."""
    doings = (["rebuild"], ["rebuild", "--fresh"], ["rebuild", "--if-needed"], ["rollback"], ["compact"], ["verify"])
    while not room.is_over.wait(chance.uniform(0, 1)):
        arguments = chance.choice(doings)
        if arguments == ["rollback"] and len(room.folder.generations()) < 3:
            continue  # another's commit may sweep the last one
        kill_after_s = chance.uniform(0.05, 1) if arguments[0] == "rebuild" and chance.random() < 0.3 else None
        said = room.run(*arguments, kill_after_s=kill_after_s)
        room.observe()
        if said is not None and arguments == ["rollback"]:
            note_rollback(room, said)


def note_rollback(room: Newsroom, said: str) -> None:
    """Note what the generation has that a rollback made: what the older one had, but for what is gone since."""
    numbers = [int(number) for number in re.findall("[0-9]+", said)]
    generation, older, pending = (*numbers, 0)[:3]
    journal = room.journals[older]
    while journal + pending not in room.states:
        time.sleep(0.02)
    now, before = room.states[journal + pending], room.rolled_back.get(older, room.states[journal])
    room.rolled_back[generation] = {name: one for name, one in before.items() if name in now}


def watch(room: Newsroom) -> None:
    """See every generation before it is swept."""
    while not room.is_over.wait(0.01):
        room.observe()


def read(room: Newsroom, address: tuple[str, int], chance: random.Random) -> None:
    """Ask over HTTP."""
    with closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
        while not room.is_over.is_set():
            asked = {"q": chance.choice(QUESTIONS), "size": "100", "widen": chance.choice("01")}
            if chance.random() < 0.3:
                asked["section"] = "Economia"
            is_page = chance.random() < 0.05
            target = "/cerca?" + urlencode({"q": asked["q"]}) if is_page else "/api/v1/search?" + urlencode(asked)
            connection.request("GET", target)
            response = connection.getresponse()
            body = response.read()
            # A section that no article has at that moment is an error that says so.
            is_unknown = response.status == 400 and b"section" in body and "section" in asked
            if response.status != 200 and not is_unknown:
                room.wrongs.append(f"{asked} got {response.status}: {body[:300]!r}")
            elif not is_page and not is_unknown:
                put(room, asked, json.loads(body))
            room.counts["answers"] += 1


def put(room: Newsroom, asked: dict[str, str], answer: dict[str, Any]) -> None:
    while not room.is_over.is_set():
        with suppress(Full):
            room.answers.put((asked, answer), timeout=0.5)
            return


def check(room: Newsroom) -> None:
    """Compare every answer with that of the model at its generation."""

    @lru_cache(maxsize=4)
    def model_of(generation: int) -> Model:
        return Model(room.held_by(generation).values())

    @lru_cache(maxsize=2_000)
    def expected(generation: int, today: str, text: str, section: str, widen: str) -> Any:
        filters = Filters(sections=(section,) if section else ())
        model = model_of(generation)
        return expect(model, text, filters, any_word=False, widen=widen == "1", today=date.fromisoformat(today))

    while not (room.is_over.is_set() and room.answers.empty()):
        try:
            asked, answer = room.answers.get(timeout=0.2)
        except Empty:
            continue
        generation = answer["generation"]
        if not is_known(room, generation):
            room.counts["unknown generations"] += 1
            continue
        told = expected(generation, answer["now"], asked["q"], asked.get("section", ""), asked["widen"])
        try:
            assert (answer["total"], answer["widened"]) == (len(told.ranked), told.widened)
            assert_same_order([(hit["id"], hit["score"]) for hit in answer["hits"]], told.ranked)
            found = {name for name, _ in told.but["section"]}
            articles = [one for one in room.held_by(generation).values() if one.article_id in found]
            sections = Counter(value for one in articles for value in set(values_of(one, "section")))
            assert {one["value"]: one["count"] for one in answer["facets"]["section"] if one["count"]} == sections
        except AssertionError as error:
            room.wrongs.append(f"{asked} at generation {generation}, change {room.journals[generation]}: {error}")
        room.counts["checked"] += 1


def is_known(room: Newsroom, generation: int) -> bool:
    """Whether it is known what a generation has, perhaps in a moment; not when it was swept before it was seen."""
    for _ in range(3_000):
        journal = room.journals.get(generation)
        if journal is not None and journal in room.states:
            # The journal goes back by a rollback alone.
            latest = max((one for number, one in list(room.journals.items()) if number < generation), default=0)
            if journal >= latest or generation in room.rolled_back:
                return True
        time.sleep(0.02)
    return False


@contextmanager
def served(path: Path, complaints: Path) -> Iterator[tuple[subprocess.Popen[str], tuple[str, int]]]:
    with (
        complaints.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(
            [*EMEROTECA, "--data", str(path), "serve", "--port", "0"],
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            said = re.search(r"http://([0-9.]+):([0-9]+)/", process.stdout.readline())
            assert said is not None
            yield process, (said[1], int(said[2]))
        finally:
            process.kill()


def resources(pid: int) -> tuple[int, int]:
    """Memory that no file backs, kB, and open files, of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"RssAnon:\s+([0-9]+) kB", status)
    assert found is not None
    return int(found[1]), len(list(Path(f"/proc/{pid}/fd").iterdir()))


def soak(path: Path, duration_s: float, seed: int) -> tuple[Newsroom, list[tuple[int, int]]]:
    """Let everybody work for so long; what was seen, and the server's resources over the time."""
    folder = DataFolder(path)
    folder.create()
    (path / "emeroteca.toml").write_text("[index]\nmerge_factor = 3\nkeep_generations = 3\nlock_timeout_s = 120\n")
    room = Newsroom(path, folder)
    room.run("add", "-", given=json.dumps({"id": "a000", "title": "Governo", "body": "riforma", "section": "Economia"}))
    with closing(Store(folder.store, read_only=True)) as store:
        room.states[1] = room.states[0] = {one.article.article_id: one.article for one in current_articles(store)}
    room.observe()
    used: list[tuple[int, int]] = []
    complaints = path.with_name(path.name + ".stderr")
    with served(path, complaints) as (server, address):
        doing = [
            partial(write, room, random.Random(seed)),
            partial(look_after, room, random.Random(seed + 1)),
            partial(watch, room),
            partial(check, room),
            *(partial(read, room, address, random.Random(seed + 2 + at)) for at in range(NUM_READERS)),
        ]
        threads = [threading.Thread(target=guarded, args=(room, one), daemon=True) for one in doing]
        for thread in threads:
            thread.start()
        ends_at = time.monotonic() + duration_s
        while time.monotonic() < ends_at and not room.wrongs:
            time.sleep(min(duration_s / 100, 5))
            used.append(resources(server.pid))
        room.is_over.set()
        for thread in threads:
            thread.join(timeout=300)
            assert not thread.is_alive()
        assert room.wrongs == []
        server.send_signal(signal.SIGTERM)  # not SIGINT, which whoever starts this in the background has switched off
        assert server.wait(timeout=120) == 0
        assert complaints.read_text(encoding="utf-8") == ""
    return room, used


def guarded(room: Newsroom, doing: Callable[[], None]) -> None:
    try:
        doing()
    except Exception as error:  # noqa: BLE001  # a thread of the test that fails must fail the test
        room.wrongs.append(f"{type(error).__name__}: {error}")
        room.is_over.set()


def assert_sound(room: Newsroom) -> None:
    """Nothing was wrong, and the folder holds what its generations list."""
    assert room.wrongs == []
    assert room.counts["unknown generations"] == 0
    assert room.counts["checked"] > 0
    assert room.run("rebuild") is not None
    assert room.run("verify") is not None
    assert room.wrongs == []
    listed = {"CURRENT", "writer.lock", "rebuild.lock"}
    for generation in room.folder.generations():
        listed.add(room.folder.manifest_path(generation).name)
        listed |= {entry.name for entry in room.folder.older_manifest(generation).files()}
    assert {file.name for file in room.folder.index.iterdir()} == listed
    assert len(room.folder.generations()) <= 4


def test_answers_are_right_while_everything_happens_for_some_seconds(tmp_path: Path) -> None:
    room, _ = soak(tmp_path, 6, seed=1)
    assert_sound(room)


@pytest.mark.slow
def test_answers_are_right_and_resources_flat_while_everything_happens_for_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room, used = soak(tmp_path, LONG_S, seed=random.SystemRandom().randrange(10**6))
    with capsys.disabled():
        told = {"seconds": LONG_S, **room.counts, "generations": max(room.journals), "wrong": len(room.wrongs)}
        sys.stdout.write(f"\n{json.dumps(told)}\nkB and files of the server: {used[:: max(1, len(used) // 8)]}\n")
    assert_sound(room)
    third = len(used) // 3
    early, late = sorted(used[third // 2 : third + third // 2]), sorted(used[-third:])
    assert late[len(late) // 2][0] <= 1.25 * early[len(early) // 2][0] + 8_000
    assert max(files for _, files in late) <= max(files for _, files in early) + 4
