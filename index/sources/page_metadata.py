"""What a page says of its article to machines: JSON-LD first, then meta elements and links.

A page carries the metadata of other articles too (lists of related news, the whole site): only what provably speaks of
the page's own article is taken.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import msgspec

from index.dates import parse_published
from index.plain_text import clean_line
from index.sources.markup import plain_text
from index.sources.page_lines import fold_line, read_section

_ARTICLE_TYPES = re.compile(r"(?:https?://schema\.org/)?\w*(?:Article|BlogPosting|NewsArticle)")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_SCRIPT_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*(?:;\s*)?$")
_MAX_NESTING = 6
_MAX_NODES = 1_000
_MAX_TITLE_CHARS = 500

_TITLE_NAMES = ("og:title", "twitter:title", "dc.title", "title")
_LEAD_NAMES = ("og:description", "description", "twitter:description", "dc.description")
_SITE_NAMES = ("og:site_name", "application-name", "publisher")
_PUBLISHED_NAMES = (
    *("article:published_time", "article:published", "og:article:published_time", "datepublished", "og:pubdate"),
    *("pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "dc.date.issued", "dcterms.issued"),
    *("dcterms.created", "dc.date.created", "dc.date", "sailthru.date", "parsely-pub-date"),
    *("cxenseparse:recs:publishtime", "date"),
)
_UPDATED_NAMES = ("article:modified_time", "og:article:modified_time", "datemodified", "og:updated_time", "lastmod")
_AUTHOR_NAMES = ("article:author", "author", "og:author", "dc.creator", "parsely-author", "sailthru.author", "byl")


@dataclass(slots=True)
class Metadata:
    """The fields of a record as the page states them; "" and empty lists where it does not.

    Attributes:
        is_article: whether the page says that it is an article.
        titles: from the most to the least trusted; the last ones may have the site's name at their end.
    """

    is_article: bool = False
    titles: list[str] = field(default_factory=list)
    lead: str = ""
    body: str = ""
    url: str = ""
    site: str = ""
    section: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    published: str = ""
    updated: str = ""


def read_metadata(root: Any, headings: list[str]) -> Metadata:
    """Read a page's metadata.

    Args:
        root: its <html> element.
        headings: the texts of its h1 and h2, which tell its own article's JSON-LD from another's.
    """
    metas = _metas(root)
    url = _address(root, metas)
    page_titles = [*(metas[name][0] for name in _TITLE_NAMES if name in metas), *headings, *_title_element(root)]
    page_titles = [title for title in page_titles if len(title) <= _MAX_TITLE_CHARS]
    nodes = list(islice(_linked_data(root), _MAX_NODES))
    article = _own_article(nodes, url, page_titles)
    found = Metadata(
        is_article=article is not None or metas.get("og:type", [""])[0] == "article",
        titles=[metas[name][0] for name in _TITLE_NAMES if name in metas],
        lead=next((metas[name][0] for name in _LEAD_NAMES if name in metas), ""),
        url=url,
        site=next((metas[name][0] for name in _SITE_NAMES if name in metas and "://" not in metas[name][0]), ""),
        section=[name for name in metas.get("article:section", [])[:1] if len(name) <= 60],
        authors=[name for meta in _AUTHOR_NAMES for name in metas.get(meta, []) if _is_person(name)][:20],
        tags=metas.get("article:tag") or _split(metas.get("news_keywords", metas.get("keywords", []))),
        published=_first_date(metas, _PUBLISHED_NAMES),
        updated=_first_date(metas, _UPDATED_NAMES),
    )
    found.authors = list(dict.fromkeys(found.authors))
    found.section = _path(found.section)
    if article is not None:
        _overlay(found, article)
    # The path to the section is worth more than its last name.
    breadcrumb = _breadcrumb(nodes, [*found.titles, *page_titles])
    if breadcrumb and (not found.section or fold_line(found.section[-1]) in map(fold_line, breadcrumb)):
        found.section = breadcrumb
    found.site = found.site or _site_in_title(_title_element(root), headings)
    if not found.site and found.url:
        found.site = (urlsplit(found.url).hostname or "").removeprefix("www.")
    own_titles = set(map(fold_line, [*found.titles, *headings]))
    found.section = [name for name in found.section if fold_line(name) not in own_titles]
    return found


def is_date(text: str) -> bool:
    """Whether a date is one that an article can have."""
    try:
        parse_published(text)
    except ValueError:
        return False
    return True


def _overlay(found: Metadata, article: Mapping[str, object]) -> None:
    """Put what JSON-LD says above what the meta elements said."""
    title = _text(article.get("headline")) or _text(article.get("name"))
    found.titles = [title, *found.titles] if title else found.titles
    found.lead = _text(article.get("description")) or found.lead
    found.body = _prose(article.get("articleBody"))
    found.authors = _person_names(article.get("author")) or _person_names(article.get("creator")) or found.authors
    found.section = _path(_texts(article.get("articleSection"))) or found.section
    found.tags = _split(_texts(article.get("keywords"))) or found.tags
    published, updated = _text(article.get("datePublished")), _text(article.get("dateModified"))
    found.published = published if is_date(published) else found.published
    found.updated = updated if is_date(updated) else found.updated
    found.url = found.url or _node_url(article)
    # The masthead is what the page calls itself; JSON-LD's publisher is often the company behind it.
    found.site = found.site or _text(article.get("publisher")) or _text(article.get("isPartOf"))


def _metas(root: Any) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        # Inside the body, an itemprop may be another article's; those of the article's own markup are page_body's.
        name = element.get("property") or element.get("name") or ""
        if not name and next(element.iterancestors("head"), None) is not None:
            name = element.get("itemprop") or ""
        content = _clean(element.get("content") or "")
        if name and content:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _address(root: Any, metas: dict[str, list[str]]) -> str:
    canonical = [link.get("href") or "" for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    candidates = [*canonical, *metas.get("og:url", [])]
    return next((url.strip() for url in candidates if _is_article_address(url.strip())), "")


def _is_article_address(url: str) -> bool:
    """Whether it can be one article's: the home page's, which careless templates put on each page, cannot."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and (parts.path not in ("", "/") or bool(parts.query))
    )


