"""What an address asks for, with names in Italian for the pages and in English for the API, as one checked value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote_plus

from werkzeug.datastructures import MultiDict

from index.dates import DateRange, parse_day_range
from search.archive import Archive
from search.errors import InvalidParameter, UnknownValue
from search.page import Page
from search.question import Sort
from web.errors import BackwardDates, RepeatedParameter, UnknownParameter, UnreadableDate

EVERY_SITE: Final = "*"
"""As the only site of a page's address: all of them, where the page would have one of its own."""

_NUMBER = re.compile("[0-9]{1,9}")
SWITCH: Final = {"": None, "1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
"""What a parameter that is on or off may be; None for as it usually is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """How the parameters are called.

    Attributes:
        names: the API's name of a parameter -> its name here.
        sorts: name here -> order of ``Archive.search``; the first is the default.
        widen_means: what 1 means for "widen" and "fold": True, or False where the parameter switches it off.
        also: names that are read too, as the API means them -> the API's name.
    """

    names: Mapping[str, str]
    sorts: Mapping[str, Sort]
    widen_means: bool
    also: Mapping[str, str] = field(default_factory=dict)

    def name_of_sort(self, sort: Sort) -> str:
        """The name here of an order."""
        return next(name for name, known in self.sorts.items() if known == sort)


ENGLISH: Final = Vocabulary(
    names={
        name: name
        for name in (
            "q",
            "from",
            "to",
            "section",
            "site",
            "author",
            "without_section",
            "without_site",
            "without_author",
            "sort",
            "page",
            "size",
            "any",
            "widen",
            "fresh",
            "fold",
            "explain",
        )
    },
    sorts={"relevance": "relevance", "newest": "newest", "oldest": "oldest"},
    widen_means=True,
)

ITALIAN: Final = Vocabulary(
    names={
        "q": "q",
        "from": "dal",
        "to": "al",
        "section": "sezione",
        "site": "testata",
        "author": "autore",
        "without_section": "senza_sezione",
        "without_site": "senza_testata",
        "without_author": "senza_autore",
        "sort": "ordine",
        "page": "pagina",
        "size": "quante",
        "any": "qualunque",
        "widen": "esatto",
        "fresh": "freschezza",
        "fold": "versioni",
        "explain": "spiega",
    },
    sorts={"pertinenza": "relevance", "recenti": "newest", "vecchi": "oldest"},
    widen_means=False,
    also={"fold": "fold"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as an address puts it.

    Attributes:
        without_sections, without_sites, without_authors: what is left out.
        since, until: the dates as they were typed, "" for an open end.
        days: the days between them.
        size: None for as many as the site shows when nobody asks.
    """

    query: str = ""
    sections: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    without_sections: tuple[str, ...] = ()
    without_sites: tuple[str, ...] = ()
    without_authors: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    days: DateRange = field(default_factory=DateRange)
    sort: Sort = "relevance"
    page: int = 1
    size: int | None = None
    any_word: bool = False
    widen: bool = True
    fresh: bool = True
    fold: bool = True
    explain: bool = False

    def kept_by_form(self, own_site: str = "") -> list[tuple[str, str]]:
        """The parameters that no field of the form has, and that the next search keeps all the same.

        Args:
            own_site: the site that an address means which names none; "" for all of them.
        """
        return [pair for field in _KEPT_BY_FORM for pair in written(field, getattr(self, field), own_site)]

    def pieces(self, own_site: str = "") -> dict[str, str]:
        """Of each field, in the order of an address, the parameters that give it; "" for one that is as usual.

        Args:
            own_site: as in ``kept_by_form``.
        """
        return {field: piece(field, getattr(self, field), own_site) for field in _WRITTEN}

    def query_string(self, own_site: str = "") -> str:
        """The question as the parameters of a page's address, without what is as it is by default.

        Args:
            own_site: as in ``kept_by_form``.
        """
        return joined(self.pieces(own_site))


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _several(values: tuple[str, ...]) -> tuple[str, ...]:
    return values


# Field of ``Asked`` -> the API's name of its parameter, and the values that an address gives it: none where it is as
# usual. In the order of an address.
_WRITTEN: Final[Mapping[str, tuple[str, Callable[[Any], tuple[str, ...]]]]] = {
    "query": ("q", _one),
    "sections": ("section", _several),
    "sites": ("site", _several),
    "authors": ("author", _several),
    "without_sections": ("without_section", _several),
    "without_sites": ("without_site", _several),
    "without_authors": ("without_author", _several),
    "size": ("size", lambda size: () if size is None else (str(size),)),
    "fresh": ("fresh", lambda is_fresh: () if is_fresh else ("0",)),
    "fold": ("fold", lambda is_folded: () if is_folded else ("1",)),
    "since": ("from", _one),
    "until": ("to", _one),
    "sort": ("sort", lambda sort: () if sort == "relevance" else (ITALIAN.name_of_sort(sort),)),
    "any_word": ("any", lambda is_any: ("1",) if is_any else ()),
    "widen": ("widen", lambda is_wide: () if is_wide else ("1",)),
    "explain": ("explain", lambda is_explained: ("1",) if is_explained else ()),
    "page": ("page", lambda page: () if page == 1 else (str(page),)),
}
_KEPT_BY_FORM: Final = (
    *("sections", "sites", "authors", "without_sections", "without_sites", "without_authors"),
    *("size", "fresh", "fold"),
)


def written(field: str, value: object, own_site: str = "") -> list[tuple[str, str]]:
    """The parameters of a page's address that give a field of ``Asked`` this value; none where it is as usual.

    Args:
        own_site: as in ``Asked.kept_by_form``.
    """
    name, values_of = _WRITTEN[field]
    values = values_of(value)
    if own_site and field == "sites":
        values = () if values == (own_site,) else values or (EVERY_SITE,)
    return [(ITALIAN.names[name], one) for one in values if one]


def piece(field: str, value: object, own_site: str = "") -> str:
    """What ``written`` gives, as it stands in an address."""
    pairs = written(field, value, own_site)
    return "&".join([_encoded(*pair) if len(pair[1]) < _LONG else _encode(*pair) for pair in pairs])


def joined(pieces: Mapping[str, str]) -> str:
    """The parameters of an address from what its fields are there."""
    return "&".join(filter(None, pieces.values()))


def _encode(name: str, value: str) -> str:
    return f"{name}={quote_plus(value)}"


# Sections, sites, authors, years and months stand in the addresses of every page. What is long is a question, and would
# only take room.
_LONG: Final = 100
_encoded = lru_cache(maxsize=4_096)(_encode)


def read_asked(parameters: MultiDict[str, str], vocabulary: Vocabulary, *, today: date, own_site: str = "") -> Asked:
    """Read the parameters of an address. A blank one counts as absent, as forms send it.

    Args:
        today: what "ieri" is reckoned from.
        own_site: the site that is meant where none is named; then EVERY_SITE stands for all.
    Raises:
        QueryError: a parameter is unknown, repeated, or not what it can be; whether a section, site or author exists
            and how deep the pages go is for the archive to say.
    """
    names = vocabulary.names
    check_names(parameters, (*names.values(), *vocabulary.also))

    def single(key: str) -> str:
        return read_single(parameters, names[key])

    def several(key: str) -> tuple[str, ...]:
        return read_several(parameters, names[key])

    def switch_named(name: str) -> bool | None:
        return read_switch(parameters, name)

    def switch(key: str) -> bool | None:
        return switch_named(names[key])

    def switched(key: str) -> bool:
        """Whether what is so unless an address says otherwise is so."""
        told = switch(key)
        if told is not None:
            return told is vocabulary.widen_means
        return all(switch_named(name) is not False for name, meant in vocabulary.also.items() if meant == key)

    sites = several("site")
    if own_site:
        sites = () if sites == (EVERY_SITE,) else sites or (own_site,)
    sort = single("sort").strip()
    if sort and sort not in vocabulary.sorts:
        raise UnknownValue(names["sort"], sort, ", ".join(vocabulary.sorts))
    page = read_number(parameters, names["page"])
    since, until = single("from").strip(), single("to").strip()
    return Asked(
        query=single("q"),
        sections=several("section"),
        sites=sites,
        authors=several("author"),
        without_sections=several("without_section"),
        without_sites=several("without_site"),
        without_authors=several("without_author"),
        since=since,
        until=until,
        days=_days(since, until, vocabulary, today),
        sort=vocabulary.sorts[sort] if sort else "relevance",
        page=1 if page is None else page,
        size=read_number(parameters, names["size"]),
        any_word=bool(switch("any")),
        widen=switched("widen"),
        fresh=switch("fresh") is not False,
        fold=switched("fold"),
        explain=bool(switch("explain")),
    )


def check_names(parameters: MultiDict[str, str], allowed: Sequence[str]) -> None:
    """Refuse a parameter of another name, with UnknownParameter."""
    for name in parameters:
        if name not in allowed:
            raise UnknownParameter(name, ", ".join(allowed) or "none")


def read_single(parameters: MultiDict[str, str], name: str) -> str:
    """The value of a parameter that may be given once; "" when it is not. Raises RepeatedParameter."""
    values = parameters.getlist(name)
    if len(values) > 1:
        raise RepeatedParameter(name, len(values))
    return values[0] if values else ""


def read_switch(parameters: MultiDict[str, str], name: str) -> bool | None:
    """What a parameter that is on or off says, None when it is missing or blank.

    Raises:
        QueryError: it is given more than once, or says something else.
    """
    text = read_single(parameters, name).strip()
    if text not in SWITCH:
        raise InvalidParameter(name, text, "1 or 0")
    return SWITCH[text]


def read_several(parameters: MultiDict[str, str], name: str) -> tuple[str, ...]:
    """The values of a parameter that may repeat, each once, without blank ones."""
    return tuple(dict.fromkeys(value.strip() for value in parameters.getlist(name) if value.strip()))


def read_number(parameters: MultiDict[str, str], name: str) -> int | None:
    """The whole number that a parameter gives, None when it is missing or blank.

    Raises:
        QueryError: it is given more than once, or is no number; whether that is too large is for the archive to say.
    """
    text = read_single(parameters, name).strip()
    if text and not _NUMBER.fullmatch(text):
        raise InvalidParameter(name, text, "a whole number from 1")
    return int(text) if text else None


def ask(archive: Archive, asked: Asked, *, size: int, today: date) -> Page:
    """The archive's answer.

    Args:
        size: articles a page, where the question names no number.
    Raises:
        QueryError: see ``Archive.search``.
    """
    return archive.search(
        asked.query,
        sections=asked.sections,
        sites=asked.sites,
        authors=asked.authors,
        without_sections=asked.without_sections,
        without_sites=asked.without_sites,
        without_authors=asked.without_authors,
        since=asked.since or None,
        until=asked.until or None,
        sort=asked.sort,
        any=asked.any_word,
        widen=asked.widen,
        fresh=asked.fresh,
        fold=asked.fold,
        explain=asked.explain,
        page=asked.page,
        size=size if asked.size is None else asked.size,
        now=today,
    )


def values_of(archive: Archive, facet: str) -> list[str]:
    """The values of a facet that the archive has, those of the most articles first."""
    return [counted.value for counted in archive.facet(facet)]


def _days(since: str, until: str, vocabulary: Vocabulary, today: date) -> DateRange:
    # Read end by end, so that the sentence can say which of the two is wrong.
    ends: dict[str, DateRange] = {"from": DateRange(), "to": DateRange()}
    for key, text in (("from", since), ("to", until)):
        if text:
            try:
                ends[key] = parse_day_range(text, today=today)
            except ValueError as error:
                raise UnreadableDate(vocabulary.names[key], text, str(error)) from error
    first, after = ends["from"].since, ends["to"].until
    if first is not None and after is not None and first >= after:
        raise BackwardDates(vocabulary.names["to"], first, after - timedelta(days=1))
    return DateRange(since=first, until=after)
