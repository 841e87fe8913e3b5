"""The settings file: ``emeroteca.toml`` in the data folder, a table for each kind of settings.

    [index]      how the archive is indexed       ``index.settings.IndexSettings``
    [ranking]    the constants of the ranking     ``search.ranking.RankingSettings``
    [web]        how the site looks               ``web.settings.WebSettings``
    [skins.NAME] how it looks under another name  ``web.skins.Skin``

The file is optional; any setting left out has its default.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

from index.errors import ConfigurationError, SettingsUnreadable, unreadable

T = TypeVar("T")

SETTINGS_FILE: Final = "emeroteca.toml"

SKINS_FOLDER: Final = "skins"
"""The folder, in the data folder, of the pictures that the settings name."""
TABLES: Final = ("index", "ranking", "web", "skins")


def read_settings(data_dir: Path, table: str, kind: type[T], **given: object) -> T:
    """Settings of one kind: what is given goes before what the file says, and that before what is usual.

    Args:
        data_dir: the folder of the archive, which need not exist yet.
        table: the table of the file.
        kind: the dataclass of the settings, whose fields all have usual values.
        given: settings by name; None stands for one that is not given.
    Raises:
        IndexUnavailable: the file cannot be read.
        SettingsUnreadable: the file is not TOML, has a table or a setting that is unknown, or a value of another type
            than it should be, or out of bounds; also where another is given.
        ConfigurationError: a value that is given is out of bounds.
    """
    path = data_dir / SETTINGS_FILE
    said = read_tables(path).get(table, {})
    usual = {field.name: getattr(kind(), field.name) for field in fields(kind)}  # type: ignore[arg-type]
    for name in said:
        if name not in usual:
            raise SettingsUnreadable(path, f"[{table}] {name} is unknown", f"known: {', '.join(usual)}")
    try:
        for name, value in said.items():
            _check_type(name, value, usual[name])
        said = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
        kind(**said)  # by itself, so that the file is blamed for what it says and for nothing else
    except ConfigurationError as error:
        value = "not shown" if error.setting.endswith(HIDDEN) else repr(error.value)
        found = f"[{table}] {error.setting} is {value}"
        raise SettingsUnreadable(path, found, f"allowed: {error.allowed}") from error
    return kind(**(said | {name: value for name, value in given.items() if value is not None}))


def read_tables(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of a settings file, all of them known; none where there is no file.

    Raises:
        IndexUnavailable: the file cannot be read.
        SettingsUnreadable: it is not TOML, or has a table that is unknown.
    """
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise unreadable(path, error, "check the disk") from error  # which is no slip of whoever wrote it
    import tomllib  # few archives have the file

    try:
        tables = tomllib.loads(raw.decode())
    except ValueError as error:
        raise SettingsUnreadable(path, f"is not TOML ({error})", "mend the line, or put the file away") from error
    for name, table in tables.items():
        if name not in TABLES or not isinstance(table, dict):
            raise SettingsUnreadable(path, f"{name} is no table that is known", f"known: [{'], ['.join(TABLES)}]")
    return tables


HIDDEN: Final = "_secret"
"""How the name of a setting ends whose value is shown to nobody."""


def _check_type(name: str, value: object, usual: object) -> None:
    if isinstance(usual, tuple):  # of texts, and of nothing else so far
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ConfigurationError(name, value, 'a list of texts in quotes, ["one", "two"]')
        return
    allowed = (int, float) if isinstance(usual, float) else (type(usual),)
    if type(value) not in allowed:
        described = {int: "a whole number", float: "a number", str: "a text in quotes", bool: "true or false"}
        raise ConfigurationError(name, value, described[type(usual)])
