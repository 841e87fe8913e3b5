"""Italian analysis: how well forms are conflated at level L, and how fast texts are cut and forms keyed.

    python benchmarks/bench_italian.py [--forms FILE] [--archive FILE] [--articles N] [--json]

``--forms`` is a table of form, lemma, part of speech and count, with tabs between: by default the one beside the
checkout (five treebanks of Universal Dependencies). ``--archive`` is JSONL of articles, by default the demo archive.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

import numpy as np

from index.article import Article
from index.encoder import TextEncoder
from index.italian import exact_keys, is_stop_word, lemma_keys, other_lemma_keys, stem_keys
from index.lexicon import build_part
from index.sources import read_source

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FORMS = SHARED / "lexical" / "ud_italian_form_lemma.tsv"
REPEATS = 5

Keys = Callable[[str], Iterable[str]]


def read_forms(path: Path) -> dict[str, Counter[str]]:
    """Form -> how often it has each lemma."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for line in path.read_text(encoding="utf-8").splitlines():
        form, lemma, _, count = line.split("\t")
        if count.isdigit():  # not the heading
            forms[form][lemma] += int(count)
    return forms


def conflation(forms: dict[str, Counter[str]], keys_of: Keys) -> dict[str, float]:
    """How well "shares a key" agrees with "shares a lemma".

    Returns:
        precision, recall, f1 over pairs of forms; and query_*, for a form drawn as it occurs in running text, what
        share of the mentions found is right, and what share of the right ones is found.
    """
    keys = {form: frozenset(keys_of(form)) for form in forms}
    by_key: dict[str, set[str]] = defaultdict(set)
    by_lemma: dict[str, set[str]] = defaultdict(set)
    for form, lemmas in forms.items():
        for key in keys[form]:
            by_key[key].add(form)
        for lemma in lemmas:
            by_lemma[lemma].add(form)
    mentions = {form: sum(lemmas.values()) for form, lemmas in forms.items()}
    pairs = Counter[str]()
    right = found = wanted = weight_found = weight_wanted = 0.0
    for form, lemmas in forms.items():
        same = set().union(*(by_key[key] for key in keys[form])) - {form}
        gold = set().union(*(by_lemma[lemma] for lemma in lemmas)) - {form}
        pairs += Counter(both=len(same & gold), same=len(same), gold=len(gold))
        both = sum(mentions[one] for one in same & gold)
        if same:
            found += mentions[form] * both / sum(mentions[one] for one in same)
            weight_found += mentions[form]
        if gold:
            wanted += mentions[form] * both / sum(mentions[one] for one in gold)
            weight_wanted += mentions[form]
    right = pairs["both"]
    precision, recall = right / pairs["same"], right / pairs["gold"]
    query_precision, query_recall = found / weight_found, wanted / weight_wanted
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "query_precision": query_precision,
        "query_recall": query_recall,
        "query_f": 2 * query_precision * query_recall / (query_precision + query_recall),
    }


def found_by(form: str) -> tuple[str, ...]:
    """Every key of level L that a form is found by."""
    return (*lemma_keys(form), *other_lemma_keys(form))


def median_seconds(call: Callable[[], object]) -> float:
    """The median time of a few calls."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=Path, default=FORMS)
    parser.add_argument("--archive", default=str(Path(str(files("index"))) / "demo" / "articles.jsonl"))
    parser.add_argument("--articles", type=int, default=3_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    report: dict[str, dict[str, float]] = {}
    if asked.forms.exists():
        forms = read_forms(asked.forms)
        report["level L"] = conflation(forms, found_by)
        report["level L, its own key alone"] = conflation(forms, lemma_keys)
        report["level S"] = conflation(forms, lambda form: exact_keys(form) if is_stop_word(form) else stem_keys(form))
    articles = [one for one in read_source(asked.archive) if isinstance(one, Article)][: asked.articles]
    texts = [text for one in articles for text in (one.title, one.lead, one.body)]
    encoder = TextEncoder()
    started = time.perf_counter()
    words = int(encoder.encode(texts).length.sum())
    cold = time.perf_counter() - started
    warm = median_seconds(lambda: encoder.encode(texts))
    report["tokenising"] = {"words": words, "cold_words_a_second": words / cold, "warm_words_a_second": words / warm}
    build_part(["governo"], 0)  # the dictionary is loaded
    started = time.perf_counter()
    part = build_part(encoder.forms, 0)
    seconds = time.perf_counter() - started
    report["keying"] = {"forms": len(encoder.forms), "forms_a_second": len(encoder.forms) / seconds}
    report["lexicon"] = {"bytes_a_form": sum(np.asarray(array).nbytes for array in part.values()) / len(encoder.forms)}
    if asked.json:
        print(json.dumps(report))
        return
    for name, figures in report.items():
        print(name + "".join(f"  {figure} {value:,.3f}" for figure, value in figures.items()))


if __name__ == "__main__":
    main()
