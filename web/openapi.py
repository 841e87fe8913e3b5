"""The JSON interface described for programs: OpenAPI 3.1, at ``/openapi.json``.

It is made of the tables that the interface itself reads, parameters, bounds and orders, so that it cannot promise
what is refused. Schemas of what is answered are closed: a member that is not described fails the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

from flask import Response, request

from search.page import MOST_VERSIONS
from search.question import FILTERED_FACETS, MAX_DEPTH, MAX_SIZE, MAX_VALUES
from web.api import (
    ARTICLE_PARAMETERS,
    DEFAULT_SIZE,
    DESCRIPTION,
    RELATED_PARAMETERS,
    ROOT,
    SUGGEST_PARAMETERS,
    json_response,
)
from web.errors import DATES
from web.parameters import ENGLISH, SWITCH, check_names

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_PUBLISHED: Final[Schema] = {
    "type": ["string", "null"],
    "description": "ISO 8601, a date or a date-time; null for an undated article.",
}


def answer() -> Response:
    """The view."""
    check_names(request.args, ())
    return json_response(describe(request.script_root))


def describe(root: str) -> Schema:
    """The description of the interface.

    Args:
        root: where the site stands on its host, "" or "/archive".
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Emeroteca",
            "version": version("emeroteca"),
            "summary": "Full-text search in an Italian news archive.",
            "description": (
                "Every address answers GET, HEAD and OPTIONS. Answers carry a weak ETag; sent back in If-None-Match it"
                " gives 304 until the archive changes. A blank parameter counts as absent, an unknown one is an error."
                " Errors are problems as RFC 9457 has them."
            ),
        },
        "servers": [{"url": root or "/"}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "responses": _problems(), "headers": _HEADERS},
    }


def _paths() -> Schema:
    article_id = {"description": "The id of the article; slashes in it may stand as they are.", "schema": _ID}
    related = [_ARTICLE[name] for name in ARTICLE_PARAMETERS]
    return {
        ROOT + "search": _get(
            "search", "One page of results", "Page", [_PARAMETERS[name] for name in ENGLISH.names.values()]
        ),
        ROOT + "articles/{id}": _get(
            "article",
            "One article, in the form in which it can be added to another archive",
            "Article",
            [{"name": "id", "in": "path", "required": True, **article_id}, *related],
            more=("404",),
        ),
        ROOT + "articles": _get(
            "articleById",
            'The same, for an id with a step "." or "..", which cannot be part of a path',
            "Article",
            [{"name": "id", "in": "query", "required": True, **article_id}, *related],
            more=("404",),
        ),
        ROOT + "related": _get(
            "related",
            "The articles related to one, or to a draft, and why",
            "Related",
            [_RELATED[name] for name in RELATED_PARAMETERS],
            more=("404",),
        ),
        ROOT + "suggest": _get(
            "suggest",
            "What may be asked that begins with what was typed",
            "Suggestions",
            [_SUGGEST[name] for name in SUGGEST_PARAMETERS],
        ),
        ROOT + "sections": _get("sections", "Every section and site, with its articles", "Sections", []),
        DESCRIPTION: _get("openapi", "This description", None, []),
    }


def _get(name: str, summary: str, schema: str | None, parameters: list[Schema], more: Iterable[str] = ()) -> Schema:
    answered = {"type": "object"} if schema is None else _ref("schemas", schema)
    responses: Schema = {
        "200": {
            "description": summary + ".",
            "headers": {header: _ref("headers", header) for header in _HEADERS},
            "content": {"application/json": {"schema": answered}},
        },
        "304": {"description": "What was tagged by If-None-Match has not changed."},
    }
    for status in ("400", *more, "429", "503"):
        responses[status] = _ref("responses", _STATUS[status][0])
    return {"get": {"operationId": name, "summary": summary + ".", "parameters": parameters, "responses": responses}}


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _parameter(name: str, description: str, schema: Schema, *, repeats: bool = False) -> Schema:
    if repeats:
        schema = {"type": "array", "items": schema, "maxItems": MAX_VALUES}
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _values(name: str, description: str) -> Schema:
    """A filter, which is repeated for several values."""
    return _parameter(name, description + " Case and accents do not matter.", _TEXT, repeats=True)


