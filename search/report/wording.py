"""The Italian of a report: months, numbers and sentences, the same as text and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.dates import format_day_it, format_month_it, year_of_month
from search.report.values import Mention, Months, Report, Volume
from search.wording import articles, counted, listed, number, with_article

TITLE = "Le parole dell'archivio"
MOST_GAPS = 4


def decimal(value: float) -> str:
    """A number with one decimal: 4,3."""
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def short_month(at: int) -> str:
    """ "giu 25"."""
    return f"{format_month_it(at)[:3]} {year_of_month(at) % 100:02d}"


def stretch(months: Months) -> str:
    """ "luglio 2024", "luglio – dicembre 2024", "novembre 2024 – marzo 2025"."""
    first, last = months
    begin = format_month_it(first)
    if first == last:
        return begin
    if year_of_month(first) == year_of_month(last):
        begin, _ = begin.split()
    return f"{begin} – {format_month_it(last)}"


def gaps(volume: Volume) -> str:
    """The months without an article, "" where there is none."""
    if not volume.gaps:
        return ""
    shown = [stretch(gap) for gap in volume.gaps[-MOST_GAPS:]]
    earlier = len(volume.gaps) - len(shown)
    return ("; ".join(shown)) + (f" (e {counted(earlier, 'altro vuoto', 'altri vuoti')} prima)" if earlier else "")


def label(volume: Volume, *, without: str, others: str, num_all: int, num_told: int) -> str:
    """A site or a section as it is called; those that have none, and those that are not told one by one."""
    if volume.label is None:
        return f"{others} ({number(num_all - num_told)})"
    return volume.label or without


def subject(report: Report) -> str:
    """What the report is about, in a line."""
    which = f"Solo {listed(report.sites)}. " if report.sites else ""
    first, last = map(format_month_it, (report.months[0], report.months[-1]))
    return f"{which}{first.capitalize()} – {last}, fino {with_article('al', format_day_it(report.now))}"


def summary(report: Report) -> list[str]:
    """The first sentences: how much there is, and what is not in the period."""
    whole = report.whole
    if report.articles == 0:
        return ["Nell'archivio non c'è nessun articolo."]
    said = [f"{articles(report.articles)} in tutto, {number(whole.articles)} nel periodo."]
    if whole.span is not None:
        first, last = whole.span
        said.append(
            f"{'È' if report.articles == 1 else 'Tutti'} di {format_month_it(first)}."
            if first == last
            else f"Il più vecchio è di {format_month_it(first)}, il più recente di {format_month_it(last)}."
        )
    if whole.gaps:
        said.append(f"Mesi senza articoli: {gaps(whole)}.")
    if report.undated.total:
        said.append(
            f"{counted(report.undated.total, 'articolo non ha', 'articoli non hanno')} una data,"
            " e nei conti per mese non ci sono."
        )
    if report.after:
        said.append(
            f"{counted(report.after, 'articolo porta', 'articoli portano')} una data"
            f" dopo {with_article('il', format_day_it(report.now))}."
        )
    return said


def weeks(report: Report) -> str:
    """ "nell'ultima settimana", "nelle ultime 4 settimane"."""
    return "nell'ultima settimana" if report.weeks == 1 else f"nelle ultime {report.weeks} settimane"


def rising_note(report: Report) -> str:
    """How to read the rising words, or why there are none."""
    if report.num_recent == 0 or report.num_before == 0:
        return (
            "Per un confronto servono articoli delle ultime settimane e dell'anno prima:"
            f" qui sono {number(report.num_recent)} e {number(report.num_before)}."
        )
    before = "quello" if report.num_before == 1 else f"i {number(report.num_before)}"
    compared = (
        f"{articles(report.num_recent).capitalize()} {weeks(report)}, a confronto con {before}"
        " dell'anno prima, testata per testata."
    )
    if not report.rising:
        return f"{compared} Nessuna parola è cresciuta in modo chiaro."
    return (
        f"{compared} «Attesi» sono gli articoli che la parola avrebbe se ogni testata la scrivesse"
        " come nell'anno prima; le forme della stessa parola contano insieme."
    )


def day(published: date | None) -> str:
    """The day as readers see it."""
    return "senza data" if published is None else format_day_it(published)


def about(mention: Mention) -> str:
    """Day, site and id of an article."""
    return " · ".join(text for text in (day(mention.published), mention.site, mention.article_id) if text)


def title(mention: Mention) -> str:
    """The title of an article."""
    return mention.title or "(senza titolo)"


def more(total: int, shown: Sequence[object]) -> str:
    """ "In tutto 35, qui 10.", or "" when all are shown."""
    return f"In tutto {number(total)}, qui {len(shown)}." if total > len(shown) else ""


NAMES_NOTE = "In quanti articoli del periodo c'è ogni nome o sigla. I nomi li impara l'archivio dalle maiuscole."
SLIPS_NOTE = "Grafie sempre sbagliate. Di ognuna si indicano gli articoli più recenti."
TYPOS_NOTE = (
    "Parole che stanno in uno o due articoli e differiscono per una lettera da una molto più frequente; il dizionario"
    " non le conosce. Qualcuna può essere giusta."
)
STORIES_NOTE = "Articoli che raccontano la stessa notizia quasi con le stesse parole."
SAME_NOTE = "Articoli con lo stesso titolo, forse pubblicati due volte."
