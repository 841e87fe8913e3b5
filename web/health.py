"""For whoever watches the service: whether the process lives, and whether the archive can be searched."""

from __future__ import annotations

from flask import Blueprint, Response

from search.archive import Archive
from web import clock
from web.api import json_response


class Health:
    """The views for watchers on one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def blueprint(self) -> Blueprint:
        """The views at their addresses."""
        blueprint = Blueprint("health", __name__)
        blueprint.add_url_rule("/healthz", "lives", self.lives)
        blueprint.add_url_rule("/readyz", "ready", self.ready)
        return blueprint

    def lives(self) -> Response:
        """Answered as long as the process does."""
        return json_response({"status": "ok"})

    def ready(self) -> Response:
        """What is served, and how many seconds ago it was committed: null for an archive without a commit."""
        snapshot = self._archive.snapshot
        return json_response(
            {
                "status": "ok",
                "generation": snapshot.generation,
                "age_s": clock.age_s(snapshot.created),
                "articles": snapshot.totals.num_docs,
            }
        )