def _switch(name: str, description: str, *, usual: bool) -> Schema:
    values = [value for value in SWITCH if value]
    default = next(value for value in values if SWITCH[value] is usual)
    return _parameter(name, description, {"type": "string", "enum": values, "default": default})


_ID: Final[Schema] = {"type": "string", "minLength": 1}

_SIZE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}

_DAY: Final[Schema] = {"type": "string", "examples": DATES.split(", ")}

_PARAMETERS: Final[Mapping[str, Schema]] = {
    described["name"]: described
    for described in (
        _parameter("q", "The question, as a person types it; nothing finds everything.", _TEXT),
        _parameter("from", "The first day, in Rome.", _DAY),
        _parameter("to", "The last day, which is within; of a month or a year, its last.", _DAY),
        _values("section", 'Articles of this section, a path "A / B" or its last step, and of those below it.'),
        _values("site", "Articles of this site."),
        _values("author", "Articles by this author."),
        _values("without_section", "No article of this section."),
        _values("without_site", "No article of this site."),
        _values("without_author", "No article by this author."),
        _parameter(
            "sort",
            "The order; newest and oldest are strictly by date, undated articles last.",
            {"type": "string", "enum": list(ENGLISH.sorts), "default": next(iter(ENGLISH.sorts))},
        ),
        _parameter(
            "page",
            f"The page, from 1; page times size may be {MAX_DEPTH} at most.",
            {"type": "integer", "minimum": 1, "maximum": MAX_DEPTH, "default": 1},
        ),
        _parameter("size", "Articles on a page.", _SIZE),
        _switch("any", "Whether one of the words will do.", usual=False),
        _switch("widen", "Whether a question with few answers is asked again more loosely.", usual=True),
        _switch("fresh", "Whether of articles that answer alike the newer one stands first.", usual=True),
        _switch("fold", "Whether of several versions of a story one is a hit that has the others.", usual=True),
        _switch("explain", "Whether each hit says why it has its score.", usual=False),
    )
}

_ARTICLE: Final[Mapping[str, Schema]] = {
    "related": _parameter(
        "related",
        "With so many related articles at most, as the member related.",
        {"type": "integer", "minimum": 1, "maximum": MAX_SIZE},
    ),
}

_RELATED: Final[Mapping[str, Schema]] = {
    "id": _parameter("id", "The article that others are related to; either this or text.", _ID),
    "text": _parameter("text", "A draft in Italian instead: the title and the first sentences.", _TEXT),
    "site": _values("site", "Articles of this site."),
    "earlier": _switch("earlier", "Whether only articles published before it.", usual=False),
    "fresh": _switch("fresh", "Whether of articles that share alike the one nearer in time stands first.", usual=True),
    "size": _parameter("size", "Articles at most.", _SIZE),
}

_SUGGEST: Final[Mapping[str, Schema]] = {
    "q": _parameter("q", "What was typed so far.", _TEXT),
    "size": _parameter("size", "Suggestions at most.", _SIZE),
}

_HEADERS: Final[Mapping[str, Schema]] = {
    "ETag": {"description": "Another one whenever the answer may differ; weak.", "required": True, "schema": _TEXT},
    "Cache-Control": {"description": "How long the answer may be shown.", "required": True, "schema": _TEXT},
}

_STATUS: Final = {
    "400": ("WrongParameter", "A parameter is unknown, repeated, or not what it can be."),
    "404": ("NoSuchArticle", "The archive has no such article."),
    "429": ("TooManyRequests", "Too many requests came from this client; Retry-After says when to come back."),
    "503": ("Unavailable", "The archive cannot be used at the moment, or the question took too long."),
}


def _problems() -> Schema:
    content = {"application/problem+json": {"schema": _ref("schemas", "Problem")}}
    return {name: {"description": description, "content": content} for name, description in _STATUS.values()}


