"""Near-duplicates: which texts are so much alike that they tell one story, found among all of an archive.

The rule for a pair (``are_versions``) looks at the two articles alone: how many shingles both texts have, which are
counted exactly, and whether they were published when and where a press release goes round. Before a text is read, the
sketches of both have shown so much in common (``index.sketches``), and before those are compared, some of their values
were equal: all pure functions of the two articles, so that the same pairs are found in whatever order articles come.

docs/decisions/0013 tells how the rule was chosen, and what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import Array, distinct, find_in, ranges
from index.encoder import TextEncoder
from index.frequencies import NUM_FIELDS, TAGS
from index.kernels import Kernels, plain
from index.postings import first_of_each
from index.segment import UNDATED_DAY
from index.sketches import (
    NUM_VALUES,
    SKETCH_COLUMNS,
    TEXTS_AT_A_TIME,
    common_shingles,
    shingles_by_text,
    sketch_table,
)
from index.stories import NO_LINKS, Links, hanging_together

LEAST_COVERED: Final = 0.65
"""Of the shingles of the shorter text so many stand in the longer, when two were published within NEAR_DAYS."""

LEAST_LENGTH: Final = 0.45
"""The shorter has at least this share of the shingles of the longer: a round-up does not swallow what it mentions."""

NEAR_DAYS: Final = 5
"""A release goes round within days; what comes every week shares its frame. A site prints one release once: on one site
this holds only within one day. Two articles without a date are as of one day; with one that has, far apart."""

LEAST_ALIKE: Final = 0.8
"""Of the shingles of two texts so many are in both, whenever and wherever they were published."""

_NEAR_KEYS: Final = (
    *((at, (at + 1) % NUM_VALUES) for at in range(NUM_VALUES)),
    *((at, at + NUM_VALUES // 2) for at in range(NUM_VALUES // 2)),
)
"""Pairs of values: texts that were published within days of each other are compared when one pair is equal. Of texts
that have .3 of their shingles in common 98 % are, of those with .4 all but one in 3,000."""

_LEAST_EQUAL: Final = 21
"""Equal values of texts that may have LEAST_ALIKE of their shingles in common."""

_DOUBT: Final = 2.2
"""Standard deviations that a sketch may err by before a text that would be a version is not looked at."""

_NO_DAY: Final = np.int64(0)
_FIRST_DAY: Final = 800_000
"""Added to days counted from 1970-01-01, all of which are then positive and far from _NO_DAY."""

_LAST_DAY: Final = 1 << 22
_DAY_BITS: Final = 22

_FEW: Final = 4
"""Where the new documents are fewer than one in so many, the others are looked over first."""

_TOLD: Final = tuple(field for field in range(NUM_FIELDS) if field != TAGS)
_PAIRS_AT_A_TIME: Final = 1 << 18
_TEXTS_AT_A_TIME: Final = 256
_TEXTS_KEPT: Final = 8_192
"""Texts whose shingles are kept while they are compared, about 30 MB."""

_MOST_FORMS: Final = 100_000
"""Words that are known before they are forgotten, about 30 MB."""

_NO_SHINGLES: Final = np.zeros(0, dtype=np.uint64)

Docs = NDArray[np.int64]
Fetch = Callable[[Sequence[int]], Sequence[NDArray[np.uint64]]]
"""Gives the shingles of articles by their numbers in the store; none of one that is no longer kept."""


class Documents(NamedTuple):
    """What is known of some documents that have a sketch, before their texts are read.

    Attributes:
        num: numbers in the store, int64.
        sketch: values, uint8, (num_docs, NUM_VALUES).
        day: day of publication counted from 1970-01-01 and _FIRST_DAY, _NO_DAY without a date; int64.
        site: number of the site, -1 without one; int64.
        length: words of title, lead and body; int64.
        is_new: whether it may have pairs that nobody has looked for yet; bool. Each is (num_docs,) but for ``sketch``.
    """

    num: NDArray[np.int64]
    sketch: NDArray[np.uint8]
    day: NDArray[np.int64]
    site: NDArray[np.int64]
    length: NDArray[np.int64]
    is_new: NDArray[np.bool_]

    def some(self, at: Array) -> Documents:
        """Some of them."""
        return Documents(
            num=self.num[at],
            sketch=self.sketch[at],
            day=self.day[at],
            site=self.site[at],
            length=self.length[at],
            is_new=self.is_new[at],
        )

    def are_near(self, one: Docs, other: Docs) -> NDArray[np.bool_]:
        """Whether the documents of each pair were published when and where a release goes round; bool, (len(one),)."""
        apart = np.abs(self.day[one] - self.day[other])
        is_near: NDArray[np.bool_] = (apart == 0) | ((apart <= NEAR_DAYS) & (self.site[one] != self.site[other]))
        return is_near


_NO_DOCUMENTS: Final = Documents(
    num=np.zeros(0, dtype=np.int64),
    sketch=np.zeros((0, NUM_VALUES), dtype=np.uint8),
    day=np.zeros(0, dtype=np.int64),
    site=np.zeros(0, dtype=np.int64),
    length=np.zeros(0, dtype=np.int64),
    is_new=np.zeros(0, dtype=bool),
)


def are_versions(
    common: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64], is_near: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The rule: whether two texts are versions of one story; bool, (num_pairs,).

    Args:
        common: shingles that both have; int64, (num_pairs,).
        one, other: shingles of each; int64, (num_pairs,).
        is_near: see ``Documents.are_near``; (num_pairs,).
    """
    shorter, longer = np.minimum(one, other), np.maximum(one, other)
    is_covered = (common >= LEAST_COVERED * shorter) & (shorter >= LEAST_LENGTH * longer)
    return (common >= LEAST_ALIKE * (one + other - common)) | (is_near & is_covered)


