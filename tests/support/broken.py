"""A site whose archive answers nothing."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from web import WebSettings, create_app


class Broken:
    """An archive whose every answer is an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


def broken_client(error: Exception, settings: WebSettings | None = None) -> FlaskClient:
    """A client of a site on a broken archive."""
    return create_app(Broken(error), settings).test_client()  # type: ignore[arg-type]
