"""The editors' desk, ``/redazione``: of a pasted draft the archive says who told it, what to link, where to file it.

It is for a newsroom, not for readers: it is there only where a setting says so, and asks for a shared secret unless a
proxy in front keeps others out. A draft comes in the body of a request, which no log has, and nothing of it is kept.
"""

from __future__ import annotations

import hmac
import re
from typing import Final, NamedTuple

from flask import Blueprint, Response, make_response, render_template, request, url_for
from markupsafe import escape
from werkzeug.exceptions import RequestEntityTooLarge

from index.article import Article
from search.archive import Archive
from search.errors import MAX_DRAFT_CHARS, InvalidDraft
from web import clock
from web.addresses import article_path, public_url
from web.messages import DRAFT_FAULTS
from web.pages import unasked
from web.settings import WebSettings

FIELD: Final = "bozza"

MOST_DRAFT_BYTES: Final = 12 * MAX_DRAFT_CHARS
"""Of a request with a draft: a form escapes each of up to four bytes of a character as three."""

_MARKDOWN_SIGNS: Final = re.compile(r"([\\`*_\[\]<>])")


class Link(NamedTuple):
    """A link as an editor can copy it.

    Attributes:
        anchor: the words that carry it.
        article: where it leads.
        html, markdown: the link, ready for a text.
    """

    anchor: str
    article: Article
    html: str
    markdown: str


class Desk:
    """The view of the desk on one archive."""

    def __init__(self, archive: Archive, settings: WebSettings) -> None:
        self._archive = archive
        self._settings = settings

    def blueprint(self) -> Blueprint:
        """The desk at its address; every answer of it is for this reader and this moment."""
        blueprint = Blueprint("desk", __name__)
        blueprint.add_url_rule("/redazione", "draft", self.draft, methods=["GET", "POST"])
        blueprint.before_request(self._ask_for_secret)
        return blueprint

    def _ask_for_secret(self) -> Response | None:
        secret = self._settings.desk_secret
        given = request.authorization.password if request.authorization else None
        if not secret or hmac.compare_digest((given or "").encode(), secret.encode()):
            return None
        page = self._page(fault=DRAFT_FAULTS["secret"])
        return make_response(page, 401, {"WWW-Authenticate": 'Basic realm="Redazione", charset="UTF-8"'})

    def draft(self) -> str | Response:
        """The form, and what the archive says of the draft in it."""
        request.max_content_length = request.max_form_memory_size = MOST_DRAFT_BYTES
        if request.method != "POST":
            return self._page()
        draft = ""
        try:
            draft = request.form.get(FIELD, "")
            report = self._archive.check_draft(draft, size=self._settings.page_size, now=clock.today())
        except RequestEntityTooLarge:
            return make_response(self._page(fault=DRAFT_FAULTS["long"]), 400)
        except InvalidDraft as error:
            shown = draft if error.fault in ("empty", "foreign") else ""
            return make_response(self._page(shown, fault=DRAFT_FAULTS[error.fault]), 400)
        return self._page(
            draft,
            report=report,
            background=[(hit, self._link(hit.article, hit.article.title)) for hit in report.background],
            links=[self._link(link.article, link.anchor) for link in report.links],
        )

    def _page(self, draft: str = "", **shown: object) -> str:
        return render_template("desk.html", asked=unasked(), draft=draft, **({"fault": None, "report": None} | shown))

    def _link(self, article: Article, anchor: str) -> Link:
        own = url_for("pages.home", _external=True) + article_path(article.article_id)
        address = public_url(article.url) or own
        return Link(
            anchor=anchor,
            article=article,
            html=f'<a href="{escape(address)}">{escape(anchor)}</a>',
            markdown=_markdown(anchor, address),
        )


def _markdown(anchor: str, address: str) -> str:
    """A link in Markdown; brackets and blanks in an address would end it."""
    words = _MARKDOWN_SIGNS.sub(lambda sign: "\\" + sign[0], anchor)
    target = address.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    return f"[{words}]({target})"
