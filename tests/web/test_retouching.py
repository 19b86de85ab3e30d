"""Retouching in a real browser: painted by mouse and keys, undone, and nothing lost."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from imaging.frames import colour, tiff
from records.retouching import strokes as files
from tests.web.retouching.stacks import FRAMES, FUSED, make_stack, served
from tests.web.test_static import faults

pytestmark = pytest.mark.slow

READY = "body[data-ready='yes'][data-pen='yes']"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server; each test has its stack."""
    data = tmp_path_factory.mktemp("data")
    with served(data) as server:
        yield server


@pytest.fixture
def stack(server):
    """A stack of its own: what a page of the test before still asks for comes to that one's."""
    stacks = len(list(server.data.glob("specimens/*")))
    return make_stack(server.data, specimen=f"beetle-{stacks}")


@pytest.fixture
def page(server, stack, pages):
    page = pages(server.page_of(stack))
    page.wait_for_selector(READY)
    page.keyboard.press("1")
    return page


def strokes(stack):
    path = stack / "retouch" / "strokes.json"
    return files.read(path).strokes if path.exists() else ()


def where(page, x: float, y: float) -> tuple[float, float]:
    """The place on the screen of a px of the image, at 100 % with its middle in the pane's."""
    box = page.locator("#over").bounding_box()
    left, top = box["x"] + round(box["width"]) / 2, box["y"] + round(box["height"]) / 2
    return left + x + 0.5 - 320, top + y + 0.5 - 210


def paint(page, *path: tuple[float, float], up: bool = True) -> None:
    page.mouse.move(*where(page, *path[0]))
    page.mouse.down()
    for point in path[1:]:
        page.mouse.move(*where(page, *point))
    if up:
        page.mouse.up()


def fit_middle(page) -> None:
    """100 %, the middle of the picture in that of the pane."""
    page.mouse.move(0, 0)
    page.keyboard.press("f")
    page.keyboard.press("1")
    expect(page.locator("#zoom")).to_have_text("100%")


def shown(page, x: float, y: float) -> int:
    """The green of the result pane at a px of the image, with what is drawn over it."""
    return page.evaluate(
        """([x, y]) => {
          const of = id => document.getElementById(id);
          const { width, height } = of("result");
          const middle = (side, half, place) => Math.floor(side / 2 + place + 0.5 - half);
          const at = [middle(width, 320, x), middle(height, 210, y), 1, 1];
          const [under, over] = ["result", "drawn"].map(
            id => of(id).getContext("2d").getImageData(...at).data
          );
          const a = over[3] / 255;
          return Math.round(under[1] * (1 - a) + over[1] * a);
        }""",
        [x, y],
    )


def is_near(level: int):
    return lambda value: abs(value - level / 257) < 4


def wait(page, look, fits):
    for _ in range(400):
        if fits(value := look()):
            return value
        page.wait_for_timeout(50)
    raise AssertionError(f"it never came to that; last: {value}")


def test_a_stroke_by_mouse_is_drawn_at_once_saved_exactly_and_undone_by_keys(page, stack) -> None:
    page.locator("#reason").fill("halo at the leg")
    page.locator("#person").fill("Ada")
    page.locator("#match").click()
    fit_middle(page)
    # Two thirds to the right, where frame 2 is in focus.
    paint(page, (300, 200), (310, 200), (330, 205), up=False)
    wait(page, lambda: shown(page, 310, 203), is_near(FRAMES[1]))
    page.mouse.up()
    expect(page.locator("#strokes-count")).to_have_text("1")
    (stroke,) = strokes(stack)
    assert (stroke.source.kind, stroke.source.frame) == ("frame", 2)
    assert (stroke.mode, stroke.match, stroke.person) == ("pixels", False, "Ada")
    assert stroke.reason == "halo at the leg"
    assert stroke.path_px == ((300, 200), (310, 200), (330, 205))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", stroke.time)
    # The server's own px have taken the place of what was drawn.
    wait(
        page,
        lambda: page.evaluate(
            "document.getElementById('drawn').getContext('2d').getImageData(0, 0, 9999, 9999)"
            ".data.every(value => value === 0)"
        ),
        bool,
    )
    wait(page, lambda: shown(page, 310, 203), is_near(FRAMES[1]))
    page.keyboard.press("Control+z")
    expect(page.locator("#strokes-count")).to_have_text("0")
    assert strokes(stack) == ()
    wait(page, lambda: shown(page, 310, 203), is_near(20000))
    page.keyboard.press("Control+y")
    expect(page.locator("#strokes-count")).to_have_text("1")
    assert strokes(stack) == (stroke,)


