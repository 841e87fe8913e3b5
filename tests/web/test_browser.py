"""The site in a real Chromium: keyboard, narrow screens, no JavaScript."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from waitress import create_server

from search import Archive
from web import WebSettings, create_app

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
PAGES = ("/", "/cerca?q=riforma", "/cerca?q=riforma&sezione=Economia&dal=2023", "/articolo/ordinario-01", "/nulla")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def address(archive: Archive) -> Iterator[str]:
    server: Any = create_server(create_app(archive, WebSettings(name="Emeroteca di prova")), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # Closed in its own loop: a socket closed under select() is a warning.
    server.trigger.pull_trigger(server.close)
    thread.join(timeout=30)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine; CI must provide one")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_search_by_keyboard(browser: Browser, address: str, *, is_scripted: bool) -> None:
    with browser.new_context(java_script_enabled=is_scripted, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Vai al contenuto"
        page.keyboard.press("Tab")
        page.keyboard.type("riforma pensioni")
        page.keyboard.press("Enter")
        page.wait_for_url("**/cerca?*")
        assert page.locator("h1").inner_text().startswith("Risultati per")
        assert page.locator("ol.hits > li").count() == 10
        page.get_by_role("link", name="Lavoro 10 articoli").click()
        page.wait_for_url("**sezione=*")
        assert page.locator(".found strong").inner_text() == "10 articoli"
        page.get_by_label("Dal").fill("01/06/2022")
        page.get_by_label("Ordine").select_option("vecchi")
        page.get_by_role("button", name="Applica").click()
        page.wait_for_url("**dal=*")
        assert page.locator(".chip").count() == 3
        days = [day.get_attribute("datetime") or "" for day in page.locator("ol.hits time").all()]
        assert days
        assert days == sorted(days)
        assert days[0] >= "2022-06-01"
        assert complaints == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 1600])
def test_nothing_scrolls_sideways(browser: Browser, address: str, path: str, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 700}) as context:
        page = context.new_page()
        page.goto(address + path)
        for fold in page.locator("summary").all():
            fold.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES[:3])
def test_targets_are_large_enough(browser: Browser, address: str, path: str) -> None:
    """WCAG 2.2, 2.5.8: 24 px, but for links within a sentence."""
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        page.goto(address + path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
                .filter(e => !e.matches(".skip, p > a:not(.more):not(.chip), h3 > a, li > a:not([class])"))
                .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
                .filter(([, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
                .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
        )
        assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_screenshots_are_kept(browser: Browser, address: str, scheme: Any, width: int) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        for name, path in (("home", "/"), ("results", "/cerca?q=riforma&sezione=Economia"), ("article", PAGES[3])):
            page.goto(address + path)
            picture = ARTIFACTS / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 10_000


def test_colours_can_be_read_by_day_and_by_night(browser: Browser, address: str) -> None:
    """WCAG 2.2, 1.4.3: text stands out from its ground by 4.5 to 1."""
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            page.goto(address + PAGES[2])
            colours = page.evaluate(
                """() => {
                    const style = getComputedStyle(document.documentElement);
                    return Object.fromEntries(
                        ["paper", "sheet", "tint", "mark", "ink", "soft", "accent", "accent-ink", "visited"]
                            .map(name => [name, style.getPropertyValue("--" + name).trim()]));
                }"""
            )
            pairs = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "sheet", "tint")]
            pairs += [("ink", "mark"), ("accent-ink", "accent"), ("visited", "paper")]
            for ink, ground in pairs:
                assert contrast(colours[ink], colours[ground]) >= 4.5, (scheme, ink, ground)


def contrast(one: str, other: str) -> float:
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
