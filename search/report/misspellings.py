"""Misspellings: what is always wrong, and words that hardly stand anywhere and are an edit away from a common one.

The first come from a list (``search/data/slips.txt``). The second are sought in the archive's own words; a reader who
finds a true word among them trusts the list no more, so of two doubts the word is left out.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from index.columns import ranges
from index.italian import MARK
from index.italian.dictionary import is_known
from index.italian.lemma import is_word
from index.lexicon import SMALL, TITLE, FormIds
from index.snapshot import Snapshot
from index.word_counts import WordCounts, commonest_form, word_counts
from search.followers import docs_in_sequence
from search.report.counting import Bools, Ints
from search.report.one_edit import pairs_one_edit_apart
from search.spelling import FREQUENCY_BONUS, edit_cost
from search.vocabulary import Vocabulary

MOST_ARTICLES: Final = 2
"""A word of more articles is hardly a slip of the pen."""

TIMES_COMMONER: Final = 30
"""In so many times as many articles the word must be printed that was meant."""

SHORTEST: Final = 6
LONGEST: Final = 24

_RARE_IN_ITALIAN: Final = frozenset("jkwxy")
_VOWELS: Final = frozenset("aeiou")
_PRONOUNS: Final = frozenset(("mi", "ti", "ci", "vi", "lo", "la", "li", "le", "ne", "si"))
"""What stands behind an imperative, which the rules of inflection leave alone: segnalalo."""

SLIPS_FILE: Final = Path(__file__).parents[1] / "data" / "slips.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A word that is probably misspelt.

    Attributes:
        printed, meant: as it stands in the articles, and as it is written.
        articles_meant: how many print it as it is meant, those where it is always wrong aside.
        docs: the documents that print it, ascending.
    """

    printed: str
    meant: str
    articles_meant: int
    docs: Ints


@cache
def slips() -> tuple[tuple[str, str], ...]:
    """The spellings that are always wrong, each with what is meant."""
    lines = SLIPS_FILE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple((wrong, right) for wrong, right in rows)


def always_wrong(snapshot: Snapshot, among: Bools) -> list[Suspect]:
    """The slips of the list that some documents print, those in the most of them first.

    Args:
        among: the documents that count; bool, (num_docs,).
    """
    found: list[Suspect] = []
    for wrong, right in slips():
        docs = _docs_printing(snapshot, wrong.split(" "), among)
        if len(docs):
            # The parts of qual'è are found as qual è, too.
            articles_meant = len(np.setdiff1d(_docs_printing(snapshot, _words_of(right), among), docs))
            printed = wrong.replace("' ", "'")
            found.append(Suspect(printed=printed, meant=right, articles_meant=articles_meant, docs=docs))
    return sorted(found, key=lambda one: (-len(one.docs), one.printed))


def _words_of(text: str) -> list[str]:
    """One or two words as the tokenizer cuts them: "un'altra" is two."""
    return [*text[:-1].replace("'", "' ").split(" ")[:-1], text[:-1].replace("'", "' ").split(" ")[-1] + text[-1]]


def _docs_printing(snapshot: Snapshot, words: list[str], among: Bools) -> Ints:
    """The documents that print some words side by side, whatever their capitals."""
    forms = [_spellings(snapshot, word) for word in words]
    if any(len(some) == 0 for some in forms):
        return np.zeros(0, dtype=np.int64)
    if len(forms) == 1:
        return _docs_of(snapshot, forms[0], among)
    mask = np.concatenate([np.zeros(0, dtype=bool), *docs_in_sequence(snapshot, forms)])
    return np.flatnonzero(mask & among)


def _spellings(snapshot: Snapshot, word: str) -> FormIds:
    """The live forms of a word with these accents."""
    capitals = word.upper()
    texts = {text + mark for text in (word, word[0].upper() + word[1:], capitals) for mark in ("", MARK)}
    found = snapshot.lexicon.find(sorted(texts))
    forms = np.sort(found[found >= 0]).astype(np.uint32)
    chosen: FormIds = forms[snapshot.counters[forms] > 0]
    return chosen


def _docs_of(snapshot: Snapshot, forms: FormIds, among: Bools) -> Ints:
    """The documents that hold one of some forms."""
    mask = np.zeros(snapshot.num_docs, dtype=bool)
    for first, segment in zip(snapshot.first_doc.tolist(), snapshot.segments, strict=False):
        here = segment.forms_here(forms)
        start = segment.columns["form_start"]
        posting = ranges(start[here].astype(np.int64), start[here + 1].astype(np.int64) - start[here])
        mask[first + segment.columns["posting_doc"][posting].astype(np.int64)] = True
    return np.flatnonzero(mask & among)


