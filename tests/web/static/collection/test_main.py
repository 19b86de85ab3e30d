"""The page of all stacks from disk, as a person uses it: by search, filter and keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from records.reports.run_status import RunStatus
from tests.web.test_static import collection, row

HALO = ["halo", "Around highlights it is brighter.", ""]
SEEN = ["moved", "Between frames 3 and 4 something moved.", "the glue drop"]
ROWS = [
    row("A-10", name="Apis mellifera", date="2026-03-01", method="holostack"),
    row("A-2", name="Bombus", warnings=[HALO, SEEN], date="2026-05-07", person="M. Ö."),
    row("B-1", state="stopped", reason="frame 3 is cut off", method="pyramid"),
    *(row(f"Z-{n:04}", date="2025-01-01") for n in range(3000)),
]


@pytest.fixture
def page(tmp_path, pages):
    page = pages(collection(tmp_path, ROWS))
    page.locator("body[data-ready=yes]").wait_for()
    return page


def shown(page, n: int) -> list[str]:
    """The names of the first stacks in the list, as they are read out."""
    names = page.locator("#items .to strong, #items .row .named").all_inner_texts()
    return [name.strip() for name in names[:n]]


def test_what_needs_a_look_comes_first_and_names_are_in_order(page) -> None:
    assert shown(page, 4) == ["B-1", "A-2", "A-10", "Z-0000"]
    page.select_option("#sort", "name")
    assert shown(page, 4) == ["A-2", "A-10", "B-1", "Z-0000"]
    page.select_option("#sort", "newest")
    assert shown(page, 3) == ["A-2", "A-10", "Z-0000"]
    # On a phone, nothing is cut off at the side.
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.slow
def test_a_stack_is_found_by_search_and_filters_and_the_address_keeps_them(page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("apis HOLO")
    expect(page.locator("#count")).to_have_text("1 of 3,003 stacks")
    assert shown(page, 9) == ["A-10"]
    page.keyboard.press("Escape")
    page.select_option("#by-warning", "open")
    assert shown(page, 9) == ["A-2"]
    page.select_option("#by-warning", "")
    page.fill("#from", "2026-03-01")
    page.fill("#until", "2026-03-01")
    assert shown(page, 9) == ["A-10"]
    page.reload()
    page.locator("body[data-ready=yes]").wait_for()
    assert shown(page, 9) == ["A-10"]
    page.click("#reset")
    page.select_option("#by-state", "stopped")
    assert shown(page, 9) == ["B-1"]
    page.fill("#search", "nothing of the kind")
    expect(page.locator("#none")).to_be_visible()


def test_while_a_run_is_on_its_page_says_what_is_worked_on(tmp_path, pages) -> None:
    run = RunStatus({n: ((f"A-{n}", "top"), "fuse") for n in range(1, 7)}, tmp_path)
    run.started([1, 2])
    page = pages(collection(tmp_path, ROWS, run.told()))
    expect(page.locator("#run[data-state=on] #run-now")).to_have_text(
        "Now: A-1/top (fusing), A-2/top (fusing)"
    )
    expect(page.locator("#run-text")).to_contain_text("0 of 6 stacks done")


def test_only_what_is_seen_is_there_and_keys_reach_all(page) -> None:
    page.keyboard.press("t")
    assert page.locator("#items .row").count() < 40
    expect(page.locator("#list")).to_have_attribute("aria-rowcount", "3004")
    page.locator("#items .row a").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#items .row a:focus")).to_have_text("A-2")
    page.keyboard.press("End")
    expect(page.locator("#items .row a:focus")).to_have_text("Z-2999")
    last = page.locator("#items .row:has(a:focus)")
    expect(last).to_have_attribute("aria-rowindex", "3004")
    page.keyboard.press("Home")
    expect(page.locator("#items .row a:focus")).to_have_attribute(
        "href", "review/B-1/dorsal/index.html"
    )


def test_from_disk_a_warning_says_how_the_sheet_acknowledges_it(page) -> None:
    page.fill("#search", "A-2")
    page.locator("#items .to").first.focus()
    page.keyboard.press("w")
    told = page.locator("#warned-list li")
    expect(told.nth(0)).to_contain_text("write halo: reason into this stack's cell acknowledge")
    expect(told.nth(1)).to_contain_text("Acknowledged: the glue drop")


def test_another_language_is_one_press_away_and_kept(page) -> None:
    page.click("#language")
    expect(page.locator("h1")).to_have_text("Sammlung")
    expect(page.locator("#by-state option").first).to_have_text("alle")
    page.reload()
    expect(page.locator("h1")).to_have_text("Sammlung")
