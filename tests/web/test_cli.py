"""The commands ``serve`` and ``demo``, run as a person runs them."""

from __future__ import annotations

import ctypes
import json
import re
import signal
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from archives import build_archive, current_articles
from running import run, running

from index.article import Article
from index.generation import DataFolder
from index.operations import add_articles
from index.stats import gather_stats
from index.store import Store
from search.errors import MAX_DRAFT_CHARS
from web.serving import Sigterm, listen

ARTICLES = [Article(article_id=f"a{at}", title="La riforma", body="Un testo.") for at in range(5)]


def test_serve_says_its_address_answers_and_stops(data_dir: Path) -> None:
    with running("--data", str(data_dir), "serve", "--port", "0") as (process, line):
        said = re.fullmatch(r"Serving (.+) on (http://127\.0\.0\.1:[0-9]+/) \(Ctrl-C stops\)\n", line)
        assert said is not None, line
        assert said[1] == str(data_dir)
        with urllib.request.urlopen(said[2] + "api/v1/search?q=riforma", timeout=30) as response:
            assert json.load(response)["total"] == 40
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=120)
        assert complaints == ""
        assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_the_log_in_json_tells_start_requests_new_generations_and_stop(tmp_path: Path, number: signal.Signals) -> None:
    data_dir = build_archive(tmp_path / "data", ARTICLES[:3])
    with running("--data", str(data_dir), "serve", "--port", "0", "--log", "json") as (process, line):
        address = line.split()[3]
        with urllib.request.urlopen(address + "cerca?q=riforma", timeout=30):
            pass
        add_articles(data_dir, ARTICLES[3:])
        with urllib.request.urlopen(address + "readyz", timeout=30):
            pass
        process.send_signal(number)
        _, log = process.communicate(timeout=120)
    assert process.returncode == 0
    start, first, generation, ready, stop = map(json.loads, log.splitlines())
    assert (start["event"], start["address"], start["articles"]) == ("start", address, 3)
    assert (first["event"], first["path"], first["status"]) == ("request", "/cerca", 200)
    assert (generation["event"], generation["generation"], generation["articles"]) == ("generation", 2, 5)
    assert (ready["path"], stop["event"]) == ("/readyz", "stop")
    assert "riforma" not in log


@pytest.mark.parametrize(("proxies", "host"), [(0, "127.0.0.1"), (1, "archivio.it")])
def test_what_a_proxy_says_is_believed_only_where_the_settings_tell_of_one(
    tmp_path: Path, proxies: int, host: str
) -> None:
    data_dir = build_archive(tmp_path / "data", ARTICLES)
    (data_dir / "emeroteca.toml").write_text(f"[web]\nproxies = {proxies}\n", encoding="utf-8")
    with running("--data", str(data_dir), "serve", "--port", "0") as (_, line):
        asked = urllib.request.Request(line.split()[3] + "cerca/feed", headers={"X-Forwarded-Host": "archivio.it"})
        with urllib.request.urlopen(asked, timeout=30) as response:
            assert f"<id>http://{host}" in response.read().decode()


def test_a_request_that_is_too_large_is_refused_before_it_has_come(data_dir: Path) -> None:
    with running("--data", str(data_dir), "serve", "--port", "0") as (_, line):
        said = re.search(r"127\.0\.0\.1:([0-9]+)/", line)
        assert said is not None, line
        for request, status in (
            (b"POST /cerca HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", b"413"),
            (b"GET /cerca?q=" + b"%41" * 30_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"431"),
            (b"GET /cerca?q=" + b"%41" * 3_900 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"200"),
        ):
            with socket.create_connection(("127.0.0.1", int(said[1])), timeout=60) as asked:
                asked.sendall(request)
                assert asked.recv(1_000).split()[1] == status


