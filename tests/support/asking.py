"""Typed words opened slowly into the forms of an archive: what ``search.terms`` must give, with sets of strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise, product
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from whoosh import query

from index.article import Article
from index.italian import (
    MARK,
    Token,
    exact_keys,
    fold,
    is_acronym,
    is_stop_word,
    lemma_keys,
    normalize,
    stem_keys,
    tokenize_chunk,
    unmarked,
)
from search.ranking import RankingSettings

Forms = frozenset[str]
FIELDS = ("title", "lead", "body")
VALUES = ("section", "site", "author", "tag")


class Sequence(NamedTuple):
    """Words that stand together: the forms of each, and between which distances from the first it may stand."""

    slots: tuple[Forms, ...]
    reach: tuple[tuple[int, int], ...] = ((0, 0),)
    field: int | None = None

    def count(self, text: list[tuple[int, str]]) -> int:
        """How many words of the first slot have another word for each slot in reach; ``text``: (position, form)."""
        words = [[word for word in text if word[1] in forms] for forms in self.slots]
        return sum(self._is_complete(here, words) for here in (words[0] if words else []))

    def _is_complete(self, here: tuple[int, str], words: list[list[tuple[int, str]]]) -> bool:
        """Whether each slot can have a word of its own around the first one."""
        reached = [
            [word for word in some if low <= word[0] - here[0] <= high]
            for some, (low, high) in zip(words[1:], self.reach[1:], strict=True)
        ]
        return any(len({here, *chosen}) == len(self.slots) for chosen in product(*reached))


def in_a_row(slots: tuple[Forms, ...], *, distance: int = 1) -> Sequence:
    """Words one behind the other, or, with a greater distance, each at most so far from the first."""
    return Sequence(slots, tuple((-distance, distance) if distance > 1 else (at, at) for at in range(len(slots))))


class Asked(NamedTuple):
    """What one leaf of a question asks for.

    Attributes:
        needs: of each, one alternative must be found.
        parts: what scores, with its weight.
        words: the content words, each with all its forms, for pairs.
        optional: a function word, which excludes nothing beside a content word.
    """

    needs: list[list[Sequence]]
    parts: list[tuple[float, Sequence]]
    words: list[tuple[str, Forms]]
    optional: bool = False


def leaves_of(node: Any, *, excluded: bool) -> list[Any]:
    """The leaves of a question, with or without what it excludes; days are none."""
    if isinstance(node, query.And | query.Or):
        return [leaf for child in node for leaf in leaves_of(child, excluded=excluded)]
    if isinstance(node, query.Not):
        return leaves_of(node.query, excluded=excluded) if excluded else []
    return [] if node == query.NullQuery or isinstance(node, query.Every | query.DateRange) else [node]


def neighbours_in(node: Any, asked: dict[int, Asked]) -> dict[tuple[str, str], tuple[Forms, Forms]]:
    """Content words that stand side by side in a question, each pair once."""
    found: dict[tuple[str, str], tuple[Forms, Forms]] = {}
    if isinstance(node, query.And | query.Or):
        words = [word for child in node if id(child) in asked for word in asked[id(child)].words]
        found = {(one, two): (forms, others) for (one, forms), (two, others) in pairwise(words)}
        for child in node:
            found |= neighbours_in(child, asked)
    return found


def open_leaf(node: Any, archive: Forms, *, by_stem: bool, shouted: bool, ranking: RankingSettings) -> Asked:
    """A Term, Phrase, Prefix or FuzzyTerm over the words of articles.

    Args:
        archive: all forms that the archive has printed.
        by_stem: whether relatives match.
        shouted: whether the question is in capitals throughout.
    """
    field = FIELDS.index(node.field()) if node.field() in FIELDS else None
    asked = _open(node, archive, by_stem=by_stem, shouted=shouted, ranking=ranking)
    return asked._replace(
        needs=[[one._replace(field=field) for one in need] for need in asked.needs],
        parts=[(weight, one._replace(field=field)) for weight, one in asked.parts],
    )


def _open(node: Any, archive: Forms, *, by_stem: bool, shouted: bool, ranking: RankingSettings) -> Asked:
    if isinstance(node, query.Phrase):
        slots = tuple(_quoted(" ".join(node.words), archive))
        return _row(in_a_row(slots, distance=max(1, node.slop)), ranking.phrase)
    if isinstance(node, query.Prefix | query.FuzzyTerm):
        word, typos = fold(node.text), getattr(node, "maxdist", None)

        def fits(key: str) -> bool:
            if typos is None:
                return key.startswith(word)
            return key[0] == word[0] and OSA.distance(key, word) <= typos

        forms = frozenset(form for form in archive if any(map(fits, exact_keys(form))))
        return _row(Sequence((forms,)), ranking.stem + ranking.lemma + ranking.exact)
    units = typed_units(node.text, shouted=shouted)
    return _all_of([_unit(unit, archive, by_stem=by_stem, ranking=ranking) for unit in units])


def _row(sequence: Sequence, weight: float) -> Asked:
    return Asked([[sequence]], [(weight, sequence)], [])


def _all_of(several: list[Asked]) -> Asked:
    required = [asked for asked in several if not asked.optional] or several
    return Asked(
        [need for asked in required for need in asked.needs] or [[]],
        [part for asked in several for part in asked.parts],
        [word for asked in several for word in asked.words],
        optional=bool(several) and all(asked.optional for asked in several),
    )


def _unit(unit: Unit, archive: Forms, *, by_stem: bool, ranking: RankingSettings) -> Asked:
    whole = _word(unit.whole, archive, by_stem=by_stem, ranking=ranking)
    parts = [_word(form, archive, by_stem=by_stem, ranking=ranking) for form in unit.parts]
    if not parts:
        return whole
    other = _all_of(parts)
    if unit.in_sequence:
        other = _row(in_a_row(tuple(part.needs[0][0].slots[0] for part in parts)), ranking.phrase)
    needs = [[*need, *whole.needs[0]] for need in other.needs]
    return Asked(needs, whole.parts + other.parts, other.words)


def _word(form: str, archive: Forms, *, by_stem: bool, ranking: RankingSettings) -> Asked:
    """All levels of one word; a function word has only the exact one."""
    text, is_stop = unmarked(form), is_stop_word(form)
    exact = _sharing(exact_keys, form, archive)
    lemma, stem = (frozenset() if is_stop else _sharing(keys, form, archive) for keys in (lemma_keys, stem_keys))
    tells = is_acronym(form) or _has_accents(text)
    printed = frozenset(one for one in exact if tells and unmarked(one) == text)
    levels = ((ranking.stem, stem), (ranking.lemma, lemma), (ranking.exact, exact), (ranking.printed, printed))
    matched = exact | lemma | stem if by_stem else exact | lemma
    words = [] if is_stop else [(text, exact | lemma | stem)]
    return Asked([[Sequence((matched,))]], [(weight, Sequence((forms,))) for weight, forms in levels], words, is_stop)


def _sharing(keys_of: Callable[[str], Iterable[str]], form: str, archive: Forms) -> Forms:
    wanted = set(keys_of(form))
    return frozenset(one for one in archive if not wanted.isdisjoint(keys_of(one)))


def _quoted(text: str, archive: Forms) -> Iterator[Forms]:
    """For each position of a quoted text its forms: of a compound the parts."""
    for chunk in normalize(text).split():
        tokens = sorted(tokenize_chunk(chunk).tokens, key=lambda token: -token.parts)
        for _, form in sorted({token.position: token.form for token in tokens}.items()):
            form = form.lower() if len(form) > 3 and is_stop_word(form.lower()) else form  # noqa: PLW2901
            yield frozenset(one for one in _sharing(exact_keys, form, archive) if is_that_very(one, form))


class Unit(NamedTuple):
    """One word of a question: a form, or a compound known as a whole or by its parts, which may be a sequence."""

    whole: str
    parts: tuple[str, ...] = ()
    in_sequence: bool = False


def typed_units(text: str, *, shouted: bool) -> Iterator[Unit]:
    """The words of a typed text; ``shouted`` when the question is in capitals throughout."""
    for chunk in normalize(text).split():
        tokens = tokenize_chunk(chunk).tokens
        at = 0
        while any(token.position >= at for token in tokens):
            whole = next((token for token in tokens if token.parts and token.position == at), None)
            width = 1 if whole is None else whole.parts
            here = [token for token in tokens if not token.parts and at <= token.position < at + width]
            forms = tuple(_shouting(token) if shouted else token.form for token in here)
            at += width
            if whole is None:
                yield from map(Unit, forms)
            elif whole.form[0].isdigit() or set(whole.form) & set(".@+#") or not forms:
                yield Unit(whole.form)
            elif "'" in whole.form and any(not is_stop_word(form) for form in forms):
                yield Unit(whole.form, tuple(form for form in forms if not is_stop_word(form)))
            else:
                yield Unit(whole.form, forms, in_sequence=True)


def _shouting(token: Token) -> str:
    return token.form + MARK if token.form.isupper() and any(map(str.isalpha, token.form)) else token.form


def is_that_very(form: str, typed: str) -> bool:
    """Whether a form has the capitals of the acronym that was typed, or its accents; é is as good as è, e' as è."""
    if is_acronym(typed) and typed.isalnum():
        return unmarked(form) == typed
    return not _has_accents(typed) or _accents(form) == _accents(typed)


