"""Stories: which articles tell the same one, such as a press release that several sites printed, lightly edited.

Two articles are *versions* of one story when their texts agree far enough (``is_version``), which depends on the two
alone. A story is all that hangs together by such pairs, and so a pure function of the live articles. What is kept of it
are *links*: of the pairs no more than it takes to hold each story together, so that a thousand copies of one text have
a thousand links and not half a million. A generation has one file of them:

    link_one, link_other    numbers in the store of the two versions of each link; int64, (num_links,)
    story_start             first entry of each story in ``story_doc``; uint32, (num_stories + 1,)
    story_doc               documents of the generation, story by story, in each the first published first, undated ones
                            last, and of one moment by article id; uint32, (num_versions,)

docs/decisions/0013 has the rule, and what it was measured by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, distinct, ranges
from index.encoder import TextEncoder
from index.frequencies import NUM_FIELDS, TAGS
from index.postings import first_of_each
from index.segment import UNDATED, UNDATED_DAY
from index.sketches import NUM_VALUES, SKETCH_COLUMNS, common_shingles, shingles_of, sketch_table
from index.store import Store

LEAST_COVERED: Final = 0.65
"""Of the shingles of the shorter text so many stand in the longer, when two were published within NEAR_DAYS."""

LEAST_LENGTH: Final = 0.45
"""The shorter has at least this share of the shingles of the longer: a round-up does not swallow what it mentions."""

NEAR_DAYS: Final = 5
"""A release goes round within days; what comes every week shares its frame. A site prints one release once: on one site
this holds only within one day. Two articles without a date are as of one day; with one that has, far apart."""

LEAST_ALIKE: Final = 0.8
"""Of the shingles of two texts so many are in both, whenever and wherever they were published."""

STORY_COLUMNS: Final[Mapping[str, str]] = {
    "link_one": "<i8",
    "link_other": "<i8",
    "story_start": "<u4",
    "story_doc": "<u4",
}
"""Name and dtype of each column of a file of stories."""

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
        is_new: whether it may have pairs that nobody has looked for yet; bool.
    """

    num: NDArray[np.int64]
    sketch: NDArray[np.uint8]
    day: NDArray[np.int64]
    site: NDArray[np.int64]
    length: NDArray[np.int64]
    is_new: NDArray[np.bool_]

    def some(self, at: Array) -> Documents:
        """Some of them."""
        return Documents(*(column[at] for column in self))

    def are_near(self, one: Docs, other: Docs) -> NDArray[np.bool_]:
        """Whether the documents of each pair were published when and where a release goes round; bool, (len(one),)."""
        apart = np.abs(self.day[one] - self.day[other])
        return (apart == 0) | ((apart <= NEAR_DAYS) & (self.site[one] != self.site[other]))


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


