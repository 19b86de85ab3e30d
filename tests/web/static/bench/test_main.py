"""The page before a real bench: keys, scanner, stop, a bench that goes and comes back."""

from __future__ import annotations

import re
import signal

import pytest
from playwright.sync_api import expect

from tests.web.benches import served, virtual_rig

pytestmark = pytest.mark.slow


@pytest.fixture
def page(bench, pages):
    return at_rest(pages(bench.address))


@pytest.fixture
def unhurried(tmp_path):
    """A bench whose captures are under way for ten seconds and more, however busy the machine."""
    rig = virtual_rig(tmp_path / "config" / "rig.yaml", travel={"settle_s": 1.5})
    with served(tmp_path, rig) as bench:
        bench.at_rest()
        yield bench


@pytest.fixture
def at_length(tmp_path):
    """A bench whose captures, of 51 frames, no machine ends before somebody does."""
    rig = virtual_rig(
        tmp_path / "config" / "rig.yaml", travel={"settle_s": 1.5}, stack={"step_um": 10}
    )
    with served(tmp_path, rig) as bench:
        bench.at_rest()
        yield bench


def at_rest(page):
    expect(page.locator("body")).to_have_attribute("data-doing", "")
    expect(page.locator("#position")).not_to_have_text("–")
    return page


def scan(page, code: str) -> None:
    """Type as a scanner does, in the page itself: the way there may be slow on a busy machine."""
    # A person lets go of the keyboard before they scan.
    page.wait_for_timeout(300)
    page.evaluate(
        """code => {
          const at = document.activeElement ?? document.body;
          for (const key of [...code, "Enter"])
            at.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        }""",
        code,
    )


def position_um(bench) -> float:
    return bench.at_rest()["desk"]["position_um"]


def test_what_the_bench_tells_is_said_in_the_language_of_the_page(bench, page) -> None:
    page.click("#messages-open")
    opened = page.locator("#messages li").first
    expect(opened).to_contain_text("stand is open")
    page.click("#language")
    expect(opened).to_contain_text("stand ist offen")
    assert bench.client.do("goto", position_um=1234).status == 202
    last = page.locator("#last-message")
    expect(last).to_have_text("1\u202f234,0 µm")
    expect(last).to_have_attribute("lang", "de")
    assert bench.client.do("start", position_um=None).status == 202
    expect(last).to_have_text("Anfang ist 1\u202f234,0 µm")
    # What has no words here is told as it is, as what it is.
    assert bench.client.do("focus", steps=3).status == 202
    expect(last).to_contain_text("camera:")
    expect(last).to_have_attribute("lang", "en")


def test_keys_jog_by_the_chosen_steps_and_set_the_ends(bench, page) -> None:
    before = position_um(bench)
    page.keyboard.press("]")
    expect(page.locator("#fine")).to_have_text("20 µm")
    page.keyboard.press("ArrowUp")
    bench.wait_for(lambda state: state["desk"]["position_um"] == pytest.approx(before + 20, abs=1))
    page.keyboard.press("PageUp")
    bench.wait_for(lambda state: state["desk"]["position_um"] == pytest.approx(before + 220, abs=1))
    page.keyboard.press("s")
    marks = bench.wait_for(lambda state: state["desk"]["marks"]["start_um"] is not None)
    assert marks["desk"]["marks"]["start_um"] == pytest.approx(before + 220, abs=1)


def test_several_presses_in_a_row_are_all_driven(bench, page) -> None:
    before = position_um(bench)
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    bench.wait_for(lambda state: state["desk"]["position_um"] == pytest.approx(before + 40, abs=1))


@pytest.mark.parametrize("focused", ["#jog-up-coarse", "#capture", "#language", "#live"])
def test_space_stops_a_capture_wherever_the_focus_is(at_length, pages, focused: str) -> None:
    bench, page = at_length, at_rest(pages(at_length.address))
    scan(page, "STOP-1")
    bench.wait_for(lambda state: state["table"]["specimen"] == "STOP-1")
    language = page.locator("html").get_attribute("lang")
    page.keyboard.press("c")
    bench.wait_for(lambda state: state["desk"]["doing"]["what"] == "capture")
    page.focus(focused)
    page.keyboard.press("Space")
    rested = bench.at_rest()
    assert len(rested["desk"]["capture"]["taken"]) < rested["desk"]["capture"]["frames"]
    # The button that had the focus did nothing of its own.
    assert page.locator("html").get_attribute("lang") == language


def test_a_scanner_needs_no_field_and_sets_no_marks(bench, page) -> None:
    page.focus("#shot")
    scan(page, "SETC 01")
    state = bench.wait_for(lambda state: state["table"]["specimen"])
    assert page.locator("#specimen").input_value() == "SETC 01"
    assert state["desk"]["marks"]["start_um"] is None
    assert state["desk"]["marks"]["end_um"] is None
    assert state["desk"]["capture"] is None
    # Nor did its Enter press the button that had the focus.
    page.wait_for_timeout(500)
    assert bench.at_rest()["desk"]["shot"] is None


def test_a_number_typed_into_the_field_may_hold_spaces(bench, page) -> None:
    page.keyboard.press("#")
    expect(page.locator("#specimen")).to_be_focused()
    page.keyboard.type("AB 12", delay=20)
    page.keyboard.press("Enter")
    bench.wait_for(lambda state: state["table"]["catalog_number"] == "AB 12")
    # The keyboard is the rail's again.
    expect(page.locator("#specimen")).not_to_be_focused()


