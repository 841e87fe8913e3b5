"""How a match is weighed: every constant of the ranking, and the formulas that use them.

A question is scored by *parts*: each word at each level, each phrase, each pair of neighbouring words. A part is worth
weight * idf * bm25f(frequencies), and a document the sum of its parts, times its freshness where that applies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.errors import ConfigurationError
from index.frequencies import FIELD_NAMES, NUM_FIELDS, TITLE
from index.manifest import Totals
from search.kernels import FieldWeight, Norm, Scores


def _refuse_out_of_bounds(
    settings: object, bounds: Mapping[str, tuple[float, float]], *, above_0: Mapping[str, float]
) -> None:
    """Raise ConfigurationError for the first value that is not within its bounds.

    Args:
        bounds: by name the lowest and the highest value.
        above_0: by name the highest value, of those that are above 0.
    """
    for name, (low, high) in bounds.items():
        if not low <= (value := getattr(settings, name)) <= high:
            raise ConfigurationError(name, value, f"{low} to {high}")
    for name, high in above_0.items():
        if not 0 < (value := getattr(settings, name)) <= high:
            raise ConfigurationError(name, value, f"above 0, up to {high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingSettings:
    """The constants of the ranking; where the values come from: ``docs/relevance.md``.

    Attributes:
        k1: saturation of a frequency; above 0, up to 10.
        b: how much the length of lead, body and tags counts; 0 to 1.
        title_weight, lead_weight, body_weight, tags_weight: of an occurrence in the field, all four added up; 0 to 10.
        title_apart: weight of the title as a field of its own, added to the four together; 0 to 10.
        title_k1, title_b: k1 and b of the title.
        stem, lemma, exact, printed: weight of a word at each level; 0 to 10.
        name: factor of a word that is a name or an acronym in this archive; 0 to 10.
        phrase: weight of a quoted phrase; 0 to 10.
        synonym: weight of another way to say a word, against the word; 0 to 10.
        pair: weight of two words of the question that follow each other in the text; 0 to 10.
        pair_reach: how many positions the second may stand behind the first; 1 to 20.
        acronym: weight of such a pair of which one is typed like a function word and printed as an acronym ("ai act");
            0 to 10.
        number: weight of such a pair of which one is a number and no year ("15 milioni", "Windows 11"); 0 to 10.
        freshness_floor: what is left of the score of a very old article; above 0, up to 1.
        half_life_days: age at which half of the fading is done; 1 to 36,500.
        widen_below: fewer results than this are widened; 0 to 1,000.
    """

    k1: float = 0.6
    b: float = 0.85
    title_weight: float = 0.6
    lead_weight: float = 1.0
    body_weight: float = 1.0
    tags_weight: float = 1.0
    title_apart: float = 1.0
    title_k1: float = 0.8
    title_b: float = 1.0
    stem: float = 0.7
    lemma: float = 0.5
    exact: float = 0.7
    printed: float = 0.1
    name: float = 1.3
    phrase: float = 1.9
    synonym: float = 0.7
    pair: float = 0.15
    pair_reach: int = 3
    acronym: float = 1.0
    number: float = 1.9
    freshness_floor: float = 0.6
    half_life_days: float = 160.0
    widen_below: int = 10

    def __post_init__(self) -> None:
        weights = "stem lemma exact printed name phrase synonym pair acronym number title_apart"
        fields = (f"{name}_weight" for name in FIELD_NAMES)
        bounds = dict.fromkeys((*weights.split(), *fields), (0.0, 10.0)) | {
            "b": (0.0, 1.0),
            "title_b": (0.0, 1.0),
            "pair_reach": (1, 20),
            "half_life_days": (1.0, 36_500.0),
            "widen_below": (0, 1_000),
        }
        _refuse_out_of_bounds(self, bounds, above_0={"k1": 10, "title_k1": 10, "freshness_floor": 1})

    def field_weights(self, field: int | None) -> FieldWeight:
        """Weights of title, lead, body, tags and the title apart; of one field alone when the question names it."""
        weights = (self.title_weight, self.lead_weight, self.body_weight, self.tags_weight)
        title, lead, body, tags = (float(weight) if field in (None, at) else 0.0 for at, weight in enumerate(weights))
        return title, lead, body, tags, float(self.title_apart) if field in (None, TITLE) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedSettings:
    """The constants of related news; where the values come from: ``docs/relevance.md``.

    Attributes:
        ranking: how a word is weighed in an article; its freshness fades by the days between the text and the article,
            gentler than for a question.
        read_words: how far a text is read, positions; 1 to 10,000.
        head_words: the weight of a word fades from the first to this many positions by 1 / e; above 0, up to 10,000.
        far_weight: what is left of it far from the beginning, against 1 that fades; above 0, up to 10.
        saturation: how soon a word that comes again tells no more; above 0, up to 100.
        most_terms: words of the text that are looked for, those that tell most; 1 to 1,000.
        least_share: an article that tells less than this of what the text tells is not related, nor is one of which the
            text tells less than this; 0 to 1.
        least_of_best: an article whose score is less than this part of the best one's is left out; 0 to 1.
        nearest: articles whose words tell how else the story is told; 1 to 100.
        nearest_words: how far those are read, positions; 1 to 10,000.
        nearest_terms: words that are taken from them; 1 to 1,000.
        nearest_weight: of what these words add, against the best article's own share; 0, which leaves them out, to 10.
    """

    ranking: RankingSettings = RankingSettings(
        b=0.6,
        title_weight=2.0,
        lead_weight=1.5,
        title_apart=0.0,
        title_b=0.6,
        lemma=0.7,
        stem=0.7,
        freshness_floor=0.8,
        half_life_days=360.0,
    )
    read_words: int = 400
    head_words: float = 60.0
    far_weight: float = 0.5
    saturation: float = 3.0
    most_terms: int = 40
    least_share: float = 0.05
    least_of_best: float = 0.2
    nearest: int = 8
    nearest_words: int = 80
    nearest_terms: int = 20
    nearest_weight: float = 0.6

    def __post_init__(self) -> None:
        bounds = {
            "read_words": (1, 10_000),
            "most_terms": (1, 1_000),
            "least_share": (0.0, 1.0),
            "least_of_best": (0.0, 1.0),
            "nearest": (1, 100),
            "nearest_words": (1, 10_000),
            "nearest_terms": (1, 1_000),
            "nearest_weight": (0.0, 10.0),
        }
        _refuse_out_of_bounds(self, bounds, above_0={"head_words": 10_000, "far_weight": 10, "saturation": 100})


def idf(*, doc_freq: int, num_docs: int) -> float:
    """How much a term tells: ln(1 + (N - df + 0.5) / (df + 0.5)), finite and > 0 for 0 <= df <= N.

    Source:
        The "Lucene" variant of Kamphuis et al., "Which BM25 do you mean?", ECIR 2020. whoosh's BM25F uses another.
    """
    return math.log(1 + (num_docs - doc_freq + 0.5) / (doc_freq + 0.5))


def idf_of_each(doc_freq: NDArray[np.int64], *, num_docs: int) -> NDArray[np.float64]:
    """``idf`` of many terms at once; float64, of the shape of ``doc_freq``."""
    told: NDArray[np.float64] = np.log(1 + (num_docs - doc_freq + 0.5) / (doc_freq + 0.5))
    return told


def norm_of(totals: Totals, settings: RankingSettings) -> Norm:
    """How counts are normalised: by 1 - b + b * length / average length, the title with a b of its own.

    Args:
        totals: the average of a field is over the live documents where it is not empty.
    """
    bs = (settings.title_b, *[settings.b] * (NUM_FIELDS - 1))
    averages = (
        tokens / docs if docs else 1.0 for tokens, docs in zip(totals.field_tokens, totals.field_docs, strict=True)
    )
    base, slope = (1.0 - b for b in bs), (b / average for b, average in zip(bs, averages, strict=True))
    return Norm((*base,), (*slope,), float(settings.k1), float(settings.title_k1))  # type: ignore[arg-type]  # as many as fields


def left_by_age(num_days: int, settings: RankingSettings) -> Scores:
    """What each age leaves of the score of an article: floor + (1 - floor) * 2 ** (-age / half-life).

    Args:
        num_days: the ages asked for are below this, days.
    Returns:
        float64, (at least num_days + 1,), freshness_floor <= each <= 1; the last is of an article without a date, which
        gets the floor.
    Source:
        The exponential prior of Li & Croft, "Time-based language models", CIKM 2003, with a floor.
    """
    longest = -(-num_days // 4_096) * 4_096  # so that one table does for many questions
    return _left_by_age(longest, settings.freshness_floor, settings.half_life_days)


@lru_cache(maxsize=8)
def _left_by_age(num_days: int, floor: float, half_life_days: float) -> Scores:
    left: Scores = floor + (1 - floor) * np.exp2(-np.arange(num_days) / half_life_days)
    return np.append(left, floor)
