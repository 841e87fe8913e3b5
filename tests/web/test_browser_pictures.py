"""How the pages look: pictures to be looked at, kept in test-artifacts/, and what can be measured of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from browsing import ARTIFACTS, PAGES
from playwright.sync_api import Page

from web.skins import contrast

SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")


@pytest.mark.parametrize("name", ["home", "results", "marked", "nothing", "section", "help"])
def test_pictures_are_kept(open_page: Callable[..., Page], name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page = open_page(PAGES[name])
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            picture = ARTIFACTS / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 10_000


def test_colours_can_be_read_by_day_and_by_night(open_page: Callable[..., Page]) -> None:
    """WCAG 2.2, 1.4.3: text stands out from its ground by 4.5 to 1; whatever stands on whatever."""
    page = open_page("/")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
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
