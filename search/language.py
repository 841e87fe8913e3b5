"""The query language: what a person types -> a tree (``search.tree``), and a sentence that says what was understood.

The grammar is whoosh's (``whoosh.qparser`` and its plugins), with the operators and fields of Italian beside the
English ones. Where whoosh would surprise a reader, or fail, this module stands between, and says why.
Nothing is analysed here: the tree holds words as they were typed, and ``search.matching`` opens them into forms.

    riforma pensioni        both words            "riforma Fornero"     these words in this order
    a E b, a AND b          both                  "a b"~5               near each other
    a O b, a OR b           either                elez*                 words that begin so
    NON a, NOT a, -a        without               goveno~  elezzoini~2  words one or two typos away
    (a O b) c               groups                titolo: sommario: testo: sezione: autore: testata: tag:
    dopo:2024  prima:marzo 2024  data:ieri  data:[2023 TO 2024]

The names may be English: title, lead, body, section, author, site; after and since; before and until, which like
"prima" leave out the days that they name; date. Operators are in capitals; "e", "o" and "non" are words. As in whoosh,
NON binds before E, E before O, and O before words that just stand side by side: "pensioni riforma O legge" asks for
pensioni and for one of the others.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from index.dates import DateRange
from index.italian import is_stop_word
from search import typed, wording
from search.terms import is_shouted
from search.tree import (
    DEFAULT_FIELD,
    And,
    Days,
    Every,
    FuzzyTerm,
    Leaf,
    Node,
    Not,
    Nothing,
    Or,
    Phrase,
    Prefix,
    Term,
    is_filter,
    leaves,
    mapped,
)
from search.wording import PLACES

MAX_TYPOS = 2
MAX_SIMILAR_WORDS = 10
"""Words in one question that are sought by similarity: each is compared with all the archive's words of its letter."""
MIN_CHARS_ONE_TYPO = 4
MIN_CHARS_TWO_TYPOS = 8
"""Letters and digits of a word: one typo away from AI are nearly all words of two letters."""
MAX_NOTES = 10