def documents_of(
    segments: Sequence[tuple[Mapping[str, Array], NDArray[np.uint16]]], new: NDArray[np.int64]
) -> Documents:
    """The live documents of some segments that are new, and those that a new one may be a version of.

    Args:
        segments: the columns of each, and its deleted documents.
        new: numbers in the store of those that are new, ascending.
    """
    chosen = [_with_sketch(columns, deleted, np.isin(columns["doc_num"], new)) for columns, deleted in segments]
    num_new = sum(map(len, chosen))
    if num_new and num_new * _FEW < sum(len(columns["doc_num"]) for columns, _ in segments):
        likely = _Likely([(columns, docs) for (columns, _), docs in zip(segments, chosen, strict=True)])
        masks = [likely.among(columns) for columns, _ in segments]
    else:
        masks = [np.full(len(columns["doc_num"]), num_new > 0) for columns, _ in segments]
    found = [_NO_DOCUMENTS]
    for (columns, deleted), mask, docs in zip(segments, masks, chosen, strict=True):
        mask[docs] = True
        some = _with_sketch(columns, deleted, mask)
        start = columns["site_start"]
        first, site = start[some], np.full(len(some), -1, dtype=np.int64)
        has_site = start[some + 1] > first
        site[has_site] = columns["site_value"][first[has_site]]
        documents = Documents(
            num=columns["doc_num"][some],
            sketch=sketch_table([columns[name][some] for name in SKETCH_COLUMNS]),
            day=_days(columns["doc_day"][some]),
            site=site,
            length=np.sum([columns[f"doc_length_{field}"][some] for field in _TOLD], axis=0, dtype=np.int64),
            is_new=np.isin(some, docs),
        )
        found.append(documents)
    return Documents(*map(np.concatenate, zip(*found, strict=True)))


