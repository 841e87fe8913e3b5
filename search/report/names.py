"""Names: which names and acronyms stand in the most articles, month by month.

A name of several words is known by its words standing side by side: "Poste" and "Italiane" are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np

from index.columns import distinct, ranges
from index.italian import MARK, is_acronym, is_stop_word, unmarked
from index.italian.dictionary import is_known
from index.lexicon import FUNCTION, OWN_LEMMA, SMALL, TITLE, FormIds
from index.snapshot import Snapshot
from search.followers import Words, common_places, docs_in_sequence
from search.report.counting import (
    OUTSIDE,
    Bools,
    Ints,
    count_articles,
    forms_by_group,
    forms_made_of,
    groups_by_key,
    lengths_of_forms,
    renumbered,
)
from search.report.values import Name
from search.vocabulary import COMMON_NOUN_RATIO, Vocabulary

MIN_ARTICLES: Final = 2
"""A name of one article is nobody's most frequent."""

MOST_JUDGED: Final = 600
"""Capitalised words, those in the most articles, of which is asked whether they are names."""

MOST_PAIRED: Final = 400
"""Of these, those that may be two words of one name."""

PAIR_SHARE: Final = 0.5
"""Of the articles with the rarer of two words, those in which they must stand side by side to be one name."""

ACRONYM_SHARE: Final = 0.1
"""An acronym that is spelt like a function word (AI) is in at least so many times as many articles as that: emphasis
(NON) is far rarer."""

NAMES_A_MONTH: Final = 3

