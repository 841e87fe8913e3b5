"""The pages: home, results, an article, a section, an author, help. What they say is in the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import unquote, urlencode

from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.routing import BaseConverter

from index.article import Article
from index.sections import is_below, last_step, path_below, section_above, section_paths, split_steps
from search.archive import Archive
from search.errors import DeadlineExceeded, QueryError, UnknownArticle, UnknownValue
from search.page import FacetCount, MarkedArticle, Page, RelatedHit, Snippet
from web import clock, filters
from web.addresses import article_path, author_path, public_url, section_of_path, section_path
from web.citation import reference
from web.errors import BackwardDates
from web.feeds import feed_address
from web.linked_data import news_article, web_site
from web.links import Links, path_of
from web.messages import ARTICLE_MISSING, NAME_MISSING, PARAMETER_WRONG, explain, name_of
from web.parameters import ITALIAN, Asked, ask, piece, read_asked, values_of
from web.settings import WebSettings
from web.skins import PICTURES, Skin, Skins, has_lost_own_site

_MOST_READ_DAYS: Final = 30
"""What was read most long ago is no news: an article older than this is not among the most read of the first page."""


class ArticleIdConverter(BaseConverter):
    """Any text, slashes at its ends included: an id may be an address, "https://...", or begin with a slash."""

    regex = ".+"
    part_isolating = False


class Pages:
    """The views of the HTML pages on one archive."""

    def __init__(self, archive: Archive, settings: WebSettings, skins: Skins) -> None:
        self._archive = archive
        self._settings = settings
        self._skins = skins

    def blueprint(self) -> Blueprint:
        """The pages at their addresses."""
        blueprint = Blueprint("pages", __name__)
        blueprint.add_url_rule("/", "home", self.home)
        blueprint.add_url_rule("/cerca", "results", self.results)
        blueprint.add_url_rule("/articolo/<article_id:article_id>", "article", self.article)
        blueprint.add_url_rule("/articolo", "article_by_parameter", self.article_by_parameter)
        blueprint.add_url_rule("/sezione/<path:path>", "section", self.section)
        blueprint.add_url_rule("/autore/<path:name>", "author", self.author)
        blueprint.add_url_rule("/aiuto", "help", self.help)
        blueprint.add_url_rule("/accessibilita", "accessibility", self.accessibility)
        blueprint.add_url_rule("/aspetto.css", "skin_css", self.skin_css)
        blueprint.add_url_rule("/marchio", "logo", self.logo)
        blueprint.register_error_handler(QueryError, self.explain_error)
        return blueprint

    def home(self) -> str:
        """What the archive has: its latest articles, the most read, sections and sites."""
        today = clock.today()
        nothing = unasked()
        to = Links(nothing, path_of("pages.results"), g.own_site).to
        page = self._archive.search("", sites=nothing.sites, sort="newest", size=self._settings.latest_size, now=today)
        return render_template(
            "home.html",
            asked=nothing,
            page=page,
            most_read=self._most_read(nothing, today),
            sections=filters.choices("section", nothing, page, _section_of, self._settings),
            sites=None if nothing.sites else filters.choices("site", nothing, page, to, self._settings),
            newest_address=to(sort="newest"),
            linked_data=web_site(
                g.skin.name, url_for("pages.home", _external=True), url_for("pages.results", _external=True)
            ),
        )

    def _most_read(self, asked: Asked, today: date) -> Sequence[Article]:
        since = today - timedelta(days=_MOST_READ_DAYS)
        return self._archive.most_read(size=self._settings.most_read_size, since=since, sites=asked.sites)

    def results(self) -> str:
        """One page of results."""
        today = clock.today()
        asked = read_asked(request.args, ITALIAN, today=today, own_site=g.own_site)
        page = ask(self._archive, asked, size=self._settings.page_size, today=today)
        asked = filters.canonical(asked, page)
        if asked.size == self._settings.page_size:
            asked = replace(asked, size=None)
        to = Links(asked, path_of("pages.results"), g.own_site).to
        return render_template(
            "results.html",
            asked=asked,
            page=page,
            choices={facet: filters.choices(facet, asked, page, to, self._settings) for facet in filters.FILTERS},
            chips=filters.chips(asked, to),
            presets=filters.presets(asked, to),
            timeline=filters.timeline(asked, page, to),
            paging=filters.paging(page, to),
            feed_address=feed_address(asked),
            unfiltered_address=address_of(
                Asked(query=asked.query, sort=asked.sort, size=asked.size, sites=unasked().sites)
            ),
            any_address=None if asked.any_word else to(any_word=True),
            exact_address=to(widen=False),
            wide_address=None if asked.widen else to(widen=True),
            stale_address=to(fresh=False) if page.is_fresh else None,
            unfolded_address=to(fold=False) if page.stories < page.total else None,
            explained_address=to(explain=not asked.explain, page=asked.page),
            every_site_address=to(sites=()) if g.own_site in asked.sites else None,
            suggestion_address=to(query=page.suggestion) if page.suggestion else None,
        )

    def article(self, article_id: str) -> str | Response:
        """One article as the archive keeps it, with the words of the search that it was found by."""
        query = request.args.get("q", "").strip()
        if not self._settings.articles_shown:
            kept = self._archive.article(article_id)
            elsewhere = None if kept is None else public_url(kept.url)
            if elsewhere is not None:
                return make_response(redirect(elsewhere, 302))
        found = self._marked(article_id, query)
        if found is None:
            title, sentence = ARTICLE_MISSING
            page = render_template("message.html", title=title, sentence=sentence, asked=unasked(), status=404)
            return make_response(page, 404)
        article = found.article
        original = public_url(article.url)
        permalink = url_for("pages.home", _external=True) + article_path(article.article_id)
        return render_template(
            "article.html",
            asked=replace(unasked(), query=query),
            article=article,
            title=found.title,
            lead=found.lead,
            paragraphs=[line for line in found.body.lines() if line.text.strip()],
            back_address=address_of(replace(unasked(), query=query)) if query else None,
            original=original,
            sections=_steps(article.section),
            site_address=address_of(Asked(sites=(article.site,), sort="newest")),
            authors=[(author, author_address(author)) for author in article.authors],
            tags=[(tag, address_of(replace(unasked(), query=_tag_query(tag)))) for tag in article.tags],
            # What a CMS notes for itself, such as true and false, says nothing to a reader.
            extra=[(name, value) for name, value in article.extra.items() if isinstance(value, str) and value],
            related=self._related(article.article_id),
            permalink=permalink,
            reference=reference(article, original or permalink, today=clock.today()),
            linked_data=news_article(article, original or permalink, g.skin.name),
        )

    def _marked(self, article_id: str, query: str) -> MarkedArticle | None:
        if query:
            try:
                return self._archive.marked(article_id, query, now=clock.today())
            except DeadlineExceeded:
                pass  # the article itself is there at once
        article = self._archive.article(article_id)
        if article is None:
            return None
        title, lead, body = (Snippet(text=text) for text in (article.title, article.lead, article.body))
        return MarkedArticle(article=article, title=title, lead=lead, body=body)

    def _related(self, article_id: str) -> tuple[RelatedHit, ...]:
        """What is shown beside an article; nothing where it was removed a moment ago."""
        if not self._settings.related_size:
            return ()
        try:
            return self._archive.related(
                article_id=article_id, sites=unasked().sites, size=self._settings.related_size, now=clock.today()
            ).hits
        except UnknownArticle:
            return ()

    def article_by_parameter(self) -> str | Response:
        """The same, for an id that cannot be part of an address's path."""
        article_id = request.args.get("id")
        if not article_id:
            abort(404)
        return self.article(article_id)

    def section(self, path: str) -> str | Response:
        """A section: what is new in it, and the sections below it."""
        # A name with a slash of its own, "AI/ML", is found by it too, and is then sent to its address.
        for name in dict.fromkeys((section_of_path(path), path)):
            found = self._newest(Asked(sections=(name,), sites=unasked().sites, sort="newest"))
            if found is not None:
                return self._listing(*found, "section")
        return self._unknown("section", path)

    def author(self, name: str) -> str | Response:
        """An author: the newest articles, and where they stand."""
        found = self._newest(Asked(authors=(name,), sites=unasked().sites, sort="newest"))
        return self._unknown("author", name) if found is None else self._listing(*found, "author")

    def _newest(self, asked: Asked) -> tuple[Asked, Page] | None:
        """The newest articles of a value, under the name that the archive has for it; None where it has none."""
        today = clock.today()
        try:
            page = ask(self._archive, asked, size=self._settings.page_size, today=today)
        except UnknownValue as error:
            if error.parameter == "site":
                raise
            return None
        return (filters.canonical(asked, page), page) if page.total else None

    def _listing(self, asked: Asked, page: Page, facet: str) -> str | Response:
        names = asked.sections if facet == "section" else asked.authors
        if len(names) == 1:
            address = section_address(names[0]) if facet == "section" else author_address(names[0])
            has_page = not address.startswith(url_for("pages.results"))
            if has_page and unquote(address) != request.script_root + request.path:
                return make_response(redirect(address, 301))  # one address for one page
        return render_template(
            "listing.html",
            asked=replace(asked, sort="relevance"),
            page=page,
            facet=facet,
            names=names,
            above=_steps(split_steps(names[0]))[:-1] if facet == "section" and len(names) == 1 else [],
            below=_below(names, self._archive.facet("section", sites=asked.sites)) if facet == "section" else [],
            others=self._beside(asked, page, facet),
            newest_address=address_of(asked),
        )

    def _beside(self, asked: Asked, page: Page, facet: str) -> list[tuple[str, filters.Choices]]:
        shown = (("author", "Chi ne scrive"),) if facet == "section" else (("section", "Sezioni"), ("site", "Testate"))
        to = Links(asked, path_of("pages.results"), g.own_site).to
        found = ((title, filters.choices(other, asked, page, to, self._settings)) for other, title in shown)
        return [(title, choices) for title, choices in found if choices.shown]

    def _unknown(self, facet: str, name: str) -> Response:
        title, sentence = NAME_MISSING[facet]
        search = address_of(replace(unasked(), query=name.replace("/", " ")))
        page = render_template(
            "message.html",
            title=title,
            sentence=sentence.format(name=name),
            asked=unasked(),
            status=404,
            search=(name, search),
        )
        return make_response(page, 404)

    def help(self) -> str:
        """How to search, with examples that can be tried."""
        # Examples of sections that the archive has: one that finds nothing teaches nothing.
        sections = self._archive.search("", sites=unasked().sites, size=1).facets["section"]
        section = last_step(sections[0].value) if sections else "tecnologia"
        return render_template(
            "help.html",
            asked=unasked(),
            try_address=_try_address,
            section=f'"{section}"' if " " in section else section,
        )

    def accessibility(self) -> str:
        """What the site does for readers who use it otherwise than with eyes and mouse, and what it does not."""
        return render_template("accessibility.html", asked=unasked(), contact=self._settings.contact)

    def skin_css(self) -> Response:
        """The colours of the skin."""
        return Response(g.skin.css(), mimetype="text/css")

    def logo(self) -> Response:
        """The picture of the skin."""
        skin: Skin = g.skin
        if not skin.logo or self._skins.folder is None:
            abort(404)
        path = self._skins.folder.absolute() / skin.logo
        if not path.is_file():
            abort(404)
        return Response(path.read_bytes(), mimetype=PICTURES[path.suffix])

    def explain_error(self, error: QueryError) -> Response:
        """Status 400, the sentence that says why, and the search without what was wrong."""
        if has_lost_own_site(error):
            return make_response(
                current_app.ensure_sync(current_app.view_functions[request.endpoint or ""])(**request.view_args or {})
            )
        name = name_of(error)
        wrong = {name, ITALIAN.names["from"]} if isinstance(error, BackwardDates) else {name}
        others = [(key, value) for key, value in request.args.items(multi=True) if key not in wrong and value]
        shown = render_template(
            "message.html",
            title=PARAMETER_WRONG,
            sentence=explain(error, lambda facet: values_of(self._archive, facet)),
            asked=replace(unasked(), query=request.args.get("q", "")),
            status=400,
            repeat_address=url_for("pages.results") + ("?" + urlencode(others) if others else ""),
        )
        return make_response(shown, 400)


