"""The site in a real Chromium: a server, a browser, the pages to look at, and what is asked of each."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from waitress import create_server

from search import Archive
from web import WebSettings, create_app

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_LAST_YEAR = date.today().year - 1
PAGES = {
    "home": "/",
    "results": "/cerca?q=anni",
    "filtered": "/cerca?q=anni&sezione=Tecnologia&senza_testata=Piazza+Pubblica&senza_autore=Anna+Neri&esatto=1",
    "year": f"/cerca?q=anni&dal={_LAST_YEAR}&al={_LAST_YEAR}",
    "explained": "/cerca?q=anni&spiega=1",
    "family": "/cerca?q=ransomwere",
    "any": "/cerca?q=modello+linguistico+ladino+bilancia",
    "nothing": "/cerca?q=zzqa+zzqb&sezione=Tecnologia",
    "beyond": "/cerca?q=stambecco&pagina=9",
    "article": "/articolo/cd-0001",
    "marked": "/articolo/cd-0001?q=modello+linguistico",
    "undated": "/articolo/senza-data",
    "long": "/articolo/lungo",
    "section": "/sezione/Tecnologia",
    "author": "/autore/Anna%20Neri",
    "help": "/aiuto",
    "accessibility": "/accessibilita",
    "desk": "/redazione",
    "400": "/cerca?q=anni&dal=boh",
    "404": "/nulla",
}
"""Every kind of page, in every state of it that is set otherwise: name -> address, in the archive of ``newsstand``."""

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
"""Where pictures of pages are kept."""

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

LOOKS = [
    pytest.param(360, "light", id="narrow by day"),
    pytest.param(1280, "dark", id="wide by night", marks=pytest.mark.slow),
    pytest.param(360, "dark", id="narrow by night", marks=pytest.mark.slow),
    pytest.param(1280, "light", id="wide by day", marks=pytest.mark.slow),
]
"""The looks in which axe-core sees a page."""


@contextmanager
def serving(archive: Archive) -> Iterator[str]:
    """Serve an archive on a free port of this machine, as the command does; gives the address."""
    app = create_app(archive, WebSettings(name="Emeroteca di prova", contact="redazione@prova.it", desk=True))
    server: Any = create_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # What is being answered needs the loop, as for an icon that the browser asked for at its end.
        server.task_dispatcher.shutdown()
        # Closed in its own loop: a socket closed under select() is a warning.
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=30)
    assert not thread.is_alive()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; without one tests are skipped, but fail in CI."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine; CI must provide one")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def complaints_of(page: Page) -> list[str]:
    """What the console of a page, and its scripts, complain of from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)  # not a script of the page, so its policy does not forbid it
    found: list[str] = page.evaluate(
        """async (tags) => {
            const {violations, passes} = await axe.run({runOnly: tags, resultTypes: ["violations"], preload: false});
            if (passes.length === 0) throw new Error("axe looked at nothing");
            return violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`));
        }""",
        TAGS,
    )
    return found
