"""Related news: what is proposed and why, what never is, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from archives import temporary_archive
from storyline import STORYLINE

from index.article import Article
from index.snapshot import Snapshot
from search import Archive, InvalidDraft, InvalidParameter, RelatedNews, UnknownArticle, UnknownValue, telling
from search.errors import MAX_DRAFT_CHARS
from search.kernels import KernelName, load_kernels
from search.telling import Reader

TODAY = date(2026, 3, 13)


@pytest.fixture(scope="module")
def archive() -> Iterator[Archive]:
    with temporary_archive(STORYLINE) as opened:
        yield opened


def ids(news: RelatedNews) -> list[str]:
    return [hit.article.article_id for hit in news.hits]


def test_the_other_steps_of_the_story_are_found(archive: Archive) -> None:
    assert set(ids(archive.related(article_id="arrivo"))) == {"annuncio", "causa", "senza data"}


def test_reasons_are_shared_names_as_the_text_prints_them(archive: Archive) -> None:
    news = archive.related(article_id="arrivo")
    reasons = {hit.article.article_id: hit.reasons for hit in news.hits}
    assert "Agnese Rautner" in reasons["annuncio"]
    assert "Brennerlab" in reasons["annuncio"]
    assert "Stambecco" in reasons["annuncio"]
    assert "Agnese Rautner" in reasons["causa"]
    assert set(reasons["senza data"]) == {"Stambecco", "Brennerlab", "Rautner"}
    for hit in news.hits:
        text = f"{hit.article.title} {hit.article.body}".casefold()
        for reason in hit.reasons:
            assert all(word.casefold()[:5] in text for word in reason.split()), reason


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("Controlli dell'Agenzia delle Entrate su Zenobia.", {"Agenzia delle Entrate", "Zenobia"}),
        ("Controlli dell'Agenzia, e delle Entrate, su Zenobia.", {"Entrate", "Zenobia"}),
        ("Controlli di Zenobia delle Entrate sulla Agenzia.", {"Entrate", "Zenobia"}),
        ("Controlli dell'Agenzia Zenobia sulle Entrate.", {"Agenzia Zenobia", "Entrate"}),
    ],
)
def test_the_name_of_an_office_is_one_reason(draft: str, expected: set[str]) -> None:
    told = Article(article_id="told", title="Le carte", body="L'Agenzia delle Entrate indaga su Zenobia.")
    others = [Article(article_id=str(at), title="Altro", body=f"Una agenzia di viaggi numero {at}.") for at in range(9)]
    with temporary_archive([told, *others]) as archive:
        [hit] = archive.related(text=draft).hits
        assert {reason for reason in hit.reasons if reason[0].isupper()} == expected


def test_shared_words_are_marked(archive: Archive) -> None:
    [hit] = [hit for hit in archive.related(article_id="arrivo").hits if hit.article.article_id == "causa"]
    assert "<mark>Brennerlab</mark>" in hit.title.html()
    assert "<mark>Rautner</mark>" in hit.snippet.html()


def test_scores_are_positive_and_descending(archive: Archive) -> None:
    scores = [hit.score for hit in archive.related(article_id="annuncio").hits]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_a_draft_finds_its_background(archive: Archive) -> None:
    draft = "Brennerlab, secondo grado per Stambecco\nIl laboratorio di Agnese Rautner ricorre contro gli editori."
    news = archive.related(text=draft, now=TODAY)
    assert set(ids(news)) == {"annuncio", "arrivo", "causa", "senza data"}
    assert ids(news)[0] == "causa"
    assert news.now == TODAY


def test_what_the_archive_does_not_tell_finds_nothing(archive: Archive) -> None:
    draft = "Ricetta della carrettiera: soffriggere aglio e peperoncino, unire gli spaghetti e il pecorino grattugiato."
    assert ids(archive.related(text=draft)) == []
    assert ids(archive.related(article_id="fibra")) == []


def test_neither_the_article_nor_its_copy_is_related(archive: Archive) -> None:
    told = archive.article("arrivo")
    assert told is not None
    as_draft = archive.related(text=f"{told.title}\n{told.body}")
    assert set(ids(as_draft)) == {"annuncio", "causa", "senza data"}
    copy = Article(article_id="copia", title=told.title, body=told.body, site="Rete Sicura", published=date(2024, 5, 3))
    with temporary_archive([*STORYLINE, copy]) as with_copy:
        assert set(ids(with_copy.related(article_id="arrivo"))) == {"annuncio", "causa", "senza data"}


def test_a_common_family_name_is_not_a_fruit() -> None:
    fruit = [
        Article(article_id=f"frutta-{at}", title="Il melone al mercato", body=f"I meloni maturi costano {at} euro.")
        for at in range(6)
    ]
    person = [
        Article(article_id="vertice", title="Oggi il vertice", body="La presidente Meloni è arrivata a Bruxelles."),
        Article(article_id="bruxelles", title="Che cosa chiede Meloni", body="A Bruxelles la presidente Meloni media."),
    ]
    with temporary_archive([*fruit, *person]) as archive:
        assert ids(archive.related(article_id="vertice")) == ["bruxelles"]


def test_earlier_articles_only(archive: Archive) -> None:
    assert ids(archive.related(article_id="arrivo", earlier=True)) == ["annuncio"]
    assert ids(archive.related(article_id="annuncio", earlier=True)) == []
    draft = "Stambecco di Brennerlab cresce ancora"
    assert set(ids(archive.related(text=draft, earlier=True, now=date(2024, 5, 2)))) == {"annuncio"}


def test_only_articles_of_a_site(archive: Archive) -> None:
    assert ids(archive.related(article_id="arrivo", sites=["rete sicura"])) == ["causa"]


def test_the_nearer_in_time_comes_first_unless_told_otherwise() -> None:
    def telling(article_id: str, published: date) -> Article:
        return Article(article_id=article_id, title="Stambecco cresce", body="Brennerlab assume.", published=published)

    near, far = telling("vicino", date(2024, 1, 5)), telling("a lontano", date(2014, 1, 5))
    about = Article(article_id="qui", title="Stambecco in Brennerlab", body="Nuovi uffici.", published=date(2024, 1, 1))
    with temporary_archive([near, far, about, *STORYLINE[9:]]) as archive:
        fresh, timeless = (archive.related(article_id="qui", fresh=fresh).hits for fresh in (True, False))
    assert [hit.article.article_id for hit in fresh] == ["vicino", "a lontano"]
    assert fresh[0].score > fresh[1].score
    assert timeless[0].score == timeless[1].score  # then the newer one first, as everywhere


def test_size_is_how_many_at_most(archive: Archive) -> None:
    whole = ids(archive.related(article_id="arrivo"))
    assert ids(archive.related(article_id="arrivo", size=1)) == whole[:1]
    assert ids(archive.related(article_id="arrivo", size=2)) == whole[:2]


def test_what_every_article_of_the_site_ends_with_is_no_relation() -> None:
    footer = "Iscriviti alla lettera del Bollettino Fienile, curata da Ilario Trebbi."
    subjects = ["il varco del porto", "la fibra nelle valli", "i droni sui vigneti", "le rondini del cortile"] * 8
    frame = [
        Article(article_id=f"n{at}", title=f"{about} {at}", body=f"Parliamo oggi di {about}. {footer}", site="Fienile")
        for at, about in enumerate(subjects)
    ]
    with temporary_archive([*frame, *STORYLINE]) as archive:
        reasons = {reason for hit in archive.related(article_id="n0", size=20).hits for reason in hit.reasons}
        related = set(ids(archive.related(article_id="n0", size=20)))
    assert not {"Ilario Trebbi", "Bollettino Fienile"} & reasons
    assert related <= {f"n{at}" for at in range(4, 32, 4)} | {"porto"}


@pytest.mark.parametrize(
    ("text", "fault", "said"),
    [
        ("", "empty", "the draft is empty; allowed: a text of some words"),
        (" \n\t ", "empty", "the draft is empty"),
        ("… — !", "empty", "the draft is empty"),
        ("parola " * 300_000, "long", f"the draft has 2,100,000 characters; allowed: up to {MAX_DRAFT_CHARS:,}"),
        ("testo\x00con uno zero", "binary", "the draft is not plain text"),
        ("testo\ud800", "binary", "the draft is not plain text"),
        (
            "The laboratory said on Monday that it would appeal, since its model had been trained on public texts only",
            "foreign",
            "the draft does not seem to be Italian; allowed: a text in Italian",
        ),
    ],
)
def test_a_draft_that_nothing_can_be_said_of_is_refused(archive: Archive, text: str, fault: str, said: str) -> None:
    with pytest.raises(InvalidDraft) as refused:
        archive.related(text=text)
    assert refused.value.fault == fault
    assert said in str(refused.value)


def test_a_stray_control_does_not_make_a_draft_a_file(archive: Archive) -> None:
    assert "annuncio" in ids(archive.related(text="Brennerlab e Stambecco\x92s di Agnese Rautner a Bressanone"))


def test_a_few_foreign_names_are_no_foreign_draft(archive: Archive) -> None:
    assert "annuncio" in ids(archive.related(text="Brennerlab Stambecco open source release"))


def test_what_is_asked_wrongly_is_told(archive: Archive) -> None:
    with pytest.raises(UnknownArticle, match="article 'nessuno' is not in the archive"):
        archive.related(article_id="nessuno")
    with pytest.raises(UnknownValue, match="site 'Nessuna' is unknown"):
        archive.related(article_id="arrivo", sites=["Nessuna"])
    for arguments in ({}, {"article_id": "arrivo", "text": "bozza"}):
        with pytest.raises(InvalidParameter, match="allowed: one of the two"):
            archive.related(**arguments)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="size 0 is not allowed"):
        archive.related(article_id="arrivo", size=0)
    with pytest.raises(InvalidParameter, match="article_id 5 is not allowed"):
        archive.related(article_id=5)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="now '2025-01-01' is not allowed"):
        archive.related(article_id="arrivo", now="2025-01-01")  # type: ignore[arg-type]


@pytest.mark.parametrize("before", ["- " * 500, "— … " * 300, "   \n \n" * 200, "x" * 50_000 + " "])
def test_signs_and_blanks_before_a_draft_do_not_hide_it(archive: Archive, before: str) -> None:
    draft = "Brennerlab e Stambecco: Agnese Rautner torna a Bressanone"
    assert ids(archive.related(text=before + draft)) == ids(archive.related(text=draft)) != []


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
def test_what_is_remembered_of_texts_is_bounded(kernels: KernelName, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_MOST_CHUNKS", 50)
    reader = Reader(load_kernels(kernels).indexing)
    for number in range(40):
        text = " ".join(f"parola{number}x{at}" for at in range(20))
        assert len(reader.read([text], most=100).forms) == 20
        assert reader._encoder.num_chunks <= 50 + 21


def test_a_removed_article_is_neither_related_nor_known() -> None:
    with temporary_archive(STORYLINE, ["causa"]) as archive:
        assert "causa" not in ids(archive.related(article_id="arrivo"))
        with pytest.raises(UnknownArticle):
            archive.related(article_id="causa")


def test_an_empty_archive_relates_nothing() -> None:
    with temporary_archive([]) as archive:
        assert ids(archive.related(text="Brennerlab annuncia Stambecco")) == []


def test_where_the_store_has_moved_on_the_newer_snapshot_is_asked(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ids(archive.related(article_id="arrivo"))
    read, calls = archive._files.articles, 0

    def moving(snapshot: Snapshot, docs: Sequence[int]) -> list[Article] | None:
        nonlocal calls
        calls += 1
        return None if calls == 1 else read(snapshot, docs)

    monkeypatch.setattr(archive._files, "articles", moving)
    assert ids(archive.related(article_id="arrivo")) == expected
    assert calls > 1
