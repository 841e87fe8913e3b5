"""Matching: a ``whoosh.query`` tree and a snapshot -> which documents match, and the parts that score them.

The tree is walked bottom-up, once a segment. A segment has at most 65,536 documents, so a set of documents is a mask of
bytes that fits the processor's cache, and And, Or and Not are single passes over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA
from whoosh import query

from index.frequencies import FIELD_NAMES
from index.italian import fold, unmarked
from index.lexicon import FormIds
from index.snapshot import Postings, Segment, Snapshot
from search.kernels import Kernels, Mask
from search.keywords import VALUE_FIELDS
from search.places import field_postings, pair_postings, phrase_postings
from search.ranking import RankingSettings, idf
from search.selection import days_mask, find_values, values_mask
from search.terms import Alternatives, Term, Unit, forms_beginning, open_phrase, open_text

MAX_PREFIX_KEYS = 1_000
"""``word*`` looks for at most this many exact keys, those in the most articles."""

MAX_SIMILAR_KEYS = 50
"""``word~`` looks for at most this many exact keys, the nearest."""


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of the score: weight * idf * bm25f.

    Attributes:
        text: the words, as typed.
        level: "stem", "lemma", "exact", "printed", "phrase", "prefix", "similar" or "pair".
        field: number of the one field that counts, or None for all.
        postings: by segment.
    """

    text: str
    level: str
    weight: float
    idf: float
    field: int | None
    postings: tuple[Postings, ...]


@dataclass(slots=True)
class _Leaf:
    """What one leaf of the tree stands for on the snapshot.

    Attributes:
        masks: by segment.
        parts: what it adds to the score.
        words: its terms, for pairs.
        forms: for each word to highlight, the forms that matched it.
        optional: a function word that excludes nothing.
    """

    masks: tuple[Mask, ...]
    parts: list[Part] = field(default_factory=list)
    words: list[Term] = field(default_factory=list)
    forms: list[FormIds] = field(default_factory=list)
    optional: bool = False


