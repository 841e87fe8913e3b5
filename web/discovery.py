"""How browsers and crawlers find their way: OpenSearch, suggestions for a browser's search box, robots and sitemaps.

A sitemap lists the pages that search engines may list. Usually that is the first page alone, ``/sitemap-0.xml``: of an
article the publisher's own page is the one to be found, and the archive's is a copy. Where the settings say that
articles are listed, ``/sitemap-1.xml`` and the following have them, read from columns of the index as they are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from markupsafe import escape

from index.dates import day_in_rome
from index.snapshot import Snapshot
from search.archive import Archive
from search.errors import QueryError
from web.addresses import article_path
from web.api import json_response
from web.messages import explain
from web.parameters import check_names, read_single
from web.settings import WebSettings

MOST_URLS: Final = 50_000
MOST_URL_CHARS: Final = 2_048
"""Both are bounds of the protocol (sitemaps.org); an article of a longer address is left out."""

OPENSEARCH_MIMETYPE: Final = "application/opensearchdescription+xml"
SUGGESTIONS_MIMETYPE: Final = "application/x-suggestions+json"

_MOST_NAME_CHARS: Final = 16  # of a ShortName, in the standard
_XML: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"

# Nothing is forbidden: a crawler that may not fetch a page never sees that it must not list it.
_ROBOTS: Final = """\
# Search results, and what else is not to be listed, say "noindex" in X-Robots-Tag; a crawler must be able to read that.
User-agent: *
Disallow:

Sitemap: {sitemap}
"""


class Discovery:
    """The views for browsers and crawlers on one archive."""

    def __init__(self, archive: Archive, settings: WebSettings) -> None:
        self._archive = archive
        self._settings = settings

    def blueprint(self) -> Blueprint:
        """The views at their addresses."""
        blueprint = Blueprint("discovery", __name__)
        blueprint.add_url_rule("/opensearch.xml", "opensearch", self.opensearch)
        blueprint.add_url_rule("/suggerimenti", "suggestions", self.suggestions)
        blueprint.add_url_rule("/robots.txt", "robots", self.robots)
        blueprint.add_url_rule("/sitemap.xml", "sitemaps", self.sitemaps)
        blueprint.add_url_rule("/sitemap-<int:number>.xml", "sitemap", self.sitemap)
        blueprint.register_error_handler(QueryError, self.explain_error)
        return blueprint

    def opensearch(self) -> Response:
        """What a browser needs to make the archive one of its search engines."""
        shown = render_template("opensearch.xml", short_name=g.skin.name.strip()[:_MOST_NAME_CHARS].strip())
        return Response(shown, mimetype=OPENSEARCH_MIMETYPE)

    def suggestions(self) -> Response:
        """What may be asked that begins with what was typed: a list of that and of a list, as browsers want it."""
        check_names(request.args, ("q",))
        typed = read_single(request.args, "q")
        return json_response([typed, list(self._archive.suggest(typed))], mimetype=SUGGESTIONS_MIMETYPE)

    def explain_error(self, error: QueryError) -> Response:
        """Status 400 and the sentence that says why, as plain text."""
        return Response(explain(error, lambda _: ()) + "\n", status=400, mimetype="text/plain")

    def robots(self) -> Response:
        """What crawlers are told first."""
        sitemap = url_for("discovery.sitemaps", _external=True)
        return Response(_ROBOTS.format(sitemap=sitemap), mimetype="text/plain")

    def sitemaps(self) -> Response:
        """The list of sitemaps."""
        snapshot = self._archive.snapshot
        changed = _changed(snapshot)
        # A list, since an address can be made only as long as the request is there.
        addresses = [
            (url_for("discovery.sitemap", number=number, _external=True), changed)
            for number in range(self._last(snapshot) + 1)
        ]
        return _streamed("sitemapindex", "sitemap", addresses)

    def sitemap(self, number: int) -> Response:
        """One sitemap: the first page, or as many articles as one may have."""
        snapshot = self._archive.snapshot
        home = url_for("pages.home", _external=True)
        if number == 0:
            return _streamed("urlset", "url", [(home, _changed(snapshot))])
        if number > self._last(snapshot):
            abort(404)
        articles = snapshot.listed((number - 1) * MOST_URLS, MOST_URLS)
        return _streamed("urlset", "url", ((home + article_path(one), published) for one, published in articles))

    def _last(self, snapshot: Snapshot) -> int:
        """The number of the last sitemap."""
        return -(-snapshot.totals.num_docs // MOST_URLS) if self._settings.articles_listed else 0


def _changed(snapshot: Snapshot) -> date | None:
    """The day of the last commit."""
    return None if snapshot.created is None else day_in_rome(snapshot.created)


def _streamed(root: str, element: str, addresses: Iterable[tuple[str, date | None]]) -> Response:
    """A list of addresses, each with the day of its last change where that is known.

    Args:
        root, element: the element around all of them, and around each.
    """

    def lines() -> Iterator[str]:
        yield f'{_XML}<{root} xmlns="{_NAMESPACE}">\n'
        for address, changed in addresses:
            if len(address) <= MOST_URL_CHARS:
                lastmod = "" if changed is None else f"<lastmod>{changed.isoformat()}</lastmod>"
                yield f"<{element}><loc>{escape(address)}</loc>{lastmod}</{element}>\n"
        yield f"</{root}>\n"

    return Response(lines(), mimetype="application/xml")
