"""Resampling: exact where nothing moves, near the truth where something does, in any tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.sampling import warp

IDENTITY_CURVES = np.tile(np.linspace(0.0, 1.0, 65536, dtype=np.float32), (3, 1))


def warped(
    source: np.ndarray, inverse: np.ndarray, y0: int, y1: int, x0: int, x1: int
) -> np.ndarray:
    first, last = warp.source_rows(inverse, (y0, y1, x0, x1), source.shape[0])
    out = np.empty((3, y1 - y0, x1 - x0), np.float32)
    warp.warp_tile(source[first:last], first, inverse, IDENTITY_CURVES, y0, x0, out)
    return out


def waves(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A pattern of waves 5 px long and longer, 0..1."""
    return (
        0.5
        + 0.2 * np.sin(2 * np.pi * (x / 5.3 + y / 11.0))
        + 0.2 * np.cos(2 * np.pi * (y / 6.1 - x / 17.0))
    )


def picture(shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    return np.rint(np.repeat(waves(y, x)[..., None], 3, 2) * 65535).astype(np.uint16)


def test_no_motion_gives_every_sample_back():
    source = np.random.default_rng(1).integers(0, 65536, (37, 53, 3), dtype=np.uint16)
    out = warped(source, np.eye(3), 0, 37, 0, 53)
    assert np.array_equal(np.rint(out * 65535), np.moveaxis(source, 2, 0))


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.01, 0.01), st.floats(0.99, 1.01), st.floats(-4, 4), st.floats(-4, 4))
def test_motion_of_fine_waves_is_followed(angle, scale, dx, dy):
    source = picture((96, 128))
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    inverse = np.array([[cosine, -sine, dx], [sine, cosine, dy], [0, 0, 1.0]])
    out = warped(source, inverse, 0, 96, 0, 128)
    y, x = np.mgrid[:96, :128].astype(float)
    u, v, _ = np.tensordot(inverse, np.stack([x, y, np.ones_like(x)]), 1)
    inside = (u > 4) & (u < 123) & (v > 4) & (v < 91)
    error = out[1] - waves(v, u)
    assert np.abs(error[inside]).max() < 0.005


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 95), st.integers(1, 127), st.floats(-0.02, 0.02), st.floats(-30, 30))
def test_tiles_do_not_show(row, column, slope, shift):
    source = np.random.default_rng(2).integers(0, 65536, (96, 128, 3), dtype=np.uint16)
    inverse = np.array([[1.003, slope, shift], [-slope, 0.998, -shift], [0, 0, 1.0]])
    whole = warped(source, inverse, 0, 96, 0, 128)
    parts = np.concatenate(
        [
            np.concatenate(
                [
                    warped(source, inverse, *rows, *columns)
                    for columns in ((0, column), (column, 128))
                ],
                2,
            )
            for rows in ((0, row), (row, 96))
        ],
        1,
    )
    assert np.array_equal(whole, parts)


@pytest.mark.parametrize("shift", [-300.0, 300.0])
def test_beyond_its_border_a_frame_is_continued(shift):
    source = picture((40, 50))
    out = warped(source, np.array([[1, 0, shift], [0, 1, 0], [0, 0, 1.0]]), 0, 40, 0, 50)
    column = 0 if shift < 0 else 49
    assert np.array_equal(np.rint(out[0] * 65535), np.repeat(source[:, column, :1], 50, 1))


def test_the_kernel_is_lanczos_of_four_lobes_and_sums_to_one():
    fraction = np.linspace(0, 1, 201).astype(np.float32)
    taps = np.array([warp._weights(s) for s in fraction]).T
    away = np.arange(1 - warp.REACH_PX, warp.REACH_PX + 1)[:, None] - fraction.astype(float)
    lanczos = np.sinc(away) * np.sinc(away / warp.REACH_PX)
    assert np.abs(taps - lanczos / lanczos.sum(0)).max() < 3e-5
    assert np.abs(taps.sum(0, dtype=float) - 1).max() < 1e-6


def test_curves_are_applied_channel_by_channel():
    source = np.full((20, 20, 3), 30000, np.uint16)
    curves = IDENTITY_CURVES * np.array([[0.5], [1.0], [2.0]], np.float32)
    out = np.empty((3, 20, 20), np.float32)
    warp.warp_tile(source, 0, np.eye(3), curves, 0, 0, out)
    assert np.allclose(out[:, 10, 10] * 65535, [15000, 30000, 60000], atol=0.02)
