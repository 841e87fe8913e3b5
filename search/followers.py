"""Followers: which words stand behind a word, and in how many of the newest articles.

There is no table of word pairs: the places of a word and those of the words that may follow it are read from the
postings. What that costs grows with the postings read, so of a large archive only the newest articles are looked at, as
many as keep it to a few milliseconds; they also know best what people ask for now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import find_in, ranges
from index.frequencies import SHIFTS, TITLE, occurrences
from index.lexicon import FormIds
from index.segment import LAST_POSITION
from index.snapshot import Segment, Snapshot
from index.word_counts import WordCounts, word_counts
from search.kernels import Mask

MOST_POSTINGS: Final = 30_000
"""Postings of the words that may follow, read for one question."""

MOST_KEPT_POSTINGS: Final = 600_000
"""Postings of the common words whose places are kept, some 12 bytes each."""


@dataclass(frozen=True, slots=True)
class Words:
    """Some words of an archive and their forms.

    Attributes:
        number: in ``WordCounts``; int64, (num_words,).
        form, owner: their forms, ascending, and the place in ``number`` of the word of each; (num_forms,).
        doc_freq: live articles of all of them, an article counted once for each of its words.
    """

    number: NDArray[np.int64]
    form: FormIds
    owner: NDArray[np.int64]
    doc_freq: int


def words_with(printed: WordCounts, number: NDArray[np.int64]) -> Words:
    """Words by their numbers."""
    return Words(number, *printed.forms_of(number), int(printed.doc_freq[number].sum()))


def newest(snapshot: Snapshot, doc_freq: int, *, most: int = MOST_POSTINGS) -> list[int]:
    """Up to which document the newest articles go in each segment: as many as ``most`` postings allow.

    The same articles whatever the segments are. Articles of one moment are all in or all out, the undated among them.

    Args:
        doc_freq: postings in the whole archive of what will be read.
    """
    wanted = int(snapshot.totals.num_docs * most / max(doc_freq, 1))
    published = snapshot.derived(_published)
    if wanted >= len(published):
        return [segment.num_docs for segment in snapshot.segments]
    oldest = published[len(published) - max(wanted, 1)]
    return [
        segment.num_docs - int(np.searchsorted(segment.columns["doc_published"][::-1], oldest))
        for segment in snapshot.segments
    ]


def _published(snapshot: Snapshot) -> NDArray[np.int64]:
    """When the live articles were published, ascending."""
    moments = [np.zeros(0, dtype=np.int64)]
    for segment in snapshot.segments:
        moment = segment.columns["doc_published"]
        moments.append(moment if segment.deleted is None else moment[~segment.deleted])
    return np.sort(np.concatenate(moments))


def count_followers(
    snapshot: Snapshot, anchor: FormIds, words: Words, *, distance: int
) -> tuple[NDArray[np.int64], int]:
    """In how many of the newest articles each word stands some places behind another one.

    Args:
        anchor: the forms of the other one, ascending.
        distance: 1 for the very next word.
    Returns:
        int64, (num_words,), and how many of these articles have the other word at all.
    """
    counts = np.zeros(len(words.number), dtype=np.int64)
    num_anchored = 0
    for segment, end in zip(snapshot.segments, newest(snapshot, words.doc_freq), strict=True):
        if end == 0:
            continue
        anchored = _holding(segment, anchor, end)
        num_anchored += int(np.count_nonzero(anchored))
        behind, form = _places(segment, words.form, end, anchored)
        both: Mask = np.zeros(segment.num_docs, dtype=bool)
        both[behind >> 16] = True
        before, _ = _places(segment, anchor, end, both)
        # Stable, since that makes use of what is sorted already: the places of each form.
        _, follows = find_in(np.sort(before + distance, kind="stable"), behind)
        counts += _articles_of_each(words.owner[form[follows]], behind[follows], len(counts))
    return counts, num_anchored


@dataclass(frozen=True, slots=True)
class CommonPlaces:
    """Where common words stand in the newest articles: kept once read, since any of them may continue a word.

    Attributes:
        end: the first document of each segment that is too old.
        place: by segment, ascending, twice where a compound and its part stand; uint32, (num_places,).
        owner: by segment, the word that stands there, its place in ``words.number``; uint16, (num_places,).
    """

    words: Words
    end: list[int]
    place: list[NDArray[np.uint32]]
    owner: list[NDArray[np.uint16]]

    def count(self, snapshot: Snapshot, anchor: FormIds) -> tuple[NDArray[np.int64], int]:
        """In how many of these articles each word stands right behind another one; see ``count_followers``."""
        counts = np.zeros(len(self.words.number), dtype=np.int64)
        num_anchored = 0
        for at, segment in enumerate(snapshot.segments):
            if self.end[at] == 0:
                continue
            anchored = _holding(segment, anchor, self.end[at])
            num_anchored += int(np.count_nonzero(anchored))
            before, _ = _places(segment, anchor, self.end[at], anchored)
            place = self.place[at]
            if len(before):
                behind = (before + 1).astype(np.uint32)  # another dtype than that of the places would copy them all
                first = np.searchsorted(place, behind)
                found = ranges(first, np.searchsorted(place, behind, side="right") - first)
                owner = self.owner[at][found].astype(np.int64)
                counts += _articles_of_each(owner, place[found].astype(np.int64), len(counts))
        return counts, num_anchored


def common_places(snapshot: Snapshot, words: Words) -> CommonPlaces:
    """Read the places of some words in the newest articles."""
    ends = newest(snapshot, words.doc_freq, most=MOST_KEPT_POSTINGS)
    places, owners = [], []
    for segment, end in zip(snapshot.segments, ends, strict=True):
        place, form = _places(segment, words.form, end, _live_before(segment, end))
        order = np.argsort(place)
        places.append(place[order].astype(np.uint32))
        owners.append(words.owner[form[order]].astype(np.uint16))
    return CommonPlaces(words, ends, places, owners)


def _holding(segment: Segment, forms: FormIds, end: int) -> Mask:
    """Which live documents before ``end`` have one of some forms; bool, (num_docs,)."""
    here, _ = _forms_here(segment, forms, end)
    holding: Mask = np.zeros(segment.num_docs, dtype=bool)
    holding[segment.columns["posting_doc"][ranges(*_postings_before(segment, here, end))]] = True
    return holding if segment.deleted is None else holding & ~segment.deleted


def _live_before(segment: Segment, end: int) -> Mask:
    mask: Mask = np.zeros(segment.num_docs, dtype=bool)
    mask[:end] = True
    return mask if segment.deleted is None else mask & ~segment.deleted


def _articles_of_each(owner: NDArray[np.int64], place: NDArray[np.int64], num_words: int) -> NDArray[np.int64]:
    """How many articles each word was found in: one counts once a word."""
    pair = np.unique(owner << 16 | place >> 16)
    counts: NDArray[np.int64] = np.bincount(pair >> 16, minlength=num_words)
    return counts


def _places(segment: Segment, forms: FormIds, end: int, within: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where some forms stand in some documents before ``end``: the places, and which of the forms stands there."""
    columns = segment.columns
    here, which = _forms_here(segment, forms, end)
    first, count = _postings_before(segment, here, end)
    posting = ranges(first, count)
    doc = columns["posting_doc"][posting]
    times = occurrences(columns, posting).sum(axis=0)
    before = np.cumsum(times) - times
    num_before = np.cumsum(count) - count
    filled = count > 0
    start = np.zeros(len(here), dtype=np.int64)
    start[filled] = columns["position_start"][here[filled]].astype(np.int64) - before[num_before[filled]]
    kept = np.flatnonzero(within[doc])
    times = times[kept]
    row = np.repeat(np.arange(len(here), dtype=np.int32), count)[kept]
    position = columns["position"][ranges(before[kept] + start[row], times)]
    place = np.repeat(doc[kept].astype(np.int64) << 16, times) + position
    form = np.repeat(which[row], times)
    in_reach = position != LAST_POSITION
    return (place, form) if in_reach.all() else (place[in_reach], form[in_reach])


