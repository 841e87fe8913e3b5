"""Replica: a segment made anew from the stored articles, and a lexicon's keys from its forms, to be compared with the
index. What differs was damaged, or written by a program that erred; checksums tell nothing of the latter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, unpack_strings
from index.encoder import TextEncoder
from index.indexer import BATCH
from index.lexicon import LEVELS, NO_ROW, build_part, hash_strings
from index.segment import FACETS, SegmentBuilder, ValueTable, merge_segments
from index.snapshot import Segment, Snapshot
from index.store import StoredArticle

RUN_TOKENS: Final = 4_000_000
"""Tokens of a replica in memory, about 100 MB."""

FORMS_AT_A_TIME: Final = 50_000
"""Forms whose keys are computed together, about 100 MB."""

_NO_VALUE: Final = np.iinfo(np.uint32).max

Pairs = tuple[NDArray[np.uint32], NDArray[np.uint64]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a segment says other than its articles.

    Attributes:
        columns: the columns that differ.
        article_ids: the articles concerned, as far as the columns tell: those of postings do not.
    """

    columns: tuple[str, ...]
    article_ids: tuple[str, ...]


class Replicas:
    """Makes replicas of the segments of one snapshot; what it learns of words for one serves for the next."""

    def __init__(self, snapshot: Snapshot, folder: Path) -> None:
        """Nothing yet; ``folder`` is where what does not fit in memory is put aside, in nameless files."""
        self._lexicon = snapshot.lexicon
        self._number = {facet: {text: at for at, text in enumerate(texts)} for facet, texts in snapshot.values.items()}
        self._folder = folder
        self._encoder = TextEncoder()

    def difference(self, live: dict[str, Array], articles: Iterator[StoredArticle]) -> Difference | None:
        """Where a segment without deleted documents (``live_columns``) says other than its articles, in any order."""
        if self._encoder.is_full:
            self._encoder = TextEncoder()
        values = ValueTable()
        builder = SegmentBuilder(self._encoder, values, folder=self._folder, max_run_tokens=RUN_TOKENS)
        while batch := list(islice(articles, BATCH)):
            builder.add(batch)
        form_ids = self._lexicon.find(self._encoder.forms)
        if (form_ids[builder.forms()] < 0).any():
            return Difference(("form_id",), ())  # words that the lexicon does not have: no posting can be right
        numbers = {
            facet: np.array([self._number[facet].get(text, _NO_VALUE) for text in values.values[facet]], np.uint32)
            for facet in FACETS
        }
        made = builder.build(form_ids, numbers)
        differing = tuple(sorted(name for name, column in made.items() if not np.array_equal(column, live[name])))
        return Difference(differing, _concerned(made, live, differing)) if differing else None


def live_columns(segment: Segment, folder: Path) -> dict[str, Array]:
    """The columns of a segment without its deleted documents; in nameless files in a folder where they are large."""
    if segment.deleted is None:
        return segment.columns
    return merge_segments([segment.columns], [segment.deleted_docs], folder)


def _concerned(made: dict[str, Array], live: dict[str, Array], differing: Sequence[str]) -> tuple[str, ...]:
    """Ids of the articles of which columns with an entry a document, or rows of values, differ."""
    if "doc_num" in differing:
        return ()
    docs = np.zeros(len(live["doc_num"]), dtype=bool)
    for name in differing:
        if len(made[name]) == len(live[name]) == len(docs):
            docs |= made[name] != live[name]
        elif name.endswith("_value") and f"{name[:-6]}_start" not in differing:
            entry = np.flatnonzero(made[name] != live[name])
            docs[np.searchsorted(live[f"{name[:-6]}_start"], entry, side="right") - 1] = True
    ids = unpack_strings(made["doc_id_text"], made["doc_id_offsets"])
    return tuple(ids[doc].decode() for doc in np.flatnonzero(docs).tolist())


def forms_with_other_keys(part: dict[str, Array]) -> list[str]:
    """The forms of a part of the lexicon of which it says other than the rules of today: hashes, keys, traits."""
    first_id, num_forms = int(part["first_id"][0]), len(part["form_hash"])
    found = {level: (_keys_of(part, level), _asked_keys_of(part, level)) for level in LEVELS}
    hash_of = np.zeros(num_forms, dtype=np.uint64)
    hash_of[part["form_order"]] = part["form_hash"]
    others: list[str] = []
    for begin in range(0, num_forms, FORMS_AT_A_TIME):
        offsets = part["form_offsets"][begin : begin + FORMS_AT_A_TIME + 1]
        encoded = unpack_strings(part["form_text"][offsets[0] : offsets[-1]], offsets - offsets[0])
        end = begin + len(encoded)
        forms = [form.decode(errors="replace") for form in encoded]
        made = build_part(forms, first_id + begin)
        is_other = made["form_traits"] != part["form_traits"][begin:end]
        is_other |= hash_strings(encoded) != hash_of[begin:end]
        for level, (keys, asked) in found.items():
            for kept, new in ((keys, _keys_of(made, level)), (asked, _asked_keys_of(made, level))):
                first, last = np.searchsorted(kept[0], (first_id + begin, first_id + end))
                for form_id in _differing(new, (kept[0][first:last], kept[1][first:last])):
                    is_other[form_id - first_id - begin] = True
        others += [forms[at] for at in np.flatnonzero(is_other).tolist()]
    return others


def _keys_of(part: dict[str, Array], level: str) -> Pairs:
    """The keys of a level that forms are found by: form ids, ascending, and hashes, ascending in each."""
    forms = part[f"{level}_forms"]
    return _in_order(forms, np.repeat(part[f"{level}_hash"], np.diff(part[f"{level}_start"])))


def _asked_keys_of(part: dict[str, Array], level: str) -> Pairs:
    """The keys of a level that forms ask for; as ``_keys_of``."""
    row = part[f"{level}_row"]
    has_key = np.flatnonzero(row != NO_ROW)
    forms = np.concatenate((has_key, part[f"{level}_more_form"])) + int(part["first_id"][0])
    rows = np.concatenate((row[has_key], part[f"{level}_more_row"]))
    return _in_order(forms.astype(np.uint32), part[f"{level}_hash"][rows])


def _in_order(forms: NDArray[np.uint32], hashes: NDArray[np.uint64]) -> Pairs:
    order = np.lexsort((hashes, forms))
    return forms[order], hashes[order]


def _differing(made: Pairs, kept: Pairs) -> set[int]:
    """The forms that have other hashes in the one than in the other."""
    if np.array_equal(made[0], kept[0]) and np.array_equal(made[1], kept[1]):
        return set()
    one, other = (set(zip(forms.tolist(), hashes.tolist(), strict=True)) for forms, hashes in (made, kept))
    return {form_id for form_id, _ in one ^ other}


def are_prefixes_right(part: dict[str, Array]) -> bool:
    """Whether the exact keys of a part stand in order, each once, and name their rows."""
    before = b""
    for begin in range(0, len(part["prefix_row"]), FORMS_AT_A_TIME):
        offsets = part["prefix_offsets"][begin : begin + FORMS_AT_A_TIME + 1]
        keys = unpack_strings(part["prefix_text"][offsets[0] : offsets[-1]], offsets - offsets[0])
        rows = part["prefix_row"][begin : begin + FORMS_AT_A_TIME]
        is_ascending = all(one < two for one, two in zip([before, *keys], keys, strict=False))
        if not is_ascending or not np.array_equal(part["exact_hash"][rows], hash_strings(keys)):
            return False
        before = keys[-1]
    return True
