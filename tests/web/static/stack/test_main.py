"""A stack's page from disk, in a real browser: looking, comparing, measuring."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from records.reports.review_site import Site, write_collection
from tests.web.looking import press, settled, shown
from tests.web.static.stack.conftest import PITCH_UM, STATIC, Made
from tests.web.test_static import faults

pytestmark = pytest.mark.slow


@pytest.fixture
def page(made: Made, pages) -> Page:
    opened = pages(made.address)
    opened.wait_for_selector("body[data-ready=yes]")
    return opened


def place(page: Page) -> list[str]:
    """What tells place and zoom: the scale bar, and what lies in the middle."""
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.move(box["x"] + 301, box["y"] + 200)
    page.wait_for_timeout(60)
    long = page.locator("#scalebar-line").get_attribute("style")
    return [page.locator("#scalebar-text").inner_text(), long, page.inner_text("#here-place")]


def test_a_known_length_of_the_specimen_is_measured_to_one_percent(made, page) -> None:
    page.select_option("#picture-first", "slab-001")
    page.locator("#stage").focus()
    page.keyboard.press("+")
    settled(page, "slab-001")
    # The specimen's outline as it stands on the screen, there where it is broadest.
    across = shown(page)[..., 0]
    row = int(np.argmax(across.sum(axis=1)))
    inside = np.flatnonzero(across[row] > 127)
    page.keyboard.press("m")
    settled(page, "master")
    page.keyboard.press("l")
    press(page, int(inside[0]), row)
    press(page, int(inside[-1]) + 1, row)
    text = page.inner_text("#measurements .value")
    number, unit = text.removeprefix("Length: ").split(" ")[:2]
    found_um = float(number) * {"µm": 1, "mm": 1000}[unit]
    assert found_um == pytest.approx(made.breadth_um, rel=0.01)
    # Depth rises by 2 µm with each px across: the length in space is longer by its share.
    in_space = text.split("in space ")[1].split(" ")[0]
    assert float(in_space) == pytest.approx(float(number) * np.hypot(1, 2 / PITCH_UM), rel=0.005)


def test_the_slider_and_keys_keep_place_and_zoom(page) -> None:
    page.locator("#stage").focus()
    for _ in range(5):
        page.keyboard.press("+")
    settled(page, "master")
    press(page, 10, 10)
    before = place(page)
    page.keyboard.press(".")
    settled(page, "frame-005")
    page.keyboard.press(".")
    settled(page, "frame-006")
    assert shown(page)[200, 300, 0] == pytest.approx(0.6 * 255, abs=2)
    assert place(page) == before
    page.locator("#frame").fill("1")
    settled(page, "frame-002")
    assert shown(page)[200, 300, 0] == pytest.approx(0.2 * 255, abs=2)
    assert place(page) == before
    assert page.inner_text("#frame-text") == "frame 2 · 200.0 µm"


def test_nothing_else_is_seen_while_frames_change(page) -> None:
    page.keyboard.press(".")
    settled(page, "frame-005")
    greys = set()
    for _ in range(3):
        page.keyboard.press(",")
        greys.add(round(shown(page)[200, 400, 0] / 25.5, 1))
    settled(page, "frame-002")
    greys.add(round(shown(page)[200, 400, 0] / 25.5, 1))
    # Whole frames alone, each a grey of its own: no ground between them and no mix of two.
    assert greys <= set(range(1, 9)) and 2 in greys


def test_a_curtain_shows_one_picture_on_each_side_of_its_edge(page) -> None:
    page.select_option("#picture-first", "frame-002")
    page.click("#how-curtain")
    page.select_option("#picture-second", "frame-007")
    settled(page, "frame-002")
    edge = page.locator("#curtain-edge")
    edge.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(350)
    stage = page.locator("#stage").bounding_box()
    at = round(0.4 * stage["width"])
    line = shown(page)[250, :, 0]
    assert line[at - 4] == pytest.approx(0.2 * 255, abs=2)
    assert line[at + 4] == pytest.approx(0.7 * 255, abs=2)
    # It hangs where it is while the picture moves under it.
    page.locator("#stage").focus()
    page.keyboard.press("+")
    page.wait_for_timeout(500)
    line = shown(page)[250, :, 0]
    assert line[at - 4] == pytest.approx(0.2 * 255, abs=2)
    assert line[at + 4] == pytest.approx(0.7 * 255, abs=2)


def test_a_picture_that_is_on_its_way_comes_though_another_is_shown_meanwhile(page) -> None:
    page.evaluate("""() => {
      const { prototype } = OpenSeadragon.Viewer;
      const add = prototype.addTiledImage;
      window.held = {};
      prototype.addTiledImage = function (asked) {
        const name = asked.tileSource.url?.match(/frame-00[27]/);
        if (name) window.held[name[0]] = () => add.call(this, asked);
        else add.call(this, asked);
      };
    }""")
    page.select_option("#picture-first", "frame-002")
    page.click("#how-curtain")
    page.select_option("#picture-second", "frame-007")
    page.evaluate("held['frame-002']()")
    page.wait_for_timeout(500)
    page.evaluate("held['frame-007']()")
    settled(page, "frame-002")


def test_two_pictures_blink_in_turn(page) -> None:
    page.select_option("#picture-first", "frame-001")
    page.click("#how-blink")
    page.select_option("#picture-second", "frame-008")
    for picture in ("frame-001", "frame-008", "frame-001"):
        page.wait_for_selector(f"#stage[data-shown='{picture}']")
    page.click("#how-one")
    settled(page, "frame-001")


def test_an_overlay_lies_over_the_picture_with_its_legend(page) -> None:
    page.select_option("#picture-first", "frame-002")
    settled(page, "frame-002")
    page.select_option("#overlay", "depth")
    page.locator("#strength").fill("50")
    page.wait_for_timeout(500)
    red, green, _ = shown(page)[200, 400]
    assert red == pytest.approx((255 + 51) / 2, abs=3) and green == pytest.approx(51 / 2, abs=3)
    expect(page.locator("#legend-to")).to_have_text("9 µm")
    page.select_option("#overlay", "")
    expect(page.locator("#legend")).to_be_hidden()


def test_under_the_pointer_stand_place_depth_and_source(made, page) -> None:
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    expect(page.locator("#here")).to_have_attribute("data-inside", "false")
    for x in (350, 600):
        page.mouse.move(box["x"] + x, box["y"] + 200)
        expect(page.locator("#here")).to_have_attribute("data-inside", "true")
        page.wait_for_timeout(100)
        column = int(page.inner_text("#here-place").split(",")[0])
        depth = float(page.inner_text("#here-depth").removesuffix(" µm"))
        assert depth == pytest.approx(2 * (column + 0.5), abs=3)
        middle = made.data["width_px"] / 2
        assert page.inner_text("#here-source") == ("3" if column < middle else "6")
    # From disk the browser keeps colours to itself: nothing is said of them.
    expect(page.locator("#here-colour-part")).to_be_hidden()


def test_by_keys_alone_an_angle_is_measured(page) -> None:
    page.keyboard.press("a")
    expect(page.locator("#stage")).to_be_focused()
    page.keyboard.press("ArrowRight")
    for way in ("ArrowRight", "ArrowUp"):
        page.keyboard.press("Enter")
        for _ in range(6):
            page.keyboard.press(way)
    page.keyboard.press("Enter")
    expect(page.locator("#measurements .value")).to_have_text("Angle: 90.0°")
    expect(page.locator("#spoken")).to_have_text("90.0°")
    page.keyboard.press("Escape")
    expect(page.locator("#tool-angle")).to_have_attribute("aria-pressed", "false")


def test_an_area_is_closed_by_a_second_enter_and_a_point_is_taken_back(page) -> None:
    page.keyboard.press("r")
    page.keyboard.press("ArrowRight")
    ways = ("ArrowRight", "ArrowDown", "ArrowLeft", None)
    for way in ways:
        page.keyboard.press("Enter")
        if way == "ArrowRight":
            # One that is taken back.
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("Enter")
            page.keyboard.press("Backspace")
            page.keyboard.press("ArrowRight")
        for _ in range(5 if way else 0):
            page.keyboard.press(way)
    page.keyboard.press("Enter")
    value = page.inner_text("#measurements .value")
    size, unit = value.removeprefix("Area: ").split(" ")[:2]
    outline, outline_unit = value.split("outline ")[1].split(" ")[:2]
    side_um = float(outline) * {"µm": 1, "mm": 1000}[outline_unit] / 4
    assert float(size) * {"µm²": 1, "mm²": 1e6}[unit] == pytest.approx(side_um**2, rel=0.001)


def test_a_profile_is_drawn_along_its_line(page) -> None:
    page.keyboard.press("p")
    press(page, 300, 200)
    press(page, 600, 200)
    expect(page.locator("#profile svg .curve")).to_be_visible()
    told = page.locator("#profile svg").get_attribute("aria-label")
    assert told.startswith("Depth along ")


def test_the_scale_bar_is_dragged_and_is_as_long_as_it_says(made, page) -> None:
    bar = page.locator("#scalebar")
    number, unit = page.inner_text("#scalebar-text").split()
    long_um = float(number) * {"µm": 1, "mm": 1000}[unit]
    line = page.locator("#scalebar-line").bounding_box()
    # The same length measured at its ends, over the picture.
    page.keyboard.press("l")
    stage = page.locator("#stage").bounding_box()
    press(page, 300, 200)
    press(page, 300 + line["width"], 200)
    value = page.inner_text("#measurements .value").removeprefix("Length: ").split(" ")
    assert float(value[0]) * {"µm": 1, "mm": 1000}[value[1]] == pytest.approx(long_um, rel=0.01)
    before = bar.bounding_box()
    page.mouse.move(before["x"] + 20, before["y"] + 10)
    page.mouse.down()
    page.mouse.move(before["x"] + 120, before["y"] - 40, steps=3)
    page.mouse.up()
    after = bar.bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((100, -50))
    page.mouse.move(stage["x"] + stage["width"] + 500, stage["y"] - 500)
    bar.focus()
    page.keyboard.press("ArrowRight")
    assert bar.bounding_box()["x"] - after["x"] == pytest.approx(10)
    assert page.inner_text("#pixel-size").startswith("One pixel is 5.000 µm: 2000.0 px/cm")


def test_a_point_of_a_curve_and_a_row_of_the_ledger_show_their_frame(page) -> None:
    page.click("#tab-curves-tab")
    page.locator("#curves .point").nth(2).click()
    settled(page, "frame-003")
    page.click("#tab-ledger")
    expect(page.locator("#ledger-rows tr.now th")).to_have_text("3")
    expect(page.locator("#ledger-rows tr").last).to_contain_text("rejected: shaken")
    page.locator("#ledger-rows tr", has_text="raw_7.dng").get_by_role("button").click()
    settled(page, "frame-007")


def test_what_is_told_is_text_and_leads_nowhere_else(page) -> None:
    page.click("#tab-warnings-tab")
    expect(page.locator("#warnings")).to_contain_text("Seen <i>here</i>.")
    assert page.locator("#warnings a").count() == 1
    page.click("#tab-about-tab")
    expect(page.locator("#about")).to_contain_text("<b>not bold</b>")
    page.click("#tab-files-tab")
    expect(page.locator("#files a")).to_have_text("archival master")


def test_a_page_from_disk_offers_nothing_that_needs_a_server(page) -> None:
    expect(page.locator("#to-retouch")).to_be_hidden()
    expect(page.locator("#to-preview")).to_be_hidden()


def test_without_openseadragon_pictures_are_shown_and_measured(made, pages) -> None:
    html = made.page.read_text("utf-8").replace("openseadragon.min.js", "absent.js")
    plain = made.page.with_name("plain.html")
    plain.write_text(html, "utf-8")
    page = pages(plain.as_uri())
    page.wait_for_selector("body[data-ready=yes]")
    expect(page.locator("#stage-told")).to_contain_text("Zoom needs OpenSeadragon")
    page.keyboard.press(".")
    settled(page, "frame-005")
    assert shown(page)[200, 400, 0] == pytest.approx(0.5 * 255, abs=2)
    stage = page.locator("#stage").bounding_box()
    scale = min(stage["width"] / made.data["width_px"], stage["height"] / made.data["height_px"])
    page.keyboard.press("l")
    press(page, 300, 200)
    press(page, 500, 200)
    found_px = float(page.inner_text("#measurements .value").split("(")[1].split(" px")[0])
    assert found_px == pytest.approx(200 / scale, rel=0.005)


def test_a_stack_without_a_picture_offers_nothing_that_needs_one(made, pages) -> None:
    whole = made.page.read_text("utf-8")
    told = json.dumps(made.data | {"images": [], "pixel_size_um": None})
    data = re.compile(r'(<script[^>]*id="data"[^>]*>).*?(</script>)', re.DOTALL)
    bare = made.page.with_name("bare.html")
    bare.write_text(data.sub(lambda found: found[1] + told + found[2], whole), "utf-8")
    page = pages(bare.as_uri())
    page.wait_for_selector("body[data-ready=yes]")
    expect(page.locator("#scalebar")).to_be_hidden()
    expect(page.locator("#stage-told")).to_have_text("No picture of this stack has been made yet.")
    expect(page.locator("#tab-warnings-tab")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("l")
    for part in ("#tab-measure", "#measure", "#pixel-size", "#choices", "#zooms", "#here"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator("#keys kbd")).to_have_text(["?"])
    expect(page.locator("#stage")).to_have_attribute("data-tool", "")
    # By keys from one part to the next, past what is not there.
    page.focus("#tab-warnings-tab")
    page.keyboard.press("Home")
    expect(page.locator("#curves-tab")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#files-tab")).to_be_visible()
    expect(page.locator("#curves-tab")).to_be_hidden()
    # On a phone what is wrong stands below, in sight.
    page = pages(bare.as_uri(), 390, 844)
    page.wait_for_selector("body[data-ready=yes]")
    expect(page.locator("#warnings-tab")).to_be_in_viewport()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_nobody_is_shut_out(made, pages, width: int, height: int) -> None:
    page = pages(made.address, width, height)
    page.wait_for_selector("body[data-ready=yes]")
    page.select_option("#overlay", "depth")
    page.click("#how-curtain")
    page.keyboard.press("l")
    for tab in page.get_by_role("tab").all()[:: 1 if width > 1000 else 3]:
        tab.click()
        assert faults(page) == []
    # Nothing is cut off at the side.
    assert page.evaluate("document.documentElement.scrollWidth") <= width


FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const seen = box.width > 0 && getComputedStyle(one).outlineStyle !== "none";
    return one === document.body ? null : [one.id || one.className || one.tagName, seen];
}"""


