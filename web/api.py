"""The JSON interface: ``GET /api/v1/search``. What is wrong with a request is an RFC 9457 problem."""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, Response, request

from search.archive import Archive
from search.errors import QueryError
from search.page_json import page_as_json
from web import clock
from web.parameters import ENGLISH, ask, read_asked

PREFIX: Final = "/api/"
DEFAULT_SIZE: Final = 10


class Api:
    """The views of the JSON interface on one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def blueprint(self) -> Blueprint:
        """The interface at its addresses."""
        blueprint = Blueprint("api", __name__, url_prefix=PREFIX + "v1")
        blueprint.add_url_rule("/search", "search", self.answer)
        blueprint.register_error_handler(QueryError, explain_error)
        return blueprint

    def answer(self) -> Response:
        """One page of results."""
        today = clock.today()
        asked = read_asked(request.args, ENGLISH, today=today)
        return json_response(page_as_json(ask(self._archive, asked, size=DEFAULT_SIZE, today=today)))


def explain_error(error: QueryError) -> Response:
    """Status 400 and one sentence: what was found and what is allowed."""
    return problem(400, "Bad Request", str(error), parameter=error.parameter)


def problem(status: int, title: str, detail: str, **more: str) -> Response:
    """A problem as RFC 9457 writes it."""
    found = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return json_response(found, status=status, mimetype="application/problem+json")


def json_response(value: object, *, status: int = 200, mimetype: str = "application/json") -> Response:
    """The value as UTF-8 JSON, its members in their order."""
    return Response(json.dumps(value, ensure_ascii=False) + "\n", status=status, mimetype=mimetype)
