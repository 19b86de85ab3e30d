"""The preview in Chromium, before a server that only writes down what it is asked."""

from __future__ import annotations

import json
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from imaging.pictures.crop import Crop
from records.reports.review_crop import CROP_PAGE, CROP_PICTURE
from records.reports.review_site import Site, put_static, write_beside
from tests.web.static.conftest import KINDS, STATIC
from tests.web.test_static import faults
from web.review.placing import Placing

METHODS = ["holostack", "pyramid", "weighted", "depthmap"]
DATA = {
    "stack": "A-1/dorsal",
    "specimen": "A-1",
    "view": "dorsal",
    "width_px": 1200,
    "height_px": 800,
    "frames": [
        {"frame": n, "file": f"F{n}.NEF", "status": "used", "reason": "", "picture": ""}
        for n in range(1, 6)
    ],
    "methods": METHODS,
    "crop": "common",
    "exclude": [4],
    "method": "holostack",
}
NAMES = ("x", "y", "width", "height", "angle")
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"/>'


@pytest.fixture
def data():
    """What the page is told of the stack."""
    return dict(DATA)


@pytest.fixture
def preview(chromium, data):
    """The page, with what it asked for as `asked`, name and body."""
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale="en", has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.asked, broken = [], []
    page.on("pageerror", lambda error: broken.append(str(error)))

    def give(route) -> None:
        path = route.request.url.split("/", 3)[3]
        file = STATIC / path.removeprefix("static/")
        if path.startswith("static/"):
            route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
        elif path.startswith("do/"):
            page.asked.append((path.removeprefix("do/"), json.loads(route.request.post_data)))
            route.fulfill(status=202, json={"preview": len(page.asked)})
        elif path.startswith("preview/"):
            place = page.asked[-1][1].get("place") if page.asked else None
            made = [
                {"method": name, "url": f"/{name}.svg", "width_px": 600, "height_px": 400}
                for name in (METHODS if place else METHODS[:1])
            ]
            told = {"n": len(page.asked), "state": "done", "place": place, "pictures": made}
            told["verdict"] = {"frames": [], "warnings": ["Something moved."], "error": ""}
            body = f"retry: 100\ndata: {json.dumps(told)}\n\n"
            route.fulfill(body=body, content_type="text/event-stream")
        elif path.endswith(".svg"):
            route.fulfill(body=PICTURE, content_type="image/svg+xml")
        else:
            text = (STATIC / "preview.html").read_text("utf-8")
            filled = text.replace('id="data">', f'id="data">{json.dumps(data)}')
            filled = filled.replace("<body", '<body data-live="yes"')
            route.fulfill(body=filled, content_type="text/html")

    page.route("**/*", give)
    page.goto("http://page.test/stack/A-1/dorsal/preview")
    page.locator("#picture").wait_for()
    yield page
    context.close()
    assert broken == []


def at(page, x: float, y: float) -> tuple[float, float]:
    """Where a px of the picture is on the screen."""
    drawn = page.locator("#drawn").bounding_box()
    width = float(page.locator("#drawn").get_attribute("viewBox").split()[2])
    return drawn["x"] + x * drawn["width"] / width, drawn["y"] + y * drawn["width"] / width


