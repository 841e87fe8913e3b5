"""Articles for benchmarks: seeded, in any number, written as JSONL one at a time.

    python -m benchmarks.corpus FILE --articles 100000 [--seed 1] [--source FILE]

An article is made of runs of real sentences of a few source articles, so that its words go together as they do in
news. Half of the names in them are replaced by new ones drawn by a Zipf law without an end, so that the
vocabulary keeps growing with the archive (Heaps). The articles follow each other in time over twenty years, as they do
in the export of an archive. The same seed, number and source give the same bytes; but for their dates, the first
articles are the same whatever the number.

The source is ``archives/tradepress.jsonl`` of the data beside the checkout, or else the demo archive.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from index.italian.sentences import sentence_starts
from index.operations import add_files

SHARED: Final = Path(__file__).resolve().parents[2] / "shared" / "data"
FIRST_DAY, LAST_DAY = datetime(2006, 1, 1), datetime(2025, 12, 31)

MEDIAN_WORDS: Final = 385
SPREAD_WORDS: Final = 0.38
"""Sigma of the log-normal law of an article's words: as an article ends with a sentence, their mean is about 430."""
NAME_EXPONENT, NAME_SHIFT = 1.2, 40.0
"""Of the Zipf-Mandelbrot law of names, (rank + shift) ** -exponent: it never ends."""
MOST_SOURCES: Final = 8
"""Of one article; three of usual length are enough."""
SHARE_RENAMED: Final = 0.5
"""Of the capitalised words within a sentence of the source."""
CHUNK_ARTICLES: Final = 1_000
"""Articles whose random numbers are drawn at once, from a generator of their own."""

_CAPITALISED = re.compile(r"(?<=[a-zà-ÿ,] )[A-Z][a-zà-ÿ]{3,}(?![\w’'-])")
_SYLLABLES: Final = [consonant + vowel for consonant in "bcdfglmnprstvz" for vowel in "aeio"]
_ENDINGS: Final = ("ni", "tti", "lli", "ro", "ssi", "nza", "sco", "rdi", "x", "tech", "ware", "lab")
_SITES: Final = {
    "Corriere dei Canali": ("Mercato", "Distribuzione", "Rivenditori", "Nomine"),
    "Impresa Domani": ("Aziende / PMI", "Aziende / Grandi imprese", "Economia", "Lavoro / Competenze"),
    "Rete Sicura": ("Sicurezza / Attacchi", "Sicurezza / Vulnerabilità", "Sicurezza / Normativa", "Privacy"),
    "Città Nuova": ("Innovazione / Intelligenza artificiale", "Innovazione / Mobilità", "Ambiente", "Ricerca"),
    "Bit e Byte": ("Prodotti / Hardware", "Prodotti / Software", "Cloud", "Tecnologia / Reti"),
}
_GIVEN: Final = (
    "Anna",
    "Bruno",
    "Carla",
    "Dario",
    "Elena",
    "Fabio",
    "Giulia",
    "Ivan",
    "Lucia",
    "Marco",
    "Nora",
    "Paolo",
)
_NUM_AUTHORS: Final = 240
_MOST_KEPT: Final = 100_000
"""Names that are worth remembering: the others hardly come again."""
_PORTIONS: Final = (0.5, 0.7) + (1.0,) * (MOST_SOURCES - 2)
"""Of the words that an article still lacks, from each of its sources."""


class Source:
    """A real article as a template: its text with %s in the place of some names.

    Attributes:
        starts, words, names: int lists, (num_sentences + 1,): where each sentence begins in the template, and how many
            words and how many %s stand before it.
    """

    def __init__(self, number: int, title: str, body: str, renamed: NDArray[np.float64]) -> None:
        self.number = number
        self.title = title.replace("\n", " ")
        draws = iter(np.resize(renamed, body.count(" ") + 1).tolist())

        def rename(found: re.Match[str]) -> str:
            return "%s" if next(draws) < SHARE_RENAMED else found[0]

        starts = sentence_starts(body)
        sentences = [body[start:end] for start, end in zip(starts, [*starts[1:], len(body)], strict=True)]
        sentences[-1] = sentences[-1].rstrip() + "\n"
        texts = [_CAPITALISED.sub(rename, sentence.replace("%", "%%")) for sentence in sentences]
        self.template = "".join(texts)
        self.starts = [0, *accumulate(map(len, texts))]
        self.words = [0, *accumulate(len(text.split()) for text in texts)]
        self.names = [0, *accumulate(text.replace("%%", "").count("%s") for text in texts)]

    def run(self, share: float, num_words: int) -> tuple[int, int]:
        """Sentences [first, last) with about so many words, from anywhere."""
        most = len(self.starts) - 1
        first = bisect_left(self.words, share * max(1, self.words[-1] - num_words), 0, most - 1)
        last = bisect_left(self.words, self.words[first] + num_words, first + 1, most)
        return first, last


def default_source() -> Path:
    """The nearest to the archive that the product is for, where it is beside the checkout; or else the demo archive."""
    beside = SHARED / "archives" / "tradepress.jsonl"
    return beside if beside.exists() else Path(str(files("index"))) / "demo" / "articles.jsonl"


