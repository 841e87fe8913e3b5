"""What a desk does to a text that it did not write: cuts it, moves paragraphs, opens it otherwise, mistypes."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta

from index.article import Article
from index.dates import day_in_rome

KINDS = (
    ("cut",),
    ("moved",),
    ("title",),
    ("opening",),
    ("typos",),
    ("title", "opening"),
    ("cut", "title"),
    ("cut", "title", "opening"),
    ("moved", "title", "opening", "typos"),
    ("cut", "moved", "title", "opening", "typos"),
)
_LETTERS = "aeiortn"
_SHARE_MISTYPED = 0.02


def edited(article: Article, kinds: tuple[str, ...], other: Article, chance: random.Random) -> Article:
    """The article as another site printed it, up to three days later.

    Args:
        kinds: what was done to it.
        other: another article, whose title and first words stand for those that the desk wrote.
    """
    paragraphs = [line for line in article.body.split("\n") if line.strip()]
    if "cut" in kinds:
        paragraphs = _cut(paragraphs, chance.uniform(0.5, 0.8))
    if "moved" in kinds:
        chance.shuffle(paragraphs)
    if "opening" in kinds:
        opening = " ".join(other.body.split()[: chance.randint(20, 45)])
        paragraphs = [opening, *(paragraphs[1:] if len(paragraphs) > 3 and chance.random() < 0.5 else paragraphs)]
    if "typos" in kinds:
        paragraphs = [_mistyped(line, chance) for line in paragraphs]
    day = None if article.published is None else day_in_rome(article.published) + timedelta(chance.randrange(4))
    return replace(
        article,
        article_id=f"{article.article_id}-{'-'.join(kinds)}",
        site="Un altro sito",
        title=other.title if "title" in kinds else article.title,
        body="\n".join(paragraphs),
        published=day,
    )


def _cut(paragraphs: list[str], share: float) -> list[str]:
    """The first sentences, up to a share of the words."""
    left = share * sum(len(line.split()) for line in paragraphs)
    kept: list[str] = []
    for line in paragraphs:
        sentences: list[str] = []
        for sentence in re.split(r"(?<=[.!?]) ", line):
            left -= len(sentence.split())
            if left < 0 and kept + sentences:
                break
            sentences.append(sentence)
        if sentences:
            kept.append(" ".join(sentences))
        if left < 0:
            break
    return kept


def _mistyped(line: str, chance: random.Random) -> str:
    def mistype(word: str) -> str:
        if len(word) < 4 or chance.random() >= _SHARE_MISTYPED:
            return word
        at, letter = chance.randrange(len(word)), chance.choice(_LETTERS)
        return chance.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            )
        )

    return " ".join(map(mistype, line.split(" ")))
