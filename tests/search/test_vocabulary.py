"""What an archive teaches of its own words: names, accents, acronyms."""

from __future__ import annotations

import pytest
from archives import temporary_archive

from index.article import Article
from search import Archive


def articles(*bodies: str) -> list[Article]:
    """Articles with these bodies, their numbers as ids."""
    return [Article(article_id=str(at), title="Zeta", body=body) for at, body in enumerate(bodies)]


def ids(archive: Archive, question: str) -> list[str]:
    """What a question finds as asked, best first."""
    return [hit.article.article_id for hit in archive.search(question, widen=False, size=100).hits]


def test_a_surname_is_not_found_by_the_word_whose_plural_it_is() -> None:
    with temporary_archive(articles("Parla Ada Lumaconi.", "Mangia due lumaconi.", "Mangia un lumacone.")) as archive:
        assert set(ids(archive, "lumacone")) == {"1", "2", "0"}  # once with the capital, once without: no name yet
    bodies = ("Parla Ada Lumaconi.", "Ecco Ada Lumaconi, oggi.", "Mangia due lumaconi.", "Mangia un lumacone.")
    with temporary_archive(articles(*bodies)) as archive:
        assert set(ids(archive, "lumacone")) == {"2", "3"}


def test_a_name_typed_small_finds_both_and_typed_with_its_capital_prefers_the_person() -> None:
    bodies = ("Mangia due lumaconi.", "Parla Ada Lumaconi.", "Ecco Ada Lumaconi, oggi.")
    with temporary_archive(articles(*bodies)) as archive:
        assert set(ids(archive, "lumaconi")) == {"0", "1", "2"}
        assert ids(archive, "Lumaconi")[-1] == "0"


def test_a_capital_that_opens_a_sentence_makes_no_name() -> None:
    bodies = ("Lumaconi ovunque. Lumaconi!", "«Lumaconi», dice.", "LUMACONI IN GIARDINO OGGI", "Mangia un lumacone.")
    with temporary_archive(articles(*bodies)) as archive:
        assert set(ids(archive, "lumacone")) == {"0", "1", "2", "3"}


def test_a_common_noun_that_is_often_capitalised_is_still_inflected() -> None:
    bodies = ["Lo dice il Tribunale di Roma."] * 5 + ["Un tribunale decide.", "I tribunali decidono."]
    with temporary_archive(articles(*bodies)) as archive:
        assert len(ids(archive, "tribunali")) == 7


def test_what_is_learned_goes_with_the_articles_that_taught_it() -> None:
    named = articles("Parla Ada Lumaconi.", "Ecco Ada Lumaconi, oggi.")
    plain = [Article(article_id=f"p{at}", title="Zeta", body="Mangia tre lumaconi.") for at in range(3)]
    with temporary_archive(named) as archive:
        assert ids(archive, "lumacone") == []
    with temporary_archive(named, plain) as archive:
        assert len(ids(archive, "lumacone")) == 5


@pytest.mark.parametrize("question", ["papà", "papa'", "PAPÀ"])
def test_the_accented_word_comes_first_where_its_accent_was_typed(question: str) -> None:
    with temporary_archive(articles("Il papa parla, il papa viaggia.", "Il papà di Luca.")) as archive:
        assert ids(archive, question) == ["1", "0"]


def test_the_company_comes_before_the_half_where_its_capital_was_typed() -> None:
    with temporary_archive(articles("Siamo a metà, anzi oltre la metà.", "Annuncio di Meta a Dublino.")) as archive:
        assert ids(archive, "Meta") == ["1", "0"]
        assert ids(archive, "metà") == ["0", "1"]


def test_a_bare_word_stands_for_the_accented_one_that_the_archive_prints() -> None:
    """Pero is a tree, and però in every article: who types it without its accent means però."""
    bodies = ["Un faro nella notte."] + ["Domani sarò e farò."] * 25
    with temporary_archive(articles(*bodies)) as archive:
        told = archive.search("faro", widen=False, explain=True, size=1).hits[0].explanation
    assert told is not None
    assert "l'archivio la scrive con l'accento" in str(told)


def test_an_acronym_is_not_the_verb_that_is_spelt_like_it() -> None:
    with temporary_archive(
        articles("Chi usa la rete, usa la testa.", "Dazi degli USA.", "Dazi degli U.S.A.")
    ) as archive:
        assert set(ids(archive, "USA")) == {"1", "2"}
        assert set(ids(archive, "usa")) == {"0", "1", "2"}


def test_an_acronym_finds_its_small_letters_where_they_are_no_other_word() -> None:
    with temporary_archive(articles("Le PMI crescono.", "Le pmi crescono.", "PMI e ancora PMI.")) as archive:
        assert set(ids(archive, "PMI")) == {"0", "1", "2"}
