"""The page of `report` in a real browser."""

from __future__ import annotations

import importlib

import pytest
from reporting import CLOSING, QUOTES

pytestmark = pytest.mark.browser

CELL = "#matrix .cell"
RULES = "#rules tbody tr"
FIELDS = "#fields tbody tr"


def says(part, text):
    """Wait until a part of the page says something: what the drawer shows is unpacked first."""
    importlib.import_module("playwright.sync_api").expect(part).to_contain_text(text)


def test_it_opens_without_an_error_and_asks_for_nothing_else(opened, made, shot):
    page = opened(made)
    assert page.title() == "wineventlogs: schemagen report"
    assert page.locator(CELL).count() > 10
    assert page.locator(RULES).count() == 13
    shot(page, "desktop-light")
    shot(page, "whole-light", whole=True)


def test_a_cell_opens_its_rules_and_a_rule_all_that_is_known_of_it(opened, made, shot):
    page = opened(made)
    page.locator(CELL, has_text="Create or Modify System Process").first.click()
    drawer = page.locator("#drawer")
    says(drawer, "T1543 Create or Modify System Process")
    says(drawer, "Service Installed from a Temporary Folder")
    assert "ServiceFileName is looked for at winlog.event_data.ServiceFileName" in (
        drawer.inner_text()
    )
    shot(page, "cell-open")
    drawer.get_by_role("button", name="Remote Shell").click()
    drawer.get_by_text("Condition, as it is emitted").wait_for()
    assert "REGEXP_EXTRACT(" in drawer.locator("pre").inner_text()
    says(drawer, "2 alerts")
    drawer.get_by_role("button", name="Back").click()
    drawer.get_by_text("T1543 Create or Modify").wait_for()
    page.keyboard.press("Escape")
    assert not drawer.is_visible()


def test_the_matrix_is_searched_and_filtered(opened, made):
    page = opened(made)

    def bright():
        return page.locator(f"{CELL}:not(.dim):visible").count()

    every = bright()
    page.fill("#matrix-search", "brute force")
    assert bright() == 1
    page.fill("#matrix-search", "no such technique")
    assert (bright(), page.locator("#matrix-none").is_visible()) == (0, True)
    page.fill("#matrix-search", "")
    page.locator("#matrix-states .chip", has_text="Fired").click()
    assert 0 < bright() < every
    page.locator("#matrix-states .chip", has_text="Fired").click()
    assert bright() == every
    page.check("#matrix-subs")
    assert bright() > every
    tactics = page.locator("#matrix .tactic:visible")
    shown = tactics.count()
    page.check("#matrix-rest")
    # Tactics that no rule is for are gaps as well.
    assert tactics.count() > shown
    assert page.locator("#matrix .rest li:visible").count() > 100


def test_the_matrix_is_walked_by_keys(opened, made):
    page = opened(made)
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    page.focus("#matrix-rest")
    page.keyboard.press("Tab")
    first = page.evaluate(focused)
    assert first.startswith("T1078 Valid Accounts: Bound. 1 bound")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused).startswith("T1059 Command and Scripting Interpreter: Bound")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused).startswith("T1569 System Services")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    assert page.evaluate(focused) == first
    page.keyboard.press("Enter")
    page.locator("#drawer[open]").wait_for()
    assert page.evaluate("document.activeElement.id") == "drawer-title"
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == first
    # The matrix is one stop of the Tab key, however many cells it has.
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('#matrix')")
    # That the drawer is closed is told to the page later: who has moved on meanwhile stays there.
    page.evaluate("document.getElementById('drawer').dispatchEvent(new Event('close'))")
    assert not page.evaluate("document.activeElement.closest('#matrix')")


def test_detections_are_searched_and_filtered(opened, made):
    page = opened(made)
    rows = page.locator(RULES)
    page.fill("#rule-search", "t1059.001")
    assert rows.count() == 2
    page.fill("#rule-search", "ServiceFileName")
    page.wait_for_function("document.querySelectorAll('#rules tbody tr').length === 1")
    assert "Unbound" in rows.first.inner_text()
    page.fill("#rule-search", "")
    page.select_option("#rule-level", "high")
    high = rows.count()
    page.locator("#rule-states .chip", has_text="Unbound").click()
    assert (rows.count(), page.locator("#rule-count").inner_text()) == (1, "1 detection.")
    page.locator("#rule-states .chip", has_text="Unbound").click()
    page.locator("#rule-states .chip", has_text="Fired").click()
    assert 0 < rows.count() < high


