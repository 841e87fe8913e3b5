"""Golden cases: rows of the tables under ``tests/data``, as pytest parameters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

_DATA = Path(__file__).resolve().parents[1] / "data"


def golden_rows(name: str, *, at_least: int) -> list[Any]:
    """The rows of a table, each a parameter set named by its first field.

    Args:
        at_least: how many rows there must be, so that an emptied table does not pass for a success.
    """
    rows = table_rows(_DATA / name)
    assert len(rows) >= at_least, f"{name} has {len(rows)} rows"
    return [pytest.param(*row, id=f"{at}-{ascii(row[0])[1:-1]}") for at, row in enumerate(rows)]


def table_rows(path: Path) -> list[list[str]]:
    """The rows of a table with tabs between the fields; \\uXXXX is a character and \\n a line break."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[_unescape(field) for field in line.split("\t")] for line in lines if line and not line.startswith("# ")]


def _unescape(field: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), field).replace("\\n", "\n")
