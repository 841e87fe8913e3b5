"""The rule of SQL: whatever is handed to SQLite is a constant of the source, and values come in by question marks.

A statement is followed from the call to where it is written: a name to the constant of the function, of the module or
of the module that it was imported from; a parameter of a door (``Store._run``) to the calls of that door, which are
looked at as well. What is not a constant at its end is handed out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CALLS = frozenset({"execute", "executescript", "executemany"})
"""What SQLite is asked by."""

DOORS = frozenset({"_run", "_rows"})
"""Methods that hand their first parameter on to it."""

_QUESTION_MARKS = re.compile(r"""','\.join\('\?' \* .+\)""")

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Statement:
    """What one call hands to SQLite.

    Attributes:
        place: the file, and the line of the call.
        varying: the source of what is no constant in it; "" when all is.
    """

    place: str
    varying: str


def statements_of(sources: Mapping[str, str]) -> Iterator[Statement]:
    """Every statement of some source files, given by path."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    constants = {path: _constants_of(tree) for path, tree in trees.items()}
    for path, tree in trees.items():
        known = dict(constants[path])
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                origin = constants.get(node.module.replace(".", "/") + ".py", {})
                known |= {one.asname or one.name: origin[one.name] for one in node.names if one.name in origin}
        yield from _Reader(path, known).read(tree)


def _constants_of(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of the names that a module binds once, at its top."""
    bound: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                bound.setdefault(target.id, []).append(node.value)
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    is_global = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return {name: values[0] for name, values in bound.items() if stored.count(name) == 1 and name not in is_global}


class _Reader:
    """Reads one module, whose constants are known, those that it imports too."""

    def __init__(self, path: str, known: Mapping[str, ast.expr]) -> None:
        self._path = path
        self._known = known

    def read(self, node: ast.AST, function: _Function | None = None) -> Iterator[Statement]:
        """The statements inside a node, which is in a function or in none."""
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and isinstance(called, ast.Attribute) and called.attr in CALLS | DOORS:
            first = node.args[0] if node.args and not node.keywords else None
            varying = ast.unparse(node) if first is None else self._varying(first, function)
            yield Statement(f"{self._path}:{node.lineno}", varying)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Attribute) and child.attr in CALLS | DOORS and child is not called:
                yield Statement(f"{self._path}:{child.lineno}", ast.unparse(child))  # called by another name later
            # The outermost function: what it binds, those inside it see.
            yield from self.read(child, function or (child if isinstance(child, _Function) else None))

    def _varying(self, value: ast.expr, function: _Function | None, following: frozenset[str] = frozenset()) -> str:
        """The source of what is no constant in an expression, met on the way from some names; "" when it is one."""
        match value:
            case ast.Constant(value=str() | int()):
                return ""
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                is_varying = any(self._varying(one, function, following) for one in (left, right))
                return ast.unparse(value) if is_varying else ""
            case ast.JoinedStr(values=parts):
                inner = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
                return ast.unparse(value) if any(self._varying(one, function, following) for one in inner) else ""
            case ast.Name(id=name):
                # A name in what it is bound to itself is as constant as its other values are.
                return "" if name in following else self._varying_name(name, function, following | {name})
            case _ if _QUESTION_MARKS.fullmatch(ast.unparse(value)):
                return ""
        return ast.unparse(value)

    def _varying_name(self, name: str, function: _Function | None, following: frozenset[str]) -> str:
        if function is None or name not in (bound := _bound_in(function)):
            return self._varying(self._known[name], None, following) if name in self._known else name
        handed_on = [argument.arg for argument in function.args.args if argument.arg != "self"][:1]
        if getattr(function, "name", "") in DOORS and handed_on == [name] and bound[name] == [None]:
            return ""
        found = (name if one is None else self._varying(one, function, following) for one in bound[name])
        return next(filter(None, found), "")


def _bound_in(function: _Function) -> dict[str, list[ast.expr | None]]:
    """What each name of a function is bound to: the value of a plain assignment, None for whatever else."""
    bound: dict[str, list[ast.expr | None]] = {}
    assigned: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            bound.setdefault(node.arg, []).append(None)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and node.value is not None:
                    bound.setdefault(target.id, []).append(node.value)
                    assigned.add(id(target))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in assigned:
            bound.setdefault(node.id, []).append(None)
    return bound
