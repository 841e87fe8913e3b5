"""Questions for benchmarks: a fixed mix of kinds, drawn from the first articles of a corpus, so that they find some.

    python -m benchmarks.queries CORPUS FILE [--seed 1]

The first articles of a corpus are the same at every size, so the questions are as well. SHARES says how many there are
of each kind; none is left out for being slow. A question is what a person types, and the same for engines with another
query language: conditions that must all hold (``any``: one of them), each met by one of some terms, and terms that
must not stand in the article.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from index.italian import is_stop_word

SHARES: Final = {
    "one common word": 20,
    "one word": 22,
    "one rare word": 14,
    "one name": 10,
    "two common words": 12,
    "two words": 34,
    "three words": 26,
    "four words": 16,
    "words with stop words": 14,
    "phrase": 12,
    "phrase with stop words": 14,
    "common phrase": 10,
    "words and dates": 14,
    "words and section": 12,
    "either word": 8,
    "without a word": 8,
    "prefix": 8,
    "eight words, any": 14,
    "typo": 10,
    "brand": 8,
}
"""How many questions there are of each kind: 286 in all."""

COMMONEST: Final = 40
"""Phrases of three words, one of them a stop word, from which the common ones are drawn."""
NUM_SAMPLED: Final = 5_000
"""Articles from which questions are drawn."""
BRANDS: Final = (
    "AI",
    "Dell",
    "Microsoft",
    "Google",
    "Cisco",
    "Apple",
    "Meta",
    "NIS2",
    "IBM",
    "Fortinet",
    "Amazon",
    "Oracle",
)

COMMON, USUAL, ANY = (0.08, 1.0), (0.002, 0.08), (0.002, 1.0)
"""Shares of the sampled articles that have a word of each kind, [from, to)."""
MOST_RARE: Final = 5
"""Sampled articles that have a rare word."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
"""A word, with the article that is elided before it."""
_VOWELS: Final = "aeiou"

TermKind = Literal["word", "phrase", "prefix"]