def _has_accents(form: str) -> bool:
    """Whether a form has an accent of Italian."""
    return any(char in "àèéìíòóùú" for char in form.lower())


def _accents(form: str) -> str:
    text = unmarked(form).lower()
    for bare, grave, acute in ("aàá", "eèé", "iìí", "oòó", "uùú"):
        text = text.replace(acute, grave) if bare != "a" else text
        text = text[:-2] + grave if text.endswith(bare + "'") else text
    return text


def has_value(article: Article, facet: str, text: str, *, starts: bool) -> bool:
    """Whether all words of a text stand in one value of the article, or one word begins with it."""
    asked = _words_of_value(text)
    values = map(_words_of_value, values_of(article, facet))
    if starts:
        return any(word.startswith(" ".join(asked)) for words in values for word in words)
    return any(set(asked) <= set(words) for words in values)


def values_of(article: Article, facet: str) -> list[str]:
    """The values that an article counts for; of a section also the sections above it."""
    section = [" / ".join(article.section[:depth]) for depth in range(1, len(article.section) + 1)]
    site = [article.site] if article.site else []
    return {"site": site, "section": section, "author": [*article.authors], "tag": [*article.tags]}[facet]


def _words_of_value(value: str) -> list[str]:
    tokens = [token for chunk in value.split() for token in tokenize_chunk(chunk).tokens if not token.parts]
    return [fold(token.form) for token in tokens] or value.casefold().split()
