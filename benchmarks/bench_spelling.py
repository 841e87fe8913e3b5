"""How often, and how fast, is a mistyped word understood?

    python benchmarks/bench_spelling.py ARCHIVE [--typos 1500] [--keys 500000] [--by-articles] [--seed 1] [--json]

ARCHIVE is the folder of an archive. Its words in at least two articles are mistyped, one mistake a word, of seven kinds
in turn; what happens to be another word of the archive is left out. Words are drawn evenly, which is hard, since most
are rare, or with --by-articles as often as there are articles that print them.

Each typo is corrected alone (``corrections``; a word that loses an accent has nothing to correct) and asked as a
question (``Page.suggestion``). Then the typos are corrected among as many words as --keys says, those of the archive
and invented ones, more than an archive at hand has; 0 leaves that out.

Times are of one word or question, warm, in milliseconds: median and 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.generation import DataFolder
from index.italian import exact_keys, fold
from index.lexicon import Lexicon, build_part
from index.snapshot import Snapshot, empty_snapshot, open_snapshot
from index.word_counts import commonest_form, word_counts
from search import open_archive
from search.spelling import SHORTEST, corrections, dictionary_of

LETTERS = "abcdefghilmnopqrstuvz"
SYLLABLES = [
    *(consonant + vowel for consonant in "bcdfglmnprstvz" for vowel in "aeio"),
    *("gli", "che", "sta", "tra", "pre", "con", "per", "in", "al", "er", "un", "est", "zio"),
]


@dataclass(frozen=True)
class Typo:
    """A mistyped word: what was typed, what was meant (as printed), and the kind of mistake."""

    typed: str
    meant: str
    kind: str


def deleted(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at + 1 :]


def inserted(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) + 1)
    return word[:at] + chance.choice(LETTERS) + word[at:]


def substituted(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(LETTERS) + word[at + 1 :]


def transposed(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def undoubled(word: str, chance: random.Random) -> str:
    doubled = [at for at in range(1, len(word)) if word[at] == word[at - 1] and word[at] not in "aeiou"]
    return deleted_at(word, chance.choice(doubled)) if doubled else word


def without_h(word: str, chance: random.Random) -> str:
    places = [at for at, letter in enumerate(word) if letter == "h"]
    return deleted_at(word, chance.choice(places)) if places else word


def bare(word: str, chance: random.Random) -> str:
    """Without its accents; or, where it begins with a vowel, with an article whose apostrophe is lost."""
    return chance.choice(("l", "dell", "all")) + word if word[0] in "aeiou" else fold(word)


def deleted_at(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


ACCENT = "accent or apostrophe left out"

KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "letter left out": deleted,
    "letter too many": inserted,
    "wrong letter": substituted,
    "letters swapped": transposed,
    "double written once": undoubled,
    "h left out": without_h,
    ACCENT: bare,
}


def typos(snapshot: Snapshot, number: int, chance: random.Random, *, by_articles: bool) -> list[Typo]:
    """As many typos as asked for, of all kinds in turn, each of another word."""
    dictionary = dictionary_of(snapshot)
    weights = dictionary.printed.doc_freq[dictionary.key].tolist()
    drawn: list[tuple[float, str]] = []
    for key, weight in zip(dictionary.keys(dictionary.key.tolist()), weights, strict=True):
        if len(key) > SHORTEST:
            drawn.append((chance.expovariate(weight if by_articles else 1.0), key.decode()))
    words = [word for _, word in sorted(drawn)]
    made: list[Typo] = []
    by_kind = {kind: iter(words) for kind in KINDS}
    while len(made) < number and by_kind:
        for kind in list(by_kind):
            typo = next(_typos_of(by_kind[kind], kind, snapshot, chance), None)
            if typo is None:
                del by_kind[kind]  # the archive has no more words that can be mistyped so
            else:
                made.append(typo)
    return made[:number]


def _typos_of(words: Iterator[str], kind: str, snapshot: Snapshot, chance: random.Random) -> Iterator[Typo]:
    for key in words:
        meant = commonest_form(snapshot, key).lower()
        if not meant.isalpha():
            continue
        typed = KINDS[kind](meant, chance)
        if fold(typed) == key and kind != ACCENT:
            continue
        if typed == meant or (fold(typed) != key and len(snapshot.lexicon.with_key("exact", exact_keys(typed)))):
            continue
        if fold(typed) != key and kind == ACCENT:
            article = typed.removesuffix(meant)
            meant = f"{article}'{meant}"
        yield Typo(typed, meant, kind)


def invented(number: int, known: set[str], chance: random.Random) -> list[str]:
    """Words that sound Italian and are not known."""
    made: set[str] = set()
    while len(made) < number:
        word = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 6)))
        if word not in known:
            made.add(word)
    return sorted(made)


def enlarged(snapshot: Snapshot, num_keys: int, chance: random.Random) -> Snapshot:
    """A snapshot of words alone: those of another, with their counts, and invented ones."""
    printed = snapshot.derived(word_counts)
    own = {printed.key(at): int(count) for at, count in enumerate(printed.doc_freq.tolist())}
    more = invented(max(0, num_keys - len(own)), set(own), chance)
    counts = np.array([*own.values(), *(1 + int(chance.paretovariate(1.0)) % 1_000 for _ in more)], dtype=np.uint32)
    part = build_part([*own, *more], 0)
    made = empty_snapshot()
    made.lexicon, made.counters = Lexicon((part,)), counts
    return made


def timed(call: Callable[[str], object], texts: Sequence[str]) -> tuple[list[object], list[float]]:
    answers, times = [], []
    for text in texts:
        started = time.perf_counter()
        answers.append(call(text))
        times.append((time.perf_counter() - started) * 1_000)
    return answers, times


def spread(times: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(float(np.percentile(times, 50)), 3), "p95_ms": round(float(np.percentile(times, 95)), 3)}


def judge_corrections(made: Sequence[Typo], snapshot: Snapshot) -> dict[str, object]:
    """How often the first, and one of the first five, corrections is the word that was meant."""
    words = [typo for typo in made if typo.kind != ACCENT]
    started = time.perf_counter()
    word_counts(snapshot)
    dictionary = dictionary_of(snapshot)
    made_once_ms = (time.perf_counter() - started) * 1_000
    corrections(words[0].typed, snapshot, 5)
    answers, times = timed(lambda typed: corrections(typed, snapshot, 5), [typo.typed for typo in words])
    first: dict[str, list[bool]] = {}
    five = 0
    for typo, answer in zip(words, answers, strict=True):
        keys = [key for key, _ in answer]  # type: ignore[attr-defined]
        first.setdefault(typo.kind, []).append(keys[:1] == [fold(typo.meant)])
        five += fold(typo.meant) in keys
    total = sum(map(len, first.values()))
    return {
        "keys": int(np.count_nonzero(snapshot.derived(word_counts).doc_freq)),
        "dictionary": len(dictionary.key),
        "made_once_ms": round(made_once_ms, 1),
        "typos": total,
        "top1": round(sum(map(sum, first.values())) / total, 4),
        "top5": round(five / total, 4),
        "top1_by_kind": {kind: round(sum(right) / len(right), 3) for kind, right in first.items()},
        **spread(times),
    }


def judge_suggestions(made: Sequence[Typo], folder: Path) -> dict[str, object]:
    """How often a question of the one word gets the right suggestion, or none where it finds the word as typed."""
    right: dict[str, list[bool]] = {}
    with open_archive(folder) as archive:
        archive.search(made[0].typed)
        pages, times = timed(archive.search, [typo.typed for typo in made])
    for typo, page in zip(made, pages, strict=True):
        is_found = typo.kind == ACCENT and "'" not in typo.meant
        suggestion = page.suggestion  # type: ignore[attr-defined]
        right.setdefault(typo.kind, []).append(suggestion is None if is_found else suggestion == typo.meant)
    return {
        "typos": len(made),
        "top1": round(sum(map(sum, right.values())) / len(made), 4),
        "top1_by_kind": {kind: round(sum(one) / len(one), 3) for kind, one in right.items()},
        "whole_search": spread(times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--typos", type=int, default=1_500)
    parser.add_argument("--keys", type=int, default=500_000)
    parser.add_argument("--by-articles", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    snapshot = open_snapshot(DataFolder(asked.archive))
    made = typos(snapshot, asked.typos, random.Random(asked.seed), by_articles=asked.by_articles)
    report: dict[str, object] = {
        "machine": f"{platform.processor() or platform.machine()}, Python {platform.python_version()}",
        "articles": snapshot.totals.num_docs,
        "seed": asked.seed,
        "corrections": judge_corrections(made, snapshot),
        "suggestions": judge_suggestions(made, asked.archive),
    }
    if asked.keys:
        report["enlarged"] = judge_corrections(made, enlarged(snapshot, asked.keys, random.Random(asked.seed)))
    print(json.dumps(report, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
