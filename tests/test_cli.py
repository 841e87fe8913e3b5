"""The command line as an operator uses it: what it prints, and how it ends."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from judged import write_judgements
from refusing import refuse

from index.cli import main
from index.italian import lemma_keys
from index.lexicon import LEVELS

Run = Callable[..., Result]
EMEROTECA = (sys.executable, "-c", "from index.cli import main; main()")

ARTICLES: list[dict[str, Any]] = [
    {
        "id": "a1",
        "title": "Nuove norme sulla sicurezza",
        "body": "La direttiva NIS2 riguarda le aziende.",
        "site": "Alfa",
    },
    {
        "id": "a2",
        "title": "Il mercato dei server",
        "body": "Dell presenta i server per l'AI.",
        "section": "Mercato / Server",
    },
    {
        "id": "a3",
        "title": "Dell'uso dei dati",
        "body": "I dati dell’azienda vanno ai clienti.",
        "date": "2024-03-13",
        "authors": ["Ada Neri"],
        "rubrica": {"numero": 7},
    },
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Calls the program on an archive in a folder of the test's own."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["--data", str(tmp_path / "data"), *arguments], input=stdin)

    return call


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    return path


def found(result: Result) -> list[str]:
    return [hit["id"] for hit in json.loads(result.stdout)["hits"]]


def test_added_articles_are_found_when_add_returns(run: Run, source: Path) -> None:
    added = run("add", str(source))
    assert (added.exit_code, added.stdout) == (
        0,
        "3 articles went through: 3 added, 0 replaced, 0 unchanged, 0 removed, 0 rejected\n",
    )
    assert found(run("search", "aziende", "--json", "--no-widen")) == ["a1", "a3"]


def test_the_same_article_is_unchanged_and_another_text_replaces_it(run: Run, source: Path) -> None:
    run("add", str(source))
    again = run("add", str(source), "--json")
    assert json.loads(again.stdout) == {"added": 0, "replaced": 0, "unchanged": 3, "removed": 0, "rejected": 0}
    changed = json.dumps({**ARTICLES[0], "body": "Parla solo di phishing."})
    replaced = run("add", "-", "--json", stdin=changed)
    assert json.loads(replaced.stdout) == {"added": 0, "replaced": 1, "unchanged": 0, "removed": 0, "rejected": 0}
    assert found(run("search", "phishing", "--json")) == ["a1"]
    assert found(run("search", "NIS2", "--json", "--no-widen")) == []


def test_a_canceled_article_is_taken_out_by_add(run: Run, source: Path) -> None:
    run("add", str(source))
    canceled = run(
        "add", "-", "--json", stdin='{"id": "a1", "status": "canceled"}\n{"id": "zz", "status": "canceled"}\n'
    )
    assert canceled.exit_code == 0
    assert json.loads(canceled.stdout) == {"added": 0, "replaced": 0, "unchanged": 1, "removed": 1, "rejected": 0}
    assert found(run("search", "NIS2", "--json", "--no-widen")) == []


def test_a_bad_record_is_reported_with_its_place_and_the_rest_goes_in(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"id": "x", "title": "Uno", "body": "prova"}\n{"id": "y"}\n{broken\n', encoding="utf-8")
    result = run("add", str(path))
    assert result.exit_code == 3
    assert "1 article went through: 1 added, 0 replaced, 0 unchanged, 0 removed, 2 rejected" in result.stdout
    assert f"{path}:2:" in result.stderr
    assert f"{path}:3:" in result.stderr
    assert found(run("search", "prova", "--json")) == ["x"]


def test_many_rejections_are_counted_by_reason(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "headlines.jsonl"
    path.write_text(
        "\n".join(json.dumps({"id": f"h{at}", "title": "Solo titolo"}) for at in range(50)), encoding="utf-8"
    )
    refused = run("add", str(path))
    assert refused.exit_code == 3
    assert refused.stderr.count("rejected ") == 21
    assert f"rejected 30 more, the first: {path}:21: body is missing" in refused.stderr
    assert "50 added" in run("add", "--allow-empty-body", str(path)).stdout


def test_a_rejection_of_its_own_kind_keeps_its_place_and_the_kinds_left_out_are_counted(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.jsonl"
    bodiless = [json.dumps({"id": f"h{at}", "title": "Solo titolo"}) for at in range(25)]
    odd = [json.dumps({"id": f"o{at}", "title": "T", "body": "b", "reads": f"x{at}"}) for at in range(25)]
    path.write_text("\n".join([*bodiless, "{broken", *odd]), encoding="utf-8")
    told = run("add", str(path)).stderr
    assert f"rejected 5 more, the first: {path}:21: body is missing" in told
    assert f"rejected 1 more: {path}:26: the line is not JSON" in told
    assert "rejected 7 more for 7 other reasons" in told


def test_rebuild_refuses_a_folder_that_is_no_archive_and_makes_none(run: Run, tmp_path: Path) -> None:
    result = run("rebuild")
    assert result.exit_code == 1
    assert "add articles with `emeroteca add FILE` first" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_is_a_file_is_refused(run: Run, source: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x", encoding="utf-8")
    result = run("add", str(source))
    assert result.exit_code == 1
    assert "is not a folder; name a folder with --data" in result.stderr


def test_of_the_sample_page_the_article_is_found_and_nothing_around_it(run: Run, shared_data: Path) -> None:
    run("add", str(shared_data / "formats" / "sample-page.txt"))
    assert json.loads(run("stats", "--json").stdout)["articles"] == 1
    page = json.loads(run("search", "xiaomi emissioni", "--no-widen", "--json").stdout)
    (hit,) = page["hits"]
    assert hit["title"] == "Xiaomi ESG report: obiettivo catena del valore a emissioni zero di carbonio"
    assert (hit["section"], hit["published"]) == ("Transizione Energetica / Sostenibilità", None)
    for word in ("Iran", "newsletter", "nucleare", "illycaffè", "Marghera"):
        assert json.loads(run("search", word, "--no-widen", "--json").stdout)["total"] == 0


def test_nothing_but_the_result_is_printed_in_a_pipe(run: Run, source: Path) -> None:
    assert run("add", str(source)).stderr == ""


def shown_on_a_terminal(tmp_path: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What the program draws on standard error when that is a terminal, as it would stand in it at the end."""
    reader, terminal = pty.openpty()
    with subprocess.Popen(
        [*EMEROTECA, "--data", str(tmp_path / "data"), *arguments],
        env=os.environ | {"COLUMNS": "100"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        said = b""
        process.communicate(stdin)
        with suppress(OSError):  # how Linux says that nobody writes to it any more
            while some := os.read(reader, 1 << 16):
                said += some
    os.close(reader)
    lines = re.sub(r"\x1b\[\?25[hl]", "", said.decode()).split("\n")
    return "\n".join(re.split(r"\r(?:\x1b\[K)?", line.rstrip("\r"))[-1].rstrip() for line in lines)


@pytest.mark.parametrize("name", ["articles.jsonl", "articles.jsonl.gz"])
def test_bars_with_totals_show_on_a_terminal_how_far_add_and_rebuild_have_come(
    source: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "articles.jsonl.gz").write_bytes(gzip.compress(source.read_bytes()))
    done = r"indexing  \[#+\]  3/3  100%  [\d,]+ articles/s\n"
    shown = shown_on_a_terminal(tmp_path, "add", str(tmp_path / name))
    assert re.fullmatch(r"reading  \[#+\]  100%\n" + done, shown), shown
    shown = shown_on_a_terminal(tmp_path, "add", str(tmp_path / name))
    assert re.fullmatch(r"reading  \[#+\]  100%\n", shown), "nothing is left to index"
    shown = shown_on_a_terminal(tmp_path, "rebuild")
    assert re.fullmatch(done, shown), shown


def test_bars_show_on_a_terminal_how_far_verify_has_come(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    steps = ("checking files", "reading articles", "comparing articles", "comparing keys")
    shown = shown_on_a_terminal(tmp_path, "verify")
    assert re.fullmatch("".join(rf"{step}  \[#+\]  100%\n" for step in steps), shown), shown


def test_standard_input_has_no_total_and_is_counted(source: Path, tmp_path: Path) -> None:
    shown = shown_on_a_terminal(tmp_path, "add", "-", stdin=source.read_bytes() + b"\n{broken\n")
    rejected, read, *_ = shown.split("\n")
    assert rejected.startswith("emeroteca: rejected -:4: ")
    assert re.fullmatch(r"reading  \[[-#]+\]  4", read), shown


def test_a_page_beyond_the_last_says_where_the_results_end(run: Run, source: Path) -> None:
    run("add", str(source))
    beyond = run("search", "", "--page", "999", "--size", "2")
    assert beyond.stdout == "3 articoli\n(questa pagina non c'è: i risultati finiscono alla pagina 2)\n"
    assert "pagina" not in run("search", "", "--page", "2", "--size", "2").stdout


def test_an_acronym_and_a_brand_are_found_by_themselves(run: Run, source: Path) -> None:
    run("add", str(source))
    assert found(run("search", "AI", "--json", "--no-widen")) == ["a2"]
    assert found(run("search", "ai", "--json", "--no-widen")) == ["a3"]
    assert found(run("search", "Dell", "--json", "--no-widen")) == ["a2"]
    assert found(run("search", "dell'", "--json", "--no-widen")) == ["a3"]


def test_a_removed_article_is_found_no_more_and_an_unknown_one_is_said(run: Run, source: Path) -> None:
    run("add", str(source))
    result = run("remove", "a1", "zz")
    assert result.exit_code == 3
    assert result.stdout == "1 article removed\n"
    assert "'zz' is unknown" in result.stderr
    assert found(run("search", "NIS2", "--json", "--no-widen")) == []
    assert json.loads(run("stats", "--json").stdout)["articles"] == 2


def test_an_id_that_is_no_text_is_unknown(run: Run, source: Path) -> None:
    run("add", str(source))
    result = run("remove", "a\udcff")
    assert result.exit_code == 3
    assert "is unknown" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_export_is_taken_back_unchanged(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    path = tmp_path / "copy.jsonl.gz"
    assert run("export", str(path)).exit_code == 0
    records = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert {record["id"] for record in records} == {"a1", "a2", "a3"}
    assert next(record for record in records if record["id"] == "a3")["rubrica"] == {"numero": 7}
    assert json.loads(run("add", str(path), "--json").stdout)["unchanged"] == 3


def test_rebuild_gives_a_new_generation_and_is_skipped_when_not_needed(run: Run, source: Path) -> None:
    run("add", str(source))
    before = json.loads(run("search", "server", "--json").stdout)
    assert run("rebuild", "--if-needed").stdout == "the index is up to date\n"
    assert run("rebuild").stdout == "generation 2 is current\n"
    after = json.loads(run("search", "server", "--json").stdout)
    assert (before["generation"], after["generation"]) == (1, 2)
    assert before["hits"] == after["hits"]


def test_verify_names_a_damaged_file_and_its_remedy_and_rebuild_heals_it(
    run: Run, source: Path, tmp_path: Path
) -> None:
    run("add", str(source))
    whole = run("verify")
    assert whole.exit_code == 0
    assert whole.stdout == "the index holds what was written to it and agrees with the store: 3 articles, 6 files\n"
    segment = next((tmp_path / "data" / "index").glob("*.seg"))
    damaged = bytearray(segment.read_bytes())
    damaged[-70] ^= 0xFF
    segment.write_bytes(damaged)
    result = run("verify")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.startswith(
        f"emeroteca: {segment}: does not hold what was written to it; run `emeroteca rebuild`"
    )
    assert result.stderr.count("\n") == 1
    run("rebuild")
    assert run("verify").exit_code == 0


def test_a_quick_verify_reads_no_large_file_and_says_what_it_looked_at(
    run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", str(source))
    segment = next((tmp_path / "data" / "index").glob("*.seg"))
    damaged = bytearray(segment.read_bytes())
    damaged[-70] ^= 0xFF
    segment.write_bytes(damaged)
    monkeypatch.setattr("index.columns.SMALL_BYTES", 0)  # all files are large
    result = run("verify", "--quick")
    assert result.exit_code == 0
    assert result.stdout == "the index has the files that were written and agrees with the store: 3 articles, 6 files\n"
    assert run("verify").exit_code == 4


def test_verify_tells_a_program_in_one_line(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    whole = run("verify", "--json")
    assert whole.exit_code == 0
    assert json.loads(whole.stdout) == {
        "ok": True,
        "generation": 1,
        "articles": 3,
        "files": 6,
        "faults": [],
        "notes": [],
    }
    counters = next((tmp_path / "data" / "index").glob("*.cnt"))
    counters.unlink()
    result = run("verify", "--json", "--quick")
    assert result.exit_code == 4
    assert result.stdout.count("\n") == 1
    [fault] = json.loads(result.stdout)["faults"]
    assert (fault["what"], fault["where"]) == ("is missing", str(counters))
    assert fault["remedy"].startswith("run `emeroteca rebuild`")


def test_verify_of_no_archive_ends_with_status_1(run: Run) -> None:
    result = run("verify", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no such folder" in result.stderr


@pytest.mark.parametrize("is_file", [True, False], ids=["to a file", "to the output"])
def test_an_export_of_a_damaged_store_has_the_rest_and_names_what_is_lost(
    run: Run, source: Path, tmp_path: Path, is_file: bool
) -> None:
    run("add", str(source))
    with closing(sqlite3.connect(tmp_path / "data" / "articles.db")) as store, store:
        store.execute("UPDATE article SET payload = x'00' WHERE id = 'a2'")
    path = tmp_path / "export.jsonl"
    result = run("export", str(path) if is_file else "-")
    assert result.exit_code == 3
    written = path.read_text(encoding="utf-8") if is_file else result.stdout
    assert [json.loads(line)["id"] for line in written.splitlines()] == ["a1", "a3"]
    named, told = result.stderr.splitlines()
    assert named.startswith("emeroteca: article 'a2' (row 2) cannot be read: ")
    assert told.startswith(
        "emeroteca: 1 articles cannot be read and 2 are exported; restore the store from a copy, or add"
    )


def test_stats_count_what_is_there(run: Run, source: Path) -> None:
    run("add", str(source))
    stats = json.loads(run("stats", "--json").stdout)
    assert (stats["articles"], stats["undated"], stats["generation"], stats["pending"]) == (3, 2, 1, 0)
    text = sum(len((a["title"] + a["body"]).encode()) for a in ARTICLES)
    assert stats["text_bytes"] == text
    assert stats["index_bytes"] > 0
    assert stats["store_bytes"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--section", "sprt"), "section 'sprt' is unknown; allowed: Mercato, Mercato / Server"),
        (("--site", "Beta"), "site 'Beta' is unknown; allowed: Alfa"),
        (("--from", "31/02/2024"), "31/02/2024"),
        (("--from", "2024", "--to", "2023"), "backwards"),
        (("--page", "0"), "page 0 is not allowed; allowed: 1 to 10000"),
        (("--size", "101"), "size 101 is not allowed; allowed: 1 to 100"),
        (("--page", "200", "--size", "100"), "pages up to 100"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_value_ends_with_one_sentence_and_status_2(
    run: Run, source: Path, arguments: tuple[str, ...], said: str
) -> None:
    run("add", str(source))
    result = run("search", "dati", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("emeroteca: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["add -", "rebuild"])
def test_an_option_outside_its_bounds_ends_with_status_2(run: Run, command: str) -> None:
    refused = run(*command.split(), "--memory-mb", "1", stdin="")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "emeroteca: setting memory_mb is 1; allowed: 384 to 65536\n"


def test_an_archive_without_its_store_says_how_to_get_it_back(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    for path in (tmp_path / "data").glob("articles.db*"):
        path.unlink()
    for command in (("search", "dati"), ("stats",), ("export", "-"), ("add", str(source)), ("rebuild",)):
        refused = run(*command)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "is missing, and the index was made from it; restore it from a copy, or add" in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_a_folder_that_is_missing_or_not_ours_is_said_with_the_remedy(run: Run, tmp_path: Path) -> None:
    missing = run("search", "dati")
    assert missing.exit_code == 1
    assert "there is no such folder; add articles with `emeroteca add FILE` first" in missing.stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "foto.jpg").write_bytes(b"x")
    assert "is not an archive of Emeroteca" in run("stats").stderr
    foreign = run("add", "-", stdin="")
    assert foreign.exit_code == 1
    assert "is not empty and is not an archive" in foreign.stderr


def test_another_format_is_refused_by_name(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    (tmp_path / "data" / "emeroteca.json").write_text('{"format": 99}')
    result = run("search", "dati")
    assert result.exit_code == 1
    assert "format 99, this program reads format 1" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_said(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    (tmp_path / "data").chmod(0)
    try:
        result = run("search", "dati")
    finally:
        (tmp_path / "data").chmod(0o700)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


@pytest.mark.parametrize(
    "query",
    [
        '"aperta',
        "(((",
        "E O NON",
        "a:b:c",
        "[2024 TO",
        "***",
        "\\",
        "x" * 10_000,
        "\x00\x07",
        "di il la",
        "?!…",
        "-",
        "",
    ],
    ids=lambda query: repr(query)[:20],
)
def test_whatever_is_typed_gives_a_page(run: Run, source: Path, query: str) -> None:
    run("add", str(source))
    result = run("search", "--json", "--", query)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["total"] >= 0


def test_search_prints_results_with_marks_on_request_of_a_terminal(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    plain = run("search", "server").stdout
    assert plain.startswith("1 articolo: server\n\n1. Il mercato dei server\n   senza data - Mercato / Server - a2\n")
    assert "\x1b" not in plain
    coloured = CliRunner().invoke(main, ["--data", str(tmp_path / "data"), "search", "server"], color=True).stdout
    assert "\x1b[33m\x1b[1mserver\x1b[0m" in coloured


def test_explain_shows_the_sum_of_the_score(run: Run, source: Path) -> None:
    run("add", str(source))
    said = run("search", "aziende", "--explain").stdout
    assert "somma delle parti x freschezza" in said
    assert "stessa parola, in ogni sua forma" in said


def test_suggest_completes_the_last_word(run: Run, source: Path) -> None:
    run("add", str(source))
    assert run("suggest", "nuove ser").stdout.split("\n")[0] == "nuove server"
    assert json.loads(run("suggest", "dir", "--json").stdout) == ["direttiva"]


def test_suggest_gives_a_json_list_also_of_nothing(run: Run, source: Path) -> None:
    run("add", str(source))
    assert run("suggest", "zzz", "--json").stdout == "[]\n"
    assert run("suggest", "zzz").stdout == "\n"


def test_a_mistyped_question_is_told_before_the_results(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "more.jsonl"
    records = [{"id": f"b{at}", "title": "Sicurezza e norme", "body": "Le aziende."} for at in range(3)]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    run("add", str(path))
    said = run("search", "sicureza norme").stdout
    assert said.split("\n")[:2] == ["3 articoli: sicureza oppure norme", "Forse cercavi: sicurezza norme"]
    assert said.index("Forse cercavi") < said.index("\n1. ")
    assert json.loads(run("search", "sicureza norme", "--json").stdout)["suggestion"] == "sicurezza norme"
    assert "Forse cercavi" not in run("search", "sicurezza norme").stdout


@pytest.fixture
def judged(tmp_path: Path) -> str:
    """A folder of judgements: of its three queries the second finds nothing relevant, the third has nothing."""
    texts = {"d1": "il gatto nero", "d2": "il cane bianco", "d3": "la tartaruga"}
    queries = [("q1", "gatto"), ("q2", "cane"), ("q3", "nessuno")]
    return str(write_judgements(tmp_path / "judged", texts, queries, [("q1", "d1", 2), ("q2", "d3", 1)]))


def test_report_tells_the_archive_in_italian_as_json_and_as_a_page(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    told = run("report", "--now", "marzo 2024", "--months", "2", "--weeks", "3", "--size", "5")
    assert told.exit_code == 0
    assert told.stdout.startswith("Le parole dell'archivio\nFebbraio 2024 – marzo 2024, fino al 31 marzo 2024\n")
    assert "2 articoli non hanno una data" in told.stdout
    page = tmp_path / "report.html"
    shown = run("report", "--html", str(page), "--site", "Alfa", "--json")
    assert json.loads(shown.stdout)["sites"] == ["Alfa"]
    assert shown.stdout.count("\n") == 1
    assert page.read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="it">')
    assert list(tmp_path.glob("*.unfinished")) == []


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--months", "0"], 2, "months 0 is not allowed; allowed: 1 to 60"),
        (["--weeks", "27"], 2, "weeks 27 is not allowed; allowed: 1 to 26"),
        (["--site", "Omega"], 2, "site 'Omega' is unknown; allowed: Alfa"),
        (["--now", "boh"], 2, "boh"),
        (["--html", "."], 1, "not a plain file"),
        (["--html", "/dev/null/report.html"], 1, "/dev/null/report.html"),
    ],
)
def test_report_refuses_in_one_sentence(run: Run, source: Path, arguments: list[str], status: int, told: str) -> None:
    run("add", str(source))
    refused = run("report", *arguments)
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (status, "", 1)
    assert told in refused.stderr


def test_evaluate_judges_the_ranking(run: Run, judged: str) -> None:
    quality = json.loads(run("evaluate", judged, "--json").stdout)
    assert quality == {"ndcg": 0.5, "mrr": 0.5, "recall": 0.5, "precision": 0.1, "queries": 2}
    assert run("evaluate", judged).stdout.split() == [
        *("ndcg", "0.5000", "mrr", "0.5000", "recall", "0.5000", "precision", "0.1000", "queries", "2")
    ]
    assert json.loads(run("evaluate", judged, "--half", "odd", "--json").stdout)["ndcg"] == 1.0
    assert json.loads(run("evaluate", judged, "--half", "even", "--json").stdout)["ndcg"] == 0.0


def test_evaluate_prints_each_query_with_tabs_between(run: Run, judged: str) -> None:
    lines = run("evaluate", judged, "--queries").stdout.splitlines()
    assert [line for line in lines if "\t" in line] == lines[:2]
    assert lines[0].split("\t") == ["q1", "gatto", "1.0000", "1.0000", "1.0000", "0.2000"]
    compared = run("evaluate", judged, "--queries", "--against", "").stdout.splitlines()
    assert compared[0].split("\t") == [*lines[0].split("\t"), "1.0000", "1.0000", "1.0000", "0.2000"]


def test_evaluate_compares_two_settings(run: Run, judged: str) -> None:
    told = [
        line.split() for line in run("evaluate", judged, "--settings", "k1=2", "--against", "b=0").stdout.split("\n")
    ]
    assert told[:2] == [["settings", "against", "difference"], ["ndcg", "0.5000", "0.5000", "+0.0000"]]
    assert told[5:-1] == [["queries", "2"], ["wins", "0"], ["ties", "2"], ["losses", "0"], ["p_value", "1.0000"]]


def test_evaluate_leaves_out_a_querys_own_article_on_request(run: Run, judged: str) -> None:
    (Path(judged) / "queries.tsv").write_text("qd1\tgatto nero\n")
    (Path(judged) / "qrels.tsv").write_text("qd1\td1\t3\nqd1\td2\t1\n")
    assert json.loads(run("evaluate", judged, "--json").stdout)["mrr"] == 1.0
    assert json.loads(run("evaluate", judged, "--leave-out-own", "--json").stdout)["mrr"] == 0.0


def test_evaluate_takes_what_export_writes(run: Run, source: Path, judged: str) -> None:
    run("add", str(source))
    run("export", str(Path(judged) / "docs.jsonl"))
    (Path(judged) / "queries.tsv").write_text("q1\tserver per l'AI\n")
    (Path(judged) / "qrels.tsv").write_text("q1\ta2\t3\n")
    assert json.loads(run("evaluate", judged, "--json").stdout)["mrr"] == 1.0


def test_evaluate_tells_relevant_articles_that_are_not_there(run: Run, judged: str) -> None:
    with (Path(judged) / "qrels.tsv").open("a") as grades:
        grades.write("q1\td9\t1\n")
    told = run("evaluate", judged, "--json")
    assert (told.exit_code, json.loads(told.stdout)["recall"]) == (0, 0.25)
    assert told.stderr == (
        "emeroteca: relevant articles that are not in docs.jsonl count as not found: 1, first 'd9'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--settings", "k2=1"], "emeroteca: setting 'k2' is unknown; allowed: acronym, b, body_weight, "),
        (["--settings", "k1=1", "--against", "b=2"], "emeroteca: setting b 2.0 is not allowed; allowed: 0.0 to 1.0\n"),
        (["--against", "stem"], "emeroteca: setting 'stem' is not allowed; allowed: name=value, "),
    ],
)
def test_evaluate_refuses_a_bad_setting_in_one_sentence(run: Run, judged: str, arguments: list[str], told: str) -> None:
    wrong = run("evaluate", judged, *arguments)
    assert (wrong.exit_code, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert wrong.stderr.startswith(told)


def test_evaluate_tells_a_row_that_cannot_be_read(run: Run, judged: str) -> None:
    (Path(judged) / "qrels.tsv").write_text("q1\td1\n")
    wrong = run("evaluate", judged)
    assert wrong.exit_code == 1
    assert "qrels.tsv:1: 2 fields found; allowed: 3" in wrong.stderr


def test_evaluate_without_its_library_names_the_remedy(run: Run, judged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    wrong = run("evaluate", judged)
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert wrong.stderr == (
        "emeroteca: evaluate needs the package ir-measures, which is not installed; run `pip install ir-measures`\n"
    )


def test_a_reader_of_a_pipe_may_leave_early(run: Run, source: Path, tmp_path: Path) -> None:
    run("add", str(source))
    command = f"{shlex.join(EMEROTECA)} --data {tmp_path / 'data'} export - | head -c 1"
    ended = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert ended.stdout == "{"
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize(
    "arguments", ["search server", "search server --json", "stats", "export -", "suggest ser", "--help"]
)
def test_output_that_nothing_can_be_written_to_is_one_sentence(
    run: Run, source: Path, tmp_path: Path, arguments: str
) -> None:
    run("add", str(source))
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*EMEROTECA, "--data", str(tmp_path / "data"), *arguments.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    said = "emeroteca: the output: cannot be used (No space left on device); check its space and rights\n"
    assert ended.stderr == said


def test_memory_that_runs_out_is_one_sentence(run: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    run("add", str(source))
    monkeypatch.setattr("index.operations.rebuild", refuse)
    result = run("rebuild")
    assert result.exit_code == 1
    assert (result.stdout, result.stderr) == ("", "emeroteca: memory ran out; set less memory, or fewer processes\n")


def test_a_second_writer_is_told_who_writes(
    run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.generation import DataFolder
    from index.operations import add_articles
    from index.settings import IndexSettings

    run("add", str(source))
    with (
        DataFolder(tmp_path / "data").writing(timeout_s=0),
        pytest.raises(Exception, match=f"process {os.getpid()}, since"),
    ):
        add_articles(tmp_path / "data", [], settings=IndexSettings(lock_timeout_s=0))


def test_adding_tells_what_waits_for_its_date(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "later.jsonl"
    record = {"id": "x", "title": "Dopodomani", "body": "testo", "date": "9999-01-01"}
    source.write_text(json.dumps(record), encoding="utf-8")
    said = run("add", str(source)).output.splitlines()
    assert said[-1] == "1 article of a later date waits for it (`emeroteca stats`)"
    assert found(run("search", "dopodomani", "--json", "--no-widen")) == []
    source.write_text(json.dumps(record | {"date": "2020-01-01"}), encoding="utf-8")
    assert run("add", str(source)).output.splitlines()[-1].startswith("1 article went through: 0 added, 1 replaced")
    assert found(run("search", "dopodomani", "--json", "--no-widen")) == ["x"]


def test_other_key_rules_are_taken_over_without_touching_a_posting(
    run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", str(source))
    assert found(run("search", "fornitore", "--json", "--no-widen")) == []
    segments = sorted((tmp_path / "data" / "index").glob("*.seg"))
    monkeypatch.setitem(LEVELS, "lemma", lambda form: ("fornitore",) if form == "server" else lemma_keys(form))
    monkeypatch.setattr("index.manifest.key_stamp", lambda: "another")
    assert found(run("search", "server", "--json", "--no-widen")) == ["a2"], "the old keys serve until then"
    assert run("rebuild", "--if-needed").stdout == "generation 2 is current\n"
    assert found(run("search", "fornitore", "--json", "--no-widen")) == ["a2"]
    assert sorted((tmp_path / "data" / "index").glob("*.seg")) == segments
    assert run("verify").exit_code == 0


@pytest.mark.parametrize(("name", "another"), [("tokenisation_stamp", lambda: "another"), ("INDEX_FORMAT", 99)])
def test_another_tokenisation_or_format_is_refused_until_a_rebuild(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch, name: str, another: object
) -> None:
    run("add", str(source))
    monkeypatch.setattr(f"index.manifest.{name}", another)
    refused = run("search", "server")
    assert refused.exit_code == 1
    assert "run `emeroteca rebuild`" in refused.stderr
    assert run("rebuild", "--if-needed").stdout == "generation 2 is current\n"
    assert found(run("search", "server", "--json")) == ["a2"]


def test_a_watch_folder_is_worked_through_once_and_a_rejection_ends_with_status_3(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "good.jsonl").write_text(json.dumps(ARTICLES[0]), encoding="utf-8")
    done = run("add", "--watch", str(folder), "--once")
    assert (done.exit_code, done.stdout.split(":")[0]) == (0, "1 article went through")
    assert " info file " in done.stderr
    assert f'moved_to="{folder}/done/good.jsonl" added=1' in done.stderr
    (folder / "bad.jsonl").write_text("{broken", encoding="utf-8")
    failed = run("add", "--watch", str(folder), "--once", "--json", "--log", "json", "--log-level", "warning")
    assert failed.exit_code == 3
    assert json.loads(failed.stdout)["rejected"] == 1
    [line] = failed.stderr.splitlines()
    event = json.loads(line)
    assert (event["level"], event["event"], event["moved_to"]) == ("warning", "file", f"{folder}/failed/bad.jsonl")
    assert found(run("search", "NIS2", "--json", "--no-widen")) == ["a1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name either FILE... or --watch FOLDER."),
        (("x.jsonl", "--watch", "."), "Name either FILE... or --watch FOLDER."),
        (("x.jsonl", "--once"), "--once, --log and --log-level go with --watch FOLDER."),
        (("x.jsonl", "--log", "json"), "--once, --log and --log-level go with --watch FOLDER."),
        (("--watch", "nowhere"), "setting watch is 'nowhere'; allowed: a folder that is there"),
        (("--watch", ".", "--log", "xml"), "'xml' is not one of 'text', 'json'"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_add_without_files_or_with_options_that_do_not_go_together_is_refused(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    refused = run("add", *arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert said in refused.stderr


def test_an_add_that_is_done_does_not_fail_for_what_it_would_tell_beside(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps(ARTICLES[0]), encoding="utf-8")
    refuse(monkeypatch, sqlite3.SQLITE_CANTOPEN, lambda asked, _: "AND added = ?" in asked)
    done = run("add", str(source))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "1 article went through: 1 added, 0 replaced, 0 unchanged, 0 removed, 0 rejected\n"
