"""Maps in colours and as numbers of a page."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from imaging.frames import tiff
from imaging.pictures import overlays
from imaging.pictures.crop import Crop


def test_samples_are_values_of_the_map_cropped_and_turned(tmp_path):
    numbers = np.arange(48, dtype=np.uint16).reshape(6, 8)
    with tiff.create_image(tmp_path / "source.tif", (6, 8)) as image:
        image.write(0, numbers)
    with tiff.open_rows(tmp_path / "source.tif") as rows:
        whole = overlays.sampled(rows, Crop((2, 1, 4, 4)), 1, 100)
        half = overlays.sampled(rows, Crop((2, 1, 4, 4)), 6, 2)
    assert np.array_equal(whole, numbers[1:5, 2:6])
    assert half.tolist() == np.rot90(numbers[2:5:2, 3:6:2], -1).tolist()


def test_what_is_not_known_is_not_drawn_and_has_a_number_of_its_own():
    depth = np.array([[0.0, 50.0], [100.0, np.nan]], np.float32)
    picture = overlays.coloured(depth, 0.0, 100.0, overlays.DEPTH)
    assert picture[..., 3].tolist() == [[255, 255], [255, 0]]
    numbers = overlays.depth_grid(depth, 0.0, 100.0)
    assert numbers.tolist() == [[0, 32767], [65534, overlays.UNKNOWN]]
    packed = base64.b64decode(overlays.grid(numbers))
    assert packed == numbers.astype("<u2").tobytes()


def test_the_legend_has_the_colours_of_the_picture_at_both_ends():
    colours = overlays.legend_colours(overlays.DEPTH)
    ends = overlays.coloured(np.array([[0, 1]], np.float32), 0, 1, overlays.DEPTH)[0, :, :3]
    assert [colours[0], colours[-1]] == [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in ends]


def test_equal_steps_look_equally_large():
    for colours in (overlays.DEPTH, overlays.SOURCE, overlays.CONFIDENCE):
        steps = np.linspace(0, 1, 64, dtype=np.float32)[None]
        rgb = overlays.coloured(steps, 0, 1, colours)[..., :3].astype(np.float32) / 255
        light = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[0, :, 0]
        assert (np.diff(light) > 0).all()


def test_where_nothing_is_known_the_scale_is_from_0_to_1():
    assert overlays.ends_of(np.full((2, 2), np.nan, np.float32)) == (0.0, 1.0)


def test_what_was_painted_is_seen_as_much_as_it_was_painted():
    shown = overlays.painted(np.array([[0, 128, 255]], np.uint8))
    assert shown[0, :, 3].tolist() == [0, 128, 255]
    assert (shown[0, :, :3] == overlays.PAINTED).all()
