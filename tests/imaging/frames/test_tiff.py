"""TIFFs of this workflow that were damaged since: refused with a sentence, whatever is read."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames import colour, tiff
from imaging.frames.tiff_header import Entry

PIXELS = np.random.default_rng(1).integers(0, 65536, (40, 60, 3), np.uint16)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiff") / "a.tif"
    exposure = [Entry(0x829A, "RATIONAL", [(1, 60)])]
    tiff.write_image(path, PIXELS, colour.profile("adobe-rgb"), exif_ifd=exposure)
    return path.read_bytes()


def test_damaged_headers_are_refused_with_the_file_s_name(whole, tmp_path):
    path = tmp_path / "a.tif"
    refused = 0
    for seed in range(300):
        chance, content = random.Random(seed), bytearray(whole)
        for _ in range(chance.choice((1, 4))):
            value = chance.choice((0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
            struct.pack_into("<I", content, chance.randrange(300), value)
        path.write_bytes(content)
        try:
            with tiff.open_rows(path) as image:
                image.read(0, image.shape[0])
        except ImagingError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > 100


def test_a_box_is_read_and_written_without_what_lies_beside_it(tmp_path):
    pixels = np.arange(6 * 9 * 3, dtype=np.uint16).reshape(6, 9, 3)
    tiff.write_image(tmp_path / "a.tif", pixels)
    with tiff.open_rows(tmp_path / "a.tif") as rows:
        assert np.array_equal(rows.read_box(2, 1, 4, 3), pixels[1:4, 2:6])
        with pytest.raises(IndexError):
            rows.read_box(6, 1, 4, 3)
    with tiff.create_image(tmp_path / "b.tif", pixels.shape) as rows:
        rows.write(0, pixels)
        rows.write_box(2, 1, np.zeros((3, 4, 3), np.uint16))
        with pytest.raises(IndexError):
            rows.write_box(2, 5, np.zeros((3, 4, 3), np.uint16))
    pixels[1:4, 2:6] = 0
    assert np.array_equal(tiff.read_image(tmp_path / "b.tif"), pixels)