def _with_sketch(columns: Mapping[str, Array], deleted: NDArray[np.uint16], mask: NDArray[np.bool_]) -> Docs:
    """Those documents of a mask that are live and have a sketch; int64, ascending."""
    mask[deleted] = False
    docs = np.flatnonzero(mask)
    has_sketch = np.zeros(len(docs), dtype=bool)
    for name in SKETCH_COLUMNS:
        has_sketch |= columns[name][docs] != 0
    return docs[has_sketch]


def _days(days: NDArray[np.int32]) -> NDArray[np.int64]:
    wide = days.astype(np.int64)
    return np.where(days == UNDATED_DAY, _NO_DAY, wide + _FIRST_DAY)


class _Likely:
    """Which documents one of some new ones may be a version of: by its day, or by four equal values."""

    def __init__(self, new: Sequence[tuple[Mapping[str, Array], Docs]]) -> None:
        days = distinct(*(_days(columns["doc_day"][docs]) for columns, docs in new))
        self._is_near = np.zeros(_LAST_DAY + 2 * NEAR_DAYS, dtype=bool)
        for apart in range(2 * NEAR_DAYS + 1):
            self._is_near[days + apart] = True
        self._words = {name: distinct(*(columns[name][docs] for columns, docs in new)) for name in SKETCH_COLUMNS}

    def among(self, columns: Mapping[str, Array]) -> NDArray[np.bool_]:
        """Which of a segment's are; bool, (num_docs,)."""
        likely = self._is_near[_days(columns["doc_day"]) + NEAR_DAYS]
        for name, words in self._words.items():
            ends = np.zeros(1 << 16, dtype=bool)  # looking at half of a word first leaves few to be looked up
            ends[words & 0xFFFF] = True
            docs = np.flatnonzero(ends[columns[name] & 0xFFFF])
            likely[docs[find_in(words, columns[name][docs])[1]]] = True
        return likely


def find_links(documents: Documents, links: Links, fetch: Fetch) -> Links:
    """The links that it takes beside some others to hold all stories together, as far as they have a new document.

    Args:
        links: of pairs without a new document, all that it takes.
    """
    return _Linker(documents, links, fetch).run() if documents.is_new.any() else NO_LINKS


