"""How long related news takes, for articles of the archive and for drafts.

    python -m benchmarks.bench_related [--articles 10000] [--asked 200] [--json FILE]

Articles are asked for by their ids, evenly over the archive, and drafts are the first 500 words of others, with their
sentences in another order, so that they are no copies. Times are of one answer of ten articles with reasons and
snippets, warm, in milliseconds; compiled kernels. The archive is the one of ``bench_server``, made where it is missing.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from benchmarks.corpus import add_size_options, corpus_and_archive
from benchmarks.machine import describe_machine
from benchmarks.queries import read_records
from search import open_archive

DRAFT_WORDS: Final = 500

T = TypeVar("T")


def draft_of(record: dict[str, object], chance: random.Random) -> str:
    """A draft about what an article is about."""
    sentences = str(record["body"]).split(". ")
    chance.shuffle(sentences)
    return " ".join(f"{record['title']}\n{'. '.join(sentences)}".split(" ")[:DRAFT_WORDS])


def timed(ask: Callable[[T], object], asked: Sequence[T]) -> dict[str, float]:
    """Median and 95th percentile of asking, the first half not counted: it warms up."""
    times_ms = []
    for one in asked:
        started = time.perf_counter()
        ask(one)
        times_ms.append((time.perf_counter() - started) * 1_000)
    cuts = statistics.quantiles(times_ms[len(times_ms) // 2 :], n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2)}


def run(asked: argparse.Namespace) -> dict[str, Any]:
    corpus, built = corpus_and_archive(asked)
    chance = random.Random(asked.seed)
    chosen = set(chance.sample(range(asked.articles), min(4 * asked.asked, asked.articles)))
    some = [record for at, record in enumerate(read_records(corpus)) if at in chosen]
    ids = [str(record["id"]) for record in some[::2]]
    drafts = [draft_of(record, chance) for record in some[1::2]]
    with open_archive(built, kernels="compiled") as archive:
        return {
            "machine": describe_machine(),
            "articles": asked.articles,
            "article": timed(lambda article_id: archive.related(article_id=article_id), ids),
            "draft": timed(lambda draft: archive.related(text=draft), drafts),
            "search": timed(archive.search, [str(record["title"]) for record in some[::2]]),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--asked", type=int, default=200, help="answers that are timed, of each kind")
    add_size_options(parser)
    asked = parser.parse_args()
    report = run(asked)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for name in ("article", "draft", "search"):
        print(f"{name:8} p50 {report[name]['p50_ms']:8.2f} ms   p95 {report[name]['p95_ms']:8.2f} ms")


if __name__ == "__main__":
    main()
