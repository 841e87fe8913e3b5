"""A report as text for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from search.report import wording
from search.report.values import Found, Mention, Misspelling, Report, Volume
from search.wording import articles, number

_BARS = "▁▂▃▄▅▆▇█"
_NONE = "·"
_WIDEST = 34
_LINE = 100


def report_as_text(report: Report) -> str:
    """The report, lines of Italian without an end of line at the last."""
    return "\n".join(wrapped for line in _lines(report) for wrapped in _wrapped(line))


def _wrapped(line: str) -> list[str]:
    """Sentences in lines of a readable length; tables and titles, which are indented or aligned, as they are."""
    is_prose = "  " not in line and len(line) > _LINE
    return wrap(line, _LINE) if is_prose else [line]


def _lines(report: Report) -> Iterator[str]:
    yield wording.TITLE
    yield wording.subject(report)
    yield ""
    yield from wording.summary(report)
    if report.articles == 0:
        return
    yield from _heading("Articoli per mese")
    most = max(report.whole.by_month, default=0)
    for month, count in zip(report.months, report.whole.by_month, strict=True):
        bar = "█" * (round(40 * count / most) or int(count > 0)) if most else ""
        yield f"{wording.short_month(month)} {number(count):>7}  {bar}".rstrip()
    yield from _volumes("Testate", report.by_site, ("senza testata", "altre testate", report.num_sites))
    yield from _volumes("Sezioni", report.by_section, ("senza sezione", "altre sezioni", report.num_sections))
    yield from _names(report)
    yield from _rising(report)
    yield from _misspellings("Grafie sbagliate", wording.SLIPS_NOTE, report.slips, report.num_slips)
    yield from _misspellings("Probabili refusi", wording.TYPOS_NOTE, report.typos, report.num_typos)
    yield from _groups("Una notizia, più versioni", wording.STORIES_NOTE, report.stories, report.num_stories)
    yield from _groups("Stesso titolo", wording.SAME_NOTE, report.same_title, report.num_same_title)
    if report.undated.total:
        yield from _heading("Senza data")
        yield from (_mention(one) for one in report.undated.first)
        yield from _more(report.undated.total, report.undated.first)


def _groups(heading: str, note: str, groups: tuple[Found, ...], num_all: int) -> Iterator[str]:
    if not groups:
        return
    yield from _heading(heading)
    yield note
    for group in groups:
        yield f"  {articles(group.total)}: {_clean(wording.title(group.first[0]))}"
        yield from (f"      {_clean(wording.about(one))}" for one in group.first)
    yield from _more(num_all, groups)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text.upper()


def _more(total: int, shown: Sequence[object]) -> Iterator[str]:
    if said := wording.more(total, shown):
        yield f"  {said}"


def _volumes(heading: str, volumes: tuple[Volume, ...], words: tuple[str, str, int]) -> Iterator[str]:
    without, others, num_all = words
    if num_all == 0:
        return
    yield from _heading(heading)
    num_told = sum(1 for volume in volumes if volume.label)
    for volume in volumes:
        name = wording.label(volume, without=without, others=others, num_all=num_all, num_told=num_told)
        line = f"{_cut(name)} {number(volume.articles):>7}  {sparkline(volume.by_month)}"
        yield f"{line}  vuoti: {wording.gaps(volume)}" if volume.gaps and volume.label else line


def _names(report: Report) -> Iterator[str]:
    yield from _heading("Nomi e sigle")
    if not report.names:
        yield "Nessun nome sta in almeno due articoli del periodo."
        return
    yield wording.NAMES_NOTE
    for name in report.names:
        yield f"{_cut(name.text)} {number(name.articles):>7}  {sparkline(name.by_month)}"
    yield ""
    for month, names in zip(report.months, report.names_of_month, strict=True):
        if names:
            yield f"{wording.short_month(month)}  " + ", ".join(f"{_clean(text)} {count}" for text, count in names)


def _rising(report: Report) -> Iterator[str]:
    yield from _heading("Parole in crescita")
    yield wording.rising_note(report)
    for word in report.rising:
        told = f"{number(word.recent)} articoli, attesi {wording.decimal(word.expected)}"
        yield f"{_cut(word.text)} {told:<28} {sparkline(word.by_week)}"


def _misspellings(heading: str, note: str, found: tuple[Misspelling, ...], total: int) -> Iterator[str]:
    if not found:
        return
    yield from _heading(heading)
    yield note
    for one in found:
        count = articles(one.articles)
        meant = f"{_clean(one.meant)}  ({count}; giusto in {number(one.articles_meant)})"
        yield f"  {_clean(one.printed)} → {meant}"
        yield from (f"    {_mention(mention)}" for mention in one.places[: 1 if one.articles > 2 else 2])
    yield from _more(total, found)


def _mention(mention: Mention) -> str:
    return f"  {_clean(wording.title(mention))} ({_clean(wording.about(mention))})"


def sparkline(counts: Iterable[int]) -> str:
    """Counts as little bars, a dot for none."""
    numbers = tuple(counts)
    most = max(numbers, default=0)
    return "".join(_NONE if not count else _BARS[(count * (len(_BARS) - 1)) // most] for count in numbers)


def _clean(text: str) -> str:
    """A text from an article on one line, without what a terminal would obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _cut(text: str) -> str:
    shown = _clean(text)
    return f"{shown if len(shown) <= _WIDEST else shown[: _WIDEST - 1] + '…':<{_WIDEST}}"