def article_address(article_id: str, query: str = "") -> str:
    """The address of an article in this site; with a query its words are marked there."""
    address = path_of("pages.home") + article_path(article_id)
    return address + ("&" if "?" in address else "?") + piece("query", query) if query.strip() else address


def section_address(section: str) -> str:
    """The address of a section's page, "A / B"."""
    path = section_path(section)
    return address_of(Asked(sections=(section,), sort="newest")) if path is None else path_of("pages.home") + path


def _section_of(*, sections: tuple[str, ...] = (), without_sections: tuple[str, ...] = ()) -> str:
    """The page of the section that a link would set on a page that asks nothing; none is left out there."""
    return section_address(sections[0]) if sections and not without_sections else ""


def author_address(author: str) -> str:
    """The address of an author's page."""
    path = author_path(author)
    return address_of(Asked(authors=(author,), sort="newest")) if path is None else path_of("pages.home") + path


def address_of(asked: Asked) -> str:
    """The address of a page of results."""
    return Links(asked, path_of("pages.results"), g.own_site).to(page=asked.page)


def _try_address(query: str) -> str:
    return address_of(replace(unasked(), query=query))


def unasked() -> Asked:
    """The question of a page that asks nothing: of the skin's own site, where it has one."""
    return Asked(sites=(own,) if (own := g.get("own_site", "")) else ())


def _steps(section: Sequence[str]) -> list[tuple[str, str]]:
    """The steps of a section, each with the address of the section that ends there."""
    return list(zip(section, map(section_address, section_paths(section)), strict=True))


def _below(names: Sequence[str], counted: Sequence[FacetCount]) -> list[tuple[str, int, str]]:
    """The sections directly below some: what they are called there, their articles, their address."""
    found = []
    for name in names:
        for value, count in counted:
            if is_below(value, name) and not section_above(label := path_below(value, name)):
                found.append((label, count, section_address(value)))
    return found


def _tag_query(tag: str) -> str:
    return 'tag:"' + tag.replace('"', " ") + '"'
