"""The links beside a page of results: filters with their counts, what is filtered already, periods, paging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from index.dates import MONTHS_IT, DateRange, parse_day_range
from search.page import FacetCount, Page
from search.question import MAX_DEPTH
from search.selection import find_values
from search.wording import days as days_in_words
from web.messages import FACETS
from web.parameters import Asked

AddressOf = Callable[[Asked], str]
_Values = Literal["sections", "sites", "authors", "without_sections", "without_sites", "without_authors"]

FILTERS: Final[dict[str, _Values]] = {"section": "sections", "site": "sites", "author": "authors"}
"""Facet -> where ``Asked`` has the values that are asked for."""

LEFT_OUT: Final[dict[str, _Values]] = {
    "section": "without_sections",
    "site": "without_sites",
    "author": "without_authors",
}
"""Facet -> where ``Asked`` has the values that are left out."""

PRESETS: Final = {
    "24 ore": "ultime 24 ore",
    "7 giorni": "ultimi 7 giorni",
    "30 giorni": "ultimi 30 giorni",
    "Un anno": "ultimo anno",
}
"""Periods that are a click away, as they are shown -> as they would be typed: so that a kept address stays of today."""

_BORDER: Final = " / "
_MOST_YEARS_OF_MONTHS: Final = 2
"""Years whose months are told one by one; of more, each year opens its months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a filter; its link sets the filter, or takes it away when it is set.

    Attributes:
        count: articles that have the value, whatever else is asked for of the same facet.
        address: gives the address of its link; made when it is shown, since a page shows few of the values that it has.
        without: gives the address that leaves the value out; None where it is chosen, or left out already.
        below: the sections under a section.
    """

    label: str
    count: int
    address: Callable[[], str]
    without: Callable[[], str] | None
    is_chosen: bool
    is_left_out: bool
    below: tuple[Choice, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it, or a section under it, is chosen or left out."""
        return self.is_chosen or self.is_left_out or any(choice.is_open for choice in self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is set, and the address without it."""

    kind: str
    label: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A period that is a click away."""

    label: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A year, with its months where they are told, or a month."""

    label: str
    count: int
    address: str
    is_chosen: bool
    months: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A month or a year of the picture.

    Attributes:
        place: how many months, or years, after the first.
        height: its count in percent of the largest.
    """

    place: int
    height: float
    label: str
    count: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The articles found over time: as a picture, and as the list of what it shows.

    Attributes:
        bars: ascending; those without articles left out.
        years: newest first.
    """

    bars: tuple[Bar, ...]
    years: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Where a page stands among the pages that can be asked for.

    Attributes:
        steps: (number, address) of the pages to link, None for a gap; ascending.
        is_cut: whether there are more results than can be paged through.
    """

    page: int
    last: int
    previous: str | None
    following: str | None
    steps: tuple[tuple[int, str] | None, ...]
    is_cut: bool


def canonical(asked: Asked, page: Page) -> Asked:
    """The question with the values of its filters as the archive writes them: "lavoro" becomes "Economia / Lavoro"."""
    changes: dict[_Values, tuple[str, ...]] = {}
    for facet, name in (*FILTERS.items(), *LEFT_OUT.items()):
        values = [choice.value for choice in page.facets[facet]]
        found = (values[at] for typed in getattr(asked, name) for at in find_values(values, typed, how="whole"))
        changes[name] = tuple(dict.fromkeys(found))
    return replace(asked, **changes)  # type: ignore[arg-type]  # mypy takes the names for those of all fields


def choices(facet: str, asked: Asked, page: Page, address_of: AddressOf) -> tuple[Choice, ...]:
    """The values of one filter; sections as a tree, a section that is chosen stands open."""
    chosen, left_out = _values(asked, FILTERS[facet]), _values(asked, LEFT_OUT[facet])

    def address(chosen: Sequence[str], left_out: Sequence[str]) -> str:
        changes = {FILTERS[facet]: tuple(chosen), LEFT_OUT[facet]: tuple(left_out)}
        return address_of(replace(asked, page=1, **changes))  # type: ignore[arg-type]

    def choice(counted: FacetCount, label: str, below: Iterable[Choice] = ()) -> Choice:
        value = counted.value
        is_chosen, is_left_out = value in chosen, value in left_out
        others = [other for other in left_out if other != value]
        return Choice(
            label=label,
            count=counted.count,
            address=partial(address, chosen if is_left_out else _toggled(chosen, value, facet), others),
            without=None if is_chosen or is_left_out else partial(address, chosen, (*left_out, value)),
            is_chosen=is_chosen,
            is_left_out=is_left_out,
            below=tuple(below),
        )

    counts = page.facets[facet]
    if facet != "section":
        return tuple(choice(counted, counted.value) for counted in counts)
    values = {counted.value for counted in counts}
    below: dict[str, list[FacetCount]] = {}
    for counted in counts:
        below.setdefault(_parent(counted.value, values), []).append(counted)

    def tree(parent: str) -> tuple[Choice, ...]:
        start = len(parent) + len(_BORDER) if parent else 0
        return tuple(choice(counted, counted.value[start:], tree(counted.value)) for counted in below.get(parent, ()))

    return tree("")


def _values(asked: Asked, name: _Values) -> tuple[str, ...]:
    values: tuple[str, ...] = getattr(asked, name)
    return values


def _parent(value: str, values: set[str]) -> str:
    """The nearest section above that is listed too, "" for none."""
    parent = value.rpartition(_BORDER)[0]
    while parent and parent not in values:
        parent = parent.rpartition(_BORDER)[0]
    return parent


def _toggled(chosen: Sequence[str], value: str, facet: str) -> tuple[str, ...]:
    if value in chosen:
        return tuple(other for other in chosen if other != value)
    if facet == "section":
        # Beside "Economia", "Economia / Lavoro" would change nothing: the reader who chooses it means to narrow down.
        chosen = [
            other for other in chosen if not other.startswith(value + _BORDER) and not value.startswith(other + _BORDER)
        ]
    return (*chosen, value)


def chips(asked: Asked, address_of: AddressOf) -> tuple[Chip, ...]:
    """The filters that are set."""
    first = replace(asked, page=1)
    found = [
        Chip(
            kind=FACETS[facet].left_out if name in LEFT_OUT.values() else FACETS[facet].name,
            label=value,
            address=address_of(
                replace(first, **{name: tuple(other for other in _values(asked, name) if other != value)})  # type: ignore[arg-type]
            ),
        )
        for facet, name in (*FILTERS.items(), *LEFT_OUT.items())
        for value in _values(asked, name)
    ]
    if asked.days != DateRange():
        without = replace(first, since="", until="", days=DateRange())
        label = days_in_words(asked.days.since, asked.days.until)
        found.append(Chip(kind="Periodo", label=label, address=address_of(without)))
    if asked.any_word:
        label, without = "basta una delle parole", replace(first, any_word=False)
        found.append(Chip(kind="Parole", label=label, address=address_of(without)))
    if not asked.widen:
        label, without = "solo come scritte", replace(first, widen=True)
        found.append(Chip(kind="Parole", label=label, address=address_of(without)))
    if not asked.fold:
        label, without = "tutte, una per una", replace(first, fold=True)
        found.append(Chip(kind="Versioni", label=label, address=address_of(without)))
    if not asked.fresh:
        label, without = "senza riguardo alla data", replace(first, fresh=True)
        found.append(Chip(kind="Ordine", label=label, address=address_of(without)))
    return tuple(found)


def presets(asked: Asked, page: Page, address_of: AddressOf) -> tuple[Preset, ...]:
    """The periods that are a click away; the link of the one that is asked for takes it away."""
    found = []
    for label, text in PRESETS.items():
        is_chosen = asked.since == asked.until == text
        within = replace(asked, page=1).in_period("" if is_chosen else text, page.now)
        found.append(Preset(label=label, address=address_of(within), is_chosen=is_chosen))
    return tuple(found)


def timeline(asked: Asked, page: Page, address_of: AddressOf) -> Timeline:
    """How the articles found spread over time, each year and month a link that keeps to it.

    The years are counted without the period that is asked for, so that another can be chosen; of the months only those
    within it.
    """
    first = replace(asked, page=1)
    months = dict(page.histogram)

    def period(label: str, text: str, count: int) -> Period:
        is_chosen = asked.days == parse_day_range(text, today=page.now)
        return Period(
            label=label,
            count=count,
            address=address_of(first.in_period("" if is_chosen else text, page.now)),
            is_chosen=is_chosen,
        )

    def of_month(month: str) -> Period:
        year, number = month.split("-")
        return period(f"{MONTHS_IT[int(number) - 1]} {year}", f"{number}/{year}", months[month])

    are_months_told = int(max(months)[:4]) - int(min(months)[:4]) < _MOST_YEARS_OF_MONTHS if months else False
    years = tuple(
        replace(
            period(counted.value, counted.value, counted.count),
            months=tuple(of_month(month) for month in months if month[:4] == counted.value) if are_months_told else (),
        )
        for counted in page.facets["year"]
    )
    return Timeline(years=years, bars=_bars(months, address_of, first, page, are_months=are_months_told))


def _bars(
    months: Mapping[str, int], address_of: AddressOf, asked: Asked, page: Page, *, are_months: bool
) -> tuple[Bar, ...]:
    """The months, or the years, from the first to the last that has articles."""
    if not months:
        return ()
    counts: dict[int, int] = {}
    for month, count in months.items():
        at = int(month[:4]) * 12 + int(month[5:]) - 1 if are_months else int(month[:4])
        counts[at] = counts.get(at, 0) + count
    first, most = min(counts), max(counts.values())
    bars = []
    for at, count in counts.items():
        label = f"{MONTHS_IT[at % 12]} {at // 12}" if are_months else str(at)
        text = f"{at % 12 + 1:02d}/{at // 12:04d}" if are_months else f"{at:04d}"
        address = address_of(asked.in_period(text, page.now))
        bars.append(Bar(place=at - first, height=100 * count / most, label=label, count=count, address=address))
    return tuple(bars)


def paging(asked: Asked, page: Page, address_of: AddressOf) -> Paging:
    """The links to the other pages: the first, the last, and those around this one."""
    deepest = MAX_DEPTH // page.size
    needed = -(-page.stories // page.size)
    last = min(needed, deepest)

    def to(number: int) -> str:
        return address_of(replace(asked, page=number))

    near = {1, last, *range(page.page - 1, page.page + 2)}
    steps: list[tuple[int, str] | None] = []
    before = 0
    for number in sorted(number for number in near if 1 <= number <= last):
        if number == before + 2:
            steps.append((before + 1, to(before + 1)))
        elif number > before + 2:
            steps.append(None)
        steps.append((number, to(number)))
        before = number
    return Paging(
        page=page.page,
        last=last,
        previous=to(min(page.page - 1, last)) if page.page > 1 and last else None,
        following=to(page.page + 1) if page.page < last else None,
        steps=tuple(steps),
        is_cut=needed > deepest,
    )
