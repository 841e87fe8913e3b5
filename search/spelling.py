"""Spelling: the words of the archive that are spelt almost like a word that it does not have.

The dictionary is the archive's own vocabulary, so names and jargon are known, and every correction finds something. No
loop in Python runs over it: each key has a *signature*, 64 bits that tell which letters it has once and which twice,
and an edit changes few of them. One pass over all signatures leaves some hundreds of keys, rapidfuzz's distance some
tens, and those are weighed by what Italians get wrong.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import ranges
from index.italian import fold
from index.snapshot import Snapshot
from index.word_counts import WordCounts, word_counts

SLIP_COST: Final = 0.4
"""A doubled consonant written once or a single one doubled (also q for cq), and an h too many or too few."""

LIKELY_EDIT_COST: Final = 0.85
"""Another letter left out, or two neighbours swapped.

A word of ten letters can be mistyped so in some ten ways each, and by a wrong letter or one too many in two hundred:
of two words that are an edit from what was typed, the likelier is the one that can become it in few ways.
"""

EDIT_COST: Final = 1.0
"""A wrong letter, or one too many."""

FIRST_LETTER_COST: Final = 0.5
"""Beside the edit, when the words do not begin alike: nobody mistypes the first letter easily."""

FREQUENCY_BONUS: Final = 0.12
"""Off the cost for each tenfold of articles: of two words as near, the commoner was meant."""

MIN_DOCS: Final = 2
"""A word of one article may be a misprint itself."""

SHORTEST: Final = 4
"""Shorter words have too many neighbours, and acronyms are short."""

_LONGEST: Final = 32
_ONE_EDIT_BELOW: Final = 6
"""From this length on a word may have two edits."""

_MOST_WEIGHED: Final = 32
_KEYS_AT_ONCE: Final = 16_384

_SYMBOLS: Final = 32
"""Kinds of characters that a signature tells apart: the letters a to z, and in the last place all others."""


def _counting_tables() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """For each byte a 1 in the four bits that count its symbol, in one of two words of sixteen counters."""
    tables = np.zeros((2, 256), dtype=np.uint64)
    symbol = np.full(256, _SYMBOLS - 1)
    symbol[ord("a") : ord("z") + 1] = np.arange(26)
    tables[symbol // 16, np.arange(256)] = np.uint64(1) << (symbol % 16 * 4).astype(np.uint64)
    return tables[0], tables[1]


_COUNTERS: Final = _counting_tables()
_LOWEST: Final = np.uint64(0x1111_1111_1111_1111)
_OTHERS: Final = np.uint64(1 << 63 | 1 << 62)
"""Where a signature tells of characters that are no letters: bits of the last symbol, see ``_signatures``."""


def _signatures(text: NDArray[np.uint8], start: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Two bits a symbol: it occurs, it occurs at least twice. An edit changes at most two bits.

    Args:
        text, start: words in UTF-8, none empty, packed as in ``WordCounts``.
    Returns:
        uint64, (len(start) - 1,).
    """
    signature = np.zeros(len(start) - 1, dtype=np.uint64)
    for half, counters in enumerate(_COUNTERS):
        # Four bits count to fifteen; what has more of one letter is no word, and a wrong signature only hides it.
        counts = np.add.reduceat(counters[text], start[:-1])
        pairs, threes = counts >> np.uint64(1), counts >> np.uint64(2)
        twice = (pairs | threes | threes >> np.uint64(1)) & _LOWEST
        once = (counts | twice) & _LOWEST
        signature |= (once | twice << np.uint64(1)) << np.uint64(2 * half)
    return signature


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words that may be suggested: keys of letters only, in at least MIN_DOCS articles, by length.

    Attributes:
        key: numbers of the words in ``WordCounts``, shorter words first; int32, (num_words,).
        signature: see ``_signatures``; uint64, (num_words,).
        first: where the words of each length begin; int64, (_LONGEST + 2,).
    """

    printed: WordCounts
    key: NDArray[np.int32]
    signature: NDArray[np.uint64]
    first: NDArray[np.int64]

    def near(self, word: str, edits: int) -> list[int]:
        """Numbers of the words that may be as few edits away; some are not."""
        packed = np.frombuffer(word.encode(), dtype=np.uint8)
        signature = _signatures(packed, np.array([0, len(packed)]))[0]
        near: list[int] = []
        for length in range(max(0, len(word) - edits), min(_LONGEST, len(word) + edits) + 1):
            low, high = self.first[length : length + 2].tolist()
            # A letter more or less changes one bit, one in the place of another two.
            most = 2 * edits - abs(length - len(word))
            different = np.bitwise_count(self.signature[low:high] ^ signature)
            near += self.key[low:high][different <= most].tolist()
        return near

    def keys(self, numbers: list[int]) -> list[bytes]:
        """The words with some numbers."""
        text, start = self.printed.text.data, self.printed.start
        return [
            bytes(text[begin:end])
            for begin, end in zip(start[numbers].tolist(), start[1:][numbers].tolist(), strict=True)
        ]


def dictionary_of(snapshot: Snapshot) -> Dictionary:
    """The dictionary of a snapshot; see ``Snapshot.derived`` for making it once."""
    printed = snapshot.derived(word_counts)
    length = np.diff(printed.start)
    key = np.flatnonzero((printed.doc_freq >= MIN_DOCS) & (length >= SHORTEST - 1) & (length <= _LONGEST))
    key = key[np.argsort(length[key], kind="stable")]
    signature = np.zeros(len(key), dtype=np.uint64)
    for first in range(0, len(key), _KEYS_AT_ONCE):  # the counters of all keys at once would take 16 bytes a letter
        some = key[first : first + _KEYS_AT_ONCE]
        text = printed.text[ranges(printed.start[some], length[some])]
        signature[first : first + _KEYS_AT_ONCE] = _signatures(text, np.cumsum(np.append(0, length[some])))
    is_word = signature & _OTHERS == 0
    key, signature = key[is_word], signature[is_word]
    first_of = np.searchsorted(length[key], np.arange(_LONGEST + 2))
    return Dictionary(printed, key.astype(np.int32), signature, first_of)


def corrections(word: str, snapshot: Snapshot, at_most: int) -> tuple[tuple[str, float], ...]:
    """Words of the archive for one that it does not have, the likeliest first.

    Args:
        word: as typed; one of fewer than SHORTEST letters, or with anything but letters, has no corrections.
        at_most: how many.
    Returns:
        (exact key, cost) with the cost of the edits less FREQUENCY_BONUS for each tenfold of articles; ascending, equal
        costs by key. The word itself is not among them.
    """
    typed = fold(word) if word else ""
    if not SHORTEST <= len(typed) <= _LONGEST or not (typed.isascii() and typed.isalpha()):
        return ()
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    dictionary = snapshot.derived(dictionary_of)
    likely: set[tuple[float, float, str]] = set()
    for spelt in dict.fromkeys((typed, _with_ph(typed))):
        edits = 1 if len(spelt) < _ONE_EDIT_BELOW else 2
        numbers = dictionary.near(spelt, edits)
        keys = dictionary.keys(numbers)
        found = process.extract(
            spelt.encode(), keys, scorer=OSA.distance, score_cutoff=edits, limit=None, processor=None
        )
        for key, distance, at in found:
            bonus = FREQUENCY_BONUS * math.log10(dictionary.printed.doc_freq[numbers[at]])
            likely.add((distance - bonus, bonus, key.decode()))
    weighed = {
        (round(_cost(typed, key) - bonus, 6), key)
        for _, bonus, key in heapq.nsmallest(_MOST_WEIGHED, likely)
        if key != typed
    }
    return tuple((key, cost) for cost, key in heapq.nsmallest(at_most, weighed))


def _with_ph(typed: str) -> str:
    """A word with ph for its f, as no Italian word has it, but "fishing" is heard like phishing."""
    return typed.replace("f", "ph")


def _cost(typed: str, meant: str) -> float:
    """``edit_cost``, but f for ph is a slip."""
    cost = edit_cost(typed, meant)
    if "f" in typed and "ph" in meant:
        cost = min(cost, SLIP_COST + edit_cost(_with_ph(typed), meant))
    return cost


def edit_cost(typed: str, meant: str) -> float:
    """What it costs to make one folded word of another, 0 for the same.

    As the optimal string alignment distance, a letter edited once, but with the costs above.
    """
    removed = [SLIP_COST if _is_slip(typed, at) else EDIT_COST for at in range(len(typed))]
    added = [SLIP_COST if _is_slip(meant, at) else LIKELY_EDIT_COST for at in range(len(meant))]
    # What both begin and end with is the same, but for slips: of two n's, it matters which one goes.
    begin, end = 0, 1
    shorter = min(len(typed), len(meant))
    while begin < shorter and typed[begin] == meant[begin] and SLIP_COST not in (removed[begin], added[begin]):
        begin += 1
    while end <= shorter - begin and typed[-end] == meant[-end] and SLIP_COST not in (removed[-end], added[-end]):
        end += 1
    one, other = typed[begin : len(typed) + 1 - end], meant[begin : len(meant) + 1 - end]
    removed, added = removed[begin:], added[begin:]
    before: list[float] = []
    row = [0.0]
    for at in range(len(other)):
        row.append(row[at] + added[at])
    for at, letter in enumerate(one):
        above, before, row = before, row, [row[0] + removed[at]]
        for there, wanted in enumerate(other):
            best = before[there] if letter == wanted else before[there] + EDIT_COST
            best = min(best, before[there + 1] + removed[at], row[there] + added[there])
            if at and there and letter == other[there - 1] and wanted == one[at - 1]:
                best = min(best, above[there - 1] + LIKELY_EDIT_COST)
            row.append(best)
    return row[-1] + (0.0 if typed[:1] == meant[:1] else FIRST_LETTER_COST)


def _is_slip(word: str, at: int) -> bool:
    """Whether a letter of a word is one that is easily left out, or put in."""
    letter = word[at]
    is_doubled = at > 0 and word[at - 1] == letter and letter not in "aeiou"
    return letter == "h" or is_doubled or (letter == "c" and word[at + 1 : at + 2] == "q")
