"""The log of requests: what was asked for and how long it took, and nothing of who asked, or what.

A path is logged without its query, which holds the words of a reader, and no header is: neither an address nor what
came before. Whoever needs the addresses of readers, against an attack, has them in the proxy in front.
"""

from __future__ import annotations

import logging
import re
import time

from flask import Flask, Response, g, request

log = logging.getLogger("emeroteca.web")

# What waitress calls a connection when it complains: <waitress.channel.HTTPChannel connected 192.0.2.7:50412 at 0x7>
_CONNECTION = re.compile(r"<waitress\.[^<>]*>")


def log_requests(app: Flask) -> None:
    """Have the application tell every request that it has answered."""

    def begin() -> None:
        g.began_s = time.perf_counter()

    def tell(response: Response) -> Response:
        took_ms = round(1_000 * (time.perf_counter() - g.began_s), 1) if "began_s" in g else None
        log.info("request", extra={"fields": about_request() | {"status": response.status_code, "ms": took_ms}})
        return response

    app.before_request(begin)
    app.after_request(tell)


def about_request() -> dict[str, object]:
    """What may be logged of the request that is being answered."""
    return {"method": request.method, "path": request.path}


def hide_addresses(record: logging.LogRecord) -> bool:
    """A filter for the logger of waitress: a connection has the address of a reader in its name."""
    record.msg, record.args = _CONNECTION.sub("a connection", record.getMessage()), None
    return True