def read_sources(path: Path, seed: int) -> list[Source]:
    """The articles of a JSONL file that have a body, as templates."""
    draws = np.random.default_rng([seed, 0])
    records = [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
    return [
        Source(number, record["title"], record["body"], draws.random(997))
        for number, record in enumerate(records)
        if record.get("body", "").strip()
    ]


class Names(dict[int, str]):
    """Rank -> a name that sounds Italian, another one for each rank."""

    def __missing__(self, rank: int) -> str:
        rest, ending = divmod(rank, len(_ENDINGS))
        syllables: list[str] = []
        while rest or len(syllables) < 2:
            rest, at = divmod(rest, len(_SYLLABLES))
            # Without the shift, neighbouring ranks would share all but one syllable.
            syllables.append(_SYLLABLES[(at + 17 * len(syllables) + 5 * rank) % len(_SYLLABLES)])
        name = ("".join(reversed(syllables)) + _ENDINGS[ending]).capitalize()
        if rank < _MOST_KEPT:
            self[rank] = name
        return name


def articles(num_articles: int, *, seed: int = 1, source: Path | None = None) -> Iterator[dict[str, object]]:
    """Yield articles as records of JSONL, oldest first."""
    sources = read_sources(source or default_source(), seed)
    names = Names()
    authors = [f"{_GIVEN[at % len(_GIVEN)]} {names[at * 7 + 3]}" for at in range(_NUM_AUTHORS)]
    step = (LAST_DAY - FIRST_DAY) / num_articles
    for first in range(0, num_articles, CHUNK_ARTICLES):
        draws = np.random.default_rng([seed, 1, first])
        chosen = draws.integers(len(sources), size=(CHUNK_ARTICLES, MOST_SOURCES)).tolist()
        words = draws.lognormal(np.log(MEDIAN_WORDS), SPREAD_WORDS, CHUNK_ARTICLES).clip(60, 3_000).tolist()
        shares = draws.random((CHUNK_ARTICLES, MOST_SOURCES)).tolist()
        ranks = draws.pareto(NAME_EXPONENT - 1, (CHUNK_ARTICLES, 24)) * NAME_SHIFT
        ranked = ranks.clip(max=10**10).astype(np.int64).tolist()
        writers = (draws.zipf(1.5, CHUNK_ARTICLES) % _NUM_AUTHORS).tolist()
        hours = draws.random(CHUNK_ARTICLES).tolist()
        for at in range(min(CHUNK_ARTICLES, num_articles - first)):
            parts = [sources[number] for number in chosen[at]]
            published = FIRST_DAY + (first + at + hours[at]) * step
            yield _article(
                first + at,
                parts=parts,
                num_words=words[at],
                shares=shares[at],
                ranks=ranked[at],
                names=names,
                author=authors[writers[at]],
                published=published,
            )


def _article(
    number: int,
    *,
    parts: list[Source],
    num_words: float,
    shares: list[float],
    ranks: list[int],
    names: Names,
    author: str,
    published: datetime,
) -> dict[str, object]:
    """Half of an article comes from its first source, a third from the second, what is missing from the others."""
    main = parts[0]
    texts: list[str] = []
    num_names, missing = 0, int(num_words)
    for part, share, portion in zip(parts, shares, _PORTIONS, strict=True):
        if missing <= 0:
            break
        first, last = part.run(share, max(1, int(missing * portion)))
        texts.append(part.template[part.starts[first] : part.starts[last]])
        num_names += part.names[last] - part.names[first]
        missing -= part.words[last] - part.words[first]
    template = "".join(texts)
    # A name that stands in an article tends to stand there again.
    own = [names[rank] for rank in ranks[: max(1, num_names * 2 // 3)]]
    body = template % tuple((own * (num_names // len(own) + 1))[:num_names])
    site, sections = list(_SITES.items())[main.number % len(_SITES)]
    record: dict[str, object] = {
        "id": f"a{number:07d}",
        "url": f"https://archivio.example/{published.year}/{number}",
        "site": site,
        # Some sections are larger than others.
        "section": sections[min(main.number // len(_SITES) % 7, len(sections) - 1)],
        "title": f"{own[0]}, {main.title}" if number % 2 else main.title,
        "authors": [author],
        "date": published.isoformat(timespec="seconds"),
    }
    if number % 4:  # not every article has a lead
        record["lead"] = main.template[: main.starts[1]].strip() % tuple(own[:1] * main.names[1])
    record["body"] = body.rstrip()
    return record


def add_size_options(parser: argparse.ArgumentParser) -> None:
    """The options that say of what archive something is measured, and where figures are kept."""
    parser.add_argument("--articles", type=int, default=10_000, help="taken from bench_pages where it has been run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", type=Path, default=default_source(), help="JSONL whose sentences are used")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "emeroteca-bench")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")


def corpus_and_archive(asked: argparse.Namespace) -> tuple[Path, Path]:
    """The articles that ``add_size_options`` asks for, and an archive of them; made where they are missing."""
    work: Path = asked.work / f"{asked.articles}-{asked.seed}"
    corpus, built = work / "corpus.jsonl", work / "emeroteca"
    if not corpus.exists():
        write_corpus(corpus, asked.articles, seed=asked.seed, source=asked.source)
    if not built.exists():
        add_files(built, [str(corpus)])
    return corpus, built


def write_corpus(path: Path, num_articles: int, *, seed: int = 1, source: Path | None = None) -> None:
    """Write articles as JSONL; a file is either whole or not there."""
    encode = msgspec.json.Encoder().encode
    unfinished = path.with_name(path.name + ".part")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    with unfinished.open("wb", buffering=1 << 20) as file:
        for record in articles(num_articles, seed=seed, source=source):
            file.write(encode(record) + b"\n")
    unfinished.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", type=Path, default=default_source())
    asked = parser.parse_args()
    started = time.perf_counter()
    write_corpus(asked.file, asked.articles, seed=asked.seed, source=asked.source)
    pace = asked.articles / (time.perf_counter() - started)
    print(f"{asked.articles:,} articles, {asked.file.stat().st_size:,} bytes in {asked.file} ({pace:,.0f} articles/s)")


if __name__ == "__main__":
    main()
