"""How the pages fit: narrow windows, large text, wide spacing, colours of the system, paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import PAGES
from playwright.sync_api import Page

# WCAG 2.2, 1.4.12, as a reader sets it.
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
SPACING += " p { margin-bottom: 2em !important; }"

CUT = """() => [...document.querySelectorAll("body *")]
    .filter(e => !e.closest(".unseen, .skip, svg") && e.getBoundingClientRect().width > 0)
    .filter(e => {
        const box = e.getBoundingClientRect();
        const isClipped = getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1;
        const isOutside = box.left < -1 || box.right > document.documentElement.clientWidth + 1;
        return isOutside || isClipped && !e.matches("input, select");
    })
    .map(e => e.outerHTML.slice(0, 120))"""

SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
    .filter(e => !e.matches(".skip, p a:not(.more), h3 > a, td a.example, .most-read a, dd a"))
    .filter(e => !e.matches(".overview a"))  // which the table below has too, as large as they must be
    .filter(e => !e.matches(".message li a, .nothing li a"))
    .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
    .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_or_too_small_at_320_px(open_page: Callable[..., Page], name: str) -> None:
    """WCAG 2.2: 1.4.10, which is also a window of 1280 px at 400 %; 1.4.12; 2.5.8, but for links within a sentence."""
    page = open_page(PAGES[name], viewport={"width": 320, "height": 256})
    open_all(page)
    assert page.evaluate(CUT) == []
    assert page.evaluate(SMALL) == []
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }",
        SPACING,
    )
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).wordSpacing") != "0px"
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_wide_window_is_filled_and_no_more(open_page: Callable[..., Page]) -> None:
    for name in ("home", "filtered", "long", "404"):
        page = open_page(PAGES[name], viewport={"width": 1600, "height": 900})
        open_all(page)
        assert page.evaluate(CUT) == [], name


def test_colours_of_the_system_show_focus_and_what_is_chosen(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGES["filtered"] + "&dal=ultimo+anno&al=ultimo+anno", forced_colors="active")
    plain = ground(page, ".preset:not(.chosen)")
    for chosen in (".preset.chosen", ".choices .chosen"):
        assert ground(page, chosen) != plain, chosen
    struck = page.locator(".left-out .label").first.evaluate("label => getComputedStyle(label).textDecorationLine")
    assert struck == "line-through"
    for tag in ("a.preset", "#q", "#ordine", "button", "input[type=checkbox]"):
        page.locator(tag).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; }"
        )
        assert outline == ["solid", "3px"], tag


def ground(page: Page, selector: str) -> Any:
    return page.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")


def test_nothing_glides_for_who_wants_no_motion(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    moving = """() => [getComputedStyle(document.documentElement).scrollBehavior,
        [...document.querySelectorAll("*")].some(e => parseFloat(getComputedStyle(e).transitionDuration) > 0
            || getComputedStyle(e).animationName !== "none")]"""
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == ["auto", False]
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) == ["smooth", False]


def test_paper_has_the_article_and_no_tools(open_page: Callable[..., Page]) -> None:
    page = open_page(PAGES["marked"])
    page.emulate_media(media="print")
    for selector in (".search", ".tools", ".foot", ".skip", ".back"):
        assert not page.locator(selector).first.is_visible(), selector
    for selector in ("h1", ".lead", ".byline", ".body p >> nth=0", ".reference", ".original a"):
        assert page.locator(selector).first.is_visible(), selector
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4", print_background=True).startswith(b"%PDF-")
    page.goto(PAGES["filtered"])
    for selector in (".search", ".side", ".paging", ".actions"):
        assert page.locator(selector).filter(visible=True).count() == 0, selector
    assert page.locator(".hits > li").filter(visible=True).count() == 10
    assert page.locator(".chip").filter(visible=True).count() == 4  # what was asked, without the links to undo it
