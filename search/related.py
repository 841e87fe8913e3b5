"""Related news: the articles that tell other steps of the story of a text, or of the companies, people and laws in it.

A text is taken for its telling words (``telling``), each worth the square of its idf. What an article *shares* is the
part of their worth that BM25F finds in it: between 0 and 1 whatever the length of the text and the size of the archive,
so that one threshold tells what is related from what only sounds alike. Long articles have something of everything:
the text must tell likewise a part of what the article begins with.

The articles that share most then tell how else the story is told: their own telling words, which the text may lack,
bring forward what belongs to the story and is told in other words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.dates import day_number
from index.italian import unmarked
from index.plain_text import clean_text
from index.segment import UNDATED, UNDATED_DAY
from index.store import StoredArticle
from search.errors import MAX_DRAFT_CHARS, InvalidDraft
from search.folding import Folding
from search.kernels import DocsFound, Kernels, Mask, ScoredTerm, Scores
from search.page import RelatedHit, RelatedNews, Version, version_of
from search.postings import FormPostings, columns_of
from search.question import check_text, known_values
from search.ranking import RelatedSettings, idf, left_by_age, norm_of
from search.reasons import Reasons
from search.scoring import best_first, rows_of_best
from search.selection import days_mask, values_mask
from search.snippets import Highlighter, Sought, best_snippet, highlight
from search.telling import Reader, Telling, TellingTerm, Tokens
from search.vocabulary import Vocabulary

_CONTENDERS: Final = 500
"""Articles that are weighed in full: those that share most of the very words, inflections aside."""

_SPARE: Final = 2
"""Of this many times as many articles as are asked for it is looked at whether the text tells what they tell."""

_TINY: Final = 1e-12

_COPY_TOLD: Final = 0.95
"""Two texts that tell so much of each other are copies."""

_FEW_BESIDE: Final = 10
"""Articles of a site that tell nothing yet of what all of its articles have."""

_MOST_MARKED: Final = 12
"""Words that are marked in what is shown, those worth most."""

_MOST_CONTROLS: Final = 0.05

Fetch = Callable[[Sequence[int]], list[Article] | None]
"""Gives the articles of some documents, None when the store has moved on from the snapshot."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """A telling word on the snapshot.

    Attributes:
        worth, family_worth: weight * idf squared, of the word and of its family; > 0.
    """

    term: TellingTerm
    inflected: FormPostings
    family: FormPostings
    worth: float
    family_worth: float


@dataclass(frozen=True, slots=True)
class RelatedDoc:
    """A document that is related to the text.

    Attributes:
        score: finite, > 0; comparable only for one text and generation.
    """

    doc: int
    score: float
    article: Article
    versions: tuple[Version, ...]


def check_draft(text: object) -> str:
    """A draft as the texts of the archive are kept (``index.plain_text``), if something can be said of it.

    Raises:
        InvalidParameter: it is no str.
        InvalidDraft: it is empty, too long or no text.
    """
    typed = check_text("text", text)
    if len(typed) > MAX_DRAFT_CHARS:
        raise InvalidDraft("long", typed)
    num_controls = sum(typed.count(char) for char in set(typed) if unicodedata.category(char) == "Cc")
    num_controls -= sum(map(typed.count, "\t\n\r"))
    # A stray control is found in what is pasted; a file that is no text has many, and zeros.
    if "\0" in typed or num_controls > _MOST_CONTROLS * len(typed) or not _can_be_encoded(typed):
        raise InvalidDraft("binary", typed)
    try:
        read = clean_text(typed)
    except ValueError as error:
        raise InvalidDraft("binary", typed) from error
    if not any(map(str.isalnum, read)):
        raise InvalidDraft("empty", typed)
    return read


def _can_be_encoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False  # halves of characters
    return True


def text_of(article: Article) -> str:
    """An article as one text, in the order in which it is read."""
    return "\n".join(part for part in (article.title, article.lead, article.body) if part)


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
        relations = Relations(tokens, self._vocabulary, self._kernels, self._settings, beside=beside)
        among, day = self._among(asked)
        found = relations.related(asked, among, fetch, self._reader, day=day if asked.fresh else None)
        if found is None:
            return None
        reasons = Reasons(asked.text, tokens, *relations.telling(), self._vocabulary)
        is_shared = relations.are_shared(np.array([one.doc for one in found], dtype=np.int64))
        highlighter = Highlighter(relations.sought(np.any(is_shared, axis=1)), self._kernels)
        hits = [
            RelatedHit(
                article=one.article,
                score=one.score,
                snippet=best_snippet(one.article, highlighter),
                title=highlight(one.article.title, highlighter),
                reasons=reasons.of(is_shared[:, at]),
                versions=one.versions,
            )
            for at, one in enumerate(found)
        ]
        generation = self._vocabulary.snapshot.generation
        return RelatedNews(hits=tuple(hits), took_ms=0.0, now=asked.today, generation=generation)

    def _of_site(self, site: str) -> Mask | None:
        """The live documents of a site; None without one."""
        snapshot = self._vocabulary.snapshot
        numbers = [at for at, value in enumerate(snapshot.values["site"]) if value == site]
        mask = values_mask(snapshot, "site", numbers, self._kernels) if numbers else None
        if mask is not None and snapshot.live_docs is not None:
            mask &= snapshot.live_docs
        return mask

    def _among(self, asked: RelatedQuestion) -> tuple[Mask, int | None]:
        """Which documents may be related, and the day of the text, if it has one."""
        snapshot = self._vocabulary.snapshot
        among: Mask = np.ones(snapshot.num_docs, dtype=bool)
        if snapshot.live_docs is not None:
            among &= snapshot.live_docs
        if asked.sites:
            among &= values_mask(snapshot, "site", known_values(snapshot, "site", asked.sites), self._kernels)
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


def _some(docs: DocsFound, shares: Scores, are_kept: Mask) -> tuple[DocsFound, Scores]:
    return docs[are_kept], shares[are_kept]


def _mask(docs: DocsFound, num_docs: int) -> Mask:
    mask: Mask = np.zeros(num_docs, dtype=np.bool_)
    mask[docs] = True
    return mask


class Relations:
    """What one snapshot has that is related to the tokens of one text."""

    def __init__(
        self,
        tokens: Tokens,
        vocabulary: Vocabulary,
        kernels: Kernels,
        settings: RelatedSettings,
        *,
        beside: Mask | None = None,
    ) -> None:
        """Find the telling words of the text.

        Args:
            beside: the documents of the text's site, None when it has none; bool, (num_docs,).
        """
        self._vocabulary = vocabulary
        self._snapshot = vocabulary.snapshot
        self._kernels = kernels
        self._settings = settings
        self._norm = norm_of(self._snapshot.totals, settings.ranking)
        self._telling = Telling(tokens, vocabulary, settings)
        self._beside = beside
        self._num_beside = 0 if beside is None else int(np.count_nonzero(beside))
        self._sought = self._seek(self._telling.terms((1.0,), most=settings.most_terms))

    def _seek(self, terms: Sequence[TellingTerm]) -> list[_Sought]:
        """The terms as they stand in the snapshot, those worth most first; what no article has is worth most of all.

        What all articles of the text's site have is of the site and not of the story: calls to subscribe, authors.
        """
        num_docs = self._snapshot.totals.num_docs
        get, union = self._vocabulary.postings.get, self._kernels.union
        found: list[_Sought] = []
        for term in terms:
            inflected, family = get(term.inflected, union), get(term.family, union)
            weight = term.weight * (1 - self._share_beside(inflected)) ** 2
            worth, family_worth = (
                weight * idf(doc_freq=one.doc_freq, num_docs=num_docs) ** 2 for one in (inflected, family)
            )
            found.append(_Sought(term, inflected, family, worth, family_worth))
        return sorted(found, key=lambda one: -one.worth)

    def _share_beside(self, postings: FormPostings) -> float:
        """The share of the articles of the text's site that have a word; less where they are too few to tell."""
        if self._beside is None:
            return 0.0
        first_doc = self._snapshot.first_doc.tolist()
        listed = zip(first_doc, postings.postings.by_segment, strict=False)
        return sum(int(np.count_nonzero(self._beside[first:][one.doc])) for first, one in listed) / (
            self._num_beside + _FEW_BESIDE
        )

    @cached_property
    def _whole(self) -> float:
        """What an article would share that has every word without end."""
        ranking = self._settings.ranking
        return sum(ranking.lemma * one.worth + ranking.stem * one.family_worth for one in self._sought) or 1.0

    def related(
        self, asked: RelatedQuestion, among: Mask, fetch: Fetch, reader: Reader, *, day: int | None
    ) -> list[RelatedDoc] | None:
        """The documents that are related most, best first.

        Args:
            among: which documents may be; bool, (num_docs,).
            day: of the text, counted from 1970-01-01; None when it has none.
        Returns:
            None when the store has moved on from the snapshot.
        """
        settings, snapshot = self._settings, self._snapshot
        docs = self._contenders(among)
        shares = self._scores(docs, self._sought) / self._whole
        docs, shares = _some(docs, shares, shares >= settings.least_share)
        folding = Folding(snapshot.stories, _mask(docs, snapshot.num_docs))
        docs, shares = _some(docs, shares, np.isin(docs, folding.heads(docs)))
        while True:
            nearest = best_first(snapshot, docs, shares, settings.nearest)
            articles = fetch([doc for _, doc in nearest])
            if articles is None:
                return None
            telling = self._read(articles, reader)
            if asked.with_copies or not (copies := self._copies(nearest, articles, telling, reader)):
                break
            docs, shares = _some(docs, shares, ~np.isin(docs, copies))
        if articles and settings.nearest_weight:
            told = self._scores(docs, self._told_in(telling, [share for share, _ in nearest]))
            shares += settings.nearest_weight * float(shares.max()) * told / max(float(told.max()), _TINY)
        found = best_first(snapshot, docs, shares * self._fresh(docs, day), _SPARE * asked.size)
        found = [one for one in found if one[0] >= settings.least_of_best * found[0][0]]
        read = dict(zip((doc for _, doc in nearest), articles, strict=True))
        versions = {doc: folding.versions(doc) for _, doc in found}
        others = [doc for head, some in versions.items() for doc in (head, *some) if doc not in read]
        articles = fetch(others)
        if articles is None:
            return None
        read |= zip(others, articles, strict=True)
        told_back = self._read([read[doc] for _, doc in found], reader).shares_told_by(self._telling)
        return [
            RelatedDoc(doc, score, read[doc], tuple(version_of(read[other]) for other in versions[doc]))
            for (score, doc), back in zip(found, told_back.tolist(), strict=True)
            if back >= settings.least_share
        ][: asked.size]

    def _copies(
        self, found: Sequence[tuple[float, int]], articles: Sequence[Article], telling: Telling, reader: Reader
    ) -> list[int]:
        """The documents that tell what the text tells and nothing else.

        Args:
            found: what some documents share with it, and the documents.
            telling: what they tell first.
        """
        copies: list[int] = []
        told_back = telling.shares_told_by(self._telling).tolist()
        for (_, doc), article, back in zip(found, articles, told_back, strict=True):
            if back >= _COPY_TOLD:  # few do, and only they are read any further
                other = self._read([article], reader, most=self._settings.read_words)
                both = other.shares_told_by(self._telling)[0], self._telling.shares_told_by(other)[0]
                if min(both) >= _COPY_TOLD:
                    copies.append(doc)
        return copies

    def _read(self, articles: Sequence[Article], reader: Reader, *, most: int | None = None) -> Telling:
        """What some articles tell, as far as they are read; what they tell first, if that is not said."""
        most = self._settings.nearest_words if most is None else most
        tokens = reader.read([text_of(article) for article in articles], most=most)
        return Telling(tokens, self._vocabulary, self._settings)

    def _contenders(self, among: Mask) -> DocsFound:
        """The documents that may share enough, or the best of them by the words without their families; ascending."""
        snapshot, kernels = self._snapshot, self._kernels
        found: Mask = np.zeros(snapshot.num_docs, dtype=bool)
        whole = sum(one.worth for one in self._sought)
        left = whole
        for one in self._sought:
            if left < self._settings.least_share * whole:
                break  # who has only the words from here on shares too little
            found |= kernels.mask_of(one.inflected.postings, snapshot.first_doc)
            left -= one.worth
        docs = np.flatnonzero(found & among)
        return docs[rows_of_best(self._scores(docs, self._sought, with_family=False), _CONTENDERS)]

    def _scores(self, docs: DocsFound, sought: Sequence[_Sought], *, with_family: bool = True) -> Scores:
        """What some documents have of some words; float64, (len(docs),)."""
        ranking, snapshot = self._settings.ranking, self._snapshot
        weights = ranking.field_weights(None)
        terms = [ScoredTerm(one.inflected.postings, weights, ranking.lemma * one.worth) for one in sought]
        if with_family:
            terms += [ScoredTerm(one.family.postings, weights, ranking.stem * one.family_worth) for one in sought]
        return self._kernels.scores(docs, terms, snapshot.derived(columns_of).lengths, snapshot.first_doc, self._norm)

    def _told_in(self, telling: Telling, shares: Sequence[float]) -> list[_Sought]:
        """The telling words of the nearest articles, the more of an article, the more it shares."""
        weights = [share / sum(shares) for share in shares]
        terms = telling.terms(weights, most=self._settings.nearest_terms)
        # A word of one article alone would bring forward nothing but that article.
        return [one for one in self._seek(terms) if one.family.doc_freq > 1]

    def _fresh(self, docs: DocsFound, day: int | None) -> Scores:
        """What is left of the shares of some documents by the days between them and the text; float64, (len(docs),)."""
        if day is None:
            return np.ones(len(docs), dtype=np.float64)
        days = self._snapshot.column("doc_day")[docs].astype(np.int64)
        between = np.abs(days - day)
        between[days == UNDATED_DAY] = 0
        left = left_by_age(int(between.max(initial=0)) + 1, self._settings.ranking)
        return np.where(days == UNDATED_DAY, self._settings.ranking.freshness_floor, left[between])

    def telling(self) -> tuple[list[TellingTerm], list[float]]:
        """The telling words of the text, and what each is worth."""
        return [one.term for one in self._sought], [one.worth for one in self._sought]

    def are_shared(self, docs: NDArray[np.int64]) -> Mask:
        """Which telling words stand in which of some documents, in any inflection; bool, (num_terms, num_docs)."""
        is_shared = np.zeros((len(self._sought), len(docs)), dtype=np.bool_)
        segments = np.searchsorted(self._snapshot.first_doc, docs, side="right") - 1
        here = (docs - self._snapshot.first_doc[segments]).astype(np.uint16)
        for row, one in enumerate(self._sought):
            for segment in set(segments.tolist()):
                inside = segments == segment
                listed = one.inflected.postings.by_segment[segment].doc
                at = np.searchsorted(listed, here[inside])
                is_shared[row, inside] = np.take(listed, at, mode="clip") == here[inside] if len(listed) else False
        return is_shared

    def sought(self, rows: Mask) -> list[Sought]:
        """What is marked in an article: of some telling words those that are worth most.

        Args:
            rows: which words; bool, (num_terms,).
        """
        lexicon = self._vocabulary.lexicon
        return [
            Sought(
                slots=(frozenset(unmarked(lexicon.form(at)) for at in one.term.inflected.tolist()),), weight=one.worth
            )
            for one in [self._sought[row] for row in np.flatnonzero(rows)[:_MOST_MARKED].tolist()]
        ]
