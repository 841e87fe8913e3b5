"""The documents keep up with the program: commands, options, links and public names."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from index.settings import IndexSettings
from web.parameters import ENGLISH
from web.settings import WebSettings
from web.skins import Skin

ROOT = Path(__file__).resolve().parents[1]
PUBLIC_COMMANDS = {"add", "demo", "export", "rebuild", "remove", "search", "serve", "stats"}
"""Commands that other people's scripts call; there may be more."""

_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]\n]+\]:\s*(\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


def documents() -> list[Path]:
    """Every Markdown file that people read: those at the root, and those of docs/, tests/ and benchmarks/."""
    below = (path for folder in ("docs", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.md"))
    return sorted([*ROOT.glob("*.md"), *below])


def manual() -> str:
    """Where commands and options are explained: README.md and docs/."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def commands() -> dict[str, click.Command]:
    """Every command of the program by its full name, "add" or "group command"; those of other packages are loaded."""
    group = importlib.import_module("index.cli").main
    assert isinstance(group, click.Group)
    return dict(_commands_of(group, click.Context(group, info_name="emeroteca"), ""))


def _commands_of(group: click.Group, context: click.Context, prefix: str) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{prefix}{name} is listed but cannot be loaded"
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            below = click.Context(command, parent=context, info_name=name)
            yield from _commands_of(command, below, f"{prefix}{name} ")


def options() -> list[tuple[str, str]]:
    """(command, long option) of the whole program; "" is the program itself."""
    group = importlib.import_module("index.cli").main
    assert isinstance(group, click.Group)
    return [
        (name, spelling)
        for name, command in [("", group), *commands().items()]
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for spelling in (*parameter.opts, *parameter.secondary_opts)
        if spelling.startswith("--")
    ]


def is_command_named(command: str, text: str) -> bool:
    """True when the text shows the command as it is typed, with the program's name and perhaps options before it."""
    typed = r"(?:[ \t]+\[?--data(?:[ =]\S+?)\]?)?[ \t]+" + re.escape(command)
    return re.search(rf"\bemeroteca{typed}(?![\w-])", text) is not None


def is_option_named(option: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) is not None


def test_public_commands_are_there() -> None:
    assert commands().keys() >= PUBLIC_COMMANDS


def test_every_command_stands_in_the_manual() -> None:
    text = manual()
    assert [name for name in commands() if not is_command_named(name, text)] == []


def test_every_option_stands_in_the_manual() -> None:
    found, text = options(), manual()
    assert len(found) >= 10
    assert [pair for pair in found if not is_option_named(pair[1], text)] == []


@pytest.mark.parametrize("kind", [IndexSettings, WebSettings, Skin], ids=lambda kind: kind.__name__)
def test_every_setting_stands_in_the_manual(kind: Any) -> None:
    names = {field.name for field in fields(kind)} - {"key"}
    missing = [name for name in names if not re.search(rf"\b{name}\b", text_of("operations.md"))]
    assert missing == []


def test_every_parameter_of_the_interface_stands_in_its_manual() -> None:
    assert [name for name in ENGLISH.names if f"`{name}`" not in text_of("api.md")] == []


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_command_explains_itself() -> None:
    assert [name for name, command in commands().items() if not (command.help or "").strip()] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("run `emeroteca add FILE`", True, id="plain"),
        pytest.param("emeroteca --data demo-data add x.jsonl", True, id="after the folder"),
        pytest.param("emeroteca [--data DIR] add FILE...", True, id="after an optional folder"),
        pytest.param("emeroteca addition", False, id="part of a word"),
        pytest.param("emeroteca search add", False, id="argument of another"),
        pytest.param("one can add articles", False, id="in prose"),
    ],
)
def test_a_command_counts_only_as_it_is_typed(text: str, expected: bool) -> None:
    assert is_command_named("add", text) is expected


def test_an_option_counts_only_as_a_whole() -> None:
    assert is_option_named("--no", "`--no`")
    assert not is_option_named("--no", "--no-widen")
    assert not is_option_named("--widen", "--no-widen")


def anchors(page: Path) -> set[str]:
    """The fragments that a page's headings can be reached by, as GitHub and its kin make them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    names: set[str] = set()
    for match in _HEADING.finditer(text):
        plain = re.sub(r"[^\w\- ]", "", match.group(1).lower()).replace(" ", "-")
        seen = found.get(plain, 0)
        found[plain] = seen + 1
        names.add(f"{plain}-{seen}" if seen else plain)
    return names


def links(page: Path) -> list[str]:
    """Targets of a page's links, those in code left out."""
    text = _INLINE_CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    return [inline or reference for inline, reference in _LINK.findall(text)]


def broken_links(page: Path, root: Path = ROOT) -> list[str]:
    """Relative targets that are not in the tree under ``root``, or headings that their page does not have."""
    broken = []
    for target in links(page):
        if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        inside = there == root or root in there.parents
        missing_anchor = bool(fragment) and there.suffix == ".md" and there.is_file() and fragment not in anchors(there)
        if not (inside and there.exists()) or missing_anchor:
            broken.append(target)
    return broken


def test_relative_links_resolve() -> None:
    pages = documents()
    assert ROOT / "README.md" in pages
    assert any(not target.startswith("http") for page in pages for target in links(page)), "no relative link was found"
    broken = {page.relative_to(ROOT).as_posix(): targets for page in pages if (targets := broken_links(page))}
    assert broken == {}


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text(
        "# A heading, here\n```\n# no heading\n[code](nowhere.md)\n```\n", encoding="utf-8"
    )
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-here) [c](https://example.org/x) `[d](nowhere.md)`\n"
        "[e](gone.md) [f](there.md#no-heading) [g](../outside.md)\n\n[h]: gone-too.md\n",
        encoding="utf-8",
    )
    assert broken_links(page, tmp_path) == ["gone.md", "there.md#no-heading", "../outside.md", "gone-too.md"]
    assert broken_links(tmp_path / "there.md", tmp_path) == []


def _rank(name: str) -> int:
    """Constants first, then classes, then functions: the order that ruff keeps (RUF022)."""
    return 0 if name.isupper() else 1 if name[0].isupper() else 2


@pytest.mark.parametrize("name", ["index", "search", "web"])
def test_public_names_are_listed_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    declared: list[str] = module.__all__
    public = {
        attribute
        for attribute, value in vars(module).items()
        if not attribute.startswith("_") and not isinstance(value, ModuleType) and attribute != "annotations"
    }
    assert declared == sorted(declared, key=lambda name: (_rank(name), name))
    assert len(declared) == len(set(declared))
    assert set(declared) == public
    assert (module.__doc__ or "").strip()


def test_the_names_that_scripts_use_are_public() -> None:
    assert "Article" in importlib.import_module("index").__all__
    assert "open_archive" in importlib.import_module("search").__all__
    assert "create_app" in importlib.import_module("web").__all__
