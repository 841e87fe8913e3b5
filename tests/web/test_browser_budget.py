"""What a page costs: bytes, requests, and nothing that moves while it comes."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from browsing import PAGES
from playwright.sync_api import Browser, Page, Response

MOST_BYTES = 60_000
MOST_REQUESTS = 6


def test_a_page_of_results_is_light_and_asks_nobody_else(browser: Browser, site: str) -> None:
    """HTML, style, script and icon, uncompressed, where filters have thirty sections, forty authors and 25 years."""
    with browser.new_context() as context:
        page = context.new_page()
        responses: list[Response] = []
        page.on("response", lambda response: responses.append(response))  # noqa: PLW0108  # Playwright marks it
        page.goto(site + PAGES["results"], wait_until="networkidle")
        assert page.locator(".hits > li").count() == 10
        assert page.locator(".periods th a").count() == 25
        assert {urlsplit(response.url).netloc for response in responses} == {urlsplit(site).netloc}
        paths = {urlsplit(response.url).path for response in responses}
        assert {"/cerca", "/static/style.css", "/static/site.js"} <= paths
        assert len(responses) <= MOST_REQUESTS
        icon = "/static/icon.svg"  # which a browser without a window does not fetch
        size_bytes = sum(len(response.body()) for response in responses if urlsplit(response.url).path != icon)
        size_bytes += len(context.request.get(site + icon).body())
        assert size_bytes < MOST_BYTES


@pytest.mark.parametrize("name", ["home", "results", "marked"])
def test_nothing_moves_while_a_page_comes(open_page: Callable[..., Page], name: str) -> None:
    page = open_page("/aiuto", viewport={"width": 360, "height": 780})
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(entry => entry.value)))
            .observe({type: "layout-shift", buffered: true});"""
    )
    page.goto(PAGES[name], wait_until="networkidle")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("PerformanceObserver.supportedEntryTypes.includes('layout-shift')")
    assert page.evaluate("window.shifts") == []


def test_a_page_is_painted_before_its_script_comes(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/site.js*", lambda route: None)  # it never comes
        page.goto(site + PAGES["results"], wait_until="commit")
        for _ in range(200):  # asked from outside, since the policy of the page lets no text be run in it
            if page.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
                break
            page.wait_for_timeout(50)
        assert page.locator("ol.hits > li").count() == 10
        assert page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 1
        assert page.evaluate("document.readyState") != "complete"
