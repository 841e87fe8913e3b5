"""Nouns and adjectives: singular and plural, masculine and feminine, and the endings made from them.

Rules of spelling only: which of the possible words exists is asked of the dictionary.
"""

from __future__ import annotations

import re

from index.italian.dictionary import is_known, known_lemma

_SUPERLATIVE = re.compile(r"(.{2,}?)(h?)issim[oaie]")
_WOMAN_AGENT = re.compile(r"(.{2,}[ts])ric[ei]")
_SCHOLAR = re.compile(r"(.{2,}log|.{2,}graf)(?:a|h?e)")
_WOMAN_TITLE = re.compile(r"(.{3,})ess[ae]")
_FEMININE_ADJECTIVE = re.compile(r"(.{2,}(?:ic(?=a|he)|iv(?=a|e)))h?[ae]")
_SHORTEST_STEM = 2


def plurals_of(singular: str) -> tuple[str, ...]:
    """How the plural of a word may be spelt: libro, libri; fuoco, fuochi, fuoci; bella, belle; banca, banche."""
    stem, ending = singular[:-1], singular[-1:]
    if len(stem) < _SHORTEST_STEM or ending not in "oae":
        return ()
    guarded = (stem + "h",) if stem[-1] in "cg" else ()
    if ending == "a":
        stems = guarded or ((stem[:-1], stem) if stem.endswith(("ci", "gi")) else (stem,))
        return (*(one + "e" for one in stems), stems[-1] + "i")
    if ending == "o" and stem.endswith("i"):
        return (stem, stem + "i")
    return tuple(one + "i" for one in ((*guarded, stem) if ending == "o" else (stem,)))


def singulars_of(plural: str) -> tuple[str, ...]:
    """How the singular of a plural may be spelt, the likeliest first; () for what is no plural by its ending."""
    stem, ending = plural[:-1], plural[-1:]
    if len(stem) < _SHORTEST_STEM:
        return ()
    if ending == "i":
        if stem.endswith(("ch", "gh")):
            return (stem[:-1] + "o", stem[:-1] + "a")
        return (stem + "o", stem + "e", stem + "io", stem + "a")
    if ending == "e":
        if stem.endswith(("ch", "gh")):
            return (stem[:-1] + "a",)
        return (stem + "ia", stem + "a") if stem[-1] in "cg" else (stem + "a",)
    return ()


def is_singular_of_a_plural(word: str) -> bool:
    """Whether the dictionary has a plural whose lemma is this word: then it is a noun, whatever verb it looks like."""
    return any(known_lemma(plural) == word for plural in plurals_of(word))


def masculine_of(word: str) -> str | None:
    """The masculine of a feminine adjective or title (ultima, vecchia, ministra); None for any other word.

    The plural tells: the dictionary puts "ultime" under "ultimo", but "porte" under "porta", which is its own noun.
    """
    if not word.endswith("a"):
        return None
    twins = {word[:-1] + "o", *((word[:-1] + "e",) if word.endswith(("ora", "iera")) else ())}
    plurals = (plural for plural in plurals_of(word) if plural.endswith("e"))
    return next((lemma for plural in plurals if (lemma := known_lemma(plural)) in twins), None)


def base_of_superlative(word: str) -> str | None:
    """The adjective of a superlative: importantissimo, important-e; lunghissima, lung-o; None where there is none."""
    match = _SUPERLATIVE.fullmatch(word)
    if match is None:
        return None
    return next((base for ending in ("o", "e", "io") if known_lemma(base := match[1] + ending) == base), None)


def agent_of(word: str) -> str | None:
    """The masculine of what ends like a feminine agent, known or not: sviluppatrici, sviluppatore; None for others."""
    agent = _WOMAN_AGENT.fullmatch(word)
    return None if agent is None else agent[1] + "ore"


def man_of_agent(word: str) -> str | None:
    """The masculine of a feminine agent or scholar: direttrici, direttore; psicologhe, psicologo; None for others."""
    if (agent := agent_of(word)) is not None:
        man = agent
    elif (scholar := _SCHOLAR.fullmatch(word)) is not None:
        man = scholar[1] + "o"
    else:
        return None
    return man if is_known(man) else None


def man_of_woman(word: str) -> str | None:
    """The masculine of a feminine trade: direttrici, psicologhe, studentesse; None where there is none."""
    title = _WOMAN_TITLE.fullmatch(word)
    if title is None:
        return man_of_agent(word)
    return next((man for ending in ("e", "o", "a") if is_known(man := title[1] + ending)), None)


def adjective_beside(word: str) -> str | None:
    """The masculine of a feminine adjective that the dictionary takes for a noun: informatiche; None for others."""
    match = _FEMININE_ADJECTIVE.fullmatch(word)
    if match is None:
        return None
    masculine = match[1] + "o"
    return masculine if known_lemma(masculine) == masculine else None


def adjective_of_adverb(word: str) -> str | None:
    """The adjective of an adverb in -mente: recentemente, recente; normalmente, normale; None where there is none."""
    stem = word.removesuffix("mente")
    if stem == word or len(stem) <= _SHORTEST_STEM:
        return None
    if stem.endswith("a"):
        return stem[:-1] + "o" if is_known(stem[:-1] + "o") else None
    return stem if is_known(stem) else stem + "e" if is_known(stem + "e") else None
