"""Skins: how the one site looks under the names of several, by settings alone.

A table ``[skins.NAME]`` of the settings file says by which hosts a skin is asked for, and what it changes: name, line
under it, colours, picture, and the site (testata) that is searched unless the reader asks for all. A host that no skin
names gets the look of ``[web]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from flask import g

from index.errors import ConfigurationError, SettingsUnreadable
from index.settings_file import SETTINGS_FILE, SKINS_FOLDER, read_tables
from search.archive import Archive
from search.errors import QueryError, UnknownValue
from search.selection import find_values
from web.settings import WebSettings

PICTURES: Final = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg"}

_COLOUR: Final = re.compile("#[0-9a-fA-F]{6}")
_GROUNDS: Final = {"accent": ("#fbf9f4", "#f2ede2", "#ffffff"), "accent_by_night": ("#161412", "#26221e", "#1f1c19")}
"""What the stylesheet puts each colour on: paper, tint and sheet."""

_INKS: Final = ("#ffffff", "#1c1210")
_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LEAST_CONTRAST: Final = 4.5
"""WCAG 2.2, 1.4.3, text on its ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """The look of one site.

    Attributes:
        key: the name of its table; "" for the look of ``[web]``.
        hosts: the hosts that it is for, without port.
        name, subtitle: as in ``WebSettings``.
        site: the site that is searched unless the reader asks for all; "" for all.
        accent, accent_by_night: colour of links and buttons, "#rrggbb", on light and on dark paper; "" for the usual.
        logo: a picture in the folder ``skins`` of the data folder, shown beside the name; "" for none.
    """

    key: str = ""
    hosts: tuple[str, ...] = ()
    name: str
    subtitle: str = ""
    site: str = ""
    accent: str = ""
    accent_by_night: str = ""
    logo: str = ""

    def __post_init__(self) -> None:
        WebSettings(name=self.name, subtitle=self.subtitle)  # which knows how long they may be
        for host in self.hosts:
            if not _HOST.fullmatch(host.casefold()):
                raise ConfigurationError("hosts", host, "names such as archivio.example.it, without a port")
        for setting, grounds in _GROUNDS.items():
            colour = getattr(self, setting)
            if colour and not _COLOUR.fullmatch(colour):
                raise ConfigurationError(setting, colour, "a colour such as #8f1d1d")
            found, ground = min((contrast(colour, ground), ground) for ground in grounds) if colour else (21.0, "")
            if found < _LEAST_CONTRAST:
                least = f"a colour that stands out from {ground} by {_LEAST_CONTRAST} to 1 (this one: {found:.2f})"
                raise ConfigurationError(setting, colour, least)
        if self.logo and (Path(self.logo).name != self.logo or Path(self.logo).suffix not in PICTURES):
            raise ConfigurationError("logo", self.logo, f"a file of {SKINS_FOLDER}/ whose name ends in {_endings()}")

    @property
    def is_coloured(self) -> bool:
        """Whether it has colours of its own."""
        return bool(self.accent or self.accent_by_night)

    def css(self) -> str:
        """The colours as a stylesheet that is read after the site's own."""
        return _variables("light", self.accent) + _variables("dark", self.accent_by_night)


def _variables(scheme: str, accent: str) -> str:
    """The colour for one scheme alone: on paper, and where the reader's scheme is the other, the usual one stays."""
    if not accent:
        return ""
    ink = max(_INKS, key=lambda one: contrast(accent, one))
    rule = f":root {{ --accent: {accent}; --accent-ink: {ink}; }}"
    return f"@media screen and (prefers-color-scheme: {scheme}) {{ {rule} }}\n"


