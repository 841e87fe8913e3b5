"""Pages of results, ours and those of other engines, on the same articles in the same run.

    python -m benchmarks.bench_pages [--articles 10000] [--peers tantivy,fts5] [--rounds 5] [--json FILE]

Each engine indexes the same file, one after the other. Then each answers every question once from a fresh process whose
files were dropped from the page cache, and its answers are compared with ours. Then all answer in turns, a few
questions each, so that whatever else the machine does hits them alike. Of a question the quickest round counts, as
other work can only add to it; the median of all rounds and the processor time are reported beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.corpus import default_source, write_corpus
from benchmarks.footprint import bytes_by_part, evict, size_bytes
from benchmarks.machine import describe_machine
from benchmarks.peers import OURS, PEERS, Answer, PeerMissing
from benchmarks.queries import Question, make_questions, read_records
from benchmarks.report import markdown
from benchmarks.worker import PeerFailed, Took, Worker

TURN: Final = 16
"""Questions that one engine answers before it is the next one's turn."""
REFERENCE: Final = "emeroteca-as-asked"
"""What the answers of the others are compared with: none of them widens a question."""
MOST_TOTALS_APART: Final = 3.0
"""Stemmers differ; an engine whose totals are as a rule further from ours does not answer the same questions."""

Report = dict[str, Any]


@dataclass
class Measured:
    """An engine and what was found out about it.

    Attributes:
        cold: how long the first answer to each question took, by question.
        rounds: the later ones, by round and question.
    """

    worker: Worker
    cold: list[Took] = field(default_factory=list)
    rounds: list[list[Took]] = field(default_factory=list)

    def figures(self, questions: Sequence[Question]) -> Report:
        """What is reported of the times."""
        by_question = list(zip(*self.rounds, strict=True))
        best_ms = [min(took.wall_ms for took in some) for some in by_question]
        return {
            "rounds": len(self.rounds),
            "cold": spread([took.wall_ms for took in self.cold]) | {"first_ms": round(self.cold[0].wall_ms, 1)},
            "warm": spread(best_ms),
            "typical": spread([statistics.median(took.wall_ms for took in some) for some in by_question]),
            "cpu": spread([min(took.cpu_ms for took in some) for some in by_question]),
            "kinds": by_kind(best_ms, questions),
            "by_question_ms": [round(took_ms, 3) for took_ms in best_ms],
        }


def spread(times: Sequence[float]) -> dict[str, float]:
    """Median, p95, p99 and the longest, in milliseconds."""
    ordered = sorted(times)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    return {"p50_ms": round(statistics.median(ordered), 3), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0)}


def compare(ours: Sequence[Answer], theirs: Sequence[Answer], questions: Sequence[Question]) -> Report:
    """How another engine's answers differ from ours, for questions that every engine understands alike.

    Returns:
        ``totals_apart``: the median, over plain questions that find 20 articles or more with us, of how many times
        more or fewer it finds; ``facets_add_up``: whether its sites have as many articles as it finds;
        ``same_top10``: how many of our ten best articles are among its own, on average.
    """
    apart = [
        max(own.total or 0, other.total) / max(1, min(own.total or 0, other.total))
        for own, other, question in zip(ours, theirs, questions, strict=True)
        if question.is_plain and not question.kwargs and other.total is not None and (own.total or 0) >= 20
    ]
    add_up = all(answer.total is None or sum(answer.facets["site"].values()) == answer.total for answer in theirs)
    same = [len({*own.ids} & {*other.ids}) / len(own.ids) for own, other in zip(ours, theirs, strict=True) if own.ids]
    return {
        "totals_apart": round(statistics.median(apart), 2) if apart else None,
        "compared": len(apart),
        "facets_add_up": add_up,
        "same_top10": round(statistics.mean(same), 2) if same else None,
    }