def test_keys_set_the_brush_the_frame_and_the_mode(page, stack) -> None:
    fit_middle(page)
    page.mouse.move(*where(page, 100, 200))
    expect(page.locator("#source-name")).to_contain_text("Frame 1")
    page.keyboard.press(".")
    page.keyboard.press(".")
    expect(page.locator("#source-name")).to_contain_text("Frame 3 (+2)")
    page.keyboard.press("d")
    expect(page.locator("#detail")).to_have_attribute("aria-checked", "true")
    size = page.locator("#size-told").inner_text()
    for key in ("]", "{", "-"):
        page.keyboard.press(key)
    assert page.locator("#size-told").inner_text() != size
    expect(page.locator("#hardness-told")).to_have_text("40%")
    expect(page.locator("#opacity-told")).to_have_text("90%")
    paint(page, (100, 200), (120, 200))
    expect(page.locator("#strokes-count")).to_have_text("1")
    (stroke,) = strokes(stack)
    assert (stroke.mode, stroke.source.frame) == ("detail", 3)
    assert (stroke.brush.hardness, stroke.brush.opacity) == (0.4, 0.9)
    # By the keyboard alone: a dab in the middle of the pane.
    page.keyboard.press("r")
    page.locator("#stage").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#strokes-count")).to_have_text("2")
    assert strokes(stack)[1].mode == "restore"
    assert len(strokes(stack)[1].path_px) == 1
    page.keyboard.down("x")
    expect(page.locator("#result-name")).to_have_text("Source")
    page.keyboard.up("x")
    page.keyboard.press("Tab")
    expect(page.locator("#result-name")).to_have_text("Before retouching")


def test_a_browser_that_ends_while_the_server_is_gone_keeps_its_strokes(
    server, page, stack, pages
) -> None:
    fit_middle(page)
    server.kill()
    paint(page, (300, 200), (310, 200))
    page.close()
    server.start()
    again = pages(server.page_of(stack), within=page.context)
    expect(again.locator("#strokes-count")).to_have_text("1")
    assert strokes(stack)[0].path_px == ((300, 200), (310, 200))
    assert again.evaluate("Object.keys(localStorage).filter(k => k.includes('beetle'))") == []


