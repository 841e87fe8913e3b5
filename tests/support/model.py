"""A search engine of plain loops, written from the design and not from the fast one, which must give the same."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any

from asking import FIELDS, VALUES, Sequence, has_value, leaves_of, neighbours_in, open_question, text_of
from reading import read_text

from index.article import Article
from index.dates import day_in_rome, timestamp
from search import tree as query
from search.language import Understood
from search.ranking import RankingSettings

MOST = (7, 7, 255, 3)  # beyond, another occurrence adds nothing to a score; where it stands it counts all the same
Times = dict[int, list[int]]  # article -> how often in title, lead, body and tags; one without any is missing


class Model:
    def __init__(self, articles: Iterable[Article], ranking: RankingSettings | None = None) -> None:
        self.articles, self.ranking = list(articles), ranking or RankingSettings()
        read = [[read_text(text_of(article, field)) for field in FIELDS] for article in self.articles]
        self.texts = [[text.tokens for text in row] for row in read]
        self.times = cache(self._times)
        self.counts = Counter(form for row in self.texts for form in {form for text in row for _, form in text})
        filled = [[row[field].length for row in read if row[field].length] for field in range(len(FIELDS))]
        self.means = [sum(some) / len(some) if some else 1.0 for some in filled]
        self.norms = [[self.norm(field, text.length) for field, text in enumerate(row)] for row in read]

    def search(
        self, text: str, keep: Callable[[Article], bool], *, told: Understood, today: date, by_stem: bool, ageless: bool
    ) -> list[tuple[str, float]]:
        """Ids and scores of all that matches and passes ``keep`` (``ageless`` if by day or author), best first."""
        tree, reach = told.tree, (1, self.ranking.pair_reach)
        self.asked = open_question(tree, self.counts, text, by_stem=by_stem, ranking=self.ranking)
        wanted = [self.asked[id(leaf)] for leaf in leaves_of(tree, excluded=False) if id(leaf) in self.asked]
        self.is_strict = all(leaf.optional for leaf in wanted)
        found = {at for at in range(len(self.articles)) if self.holds(tree, at) is not False}
        parts = [(weight * self.rarity_of(one), self.times(one)) for leaf in wanted for weight, one in leaf.parts]
        for pair, weight in neighbours_in(tree, self.asked, self.ranking):
            rarity = max(self.rarity(self.times(Sequence((forms,)))) for forms in pair)
            parts.append((weight * rarity, self.times(Sequence(pair, ((0, 0), reach)))))
        floor = 1.0 if ageless or told.has_quotes or told.has_dates or told.has_author else self.ranking.freshness_floor
        ranked = []
        for article, at in ((self.articles[at], at) for at in found if keep(self.articles[at])):
            score, moment = sum(self.worth(*part, at) for part in parts), article.published
            age = math.inf if moment is None else max(0, (today - day_in_rome(moment)).days)
            score *= floor + (1 - floor) * 2 ** (-age / self.ranking.half_life_days)
            ranked.append((-score, math.inf if moment is None else -timestamp(moment), article.article_id))
        return [(article_id, -score) for score, _, article_id in sorted(ranked)]

    def holds(self, node: Any, at: int, *, excluded: bool = False) -> bool | None:
        """Whether an article matches; None when nothing is asked of it, as by a function word beside others."""
        if isinstance(node, query.And | query.Or):
            told = [one for child in node if (one := self.holds(child, at, excluded=excluded)) is not None]
            return None if not told else all(told) if isinstance(node, query.And) else any(told)
        if isinstance(node, query.Not):
            inner = self.holds(node.query, at, excluded=True)
            return None if inner is None else not inner
        if isinstance(node, query.Days):
            day = (moment := self.articles[at].published) and day_in_rome(moment)
            since, until = node.days.since, node.days.until
            return day is not None and (not since or since <= day) and (not until or day < until)
        if isinstance(node, query.Every | query.Nothing):
            return None if isinstance(node, query.Every) else False
        if node.fieldname in VALUES:
            return has_value(self.articles[at], node.fieldname, node.text, starts=isinstance(node, query.Prefix))
        leaf = self.asked[id(node)]
        is_asked = not leaf.is_covered and (excluded or self.is_strict or not leaf.optional)
        options = leaf.options or [leaf.needs]
        is_met = any(all(any(at in self.times(one) for one in need) for need in needs) for needs in options)
        return is_met if is_asked else None

    def _times(self, one: Sequence) -> Times:
        """How often a sequence begins in each article."""
        rows = [[text if one.field in (None, at) else [] for at, text in enumerate(row)] for row in self.texts]
        found = [[min(most, one.count(text)) for text, most in zip(row, MOST, strict=True)] for row in rows]
        return {at: row for at, row in enumerate(found) if any(row)}

    def rarity_of(self, one: Sequence) -> float:
        """The rarity of what stands together, bounded as it says."""
        bounds = [self.rarity(self.times(Sequence((forms,)))) for forms in one.no_rarer]
        return min([self.rarity(self.times(one)), *([max(bounds)] if bounds else [])])

    def rarity(self, times: Times) -> float:
        return math.log(1 + (len(self.articles) - len(times) + 0.5) / (len(times) + 0.5))

    def norm(self, field: int, length: int) -> float:
        b = self.ranking.b if field else self.ranking.title_b
        return 1 - b + b * length / self.means[field]

    def worth(self, weight: float, times: Times, at: int) -> float:
        weights = [getattr(self.ranking, f"{field}_weight") for field in FIELDS]
        counts = times.get(at, [0] * len(FIELDS))
        there = [count / norm if count else 0 for count, norm in zip(counts, self.norms[at], strict=True)]
        pseudo: float = sum(heavy * often for heavy, often in zip(weights, there, strict=True))
        apart = self.ranking.title_apart * there[0] / (self.ranking.title_k1 + there[0])
        return weight * (pseudo / (self.ranking.k1 + pseudo) + apart)
