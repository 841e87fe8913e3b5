"""Italian sentences: the small words that a number decides."""

from __future__ import annotations

import pytest

from search.wording import with_article


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 articolo", "l'1 articolo"),
        ("1º marzo", "il 1º marzo"),
        ("8 marzo", "l'8 marzo"),
        ("11 marzo", "l'11 marzo"),
        ("18 marzo", "il 18 marzo"),
        ("80%", "l'80%"),
        ("800 articoli", "l'800 articoli"),
        ("8.000 articoli", "l'8.000 articoli"),
        ("1.000 articoli", "il 1.000 articoli"),
        ("110 articoli", "il 110 articoli"),
        ("11.000 articoli", "l'11.000 articoli"),
    ],
)
def test_an_article_is_elided_where_the_word_of_the_number_begins_with_a_vowel(text: str, told: str) -> None:
    assert with_article("il", text) == told
