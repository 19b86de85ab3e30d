"""A picture is hashed on its way to the disk, once, and is what those hashes say."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from imaging.frames import tiff
from imaging.frames.colour import profile
from imaging.frames.hashed_writing import PART_BYTES, write_hashed
from records.files import digest_parts, sha256_file
from records.known_frames import HASHES, new_hash


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("shape", [(1, 1, 3), (700, 301, 3), (3, PART_BYTES, 3)])
def test_the_file_is_the_one_written_whole_and_is_its_head_and_then_px(tmp_path, shape, name):
    pixels = np.random.default_rng(1).integers(0, 65536, shape).astype(np.uint16)
    icc, begun = profile("adobe-rgb"), new_hash(name)
    digests = write_hashed(tmp_path / "parts.tif", pixels, icc, begun)
    tiff.write_image(tmp_path / "whole.tif", pixels, icc)
    assert sha256_file(tmp_path / "parts.tif") == sha256_file(tmp_path / "whole.tif")
    assert digests.pixels == tiff.pixel_digest(tmp_path / "parts.tif", begun)
    told = digests.head.digest, digests.pixels
    assert digest_parts(tmp_path / "parts.tif", digests.head.bytes, begun) == told
    head = {"bytes": digests.head.bytes, name: digests.head.digest}
    assert digests.as_record() == {f"pixel_{name}": digests.pixels, "head": head}


def test_px_that_do_not_lie_one_after_the_other_are_written_as_they_are_seen(tmp_path):
    pixels = np.arange(6 * 8 * 3, dtype=np.uint16).reshape(6, 8, 3)[::2, ::-1]
    digests = write_hashed(tmp_path / "seen.tif", pixels, profile("srgb"), hashlib.sha256)
    assert np.array_equal(tiff.read_image(tmp_path / "seen.tif"), pixels)
    assert digests.pixels == tiff.pixel_digest(pixels)
    parts = digest_parts(tmp_path / "seen.tif", digests.head.bytes, hashlib.sha256)
    assert parts[1] == digests.pixels
