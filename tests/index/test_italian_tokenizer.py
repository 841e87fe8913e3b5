"""The tokenizer: what is one word, what are two, and where they stand."""

from __future__ import annotations

import unicodedata

import pytest
from golden import golden_rows
from hypothesis import given
from hypothesis import strategies as st
from reading import read_text

from index.article import article_from_record
from index.italian import exact_keys, normalize, tokenize_chunk, tokenizer, unmarked
from index.italian.tokenizer import MAX_TOKEN_CHARS

_LETTERS = "aeiouAEIOUàÀéèìòùlLdDnNsSptT'’-&.,;:!?@#+«»“”\"()/5019_\u0301\u0300\u00ad\u200b"
chunks = st.one_of(
    st.text(st.sampled_from(_LETTERS), min_size=1, max_size=12),
    st.text(min_size=1, max_size=15).map(lambda text: "".join(text.split())).filter(bool),
    st.lists(
        st.sampled_from(("dell'", "l’", "un", "Governo", "AI", "S.p.A.", "www.", "a.it", "3,5", "e-", "C++", "@")),
        min_size=1,
        max_size=4,
    ).map("".join),
)


@pytest.mark.parametrize(("text", "expected", "why"), golden_rows("italian/tokens.tsv", at_least=85))
def test_text_is_cut_into_the_words_that_were_printed(text: str, expected: str, why: str) -> None:
    found: list[str] = []
    before = 0
    for piece in normalize(text).split():
        chunk = tokenize_chunk(piece)
        wholes = [f"+{token.parts}" if token.parts else "" for token in chunk.tokens]
        forms = [f"{token.form}@{before + token.position}" for token in chunk.tokens]
        found += map("".join, zip(forms, wholes, strict=True))
        before += chunk.width
    assert sorted(found) == sorted(expected.split())


@given(text=chunks)
def test_any_chunk_is_cut_within_its_borders(text: str) -> None:
    chunk = tokenize_chunk(text)
    for token in chunk.tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert 0 < len(token.form) <= MAX_TOKEN_CHARS
        assert 0 <= token.position < chunk.width
        assert token.parts >= 0
        assert token.position + max(token.parts, 1) <= chunk.width
    positions = {at for token in chunk.tokens for at in range(token.position, token.position + max(1, token.parts))}
    assert positions == set(range(chunk.width))


@given(text=chunks)
def test_offsets_show_the_word_as_it_was_printed(text: str) -> None:
    for token in tokenize_chunk(text).tokens:
        if len(token.form) < MAX_TOKEN_CHARS:
            shown = text[token.start : token.end].translate(tokenizer._SAME).translate(tokenizer._INVISIBLE)
            assert token.form in (shown, f"{shown}'")  # "dell..." is dell' with its apostrophe cut off


@given(text=chunks)
def test_composed_and_decomposed_texts_have_the_same_keys(text: str) -> None:
    records = [{"id": "1", "title": "T", "body": f"x {unicodedata.normalize(form, text)}"} for form in ("NFC", "NFD")]
    composed, decomposed = (
        [(position, exact_keys(token)) for position, token in read_text(article_from_record(record).body).tokens]
        for record in records
    )
    assert composed == decomposed


@given(
    before=st.sampled_from(("", "«", "“", '"', "(")),
    word=st.text(st.sampled_from("abzàèéìòùABZÀÈÉÌÒÙ"), min_size=2, max_size=60),
    after=st.text(st.sampled_from('.,;:!?…»”)"'), max_size=3),
)
def test_the_short_way_and_the_long_way_agree(before: str, word: str, after: str) -> None:
    text = before + word + after
    plain = tokenizer._PLAIN_CHUNK.fullmatch(text)
    assert plain is not None
    assert tokenizer._plain_chunk(plain) == tokenizer._compound_chunk(text)


@pytest.mark.parametrize(
    ("text", "ends", "opens", "breaks"),
    [
        ("governo", False, False, False),
        ("governo.", True, False, True),
        ("governo.»", True, False, True),
        ("governo!”", True, False, True),
        ("governo:", True, False, True),
        ("governo,", False, False, True),
        ("S.p.A.", False, False, True),
        ("dott.", False, False, True),
        ("dell’art.", False, False, True),
        ("G.", False, False, True),
        ("app.", True, False, True),
        ("SOC.", True, False, True),
        ("«Governo", False, True, False),
        ("“Governo", False, True, False),
        ("(governo", False, False, False),
        ("governo…", True, False, True),
    ],
)
def test_punctuation_tells_what_the_next_capital_means(text: str, ends: bool, opens: bool, breaks: bool) -> None:
    chunk = tokenize_chunk(text)
    assert (chunk.ends_sentence, chunk.opens, chunk.breaks_run) == (ends, opens, breaks)


@pytest.mark.parametrize(
    ("text", "capitals"),
    [("2024", 0), ("-", 0), ("governo", 1), ("Governo", 1), ("GOVERNO", 2), ("L’AI", 2), ("NIS2,", 2), ("iPhone", 1)],
)
def test_capitals_are_told_apart(text: str, capitals: int) -> None:
    assert tokenize_chunk(text).capitals == capitals


def test_a_run_of_letters_without_end_is_cut() -> None:
    (token,) = tokenize_chunk("a" * 1_000 + "1").tokens
    assert token.form == "a" * MAX_TOKEN_CHARS
    assert (token.start, token.end) == (0, 1_001)


def test_a_chunk_of_many_thousand_characters_takes_no_time_to_speak_of() -> None:
    for text in ("a-" * 5_000, "'" * 10_000, "a." * 5_000, "a@" * 5_000, "1.1" * 3_000, "www." * 3_000, "a'" * 5_000):
        assert tokenize_chunk(text).width >= 0


def test_a_form_never_ends_with_the_mark() -> None:
    for text in ("governo\x01", "\x01", "AI\x01AI"):
        assert all(unmarked(token.form) == token.form for token in tokenize_chunk(text).tokens)
