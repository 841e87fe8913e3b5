"""The words and signs of the query language, Italian and English, as plugins of whoosh's parser.

What the language is, ``search.language`` tells; here stands what whoosh has to be told to speak it. Only here is whoosh
imported, and only for questions that are more than words.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from whoosh import qparser, query
from whoosh.qparser import plugins, syntax, taggers

from index.dates import DateRange
from search import tree, typed, wording
from search.tree import DEFAULT_FIELD, VALUE_FIELDS

FIELDS = {
    **dict.fromkeys(("titolo", "title"), "title"),
    **dict.fromkeys(("sommario", "lead"), "lead"),
    **dict.fromkeys(("testo", "body"), "body"),
    **dict.fromkeys(("sezione", "section"), "section"),
    **dict.fromkeys(("autore", "author"), "author"),
    **dict.fromkeys(("testata", "site"), "site"),
    "tag": "tag",
}
DATE_FIELDS = {
    **dict.fromkeys(("dopo", "after", "since"), "since"),
    **dict.fromkeys(("prima", "before", "until"), "until"),
    **dict.fromkeys(("data", "date"), "on"),
}
MAX_SLOP = 100

# The text is parsed with a blank at either end: a word begins after a blank, a bracket, or a sign after one of these.
AT_WORD = r"(?:(?<=[\ (])|(?<=[\ (][-+]))"
PLAIN_WORD = rf"(?<=[\ (])(?P<text>(?!(?:{'|'.join(typed.OPERATORS)})[\ (])[^\W_]+)(?=[\ )])"
AND, OR = (rf"(?<=[\ )])(?:{'|'.join(words)})(?=[\ (])" for words in (typed.AND_WORDS, typed.OR_WORDS))
NOT = rf"(?<=[\ (])(?:{'|'.join(typed.NOT_WORDS)})(?=[\ (])"
MINUS = r"(?<=[\ (])-(?=[^\s)-])"
PLUS = r"(?<=[\ (])\+(?=[^\s)+])"
PREFIX = rf"(?:{AT_WORD}|(?<=:))(?P<text>[^\s*()\"]*\w)\*+(?=[\ )])"
FUZZY = r"(?<=[^\s()\"])~(?P<maxdist>[0-9])?(?P<prefix>(?!))?(?=[\ )])"
PHRASE = r'"(?P<text>[^"]*)"(~(?P<slop>[0-9]*))?'


def parse(text: str, notes: list[str], *, today: date, any_word: bool) -> tree.Node:
    """What a question asks for; it may raise anything.

    Args:
        text: cleaned (``search.typed.clean``).
        notes: what could not be read as it was typed is added, in Italian.
    """
    parser = parser_for(notes, today=today, any_word=any_word)
    return _without_whoosh(parser.parse(f" {text} ", normalize=False))


def _without_whoosh(node: Any) -> tree.Node:
    if isinstance(node, query.And | query.Or):
        return (tree.And if isinstance(node, query.And) else tree.Or)([_without_whoosh(child) for child in node])
    if isinstance(node, query.Not):
        return tree.Not(_without_whoosh(node.query))
    if isinstance(node, query.DateRange):
        since, until = (None if end is None else end.date() for end in (node.startdate, node.enddate))
        return tree.Days(DateRange(since=since, until=until))
    if node == query.NullQuery:  # which whoosh makes of no text
        return tree.Nothing()
    return _leaf_without_whoosh(node)


def _leaf_without_whoosh(node: Any) -> tree.Node:
    if isinstance(node, query.Phrase):
        return tree.Phrase(node.fieldname, list(node.words), slop=node.slop)
    if isinstance(node, query.Prefix):
        return tree.Prefix(node.fieldname, node.text)
    if isinstance(node, query.FuzzyTerm):
        return tree.FuzzyTerm(node.fieldname, node.text, maxdist=node.maxdist)
    return tree.Term(node.fieldname, node.text, startchar=getattr(node, "startchar", None))


def parser_for(notes: list[str], *, today: date, any_word: bool) -> Any:
    """A parser for one question: it writes into ``notes``. At a place where several plugins match, the first wins."""
    group = _AnyWordGroup if any_word else syntax.AndGroup
    negations = [(plugins.OperatorsPlugin.OpTagger(expr, _NotGroup, syntax.PrefixOperator), 0) for expr in (MINUS, NOT)]
    others = dict.fromkeys(("Not", "AndNot", "AndMaybe", "Require"))
    pins = [
        _PlainWordsPlugin(PLAIN_WORD),
        plugins.GroupPlugin(),
        _DatesPlugin(notes, today),
        _FieldsPlugin(notes),
        _PhrasePlugin(PHRASE),
        plugins.OperatorsPlugin(ops=negations, And=AND, Or=OR, **others),
        # "+word" is the word: the sign is as good as the blank before it.
        plugins.WhitespacePlugin(PLUS),
        plugins.PrefixPlugin(PREFIX),
        plugins.FuzzyTermPlugin(FUZZY),
        _LoneOperatorsPlugin(notes),
    ]
    return qparser.QueryParser(DEFAULT_FIELD, None, plugins=pins, group=group)


class _PlainWordsPlugin(plugins.TaggingPlugin):  # type: ignore[misc]  # whoosh has no types
    """Takes most words in one step; whoosh would try every plugin at every letter, for half of the time of a parse."""

    nodetype = syntax.WordNode


class _AnyWordGroup(syntax.GroupNode):  # type: ignore[misc]  # whoosh has no types
    """Words side by side when any of them will do: the filters and exclusions among them still hold.

    A plain OrGroup would read "calcio -tennis" as all that has calcio and all that lacks tennis; and not a subclass of
    it, because whoosh's "O" merges its neighbours into an OrGroup at its left.
    """

    def query(self, parser: Any) -> Any:
        parts = [part for node in self.nodes if (part := node.query(parser)) is not None]
        loose = [part for part in parts if not _is_filter(part)]
        return query.And([*([query.Or(loose)] if loose else []), *(part for part in parts if _is_filter(part))])


class _NotGroup(syntax.NotGroup):  # type: ignore[misc]  # whoosh has no types
    """An exclusion. It excludes the same articles whether or not any word will do: "-(a b)" those with both."""

    def query(self, parser: Any) -> Any:
        return query.Not(_with_all_words(self.nodes[0]).query(parser))


def _with_all_words(node: Any) -> Any:
    if not isinstance(node, syntax.GroupNode):
        return node
    node.nodes = [_with_all_words(child) for child in node.nodes]
    return syntax.AndGroup(node.nodes) if isinstance(node, _AnyWordGroup) else node


def _is_filter(part: Any) -> bool:
    return tree.is_filter(_without_whoosh(part))


class _FieldsPlugin(plugins.FieldsPlugin):  # type: ignore[misc]  # whoosh has no types
    """Known field names in any case; whoosh's own needs a schema to know them, and its aliases heed the case."""

    def __init__(self, notes: list[str]) -> None:
        names = "|".join(FIELDS)
        super().__init__(rf"{AT_WORD}(?P<text>(?i:{names})):(?=(?P<value>[^\s)])?)")
        self.notes = notes

    def taggers(self, _parser: Any) -> list[tuple[Any, int]]:
        return [(_FieldTagger(self.expr, self.notes), 0)]


