"""The query language: what people type, the tree that comes of it, and the sentence that tells them."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import qparser

from index.dates import DateRange
from index.italian import is_stop_word
from search import tree as query
from search.keywords import DATE_FIELDS, FIELDS, parse
from search.language import Understood, plain_words, understand
from search.typed import MAX_DEPTH, MAX_WORDS, clean

TODAY = date(2026, 3, 13)


def ask(text: str, *, any_word: bool = False) -> Understood:
    return understand(text, today=TODAY, any_word=any_word)


def t(text: str, field: str = "text") -> Any:
    return query.Term(field, text)


def words(*texts: str) -> Any:
    return query.And([t(text) for text in texts])


def phrase(*texts: str, field: str = "text", slop: int = 1) -> Any:
    return query.Phrase(field, list(texts), slop=slop)


def days(since: str | None, until: str | None) -> Any:
    return query.Days(
        DateRange(
            since=None if since is None else date.fromisoformat(since),
            until=None if until is None else date.fromisoformat(until),
        )
    )


A, B, C, D = (t(letter) for letter in "abcd")
And, Or, Not = query.And, query.Or, query.Not

ORDINARY = [
    ("riforma", t("riforma")),
    ("riforma pensioni", words("riforma", "pensioni")),
    ("  riforma\t\n pensioni\u00a0 ", words("riforma", "pensioni")),
    ("bora bora", t("bora")),
    ("AI ai", words("AI", "ai")),
    ("l'economia dell\u2019arte", words("l'economia", "dell\u2019arte")),
    ("nell' ambito", words("nell'", "ambito")),
    ("e-commerce Covid-19 Rai-Mediaset", words("e-commerce", "Covid-19", "Rai-Mediaset")),
    ("C++ C# .NET AC/DC G.D.P.R.", words("C++", "C#", ".NET", "AC/DC", "G.D.P.R.")),
    ("3,5% #tag mario@rossi.it", words("3,5%", "#tag", "mario@rossi.it")),
    ("https://www.repubblica.it/~x?a=1", t("https://www.repubblica.it/~x?a=1")),
    ("13/03/2026 10:30", words("13/03/2026", "10:30")),
    ("a:b:c Draghi: discorso", words("a:b:c", "Draghi:", "discorso")),
    ("perche\u0301", t("perché")),
    ("soft\u00adhyphen zero\u200bwidth", words("softhyphen", "zerowidth")),
    # operators
    ("a E b", And([A, B])),
    ("a AND b", And([A, B])),
    ("a O b", Or([A, B])),
    ("a OR b", Or([A, B])),
    ("a NON b", And([A, Not(B)])),
    ("a NOT b", And([A, Not(B)])),
    ("a E NON b", And([A, Not(B)])),
    ("a O NON b", Or([A, Not(B)])),
    ("a e b o c non d", words("a", "e", "b", "o", "c", "non", "d")),
    ("a and b or c not d", words("a", "and", "b", "or", "c", "not", "d")),
    ("a O b c", And([Or([A, B]), C])),
    ("a b O c", And([A, Or([B, C])])),
    ("a O b E c", Or([A, And([B, C])])),
    ("a O b O c", Or([A, B, C])),
    ("(a E b) O (c E d)", Or([And([A, B]), And([C, D])])),
    ("(a O b)(c O d)", And([Or([A, B]), Or([C, D])])),
    ("((a))", A),
    ("f(a b)", words("f", "a", "b")),
]
TREES = [
    *ORDINARY,
    # operators that cannot be
    ("E", t("E")),
    ("AND", t("AND")),
    ("NON", t("NON")),
    ("vitamina E", words("vitamina", "E")),
    ("E adesso", words("E", "adesso")),
    ("( E a )", words("E", "a")),
    ("a AND AND b", words("a", "AND", "b")),
    ("NON AND a", words("NON", "a")),
    ("NON NON a", And([t("NON"), Not(A)])),
    # exclusions
    ("a -b", And([A, Not(B)])),
    ("-a", Not(A)),
    ("-a -b", And([Not(A), Not(B)])),
    ('a -"b c"', And([A, Not(phrase("b", "c"))])),
    ("a -(b c)", And([A, Not(And([B, C]))])),
    ("a -(b O c)", And([A, Not(Or([B, C]))])),
    ("-(-a)", A),
    ("Rai - Mediaset", words("Rai", "Mediaset")),
    ("a --b", And([A, t("--b")])),
    ("a -", A),
    ("a-", t("a-")),
    ("NON () b", B),
    # the sign of "also"
    ("+a +b", And([A, B])),
    ('+"a b"', phrase("a", "b")),
    # quotes
    ('"riforma Fornero"', phrase("riforma", "Fornero")),
    ("\u201criforma Fornero\u201d", phrase("riforma", "Fornero")),
    ("\u201eriforma Fornero\u201c", phrase("riforma", "Fornero")),
    ("«riforma Fornero»", phrase("riforma", "Fornero")),
    ("\u201cil «caso» Moro\u201d", phrase("il", "caso", "Moro")),
    ('"L\u2019Aquila, 2009"', phrase("L\u2019Aquila,", "2009")),
    ('"AI"', phrase("AI")),
    ('"a b"~5', phrase("a", "b", slop=5)),
    ('"a b"~', phrase("a", "b")),
    ('"a b"~0', phrase("a", "b")),
    ('"a b"~99999', phrase("a", "b", slop=100)),
    ('"a O b"', phrase("a", "O", "b")),
    ('"(a - b)"', phrase("(a", "b)")),
    ('dell\'"Economist"', And([t("dell'"), phrase("Economist")])),
    ('"" a', A),
    ('"riforma pensioni', words("riforma", "pensioni")),
    ('riforma" pensioni', words("riforma", "pensioni")),
    ('a "b c" d"', And([A, phrase("b", "c"), D])),
    ('schermo 27" e 32" curvo', words("schermo", "27", "e", "32", "curvo")),
    ("'a b'", words("'a", "b'")),
    # beginnings and typos
    ("elez*", query.Prefix("text", "elez")),
    ("elez**", query.Prefix("text", "elez")),
    ("l'elez*", query.Prefix("text", "l'elez")),
    ("(elez*)", query.Prefix("text", "elez")),
    ("-elez*", Not(query.Prefix("text", "elez"))),
    ("titolo:elez*", query.Prefix("title", "elez")),
    ("a*", A),
    ("e*le", t("e*le")),
    ("*le", t("*le")),
    ("C++*", t("C++*")),
    ("riforna~", query.FuzzyTerm("text", "riforna", maxdist=1)),
    ("riforna~2", query.FuzzyTerm("text", "riforna", maxdist=1)),
    ("elezzoni~2", query.FuzzyTerm("text", "elezzoni", maxdist=2)),
    ("elezzoni~7", query.FuzzyTerm("text", "elezzoni", maxdist=2)),
    ("riforna~0", t("riforna")),
    ("AI~", t("AI")),
    ("l'AI~2", t("l'AI")),
    ("sia~", t("sia")),
    ("casa~", query.FuzzyTerm("text", "casa", maxdist=1)),
    ("titolo:riforna~", query.FuzzyTerm("title", "riforna", maxdist=1)),
    ("a~b", t("a~b")),
    ("(a b)~2", And([A, B])),
    # fields
    ("titolo:a", t("a", "title")),
    ("TITOLO:a Titolo:b", And([t("a", "title"), t("b", "title")])),
    ("-titolo:a", Not(t("a", "title"))),
    ("(titolo:a)", t("a", "title")),
    ("titolo:(a O b) c", And([Or([t("a", "title"), t("b", "title")]), C])),
    ("titolo:(a -b)", And([t("a", "title"), Not(t("b", "title"))])),
    ("titolo:(a testo:b)", And([t("a", "title"), t("b", "body")])),
    ('titolo:"a b"~3', phrase("a", "b", field="title", slop=3)),
    ("titolo:(a b", And([t("a", "title"), t("b", "title")])),
    ("titolo:a:b", t("a:b", "title")),
    ("titolo:-a", t("-a", "title")),
    ("titolo: a", And([t("titolo:"), A])),
    ("a titolo:", And([A, t("titolo:")])),
    ("sottotitolo:a", t("sottotitolo:a")),
    ("x-titolo:a", t("x-titolo:a")),
    ("sezione:Economia/Lavoro", t("Economia/Lavoro", "section")),
    (
        'sezione:"Transizione Energetica / Sostenibilità"',
        t("Transizione Energetica / Sostenibilità", "section"),
    ),
    ('autore:" Mario Rossi "', t("Mario Rossi", "author")),
    ("sezione:(Economia O Sport)", Or([t("Economia", "section"), t("Sport", "section")])),
    ('testata:"Channel City" tag:5G', And([t("Channel City", "site"), t("5G", "tag")])),
    ('sezione:""', query.Nothing()),
    # dates
    ("dopo:2024", days("2024-01-01", None)),
    ("prima:2024", days(None, "2024-01-01")),
    ("before:2024", days(None, "2024-01-01")),
    ("until:2024", days(None, "2024-01-01")),
    ("since:2024 until:2025", days("2024-01-01", "2025-01-01")),
    ("data:2024", days("2024-01-01", "2025-01-01")),
    ("DOPO:2024", days("2024-01-01", None)),
    ("dopo:marzo 2024 elezioni", And([days("2024-03-01", None), t("elezioni")])),
    ("elezioni prima:13 marzo 2024", And([t("elezioni"), days(None, "2024-03-13")])),
    ("data:13/03/2026", days("2026-03-13", "2026-03-14")),
    ("data:ieri governo", And([days("2026-03-12", "2026-03-13"), t("governo")])),
    ("data:l\u2019altro ieri", days("2026-03-11", "2026-03-12")),
    ("data:negli ultimi 7 giorni x", And([days("2026-03-07", "2026-03-14"), t("x")])),
    ("dopo:2024, governo", And([days("2024-01-01", None), t("governo")])),
    ("dopo:2024 5 stelle", And([days("2024-01-01", None), t("5"), t("stelle")])),
    ('dopo:"13 marzo 2024"', days("2024-03-13", None)),
    ("(dopo:2024)", days("2024-01-01", None)),
    ("-data:2024", Not(days("2024-01-01", "2025-01-01"))),
    ("data:[2023 TO 2024]", days("2023-01-01", "2025-01-01")),
    ("data:[2023 A 2024]", days("2023-01-01", "2025-01-01")),
    ("date:[2023 to 2024]", days("2023-01-01", "2025-01-01")),
    ("data:[ottobre 2023 TO 1 agosto 2024]", days("2023-10-01", "2024-08-02")),
    ("data:[2023 TO]", days("2023-01-01", None)),
    ("data:[* TO 2024]", days(None, "2025-01-01")),
    ("dopo:2023 a prima:2025", And([days("2023-01-01", "2025-01-01"), A])),
    ("dopo:2025 prima:2023", And([days("2025-01-01", None), days(None, "2023-01-01")])),
    ("dopo:9999", days("9999-01-01", None)),
    # dates that are none
    ("dopo:pippo", t("dopo:pippo")),
    ("dopo:31/02/2024", t("dopo:31/02/2024")),
    ("dopo: 2024", words("dopo:", "2024")),
    ("data:[2024 TO 2023]", words("data:[2024", "TO", "2023]")),
    ("data:[2024 TO pippo]", words("data:[2024", "TO", "pippo]")),
    ("dopo:[2023 TO 2024]", words("dopo:[2023", "TO", "2024]")),
    ("data:[* TO *]", words("data:[*", "TO")),
    ("[2024 TO", words("[2024", "TO")),
    # nothing
    ("", query.Every()),
    (" \t\u00a0\n", query.Every()),
    ("\x00\x1b", query.Nothing()),
    ("\x1c", query.Nothing()),
    (" \u200b\u200d\u00ad ", query.Nothing()),
    ("***", query.Nothing()),
    ("\\", query.Nothing()),
    ("()", query.Nothing()),
    (")(", query.Nothing()),
    ('"', query.Nothing()),
    ("- + ~ *", query.Nothing()),
    ("-()", query.Nothing()),
]


@pytest.mark.parametrize(("text", "tree"), [pytest.param(text, tree, id=ascii(text)) for text, tree in TREES])
def test_question_becomes_this_tree(text: str, tree: Any) -> None:
    assert ask(text).tree == tree


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_name_asks_for_its_field(name: str) -> None:
    assert ask(f"{name}:valore").tree == t("valore", FIELDS[name])


@pytest.mark.parametrize("name", sorted(DATE_FIELDS))
def test_every_date_name_asks_for_days(name: str) -> None:
    assert isinstance(ask(f"{name}:2024").tree, query.Days)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("a b", Or([A, B]), id="words"),
        pytest.param("a E b c", Or([And([A, B]), C]), id="and-still-joins"),
        pytest.param("a b -c", And([Or([A, B]), Not(C)]), id="exclusion-holds"),
        pytest.param("a -(b c)", And([A, Not(And([B, C]))]), id="exclusion-does-not-grow"),
        pytest.param(
            "a b sezione:S dopo:2024", And([Or([A, B]), t("S", "section"), days("2024-01-01", None)]), id="filters-hold"
        ),
        pytest.param(
            "a b (sezione:S O sezione:T)",
            And([Or([A, B]), Or([t("S", "section"), t("T", "section")])]),
            id="group-of-filters-holds",
        ),
        pytest.param("titolo:a titolo:b", Or([t("a", "title"), t("b", "title")]), id="titles-are-words"),
        pytest.param("(a b) O NON c", Or([A, B, Not(C)]), id="explicit-or"),
        pytest.param("-a", Not(A), id="only-exclusion"),
        pytest.param("", query.Every(), id="empty"),
    ],
)
def test_with_any_word_words_are_alternatives_and_filters_hold(text: str, tree: Any) -> None:
    assert ask(text, any_word=True).tree == tree


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "riforma pensioni sezione:Economia -calcio dopo:2024",
            "riforma e pensioni, nella sezione Economia, senza calcio, dal 1º gennaio 2024",
        ),
        ("riforma", "riforma"),
        ("z b c", "z, b e c"),
        ("z O b O c", "z oppure b oppure c"),
        ("z O b c", "(z oppure b) e c"),
        ("(z E b) O c", "(z e b) oppure c"),
        ("z b E c O d", "z e ((b e c) oppure d)"),
        ("riforma delle pensioni", "riforma e pensioni"),
        ("delle", "delle"),
        ('"riforma Fornero" legge', "«riforma Fornero» e legge"),
        ('"a b"~5', "«a b» a distanza massima 5"),
        ("elez* x", "parole che iniziano con elez e x"),
        ("riforna~", "parole simili a riforna (un errore al massimo)"),
        ("elezzoni~2", "parole simili a elezzoni (2 errori al massimo)"),
        ("AI~", "AI"),
        ("titolo:z b", "z nel titolo e b"),
        ("titolo:z titolo:b", "z e b nel titolo"),
        ("titolo:(z O b) c", "(z oppure b) nel titolo e c"),
        ("sommario:z O testo:b", "z nel sommario oppure b nel testo"),
        ("-z -b", "tutti gli articoli senza z né b"),
        ("z -(b c)", "z, senza (b e c)"),
        ("z -titolo:b", "z, senza b nel titolo"),
        ("z -sezione:Sport", "z, non nella sezione Sport"),
        (
            'autore:"Mario Rossi" testata:X tag:5G',
            "tutti gli articoli dell'autore Mario Rossi, sulla testata X, con il tag 5G",
        ),
        ("z (sezione:X O sezione:Y)", "z, (nella sezione X oppure nella sezione Y)"),
        ("autore:ros*", "tutti gli articoli dell'autore che inizia con ros"),
        ("data:ieri", "tutti gli articoli usciti il 12 marzo 2026"),
        ("z data:8/3/2024", "z, l'8 marzo 2024"),
        ("z dopo:11/3/2024", "z, dall'11 marzo 2024"),
        ("z prima:marzo 2024", "z, prima del 1º marzo 2024"),
        ("z prima:8/3/2024", "z, prima dell'8 marzo 2024"),
        ("z data:2024", "z, nel 2024"),
        ("z data:aprile 2024", "z, nel mese di aprile 2024"),
        ("z data:[2023 TO 8/3/2024]", "z, dal 1º gennaio 2023 all'8 marzo 2024"),
        ("z -data:2024", "z, non nel 2024"),
        ("x" * 100, "x" * 59 + "…"),
        ("", ""),
        ("***", ""),
    ],
)
def test_understood_is_said_in_italian(text: str, said: str) -> None:
    assert ask(text).words == said


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('"riforma', "ignorate le virgolette spaiate"),
        ("(riforma", "corrette le parentesi spaiate"),
        ("riforma)", "corrette le parentesi spaiate"),
        ("(" * 30 + "a" + ")" * 30, f"ignorate le parentesi oltre {MAX_DEPTH} livelli"),
        ("dopo:pippo a", "«dopo:pippo» cercato come parola: non è una data leggibile"),
        (
            "data:[2024 TO 2023]",
            "«data:[2024 TO 2023]» cercato come parola: la data finale viene prima di quella iniziale",
        ),
        (
            "data:[2/3/2024 TO 1/3/2024]",
            "«data:[2/3/2024 TO 1/3/2024]» cercato come parola: la data finale viene prima di quella iniziale",
        ),
        ("data:[2024 TO pippo]", "«data:[2024 TO pippo]» cercato come parola: non è una data leggibile"),
        ("dopo: 2024", "«dopo:» cercato come parola: la data va scritta subito dopo i due punti"),
        ("titolo: a", "«titolo:» cercato come parola: il valore va scritto subito dopo i due punti"),
        ("a AND", "«AND» cercato come parola: non ha nulla da unire o da escludere"),
        ("a*", "«a*» cercato come parola: servono almeno due lettere prima dell'asterisco"),
        ("e*le", "«e*le» cercato come parola: l'asterisco vale solo in fondo"),
        ("*enza", "«*enza» cercato come parola: l'asterisco vale solo in fondo"),
        ("*le*", "«*le*» cercato come parola: l'asterisco vale solo in fondo"),
        ("elezzoni~7", "«elezzoni~7»: si cercano al massimo 2 errori"),
        ("riforna~2", "«riforna~2»: due errori si cercano da 8 lettere in su, qui uno solo"),
        ("AI~", "«AI~» cercato come parola: parole simili si cercano da 4 lettere in su"),
        ("NIS~2", "«NIS~2» cercato come parola: parole simili si cercano da 4 lettere in su"),
        ("a ***", "ignorato «***»: non contiene parole"),
        ("***", "nessuna parola da cercare"),
        ("\x00\u200b", "nessuna parola da cercare"),
        (" ".join(f"x{n}~" for n in range(11)), "cercate parole simili solo alle prime 10 con la tilde"),
        ("dopo:2025 prima:2023", "nessun giorno può soddisfare tutte le date insieme"),
        ("a " * 300, "considerate solo le prime 200 parole"),
        ("a " * 3_000, "considerati solo i primi 4000 caratteri"),
        ("a " + "b" * 301, "ignorate le parole di più di 300 caratteri"),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_what_was_not_taken_as_typed_is_noted(text: str, note: str) -> None:
    assert note in ask(text).notes


@pytest.mark.parametrize("text", [text for text, _ in ORDINARY], ids=ascii)
def test_an_ordinary_question_has_no_notes(text: str) -> None:
    assert ask(text).notes == ()


def test_notes_are_few_and_each_is_given_once() -> None:
    notes = ask(" ".join(f"dopo:x{n % 50}" for n in range(150))).notes
    assert len(notes) == len(set(notes)) == 10


@pytest.mark.parametrize(
    ("text", "quotes", "dates", "author"),
    [
        ("a b", False, False, False),
        ('"a b"', True, False, False),
        ('c (d O "a b")', True, False, False),
        ('a -"b c"', False, False, False),
        ('sezione:"A / B"', False, False, False),
        ("a dopo:2024", False, True, False),
        ("a -dopo:2024", False, False, False),
        ("dopo:pippo", False, False, False),
        ('autore:"Mario Rossi"', False, False, True),
        ("autore:ros* a", False, False, True),
        ("a -autore:Rossi", False, False, False),
    ],
)
def test_what_turns_freshness_off_is_told(text: str, quotes: bool, dates: bool, author: bool) -> None:
    understood = ask(text)
    assert (understood.has_quotes, understood.has_dates, understood.has_author) == (quotes, dates, author)


def test_only_so_many_words_are_looked_at() -> None:
    tree = ask(" ".join(f"parola{n}" for n in range(MAX_WORDS + 50))).tree
    assert isinstance(tree, And)
    assert [term.text for term in query.leaves(tree) if isinstance(term, query.Term)] == [
        f"parola{n}" for n in range(MAX_WORDS)
    ]


def test_many_blanks_are_no_question() -> None:
    assert ask(" " * 5_000).tree == query.Every()


def test_only_so_many_words_are_sought_by_similarity() -> None:
    tree = ask(
        " ".join([*(f"parola{n}~2" for n in range(8)), "-(alfa~ beta~ gamma~)", "delta~2", "sezione:zeta~"])
    ).tree
    leaves = [node for node in nodes(tree) if isinstance(node, query.Term | query.FuzzyTerm)]
    assert [leaf.text for leaf in leaves if isinstance(leaf, query.FuzzyTerm)] == [
        *(f"parola{n}" for n in range(8)),
        *("alfa", "beta"),
    ]
    assert [leaf.text for leaf in leaves if isinstance(leaf, query.Term)] == ["gamma", "delta", "zeta"]


def test_a_fault_of_the_parser_leaves_the_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise NotImplementedError("Operator")

    monkeypatch.setattr(qparser.QueryParser, "parse", fail)
    with caplog.at_level(logging.ERROR):
        understood = ask('riforma ("delle pensioni")')
    assert understood.tree == words("riforma", "delle", "pensioni")
    assert "non è stato possibile leggere gli operatori: cercate solo le parole" in understood.notes
    assert [record.name for record in caplog.records] == ["emeroteca.search"]
    assert "riforma" not in caplog.text  # no log has what a reader asked


# --- laws ---------------------------------------------------------------------------------------------------------

PIECES = st.one_of(
    st.sampled_from(
        ["a", "b", "c", "riforma", "L\u2019Aquila", "AI", "e\u0301", "http://x.it/", "2024", "marzo", "ieri"]
    ),
    st.sampled_from(["E", "O", "AND", "OR", "NON", "NOT", "-", "+", "-a", "+b", "(", ")", "el*", "x~", "~2", "*", "~"]),
    st.sampled_from(
        ["titolo:", "sezione:", "autore:", "dopo:", "prima:", "data:", "31/02/2024", "[2023 TO 2024]", "["]
    ),
    st.sampled_from(
        ['"', "«", "»", "\u201c", "\u201d", '"~3', ":", "TO", "A", "]", "\\", "^2", "{", "?", "&&", "||", "'"]
    ),
    st.sampled_from(["\x00", "\ud800", "\u202e", "\u2028", "\u00ad"]),
)
TYPED = st.text() | st.builds(
    lambda pieces, joint: joint.join(pieces), st.lists(PIECES, max_size=25), st.sampled_from(["", " "])
)
NASTY = [
    "(" * 5_000,
    "(" * 5_000 + "a" + ")" * 5_000,
    "-(" * 2_000,
    " ( " * 2_000,
    " -( " * 150 + "a" + " ) " * 150,
    "a" * 10_000,
    '"' * 9_999,
    ' " ' * 199,
    "\u201c " * 150,
    "*" * 10_000,
    "~" * 10_000,
    "NON " * 2_000,
    "a O " * 2_000,
    "titolo:" * 1_000,
    "titolo: " * 150,
    "dopo:x " * 1_500,
    "data:[" * 1_000,
    "data:[" + "a " * 1_000,
    '"a"~' + "9" * 5_000,
    "a~" + "9" * 5_000,
    "dopo:" + "9" * 5_000,
    "dopo:ultimi 9999 anni",
    "data:[2024 TO",
    "a:b:c",
    "".join(map(chr, range(32))),
    "".join(map(chr, range(0xD800, 0xD900))),
    "\ufffe\uffff",
    "l'" * 100,
    "((a O b) E (c O (d E (e O (f E g))))) " * 10,
    "OR AND NOT",
    "'; DROP TABLE articles; --",
    "%00%0a",
    "<script>alert(1)</script>",
]


def nodes(tree: Any) -> Iterator[Any]:
    yield tree
    for child in [tree.query] if isinstance(tree, Not) else tree if isinstance(tree, And | Or) else ():
        yield from nodes(child)


def check_form(understood: Understood) -> None:
    """The promises of ``Understood.tree`` to whoever walks it."""
    tree = understood.tree
    if tree == query.Every() or tree == query.Nothing():
        return
    for node in nodes(tree):
        match node:
            case query.And() | query.Or():
                assert type(node) in (And, Or)
                assert len(list(node)) > 1
                assert not any(type(child) is type(node) for child in node)
            case query.Not():
                assert not isinstance(node.query, Not)
            case query.Phrase():
                assert node.fieldname in {"text", "title", "lead", "body"}
                assert node.words
                assert all(any(char.isalnum() for char in word) for word in node.words)
                assert 1 <= node.slop <= 100
            case query.Days():
                assert node.days != DateRange()
                assert not node.days.is_empty
            case _:
                assert type(node) in (query.Term, query.Prefix, query.FuzzyTerm)
                assert node.fieldname in {"text", *FIELDS.values()}
                assert any(char.isalnum() for char in node.text)
                assert unicodedata.is_normalized("NFC", node.text)
                node.text.encode()
                if type(node) is query.FuzzyTerm:
                    assert node.maxdist in (1, 2)


@pytest.mark.parametrize("any_word", [False, True])
@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text[:20]))
def test_nasty_questions_are_understood(text: str, any_word: bool) -> None:
    understood = ask(text, any_word=any_word)
    check_form(understood)
    assert len(understood.notes) <= 10


@given(TYPED, st.booleans())
def test_anything_typed_is_understood_without_a_fault_and_alike_each_time(text: str, any_word: bool) -> None:
    understood = ask(text, any_word=any_word)
    check_form(understood)
    assert not any("operatori" in note for note in understood.notes), "the parser failed and was contained"
    assert repr(ask(text, any_word=any_word)) == repr(understood)


@given(TYPED)
def test_every_word_and_value_is_said(text: str) -> None:
    understood = ask(text)
    for node in nodes(understood.tree):
        if isinstance(node, query.Term | query.Prefix | query.FuzzyTerm) and len(node.text) <= 60:
            assert node.text in understood.words or is_stop_word(node.text)


@given(st.lists(st.from_regex(r"[a-zà-öù]{1,9}", fullmatch=True), min_size=1, max_size=9))
def test_plain_words_stay_as_typed_and_in_order(texts: list[str]) -> None:
    terms = [t(text) for text in dict.fromkeys(unicodedata.normalize("NFC", text) for text in texts)]
    assert ask(" ".join(texts)).tree == (And(terms) if len(terms) > 1 else terms[0])


_WORDS = ("riforma", "città", "3D", "e", "NIS2", "l'economia", "dell’", "e-mail", "C++", "3,5%", "mario@rossi.it", "&")


@given(
    st.lists(
        st.sampled_from(
            [*_WORDS, "E", "OR", "NON", "-a", "--a", "+a", "-", "b*", '"c d"', "d:", "(e", "f~", "http://x.it"]
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_plain_words_are_read_as_the_parser_reads_them(pieces: list[str], any_word: bool) -> None:
    text = clean(" ".join(pieces), [])
    tree = plain_words(text, any_word=any_word)
    is_plain = bool(pieces) and set(_WORDS).issuperset(pieces)
    assert (tree is not None) == is_plain
    if tree is not None:
        parsed = parse(text, [], today=TODAY, any_word=any_word)
        assert tree == parsed
        typed_at = [[leaf.startchar for leaf in query.leaves(one)] for one in (tree, parsed)]  # type: ignore[union-attr]  # all are words
        assert typed_at[0] == typed_at[1]


def holds(tree: Any, article: frozenset[str]) -> bool:
    """Whether a tree finds an article that is a set of words; days and values are words like all others."""
    if isinstance(tree, And):
        return all(holds(child, article) for child in tree)
    if isinstance(tree, Or):
        return any(holds(child, article) for child in tree)
    if isinstance(tree, Not):
        return not holds(tree.query, article)
    return isinstance(tree, query.Every) or repr(tree) in article


@given(TYPED, st.randoms(use_true_random=False))
def test_any_word_finds_all_that_every_word_finds(text: str, random: Any) -> None:
    strict, loose = ask(text).tree, ask(text, any_word=True).tree
    leaves = sorted({repr(node) for node in nodes(strict)} | {repr(node) for node in nodes(loose)})
    for _ in range(10):
        article = frozenset(leaf for leaf in leaves if random.random() < 0.5)
        assert holds(loose, article) or not holds(strict, article)


@given(TYPED)
def test_cleaned_text_keeps_its_promises(text: str) -> None:
    notes: list[str] = []
    cleaned = clean(text, notes)
    assert cleaned.count('"') % 2 == 0
    outside = "".join(cleaned.split('"')[::2])
    depth = 0
    for char in outside:
        depth += (char == "(") - (char == ")")
        assert 0 <= depth <= MAX_DEPTH
    assert depth == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PERCHÉ NON BASTA L'ANTIVIRUS", ["PERCHÉ", "non", "BASTA", "L'ANTIVIRUS"]),
        ("PHISHING O SMISHING", ["PHISHING", "o", "SMISHING"]),
    ],
)
def test_a_title_in_capitals_has_no_operators(text: str, words: list[str]) -> None:
    tree = understand(text, today=TODAY).tree
    assert isinstance(tree, query.And)
    assert [leaf.text for leaf in tree if isinstance(leaf, query.Term)] == words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GDPR OR DORA", "GDPR oppure DORA"),
        ("NIS2 NON DORA", "NIS2, senza DORA"),
        ("PHISHING NOT RANSOMWARE", "PHISHING, senza RANSOMWARE"),
    ],
)
def test_acronyms_alone_and_english_operators_are_no_title(text: str, told: str) -> None:
    assert understand(text, today=TODAY).words == told
