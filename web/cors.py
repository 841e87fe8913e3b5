"""Which pages of other sites may ask the JSON interface from a reader's browser (CORS, as the Fetch standard has it).

Nothing here is secret: whoever can reach the interface reads the same without a browser. It is for the operator to say
on whose pages the archive is shown, and by default it is on none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request

from web.settings import EVERY_ORIGIN

DAY_S: Final = 86_400

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": str(DAY_S),
}


def allow_origins(app: Flask, origins: tuple[str, ...], is_shared: Callable[[str], bool]) -> None:
    """Have the application let pages of these origins read some of its answers; without an origin nothing changes.

    Args:
        origins: as browsers send them, or "*" alone for all.
        is_shared: whether the answers at a path may be read.
    """
    if not origins:
        return

    def answer_preflight() -> Response | None:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not is_preflight or request.routing_exception is not None or not is_shared(request.path):
            return None
        return Response(status=204, headers=_PREFLIGHT)

    def allow(response: Response) -> Response:
        if is_shared(request.path):
            if origins == (EVERY_ORIGIN,):
                allowed = EVERY_ORIGIN
            else:
                # Also where it is not allowed: a cache must not give that answer to who is.
                response.vary.add("Origin")
                allowed = request.headers.get("Origin", "")
            if allowed in origins:
                response.headers["Access-Control-Allow-Origin"] = allowed
                response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        return response

    app.before_request(answer_preflight)
    app.after_request(allow)
