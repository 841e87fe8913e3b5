"""Folding: of the versions of a story that answer a question, one stands for all.

The *head* is the first in the order of the story that answers: published first, undated last, then by article id. So a
filter by site gives each story in the version of that site. A story stands where its head stands, with the head's own
score and date: whatever the order, what is shown is in it, and page k+1 continues page k.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.stories import Stories
from search.kernels import DocsFound, Mask


@dataclass(frozen=True)
class Folding:
    """What of the documents found is a version that another stands for.

    Attributes:
        stories: which documents tell the same story.
        found: which documents answer the question.
    """

    stories: Stories
    found: Mask

    @cached_property
    def hidden(self) -> DocsFound:
        """The documents that another stands for, ascending."""
        entry = np.flatnonzero(self.found[self.stories.doc])  # few documents are of any story
        story = self.stories.of_entry[entry]
        hidden: DocsFound = self.stories.doc[entry[1:][story[1:] == story[:-1]]]
        hidden.sort()
        return hidden

    def heads(self, docs: DocsFound) -> DocsFound:
        """The documents found (all of them, ascending) without those that another stands for."""
        if len(self.hidden) == 0:
            return docs
        is_shown = np.ones(len(docs), dtype=bool)
        is_shown[np.searchsorted(docs, self.hidden)] = False
        shown: DocsFound = docs[is_shown]
        return shown

    def versions(self, head: int) -> list[int]:
        """The documents that a document stands for, in the order of their story."""
        if len(self.hidden) == 0:
            return []
        versions: NDArray[np.int64] = self.stories.versions(head)
        return [doc for doc in versions[self.found[versions]].tolist() if doc != head]
