"""Typed words opened slowly into the forms of an archive: what ``search.terms`` must give, with sets of strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise, product
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from wordbook import Forms, Wordbook, own_lists

from index.article import Article
from index.italian import (
    MARK,
    Token,
    exact_keys,
    fold,
    is_acronym,
    is_elision,
    is_stop_word,
    normalize,
    tokenize_chunk,
    unmarked,
)
from search import tree as query
from search.alternatives import Alternative, alternatives_of
from search.ranking import RankingSettings

FIELDS = ("title", "lead", "body", "tags")
VALUES = ("section", "site", "author", "tag")


class Sequence(NamedTuple):
    """Words that stand together: the forms of each, and between which distances from the first it may stand.

    ``no_rarer``: words of which it is taken for no rarer than the rarest; () for none.
    """

    slots: tuple[Forms, ...]
    reach: tuple[tuple[int, int], ...] = ((0, 0),)
    field: int | None = None
    no_rarer: tuple[Forms, ...] = ()

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


class Word(NamedTuple):
    """A word as pairs take it; see ``Asked.words``."""

    text: str
    forms: Forms
    is_stop: bool


class Asked(NamedTuple):
    """What one leaf of a question asks for.

    Attributes:
        needs: of each, one alternative must be found.
        parts: what scores, with its weight.
        words: each with all its forms, for pairs; of a function word those of the acronym that it may be.
        optional: a function word, which excludes nothing beside a content word.
        units: of words typed without a blank between, what each asks for.
        typed: the words of a unit.
        options: needs of which one lot will do; those of ``needs`` alone when None.
        is_covered: another leaf answers for it.
    """

    needs: list[list[Sequence]]
    parts: list[tuple[float, Sequence]]
    words: list[Word]
    optional: bool = False
    units: tuple[Any, ...] = ()
    typed: tuple[str, ...] = ()
    options: list[list[list[Sequence]]] | None = None
    is_covered: bool = False


def leaves_of(node: Any, *, excluded: bool) -> list[Any]:
    """The leaves of a question, with or without what it excludes; days are none."""
    if isinstance(node, query.And | query.Or):
        return [leaf for child in node for leaf in leaves_of(child, excluded=excluded)]
    if isinstance(node, query.Not):
        return leaves_of(node.query, excluded=excluded) if excluded else []
    return [] if isinstance(node, query.Every | query.Nothing | query.Days) else [node]


def neighbours_in(
    node: Any, asked: dict[int, Asked], ranking: RankingSettings
) -> list[tuple[tuple[Forms, Forms], float]]:
    """Words that stand side by side in a question, each pair once, with its weight.

    They are content words, whatever function words stand between; and a content word beside what is printed as an
    acronym too.
    """

    def pairs_in(node: Any) -> dict[tuple[str, str], tuple[Word, Word]]:
        if not isinstance(node, query.And | query.Or):
            return {}
        words = [word for child in node if id(child) in asked for word in asked[id(child)].words]
        found = {(one.text, two.text): (one, two) for one, two in pairwise(word for word in words if not word.is_stop)}
        for one, two in pairwise(words):
            if one.is_stop != two.is_stop and one.forms and two.forms:
                found[one.text, two.text] = (one, two)
        for child in node:
            found |= pairs_in(child)
        return found

    def weight(one: Word, two: Word) -> float:
        if one.is_stop or two.is_stop:
            return ranking.acronym
        numbers = [
            word.text
            for word in (one, two)
            if word.text[0] in "0123456789" and not set(word.text) - set("0123456789.,")
        ]
        years = [text for text in numbers if len(text) == 4 and text.isdecimal() and text[:2] in ("19", "20")]
        return ranking.number if len(numbers) > len(years) else ranking.pair

    return [((one.forms, two.forms), weight(one, two)) for one, two in pairs_in(node).values()]


def open_question(
    tree: Any, counts: Mapping[str, int], text: str, *, by_stem: bool, ranking: RankingSettings
) -> dict[int, Asked]:
    """What each leaf over the words of articles asks for, and other ways to print neighbouring words, by leaf.

    Args:
        counts: every form that the archive has printed -> in how many articles.
        text: the question as typed.
        by_stem: whether relatives match.
    """
    book, typed = Wordbook(counts, own_lists()), text.split()
    shouted = text.isupper() and (len(typed) >= 3 or any(len(word) >= 7 for word in typed))

    def open_leaf(node: Any) -> Asked:
        field = FIELDS.index(node.fieldname) if node.fieldname in FIELDS else None
        return _in_field(_open(node, book, by_stem=by_stem, shouted=shouted, ranking=ranking), field)

    asked = {id(leaf): open_leaf(leaf) for leaf in leaves_of(tree, excluded=True) if leaf.fieldname not in VALUES}
    for nodes, all_words in runs_of(tree):
        field = FIELDS.index(nodes[0].fieldname) if nodes[0].fieldname in FIELDS else None
        leaves = [asked[id(node)] for node in nodes]
        joined = _with_alternatives(leaves, book, field, all_words=all_words, by_stem=by_stem, ranking=ranking)
        asked |= {id(node): leaf for node, leaf in zip(nodes, joined, strict=True)}
    return asked


def _in_field(asked: Asked, field: int | None) -> Asked:
    return asked._replace(
        needs=[[one._replace(field=field) for one in need] for need in asked.needs],
        parts=[(weight, one._replace(field=field)) for weight, one in asked.parts],
        units=tuple(_in_field(unit, field) for unit in asked.units),
    )


def runs_of(node: Any, *, is_alone: bool = True) -> Iterator[tuple[list[Any], bool]]:
    """Words side by side in one field, and whether all of them must match."""
    if isinstance(node, query.Not):
        yield from runs_of(node.query)
    elif isinstance(node, query.And | query.Or):
        for child in node:
            yield from runs_of(child, is_alone=False)
        for name, run in groupby(node, key=_field_of_word):
            if name is not None:
                yield list(run), isinstance(node, query.And)
    elif is_alone and _field_of_word(node) is not None:
        yield [node], True


def _field_of_word(node: Any) -> str | None:
    return node.fieldname if isinstance(node, query.Term) and node.fieldname not in VALUES else None


def _with_alternatives(
    leaves: list[Asked], book: Wordbook, field: int | None, *, all_words: bool, by_stem: bool, ranking: RankingSettings
) -> list[Asked]:
    """The leaves, with the first content word of each stretch answering for what may be printed otherwise."""
    units = [(at, unit) for at, leaf in enumerate(leaves) for unit in leaf.units]
    begins = [0]
    for _, unit in units:
        begins.append(begins[-1] + len(unit.typed))
    typed = [word for _, unit in units for word in unit.typed]
    opened: list[tuple[range, range, Sequence, float]] = []
    for other in alternatives_of(typed, book, loosely=by_stem):  # type: ignore[arg-type]  # what it asks of a vocabulary
        words = [_word(form, book, by_stem=False, ranking=ranking) for form in other.words]
        slots = tuple(word.needs[0][0].slots[0] for word in words)
        if {other.start, other.end} <= set(begins) and all(slots):
            span = range(begins.index(other.start), begins.index(other.end))
            over = range(units[span[0]][0], units[span[-1]][0] + 1)
            as_typed = [_word(form, book, by_stem=False, ranking=ranking) for form in typed[other.start : other.end]]
            bounds = tuple(word.needs[0][0].slots[0] for word in as_typed) if other.kind in ("apart", "number") else ()
            sequence = in_a_row(slots)._replace(field=field, no_rarer=bounds)
            opened.append((span, over, sequence, _weight(other, ranking)))
    leaves = list(leaves)
    for several in _overlapping(opened):
        stretch = range(several[0][1].start, max(over.stop for _, over, _, _ in several))
        answering = [at for at in stretch if not leaves[at].optional]
        if not answering:
            continue
        new_parts = [(weight, sequence) for _, _, sequence, weight in several]
        leaves[stretch[0]] = leaves[stretch[0]]._replace(parts=leaves[stretch[0]].parts + new_parts)
        required = [(at, unit) for at, (leaf, unit) in enumerate(units) if leaf in stretch and not unit.optional]
        options = [[need for _, unit in required for need in unit.needs]]
        if not all_words:
            options = [leaves[at].needs for at in answering]
        for span, _, sequence, _ in several:
            apart = [need for at, unit in required if all_words and at not in span for need in unit.needs]
            options.append([[sequence], *apart])
        leaves[answering[0]] = leaves[answering[0]]._replace(options=options)
        for at in answering[1:]:
            leaves[at] = leaves[at]._replace(is_covered=True)
    return leaves


def _weight(other: Alternative, ranking: RankingSettings) -> float:
    is_as_typed = other.kind in ("date", "joined")
    return (1.0 if is_as_typed else ranking.synonym) * (ranking.stem + ranking.lemma + ranking.exact)


def _overlapping(
    opened: list[tuple[range, range, Sequence, float]],
) -> list[list[tuple[range, range, Sequence, float]]]:
    several: list[list[tuple[range, range, Sequence, float]]] = []
    for one in sorted(opened, key=lambda one: (one[1].start, one[1].stop)):
        if several and one[1].start < max(other[1].stop for other in several[-1]):
            several[-1].append(one)
        else:
            several.append([one])
    return several


def _open(node: Any, book: Wordbook, *, by_stem: bool, shouted: bool, ranking: RankingSettings) -> Asked:
    if isinstance(node, query.Phrase):
        slots = tuple(_quoted(" ".join(node.words), book, shouted=shouted))
        return _row(in_a_row(slots, distance=max(1, node.slop)), ranking.phrase)
    if isinstance(node, query.Prefix | query.FuzzyTerm):
        word, typos = fold(node.text), getattr(node, "maxdist", None)

        def fits(key: str) -> bool:
            if typos is None:
                return key.startswith(word)
            return key[0] == word[0] and OSA.distance(key, word) <= typos

        forms = frozenset(form for form in book.forms if any(map(fits, exact_keys(form))))
        return _row(Sequence((forms,)), ranking.stem + ranking.lemma + ranking.exact)
    units = typed_units(node.text, book, shouted=shouted)
    return _all_of([_unit(unit, book, by_stem=by_stem, ranking=ranking) for unit in units])


def _row(sequence: Sequence, weight: float) -> Asked:
    return Asked([[sequence]], [(weight, sequence)], [])


def _all_of(several: list[Asked]) -> Asked:
    required = [asked for asked in several if not asked.optional] or several
    return Asked(
        [need for asked in required for need in asked.needs] or [[]],
        [part for asked in several for part in asked.parts],
        [word for asked in several for word in asked.words],
        optional=bool(several) and all(asked.optional for asked in several),
        units=tuple(several),
    )


def _unit(unit: Unit, book: Wordbook, *, by_stem: bool, ranking: RankingSettings) -> Asked:
    whole = _word(unit.whole, book, by_stem=by_stem, ranking=ranking)
    parts = [_word(form, book, by_stem=by_stem, ranking=ranking) for form in unit.parts]
    if not parts:
        return whole
    other = _all_of(parts)
    if unit.in_sequence:
        other = _row(in_a_row(tuple(part.needs[0][0].slots[0] for part in parts)), ranking.phrase)
    needs = [[*need, *whole.needs[0]] for need in other.needs]
    typed = tuple(word for part in parts for word in part.typed)
    return Asked(needs, whole.parts + other.parts, other.words, typed=typed)


def _word(form: str, book: Wordbook, *, by_stem: bool, ranking: RankingSettings) -> Asked:
    """All levels of one word; a function word has only the exact one."""
    text = unmarked(form)
    exact, lemma, stem = book.levels(form)
    family = frozenset() if book.is_typed_name(form) or len(text) < 5 else stem
    matched = exact | lemma | (family if by_stem else frozenset())
    levels = (
        (ranking.stem, stem),
        (ranking.lemma, lemma),
        (ranking.exact, exact),
        (ranking.printed, book.printed(form)),
    )
    factor = ranking.name if book.names_something(form) else 1.0
    is_stop = is_stop_word(form)
    related = exact | lemma | family
    words = [Word(text, book.acronym_of(text) if is_stop else related, is_stop)]
    parts = [(factor * weight, Sequence((forms,))) for weight, forms in levels]
    return Asked([[Sequence((matched,))]], parts, words, is_stop, typed=(text,))


def _quoted(text: str, book: Wordbook, *, shouted: bool) -> Iterator[Forms]:
    """For each position of a quoted text its forms: of a compound the parts."""
    for chunk in normalize(text).split():
        tokens = sorted(tokenize_chunk(chunk).tokens, key=lambda token: -token.parts)
        before = ""
        printed = {token.position: _shouting(token) if shouted else token.form for token in tokens}
        for _, form in sorted(printed.items()):
            before = _behind(before, form, book)
            form = before.lower() if len(before) > 3 and is_stop_word(before.lower()) else before  # noqa: PLW2901
            yield frozenset(one for one in book.spelt(form) if is_that_very(one, form))


class Unit(NamedTuple):
    """One word of a question: a form, or a compound known as a whole or by its parts, which may be a sequence."""

    whole: str
    parts: tuple[str, ...] = ()
    in_sequence: bool = False


def typed_units(text: str, book: Wordbook, *, shouted: bool) -> Iterator[Unit]:
    """The words of a typed text; ``shouted`` when the question is in capitals throughout."""
    for chunk in normalize(text).split():
        tokens = tokenize_chunk(chunk).tokens
        at, before = 0, ""
        while any(token.position >= at for token in tokens):
            whole = next((token for token in tokens if token.parts and token.position == at), None)
            width = 1 if whole is None else whole.parts
            here = [token for token in tokens if not token.parts and at <= token.position < at + width]
            forms: tuple[str, ...] = ()
            for token in here:
                before = _behind(before, _shouting(token) if shouted else token.form, book)
                forms += (before,)
            at += width
            if whole is None:
                yield from map(Unit, forms)
            elif whole.form[0].isdigit() or set(whole.form) & set(".@+#") or not forms:
                yield Unit(whole.form)
            elif "'" in whole.form and any(not is_stop_word(form) for form in forms):
                yield Unit(whole.form, tuple(form for form in forms if not is_stop_word(form)))
            else:
                yield Unit(whole.form, forms, in_sequence=True)


_NEVER_BEHIND_ELISIONS = ["a", "ad", "ai", "al", "agli", "alla", "alle", "allo", "e", "ed", "i", "il", "o", "od"]


def _behind(before: str, form: str, book: Wordbook) -> str:
    """A form, or the acronym that a function word is where none can stand: "dell'ai"."""
    text = unmarked(form)
    is_one = is_elision(before) and text.lower() in _NEVER_BEHIND_ELISIONS and book.acronym_of(text, is_sure=True)
    return text.upper() if is_one else form


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


def text_of(article: Article, field: str) -> str:
    """The text of a field; each tag begins a line of its own."""
    return "\n".join(article.tags) if field == "tags" else str(getattr(article, field))


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
