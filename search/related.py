"""Related news: the articles that tell other steps of the story of a text, or of the companies, people and laws in it.

``relations`` finds them; here is what may be asked, which articles may be related, and how they are shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from index.dates import day_number
from index.plain_text import clean_text
from index.segment import UNDATED, UNDATED_DAY
from index.store import StoredArticle
from search.errors import MAX_DRAFT_CHARS, InvalidDraft
from search.kernels import Kernels, Mask
from search.page import RelatedHit, RelatedNews
from search.question import check_text, known_values
from search.ranking import RelatedSettings
from search.reasons import Reasons
from search.relations import Articles, Fetch, Relations, StoreMovedOn
from search.rows import facet_rows
from search.selection import days_mask
from search.snippets import Highlighter, best_snippet, highlight
from search.telling import Reader
from search.vocabulary import Vocabulary

_MOST_CONTROLS: Final = 0.05


def check_draft(text: object) -> str:
    """A draft as the texts of the archive are kept (``index.plain_text``), if something can be said of it.

    Raises:
        InvalidParameter: it is no str.
        InvalidDraft: it is empty, too long or no text.
    """
    typed = check_text("text", text)
    if len(typed) > MAX_DRAFT_CHARS:
        raise InvalidDraft("long", typed)
    kinds = {char: unicodedata.category(char) for char in set(typed)}
    num_controls = sum(typed.count(char) for char, kind in kinds.items() if kind == "Cc" and char not in "\t\n\r")
    # A stray control is found in what is pasted; a file that is no text has many, zeros, and halves of characters.
    if "\0" in typed or "Cs" in kinds.values() or num_controls > _MOST_CONTROLS * len(typed):
        raise InvalidDraft("binary", typed)
    try:
        read = clean_text(typed)
    except ValueError as error:
        raise InvalidDraft("binary", typed) from error
    if not any(map(str.isalnum, read)):
        raise InvalidDraft("empty", typed)
    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedQuestion:
    """What related news is asked for.

    Attributes:
        text: of the article or the draft; NFC.
        article: the article that the text is of; None for a draft.
        sites, earlier, fresh, size: as in ``Archive.related``.
        today: the day of a draft.
        with_copies: whether articles are among them that tell what a draft tells and nothing else.
    """

    text: str
    article: StoredArticle | None
    sites: Sequence[str]
    earlier: bool
    fresh: bool
    size: int
    today: date
    with_copies: bool = False


class Related:
    """Finds what one snapshot has that is related to a text."""

    def __init__(self, vocabulary: Vocabulary, kernels: Kernels, settings: RelatedSettings, reader: Reader) -> None:
        self._vocabulary = vocabulary
        self._kernels = kernels
        self._settings = settings
        self._reader = reader

    def news(self, asked: RelatedQuestion, fetch: Fetch) -> RelatedNews | None:
        """The related articles, as they are shown; ``took_ms`` is for whoever asked to say.

        Returns:
            None when the store has moved on from the snapshot.
        Raises:
            InvalidDraft: the text is not Italian.
            QueryError: no article is of one of the sites.
        """
        tokens = self._reader.read([asked.text], most=self._settings.read_words)
        if asked.article is None and not tokens.may_be_italian():
            raise InvalidDraft("foreign", asked.text)
        beside = None if asked.article is None else self._of_site(asked.article.article.site)
        relations = Relations(
            tokens, self._vocabulary, self._kernels, self._settings, reader=self._reader, beside=beside
        )
        among, day = self._among(asked)
        try:
            found = relations.related(
                among,
                asked.size,
                Articles(fetch),
                day=day if asked.fresh else None,
                with_copies=asked.with_copies,
            )
        except StoreMovedOn:
            return None
        reasons = Reasons(asked.text, tokens, *relations.telling(), self._vocabulary)
        is_shared = relations.are_shared(np.array([one.doc for one in found], dtype=np.int64))
        highlighter = Highlighter(relations.sought(np.any(is_shared, axis=1)), self._kernels)
        highlighter.look_through([one.article for one in found])
        hits = [
            RelatedHit(
                article=one.article,
                score=one.score,
                snippet=best_snippet(one.article, highlighter),
                title=highlight(one.article.title, highlighter),
                reasons=reasons.of(is_shared[:, at]),
                versions=one.versions,
                num_versions=one.num_versions,
            )
            for at, one in enumerate(found)
        ]
        generation = self._vocabulary.snapshot.generation
        return RelatedNews(hits=tuple(hits), took_ms=0.0, now=asked.today, generation=generation)

    def _of_site(self, site: str) -> Mask | None:
        """The live documents of a site; None without one."""
        snapshot = self._vocabulary.snapshot
        numbers = [at for at, value in enumerate(snapshot.values["site"]) if value == site]
        return snapshot.live_mask() & facet_rows(snapshot, "site").having(numbers) if numbers else None

    def _among(self, asked: RelatedQuestion) -> tuple[Mask, int | None]:
        """Which documents may be related, and the day of the text, if it has one."""
        snapshot = self._vocabulary.snapshot
        among = snapshot.live_mask()
        if asked.sites:
            among &= facet_rows(snapshot, "site").having(known_values(snapshot, "site", asked.sites))
        published, days = snapshot.column("doc_published"), snapshot.column("doc_day")
        if asked.article is None:
            if asked.earlier:
                among &= days_mask(snapshot, None, asked.today)
            return among, day_number(asked.today)
        own = np.flatnonzero(snapshot.column("doc_num") == asked.article.num)
        for doc in own.tolist():
            among[snapshot.stories.versions(doc)] = False
        dated = own[days[own] != UNDATED_DAY]
        if asked.earlier:
            among &= days != UNDATED_DAY
            among &= published < (published[dated[0]] if len(dated) else UNDATED)
        return among, int(days[dated[0]]) if len(dated) else None
