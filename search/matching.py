"""Matching: a tree and a snapshot -> which documents match, and the parts that score them.

The tree is walked bottom-up. A set of documents is a mask of bytes, one for each document of the snapshot, and And, Or
and Not are single passes over it. No mask is made before the walk comes to it, nor kept behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate, groupby, pairwise
from operator import and_, ior

import numpy as np

from index.frequencies import FIELD_NAMES
from index.italian import exact_keys, is_elision, unmarked
from index.lexicon import FormIds
from search import tree
from search.alternatives import alternatives_of
from search.deadline import Deadline
from search.kernels import Kernels, Mask
from search.leaves import Leaf, Other, Pair, Part, Shown, overlapping
from search.opening import Opener
from search.ranking import RankingSettings
from search.selection import days_mask
from search.snippets import MOST_FORMS_REMEMBERED, Sought
from search.terms import Term
from search.tree import VALUE_FIELDS, Node, is_filter
from search.vocabulary import Vocabulary


class Matcher:
    """One question on one snapshot.

    Args:
        deadline: when to give up.
        is_scored: whether its words have parts; a question that is only counted needs none.

    Attributes:
        parts: what scores a match, pairs not included; in the order of the words.
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
        self._settings = settings
        self._deadline = deadline
        self._by_stem = by_stem
        self._opener = Opener(
            vocabulary,
            kernels,
            settings,
            deadline=deadline,
            by_stem=by_stem,
            shouted=shouted,
            is_scored=is_scored,
        )
        self._leaves: dict[int, Leaf] = {}
        self._pairs: dict[tuple[str, str], tuple[Term, Term]] = {}
        self.parts: list[Part] = []
        self._open(asked, excluded=False, is_alone=True)
        self._settle_stop_words()

    @property
    def notes(self) -> Sequence[str]:
        """In Italian, what was cut short."""
        return self._opener.notes

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
                content = pairwise(word for word in words if not word.is_stop_word)
                for one, two in (*content, *_with_acronyms(words)):
                    # Known by their texts: terms hold arrays, which have no equality.
                    self._pairs.setdefault((one.text, two.text), (one, two))
            for _, run in groupby(children, key=_text_field):
                self._open_alternatives(list(run), excluded=excluded, all_words=isinstance(node, tree.And))
            return []
        if isinstance(node, tree.Days | tree.Nothing | tree.Every):
            return []
        leaf = self._leaves[id(node)] = self._opener.leaf(node)
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
            if (leaf := self._opener.alternative(alternative, typed, name)) is not None:
                opened.append(Other(first, end, units[first][0], units[end - 1][0] + 1, leaf))
        for several in overlapping(opened):
            is_joined = self._join_alternatives(leaves, units, several, all_words=all_words)
            if is_joined and not excluded:
                self.parts += [part for other in several for part in other.leaf.parts]

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

    def pairs(self) -> tuple[Pair, ...]:
        """The neighbouring words of the question."""
        settings = self._settings
        found: list[Pair] = []
        for first, second in self._pairs.values():
            one, two = (self._opener.held(_pair_forms(word)) for word in (first, second))
            rarity = self._opener.idf(min(one.doc_freq, two.doc_freq))
            weight = self._pair_weight(first, second)
            found.append(Pair(f"{first.text} {second.text}", weight, rarity, settings.pair_reach, one, two))
        return tuple(pair for pair in found if pair.weight)

    def _pair_weight(self, one: Term, two: Term) -> float:
        settings = self._settings
        if one.is_stop_word or two.is_stop_word:
            return settings.acronym
        return settings.number if one.is_number or two.is_number else settings.pair

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
            return None if isinstance(node, tree.Every) else np.zeros(self._snapshot.num_docs, dtype=bool)
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
                yield Shown((_pair_forms(one), _pair_forms(two)), marked=(0 if one.is_stop_word else 1,))

    def _sought(self, shown: Shown) -> Sought:
        rarity = self._opener.idf(self._opener.held(shown.slots[0]).doc_freq) if shown.rarity is None else shown.rarity
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
    """Neighbours of which one is a function word that is an acronym too: "ai act"."""
    for one, two in pairwise(words):
        if one.is_stop_word != two.is_stop_word and len((one if one.is_stop_word else two).acronym):
            yield one, two


def _text_field(node: Node) -> str | None:
    """The field that a single word is looked for in; None for anything but a single word in a text."""
    return node.fieldname if isinstance(node, tree.Term) and node.fieldname not in VALUE_FIELDS else None


def _wanted(node: Node) -> Iterator[Node]:
    """The leaves that are asked for, not those that are excluded."""
    if isinstance(node, tree.And | tree.Or):
        for child in node:
            yield from _wanted(child)
    elif not isinstance(node, tree.Not):
        yield node
