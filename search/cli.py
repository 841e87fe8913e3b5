"""The commands that ask an archive: ``search``, ``suggest``, ``evaluate``."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import msgspec

from index.dates import day_in_rome, format_day_it
from search.archive import open_archive
from search.evaluate import evaluate as evaluate_judgements
from search.page import Explanation, Hit, Page
from search.page_json import page_as_json
from search.question import MAX_SIZE, SORTS


@click.command()
@click.argument("query", default="")
@click.option("--from", "since", metavar="D", help="First day: 2024, 'marzo 2024', 13/03/2026, ieri...")
@click.option("--to", "until", metavar="D", help="Last day, inclusive.")
@click.option(
    "--section", "sections", metavar="S", multiple=True, help="Only this section and those below; repeatable."
)
@click.option("--site", "sites", metavar="S", multiple=True, help="Only this site; repeatable.")
@click.option("--author", "authors", metavar="A", multiple=True, help="Only this author; repeatable.")
@click.option("--sort", type=click.Choice(SORTS), default="relevance", show_default=True, help="Order of the results.")
@click.option("--any", "any_word", is_flag=True, help="One of the words will do.")
@click.option("--no-widen", is_flag=True, help="Only what matches as asked.")
@click.option("--page", default=1, show_default=True, metavar="N", help="Page, from 1.")
@click.option("--size", default=10, show_default=True, metavar="N", help=f"Results a page, up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="The whole page as one line of JSON.")
@click.option("--explain", is_flag=True, help="Why each result has its score.")
@click.pass_context
def search(ctx: click.Context, /, query: str, *, as_json: bool, no_widen: bool, any_word: bool, **asked: Any) -> None:
    """Search the archive: words, "quoted phrases", -word, E, O, NON, word*, titolo:, sezione:, dopo:2024..."""
    with open_archive(ctx.obj) as archive:
        page = archive.search(query, any=any_word, widen=not no_widen, **asked)
    if as_json:
        click.echo(msgspec.json.encode(page_as_json(page)))
        return
    _print_page(page)


def _print_page(page: Page) -> None:
    found = "1 articolo" if page.total == 1 else f"{page.total:,} articoli".replace(",", ".")
    click.secho(f"{found}: {page.understood}" if page.understood else found, bold=True)
    if page.widened == "stem":
        click.echo("(anche parole della stessa famiglia)")
    elif page.widened == "any":
        click.echo("(anche articoli che hanno solo alcune delle parole)")
    for number, hit in enumerate(page.hits, start=(page.page - 1) * page.size + 1):
        _print_hit(number, hit)


def _print_hit(number: int, hit: Hit) -> None:
    article = hit.article
    before, after = click.style("\0", fg="yellow", bold=True, reset=False).split("\0")[0], click.style("", reset=True)
    click.echo(f"\n{number}. {hit.title.marked(before, after)}")
    day = "senza data" if article.published is None else format_day_it(day_in_rome(article.published))
    about = [day, article.site, " / ".join(article.section), ", ".join(article.authors), article.article_id]
    click.secho("   " + " - ".join(text for text in about if text), dim=True)
    if hit.snippet.text:
        click.echo("   " + hit.snippet.marked(before, after))
    if hit.explanation is not None:
        _print_explanation(hit.explanation, "   ")


def _print_explanation(explanation: Explanation, indent: str) -> None:
    click.secho(f"{indent}{explanation.value:.4f}  {explanation.text}", fg="cyan")
    for part in explanation.parts:
        _print_explanation(part, indent + "  ")


@click.command()
@click.argument("prefix")
@click.option("--size", default=10, show_default=True, metavar="N", help=f"Suggestions, up to {MAX_SIZE}.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_context
def suggest(ctx: click.Context, prefix: str, size: int, as_json: bool) -> None:
    """Words of the archive that begin with PREFIX, the commonest first."""
    with open_archive(ctx.obj) as archive:
        words = archive.suggest(prefix, size=size)
    click.echo(msgspec.json.encode(words) if as_json else "\n".join(words))


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
def evaluate(folder: Path, as_json: bool) -> None:
    """Judge the ranking on DIR: docs.jsonl, queries.tsv (id, text) and qrels.tsv (query, article, grade)."""
    quality = evaluate_judgements(folder)
    if as_json:
        click.echo(msgspec.json.encode(quality))
        return
    for name in [field.name for field in fields(quality)]:
        value = getattr(quality, name)
        click.echo(f"{name:10}{value:>10.4f}" if isinstance(value, float) else f"{name:10}{value:>10,}")
