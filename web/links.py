"""Links: the addresses of questions that differ from one question in a few values.

A page of results has a hundred. What they share is encoded once, and a link costs what it has of its own.
"""

from __future__ import annotations

from web.parameters import Asked, joined, piece


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
