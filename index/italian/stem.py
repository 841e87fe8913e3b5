"""Level S: the Snowball stem of the lemma, for widening and ranking; function words have none."""

from __future__ import annotations

import re

import Stemmer

from index.italian.folding import exact_keys, is_acronym, is_stop_word, strip_accents, unmarked
from index.italian.lemma import lemmatize

_PLAIN_WORD = re.compile(r"[^\W\d_]+'?")
_STEMMER = Stemmer.Stemmer("italian", 0)  # no cache: forms come once each


def stem_keys(form: str) -> tuple[str, ...]:
    """The keys of level S: none for a function word, else one; what has no lemma stands for itself as in level X."""
    if is_stop_word(form):
        return ()
    text = unmarked(form)
    if is_acronym(form) or not _PLAIN_WORD.fullmatch(text):
        return exact_keys(form)[-1:]
    word = text.lower()
    lemma = lemmatize(word)
    stem: str = _STEMMER.stemWord(word if lemma.endswith("-") else lemma)  # "-": no lemma, but the stem of one
    return (strip_accents(stem),)