class Matcher:
    """One question on one snapshot.

    Attributes:
        parts: what scores a match, pairs not included; in the order of the words.
        notes: in Italian, what was cut short.
    """

    def __init__(
        self,
        tree: query.Query,
        snapshot: Snapshot,
        kernels: Kernels,
        settings: RankingSettings,
        *,
        by_stem: bool = False,
        shouted: bool = False,
    ) -> None:
        self._tree = tree
        self._snapshot = snapshot
        self._kernels = kernels
        self._settings = settings
        self._by_stem = by_stem
        self._shouted = shouted
        self._postings_of: dict[bytes, tuple[Postings, ...]] = {}
        self.notes: list[str] = []
        self._leaves: dict[int, _Leaf] = {}
        self._pairs: dict[tuple[str, str], tuple[Term, Term]] = {}
        self.parts: list[Part] = []
        self._open(tree, excluded=False)
        self._settle_stop_words()

    # --- opening the leaves -----------------------------------------------------------------------------------

    def _open(self, node: query.Query, *, excluded: bool) -> list[Term]:
        """Open every leaf under a node; the terms whose neighbours make pairs."""
        if isinstance(node, query.Not):
            self._open(node.query, excluded=True)
            return []
        if isinstance(node, query.And | query.Or):
            words = [word for child in node for word in self._open(child, excluded=excluded)]
            if not excluded:
                content = [word for word in words if not word.is_stop_word]
                for one, two in pairwise(content):  # known by their texts: terms hold arrays, which have no equality
                    self._pairs.setdefault((one.text, two.text), (one, two))
            return []
        if isinstance(node, query.DateRange) or node == query.NullQuery or isinstance(node, query.Every):
            return []
        leaf = self._leaves[id(node)] = self._open_leaf(node)
        if not excluded:
            self.parts += leaf.parts
        return leaf.words

    def _open_leaf(self, node: query.Query) -> _Leaf:
        name = node.field()
        if name in VALUE_FIELDS:
            return _Leaf(self._values(name, node))
        number = FIELD_NAMES.index(name) if name in FIELD_NAMES else None
        if isinstance(node, query.Phrase):
            return self._phrase(node, number)
        if isinstance(node, query.Prefix):
            return self._prefix(node, number)
        if isinstance(node, query.FuzzyTerm):
            return self._similar(node, number)
        units = open_text(node.text, self._snapshot.lexicon, shouted=self._shouted)
        leaves = [self._unit(unit, number) for unit in units]
        return self._all_of(leaves)

    def _all_of(self, leaves: Sequence[_Leaf]) -> _Leaf:
        """One leaf for words typed without a blank between ("l'economia"): all of them, function words aside."""
        required = [leaf for leaf in leaves if not leaf.optional] or list(leaves)
        masks = [
            np.logical_and.reduce([leaf.masks[at] for leaf in required])
            if required
            else np.zeros(segment.num_docs, dtype=bool)
            for at, segment in enumerate(self._snapshot.segments)
        ]
        return _Leaf(
            tuple(masks),
            [part for leaf in leaves for part in leaf.parts],
            [word for leaf in leaves for word in leaf.words],
            [forms for leaf in required for forms in leaf.forms],
            optional=bool(leaves) and all(leaf.optional for leaf in leaves),
        )

    def _unit(self, unit: Unit, number: int | None) -> _Leaf:
        if isinstance(unit, Term):
            return self._word(unit, number)
        whole = self._word(unit.whole, number)
        other = (
            self._sequence(unit, number)
            if unit.in_sequence
            else self._all_of([self._word(part, number) for part in unit.parts])
        )
        masks = tuple(one | two for one, two in zip(whole.masks, other.masks, strict=True))
        return _Leaf(masks, whole.parts + other.parts, other.words, whole.forms + other.forms)

    def _sequence(self, unit: Alternatives, number: int | None) -> _Leaf:
        slots = [(part.matched(by_stem=self._by_stem), part.is_stop_word) for part in unit.parts]
        return self._phrase_leaf(unit.whole.text, slots, distance=1, number=number)

    def _word(self, term: Term, number: int | None) -> _Leaf:
        matched = term.matched(by_stem=self._by_stem)
        settings = self._settings
        levels = (
            ("stem", settings.stem, term.stem),
            ("lemma", settings.lemma, term.lemma),
            ("exact", settings.exact, term.exact),
            ("printed", settings.printed, term.printed),
        )
        parts = [self._part(term.text, level, weight, forms, number) for level, weight, forms in levels if len(forms)]
        masks = self._masks(self._postings(matched, number))
        return _Leaf(masks, parts, [term], [matched], optional=term.is_stop_word)

    def _phrase(self, node: query.Phrase, number: int | None) -> _Leaf:
        slots = open_phrase(node.words, self._snapshot.lexicon)
        return self._phrase_leaf(" ".join(node.words), slots, distance=max(1, node.slop), number=number)

    def _phrase_leaf(
        self, text: str, sequence: list[tuple[FormIds, bool]], *, distance: int, number: int | None
    ) -> _Leaf:
        """A leaf for words in sequence: of each its forms, and whether it is a function word, not to be highlighted."""
        slots = [forms for forms, _ in sequence]
        if not slots:
            return _Leaf(tuple(np.zeros(segment.num_docs, dtype=bool) for segment in self._snapshot.segments))
        postings = tuple(
            phrase_postings(segment, slots, distance=distance, field=number, kernels=self._kernels)
            for segment in self._snapshot.segments
        )
        part = self._part_of(text, "phrase", self._settings.phrase, postings, number)
        shown = [forms for forms, is_stop_word in sequence if not is_stop_word] or slots
        return _Leaf(self._masks(postings), [part], [], shown)

    def _prefix(self, node: query.Prefix, number: int | None) -> _Leaf:
        forms, num_keys = forms_beginning(node.text, self._snapshot, at_most=MAX_PREFIX_KEYS)
        if num_keys > MAX_PREFIX_KEYS:
            self.notes.append(f"«{node.text}*»: cercate le {MAX_PREFIX_KEYS} parole più frequenti su {num_keys}")
        return self._set_of_forms(f"{node.text}*", "prefix", forms, number)

    def _similar(self, node: query.FuzzyTerm, number: int | None) -> _Leaf:
        """Words within the edit distance that begin with the same letter, the nearest first."""
        word = fold(node.text)
        keys = self._snapshot.lexicon.keys_with_prefix(word[:1])
        near = process.extract(word, keys, scorer=OSA.distance, score_cutoff=node.maxdist, limit=None, processor=None)
        chosen: list[FormIds] = []
        for key, _, _ in sorted(near, key=lambda found: (found[1], found[0])):
            forms = self._snapshot.lexicon.with_key("exact", [key])
            if self._snapshot.counters[forms].any():  # forms of removed articles alone take nobody's place
                chosen.append(forms)
            if len(chosen) == MAX_SIMILAR_KEYS:
                break
        forms = np.unique(np.concatenate([np.zeros(0, dtype=np.uint32), *chosen]))
        return self._set_of_forms(f"{node.text}~", "similar", forms, number)

    def _set_of_forms(self, text: str, level: str, forms: FormIds, number: int | None) -> _Leaf:
        settings = self._settings
        weight = settings.stem + settings.lemma + settings.exact
        postings = self._postings(forms, number)
        return _Leaf(self._masks(postings), [self._part_of(text, level, weight, postings, number)], [], [forms])

    def _values(self, name: str, node: query.Query) -> tuple[Mask, ...]:
        values = self._snapshot.values[name]
        chosen = find_values(values, node.text, how="prefix" if isinstance(node, query.Prefix) else "words")
        return tuple(values_mask(segment, name, chosen, len(values)) for segment in self._snapshot.segments)

    # --- parts ------------------------------------------------------------------------------------------------

    def _postings(self, forms: FormIds, number: int | None) -> tuple[Postings, ...]:
        """Postings of a set of forms by segment; each set is read once a question."""
        name = forms.tobytes()
        if name not in self._postings_of:
            self._postings_of[name] = tuple(segment.postings(forms) for segment in self._snapshot.segments)
        postings = self._postings_of[name]
        return postings if number is None else tuple(field_postings(one, number) for one in postings)

    def _masks(self, postings: tuple[Postings, ...]) -> tuple[Mask, ...]:
        return tuple(
            self._kernels.mask_of(one.doc, segment.num_docs)
            for one, segment in zip(postings, self._snapshot.segments, strict=True)
        )

    def _part(self, text: str, level: str, weight: float, forms: FormIds, number: int | None) -> Part:
        return self._part_of(text, level, weight, self._postings(forms, number), number)

    def _part_of(
        self, text: str, level: str, weight: float, postings: tuple[Postings, ...], number: int | None
    ) -> Part:
        doc_freq = sum(segment.live(one.doc) for segment, one in zip(self._snapshot.segments, postings, strict=True))
        rarity = idf(doc_freq=doc_freq, num_docs=self._snapshot.totals.num_docs)
        return Part(text, level, weight, rarity, number, postings)

    def pair_parts(self, matched: Sequence[Mask]) -> list[Part]:
        """The parts for neighbouring words of the question, on the documents that matched.

        A pair is at least as rare as its rarer word, whose idf it takes: counting its own would make a score depend on
        the filters beside the question.
        """
        settings = self._settings
        if settings.pair == 0:
            return []
        parts: list[Part] = []
        for first, second in self._pairs.values():
            one, two = (term.matched(by_stem=True) for term in (first, second))
            rarity = max(self._part("", "", 1.0, forms, None).idf for forms in (one, two))
            postings = tuple(
                pair_postings(segment, one, two, reach=settings.pair_reach, within=mask, kernels=self._kernels)
                for segment, mask in zip(self._snapshot.segments, matched, strict=True)
            )
            parts.append(Part(f"{first.text} {second.text}", "pair", settings.pair, rarity, None, postings))
        return parts

    # --- walking the tree -------------------------------------------------------------------------------------

    def _settle_stop_words(self) -> None:
        """A function word is optional beside a content word; where there is none, it must match."""
        leaves = [(node, self._leaves[id(node)]) for node in _wanted(self._tree) if id(node) in self._leaves]
        words = [leaf for node, leaf in leaves if node.field() not in VALUE_FIELDS]
        if all(leaf.optional for leaf in words):
            for leaf in words:
                leaf.optional = False

    def masks(self) -> list[Mask]:
        """The live documents that match, by segment."""
        matched: list[Mask] = []
        for at, segment in enumerate(self._snapshot.segments):
            mask = self._walk(self._tree, at, segment, excluded=False)
            if mask is None:
                mask = np.ones(segment.num_docs, dtype=bool)
            if segment.deleted is not None:
                mask = mask & ~segment.deleted
            matched.append(mask)
        return matched

    def _walk(self, node: query.Query, at: int, segment: Segment, *, excluded: bool) -> Mask | None:
        """The mask of a node, or None when it restricts nothing."""
        if isinstance(node, query.And | query.Or):
            masks = [mask for child in node if (mask := self._walk(child, at, segment, excluded=excluded)) is not None]
            if not masks:
                return None
            joined: Mask = (np.logical_and if isinstance(node, query.And) else np.logical_or).reduce(masks)
            return joined
        if isinstance(node, query.Not):
            inner = self._walk(node.query, at, segment, excluded=True)
            return None if inner is None else ~inner
        if isinstance(node, query.DateRange):
            since, until = (None if end is None else end.date() for end in (node.startdate, node.enddate))
            return days_mask(segment, since, until)
        if isinstance(node, query.Every) or node == query.NullQuery:
            return None if isinstance(node, query.Every) else np.zeros(segment.num_docs, dtype=bool)
        leaf = self._leaves[id(node)]
        return None if leaf.optional and not excluded else leaf.masks[at]

    def shown_weights(self) -> dict[str, tuple[int, float]]:
        """Form that made documents match, without its mark -> (number of the word, its weight): what is highlighted."""
        weights: dict[str, tuple[int, float]] = {}
        lexicon = self._snapshot.lexicon
        leaves = [leaf for node in _wanted(self._tree) if (leaf := self._leaves.get(id(node))) is not None]
        slots = [forms for leaf in leaves if not leaf.optional for forms in leaf.forms]
        for number, forms in enumerate(slots):
            weight = self._part("", "", 1.0, forms, None).idf
            printed = [lexicon.form(at) for at in forms.tolist()]
            for form in printed:
                # "AI" in a run of capitals may be the preposition; elsewhere it is not, and must not be marked for it.
                bare = unmarked(form)
                if bare == form or not bare.isupper() or bare in printed:
                    weights.setdefault(bare, (number, weight))
        return weights


def _wanted(node: query.Query) -> Iterator[query.Query]:
    """The leaves that are asked for, not those that are excluded."""
    if isinstance(node, query.And | query.Or):
        for child in node:
            yield from _wanted(child)
    elif not isinstance(node, query.Not):
        yield node