def docs_in_sequence(snapshot: Snapshot, words: Sequence[FormIds]) -> list[Mask]:
    """By segment, in which live documents some words stand side by side in their order; bool, (num_docs,).

    Args:
        words: the forms of each, ascending; at least one word.
    """
    masks: list[Mask] = []
    for segment in snapshot.segments:
        within = _live_before(segment, segment.num_docs)
        for forms in words:
            within &= _holding(segment, forms, segment.num_docs)
        place, _ = _places(segment, words[0], segment.num_docs, within)
        for forms in words[1:]:
            behind, _ = _places(segment, forms, segment.num_docs, within)
            place = np.intersect1d(place + 1, behind)
        mask: Mask = np.zeros(segment.num_docs, dtype=bool)
        mask[place >> 16] = True
        masks.append(mask)
    return masks


def titled(snapshot: Snapshot, forms: FormIds) -> list[Mask]:
    """By segment, which of the newest live documents have one of some forms in their title; bool, (num_docs,)."""
    masks: list[Mask] = []
    doc_freq = int(snapshot.counters[forms].sum(dtype=np.int64))
    for segment, end in zip(snapshot.segments, newest(snapshot, doc_freq), strict=True):
        here, _ = _forms_here(segment, forms, end)
        posting = ranges(*_postings_before(segment, here, end))
        is_title = segment.columns["posting_freq"][posting] >> SHIFTS[TITLE] > 0
        mask = np.zeros(segment.num_docs, dtype=bool)
        mask[segment.columns["posting_doc"][posting[is_title]]] = True
        masks.append(mask if segment.deleted is None else mask & ~segment.deleted)
    return masks


