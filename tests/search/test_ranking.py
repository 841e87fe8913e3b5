"""Ranking: the formulas, and which article comes first."""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest
from archives import temporary_archive

from index.article import Article
from index.errors import ConfigurationError
from index.frequencies import BODY, LEAD, TITLE
from index.manifest import Totals
from search import RankingSettings
from search.kernels import KernelName, load_kernels
from search.question import Sort
from search.ranking import RelatedSettings, idf, left_by_age, norm_of

TODAY = date(2026, 3, 13)


def order(articles: list[Article], text: str, **parameters: Any) -> list[str]:
    """The ids of what a question finds, in the order of the page."""
    ranking = parameters.pop("ranking", None)
    with temporary_archive(articles, ranking=ranking) as archive:
        page = archive.search(text, **{"now": TODAY, "widen": False, **parameters})
    return [hit.article.article_id for hit in page.hits]


def article(article_id: str, title: str, body: str = "Niente altro.", *, lead: str = "", days_ago: int = 0) -> Article:
    """An article of some days ago."""
    return Article(article_id=article_id, title=title, lead=lead, body=body, published=TODAY - timedelta(days=days_ago))


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doc_freq", "num_docs", "expected"),
    [
        (0, 0, math.log(2)),
        (1, 1, math.log(4 / 3)),
        (1, 10, math.log(1 + 9.5 / 1.5)),
        (10, 10, math.log(1 + 0.5 / 10.5)),
    ],
)
def test_idf_is_the_lucene_variant(doc_freq: int, num_docs: int, expected: float) -> None:
    assert idf(doc_freq=doc_freq, num_docs=num_docs) == pytest.approx(expected)


def test_a_field_of_average_length_has_norm_one() -> None:
    totals = Totals(num_docs=4, field_tokens=(20, 0, 400, 12), field_docs=(4, 0, 2, 4))
    norm = norm_of(totals, RankingSettings(b=0.75, title_b=0.5, k1=1.5, title_k1=2))
    lengths = ((5, 10), (1, 0), (200, 0), (3, 6))
    found = [
        [base + slope * one for one in some] for base, slope, some in zip(norm.base, norm.slope, lengths, strict=True)
    ]
    assert found == [[1.0, 1.5], [1.0, 0.25], [1.0, 0.25], [1.0, 1.75]]
    assert (norm.k1, norm.title_k1) == (1.5, 2)


def test_freshness_halves_what_is_above_the_floor_each_half_life() -> None:
    left = left_by_age(321, RankingSettings(freshness_floor=0.6, half_life_days=160))
    assert [left[0], left[160], left[320], left[-1]] == pytest.approx([1.0, 0.8, 0.7, 0.6])


