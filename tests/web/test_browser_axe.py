"""What axe-core finds wrong with the pages: the part of WCAG 2.2 AA that a machine can judge."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from browsing import PAGES
from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]


def violations(page: Page, only: dict[str, Any]) -> list[str]:
    found: list[str] = page.evaluate(
        """async (only) => {
            const {violations, passes} = await axe.run({runOnly: only, resultTypes: ["violations"]});
            if (passes.length === 0) throw new Error("axe looked at nothing");
            return violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`));
        }""",
        only,
    )
    return found


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(PAGES[name])
    page.evaluate(AXE)  # not a script of the page, so its policy does not forbid it
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light")
        assert violations(page, {"type": "tag", "values": TAGS}) == [], width
        page.emulate_media(color_scheme="dark")  # which changes colours and nothing else
        assert violations(page, {"type": "rule", "values": RULES_OF_COLOUR}) == [], width
