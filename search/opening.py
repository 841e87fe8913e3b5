"""Opening: a leaf of the tree and a snapshot -> the forms that it stands for, their documents, and what scores them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from operator import iand

import numpy as np

from index.frequencies import FIELD_NAMES
from index.italian import fold
from index.lexicon import FormIds
from search import tree
from search.alternatives import Alternative
from search.deadline import Deadline
from search.facets import count_facet
from search.kernels import Kernels, Mask
from search.leaves import Leaf, Part, Shown
from search.places import field_postings, phrase_postings
from search.postings import NOTHING_FOUND, FormPostings, SnapshotPostings
from search.ranking import RankingSettings, idf
from search.rows import facet_rows
from search.selection import find_values
from search.terms import Alternatives, Term, Unit, forms_beginning, open_form, open_phrase, open_text, very_form
from search.tree import VALUE_FIELDS
from search.vocabulary import Vocabulary
from search.wording import unknown_value

MAX_PREFIX_KEYS = 1_000
"""``word*`` looks for at most this many exact keys, those in the most articles."""

MAX_SIMILAR_KEYS = 50
"""``word~`` looks for at most this many exact keys, the nearest."""

MAX_VALUES_SHOWN = 5
"""Sections, authors and the like that are named in a note to whoever asked for one that is not there: the nearest, or
where none is near those with the most articles."""

_LEAST_LIKENESS = 60
"""Of 100, how like what was typed the nearest must be; "malware" and "article" have 43."""


class Opener:
    """Opens the leaves of one question on one snapshot.

    Attributes:
        notes: in Italian, what was cut short.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        kernels: Kernels,
        settings: RankingSettings,
        *,
        deadline: Deadline,
        by_stem: bool,
        shouted: bool,
        is_scored: bool,
    ) -> None:
        """See ``Matcher``."""
        self._vocabulary = vocabulary
        self._snapshot = vocabulary.snapshot
        self._kernels = kernels
        self._settings = settings
        self._deadline = deadline
        self._by_stem = by_stem
        self._shouted = shouted
        self._is_scored = is_scored
        self._asked: dict[bytes, FormPostings] = {}
        self.notes: list[str] = []

    def leaf(self, node: tree.Term | tree.Prefix | tree.FuzzyTerm | tree.Phrase) -> Leaf:
        """What a leaf of the tree stands for."""
        self._deadline.check()
        name = node.fieldname
        if name in VALUE_FIELDS and not isinstance(node, tree.Phrase):
            chosen = self._values(name, node)
            return Leaf(partial(facet_rows(self._snapshot, name).having, chosen))
        number = _field_number(name)
        if isinstance(node, tree.Phrase):
            return self._phrase(node, number)
        if isinstance(node, tree.Prefix):
            return self._prefix(node, number)
        if isinstance(node, tree.FuzzyTerm):
            return self._similar(node, number)
        units = open_text(node.text, self._vocabulary, shouted=self._shouted)
        leaves = [self._unit(unit, number) for unit in units]
        return self._all_of(leaves)

    def _all_of(self, leaves: Sequence[Leaf]) -> Leaf:
        """One leaf for words typed without a blank between ("l'economia"): all of them, function words aside."""
        required = [leaf for leaf in leaves if not leaf.optional] or list(leaves)
        masks = [leaf.mask for leaf in required]
        return Leaf(
            (lambda: reduce(iand, (mask() for mask in masks))) if masks else self._masking(NOTHING_FOUND),
            [part for leaf in leaves for part in leaf.parts],
            [word for leaf in leaves for word in leaf.words],
            [shown for leaf in required for shown in leaf.shown],
            optional=bool(leaves) and all(leaf.optional for leaf in leaves),
            units=list(leaves),
        )

    def _unit(self, unit: Unit, number: int | None) -> Leaf:
        if isinstance(unit, Term):
            return self._word(unit, number)
        whole = self._word(unit.whole, number)
        other = (
            self._sequence(unit, number)
            if unit.in_sequence
            else self._all_of([self._word(part, number) for part in unit.parts])
        )
        one, two = whole.mask, other.mask
        typed = [part.text for part in unit.parts]
        parts, shown = whole.parts + other.parts, whole.shown + other.shown
        return Leaf(lambda: one() | two(), parts, other.words, shown, typed=typed)

    def _sequence(self, unit: Alternatives, number: int | None) -> Leaf:
        slots = [(part.matched(by_stem=self._by_stem), part.is_stop_word) for part in unit.parts]
        return self._phrase_leaf(unit.whole.text, slots, distance=1, number=number)

    def _word(self, term: Term, number: int | None) -> Leaf:
        matched = term.matched(by_stem=self._by_stem)
        settings = self._settings
        factor = settings.name if term.is_name else 1.0
        levels = (
            ("stem", settings.stem, term.stem),
            ("lemma", settings.lemma, term.lemma),
            ("exact", settings.exact, term.exact),
            ("printed", settings.printed, term.printed),
        )
        parts = [
            self._part(term.text, level, factor * weight, forms, number, rule=term.rule)
            for level, weight, forms in levels
            if self._is_scored and self.held(forms).doc_freq
        ]
        mask = self._masking(self._postings(matched, number))
        # Of a function word only what was typed is highlighted: "è" finds "e" as well, but is not it.
        forms = very_form(term.text, matched, self._snapshot.lexicon) if term.is_stop_word else matched
        shown = Shown((forms,), field=number)
        return Leaf(mask, parts, [term], [shown], optional=term.is_stop_word, typed=[term.text])

    def _phrase(self, node: tree.Phrase, number: int | None) -> Leaf:
        slots = open_phrase(node.words, self._vocabulary, shouted=self._shouted)
        return self._phrase_leaf(" ".join(node.words), slots, distance=max(1, node.slop), number=number)

    def _phrase_leaf(
        self,
        text: str,
        sequence: list[tuple[FormIds, bool]],
        *,
        distance: int,
        number: int | None,
        level: str = "phrase",
        weight: float | None = None,
        most: float = math.inf,
    ) -> Leaf:
        """A leaf for words in sequence: of each its forms, and whether it is a function word, not to be highlighted.

        Args:
            most: its idf counts for no more.
        """
        slots = [forms for forms, _ in sequence]
        if not slots:
            return Leaf(self._masking(NOTHING_FOUND))
        held = [self.held(forms) for forms in slots]
        postings = phrase_postings(self._snapshot, held, distance=distance, kernels=self._kernels)
        if number is not None:
            postings = field_postings(postings, number)
        weight = self._settings.phrase if weight is None else weight
        part = self._part_of(text, level, weight, postings, number, most=most)
        marked = tuple(at for at, (_, is_stop_word) in enumerate(sequence) if not is_stop_word)
        shown = Shown(tuple(slots), marked or tuple(range(len(slots))), distance, number, part.idf)
        return Leaf(self._masking(postings), [part], [], [shown])

    def _prefix(self, node: tree.Prefix, number: int | None) -> Leaf:
        forms, num_keys = forms_beginning(node.text, self._snapshot, at_most=MAX_PREFIX_KEYS)
        if num_keys > MAX_PREFIX_KEYS:
            self.notes.append(f"«{node.text}*»: cercate le {MAX_PREFIX_KEYS} parole più frequenti su {num_keys}")
        return self._set_of_forms(f"{node.text}*", "prefix", forms, number)

    def _similar(self, node: tree.FuzzyTerm, number: int | None) -> Leaf:
        """Words within the edit distance that begin with the same letter, the nearest first."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        word = fold(node.text)
        keys = self._snapshot.lexicon.keys_with_prefix(word[:1])
        near = process.extract(word, keys, scorer=OSA.distance, score_cutoff=node.maxdist, limit=None, processor=None)
        chosen: list[FormIds] = []
        for key, _, _ in sorted(near, key=lambda found: (found[1], found[0])):
            forms = self._snapshot.lexicon.with_key("exact", [key])
            if self._vocabulary.is_printed(forms):  # forms of removed articles alone take nobody's place
                chosen.append(forms)
            if len(chosen) == MAX_SIMILAR_KEYS:
                break
        forms = np.unique(np.concatenate([np.zeros(0, dtype=np.uint32), *chosen]))
        return self._set_of_forms(f"{node.text}~", "similar", forms, number)

    def _set_of_forms(self, text: str, level: str, forms: FormIds, number: int | None) -> Leaf:
        settings = self._settings
        weight = settings.stem + settings.lemma + settings.exact
        postings = self._postings(forms, number)
        part = self._part_of(text, level, weight, postings, number)
        return Leaf(self._masking(postings), [part], [], [Shown((forms,), field=number)])

    def _values(self, name: str, node: tree.Worded) -> list[int]:
        """Numbers of the values of a facet that a node names."""
        values = self._snapshot.values[name]
        is_prefix = isinstance(node, tree.Prefix)
        chosen = find_values(values, node.text, how="prefix" if is_prefix else "words")
        live = self._snapshot.live_values(name)
        if not live[chosen].any():
            from rapidfuzz import fuzz, process

            known = sorted(values[at] for at in np.flatnonzero(live).tolist())
            near = process.extract(
                node.text,
                known,
                scorer=fuzz.WRatio,
                processor=str.casefold,
                score_cutoff=_LEAST_LIKENESS,
                limit=MAX_VALUES_SHOWN,
            )
            named = [value for value, *_ in near] or self._largest_values(name)
            self.notes.append(unknown_value(name, f"{node.text}*" if is_prefix else node.text, named))
        return chosen

    def _largest_values(self, name: str) -> list[str]:
        """The values of a facet that most articles have."""
        docs = self._kernels.docs_in(self._snapshot.live_mask())
        return [value for value, _ in count_facet(self._snapshot, name, docs, self._kernels, most=MAX_VALUES_SHOWN)]

    def alternative(self, alternative: Alternative, typed: Sequence[str], field: str) -> Leaf | None:
        """The leaf of another way to print some words; None when the archive has not all of its words."""
        terms = [open_form(word, self._vocabulary) for word in alternative.words]
        slots = [(term.matched(by_stem=False), term.is_stop_word) for term in terms]
        if not all(self._vocabulary.is_printed(forms) for forms, _ in slots):
            return None
        number, settings = _field_number(field), self._settings
        is_as_typed = alternative.kind in ("date", "joined")
        weight = (1.0 if is_as_typed else settings.synonym) * (settings.stem + settings.lemma + settings.exact)
        span = typed[alternative.start : alternative.end]
        text = f"{' '.join(span)}: {' '.join(alternative.words)}"
        level = "synonym" if alternative.kind == "synonym" else "spelling"
        # What is seldom printed so is worth no more than as it was typed: it must not come before that.
        most = self._rarity(span) if alternative.kind in ("apart", "number") else math.inf
        if len(slots) > 1:
            return self._phrase_leaf(text, slots, distance=1, number=number, level=level, weight=weight, most=most)
        forms = slots[0][0]
        postings = self._postings(forms, number)
        part = self._part_of(text, level, weight, postings, number, most=most)
        return Leaf(self._masking(postings), [part], [], [Shown((forms,), field=number)])

    def _rarity(self, typed: Sequence[str]) -> float:
        """The idf of the rarest of some words."""
        terms = (open_form(word, self._vocabulary) for word in typed)
        return max(self.idf(self.held(term.matched(by_stem=False)).doc_freq) for term in terms)

    def _masking(self, postings: SnapshotPostings) -> Callable[[], Mask]:
        return partial(self._kernels.mask_of, (postings,), self._snapshot.first_doc)

    def held(self, forms: FormIds) -> FormPostings:
        """The postings of a set of forms: the same object all through a question, whatever is let go meanwhile."""
        name = forms.tobytes()
        if name not in self._asked:
            self._asked[name] = self._vocabulary.postings.get(forms, self._kernels.union)
        return self._asked[name]

    def _postings(self, forms: FormIds, number: int | None) -> SnapshotPostings:
        """Postings of a set of forms, in one field or in all."""
        postings = self.held(forms).postings
        return postings if number is None else field_postings(postings, number)

    def _part(
        self, text: str, level: str, weight: float, forms: FormIds, number: int | None, *, rule: str | None = None
    ) -> Part:
        if number is not None:
            return self._part_of(text, level, weight, self._postings(forms, number), number, rule=rule)
        held = self.held(forms)
        return Part(text, level, weight, self.idf(held.doc_freq), None, held.postings, rule, held.live)

    def _part_of(
        self,
        text: str,
        level: str,
        weight: float,
        postings: SnapshotPostings,
        number: int | None,
        *,
        rule: str | None = None,
        most: float = math.inf,
    ) -> Part:
        rarity = min(most, self.idf(postings.live(self._snapshot)))
        return Part(text, level, weight, rarity, number, postings, rule)

    def idf(self, doc_freq: int) -> float:
        """How much a term tells that so many articles have."""
        return idf(doc_freq=doc_freq, num_docs=self._snapshot.totals.num_docs)


def _field_number(name: str) -> int | None:
    """Which of FIELD_NAMES a field is; None when it stands for all of them."""
    return FIELD_NAMES.index(name) if name in FIELD_NAMES else None
