"""Near-duplicates: which texts are so much alike that they tell one story, found among all of an archive.

The rule for a pair (``are_versions``) looks at the two articles alone: how many shingles both texts have, which are
counted exactly, and whether they were published when and where a press release goes round. Before a text is read, the
sketches of both have shown so much in common (``index.sketches``), and before those are compared, some of their values
were equal: all pure functions of the two articles, so that the same pairs are found in whatever order articles come.

docs/decisions/0013 tells how the rule was chosen, and what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.columns import Array, distinct, ranges
from index.encoder import TextEncoder
from index.frequencies import NUM_FIELDS, TAGS
from index.postings import first_of_each
from index.segment import UNDATED_DAY
from index.sketches import NUM_VALUES, SKETCH_COLUMNS, common_shingles, shingles_of, sketch_table
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

_NEAR_KEYS: Final = tuple((at, (at + step) % NUM_VALUES) for step in (1, 5, 12) for at in range(NUM_VALUES))[:80]
"""Pairs of values: texts that were published within days of each other are compared when one pair is equal. Of texts
that have .3 of their shingles in common 99 % are, of those with .25 it is 97 %."""

_LEAST_EQUAL: Final = 21
"""Equal values of texts that may have LEAST_ALIKE of their shingles in common."""

_DOUBT: Final = 2.2
"""Standard deviations that a sketch may err by before a text that would be a version is not looked at."""

_NO_DAY: Final = np.int64(0)
_FIRST_DAY: Final = 800_000
"""Added to days counted from 1970-01-01, all of which are then positive and far from _NO_DAY."""

_DAY_BITS, _DOC_BITS = np.uint64(22), np.uint64(26)
_DOC_MASK = np.uint64((1 << 26) - 1)
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
    """The live documents of some segments that have a sketch.

    Args:
        segments: the columns of each, and its deleted documents.
        new: numbers in the store of those that are new, ascending.
    """
    found = [_NO_DOCUMENTS]
    for columns, deleted in segments:
        sketch = sketch_table([columns[name] for name in SKETCH_COLUMNS])
        is_wanted: NDArray[np.bool_] = np.any(sketch, axis=1)
        is_wanted[deleted] = False
        day = columns["doc_day"].astype(np.int64)
        start, site = columns["site_start"], np.full(len(day), -1, dtype=np.int64)
        has_site = start[1:] > start[:-1]
        site[has_site] = columns["site_value"][start[:-1][has_site]]
        length = sum(columns[f"doc_length_{field}"].astype(np.int64) for field in range(NUM_FIELDS) if field != TAGS)
        documents = Documents(
            num=columns["doc_num"],
            sketch=sketch,
            day=np.where(day == UNDATED_DAY, _NO_DAY, day + _FIRST_DAY),
            site=site,
            length=np.asarray(length),
            is_new=np.isin(columns["doc_num"], new),
        )
        found.append(documents.some(np.flatnonzero(is_wanted)))
    return Documents(*map(np.concatenate, zip(*found, strict=True)))


def find_links(documents: Documents, links: Links, fetch: Fetch) -> Links:
    """The links that it takes beside some others to hold all stories together, as far as they have a new document.

    Args:
        links: of pairs without a new document, all that it takes.
    """
    if not documents.is_new.any():
        return NO_LINKS
    some = documents.some(_concerned(documents))
    return _Linker(some, links, fetch).run()


def _concerned(documents: Documents) -> NDArray[np.int64]:
    """The new documents, and of the others those that some new one may be compared with."""
    is_new = documents.is_new
    num_new = int(np.count_nonzero(is_new))
    if num_new * 4 > len(is_new):
        return np.arange(len(is_new))
    concerned = is_new.copy()
    days = distinct(documents.day[is_new])
    until = np.searchsorted(days, documents.day - NEAR_DAYS)
    concerned |= days[np.minimum(until, len(days) - 1)] - documents.day + NEAR_DAYS <= 2 * NEAR_DAYS
    concerned &= (until < len(days)) | is_new
    for words in _words(documents.sketch):
        wanted = distinct(words[is_new])
        if len(wanted) <= 4:
            for word in wanted:
                concerned |= words == word
        else:
            concerned |= wanted[np.minimum(np.searchsorted(wanted, words), len(wanted) - 1)] == words
    return np.flatnonzero(concerned)


def _words(sketch: NDArray[np.uint8]) -> Iterator[NDArray[np.uint32]]:
    """The values of sketches four by four: texts of any days are compared when one four is equal; uint32, (n,) each.

    Of texts that have LEAST_ALIKE of their shingles in common 98.5 % are, of those with .9 all but one in 5,000.
    """
    yield from sketch.view("<u4").T


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
        place = np.minimum(np.searchsorted(nums, self._documents.num), len(nums) - 1)
        linked = np.flatnonzero(nums[place] == self._documents.num)
        of_linked = story[place[linked]]
        order = np.argsort(of_linked, kind="stable")
        first = first_of_each(of_linked[order])
        sizes = np.diff(first, append=len(order))
        parent[linked[order]] = np.repeat(linked[order[first]], sizes)
        return parent

    def run(self) -> Links:
        documents = self._documents
        doc = np.arange(len(documents.num), dtype=np.uint64)
        day = documents.day.astype(np.uint64)
        columns = np.ascontiguousarray(documents.sketch.T).astype(np.uint64)
        for words in _words(documents.sketch):
            self._compare(words.astype(np.uint64) << _DOC_BITS | doc, are_near=False)
        for one, other in _NEAR_KEYS:
            key = (columns[one] << np.uint64(8)) | columns[other]
            self._compare(((key << _DAY_BITS) | day) << _DOC_BITS | doc, are_near=True)
        found = np.concatenate([np.zeros((2, 0), dtype=np.int64), *self._found], axis=1)
        return Links(*documents.num[found])

    def _compare(self, keyed: NDArray[np.uint64], *, are_near: bool) -> None:
        """Link the versions among documents of equal keys.

        Args:
            keyed: the key of each document, if ``are_near`` its day, and its number in the lowest bits.
        """
        keyed.sort()
        key, doc = keyed >> _DOC_BITS, (keyed & _DOC_MASK).astype(np.int64)
        reach = np.uint64(NEAR_DAYS if are_near else 0)
        is_next = key[1:] - key[:-1] <= reach
        if not is_next.any():
            return
        # First those that stand beside each other: of many copies that makes one story in one go.
        at = np.flatnonzero(is_next)
        self._take(doc[at], doc[at + 1], are_near=are_near)
        # Then what is left: in each run of equal keys, the pairs that are not of one story yet.
        run = np.concatenate(([0], np.cumsum(~is_next)))
        is_long = np.bincount(run) > 2
        rows = np.flatnonzero(is_long[run])
        if len(rows) == 0:
            return
        run, doc, key = run[rows], doc[rows], key[rows]
        story = self._stories(doc)
        order = np.lexsort((doc, story, run))
        run, doc, key, story = run[order], doc[order], key[order], story[order]
        story_first = first_of_each(run * np.int64(len(self._parent)) + story)
        story_end = np.repeat(np.append(story_first[1:], len(run)), np.diff(story_first, append=len(run)))
        run_first = first_of_each(run)
        run_end = np.repeat(np.append(run_first[1:], len(run)), np.diff(run_first, append=len(run)))
        num_pairs = run_end - story_end
        before = np.cumsum(num_pairs)
        steps = np.arange(_PAIRS_AT_A_TIME, before[-1], _PAIRS_AT_A_TIME)
        for begin, end in pairwise((0, *(np.searchsorted(before, steps) + 1).tolist(), len(run))):
            one = np.repeat(np.arange(begin, end), num_pairs[begin:end])
            other = ranges(story_end[begin:end], num_pairs[begin:end])
            if are_near:
                apart = key[one].astype(np.int64) - key[other].astype(np.int64)
                is_close = np.abs(apart) <= NEAR_DAYS
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


class Shingles:
    """Gives the shingles of articles by their numbers in the store."""

    def __init__(self, get: Callable[[Sequence[int]], Mapping[int, Article]]) -> None:
        """Nothing yet; ``get`` gives articles by their numbers, and leaves out those that are no longer kept."""
        self._get = get
        self._encoder = TextEncoder()

    def of(self, nums: Sequence[int]) -> list[NDArray[np.uint64]]:
        """Those of each article, ascending; none of one that is no longer kept."""
        if len(self._encoder.forms) > _MOST_FORMS:
            self._encoder = TextEncoder()
        articles = self._get(nums)
        kept = [num for num in nums if num in articles]
        made = dict(zip(kept, shingles_of([articles[num] for num in kept], self._encoder), strict=True))
        return [made.get(num, _NO_SHINGLES) for num in nums]