@dataclass(frozen=True, slots=True)
class Links:
    """The links of the stories of an archive, by the numbers of the versions in the store; int64, (num_links,) each."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.one)

    def nums(self) -> NDArray[np.int64]:
        """The versions that have links, ascending, each once."""
        return distinct(self.one, self.other)

    def with_others(self, others: Links) -> Links:
        """These and some more."""
        return Links(np.concatenate((self.one, others.one)), np.concatenate((self.other, others.other)))

    def without(self, gone: NDArray[np.int64]) -> tuple[Links, NDArray[np.int64]]:
        """The links that hold when some versions are gone.

        A story that a version held together whose links were several may fall apart, or hold by pairs that have no
        link: all its links go, and its other versions are to be looked at anew.

        Returns:
            The links left, and the numbers of the versions to look at.
        """
        is_hit = np.isin(self.one, gone) | np.isin(self.other, gone)
        if not is_hit.any():
            return self, gone[:0]
        nums = self.nums()
        one, other = np.searchsorted(nums, self.one), np.searchsorted(nums, self.other)
        num_links = np.bincount(np.concatenate((one, other)), minlength=len(nums))
        is_gone = np.isin(nums, gone)
        story = hanging_together(one, other, len(nums))
        is_broken = np.zeros(len(nums), dtype=bool)
        is_broken[story[is_gone & (num_links > 1)]] = True
        stays = ~is_hit & ~is_broken[story[one]]
        return Links(self.one[stays], self.other[stays]), nums[is_broken[story] & ~is_gone]


NO_LINKS: Final = Links(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def hanging_together(one: Array, other: Array, num_nodes: int) -> NDArray[np.int64]:
    """For each of some nodes the least of those that it hangs together with by some pairs; int64, (num_nodes,)."""
    label = np.arange(num_nodes)
    while True:
        least = np.minimum(label[one], label[other])
        lower = label.copy()
        for end in (one, other, label[one], label[other]):
            np.minimum.at(lower, end, least)
        while not np.array_equal(further := lower[lower], lower):
            lower = further
        if np.array_equal(lower, label):
            return label
        label = lower


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
        return first != second


class Stories:
    """The stories of a generation, as a reader has them.

    Attributes:
        links: see the module.
        start, doc: compressed rows of documents, see the module.
    """

    def __init__(self, columns: Mapping[str, Array] | None = None) -> None:
        columns = columns or dict.fromkeys(STORY_COLUMNS, np.zeros(0, dtype=np.int64)) | {"story_start": np.zeros(1)}
        self.links = Links(columns["link_one"], columns["link_other"])
        self.start = columns["story_start"].astype(np.int64)
        self.doc = columns["story_doc"].astype(np.int64)

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def of_entry(self) -> NDArray[np.int64]:
        """The number of the story of each entry of ``doc``; int64, (len(doc),)."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    @cached_property
    def _by_doc(self) -> tuple[Docs, NDArray[np.int64]]:
        order = np.argsort(self.doc)
        return self.doc[order], self.of_entry[order]

    def versions(self, doc: int) -> Docs:
        """The documents of the story of a document, itself among them, in the order of the story; int64."""
        docs, story = self._by_doc
        at = int(np.searchsorted(docs, doc))
        if at == len(docs) or docs[at] != doc:
            return np.array([doc])
        first, end = self.start[story[at] : story[at] + 2].tolist()
        return self.doc[first:end]


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
        is_wanted = sketch.any(axis=1)
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
    return Documents(*(np.concatenate(column) for column in zip(*found, strict=True)))


class TextsOfStore:
    """Gives the shingles of articles by their numbers in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._encoder = TextEncoder()

    def shingles(self, nums: Sequence[int]) -> list[NDArray[np.uint64]]:
        """Those of each article, ascending; none of one that the store no longer keeps."""
        if len(self._encoder.forms) > _MOST_FORMS:
            self._encoder = TextEncoder()
        articles = self._store.get(nums)
        kept = [num for num in nums if num in articles]
        made = dict(zip(kept, shingles_of([articles[num] for num in kept], self._encoder), strict=True))
        return [made.get(num, _NO_SHINGLES) for num in nums]


def story_columns(links: Links, segments: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """The columns of a file of stories.

    Args:
        segments: the columns of all segments of the generation, which have every version that has a link.
    """
    nums = links.nums()
    found: list[tuple[Array, Array, Array]] = []
    ids: list[bytes] = []
    first = 0
    for columns in segments:
        here = np.flatnonzero(np.isin(columns["doc_num"], nums))
        found.append((columns["doc_num"][here], here + first, columns["doc_published"][here]))
        text, offsets = columns["doc_id_text"], columns["doc_id_offsets"]
        ids += [
            text[begin:end].tobytes()
            for begin, end in zip(offsets[here].tolist(), offsets[here + 1].tolist(), strict=True)
        ]
        first += len(columns["doc_num"])
    num, doc, published = (np.concatenate(column) for column in zip(*found, strict=True))
    by_id = np.empty(len(ids), dtype=np.int64)
    by_id[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    one, other = np.searchsorted(nums, links.one), np.searchsorted(nums, links.other)
    story = hanging_together(one, other, len(nums))[np.searchsorted(nums, num)]
    rows = np.lexsort((by_id, published, published == UNDATED, story))
    return {
        "link_one": links.one,
        "link_other": links.other,
        "story_start": np.append(first_of_each(story[rows]), len(rows)).astype(np.uint32),
        "story_doc": doc[rows].astype(np.uint32),
    }
