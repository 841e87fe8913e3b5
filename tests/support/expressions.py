"""Every regular expression of the program, and texts that would make a careless one work for hours.

A repetition that can begin at each place of a run, or that can share a run with its neighbour, takes the square of the
run's length. So each expression is given long runs of each sign that it knows, alone, in pairs, and behind its words.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, product
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # how an expression was understood, for reading only
from types import ModuleType
from typing import Any, NamedTuple

PACKAGES = ("index", "search", "web")
METHODS = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")
CPU_S = 5
"""Far more than a run of CHARS takes where work is proportional to length; far less than where it is its square."""

CHARS = 150_000
SIGNS = "aA1é_ \n\t\xa0.-'@<>\u0301"

FOUND = ("a<",)
"""Runs of which one of these took the square of its length before it was mended."""

MOST_CHARS = {
    "index.dates": 200,  # _MOST_TYPED_CHARS; its _ISO and _RFC_2822 are anchored at both ends
    "index.italian.folding": 130,  # forms have at most MAX_TOKEN_CHARS, and a mark
    "index.italian.lemma": 130,
    "index.italian.nouns": 130,
    "index.italian.stem": 130,
    "index.italian.verbs": 130,
    "index.sources.page_lines._DATE": 140,  # lines of a byline
    "index.sources.page_lines._TIME": 140,
    "index.sources.page_lines._PIECE_BORDER": 140,
    "index.sources.page_lines._BRACKETS": 140,
    "index.sources.page_lines._READING_TIME": 140,
    "index.sources.page_lines._PUBLISHED": 140,
    "index.sources.page_lines._UPDATED": 140,
    "index.sources.page_lines._AUTHOR_LABEL": 140,
    "index.sources.page_lines._NAME": 140,
    "index.sources.page_lines._is_name": 140,
    "index.sources.page_lines._author_names": 140,
    "search.alternatives": 4_000,  # words of a question
    "search.keywords": 4_000,  # a question
    "search.language": 4_000,
    "search.typed": 4_000,
}
"""Expressions, or modules of them, whose texts are bounded by whoever calls: by how many characters."""


class Expression(NamedTuple):
    """One expression and the ways in which it is used.

    Attributes:
        name: its module, and its name there or the function that it stands in.
        methods: of ``re.Pattern``.
    """

    name: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]

    @property
    def most_chars(self) -> int:
        """How long the texts are that it is given."""
        return MOST_CHARS.get(self.name) or MOST_CHARS.get(self.name.rpartition(".")[0]) or CHARS


def expressions() -> Iterator[Expression]:
    """All that stand in the packages, in modules and inside functions."""
    for package in map(importlib.import_module, PACKAGES):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            yield from _kept(module)
            yield from _in_passing(module)


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def _kept(module: ModuleType) -> Iterator[Expression]:
    """Expressions with a name; those of whoosh's parser are compiled in it, and given it at each place."""
    uses: dict[str, set[str]] = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            uses.setdefault(name, set()).add(node.attr)
    holders = [module, *(value for value in vars(module).values() if isinstance(value, type))]
    for holder in holders:
        if holder is not module and holder.__module__ != module.__name__:
            continue
        for name, value in vars(holder).items():
            if isinstance(value, re.Pattern):
                yield Expression(f"{module.__name__}.{name}", value, tuple(sorted(uses.get(name, ()))))
            elif module.__name__ == "search.keywords" and name.isupper() and isinstance(value, str) and "(" in value:
                yield Expression(f"{module.__name__}.{name}", re.compile(value), ("search",))


def _in_passing(module: ModuleType) -> Iterator[Expression]:
    """Expressions that are handed to a function of ``re`` where they are used."""
    for function in ast.walk(_tree(module)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            called = node.func if isinstance(node, ast.Call) else None
            if not (
                isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re"
            ):
                continue
            assert isinstance(node, ast.Call)
            source = compile(ast.Expression(node.args[0]), function.name, "eval")
            flags = re.IGNORECASE if "IGNORECASE" in ast.dump(node) else 0
            pattern = re.compile(eval(source, dict(vars(module))), flags)
            method = "match" if called.attr == "compile" else called.attr
            yield Expression(f"{module.__name__}.{function.name}", pattern, (method,))


def runs(expression: Expression, *, in_pairs: bool) -> Iterator[str]:
    """Long texts for an expression: runs of its signs and words, some behind a word, none of which ends as it began."""
    words, signs = _words_and_signs(expression.pattern)
    if not in_pairs:
        words, signs = words[:2], signs[:24]
    units = [*signs, *words, *FOUND, *(word + sign for word, sign in product(words, " \n-"))]
    if in_pairs:
        units += [first + second for first, second in product(signs[:20], signs[:20]) if first != second]
    chars = expression.most_chars
    for unit in units:
        run = unit * (chars // len(unit))
        yield run + "\x01"
        if len(unit) == 1:
            yield from (f"{word}{run}\x01" for word in words)


def _words_and_signs(pattern: re.Pattern[Any]) -> tuple[list[str], list[str]]:
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words: dict[str, None] = {}
    signs = dict.fromkeys(SIGNS)

    def visit(items: Iterable[Any]) -> None:
        word = ""
        for operation, argument in items:
            if operation is _constants.LITERAL:
                word += chr(argument)
                signs[chr(argument)] = None
                continue
            words[word] = None
            word = ""
            visit(_inner(operation, argument))
        words[word] = None

    visit(_parser.parse(text, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags))
    kept = [word for word in words if len(word) > 1]
    return kept[:12], list(signs)[:40]


def _inner(operation: Any, argument: Any) -> Any:
    """The parts of one part of an expression."""
    if operation is _constants.BRANCH:
        return chain.from_iterable(argument[1])
    if operation is _constants.IN:
        return [part for part in argument if part[0] is _constants.LITERAL]
    if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
        return argument[2]
    if operation is _constants.SUBPATTERN:
        return argument[-1]
    if operation in (_constants.ASSERT, _constants.ASSERT_NOT):
        return argument[1]
    return argument if operation is _constants.ATOMIC_GROUP else ()


def allow_seconds(seconds: int) -> None:
    """Let this process end itself when it works longer than so many seconds from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, resource.RLIM_INFINITY))


def work_through(found: Iterable[Expression], *, in_pairs: bool) -> None:
    """Give each expression its runs; each is told before, so that the last one is known when time runs out."""
    for expression in found:
        for text in runs(expression, in_pairs=in_pairs):
            sys.stdout.write(f"{expression.name} {text[:60]!a}\n")
            sys.stdout.flush()
            allow_seconds(CPU_S)
            given = text.encode("utf-8") if isinstance(expression.pattern.pattern, bytes) else text
            for method in expression.methods:
                done = getattr(expression.pattern, method)(*(("x", given) if method.startswith("sub") else (given,)))
                for _ in done if method == "finditer" else ():
                    pass
    sys.stdout.write(f"{DONE}\n")


DONE = "all done"

if __name__ == "__main__":
    own = [Expression(source, re.compile(source), ("search",)) for source in sys.argv[2:]]
    work_through(own or expressions(), in_pairs=sys.argv[1] == "in pairs")
