"""The desk: who told a draft already, which words may carry a link, and where such news is filed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest
from archives import temporary_archive
from hypothesis import given
from newsroom import newsrooms, texts
from newsstand import demo_articles
from storyline import STORYLINE

from index.article import Article
from search import Archive, InvalidDraft, InvalidParameter
from search.desk import DraftReport
from search.telling import Reader, Tokens

FILED = [
    replace(
        article,
        section=("Tecnologia", "Intelligenza artificiale") if article.body and "addestra" in article.body else (),
        tags=("Brennerlab", "diritto d'autore") if article.article_id in ("causa", "arrivo") else (),
    )
    for article in STORYLINE
]
NEW_STEP = (
    "Brennerlab ricorre in appello: Stambecco resta in linea\n"
    "Il laboratorio di Bressanone diretto da Agnese Rautner ha presentato ricorso contro gli editori. "
    "La decisione è attesa in autunno."
)
TODAY = date(2026, 3, 13)


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(FILED) as opened:
        yield opened


def test_a_new_step_has_background_and_no_predecessor(archive: Archive) -> None:
    report = archive.check_draft(NEW_STEP, now=TODAY)
    assert report.told == ()
    assert {hit.article.article_id for hit in report.background} >= {"annuncio", "arrivo", "causa"}


def test_what_was_told_is_named_with_its_sentences(archive: Archive) -> None:
    told = next(article for article in FILED if article.article_id == "causa")
    draft = f"Editori contro Brennerlab per i testi di Stambecco\n{told.body} Il tribunale di Trento deciderà."
    report = archive.check_draft(draft, now=TODAY)
    assert [one.article.article_id for one in report.told] == ["causa"]
    assert told.body in report.told[0].sentences
    assert "Il tribunale di Trento deciderà." not in report.told[0].sentences
    assert 0.5 <= report.told[0].shared < 1
    assert "causa" not in {hit.article.article_id for hit in report.background}


def test_the_very_same_text_is_told_in_full(archive: Archive) -> None:
    told = next(article for article in FILED if article.article_id == "arrivo")
    report = archive.check_draft(f"{told.title}\n{told.body}", now=TODAY)
    assert report.told[0].article.article_id == "arrivo"
    assert report.told[0].shared == pytest.approx(1)


def test_what_was_copied_out_of_the_middle_of_an_article_is_told() -> None:
    demo = demo_articles()
    about_author = "Chi scrive collabora con questa testata dal 2004, insegna a Camerino e ha curato sei antologie."
    parts = [article.body for article in demo[:60:10]]
    long = Article(article_id="long", title="Il quaderno della settimana", body="\n".join([*parts, about_author]))
    others = [replace(article, body=f"{article.body}\n{about_author}") for article in demo[61:]]
    with temporary_archive([long, *others]) as archive:
        for part in parts[2:]:
            report = archive.check_draft(f"{part}\n{about_author}", now=TODAY)
            assert [one.article.article_id for one in report.told] == ["long"]
            assert len(report.told[0].sentences) > 2
        half = (
            "Zenobia inaugura il ponte sul Piave, ricorda Ottavio Brambilla: cerimonia, banda, gelati, applausi, foto."
        )
        report = archive.check_draft(f"{half} {half.upper()}\n{parts[4]}", now=TODAY)
        assert [(one.article.article_id, one.shared < 0.5) for one in report.told] == [("long", True)]
        reworded = " ".join(sorted(parts[3].split()))
        assert archive.check_draft(reworded, now=TODAY).told == ()
        assert archive.check_draft(f"Una prova di cucina.\n{about_author}", now=TODAY).told == ()


def test_links_stand_in_the_draft_on_words_that_tell_where_they_lead(archive: Archive) -> None:
    report = archive.check_draft(NEW_STEP, now=TODAY)
    assert report.links
    for link in report.links:
        assert report.text[link.start : link.end] == link.anchor
        words = f"{link.article.title} {link.article.body} {' '.join(link.article.tags)}".casefold()
        assert link.anchor.casefold() in words
        assert link.anchor[0].isupper() or link.anchor in link.article.title.casefold()


@pytest.mark.parametrize(
    ("draft", "anchors"),
    [
        ("Il Forum Piave 4.0 apre: Zenobia e Tiberina presenti.", ["Forum Piave 4.0"]),
        ("Il Forum Piave 4.05 apre: Zenobia e Tiberina presenti.", ["Forum Piave"]),
        ("Al Forum: il Piave, Zenobia e Tiberina.", ["Piave"]),
        ("Apre un anti-Piave-bis: Zenobia, Tiberina, il forum.", []),
        ("Apre un forum: Zenobia e Tiberina presenti.", []),
        ("Apre un forum: Zenobia e la Nuova Tiberina presenti.", ["Nuova Tiberina"]),
    ],
)
def test_what_carries_a_link_is_whole_and_says_what_it_leads_to(draft: str, anchors: list[str]) -> None:
    told = Article(article_id="told", title="Apre il Forum Piave 4.0", body="Con Zenobia e la Nuova Tiberina.")
    others = [
        Article(article_id=str(at), title="Un forum", body="Si apre, presenti: ecco altro di un anno, 4.0 e altro.")
        for at in range(30)
    ]
    with temporary_archive([told, *others]) as archive:
        more = "Il sindaco Brambilla taglia il nastro con Gaspare Torvaldi, la banda suona, i gelati si sciolgono."
        report = archive.check_draft(f"{draft} {more}", now=TODAY)
        assert [link.anchor for link in report.links if link.article.article_id == "told"] == anchors


def test_sections_and_tags_come_with_their_support(archive: Archive) -> None:
    report = archive.check_draft(NEW_STEP, now=TODAY)
    assert [(one.value, one.support) for one in report.sections] == [("Tecnologia / Intelligenza artificiale", 2)]
    assert {(one.value, one.support) for one in report.tags} == {("Brennerlab", 2), ("diritto d'autore", 2)}


def test_a_draft_about_something_else_gets_an_empty_report(archive: Archive) -> None:
    draft = "La carrettiera: soffriggere aglio e peperoncino, unire gli spaghetti e il pecorino."
    assert archive.check_draft(draft) == DraftReport(text=draft, told=(), background=(), links=(), sections=(), tags=())


def test_what_is_no_draft_is_refused(archive: Archive) -> None:
    with pytest.raises(InvalidDraft, match="the draft is empty"):
        archive.check_draft("  ")
    with pytest.raises(InvalidParameter, match="size 0"):
        archive.check_draft(NEW_STEP, size=0)


def test_of_a_draft_of_ten_thousand_sentences_the_first_are_looked_at(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = next(article for article in FILED if article.article_id == "arrivo")
    read: list[int] = []
    plain = Reader.read

    def counting(reader: Reader, given: Sequence[str], *, most: int) -> Tokens:
        read.append(len(given))
        return plain(reader, given, most=most)

    monkeypatch.setattr(Reader, "read", counting)
    report = archive.check_draft(f"{told.title}\n{told.body}\n" + "Ma non con di per la. " * 3_000, now=TODAY)
    assert report.told
    assert 1 < max(read) <= 200


@given(articles=newsrooms(at_most=12), draft=texts(at_least=5, at_most=40))
def test_of_any_draft_links_are_its_own_words_and_do_not_overlap(articles: list[Article], draft: str) -> None:
    with temporary_archive(articles) as archive:
        try:
            report = archive.check_draft(draft, now=TODAY)
        except InvalidDraft:
            return
    ends = 0
    for link in report.links:
        assert ends <= link.start < link.end <= len(report.text)
        assert report.text[link.start : link.end] == link.anchor
        ends = link.end
    ids = [one.article.article_id for one in report.told] + [hit.article.article_id for hit in report.background]
    assert len(ids) == len(set(ids))
    assert all(0.5 <= one.shared <= 1 + 1e-9 for one in report.told)
