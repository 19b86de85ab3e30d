"""Frames decoded at a part of their size show what the whole ones do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.frames import photographs
from imaging.frames.reduced import decide_reduced, read_reduced


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    """A JPEG of 1504 x 1008 px, soft and fine by turns."""
    path = tmp_path_factory.mktemp("frames") / "frame.jpg"
    y, x = np.mgrid[:1008, :1504].astype(float)
    waves = 127 + 60 * np.sin(x / 9) + 60 * np.cos((x + 2 * y) / 31)
    picture = np.stack([waves, np.roll(waves, 40, 1), 255 - waves], 2).clip(0, 255)
    Image.fromarray(picture.astype(np.uint8)).save(path, quality=95)
    return path


@pytest.mark.parametrize(("long_edge_px", "size"), [(700, (700, 469)), (180, (180, 121))])
def test_a_jpeg_is_what_the_whole_one_is_made_smaller(photograph, long_edge_px, size):
    assert decide_reduced(photograph) is None
    pixels, of_whole = read_reduced(photograph, long_edge_px, None)
    assert of_whole == (1504, 1008)
    whole = cv2.resize(photographs.read(photograph).pixels, size, interpolation=cv2.INTER_AREA)
    assert pixels.shape == whole.shape
    off = np.abs(pixels.astype(float) - whole) / 65535
    # Reduced in two steps it is a little softer. Where waves are steep, a px is a fifth of all.
    assert off.mean() < 0.012
    assert np.quantile(off, 0.99) < 0.04


def test_a_jpeg_is_decoded_no_smaller_than_it_is_asked_for(photograph):
    for least, shape in ((753, (1008, 1504, 3)), (752, (504, 752, 3)), (100, (126, 188, 3))):
        assert photographs.read(photograph, least_px=least).pixels.shape == shape


def test_a_picture_is_not_enlarged(photograph):
    pixels, _ = read_reduced(photograph, 4000, None)
    assert np.array_equal(pixels, photographs.read(photograph).pixels)