class _Linker:
    """Finds links among some documents: candidates by equal values, then by sketches, then by their texts."""

    def __init__(self, documents: Documents, links: Links, fetch: Fetch) -> None:
        self._documents = documents
        self._fetch = fetch
        self._texts: dict[int, NDArray[np.uint64]] = {}
        self._refused: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._parent = self._linked_already(links)
        self._found: list[NDArray[np.int64]] = []

    def _linked_already(self, links: Links) -> Docs:
        """For each document another of its story, one for all of them."""
        parent = np.arange(len(self._documents.num))
        if len(links) == 0:
            return parent
        nums = links.nums()
        story = hanging_together(np.searchsorted(nums, links.one), np.searchsorted(nums, links.other), len(nums))
        place, is_linked = find_in(nums, self._documents.num)
        linked = np.flatnonzero(is_linked)
        of_linked = story[place[linked]]
        order = np.argsort(of_linked, kind="stable")
        first = first_of_each(of_linked[order])
        sizes = np.diff(first, append=len(order))
        parent[linked[order]] = np.repeat(linked[order[first]], sizes)
        return parent

    def run(self) -> Links:
        documents = self._documents
        # Texts of any days are compared when four values in a row are equal. Of texts that have LEAST_ALIKE of their
        # shingles in common 98.5 % are, of those with .9 all but one in 5,000.
        for words in documents.sketch.view("<u4").T:
            order = np.argsort(words)
            self._compare(order, words[order].astype(np.int64), are_near=False)
        by_day = np.argsort(documents.day, kind="stable")
        day = documents.day[by_day]
        values = np.ascontiguousarray(documents.sketch[by_day].T).astype(np.uint16)
        for one, other in _NEAR_KEYS:
            key = (values[one] << np.uint16(8)) | values[other]
            order = np.argsort(key, kind="stable")  # of two bytes, in time that grows as their number
            self._compare(by_day[order], (key[order].astype(np.int64) << _DAY_BITS) | day[order], are_near=True)
        found = np.concatenate([np.zeros((2, 0), dtype=np.int64), *self._found], axis=1)
        return Links(*documents.num[found])

    def _compare(self, doc: Docs, key: NDArray[np.int64], *, are_near: bool) -> None:
        """Link the versions among documents of equal keys.

        Args:
            doc, key: documents, and their keys with, if ``are_near``, their days in the lowest bits; ascending by key.
        """
        is_next = key[1:] - key[:-1] <= (NEAR_DAYS if are_near else 0)
        at = np.flatnonzero(is_next)
        if len(at) == 0:
            return
        # First those that stand beside each other: of many copies that makes one story in one go.
        self._take(doc[at], doc[at + 1], are_near=are_near)
        # Then what is left: in each run of three or more, the pairs that are not of one story yet.
        begins = np.flatnonzero(np.diff(at, prepend=-2) > 1)
        first, last = at[begins], at[np.append(begins[1:], len(at)) - 1] + 1
        is_long = last - first > 1
        sizes = (last - first + 1)[is_long]
        rows = ranges(first[is_long], sizes)
        if len(rows) == 0:
            return
        run, doc, key = np.repeat(np.arange(len(sizes)), sizes), doc[rows], key[rows]
        story = self._stories(doc)
        order = np.lexsort((doc, story, run))
        doc, key = doc[order], key[order]
        story_end = _ends(run * len(self._parent) + story[order])
        num_pairs = _ends(run) - story_end
        before = np.cumsum(num_pairs)
        steps = np.arange(_PAIRS_AT_A_TIME, before[-1], _PAIRS_AT_A_TIME)
        for begin, end in pairwise((0, *(np.searchsorted(before, steps) + 1).tolist(), len(run))):
            one = np.repeat(np.arange(begin, end), num_pairs[begin:end])
            other = ranges(story_end[begin:end], num_pairs[begin:end])
            if are_near:
                is_close = np.abs(key[one] - key[other]) <= NEAR_DAYS
                one, other = one[is_close], other[is_close]
            self._take(doc[one], doc[other], are_near=are_near)

    def _take(self, one: Docs, other: Docs, *, are_near: bool) -> None:
        """Link the versions among pairs of documents of which a key is equal."""
        documents = self._documents
        stays = documents.is_new[one] | documents.is_new[other]
        if are_near:
            stays &= documents.are_near(one, other)
        one, other = one[stays], other[stays]
        stays = self._stories(one) != self._stories(other)
        one, other = one[stays], other[stays]
        num_equal = np.count_nonzero(documents.sketch[one] == documents.sketch[other], axis=1)
        stays = num_equal >= (self._least_equal(one, other) if are_near else _LEAST_EQUAL)
        one, other = one[stays], other[stays]
        code = np.minimum(one, other) * np.int64(len(self._parent)) + np.maximum(one, other)
        code = distinct(code[~np.isin(code, self._refused)])
        one, other = np.divmod(code, len(self._parent))
        for first in range(0, len(one), _TEXTS_AT_A_TIME):
            self._link(one[first : first + _TEXTS_AT_A_TIME], other[first : first + _TEXTS_AT_A_TIME])

    def _least_equal(self, one: Docs, other: Docs) -> NDArray[np.float64]:
        """How many values of the sketches of two are equal if they may be versions; float64, (len(one),)."""
        lengths = self._documents.length
        shorter, longer = np.minimum(lengths[one], lengths[other]), np.maximum(lengths[one], lengths[other])
        share = LEAST_COVERED * shorter / (longer + (1 - LEAST_COVERED) * shorter)
        least: NDArray[np.float64] = NUM_VALUES * share - _DOUBT * np.sqrt(NUM_VALUES * share * (1 - share))
        least[shorter < 0.9 * LEAST_LENGTH * longer] = np.inf  # words are counted here, and not shingles
        return least

    def _link(self, one: Docs, other: Docs) -> None:
        """Read the texts of some pairs, and link those that are versions."""
        stays = self._stories(one) != self._stories(other)  # as of links that were found since
        one, other = one[stays], other[stays]
        self._read(distinct(one, other))
        texts = [
            (self._texts[first], self._texts[second])
            for first, second in zip(one.tolist(), other.tolist(), strict=True)
        ]
        lengths = np.array([(len(first), len(second)) for first, second in texts], dtype=np.int64).reshape(-1, 2)
        is_near = self._documents.are_near(one, other)
        are_of_one = are_versions(common_shingles(texts), lengths[:, 0], lengths[:, 1], is_near)
        are_of_one &= lengths.min(axis=1, initial=1) > 0  # an article that the store no longer keeps has none
        refused = one[~are_of_one] * np.int64(len(self._parent)) + other[~are_of_one]
        self._refused = distinct(self._refused, refused)
        linked = [at for at in np.flatnonzero(are_of_one).tolist() if self._unite(int(one[at]), int(other[at]))]
        self._found.append(np.stack((one[linked], other[linked])))

    def _read(self, docs: Docs) -> None:
        """Have the shingles of some documents at hand."""
        if len(self._texts) > _TEXTS_KEPT:
            self._texts.clear()
        unread = [doc for doc in docs.tolist() if doc not in self._texts]
        if unread:
            self._texts.update(zip(unread, self._fetch(self._documents.num[unread].tolist()), strict=True))

    def _stories(self, docs: Docs) -> Docs:
        """The document that stands for the story of each of some."""
        found = self._parent[docs]
        while not np.array_equal(further := self._parent[found], found):
            found = further
        return found

    def _unite(self, one: int, other: int) -> bool:
        """Make one story of those of two documents; False when it was one already."""
        first, second = self._stories(np.array((one, other))).tolist()
        low, high = min(first, second), max(first, second)
        self._parent[[one, other, high]] = low
        return bool(first != second)


