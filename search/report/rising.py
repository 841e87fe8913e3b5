"""Rising words: what the last weeks write more about than the year before.

Inflections count together (level L). Function words, numbers, addresses, the names of months, verbs and adverbs are not
told, nor what no article is about: they rise and fall without a reason that an editor could see.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from index.dates import MONTHS_IT
from index.italian import lemmatize, unmarked
from index.italian.verbs import is_infinitive
from index.lexicon import FUNCTION
from index.snapshot import Snapshot
from search.report.counting import (
    OUTSIDE,
    Floats,
    Ints,
    count_articles,
    forms_by_group,
    forms_made_of,
    groups_by_key,
    is_central,
    lengths_of_forms,
    renumbered,
)
from search.report.values import RisingWord

MIN_RECENT: Final = 4
"""Articles of the last weeks that must have a word: fewer are chance, or one author's."""

MIN_RATIO: Final = 1.5
"""Of a large archive every small shift is significant; a reader sees one from half as many again."""

MIN_SCORE: Final = 3.0
"""Standard deviations. Of thousands of words few reach it by chance: two in 100,000 shuffled articles."""

MIN_CENTRAL: Final = 2
"""Articles of the last weeks that must be about the word (``is_central``)."""

SHORTEST: Final = 3

MOST_LOOKED_AT: Final = 500
"""Words of which the text is read, beside those that are told."""

RECENT, BEFORE = 0, 1

_LETTERS: Final = bytes(range(ord("A"), ord("Z") + 1)) + bytes(range(ord("a"), ord("z") + 1))
_BEYOND_ASCII: Final = bytes(range(0x80, 0x100))


def rising_words(
    snapshot: Snapshot, period: Ints, site: Ints, weeks: Ints, *, num_weeks: int, size: int
) -> tuple[RisingWord, ...]:
    """The words that rose most, by the score of ``mantel_haenszel``.

    Args:
        period: of each document RECENT, BEFORE or OUTSIDE; int64, (num_docs,).
        site: of each document the number of its site, from 0; int64, (num_docs,).
        weeks: of each document its week, or OUTSIDE; int64, (num_docs,).
    """
    num_sites = int(site.max()) + 1 if len(site) else 1
    stratum = np.where(period >= 0, site * 2 + period, OUTSIDE)
    of_stratum = np.bincount(stratum[stratum >= 0], minlength=2 * num_sites).reshape(-1, 2)
    if of_stratum[:, RECENT].sum() == 0 or of_stratum[:, BEFORE].sum() == 0:
        return ()
    group, num_groups = _words(snapshot)
    counts = count_articles(snapshot, group, period, num_groups=num_groups, num_bins=2)
    likely = np.flatnonzero(
        (counts[:, RECENT] >= MIN_RECENT)
        & (counts[:, RECENT] * of_stratum[:, BEFORE].sum() >= counts[:, BEFORE] * of_stratum[:, RECENT].sum())
    )
    central = count_articles(
        snapshot,
        renumbered(group, likely, num_groups),
        period,
        num_groups=len(likely),
        num_bins=2,
        among=is_central,
    )
    likely = likely[central[:, RECENT] >= MIN_CENTRAL]
    by_stratum = count_articles(
        snapshot, renumbered(group, likely, num_groups), stratum, num_groups=len(likely), num_bins=2 * num_sites
    ).reshape(len(likely), num_sites, 2)
    found, expected, score = mantel_haenszel(by_stratum, of_stratum)
    rose = np.flatnonzero((found >= MIN_RECENT) & (found >= MIN_RATIO * expected) & (score >= MIN_SCORE))
    rose = rose[np.argsort(-score[rose], kind="stable")][: MOST_LOOKED_AT + size]
    texts = _texts(snapshot, group, likely[rose], num_groups)
    told = [at for at, text in enumerate(texts) if _is_telling(text)][:size]
    chosen = renumbered(group, likely[rose[told]], num_groups)
    by_week = count_articles(snapshot, chosen, weeks, num_groups=len(told), num_bins=num_weeks)
    return tuple(
        RisingWord(
            text=texts[at],
            recent=int(counts[likely[rose[at]], RECENT]),
            before=int(counts[likely[rose[at]], BEFORE]),
            # Articles of sites that had none in the year before let expect what they have.
            expected=float(expected[rose[at]] + counts[likely[rose[at]], RECENT] - found[rose[at]]),
            score=float(score[rose[at]]),
            by_week=tuple(row.tolist()),
        )
        for at, row in zip(told, by_week, strict=True)
    )


