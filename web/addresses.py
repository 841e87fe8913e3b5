"""Addresses of articles: the publisher's own, where it leads somewhere, and the one in this site."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

from index.sections import join_steps, split_steps

# Names that never lead to a site on the Internet (RFC 2606, 6761, 6762, 9476), such as those of the demo archive.
_NOWHERE: Final = frozenset({"example", "invalid", "test", "localhost", "local", "internal", "alt", "onion"})
_EXAMPLES: Final = frozenset({"example.com", "example.net", "example.org"})


def public_url(url: str) -> str | None:
    """The address when a reader's browser can follow it: http or https, and a host that can exist; else None."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    labels = host.split(".")
    if parts.scheme not in ("http", "https") or len(labels) < 2 or not all(labels):
        return None
    return None if labels[-1] in _NOWHERE or ".".join(labels[-2:]) in _EXAMPLES else url


def article_path(article_id: str, *, root: str = "articolo") -> str:
    """The end of an article's address in this site, from "articolo", or another root, on.

    Browsers resolve "." and ".." in a path, escaped or not, before they ask; an id with such a step goes as
    a parameter.
    """
    if any(step in (".", "..") for step in _steps(article_id)):
        return f"{root}?id={quote(article_id, safe='')}"
    return f"{root}/{quote(article_id, safe='/:@!$,;=~*')}"


def section_path(section: str) -> str | None:
    """The end of the address of a section, "A / B"; None where no path can be it.

    A slash within a name stands there as "%2F", escaped once more, since "A/B" and "A / B" may both be sections and
    servers take an escaped slash for a slash.
    """
    if _is_resolved(section):
        return None
    return "sezione/" + "/".join(quote(_without_slash(name)) for name in split_steps(section))


def section_of_path(path: str) -> str:
    """The section, "A / B", whose address ends so: what ``section_path`` has behind "sezione/", unescaped once."""
    return join_steps([_with_slash(name) for name in path.split("/")])


def _without_slash(name: str) -> str:
    # Only what would be taken for an escape is escaped itself: the address of "50%" is as it is elsewhere.
    return name.replace("%2", "%252").replace("/", "%2F")


def _with_slash(name: str) -> str:
    return re.sub("%2F|%252", lambda found: "/" if found[0] == "%2F" else "%2", name)


def author_path(author: str) -> str | None:
    """The end of the address of an author; None where no path can be it."""
    return None if _is_resolved(author) else "autore/" + quote(author)


def _is_resolved(text: str) -> bool:
    """Whether a browser, or a proxy, would take a step of it for the way to another address."""
    return any(step.strip() in ("", ".", "..") for step in _steps(text))


def _steps(text: str) -> list[str]:
    return text.replace("\\", "/").split("/")
