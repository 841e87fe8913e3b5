"""What an archive must hold after a command that met with a fault.

An article of these archives is known by its id, and a version of it by its *edition*, of which its text has a word. So
what an archive holds is a dictionary, and a search for the word of each edition tells what it serves.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import msgspec
from archives import current_articles
from faults import Commands, Fault, Outcome

from index.errors import ArchiveError, IndexNotFound
from index.generation import DataFolder
from index.manifest import Manifest
from index.stats import gather_stats
from index.store import Store
from index.verification import verify
from search import open_archive

Held = dict[str, int]
"""The edition of each article, by its id."""

LAST_EDITION: Final = 9
"""Of an article that is added when all is over."""

BATCH: Final = 5
"""Articles of one transaction, so that some make several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An archive, and a command that changes it.

    Attributes:
        grown: editions of some articles, added by a command each before anything happens.
        arguments: the command, without the file that ``add`` adds.
        adds: edition and articles of that file.
        removes: ids that the command takes out.
        settings, min_articles: as in ``Commands.run``.
    """

    name: str
    grown: tuple[tuple[int, range], ...]
    arguments: tuple[str, ...]
    adds: tuple[int, range] = (0, range(0))
    removes: tuple[str, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)
    min_articles: int | None = None

    def before(self) -> Held:
        """What the archive holds before the command."""
        return {article_id(at): edition for edition, articles in self.grown for at in articles}

    def steps(self) -> list[Held]:
        """What the store may hold while the command runs."""
        return steps_from(self.before(), *self.adds, self.removes)


def steps_from(held: Held, edition: int, articles: range, removes: Sequence[str] = ()) -> list[Held]:
    """What a store may hold while articles are added or removed: as before, and after each transaction."""
    steps = [held]
    for first in range(0, len(articles), BATCH):
        steps.append(steps[-1] | {article_id(at): edition for at in articles[first : first + BATCH]})
    if removes:
        steps.append({known: held for known, held in steps[-1].items() if known not in removes})
    return steps


SCENES: Final = (
    Scene(name="first add", grown=(), arguments=("add",), adds=(1, range(12))),
    Scene(name="add", grown=((0, range(12)), (1, range(8, 20))), arguments=("add",), adds=(2, range(5, 25))),
    Scene(
        name="add that merges",
        grown=((0, range(8)), (1, range(8, 12))),
        arguments=("add",),
        adds=(2, range(12, 16)),
        settings={"merge_factor": 2},
    ),
    Scene(
        name="remove",  # so much of the first segment that it is written anew, and a little of the second
        grown=((0, range(12)), (1, range(12, 20))),
        arguments=("remove", *(f"k{at:04d}" for at in (0, 1, 2, 3, 4, 12))),
        removes=tuple(f"k{at:04d}" for at in (0, 1, 2, 3, 4, 12)),
    ),
    Scene(
        name="rebuild", grown=((0, range(12)), (1, range(8, 20)), (2, range(2))), arguments=("rebuild", "--processes=1")
    ),
    Scene(name="compact", grown=((0, range(12)), (1, range(8, 20))), arguments=("compact", "--processes=1")),
    Scene(name="rebuild by two", grown=((0, range(24)),), arguments=("rebuild", "--processes=2"), min_articles=10),
    Scene(
        name="add by two",
        grown=((0, range(4)),),
        arguments=("add", "--processes=2"),
        adds=(1, range(2, 26)),
        min_articles=10,
    ),
)


def article_id(at: int) -> str:
    """The id of an article by its number."""
    return f"k{at:04d}"


def write_source(path: Path, edition: int, articles: range) -> str:
    """A file of one edition of some articles, to be added; returns its name."""
    records = [
        {"id": article_id(at), "title": f"Titolo {at}", "body": f"edizione{edition} della notizia{at}", "tags": ["t"]}
        for at in articles
    ]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return str(path)


def served_by(path: Path) -> Held:
    """What searches of an archive find; nothing where there is no archive yet."""
    try:
        with open_archive(path, kernels="plain") as archive:
            found = [
                (known, edition)
                for edition in range(LAST_EDITION + 1)
                for known in archive.ranked_ids(f"edizione{edition}", widen=False)
            ]
    except IndexNotFound:
        return {}
    assert len(dict(found)) == len(found), "an article is found in two editions"
    return dict(found)


def stored_in(path: Path) -> Held:
    """What the store of an archive holds; nothing where there is none yet."""
    folder = DataFolder(path)
    if not folder.store.exists():
        return {}
    with closing(Store(folder.store, read_only=True)) as store:
        articles = [stored.article for stored in current_articles(store)]
    return {one.article_id: int(one.body.split()[0].removeprefix("edizione")) for one in articles}


def faults_of(path: Path) -> list[str]:
    """What `verify` finds wrong with an archive."""
    return [str(fault) for fault in verify(path).faults]


def strays(path: Path) -> list[str]:
    """Files of an archive that nothing lists: no kept manifest, and no unfinished rebuild."""
    folder = DataFolder(path)
    listed = {"CURRENT", "writer.lock", "rebuild.lock"}
    for manifest in _manifests(folder):
        listed |= {folder.manifest_path(manifest.generation).name, *(entry.name for entry in manifest.files())}
    unfinished = folder.index / "rebuild.json"
    prefix = json.loads(unfinished.read_bytes())["prefix"] if unfinished.exists() else None
    found = [
        one.name
        for one in folder.index.iterdir()
        if one.name not in listed and (prefix is None or not one.name.startswith((prefix, "rebuild.json")))
    ]
    known = {"emeroteca.json", "index", "articles.db", "articles.db-wal", "articles.db-shm"}
    return sorted(found + [one.name for one in path.iterdir() if one.name not in known])


def _manifests(folder: DataFolder) -> Iterator[Manifest]:
    for path in folder.index.glob("[0-9]*.json"):
        yield msgspec.json.decode(path.read_bytes(), type=Manifest)


class Trial:
    """One scene, of which every take begins with the same archive and meets with another fault.

    Attributes:
        operations: those of the command when nothing goes wrong.
    """

    def __init__(self, scene: Scene, commands: Commands, folder: Path) -> None:
        """Make the archive, and see what the command does when nothing goes wrong."""
        self.scene = scene
        self._commands = commands
        self._folder = folder
        self._takes = count()
        self._archive = folder / "archive"
        for at, (edition, articles) in enumerate(scene.grown):
            source = write_source(folder / f"grown{at}.jsonl", edition, articles)
            assert commands.run(self._archive, "add", source, settings=scene.settings).status == 0
        self._arguments = list(scene.arguments)
        if len(scene.adds[1]):
            self._arguments.append(write_source(folder / "source.jsonl", *scene.adds))
        self._extra = write_source(folder / "extra.jsonl", LAST_EDITION, range(99, 100))
        path = folder / "rehearsal"
        self.copy_archive(path)
        outcome = self.run(path)
        assert (outcome.status, outcome.stderr) == (0, "")
        assert served_by(path) == stored_in(path) == scene.steps()[-1]
        self.operations: Final = outcome.operations

    def copy_archive(self, path: Path) -> None:
        """Put the archive of the scene into a folder, if the scene begins with one."""
        if self._archive.exists():
            shutil.copytree(self._archive, path, dirs_exist_ok=True)

    def run(self, path: Path, *, fault: Fault | None = None, limits: Mapping[str, int] | None = None) -> Outcome:
        """Run the command on an archive; see ``Commands.run``."""
        return self._commands.run(
            path,
            *self._arguments,
            fault=fault,
            settings={"batch_articles": BATCH, **self.scene.settings},
            min_articles=self.scene.min_articles,
            limits=limits,
        )

    def take(self, *, fault: Fault | None = None, limits: Mapping[str, int] | None = None) -> tuple[Outcome, list[str]]:
        """Run the command on a new copy, and go on; how it ended, and what is wrong with that and what it left."""
        path = self._folder / f"take{next(self._takes)}"  # what outlives one must not meet with the next
        self.copy_archive(path)
        outcome = self.run(path, fault=fault, limits=limits)
        wrong = self.wrong_with(path, outcome) + self.wrong_afterwards(path)
        shutil.rmtree(path, ignore_errors=True)
        return outcome, [f"{self.scene.name}, {fault or limits}: {one}" for one in wrong]

    def wrong_with(self, path: Path, outcome: Outcome) -> list[str]:
        """What is wrong with how the command ended, and with the archive that it left."""
        with self._copy_of(path) as seen:
            try:
                return [*_wrong_words(outcome), *self._wrong_state(seen, is_done=outcome.status == 0)]
            except ArchiveError as error:
                return [f"cannot be used: {error}"]

    @contextmanager
    def _copy_of(self, path: Path) -> Iterator[Path]:
        """A copy of an archive to look at: that must not help the next command."""
        seen = self._folder / "seen"
        if path.exists():
            shutil.copytree(path, seen)
        yield seen
        shutil.rmtree(seen, ignore_errors=True)

    def _wrong_state(self, path: Path, *, is_done: bool) -> Iterator[str]:
        steps = self.scene.steps()
        served, stored = served_by(path), stored_in(path)
        if served not in ([steps[-1]] if is_done else [steps[0], steps[-1]]):
            yield f"serves {served}"
        if stored not in (steps[-1:] if is_done else steps):
            yield f"stores {stored}"
        if served or stored:
            yield from faults_of(path)
            if (gather_stats(path).pending == 0) != (served == stored):
                yield f"has {gather_stats(path).pending} changes pending"

    def wrong_afterwards(self, path: Path) -> list[str]:
        """What is wrong with what the next commands do, when the fault is gone."""
        wrong = []
        nexts = [["add", self._extra]]
        if self.scene.arguments[0] == "rebuild":
            nexts.append(["rebuild", "--processes=1"])  # which goes on with what was stopped
        with self._copy_of(path) as seen:
            expected = stored_in(seen) | {article_id(99): LAST_EDITION}
        for arguments in nexts:
            outcome = self._commands.run(path, *arguments, settings=self.scene.settings)
            said = re.sub(r"going on after \d+ articles of an earlier rebuild\n", "", outcome.stderr)
            if (outcome.status, said) != (0, ""):
                wrong.append(f"then {arguments[0]} ends with {outcome.status}: {outcome.stderr}")
                break
            if not served_by(path) == stored_in(path) == expected:
                wrong.append(f"then {arguments[0]} serves {served_by(path)} and stores {stored_in(path)}")
            wrong += [f"then {arguments[0]} leaves {one}" for one in strays(path)]
            wrong += [f"then {arguments[0]}: {one}" for one in faults_of(path)]
        return wrong


def _wrong_words(outcome: Outcome) -> Iterator[str]:
    """What is wrong with how a command ended that was not killed: silence when all is done, and else one sentence.

    That a file to add could not be opened is told, and counted, before.
    """
    rejected = re.match(r"emeroteca: rejected [^\n]+\n", outcome.stderr)
    said = outcome.stderr[rejected.end() :] if rejected else outcome.stderr
    is_sentence = re.fullmatch(r"emeroteca: [^\n]+; [^\n]+\n", said) is not None
    is_right = {
        0: said == "" and rejected is None,
        1: is_sentence and outcome.stdout == "",
        3: said == "" and rejected is not None,
    }
    if outcome.status >= 0 and not is_right.get(outcome.status, False):
        yield f"ends with {outcome.status}, saying {outcome.stdout!r} and {outcome.stderr!r}"
