"""Other ways to print what was typed: synonyms, dates, letters and digits, compounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import build_archive, temporary_archive

from index.article import Article
from search import Archive, open_archive
from search.lists import SYNONYMS_FILE


def ids(archive: Archive, question: str, **asked: bool) -> set[str]:
    """What a question finds as asked."""
    page = archive.search(question, widen=False, size=100, any=asked.get("any", False))
    return {hit.article.article_id for hit in page.hits}


BODIES = {
    "nis2": "La direttiva NIS2 entra in vigore.",
    "nis 2": "La direttiva NIS 2 entra in vigore.",
    "nis-2": "La direttiva NIS-2 entra in vigore.",
    "figures": "Approvata il 13/03/2026 a Roma.",
    "words": "Approvata il 13 marzo 2026 a Roma.",
    "first": "Approvata il 1º marzo 2026 a Roma.",
    "hyphen": "Una start-up di Roma.",
    "apart": "Una start up di Roma.",
    "joined": "Una startup di Roma.",
    "percent": "Sale del 3,5% a Roma.",
    "per cento": "Sale del 3,5 per cento a Roma.",
    "pmi": "Le PMI di Milano.",
    "full": "Le piccole e medie imprese di Milano.",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    articles = [Article(article_id=name, title="Zeta", body=body) for name, body in BODIES.items()]
    with temporary_archive(articles) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("NIS2", {"nis2", "nis 2", "nis-2"}),
        ("NIS 2", {"nis2", "nis 2", "nis-2"}),
        ("nis-2", {"nis2", "nis 2", "nis-2"}),
        ("NIS1", set()),
        ("13/03/2026", {"figures", "words"}),
        ("13 marzo 2026", {"figures", "words"}),
        ("13-3-2026", {"figures", "words"}),
        ("1 marzo 2026", {"first"}),
        ("2026-13-01", set()),
        ("2026-00-13", set()),
        ("٢٠٢٦-١٣-٠١", set()),
        ("start-up", {"hyphen", "apart", "joined"}),
        ("start up", {"hyphen", "apart", "joined"}),
        ("startup", {"hyphen", "apart", "joined"}),
        ("3,5%", {"percent", "per cento"}),
        ("3,5 per cento", {"percent", "per cento"}),
        ("35%", set()),
        ("PMI", {"pmi", "full"}),
        ("piccole e medie imprese", {"pmi", "full"}),
        ("piccola e media impresa", {"pmi", "full"}),
        ("PMI Roma", set()),
        ("imprese medie e piccole", {"full"}),
        ('"piccole e medie imprese"', {"full"}),
        ("titolo:PMI", set()),
        ("NON PMI milano", {"full"} - {"full"}),
    ],
)
def test_it_is_found_however_it_is_printed(archive: Archive, question: str, found: set[str]) -> None:
    assert ids(archive, question) == found


PRINTS = {
    **{f"brand {number}": "Il modello di OpenAI cresce." for number in range(3)},
    "lost blank": "Gli utentiApple di ieri.",
    "blank": "Gli utenti di Apple, e gli utenti Apple.",
    "G7": "Il G7 di ieri.",
    "brand apart": "Il modello di open ai cresce.",
    **{f"open {number}": "Un modello open cresce." for number in range(6)},
    **{f"seam {number}": "Venduti nel DarkWeb ieri." for number in range(3)},
    "dark web": "Venduti nel dark web ieri.",
    **{f"firewall {number}": "Un firewall da aggiornare." for number in range(3)},
    "once": "Il capolavoro di ieri.",
    "work": "Il capo parla di lavoro.",
    "form": "Il direttore informa tutti.",
    "in figures": "Accesso con 2 fattori.",
    "in words": "Accesso con due fattori.",
    "apart from it": "Due accessi, fattori ignoti.",
    "LinkedIn": "Un profilo su LinkedIn.",
    "no-code": "Uno strumento no-code.",
    "code code": "Un code e un altro code.",
    "6 mesi": "Rinviato di 6 mesi.",
    "sei mesi": "Rinviato di sei mesi.",
    "mesi": "Sei qui da mesi e mesi.",
    "5G": "Le reti 5G di domani.",
    "4.0": "Industria 4.0 in crescita.",
    "5 e": "Un 5 e un G, 4 e 0.",
    **{f"2FA {number}": "Codici per la 2FA." for number in range(3)},
    **{f"NIS2 {number}": "Le regole NIS2." for number in range(3)},
    "articolo 32": "Violato un articolo 32.",
    "art. 32": "Violato un art. 32.",
    "Wi-Fi 7": "Un router Wi-Fi 7.",
    "anni": "Rinviato di tre anni e 6 giorni, ecco.",
}


BRANDS, SEAMS, OPENS = ({one for one in PRINTS if one.startswith(begin)} for begin in ("brand ", "seam ", "open "))
BRANDS.discard("brand apart")


@pytest.fixture(scope="module")
def prints() -> Iterator[Archive]:
    articles = [Article(article_id=name, title="Zeta", body=body) for name, body in PRINTS.items()]
    with temporary_archive(articles) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("modello open ai", {*BRANDS, "brand apart", *OPENS}),
        ("openai", {*BRANDS, "brand apart"}),
        ("OPENAI", BRANDS),
        ("dark web", {*SEAMS, "dark web"}),
        ("darkweb", {*SEAMS, "dark web"}),
        ("fire wall", {f"firewall {number}" for number in range(3)}),
        ("capo lavoro", {"work"}),
        ("in forma", set()),
        ("2 fattori", {"in figures", "in words"}),
        ("due fattori", {"in figures", "in words", "apart from it"}),
        ("tre fattori", set()),
        ('"open ai"', {"brand apart"}),
        ("linked", set()),
        ("utenti apple", {"blank"}),
        ("g 7", {"G7"}),
        ("no code", {"no-code", "code code"}),
        ("5 g", {"5G", "5 e"}),
        ("5 G", {"5G", "5 e"}),
        ("5 e", {"5 e"}),
        ("articolo 32 violato", {"articolo 32", "art. 32"}),
        ("violato art. 32", {"articolo 32", "art. 32"}),
        ("violato art", {"art. 32"}),
        ("2 fa codici", {"2FA 0", "2FA 1", "2FA 2"}),
        ("codici 3 fa", set()),
        ("regole nis due", {"NIS2 0", "NIS2 1", "NIS2 2"}),
        ("wifi7", {"Wi-Fi 7"}),
        ("industria 4 0", {"4.0"}),
        ("6 mesi", {"6 mesi", "sei mesi"}),
    ],
)
def test_words_are_found_joined_and_apart_as_the_archive_prints_them(
    prints: Archive, question: str, found: set[str]
) -> None:
    assert ids(prints, question) == found


def order(archive: Archive, question: str) -> list[str]:
    return [hit.article.article_id for hit in archive.search(question, widen=False).hits]


def test_the_brand_comes_before_what_has_one_of_its_words(prints: Archive) -> None:
    assert set(order(prints, "open ai")[:4]) == {*BRANDS, "brand apart"}
    assert order(prints, "no code") == ["no-code", "code code"]


def test_a_number_comes_first_as_it_was_typed(prints: Archive) -> None:
    assert order(prints, "sei mesi") == ["sei mesi", "6 mesi", "mesi"]
    assert order(prints, "6 mesi") == ["6 mesi", "sei mesi"]


def test_among_any_words_another_way_counts_as_well(archive: Archive) -> None:
    assert ids(archive, "PMI startup", any=True) == {"pmi", "full", "hyphen", "apart", "joined"}


def test_what_was_typed_comes_before_another_way_to_say_it(archive: Archive) -> None:
    hits = archive.search("PMI", widen=False).hits
    assert [hit.article.article_id for hit in hits] == ["pmi", "full"]


def test_the_words_of_another_way_are_marked(archive: Archive) -> None:
    (hit,) = [hit for hit in archive.search("PMI", widen=False).hits if hit.article.article_id == "full"]
    marked = [hit.snippet.text[start:end] for start, end in hit.snippet.highlights]
    assert marked == ["piccole", "medie", "imprese"]


def test_small_letters_are_an_acronym_only_when_a_question_is_widened(archive: Archive) -> None:
    assert ids(archive, "pmi") == {"pmi"}
    widened = archive.search("pmi")
    assert widened.widened == "stem"
    assert {hit.article.article_id for hit in widened.hits} == {"pmi", "full"}


def test_a_function_word_is_no_way_to_say_anything(tmp_path: Path) -> None:
    articles = [
        Article(article_id="boss", title="Zeta", body="Il nuovo AD di Alfa."),
        Article(article_id="friend", title="Zeta", body="Lo dice ad un amico."),
    ]
    with temporary_archive(articles) as archive:
        assert ids(archive, "amministratore delegato") == {"boss"}
        assert ids(archive, "CEO") == {"boss"}
    folder = build_archive(tmp_path / "archive", articles)
    (folder / SYNONYMS_FILE).write_text("amico = ad\n", encoding="utf-8")
    with open_archive(folder) as archive:
        assert ids(archive, "amico") == {"friend"}


def test_what_is_seldom_printed_apart_does_not_come_before_what_was_typed() -> None:
    articles = [
        Article(article_id="typed", title="Creare testi con ChatGPT", body="Si scrive con ChatGPT ogni giorno."),
        Article(article_id="both", title="Un altro testo", body="Si parla di ChatGPT, o Chat GPT, e di altro ancora."),
        *(Article(article_id=str(at), title="Notizia", body="Si usa ChatGPT e poi basta.") for at in range(9)),
        *(Article(article_id=f"other {at}", title="Notizia", body="Si parla di altre cose.") for at in range(9)),
    ]
    with temporary_archive(articles) as archive:
        assert archive.search("chatgpt").hits[0].article.article_id == "typed"