def _closed(properties: Schema, *, optional: Iterable[str] = ()) -> Schema:
    """An object with these members and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list_of(name: str, **more: Any) -> Schema:
    return {"type": "array", "items": _ref("schemas", name), **more}


_HIT: Final[Mapping[str, Schema]] = {
    "id": _ID,
    "url": _TEXT,
    "site": _TEXT,
    "section": {"type": "string", "description": 'A path, "A / B"; "" when unknown.'},
    "title": _TEXT,
    "lead": _TEXT,
    "authors": _TEXTS,
    "published": _PUBLISHED,
    "score": {"type": "number", "minimum": 0},
    "snippet": {"type": "string", "description": "HTML: escaped text, what matched inside <mark>."},
    "versions": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Version"},
        "maxItems": MOST_VERSIONS,
        "description": "The other articles found that tell the same story, first published first.",
    },
    "num_versions": {**_COUNT, "description": "How many of them there are in all."},
}


def _schemas() -> Schema:
    return {
        "Page": _closed(
            {
                "query": _TEXT,
                "understood": {"type": "string", "description": "How the question was read, in Italian."},
                "total": _COUNT,
                "took_ms": {"type": "number", "minimum": 0},
                "page": {"type": "integer", "minimum": 1, "maximum": MAX_DEPTH},
                "size": {"type": "integer", "minimum": 1, "maximum": MAX_SIZE},
                "hits": _list_of("Hit", maxItems=MAX_SIZE),
                "facets": _closed({facet: _list_of("Counted") for facet in (*FILTERED_FACETS, "year")}),
                "histogram": _list_of("Month"),
                "suggestion": {"type": ["string", "null"], "description": "The question that was probably meant."},
                "widened": {
                    "enum": ["stem", "any", None],
                    "description": "Which looser way was taken for want of answers: word families, some of the words.",
                },
                "now": {"type": "string", "format": "date", "description": "The day that freshness is reckoned from."},
                "generation": _COUNT,
                "fresh": {"type": "boolean", "description": "Whether freshness played a part in the order."},
                "stories": {
                    **_COUNT,
                    "description": "Hits on all pages, several versions of a story being one; total counts articles.",
                },
            }
        ),
        "Hit": _closed({**_HIT, "explanation": _ref("schemas", "Explanation")}, optional=("explanation",)),
        "RelatedHit": _closed(
            {**_HIT, "reasons": {**_TEXTS, "description": "The names and words that both have, the best first."}}
        ),
        "Related": _closed(
            {
                "hits": _list_of("RelatedHit", maxItems=MAX_SIZE),
                "took_ms": {"type": "number", "minimum": 0},
                "now": {"type": "string", "format": "date", "description": "The day that a draft is taken to be of."},
                "generation": _COUNT,
            }
        ),
        "Version": _closed({"id": _ID, "site": _TEXT, "title": _TEXT, "url": _TEXT, "published": _PUBLISHED}),
        "Explanation": _closed(
            {
                "value": {"type": "number", "description": "What it adds to the score, or multiplies it by."},
                "text": {"type": "string", "description": "What it is, in Italian."},
                "parts": _list_of("Explanation"),
            }
        ),
        "Counted": _closed({"value": _TEXT, "count": _COUNT}),
        "Month": _closed({"month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}, "count": _COUNT}),
        "Article": {
            "type": "object",
            "description": "Empty fields are left out; what else the article came with is there as it came.",
            "properties": {
                "id": _ID,
                "title": _TEXT,
                "body": _TEXT,
                "url": _TEXT,
                "site": _TEXT,
                "section": {**_TEXTS, "description": "From the general to the special."},
                "lead": _TEXT,
                "authors": _TEXTS,
                "tags": _TEXTS,
                "published": {"type": "string", "description": "ISO 8601, a date or a date-time."},
                "updated": {"type": "string", "description": "ISO 8601, a date or a date-time."},
                "reads": _COUNT,
                "related": _list_of("RelatedHit", description="Only when asked for."),
            },
            "required": ["id", "title", "body"],
            "additionalProperties": True,
        },
        "Suggestions": _closed({"query": _TEXT, "suggestions": {**_TEXTS, "maxItems": MAX_SIZE}}),
        "Sections": _closed({"sections": _list_of("Counted"), "sites": _list_of("Counted")}),
        "Problem": _closed(
            {
                "type": {"type": "string", "format": "uri-reference"},
                "title": _TEXT,
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string", "description": "One sentence: what was found and what is allowed."},
                "parameter": {"type": "string", "description": "The parameter that is wrong."},
                "allowed": {"type": "string", "description": "What it may be."},
            },
            optional=("parameter", "allowed"),
        ),
    }
