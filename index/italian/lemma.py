"""Level L: the lemma, one word in all its inflections; acronyms and compounds keep to themselves.

Our lists go first, then the dictionary as far as the rules of ``nouns`` and ``verbs`` bear it out, then these rules
alone, for the words that it lacks.
"""

from __future__ import annotations

import re
from functools import lru_cache

from index.italian.accents import accented, keep_final_accent
from index.italian.dictionary import is_known, known_lemma
from index.italian.folding import REMEMBERED, exact_keys, is_acronym, is_stop_word, unmarked
from index.italian.nouns import (
    adjective_beside,
    adjective_of_adverb,
    agent_of,
    base_of_superlative,
    is_singular_of_a_plural,
    man_of_agent,
    man_of_woman,
    masculine_of,
    plurals_of,
    singulars_of,
)
from index.italian.verbs import (
    irregular_infinitive,
    is_infinitive,
    is_participle_of,
    regular_infinitive,
    whole_of_truncated,
    without_pronouns,
)
from index.italian.words import (
    ELIDED_WORDS,
    FUNCTION_LEMMAS,
    IRREGULAR_VERBS,
    LEMMAS,
    OTHER_VERBS,
    SETTLED,
    TRUNCATIONS,
)

_PLAIN_WORD = re.compile(r"[^\W\d_]+'?")
_HYPHENS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_LONGEST_CHAIN = 6
"""Steps of the dictionary from form to lemma of lemma; chains end after two or three, a loop must not hang."""

_CONSONANTS = frozenset("bcdfghjklmnpqrstvwxyz")
_CUT_ENDS = ("e", "o", "no", "re")
"""What a form of a verb may lose: vuol(e), son(o), han(no), propor(re)."""

_SHORTEST_UNKNOWN = 4
"""Unknown words shorter than this are names and abbreviations, not plurals."""


@lru_cache(maxsize=REMEMBERED)
def lemma_keys(form: str) -> tuple[str, ...]:
    """What a form asks for at level L, usually one key: the folded lemma of a word, else the same as level X.

    A final accent stays (papà is not papa).
    """
    text = unmarked(form)
    if is_acronym(form):
        return exact_keys(form)
    if is_stop_word(form):
        lemma = FUNCTION_LEMMAS.get(text.lower())
        return exact_keys(form) if lemma is None else (keep_final_accent(lemma), *exact_keys(form)[1:])
    if _PLAIN_WORD.fullmatch(text) is None:
        return _compound_keys(form, text)
    return (keep_final_accent(lemmatize(text.lower())), *exact_keys(form)[1:])


def other_lemma_keys(form: str) -> tuple[str, ...]:
    """Further keys that a form is found by and does not ask for, usually none.

    A noun that is also a form of a verb is found by the verb (richiesta by "richiedere"), one that is also a feminine
    adjective by its masculine (informatiche by "informatico"), an adverb by its adjective; each asks for itself alone.
    With a capital it is the noun.
    """
    if not form.islower() or _PLAIN_WORD.fullmatch(form) is None or is_stop_word(form):
        return ()
    other = _verb_beside(form) or adjective_of_adverb(form) or adjective_beside(form)
    return () if other is None else (keep_final_accent(other),)


def _compound_keys(form: str, text: str) -> tuple[str, ...]:
    """A word written with a hyphen is inflected like the same word without (vice-presidenti)."""
    joined = text.replace("-", "").lower()
    if _HYPHENS.fullmatch(text) is not None and (joined in LEMMAS or is_known(joined)):
        return (keep_final_accent(lemmatize(joined)),)
    return exact_keys(form)


@lru_cache(maxsize=1 << 16)
def lemmatize(word: str) -> str:
    """The lemma of a lower-case word, accents kept."""
    if word in TRUNCATIONS or len(word) == 1:  # the dictionary takes an x for "per"
        return word
    word = ELIDED_WORDS.get(word, word)
    if (base := base_of_superlative(word)) is not None:
        return lemmatize(base)
    for spelling in (word, *accented(word)):
        if spelling in LEMMAS:
            return LEMMAS[spelling]
        if is_known(spelling):
            return _settled(spelling)
    if word.endswith("'"):  # an accent after all: servitu'
        return next(iter(accented(word)), word[:-1])
    return _unknown_lemma(word)


