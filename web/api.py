"""The JSON interface, version 1. What is wrong with a request is an RFC 9457 problem.

GET /api/v1/search              one page of results
GET /api/v1/articles/<id>       one article, as ``emeroteca add`` takes it; also /api/v1/articles?id=
GET /api/v1/related             what is related to an article, or to a short draft
GET /api/v1/suggest             what may be asked that begins so
GET /api/v1/sections            every section and site, with how many articles it has
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, request

from index.article import record_from_article
from search.archive import Archive
from search.errors import InvalidParameter, QueryError, UnknownArticle
from search.page import FacetCount
from search.page_json import page_as_json, related_as_json
from search.question import MAX_SIZE
from web import clock
from web.parameters import ENGLISH, ask, check_names, read_asked, read_number, read_several, read_single, read_switch

PREFIX: Final = "/api/"
DESCRIPTION: Final = "/openapi.json"
"""Where the interface is described; the view is in ``openapi``."""

ROOT: Final = PREFIX + "v1/"
DEFAULT_SIZE: Final = 10

ARTICLE_PARAMETERS: Final = ("related",)
RELATED_PARAMETERS: Final = ("id", "text", "site", "earlier", "fresh", "size")
SUGGEST_PARAMETERS: Final = ("q", "size")


class Api:
    """The views of the JSON interface on one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def blueprint(self) -> Blueprint:
        """The interface at its addresses."""
        blueprint = Blueprint("api", __name__)
        blueprint.add_url_rule(ROOT + "search", "search", self.answer)
        blueprint.add_url_rule(ROOT + "articles/<article_id:article_id>", "article", self.article)
        blueprint.add_url_rule(ROOT + "articles", "article_by_parameter", self.article_by_parameter)
        blueprint.add_url_rule(ROOT + "related", "related", self.related)
        blueprint.add_url_rule(ROOT + "suggest", "suggest", self.suggest)
        blueprint.add_url_rule(ROOT + "sections", "sections", self.sections)
        blueprint.register_error_handler(QueryError, explain_error)
        return blueprint

    def answer(self) -> Response:
        """One page of results."""
        today = clock.today()
        asked = read_asked(request.args, ENGLISH, today=today)
        return json_response(page_as_json(ask(self._archive, asked, size=DEFAULT_SIZE, today=today)))

    def article(self, article_id: str) -> Response:
        """One article, every field that came in, in the form in which it can be added again."""
        check_names(request.args, ARTICLE_PARAMETERS)
        return self._article(article_id)

    def article_by_parameter(self) -> Response:
        """The same, for an id that cannot be part of an address's path."""
        check_names(request.args, ("id", *ARTICLE_PARAMETERS))
        article_id = read_single(request.args, "id")
        if not article_id:
            raise InvalidParameter("id", article_id, "the id of an article")
        return self._article(article_id)

    def _article(self, article_id: str) -> Response:
        most = read_number(request.args, "related")
        if most is not None and not 1 <= most <= MAX_SIZE:
            raise InvalidParameter("related", most, f"1 to {MAX_SIZE}")
        article = self._archive.article(article_id)
        if article is None:
            raise UnknownArticle(article_id)
        told = record_from_article(article)
        if most is not None:
            news = self._archive.related(article_id=article_id, size=most, now=clock.today())
            told = told | {"related": related_as_json(news)["hits"]}
        return json_response(told)

    def related(self) -> Response:
        """The articles that are related to one, or to a draft that an address has room for."""
        given = request.args
        check_names(given, RELATED_PARAMETERS)
        article_id, text = read_single(given, "id"), read_single(given, "text")
        if bool(article_id) == bool(text):
            raise InvalidParameter("id, text", f"{article_id}, {text}", "one of the two")
        earlier, fresh, size = read_switch(given, "earlier"), read_switch(given, "fresh"), read_number(given, "size")
        news = self._archive.related(
            article_id=article_id or None,
            text=text or None,
            sites=read_several(given, "site"),
            earlier=bool(earlier),
            fresh=fresh is not False,
            size=DEFAULT_SIZE if size is None else size,
            now=clock.today(),
        )
        return json_response(related_as_json(news))

    def suggest(self) -> Response:
        """What may be asked that begins with what was typed."""
        check_names(request.args, SUGGEST_PARAMETERS)
        typed = read_single(request.args, "q")
        size = read_number(request.args, "size")
        found = self._archive.suggest(typed, size=DEFAULT_SIZE if size is None else size)
        return json_response({"query": typed, "suggestions": list(found)})

    def sections(self) -> Response:
        """The sections and the sites of the whole archive."""
        check_names(request.args, ())
        sections, sites = self._archive.facet("section"), self._archive.facet("site")
        return json_response({"sections": _counted(sections), "sites": _counted(sites)})


def is_for_programs(path: str) -> bool:
    """Whether an address is of the interface, whose errors are problems and not pages."""
    return path.startswith(PREFIX) or path == DESCRIPTION


def explain_error(error: QueryError) -> Response:
    """Status 400, or 404 for an unknown article, and one sentence: what was found and what is allowed."""
    if isinstance(error, UnknownArticle):
        return problem(404, "Not Found", str(error), parameter="id")
    return problem(400, "Bad Request", str(error), parameter=error.parameter, allowed=error.allowed)


def problem(status: int, title: str, detail: str, **more: str) -> Response:
    """A problem as RFC 9457 writes it.

    Args:
        more: ``parameter``, the one that is wrong, and ``allowed``, what it may be.
    """
    found = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return json_response(found, status=status, mimetype="application/problem+json")


def json_response(value: object, *, status: int = 200, mimetype: str = "application/json") -> Response:
    """The value as UTF-8 JSON, its members in their order."""
    return Response(json.dumps(value, ensure_ascii=False) + "\n", status=status, mimetype=mimetype)


def _counted(counts: Sequence[FacetCount]) -> list[dict[str, object]]:
    return [{"value": counted.value, "count": counted.count} for counted in counts]
