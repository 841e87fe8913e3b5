"""Suggestions: words of the archive that begin as a reader has typed so far."""

from __future__ import annotations

import numpy as np

from index.italian import MARK, fold, is_stop_word, tokenize_chunk
from index.snapshot import Snapshot
from search.terms import forms_beginning

MAX_KEYS = 200


def suggest_words(snapshot: Snapshot, prefix: str, *, size: int) -> tuple[str, ...]:
    """Words that begin like the last typed one, each in its commonest printed form, the commonest first.

    What was typed before stays: "riforma pens" gives "riforma pensioni". A prefix without a letter gives nothing.
    """
    before, _, typed = prefix.rpartition(" ")
    tokens = [token for token in tokenize_chunk(typed).tokens if not token.parts]
    if not tokens:
        return ()
    last = tokens[-1]
    kept = f"{before} " if before else ""
    kept += typed[: last.start]
    forms, _ = forms_beginning(last.form, snapshot, at_most=MAX_KEYS)
    weight = snapshot.counters[forms]
    by_word: dict[str, tuple[int, int, str]] = {}
    for at in np.argsort(-weight.astype(np.int64), kind="stable").tolist():
        form = snapshot.lexicon.form(int(forms[at]))
        if weight[at] == 0 or is_stop_word(form) or form.endswith(MARK):
            continue
        key = fold(form)
        total, most, shown = by_word.get(key, (0, 0, form))
        by_word[key] = (total + int(weight[at]), max(most, int(weight[at])), shown)
    ordered = sorted(by_word.items(), key=lambda word: (-word[1][0], word[0]))
    return tuple(kept + shown for _, (_, _, shown) in ordered[:size])
