"""Links: the addresses of questions that differ from one question in a few values.

A page of results has a hundred. What they share is encoded once, and a link costs what it has of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from flask import current_app, request, url_for

from web.parameters import Asked, joined, piece

_PATHS: Final = "emeroteca_paths"
_MOST_PATHS: Final = 1_000
"""Paths that are kept: there are ten, under each of the prefixes by which proxies ask."""


class Links:
    """The addresses of the questions around one.

    Args:
        asked: the question.
        path: of the pages that they lead to.
        own_site: as in ``Asked.kept_by_form``.
    """

    def __init__(self, asked: Asked, path: str, own_site: str = "") -> None:
        self._pieces = asked.pieces(own_site) | {"page": ""}
        self._path = path
        self._own_site = own_site

    def to(self, **changes: object) -> str:
        """The address of the question with other values in some fields of ``Asked``, as ``replace`` takes them.

        It is of the first page, unless a page is named. ``days`` is in no address: ``since`` and ``until`` are.
        """
        pieces = self._pieces.copy()
        for field, value in changes.items():
            pieces[field] = piece(field, value, self._own_site)
        parameters = joined(pieces)
        return f"{self._path}?{parameters}" if parameters else self._path


def path_of(endpoint: str, filename: str | None = None) -> str:
    """The path of a page that takes no parameters, or of a static file.

    It is the same for all requests under one prefix, and ``url_for``, which finds it, takes as long as ten other links.
    """
    kept: Callable[[str, str, str | None], str] | None = current_app.extensions.get(_PATHS)
    if kept is None:
        kept = current_app.extensions[_PATHS] = _make_paths()
    return kept(request.script_root, endpoint, filename)


def _make_paths() -> Callable[[str, str, str | None], str]:
    # Of each application its own: the addresses of static files have a digest of their bytes.
    @lru_cache(maxsize=_MOST_PATHS)
    def path(_root: str, endpoint: str, filename: str | None) -> str:
        return url_for(endpoint) if filename is None else url_for(endpoint, filename=filename)

    return path
