"""The pages: home, results, an article. What they say is in the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from werkzeug.routing import BaseConverter

from search.archive import Archive
from search.errors import QueryError
from web import clock, filters
from web.addresses import article_path
from web.errors import BackwardDates
from web.messages import ARTICLE_MISSING, PARAMETER_WRONG, explain, name_of
from web.parameters import ITALIAN, Asked, ask, read_asked
from web.settings import WebSettings


class ArticleIdConverter(BaseConverter):
    """Any text, slashes at its ends included: an id may be an address, "https://...", or begin with a slash."""

    regex = ".+"
    part_isolating = False


class Pages:
    """The views of the HTML pages on one archive."""

    def __init__(self, archive: Archive, settings: WebSettings) -> None:
        self._archive = archive
        self._settings = settings

    def blueprint(self) -> Blueprint:
        """The pages at their addresses."""
        blueprint = Blueprint("pages", __name__)
        blueprint.add_url_rule("/", "home", self.home)
        blueprint.add_url_rule("/cerca", "results", self.results)
        blueprint.add_url_rule("/articolo/<article_id:article_id>", "article", self.article)
        blueprint.add_url_rule("/articolo", "article_by_parameter", self.article_by_parameter)
        blueprint.register_error_handler(QueryError, self.explain_error)
        return blueprint

    def home(self) -> str:
        """What the archive has, and its latest articles."""
        nothing = Asked()
        page = self._archive.search("", sort="newest", size=self._settings.latest_size, now=clock.today())
        return render_template(
            "home.html",
            asked=nothing,
            page=page,
            sections=filters.choices("section", nothing, page, _address_of),
            sites=filters.choices("site", nothing, page, _address_of),
            newest_address=_address_of(replace(nothing, sort="newest")),
        )

    def results(self) -> str:
        """One page of results."""
        today = clock.today()
        asked = read_asked(request.args, ITALIAN, today=today)
        page = ask(self._archive, asked, size=self._settings.page_size, today=today)
        asked = filters.canonical(asked, page)
        if asked.size == self._settings.page_size:
            asked = replace(asked, size=None)
        first = replace(asked, page=1)
        return render_template(
            "results.html",
            asked=asked,
            page=page,
            choices={facet: filters.choices(facet, asked, page, _address_of) for facet in filters.FILTERS},
            chips=filters.chips(asked, _address_of),
            presets=filters.presets(asked, page, _address_of),
            stale_address=_address_of(replace(first, fresh=False)) if page.is_fresh else None,
            unfiltered_address=_address_of(Asked(query=asked.query, sort=asked.sort, size=asked.size)),
            any_address=None if asked.any_word else _address_of(replace(first, any_word=True)),
            exact_address=_address_of(replace(first, widen=False)),
            wide_address=None if asked.widen else _address_of(replace(first, widen=True)),
            suggestion_address=_address_of(replace(first, query=page.suggestion)) if page.suggestion else None,
            years=filters.years(asked, page, _address_of),
            bars=filters.bars(page),
            paging=filters.paging(asked, page, _address_of),
        )

    def article(self, article_id: str) -> str | Response:
        """One article as the archive keeps it."""
        article = self._archive.article(article_id)
        if article is None:
            title, sentence = ARTICLE_MISSING
            return make_response(render_template("message.html", title=title, sentence=sentence, asked=Asked()), 404)
        sections = [
            (step, _address_of(Asked(sections=(" / ".join(article.section[: depth + 1]),))))
            for depth, step in enumerate(article.section)
        ]
        return render_template(
            "article.html",
            asked=Asked(),
            article=article,
            sections=sections,
            site_address=_address_of(Asked(sites=(article.site,))),
            authors=[(author, _address_of(Asked(authors=(author,)))) for author in article.authors],
            tags=[(tag, _address_of(Asked(query=_tag_query(tag)))) for tag in article.tags],
            paragraphs=[line for line in article.body.split("\n") if line.strip()],
            extra=[(name, str(value)) for name, value in article.extra.items() if isinstance(value, str | int | float)],
        )

    def article_by_parameter(self) -> str | Response:
        """The same, for an id that cannot be part of an address's path."""
        article_id = request.args.get("id")
        if not article_id:
            abort(404)
        return self.article(article_id)

    def explain_error(self, error: QueryError) -> Response:
        """Status 400, the sentence that says why, and the search without what was wrong."""
        name = name_of(error)
        wrong = {name, ITALIAN.names["from"]} if isinstance(error, BackwardDates) else {name}
        others = [(key, value) for key, value in request.args.items(multi=True) if key not in wrong and value]
        shown = render_template(
            "message.html",
            title=PARAMETER_WRONG,
            sentence=explain(error, self._known),
            asked=Asked(query=request.args.get("q", "")),
            repeat_address=url_for("pages.results") + ("?" + urlencode(others) if others else ""),
        )
        return make_response(shown, 400)

    def _known(self, facet: str) -> Sequence[str]:
        return [counted.value for counted in self._archive.search("", size=1).facets[facet]]


def article_address(article_id: str) -> str:
    """The address of an article in this site."""
    return url_for("pages.home") + article_path(article_id)


def _address_of(asked: Asked) -> str:
    parameters = asked.query_string()
    return url_for("pages.results") + ("?" + parameters if parameters else "")


def _tag_query(tag: str) -> str:
    return 'tag:"' + tag.replace('"', " ") + '"'
