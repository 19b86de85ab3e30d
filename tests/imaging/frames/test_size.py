"""How large a frame is, by its header alone."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import tifffile
from PIL import Image

from imaging.frames.size import pixels


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_of_a_photograph_it_is_that_of_its_picture(tmp_path, ending):
    path = tmp_path / f"frame.{ending}"
    Image.new("RGB", (640, 480)).save(path)
    assert pixels(path) == 640 * 480


def test_of_a_raw_it_is_that_of_the_sensor_and_not_of_the_thumbnail(demo, shared_data):
    assert pixels(demo / "pcb-raw" / "pcb_002.dng") == 800 * 600
    # The first directory of an NEF is its thumbnail.
    assert pixels(shared_data / "raw-broken" / "issue247-1.nef") == 6016000


def test_a_thumbnail_before_the_picture_is_not_taken_for_it(tmp_path):
    path = tmp_path / "frame.dng"
    with tifffile.TiffWriter(path) as file:
        file.write(np.zeros((60, 80), np.uint8), subfiletype=1)
        file.write(np.zeros((600, 800), np.uint16))
    assert pixels(path) == 800 * 600


def test_of_a_format_without_a_header_that_is_known_its_bytes_tell_roughly(tmp_path):
    path = tmp_path / "frame.raf"
    path.write_bytes(b"FUJIFILMCCD-RAW " + bytes(1000))
    assert pixels(path) == 1016


def test_a_damaged_header_stops_nothing_here(tmp_path, demo):
    path = tmp_path / "frame.jpg"
    shutil.copy(demo / "pcb-jpeg" / "pcb_002.jpg", path)
    path.write_bytes(path.read_bytes()[:100])
    assert pixels(path) == 100