_ACRONYM_BYTES: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_DIGITS: Final = b"0123456789"


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Words that are printed with capitals, those in the most articles first.

    Attributes:
        form: their forms, one word after the other; without those in small letters.
        start: where the forms of each begin, and the end of the last.
        by_month: articles; int64, (num_candidates, num_months).
    """

    form: FormIds
    start: Ints
    by_month: Ints

    def __len__(self) -> int:
        return len(self.by_month)

    def forms(self, at: int) -> FormIds:
        """The forms of one of them, ascending."""
        return self.form[self.start[at] : self.start[at + 1]]


def frequent_names(
    vocabulary: Vocabulary, bins: Ints, num_months: int, size: int
) -> tuple[tuple[Name, ...], tuple[tuple[tuple[str, int], ...], ...]]:
    """The names in the most articles of a period, and of each month of it NAMES_A_MONTH.

    Args:
        bins: of each document its month of the period, or OUTSIDE; int64, (num_docs,).
        size: how many names, at most.
    """
    snapshot = vocabulary.snapshot
    candidates = _candidates(snapshot, bins, num_months)
    told: dict[int, str] = {}
    parts: dict[int, str] = {}
    for at in range(len(candidates)):
        text, is_alone = _name_of(candidates.forms(at), vocabulary)
        if text:
            parts[at] = text
            if is_alone:
                told[at] = text
    names: list[Name] = []
    used: set[int] = set()
    for sequence in _sequences(snapshot, candidates, parts):
        found = _counted_sequence(snapshot, candidates, sequence, bins, told)
        if found is not None:
            names.append(found[0])
            used |= found[1]
    names += [_name(text, candidates.by_month[at]) for at, text in told.items() if at not in used]
    names.sort(key=lambda name: (-name.articles, name.text))
    of_month = tuple(
        tuple(
            (name.text, name.by_month[month])
            for name in sorted(names, key=lambda name: (-name.by_month[month], -name.articles, name.text))
            if name.by_month[month] >= MIN_ARTICLES
        )[:NAMES_A_MONTH]
        for month in range(num_months)
    )
    return tuple(name for name in names if name.articles >= MIN_ARTICLES)[:size], of_month


def _name(text: str, by_month: Ints) -> Name:
    return Name(text=text, articles=int(by_month.sum()), by_month=tuple(by_month.tolist()))


def _candidates(snapshot: Snapshot, bins: Ints, num_months: int) -> _Candidates:
    """The capitalised words of a snapshot in the most articles, whether they are names or not."""
    traits = snapshot.lexicon.traits(np.arange(snapshot.lexicon.num_forms, dtype=np.uint32))
    live = snapshot.counters > 0
    length = lengths_of_forms(snapshot)
    is_code = forms_made_of(snapshot, _ACRONYM_BYTES) & ~forms_made_of(snapshot, _DIGITS)
    speaks = live & ((traits & TITLE > 0) | (is_code & (length >= 2) & (length <= 6))) & (traits & FUNCTION == 0)
    group, num_groups = groups_by_key(snapshot, "exact")
    # A capital that says nothing is one of a name's after all where others tell that it is one.
    is_counted = live & (traits & (SMALL | FUNCTION) == 0) & (group >= 0)
    articles = np.bincount(group[is_counted], weights=snapshot.counters[is_counted], minlength=num_groups)
    is_told = np.bincount(group[speaks & (group >= 0)], minlength=num_groups) > 0
    kept = np.flatnonzero(is_told & (articles >= MIN_ARTICLES))
    chosen = renumbered(np.where(is_counted, group, OUTSIDE), kept, num_groups)
    by_month = count_articles(snapshot, chosen, bins, num_groups=len(kept), num_bins=num_months)
    total = by_month.sum(axis=1)
    best = np.lexsort((kept, -total))[:MOST_JUDGED]
    best = best[total[best] > 0]
    form, start = forms_by_group(renumbered(chosen, best, len(kept)), len(best))
    return _Candidates(form, start, by_month[best])


def _name_of(forms: FormIds, vocabulary: Vocabulary) -> tuple[str, bool]:
    """A word as the name that it is, "" where it is none; and whether it is one by itself, as Uniti is not.

    Args:
        forms: its forms with capitals.
    """
    lexicon, counters = vocabulary.lexicon, vocabulary.snapshot.counters
    counted = [(-int(counters[at]), lexicon.form(at), at) for at in forms.tolist()]
    spoken = sorted(one for one in counted if not one[1].endswith(MARK) and not is_stop_word(one[1]))
    for _, text, form in spoken:
        if is_acronym(text):
            return (spoken[0][1], True) if _is_acronym_here(text, form, vocabulary) else ("", False)
        if text[1:].islower() and text.isalpha():
            is_name = len(text) > 1 and vocabulary.is_name(form)
            return (spoken[0][1], _is_name_alone(text, form, vocabulary)) if is_name else ("", False)
    return "", False


def _is_name_alone(text: str, form: int, vocabulary: Vocabulary) -> bool:
    """Whether what the archive takes for a name is one to a reader too: Paesi is no more of one than Governo."""
    if text in vocabulary.lists.names or not is_known(text.lower()):
        return True
    family = vocabulary.lexicon.with_keys_of("lemma", form)
    small = vocabulary.num_articles(vocabulary.with_trait(family, SMALL))
    return int(vocabulary.snapshot.counters[form]) > COMMON_NOUN_RATIO * small


def _is_acronym_here(text: str, form: int, vocabulary: Vocabulary) -> bool:
    """Whether capitals are an acronym, and no emphasis."""
    if not any(map(str.isalpha, text)):
        return False
    capitals = int(vocabulary.snapshot.counters[form])
    if is_stop_word(text.lower()):
        found = vocabulary.lexicon.find([text.lower()])
        small = int(vocabulary.snapshot.counters[found[0]]) if found[0] >= 0 else 0
        return capitals >= ACRONYM_SHARE * small
    spelt = vocabulary.lexicon.with_keys_of("exact", form)
    small_forms = vocabulary.with_trait(spelt, SMALL)
    is_noun = len(vocabulary.with_trait(small_forms, OWN_LEMMA)) > 0
    return not is_noun or capitals > vocabulary.num_articles(small_forms)


# --- names of several words ---------------------------------------------------------------------------------------


def _sequences(snapshot: Snapshot, candidates: _Candidates, parts: dict[int, str]) -> Iterator[tuple[int, ...]]:
    """Two or three candidates that mostly stand side by side in the newest articles, at least one of them a name."""
    num = min(len(candidates), MOST_PAIRED)
    pairs, articles = _neighbours(snapshot, candidates, num)
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    for count, one, other in pairs:  # those in the most articles first
        if one == other or count < PAIR_SHARE * min(articles[one], articles[other]):
            continue
        if one not in after and other not in before:
            after[one], before[other] = other, one
    for first in after:
        if first in before and before[first] != first:
            continue  # inside a longer one
        sequence = [first]
        while sequence[-1] in after and len(sequence) < 3 and after[sequence[-1]] not in sequence:
            sequence.append(after[sequence[-1]])
        if any(at in parts for at in sequence):
            yield tuple(sequence)


def _neighbours(snapshot: Snapshot, candidates: _Candidates, num: int) -> tuple[list[tuple[int, int, int]], Ints]:
    """How often candidates stand side by side, and in how many of the same articles each stands at all.

    Returns:
        (articles, one, the next), most articles first; and int64, (num,).
    """
    form = candidates.form[: candidates.start[num]]
    owner = np.repeat(np.arange(num), np.diff(candidates.start[: num + 1]))
    order = np.argsort(form, kind="stable")
    words = Words(np.arange(num), form[order], owner[order], int(snapshot.counters[form].sum(dtype=np.int64)))
    common = common_places(snapshot, words)
    pair_docs, word_docs = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for place, of_place in zip(common.place, common.owner, strict=True):
        word = of_place.astype(np.int64)
        first = np.searchsorted(place, place + np.uint32(1))
        num_next = np.searchsorted(place, place + np.uint32(1), side="right") - first
        follower = ranges(first, num_next)
        pair = np.repeat(word, num_next) * num + word[follower]
        # Segments are counted one by one: a document is in one of them.
        pair_docs.append(distinct(pair << 16 | place[follower].astype(np.int64) >> 16) >> 16)
        word_docs.append(distinct(word << 16 | place.astype(np.int64) >> 16) >> 16)
    pairs, counts = np.unique(np.concatenate(pair_docs), return_counts=True)
    is_enough = counts >= MIN_ARTICLES
    found = [
        (count, *divmod(pair, num))
        for pair, count in zip(pairs[is_enough].tolist(), counts[is_enough].tolist(), strict=True)
    ]
    return sorted(found, key=lambda one: (-one[0], one[1:])), np.bincount(np.concatenate(word_docs), minlength=num)


def _counted_sequence(
    snapshot: Snapshot, candidates: _Candidates, sequence: Sequence[int], bins: Ints, told: dict[int, str]
) -> tuple[Name, set[int]] | None:
    """A name of several words, and which of them mostly stand in it; None when it is in no article of the period."""
    standing = docs_in_sequence(snapshot, [candidates.forms(at) for at in sequence])
    masks: Bools = np.concatenate([np.zeros(0, dtype=bool), *standing])
    months = bins[masks & (bins >= 0)]
    by_month = np.bincount(months, minlength=candidates.by_month.shape[1])
    total = candidates.by_month.sum(axis=1)
    within = {at for at in sequence if by_month.sum() >= PAIR_SHARE * total[at]}
    if not within:
        return None
    texts = [told.get(at) or _commonest(snapshot, candidates.forms(at)) for at in sequence]
    return _name(reduce("{} {}".format, texts), by_month), within


def _commonest(snapshot: Snapshot, forms: FormIds) -> str:
    """The form in the most articles, the first by text of several."""
    counted = [(-int(snapshot.counters[at]), unmarked(snapshot.lexicon.form(at))) for at in forms.tolist()]
    return min(counted)[1]
