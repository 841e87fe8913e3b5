"""The application: pages, interface, health, and what every response carries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from flask import Flask, Response, g, make_response, render_template, request
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix

from index.errors import IndexUnavailable
from index.sections import join_steps, last_step, split_steps
from index.settings_file import read_settings
from search import wording
from search.archive import Archive
from search.errors import DeadlineExceeded
from search.page import Snippet
from web import messages, openapi
from web.addresses import public_url
from web.api import DESCRIPTION, PREFIX, Api, is_for_programs, json_response, problem
from web.caching import Caching
from web.cors import allow_origins
from web.desk import Desk
from web.discovery import Discovery
from web.feeds import Feeds
from web.health import Health
from web.links import path_of
from web.metrics import Metrics
from web.pages import ArticleIdConverter, Pages, address_of, article_address, author_address, section_address, unasked
from web.parameters import ITALIAN
from web.rate_limit import RateLimit, limit_requests
from web.request_log import about_request, log, log_requests
from web.settings import WebSettings
from web.skins import Skins, own_site, read_skins
from web.tally import Tally

# Scripts and styles are files of ours, so a text of an article that slipped through unescaped still could not run.
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}

_NOT_LISTED: Final = ("/cerca", "/suggerimenti", PREFIX, DESCRIPTION)
_ARTICLES: Final = "/articolo"

_HOST = re.compile(r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


def create_app(
    archive: Archive, settings: WebSettings | None = None, skins: Skins | None = None, *, tally: Tally | None = None
) -> Flask:
    """The site of an open archive, a WSGI application.

    Args:
        archive: stays open as long as the application serves; closing it is for the caller.
        settings: how it looks; the defaults of ``WebSettings`` when None.
        skins: how it looks under other names; the one of the settings when None.
        tally: where requests are counted when the settings ask for figures; a new one, of this process, when None.
    """
    settings = settings or WebSettings()
    skins = skins or Skins(settings)
    app = Flask(__name__)
    # An id may be an address: "https://..." must not be redirected to "https:/...".
    app.url_map.merge_slashes = False
    app.url_map.converters["article_id"] = ArticleIdConverter
    _set_up_templates(app, settings)
    app.register_blueprint(Pages(archive, settings, skins).blueprint())
    app.register_blueprint(Feeds(archive, settings).blueprint())
    interface = Api(archive).blueprint()
    interface.add_url_rule(DESCRIPTION, "openapi", openapi.answer)
    app.register_blueprint(interface)
    app.register_blueprint(Health(archive).blueprint())
    app.register_blueprint(Discovery(archive, settings).blueprint())
    if settings.desk:
        app.register_blueprint(Desk(archive, settings).blueprint())
    _add_error_pages(app, settings)
    _add_headers(app, settings)
    # In this order: what answers before a view does is timed and logged too.
    log_requests(app)
    if settings.metrics:
        Metrics(archive, tally or Tally()).add_to(app)
    app.before_request(_refuse_bad_host)
    _set_up_skins(app, archive, skins)
    if settings.requests_per_minute:
        limit_requests(app, RateLimit(settings.requests_per_minute), _is_not_counted)
    allow_origins(app, settings.cors_origins, is_for_programs)
    Caching(archive, settings, skins).add_to(app)
    if trusted := settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted, x_prefix=trusted
        )
    return app


def configured_app(archive: Archive, data_dir: Path) -> Flask:
    """The site of an open archive as the settings file in a data folder says.

    Raises:
        IndexUnavailable: the file cannot be read.
        SettingsUnreadable: the file has what is unknown, or a value out of bounds.
    """
    settings = read_settings(data_dir, "web", WebSettings)
    return create_app(archive, settings, read_skins(data_dir, settings))


def _set_up_templates(app: Flask, settings: WebSettings) -> None:
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        join_steps=join_steps,
        last_step=last_step,
        split_steps=split_steps,
        number=wording.number,
        percent=messages.percent,
        articles=wording.articles,
        stories=wording.stories,
        day=messages.day,
        moment=messages.moment,
        weekday=messages.weekday,
        marked=_marked,
        opening=messages.opening,
    )
    environment.globals.update(
        settings=settings,
        sorts=ITALIAN.sorts,
        path_of=path_of,
        public_url=public_url,
        address_of=address_of,
        article_address=article_address,
        author_address=author_address,
        section_address=section_address,
        searched_words=_searched_words,
    )


def _set_up_skins(app: Flask, archive: Archive, skins: Skins) -> None:
    def choose() -> None:
        g.skin = skins.of_host(request.host)
        g.own_site = own_site(archive, g.skin) if request.blueprint in ("pages", "feeds") else ""

    app.before_request(choose)
    # A page that says that a request cannot be answered may come before there is a skin.
    app.context_processor(lambda: {"skin": g.get("skin", skins.usual), "own_site": g.get("own_site", "")})


def _searched_words(path: str) -> str:
    """What an address that leads nowhere may have been about: the words of its last step."""
    return " ".join(re.findall(r"[^\W\d_]{2,}", path.rstrip("/").rpartition("/")[2].partition(".")[0]))


def _marked(text: Snippet) -> Markup:
    return Markup(text.html())  # noqa: S704  # Snippet.html escapes the text and adds only <mark>


def _refuse_bad_host() -> None:
    # What these give is made of addresses; releases of werkzeug differ in what they leave of a host that is no name.
    # A page has few, for programs and for citing, and is shown under the odd names that machines give each other.
    if request.blueprint in ("feeds", "discovery") and not _HOST.fullmatch(request.host):
        raise BadHost


def _is_not_counted() -> bool:
    """Whether a request is one that no client is refused: of a watcher, or for a file that belongs to a page."""
    return request.blueprint == "health" or request.endpoint in ("static", "metrics")


def _add_error_pages(app: Flask, settings: WebSettings) -> None:
    def unavailable(error: IndexUnavailable) -> Response:
        # The text of the error names a folder of this machine: it is for the log, not for a reader.
        log.error("unavailable: %s", error, extra={"fields": about_request()})
        if request.path == "/readyz":
            response = json_response({"status": "unavailable"}, status=503)
        elif is_for_programs(request.path):
            response = problem(503, "Service Unavailable", "the archive cannot be used at the moment; try again later")
        else:
            response = _message(503)
        response.headers["Retry-After"] = str(settings.retry_after_s)
        return response

    def too_slow(error: DeadlineExceeded) -> Response:
        log.warning("deadline: %s", error, extra={"fields": about_request()})
        if is_for_programs(request.path):
            return problem(503, "Service Unavailable", str(error))
        page = render_template(
            "message.html", title=messages.TOO_SLOW, sentence=messages.too_slow(error), asked=unasked(), status=503
        )
        return make_response(page, 503)

    def http_error(error: HTTPException) -> Response:
        status = error.code or InternalServerError.code
        if status < 400:
            return make_response(error.get_response())
        if is_for_programs(request.path):
            response = problem(status, error.name, (error.description or error.name).splitlines()[0])
        elif isinstance(error, BadHost):
            # A page has links, which cannot be made without a host.
            response = Response(messages.BAD_HOST + "\n", status=status, mimetype="text/plain")
        else:
            response = _message(status)
        kept = error.get_response().headers
        for name in ("Allow", "Retry-After"):
            if name in kept:
                response.headers[name] = kept[name]
        return response

    app.register_error_handler(IndexUnavailable, unavailable)
    app.register_error_handler(DeadlineExceeded, too_slow)
    app.register_error_handler(HTTPException, http_error)


def _message(status: int) -> Response:
    title, sentence = messages.STATUS.get(status, messages.STATUS[500 if status >= 500 else 400])
    page = render_template("message.html", title=title, sentence=sentence, asked=unasked(), status=status)
    return make_response(page, status)


def _add_headers(app: Flask, settings: WebSettings) -> None:
    not_listed = _NOT_LISTED if settings.articles_listed else (*_NOT_LISTED, _ARTICLES)

    def add(response: Response) -> Response:
        response.headers.extend(_HEADERS)
        if request.path.startswith(not_listed):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    app.after_request(add)
