"""The digest in a DNG: agreement, and a picture that is another."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from imaging.frames.inspection import inspect
from tests.imaging.frames.test_inspection import write_dng

CFA = np.random.default_rng(2).integers(512, 16000, (300, 520), np.uint16)


def digest(values):
    squares = [
        hashlib.md5(np.ascontiguousarray(values[y : y + 256, x : x + 256]).tobytes()).digest()
        for y in range(0, values.shape[0], 256)
        for x in range(0, values.shape[1], 256)
    ]
    return hashlib.md5(b"".join(squares)).digest()


def test_an_uncompressed_dng_is_what_its_digest_says(tmp_path):
    path = tmp_path / "a.dng"
    write_dng(path, CFA, extra=[(51111, 1, 16, digest(CFA), False)])
    assert inspect(path).doubts == ()
    content = bytearray(path.read_bytes())
    content[-50_001] ^= 4
    path.write_bytes(content)
    (doubt,) = inspect(path).doubts
    assert doubt.startswith("its picture is not that of the digest in it: damaged")


@pytest.mark.parametrize("name", ["canon_eos6d_lossy_linear.dng"])
def test_a_lossy_dng_is_what_its_digest_says(shared_data, tmp_path, name):
    whole = bytearray((shared_data / "raw" / name).read_bytes())
    assert inspect(shared_data / "raw" / name).doubts == ()
    # Within the first tile's coded data, where a decoder goes on.
    whole[220_000] ^= 1
    path = tmp_path / name
    path.write_bytes(whole)
    assert any("digest" in doubt for doubt in inspect(path).doubts)