def test_a_field_is_found_and_leads_to_the_rules_that_read_it(opened, made):
    page = opened(made)
    page.fill("#field-search", "data.commandline")
    assert [row.strip() for row in page.locator(f"{FIELDS} th").all_inner_texts()] == [
        "winlog",
        "event_data",
        "CommandLine",
    ]
    page.locator(f"{FIELDS} .link", has_text="CommandLine").click()
    drawer = page.locator("#drawer")
    says(drawer, "winlog.event_data.CommandLine")
    says(drawer, "Read by 2 detections")
    says(drawer, "Kinds of events that have it")
    drawer.get_by_role("button", name="Encoded Command").click()
    drawer.get_by_text("log source").wait_for()
    page.keyboard.press("Escape")
    page.fill("#field-search", "")
    before = page.locator(FIELDS).count()
    page.click("#field-close")
    assert page.locator(FIELDS).count() < before
    page.locator(f"{FIELDS} .twist").first.press("Enter")
    assert page.locator(FIELDS).count() > 10
    page.check("#field-used")
    assert page.locator(f"{FIELDS} th", has_text="LogonType").count() == 1


def test_the_heat_map_says_what_is_under_the_pointer(opened, made):
    page = opened(made)
    page.locator("#heat-cells").scroll_into_view_if_needed()
    page.locator("#heat-cells").hover(position={"x": 20, "y": 7}, force=True)
    said = page.locator("#heat-read").inner_text()
    assert "100% of the events of the kind Security 4688" in said


def test_a_narrow_screen_shows_all_of_it(opened, made, shot):
    page = opened(made, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(CELL, has_text="Brute Force").first.click()
    box = page.locator("#drawer").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    page.keyboard.press("Escape")
    shot(page, "narrow", whole=True)


def test_dark_is_what_the_system_says_until_the_button_says_otherwise(opened, made, shot):
    page = opened(made, color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    shot(page, "desktop-dark")
    page.click("#theme")
    light = page.evaluate(ground)
    assert (dark, light) == ("rgb(18, 21, 24)", "rgb(247, 247, 245)")
    page.click("#theme")
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_prints_on_white_without_what_is_for_the_screen(opened, made, scheme, tmp_path):
    page = opened(made, color_scheme=scheme)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(27, 31, 35)"
    )
    assert not page.locator(".top nav").is_visible()
    assert page.locator(CELL).first.is_visible()
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("scheme", "options"), [
    ("light", {}),
    # Of another theme the colours are another question, and nothing else is.
    ("dark", {"runOnly": ["color-contrast"]}),
])  # fmt: skip
def test_axe_finds_nothing_serious(opened, made, scheme, options):
    axe = importlib.import_module("axe_playwright_python.sync_playwright").Axe()
    page = opened(made, color_scheme=scheme)
    page.check("#matrix-subs")
    ran = axe.run(page, options=options).response
    assert "color-contrast" in {each["id"] for each in ran["passes"]}
    page.locator(CELL).first.click()
    page.locator("#drawer[open] .entry").first.wait_for()
    inside = axe.run(page, context="#drawer", options=options).response
    found = ran["violations"] + inside["violations"]
    grave = [
        (each["id"], node["html"][:200])
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert grave == []


def test_hostile_names_are_text_wherever_they_are_shown(opened, hostile):
    page = opened(hostile)
    assert page.locator("img, iframe").count() == 0
    assert page.locator(RULES, has_text=CLOSING).count() == 1
    page.fill("#field-search", "script")
    assert page.locator(f"{FIELDS} th", has_text=CLOSING).count() > 0
    page.locator(RULES, has_text=QUOTES).locator(".link").click()
    drawer = page.locator("#drawer")
    drawer.get_by_text("log source", exact=True).wait_for()
    says(drawer, QUOTES)
    assert "safe\\u202eexe.fdp" in page.content()
    # A name as long as a page breaks no layout.
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
