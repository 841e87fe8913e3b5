"""The page of ``emeroteca report`` in a browser: it asks for nothing, fits phone and paper, and axe finds nothing."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from search import Archive
from search.report.page import report_as_page

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def report_file(newsstand: Archive, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(report_as_page(newsstand.report(now=date.today())), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_of_a_report_needs_nothing_fits_and_is_accessible(
    browser: Browser, report_file: Path, width: int
) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report_file.as_uri())
        assert asked == [report_file.as_uri()]
        assert page.locator("svg rect").count() > 12
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture = ARTIFACTS / f"report-{width}.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 10_000
        found = page.evaluate(
            f"{AXE}; axe.run({{resultTypes: ['violations']}}).then(({{violations}}) =>"
            " violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`)))"
        )
        assert found == []


def test_the_page_of_a_report_prints_on_sheets(browser: Browser, report_file: Path) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(report_file.as_uri())
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
        page.set_viewport_size({"width": 680, "height": 962})  # what the margins leave of A4
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 680
        page.screenshot(path=ARTIFACTS / "report-print.png", full_page=True)
