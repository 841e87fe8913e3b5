"""Tuning: settings of the ranking as a person types them, ``name=value,name=value``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, get_type_hints

import msgspec

from index.errors import ConfigurationError
from search.errors import InvalidParameter, UnknownValue
from search.ranking import RankingSettings

_KINDS: Final[dict[Any, str]] = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}


def settings_from_text(text: str) -> RankingSettings:
    """The settings that a text names; those that it does not name, and all for "", are as usual.

    Raises:
        QueryError: a part is not ``name=value``, a name is unknown or stands twice, or a value is not allowed.
    """
    kinds = get_type_hints(RankingSettings)
    names = [field.name for field in fields(RankingSettings)]
    values: dict[str, Any] = {}
    for part in text.split(",") if text.strip() else ():
        name, equals, typed = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise InvalidParameter(
                "setting", part.strip(), "name=value, several with commas between, as in k1=1.2,b=0.75"
            )
        if name not in names:
            raise UnknownValue("setting", name, ", ".join(sorted(names)))
        if name in values:
            raise InvalidParameter("setting", part.strip(), f"each name once, and {name} has a value already")
        try:
            # float reads ".6", which is no number of JSON
            values[name] = float(typed) if kinds[name] is float else msgspec.convert(typed, kinds[name], strict=False)
        except ValueError as error:
            kind = _KINDS.get(kinds[name], f"a value of type {kinds[name]}")
            raise InvalidParameter(f"setting {name}", typed, kind) from error
    try:
        return RankingSettings(**values)
    except ConfigurationError as error:
        raise InvalidParameter(f"setting {error.setting}", error.value, error.allowed) from error
