"""A gzipped file, read no further than an honest one would go.

A few bytes can unpack to any number of blanks: deflate reaches 1,032 to 1. An archive of articles has 3 to 1, and one
of bulletins that repeat each other some 50.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import BinaryIO

from index.errors import ArticleError

MAX_RATIO = 200
"""Bytes unpacked from one byte of the file."""

FREE_BYTES = 20_000_000
"""What a file may unpack to in any case."""


class BoundedGzip(gzip.GzipFile):
    """A gzipped file that unpacks to at most FREE_BYTES, or MAX_RATIO times its size, whichever is more."""

    def __init__(self, file: BinaryIO, packed_bytes: Callable[[], int]) -> None:
        """``packed_bytes`` tells how many bytes of the file have been read."""
        super().__init__(fileobj=file, mode="rb")
        self._packed_bytes = packed_bytes
        self._unpacked_bytes = 0

    def read1(self, size: int = -1) -> bytes:
        """Some bytes, as of any buffered file.

        Raises:
            ArticleError: the file unpacks to more than it may.
        """
        chunk = super().read1(size)
        self._unpacked_bytes += len(chunk)
        if self._unpacked_bytes > max(FREE_BYTES, MAX_RATIO * self._packed_bytes()):
            raise ArticleError(
                f"the file unpacks to more than {MAX_RATIO} times its size, as no archive of articles does; what came"
                " before was read; if it is honest, unpack it with gunzip and add that"
            )
        return chunk
