"""Journeys through the site in a real Chromium, by keyboard alone, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import PAGES, complaints_of
from playwright.sync_api import Page, expect

FOCUS = """() => {
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    return {at: [...document.querySelectorAll("*")].indexOf(e), text: e.textContent.trim(), tag: e.tagName,
            isSeen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
            isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""


def tab_to(page: Page, text: str | re.Pattern[str]) -> None:
    """Press Tab until a link or button with this text has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if re.search(text, " ".join(page.evaluate("document.activeElement.textContent").split())):
            return
    pytest.fail(f"no way by Tab to {text}")


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_all_of_a_search_by_keyboard(open_page: Callable[..., Page], *, is_scripted: bool) -> None:
    page = open_page("/aiuto", java_script_enabled=is_scripted)
    complaints = complaints_of(page)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Vai al contenuto")
    page.keyboard.press("Tab")
    page.keyboard.type("anni")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cerca?q=anni*")
    expect(page.locator("h1")).to_have_text("Risultati per anni")
    expect(page.locator("ol.hits > li")).to_have_count(10)

    tab_to(page, r"^Economia\s+\d+$")
    page.keyboard.press("Enter")
    page.wait_for_url("**sezione=Economia*")
    expect(page.locator(".chip")).to_have_text(re.compile("Togli il filtro Sezione: Economia"))
    page.get_by_role("navigation", name="Testate").locator(".exclude").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**senza_testata=*")
    expect(page.locator(".left-out")).to_have_count(1)
    tab_to(page, "Togli il filtro Sezione:")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sezione=" not in address)
    expect(page.locator(".chip")).to_have_count(1)

    tab_to(page, "Successiva")
    page.keyboard.press("Enter")
    page.wait_for_url("**pagina=2*")
    expect(page.locator("[aria-current=page]")).to_have_text("Pagina 2")
    results = page.url
    title = page.locator("ol.hits h3").first.inner_text()
    tab_to(page, "^" + re.escape(title))
    page.keyboard.press("Enter")
    page.wait_for_url("**/articolo/**")
    expect(page.locator("h1")).to_have_text(title)
    page.go_back()
    expect(page).to_have_url(results)

    page.get_by_label("Dal").focus()
    page.keyboard.type("2010")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # in a field of dates it sends the form too
    page.wait_for_url("**dal=2010*")
    page.get_by_label("Ordine").select_option("vecchi")
    page.get_by_role("button", name="Applica").press("Enter")
    page.wait_for_url("**ordine=vecchi*")
    days = [day.get_attribute("datetime") or "" for day in page.locator("ol.hits time").all()]
    assert days
    assert days == sorted(days)
    assert days[0] >= "2010"
    assert complaints == []


@pytest.mark.parametrize("name", ["home", "family", "marked", "404"])
def test_focus_goes_through_a_page_in_its_order_and_is_always_seen(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(PAGES[name], viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    before = -1
    for _ in range(200):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["at"] < before:  # around: no trap held it
            break
        assert focus["at"] > before, focus
        assert focus["isSeen"], focus
        assert focus["isOutlined"], focus
        before = focus["at"]
    else:
        pytest.fail("no end")
    assert before > 5


def test_the_skip_link_leads_past_the_form(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGES["family"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Cerca solo quelle scritte")


def test_buttons_that_need_a_script_are_not_there_without_one(open_page: Callable[..., Page]) -> None:
    for name in ("results", "article"):
        page = open_page(PAGES[name], java_script_enabled=False)
        assert page.locator("[hidden]").count() > 0
        for button in page.locator("[hidden]").all():
            expect(button).to_be_hidden()
        assert page.get_by_role("combobox", name="Cerca").count() == 0
    page = open_page(PAGES["article"])
    expect(page.get_by_role("button", name="Stampa")).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_the_console_has_nothing_to_complain_of(open_page: Callable[..., Page], name: str) -> None:
    page = open_page("/aiuto")
    complaints = complaints_of(page)
    page.goto(PAGES[name], wait_until="networkidle")
    expected = [text for text in complaints if name in ("400", "404") and f"status of {name}" in text]
    assert complaints == expected
