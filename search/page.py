"""Page: the answer to one question, the same value behind the command line, Python, JSON and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from index.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """An excerpt of an article and the words in it that matched.

    Attributes:
        text: one or two sentences of the lead or the body, plain text (not HTML), possibly with "…" at either end.
        highlights: half-open [start, end) ranges of code points in ``text``, ascending and disjoint.
    """

    text: str
    highlights: tuple[tuple[int, int], ...] = ()

    def html(self) -> str:
        """The text escaped for HTML, each highlight inside <mark>."""
        return self.marked("<mark>", "</mark>", escape=True)

    def marked(self, before: str, after: str, *, escape: bool = False) -> str:
        """The text with each highlight between ``before`` and ``after``; escaped for HTML on request."""
        clean = _escape if escape else str
        parts: list[str] = []
        at = 0
        for start, end in self.highlights:
            parts += (clean(self.text[at:start]), before, clean(self.text[start:end]), after)
            at = end
        return "".join(parts) + clean(self.text[at:])

    def lines(self) -> tuple[Snippet, ...]:
        """The lines of the text, each with its highlights; a highlight over a line's end is in both."""
        found: list[Snippet] = []
        at = 0
        for line in self.text.split("\n"):
            end = at + len(line)
            here = [(max(start, at) - at, min(stop, end) - at) for start, stop in self.highlights]
            found.append(Snippet(text=line, highlights=tuple(one for one in here if one[0] < one[1])))
            at = end + 1
        return tuple(found)


def _escape(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a hit has its score: a tree whose root's value is the score.

    Attributes:
        value: this node's contribution, no unit.
        text: what it is, in Italian, for a person.
        how: what makes the value of ``parts`` (sum, product), where the text does not say so itself.
        parts: what it was made of.
    """

    value: float
    text: str
    how: str = ""
    parts: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedArticle:
    """An article with the words of a question in it.

    Attributes:
        title, lead, body: the article's own, with the matched words as highlights.
    """

    article: Article
    title: Snippet
    lead: Snippet
    body: Snippet


MOST_VERSIONS: Final = 20
"""Versions told of a hit: a story may have thousands, such as a form that a paper prints every day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Another article that tells the story of a hit, and answers the question too; as ``Article`` has it."""

    article_id: str
    site: str
    title: str
    url: str
    published: date | None


def version_of(article: Article) -> Version:
    """An article as a version of a story."""
    return Version(
        article_id=article.article_id,
        site=article.site,
        title=article.title,
        url=article.url,
        published=article.published,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One ranked article of a page.

    Attributes:
        score: finite, >= 0, comparable only within one page's question and generation.
        snippet: from the lead or the body; its text is "" when the article has neither.
        title: the title with the matched words as highlights.
        explanation: only when asked for.
        versions: those of its story that it stands for, the first published first, at most MOST_VERSIONS; none unless
            the page is folded.
        num_versions: how many there are in all.
    """

    article: Article
    score: float
    snippet: Snippet
    title: Snippet
    explanation: Explanation | None = None
    versions: tuple[Version, ...] = ()
    num_versions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedHit:
    """An article that is related to another one, or to a draft.

    Attributes:
        score: finite, > 0, comparable only among the hits of one answer.
        snippet, title: as in ``Hit``; marked are the words that it shares.
        reasons: the names and words that it shares, as the text prints them, those that tell most first.
        versions, num_versions: those of its story that it stands for, as in ``Hit``.
    """

    article: Article
    score: float
    snippet: Snippet
    title: Snippet
    reasons: tuple[str, ...]
    versions: tuple[Version, ...] = ()
    num_versions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedNews:
    """The articles related to one article, or to one draft.

    Attributes:
        hits: best first; equal scores newest first, then by article id; none where nothing is related.
        took_ms: how long it took, milliseconds.
        now: the day that a draft is taken to be of.
        generation: the number of the index generation that answered.
    """

    hits: tuple[RelatedHit, ...]
    took_ms: float
    now: date
    generation: int


class FacetCount(NamedTuple):
    """How many of the found articles have one value of a facet; also a pair of the two.

    ``value`` is as shown and as a filter takes it: a section is its whole path, "Economia / Lavoro"; a year is "2024".
    """

    value: str
    count: int  # type: ignore[assignment]  # hides the method of tuples, which a pair has no use for


class MonthCount(NamedTuple):
    """How many of the found articles are of one month, "2024-03"; also a pair of the two."""

    month: str
    count: int  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the answer to one question.

    Attributes:
        query: what was asked, as it was typed.
        understood: in Italian, what was searched for; "" for an empty question, which finds everything.
        total: exact number of articles found.
        stories: exact number of hits on all pages: of several versions of a story one is a hit. As ``total`` where
            nothing is folded.
        took_ms: how long it took, milliseconds.
        page, size: 1-based page number, articles a page.
        hits: at most ``size``, best first; equal scores newest first, then by article id.
        facets: "section", "site", "author", "year" -> values, most frequent first, then by name
            (years newest first). Each facet is counted without its own filter.
        histogram: by month, ascending, months without articles left out.
        suggestion: the question that was probably meant, which finds something; None where this one is well spelt.
        widened: None; "stem" when related words were let in; "any" when not all words were required.
        is_fresh: whether of articles that answer alike the newer one was ranked higher.
        now: the day that freshness was reckoned from.
        generation: the number of the index generation that answered.
    """

    query: str
    understood: str
    total: int
    stories: int
    took_ms: float
    page: int
    size: int
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetCount, ...]]
    histogram: tuple[MonthCount, ...]
    suggestion: str | None
    widened: str | None
    is_fresh: bool
    now: date
    generation: int
