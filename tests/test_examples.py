"""The examples for operators: systemd, nginx and gunicorn take them, and they call the program as it is."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import click
import pytest
from archives import build_archive

from index.article import Article

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "examples"
UNITS = sorted((EXAMPLES / "systemd").iterdir())


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, text=True, capture_output=True, check=False, timeout=60)


def sections(unit: Path) -> dict[str, list[tuple[str, str]]]:
    """The settings of a unit by section, in their order."""
    found: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for line in unit.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            current = found.setdefault(heading[1], [])
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, f"{unit.name}: {line}"
            current.append((name, value))
    return found


def commands_in(unit: Path) -> list[list[str]]:
    """The words behind ``emeroteca`` of every command that the unit runs."""
    started = [value for name, value in sections(unit).get("Service", []) if name in ("ExecStart", "ExecStartPre")]
    words = []
    for value in started:
        command = shlex.split(value.removeprefix("-"))
        if command[:2] == ["/bin/sh", "-c"]:
            command = shlex.split(command[2])[1:]  # behind "exec"
        assert command[0] == "/opt/emeroteca/bin/emeroteca", value
        words.append(command[1:])
    return words


def test_there_are_units_to_serve_to_watch_and_for_the_night() -> None:
    assert {unit.name for unit in UNITS} == {
        *("emeroteca.service", "emeroteca-watch.service"),
        *("emeroteca-nightly.service", "emeroteca-nightly.timer"),
    }
    assert {words[0] for unit in UNITS for words in commands_in(unit)} == {
        "add",
        "backup",
        "rebuild",
        "serve",
        "verify",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_calls_commands_and_options_that_there_are(unit: Path) -> None:
    group = importlib.import_module("index.cli").main
    for words in commands_in(unit):
        context = click.Context(group, info_name="emeroteca")
        command = group.get_command(context, words[0])
        assert command is not None, words
        command.make_context(words[0], words[1:].copy(), parent=context)  # raises what a wrong option would say


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_a_unit(unit: Path, tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd-analyze is not here to ask")
    # All of them, since a timer names its service; the program stands where this machine has one.
    for other in UNITS:
        text = other.read_text(encoding="utf-8").replace("/opt/emeroteca/bin/emeroteca", "/bin/true")
        (tmp_path / other.name).write_text(text, encoding="utf-8")
    done = run(systemd, "verify", "--man=no", tmp_path / unit.name)
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or unit.name in line]
    assert complaints == []
    assert done.returncode == 0, done.stderr


def nginx_tokens() -> list[str]:
    text = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    return re.findall(r'"[^"]*"|[{};]|[^\s{};]+', re.sub(r"(?m)(^|\s)#.*$", "", text))


def test_the_proxy_has_balanced_blocks_and_ends_every_directive() -> None:
    depth = 0
    directive: list[str] = []
    for token in nginx_tokens():
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            assert directive == [], "a directive without its semicolon"
        if token in ("{", "}", ";"):
            directive = []
        else:
            directive.append(token)
        assert depth >= 0
    assert (depth, directive) == (0, [])


def test_the_proxy_asks_where_the_unit_serves() -> None:
    [serve] = [words for unit in UNITS for words in commands_in(unit) if words[0] == "serve"]
    host, port = serve[serve.index("--host") + 1], serve[serve.index("--port") + 1]
    assert f"{host}:{port}" in nginx_tokens()


def test_nginx_takes_the_proxy(tmp_path: Path) -> None:
    nginx, openssl = shutil.which("nginx") or shutil.which("/usr/sbin/nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        missing = "nginx or openssl is not here to ask"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(f"{missing}; `make proxy` as root on Debian installs them")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = run(
        *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=archivio.example"),
        *("-keyout", key, "-out", certificate),
    )
    assert made.returncode == 0, made.stderr
    text = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/archivio.example", str(tmp_path)).replace("/var/cache/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{text}\n}}\n", encoding="utf-8"
    )
    done = run(nginx, "-t", "-c", whole, "-p", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_the_proxy_sets_every_header_that_the_program_may_believe_and_keeps_the_watchers_out() -> None:
    tokens = nginx_tokens()
    told = {after for before, after in pairwise(tokens) if before == "proxy_set_header"}
    assert told >= {f"X-Forwarded-{name}" for name in ("For", "Proto", "Host", "Prefix")}
    denied = {tokens[at + 2] for at, token in enumerate(tokens) if token == "location" and tokens[at + 4] == "deny"}
    assert denied == {"/healthz", "/readyz", "/metrics"}
    key = tokens[tokens.index("proxy_cache_key") + 1]
    assert "$host" in key


def test_another_server_takes_the_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = build_archive(tmp_path / "data", [Article(article_id="a", title="La riforma", body="Un testo.")])
    (data_dir / "emeroteca.toml").write_text("[web]\nname = 'Archivio di prova'\n", encoding="utf-8")
    monkeypatch.setenv("EMEROTECA_DATA", str(data_dir))
    loaded = runpy.run_path(str(EXAMPLES / "emeroteca_wsgi.py"))
    try:
        page = loaded["application"].test_client().get("/cerca?q=riforma")
        assert page.status_code == 200
        assert "Archivio di prova" in page.text
    finally:
        loaded["_archive"].close()


def test_gunicorn_takes_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = build_archive(tmp_path / "data", [])
    monkeypatch.setenv("EMEROTECA_DATA", str(data_dir))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(EXAMPLES)
    done = run(sys.executable, "-m", "gunicorn", "--check-config", "--config", "gunicorn.conf.py")
    assert done.returncode == 0, done.stderr
