"""Articles in, a searchable snapshot out.

An ``Article`` comes from a source file (``sources``) or from code, is kept by the store (``store``) under the next
journal number, and is brought into the index by the writer (``writer``), which turns its texts into forms (``encoder``,
with the rules of ``italian``), the forms into ids and keys (``lexicon``), and everything into the columns of a
``segment``. A ``generation`` is a set of such files that was committed as a whole; a ``snapshot`` is what a reader sees
of it. ``operations`` holds what an operator does, and ``cli`` the ``emeroteca`` command.

Nothing here knows of questions, scores or HTTP.
"""

from index.article import Article, Withdrawal, article_from_record, change_from_record, record_from_article
from index.errors import (
    ArchiveError,
    ArticleError,
    ConfigurationError,
    IndexCorrupt,
    IndexLocked,
    IndexNotFound,
    IndexOutdated,
    IndexUnavailable,
)
from index.settings import IndexSettings

__all__ = [
    "ArchiveError",
    "Article",
    "ArticleError",
    "ConfigurationError",
    "IndexCorrupt",
    "IndexLocked",
    "IndexNotFound",
    "IndexOutdated",
    "IndexSettings",
    "IndexUnavailable",
    "Withdrawal",
    "article_from_record",
    "change_from_record",
    "record_from_article",
]
