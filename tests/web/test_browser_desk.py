"""The editors' desk in a real browser: a draft is pasted, looked at and linked, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import ARTIFACTS, LOOKS, violations
from playwright.sync_api import Page, expect

DRAFT = (
    "Brennerlab pubblica Stambecco 3\n"
    "Il laboratorio di Bressanone diretto da Agnese Rautner apre i pesi del modello linguistico italiano.\n"
    "Si chiamerà Stambecco e sarà addestrato soprattutto su testi italiani: atti pubblici, manuali tecnici,"
    " letteratura fuori diritti."
)


def paste(page: Page) -> Page:
    page.fill("#bozza", DRAFT)
    page.get_by_role("button", name="Controlla").click()
    expect(page.get_by_role("heading", name="Da richiamare")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    return page


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing_in_a_report(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = paste(open_page("/redazione", viewport={"width": width, "height": 800}, color_scheme=scheme))
    assert violations(page) == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"desk-{width}-{scheme}.png", full_page=True)


def test_a_report_fits_a_narrow_window(open_page: Callable[..., Page]) -> None:
    page = paste(open_page("/redazione", viewport={"width": 320, "height": 600}))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_it_works_without_javascript(open_page: Callable[..., Page]) -> None:
    page = open_page("/redazione", java_script_enabled=False)
    page.fill("#bozza", DRAFT)
    page.get_by_role("button", name="Controlla").click()
    expect(page.get_by_role("heading", name="Da richiamare")).to_be_visible()
    page.locator(".copy summary").first.click()
    expect(page.locator(".copy code").first).to_be_visible()
    expect(page.locator("[data-copy]").first).to_be_hidden()


def test_a_link_is_copied_by_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("/redazione", permissions=["clipboard-read", "clipboard-write"])
    page.fill("#bozza", DRAFT)
    page.get_by_role("button", name="Controlla").click()
    page.locator(".copy summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-told]")).to_have_text("Copiato")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(".copy code").first.text_content()
