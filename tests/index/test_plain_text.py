"""What a source's characters become."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.plain_text import MAX_MARKS, clean_line, clean_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("citt&agrave;", "città", id="named-entity"),
        pytest.param("citt&amp;agrave;", "città", id="escaped-twice"),
        pytest.param("citt&amp;amp;#224; &#xE8;", "città è", id="three-times-and-by-number"),
        pytest.param("R&notizie, AT&T e R&D;", "R&notizie, AT&T e R&D;", id="an-ampersand-is-not-an-entity"),
        pytest.param("&#146;", "\u2019", id="windows-number"),
        pytest.param("&#0;&#xD800;&#1114112;a", "a", id="numbers-of-no-character"),
        pytest.param("citta\u0300", "città", id="decomposed"),
        pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="line-ends"),
        pytest.param("soft\x00wa\x07re\ud800", "software", id="controls-and-surrogates"),
        pytest.param("a\tb", "a\tb", id="tab-stays"),
        pytest.param(" \n\u00a0testo \n", "testo", id="stripped"),
        pytest.param("&am\x00p;amp\u037e", "&", id="one-step-makes-work-for-another"),
    ],
)
def test_text_is_settled(source: str, expected: str) -> None:
    assert clean_text(source) == expected


def test_a_line_has_no_line_ends() -> None:
    assert clean_line("Un titolo\r\n  su due righe\t ") == "Un titolo su due righe"


def test_entities_nested_on_purpose_are_refused_in_bounded_time() -> None:
    with pytest.raises(ValueError, match="nested"):
        clean_text("&amp" + "&semi" * 100_000 + ";")
    assert clean_text("&" + "amp;" * 100_000 + "agrave;") == "à"


@given(st.text() | st.text(alphabet="&ampsei;#38xX2lt\u037e\u0301 \x00\r\n\u00e0"))
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except ValueError:
        return
    assert clean_text(cleaned) == cleaned
    assert clean_line(clean_line(text)) == clean_line(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in cleaned)


def test_of_a_long_run_of_marks_only_the_first_are_kept() -> None:
    marked = "a" + "\u0323\u0315" * 100
    assert clean_text(f"{marked} e {marked}") == clean_text(f"a{marked[1:31]} e a{marked[1:31]}")
    assert len(clean_text(marked)) <= 1 + MAX_MARKS


@pytest.mark.parametrize(
    "text", ["\u0e01\u0e34\u0e48", "\U0001f525" * 100, "—" * 100, "\u0915\u094d" * 100, "\u200d" * 40]
)
def test_marks_of_a_script_and_long_runs_of_other_signs_stay(text: str) -> None:
    assert clean_text(f"a&amp;{text}b") == f"a&{text}b"