def _is_telling(text: str) -> bool:
    """Whether a word, as it is mostly printed, is more than a month, a verb or an adverb."""
    lower = text.lower()
    if lower in MONTHS_IT or lower.endswith("mente"):
        return False
    return not (text.islower() and is_infinitive(lemmatize(lower)))


def mantel_haenszel(having: Ints, articles: Ints) -> tuple[Ints, Floats, Floats]:
    """Whether words stand in more of the recent articles than in those before, site by site.

    An archive whose sites change would otherwise find the house style of a new site rising. A site without articles in
    one of the two periods says nothing.

    Args:
        having: articles with each word, by site, RECENT and BEFORE; int64, (num_words, num_sites, 2).
        articles: all of them; int64, (num_sites, 2).
    Returns:
        Recent articles with the word of the sites that tell, how many were to be expected, and by how many standard
        deviations (less half an article, for continuity) they are more; (num_words,) each.
    Source:
        Mantel & Haenszel 1959, JNCI 22(4): the hypergeometric mean and variance of each stratum, summed up; with one
        site the test of a two-by-two table.
    """
    telling = (articles > 0).all(axis=1)
    having, articles = having[:, telling], articles[telling].astype(np.float64)
    num_recent, num_before = articles[:, RECENT], articles[:, BEFORE]
    num_all = num_recent + num_before
    with_word = having.sum(axis=2)
    found = having[:, :, RECENT].sum(axis=1)
    expected = (with_word * (num_recent / num_all)).sum(axis=1)
    spread = num_recent * num_before / (num_all**2 * np.maximum(num_all - 1, 1))
    variance = (with_word * (num_all - with_word) * spread).sum(axis=1)
    score = np.maximum(found - expected - 0.5, 0) / np.sqrt(np.maximum(variance, 1e-9))
    return found, expected, score


def _words(snapshot: Snapshot) -> tuple[Ints, int]:
    """The forms that may rise, by lemma; see ``groups_by_key``."""
    group, num_groups = groups_by_key(snapshot, "lemma")
    traits = snapshot.lexicon.traits(np.arange(snapshot.lexicon.num_forms, dtype=np.uint32))
    is_word = forms_made_of(snapshot, _LETTERS + _BEYOND_ASCII + b"-") & ~forms_made_of(snapshot, _BEYOND_ASCII + b"-")
    is_word &= (traits & FUNCTION == 0) & (snapshot.counters > 0) & (lengths_of_forms(snapshot) >= SHORTEST)
    kept = np.bincount(
        group[is_word & (group >= 0)], weights=snapshot.counters[is_word & (group >= 0)], minlength=num_groups
    )
    is_word &= (group >= 0) & (kept[group] >= MIN_RECENT)
    return np.where(is_word, group, OUTSIDE), num_groups


def _texts(snapshot: Snapshot, group: Ints, numbers: Ints, num_groups: int) -> list[str]:
    """Each of some words as it is mostly printed; a capital only where the others are rarer."""
    form, start = forms_by_group(renumbered(group, numbers, num_groups), len(numbers))
    texts: list[str] = []
    for at in range(len(numbers)):
        printed: dict[str, int] = {}
        for one in form[start[at] : start[at + 1]].tolist():
            text = snapshot.lexicon.form(one)
            shown = unmarked(text).lower() if text != unmarked(text) else text
            printed[shown] = printed.get(shown, 0) + int(snapshot.counters[one])
        texts.append(min(printed, key=lambda text: (-printed[text], text)))
    return texts
