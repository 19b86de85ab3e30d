"""What was written is compared with what it should be, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames import tiff
from imaging.pictures.read_back import holds

RNG = np.random.default_rng(5)
COLOURS = RNG.integers(0, 65536, (1200, 700, 3), np.uint16)
HEIGHTS = RNG.normal(size=(1200, 700)).astype(np.float32)
HEIGHTS[::7, ::5] = np.nan


@pytest.mark.parametrize("pixels", [COLOURS, HEIGHTS, COLOURS[::-1, ::-1], HEIGHTS.T])
def test_what_was_written_is_held_also_where_it_is_not_a_number_or_was_turned(tmp_path, pixels):
    tiff.write_image(tmp_path / "a.tif", np.ascontiguousarray(pixels))
    assert holds(tmp_path / "a.tif", pixels)


@pytest.mark.parametrize("at", [(0, 0), (1199, 699)])
@pytest.mark.parametrize("pixels", [COLOURS, HEIGHTS])
def test_one_other_bit_is_found(tmp_path, pixels, at):
    changed = pixels.copy()
    changed.view(f"u{pixels.itemsize}")[at] ^= 1
    tiff.write_image(tmp_path / "a.tif", changed)
    assert not holds(tmp_path / "a.tif", pixels)


def test_a_picture_of_another_size_or_kind_is_another(tmp_path):
    tiff.write_image(tmp_path / "a.tif", COLOURS)
    assert not holds(tmp_path / "a.tif", COLOURS[:-1])
    assert not holds(tmp_path / "a.tif", COLOURS[..., 0])
    assert not holds(tmp_path / "a.tif", COLOURS.astype(np.float32))