def _title_element(root: Any) -> list[str]:
    return [_clean("".join(element.itertext())) for element in root.iter("title")][:1]


def _site_in_title(title_element: list[str], headings: list[str]) -> str:
    """The masthead at the end of the <title>: "Titolo | Testata" on a page whose heading is "Titolo"."""
    for title in title_element:
        for heading in headings:
            rest = title[len(heading) :].strip() if heading and title.startswith(heading) else ""
            name = rest.strip(" -–—|:·•»")
            if name and name != rest and len(name) <= 40:
                return name
    return ""


def _linked_data(root: Any) -> Iterator[Mapping[str, object]]:
    """All JSON-LD objects that speak of the page: those at the top, in lists, in @graph and under mainEntity."""
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            yield from _objects(_lenient_json("".join(script.itertext())), 0)


def _objects(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    if depth > _MAX_NESTING:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(name), depth + 1)


def _lenient_json(text: str) -> object:
    """JSON as publishing systems write it: in comments, with raw line ends and too many commas; None if hopeless."""
    bare = _SCRIPT_WRAPPING.sub("", text).strip().rstrip(";")
    # The last resort, for scripts that were escaped whole. Not before: "&quot;" inside a string is the string's own.
    for candidate in (bare, _mended(bare), _mended(html.unescape(bare))):
        try:
            return msgspec.json.decode(candidate.encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
    return None


def _mended(text: str) -> str:
    return _TRAILING_COMMA.sub(r"\1", re.sub("[\x00-\x1f]+", " ", text))


def _own_article(nodes: list[Mapping[str, object]], url: str, titles: list[str]) -> Mapping[str, object] | None:
    """The JSON-LD article that is the page's: by its address, else by its title, else the only one on a bare page."""
    articles = [node for node in nodes if any(map(_ARTICLE_TYPES.fullmatch, _texts(node.get("@type"))))]
    for node in articles:
        if url and _same_address(_node_url(node), url):
            return node
    for node in articles:
        headline = _text(node.get("headline")) or _text(node.get("name"))
        if headline and any(_same_title(headline, title) for title in titles):
            return node
    has_evidence = any(_node_url(node) for node in articles) and bool(url)
    return articles[0] if len(articles) == 1 and not has_evidence and not titles else None


def _same_address(one: str, other: str) -> bool:
    def bare(url: str) -> str:
        return re.sub(r"^https?://(?:www\.|m\.)?", "", re.split(r"#|\?utm_", url, maxsplit=1)[0]).rstrip("/").lower()

    return bool(one) and bare(one) == bare(other)


def _same_title(one: str, other: str) -> bool:
    """Whether two titles are one: equal, one at the beginning of the other, or most of their words shared."""
    first, second = fold_line(one), fold_line(other)
    if not first or not second:
        return False
    shorter, longer = sorted((first, second), key=len)
    if longer.startswith(shorter) and len(shorter) >= 15:
        return True
    words, others = set(first.split()), set(second.split())
    return first == second or (min(len(words), len(others)) >= 4 and len(words & others) >= 0.6 * len(words | others))


def _node_url(node: Mapping[str, object]) -> str:
    main = node.get("mainEntityOfPage")
    candidates = [node.get("url"), main.get("@id") if isinstance(main, dict) else main, node.get("@id")]
    return next(
        (str(url).strip() for url in candidates if isinstance(url, str) and _is_article_address(url.strip())), ""
    )


def _breadcrumb(nodes: list[Mapping[str, object]], titles: list[str]) -> list[str]:
    """The path of sections in a BreadcrumbList: without the home page before it and the article after it."""
    for node in nodes:
        items = node.get("itemListElement")
        if "BreadcrumbList" not in _texts(node.get("@type")) or not isinstance(items, list):
            continue
        names: list[str] = []
        is_home = True
        for item in items:
            if isinstance(item, dict):
                target = item.get("item")
                name = _text(item.get("name")) or _text(target)
                address = target.get("@id") or target.get("url") if isinstance(target, dict) else target
                # The first step is the home page, whatever it is called, if its address has no path.
                is_home = is_home and not names and isinstance(address, str) and not _is_article_address(address)
                if name and not is_home and fold_line(name) not in ("home", "home page", "homepage"):
                    names.append(name)
        own = set(map(fold_line, titles))
        return [name for name in names if fold_line(name) not in own and len(name) <= 60]
    return []


def _path(names: list[str]) -> list[str]:
    """One name that is a path ("A / B") taken apart."""
    return list(read_section(names[0])) or names if len(names) == 1 else names


def _first_date(metas: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((text for name in names for text in metas.get(name, [])[:1] if is_date(text)), "")


def _is_person(name: str) -> bool:
    """Whether an author's name is one, and not the address of a profile or an account."""
    return "/" not in name and "@" not in name and len(name) <= 100


def _person_names(value: object) -> list[str]:
    return [name for name in _split(_texts(value)) if _is_person(name)]


def _split(texts: list[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _texts(value: object) -> list[str]:
    """The strings in a JSON-LD value, which may be one, a list, or objects with a name."""
    values = value if isinstance(value, list) else [value]
    return [text for text in map(_text, values) if text]


def _text(value: object) -> str:
    if isinstance(value, list):
        return next(filter(None, map(_text, value[:20])), "")
    if isinstance(value, dict):
        inner = value.get("name") or value.get("@value")
        return _clean(inner) if isinstance(inner, str) else ""
    return _clean(value) if isinstance(value, str) else ""


def _prose(value: object) -> str:
    return plain_text(html.unescape(value) if "&lt;" in value else value) if isinstance(value, str) else _text(value)


def _clean(text: str) -> str:
    try:
        text = clean_line(text)
    except ValueError:
        return ""
    return plain_text(text) if "<" in text else text