class _FieldTagger(taggers.RegexTagger):  # type: ignore[misc]  # whoosh has no types
    def __init__(self, expr: str, notes: list[str]) -> None:
        super().__init__(expr)
        self.notes = notes

    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        if match["value"] is None:
            self.notes.append(f"«{match[0]}» cercato come parola: il valore va scritto subito dopo i due punti")
            return None
        return syntax.FieldnameNode(FIELDS[match["text"].casefold()], match[0])


class _DatesPlugin(plugins.Plugin):  # type: ignore[misc]  # whoosh has no types
    """ "dopo:", "prima:" and "data:" with the date behind them, which may be several words."""

    def __init__(self, notes: list[str], today: date) -> None:
        self.notes = notes
        self.today = today

    def taggers(self, _parser: Any) -> list[tuple[Any, int]]:
        return [(_DateTagger(self.notes, self.today), 0)]


class _DateTagger(taggers.Tagger):  # type: ignore[misc]  # whoosh has no types
    _NAME = re.compile(rf"{AT_WORD}(?P<name>(?i:{'|'.join(DATE_FIELDS)})):(?P<value>\[[^]]*\]|\"[^\"]*\"|[^\s()]*)")

    def __init__(self, notes: list[str], today: date) -> None:
        self.notes = notes
        self.today = today

    def match(self, _parser: Any, text: str, pos: int) -> Any:
        found = self._NAME.match(text, pos)
        if not found:
            return None
        side = DATE_FIELDS[found["name"].casefold()]
        read = typed.read_date_value(text, found.start("value"), today=self.today, is_range_allowed=side == "on")
        if read is None or read[0].is_empty:
            reason = "non è una data leggibile" if found["value"] else "la data va scritta subito dopo i due punti"
            if read is not None:
                reason = "la data finale viene prima di quella iniziale"
            self.notes.append(f"«{wording.shown(found[0])}» cercato come parola: {reason}")
            return None
        days, end = read
        if side == "since":
            days = DateRange(since=days.since)
        elif side == "until":
            days = DateRange(until=days.since)
        return _DateNode(days).set_range(pos, end)


