"""Citations: an article's reference in plain text, as a bibliography in Italian has it."""

from __future__ import annotations

from datetime import date

from index.article import Article
from index.dates import day_in_rome, format_day_it
from search.wording import with_article


def reference(article: Article, address: str, *, today: date) -> str:
    """Authors, «Title», site, day, address, and the day on which it was read there."""
    parts = [
        ", ".join(article.authors),
        f"«{article.title}»",
        article.site,
        "" if article.published is None else format_day_it(day_in_rome(article.published)),
        address,
    ]
    read = with_article("il", format_day_it(today)).replace("'", "’")
    return ", ".join(part for part in parts if part) + f" (consultato {read})"
