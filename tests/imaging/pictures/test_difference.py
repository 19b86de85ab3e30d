"""How two pictures differ is told in numbers and shown in a picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imaging.frames import tiff
from imaging.pictures.difference import compare


@pytest.fixture
def pair(tmp_path):
    """Two equal pictures, higher than what is read at once, and a function that writes them."""
    pixels = np.random.default_rng(1).integers(0, 60000, (300, 40, 3), dtype=np.uint16)

    def write(change=None):
        other = pixels.copy()
        for place, amount in (change or {}).items():
            other[place] += amount
        for name, content in (("one.tif", pixels), ("other.tif", other)):
            tiff.write_image(tmp_path / name, content)
        return tmp_path / "one.tif", tmp_path / "other.tif"

    return write


def test_equal_pictures_differ_nowhere(pair, tmp_path):
    found = compare(*pair(), tmp_path / "where.png")
    assert (found.size_px, found.largest, found.mean, found.changed_part) == (
        (40, 300),
        0,
        0.0,
        0.0,
    )
    assert np.asarray(Image.open(tmp_path / "where.png")).max() == 0


def test_differences_are_measured_and_shown_by_their_square_root(pair, tmp_path):
    found = compare(*pair({(299, 3, 1): 4000, (0, 0, 2): 1000, (5, 6, 0): 1}), tmp_path / "w.png")
    assert found.largest == 4000
    assert found.mean == pytest.approx(5001 / (300 * 40 * 3))
    assert found.changed_part == pytest.approx(3 / (300 * 40))
    shown = np.asarray(Image.open(tmp_path / "w.png"))
    assert (shown[299, 3], shown[0, 0], shown[5, 6], shown[9, 9]) == (255, 128, 5, 0)


def test_pictures_of_different_sizes_are_not_compared(pair, tmp_path):
    one, other = pair()
    tiff.write_image(other, np.zeros((300, 41, 3), np.uint16))
    assert str(compare(one, other)) == "the two have different sizes"
