"""The bench's page in a real browser: what it shows, what it asks for, and what it does not end."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.web.benches import served, virtual_rig

pytestmark = pytest.mark.slow

CONNECTED = "body[data-connected='true']"


def changed(page, look, before, most_s: float = 60.0):
    """What `look` gives, once that is not what it was."""
    until = time.monotonic() + most_s
    while (now := look()) == before:
        assert time.monotonic() < until, "nothing changed"
        page.wait_for_timeout(50)
    return now


def test_the_page_opens_with_the_address_alone_and_forgets_the_token(bench, pages) -> None:
    page = pages(bench.address)
    page.wait_for_selector(CONNECTED)
    assert page.url == f"http://127.0.0.1:{bench.client.port}/"
    expect(page.locator("#rig-name")).to_have_text("stand")
    # No script reads the cookie, and a second page of this browser needs no token.
    assert page.evaluate("document.cookie") == ""
    second = pages(page.url, within=page.context)
    second.wait_for_selector(CONNECTED)


def test_a_live_picture_is_shown_and_follows_the_rail(bench, pages) -> None:
    page = pages(bench.address)
    page.wait_for_selector(CONNECTED)

    def shown() -> str:
        return page.evaluate("document.querySelector('#live').toDataURL()")

    blank = page.evaluate("document.createElement('canvas').toDataURL()")
    first = changed(page, shown, blank)
    expect(page.locator("#loupe-sharpness")).to_have_text(re.compile(r"\d"))
    page.keyboard.press("PageUp")
    changed(page, shown, first)


def test_by_keys_alone_the_rail_is_moved_and_the_ends_are_set(bench, pages) -> None:
    page = pages(bench.address)
    page.wait_for_selector(CONNECTED)
    # Where the rail stands is known, and nothing is done: keys before that are nobody's.
    expect(page.locator("#position")).not_to_have_text("–")
    page.wait_for_selector("body[data-doing='']")
    page.keyboard.press("s")
    bench.wait_for(lambda state: state["desk"]["marks"].get("start_um") == 0)
    page.wait_for_selector("body[data-doing='']")
    page.keyboard.press("PageUp")
    moved = bench.wait_for(lambda state: (state["desk"]["position_um"] or 0) > 50)
    moved = bench.at_rest()["desk"]["position_um"]
    page.wait_for_selector("body[data-doing='']")
    page.keyboard.press("e")
    bench.wait_for(lambda state: state["desk"]["marks"].get("end_um") == pytest.approx(moved))
    page.wait_for_selector("body[data-doing='']")
    expect(page.locator("#position")).to_contain_text(f"{moved:.1f}")
    page.keyboard.press("ArrowDown")
    bench.wait_for(lambda state: state["desk"]["position_um"] < moved)


def test_space_stops_whatever_has_the_focus(tmp_path, pages) -> None:
    rig = virtual_rig(tmp_path / "config" / "rig.yaml", rail={"speed_um_s": 500})
    with served(tmp_path, rig) as bench:
        bench.at_rest()
        page = pages(bench.address)
        page.wait_for_selector(CONNECTED)
        for focus in ("#shot", "#capture", "body"):
            assert bench.client.do("goto", position_um=4500).status == 202
            bench.wait_for(lambda state: state["desk"]["doing"]["what"] == "goto")
            if focus != "body":
                page.locator(focus).focus()
            page.keyboard.press("Space")
            state = bench.at_rest()
            assert state["desk"]["position_um"] < 4000
            assert not any("capture" in line["text"] for line in state["desk"]["told"])


def test_what_is_refused_is_read_on_the_page(bench, pages) -> None:
    page = pages(bench.address)
    page.wait_for_selector(CONNECTED)
    bench.client.do("goto", position_um=99_000)
    expect(page.locator("#last-message")).to_contain_text("5000")


def test_a_page_that_is_closed_loaded_again_or_opened_twice_stops_and_doubles_nothing(
    tmp_path, pages
) -> None:
    rig = virtual_rig(tmp_path / "config" / "rig.yaml", rail={"speed_um_s": 300})
    with served(tmp_path, rig) as bench:
        bench.at_rest()
        page = pages(bench.address)
        page.wait_for_selector(CONNECTED)
        bench.client.do("goto", position_um=900)
        bench.wait_for(lambda state: state["desk"]["doing"]["what"] == "goto")
        page.reload()
        page.wait_for_selector(CONNECTED)
        second = pages(page.url, within=page.context)
        second.wait_for_selector(CONNECTED)
        page.close()
        expect(second.locator("#position")).to_contain_text("900.0")
        told = [line["text"] for line in bench.at_rest()["desk"]["told"]]
        assert told.count("900.0 µm") == 1


def test_a_bench_that_ends_is_told(bench, pages) -> None:
    page = pages(bench.address)
    page.wait_for_selector(CONNECTED)
    bench.process.terminate()
    bench.process.wait(15)
    page.wait_for_selector("body[data-connected='false']")