def _forms_here(segment: Segment, forms: FormIds, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of some forms those that a segment prints: their places in it, and in ``forms``; none when no document counts."""
    at, is_here = find_in(segment.columns["form_id"], forms)
    which = np.flatnonzero(is_here) if end else np.zeros(0, dtype=np.int64)
    return at[which], which


def _postings_before(
    segment: Segment, here: NDArray[np.int64], end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First posting of each form, and how many there are for documents before ``end``."""
    doc, start = segment.columns["posting_doc"], segment.columns["form_start"]
    first, last = start[here].astype(np.int64), start[here + 1].astype(np.int64)
    if end >= segment.num_docs:
        return first, last - first
    low, length = first, last - first
    while len(length) and int(length.max()) > 0:  # all lists are bisected at once
        half = length >> 1
        is_before = doc[np.minimum(low + half, len(doc) - 1)] < end
        is_before &= length > 0
        low = np.where(is_before, low + half + 1, low)
        length = np.where(is_before, length - half - 1, half)
    return first, low - first


def words_beginning(snapshot: Snapshot, prefixes: tuple[str, ...], at_most: int) -> NDArray[np.int64]:
    """Numbers of the words in the most articles that begin so, those first; equal ones by text."""
    printed = snapshot.derived(word_counts)
    return commonest(printed, np.concatenate([printed.beginning(prefix) for prefix in prefixes]), at_most)


def commonest(printed: WordCounts, numbers: NDArray[np.int64], at_most: int) -> NDArray[np.int64]:
    """Of some words those in the most articles, equal ones by text."""
    doc_freq = printed.doc_freq[numbers]
    if len(numbers) > at_most:
        least = np.partition(doc_freq, len(numbers) - at_most)[len(numbers) - at_most]
        numbers = numbers[doc_freq >= least]
    ordered = sorted(numbers.tolist(), key=lambda number: (-printed.doc_freq[number], printed.key(number)))
    return np.array(ordered[:at_most], dtype=np.int64)
