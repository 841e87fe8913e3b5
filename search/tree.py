"""The tree that a question becomes: what is asked for, in words as they were typed.

Its nodes have the names and fields of ``whoosh.query``, whose parser reads questions with operators; but they are ours,
so that a question of words alone needs nothing of whoosh, which takes as long to load as such a question takes in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from index.dates import DateRange

DEFAULT_FIELD = "text"
"""Stands for the whole article: title, lead, body and tags."""

VALUE_FIELDS = frozenset({"section", "author", "site", "tag"})
"""Fields of one value an article, or few: their terms are filters, and a quoted one is the whole value."""


@dataclass(slots=True)
class Group:
    """Parts beside each other."""

    children: list[Node]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.children)


class And(Group):
    """All of its parts."""

    __slots__ = ()


class Or(Group):
    """Any of its parts."""

    __slots__ = ()


@dataclass(slots=True)
class Not:
    """Every article but those of a part."""

    query: Node


@dataclass(slots=True)
class Leaf:
    """What is looked for in a field, DEFAULT_FIELD or one of its name."""

    fieldname: str


@dataclass(slots=True)
class Worded(Leaf):
    """A leaf of one word, or value."""

    text: str


@dataclass(slots=True)
class Term(Worded):
    """A word; in one of VALUE_FIELDS a value.

    Attributes:
        startchar: where it was typed, in the text that the parser was given; None when it was not.
    """

    startchar: int | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class Prefix(Worded):
    """Words that begin so."""


@dataclass(slots=True)
class FuzzyTerm(Worded):
    """Words up to so many typos away."""

    maxdist: int = 1


@dataclass(slots=True)
class Phrase(Leaf):
    """Words in their order, or with a slop over 1 within so many positions of the first."""

    words: list[str]
    slop: int = 1


@dataclass(slots=True)
class Days:
    """Articles of some days."""

    days: DateRange


@dataclass(slots=True)
class Every:
    """Every article."""


@dataclass(slots=True)
class Nothing:
    """No article: a question without a word in it."""


Node = And | Or | Not | Term | Prefix | FuzzyTerm | Phrase | Days | Every | Nothing
"""A part of a question."""


def is_filter(part: Node) -> bool:
    """Whether a part of a question only narrows: dates, values, exclusions, and groups of nothing else."""
    if isinstance(part, Not | Days):
        return True
    if isinstance(part, And | Or):
        return all(is_filter(child) for child in part)
    return not isinstance(part, Every | Nothing) and part.fieldname in VALUE_FIELDS


def leaves(node: Node, *, without_excluded: bool = False) -> Iterator[Node]:
    """All parts that have no parts."""
    if isinstance(node, Not):
        if not without_excluded:
            yield from leaves(node.query)
    elif isinstance(node, And | Or):
        for child in node:
            yield from leaves(child, without_excluded=without_excluded)
    else:
        yield node


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """A tree with every leaf as ``change`` has it."""
    if isinstance(node, And | Or):
        return type(node)([mapped(child, change) for child in node])
    if isinstance(node, Not):
        return Not(mapped(node.query, change))
    return change(node)
