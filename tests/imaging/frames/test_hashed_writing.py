"""A picture is hashed on its way to the disk, once, and is what those hashes say."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames import tiff
from imaging.frames.colour import profile
from imaging.frames.hashed_writing import PART_BYTES, write_hashed
from records.files import sha256_file, sha256_parts


@pytest.mark.parametrize("shape", [(1, 1, 3), (700, 301, 3), (3, PART_BYTES, 3)])
def test_the_file_is_the_one_written_whole_and_is_its_head_and_then_px(tmp_path, shape):
    pixels = np.random.default_rng(1).integers(0, 65536, shape).astype(np.uint16)
    icc = profile("adobe-rgb")
    digests = write_hashed(tmp_path / "parts.tif", pixels, icc)
    tiff.write_image(tmp_path / "whole.tif", pixels, icc)
    assert sha256_file(tmp_path / "parts.tif") == sha256_file(tmp_path / "whole.tif")
    assert digests.pixels == tiff.pixel_digest(tmp_path / "parts.tif")
    told = digests.head.sha256, digests.pixels
    assert sha256_parts(tmp_path / "parts.tif", digests.head.bytes) == told


def test_px_that_do_not_lie_one_after_the_other_are_written_as_they_are_seen(tmp_path):
    pixels = np.arange(6 * 8 * 3, dtype=np.uint16).reshape(6, 8, 3)[::2, ::-1]
    digests = write_hashed(tmp_path / "seen.tif", pixels, profile("srgb"))
    assert np.array_equal(tiff.read_image(tmp_path / "seen.tif"), pixels)
    assert digests.pixels == tiff.pixel_digest(pixels)
    assert sha256_parts(tmp_path / "seen.tif", digests.head.bytes)[1] == digests.pixels
