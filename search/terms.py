"""Terms: a typed word -> the printed forms that it stands for, at each level.

The word is cut and keyed by the same functions as the texts (``index.italian``); the lexicon tells which forms of the
archive share its keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from index.columns import distinct
from index.italian import (
    MARK,
    Token,
    exact_prefixes,
    is_acronym,
    is_elision,
    is_stop_word,
    normalize,
    tokenize_chunk,
    unmarked,
)
from index.italian.accents import ACCENTED_VOWELS, with_grave_accents
from index.italian.elision import may_follow
from index.italian.marks import PLAIN, SHOUTED, SHOUTED_RUN_CHUNKS, SHOUTED_WORD_LETTERS, forms_by_standing
from index.lexicon import LEVELS, OWN_LEMMA, SMALL, TITLE, FormIds, Lexicon
from index.snapshot import Snapshot
from search.vocabulary import Vocabulary

_SIGNS = frozenset(".@+#")
_NUMBER = re.compile(r"(?!(?:19|20)[0-9]{2}\Z)[0-9][0-9.,]*")
SHORTEST_OF_FAMILY: Final = 5
"""A shorter word has a stem of two or three letters, which words have that are none of its family: moto, motivo."""

_NOTHING: FormIds = np.zeros(0, dtype=np.uint32)


@dataclass(frozen=True)  # no slots: what is made of it once is kept
class Term:
    """One word of a question on one snapshot.

    Attributes:
        text: as typed.
        printed: forms spelt as typed, where accents or capitals were typed that tell something; else empty.
        exact, lemma, stem: forms that share the word's key at the level, without the names that are spelt otherwise.
        is_stop_word: a function word, which excludes nothing beside a content word.
        is_name: a name or an acronym in this archive, however it was typed.
        rule: what the archive taught of it, if that changed its forms: "name", "accent" or "acronym".
        acronym: of a function word the form that is an acronym in capitals (ai, AI), if there is one.
    """

    text: str
    printed: FormIds
    exact: FormIds
    lemma: FormIds
    stem: FormIds
    is_stop_word: bool
    is_name: bool = False
    rule: str | None = None
    acronym: FormIds = field(default_factory=lambda: _NOTHING)

    def matched(self, *, by_stem: bool) -> FormIds:
        """The forms that make a document match: level L or X, with ``by_stem`` also S. A stop word matches by X.

        S only weighs, and never matches, for a name and for a short word.
        """
        return self._related if by_stem else self._inflected

    @property
    def is_number(self) -> bool:
        """Whether it is a number that says little without the word beside it: 15, 4.0; a year does."""
        return _NUMBER.fullmatch(self.text) is not None

    @cached_property
    def _inflected(self) -> FormIds:
        return self.exact if self.is_stop_word else distinct(self.exact, self.lemma)

    @cached_property
    def _related(self) -> FormIds:
        is_wider = not self.is_stop_word and self.rule != "name" and len(self.text) >= SHORTEST_OF_FAMILY
        return distinct(self._inflected, self.stem) if is_wider else self._inflected


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A compound of a question (e-commerce, D'Alema): its whole, or its parts, as words or as a sequence.

    Attributes:
        whole: the compound as one word.
        parts: its words; empty when only the whole will do.
        in_sequence: whether the parts must follow each other.
    """

    whole: Term
    parts: tuple[Term, ...]
    in_sequence: bool


Unit = Term | Alternatives


def is_shouted(query: str) -> bool:
    """True when a question is typed in capitals throughout, so that they say nothing of acronyms."""
    words = query.split()
    return query.isupper() and (
        len(words) >= SHOUTED_RUN_CHUNKS or any(len(word) >= SHOUTED_WORD_LETTERS for word in words)
    )


def open_form(form: str, vocabulary: Vocabulary) -> Term:
    """One token of a question."""
    return vocabulary.opened.recall(form, lambda: _open(form, vocabulary))


