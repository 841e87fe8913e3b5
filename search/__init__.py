"""A question in, a page of hits out.

``open_archive`` opens a data folder; for ``Archive.search`` a ``searcher`` reads the question (``language``), opens its
words into the forms of the archive (``terms``), finds the documents (``matching``, ``places``, ``selection``), weighs
them (``ranking``, ``scoring``), counts them (``facets``) and shows the best (``snippets``, ``explain``) as a frozen
``Page``. For ``Archive.related`` the telling words of a text (``telling``) take the place of a question (``related``).
"""

from search.archive import Archive, open_archive
from search.errors import (
    ArchiveClosed,
    InvalidDate,
    InvalidDraft,
    InvalidParameter,
    QueryError,
    UnknownArticle,
    UnknownValue,
)
from search.page import (
    Explanation,
    FacetCount,
    Hit,
    MarkedArticle,
    MonthCount,
    Page,
    RelatedHit,
    RelatedNews,
    Snippet,
    Version,
)
from search.ranking import RankingSettings

__all__ = [
    "Archive",
    "ArchiveClosed",
    "Explanation",
    "FacetCount",
    "Hit",
    "InvalidDate",
    "InvalidDraft",
    "InvalidParameter",
    "MarkedArticle",
    "MonthCount",
    "Page",
    "QueryError",
    "RankingSettings",
    "RelatedHit",
    "RelatedNews",
    "Snippet",
    "UnknownArticle",
    "UnknownValue",
    "Version",
    "open_archive",
]
