"""Matching: a tree and a snapshot -> which documents match, and the parts that score them.

The tree is walked bottom-up. A set of documents is a mask of bytes, one for each document of the snapshot, and And, Or
and Not are single passes over it. No mask is made before the walk comes to it, nor kept behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import accumulate, groupby, pairwise
from operator import and_, iand, ior

import numpy as np

from index.frequencies import FIELD_NAMES
from index.italian import exact_keys, fold, is_elision, unmarked
from index.lexicon import FormIds
from search import tree
from search.alternatives import Alternative, alternatives_of
from search.deadline import Deadline
from search.facets import count_facet
from search.kernels import Kernels, Mask
from search.leaves import Leaf, Other, Pair, Part, Shown, overlapping
from search.places import field_postings, phrase_postings
from search.postings import NOTHING_FOUND, FormPostings, SnapshotPostings
from search.ranking import RankingSettings, idf
from search.rows import facet_rows
from search.selection import days_mask, find_values
from search.snippets import MOST_FORMS_REMEMBERED, Sought
from search.terms import Alternatives, Term, Unit, forms_beginning, open_form, open_phrase, open_text, very_form
from search.tree import VALUE_FIELDS, Node, is_filter
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


class Matcher:
    """One question on one snapshot.

    Args:
        deadline: when to give up.
        is_scored: whether its words have parts; a question that is only counted needs none.

    Attributes:
        parts: what scores a match, pairs not included; in the order of the words.
        notes: in Italian, what was cut short.
    """

    def __init__(
        self,
        asked: Node,
        vocabulary: Vocabulary,
        kernels: Kernels,
        settings: RankingSettings,
        *,
        deadline: Deadline,
        by_stem: bool = False,
        shouted: bool = False,
        is_scored: bool = True,
    ) -> None:
        self._tree = asked
        self._vocabulary = vocabulary
        self._snapshot = vocabulary.snapshot
        self._kernels = kernels
        self._settings = settings
        self._deadline = deadline
        self._by_stem = by_stem
        self._shouted = shouted
        self._is_scored = is_scored
        self.notes: list[str] = []
        self._asked: dict[bytes, FormPostings] = {}
        self._leaves: dict[int, Leaf] = {}
        self._pairs: dict[tuple[str, str], tuple[Term, Term]] = {}
        self.parts: list[Part] = []
        self._open(asked, excluded=False, is_alone=True)
        self._settle_stop_words()

    # --- opening the leaves -----------------------------------------------------------------------------------

    def _open(self, node: Node, *, excluded: bool, is_alone: bool) -> list[Term]:
        """Open every leaf under a node; the terms whose neighbours make pairs.

        Args:
            is_alone: whether no neighbour belongs to it, as in a group.
        """
        if isinstance(node, tree.Not):
            self._open(node.query, excluded=True, is_alone=True)
            return []
        if isinstance(node, tree.And | tree.Or):
            children = list(node)
            words = [word for child in children for word in self._open(child, excluded=excluded, is_alone=False)]
            if not excluded:
                # Known by their texts: terms hold arrays, which have no equality.
                neighbours = [*pairwise(word for word in words if not word.is_stop_word), *_with_acronyms(words)]
                for one, two in neighbours:
                    self._pairs.setdefault((one.text, two.text), (one, two))
            for _, run in groupby(children, key=_text_field):
                self._open_alternatives(list(run), excluded=excluded, all_words=isinstance(node, tree.And))
            return []
        if isinstance(node, tree.Days | tree.Nothing | tree.Every):
            return []
        leaf = self._leaves[id(node)] = self._open_leaf(node)
        if not excluded:
            self.parts += leaf.parts
        if is_alone:
            self._open_alternatives([node], excluded=excluded, all_words=True)
        return leaf.words

    def _open_alternatives(self, nodes: Sequence[Node], *, excluded: bool, all_words: bool) -> None:
        """Let words side by side match by another way to print some of them.

        Args:
            nodes: neighbours that are looked for in one field.
            all_words: whether all of them must match, or any.
        """
        if (name := _text_field(nodes[0])) is None:
            return
        number = _field_number(name)
        leaves = [self._leaves[id(node)] for node in nodes]
        units = [(at, unit) for at, leaf in enumerate(leaves) for unit in leaf.units]
        typed = [word for _, unit in units for word in unit.typed]
        begins = accumulate((len(unit.typed) for _, unit in units), initial=0)
        unit_at = {at: unit for unit, at in enumerate(begins)}  # where a unit begins among the words -> its number
        opened: list[Other] = []
        for alternative in alternatives_of(typed, self._vocabulary, loosely=self._by_stem):
            first, end = unit_at.get(alternative.start), unit_at.get(alternative.end)
            if first is None or end is None:
                continue
            if (leaf := self._alternative(alternative, typed, number)) is not None:
                opened.append(Other(first, end, units[first][0], units[end - 1][0] + 1, leaf))
        for several in overlapping(opened):
            is_joined = self._join_alternatives(leaves, units, several, all_words=all_words)
            if is_joined and not excluded:
                self.parts += [part for other in several for part in other.leaf.parts]

    def _alternative(self, alternative: Alternative, typed: Sequence[str], number: int | None) -> Leaf | None:
        """The leaf of another way to print some words; None when the archive has not all of its words."""
        terms = [open_form(word, self._vocabulary) for word in alternative.words]
        slots = [(term.matched(by_stem=False), term.is_stop_word) for term in terms]
        if not all(self._vocabulary.is_printed(forms) for forms, _ in slots):
            return None
        settings = self._settings
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
        return max(self._idf(self._held(term.matched(by_stem=False)).doc_freq) for term in terms)

    def _join_alternatives(
        self, leaves: Sequence[Leaf], units: Sequence[tuple[int, Leaf]], several: Sequence[Other], *, all_words: bool
    ) -> bool:
        """Make the first content word of a stretch of leaves answer for all of it, its alternatives included.

        Returns:
            Whether there is one.
        """
        stretch = range(several[0].first_leaf, max(other.end_leaf for other in several))
        answering = [leaves[at] for at in stretch if not leaves[at].optional]
        if not answering:
            return False
        required = {at: unit.mask for at, (leaf, unit) in enumerate(units) if leaf in stretch and not unit.optional}
        each = [leaf.mask for leaf in answering]  # as they are now

        def joined() -> Mask:
            of_unit = {at: mask() for at, mask in required.items()} if all_words else {}
            found = reduce(and_, of_unit.values()) if all_words else reduce(ior, (mask() for mask in each))
            for other in several:
                apart = (mask for at, mask in of_unit.items() if not other.first <= at < other.end)
                found = found | reduce(and_, apart, other.leaf.mask())
            return found

        answering[0].mask = joined
        answering[0].shown = [*answering[0].shown, *(shown for other in several for shown in other.leaf.shown)]
        for leaf in answering[1:]:
            leaf.is_covered = True
        return True

    def _open_leaf(self, node: tree.Term | tree.Prefix | tree.FuzzyTerm | tree.Phrase) -> Leaf:
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
            if self._is_scored and self._held(forms).doc_freq
        ]
        mask = self._masking(self._postings(matched, number))
        # Of a function word only what was typed is highlighted: "è" finds "e" as well, but is not it.
        forms = very_form(term.text, matched, self._snapshot.lexicon) if term.is_stop_word else matched
        shown = Shown((forms,), field=number)
        return Leaf(mask, parts, [term], [shown], optional=term.is_stop_word, typed=[term.text])

    def _phrase(self, node: tree.Phrase, number: int | None) -> Leaf:
        slots = open_phrase(node.words, self._snapshot.lexicon)
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
        held = [self._held(forms) for forms in slots]
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

    # --- masks ------------------------------------------------------------------------------------------------

    def _masking(self, postings: SnapshotPostings) -> Callable[[], Mask]:
        return partial(self._kernels.mask_of, postings, self._snapshot.first_doc)

    # --- parts ------------------------------------------------------------------------------------------------

    def _held(self, forms: FormIds) -> FormPostings:
        """The postings of a set of forms: the same object all through a question, whatever is let go meanwhile."""
        name = forms.tobytes()
        if name not in self._asked:
            self._asked[name] = self._vocabulary.postings.get(forms, self._kernels.union)
        return self._asked[name]

    def _postings(self, forms: FormIds, number: int | None) -> SnapshotPostings:
        """Postings of a set of forms, in one field or in all."""
        postings = self._held(forms).postings
        return postings if number is None else field_postings(postings, number)

    def _part(
        self, text: str, level: str, weight: float, forms: FormIds, number: int | None, *, rule: str | None = None
    ) -> Part:
        if number is not None:
            return self._part_of(text, level, weight, self._postings(forms, number), number, rule=rule)
        held = self._held(forms)
        return Part(text, level, weight, self._idf(held.doc_freq), None, held.postings, rule, held.live)

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
        rarity = min(most, self._idf(postings.live(self._snapshot)))
        return Part(text, level, weight, rarity, number, postings, rule)

    def _idf(self, doc_freq: int) -> float:
        return idf(doc_freq=doc_freq, num_docs=self._snapshot.totals.num_docs)

    def pairs(self) -> tuple[Pair, ...]:
        """The neighbouring words of the question."""
        settings = self._settings
        found: list[Pair] = []
        for first, second in self._pairs.values():
            weight = settings.acronym if first.is_stop_word or second.is_stop_word else settings.pair
            one, two = (self._held(_pair_forms(word)) for word in (first, second))
            rarity = self._idf(min(one.doc_freq, two.doc_freq))
            found.append(Pair(f"{first.text} {second.text}", weight, rarity, settings.pair_reach, one, two))
        return tuple(pair for pair in found if pair.weight)

    # --- walking the tree -------------------------------------------------------------------------------------

    def _settle_stop_words(self) -> None:
        """A function word is optional beside a content word; where there is none, it must match."""
        leaves = [(node, self._leaves[id(node)]) for node in _wanted(self._tree) if id(node) in self._leaves]
        words = [leaf for node, leaf in leaves if not is_filter(node)]
        if all(leaf.optional for leaf in words):
            for leaf in words:
                leaf.optional = False

    def mask(self) -> Mask:
        """The live documents that match: bool, (num_docs,)."""
        mask = self._walk(self._tree, excluded=False)
        if mask is None:
            mask = np.ones(self._snapshot.num_docs, dtype=bool)
        if self._snapshot.live_docs is not None:
            mask &= self._snapshot.live_docs
        return mask

    def _walk(self, node: Node, *, excluded: bool) -> Mask | None:
        """The mask of a node, a new one, or None when it restricts nothing."""
        self._deadline.check()
        if isinstance(node, tree.And | tree.Or):
            joined: Mask | None = None
            for child in node:
                mask = self._walk(child, excluded=excluded)
                if joined is None or mask is None:
                    joined = mask if joined is None else joined
                elif isinstance(node, tree.And):
                    joined &= mask
                else:
                    joined |= mask
            return joined
        if isinstance(node, tree.Not):
            inner = self._walk(node.query, excluded=True)
            return None if inner is None else ~inner
        if isinstance(node, tree.Days):
            return days_mask(self._snapshot, node.days.since, node.days.until)
        if isinstance(node, tree.Every | tree.Nothing):
            return None if isinstance(node, tree.Every) else self._masking(NOTHING_FOUND)()
        leaf = self._leaves[id(node)]
        return None if leaf.is_covered or (leaf.optional and not excluded) else leaf.mask()

    def sought(self) -> list[Sought]:
        """What is highlighted: the forms that made documents match, where they stand as they were asked for.

        An elided word before its apostrophe is not, unless nothing else is asked for.
        """
        leaves = [leaf for node in _wanted(self._tree) if (leaf := self._leaves.get(id(node))) is not None]
        several = [self._sought(shown) for leaf in leaves if not leaf.optional for shown in leaf.shown]
        several += [self._sought(shown) for shown in self._acronyms_shown()]
        return [bare for one in several if (bare := _without_elisions(one)) is not None] or several

    def _acronyms_shown(self) -> Iterator[Shown]:
        """The acronyms that function words beside other words may be, where they stand beside them."""
        for one, two in self._pairs.values():
            if one.is_stop_word or two.is_stop_word:
                slots = tuple(_pair_forms(word) for word in (one, two))
                yield Shown(slots, marked=(0 if one.is_stop_word else 1,))

    def _sought(self, shown: Shown) -> Sought:
        rarity = self._idf(self._held(shown.slots[0]).doc_freq) if shown.rarity is None else shown.rarity
        return Sought(
            slots=tuple(self._printed(forms, is_sure=len(shown.slots) > 1) for forms in shown.slots),
            marked=shown.marked,
            distance=shown.distance,
            field=None if shown.field is None else FIELD_NAMES[shown.field],
            weight=rarity,
        )

    def _printed(self, form_ids: FormIds, *, is_sure: bool) -> frozenset[str]:
        """Forms as the tokenizer gives them, without their marks.

        Args:
            is_sure: whether the words around tell which word is meant.
        """
        if len(form_ids) > MOST_FORMS_REMEMBERED:
            return self._read_forms(form_ids, is_sure=is_sure)
        shown = self._vocabulary.shown
        return shown.recall((form_ids.tobytes(), is_sure), lambda: self._read_forms(form_ids, is_sure=is_sure))

    def _read_forms(self, form_ids: FormIds, *, is_sure: bool) -> frozenset[str]:
        forms = {self._snapshot.lexicon.form(at) for at in self._vocabulary.live(form_ids).tolist()}
        # "AI" in a run of capitals may be the preposition; elsewhere it is not, and must not be marked for it.
        sure = {form for form in forms if is_sure or len(exact_keys(form)) == 1 or unmarked(form) in forms}
        return frozenset(map(unmarked, sure or forms))


def _without_elisions(sought: Sought) -> Sought | None:
    """The same without the elided words among those to highlight; None when there is no other."""
    kept = [forms.difference(form for form in forms if is_elision(form)) for forms in sought.slots]
    marked = tuple(at for at in sought.marked if kept[at])
    # Words in sequence keep all forms, since they must stand there all the same.
    return replace(sought, slots=sought.slots if len(kept) > 1 else (kept[0],), marked=marked) if marked else None


def _pair_forms(word: Term) -> FormIds:
    """The forms of a word in a pair."""
    return word.acronym if word.is_stop_word else word.matched(by_stem=True)


def _with_acronyms(words: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
    """Neighbours of which one is a function word that is an acronym too: "ai act", "rischi dell'ai"."""
    for one, two in pairwise(word for word in words if not is_elision(word.text)):
        if one.is_stop_word != two.is_stop_word and len((one if one.is_stop_word else two).acronym):
            yield one, two


def _text_field(node: Node) -> str | None:
    """The field that a single word is looked for in; None for anything but a single word in a text."""
    return node.fieldname if isinstance(node, tree.Term) and node.fieldname not in VALUE_FIELDS else None


def _field_number(name: str) -> int | None:
    """Which of FIELD_NAMES a field is; None when it stands for all of them."""
    return FIELD_NAMES.index(name) if name in FIELD_NAMES else None


def _wanted(node: Node) -> Iterator[Node]:
    """The leaves that are asked for, not those that are excluded."""
    if isinstance(node, tree.And | tree.Or):
        for child in node:
            yield from _wanted(child)
    elif not isinstance(node, tree.Not):
        yield node