def _verb_beside(word: str) -> str | None:
    """The verb that a lower-case word is a form of as well, when its lemma is a noun; None for any other word."""
    if word in SETTLED:
        return OTHER_VERBS.get(word)
    verb = irregular_infinitive(word) or _verb_of(word)
    if verb is None and word.endswith("a") and is_infinitive(word + "re"):
        verb = word + "re"
    if verb is None or verb == lemmatize(word):
        return None
    is_first_person = word.endswith("o") and not is_participle_of(word, verb) and word not in IRREGULAR_VERBS
    return None if is_first_person else verb  # "lavoro" is hardly ever "I work" in the news


def _verb_of(word: str) -> str | None:
    """The infinitive to which the dictionary leads from a form by itself or through its participle."""
    seen = [word]
    while len(seen) <= _LONGEST_CHAIN:
        lemma = _lemma_in_dictionary(seen[-1])
        if lemma is None or lemma in seen:
            return None
        if is_infinitive(lemma):
            return lemma if len(seen) == 1 or is_participle_of(seen[-1], lemma) else None
        seen.append(lemma)
    return None


def _settled(word: str) -> str:
    """The lemma of a word of the dictionary."""
    seen = [word]
    while len(seen) <= _LONGEST_CHAIN:
        current = seen[-1]
        if current in LEMMAS:
            return LEMMAS[current]
        lemma = _lemma_in_dictionary(current)
        if lemma is None or lemma == current:
            return _own_lemma(current)
        if is_infinitive(lemma) and not is_participle_of(current, lemma):
            # "porta" under portare: by the second step of a chain (porte, porta) or by its plural it is a noun.
            return current if len(seen) > 1 or is_singular_of_a_plural(current) else lemma
        if lemma in seen:  # a loop (posta, posto, posta): its first word in order stands for all
            return min(seen)
        seen.append(lemma)
    return seen[-1]


def _lemma_in_dictionary(word: str) -> str | None:
    """The lemma that the dictionary gives to a lower-case word, but for a verb of which the word is no form cut short.

    It has "spin" and "pin" under verbs, as it has "vuol" and "son".
    """
    lemma = known_lemma(word)
    if lemma is None or word[-1] not in _CONSONANTS or not is_infinitive(lemma):
        return lemma
    return lemma if any(lemmatize(word + end) == lemma for end in _CUT_ENDS) else word


def _own_lemma(word: str) -> str:
    """The lemma of a word that the dictionary leaves as it is: perhaps a feminine, or a participle."""
    if (verb := irregular_infinitive(word)) is not None:
        return verb
    if (man := man_of_agent(word)) is not None:
        return man
    if (masculine := masculine_of(word)) is not None:
        return LEMMAS.get(masculine) or irregular_infinitive(masculine) or masculine
    if word.endswith("o"):
        for plural in plurals_of(word):  # previsto stands by itself there, but previsti under prevedere
            verb = known_lemma(plural)
            if verb is not None and is_infinitive(verb) and is_participle_of(word, verb):
                return verb
    return word


def _unknown_lemma(word: str) -> str:
    """The lemma of a word that the dictionary lacks, by the rules of inflection alone."""
    if len(word) < _SHORTEST_UNKNOWN or not word.isalpha() or word.endswith("mente"):
        return word
    for rule in (whole_of_truncated, without_pronouns):
        if (verb := rule(word)) is not None:
            return verb
    if (man := man_of_woman(word)) is not None:
        return lemmatize(man)
    for singular in singulars_of(word):
        if singular in LEMMAS or is_known(singular):
            return lemmatize(singular)
    return irregular_infinitive(word) or regular_infinitive(word) or singular_stem(agent_of(word) or word)


def singular_stem(word: str) -> str:
    """What singular and plural of an unknown word share: the last vowel gives way to a hyphen, and so does the h that
    only guards a sound. The hyphen keeps Milano from Milan.

    Accented endings are invariable (città), and words under four letters are too short to cut.
    """
    if len(word) < _SHORTEST_UNKNOWN or word[-1] not in "aeio":
        return word
    if word.endswith(("che", "chi", "ghe", "ghi", "cie", "gie", "cia", "gia", "io", "ii")):
        return word[:-2] + "-"
    return word[:-1] + "-"


def is_word(word: str) -> bool:
    """Whether a lower-case word is one that the dictionary has, or a form of one."""
    return is_known(word) or is_known(lemmatize(word))
