"""A hill of known size on the page that turns and measures it, from disk and served."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from imaging.frames import tiff
from imaging.pictures.glb import glb_bytes
from imaging.pictures.surface import surface_of
from records.reports.review_site import Site, put_static, write_beside
from tests.scripts.relief import PIXEL_UM, hill
from tests.web.review import trees
from tests.web.test_static import brought, faults
from web.review.app import application
from web.safety import Safety
from web.server import listening, serving

STATIC = Path(__file__).parents[4] / "web" / "static"
GREEN = (30, 160, 90)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory) -> bytes:
    """A GLB of a green hill, 900 µm high, with a hole."""
    folder = tmp_path_factory.mktemp("mesh")
    tiff.write_image(folder / "depth.tif", hill())
    with tiff.open_rows(folder / "depth.tif") as depth:
        surface = surface_of(depth, PIXEL_UM, 5.0)
    picture = io.BytesIO()
    Image.new("RGB", (220, 150), GREEN).save(picture, "JPEG", quality=95)
    return glb_bytes(surface, picture.getvalue(), "A-1 top", {"error_um": 5.0})


@pytest.fixture(scope="module")
def address(tmp_path_factory, mesh):
    """The page as a run leaves it."""
    brought("@google/model-viewer/dist/model-viewer-umd.min.js")
    folder = tmp_path_factory.mktemp("surface")
    site = Site(folder / "results", STATIC)
    put_static(site)
    data = {"specimen": "A-1", "view": "top", "glb": base64.b64encode(mesh).decode()}
    write_beside(site, site.folder("A-1", "top"), "surface.html", "surface.html", data)
    return (site.folder("A-1", "top") / "surface.html").as_uri()


@pytest.fixture(scope="module")
def browser(start_chromium):
    """Chromium that draws in 3-D without a graphics card; other pages have one that does not."""
    browser = start_chromium("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
    yield browser
    browser.close()


@pytest.fixture
def page(browser, address):
    """The page, once the hill stands in it; nothing may be asked of anybody."""
    context = browser.new_context(viewport={"width": 820, "height": 480}, locale="en")
    page = context.new_page()
    asked, wrong = [], []
    page.on("request", lambda one: asked.append(one.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.set_default_timeout(60_000)
    expect.set_options(timeout=30_000)
    page.goto(address)
    page.locator("body[data-ready=yes]").wait_for()
    yield page
    context.close()
    assert wrong == []
    assert [one for one in asked if not one.startswith(("file:", "blob:", "data:"))] == []


def points(page):
    """The points that are set, in µm: right, up, to the camera."""
    places = page.eval_on_selector_all(".mark", "all => all.map(one => one.dataset.position)")
    return np.array([[float(one[:-1]) * 1e6 for one in place.split()] for place in places])


def um(text):
    """The lengths that a text tells, in µm."""
    told = re.findall(r"([\d.]+) (µm|mm)", text)
    return [float(number) * (1000 if unit == "mm" else 1) for number, unit in told]


@pytest.mark.slow
def test_two_clicks_measure_the_hill_as_it_is(page) -> None:
    assert np.allclose(um(page.locator("#size").text_content()), (547.5, 372.5, 900), atol=6)
    box = page.locator("#model").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    expect(page.locator("#parts")).to_have_text("Point A is set; set point B.")
    page.mouse.click(middle[0] + 50, middle[1] + 25)
    expect(page.locator(".mark")).to_have_count(2)
    set_points = points(page)
    column, row = set_points[:, 0] / PIXEL_UM + 109.5, 74.5 - set_points[:, 1] / PIXEL_UM
    true = hill()[np.rint(row).astype(int), np.rint(column).astype(int)]
    # 5 µm of the surface, and of half a px on the steepest slope 17.
    assert np.abs(set_points[:, 2] - true).max() < 25
    assert np.abs(set_points[0] - (0, 0, 900)).max() < 10
    across, up, high = um(page.locator("#parts").text_content())
    between = np.abs(set_points[1] - set_points[0])
    assert np.allclose((across, up, high), between, atol=0.5)
    assert np.allclose(um(page.locator("#length").text_content()), np.hypot.reduce(between), atol=1)
    # Without a mouse, and where nothing is.
    page.locator("#clear").click()
    expect(page.locator(".mark")).to_have_count(0)
    page.locator("#point").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mark")).to_have_count(1)
    box = page.locator("#model").bounding_box()
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(page.locator("#told")).to_have_text("Here is no surface; choose another place.")
    expect(page.locator(".mark")).to_have_count(1)


@pytest.mark.slow
def test_the_picture_has_its_own_colours_and_the_page_is_closed_to_nobody(page) -> None:
    box = page.locator("#model").bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot()))
    seen = shot.getpixel((int(box["x"] + box["width"] / 2 + 40), int(box["y"] + box["height"] / 2)))
    assert np.abs(np.array(seen[:3]) - GREEN).max() <= 3
    assert faults(page) == []


@pytest.mark.slow
def test_a_server_shows_it_too_and_its_rules_let_the_page_do_all_it_must(
    browser, mesh, tmp_path
) -> None:
    brought("@google/model-viewer/dist/model-viewer-umd.min.js")
    stacks = trees.stack(tmp_path)
    trees.page(stacks)
    (tmp_path / "specimens/A-1/top/derivatives").mkdir()
    (tmp_path / "specimens/A-1/top/derivatives/A-1_top_surface.glb").write_bytes(mesh)
    listener = listening(18640)
    port = listener.getsockname()[1]
    page = browser.new_page(viewport={"width": 820, "height": 480}, locale="en")
    said = []
    page.on("console", lambda line: line.type == "error" and said.append(line.text))
    with serving(Safety(application(stacks), "token", f"holostack-{port}"), listener):
        page.goto(f"http://127.0.0.1:{port}/?token=token")
        page.goto(f"http://127.0.0.1:{port}/stack/A-1/top")
        page.locator("#to-surface").click()
        page.locator("body[data-ready=yes] #model").wait_for()
        shown = um(page.locator("#size").text_content())
        box = page.locator("#model").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator(".mark")).to_have_count(1)
        page.locator("#back").click()
        page.wait_for_url("**/stack/A-1/top")
        page.close()
    assert np.allclose(shown, (547.5, 372.5, 900), atol=6)
    assert said == []


@pytest.mark.slow
def test_without_model_viewer_the_page_says_what_is_missing(browser, address, tmp_path) -> None:
    page = browser.new_page(locale="en")
    page.route("**/model-viewer-umd.min.js", lambda route: route.abort())
    page.goto(address)
    expect(page.locator("#told")).to_contain_text("3-D needs model-viewer")
    page.close()
