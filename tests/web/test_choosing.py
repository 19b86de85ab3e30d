"""A person tries a stack before its run, and what was chosen stands in the sheet."""

import csv

import numpy as np
import pytest

from imaging.frames import colour, tiff
from tests.web.review import trees
from web.review.app import application
from web.safety import Safety
from web.server import listening, serving


@pytest.mark.slow
def test_a_frame_left_out_a_crop_and_a_method_become_cells_of_the_sheet(tmp_path, pages) -> None:
    (tmp_path / "config").mkdir()
    sheet = tmp_path / "config/specimens.csv"
    sheet.write_text("specimen,view,source\nB-1,top,/frames\n")
    raw = tmp_path / "specimens/B-1/top/raw"
    raw.mkdir(parents=True)
    drawn = np.random.default_rng(1).integers(9000, 60000, (240, 320, 3), dtype=np.uint16)
    for number in range(3):
        tiff.write_image(raw / f"f{number}.tif", drawn, colour.profile("srgb"))
    listener = listening(18640)
    port = listener.getsockname()[1]
    site = application(trees.Stacks(tmp_path, trees.ROOT))
    with serving(Safety(site, "the-token", f"holostack-{port}"), listener):
        page = pages(f"http://127.0.0.1:{port}/?token=the-token")
        page.goto(f"http://127.0.0.1:{port}/stack/B-1/top/preview")
        page.locator("#frames input[type=checkbox]").nth(2).uncheck()
        page.locator("input[name=crop][value=drawn]").check()
        # A rectangle is kept within the picture: it is made smaller before it is moved.
        for name, value in (("width", 100), ("height", 80), ("x", 10), ("y", 20)):
            page.locator(f"#crop-{name}").fill(str(value))
        page.get_by_role("radio", name="depthmap").check()
        with page.expect_response("**/do/choose") as answer:
            page.locator("#choose").click()
        assert answer.value.status == 202
    with sheet.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        **{"specimen": "B-1", "view": "top", "source": "/frames"},
        **{"crop": "10,20,100,80", "exclude": "f2.tif", "fuse.method": "depthmap"},
        "exclude_reason": "left out at the preview",
    }
