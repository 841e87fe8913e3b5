"""Tables in Markdown of what ``bench_pages`` and ``bench_server`` have measured.

python -m benchmarks.report FILE.json... [--into docs/performance.md] [--plot docs/performance/pages.svg]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.plots import plot, side_by_side

Report = dict[str, Any]

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
"""What the tables stand between on a page."""

_OURS = "emeroteca"
_AS_ASKED = "emeroteca-as-asked"


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; numbers stand to the right."""
    lines = ["| " + " | ".join(heading) + " |", "|---" + "|--:" * (len(heading) - 1) + "|"]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _timed(report: Report) -> dict[str, Report]:
    return {name: figures for name, figures in report["engines"].items() if "warm" in figures}


def where(report: Report) -> str:
    """Machine, versions and articles, in a sentence."""
    corpus = report["corpus"]
    return (
        f"{corpus['articles']:,} articles ({corpus['text_bytes'] / 1e6:,.0f} MB of text, seed {corpus['seed']},"
        f" sentences of {corpus['source']}), {len(report['questions'])} questions; {_machine(report)}"
    )


def _machine(report: Report) -> str:
    machine = report["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GB, load"
        f" {machine['load']:.1f}, {machine['system']}, Python {machine['python']}, {packages};"
        f" commit {machine['commit']}, {machine['date']}."
    )


def engines(report: Report) -> str:
    """A row an engine: indexing, disk, pages warm and cold, how many times longer than ours they take, memory."""
    own = {name: _timed(report)[name]["warm"]["p50_ms"] for name in (_OURS, _AS_ASKED)}
    text_bytes = report["corpus"]["text_bytes"]
    rows = []
    for name, figures in sorted(_timed(report).items(), key=lambda item: item[1]["warm"]["p50_ms"]):
        warm, cold = figures["warm"], figures["cold"]
        rows.append(
            (
                f"{name} {figures['version']}",
                figures["articles_per_s"],
                figures["disk_bytes"] / text_bytes,
                warm["p50_ms"],
                warm["p95_ms"],
                warm["p99_ms"],
                figures["typical"]["p50_ms"],
                figures["cpu"]["p50_ms"],
                warm["p50_ms"] / own[_OURS],
                warm["p50_ms"] / own[_AS_ASKED],
                cold["p50_ms"],
                cold["p95_ms"],
                figures["private_bytes"] / 1e6,
                figures["answers"].get("totals_apart"),
                figures["rounds"],
            )
        )
    heading = ["engine", "articles/s", "disk / text", "p50 ms", "p95", "p99", "all rounds p50", "CPU p50"]
    heading += ["p50 / ours", "p50 / ours as asked", "cold p50", "cold p95", "memory MB", "totals apart", "rounds"]
    missing = [f"{name}: {one['missing']}." for name, one in report["engines"].items() if "missing" in one]
    settings = [f"{name}: {one['setting']}." for name, one in _timed(report).items()]
    return "\n\n".join([table(heading, rows), *missing, *settings])


def kinds(report: Report) -> str:
    """A row a kind of question: the median of each engine."""
    timed = _timed(report)
    order = dict.fromkeys(question["kind"] for question in report["questions"])
    rows = [(kind, *(figures["kinds"][kind]["p50_ms"] for figures in timed.values())) for kind in order]
    return table(("kind", *timed), rows)


def losses(report: Report, most: int = 20) -> str:
    """The questions that another engine answers quicker than ours, answering as asked: how many, and the worst.

    An engine that does no whole page is left out.
    """
    timed = _timed(report)
    ours = timed[_AS_ASKED]["by_question_ms"]
    others = {name: one for name, one in timed.items() if name not in (_OURS, _AS_ASKED) and None not in one["totals"]}
    counts = [
        (name, sum(its < own for own, its in zip(ours, one["by_question_ms"], strict=True)), len(ours))
        for name, one in others.items()
    ]
    rows = []
    for at, (question, own) in enumerate(zip(report["questions"], ours, strict=True)):
        its, name = min((one["by_question_ms"][at], name) for name, one in others.items()) if others else (own, "")
        if its < own:
            rows.append((question["kind"], question["text"], name, own, its))
    worst = sorted(rows, key=lambda row: row[4] - row[3])[:most]
    heading = ("kind", "question", "quickest", "ours ms", "its ms")
    return "\n\n".join((table(("quicker than ours", "questions", "of"), counts), table(heading, worst)))


