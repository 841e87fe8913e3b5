"""Explanations: why a hit has its score, as a tree whose root has exactly that value."""

from __future__ import annotations

import numpy as np

from search.page import Explanation
from search.scoring import Candidates

_LEVELS = {
    "stem": "stessa famiglia (radice)",
    "lemma": "stessa parola, in ogni sua forma",
    "exact": "stessa grafia, a parte maiuscole e accenti",
    "printed": "proprio come è stata scritta",
    "phrase": "parole in sequenza",
    "prefix": "parole che iniziano così",
    "similar": "parole simili",
    "pair": "parole vicine nel testo",
}


def explain_hit(candidates: Candidates, at: int, doc: int, score: float) -> Explanation:
    """The explanation of one document's score: the sum of its parts, times its freshness."""
    docs = np.array([doc], dtype=np.int64)
    parts = tuple(
        Explanation(
            value=float(value[0]),
            text=f"«{part.text}» - {_LEVELS[part.level]}: peso {part.weight:g} x rarità {part.idf:.3f} x frequenza "
            f"{float(value[0]) / (part.weight * part.idf) if part.weight else 0.0:.3f}",
        )
        for part, value in zip(candidates.parts, candidates.part_scores(at, docs), strict=True)
        if value[0] > 0
    )
    fresh = float(candidates.fresh(at, docs)[0])
    if candidates.today is None:
        return Explanation(value=score, text="somma delle parti", parts=parts)
    summed = Explanation(value=float(sum(part.value for part in parts)), text="somma delle parti", parts=parts)
    factor = Explanation(value=fresh, text="freschezza: quanto è recente l'articolo")
    return Explanation(value=score, text="somma delle parti x freschezza", parts=(summed, factor))
