"""Stories: which articles tell the same one, such as a press release that several sites printed, lightly edited.

A story is all that hangs together by pairs of near-duplicates (``index.near_duplicates``), whose texts alone decide, so
that it is a pure function of the live articles. Its articles are its *versions*. What is kept of the pairs are *links*,
no more than it takes to hold each story together: a thousand copies of one text have a thousand links, and not half a
million. A generation in which any two articles tell the same has one file of them:

    link_one, link_other    numbers in the store of the two versions of each link; int64, (num_links,)
    story_start             first entry of each story in ``story_doc``; uint32, (num_stories + 1,)
    story_doc               documents of the generation, story by story, in each the first published first, undated ones
                            last, and of one moment by article id; uint32, (num_versions,)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, distinct
from index.postings import first_of_each
from index.segment import UNDATED

STORY_COLUMNS: Final[Mapping[str, str]] = {
    "link_one": "<i8",
    "link_other": "<i8",
    "story_start": "<u4",
    "story_doc": "<u4",
}
"""Name and dtype of each column of a file of stories."""


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
    def _by_doc(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.doc)
        return self.doc[order], self.of_entry[order]

    def versions(self, doc: int) -> NDArray[np.int64]:
        """The documents of the story of a document, itself among them, in the order of the story; int64."""
        docs, story = self._by_doc
        at = int(np.searchsorted(docs, doc))
        if at == len(docs) or docs[at] != doc:
            return np.array([doc])
        first, end = self.start[story[at] : story[at] + 2].tolist()
        return self.doc[first:end]


def story_columns(links: Links, segments: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """The columns of a file of stories.

    Args:
        segments: the columns of all segments of the generation, which have every version that has a link.
    """
    nums = links.nums()
    found: list[tuple[Array, Array, Array]] = [(nums[:0],) * 3]
    first = 0
    for columns in segments:
        here = np.flatnonzero(np.isin(columns["doc_num"], nums))
        found.append((columns["doc_num"][here], here + first, columns["doc_published"][here]))
        first += len(columns["doc_num"])
    num, doc, published = (np.concatenate(column) for column in zip(*found, strict=True))
    one, other = np.searchsorted(nums, links.one), np.searchsorted(nums, links.other)
    story = hanging_together(one, other, len(nums))[np.searchsorted(nums, num)]
    rows = np.lexsort((_places_by_id(doc, published, story, segments), published, published == UNDATED, story))
    return {
        "link_one": links.one,
        "link_other": links.other,
        "story_start": np.append(first_of_each(story[rows]), len(rows)).astype(np.uint32),
        "story_doc": doc[rows].astype(np.uint32),
    }


def _places_by_id(
    doc: NDArray[np.int64],
    published: NDArray[np.int64],
    story: NDArray[np.int64],
    segments: Sequence[Mapping[str, Array]],
) -> NDArray[np.int64]:
    """Where each document stands by its id among those of one story and moment; int64, (len(doc),)."""
    order = np.lexsort((published, story))
    is_next = (np.diff(published[order]) == 0) & (np.diff(story[order]) == 0)
    is_tied = np.append(is_next, False) | np.concatenate(([False], is_next))  # few are, and ids take long to read
    tied = order[is_tied[: len(order)]]
    first_doc = np.cumsum([0, *(len(columns["doc_num"]) for columns in segments)])
    segment = np.searchsorted(first_doc, doc[tied], side="right") - 1
    ids: list[bytes] = []
    for at, here in zip(segment.tolist(), (doc[tied] - first_doc[segment]).tolist(), strict=True):
        begin, end = segments[at]["doc_id_offsets"][here : here + 2].tolist()
        ids.append(segments[at]["doc_id_text"][begin:end].tobytes())
    places = np.zeros(len(doc), dtype=np.int64)
    places[tied[sorted(range(len(ids)), key=ids.__getitem__)]] = np.arange(len(ids))
    return places