def test_the_desk_takes_a_draft_as_long_as_it_says(tmp_path: Path) -> None:
    data_dir = build_archive(tmp_path / "data", ARTICLES)
    (data_dir / "emeroteca.toml").write_text("[web]\ndesk = true\n", encoding="utf-8")
    draft = ("La riforma è attesa da anni. " * 4_000)[:MAX_DRAFT_CHARS]
    with running("--data", str(data_dir), "serve", "--port", "0") as (_, line):
        body = urllib.parse.urlencode({"bozza": draft}).encode()
        with urllib.request.urlopen(line.split()[3] + "redazione", data=body, timeout=60) as response:
            assert "Da richiamare" in response.read().decode()
        body = urllib.parse.urlencode({"bozza": "però " * 400_000}).encode()
        assert len(body) > 4_000_000
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            urllib.request.urlopen(line.split()[3] + "redazione", data=body, timeout=60)
        assert "La bozza è troppo lunga" in refused.value.read().decode()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_port_in_use_is_one_sentence(data_dir: Path, processes: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("--data", str(data_dir), "serve", "--port", port, "--processes", processes)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr


def test_a_name_of_several_addresses_is_listened_on_at_one_port(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [("127.0.0.1", 0), ("127.0.0.2", 0), ("127.0.0.1", 0)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", name) for name in names]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    listening = listen("archivio", 0)
    taken = [one.getsockname() for one in listening]
    for one in listening:
        one.close()
    assert taken == [("127.0.0.1", taken[0][1]), ("127.0.0.2", taken[0][1])]


def test_where_one_address_cannot_be_had_none_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [("127.0.0.1", 0), ("192.0.2.1", 0)]  # the second is an address of documents alone (RFC 5737)
    found = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", name) for name in names]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    opened: list[socket.socket] = []

    class Listener(socket.socket):
        def __init__(self, *args: int) -> None:
            super().__init__(*args)
            opened.append(self)

    monkeypatch.setattr(socket, "socket", Listener)
    with pytest.raises(OSError, match="assign"):
        listen("archivio", 0)
    assert [one.fileno() for one in opened] == [-1, -1]


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_an_impossible_port_is_refused(data_dir: Path, port: str) -> None:
    done = run("--data", str(data_dir), "serve", "--port", port)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_host_that_is_not_there_is_one_sentence(data_dir: Path) -> None:
    done = run("--data", str(data_dir), "serve", "--port", "0", "--host", "192.0.2.1")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot listen on 192.0.2.1 port 0 (" in done.stderr


def test_serving_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path / "nulla"), "serve", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_the_demo_makes_an_archive_and_asks_it(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path / "demo"), "demo", SERVE="no")
    assert done.returncode == 0, done.stderr
    counts = [int(count) for count in re.findall(r"^.+: ([0-9]+) found$", done.stdout, flags=re.MULTILINE)]
    assert len(counts) >= 5
    assert all(counts)
    assert "Serving" not in done.stdout
    assert run("--data", str(tmp_path / "demo"), "demo", SERVE="no").returncode == 0


def test_the_demo_puts_no_invented_article_beside_others(data_dir: Path) -> None:
    before = gather_stats(data_dir).articles
    done = run("--data", str(data_dir), "demo", SERVE="no")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{data_dir}: has articles that are not of the demo ({before})" in done.stderr
    assert done.stderr.count("\n") == 1
    assert gather_stats(data_dir).articles == before


@pytest.mark.parametrize("extra", [{}, {"date": "2999-01-01"}], ids=["shown", "embargoed"])
def test_the_demo_writes_over_no_real_article_with_the_id_of_an_invented_one(
    tmp_path: Path, extra: dict[str, str]
) -> None:
    ours = {"id": "cd-0001", "title": "Un articolo vero", "body": "Vero.", "url": "https://example.org/vero", **extra}
    (tmp_path / "ours.jsonl").write_text(json.dumps(ours), encoding="utf-8")
    data_dir = tmp_path / "data"
    assert run("--data", str(data_dir), "add", str(tmp_path / "ours.jsonl")).returncode == 0
    done = run("--data", str(data_dir), "demo", SERVE="no")
    assert done.returncode == 1
    assert "has articles that are not of the demo (1)" in done.stderr
    with closing(Store(DataFolder(data_dir).store, read_only=True)) as store:
        assert [stored.article.title for stored in current_articles(store)] == ["Un articolo vero"]


def test_a_sigterm_that_is_dropped_ends_it_before_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: dropped.append(told.exc_type))
    called_by_compiled_code = ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGTERM))
    with Sigterm() as sigterm:
        called_by_compiled_code()
        assert dropped == [SystemExit]
        with pytest.raises(SystemExit, match=r"^0$"):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(SystemExit, match=r"^0$"):
            sigterm.answering()


def test_a_second_sigterm_cuts_no_answer_short() -> None:
    with Sigterm() as sigterm:
        sigterm.answering()
        with pytest.raises(SystemExit, match=r"^0$"):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
