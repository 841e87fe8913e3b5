"""Records: an article as the store keeps it, JSON that is compressed and known by a digest."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any, Final, cast

import msgspec
from isal import isal_zlib

from index.article import Article

_RAW, _DEFLATED = b"\x00", b"\x01"
_COMPRESSION_LEVEL: Final = 3  # the highest of this library; 2 % larger than by zlib at 6, in a quarter of the time

UNREADABLE: Final = (cast("type[Exception]", isal_zlib.error), msgspec.MsgspecError)
"""What bytes raise that are no record."""


class _Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article as it is kept: clean already, so that reading it back changes nothing; moments in ISO 8601."""

    article_id: str
    title: str
    body: str = ""
    lead: str = ""
    url: str = ""
    site: str = ""
    section: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    reads: int | None = None
    extra: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(_Record)


def encode(article: Article) -> bytes:
    """The record of an article."""
    fields = {name: getattr(article, name) for name in _Record.__struct_fields__}
    for name in ("published", "updated"):
        if fields[name] is not None:
            fields[name] = fields[name].isoformat()
    return msgspec.json.encode(_Record(**fields), order="sorted")


def decode(record: bytes) -> Article:
    """The article of a record; one of UNREADABLE when it is none."""
    fields = msgspec.structs.asdict(_decoder.decode(record))
    for name in ("published", "updated"):
        if (moment := fields[name]) is not None:
            fields[name] = (
                date.fromisoformat(moment) if len(moment) == len("2024-03-13") else datetime.fromisoformat(moment)
            )
    return Article(**fields)


def digest_of(record: bytes) -> bytes:
    """What a record is known by, 16 bytes."""
    return hashlib.blake2b(record, digest_size=16).digest()


def pack(record: bytes) -> bytes:
    """A record as it lies in a row."""
    deflated = isal_zlib.compress(record, _COMPRESSION_LEVEL)
    return _DEFLATED + deflated if len(deflated) < len(record) else _RAW + record


def unpack(payload: bytes) -> bytes:
    """The record of a row; one of UNREADABLE when there is none."""
    return isal_zlib.decompress(payload[1:]) if payload[:1] == _DEFLATED else payload[1:]


def article_of(payload: bytes, digest: bytes) -> Article:
    """The article of a row, compared with its digest; ValueError when it is not what was stored."""
    try:
        record = unpack(payload)
        if digest_of(record) != digest:
            raise ValueError("it differs from its digest")
        return decode(record)
    except (*UNREADABLE, TypeError) as error:
        raise ValueError(str(error)) from error
