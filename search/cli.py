"""The commands that ask an archive: ``search``, ``related``, ``check-draft``, ``suggest``, ``report``, ``evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from index.dates import day_in_rome, format_day_it, today_in_rome
from index.sections import join_steps
from search.archive import open_archive
from search.errors import MAX_DRAFT_CHARS, DraftFault, InvalidDraft
from search.judgements import HALVES, Half
from search.page import Explanation, Hit, Page, RelatedHit
from search.page_json import draft_report_as_json, page_as_json, related_as_json
from search.question import MAX_DEPTH, MAX_SIZE, SORTS, check_days
from search.wording import articles, stories

if TYPE_CHECKING:
    from index.article import Article
    from search.desk import DraftReport
    from search.evaluate import Quality


@click.command()
@click.argument("query", default="")
@click.option("--from", "since", metavar="D", help="First day: 2024, 'marzo 2024', 13/03/2026, ieri...")
@click.option("--to", "until", metavar="D", help="Last day, inclusive.")
@click.option(
    "--section", "sections", metavar="S", multiple=True, help="Only this section and those below; repeatable."
)
@click.option("--site", "sites", metavar="S", multiple=True, help="Only this site; repeatable.")
@click.option("--author", "authors", metavar="A", multiple=True, help="Only this author; repeatable.")
@click.option("--without-section", "without_sections", metavar="S", multiple=True, help="Nothing of it; repeatable.")
@click.option("--without-site", "without_sites", metavar="S", multiple=True, help="Nothing of it; repeatable.")
@click.option("--without-author", "without_authors", metavar="A", multiple=True, help="Nothing by them; repeatable.")
@click.option("--sort", type=click.Choice(SORTS), default="relevance", show_default=True, help="Order of the results.")
@click.option("--any", "any_word", is_flag=True, help="One of the words will do.")
@click.option("--no-widen", is_flag=True, help="Only what matches as asked.")
@click.option("--no-fresh", is_flag=True, help="Rank by the words alone, whatever the date.")
@click.option("--no-fold", is_flag=True, help="Every version of a story as a result of its own.")
@click.option("--page", default=1, show_default=True, metavar="N", help="Page, from 1.")
@click.option("--size", default=10, show_default=True, metavar="N", help=f"Results a page, up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="The whole page as one line of JSON.")
@click.option("--explain", is_flag=True, help="Why each result has its score.")
@click.pass_context
def search(
    ctx: click.Context,
    /,
    query: str,
    *,
    as_json: bool,
    no_widen: bool,
    no_fresh: bool,
    no_fold: bool,
    any_word: bool,
    **asked: Any,
) -> None:
    """Search the archive: words, "quoted phrases", -word, E, O, NON, word*, titolo:, sezione:, dopo:2024..."""
    with open_archive(ctx.obj) as archive:
        page = archive.search(query, any=any_word, widen=not no_widen, fresh=not no_fresh, fold=not no_fold, **asked)
    if as_json:
        click.echo(msgspec.json.encode(page_as_json(page)))
        return
    _print_page(page)


def _print_page(page: Page) -> None:
    found = articles(page.total)
    if page.stories < page.total:
        found += f", {stories(page.stories)}"
    click.secho(f"{found}: {page.understood}" if page.understood else found, bold=True)
    if page.suggestion is not None:
        click.echo(f"Forse cercavi: {page.suggestion}")
    if page.widened == "stem":
        click.echo("(anche parole della stessa famiglia)")
    elif page.widened == "any":
        click.echo("(anche articoli che hanno solo alcune delle parole)")
    if page.total and not page.hits:
        last = -(-min(page.stories, MAX_DEPTH) // page.size)
        click.echo(f"(questa pagina non c'è: i risultati finiscono alla pagina {last})")
    for number, hit in enumerate(page.hits, start=(page.page - 1) * page.size + 1):
        _print_hit(number, hit)


@click.command()
@click.argument("article_id", metavar="ID", required=False)
@click.option(
    "--text",
    "draft",
    metavar="FILE",
    type=click.File("rb"),
    help="A draft instead of an article; - for standard input.",
)
@click.option("--site", "sites", metavar="S", multiple=True, help="Only articles of this site; repeatable.")
@click.option("--earlier", is_flag=True, help="Only articles published before it.")
@click.option("--no-fresh", is_flag=True, help="Rank by what is shared alone, whatever the date.")
@click.option("--size", default=10, show_default=True, metavar="N", help=f"Articles, up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def related(
    ctx: click.Context,
    /,
    article_id: str | None,
    *,
    draft: BinaryIO | None,
    no_fresh: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """The articles related to the article ID, or to a draft: other steps of its story, the same names; and why."""
    if (article_id is None) == (draft is None):
        raise click.UsageError("give either the ID of an article or --text FILE with a draft")
    text = None if draft is None else read_draft(draft)
    with open_archive(ctx.obj) as archive:
        news = archive.related(article_id=article_id, text=text, fresh=not no_fresh, **asked)
    if as_json:
        click.echo(msgspec.json.encode(related_as_json(news)))
        return
    if not news.hits:
        click.echo("nessun articolo correlato")
    for number, hit in enumerate(news.hits, start=1):
        _print_hit(number, hit)


@click.command("check-draft")
@click.argument("draft", metavar="FILE", type=click.File("rb"))
@click.option("--site", "sites", metavar="S", multiple=True, help="Only articles of this site; repeatable.")
@click.option("--size", default=5, show_default=True, metavar="N", help=f"Articles to link, up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def check_draft(ctx: click.Context, draft: BinaryIO, *, sites: Sequence[str], size: int, as_json: bool) -> None:
    """What the archive says of the draft in FILE (-: standard input): who told it, what to link, where to file it."""
    text = read_draft(draft)
    with open_archive(ctx.obj) as archive:
        report = archive.check_draft(text, sites=sites, size=size)
    if as_json:
        click.echo(msgspec.json.encode(draft_report_as_json(report)))
        return
    _print_draft_report(report)


def _print_draft_report(report: DraftReport) -> None:
    click.secho("Già scritto" if report.told else "Nessun articolo racconta già questa notizia.", bold=True)
    for told in report.told:
        click.echo(f"\n   {told.article.title}")
        _print_about(told.article)
        click.secho(f"   in comune: {told.shared:.0%}", fg="cyan")
        for sentence in told.sentences:
            click.echo(f"   «{sentence}»")
    click.secho("\nDa richiamare" if report.background else "\nNulla da richiamare.", bold=True)
    for number, hit in enumerate(report.background, start=1):
        _print_hit(number, hit)
    if report.links:
        click.secho("\nLink", bold=True)
    for link in report.links:
        click.echo(f"   «{link.anchor}»: {link.article.title} ({link.article.url or link.article.article_id})")
    for name, proposals in (("Sezioni", report.sections), ("Tag", report.tags)):
        if proposals:
            listed = ", ".join(f"{one.value} ({articles(one.support)})" for one in proposals)
            click.echo(click.style(f"\n{name}: ", bold=True) + listed)


def read_draft(draft: BinaryIO) -> str:
    """The text of a draft, read from a file.

    Raises:
        InvalidDraft: it is no UTF-8 text, or too long.
    """
    content = draft.read(4 * MAX_DRAFT_CHARS + 1)  # a character has up to four bytes
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        is_cut = error.start > 4 * MAX_DRAFT_CHARS - 4  # in the middle of its last character
        fault: DraftFault = "long" if is_cut else "binary"
        raise InvalidDraft(fault, content.decode(errors="replace")) from error


def _print_hit(number: int, hit: Hit | RelatedHit) -> None:
    article = hit.article
    before, after = click.style("\0", fg="yellow", bold=True, reset=False).split("\0")[0], click.style("", reset=True)
    click.echo(f"\n{number}. {hit.title.marked(before, after)}")
    _print_about(article)
    if hit.snippet.text:
        click.echo("   " + hit.snippet.marked(before, after))
    if hit.versions:
        others = "1 altra versione" if hit.num_versions == 1 else f"altre {hit.num_versions} versioni"
        named = ", ".join(f"{version.site or 'senza sito'} ({version.article_id})" for version in hit.versions)
        if (left := hit.num_versions - len(hit.versions)) > 0:
            named += f" e {left} ancora"
        click.secho(f"   {others}: {named}", dim=True)
    if isinstance(hit, RelatedHit):
        click.secho("   in comune: " + ", ".join(hit.reasons), fg="cyan")
    elif hit.explanation is not None:
        _print_explanation(hit.explanation, "   ")


def _print_about(article: Article) -> None:
    day = "senza data" if article.published is None else format_day_it(day_in_rome(article.published))
    about = [day, article.site, join_steps(article.section), ", ".join(article.authors), article.article_id]
    click.secho("   " + " - ".join(text for text in about if text), dim=True)


def _print_explanation(explanation: Explanation, indent: str) -> None:
    how = f": {explanation.how}" if explanation.how else ""
    click.secho(f"{indent}{explanation.value:.4f}  {explanation.text}{how}", fg="cyan")
    for part in explanation.parts:
        _print_explanation(part, indent + "  ")


@click.command()
@click.argument("prefix")
@click.option("--size", default=10, show_default=True, metavar="N", help=f"Suggestions, up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_context
def suggest(ctx: click.Context, prefix: str, size: int, as_json: bool) -> None:
    """What may be asked that begins with PREFIX: words and phrases of the archive, sections, tags, titles."""
    with open_archive(ctx.obj) as archive:
        suggestions = archive.suggest(prefix, size=size)
    click.echo(msgspec.json.encode(suggestions) if as_json else "\n".join(suggestions))


@click.command()
@click.option(
    "--html", "page", metavar="FILE", type=click.Path(path_type=Path), help="Write it as a page to print, too."
)
@click.option("--now", metavar="D", help="Last day of the report; that of the newest article when there is none.")
@click.option("--site", "sites", metavar="S", multiple=True, help="Only this site; repeatable.")
@click.option("--months", default=12, show_default=True, metavar="N", help="Calendar months, up to 60.")
@click.option(
    "--weeks", default=4, show_default=True, metavar="N", help="Weeks compared with the year before, up to 26."
)
@click.option("--size", default=10, show_default=True, metavar="N", help=f"Names, words, sites..., up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def report(ctx: click.Context, /, *, page: Path | None, now: str | None, as_json: bool, **asked: Any) -> None:
    """The archive's own words: names, rising words, months, sites and sections, what is undated, double or misspelt.

    In Italian, as its readers are editors.
    """
    from search.report.as_json import report_as_json
    from search.report.text import report_as_text

    with open_archive(ctx.obj) as archive:
        told = archive.report(now=_last_day(now), **asked)
    if page is not None:
        from index.export import export_file
        from search.report.page import report_as_page

        with export_file(page) as file:
            file.write(report_as_page(told).encode())
    click.echo(msgspec.json.encode(report_as_json(told)) if as_json else report_as_text(told))


def _last_day(text: str | None) -> date | None:
    """The last day of what a person types as a date; None for nothing."""
    if text is None:
        return None
    days = check_days(None, text, today=today_in_rome())
    return None if days.until is None else days.until - timedelta(days=1)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--settings", default="", metavar="S", help="Settings of the ranking: name=value,name=value.")
@click.option("--against", metavar="S", help="Other settings, to compare with; '' for the usual ones.")
@click.option("--half", type=click.Choice(HALVES), help="Only the queries at odd or even places, the first being odd.")
@click.option("--leave-out-own", is_flag=True, help="A query's own article, its id without the leading q, is left out.")
@click.option("--related", "is_related", is_flag=True, help="Judge related news: a query's own article is the draft.")
@click.option("--queries", "each_query", is_flag=True, help="The measures of each query too, with tabs between.")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
def evaluate(
    folder: Path,
    *,
    settings: str,
    against: str | None,
    half: Half | None,
    leave_out_own: bool,
    is_related: bool,
    each_query: bool,
    as_json: bool,
) -> None:
    """Judge the ranking on DIR: docs.jsonl, queries.tsv (id, text) and qrels.tsv (query, article, grade)."""
    from search.evaluate import evaluate as evaluate_judgements
    from search.evaluate import evaluate_related, evaluation_as_json
    from search.tuning import settings_from_text

    if is_related:
        if settings or against is not None:
            raise click.UsageError("--related judges related news, which has no --settings and nothing --against")
        first, second = evaluate_related(folder, half=half), None
    else:
        rankings = [settings_from_text(text) for text in (settings, against) if text is not None]
        first, *others = evaluate_judgements(
            folder, rankings, half=half, leave_out_own=leave_out_own, on_missing=_report_missing
        )
        second = others[0] if others else None
    if as_json:
        click.echo(msgspec.json.encode(evaluation_as_json(first, second, each_query=each_query)))
        return
    if each_query:
        _print_queries(first, second)
    _print_quality(first, second)


def _report_missing(ids: Sequence[str]) -> None:
    click.echo(
        f"emeroteca: relevant articles that are not in docs.jsonl count as not found: {len(ids):,}, first {ids[0]!r}",
        err=True,
    )


def _print_queries(first: Quality, second: Quality | None) -> None:
    for query, text in first.texts.items():
        measured = [quality.of_query[query] for quality in (first, second) if quality is not None]
        values = [f"{value:.4f}" for measures in measured for value in asdict(measures).values()]
        click.echo("\t".join([query, text, *values]))


def _print_quality(first: Quality, second: Quality | None) -> None:
    means = asdict(first.means)
    if second is None:
        for name, value in means.items():
            click.echo(f"{name:10}{value:>10.4f}")
        click.echo(f"{'queries':10}{len(first.texts):>10,}")
        return
    from search.evaluate import compare_quality

    click.echo(f"{'':10}{'settings':>10}{'against':>10}{'difference':>12}")
    for name, other in asdict(second.means).items():
        click.echo(f"{name:10}{means[name]:>10.4f}{other:>10.4f}{means[name] - other:>+12.4f}")
    compared = compare_quality(first, second)
    for name, count in (("queries", len(first.texts)), *list(asdict(compared).items())[:3]):
        click.echo(f"{name:10}{count:>10,}")
    click.echo(f"{'p_value':10}{compared.p_value:>10.4f}")
