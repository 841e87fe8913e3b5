"""Word counts: the words that a snapshot prints, known by their exact keys, and in how many articles.

It is made once a snapshot, in some hundredths of a second, from the lexicon and the live counters; the texts of the
keys stay packed, so that no process holds a million strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.italian import MARK, unmarked
from index.lexicon import FormIds, Lexicon
from index.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class WordCounts:
    """The exact keys of a snapshot, part after part of its lexicon, in each part in the order of their bytes.

    Attributes:
        text: all keys, packed; uint8, (num_bytes,); of a lexicon in one part the very bytes that are mapped.
        start: where each key begins, and the end of the last; uint32, (num_keys + 1,).
        doc_freq: live articles that print it, one that prints it in two forms counted twice; 0 for a key that no live
            article prints and for one that stands in an earlier part; int32, (num_keys,).
        first: the first key of each part, and the number of keys; (num_parts + 1,).
    """

    lexicon: Lexicon
    text: NDArray[np.uint8]
    start: NDArray[np.uint32]
    doc_freq: NDArray[np.int32]
    first: NDArray[np.int64]

    def key(self, at: int) -> str:
        """The key with a number."""
        return self.text[self.start[at] : self.start[at + 1]].tobytes().decode()

    def beginning(self, prefix: str) -> NDArray[np.int64]:
        """Numbers of the printed keys that begin with a folded prefix: int64, ascending."""
        ranges = [
            np.arange(first + low, first + high)
            for first, (low, high) in zip(self.first.tolist(), self.lexicon.rows_with_prefix(prefix), strict=False)
        ]
        found = np.concatenate(ranges) if ranges else np.zeros(0, dtype=np.int64)
        printed: NDArray[np.int64] = found[self.doc_freq[found] > 0]
        return printed

    def forms_of(self, numbers: NDArray[np.int64]) -> tuple[FormIds, NDArray[np.int64]]:
        """All forms of some keys.

        Returns:
            Form ids, ascending, and for each the place of its key among ``numbers``; (num_forms,) both.
        """
        wanted = np.zeros(len(numbers), dtype=np.uint64)
        for part, (first, end) in zip(self.lexicon.parts, pairwise(self.first.tolist()), strict=True):
            here = (numbers >= first) & (numbers < end)
            wanted[here] = part["exact_hash"][part["prefix_row"][numbers[here] - first]]
        form, owner = self.lexicon.holders("exact", wanted)
        order = np.argsort(form, kind="stable")
        return form[order], owner[order]


def word_counts(snapshot: Snapshot) -> WordCounts:
    """Count the exact keys of a snapshot; see ``Snapshot.derived`` for making it once."""
    parts = snapshot.lexicon.parts
    sizes = [len(part["prefix_row"]) for part in parts]
    first = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
    texts, starts, hashes, counts = [], [np.zeros(1, dtype=np.uint32)], [], []
    for part in parts:
        row = part["prefix_row"]
        if len(row):
            held = np.add.reduceat(snapshot.counters[part["exact_forms"]], part["exact_start"][:-1], dtype=np.int64)
            counts.append(held[row])
            hashes.append(part["exact_hash"][row])
            starts.append(part["prefix_offsets"][1:] + starts[-1][-1])
            texts.append(part["prefix_text"])
    doc_freq = np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)
    if len(counts) > 1:  # the same key in several parts: all its articles count where it stands first
        _, at, number = np.unique(np.concatenate(hashes), return_index=True, return_inverse=True)
        total = np.zeros(len(at), dtype=np.int64)
        np.add.at(total, number, doc_freq)
        doc_freq = np.zeros_like(doc_freq)
        doc_freq[at] = total
    text = texts[0] if len(texts) == 1 else np.concatenate([np.zeros(0, dtype=np.uint8), *texts])
    return WordCounts(snapshot.lexicon, text, np.concatenate(starts), doc_freq.astype(np.int32), first)


def commonest_form(snapshot: Snapshot, key: str) -> str:
    """How an exact key is mostly printed, accents and capitals included.

    Capitals that say nothing count only where there are no others, and then a run of capitals is given in lower case.
    Of equally common forms the one with fewer capitals, then with an accent, then by its text.
    """
    held: dict[str, list[int]] = {}
    for form_id in snapshot.lexicon.with_key("exact", [key]).tolist():
        if count := int(snapshot.counters[form_id]):
            form = snapshot.lexicon.form(form_id)
            is_marked, text = form.endswith(MARK), unmarked(form)
            shown = text.lower() if is_marked and text.isupper() else text
            clear, doubtful = held.setdefault(shown, [0, 0])
            held[shown] = [clear + (0 if is_marked else count), doubtful + (count if is_marked else 0)]

    def rank(text: str) -> tuple[int, int, int, bool, str]:
        clear, doubtful = held[text]
        return -clear, -doubtful, sum(map(str.isupper, text)), text.isascii(), text

    return min(held, key=rank, default=key)