def own_figures(reports: Sequence[Report]) -> str:
    """What only our engine is asked, a column a size: parts on disk, the command, one article more."""
    parts = dict.fromkeys(part for report in reports for part in report["emeroteca"]["parts_bytes"])
    rows = [(f"{part} / text", *(_share(report, part) for report in reports)) for part in parts]
    own = [report["emeroteca"] for report in reports]
    rows += [
        ("`emeroteca search`, archive in the page cache, ms", *(one["command"]["cached_ms"] for one in own)),
        ("`emeroteca search`, archive evicted, ms", *(one["command"]["evicted_ms"] for one in own)),
        ("one article added and found, ms", *(one["added"]["p50_ms"] for one in own)),
    ]
    return table(("emeroteca", *(f"{one['corpus']['articles']:,}" for one in reports)), rows)


def _share(report: Report, part: str) -> float:
    share: float = report["emeroteca"]["parts_bytes"].get(part, 0) / report["corpus"]["text_bytes"]
    return share


def growth(reports: Sequence[Report]) -> str:
    """A row an engine, a column a size: median / p95."""
    names = dict.fromkeys(name for report in reports for name in _timed(report))
    rows = []
    for name in names:
        warm = [_timed(report).get(name, {}).get("warm") for report in reports]
        rows.append((name, *(f"{one['p50_ms']:.2f} / {one['p95_ms']:.2f}" if one else None for one in warm)))
    return table(("page ms, median / p95", *(f"{one['corpus']['articles']:,}" for one in reports)), rows)


def plots(reports: Sequence[Report]) -> str:
    """The growth of the engines that do the whole page, as SVG: median and 95th percentile."""
    lines: dict[str, dict[str, dict[int, float]]] = {"p50_ms": {}, "p95_ms": {}}
    for report in sorted(reports, key=lambda one: int(one["corpus"]["articles"])):
        for name, figures in _timed(report).items():
            if None not in figures["totals"]:
                for which, line in lines.items():
                    line.setdefault(name, {})[report["corpus"]["articles"]] = figures["warm"][which]
    titles = {"p50_ms": "A page, median of all questions", "p95_ms": "A page, 95th percentile"}
    return side_by_side([plot(titles[which], line) for which, line in lines.items()])


def server(report: Report) -> str:
    """Requests over HTTP while articles are added."""
    names = ("clients", "requests_per_s", "p50_ms", "p95_ms", "p99_ms", "processor_ms", "failed", "added")
    # Reports from before a server could have several do not tell.
    rows = [[one["asked"], one.get("processes", 1), *(one[name] for name in names)] for one in report["clients"]]
    heading = (
        *("asked", "processes", "clients", "requests/s", "p50 ms", "p95", "p99"),
        *("processor ms a request", "failed", "articles added meanwhile"),
    )
    told = f"{report['articles']:,} articles, {report['private_bytes'] / 1e6:,.0f} MB beside the page cache"
    return f"{told}; {_machine(report)}\n\n{table(heading, rows)}"


def markdown(reports: Sequence[Report]) -> str:
    """All tables of some runs, the smallest archive first."""
    pages = sorted((one for one in reports if "engines" in one), key=lambda one: one["corpus"]["articles"])
    parts: list[str] = []
    for report in pages:
        parts += [f"### {report['corpus']['articles']:,} articles", where(report), engines(report)]
        parts += ["By kind of question, medians in ms:", kinds(report)]
        parts += ["Where another engine that does the whole page is quicker:", losses(report)]
    if len(pages) > 1:
        parts += ["### Growth", growth(pages)]
    if pages:
        parts += ["### Disk, the command, one article more", own_figures(pages)]
    if served := [report for report in reports if "clients" in report]:
        parts += ["### Over HTTP", *map(server, sorted(served, key=lambda one: int(one["articles"])))]
    return "\n\n".join(parts)


def put_into(page: Path, tables: str) -> None:
    """Put the tables between the two marks of a page, in place of what stood there."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"{page} lacks {BEGIN!r} or, behind it, {END!r}")
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="put the tables between the marks of a page")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="write a plot of how pages grow with the archive")
    asked = parser.parse_args()
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in asked.files]
    if asked.plot:
        asked.plot.write_text(plots([report for report in reports if "engines" in report]), encoding="utf-8")
    tables = markdown(reports)
    if asked.into:
        put_into(asked.into, tables)
    else:
        print(tables)


if __name__ == "__main__":
    main()