@pytest.mark.parametrize(
    ("name", "value"),
    [("k1", 0), ("k1", 11), ("title_k1", 0), ("title_b", 1.1), ("title_apart", -1), ("name", 11), ("synonym", -1),
     ("b", -0.1), ("b", 1.1), ("title_weight", 11), ("stem", -1), ("pair_reach", 0), ("pair_reach", 21),
     ("freshness_floor", 0), ("freshness_floor", 1.5), ("half_life_days", 0), ("widen_below", -1)],
)  # fmt: skip
def test_a_setting_out_of_bounds_is_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError) as raised:
        RankingSettings(**{name: value})  # type: ignore[arg-type]
    assert (raised.value.setting, raised.value.value) == (name, value)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [("read_words", 0, "1 to 10000"), ("head_words", 0, "above 0, up to 10000"), ("far_weight", 0, "above 0, up to 10"),
     ("saturation", -1, "above 0, up to 100"), ("most_terms", 1_001, "1 to 1000"), ("least_share", 1.1, "0.0 to 1.0"),
     ("least_of_best", -0.1, "0.0 to 1.0"), ("nearest", 0, "1 to 100"), ("nearest_words", 0, "1 to 10000"),
     ("nearest_terms", 0, "1 to 1000"), ("nearest_weight", math.nan, "0.0 to 10.0")],
)  # fmt: skip
def test_a_setting_of_related_news_out_of_bounds_is_refused_in_a_sentence(
    name: str, value: float, allowed: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        RelatedSettings(**{name: value})  # type: ignore[arg-type]
    assert str(raised.value) == f"setting {name} is {value!r}; allowed: {allowed}"


def test_every_setting_of_related_news_has_bounds() -> None:
    for name in {field.name for field in fields(RelatedSettings)} - {"ranking"}:
        with pytest.raises(ConfigurationError):
            RelatedSettings(**{name: -1})  # type: ignore[arg-type]


def test_one_field_alone_keeps_only_its_weight() -> None:
    settings = RankingSettings(title_weight=1.5, lead_weight=1.25, body_weight=1.0, tags_weight=0.75, title_apart=0.5)
    assert settings.field_weights(None) == (1.5, 1.25, 1.0, 0.75, 0.5)
    assert settings.field_weights(TITLE) == (1.5, 0, 0, 0, 0.5)
    assert settings.field_weights(LEAD) == (0, 1.25, 0, 0, 0)
    assert settings.field_weights(BODY) == (0, 0, 1.0, 0, 0)


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_in_any_order_a_hit_has_the_score_that_it_explains(kernels: KernelName, sort: Sort) -> None:
    articles = [
        Article(article_id=str(at), title="x", body="riforma pensioni " * (1 + at % 3), published=date(2020, 1, 1 + at))
        for at in range(20)
    ]
    with temporary_archive(articles) as archive:
        archive._kernels = load_kernels(kernels)
        hits = archive.search("riforma pensioni", sort=sort, explain=True, size=20, now=date(2020, 2, 1)).hits
    assert len(hits) == 20
    for hit in hits:
        assert hit.score > 0
        assert hit.explanation is not None
        summed, fresh = hit.explanation.parts
        assert summed.value * fresh.value == pytest.approx(hit.score)


# --- which comes first ------------------------------------------------------------------------------------------------


def test_a_word_in_the_title_counts_more_than_in_the_body() -> None:
    assert order([article("b", "Ieri", "riforma"), article("t", "riforma", "Ieri")], "riforma") == ["t", "b"]


def test_the_form_that_was_typed_comes_before_its_other_inflections() -> None:
    assert order([article("a", "Le riforme"), article("b", "La riforma")], "riforma") == ["b", "a"]
    assert order([article("a", "Le riforme"), article("b", "La riforma")], "riforme") == ["a", "b"]


def test_the_accent_that_was_typed_comes_first() -> None:
    assert order([article("a", "La meta"), article("b", "La metà")], "metà") == ["b", "a"]


def test_words_that_stand_together_come_first() -> None:
    apart = article("a", "Ieri", "riforma di tutte quante le nuove e vecchie pensioni qui")
    together = article("b", "Ieri", "tutte quante le nuove e vecchie qui di riforma pensioni")
    assert order([apart, together], "riforma pensioni") == ["b", "a"]
    assert order([apart, together], "riforma pensioni", ranking=RankingSettings(pair=0)) == ["a", "b"]


def test_pairs_reach_as_far_as_the_setting_says() -> None:
    near = article("b", "Ieri", "riforma di tutte le pensioni")
    far = article("a", "Ieri", "pensioni di tutte le riforma")
    assert order([far, near], "riforma pensioni") == ["a", "b"]
    assert order([far, near], "riforma pensioni", ranking=RankingSettings(pair_reach=4)) == ["b", "a"]


def test_the_newer_of_two_equal_articles_comes_first_unless_the_question_is_about_the_past() -> None:
    old, new = article("a", "La riforma", days_ago=400), article("b", "La riforma")
    assert order([old, new], "riforma") == ["b", "a"]
    with temporary_archive([old, new]) as archive:
        newest, oldest = archive.search("riforma", widen=False, now=TODAY).hits
        assert oldest.score < newest.score
        for text, filters in (('"riforma"', {}), ("riforma dopo:2000", {}), ("riforma", {"since": "2000"})):
            hits = archive.search(text, widen=False, now=TODAY, **filters).hits  # type: ignore[arg-type]
            assert len({hit.score for hit in hits}) == 1, text


def test_a_much_better_match_beats_a_newer_one() -> None:
    old = article("old", "La riforma delle pensioni", "riforma, riforma, pensioni", days_ago=300)
    new = article("new", "Altro", "Tra l'altro la riforma di molte altre cose e poi altre e altre pensioni ancora")
    assert order([old, new], "riforma pensioni") == ["old", "new"]


def test_ties_are_ordered_by_date_then_id() -> None:
    same = [article(one, "La riforma") for one in ("b", "a", "c")]
    dated = [article("z", "La riforma", days_ago=-1), Article(article_id="0", title="La riforma", body="Niente altro.")]
    assert order([*same, *dated], '"riforma"') == ["z", "a", "b", "c", "0"]


def test_undated_articles_come_last_by_date_in_either_direction() -> None:
    articles = [
        Article(article_id="0", title="riforma", body="x"),
        article("new", "riforma"),
        article("old", "riforma", days_ago=9),
    ]
    assert order(articles, "riforma", sort="newest") == ["new", "old", "0"]
    assert order(articles, "riforma", sort="oldest") == ["old", "new", "0"]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    common = [article(f"c{at}", "Il governo") for at in range(8)]
    both = order([*common, article("r", "Lo spread")], "governo spread", any=True)
    assert both[0] == "r"


def test_what_a_score_was_made_of_is_told_part_by_part() -> None:
    with temporary_archive([article("1", "La riforma delle pensioni"), article("2", "Altro")]) as archive:
        (hit,) = archive.search("riforma pensioni", now=TODAY, widen=False, explain=True).hits
    assert hit.explanation is not None
    summed, factor = hit.explanation.parts
    assert factor.value == 1.0
    told = [part.text.split(":")[0] for part in summed.parts]
    assert told == [
        "«riforma» - stessa famiglia (radice)",
        "«riforma» - stessa parola, in ogni sua forma",
        "«riforma» - stessa grafia, a parte maiuscole e accenti",
        "«pensioni» - stessa famiglia (radice)",
        "«pensioni» - stessa parola, in ogni sua forma",
        "«pensioni» - stessa grafia, a parte maiuscole e accenti",
        "«riforma pensioni» - parole vicine nel testo",
    ]


@pytest.mark.parametrize("text", ["ai act", "Ai act", "Ai Act", "rischi ai"])
def test_a_function_word_beside_another_word_counts_as_the_acronym_that_it_may_be(text: str) -> None:
    articles = [
        article("acronym", "Una legge", "Si parla dell'AI Act di oggi e dei rischi dell'AI, che sono meno di ieri."),
        article("other", "Una nota", "Si parla di un act dell'altro ieri e dei rischi dell'anno, ai lettori."),
        article("elsewhere", "Una AI", "Si parla di una cosa che cresce e va avanti."),
        *(article(str(number), "Notizia", "Si parla ai lettori di altre cose di ieri.") for number in range(20)),
    ]
    assert order(articles, text) == ["acronym", "other"]
    assert order(articles, text, ranking=RankingSettings(acronym=0)) == ["other", "acronym"]


@pytest.mark.parametrize(
    ("text", "counts"),
    [("multa 15 milioni", True), ("windows 11", True), ("milioni 4.0", True), ("euro 2024", False), ("reti 5G", False)],
)
def test_a_number_counts_with_the_word_beside_it(text: str, counts: bool) -> None:
    first, second = text.split()[-2:]
    articles = [
        article(
            "together", "Una nota", f"La multa di ieri, dice la nota: {first} {second}, tra le altre cose di oggi."
        ),
        article(
            "apart",
            "Una nota",
            f"Ecco {first} e {first}, poi tutte le cose dette ieri; {second} e {second}, una multa.",
        ),
        *(article(str(number), "Notizia", "Si parla di altre cose di ieri.") for number in range(20)),
    ]
    weighed = [order(articles, text, ranking=RankingSettings(number=weight)) for weight in (0.0, 1.9)]
    assert weighed[0] == ["apart", "together"]
    assert weighed[1] == (["together", "apart"] if counts else ["apart", "together"])


def test_a_function_word_that_is_no_acronym_here_counts_for_nothing() -> None:
    articles = [article("one", "Consigli ai genitori"), article("two", "Consigli, consigli: genitori e ai figli")]
    assert order(articles, "consigli ai genitori") == order(articles, "consigli genitori")
