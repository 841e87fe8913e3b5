"""The lists that editors keep: what a line says, what is wrong with one, and when a change takes effect."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from archives import build_archive
from wordbook import own_lists

from index.article import Article
from index.generation import DataFolder
from search import open_archive
from search.lists import NAMES_FILE, SYNONYMS_FILE, ListsOfFolder, Synonym

ARTICLES = [
    Article(article_id="full", title="Zeta", body="Lo decide l’Unione europea."),
    Article(article_id="short", title="Zeta", body="Lo decide la UE."),
    Article(article_id="fruit", title="Zeta", body="Un cesto di zucche e di un melone."),
    Article(article_id="person", title="Zeta", body="Parla Carlo Zucca, assessore."),
    Article(article_id="firm", title="Zeta", body="Cresce Alfa Beta Gamma di Milano."),
    Article(article_id="nick", title="Zeta", body="Cresce il gruppo ABG di Milano."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_archive(tmp_path / "archive", ARTICLES)


def found(folder: Path, question: str) -> set[str]:
    """Ids of the articles that a question finds as asked."""
    with open_archive(folder) as archive:
        return {hit.article.article_id for hit in archive.search(question, widen=False).hits}


def synonyms_of(folder: Path, text: str) -> tuple[Synonym, ...]:
    """The synonyms of a list in the data folder, those of the program left out."""
    (folder / SYNONYMS_FILE).write_text(text, encoding="utf-8")
    return tuple(one for one in ListsOfFolder(folder).current().synonyms if one not in own_lists().synonyms)


def test_the_lists_of_the_program_have_no_faults() -> None:
    lists = own_lists()
    assert lists.faults == ()
    assert len(lists.synonyms) > 100
    assert {"Meloni", "Dell", "Nato"} <= lists.names


def test_a_line_with_equals_works_in_every_direction(tmp_path: Path) -> None:
    pairs = {(one.typed, one.sought) for one in synonyms_of(tmp_path, "ABG = Alfa Beta Gamma = abigi\n")}
    assert len(pairs) == 6
    assert (("Alfa", "Beta", "Gamma"), ("abigi",)) in pairs


def test_a_line_with_an_arrow_works_one_way(tmp_path: Path) -> None:
    assert synonyms_of(tmp_path, "ABG > Alfa Beta Gamma\n") == (
        Synonym(typed=("ABG",), sought=("Alfa", "Beta", "Gamma")),
    )


def test_comments_and_blank_lines_are_skipped_and_the_sign_of_a_language_is_none(tmp_path: Path) -> None:
    found = synonyms_of(tmp_path, "# una nota\n\nC# = C sharp # un linguaggio\n")
    assert {one.typed for one in found} == {("C#",), ("C", "sharp")}


def test_a_line_with_a_minus_takes_out_the_lines_above(tmp_path: Path) -> None:
    (tmp_path / SYNONYMS_FILE).write_text("- UE\n", encoding="utf-8")
    kept = ListsOfFolder(tmp_path).current().synonyms
    assert all(("UE",) not in (one.typed, one.sought) for one in kept)
    assert len(kept) > 100


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        (SYNONYMS_FILE, "una riga sola", "is not a line of synonyms"),
        (SYNONYMS_FILE, "a = ", "is not a line of synonyms"),
        (SYNONYMS_FILE, "a > b = c", "is not a line of synonyms"),
        (SYNONYMS_FILE, "a = " + "b " * 11, "more than 10 words"),
        (SYNONYMS_FILE, "- parola mai vista", "no line above has"),
        (NAMES_FILE, "due Parole", "is not one word with a capital"),
        (NAMES_FILE, "piccolo", "is not one word with a capital"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_stands(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, line: str, told: str
) -> None:
    good = {SYNONYMS_FILE: "ABG = Alfa Beta Gamma", NAMES_FILE: "Zucca"}[name]
    (tmp_path / name).write_text(f"{good}\n{line}\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        lists = ListsOfFolder(tmp_path).current()
    assert len(lists.faults) == 1
    assert f"{tmp_path / name}:2: " in lists.faults[0]
    assert told in lists.faults[0]
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("emeroteca.search", f"list: {lists.faults[0]}")
    ]
    assert "Zucca" in lists.names or any(one.typed == ("ABG",) for one in lists.synonyms)


def test_a_list_that_is_no_text_is_told_and_left_out(tmp_path: Path) -> None:
    (tmp_path / SYNONYMS_FILE).write_bytes(b"\xff\xfe\x00")
    lists = ListsOfFolder(tmp_path).current()
    assert len(lists.faults) == 1
    assert "save it as UTF-8" in lists.faults[0]
    assert lists.synonyms == own_lists().synonyms


def test_synonyms_find_in_both_directions_and_keep_their_capitals(folder: Path) -> None:
    assert found(folder, "UE") == {"full", "short"}
    assert found(folder, "unione europea") == {"full", "short"}
    assert found(folder, "ue") == {"short"}


def test_quotes_seek_no_synonym(folder: Path) -> None:
    assert found(folder, '"unione europea"') == {"full"}
    assert found(folder, '"UE"') == {"short"}


def test_an_edited_list_takes_effect_at_the_next_search_without_a_commit(folder: Path) -> None:
    with open_archive(folder) as archive:
        generation = archive.snapshot.generation

        def ids(question: str) -> set[str]:
            return {hit.article.article_id for hit in archive.search(question, widen=False).hits}

        assert ids("ABG") == {"nick"}
        assert ids("zucca") == {"fruit", "person"}
        (folder / SYNONYMS_FILE).write_text("ABG = Alfa Beta Gamma\n", encoding="utf-8")
        assert ids("ABG") == {"nick", "firm"}
        assert ids("alfa beta gamma") == {"nick", "firm"}
        (folder / SYNONYMS_FILE).unlink()
        assert ids("ABG") == {"nick"}
        assert archive.snapshot.generation == generation
    assert DataFolder(folder).current_generation() == generation


def test_a_name_is_found_by_itself_and_not_by_the_word_it_looks_like(folder: Path) -> None:
    (folder / NAMES_FILE).write_text("Zucca\n", encoding="utf-8")
    assert found(folder, "zucche") == {"fruit"}
    assert found(folder, "zucca") == {"fruit", "person"}
    (folder / NAMES_FILE).write_text("- Zucca\n", encoding="utf-8")
    assert found(folder, "zucche") == {"fruit", "person"}


def test_a_list_of_the_same_size_and_another_time_is_read_again(folder: Path) -> None:
    lists = ListsOfFolder(folder)
    path = folder / NAMES_FILE
    path.write_text("Zucca\n", encoding="utf-8")
    assert "Zucca" in lists.current().names
    path.write_text("Zucco\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert "Zucco" in lists.current().names
    assert lists.current() is lists.current()


def test_a_line_of_very_many_synonyms_is_told_and_left_out(tmp_path: Path) -> None:
    (tmp_path / SYNONYMS_FILE).write_text(" = ".join(map(str, range(51))) + "\nAlfa = Beta\n", encoding="utf-8")
    lists = ListsOfFolder(tmp_path).current()
    [fault] = lists.faults
    assert "synonyms.txt:1: the line has 51 synonyms; allowed: up to 50" in fault
    assert Synonym(typed=("Alfa",), sought=("Beta",)) in lists.synonyms


def test_a_line_may_come_again_below_the_one_that_took_it_out(tmp_path: Path) -> None:
    assert len(synonyms_of(tmp_path, "Alfa = Beta\nAlfa = Gamma\n- Alfa\nBeta = Alfa\n")) == 2


def test_of_many_faults_the_first_are_told_and_the_others_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAMES_FILE).write_text("minuscola\n" * 50, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert len(ListsOfFolder(tmp_path).current().faults) == 50
    assert len(caplog.messages) == 21
    assert "30 more lines were left out" in caplog.messages[-1]
