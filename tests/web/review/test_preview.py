import time

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.frames import colour, tiff
from records.errors import RecordError
from tests.web.review import trees
from web.review import pages, quick
from web.review.deeds import NotUnderstood, do, of_previews
from web.review.preview import Previews

MOST_S = 240


@pytest.fixture
def stacks(tmp_path):
    """A stack of three frames in its raw folder, sharp left, in the middle and right."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/specimens.csv").write_text("specimen,view,source\nB-1,top,/frames\n")
    stacks = trees.Stacks(tmp_path, trees.ROOT)
    raw = tmp_path / "specimens/B-1/top/raw"
    raw.mkdir(parents=True)
    drawn = np.random.default_rng(1).integers(9000, 60000, (240, 320, 3), dtype=np.uint16)
    sharp = cv2.GaussianBlur(drawn, (0, 0), 1)
    soft = cv2.GaussianBlur(drawn, (0, 0), 2.5)
    for number, at in enumerate((0, 107, 214)):
        frame = soft.copy()
        frame[:, at : at + 107] = sharp[:, at : at + 107]
        tiff.write_image(raw / f"f{number}.tif", frame, colour.profile("srgb"))
    return stacks


@pytest.fixture
def previews(stacks):
    previews = Previews(stacks)
    yield previews
    previews.end()


def ended(previews, stack) -> dict:
    until = time.monotonic() + MOST_S
    while time.monotonic() < until:
        state = previews.state(stack)
        if state["state"] != "running" and state["verdict"] is not None:
            return state
        time.sleep(0.1)
    raise AssertionError(previews.state(stack))


@pytest.mark.slow
def test_a_stack_is_fused_quickly_and_its_frames_are_judged(stacks, previews) -> None:
    stack = stacks.known("B-1", "top")
    before = sorted(path for path in stacks.data.rglob("*"))
    asked = {"stack": "B-1/top", "methods": ["depthmap"], "exclude": [3]}
    asked["place"] = [10, 20, 100, 50]
    told = do(stacks, "preview", asked, of_previews(previews))
    assert told == {"preview": 1}
    state = ended(previews, stack)
    assert (state["state"], state["error"], state["scale"]) == ("done", "", 1.0)
    assert state["place"] == (10, 20, 100, 50)
    assert state["pictures"] == [
        {"method": "depthmap", "width_px": 100, "height_px": 50, "frames": 2}
    ]
    with Image.open(previews.picture(stack, 1, "depthmap")) as picture:
        assert picture.size == (100, 50)
    for number, method in ((1, "../f0"), (1, "holostack"), (2, "depthmap")):
        assert previews.picture(stack, number, method) is None
    frames = {frame["file"]: frame["status"] for frame in state["verdict"]["frames"]}
    assert frames == {"f0.tif": "used", "f1.tif": "used", "f2.tif": "rejected"}
    assert sorted(path for path in stacks.data.rglob("*")) == before


@pytest.mark.slow
def test_a_picture_is_upright_and_frames_are_judged_by_all_that_the_row_says(
    stacks, previews, tmp_path
) -> None:
    """A photograph that the camera turned; a list of positions that lacks a frame."""
    stack = stacks.known("B-1", "top")
    raw = stack.folder / "raw"
    for path in sorted(raw.iterdir()):
        pixels = (tiff.read_image(path) >> 8).astype(np.uint8)
        path.unlink()
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(pixels).save(path.with_suffix(".jpg"), quality=95, exif=exif)
    (tmp_path / "where.csv").write_text("file,position_um\nf0.jpg,0\nf1.jpg,50\n")
    (tmp_path / "config/specimens.csv").write_text(
        "specimen,view,source,positions\nB-1,top,/frames,where.csv\n"
    )
    assert pages.preview_page(stacks, stack)["orientation"] == 6
    do(
        stacks,
        "preview",
        {"stack": "B-1/top", "methods": ["weighted"], "place": [0, 0, 160, 120]},
        of_previews(previews),
    )
    state = ended(previews, stack)
    assert state["pictures"] == [
        {"method": "weighted", "width_px": 120, "height_px": 160, "frames": 3}
    ]
    with Image.open(previews.picture(stack, 1, "weighted")) as picture:
        shown = np.asarray(picture.convert("L")).astype(float)
    # The upper left quarter as it is stored is the upper right one upright.
    with Image.open(raw / "f0.jpg") as frame:
        stored = np.asarray(frame.convert("L")).astype(float)[:120, :160]
    assert np.corrcoef(shown.ravel(), np.rot90(stored, -1).ravel())[0, 1] > 0.8
    assert "f2.jpg" in state["verdict"]["error"]
    assert "where.csv" in state["verdict"]["error"]
    assert "holostack-preview" not in state["verdict"]["error"]


@pytest.mark.slow
def test_of_many_frames_a_picture_of_some_comes_first(stacks, monkeypatch, tmp_path) -> None:
    told = []
    raw = stacks.data / "specimens/B-1/top/raw"
    monkeypatch.setattr(quick, "tell", lambda **what: told.append(what))
    monkeypatch.setattr(quick, "FIRST_FRAMES", 2)
    monkeypatch.setattr(quick, "MANY_FRAMES", 2)
    config = stacks.config()
    job = {
        **{"raw": str(raw), "files": ["f0.tif", "f1.tif", "f2.tif"], "methods": ["weighted"]},
        **{"fuse": config["fuse"], "model": config["align"]["model"], "long_edge_px": 1000},
        **{"place": None, "orientation": 1, "out": str(tmp_path)},
    }
    quick.made(job)
    pictures = [what["picture"]["frames"] for what in told if "picture" in what]
    assert pictures == [2, 3]
    progress = [what["progress"] for what in told if "progress" in what]
    assert progress == sorted(progress)
    assert 0 < progress[0] <= 0.4 * 2 / 5 < 0.7 < progress[-1] <= 1
    assert quick.spread(100) == [0, 99]


@pytest.mark.slow
def test_a_preview_that_is_stopped_or_breaks_is_told(stacks, previews) -> None:
    stack = stacks.known("B-1", "top")
    previews.begin(stack, [], [])
    do(stacks, "cancel", {"stack": "B-1/top"}, of_previews(previews))
    assert ended(previews, stack)["state"] == "cancelled"
    (stack.folder / "raw" / "f1.tif").write_bytes(b"II*\0 no picture")
    previews.begin(stack, [], [])
    state = ended(previews, stack)
    assert state["state"] == "failed"
    assert "f1.tif" in state["error"]
    assert "f1.tif" in state["verdict"]["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"methods": "depthmap"},
        {"methods": [3]},
        {"methods": ["external"]},
        {"methods": ["../x"]},
        {"exclude": [1, 2, 3]},
        {"place": [1, 2]},
        {"place": [0, 0, -1, 4]},
        {"out": "/etc"},
    ],
)
def test_a_preview_that_cannot_be_is_not_begun(stacks, previews, body) -> None:
    with pytest.raises((NotUnderstood, RecordError)):
        do(stacks, "preview", {"stack": "B-1/top", **body}, of_previews(previews))
    assert previews.state(stacks.known("B-1", "top"))["n"] == 0
