"""The links beside a page of results: filters with their counts, what is filtered already, periods, paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from index.dates import DateRange, format_month_it, month_iso, month_of_iso, parse_day_range
from index.sections import is_below, path_below, section_above
from search.page import FacetCount, Page
from search.question import MAX_DEPTH
from search.selection import find_values
from search.wording import days as days_in_words
from web.messages import FACETS
from web.parameters import Asked
from web.settings import WebSettings

To = Callable[..., str]
"""Gives the address of the question with other values in some fields: ``web.links.Links.to``."""

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

_MOST_YEARS_OF_MONTHS: Final = 2
"""Years whose months are told one by one; of more, each year opens its months."""


# Named tuples where a page has dozens: they are made in a quarter of the time that a frozen dataclass takes.
class Choice(NamedTuple):
    """One value of a filter; its link sets the filter, or takes it away when it is set.

    Attributes:
        number: articles that have the value, whatever else is asked for of the same facet.
        without: the address that leaves the value out; None where it is chosen, left out already, or folded away.
        below: the sections under a section.
    """

    label: str
    number: int
    address: str
    without: str | None
    is_chosen: bool
    is_left_out: bool
    below: Choices


class Choices(NamedTuple):
    """The values of a filter: the first ones with those that are set, and some more, to be folded away."""

    shown: Sequence[Choice] = ()
    folded: Sequence[Choice] = ()


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


class Period(NamedTuple):
    """A year, with its months where they are told, or a month, and how many articles are of it."""

    label: str
    number: int
    address: str
    is_chosen: bool
    months: Sequence[Period] = ()


class Bar(NamedTuple):
    """A month or a year of the picture.

    Attributes:
        place: how many months, or years, after the first.
        height: its number in percent of the largest.
    """

    place: int
    height: float
    label: str
    number: int
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
        if typed := _values(asked, name):
            values = [choice.value for choice in page.facets[facet]]
            found = (values[at] for one in typed for at in find_values(values, one, how="whole"))
            changes[name] = tuple(dict.fromkeys(found))
    return replace(asked, **changes) if changes else asked  # type: ignore[arg-type]  # takes the names for all fields


def choices(facet: str, asked: Asked, page: Page, to: To, settings: WebSettings) -> Choices:
    """The values of one filter; sections as a tree, a section that is chosen stands open.

    Args:
        settings: how many values are shown, and folded away.
    """
    names = FILTERS[facet], LEFT_OUT[facet]
    chosen, left_out = (_values(asked, name) for name in names)
    counts = page.facets[facet]
    values = {counted.value for counted in counts} if facet == "section" else set()
    below: dict[str, list[FacetCount]] = {}
    for counted in counts:
        below.setdefault(_parent(counted.value, values), []).append(counted)
    is_open = set[str]()  # what is chosen or left out, and the sections above it
    for value in (*chosen, *left_out):
        while value:
            is_open.add(value)
            value = _parent(value, values)  # noqa: PLW2901  # the way up

    def choice(counted: FacetCount, parent: str, *, is_folded: bool) -> Choice:
        value = counted.value
        is_chosen, is_left_out = value in chosen, value in left_out
        kept = chosen if is_left_out else _toggled(chosen, value, facet)
        others = tuple(other for other in left_out if other != value)
        can_be_left_out = not (is_chosen or is_left_out or is_folded)
        return Choice(
            label=path_below(value, parent),
            number=counted.count,
            address=to(**{names[0]: kept, names[1]: others}),
            without=to(**{names[1]: (*left_out, value)}) if can_be_left_out else None,
            is_chosen=is_chosen,
            is_left_out=is_left_out,
            below=listed(value) if value in below else _NONE,
        )

    def listed(parent: str) -> Choices:
        here, shown = below.get(parent, []), settings.choices_shown
        first = here[:shown] + [counted for counted in here[shown:] if counted.value in is_open]
        others = [counted for counted in here[shown : settings.choices_most] if counted.value not in is_open]
        return Choices(
            shown=[choice(counted, parent, is_folded=False) for counted in first],
            folded=[choice(counted, parent, is_folded=True) for counted in others],
        )

    return listed("")


_NONE: Final = Choices()


def _values(asked: Asked, name: _Values) -> tuple[str, ...]:
    values: tuple[str, ...] = getattr(asked, name)
    return values


def _parent(value: str, values: set[str]) -> str:
    """The nearest section above that is listed too, "" for none."""
    parent = section_above(value)
    while parent and parent not in values:
        parent = section_above(parent)
    return parent


def _toggled(chosen: Sequence[str], value: str, facet: str) -> tuple[str, ...]:
    if value in chosen:
        return tuple(other for other in chosen if other != value)
    if facet == "section":
        # Beside "Economia", "Economia / Lavoro" would change nothing: the reader who chooses it means to narrow down.
        chosen = [other for other in chosen if not is_below(other, value) and not is_below(value, other)]
    return (*chosen, value)


def chips(asked: Asked, to: To) -> tuple[Chip, ...]:
    """The filters that are set."""
    found = [
        Chip(
            kind=FACETS[facet].left_out if name in LEFT_OUT.values() else FACETS[facet].name,
            label=value,
            address=to(**{name: tuple(other for other in _values(asked, name) if other != value)}),
        )
        for facet, name in (*FILTERS.items(), *LEFT_OUT.items())
        for value in _values(asked, name)
    ]
    if asked.days != DateRange():
        label = days_in_words(asked.days.since, asked.days.until)
        found.append(Chip(kind="Periodo", label=label, address=to(since="", until="")))
    if asked.any_word:
        found.append(Chip(kind="Parole", label="basta una delle parole", address=to(any_word=False)))
    if not asked.widen:
        found.append(Chip(kind="Parole", label="solo come scritte", address=to(widen=True)))
    if not asked.fold:
        found.append(Chip(kind="Versioni", label="tutte, una per una", address=to(fold=True)))
    if not asked.fresh:
        found.append(Chip(kind="Ordine", label="senza riguardo alla data", address=to(fresh=True)))
    return tuple(found)


def presets(asked: Asked, to: To) -> tuple[Preset, ...]:
    """The periods that are a click away; the link of the one that is asked for takes it away."""
    found = []
    for label, text in PRESETS.items():
        is_chosen = asked.since == asked.until == text
        found.append(Preset(label=label, address=_within("" if is_chosen else text, to), is_chosen=is_chosen))
    return tuple(found)


def _within(text: str, to: To) -> str:
    return to(since=text, until=text)


def timeline(asked: Asked, page: Page, to: To) -> Timeline:
    """How the articles found spread over time, each year and month a link that keeps to it.

    The years are counted without the period that is asked for, so that another can be chosen; of the months only those
    within it.
    """
    months = dict(page.histogram)
    is_cut = asked.days != DateRange()

    def period(label: str, text: str, number: int, below: Sequence[Period] = ()) -> Period:
        is_chosen = is_cut and asked.days == parse_day_range(text, today=page.now)
        return Period(label, number, _within("" if is_chosen else text, to), is_chosen, below)

    def of_month(month: str) -> Period:
        return period(format_month_it(month_of_iso(month)), _typed_month(month), months[month])

    are_months_told = int(max(months)[:4]) - int(min(months)[:4]) < _MOST_YEARS_OF_MONTHS if months else False
    years = []
    for counted in page.facets["year"]:
        below = [of_month(month) for month in months if month[:4] == counted.value] if are_months_told else ()
        years.append(period(counted.value, counted.value, counted.count, below))
    return Timeline(years=tuple(years), bars=_bars(months, to, are_months=are_months_told))


def _typed_month(month: str) -> str:
    """A month, "2024-03", as a reader would type it: "03/2024"."""
    year, number = month.split("-")
    return f"{number}/{year}"


def _bars(months: Mapping[str, int], to: To, *, are_months: bool) -> tuple[Bar, ...]:
    """The months, or the years, from the first to the last that has articles."""
    if not months:
        return ()
    counts: dict[int, int] = {}
    for month, count in months.items():
        at = month_of_iso(month) if are_months else int(month[:4])
        counts[at] = counts.get(at, 0) + count
    first, most = min(counts), max(counts.values())
    bars = []
    for at, count in counts.items():
        label = format_month_it(at) if are_months else str(at)
        text = _typed_month(month_iso(at)) if are_months else f"{at:04d}"
        bars.append(Bar(at - first, 100 * count / most, label, count, _within(text, to)))
    return tuple(bars)


def paging(page: Page, to: To) -> Paging:
    """The links to the other pages: the first, the last, and those around this one."""
    deepest = MAX_DEPTH // page.size
    needed = -(-page.stories // page.size)
    last = min(needed, deepest)
    near = {1, last, *range(page.page - 1, page.page + 2)}
    steps: list[tuple[int, str] | None] = []
    before = 0
    for number in sorted(number for number in near if 1 <= number <= last):
        if number == before + 2:
            steps.append((before + 1, to(page=before + 1)))
        elif number > before + 2:
            steps.append(None)
        steps.append((number, to(page=number)))
        before = number
    return Paging(
        page=page.page,
        last=last,
        previous=to(page=min(page.page - 1, last)) if page.page > 1 and last else None,
        following=to(page=page.page + 1) if page.page < last else None,
        steps=tuple(steps),
        is_cut=needed > deepest,
    )
