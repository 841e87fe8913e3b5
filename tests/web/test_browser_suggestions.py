"""Suggestions while one types, the combobox of the ARIA Authoring Practices: by keyboard, mouse and bad luck."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import complaints_of
from playwright.sync_api import Page, Route, expect

Opened = tuple[Page, list[str]]

ANSWERS = ["riforma", "riforma pensioni", "rifiuti"]
SOON_MS = 400  # longer than the site waits for the next letter


@pytest.fixture
def opened(open_page: Callable[..., Page]) -> Opened:
    """The first page with the field in focus, and the questions that it has asked a server of ours."""
    page = open_page("/")
    asked: list[str] = []

    def answer(route: Route) -> None:
        typed = parse_qs(urlsplit(route.request.url).query)["q"][0]
        asked.append(typed)
        route.fulfill(json=[typed, ANSWERS])

    page.route("**/suggerimenti?*", answer)
    page.focus("#q")
    return page, asked


def test_arrows_walk_through_the_list_and_back_to_what_was_typed(opened: Opened) -> None:
    page, asked = opened
    field, options = page.get_by_role("combobox", name="Cerca"), page.locator("[role=option]")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("rif")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("listbox", name="Suggerimenti")).to_have_id(field.get_attribute("aria-controls") or "")
    expect(options).to_have_text(ANSWERS)
    expect(page.get_by_role("status")).to_have_text("3 suggerimenti")
    assert asked == ["rif"]  # fast typing asks once
    steps = [(key, text) for key, texts in (
        ("ArrowDown", [*ANSWERS, "rif", ANSWERS[0]]),
        ("ArrowUp", ["rif", *reversed(ANSWERS), "rif"]),
    ) for text in texts]  # fmt: skip
    for key, text in steps:
        page.keyboard.press(key)
        expect(field).to_have_value(text)
        expect(field).to_be_focused()
        chosen = page.locator("[role=option][aria-selected=true]")
        expect(chosen).to_have_count(int(text in ANSWERS))
        if text in ANSWERS:
            expect(chosen).to_have_text(text)
            assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        else:
            assert field.get_attribute("aria-activedescendant") is None


def test_escape_closes_the_list_and_restores_what_was_typed(opened: Opened) -> None:
    page, _ = opened
    page.keyboard.type("rif")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("rif")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cerca?q=rif*")


def test_enter_searches_what_stands_in_the_field(opened: Opened) -> None:
    page, _ = opened
    page.keyboard.type("rif")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cerca?q=riforma+pensioni*")


def test_tab_keeps_the_choice_and_goes_on(opened: Opened) -> None:
    page, _ = opened
    page.keyboard.type("rif")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#ordine")).to_be_focused()
    expect(page.locator("#q")).to_have_value("riforma")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_click_searches_and_one_elsewhere_closes(opened: Opened) -> None:
    page, _ = opened
    page.keyboard.type("rif")
    page.locator("h1").click()
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.locator("#q").press("End")
    page.keyboard.type("i")
    page.get_by_role("option", name="rifiuti").click()
    page.wait_for_url("**/cerca?q=rifiuti*")


def test_one_letter_asks_nothing(opened: Opened) -> None:
    page, asked = opened
    page.keyboard.type("r")
    page.wait_for_timeout(SOON_MS)
    page.keyboard.press("Backspace")
    page.wait_for_timeout(SOON_MS)
    assert asked == []


def test_no_suggestion_is_no_list(opened: Opened) -> None:
    page, _ = opened
    page.route("**/suggerimenti?*", lambda route: route.fulfill(json=["zz", []]))
    page.keyboard.type("zz")
    expect(page.get_by_role("status")).to_have_text("Nessun suggerimento")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#q")).to_have_value("zz")


@pytest.mark.parametrize("meanwhile", ["typed on", "left the field", "cleared the field"])
def test_an_answer_that_comes_late_is_dropped(opened: Opened, meanwhile: str) -> None:
    page, asked = opened
    held: list[Route] = []
    page.route("**/suggerimenti?q=rif", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks the function
    with page.expect_request("**/suggerimenti?q=rif"):
        page.keyboard.type("rif")
    if meanwhile == "typed on":
        page.keyboard.type("iuti")
        expect(page.get_by_role("listbox")).to_be_visible()
        assert asked == ["rifiuti"]
    elif meanwhile == "left the field":
        page.keyboard.press("Tab")
    else:
        page.locator("#q").fill("")
    for route in held:
        route.fulfill(json=["rif", ["troppo tardi"]])
    page.wait_for_timeout(SOON_MS / 2)
    expect(page.get_by_text("troppo tardi")).to_have_count(0)
    expect(page.get_by_role("listbox")).to_be_visible(visible=meanwhile == "typed on")


@pytest.mark.parametrize("failure", ["500", "no JSON", "other JSON", "no answer"])
def test_a_server_that_fails_does_no_harm(opened: Opened, failure: str) -> None:
    page, _ = opened
    complaints = complaints_of(page)
    asked: list[str] = []

    def fail(route: Route) -> None:
        asked.append(route.request.url)
        if failure == "no answer":
            route.abort()
        else:
            body = {"500": "{}", "no JSON": "<p>", "other JSON": '{"a": 1}'}[failure]
            route.fulfill(status=500 if failure == "500" else 200, body=body)

    page.route("**/suggerimenti?*", fail)
    page.keyboard.type("rif")
    page.wait_for_timeout(SOON_MS)
    assert asked
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/cerca?q=rif*")


def test_the_suggestions_are_those_of_the_archive_and_one_of_them_is_searched(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    page.focus("#q")
    page.keyboard.type("model")
    suggestions = page.locator("[role=option]")
    expect(suggestions.first).to_be_visible()
    assert all("model" in text.lower() for text in suggestions.all_inner_texts())
    chosen = suggestions.first.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cerca?*")
    expect(page.locator("h1")).to_have_text(f"Risultati per {chosen}")
    assert page.locator("ol.hits > li").count() > 0