class Term(NamedTuple):
    """A word, the words of a phrase with blanks between, or what a word begins with."""

    text: str
    kind: TermKind = "word"


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked.

    Attributes:
        kind: one of SHARES.
        text, kwargs: as for ``Archive.search``; ``kwargs`` has sections, since and until (ISO days, inclusive), any.
        must: conditions; each holds where one of its terms stands. All must hold, or with ``any`` one.
        must_not: terms that must not stand in an article.
    """

    kind: str
    text: str
    must: tuple[tuple[Term, ...], ...]
    kwargs: dict[str, str | bool | tuple[str, ...]] = {}
    must_not: tuple[Term, ...] = ()

    @property
    def any_word(self) -> bool:
        return bool(self.kwargs.get("any"))

    @property
    def section(self) -> str | None:
        sections = self.kwargs.get("sections")
        return sections[0] if isinstance(sections, tuple) else None

    @property
    def days(self) -> tuple[date | None, date | None]:
        """First and last day, inclusive."""
        first, last = (self.kwargs.get(name) for name in ("since", "until"))
        return (
            date.fromisoformat(first) if isinstance(first, str) else None,
            date.fromisoformat(last) if isinstance(last, str) else None,
        )

    @property
    def is_plain(self) -> bool:
        """Whether it asks for all of some words and nothing else, which every engine can."""
        return not (self.any_word or self.must_not) and all(
            len(terms) == 1 and terms[0].kind == "word" for terms in self.must
        )


class _Sample:
    """The first articles of a corpus, as runs of words within sentences."""

    def __init__(self, records: Iterable[dict[str, object]], chance: random.Random) -> None:
        self.chance = chance
        self.runs: list[list[str]] = []
        self.sections: list[str] = []
        doc_freq: Counter[str] = Counter()
        self.num_articles = 0
        for record in records:
            self.num_articles += 1
            self.sections.append(str(record["section"]))
            body = str(record["body"]).replace("’", "'")
            runs = [_WORD.findall(run) for run in re.split(r"[^\w\s']+|\n", body)]
            doc_freq.update({word.lower() for word in _WORD.findall(body)})
            self.runs += [run for run in chance.sample(runs, min(4, len(runs))) if len(run) >= 3]
        self.rare = (0.0, (MOST_RARE + 1) / self.num_articles)
        self.share = {word: count / self.num_articles for word, count in doc_freq.items()}
        self.names = sorted({word for run in self.runs for word in run[1:] if word.istitle() and len(word) > 4})

    def words(self, number: int, between: tuple[float, float] = USUAL) -> list[str]:
        """Words that stand together in one sentence, none a stop word, in order."""
        while True:
            run = self.chance.choice(self.runs)
            fit = list(dict.fromkeys(word.lower() for word in run[1:] if self._is_content(word, between)))
            if len(fit) >= number:
                first = self.chance.randrange(len(fit) - number + 1)
                return fit[first : first + number]

    def phrase(self, number: int, *, stop_words: bool) -> list[str]:
        """Words that follow each other, none or at least one of them a stop word, the last never."""
        while True:
            run = self.chance.choice(self.runs)
            if len(run) < number:
                continue
            first = self.chance.randrange(len(run) - number + 1)
            found = [word.lower() for word in run[first : first + number]]
            are_stop = [is_stop_word(word) for word in found]
            if any(are_stop[:-1]) == stop_words and not are_stop[-1] and not (stop_words and are_stop[0]):
                return found

    def common_phrases(self) -> list[str]:
        """The commonest phrases of three words that have a stop word and do not end in one."""
        counts = Counter(
            words
            for run in self.runs
            for words in zip(run, run[1:], run[2:], strict=False)
            if not is_stop_word(words[2].lower()) and (is_stop_word(words[0].lower()) or is_stop_word(words[1].lower()))
        )
        return [" ".join(words).lower() for words, _ in counts.most_common(COMMONEST)]

    def _is_content(self, word: str, between: tuple[float, float]) -> bool:
        low, high = between
        folded = word.lower()
        return (
            len(word) > 2 and word.isalpha() and not is_stop_word(folded) and low <= self.share.get(folded, 0.0) < high
        )


def make_questions(records: Iterable[dict[str, object]], seed: int = 1) -> list[Question]:
    """The questions of a corpus, in the order of SHARES."""
    sample = _Sample(islice(records, NUM_SAMPLED), random.Random(seed))
    brands, common_phrases = iter(BRANDS), sample.common_phrases()
    makers: dict[str, Callable[[str], Question]] = {
        "one common word": lambda kind: _plain(kind, sample.words(1, COMMON)),
        "one word": lambda kind: _plain(kind, sample.words(1)),
        "one rare word": lambda kind: _plain(kind, sample.words(1, sample.rare)),
        "one name": lambda kind: _plain(kind, [sample.chance.choice(sample.names)]),
        "two common words": lambda kind: _plain(kind, sample.words(2, COMMON)),
        "two words": lambda kind: _plain(kind, sample.words(2, ANY)),
        "three words": lambda kind: _plain(kind, sample.words(3, ANY)),
        "four words": lambda kind: _plain(kind, sample.words(4, ANY)),
        "words with stop words": lambda kind: _plain(
            kind, sample.phrase(sample.chance.choice((3, 4)), stop_words=True)
        ),
        "phrase": lambda kind: _phrase(kind, sample.phrase(2, stop_words=False)),
        "phrase with stop words": lambda kind: _phrase(
            kind, sample.phrase(sample.chance.choice((3, 3, 4)), stop_words=True)
        ),
        "common phrase": lambda kind: _phrase(kind, sample.chance.choice(common_phrases).split()),
        "words and dates": lambda kind: _dated(kind, sample),
        "words and section": lambda kind: _in_section(kind, sample),
        "either word": lambda kind: _either(kind, sample.words(3, ANY)),
        "without a word": lambda kind: _without(kind, sample.words(2, ANY)),
        "prefix": lambda kind: _prefix(kind, sample.words(2)),
        "eight words, any": lambda kind: _any(kind, sample.words(8, ANY)),
        "typo": lambda kind: _typo(kind, sample),
        "brand": lambda kind: _plain(kind, [next(brands)]),
    }
    made: dict[tuple[str, str], Question] = {}
    for kind, number in SHARES.items():
        wanted = len(made) + number
        while len(made) < wanted:
            question = makers[kind](kind)
            made.setdefault((question.text, repr(question.kwargs)), question)
    return list(made.values())


def _all_of(words: Iterable[str]) -> tuple[tuple[Term, ...], ...]:
    """Each of the words, the stop words apart: beside other words they exclude nothing."""
    return tuple((Term(word),) for word in words if not is_stop_word(word))


def _plain(kind: str, words: list[str]) -> Question:
    return Question(kind, " ".join(words), _all_of(words))


def _phrase(kind: str, words: list[str]) -> Question:
    text = " ".join(words)
    return Question(kind, f'"{text}"', ((Term(text, "phrase"),),))


def _dated(kind: str, sample: _Sample) -> Question:
    words = sample.words(sample.chance.choice((1, 2)), ANY)
    first, years = sample.chance.randint(2006, 2024), sample.chance.choice((1, 1, 3))
    since, until = f"{first}-01-01", f"{min(first + years, 2025)}-12-31"
    return Question(kind, " ".join(words), _all_of(words), {"since": since, "until": until})


def _in_section(kind: str, sample: _Sample) -> Question:
    words = sample.words(sample.chance.choice((1, 2)), ANY)
    path = sample.chance.choice(sample.sections)
    section = sample.chance.choice((path, path.split(" / ")[0]))
    return Question(kind, " ".join(words), _all_of(words), {"sections": (section,)})


def _either(kind: str, words: list[str]) -> Question:
    first, second, third = words
    return Question(kind, f"({first} O {second}) {third}", ((Term(first), Term(second)), (Term(third),)))


def _without(kind: str, words: list[str]) -> Question:
    wanted, unwanted = words
    return Question(kind, f"{wanted} -{unwanted}", _all_of([wanted]), must_not=(Term(unwanted),))


def _prefix(kind: str, words: list[str]) -> Question:
    stem, other = words[0][: max(4, len(words[0]) - 3)], words[1]
    return Question(kind, f"{stem}* {other}", ((Term(stem, "prefix"),), (Term(other),)))


def _any(kind: str, words: list[str]) -> Question:
    return Question(kind, " ".join(words), _all_of(words), {"any": True})


def _typo(kind: str, sample: _Sample) -> Question:
    """One or two words, a letter of the first swapped with the next, left out or replaced."""
    while True:
        words = sample.words(sample.chance.choice((1, 2)))
        word, at = words[0], sample.chance.randrange(1, max(2, len(words[0]) - 1))
        typed = sample.chance.choice(
            (
                word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + sample.chance.choice(_VOWELS) + word[at + 1 :],
            )
        )
        if typed not in sample.share and len(word) > 5:
            return _plain(kind, [typed, *words[1:]])


def read_records(corpus: Path) -> Iterable[dict[str, object]]:
    """The articles of a JSONL file, one at a time."""
    with corpus.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    made = make_questions(read_records(asked.corpus), asked.seed)
    asked.file.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1))
    print(f"{len(made)} questions in {asked.file}")


if __name__ == "__main__":
    main()
