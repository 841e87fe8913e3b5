"""What an address asks for, with names in Italian for the pages and in English for the API, as one checked value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

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

    def in_period(self, text: str, today: date) -> Asked:
        """The same question within one period, as ``parse_day_range`` reads it; "" for always."""
        days = parse_day_range(text, today=today) if text else DateRange()
        return replace(self, since=text, until=text, days=days)

    def kept_by_form(self, own_site: str = "") -> list[tuple[str, str]]:
        """The parameters that no field of the form has, and that the next search keeps all the same.

        Args:
            own_site: the site that an address means which names none; "" for all of them.
        """
        names = ITALIAN.names
        sites = () if own_site and self.sites == (own_site,) else self.sites
        several = {
            "section": self.sections,
            "site": sites if sites or not own_site or self.sites else (EVERY_SITE,),
            "author": self.authors,
            "without_section": self.without_sections,
            "without_site": self.without_sites,
            "without_author": self.without_authors,
        }
        pairs = [(names[name], value) for name, values in several.items() for value in values]
        if self.size is not None:
            pairs.append((names["size"], str(self.size)))
        if not self.fresh:
            pairs.append((names["fresh"], "0"))
        if not self.fold:
            pairs.append((names["fold"], "1"))
        return pairs

    def query_string(self, own_site: str = "") -> str:
        """The question as the parameters of a page's address, without what is as it is by default.

        Args:
            own_site: as in ``kept_by_form``.
        """
        names = ITALIAN.names
        pairs = [
            (names["q"], self.query),
            *self.kept_by_form(own_site),
            (names["from"], self.since),
            (names["to"], self.until),
            (names["sort"], "" if self.sort == "relevance" else ITALIAN.name_of_sort(self.sort)),
            (names["any"], "1" if self.any_word else ""),
            (names["widen"], "" if self.widen else "1"),
            (names["explain"], "1" if self.explain else ""),
            (names["page"], "" if self.page == 1 else str(self.page)),
        ]
        return urlencode([(name, value) for name, value in pairs if value])


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
        return tuple(dict.fromkeys(value.strip() for value in parameters.getlist(names[key]) if value.strip()))

    def switch_named(name: str) -> bool | None:
        text = read_single(parameters, name).strip()
        if text not in SWITCH:
            raise InvalidParameter(name, text, "1 or 0")
        return SWITCH[text]

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
    return [counted.value for counted in archive.search("", size=1).facets[facet]]


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
