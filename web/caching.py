"""What browsers and proxies may keep: a tag for every answer, and how long it may be shown without asking again.

An answer depends on the archive (``Archive.stamp``), on the address, on the day in Rome (freshness, "ieri"), on the
settings and on the program. The tag is made of these, so that a repeated question costs no search: who sends the tag
back in ``If-None-Match`` is told 304 before the archive is asked. Tags are weak, since the same answer is not the same
bytes twice: ``took_ms`` differs, and a commit may come between the tag and the answer.

Static files are kept for a year under an address with a digest of their bytes, which changes with them.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, g, request

from search.archive import Archive
from web import clock
from web.settings import WebSettings
from web.skins import Skins

CACHED: Final = frozenset({"pages", "api", "feeds", "discovery"})
"""Blueprints whose answers depend on what the tag is made of, and on nothing else."""

YEAR_S: Final = 31_536_000

_PACKAGES: Final = tuple(Path(__file__).parents[1] / name for name in ("index", "search", "web"))


class Caching:
    """The tags of the answers from one archive."""

    def __init__(self, archive: Archive, settings: WebSettings, skins: Skins) -> None:
        self._archive = archive
        self._settings = settings
        self._look = repr((settings, skins.stamp))

    def add_to(self, app: Flask) -> None:
        """Have the application answer by tags, and say of every response how long it may be kept."""
        versions = _digests_below(Path(app.static_folder or ""))

        def name_version(endpoint: str, values: dict[str, Any]) -> None:
            if endpoint == "static" and values.get("filename") in versions:
                values.setdefault("v", versions[values["filename"]])

        def say_how_long(response: Response) -> Response:
            kept = response.cache_control
            if response.status_code not in (200, 304):
                kept.no_store = True
            elif request.endpoint == "static":
                # An address with another version, or none, must not keep today's file for a year.
                if request.args.get("v") == versions.get((request.view_args or {}).get("filename", "")):
                    kept.no_cache, kept.public, kept.max_age, kept.immutable = None, True, YEAR_S, True
                else:
                    kept.no_cache = True
            elif "tag" not in g:
                kept.no_store = True
            else:
                response.set_etag(g.tag, weak=True)
                if self._settings.cache_s:
                    kept.public, kept.max_age = True, self._settings.cache_s
                else:
                    kept.no_cache = True
            return response

        app.url_defaults(name_version)
        app.before_request(self._answer_by_tag)
        app.after_request(say_how_long)

    def _answer_by_tag(self) -> Response | None:
        """304 without a search, where whoever asks has the answer already."""
        if request.method not in ("GET", "HEAD") or request.blueprint not in CACHED:
            return None
        # Before the search: should a commit come between, the next question finds the tag too old, never too new.
        g.tag = self._tag()
        known = request.if_none_match
        # "*" stands for any answer, and only the search can tell whether there is one.
        if known.star_tag or not known.contains_weak(g.tag):
            return None
        unchanged = Response(status=304)
        # Whoever keeps the answer takes over the headers of this one: JSON must not become HTML by it.
        del unchanged.headers["Content-Type"]
        return unchanged

    def _tag(self) -> str:
        # With the name of the host, which feeds and lists of addresses have in them.
        asked = (request.url_root, request.path, request.query_string)
        parts = (self._archive.stamp, clock.today(), program_digest(), self._look, asked)
        return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


@cache
def program_digest() -> str:
    """A digest of the program's own files, since not every change of it comes with another version."""
    digest = blake2b(digest_size=8)
    for package in _PACKAGES:
        for name, one in _digests_below(package).items():
            digest.update(f"{name} {one}\n".encode())
    return digest.hexdigest()


def _digests_below(folder: Path) -> dict[str, str]:
    """Path below the folder -> digest of the bytes, without what running the program leaves there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        path.relative_to(folder).as_posix(): blake2b(path.read_bytes(), digest_size=8).hexdigest() for path in found
    }
