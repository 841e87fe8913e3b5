"""The lexicon: every printed form of the archive, and its keys at each level.

A form has a number (*form id*) that stays until the next rebuild. Forms are kept in *parts*, each an immutable file
that covers a range of numbers: a commit adds a part with the forms that are new, and parts of like size are merged.

A part holds arrays only, so that processes share it through the page cache and none builds a dictionary of a million
strings:

    form_text, form_offsets      the forms in the order of their numbers
    form_hash, form_order        sorted 64-bit hashes of the forms, and the number (less the part's first) of each
    form_traits                  what can be told of each form by itself (the bits below)
    LEVEL_hash, _start, _forms    for each level: sorted hashes of the keys, and compressed rows of form numbers
    LEVEL_row                    for each form the row of the key that it asks for, NO_ROW for none
    LEVEL_more_form, _more_row   further keys that a form asks for, by form
    prefix_text, prefix_offsets  the exact keys in the order of their bytes, for prefixes
    prefix_row                   for each of them its row among the exact keys

Keys are pure functions of a form (``index.italian``). A form may be found by more keys than it asks for. Strings are
found by a 64-bit BLAKE2b hash: with three million keys the chance that any two share one is under one in a million.
"""

from __future__ import annotations

import hashlib
import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.columns import Array, distinct, find_in, pack_strings, ranges, unpack_strings
from index.italian import exact_keys, is_stop_word, lemma_keys, other_lemma_keys, stem_keys
from index.italian.accents import has_final_accent
from index.italian.folding import REMEMBERED

KeysOf = Callable[[str], Sequence[str]]

LEVELS: Final[dict[str, KeysOf]] = {"exact": exact_keys, "lemma": lemma_keys, "stem": stem_keys}
"""Level -> the keys that a form asks for there, from the narrowest to the widest."""

_OTHER_KEYS: Final[dict[str, KeysOf]] = {"lemma": other_lemma_keys}
"""Level -> further keys that a form is found by."""

SMALL, TITLE, OWN_LEMMA, ACCENTED, FUNCTION = 1, 2, 4, 8, 16
"""Traits of a form: in small letters; a capital and small letters, and no mark that the capital says nothing; its lemma
is the word itself; an accent, or an apostrophe for one, on its last letter; a function word."""

NO_ROW: Final = np.iinfo(np.uint32).max

_FORMS_AT_A_TIME: Final = 1 << 16
"""Forms or keys that are strings of Python at a time."""

FormIds = NDArray[np.uint32]


def form_traits(form: str) -> int:
    """The traits of a form, added up."""
    traits = SMALL if form.islower() else TITLE if form[0].isupper() and form[1:].islower() and form.isalpha() else 0
    if lemma_keys(form) == exact_keys(form):
        traits |= OWN_LEMMA
    if is_stop_word(form):
        traits |= FUNCTION
    return traits | ACCENTED if has_final_accent(form) else traits


def hash_strings(strings: Sequence[bytes]) -> NDArray[np.uint64]:
    """64-bit hashes, the same on every machine: uint64, (len(strings),)."""
    blake2b = hashlib.blake2b
    joined = b"".join([blake2b(text, digest_size=8).digest() for text in strings])
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64, copy=False)


def build_part(forms: Sequence[str], first_id: int) -> dict[str, Array]:
    """The columns of a part that holds some forms, numbered from ``first_id`` in the order given."""
    encoded = [form.encode() for form in forms]
    text, offsets = pack_strings(encoded)
    form_hashes = hash_strings(encoded)
    order = np.argsort(form_hashes, kind="stable").astype(np.uint32)
    traits, keys_of_level, exact = _keys_and_traits(forms)
    columns: dict[str, Array] = {
        "first_id": np.array([first_id], dtype=np.int64),
        "form_text": text,
        "form_offsets": offsets,
        "form_hash": form_hashes[order],
        "form_order": order,
        "form_traits": traits,
    }
    for level, keys in keys_of_level.items():
        columns |= _key_rows(level, keys.hashes, keys.holders + np.uint32(first_id))
        asked, by = keys.hashes[keys.is_asked], keys.holders[keys.is_asked].astype(np.int64)
        columns |= _asked_rows(level, columns[f"{level}_hash"], asked, by, len(forms))
    ordered = sorted(exact)
    return columns | _prefix_rows(zip(ordered, hash_strings(ordered).tolist(), strict=True), columns["exact_hash"])