def contrast(colour: str, ground: str) -> float:
    """How far two colours stand out from each other, 1 to 21.

    Source:
        Contrast ratio and relative luminance, WCAG 2.2.
    """
    one, other = sorted((_luminance(colour), _luminance(ground)))
    return (other + 0.05) / (one + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Skins:
    """The skins of an archive, by host."""

    def __init__(self, usual: WebSettings, skins: Sequence[Skin] = (), *, folder: Path | None = None) -> None:
        """Put the skins together.

        Args:
            usual: the look for a host that no skin names.
            folder: where the pictures are; None where there are none.
        """
        self.usual = Skin(name=usual.name, subtitle=usual.subtitle)
        self.folder = folder
        files = [folder / skin.logo for skin in skins if folder is not None and skin.logo]
        self.stamp = repr((self.usual, *skins, *(path.stat().st_mtime_ns for path in files)))
        """Another one whenever a page may look otherwise."""
        self._by_host = {host.casefold(): skin for skin in skins for host in skin.hosts}

    def of_host(self, host: str) -> Skin:
        """The skin for a host as a browser names it, with or without a port."""
        return self._by_host.get(re.sub(r":[0-9]*\Z", "", host).rstrip(".").casefold(), self.usual)


def own_site(archive: Archive, skin: Skin) -> str:
    """The site that a skin asks for by itself, "" for all: one without an article is none that can be asked for."""
    if not skin.site:
        return ""
    snapshot = archive.snapshot
    live, known = snapshot.live_values("site"), snapshot.values["site"]
    return next((known[at] for at in find_values(known, skin.site, how="whole") if live[at]), "")


def has_lost_own_site(error: QueryError) -> bool:
    """Whether the site that the skin asked for by itself lost its last article while the request was answered.

    It is not asked for any more then, so that the request can be answered once more.
    """
    is_lost = isinstance(error, UnknownValue) and error.parameter == "site" and error.value == g.own_site != ""
    if is_lost:
        g.own_site = ""
    return is_lost


def read_skins(data_dir: Path, usual: WebSettings) -> Skins:
    """The skins of the settings file in a data folder.

    Raises:
        IndexUnavailable: the file cannot be read.
        SettingsUnreadable: a setting of it is unknown or out of bounds, a host is named twice, a picture is not there.
    """
    path = data_dir / SETTINGS_FILE
    folder = data_dir / SKINS_FOLDER
    skins: list[Skin] = []
    hosts: dict[str, str] = {}
    for key, table in read_tables(path).get("skins", {}).items():
        where = f"[skins.{key}]"
        skin = _skin(path, key, table, usual)
        for host in skin.hosts:
            if (other := hosts.setdefault(host.casefold(), key)) != key:
                found = f"{where} hosts has {host!r}, which [skins.{other}] has too"
                raise SettingsUnreadable(path, found, "allowed: each host once")
        if skin.logo and not (folder / skin.logo).is_file():
            raise SettingsUnreadable(path, f"{where} logo is {skin.logo!r}", f"allowed: a file that is in {folder}")
        skins.append(skin)
    return Skins(usual, skins, folder=folder)


def _skin(path: Path, key: str, table: object, usual: WebSettings) -> Skin:
    where, known = f"[skins.{key}]", {field.name for field in fields(Skin)} - {"key"}
    if not isinstance(table, Mapping):
        raise SettingsUnreadable(path, f"{where} is {table!r}", f"allowed: a table of {', '.join(sorted(known))}")
    values: dict[str, Any] = dict(table)
    if unknown := sorted(set(values) - known):
        raise SettingsUnreadable(path, f"{where} {unknown[0]} is unknown", f"known: {', '.join(sorted(known))}")
    hosts = values.pop("hosts", None)
    if not isinstance(hosts, list) or not hosts or not all(isinstance(host, str) and host for host in hosts):
        raise SettingsUnreadable(path, f"{where} hosts is {hosts!r}", 'allowed: a list such as ["archivio.example.it"]')
    for name, value in values.items():
        if not isinstance(value, str):
            raise SettingsUnreadable(path, f"{where} {name} is {value!r}", "allowed: a text in quotes")
    try:
        return Skin(**({"name": key, "subtitle": usual.subtitle} | values | {"key": key, "hosts": tuple(hosts)}))
    except ConfigurationError as error:
        found = f"{where} {error.setting} is {error.value!r}"
        raise SettingsUnreadable(path, found, f"allowed: {error.allowed}") from error


def _endings() -> str:
    return " or ".join(PICTURES)
