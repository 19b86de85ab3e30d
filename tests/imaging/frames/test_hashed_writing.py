"""A picture is hashed on its way to the disk, and is what those hashes say."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames import tiff
from imaging.frames.colour import profile
from imaging.frames.hashed_writing import PART_BYTES, write_hashed
from records.files import sha256_file


@pytest.mark.parametrize("shape", [(1, 1, 3), (700, 301, 3), (3, PART_BYTES, 3)])
def test_the_file_is_the_one_written_whole_and_both_digests_are_its_own(tmp_path, shape):
    pixels = np.random.default_rng(1).integers(0, 65536, shape).astype(np.uint16)
    icc = profile("adobe-rgb")
    digests = write_hashed(tmp_path / "parts.tif", pixels, icc)
    tiff.write_image(tmp_path / "whole.tif", pixels, icc)
    assert digests.file == sha256_file(tmp_path / "parts.tif")
    assert digests.file == sha256_file(tmp_path / "whole.tif")
    assert digests.pixels == tiff.pixel_digest(tmp_path / "parts.tif")


def test_px_that_do_not_lie_one_after_the_other_are_written_as_they_are_seen(tmp_path):
    pixels = np.arange(6 * 8 * 3, dtype=np.uint16).reshape(6, 8, 3)[::2, ::-1]
    digests = write_hashed(tmp_path / "seen.tif", pixels, profile("srgb"))
    assert np.array_equal(tiff.read_image(tmp_path / "seen.tif"), pixels)
    assert digests.pixels == tiff.pixel_digest(pixels)
    assert digests.file == sha256_file(tmp_path / "seen.tif")
