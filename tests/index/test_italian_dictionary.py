"""The mapped dictionary says what simplemma says, and does without its file where that cannot be written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from index.italian import dictionary
from index.italian.dictionary import MappedDictionary, write_dictionary

WORDS = {"notizie": "notizia", "città": "città", "papa": "Papa", "Roma": "Roma", "notizi": "notizio"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "words.dictionary"


def looked_up(monkeypatch: pytest.MonkeyPatch, path: Path) -> Callable[[str], str | None]:
    """What the module finds words with when its file lies elsewhere."""
    monkeypatch.setattr(dictionary, "cache_from_source", lambda _: str(path))
    lookup: Callable[[str], str | None] = dictionary._lookup.__wrapped__()
    return lookup


def test_the_file_says_what_simplemma_says_of_every_word(path: Path) -> None:
    loaded = DefaultDictionaryFactory().get_dictionary("it")
    write_dictionary(path, loaded)
    mapped = MappedDictionary.open(path)
    assert mapped is not None
    words = [word for word in loaded if word == word.lower()]
    assert len(words) > 300_000
    assert [word for word in words if mapped.find(word) != loaded[word].lower()] == []
    assert [word for word in words[:10_000] if mapped.find(f"{word}q") != loaded.get(f"{word}q")] == []


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        pytest.param("notizie", "notizia", id="word"),
        pytest.param("città", "città", id="accent"),
        pytest.param("papa", "papa", id="lemma in lower case"),
        pytest.param("Roma", None, id="words with capitals are left out"),
        pytest.param("notiz", None, id="beginning of a word"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_word_is_found_whole(path: Path, word: str, lemma: str | None) -> None:
    write_dictionary(path, WORDS)
    mapped = MappedDictionary.open(path)
    assert mapped is not None
    assert mapped.find(word) == lemma


@pytest.mark.parametrize("kept", [0, 5, 1_000, -1])
def test_a_file_that_was_cut_off_is_not_used(path: Path, kept: int) -> None:
    write_dictionary(path, WORDS)
    path.write_bytes(path.read_bytes()[:kept])
    assert MappedDictionary.open(path) is None


def test_the_first_word_asked_for_writes_the_file(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    assert looked_up(monkeypatch, path)("notizie") == "notizia"
    (written,) = path.parent.iterdir()
    monkeypatch.setitem(sys.modules, "simplemma.strategies.dictionaries.dictionary_factory", None)
    assert looked_up(monkeypatch, path)("notizie") == "notizia"
    assert written.name.endswith("-it.dictionary")


def test_without_a_place_for_the_file_simplemma_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    assert looked_up(monkeypatch, tmp_path / "cache" / "words.dictionary")("notizie") == "notizia"