def test_by_keys_alone_from_the_collection_through_a_stack_and_back(made, pages) -> None:
    site = Site(made.page.parents[3], STATIC)
    columns = ["specimen", "view", "state", "warnings", "page"]
    rows = [[f"S-{n}", "top", "made", [], "review/S-1/top/index.html"] for n in range(3)]
    write_collection(site, {"columns": columns, "stacks": rows, "run": None})
    page = pages(site.index.as_uri())
    page.wait_for_selector("body[data-ready=yes]")
    page.keyboard.press("/")
    page.keyboard.type("S-1")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/S-1/top/index.html")
    page.wait_for_selector("body[data-ready=yes]")
    reached = {}
    for _ in range(60):
        page.keyboard.press("Tab")
        if (one := page.evaluate(FOCUSED)) is None:
            break
        reached[one[0]] = one[1]
    # All that is there for a hand is there for keys, and seen where they are.
    wanted = {"to-collection", "picture-first", "how-curtain", "overlay", "stage", "scalebar"}
    wanted |= {"frame", "tab-measure", "tool-length", "language", "help-open"}
    assert wanted <= reached.keys()
    assert [name for name, is_seen in reached.items() if not is_seen] == []
    page.locator("#tab-measure").focus()
    for name in ("curves-tab", "ledger", "warnings-tab", "about-tab", "files-tab"):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#{name}")).to_be_visible()
    page.locator("#to-collection").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_contain_text("3 stacks")