def test_a_server_that_was_started_anew_has_given_the_stack_to_nobody_else(page) -> None:
    page.route("**/do/pen", lambda route: route.fulfill(status=403, json={"error": "who?"}))
    expect(page.locator("#trouble")).to_contain_text("The server was started anew")
    expect(page.locator("#other")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    for button in page.locator("#modes button").all():
        # In one line, whole.
        assert button.bounding_box()["height"] < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_stroke_that_nobody_finished_is_offered(server, page, stack, pages) -> None:
    fit_middle(page)
    paint(page, (300, 200), (310, 200), up=False)
    wait(page, (stack / "retouch" / "strokes.journal.jsonl").exists, bool)
    page.wait_for_timeout(300)
    # Another browser, for this one is gone with what it kept.
    page.context.close()
    other = pages(server.page_of(stack))
    expect(other.locator("#begun")).to_be_visible()
    if other.locator("#take").is_visible():
        other.locator("#take").click()
    other.locator("#finish").click()
    expect(other.locator("#strokes-count")).to_have_text("1")
    expect(other.locator("#begun")).to_be_hidden()
    assert strokes(stack)[0].path_px == ((300, 200), (310, 200))


def test_of_two_pages_the_second_only_looks(server, page, stack, pages) -> None:
    second = pages(server.page_of(stack))
    expect(second.locator("#other")).to_be_visible()
    fit_middle(second)
    paint(second, (300, 200), (310, 200))
    fit_middle(page)
    paint(page, (100, 100), (110, 100))
    expect(page.locator("#strokes-count")).to_have_text("1")
    assert [one.path_px[0] for one in strokes(stack)] == [(100, 100)]
    second.locator("#take").click()
    expect(second.locator("#other")).to_be_hidden()
    expect(second.locator("#strokes-count")).to_have_text("1")
    paint(second, (300, 200), (310, 200))
    expect(second.locator("#strokes-count")).to_have_text("2")
    expect(page.locator("#other")).to_be_visible()


def test_nothing_is_written_outside_of_retouch(page, stack) -> None:
    before = {path for path in stack.rglob("*") if "retouch" not in path.parts}
    fit_middle(page)
    paint(page, (300, 200), (310, 200))
    expect(page.locator("#strokes-count")).to_have_text("1")
    assert {path for path in stack.rglob("*") if "retouch" not in path.parts} == before
    told = json.loads((stack / "retouch" / "strokes.json").read_text())
    assert told["format"] == "holostack-strokes 1"


def test_axe_finds_nothing_serious(page) -> None:
    fit_middle(page)
    paint(page, (300, 200), (310, 200))
    expect(page.locator("#strokes-count")).to_have_text("1")
    page.locator("#strokes .stroke").click()
    assert faults(page) == []
    page.locator("#language").click()
    expect(page.locator("#undo")).to_have_text("Rückgängig")
    assert faults(page) == []


def test_strokes_are_chosen_explained_and_taken_out_and_each_act_is_undone_in_turn(
    page, stack
) -> None:
    page.locator("#person").fill("Ada")
    page.locator("#reason").fill("halo")
    fit_middle(page)
    for k in range(3):
        paint(page, (100 + 60 * k, 100), (110 + 60 * k, 100))
        expect(page.locator("#strokes-count")).to_have_text(str(k + 1))
    one, two, three = strokes(stack)
    page.locator("#person").fill("Ben")
    # The newest stands first: the one in the middle is the second painted.
    item = page.locator("#strokes li").nth(1)
    item.locator(".stroke").click()
    item.locator("input").fill("a hair in front")
    item.locator("input").press("Enter")
    expect(item).to_contain_text("reason by Ben")
    edited = strokes(stack)[1]
    assert (edited.reason, edited.person, edited.time) == ("a hair in front", "Ada", two.time)
    assert (edited.reason_edited.person, edited.path_px) == ("Ben", two.path_px)
    item.locator(".stroke").press("Delete")
    expect(page.locator("#strokes-count")).to_have_text("2")
    page.locator("#stage").focus()
    paint(page, (400, 300), (410, 300))
    expect(page.locator("#strokes-count")).to_have_text("3")
    four = strokes(stack)[2]

    def pressed(keys: str, count: int) -> list[str]:
        page.keyboard.press(keys)
        expect(page.locator("#strokes-count")).to_have_text(str(count))
        return [stroke.id for stroke in strokes(stack)]

    assert pressed("Control+z", 2) == [one.id, three.id]
    assert pressed("Control+z", 3) == [one.id, two.id, three.id]
    assert strokes(stack)[1] == edited
    assert pressed("Control+z", 2) == [one.id, two.id]
    assert pressed("Control+y", 3) == [one.id, two.id, three.id]
    assert pressed("Control+y", 2) == [one.id, three.id]
    assert pressed("Control+y", 3) == [one.id, three.id, four.id]


@pytest.fixture
def dusty(server, stack, pages):
    """The page of a stack with a dark speck that only frame 2, less bright, and frame 3 lack."""
    icc = colour.profile("srgb")
    clean = tiff.read_image(stack / "stack" / "fused.tif")
    rows, columns = np.mgrid[: clean.shape[0], : clean.shape[1]]
    speck = (np.hypot(columns - 100, rows - 200) < 8)[..., None]
    spotted = np.where(speck, clean * 0.7, clean)
    # The third is far from sharp: its lines are gone.
    blurred = np.full_like(clean, clean.mean()) * 0.9
    pictures = {"stack/fused": spotted, "tiff/1": spotted, "tiff/2": clean * 0.9, "tiff/3": blurred}
    for name, pixels in pictures.items():
        tiff.write_image(stack / f"{name}.tif", pixels.astype(np.uint16), icc)
    page = pages(server.page_of(stack))
    page.wait_for_selector(READY)
    fit_middle(page)
    return page


def test_a_spot_is_healed_from_the_frame_that_lacks_it_and_the_next_at_a_key(dusty, stack) -> None:
    dusty.keyboard.press("h")
    dusty.locator("#size").fill("0.4")
    paint(dusty, (98, 200), (102, 200))
    expect(dusty.locator("#healed-text")).to_contain_text("Frame 2 (1 of 2)")
    (stroke,) = strokes(stack)
    assert (stroke.mode, stroke.source.frame) == ("heal", 2)
    wait(dusty, lambda: shown(dusty, 100, 204), is_near(FUSED))
    dusty.keyboard.press("n")
    expect(dusty.locator("#healed-text")).to_contain_text("Frame 3 (2 of 2)")
    wait(dusty, lambda: strokes(stack)[0].source.frame, lambda frame: frame == 3)
    assert strokes(stack)[0].id == stroke.id
    assert faults(dusty) == []
    dusty.keyboard.press("n")
    expect(dusty.locator("#healed-text")).to_contain_text("Frame 2 (1 of 2)")
    dusty.keyboard.press("Control+z")
    expect(dusty.locator("#healed")).to_be_hidden()
    assert strokes(stack) == ()
    # Where there is no spot, no frame lacks one, and nothing is painted.
    paint(dusty, (198, 200), (202, 200))
    expect(dusty.locator("#told")).to_contain_text("No frame near the one in focus is clean")
    expect(dusty.locator("#strokes-count")).to_have_text("0")
    assert strokes(stack) == ()


def test_what_stops_the_master_is_told_beside_the_button(page, stack) -> None:
    expect(page.locator("#master-state")).to_have_text("The master has all strokes.")
    fit_middle(page)
    paint(page, (300, 200), (310, 200))
    expect(page.locator("#master-state")).to_have_text("The master is older than the strokes.")
    # This stack is of no sheet: the run begins, and says why it ends.
    page.locator("#make").click()
    expect(page.locator("#master-reason")).to_contain_text("It was not made", timeout=60_000)
    expect(page.locator("#make")).to_have_attribute("aria-disabled", "false")