def take_turns(engines: Sequence[Measured], questions: Sequence[Question], rounds: int, budget_s: float) -> None:
    """Let the engines answer all questions some times, a few each at a time; a slow one has fewer rounds."""
    spent = dict.fromkeys((engine.worker.name for engine in engines), 0.0)
    for number in range(rounds):
        runners = [engine for engine in engines if number == 0 or spent[engine.worker.name] < budget_s]
        if not runners:
            break
        for runner in runners:
            runner.rounds.append([])
        for first in range(0, len(questions), TURN):
            ahead = (number + first // TURN) % len(runners)
            for runner in runners[ahead:] + runners[:ahead]:
                took = runner.worker.pages(questions[first : first + TURN])
                runner.rounds[-1] += took
                spent[runner.worker.name] += sum(one.wall_ms for one in took) / 1_000


def by_kind(times: Sequence[float], questions: Sequence[Question]) -> dict[str, dict[str, float]]:
    kinds: dict[str, list[float]] = {}
    for took_ms, question in zip(times, questions, strict=True):
        kinds.setdefault(question.kind, []).append(took_ms)
    return {kind: spread(some) for kind, some in kinds.items()}


def command_ms(folder: Path, questions: Sequence[Question], times: int) -> dict[str, float]:
    """How long a whole ``emeroteca search`` takes, with its archive in the page cache and not; the median of a few."""
    plain = [question for question in questions if question.is_plain]
    chosen = plain[:: max(1, len(plain) // times)][:times]
    # Bytecode is kept from the first run on, as of a program that is installed, whatever is set for this one.
    environment = dict(os.environ, PYTHONPYCACHEPREFIX=str(folder.parent / "bytecode"))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(question: Question) -> float:
        program = "from index.cli import main; main()"
        command = [sys.executable, "-c", program, "--data", str(folder), "search", question.text]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        return (time.perf_counter() - started) * 1_000

    def run_all(*, is_evicted: bool) -> float:
        took_ms = []
        for question in chosen:
            if is_evicted:
                evict(folder)
            else:
                run(question)  # what it reads is in the page cache after that
            took_ms.append(run(question))
        return round(statistics.median(took_ms), 1)

    run(chosen[0])  # its first run

    return {"evicted_ms": run_all(is_evicted=True), "cached_ms": run_all(is_evicted=False)}


def added_ms(folder: Path, times: int) -> dict[str, float]:
    """How long it takes from one more article to a page that shows it, in an open archive; a few times."""
    import search
    from index.article import Article
    from index.operations import add_articles, remove_articles

    took, ids = [], [f"added-{number}" for number in range(times)]
    with search.open_archive(folder, kernels="compiled") as archive:
        archive.search("notizie", size=1)
        for article_id in ids:
            word = article_id.replace("added-", "aggiuntissimo")
            article = Article(article_id=article_id, title=f"Notizia {word}", body=f"Il testo dell'articolo {word}.")
            started = time.perf_counter()
            add_articles(folder, [article])
            page = archive.search(word, widen=False)
            took.append((time.perf_counter() - started) * 1_000)
            if [hit.article.article_id for hit in page.hits] != [article_id]:
                raise RuntimeError(f"{article_id} was added and is not found")
    remove_articles(folder, ids)
    return spread(took)


@dataclass(kw_only=True)
class Bench:
    """One run: the articles, the questions, and what is known of each engine so far.

    Attributes:
        work: where the engines build, a folder a family.
        reuse: whether what an earlier run has built is taken.
        report: what is reported of each engine, by name; what keeps one from being measured is told under ``missing``.
    """

    corpus: Path
    num_articles: int
    questions: list[Question]
    work: Path
    reuse: bool
    report: dict[str, Report] = field(default_factory=dict)
    ours: list[Answer] = field(default_factory=list)

    def measure(self, names: Sequence[str], *, rounds: int, budget_s: float) -> None:
        """Everything about every engine; the one of REFERENCE must be the first."""
        with ExitStack() as stack:
            engines: list[Measured] = []
            for name in names:
                try:
                    engines.append(self._start(name, stack))
                except PeerMissing as error:
                    self.report[name] = {"missing": str(error)}
                except PeerFailed:
                    self.report[name] = {"missing": "it failed"}
            tell("all in turns")
            take_turns(engines, self.questions, rounds, budget_s)
            for engine in engines:
                figures = engine.figures(self.questions)
                self.report[engine.worker.name] |= figures | {"private_bytes": engine.worker.private_bytes()}

    def _start(self, name: str, stack: ExitStack) -> Measured:
        """An engine that has indexed the articles and answered each question twice, and does so sensibly.

        Raises:
            PeerMissing: it is not installed, not meant for so many articles, or answers other questions.
            PeerFailed: it ended.
        """
        worker = stack.enter_context(Worker(name))
        if self.num_articles > worker.about.most_articles:
            raise PeerMissing(f"is run with at most {worker.about.most_articles:,} articles")
        figures = worker.about._asdict() | self._built(name, worker.about.family)
        tell(f"{name}: answering from a cold start")
        folder = self.work / worker.about.family
        evict(folder)
        engine = Measured(worker)
        figures["open_ms"] = round(worker.open(self.corpus, folder), 1)
        engine.cold = worker.pages(self.questions)
        answers = worker.answers(self.questions)
        self.ours = self.ours or answers
        figures["totals"] = [answer.total for answer in answers]
        figures["answers"] = compare(self.ours, answers, self.questions)
        if (figures["answers"]["totals_apart"] or 1.0) > MOST_TOTALS_APART or not figures["answers"]["facets_add_up"]:
            raise PeerMissing(f"answers other questions than ours ({figures['answers']}), so it is not timed")
        self.report[name] = figures
        return engine

    def _built(self, name: str, family: str) -> Report:
        """Index the articles, or take what an engine of the same family has built in this run, or in an earlier one."""
        folder, record = self.work / family, self.work / f"{family}.json"
        is_built = self.reuse or any(figures.get("family") == family for figures in self.report.values())
        if not (is_built and record.exists()):
            tell(f"{name}: indexing")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            with Worker(name) as worker:  # not the one that answers: it would have seen the files
                seconds = worker.build(self.corpus, folder)
            built = {"seconds": round(seconds, 2), "articles_per_s": round(self.num_articles / seconds)}
            record.write_text(json.dumps(built | {"disk_bytes": size_bytes(folder)}), encoding="utf-8")
        figures: Report = json.loads(record.read_text(encoding="utf-8"))
        return figures


def tell(what: str) -> None:
    """How far a run has come."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def run(asked: argparse.Namespace) -> Report:
    """Measure all that was asked for."""
    work: Path = asked.work / f"{asked.articles}-{asked.seed}"
    corpus = work / "corpus.jsonl"
    if not (asked.reuse and corpus.exists()):
        tell(f"writing {asked.articles:,} articles")
        write_corpus(corpus, asked.articles, seed=asked.seed, source=asked.source)
    bench = Bench(
        corpus=corpus,
        num_articles=asked.articles,
        questions=make_questions(read_records(corpus), asked.seed)[:: asked.every],
        work=work,
        reuse=asked.reuse,
    )
    names = [REFERENCE, *OURS, *asked.peers.split(",")]
    bench.measure([name for name in dict.fromkeys(names) if name], rounds=asked.rounds, budget_s=asked.budget)
    tell("the command, and one article more")
    folder = work / "emeroteca"
    texts = (f"{one['title']}{one.get('lead', '')}{one['body']}" for one in read_records(corpus))
    return {
        "machine": describe_machine(),
        "corpus": {
            "articles": asked.articles,
            "seed": asked.seed,
            "source": asked.source.name,
            "bytes": corpus.stat().st_size,
            "text_bytes": sum(len(text.encode()) for text in texts),
        },
        "questions": [{"kind": one.kind, "text": one.text, **one.kwargs} for one in bench.questions],
        "engines": bench.report,
        "emeroteca": {
            "parts_bytes": bytes_by_part(folder),
            "command": command_ms(folder, bench.questions, asked.repeats),
            "added": added_ms(folder, asked.repeats),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument(
        "--peers", default=",".join(name for name in PEERS if name not in OURS), help="names, with commas"
    )
    parser.add_argument("--rounds", type=int, default=5, help="after the cold one")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds of answering after which an engine stops")
    parser.add_argument("--repeats", type=int, default=7, help="of what is measured a few times: the command, adding")
    parser.add_argument("--every", type=int, default=1, help="ask only every so manyth question")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", type=Path, default=default_source(), help="JSONL whose sentences are used")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "emeroteca-bench")
    parser.add_argument("--reuse", action="store_true", help="take the articles and indexes of the run before")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    asked = parser.parse_args()
    report = run(asked)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(markdown([report]))


if __name__ == "__main__":
    main()
