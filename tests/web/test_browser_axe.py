"""What axe-core finds wrong with the pages: the part of WCAG 2.2 AA that a machine can judge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import LOOKS, PAGES, violations
from playwright.sync_api import Page, expect

SIGNS = {
    "filtered": ".left-out",
    "year": ".periods .month",
    "explained": ".why",
    "family": ".widened ~ .suggestion",
    "any": ".widened",
    "nothing": ".nothing",
    "beyond": ".notice",
    "marked": ".body mark",
    "undated": ".notice",
    "400": "[role=alert]",
    "404": "[role=alert]",
}
"""Name of a page -> what is only there in the state that it is to be seen in."""


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(open_page: Callable[..., Page], name: str, width: int, scheme: str) -> None:
    page = open_page(PAGES[name], viewport={"width": width, "height": 800}, color_scheme=scheme)
    expect(page.locator(SIGNS.get(name, "h1")).first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing_in_the_list_of_suggestions(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/aiuto", viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.route("**/suggerimenti?*", lambda route: route.fulfill(json=["rif", ["riforma", "riforma pensioni"]]))
    page.focus("#q")
    page.keyboard.type("rif")
    expect(page.locator("[role=option]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    assert violations(page) == []


def test_axe_finds_what_is_wrong(open_page: Callable[..., Page]) -> None:
    page = open_page("/aiuto")
    page.evaluate("document.querySelector('label').remove()")
    assert any(found.startswith("label: ") for found in violations(page))
