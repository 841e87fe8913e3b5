"""Verbs: infinitives, participles, pronouns that hang on them, and the endings of the three regular conjugations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.italian.dictionary import known_lemma
from index.italian.words import IRREGULAR_VERBS

_INFINITIVE = re.compile(r".+(?:are|ere|ire|rre)")
_SHORTEST_STEM = 2

# What hangs on infinitives (dirglielo), gerunds (vedendoli), participles (portatogli) and imperatives (dammi).
_PRONOUNS = frozenset(
    ["mi", "ti", "si", "ci", "vi", "ne", "lo", "la", "li", "le", "gli"]
    + [first + last for first in ("me", "te", "se", "ce", "ve", "glie") for last in ["lo", "la", "li", "le", "ne"]]
)
_LONGEST_PRONOUN = max(map(len, _PRONOUNS))
_LONGEST_PREFIX = len("contrap")

_ONE_SYLLABLE = {"da": "dare", "di": "dire", "fa": "fare", "sta": "stare", "va": "andare"}
"""Imperatives that double the pronoun's consonant: dammi, dillo, fallo, stacci, vattene."""

_ENDINGS = {
    "are": "iamo ano avo avi ava avamo avate avano asti ammo aste arono erò erai erà eremo erete eranno erei eresti"
    " erebbe eremmo ereste erebbero ino assi asse assimo assero ando ato ata ati ate",
    "ere": "iamo ete ono evo evi eva evamo evate evano esti ette emmo este erono ettero erò erai erà eremo erete"
    " eranno erei eresti erebbe eremmo ereste erebbero ano essi esse essimo essero endo uto uta uti ute",
    "ire": "iamo ite ono isco isci isce iscono isca iscano ivo ivi iva ivamo ivate ivano isti immo iste irono"
    " irò irai irà iremo irete iranno irei iresti irebbe iremmo ireste irebbero ano issi isse issimo issero endo"
    " ito ita iti ite",
}
"""Endings long enough to tell the verb: those of one letter belong to nouns as well."""

_BY_ENDING: dict[str, list[str]] = {}
for _infinitive, _endings in _ENDINGS.items():
    for _ending in _endings.split():
        _BY_ENDING.setdefault(_ending, []).append(_infinitive)
_LONGEST_ENDING = max(map(len, _BY_ENDING))


def is_infinitive(word: str) -> bool:
    """Whether the dictionary has a word that ends like an infinitive as a lemma: parlare, porre; also carcere."""
    return _INFINITIVE.fullmatch(word) is not None and known_lemma(word) == word


def is_participle_of(word: str, infinitive: str) -> bool:
    """Whether a word has the ending of a past participle of a verb: parlato, venduta, scritti, prese.

    Verbs in -are have but the regular one, so that "voto" is no participle of votare. The others have many that end in
    -to or -so.
    """
    if word[-1:] not in "oaie":
        return False
    if infinitive.endswith("are") and infinitive != "fare":
        return word[:-1] == infinitive[:-2] + "t"
    return word[-2:-1] in "ts"


def irregular_infinitive(word: str) -> str | None:
    """The verb of an irregular participle or simple past, compounds included: descritta, promisero; else None."""
    for cut in range(min(_LONGEST_PREFIX, len(word) - _SHORTEST_STEM) + 1):
        simple = IRREGULAR_VERBS.get(word[cut:])
        if simple is not None and is_infinitive(word[:cut] + simple):
            return word[:cut] + simple
    return None


def without_pronouns(word: str) -> str | None:
    """The infinitive of a verb form with pronouns at its end: parlarne, arrestandolo, dirglielo, dammi; else None.

    "eccolo" gives ecco, which is no verb and takes the same pronouns.
    """
    for size in range(_LONGEST_PRONOUN, 1, -1):
        pronoun = word[-size:]
        if pronoun in _PRONOUNS and (infinitive := _infinitive_before(word.removesuffix(pronoun), pronoun)) is not None:
            return infinitive
    return None


def _infinitive_before(verb: str, pronoun: str) -> str | None:
    if verb.endswith("r"):  # parlar-ne, but por-si from porre
        return whole_of_truncated(verb)
    if verb.endswith(("ando", "endo", "iamo")):
        found = known_lemma(verb)
        return found if found is not None and is_infinitive(found) else regular_infinitive(verb)
    if len(verb) > _SHORTEST_STEM + 1 and verb[-1] in "oaie" and verb[-2] in "ts":
        found = known_lemma(verb)
        if found is not None and is_infinitive(found) and is_participle_of(verb, found):
            return found
    if verb == "ecco":
        return verb
    if verb[-1:] == pronoun[0] and verb[:-1] in _ONE_SYLLABLE:
        return _ONE_SYLLABLE[verb[:-1]]
    return None


def regular_infinitive(word: str) -> str | None:
    """The verb whose regular conjugation has a form: ripartono, ripartire; None where none that is known has it."""
    for size in range(min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM), 1, -1):
        stem = word[:-size]
        for conjugation in _BY_ENDING.get(word[-size:], ()):
            for infinitive in _spellings(stem, word[-size], conjugation):
                if is_infinitive(infinitive):
                    return infinitive
    return None


def _spellings(stem: str, following: str, conjugation: str) -> Iterator[str]:
    """The infinitives that a stem may belong to: cerch-erò is cercare, mang-erò mangiare."""
    yield stem + conjugation
    if conjugation == "are" and following in "ei":
        if stem.endswith("h"):
            yield stem[:-1] + conjugation
        yield f"{stem}i{conjugation}"
    elif conjugation == "are" and stem.endswith("i"):
        yield stem[:-1] + conjugation


def whole_of_truncated(word: str) -> str | None:
    """The infinitive that has lost its last vowel or syllable: veder, far, compor; None for any other word."""
    if not word.endswith("r") or len(word) < _SHORTEST_STEM + 1:
        return None
    return next((whole for ending in ("e", "re") if is_infinitive(whole := word + ending)), None)