# --- an edit away from a common word ------------------------------------------------------------------------------


def one_edit_away(vocabulary: Vocabulary, among: Bools) -> list[Suspect]:
    """Words that are probably mistyped, the likeliest first, then by text."""
    from rapidfuzz.distance import OSA

    snapshot = vocabulary.snapshot
    printed = snapshot.derived(word_counts)
    start = printed.start.astype(np.int64)
    length = start[1:] - start[:-1]
    is_plain = _are_plain(printed, length)
    rare = np.flatnonzero(
        is_plain & (printed.doc_freq > 0) & (printed.doc_freq <= MOST_ARTICLES) & (length >= SHORTEST)
    )
    common = np.flatnonzero(is_plain & (printed.doc_freq >= TIMES_COMMONER))
    at_rare, at_common = pairs_one_edit_apart(printed.text, start, rare, common)
    best: dict[str, tuple[float, str]] = {}
    for one, other in zip(rare[at_rare].tolist(), common[at_common].tolist(), strict=True):
        if printed.doc_freq[other] < TIMES_COMMONER * printed.doc_freq[one]:
            continue
        typed, meant = printed.key(one), printed.key(other)
        if not may_be_slip(typed, meant) or OSA.distance(typed, meant) != 1:
            continue
        cost = round(edit_cost(typed, meant) - FREQUENCY_BONUS * float(np.log10(printed.doc_freq[other])), 6)
        best[typed] = min(best.get(typed, (cost, meant)), (cost, meant))
    found: list[tuple[float, str, Suspect]] = []
    for typed, (cost, meant) in best.items():
        if (suspect := _suspect(vocabulary, typed, meant, among)) is not None:
            found.append((cost, typed, suspect))
    return [suspect for _, _, suspect in sorted(found, key=lambda one: one[:2])]


def _are_plain(printed: WordCounts, length: Ints) -> Bools:
    """Which keys are nothing but small letters, and no longer than LONGEST."""
    if len(length) == 0:
        return np.zeros(0, dtype=bool)
    is_letter = np.zeros(256, dtype=bool)
    is_letter[ord("a") : ord("z") + 1] = True
    all_letters: Bools = np.logical_and.reduceat(is_letter[printed.text], printed.start[:-1].astype(np.int64))
    return all_letters & (length <= LONGEST)


def may_be_slip(typed: str, meant: str) -> bool:
    """Whether of two folded words an edit apart the first may be the other mistyped, by their letters alone.

    An English word looks like a slip of an Italian one (digital), and an inflection like that of another.
    """
    if not _RARE_IN_ITALIAN.isdisjoint(typed):
        return False
    if typed[-1] not in _VOWELS or meant[-1] not in _VOWELS or typed[0] != meant[0]:
        return False
    return typed[:-1] != meant[:-1]


def _is_inflected(typed: str) -> bool:
    """Whether a word that the dictionary lacks is one of its words with another ending, or with a pronoun."""
    if any(is_known(typed[:-1] + vowel) for vowel in _VOWELS):
        return True
    stem, pronoun = typed[:-2], typed[-2:]
    return pronoun in _PRONOUNS and stem[-1] in "ai" and is_known(stem)


@cache
def _english() -> Container[str]:
    """The words of English, half of which look like Italian ones mistyped (possible, presence, persistence).

    It is read only where words are suspected: a third of a second and 40 MB.
    """
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    words: Container[str] = DefaultDictionaryFactory().get_dictionary("en")
    return words


def _suspect(vocabulary: Vocabulary, typed: str, meant: str, among: Bools) -> Suspect | None:
    """What is told of a word, unless the archive or the dictionary knows better."""
    snapshot = vocabulary.snapshot
    forms = vocabulary.live(vocabulary.lexicon.with_key("exact", [typed]))
    if len(vocabulary.with_trait(forms, SMALL)) == 0 or len(vocabulary.with_trait(forms, TITLE)):
        return None
    shown, right = commonest_form(snapshot, typed), commonest_form(snapshot, meant)
    if not shown.isascii() or right[:1].isupper() or not is_word(right.lower()):
        return None
    if is_word(shown.lower()) or _is_inflected(typed) or typed in _english():
        return None
    docs = _docs_of(snapshot, forms, among)
    if len(docs) == 0:
        return None
    family = vocabulary.num_articles(vocabulary.lexicon.with_key("exact", [meant]))
    return Suspect(printed=shown, meant=right, articles_meant=family, docs=docs)
