"""An aligned frame scaled down lies where the whole one does."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames import colour, tiff
from imaging.fusion.frame import Frame
from imaging.fusion.reduced import reduced_frame
from imaging.pictures.crop import Crop


def spot_of(picture) -> tuple[float, float]:
    """Centre of what is bright, px."""
    light = picture[..., 1].astype(float)
    y, x = np.indices(light.shape)
    return (x * light).sum() / light.sum(), (y * light).sum() / light.sum()


def frame_with_spot(path, x: int, y: int, **known) -> Frame:
    pixels = np.zeros((240, 320, 3), np.uint16)
    pixels[y - 6 : y + 6, x - 6 : x + 6] = 20000
    with tiff.create_image(path, pixels.shape, colour.profile("srgb")) as image:
        image.write(0, pixels)
    return Frame(path, **known)


def placed(x: float, y: float) -> np.ndarray:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def test_a_place_of_the_reference_frame_is_where_the_crop_has_it(tmp_path):
    # Moved by 20 and 10 px and magnified by 1.05 against the reference frame.
    inverse = np.array([[1.05, 0.0, 20.0], [0.0, 1.05, 10.0], [0.0, 0.0, 1.0]])
    frame = frame_with_spot(tmp_path / "1.tif", 188, 129, inverse=inverse)
    small = reduced_frame(frame, placed(40, 20), (240, 180), (80, 60))
    # The spot's centre is at 187.5, 128.5 of the frame, so at 159.52, 112.86 of the reference.
    x, y = spot_of(small)
    assert abs(x - ((159.52 - 40 + 0.5) / 3 - 0.5)) < 0.05
    assert abs(y - ((112.86 - 20 + 0.5) / 3 - 0.5)) < 0.05
    assert small.shape == (60, 80, 3)


def test_a_part_that_lies_turned_is_shown_as_it_lies(tmp_path):
    frame = frame_with_spot(tmp_path / "1.tif", 200, 80, inverse=np.eye(3))
    crop = Crop((40, 20, 240, 180), 20.0)
    small = reduced_frame(frame, crop.matrix, crop.size, (120, 90))
    # The spot's centre is at 199.5, 79.5 of the frame.
    x, y, _ = np.linalg.inv(crop.matrix) @ (199.5, 79.5, 1)
    assert spot_of(small) == pytest.approx(((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5), abs=0.1)


def test_its_light_is_that_of_the_reference(tmp_path):
    frame = frame_with_spot(
        tmp_path / "1.tif", 160, 120, inverse=np.eye(3), icc=colour.profile("srgb"),
        gains=(1.0, 2.0, 1.0),
    )  # fmt: skip
    small = reduced_frame(frame, placed(0, 0), (320, 240), (320, 240))
    light = colour.light_curve(colour.profile("srgb"))[1]
    red, green, _ = small[120, 160]
    assert red == 20000
    assert abs(light[green] / light[20000] - 2.0) < 1e-3
