"""The Laplacian pyramid: gives an image back, whatever its size and tiles."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.sampling import pyramid

HALO, MARGIN = pyramid.HALO_PX, pyramid.MARGIN_PX


def split(image: np.ndarray, tile_rows: int, tile_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Detail and next level of an image, made tile by tile."""
    _, rows, columns = image.shape
    level = np.empty((3, *pyramid.coarser((rows, columns))), np.float32)
    whole = np.empty_like(image)
    for y0 in range(0, rows, tile_rows):
        for x0 in range(0, columns, tile_columns):
            height, width = min(tile_rows, rows - y0), min(tile_columns, columns - x0)
            tile = np.empty((3, height + 2 * HALO, width + 2 * HALO), np.float32)
            pyramid.cut_tile(image, y0 - HALO, x0 - HALO, tile)
            detail = np.empty((3, height + 2 * MARGIN, width + 2 * MARGIN), np.float32)
            pyramid.split_tile(tile, y0, x0, height, width, rows, columns, detail, level)
            whole[:, y0 : y0 + height, x0 : x0 + width] = detail[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    return whole, level


def noise(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(rows * 1000 + columns).random((3, rows, columns), np.float32)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 70), st.integers(2, 70))
def test_detail_and_next_level_give_the_image_back(rows, columns):
    image = noise(rows, columns)
    detail, level = split(image, rows, columns)
    pyramid.add_expanded(level, detail, 0, detail.shape[1])
    assert np.abs(detail - image).max() < 1e-6


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(30, 61), st.integers(30, 61))
def test_tiles_do_not_show(half_rows, half_columns, rows, columns):
    image = noise(rows, columns)
    whole = split(image, rows, columns)
    tiled = split(image, 2 * half_rows, 2 * half_columns)
    assert np.array_equal(whole[0], tiled[0])
    assert np.array_equal(whole[1], tiled[1])


def test_an_even_surface_has_no_detail():
    detail, level = split(np.full((3, 33, 47), 0.25, np.float32), 33, 47)
    assert not detail.any()
    assert (level == 0.25).all()
