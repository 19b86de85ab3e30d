"""10 or 12 bits in 16 are known by the whole stack and scaled; a dark picture is left as it is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames import photographs
from imaging.frames.inspection import inspect
from imaging.frames.levels import (
    depth_of_frames,
    depth_of_stack,
    describe,
    scale_to_16_bits,
)


@pytest.mark.parametrize(
    ("highest", "bits", "doubtful"),
    [
        ([255, 200], 8, False),
        ([256], 10, False),
        ([1023, 700], 10, False),
        ([3954], 12, False),
        ([4095, 4095], 12, False),
        ([4096], 16, True),
        ([16382], 16, True),
        ([16383, 9000], 14, False),
        ([16384], 16, False),
        ([3000, 60000], 16, False),
    ],
)
def test_the_bits_of_a_stack(highest, bits, doubtful):
    found = depth_of_stack(highest)
    assert (found.bits, found.doubtful) == (bits, doubtful)


def test_a_stack_that_is_not_all_of_16_bits_is_not_judged():
    frames = [
        SimpleNamespace(bits=16, highest_sample=900),
        SimpleNamespace(bits=8, highest_sample=9),
    ]
    assert depth_of_frames(frames).bits == 16
    assert depth_of_frames([SimpleNamespace(bits=None, highest_sample=None)]).bits == 16
    assert depth_of_frames(frames[:1]).bits == 10


def test_what_a_person_is_told():
    assert describe(depth_of_stack([60000]), 5) is None
    assert describe(depth_of_stack([3954]), 5) == (
        "no px of 5 frames is above 3954 of 65535 (6 %): 12 bits in a 16-bit file; scaled so that "
        "4095 is white. If the frames are truly that dark, set convert.significant_bits: 16"
    )
    assert "14 bits in a 16-bit file, or underexposed? Used as stored" in describe(
        depth_of_stack([9000]), 1
    )


@given(st.sampled_from([8, 10, 12, 14]), st.integers(0, 65535))
def test_scaling_is_exact_to_the_rounding(bits, value):
    full = 2**bits - 1
    found = int(scale_to_16_bits(np.array([value], np.uint16), bits)[0])
    assert abs(found - min(value, full) * 65535 / full) <= 0.5


def test_12_bits_are_read_over_the_whole_range(tmp_path):
    path = tmp_path / "a.png"
    picture = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    Image.fromarray(picture).save(path)
    assert (inspect(path).bits, inspect(path).highest_sample) == (16, 4095)
    found = photographs.read(path, 12).pixels[..., 0]
    assert (found.min(), found.max()) == (0, 65535)
    assert np.array_equal(photographs.read(path).pixels[..., 0], picture)


def subject():
    """A grey disc on a dark ground, 0 to 1."""
    y, x = np.mgrid[:128, :128]
    return 0.2 + 0.7 * ((x - 64) ** 2 + (y - 64) ** 2 < 40**2)


def test_8_bits_in_16_are_no_covered_lens(tmp_path):
    path = tmp_path / "a.png"
    noise = np.random.default_rng(1).normal(0, 2, (128, 128))
    Image.fromarray((200 * subject() + noise).astype(np.uint16)).save(path)
    found = inspect(path)
    assert depth_of_frames([found]).bits == 8


@pytest.mark.parametrize("level", [2, 90])
def test_noise_alone_in_16_bits_is_a_covered_lens(tmp_path, level):
    path = tmp_path / "a.png"
    noise = np.random.default_rng(1).integers(0, level, (128, 128), np.uint16)
    Image.fromarray(noise).save(path)
    with pytest.raises(ImagingError, match="nothing but noise; was the lens covered"):
        inspect(path)