class _Keys(NamedTuple):
    """The keys of some forms at one level: their hashes, which form has each, and whether it asks for it; (n,) each."""

    hashes: NDArray[np.uint64]
    holders: NDArray[np.uint32]
    is_asked: NDArray[np.bool_]


def _keys_and_traits(forms: Sequence[str]) -> tuple[NDArray[np.uint8], dict[str, _Keys], set[bytes]]:
    """What the rules of Italian tell of each form, as many at a time as they remember answers for.

    Returns:
        The traits of each form, its keys at each level, and all exact keys.
    """
    traits = bytearray()
    found: dict[str, list[_Keys]] = {level: [] for level in LEVELS}
    exact: set[bytes] = set()
    for first in range(0, max(len(forms), 1), REMEMBERED // 2):
        some = forms[first : first + REMEMBERED // 2]
        traits.extend(map(form_traits, some))
        for level, keys_of in LEVELS.items():
            texts, holders = _flat(map(keys_of, some), first)
            others, their_holders = _flat(map(_OTHER_KEYS[level], some), first) if level in _OTHER_KEYS else _NO_KEYS
            if level == "exact":
                exact.update(texts)
            is_asked = np.arange(len(texts) + len(others)) < len(texts)
            found[level].append(_Keys(hash_strings(texts + others), np.concatenate((holders, their_holders)), is_asked))
    joined = {level: _Keys(*map(np.concatenate, zip(*pieces, strict=True))) for level, pieces in found.items()}
    return np.frombuffer(traits, dtype=np.uint8), joined, exact


_NO_KEYS: Final[tuple[list[bytes], NDArray[np.uint32]]] = [], np.zeros(0, dtype=np.uint32)


def _flat(keys_of_forms: Iterable[Sequence[str]], first: int) -> tuple[list[bytes], NDArray[np.uint32]]:
    """The keys of some forms one behind the other, and which form has each, counted from ``first``."""
    keys = list(keys_of_forms)
    count = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
    holders = np.repeat(np.arange(first, first + len(keys), dtype=np.uint32), count)
    return [key.encode() for some in keys for key in some], holders


def _asked_rows(
    level: str, known: NDArray[np.uint64], hashes: NDArray[np.uint64], holders: NDArray[np.int64], num_forms: int
) -> dict[str, Array]:
    """For each form the rows of the keys that it asks for.

    Args:
        known: the sorted hashes of the level's keys.
        hashes, holders: the keys asked for, and by which form, counted from 0, ascending; (n,).
    """
    row = np.searchsorted(known, hashes).astype(np.uint32)
    first = np.diff(holders, prepend=-1) > 0
    rows = np.full(num_forms, NO_ROW, dtype=np.uint32)
    rows[holders[first]] = row[first]
    return {
        f"{level}_row": rows,
        f"{level}_more_form": holders[~first].astype(np.uint32),
        f"{level}_more_row": row[~first],
    }


def _prefix_rows(keys: Iterable[tuple[bytes, int]], exact_hash: NDArray[np.uint64]) -> dict[str, Array]:
    """The exact keys for prefixes.

    Args:
        keys: each with its hash, in the order of their bytes; one may come twice.
        exact_hash: the sorted hashes of them all.
    """
    text, offsets, hashes = bytearray(), array("I", [0]), array("Q")
    before: bytes | None = None
    for key, key_hash in keys:
        if key != before:
            text += key
            offsets.append(len(text))
            hashes.append(key_hash)
            before = key
    row = np.searchsorted(exact_hash, np.array(hashes, dtype=np.uint64)).astype(np.uint32)
    return {
        "prefix_text": np.frombuffer(text, dtype=np.uint8),
        "prefix_offsets": np.array(offsets, dtype=np.uint32),
        "prefix_row": row,
    }


def _ordered_keys(part: dict[str, Array]) -> Iterator[tuple[bytes, int]]:
    """The exact keys of a part with their hashes, in the order of their bytes."""
    hashes, rows, ends = part["exact_hash"], part["prefix_row"], part["prefix_offsets"]
    for first in range(0, len(rows), _FORMS_AT_A_TIME):
        some = slice(first, first + _FORMS_AT_A_TIME)
        texts = unpack_strings(
            part["prefix_text"][int(ends[first]) : int(ends[min(some.stop, len(rows))])],
            ends[first : some.stop + 1] - ends[first],
        )
        yield from zip(texts, hashes[rows[some]].tolist(), strict=True)


def _key_rows(level: str, hashes: NDArray[np.uint64], holders: FormIds) -> dict[str, Array]:
    order = np.lexsort((holders, hashes))
    unique, start = np.unique(hashes[order], return_index=True)
    return {
        f"{level}_hash": unique,
        f"{level}_start": np.append(start, len(holders)).astype(np.uint32),
        f"{level}_forms": holders[order],
    }


def merge_parts(parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """The columns of one part in place of several neighbours, in the order of their numbers; no key is recomputed."""
    first_id = int(parts[0]["first_id"][0])
    shift = [int(part["first_id"][0]) - first_id for part in parts]
    hashes = np.concatenate([part["form_hash"] for part in parts])
    owners = np.concatenate([part["form_order"] + np.uint32(by) for part, by in zip(parts, shift, strict=True)])
    order = np.argsort(hashes, kind="stable")
    lengths = np.concatenate([np.diff(part["form_offsets"]) for part in parts])
    columns: dict[str, Array] = {
        "first_id": np.array([first_id], dtype=np.int64),
        "form_text": np.concatenate([part["form_text"] for part in parts]),
        "form_offsets": np.concatenate(([0], np.cumsum(lengths))).astype(np.uint32),
        "form_hash": hashes[order],
        "form_order": owners[order],
        "form_traits": np.concatenate([part["form_traits"] for part in parts]),
    }
    for level in LEVELS:
        keys = [np.repeat(part[f"{level}_hash"], np.diff(part[f"{level}_start"])) for part in parts]
        columns |= _key_rows(level, np.concatenate(keys), np.concatenate([part[f"{level}_forms"] for part in parts]))
        columns |= _merged_asked_rows(level, columns[f"{level}_hash"], parts, shift)
    # Merged as they stand, a few at a time: all of them as strings of Python would be hundreds of MB.
    return columns | _prefix_rows(heapq.merge(*map(_ordered_keys, parts)), columns["exact_hash"])


def _merged_asked_rows(
    level: str, known: NDArray[np.uint64], parts: Sequence[dict[str, Array]], shift: Sequence[int]
) -> dict[str, Array]:
    rows: list[NDArray[np.uint32]] = []
    more: list[NDArray[np.uint32]] = []
    for part in parts:
        new_row = np.searchsorted(known, part[f"{level}_hash"]).astype(np.uint32)
        has_key = part[f"{level}_row"] != NO_ROW
        row = np.full(len(has_key), NO_ROW, dtype=np.uint32)
        row[has_key] = new_row[part[f"{level}_row"][has_key]]
        rows.append(row)
        more.append(new_row[part[f"{level}_more_row"]])
    forms = [part[f"{level}_more_form"] + np.uint32(by) for part, by in zip(parts, shift, strict=True)]
    return {
        f"{level}_row": np.concatenate(rows),
        f"{level}_more_form": np.concatenate(forms),
        f"{level}_more_row": np.concatenate(more),
    }


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All parts of one generation, in the order of their numbers."""

    parts: tuple[dict[str, Array], ...]

    @property
    def num_forms(self) -> int:
        """How many form ids there are; the next new form gets this one."""
        return sum(len(part["form_hash"]) for part in self.parts)

    def find(self, forms: Sequence[str]) -> NDArray[np.int64]:
        """The id of each form, or -1 where the archive has never printed it: int64, (len(forms),)."""
        return self.find_hashed(hash_strings([form.encode() for form in forms]))

    def find_hashed(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The id of the form with each hash, or -1: int64, (len(hashes),)."""
        found = np.full(len(hashes), -1, dtype=np.int64)
        for part in self.parts:
            at, is_known = find_in(part["form_hash"], hashes)
            hit = is_known.nonzero()[0]
            if hit.size:
                found[hit] = part["form_order"][at[hit]].astype(np.int64) + part["first_id"][0]
        return found

    def form(self, form_id: int) -> str:
        """The form with an id, its mark included; IndexError when there is none."""
        for part in self.parts:
            local = form_id - int(part["first_id"][0])
            if 0 <= local < len(part["form_hash"]):
                start, end = part["form_offsets"][local : local + 2].tolist()
                return bytes(part["form_text"][start:end]).decode()
        raise IndexError(form_id)

    def with_key(self, level: str, keys: Iterable[str]) -> FormIds:
        """Ids of all forms that have one of some keys at a level, ascending: uint32."""
        return self._with_hash(level, hash_strings([key.encode() for key in keys]))

    def with_keys_of(self, level: str, form_id: int) -> FormIds:
        """Ids of all forms that are found by a key which a known form asks for at a level, ascending: uint32.

        Its keys are read, not computed anew: a question made of known words never loads the dictionary of lemmas.
        """
        for part in self.parts:
            local = form_id - int(part["first_id"][0])
            if 0 <= local < len(part["form_hash"]):
                row = part[f"{level}_row"][local]
                if row == NO_ROW:
                    break
                first, end = part[f"{level}_more_form"].searchsorted((local, local + 1)).tolist()
                rows = [int(row), *part[f"{level}_more_row"][first:end].tolist()]
                return self._with_hash(level, part[f"{level}_hash"][rows])
        return np.zeros(0, dtype=np.uint32)

    def asked_keys(self, level: str, form_ids: FormIds) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The keys that some known forms ask for at a level; function words ask for none at the wider ones.

        Returns:
            Hashes of keys, and of each the place in ``form_ids`` of the form that asks for it; a form may have several.
        """
        hashes, places = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
        for part in self.parts:
            local = form_ids.astype(np.int64) - int(part["first_id"][0])
            here = np.flatnonzero((local >= 0) & (local < len(part["form_hash"])))
            row = part[f"{level}_row"][local[here]]
            has_key = row != NO_ROW
            more = part[f"{level}_more_form"]
            first, end = (np.searchsorted(more, local[here] + step) for step in (0, 1))
            rows = np.concatenate((row[has_key], part[f"{level}_more_row"][ranges(first, end - first)]))
            hashes.append(part[f"{level}_hash"][rows])
            places += [here[has_key], np.repeat(here, end - first)]
        return np.concatenate(hashes), np.concatenate(places)

    def traits(self, form_ids: FormIds) -> NDArray[np.uint8]:
        """The traits of some forms: uint8, (len(form_ids),)."""
        found = np.zeros(len(form_ids), dtype=np.uint8)
        for part in self.parts:
            local = form_ids.astype(np.int64) - int(part["first_id"][0])
            here = (local >= 0) & (local < len(part["form_hash"]))
            found[here] = part["form_traits"][local[here]]
        return found

    def _with_hash(self, level: str, hashes: NDArray[np.uint64]) -> FormIds:
        found = [np.zeros(0, dtype=np.uint32)]
        for part in self.parts:
            known, start = part[f"{level}_hash"], part[f"{level}_start"]
            for row, wanted in zip(known.searchsorted(hashes).tolist(), hashes.tolist(), strict=True):  # one or two
                if row < len(known) and known[row] == wanted:
                    first, end = start[row : row + 2].tolist()
                    found.append(part[f"{level}_forms"][first:end])
        return distinct(*found)

    def holders(self, level: str, hashes: NDArray[np.uint64]) -> tuple[FormIds, NDArray[np.int64]]:
        """All forms that have one of some keys at a level.

        Args:
            hashes: of the keys (``hash_strings``).
        Returns:
            Form ids, part after part, and of each the place of its key among ``hashes``; (num_holders,) both.
        """
        forms, owners = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.int64)]
        for part in self.parts:
            row, is_known = find_in(part[f"{level}_hash"], hashes)
            owner = is_known.nonzero()[0]
            if owner.size:
                start = part[f"{level}_start"]
                first = start[row[owner]]
                count = start[row[owner] + 1] - first
                forms.append(part[f"{level}_forms"][ranges(first, count)])
                owners.append(owner.repeat(count))
        return np.concatenate(forms), np.concatenate(owners)

    def with_prefix(self, prefix: str, weights: Array, *, at_most: int) -> tuple[FormIds, int]:
        """Ids of the forms whose exact key starts with a prefix, ascending, and how many keys that were.

        Args:
            weights: importance of each form, by id, 0 for one to leave out; integers, (num_forms,).
            at_most: keys to keep; those of the largest summed weight are, ties by hash.
        """
        keys: list[Array] = []
        holders: list[FormIds] = []
        for part, (first, last) in zip(self.parts, self.rows_with_prefix(prefix), strict=True):
            row = part["prefix_row"][first:last]
            start, end = part["exact_start"][row], part["exact_start"][row + 1]
            keys.append(np.repeat(part["exact_hash"][row], end - start))
            holders.append(part["exact_forms"][ranges(start, end - start)])
        if not keys:
            return np.zeros(0, dtype=np.uint32), 0
        holder = np.concatenate(holders)
        printed = weights[holder] > 0  # forms of removed articles alone take nobody's place
        holder = holder[printed]
        unique, key = np.unique(np.concatenate(keys)[printed], return_inverse=True)
        if len(unique) > at_most:
            weight = np.bincount(key, weights=weights[holder], minlength=len(unique))
            kept = np.zeros(len(unique), dtype=bool)
            kept[np.argsort(-weight, kind="stable")[:at_most]] = True
            holder = holder[kept[key]]
        return distinct(holder), len(unique)

    def rows_with_prefix(self, prefix: str) -> list[tuple[int, int]]:
        """For each part the half-open range of its exact keys, in the order of their bytes, that start so."""
        wanted = prefix.encode()
        found: list[tuple[int, int]] = []
        for part in self.parts:
            strings = _Strings(part["prefix_text"], part["prefix_offsets"])
            first = bisect_left(strings, wanted)
            found.append((first, bisect_right(strings, wanted, lo=first, key=lambda key: key[: len(wanted)])))
        return found

    def keys_with_prefix(self, prefix: str) -> list[str]:
        """The exact keys that start with a folded prefix, in the order of their bytes."""
        found: set[bytes] = set()
        for part, (first, last) in zip(self.parts, self.rows_with_prefix(prefix), strict=True):
            start = int(part["prefix_offsets"][first])
            text = part["prefix_text"][start : int(part["prefix_offsets"][last])]
            found.update(unpack_strings(text, part["prefix_offsets"][first : last + 1] - np.uint32(start)))
        return [key.decode() for key in sorted(found)]

    def keys_of(self, level: str, form_ids: FormIds) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """The keys by which some forms are found at a level.

        Args:
            form_ids: ascending.
        Returns:
            Hashes of keys, and with each the place in ``form_ids`` of a form that it finds; by hash, then place.
        """
        place = np.full(self.num_forms, -1, dtype=np.int32)
        place[form_ids] = np.arange(len(form_ids), dtype=np.int32)
        keys, places = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int32)]
        for part in self.parts:
            found = place[part[f"{level}_forms"]]
            is_wanted = found >= 0
            keys.append(np.repeat(part[f"{level}_hash"], np.diff(part[f"{level}_start"]))[is_wanted])
            places.append(found[is_wanted])
        key, at = np.concatenate(keys), np.concatenate(places)
        order = np.lexsort((at, key))
        return key[order], at[order]


class _Strings(Sequence[bytes]):
    """Packed strings as a sequence, for bisection without unpacking them."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.uint32]) -> None:
        self._blob = blob
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        return self._blob[self._offsets[at] : self._offsets[at + 1]].tobytes()
