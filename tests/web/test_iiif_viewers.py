"""A published specimen as a person sees it in the viewers that most institutions have."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.judges import NODE_MODULES
from tests.scripts.iiif_site import GREEN, RED, archived, publish, serving
from tests.scripts.stack_folder import SPECIMEN

VIEWERS = {name: NODE_MODULES / name / "dist" for name in ("mirador", "universalviewer")}
PAGES = {
    "mirador": """<!DOCTYPE html><meta charset="utf-8"><div id="viewer"></div>
<script src="mirador/mirador.min.js"></script><script>
Mirador.viewer({id: "viewer", workspaceControlPanel: {enabled: false}, windows: [{
  manifestId: "MANIFEST", canvasId: "CANVAS", sideBarOpen: true, sideBarPanel: "layers"}]});
</script>""",
    "universalviewer": """<!DOCTYPE html><meta charset="utf-8">
<link rel="stylesheet" href="universalviewer/uv.css">
<body style="margin: 0"><div id="viewer" class="uv" style="width: 100vw; height: 100vh"></div>
<script src="universalviewer/umd/UV.js"></script><script>
UV.init("viewer", {manifest: "MANIFEST", canvasIndex: 1});
</script>""",
}
PATIENCE_S = 40


@pytest.fixture(scope="module")
def site(tmp_path_factory, demo):
    """Address of the published specimen's folder, with a page for each viewer beside it."""
    if not all(folder.is_dir() for folder in VIEWERS.values()):
        pytest.skip("npm's mirador and universalviewer are not here; envs/run.py says why")
    folder = tmp_path_factory.mktemp("viewers")
    root = archived(folder, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:1])
    web = folder / "web"
    with serving(web) as address:
        publish(root, web / "iiif", f"{address}/iiif")
        specimen = f"{address}/iiif/{SPECIMEN}"
        for name, page in PAGES.items():
            (web / name).symlink_to(VIEWERS[name])
            page = page.replace("MANIFEST", f"{specimen}/manifest.json")
            page = page.replace("CANVAS", f"{specimen}/dorsal/canvas")
            (web / f"{name}.html").write_text(page, encoding="utf-8")
        yield address


@pytest.fixture
def opened(chromium, site):
    """A function that opens the page of a viewer, and notes what it could not fetch of ours."""
    pages, missed = [], []

    def open_page(name: str) -> Page:
        page = chromium.new_page(viewport={"width": 1200, "height": 700}, locale="en")
        pages.append(page)
        ours = f"{site}/iiif/"
        page.on(
            "response",
            lambda one: missed.append(one.url) if one.url.startswith(ours) and not one.ok else None,
        )
        page.goto(f"{site}/{name}.html")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert missed == []


def seen_at(page: Page, x: int, y: int) -> np.ndarray:
    clip = {"x": x, "y": y, "width": 2, "height": 2}
    shot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    return np.array(shot.getpixel((0, 0))).astype(int)


def wait_for(page: Page, colour: tuple[int, int, int], x: int, y: int) -> None:
    """Wait until a colour stands at a place of the page."""
    end = time.monotonic() + PATIENCE_S
    while np.abs(seen_at(page, x, y) - colour).max() > 4:
        assert time.monotonic() < end, seen_at(page, x, y)
        page.wait_for_timeout(300)


@pytest.mark.slow
def test_mirador_shows_the_master_and_its_depth_and_versions_as_layers(opened):
    page = opened("mirador")
    wait_for(page, GREEN, 740, 300)
    for label in ("Master", "Depth: dark 10, bright 990 µm", "Version 1 of 2"):
        expect(page.get_by_text(label)).to_be_visible()
    expect(page.get_by_role("heading", name=f"{SPECIMEN} Carabus auratus").first).to_be_visible()
    # Its full size, in the tile that is cut for it.
    with page.expect_response(lambda one: "/0,0,2048,1100/2048,1100/" in one.url and one.ok):
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
    wait_for(page, GREEN, 740, 300)
    page.get_by_role("button", name="Show layer").last.click()
    page.get_by_role("button", name="Hide layer").first.click()
    wait_for(page, RED, 740, 300)


@pytest.mark.slow
def test_universal_viewer_shows_the_master_and_who_made_it(opened):
    page = opened("universalviewer")
    wait_for(page, GREEN, 700, 350)
    expect(page.get_by_text(f"{SPECIMEN} Carabus auratus")).to_be_visible()
    expect(page.get_by_text("A. B.").first).to_be_visible()