def _open(form: str, vocabulary: Vocabulary) -> Term:
    lexicon = vocabulary.lexicon
    text = unmarked(form)
    known = int(lexicon.find([form])[0])

    def sharing(level: str) -> FormIds:
        return lexicon.with_key(level, LEVELS[level](form)) if known < 0 else lexicon.with_keys_of(level, known)

    exact = sharing("exact")
    if is_stop_word(form):
        printed = _spelt(text, vocabulary) if not ACCENTED_VOWELS.isdisjoint(text) else _NOTHING
        return Term(text, printed, exact, _NOTHING, _NOTHING, is_stop_word=True, acronym=vocabulary.acronym_of(text))
    if is_acronym(form):
        return _open_acronym(text, exact, vocabulary)
    spelt = _spelt(text, vocabulary)
    names = [at for at in vocabulary.with_trait(exact, TITLE).tolist() if vocabulary.is_name(at)]
    if not set(names).isdisjoint(spelt.tolist()):
        person = vocabulary.without_trait(exact, SMALL)
        family = vocabulary.without_names(sharing("stem"), exact)  # Italia, italiano: it weighs, and never matches
        return Term(text, spelt, exact, person, family, is_stop_word=False, is_name=True, rule="name")
    lemma, stem = (vocabulary.without_names(sharing(level), exact) for level in ("lemma", "stem"))
    if text[-1:] in "aeiou" and (accented := vocabulary.accented(exact)) is not None:
        lemma, stem = (
            distinct(forms, vocabulary.without_names(lexicon.with_keys_of(level, accented), exact))
            for level, forms in (("lemma", lemma), ("stem", stem))
        )
        return Term(text, _NOTHING, exact, lemma, stem, is_stop_word=False, rule="accent")
    printed = spelt if not ACCENTED_VOWELS.isdisjoint(text) else _NOTHING
    return Term(text, printed, exact, lemma, stem, is_stop_word=False, is_name=bool(names))


def _open_acronym(text: str, exact: FormIds, vocabulary: Vocabulary) -> Term:
    """An acronym is never inflected; "USA" is not the verb usa, where the archive prints it as one."""
    small = vocabulary.with_trait(exact, SMALL)
    capitals = vocabulary.without_trait(exact, SMALL)
    is_a_word = len(small) > 0 and (
        len(vocabulary.with_trait(small, OWN_LEMMA)) < len(small)
        or vocabulary.num_articles(small) > vocabulary.num_articles(capitals)
    )
    forms, rule = (capitals, "acronym") if is_a_word and len(capitals) else (exact, None)
    return Term(text, _spelt(text, vocabulary), forms, forms, forms, is_stop_word=False, is_name=True, rule=rule)


def _spelt(text: str, vocabulary: Vocabulary) -> FormIds:
    """The live forms that are spelt just so, with or without a mark."""
    found = vocabulary.lexicon.find([text, text + MARK])
    return vocabulary.live(np.sort(found[found >= 0]).astype(np.uint32))


def open_text(text: str, vocabulary: Vocabulary, *, shouted: bool) -> list[Unit]:
    """The words of a typed text, in order; [] when it has none."""
    units: list[Unit] = []
    for chunk in normalize(text).split():
        tokens = tokenize_chunk(chunk).tokens
        form_of = forms_standing(tokens, vocabulary, shouted=shouted)
        wholes = [token for token in tokens if token.parts]
        within: dict[int, Token] = {}
        for whole in wholes:  # the outer one comes first: a mail address, then its host
            for position in range(whole.position, whole.position + whole.parts):
                within.setdefault(position, whole)
        opened: set[Token] = set()
        for token in tokens:
            outer = within.get(token.position)
            if outer is None:
                units.append(open_form(form_of[token], vocabulary))
            elif outer not in opened:
                opened.add(outer)
                parts = [part for part in tokens if not part.parts and within.get(part.position) is outer]
                units.append(_open_compound(outer, [form_of[part] for part in parts], vocabulary))
    return units


