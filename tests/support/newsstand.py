"""A larger archive for the pages: the demo articles over 25 years, with more authors, and what is hard to set."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from index.article import Article, article_from_record

DEMO = Path(__file__).resolve().parents[2] / "index" / "demo" / "articles.jsonl"
YEARS = 25
FIRST_NAMES = ("Anna", "Ugo", "Lia", "Pier Paolo", "Maria Vittoria")
FAMILY_NAMES = ("Neri", "D’Amico", "Verdi", "Quattrocchi", "De Santis", "Bo", "Montefeltro", "Lo Presti")
LONG_WORD = "psiconeuroendocrinoimmunologicamentesupercalifragilistichespiralidosoprecipitevolissimevolmente"


def demo_articles() -> list[Article]:
    """The articles of the demo archive."""
    return [article_from_record(json.loads(line)) for line in DEMO.read_text(encoding="utf-8").splitlines()]


def newsstand_articles(today: date) -> list[Article]:
    """Articles about all sorts of things, the newest of yesterday: thirty sections, forty authors."""
    demo = demo_articles()
    authors = [f"{first} {family}" for family in FAMILY_NAMES for first in FIRST_NAMES]
    articles = [
        replace(
            article,
            url=article.url.replace(".example/", ".prova.it/"),
            authors=(authors[number % len(authors)], *article.authors[1:]),
            # Denser towards today, as archives are.
            published=today - timedelta(days=1 + int(YEARS * 365 * (number / len(demo)) ** 2)),
        )
        for number, article in enumerate(demo)
    ]
    odd = [
        Article(article_id="senza-data", title="Un articolo undatato e solitario", body="", url="pagina-relativa"),
        Article(
            article_id="lungo",
            title=f"Il comune di {LONG_WORD}",
            lead=f"Chi abita a {LONG_WORD} lo sa dire d’un fiato.",
            body=f"A {LONG_WORD}, dice https://www.comune.example/{LONG_WORD}/{LONG_WORD}, il comune cambia nome.\n"
            * 2,
            url=f"https://www.comune-lungo.it/{LONG_WORD}",
            site="Gazzetta di " + LONG_WORD[:40],
            section=("Società", LONG_WORD),
            authors=("Anna " + LONG_WORD[:60],),
            tags=(LONG_WORD,),
            published=today - timedelta(days=2),
        ),
    ]
    return articles + odd