_log = logging.getLogger("emeroteca.search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A question as it will be searched.

    Attributes:
        tree: And, Or, Not, Term, Phrase, Prefix, FuzzyTerm and Days of ``search.tree``; or Every alone for an
            empty question; or Nothing alone when there is no word in it. Not may stand anywhere, also alone: it is
            every article but those. Phrase, Prefix and FuzzyTerm keep the words as typed, a Phrase also a single one;
            there are at most MAX_SIMILAR_WORDS of FuzzyTerm.
        words: one Italian sentence of what will be searched; "" for an empty question.
        notes: in Italian, what was taken as a plain word or left out; at most MAX_NOTES.
        has_quotes, has_dates, has_author: whether the question asks for (not: excludes) a phrase, days, an author.
    """

    tree: Node
    words: str
    notes: tuple[str, ...]
    has_quotes: bool
    has_dates: bool
    has_author: bool


def understand(text: str, *, today: date, any_word: bool = False, whole_phrases: bool = True) -> Understood:
    """Read a question. Never raises: what cannot be an operator is a word.

    Args:
        text: what was typed; of a very long one the beginning.
        today: what "oggi" is.
        any_word: whether words side by side are alternatives. Filters (section, site, author, tag, dates) and
            exclusions still hold for every article found.
        whole_phrases: whether a quoted phrase among alternatives stays whole; else its words are alternatives as well.
    Returns:
        The tree and what to tell about it. "dopo:2024" begins with 1 January 2024, "prima:2024" and "until:2024" end
        before it; the ends of "data:[2023 TO 2024]" are both inside.
    """
    notes: list[str] = []
    if typed.is_blank(text):
        return Understood(tree=Every(), words="", notes=(), has_quotes=False, has_dates=False, has_author=False)
    cleaned = typed.clean(text, notes)
    if is_shouted(cleaned):
        cleaned = typed.without_shouted_operators(cleaned)
    parsed = plain_words(cleaned, any_word=any_word)
    if parsed is None:
        parsed = _parsed(cleaned, notes, today=today, any_word=any_word)
    parsed = _with_few_similar(parsed, notes)
    tree = _tidy(parsed if whole_phrases or not any_word else _with_words_of_phrases(parsed), notes)
    if tree is None:
        tree = Nothing()
        notes.append("nessuna parola da cercare")
    wanted = list(leaves(tree, without_excluded=True))
    return Understood(
        tree=tree,
        words=_sentence(tree),
        notes=tuple(dict.fromkeys(notes))[:MAX_NOTES],
        has_quotes=any(isinstance(leaf, Phrase) for leaf in wanted),
        has_dates=any(isinstance(leaf, Days) for leaf in wanted),
        has_author=any(isinstance(leaf, Leaf) and leaf.fieldname == "author" for leaf in wanted),
    )


def _parsed(cleaned: str, notes: list[str], *, today: date, any_word: bool) -> Node:
    """What the parser makes of a question, or else its words."""
    from search.keywords import parse  # whoosh takes long to load

    try:
        return parse(cleaned, notes, today=today, any_word=any_word)
    except Exception:  # noqa: BLE001  # see below
        # whoosh raises bare Exception and NotImplementedError for grammar that its plugins cannot join. None is known
        # to get here; should one, the reader still gets an answer, and the log where the parser failed, not on what.
        _log.exception("parser: a question could not be parsed, and was searched as plain words")
        notes.append("non è stato possibile leggere gli operatori: cercate solo le parole")
        group = Or if any_word else And
        return group([Term(DEFAULT_FIELD, word) for word in re.split(r'[\s()"]+', cleaned)])


class LooseWord(NamedTuple):
    """A word that is asked for by itself: not quoted, not excluded, not a beginning, not a value.

    Attributes:
        text: as typed, with what stands at it without a blank ("l'economia,").
        start: where it begins in the cleaned text (``search.typed.clean``).
        is_anywhere: whether it is looked for in the whole article, not in one field.
    """

    text: str
    start: int
    is_anywhere: bool


def loose_words(understood: Understood) -> tuple[list[LooseWord], bool]:
    """The loose words of a question in their order, and whether it asks for nothing else but values and days."""
    wanted = [leaf for leaf in leaves(understood.tree, without_excluded=True) if not is_filter(leaf)]
    loose = [
        # The parser was given the text with a blank before it.
        LooseWord(leaf.text, leaf.startchar - 1, leaf.fieldname == DEFAULT_FIELD)
        for leaf in wanted
        if isinstance(leaf, Term) and leaf.startchar is not None
    ]
    return sorted(loose, key=lambda word: word.start), len(loose) == len(wanted)


_PLAIN_WORDS = re.compile(rf"(?:(?!(?:{'|'.join(typed.OPERATORS)})(?:\ |\Z)|[-+])[^\s\"()*~:]+(?:\ |\Z))+")


def plain_words(text: str, *, any_word: bool) -> Node | None:
    """What the parser makes of words and nothing else, in a tenth of its time; None for any other text.

    Args:
        text: cleaned (``search.typed.clean``).
    """
    if _PLAIN_WORDS.fullmatch(text) is None:
        return None
    terms: list[Node] = []
    end = 0
    for word in text.split(" "):
        start, end = end + 1, end + 1 + len(word)  # in the text with a blank before it, as the parser is given it
        terms.append(Term(DEFAULT_FIELD, word, startchar=start))
    return And([Or(terms)] if any_word else terms)


# --- the tree -----------------------------------------------------------------------------------------------------


def _with_few_similar(tree: Node, notes: list[str]) -> Node:
    """The tree with its first MAX_SIMILAR_WORDS words sought by similarity, the others as they were typed."""
    num_similar = 0

    def limited(node: Node) -> Node:
        nonlocal num_similar
        if not isinstance(node, FuzzyTerm):
            return node
        num_similar += 1
        if num_similar <= MAX_SIMILAR_WORDS:
            return node
        notes.append(f"cercate parole simili solo alle prime {MAX_SIMILAR_WORDS} con la tilde")
        return Term(node.fieldname, node.text)

    return mapped(tree, limited)


def _tidy(node: Node, notes: list[str]) -> Node | None:
    """The tree without empty parts, double negations, repetitions and groups of one; None when nothing is left.

    whoosh's own normalize() is not used: it turns a quoted word into an unquoted one.
    """
    if isinstance(node, And | Or):
        return _tidy_group(node, notes)
    if isinstance(node, Not):
        child = _tidy(node.query, notes)
        return child.query if isinstance(child, Not) else None if child is None else Not(child)
    if isinstance(node, Phrase):
        words = [word for word in node.words if _is_word(word, notes)]
        return Phrase(node.fieldname, words, slop=node.slop) if words else None
    if isinstance(node, Term | Prefix | FuzzyTerm):
        return _tidy_word(node, notes)
    return None if isinstance(node, Nothing) else node


def _with_words_of_phrases(node: Node) -> Node:
    """The tree with the words of each phrase that is asked for beside it."""
    if isinstance(node, And | Or):
        return type(node)([_with_words_of_phrases(child) for child in node])
    if not isinstance(node, Phrase):
        return node
    return Or([node, *(Term(node.fieldname, word) for word in node.words)])


def _tidy_group(node: And | Or, notes: list[str]) -> Node | None:
    kind = type(node)
    parts: list[Node] = []
    for child in node:
        part = _tidy(child, notes)
        parts += [] if part is None else part if type(part) is kind else [part]
    if kind is And:
        parts = _join_dates(parts, notes)
    parts = [part for position, part in enumerate(parts) if part not in parts[:position]]
    return kind(parts) if len(parts) > 1 else parts[0] if parts else None


def _join_dates(parts: Sequence[Node], notes: list[str]) -> list[Node]:
    """The parts of an And with its dates made one range, at the place of the first."""
    dates = [part for part in parts if isinstance(part, Days)]
    if len(dates) < 2:
        return list(parts)
    days = DateRange()
    for part in dates:
        days = days.intersect(part.days)
    if days.is_empty:
        notes.append("nessun giorno può soddisfare tutte le date insieme")
        return list(parts)
    joined = [Days(days) if part is dates[0] else part for part in parts]
    return [part for part in joined if not any(part is other for other in dates)]


def _tidy_word(node: Term | Prefix | FuzzyTerm, notes: list[str]) -> Node | None:
    """A Term, Prefix or FuzzyTerm as it can be searched, or None."""
    if isinstance(node, Prefix) and sum(char.isalnum() for char in node.text) < 2:
        notes.append(f"«{node.text}*» cercato come parola: servono almeno due lettere prima dell'asterisco")
        node = Term(node.fieldname, node.text)
    elif isinstance(node, FuzzyTerm) and node.maxdist == 0:
        node = Term(node.fieldname, node.text)
    elif isinstance(node, FuzzyTerm):
        node = _with_few_typos(node, notes)
    elif "*" in node.text.rstrip("*"):
        notes.append(f"«{wording.shown(node.text)}» cercato come parola: l'asterisco vale solo in fondo")
    return node if _is_word(node.text, notes) else None


def _with_few_typos(node: FuzzyTerm, notes: list[str]) -> Term | FuzzyTerm:
    """The word with as many typos as its length allows; a plain word where that is none."""
    length = sum(char.isalnum() for char in node.text)
    allowed = 0 if length < MIN_CHARS_ONE_TYPO else 1 if length < MIN_CHARS_TWO_TYPOS else MAX_TYPOS
    if node.maxdist <= allowed:
        return node
    shown = f"«{wording.shown(node.text)}~{node.maxdist if node.maxdist > 1 else ''}»"
    if allowed == 0:
        notes.append(f"{shown} cercato come parola: parole simili si cercano da {MIN_CHARS_ONE_TYPO} lettere in su")
        return Term(node.fieldname, node.text)
    if allowed == 1:
        notes.append(f"{shown}: due errori si cercano da {MIN_CHARS_TWO_TYPOS} lettere in su, qui uno solo")
    else:
        notes.append(f"{shown}: si cercano al massimo {MAX_TYPOS} errori")
    return FuzzyTerm(node.fieldname, node.text, maxdist=allowed)


def _is_word(text: str, notes: list[str]) -> bool:
    """Whether something can be found by it: it has a letter or a digit."""
    # "~2" is left over from "(a b)~2", where there is nothing to be similar to.
    is_word = any(char.isalnum() for char in text) and not re.fullmatch("~[0-9]*", text)
    if not is_word and len(text) > 1:  # a sign alone is punctuation between words, not worth a note
        notes.append(f"ignorato «{wording.shown(text)}»: non contiene parole")
    return is_word


# --- the sentence -------------------------------------------------------------------------------------------------


def _sentence(tree: Node) -> str:
    if isinstance(tree, Nothing | Every):
        return ""
    parts = list(tree) if isinstance(tree, And) else [tree]
    said = _conjunction(parts)
    if any(not is_filter(part) for part in parts):
        return said
    is_dates = all(isinstance(part, Days) for part in parts)
    return f"tutti gli articoli {'usciti ' if is_dates else ''}{said}"


def _conjunction(parts: Sequence[Node], outer: str = "") -> str:
    """The parts of an And: the words, then, after commas, values, exclusions and days. ``outer``: see ``_said``."""
    wanted = _telling([part for part in parts if not is_filter(part)])
    place = "" if outer else _place(wanted)
    has_brackets = len(wanted) > 1 or bool(place)
    words = wording.listed([_said(part, outer or place, has_brackets=has_brackets) for part in wanted])
    excluded = [part.query for part in parts if isinstance(part, Not)]
    unwanted = [_said(part, outer, has_brackets=True) for part in excluded if not is_filter(part)]
    values = [part for part in parts if is_filter(part) and not isinstance(part, Not | Days)]
    clauses = [
        f"{words} {place}".strip(),
        *(_said(part, outer, has_brackets=True) for part in values),
        f"senza {wording.listed(unwanted, 'né')}" if unwanted else "",
        *(f"non {_said(part, outer, has_brackets=True)}" for part in excluded if is_filter(part)),
        *(_said(part) for part in parts if isinstance(part, Days)),
    ]
    return ", ".join(clause for clause in clauses if clause)


def _said(part: Node, outer: str = "", *, has_brackets: bool = False) -> str:
    """One part in words.

    Args:
        outer: the place ("nel titolo") that is said already, of the whole that this is a part of.
        has_brackets: whether several words need brackets, because others stand beside them.
    """
    if isinstance(part, Or):
        place = "" if outer else _place([part])
        said = " oppure ".join(_said(child, outer or place, has_brackets=True) for child in _telling(list(part)))
        return f"({said}) {place}" if place else f"({said})" if has_brackets else said
    if isinstance(part, And | Not):
        said = _conjunction(list(part) if isinstance(part, And) else [part], outer)
        return f"({said})" if has_brackets and isinstance(part, And) else said
    if isinstance(part, Days):
        return wording.days(part.days.since, part.days.until)
    if isinstance(part, Every | Nothing):
        return ""
    field = part.fieldname
    if isinstance(part, Phrase):
        said = wording.phrase(part.words, part.slop)
    elif isinstance(part, Prefix):
        said = wording.prefix(field, part.text)
    elif isinstance(part, FuzzyTerm):
        said = wording.similar(field, part.text, part.maxdist)
    else:
        said = wording.term(field, part.text)
    place = "" if outer else PLACES.get(field, "")
    return f"{said} {place}".rstrip()


def _telling(parts: list[Node]) -> list[Node]:
    """The parts without function words, which restrict nothing beside others; all of them when there are no others."""
    return [part for part in parts if not (isinstance(part, Term) and is_stop_word(part.text))] or parts


def _place(parts: Sequence[Node]) -> str:
    """Where all the words of these parts are looked for, if that is one place and not the whole article."""
    places = {
        PLACES.get(leaf.fieldname, "") if isinstance(leaf, Leaf) else "" for part in parts for leaf in leaves(part)
    }
    return places.pop() if len(places) == 1 else ""