def _open_compound(whole: Token, parts: Sequence[str], vocabulary: Vocabulary) -> Unit:
    """Hosts, mails, dates and C++ are sought whole; names with an elision also without it; others as a sequence."""
    term = open_form(whole.form, vocabulary)
    if _has_sign(whole) or whole.form[0].isdigit() or not parts:
        return term
    opened = tuple(open_form(part, vocabulary) for part in parts)
    if "'" in whole.form:
        content = tuple(part for part in opened if not part.is_stop_word)
        return Alternatives(term, content or opened, in_sequence=not content)
    return Alternatives(term, opened, in_sequence=True)


def _has_sign(whole: Token) -> bool:
    """True for hosts, mail addresses and names with a sign, whose parts are something else than they are."""
    return not _SIGNS.isdisjoint(whole.form)


def forms_standing(tokens: Sequence[Token], vocabulary: Vocabulary, *, shouted: bool) -> dict[Token, str]:
    """The forms of the tokens of a chunk as its question's capitals let them stand.

    A function word that cannot stand behind an elided one is the acronym that it may be: "dell'ai" is of AI.
    """
    form_of = {token: forms_by_standing(token)[SHOUTED if shouted else PLAIN] for token in tokens}
    for before, token in pairwise(tokens):
        word = unmarked(form_of[token])
        if is_elision(form_of[before]) and not may_follow(word) and len(vocabulary.acronym_of(word, is_sure=True)):
            form_of[token] = word.upper()
    return form_of


def forms_beginning(typed: str, snapshot: Snapshot, *, at_most: int) -> tuple[FormIds, int]:
    """Ids of the forms of words that begin as typed, ascending, and how many exact keys begin so.

    Args:
        at_most: keys to keep, folded ones and acronyms that stay in capitals each; those in the most articles are.
    """
    found = [
        snapshot.lexicon.with_prefix(prefix, snapshot.counters, at_most=at_most) for prefix in exact_prefixes(typed)
    ]
    return distinct(*(forms for forms, _ in found)), sum(num_keys for _, num_keys in found)


def open_phrase(words: Sequence[str], vocabulary: Vocabulary, *, shouted: bool) -> list[tuple[FormIds, bool]]:
    """For each position of a quoted phrase its forms, and whether it is a function word.

    The forms are those of level X, or the very form where accents or capitals tell.

    A compound counts with its parts, one position each.
    """
    lexicon = vocabulary.lexicon
    slots: list[tuple[FormIds, bool]] = []
    for chunk in normalize(" ".join(words)).split():
        tokens = tokenize_chunk(chunk).tokens
        form_of = forms_standing(tokens, vocabulary, shouted=shouted)
        by_position: dict[int, Token] = {}
        for token in tokens:
            taken = by_position.setdefault(token.position, token)
            if taken.parts and not token.parts and not _has_sign(taken):
                by_position[token.position] = token
        for _, token in sorted(by_position.items()):
            form = _without_emphasis(form_of[token])
            exact = lexicon.with_key("exact", LEVELS["exact"](form))
            slots.append((very_form(form, exact, lexicon), is_stop_word(form)))
    return slots


def _without_emphasis(form: str) -> str:
    """DELLE as delle: acronyms that are spelt like a function word (AI, SIA) have two or three letters."""
    return form.lower() if len(form) >= 4 and is_stop_word(form.lower()) else form


def very_form(form: str, exact: FormIds, lexicon: Lexicon) -> FormIds:
    """Of the forms of an exact key, those with the accents, or the capitals of the acronym, that were typed."""
    if is_acronym(form) and form.isalnum():
        return np.array([at for at in exact if unmarked(lexicon.form(int(at))) == form], dtype=np.uint32)
    if not ACCENTED_VOWELS.isdisjoint(form):
        wanted = with_grave_accents(unmarked(form).lower())
        printed = ((at, unmarked(lexicon.form(at)).lower()) for at in exact.tolist())
        return np.array([at for at, text in printed if with_grave_accents(text) == wanted], dtype=np.uint32)
    return exact
