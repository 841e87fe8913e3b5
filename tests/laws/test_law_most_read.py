"""Law: the most read articles are those found by sorting them all, however they came into the archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from archives import temporary_archive
from hypothesis import event, given
from hypothesis import strategies as st
from most_read import most_read_of
from newsroom import newsrooms

from index.article import Article
from search.kernels import KernelName


@st.composite
def batches_of(draw: st.DrawFn, articles: Sequence[Article]) -> list[Sequence[Article]]:
    """The articles in one to four commits."""
    borders = sorted(draw(st.lists(st.integers(0, len(articles)), max_size=3)))
    return [articles[start:end] for start, end in zip([0, *borders], [*borders, len(articles)], strict=True)]


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@given(data=st.data(), articles=newsrooms(at_most=20))
def test_the_most_read_are_those_of_sorting_all(
    kernels: KernelName, data: st.DataObject, articles: list[Article]
) -> None:
    known = sorted({article.site for article in articles} - {""})
    days = st.sampled_from((None, None, date(2024, 3, 13), date(2024, 3, 14), date(2027, 1, 1)))
    with temporary_archive(*data.draw(batches_of(articles)), kernels=kernels, merge_factor=8) as archive:
        for _ in range(3):
            since, size = data.draw(days), data.draw(st.integers(1, 8))
            sites = data.draw(st.lists(st.sampled_from(known), unique=True)) if known else []
            expected = most_read_of(articles, size=size, since=since, sites=sites)
            event(f"{len(expected)} of {size} found")
            assert archive.most_read(size=size, since=since, sites=sites) == expected
