"""How often one client may ask: a bucket of tokens for each, in memory.

A bucket holds as many tokens as a client may ask a minute, fills evenly, and gives one a request. A client is known by
a salted hash of its address, the salt being made anew at each start, so that no address of a reader is kept, not even
here. Of IPv6, where one reader has 2^64 addresses at least, only the network counts.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests

MOST_CLIENTS: Final = 50_000
"""Buckets kept, some 10 MB; beyond, that of the client that was silent for the longest is let go, which fills it."""

_IPV6_NETWORK_BITS: Final = 64


class RateLimit:
    """The buckets of all clients; threads may share them.

    Args:
        a_minute: requests that a client may make at once, and in a minute; at least 1.
        clock: seconds that only grow.
    """

    def __init__(self, a_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # client -> tokens, and when
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, address: str) -> float:
        """Take a token for a client; 0 when there was one, else the seconds until there is."""
        client = blake2b(_network(address), key=self._salt, digest_size=8).digest()
        now = self._clock()
        a_second = self._a_minute / 60
        with self._lock:
            tokens, before = self._buckets.pop(client, (float(self._a_minute), now))
            tokens = min(float(self._a_minute), tokens + (now - before) * a_second)
            is_allowed = tokens >= 1
            self._buckets[client] = (tokens - is_allowed, now)
            if len(self._buckets) > MOST_CLIENTS:
                self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / a_second


def limit_requests(app: Flask, limit: RateLimit, is_free: Callable[[], bool]) -> None:
    """Have the application refuse, with 429, the requests of a client that has none left.

    Args:
        is_free: whether the request that is being answered is not counted.
    """

    def refuse() -> None:
        # Without an address, as behind a socket of the machine, all readers would be one client.
        if request.remote_addr and not is_free() and (wait_s := limit.take(request.remote_addr)):
            wait = math.ceil(wait_s)
            sentence = f"too many requests came from this address; come back in {wait} s"
            raise TooManyRequests(sentence, retry_after=wait)

    app.before_request(refuse)


def _network(address: str) -> bytes:
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return address.encode(errors="replace")  # whatever a proxy calls its client
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return found.packed[: _IPV6_NETWORK_BITS // 8]
        found = found.ipv4_mapped
    return found.packed
