"""The results of a question as an Atom feed (RFC 4287), to be told of what is new.

It takes the parameters of the page of results; usually the newest come first, as many as the settings say. An entry is
known by the article's address in this site and leads to the publisher's own, where there is one.

Atom wants to know of each entry when it was changed. Of an article without a date nobody knows: it is given the
beginning of 1970, so that no reader takes it for news, and no date of publication.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, render_template, request, url_for

from index.dates import moment_of, rome
from index.sections import section_paths
from search.archive import Archive
from search.errors import QueryError
from search.page import Hit
from web import clock, filters
from web.addresses import article_path, public_url
from web.messages import explain
from web.parameters import ITALIAN, Asked, ask, read_asked, values_of
from web.settings import WebSettings
from web.skins import has_lost_own_site

MIMETYPE: Final = "application/atom+xml"
UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)

# What is no Char of XML 1.0; a reader refuses a feed that has one, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEPT_IN_ADDRESSES: Final = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as the feed shows it; moments as RFC 3339 writes them.

    Attributes:
        address: in this site; what the entry is known by.
        link: where it leads.
        published: None when unknown.
        sections: the section and those above it, from the general to the special.
    """

    address: str
    link: str
    title: str
    summary: str
    published: str | None
    updated: str
    authors: tuple[str, ...]
    sections: tuple[str, ...]


class Feeds:
    """The feeds from one archive."""

    def __init__(self, archive: Archive, settings: WebSettings) -> None:
        self._archive = archive
        self._settings = settings

    def blueprint(self) -> Blueprint:
        """The feeds at their addresses."""
        blueprint = Blueprint("feeds", __name__)
        blueprint.add_url_rule("/cerca/feed", "results", self.results)
        blueprint.register_error_handler(QueryError, self.explain_error)
        return blueprint

    def results(self) -> Response:
        """The results of a question."""
        today = clock.today()
        asked = read_asked(request.args, ITALIAN, today=today, own_site=g.own_site)
        if not request.args.get(ITALIAN.names["sort"], "").strip():
            asked = replace(asked, sort="newest")
        page = ask(self._archive, asked, size=self._settings.feed_size, today=today)
        asked = filters.canonical(asked, page)
        found = url_for("pages.results", _external=True)
        shown = render_template(
            "feed.xml",
            page=page,
            feed_id=_address(replace(asked, page=1, size=None), external=True),
            self_address=_address(asked, external=True),
            page_address=_with(found, replace(asked, page=1, size=None).query_string(g.own_site)),
            updated=self._updated(page.hits),
            entries=[_entry(hit) for hit in page.hits],
        )
        return Response(_FORBIDDEN.sub("", shown), mimetype=MIMETYPE)

    def explain_error(self, error: QueryError) -> Response:
        """Status 400 and the sentence that says why, as plain text: a program reads it."""
        if has_lost_own_site(error):
            return self.results()
        sentence = explain(error, lambda facet: values_of(self._archive, facet))
        return Response(sentence + "\n", status=400, mimetype="text/plain")

    def _updated(self, hits: Sequence[Hit]) -> str:
        """The latest change of an entry; of no entries, that of the archive."""
        changed = [moment for hit in hits if (moment := _changed(hit)) is not None]
        return rfc_3339(max(changed) if changed else self._archive.snapshot.created or UNDATED)


def feed_address(asked: Asked) -> str:
    """The address in this site of the feed of a question, the newest articles first."""
    return _address(replace(asked, page=1, size=None, sort="newest"), external=False)


def rfc_3339(moment: datetime) -> str:
    """A moment as Atom writes it, in Rome's zone; in UTC where Rome had its own solar time, which has seconds."""
    local = moment.astimezone(rome())
    offset = local.utcoffset()
    assert offset is not None
    return (local.astimezone(UTC) if offset.seconds % 60 else local).isoformat(timespec="seconds")


def _entry(hit: Hit) -> Entry:
    article = hit.article
    address = url_for("pages.home", _external=True) + article_path(article.article_id)
    original = public_url(article.url)
    changed = _changed(hit)
    return Entry(
        address=address,
        link=address if original is None else quote(original, safe=_KEPT_IN_ADDRESSES),
        title=article.title,
        summary=article.lead or hit.snippet.text,
        published=None if article.published is None else rfc_3339(moment_of(article.published)),
        updated=rfc_3339(UNDATED if changed is None else changed),
        authors=article.authors,
        sections=section_paths(article.section),
    )


def _changed(hit: Hit) -> datetime | None:
    """When the article was last changed, as far as it says so."""
    said = (hit.article.published, hit.article.updated)
    return max((moment_of(day) for day in said if day is not None), default=None)


def _address(asked: Asked, *, external: bool) -> str:
    # The order that is usual on a page is said here, and the one that is usual here is not.
    query = replace(asked, sort="relevance").query_string(g.own_site)
    if asked.sort != "newest":
        query += "&" * bool(query) + urlencode({ITALIAN.names["sort"]: ITALIAN.name_of_sort(asked.sort)})
    return _with(url_for("feeds.results", _external=external), query)


def _with(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address
