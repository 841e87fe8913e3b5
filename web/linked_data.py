"""Linked data: what a page is about, in the words of schema.org, for search engines and readers' programs."""

from __future__ import annotations

from datetime import date, datetime

from index.article import Article
from index.dates import moment_of


def news_article(article: Article, address: str, archive_name: str) -> dict[str, object]:
    """An article as a ``NewsArticle``; what it does not have is left out."""
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.lead,
        "url": address,
        "inLanguage": "it",
        "datePublished": _moment(article.published),
        "dateModified": _moment(article.updated),
        "author": [{"@type": "Person", "name": author} for author in article.authors],
        "articleSection": list(article.section),
        "keywords": list(article.tags),
        "publisher": {"@type": "Organization", "name": article.site or archive_name},
    }
    return {name: value for name, value in found.items() if value}


def web_site(name: str, address: str, results: str) -> dict[str, object]:
    """The site as a ``WebSite`` that can be searched.

    Args:
        address: of its first page.
        results: address of its page of results.
    """
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": name,
        "url": address,
        "inLanguage": "it",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": results + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def _moment(published: date | datetime | None) -> str:
    if isinstance(published, datetime):
        return moment_of(published).isoformat()
    return "" if published is None else published.isoformat()
