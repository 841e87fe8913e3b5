"""The JSON of a page: the same for the command line and the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.sections import join_steps
from search.page import Explanation, Hit, Page, RelatedHit, RelatedNews, Version, version_of

if TYPE_CHECKING:
    from search.desk import DraftReport


def page_as_json(page: Page) -> dict[str, object]:
    """A page as values that JSON has. A section is its path, "A / B"; ``snippet`` is HTML-escaped text with <mark>."""
    return {
        "query": page.query,
        "understood": page.understood,
        "total": page.total,
        "took_ms": round(page.took_ms, 3),
        "page": page.page,
        "size": page.size,
        "hits": [_hit_as_json(hit) for hit in page.hits],
        "facets": {
            name: [{"value": facet.value, "count": facet.count} for facet in counts]
            for name, counts in page.facets.items()
        },
        "histogram": [{"month": month, "count": count} for month, count in page.histogram],
        "suggestion": page.suggestion,
        "widened": page.widened,
        "now": page.now.isoformat(),
        "generation": page.generation,
        "fresh": page.is_fresh,
        "stories": page.stories,
    }


def related_as_json(news: RelatedNews) -> dict[str, object]:
    """Related news as values that JSON has: ``hits`` with ``reasons`` beside the fields of a search hit."""
    return {
        "hits": [_hit_as_json(hit) | {"reasons": list(hit.reasons)} for hit in news.hits],
        "took_ms": round(news.took_ms, 3),
        "now": news.now.isoformat(),
        "generation": news.generation,
    }


def draft_report_as_json(report: DraftReport) -> dict[str, object]:
    """A report on a draft as values that JSON has; links stand in the draft as it was read, blanks around it aside."""
    return {
        "told": [
            {
                **_version_as_json(version_of(one.article)),
                "shared": round(one.shared, 3),
                "sentences": list(one.sentences),
            }
            for one in report.told
        ],
        "background": [_hit_as_json(hit) | {"reasons": list(hit.reasons)} for hit in report.background],
        "links": [
            _version_as_json(version_of(link.article)) | {"anchor": link.anchor, "start": link.start, "end": link.end}
            for link in report.links
        ],
        "sections": [{"value": one.value, "support": one.support} for one in report.sections],
        "tags": [{"value": one.value, "support": one.support} for one in report.tags],
    }


def _hit_as_json(hit: Hit | RelatedHit) -> dict[str, object]:
    article = hit.article
    shown: dict[str, object] = {
        "id": article.article_id,
        "url": article.url,
        "site": article.site,
        "section": join_steps(article.section),
        "title": article.title,
        "lead": article.lead,
        "authors": list(article.authors),
        "published": None if article.published is None else article.published.isoformat(),
        "score": hit.score,
        "snippet": hit.snippet.html(),
    }
    if isinstance(hit, Hit) and hit.explanation is not None:
        shown["explanation"] = _explanation_as_json(hit.explanation)
    shown["versions"] = [_version_as_json(version) for version in hit.versions]
    shown["num_versions"] = hit.num_versions
    return shown


def _version_as_json(version: Version) -> dict[str, object]:
    return {
        "id": version.article_id,
        "site": version.site,
        "title": version.title,
        "url": version.url,
        "published": None if version.published is None else version.published.isoformat(),
    }


def _explanation_as_json(explanation: Explanation) -> dict[str, object]:
    return {
        "value": explanation.value,
        "text": explanation.text + (f": {explanation.how}" if explanation.how else ""),
        "parts": [_explanation_as_json(part) for part in explanation.parts],
    }