def _ends(ascending: NDArray[np.int64]) -> Docs:
    """For each entry of a sorted array where those of its value end."""
    first = first_of_each(ascending)
    ends = np.append(first[1:], len(ascending))
    return np.repeat(ends, ends - first)


class Shingles:
    """Gives the shingles of articles by their numbers in the store."""

    def __init__(self, get: Callable[[Sequence[int]], Mapping[int, Article]], kernels: Kernels = plain) -> None:
        """Nothing yet; ``get`` gives articles by their numbers, and leaves out those that are no longer kept."""
        self._get = get
        self._kernels = kernels
        self._encoder = TextEncoder(kernels)

    def of(self, nums: Sequence[int]) -> list[NDArray[np.uint64]]:
        """Those of each article, ascending; none of one that is no longer kept."""
        if len(self._encoder.forms) > _MOST_FORMS:
            self._encoder = TextEncoder(self._kernels)
        articles = self._get(nums)
        kept = [num for num in nums if num in articles]
        made = dict(zip(kept, shingles_of([articles[num] for num in kept], self._encoder), strict=True))
        return [made.get(num, _NO_SHINGLES) for num in nums]


def shingles_of(articles: Sequence[Article], encoder: TextEncoder) -> list[NDArray[np.uint64]]:
    """The shingles of title, lead and body of each of some articles; ascending, each once."""
    found: list[NDArray[np.uint64]] = []
    for first in range(0, len(articles), TEXTS_AT_A_TIME):
        some = articles[first : first + TEXTS_AT_A_TIME]
        encoded = encoder.encode([text for article in some for text in (article.title, article.lead, article.body)])
        text = (encoded.text // 3).astype(np.int64)
        found += shingles_by_text(text, encoder.word_hashes(encoded.form), len(some))
    return found
