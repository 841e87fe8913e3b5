"""Explanations: why a hit has its score, as a tree whose root has exactly that value and a sentence for a reader."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from index.frequencies import unpack
from index.segment import UNDATED_DAY
from index.snapshot import Snapshot
from search.leaves import Part
from search.page import Explanation
from search.scoring import Candidates
from search.wording import PLACES, listed

_LEVELS = {
    "printed": "proprio come è stata scritta",
    "exact": "stessa grafia, a parte maiuscole e accenti",
    "lemma": "stessa parola, in ogni sua forma",
    "stem": "stessa famiglia (radice)",
    "phrase": "parole in sequenza",
    "prefix": "parole che iniziano così",
    "similar": "parole simili",
    "spelling": "scritto in un altro modo",
    "synonym": "detto in un altro modo",
    "pair": "parole vicine nel testo",
}
"""Level -> what it means, the narrowest first."""

_RULES = {
    "name": "nome proprio: non si flette",
    "accent": "l'archivio la scrive con l'accento",
    "acronym": "sigla: non è la parola che si scrive uguale",
}
_INFLECTED = {"lemma": "in un'altra forma", "stem": "come parola della stessa famiglia", "similar": "quasi uguale"}


def explain_hit(candidates: Candidates, doc: int, score: float) -> Explanation:
    """The explanation of one document's score: the sum of its parts, times its freshness."""
    docs = np.array([doc], dtype=np.int64)
    values = [float(value[0]) for value in candidates.part_scores(docs)]
    found = [(part, value) for part, value in zip(candidates.parts, values, strict=True) if value > 0]
    parts = tuple(Explanation(value=value, text=_said(part, value)) for part, value in found)
    sentence = _sentence([part for part, _ in found], candidates.snapshot, doc)
    fresh = float(candidates.fresh(docs)[0])
    if candidates.today is None:
        return Explanation(value=score, text=sentence, how="somma delle parti", parts=parts)
    summed = Explanation(value=float(sum(part.value for part in parts)), text="somma delle parti", parts=parts)
    factor = Explanation(value=fresh, text=_freshness(candidates, doc, fresh))
    return Explanation(value=score, text=sentence, how="somma delle parti x freschezza", parts=(summed, factor))


def _said(part: Part, value: float) -> str:
    level = _LEVELS[part.level] + (f" ({_RULES[part.rule]})" if part.rule is not None else "")
    frequency = value / (part.weight * part.idf) if part.weight else 0.0
    return f"«{part.text}» - {level}: peso {part.weight:g} x rarità {part.idf:.3f} x frequenza {frequency:.3f}"


def _freshness(candidates: Candidates, doc: int, fresh: float) -> str:
    """One line for a reader: how old the article is, and what that leaves of its score."""
    day = candidates.snapshot.value("doc_day", doc)
    if day == UNDATED_DAY or candidates.today is None:
        return f"freschezza: l'articolo è senza data, e conta il {fresh:.0%}"
    age = max(0, candidates.today - day)
    when = "è di oggi" if age == 0 else "è di ieri" if age == 1 else f"ha {age} giorni"
    return f"freschezza: l'articolo {when}, e conta il {fresh:.0%}"


def _sentence(parts: Iterable[Part], snapshot: Snapshot, doc: int) -> str:
    """What was found and where, in plain words: «pensioni» nel titolo e nel testo; «riforma» in un'altra forma."""
    narrowest: dict[str, Part] = {}
    order = list(_LEVELS)
    for part in parts:
        if part.level != "pair" and (
            part.text not in narrowest or order.index(part.level) < order.index(narrowest[part.text].level)
        ):
            narrowest[part.text] = part
    said = [_found(part, *snapshot.locate(doc)) for part in narrowest.values()]
    return "trovato per " + "; ".join(said) if said else "trovato"


def _found(part: Part, at: int, doc: int) -> str:
    postings = part.postings.by_segment[at]
    row = int(np.searchsorted(postings.doc, doc))
    counts = [int(count[0]) for count in unpack(postings.freq[row : row + 1])]
    places = [
        place
        for number, (place, count) in enumerate(zip(PLACES.values(), counts, strict=True))
        if count and part.field in (None, number)
    ]
    if part.level in ("synonym", "spelling"):
        typed, _, printed = part.text.partition(": ")
        return f"«{typed}», che qui è «{printed}», {listed(places)}"
    how = _INFLECTED.get(part.level)
    return f"«{part.text}»{f' {how}' if how else ''} {listed(places)}"
