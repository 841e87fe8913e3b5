"""Did you mean: the question that was probably meant, where words of it are not in the archive, or hardly.

Candidates for a word come from ``search.spelling``, and from the blanks and apostrophes that were left out or put in:
"lunione", "socialmedia", "inter net". The candidates of several words are tried together, and a question is asked
before it is suggested, so that it always finds something.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, starmap
from typing import Final, NamedTuple

import numpy as np

from index.italian import exact_keys, fold, is_elision, is_stop_word, tokenize_chunk
from index.italian.elision import (
    bars_noun,
    can_elide,
    elided,
    elided_before,
    is_verb_elided,
    may_be_acronym_alone,
    may_follow,
    needs_noun,
    never_alone,
    unjoined,
    unjoined_verb,
)
from index.italian.lemma import is_word
from index.italian.words import ELISIONS
from index.lexicon import hash_strings
from index.word_counts import commonest_form
from search import typed
from search.language import LooseWord, Understood, loose_words
from search.rewording import Change, cased, with_changes
from search.spelling import (
    EDIT_COST,
    FIRST_LETTER_COST,
    FREQUENCY_BONUS,
    MIN_DOCS,
    SHORTEST,
    SLIP_COST,
    corrections,
    edit_cost,
)
from search.terms import forms_standing, is_shouted, open_form
from search.vocabulary import Vocabulary

FEW_FOUND: Final = 3
"""A question of known words that finds so many is well asked."""

TIMES_COMMONER: Final = 10
"""A word that the archive has is replaced only by one that stands in so many times as many articles, an edit away."""

FREQUENT_DOCS: Final = 5
FREQUENT_SHARE: Final = 0.0001
"""A word of more articles than FREQUENT_DOCS, and than this share of all, is never replaced."""

LONGEST_FIXED_ACRONYM: Final = 3

DATED_SHARE: Final = 0.5
"""A month is meant as a date, if so many articles were published in it beside those that have its words."""

MARGIN: Final = 0.75
"""Candidates for a word that cost more than this beside the cheapest are not meant, even if they find something."""

_KEPT_COST: Final = 3.0
"""Leaving an unknown word as it is: dearer than any correction of it."""

_BLANK_COST: Final = 0.2
"""A blank for an apostrophe ("dell inizio"): less of a slip than leaving it out."""

_MOST_WRONG: Final = 8
"""A question with more wrong words than this is in another language, or pasted."""

_MOST_OPTIONS: Final = 6
_MOST_KEPT: Final = 24
_MOST_ASKED: Final = 4
_MOST_SPLITS: Final = 3

Count = Callable[[str], int]
"""How many articles a question finds as it is asked, with the filters beside this one."""


class _Word(NamedTuple):
    """A word of the question.

    Attributes:
        text: as typed, without an apostrophe behind it.
        start, end: where it stands in the cleaned text, half-open.
        form: as the question's capitals let it stand (``index.italian.marks``).
        is_free: nothing is attached to it, so that it may become two words, or part of one.
        is_fixed: it is never replaced.
        is_unknown: it is not fixed, and the archive does not have it, or only with an apostrophe.
    """

    text: str
    start: int
    end: int
    form: str
    is_free: bool
    is_fixed: bool
    is_unknown: bool


_Changes = tuple[Change, ...]
_Attempt = tuple[float, _Changes]
"""Changes made together, and what believing in them costs, unknown words that are left included."""


def did_you_mean(
    question: str, understood: Understood, vocabulary: Vocabulary, *, found: int, count: Count
) -> str | None:
    """The question that was probably meant, or None.

    Args:
        understood: the question as it was read, whether with all or with any of its words.
        found: how many articles it finds as asked.
        count: asks another question in its place.
    Returns:
        The question as typed but for the words that are replaced: it finds something, and more than the question where
        the archive has all words of it. Quoted, excluded and unfinished words, values, operators, numbers, codes,
        addresses and acronyms of up to LONGEST_FIXED_ACRONYM letters stay as they are. Or, where no word is wrong, the
        question with its month as a date ("attacchi data:marzo 2024"), if that finds half as much at least.
    """
    loose, is_all = loose_words(understood)
    if not loose:
        return None
    if (
        best := _Rewording(question, loose, vocabulary, found=found, count=count).best(may_be_acronym=is_all)
    ) is not None:
        return best
    dated = typed.with_date_as_published(typed.clean(question, []))
    return dated if dated is not None and count(dated) >= max(1, DATED_SHARE * found) else None


class _Rewording:
    """The search for what was meant by one question."""

    def __init__(
        self, question: str, loose: Sequence[LooseWord], vocabulary: Vocabulary, *, found: int, count: Count
    ) -> None:
        self._question = question
        self._cleaned = typed.clean(question, [])
        self._vocabulary = vocabulary
        self._snapshot = vocabulary.snapshot
        self._found = found
        self._count = count
        self._frequent = max(FREQUENT_DOCS, int(FREQUENT_SHARE * self._snapshot.totals.num_docs))
        self._is_shouted = is_shouted(question)
        self._words = [word for one in loose for word in self._words_of(one)]

    def best(self, *, may_be_acronym: bool) -> str | None:
        """The question that is likely meant and finds enough; None when there is none."""
        lacks_apostrophe = any(starmap(self._lack_apostrophe, pairwise(self._words)))
        attempts = self._in_capitals() if may_be_acronym and not lacks_apostrophe else []
        if not attempts:
            is_good = not lacks_apostrophe and not any(word.is_unknown for word in self._words)
            if is_good and self._found >= FEW_FOUND:
                return None
            attempts = self._combinations()
        best: tuple[float, str] | None = None
        for cost, changes in attempts[:_MOST_ASKED]:
            most = self._printing_all(changes)
            if best is not None and cost - _bonus(most) >= best[0]:
                continue
            text = with_changes(self._question, self._cleaned, changes)
            least = 1 if any(change.is_needed for change in changes) else self._found + 1
            if text != self._question and (total := self._count(text)) >= least:
                likelihood = cost - _bonus(min(total, most))
                if best is None or likelihood < best[0]:
                    best = (likelihood, text)
                if len(self._words) == 1:  # nothing that its candidates could stand with: the cheapest is meant
                    break
        return None if best is None else best[1]

    def _printing_all(self, changes: _Changes) -> int:
        """The most articles that can print all new words of some changes, inflected forms aside; at least 1."""
        keys = {key for change in changes for key in _keys_of_words(change.text)}
        return max(1, min(self._key_articles(*keys), default=self._snapshot.totals.num_docs))

    # --- the words ------------------------------------------------------------------------------------------------

    def _words_of(self, loose: LooseWord) -> Iterator[_Word]:
        """The words typed without a blank between; none of a code, an address, or a compound that the archive has."""
        tokens = tokenize_chunk(loose.text).tokens
        form_of = forms_standing(tokens, self._vocabulary, shouted=self._is_shouted)
        whole_at: set[int] = set()
        for whole in tokens:
            if whole.parts and (not _is_plain(whole.form) or self._prints(whole.form)):
                whole_at.update(range(whole.position, whole.position + whole.parts))
        for token in tokens:
            if token.parts or token.position in whole_at:
                continue
            form = form_of[token]
            text = token.form.removesuffix("'")
            is_fixed = not text.isalpha() or is_stop_word(form)
            is_fixed |= (text.isupper() or form.isupper()) and len(text) <= LONGEST_FIXED_ACRONYM
            is_unknown = not is_fixed and (not self._found_by(form) or self._lacks_inner_apostrophe(form))
            start = loose.start + token.start
            yield _Word(
                text=text,
                start=start,
                end=loose.start + token.end,
                form=form,
                is_free=loose.is_anywhere and text == loose.text and not self._stands_by_operator(start, len(text)),
                is_fixed=is_fixed,
                is_unknown=is_unknown,
            )

    def _stands_by_operator(self, start: int, length: int) -> bool:
        if self._is_shouted:
            return False  # there an operator is a word
        before = self._cleaned[:start].rstrip().rpartition(" ")[2].lstrip("(")
        after = self._cleaned[start + length :].lstrip().partition(" ")[0].rstrip(")")
        return before in typed.OPERATORS or after in typed.OPERATORS

    def _found_by(self, form: str) -> int:
        """Articles with a form that this one finds: of the same exact key, or of the same lemma."""
        return self._vocabulary.num_articles(open_form(form, self._vocabulary).matched(by_stem=False))

    def _lacks_inner_apostrophe(self, form: str) -> bool:
        """Whether the archive prints a word with an apostrophe alone, as "L'Unione", which is kept as one word too."""
        if unjoined_verb(form) is not None:
            return True  # the word without the accent is another one: cose
        if not any(unjoined(form)):
            return False
        printed = self._vocabulary.live(self._snapshot.lexicon.with_key("exact", exact_keys(form)))
        forms = [self._snapshot.lexicon.form(at) for at in printed.tolist()]
        return bool(forms) and all("'" in form for form in forms)

    def _prints(self, form: str) -> int:
        """Articles that print a form, or one of the same exact key."""
        return self._vocabulary.num_articles(self._snapshot.lexicon.with_key("exact", exact_keys(form)))

    # --- changes --------------------------------------------------------------------------------------------------

    def _in_capitals(self) -> list[_Attempt]:
        """Function words that are acronyms here, all of them in capitals, then each.

        Beside other words ("ai act", "consigli ai genitori") only where it can be no preposition, or is the acronym
        that the archive prints next to one of them.
        """
        are_alone = all(is_stop_word(word.form) for word in self._words)
        found: list[tuple[int, Change]] = []
        for at, word in enumerate(self._words):
            if not is_stop_word(word.form):
                continue
            acronym = self._vocabulary.acronym_of(word.text)
            if len(acronym) and (are_alone or self._is_no_preposition(at) or self._stands_in_capitals(at)):
                change = Change(0.0, word.start, word.end, word.text.upper(), is_needed=True)
                found.append((-self._vocabulary.num_articles(acronym), change))
        several = [(0.0, tuple(change for _, change in found))] if len(found) > 1 else []
        return [*several, *((0.0, (change,)) for _, change in sorted(found))]

    def _is_no_preposition(self, at: int) -> bool:
        """Whether a preposition with its article stands where none can: "regolamento ai", "ai e lavoro"."""
        if not (self._words[at].is_free and needs_noun(self._words[at].text)):
            return False
        behind = self._words[at + 1] if at + 1 < len(self._words) else None
        return behind is None or bars_noun(behind.text)

    def _stands_in_capitals(self, at: int) -> bool:
        """Whether the archive prints a word next to its neighbour in capitals, twice as often as in small letters."""
        one = self._words[at]
        for before, after in ((at - 1, at), (at, at + 1)):
            pair = [self._words[number] for number in (before, after) if 0 <= number < len(self._words)]
            if len(pair) < 2 or not all(word.is_free for word in pair) or all(is_stop_word(word.form) for word in pair):
                continue
            capitals, small = (
                self._count('"' + " ".join(changed if word is one else word.text for word in pair) + '"')
                for changed in (one.text.upper(), one.text.lower())
            )
            if capitals >= max(MIN_DOCS, 2 * small):
                return True
        return False

    def _combinations(self) -> list[_Attempt]:
        """What may have been meant, the cheapest first."""
        words = self._words
        if sum(word.is_unknown for word in words) > _MOST_WRONG or len(words) > 4 * _MOST_WRONG:
            return []
        so_far: list[list[_Attempt]] = [[(0.0, ())], *([] for _ in words)]  # what may have been meant up to each word
        for at, word in enumerate(words):
            kept, options = self._options(word)
            joined = self._joined(word, words[at + 1]) if at + 1 < len(words) else []
            if joined and word.text.lower() in ELISIONS:
                options = []  # "dell inizio" is nearer than "del inizio"
            cheapest = sorted(so_far[at])[:_MOST_KEPT]
            so_far[at + 1] += [(cost + kept, changes) for cost, changes in cheapest]
            for steps, more in ((1, options), (2, joined)):
                if more:
                    so_far[at + steps] += [
                        (cost + change.cost, (*changes, change)) for cost, changes in cheapest for change in more
                    ]
        return sorted(attempt for attempt in so_far[-1] if attempt[1])

    def _options(self, word: _Word) -> tuple[float, list[Change]]:
        """What leaving a word as it is costs, and what may have been meant in its place."""
        if word.is_fixed or (not word.is_unknown and self._found >= FEW_FOUND):
            return 0.0, []
        typed_in = 0 if word.is_unknown else self._found_by(word.form)
        if typed_in > self._frequent:
            return 0.0, []
        # Of a word of the dictionary the archive has little to say, and pizza is no piazza; but a slip may make a word.
        is_right = is_word(word.text.lower())
        most_edits = SLIP_COST if is_right else math.inf if word.is_unknown else EDIT_COST
        # Function words are short and common, and so near to many words: one edit, wherever it is, or none.
        of_function_word = min(most_edits, EDIT_COST + FIRST_LETTER_COST)
        folded = fold(word.text)
        near = tuple(
            (key, cost)
            for key, cost in corrections(word.text, self._snapshot, _MOST_OPTIONS)
            if edit_cost(folded, key) <= (of_function_word if is_stop_word(key) else most_edits)
        )
        if not word.is_unknown:
            articles = self._key_articles(*(key for key, _ in near))
            least = TIMES_COMMONER * typed_in
            near = tuple(one for one, held in zip(near, articles, strict=True) if held >= least)
        found = [(cost, self._shown(key, word.text)) for key, cost in near if cost <= near[0][1] + MARGIN]
        if not is_right:
            found += self._with_apostrophe(word.text, TIMES_COMMONER * typed_in)
        if word.is_unknown and word.is_free and not is_right:
            found += self._split(word.text, most=min(found, default=(_KEPT_COST, ""))[0])
        kept = _KEPT_COST if word.is_unknown else -FREQUENCY_BONUS * math.log10(typed_in)
        most = min(found)[0] + MARGIN if found else 0.0
        likely = [option for option in sorted(found)[:_MOST_OPTIONS] if option[0] <= most]
        return kept, [Change(cost, word.start, word.end, text, word.is_unknown) for cost, text in likely]

    def _with_apostrophe(self, text: str, least: int) -> Iterator[tuple[float, str]]:
        """An elision inside the word: "lunione", "dellai", "cosè", also with one more slip ("linteligenza")."""
        if (verb := unjoined_verb(text)) is not None and (known := self._prints(verb[:-1])) >= MIN_DOCS:
            yield SLIP_COST - _bonus(known), verb
        for head, rest in unjoined(text):
            if may_be_acronym_alone(rest):
                if may_follow(rest) and len(head) == 1:
                    continue  # any three letters are such: "lus"
                if (known := self._acronym_articles(rest)) >= max(MIN_DOCS, least):
                    yield SLIP_COST - _bonus(known), f"{head}'{rest.upper()}"
                continue
            folded = fold(rest)
            (known,) = self._key_articles(folded)
            if known >= max(MIN_DOCS, least):
                yield SLIP_COST - _bonus(known), f"{head}'{self._shown(folded, rest)}"
            elif not known:
                for key, cost in corrections(rest, self._snapshot, 1):
                    # No more than a slip beside the apostrophe, or it is another word: Lenovo, Ducati.
                    if elided_before(key) and edit_cost(folded, key) < EDIT_COST:
                        yield SLIP_COST + cost, f"{head}'{self._shown(key, rest)}"

    def _split(self, text: str, *, most: float) -> Iterator[tuple[float, str]]:
        """Two words that the archive prints one behind the other ("socialmedia"), if they may cost as little."""
        cuts = range(1 if is_stop_word(text[0]) else 2, len(text) - 1)
        halves = [(text[:cut], text[cut:]) for cut in cuts]
        articles = self._key_articles(*(fold(half) for pair in halves for half in pair))
        possible: list[tuple[int, str]] = []
        for pair, *held in zip(halves, articles[::2], articles[1::2], strict=True):
            least = min(held)
            if least >= MIN_DOCS and EDIT_COST - _bonus(least) <= most and not all(map(is_stop_word, pair)):
                possible.append((-least, " ".join(self._shown(fold(half), half) for half in pair)))
        for _, words in sorted(possible)[:_MOST_SPLITS]:
            if (together := self._count(f'"{words}"')) >= MIN_DOCS:
                yield EDIT_COST - _bonus(together), words
                break

    def _joined(self, one: _Word, two: _Word) -> list[Change]:
        """Two words that are one ("inter net"), or an elision and its word ("l unione")."""
        needed = one.is_unknown or two.is_unknown
        is_certain = self._lack_apostrophe(one, two)
        are_plain = one.is_free and two.is_free and (one.text + two.text).isalpha()
        is_wanted = needed or is_certain or self._found < FEW_FOUND
        if not are_plain or self._cleaned[one.end : two.start] != " " or not is_wanted:
            return []
        found: list[tuple[float, str]] = []
        whole = fold(one.text + two.text)
        (known,) = self._key_articles(whole)
        is_article = is_stop_word(whole) and one.text.lower() in ELISIONS  # "dell e commerce" is no slip of "delle"
        if len(whole) >= SHORTEST and known >= MIN_DOCS and not is_article:
            found.append((EDIT_COST - _bonus(known), self._shown(whole, one.text + two.text)))
        if needed or not self._are_names(one, two):
            found += self._elided(one, two)
        if found and not needed:
            apart = self._count(f'"{one.text} {two.text}"')
            least = max(MIN_DOCS, TIMES_COMMONER * apart)
            found = [(cost, text) for cost, text in found if self._count(f'"{text}"') >= least]
        return [Change(cost, one.start, two.end, text, needed or is_certain) for cost, text in sorted(found)]

    def _elided(self, one: _Word, two: _Word) -> Iterator[tuple[float, str]]:
        """An elided word and the one behind its apostrophe, where a blank stands for it."""
        if not _may_be_elided(one, two):
            return
        if two.is_unknown:
            for key, cost in corrections(two.text, self._snapshot, 1):
                yield _BLANK_COST + cost, f"{one.text}'{self._shown(key, two.text)}"
            return
        is_verb = is_verb_elided(one.text, two.text)
        if not is_verb and (known := self._acronym_articles(two.text)) >= MIN_DOCS:
            yield _BLANK_COST - _bonus(known), f"{one.text}'{two.text.upper()}"
        elif is_verb or may_follow(two.text):
            (known,) = self._key_articles(fold(two.text))
            if known >= MIN_DOCS:
                yield _BLANK_COST - _bonus(known), elided(one.text, two.text)

    def _lack_apostrophe(self, one: _Word, two: _Word) -> bool:
        """Whether a word can only be an elided one: "l unione", "all ingresso", "cos e", "anch ai"."""
        if not one.is_free or not _may_be_elided(one, two) or self._are_names(one, two):
            return False
        is_certain = never_alone(one.text) or is_verb_elided(one.text, two.text)
        return is_certain or self._acronym_articles(two.text) >= MIN_DOCS

    def _acronym_articles(self, word: str) -> int:
        """Articles that print in capitals a word that is no other word behind an elided one; 0 for other words."""
        if not may_be_acronym_alone(word) or (is_stop_word(word) and may_follow(word)):
            return 0  # "anch io" is no app
        if is_stop_word(word):
            return self._vocabulary.num_articles(self._vocabulary.acronym_of(word, is_sure=True))
        (printed,) = self._snapshot.lexicon.find([word.upper()]).tolist()
        return int(self._snapshot.counters[printed]) if printed >= 0 else 0

    def _are_names(self, *words: _Word) -> bool:
        """Whether words are names or acronyms, and typed with a capital: "Dell AI" is no slip of "dell'AI"."""
        return all(word.text[0].isupper() and open_form(word.form, self._vocabulary).is_name for word in words)

    def _key_articles(self, *keys: str) -> list[int]:
        """For each of some exact keys the articles that print it, one that prints two forms counted twice."""
        forms, owners = self._snapshot.lexicon.holders("exact", hash_strings([key.encode() for key in keys]))
        held = np.bincount(owners, weights=self._snapshot.counters[forms], minlength=len(keys))
        return [int(articles) for articles in held.tolist()]

    def _shown(self, key: str, like: str) -> str:
        return cased(commonest_form(self._snapshot, key), like)


def _may_be_elided(one: _Word, two: _Word) -> bool:
    """Whether a word may stand elided before another: no function word that lacks nothing, as "un"."""
    return one.text.lower() in ELISIONS and can_elide(one.text, two.text) and not is_stop_word(one.form)


def _keys_of_words(text: str) -> Iterator[str]:
    """The exact keys of the words of a text: compounds whole, and no elided article."""
    for chunk in text.split():
        end = 0
        # Of those that begin at one place, the longest first: a compound before its part.
        for token in sorted(tokenize_chunk(chunk).tokens, key=lambda token: (token.start, -token.end)):
            if token.start >= end and not is_elision(token.form):
                end = token.end
                yield exact_keys(token.form)[0]


def _is_plain(compound: str) -> bool:
    """Whether a compound is made of words, not a code or an address."""
    return compound.replace("'", "").replace("-", "").isalpha()


def _bonus(articles: int) -> float:
    return FREQUENCY_BONUS * math.log10(articles)
