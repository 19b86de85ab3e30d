"""The preview in Chromium, before a server that only writes down what it is asked."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.web.static.conftest import KINDS, STATIC
from tests.web.test_static import faults

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
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"/>'


@pytest.fixture
def preview(chromium):
    """The page, with what it asked for as `asked`, name and body."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="en")
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
            filled = text.replace('id="data">', f'id="data">{json.dumps(DATA)}')
            route.fulfill(body=filled, content_type="text/html")

    page.route("**/*", give)
    page.goto("http://page.test/stack/A-1/dorsal/preview")
    page.locator("#picture").wait_for()
    yield page
    context.close()
    assert broken == []


@pytest.mark.slow
def test_what_is_drawn_left_out_and_picked_goes_into_the_sheet(preview) -> None:
    assert preview.asked == [
        ("preview", {"stack": "A-1/dorsal", "exclude": [4], "methods": ["holostack"]})
    ]
    expect(preview.locator("#verdict")).to_have_text("Something moved.")
    drawn = preview.locator("#drawn").bounding_box()
    scale = drawn["width"] / 1200

    def at(x: float, y: float) -> tuple[float, float]:
        return drawn["x"] + x * scale, drawn["y"] + y * scale

    # A new rectangle, then one of its corners, then all of it.
    for start, end in [
        ((300, 200), (600, 500)),
        ((600, 500), (700, 560)),
        ((500, 400), (450, 380)),
    ]:
        preview.mouse.move(*at(*start))
        preview.mouse.down()
        preview.mouse.move(*at(*end), steps=2)
        preview.mouse.up()
    preview.locator("#frames input").nth(1).uncheck()
    preview.locator("#frames input").nth(3).check()
    preview.locator('#methods input[value="pyramid"]').check()
    preview.click("#choose")
    expect(preview.locator("#told")).to_contain_text("It stands in the sheet")
    name, chosen = preview.asked[-1]
    assert name == "choose"
    crop = chosen.pop("crop")
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


def test_a_crop_is_moved_and_sized_by_keys(preview) -> None:
    preview.locator('input[value="drawn"]').check()
    preview.fill("#crop-width", "400")
    preview.fill("#crop-height", "300")
    preview.locator("#drawn").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        preview.keyboard.press(key)
    preview.click("#choose")
    expect(preview.locator("#told")).to_contain_text("It stands in the sheet")
    assert preview.asked[-1][1]["crop"] == [24, 12, 388, 300]
