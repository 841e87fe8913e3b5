"""Leaves: what each leaf of a question's tree stands for on a snapshot, and what it adds to a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from index.lexicon import FormIds
from index.snapshot import Snapshot
from search.kernels import DocsFound, Kernels, Mask
from search.places import pair_postings
from search.postings import FormPostings, SnapshotPostings
from search.terms import Term


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of the score: weight * idf * bm25f.

    Attributes:
        text: the words, as typed.
        level: "stem", "lemma", "exact", "printed", "phrase", "prefix", "similar", "pair", "synonym" or "spelling".
        field: number of the one field that counts, or None for all.
        postings: where it stands.
        rule: what the archive taught of the word, if that changed its forms (``terms.Term``).
        live: for a set of forms in all fields those that are printed (``FormPostings``); else None.
    """

    text: str
    level: str
    weight: float
    idf: float
    field: int | None
    postings: SnapshotPostings
    rule: str | None = None
    live: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two neighbouring words of the question, which score where the second follows the first in the text.

    A pair is at least as rare as its rarer word, whose idf it takes: counting its own would make a score depend on the
    filters beside the question.

    Attributes:
        text: the words, as typed.
        reach: how many positions the second may stand behind the first.
        one, two: the forms of each.
    """

    text: str
    weight: float
    idf: float
    reach: int
    one: FormPostings
    two: FormPostings

    def part(self, snapshot: Snapshot, docs: DocsFound, kernels: Kernels) -> Part:
        """The part of the score that it is, on some documents."""
        postings = pair_postings(snapshot, self.one, self.two, reach=self.reach, docs=docs, kernels=kernels)
        return Part(self.text, "pair", self.weight, self.idf, None, postings)


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a leaf is highlighted: a word, or words where they stand together.

    Attributes:
        slots: of each word the forms that matched.
        marked: which of them are highlighted, numbers of slots; the others only have to stand there.
        distance: of words that stand together, as ``phrase_postings`` has it.
        field: number of the one field that counts, or None for all.
        rarity: idf of the words together, or None for that of a single word's forms.
    """

    slots: tuple[FormIds, ...]
    marked: tuple[int, ...] = (0,)
    distance: int = 1
    field: int | None = None
    rarity: float | None = None


@dataclass(slots=True)
class Leaf:
    """What one leaf of the tree stands for on the snapshot.

    Attributes:
        mask: makes the mask of the documents that match, a new one at every call. It does not know the matcher, which
            would else be kept, with all that it read, until somebody collects the circle.
        parts: what it adds to the score.
        words: its terms, for pairs.
        shown: what is highlighted for it.
        optional: a function word that excludes nothing.
        units: the leaves of its words, where it stands for words typed without a blank between; else itself alone.
        typed: its words as typed, those of a compound apart; only where it is a unit.
        is_covered: another leaf answers for it, which knows another way to print its words.
    """

    mask: Callable[[], Mask]
    parts: list[Part] = field(default_factory=list)
    words: list[Term] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    optional: bool = False
    units: list[Leaf] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    is_covered: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """Another way to print the words of units [first, end), which belong to leaves [first_leaf, end_leaf)."""

    first: int
    end: int
    first_leaf: int
    end_leaf: int
    leaf: Leaf


def overlapping(opened: Sequence[Other]) -> Iterator[list[Other]]:
    """Alternatives that share leaves, together."""
    several: list[Other] = []
    for other in sorted(opened, key=lambda other: (other.first_leaf, other.end_leaf)):
        if several and other.first_leaf >= max(one.end_leaf for one in several):
            yield several
            several = []
        several.append(other)
    if several:
        yield several
