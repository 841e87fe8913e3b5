"""Golden tables of Italian: chunk to forms, form to keys, and text to the questions that find it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from archives import build_archive
from golden import golden_rows
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.italian import exact_keys, lemma_keys, normalize, stem_keys, tokenize_chunk, tokenizer
from search import Archive, open_archive

TOKENS = golden_rows("italian/golden_tokens.tsv", at_least=60)
KEYS = golden_rows("italian/golden_keys.tsv", at_least=60)
MATCHES = golden_rows("italian/golden_matches.tsv", at_least=25)


@pytest.mark.parametrize(("text", "expected", "why"), TOKENS)
def test_a_chunk_gives_these_forms_at_these_positions(text: str, expected: str, why: str) -> None:
    chunk = tokenize_chunk(normalize(text))
    found = [f"{form}@{at}" + (f"+{parts}" if parts else "") for form, at, _, _, parts in chunk.tokens]
    assert sorted(found) == sorted(expected.split())


@pytest.mark.parametrize(("form", "exact", "lemma", "stem", "why"), KEYS)
def test_a_form_has_these_keys_at_each_level(form: str, exact: str, lemma: str, stem: str, why: str) -> None:
    assert [" ".join(keys(form)) or "-" for keys in (exact_keys, lemma_keys, stem_keys)] == [exact, lemma, stem]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    articles = [Article(article_id=str(at), title="Titolo", body=f"{row.values[0]}.") for at, row in enumerate(MATCHES)]
    with open_archive(build_archive(tmp_path_factory.mktemp("golden") / "archive", articles)) as opened:
        yield opened


@pytest.mark.parametrize(("text", "finding", "missing"), MATCHES)
def test_a_question_finds_the_text_that_means_it_and_no_other(
    archive: Archive, text: str, finding: str, missing: str
) -> None:
    found = archive.search(finding, widen=False)
    assert [hit.article.body for hit in found.hits] == [f"{text}."]
    not_found = archive.search(missing, widen=False, size=100)
    assert f"{text}." not in [hit.article.body for hit in not_found.hits]


_pieces = st.sampled_from(
    ("dell’", "l'", "Sant’", "O’", "Alema", "AI", "citta", "S.p.A.", "3,5", "-", "&", "/", "«", "»", ".", "\u00ad", "’")
)
_chunks = st.one_of(
    st.text(min_size=1, max_size=40).map(lambda text: "".join(text.split())),
    st.lists(_pieces, min_size=1, max_size=7).map("".join),
)


@given(text=_chunks)
def test_the_parts_of_a_chunk_stand_in_reading_order_and_do_not_overlap(text: str) -> None:
    parts = sorted((token for token in tokenize_chunk(text).tokens if not token.parts), key=lambda token: token.start)
    for one, following in pairwise(parts):
        assert one.end <= following.start
        assert one.position < following.position
    assert all(0 <= token.start < token.end <= len(text) for token in parts)


@given(text=st.from_regex(tokenizer._PLAIN_CHUNK, fullmatch=True))
def test_whatever_takes_the_short_way_is_cut_as_on_the_long_one(text: str) -> None:
    match = tokenizer._PLAIN_CHUNK.fullmatch(text)
    assert match is not None
    assert tokenizer._plain_chunk(match) == tokenizer._compound_chunk(text)
