"""Scoring: what is left out because it cannot be shown would not have been shown."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from archives import temporary_archive
from newsroom import TODAY

from index.article import Article
from search import Archive, RankingSettings, scoring
from search.kernels import DocsFound, KernelName

WORDS = ("banca", "governo", "rete", "cloud", "dati")


def articles(num: int) -> list[Article]:
    """Of many ages; some have the words in their titles, in one order or another, most in the body alone."""
    chance = random.Random(7)
    made: list[Article] = []
    for at in range(num):
        titled = chance.sample(WORDS, chance.choice((0, 0, 0, 1, 2, 3)))
        said = [chance.choice((*WORDS, "poi", "oggi", "anche")) for _ in range(chance.randrange(3, 40))]
        made.append(
            Article(
                article_id=f"a{at}",
                title=" ".join((*titled, f"notizia{at}")),
                body=" ".join(said),
                published=None if at % 17 == 0 else TODAY - timedelta(days=chance.randrange(1_500)),
            )
        )
    return made


@pytest.fixture(params=["plain", "compiled"])
def kernels(request: pytest.FixtureRequest) -> KernelName:
    name: KernelName = request.param
    return name


@pytest.fixture(params=[RankingSettings(), RankingSettings(pair=0.6), RankingSettings(freshness_floor=0.05)])
def archive(kernels: KernelName, request: pytest.FixtureRequest) -> Iterator[Archive]:
    """In three segments."""
    made = articles(360)
    batches = made[:200], made[200:320], made[320:]
    with temporary_archive(*batches, kernels=kernels, ranking=request.param, merge_factor=10) as opened:
        assert len(opened.snapshot.segments) == 3
        yield opened


@pytest.mark.parametrize("text", ["banca", "banca governo", "rete dati cloud", "governo banca dati rete cloud"])
def test_pages_are_the_same_with_and_without_documents_that_have_no_hope(
    archive: Archive, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[tuple[int, int]] = []
    hopeful = scoring.Candidates._hopeful

    def counting(self: scoring.Candidates, docs: DocsFound, most: int) -> DocsFound:
        kept = hopeful(self, docs, most)
        left.append((len(docs), len(kept)))
        return kept

    monkeypatch.setattr(scoring.Candidates, "_hopeful", counting)
    for any_word in (False, True):
        for size, page in ((1, 1), (3, 1), (3, 2), (5, 3)):
            shown = []
            for many, tried in ((10**9, 400), (0, 1), (0, 30)):
                monkeypatch.setattr(scoring, "_MANY", many)
                monkeypatch.setattr(scoring, "_TRIED", tried)
                found = archive.search(text, any=any_word, size=size, page=page, now=TODAY, widen=False)
                shown.append((found.total, [(hit.article.article_id, hit.score) for hit in found.hits]))
            assert shown[1] == shown[0]
            assert shown[2] == shown[0]
    assert any(kept < found for found, kept in left)