def test_two_pages_show_the_same_and_a_closed_one_ends_nothing(unhurried, pages) -> None:
    bench, page = unhurried, at_rest(pages(unhurried.address))
    scan(page, "TWO-1")
    bench.wait_for(lambda state: state["table"]["specimen"] == "TWO-1")
    other = pages(bench.address, within=page.context)
    expect(other.locator("#specimen")).to_have_value("TWO-1")
    page.keyboard.press("c")
    expect(other.locator("body")).to_have_attribute("data-doing", "capture")
    page.close()
    expect(other.locator("body")).to_have_attribute("data-doing", "", timeout=60_000)
    other.keyboard.press("2")
    expect(other.locator("#films [data-frame]")).to_have_count(6)
    expect(other.locator('[data-view][data-state="shot"]')).to_have_count(1)


def test_areas_stay_where_they_are_whatever_the_bench_does(unhurried, pages) -> None:
    bench, page = unhurried, at_rest(pages(unhurried.address))

    def areas() -> list:
        return [
            page.locator(f"#{name}").bounding_box() for name in ("stage", "desk", "dock", "stop")
        ]

    before = areas()
    for key in "1234":
        page.keyboard.press(key)
        assert areas() == before
    scan(page, "STILL-1")
    bench.wait_for(lambda state: state["table"]["specimen"] == "STILL-1")
    page.keyboard.press("c")
    expect(page.locator("body")).to_have_attribute("data-doing", "capture")
    assert areas() == before
    bench.at_rest()
    assert areas() == before


def test_what_one_touches_is_large_enough_for_gloves_and_nothing_scrolls_aside(
    bench, chromium
) -> None:
    found = {}
    for width, height in ((1366, 768), (1024, 768), (820, 1180), (390, 844)):
        for language in ("en", "de"):
            context = chromium.new_context(
                viewport={"width": width, "height": height}, locale=language, has_touch=True
            )
            page = context.new_page()
            page.goto(bench.address)
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator("#position")).not_to_have_text("–")
            small = page.evaluate(
                """() => [...document.querySelectorAll("button, input")]
                  .filter((one) => one.offsetParent && !one.matches(".only-read"))
                  .map((one) => [one.id, one.getBoundingClientRect()])
                  .filter(([, box]) => box.height < 48 || box.width < 48)
                  .map(([id, box]) => `${id} ${box.width} × ${box.height}`)"""
            )
            # What is narrower than a tablet scrolls down, with the stop in sight.
            scrolled = page.evaluate(
                "() => document.documentElement.scrollWidth > innerWidth || (innerWidth >= 820"
                " && document.documentElement.scrollHeight > innerHeight)"
            )
            if width < 820:
                page.locator("#plan-step").scroll_into_view_if_needed()
                expect(page.locator("#stop")).to_be_in_viewport()
                decimal = "," if language == "de" else "[.]"
                clipped = re.compile(rf"^\d+{decimal}\d %$")
                expect(page.locator("#zebra-how")).to_have_text(clipped)
            if (width, language) == (1366, "de"):
                page.click("#help-open")
                expect(page.locator("#keys kbd", has_text="Bild ↑")).to_be_visible()
                fits = "help => help.scrollHeight <= help.clientHeight"
                assert page.locator("#help").evaluate(fits), "the list of keys is cut off"
            context.close()
            found[width, height, language] = (small, scrolled)
    assert {where: what for where, what in found.items() if what != ([], False)} == {}


def test_a_bench_that_goes_is_said_at_once(bench, chromium) -> None:
    context = chromium.new_context(locale="en")
    page = context.new_page()
    page.goto(bench.address)
    expect(page.locator("#position")).not_to_have_text("–")
    bench.process.send_signal(signal.SIGTERM)
    expect(page.locator("#gone")).to_be_visible(timeout=10_000)
    expect(page.locator("body")).to_have_attribute("data-connected", "false")
    context.close()


def test_a_page_whose_events_were_cut_goes_on_by_itself(bench, page) -> None:
    page.context.set_offline(True)
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    page.context.set_offline(False)
    page.keyboard.press("ArrowUp")
    before = position_um(bench)
    page.keyboard.press("ArrowUp")
    bench.wait_for(lambda state: state["desk"]["position_um"] > before)
    expect(page.locator("body")).to_have_attribute("data-connected", "true")


def test_the_language_is_changed_by_a_press_and_kept(bench, page) -> None:
    expect(page.locator("#stop")).to_have_text("Stop")
    page.click("#language")
    expect(page.locator("#stop")).to_have_text("Halt")
    page.reload()
    expect(page.locator("#stop")).to_have_text("Halt")


def test_the_loupe_tells_the_sharpest_so_far(bench, page) -> None:
    live = page.locator("#live")
    expect(live).to_have_attribute("data-pictures", re.compile(r"\d"), timeout=60_000)
    assert float(page.locator("#loupe-sharpness").text_content()) >= 0
    assert page.locator("#loupe-best").text_content().startswith("best ")
    # Less than 100 ms, of one that nothing else had come between.
    expect(live).to_have_attribute("data-ms", re.compile(r"^\d{1,2}(\.\d+)?$"))