def drag(page, start: tuple[float, float], *ends: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    for end in ends:
        page.mouse.move(*at(page, *end), steps=2)
    page.mouse.up()


def written(page) -> list[float]:
    """What goes to the sheet as crop, which is the text that the page shows for the cell."""
    with page.expect_response("**/do/choose"):
        page.click("#choose")
    expect(page.locator("#told")).to_contain_text("It stands in the sheet")
    chosen = page.asked[-1][1]
    shown = page.locator('[data-cell="crop"] code').text_content()
    assert [float(number) for number in shown.split(",")] == chosen["crop"]
    return chosen["crop"]


@pytest.mark.slow
def test_what_is_drawn_left_out_and_picked_goes_into_the_sheet(preview) -> None:
    assert preview.asked == [
        ("preview", {"stack": "A-1/dorsal", "exclude": [4], "methods": ["holostack"]})
    ]
    expect(preview.locator("#verdict")).to_have_text("Something moved.")
    # A new rectangle, then one of its corners, then all of it.
    drag(preview, (300, 200), (600, 500))
    drag(preview, (600, 500), (700, 560))
    drag(preview, (500, 450), (450, 430))
    preview.locator("#frames input").nth(1).uncheck()
    preview.locator("#frames input").nth(3).check()
    preview.locator('#methods input[value="pyramid"]').check()
    expect(preview.locator('[data-cell="exclude"] code')).to_have_text("F2.NEF")
    expect(preview.locator('[data-cell="fuse.method"] code')).to_have_text("pyramid")
    crop = written(preview)
    chosen = preview.asked[-1][1]
    assert chosen.pop("crop") == crop
    assert chosen == {"stack": "A-1/dorsal", "exclude": [2], "method": "pyramid"}
    # A pointer is at whole px of the screen, which are 1.25 px of the picture here.
    assert crop == pytest.approx([250, 180, 400, 360], abs=3)


@pytest.mark.slow
def test_methods_are_seen_side_by_side_at_a_place_and_one_is_taken(preview) -> None:
    preview.click("#compare")
    drawn = preview.locator("#drawn").bounding_box()
    preview.mouse.click(drawn["x"] + drawn["width"] / 2, drawn["y"] + drawn["height"] / 2)
    expect(preview.locator("#beside li")).to_have_count(4)
    name, asked = preview.asked[-1]
    assert (name, asked["methods"]) == ("preview", METHODS)
    assert asked["place"] == pytest.approx([450, 300, 300, 200], abs=2)
    assert faults(preview) == []
    preview.get_by_role("button", name="Take weighted").click()
    expect(preview.locator("#beside")).to_be_hidden()
    expect(preview.locator('#methods input[value="weighted"]')).to_be_checked()


@pytest.mark.slow
def test_a_rectangle_is_turned_by_its_handle_and_stays_in_the_picture(preview) -> None:
    drag(preview, (400, 200), (800, 600))
    # The handle is three handles under the middle of the upper edge, 128 px above the middle.
    handle = preview.locator("#drawn .turn")
    assert float(handle.get_attribute("cx")) == pytest.approx(600, abs=2)
    assert float(handle.get_attribute("cy")) == pytest.approx(272, abs=2)
    drag(preview, (600, 272), (690.5, 309.5))
    *box, angle = written(preview)
    assert box == pytest.approx([400, 200, 400, 400], abs=3)
    assert angle == pytest.approx(45, abs=1)
    expect(preview.locator("#crop-told")).to_have_text(re.compile(r"40\d × 40\d px|39\d × 39\d px"))
    # A corner of a turned one: that across from it stays.
    preview.fill("#crop-angle", "45")
    preview.locator("#crop-angle").press("Enter")
    corner = 400 / 2**0.5
    drag(preview, (600, 400 + corner), (600, 400))
    *box, angle = written(preview)
    assert angle == 45
    assert box == pytest.approx([500, 159, 200, 200], abs=5)
    # All of the picture cannot be turned: it gets smaller, and all of it lies inside.
    preview.locator('input[value="drawn"]').check()
    for name, value in (("angle", 0), ("x", 0), ("y", 0), ("width", 1200), ("height", 800)):
        preview.fill(f"#crop-{name}", str(value))
    preview.fill("#crop-angle", "10")
    preview.locator("#crop-angle").press("Enter")
    crop = written(preview)
    # 800 px = 964 px * sin + 642 px * cos
    assert crop == [118, 79, 964, 642, 10]
    assert Crop((118, 79, 964, 642), 10.0).lies_in((800, 1200))


@pytest.mark.slow
def test_a_finger_draws_as_a_mouse_does(preview) -> None:
    """Chromium's own touch: the first finger draws, a second one does nothing."""
    touch = preview.context.new_cdp_session(preview)

    def send(kind: str, *places: tuple[float, float]) -> None:
        points = [dict(zip("xy", at(preview, *place)), id=n) for n, place in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", (300, 200))
    send("touchMove", (500, 300))
    send("touchMove", (700, 500))
    send("touchMove", (700, 500), (100, 100))
    send("touchEnd")
    assert written(preview) == pytest.approx([300, 200, 400, 300], abs=3)


def test_a_crop_is_moved_sized_and_turned_by_keys(preview) -> None:
    preview.locator('input[value="drawn"]').check()
    preview.fill("#crop-width", "400")
    preview.fill("#crop-height", "300")
    preview.locator("#drawn").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        preview.keyboard.press(key)
    assert written(preview) == [24, 12, 388, 300]
    told = preview.locator("#crop-told")
    preview.fill("#crop-x", "300")
    preview.fill("#crop-y", "200")
    preview.locator("#drawn").focus()
    for key in ("r", "r", "r", "Shift+R", "l", "Shift+L", "Shift+L"):
        preview.keyboard.press(key)
    expect(told).to_have_text("388 × 300 px, 300 from the left, 200 from the top, turned by 1.9°")
    assert written(preview) == [300, 200, 388, 300, 1.9]
    described = preview.locator("#drawn").get_attribute("aria-describedby")
    assert described.split()[0] == told.get_attribute("id")
    assert faults(preview) == []


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (("x", "y", "width", "height", "angle"), [900, 500, 200, 100, 30]),
        (("angle", "height", "width", "y", "x"), [900, 500, 200, 100, 30]),
        (("x", "y", "width", "height"), [900, 500, 200, 100]),
        # What does not lie in the picture is moved into it, or cut off.
        (("x", "width"), [800, 0, 400, 800]),
        (("x",), [900, 0, 300, 800]),
    ],
)
def test_a_rectangle_is_typed_in_any_order_and_stays_in_the_picture(preview, order, wanted) -> None:
    numbers = {"x": 900, "y": 500, "width": 200, "height": 100, "angle": 30}
    if order == ("x", "width"):
        numbers["width"] = 400
    preview.locator('input[value="drawn"]').check()
    for name in order:
        preview.fill(f"#crop-{name}", str(numbers[name]))
        preview.locator(f"#crop-{name}").press("Tab")
    assert written(preview) == wanted


