"""A report as one page of HTML that needs nothing else: to be opened, sent and printed. No script, no address.

Every text of an article is escaped where it is put in (``_text``); everything else is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from index.dates import format_month_it, year_of_month
from search.report import wording
from search.report.pictures import bars_by_month, small_bars
from search.report.values import Found, Mention, Misspelling, Report, Volume
from search.wording import articles, number

_STYLE: Final = Path(__file__).with_name("page.css")

_TREND: Final = "Andamento"

MOST_MONTHS_IN_A_TABLE: Final = 12
"""Of more months a table would be too wide for a sheet of paper; then it has the years."""


def report_as_page(report: Report) -> str:
    """The whole page."""
    title = _text(f"{wording.TITLE}: {wording.subject(report)}")
    return (
        '<!DOCTYPE html>\n<html lang="it">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        + "\n".join(_parts(report))
        + "\n</body>\n</html>\n"
    )


def _parts(report: Report) -> Iterator[str]:
    yield f"<header><h1>{_text(wording.TITLE)}</h1><p>{_text(wording.subject(report))}</p></header>"
    yield "<main>"
    yield _list("facts", wording.summary(report))
    if report.articles:
        yield from _months(report)
        yield from _volumes(report, "Testate", report.by_site, ("Senza testata", "Altre testate", report.num_sites))
        yield from _volumes(
            report, "Sezioni", report.by_section, ("Senza sezione", "Altre sezioni", report.num_sections)
        )
        yield from _names(report)
        yield from _rising(report)
        yield from _misspellings("Grafie sbagliate", wording.SLIPS_NOTE, report.slips, report.num_slips)
        yield from _misspellings("Probabili refusi", wording.TYPOS_NOTE, report.typos, report.num_typos)
        yield from _groups("Una notizia, più versioni", wording.STORIES_NOTE, report.stories, report.num_stories)
        yield from _groups("Stesso titolo", wording.SAME_NOTE, report.same_title, report.num_same_title)
        yield from _undated(report)
    yield "</main>"
    yield f"<footer><p>Fatto da Emeroteca con gli articoli fino al {_text(wording.day(report.now))}.</p></footer>"


def _section(heading: str, note: str = "") -> str:
    said = f'<p class="note">{_text(note)}</p>' if note else ""
    return f"<section><h2>{_text(heading)}</h2>{said}"


def _months(report: Report) -> Iterator[str]:
    yield _section("Articoli per mese")
    yield f"<figure>{bars_by_month(report.whole.by_month, report.months)}</figure>"
    yield _table(
        "Articoli di ogni mese", ["", *_columns(report)], [_row("Articoli", _cells(report, report.whole.by_month))]
    )
    yield "</section>"


def _columns(report: Report) -> list[str]:
    return [name for name, _ in _by_column(report, report.whole.by_month)]


def _by_column(report: Report, by_month: Sequence[int]) -> list[tuple[str, int]]:
    """Counts by month, or by year where the months are too many for a sheet."""
    if len(report.months) <= MOST_MONTHS_IN_A_TABLE:
        return [(wording.short_month(month), count) for month, count in zip(report.months, by_month, strict=True)]
    years: dict[int, int] = {}
    for month, count in zip(report.months, by_month, strict=True):
        year = year_of_month(month)
        years[year] = years.get(year, 0) + count
    return [(str(year), count) for year, count in years.items()]


def _cells(report: Report, by_month: Sequence[int]) -> str:
    return "".join(_number(count) for _, count in _by_column(report, by_month))


def _number(count: int, more: str = "") -> str:
    name = " ".join(part for part in ("number", more, "" if count else "none") if part)
    return f'<td class="{name}">{number(count)}</td>'


def _row(label: str, cells: str) -> str:
    return f'<tr><th scope="row">{_text(label)}</th>{cells}</tr>'


def _table(caption: str, heads: Sequence[str], rows: Iterable[str], name: str = "counts") -> str:
    """A table; an empty head stands over the names of the rows."""
    numbers = set(heads) - {_TREND} if name == "counts" else set()
    cells = [
        f'<th scope="col" class="{"number month" if head in numbers else "plain"}">{_text(head)}</th>'
        if head
        else "<td></td>"
        for head in heads
    ]
    # Who has no mouse scrolls by keys, for which it must take the focus.
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{_text(caption)}">'
        f'<table class="{name}"><caption>{_text(caption)}</caption>'
        f"<thead><tr>{''.join(cells)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _volumes(report: Report, heading: str, volumes: Sequence[Volume], words: tuple[str, str, int]) -> Iterator[str]:
    without, others, num_all = words
    if num_all == 0:
        return
    num_told = sum(1 for volume in volumes if volume.label)

    def named(volume: Volume) -> str:
        return wording.label(volume, without=without, others=others, num_all=num_all, num_told=num_told)

    yield _section(heading)
    yield _table(
        f"{heading}: articoli di ogni {_unit(report)}",
        ["", "Totale", *_columns(report)],
        [_row(named(one), _number(one.articles, "total") + _cells(report, one.by_month)) for one in volumes],
    )
    spans = [
        f'<tr><th scope="row">{_text(named(one))}</th><td class="picture">{small_bars(one.by_month)}</td>'
        f"<td>{_text(wording.stretch(one.span)) if one.span else 'senza data'}</td>"
        f"<td>{_text(wording.gaps(one) or 'nessuno')}</td></tr>"
        for one in volumes
        if one.label
    ]
    if spans:
        yield _table(
            "Da quando a quando, e i mesi senza un articolo",
            ["", _TREND, "Dal primo all'ultimo", "Mesi vuoti"],
            spans,
            "spans",
        )
    yield "</section>"


def _unit(report: Report) -> str:
    return "mese" if len(report.months) <= MOST_MONTHS_IN_A_TABLE else "anno"


def _names(report: Report) -> Iterator[str]:
    if not report.names:
        yield _section("Nomi e sigle", "Nessun nome sta in almeno due articoli del periodo.") + "</section>"
        return
    yield _section("Nomi e sigle", wording.NAMES_NOTE)
    rows = [
        f'<tr><th scope="row">{_text(name.text)}</th><td class="picture">{small_bars(name.by_month)}</td>'
        f"{_number(name.articles, 'total')}{_cells(report, name.by_month)}</tr>"
        for name in report.names
    ]
    yield _table(f"Articoli di ogni {_unit(report)}", ["", _TREND, "Totale", *_columns(report)], rows)
    yield "<h3>I più frequenti di ogni mese</h3>"
    months = [
        f"<li><b>{_text(format_month_it(month))}</b>"
        + ", ".join(f"{_text(text)}&nbsp;{number(count)}" for text, count in names)
        + "</li>"
        for month, names in zip(report.months, report.names_of_month, strict=True)
        if names
    ]
    yield f'<ol class="months">{"".join(months)}</ol></section>'


def _rising(report: Report) -> Iterator[str]:
    yield _section("Parole in crescita", wording.rising_note(report))
    if report.rising:
        rows = [
            f'<tr><th scope="row">{_text(word.text)}</th>'
            f'<td class="picture">{small_bars(word.by_week, last=report.weeks)}</td>'
            f'{_number(word.recent, "total")}<td class="number">{wording.decimal(word.expected)}</td>'
            f"{_number(word.before)}</tr>"
            for word in report.rising
        ]
        weeks = len(report.rising[0].by_week)
        yield _table(
            f"Articoli con la parola {wording.weeks(report)}; il disegno mostra {weeks} settimane",
            ["", _TREND, "Articoli", "Attesi", "Anno prima"],
            rows,
        )
    yield "</section>"


def _misspellings(heading: str, note: str, found: Sequence[Misspelling], total: int) -> Iterator[str]:
    if not found:
        return
    yield _section(heading, " ".join(part for part in (note, wording.more(total, found)) if part))
    rows = [
        f'<tr><th scope="row"><del>{_text(one.printed)}</del> <ins>{_text(one.meant)}</ins>'
        f'<div class="about">{articles(one.articles)}; giusto in {number(one.articles_meant)}</div>'
        "</th>"
        f"<td>{_articles(one.places)}</td></tr>"
        for one in found
    ]
    yield _table("Com'è scritto, come si scrive, e dove", ["Grafia", "Articoli"], rows, "words") + "</section>"


def _groups(heading: str, note: str, groups: Sequence[Found], num_all: int) -> Iterator[str]:
    if not groups:
        return
    yield _section(heading, " ".join(part for part in (note, wording.more(num_all, groups)) if part))
    rows = [
        f'<tr><th scope="row">{_text(wording.title(group.first[0]))}</th><td>{articles(group.total)}'
        f'<ul class="articles">{"".join(_about(one) for one in group.first)}</ul></td></tr>'
        for group in groups
    ]
    yield _table(heading, ["Titolo", "Articoli"], rows, "titles") + "</section>"


def _undated(report: Report) -> Iterator[str]:
    found = report.undated
    if found.total:
        yield _section("Senza data", wording.more(found.total, found.first)) + _articles(found.first) + "</section>"


def _articles(mentions: Sequence[Mention]) -> str:
    shown = (
        f'<li>{_text(wording.title(one))} <span class="about">{_text(wording.about(one))}</span></li>'
        for one in mentions
    )
    return f'<ul class="articles">{"".join(shown)}</ul>'


def _about(mention: Mention) -> str:
    return f'<li class="about">{_text(wording.about(mention))}</li>'


def _list(name: str, sentences: Iterable[str]) -> str:
    return f'<ul class="{name}">{"".join(f"<li>{_text(one)}</li>" for one in sentences)}</ul>'


def _text(text: str) -> str:
    """A text as HTML, without the characters that HTML forbids."""
    return escape("".join(char if char.isprintable() else " " for char in text))
