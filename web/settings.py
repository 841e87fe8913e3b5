"""The settings of the site, checked once where they are built and passed down."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import ConfigurationError
from search.question import MAX_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the site looks.

    Attributes:
        name: what it is called on every page; 1 to 60 characters, not blank.
        subtitle: one line under the name on the first page; up to 200 characters.
        page_size: articles on a page of results when the request names no number; 1 to 100.
        articles_shown: whether the site shows the articles that it keeps; False where all links are to lead to the
            publisher's own pages.
        contact: where a reader who cannot use the site may write, an address of e-mail or of a page; up to 200
            characters.
        latest_size: articles under "Ultime notizie"; 1 to 100.
        most_read_size: articles under "Più letti"; 1 to 100.
        choices_shown: values of a filter shown before the others are folded away; 1 to 100.
        choices_most: values of a filter in all, shown and folded away; what a page weighs depends on it; 1 to 100.
        retry_after_s: when to come back while the archive cannot be used, seconds; 1 to 3,600.
    """

    name: str = "Emeroteca"
    subtitle: str = "Tutti gli articoli dell’archivio, dal primo all’ultimo."
    articles_shown: bool = True
    contact: str = ""
    page_size: int = 10
    latest_size: int = 10
    most_read_size: int = 5
    choices_shown: int = 8
    choices_most: int = 16
    retry_after_s: int = 30

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 60:
            raise ConfigurationError("name", self.name, "1 to 60 characters")
        for setting in ("subtitle", "contact"):
            if len(getattr(self, setting)) > 200:
                raise ConfigurationError(setting, getattr(self, setting), "up to 200 characters")
        for setting, most in (
            ("page_size", MAX_SIZE),
            ("latest_size", MAX_SIZE),
            ("most_read_size", MAX_SIZE),
            ("choices_shown", 100),
            ("choices_most", 100),
            ("retry_after_s", 3_600),
        ):
            value = getattr(self, setting)
            if not 1 <= value <= most:
                raise ConfigurationError(setting, value, f"1 to {most}")