def test_a_place_for_all_methods_is_found_by_keys(preview) -> None:
    preview.locator("#compare").focus()
    preview.keyboard.press("Enter")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "Shift+ArrowRight", "Enter"):
        preview.keyboard.press(key)
    expect(preview.locator("#beside li")).to_have_count(4)
    # From the middle, 600, 400, by 5 % of 1200 px a step, and by 1 % with shift.
    assert preview.asked[-1][1]["place"] == [450 - 120 + 12, 300 + 60, 300, 200]


@pytest.mark.parametrize("data", [{**DATA, "orientation": 6}], ids=["turned by the camera"])
def test_a_picture_that_the_master_turns_is_cropped_as_it_is_shown(preview) -> None:
    """Stored 1200 x 800 px, shown 800 x 1200: the sheet has px as they are stored."""
    expect(preview.locator("#drawn")).to_have_attribute("viewBox", "0 0 800 1200")
    preview.locator('input[value="drawn"]').check()
    for name, value in {"x": 100, "y": 150, "width": 300, "height": 400, "angle": 5}.items():
        preview.fill(f"#crop-{name}", str(value))
    crop = written(preview)
    placing = Placing((0, 0, 1200, 800), 6)
    assert crop == [*placing.to_fused((100, 150, 300, 400)), 5]
    preview.click("#compare")
    preview.mouse.click(*at(preview, 400, 300))
    expect(preview.locator("#beside li")).to_have_count(4)
    assert preview.asked[-1][1]["place"] == pytest.approx(
        placing.to_fused((300, 150, 200, 300)), abs=2
    )


MIRRORED = {**DATA, "orientation": 2, "crop": [100, 50, 300, 200, 10]}


@pytest.mark.parametrize("data", [MIRRORED], ids=["mirrored"])
def test_what_the_sheet_has_is_shown_upright_and_written_as_it_was(preview) -> None:
    shown = [preview.locator(f"#crop-{name}").input_value() for name in NAMES]
    assert shown == ["800", "50", "300", "200", "-10"]
    assert written(preview) == [100, 50, 300, 200, 10]


@pytest.mark.slow
def test_from_disk_a_crop_is_drawn_and_the_text_for_the_cells_is_told(tmp_path, pages) -> None:
    site = Site(tmp_path, STATIC)
    put_static(site)
    folder = site.folder("A-1", "dorsal")
    folder.mkdir(parents=True)
    Image.new("RGB", (600, 400), "gray").save(folder / CROP_PICTURE)
    data = {**DATA, "picture": CROP_PICTURE}
    write_beside(site, folder, "preview.html", CROP_PAGE, data)
    page = pages((folder / CROP_PAGE).as_uri())
    expect(page.locator("body")).to_have_attribute("data-ready", "yes")
    assert page.locator("#picture").evaluate("picture => picture.naturalWidth") == 600
    drag(page, (300, 200), (600, 500))
    page.fill("#crop-angle", "-7.5")
    page.locator("#frames input").nth(1).uncheck()
    # Nobody writes, previews or judges here.
    for name in ("#acts", "#compare", "#judged"):
        expect(page.locator(name)).to_be_hidden()
    cells = {
        row.get_attribute("data-cell"): row.locator("code").text_content()
        for row in page.locator("#cells li").all()
    }
    *box, angle = map(float, cells.pop("crop").split(","))
    assert (box, angle) == (pytest.approx([300, 200, 300, 300], abs=3), -7.5)
    assert cells == {
        **{"exclude": "F2.NEF; F4.NEF", "exclude_reason": "left out at the preview"},
        "fuse.method": "holostack",
    }
    assert page.locator("#back").get_attribute("href") == "index.html"
    assert faults(page) == []
