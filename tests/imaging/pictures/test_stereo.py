"""Pictures of several views: which eye sees what, through which glass, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
import pyvips
from PIL import Image

from imaging.frames import colour
from imaging.pictures.stereo import SHOWN_MS, anaglyph, pair, write_rocking

ICC = colour.profile("srgb")


def plain(level: int) -> pyvips.Image:
    pixels = np.full((30, 40, 3), level * 257, np.uint16)
    return pyvips.Image.new_from_array(pixels).copy(interpretation="rgb16")


@pytest.mark.parametrize(
    ("format", "levels"), [("stereo-parallel", (10, 200)), ("stereo-crossed", (200, 10))]
)
def test_the_left_eyes_picture_is_on_the_left_unless_eyes_are_crossed(format, levels):
    joined = pair(plain(10), plain(200), format).numpy()
    assert joined.shape == (30, 80, 3)
    assert (joined[0, 0, 0] // 257, joined[0, -1, 0] // 257) == levels


def test_an_anaglyph_shows_the_left_in_red_and_the_right_in_cyan_and_grey_as_grey():
    white, black = (np.full((4, 5, 3), level, np.uint16) for level in (65535, 0))
    left, right = anaglyph(white, black, ICC)[0, 0], anaglyph(black, white, ICC)[0, 0]
    assert left[0] > 60000 and max(left[1:]) == 0
    assert right[0] == 0 and min(right[1:]) > 60000
    grey = np.full((4, 5, 3), 30000, np.uint16)
    assert np.abs(anaglyph(grey, grey, ICC).astype(int) - 30000).max() < 1500


@pytest.mark.parametrize(("format", "ending"), [("rocking-gif", "gif"), ("rocking-webp", "webp")])
def test_a_rocking_picture_goes_there_and_back_without_end(tmp_path, format, ending):
    path = tmp_path / f"rocking.{ending}"
    views = [plain(level) for level in (10, 90, 170, 250)]
    write_rocking(views, path, format, 90, b"<x/>", {"artist": "A. Person"})
    with Image.open(path) as moving:
        assert (moving.n_frames, moving.info["loop"]) == (6, 0)
        shown = []
        for k in range(moving.n_frames):
            moving.seek(k)
            moving.load()
            assert moving.info["duration"] == SHOWN_MS
            shown.append(int(np.asarray(moving.convert("RGB"))[5, 5, 0]))
    assert shown == pytest.approx([10, 90, 170, 250, 170, 90], abs=3)
