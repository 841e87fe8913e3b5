"""Texts read slowly, chunk by chunk: what the encoder and the marks must give, with no arrays."""

from __future__ import annotations

from typing import NamedTuple

from index.italian import Chunk, tokenize_chunk
from index.italian.marks import forms_by_standing

PLAIN, OPENING, SHOUTED = 0, 1, 2


class Reading(NamedTuple):
    """The tokens of one text as (position, form with its mark), in reading order, and how many positions it has."""

    tokens: list[tuple[int, str]]
    length: int


def read_text(text: str) -> Reading:
    """The tokens of a text."""
    tokens: list[tuple[int, str]] = []
    length = 0
    for chunk, standing in read_standings(text):
        tokens += [(length + token.position, forms_by_standing(token)[standing]) for token in chunk.tokens]
        length += chunk.width
    return Reading(tokens, length)


def read_standings(text: str) -> list[tuple[Chunk, int]]:
    """The chunks of a text and how each stands."""
    found: list[tuple[Chunk, int]] = []
    for line in text.split("\n"):
        words = line.split()
        chunks = [tokenize_chunk(word) for word in words]
        runs = _runs_of_capitals(chunks)
        for at, chunk in enumerate(chunks):
            opens = at == 0 or chunk.opens or chunks[at - 1].ends_sentence
            opens = opens or (not chunks[at - 1].tokens and not any(map(str.isalnum, words[at - 1])))
            run = next((run for run in runs if at in run), [])
            shouts = len(run) >= 3 or any(_is_long(chunks[member]) for member in run)
            found.append((chunk, SHOUTED if shouts else OPENING if opens else PLAIN))
    return found


def _runs_of_capitals(chunks: list[Chunk]) -> list[list[int]]:
    runs: list[list[int]] = []
    for at, chunk in enumerate(chunks):
        if chunk.capitals < 2:
            continue
        before = at - 1
        while before >= 0 and chunks[before].tokens and not chunks[before].capitals and not _ends_run(chunks[before]):
            before -= 1  # numbers belong to a run
        if before >= 0 and chunks[before].capitals >= 2 and not chunks[before].breaks_run:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _ends_run(chunk: Chunk) -> bool:
    return chunk.ends_sentence or chunk.breaks_run


def _is_long(chunk: Chunk) -> bool:
    return any(len(token.form) >= 7 for token in chunk.tokens)
