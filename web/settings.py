"""The settings of the site, checked once where they are built and passed down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from index.errors import ConfigurationError
from search.question import MAX_SIZE

EVERY_ORIGIN: Final = "*"

# As a browser sends it, so that it can be compared sign by sign.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the site looks.

    Attributes:
        name: what it is called on every page; 1 to 60 characters, not blank.
        subtitle: one line under the name on the first page; up to 200 characters.
        page_size: articles on a page of results when the request names no number; 1 to 100.
        articles_shown: whether the site shows the articles that it keeps; False where links are to lead to the
            publisher's own pages, of all articles that have one.
        contact: where a reader who cannot use the site may write, an address of e-mail or of a page; up to 200
            characters.
        latest_size: articles under "Ultime notizie"; 1 to 100.
        most_read_size: articles under "Più letti"; 1 to 100.
        related_size: articles under "Notizie correlate" at most; 0, for none, to 100.
        choices_shown: values of a filter shown before the others are folded away; 1 to 100.
        choices_most: values of a filter in all, shown and folded away; what a page weighs depends on it; 1 to 100.
        retry_after_s: when to come back while the archive cannot be used, seconds; 1 to 3,600.
        feed_size: articles of a feed when the request names no number; 1 to 100.
        cache_s: how long browsers and proxies may show an answer without asking again, seconds; 0 to 86,400. A new
            article may be seen that much later.
        cors_origins: sites whose pages may ask the JSON interface from a reader's browser, such as
            "https://www.gazzetta.it"; ("*",) for all of them. Up to 100.
        requests_per_minute: how often one address may ask, at once or in a minute; 0 to 100,000. 0, which is usual, is
            without a limit: behind a proxy that ``proxies`` does not tell of, all readers have one address. Each of
            several ``processes`` counts for itself, so that a client may get as many times as much.
        proxies: how many proxies stand in front, whose X-Forwarded-For, -Proto, -Host and -Prefix are believed; 0 to
            10. Each of them must set all four.
        articles_listed: whether search engines may list the archive's own pages of articles, and the sitemap has them;
            usually not, since the publisher's own page is the one to be found.
        processes: processes of ``emeroteca serve``, which share its address; 1 to 64.
        threads: requests that each of them answers at the same time; 1 to 256.
        desk: whether editors can check their drafts at ``/redazione``.
        desk_secret: the password that the desk asks for, with any name; 8 to 200 characters, or "" where a proxy in
            front keeps others out.
        metrics: whether ``/metrics`` tells figures for Prometheus.
    """

    name: str = "Emeroteca"
    subtitle: str = "Tutti gli articoli dell’archivio, dal primo all’ultimo."
    articles_shown: bool = True
    contact: str = ""
    page_size: int = 10
    latest_size: int = 10
    most_read_size: int = 5
    related_size: int = 5
    choices_shown: int = 8
    choices_most: int = 16
    retry_after_s: int = 30
    feed_size: int = 30
    cache_s: int = 60
    cors_origins: tuple[str, ...] = ()
    requests_per_minute: int = 0
    proxies: int = 0
    articles_listed: bool = False
    processes: int = 1
    threads: int = 8
    desk: bool = False
    desk_secret: str = field(default="", repr=False)  # tags of public answers are made of the others
    metrics: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 60:
            raise ConfigurationError("name", self.name, "1 to 60 characters")
        for setting in ("subtitle", "contact"):
            if len(getattr(self, setting)) > 200:
                raise ConfigurationError(setting, getattr(self, setting), "up to 200 characters")
        if self.desk_secret and not 8 <= len(self.desk_secret) <= 200:
            # The secret itself is not shown.
            raise ConfigurationError("desk_secret", "...", '8 to 200 characters, or "" without one')
        for setting, least, most in (
            ("page_size", 1, MAX_SIZE),
            ("latest_size", 1, MAX_SIZE),
            ("most_read_size", 1, MAX_SIZE),
            ("related_size", 0, MAX_SIZE),
            ("choices_shown", 1, 100),
            ("choices_most", 1, 100),
            ("retry_after_s", 1, 3_600),
            ("feed_size", 1, MAX_SIZE),
            ("cache_s", 0, 86_400),
            ("requests_per_minute", 0, 100_000),
            ("proxies", 0, 10),
            ("processes", 1, 64),
            ("threads", 1, 256),
        ):
            value = getattr(self, setting)
            if not least <= value <= most:
                raise ConfigurationError(setting, value, f"{least} to {most}")
        if self.articles_listed and not self.articles_shown:
            raise ConfigurationError("articles_listed", True, "false where articles_shown is false")
        if self.cors_origins != (EVERY_ORIGIN,) and (
            len(self.cors_origins) > 100 or not all(map(_ORIGIN.fullmatch, self.cors_origins))
        ):
            allowed = 'up to 100 origins such as "https://www.gazzetta.it", in small letters and without a path, or "*"'
            raise ConfigurationError("cors_origins", self.cors_origins, allowed)