class _DateNode(syntax.SyntaxNode):  # type: ignore[misc]  # whoosh has no types
    def __init__(self, days: DateRange) -> None:
        self.days = days

    def query(self, _parser: Any) -> Any:
        ends = [None if day is None else datetime.combine(day, time()) for day in (self.days.since, self.days.until)]
        return query.DateRange("date", *ends, startexcl=False, endexcl=True)


class _PhrasePlugin(plugins.PhrasePlugin):  # type: ignore[misc]  # whoosh has no types
    def taggers(self, _parser: Any) -> list[tuple[Any, int]]:
        return [(_PhraseTagger(self.expr), 0)]


class _PhraseTagger(taggers.RegexTagger):  # type: ignore[misc]  # whoosh has no types
    def create(self, _parser: Any, match: re.Match[str]) -> Any:
        # whoosh's own takes any number of digits, and int() refuses 5,000 of them.
        return _PhraseNode(match["text"], match.start("text"), max(1, min(MAX_SLOP, int((match["slop"] or "1")[:4]))))


class _PhraseNode(plugins.PhrasePlugin.PhraseNode):  # type: ignore[misc]  # whoosh has no types
    def query(self, parser: Any) -> Any:
        """As whoosh's; but the quotes around a section or an author only hold its blanks together."""
        if self.fieldname in VALUE_FIELDS:
            return query.Term(self.fieldname, self.text.strip())
        return super().query(parser)


class _LoneOperatorsPlugin(plugins.Plugin):  # type: ignore[misc]  # whoosh has no types
    """Operators with nothing to act on are words ("vitamina E", "AND").

    whoosh drops some and makes others the operand of the next, which then cannot be turned into a query.
    """

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes

    def filters(self, _parser: Any) -> list[tuple[Any, int]]:
        return [(self.to_words, 590)]  # after the blanks have gone (500), before the operators act (600)

    def to_words(self, parser: Any, group: Any) -> Any:
        kept = group.empty_copy()
        nodes = list(group)
        for position, node in enumerate(nodes):
            following = nodes[position + 1] if position + 1 < len(nodes) else None
            if isinstance(node, syntax.GroupNode):
                kept.append(self.to_words(parser, node))
            elif isinstance(node, syntax.Operator) and not self._can_act(kept, node, following):
                self.notes.append(f"«{node.text}» cercato come parola: non ha nulla da unire o da escludere")
                kept.append(syntax.WordNode(node.text).set_range(node.startchar, node.endchar))
            else:
                kept.append(node)
        return kept

    @staticmethod
    def _can_act(before: Any, operator: Any, following: Any) -> bool:
        """Whether something stands where the operator acts, that is no operator acting there itself."""
        is_prefix = isinstance(operator, syntax.PrefixOperator)
        has_left = is_prefix or (len(before) > 0 and not isinstance(before[-1], syntax.Operator))
        unfit = syntax.Operator if is_prefix else syntax.InfixOperator  # "a E NON b" is well said
        return has_left and following is not None and not isinstance(following, unfit)
