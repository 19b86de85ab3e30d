"""A strip in one call gives what its tiles give, kernel by kernel."""

from __future__ import annotations

import numpy as np

from imaging.fusion import laplacian
from imaging.fusion.frame import TILE_COLUMNS
from imaging.fusion.level_sums import add_detail
from imaging.fusion.rim_bands import no_bands
from imaging.fusion.sharpness import noise_energies, window_energy
from imaging.fusion.strips import add_strip, add_warped_strip
from imaging.fusion.value_range import widen_range
from imaging.sampling import pyramid, warp
from imaging.sampling.coverage import Outline

# An odd number of rows, and columns of two tiles, the second narrow and odd.
SHAPE = (131, TILE_COLUMNS + 45)
HALF = pyramid.coarser(SHAPE)
HALO, MARGIN = pyramid.HALO_PX, pyramid.MARGIN_PX
MOTION = np.array([[1.002, 0.001, -1.3], [-0.001, 0.999, 2.2], [0, 0, 1]])
LEVEL = laplacian._levels(2, noise_energies(1e-5, 2), 6, None, 3.0)[0]
OUTLINE = Outline(MOTION, *SHAPE)
# Without highlights nothing is glare.
NONE = np.zeros((1, 1), np.uint8)


def room() -> list[np.ndarray]:
    """Sums of detail, of weights, least and most values, and the next level."""
    return [
        np.zeros((3, *SHAPE), np.float32),
        np.zeros(SHAPE, np.float32),
        np.full((3, *HALF), 255, np.uint8),
        np.zeros((3, *HALF), np.uint8),
        np.zeros((3, *HALF), np.float32),
    ]


def tiles(rows: int):
    for y0 in range(0, SHAPE[0], rows):
        for x0 in range(0, SHAPE[1], TILE_COLUMNS):
            yield y0, x0, min(rows, SHAPE[0] - y0), min(TILE_COLUMNS, SHAPE[1] - x0)


def take_apart(tile, y0, x0, height, width, total, weights, coarser):
    detail = np.empty((3, height + 2 * MARGIN, width + 2 * MARGIN), np.float32)
    pyramid.split_tile(tile, y0, x0, height, width, *SHAPE, detail, coarser)
    energy = np.empty((height, width), np.float32)
    window_energy(detail, LEVEL.strong, energy)
    add_detail(detail, energy, LEVEL, 0, OUTLINE, y0, x0, total, weights, NONE, 0)


def test_a_warped_strip_gives_what_its_tiles_give():
    pixels = np.random.default_rng(1).integers(0, 65536, (*SHAPE, 3)).astype(np.uint16)
    curves = np.tile(np.linspace(0, 1, 65536, dtype=np.float32), (3, 1))
    wanted = room()
    for y0, x0, height, width in tiles(32):
        tile = np.empty((3, height + 2 * HALO, width + 2 * HALO), np.float32)
        warp.warp_tile(pixels, 0, MOTION, curves, y0 - HALO, x0 - HALO, tile)
        cells = np.s_[:, y0 // 2 : (y0 + height + 1) // 2, x0 // 2 : (x0 + width + 1) // 2]
        widen_range(tile, HALO, OUTLINE, y0, x0, wanted[2][cells], wanted[3][cells])
        take_apart(tile, y0, x0, height, width, wanted[0], wanted[1], wanted[4])
    for rows in (32, 64, 96, 132):
        found = room()
        for y0 in range(0, SHAPE[0], rows):
            y1 = min(y0 + rows, SHAPE[0])
            options = NONE, NONE, no_bands()
            add_warped_strip(pixels, 0, curves, LEVEL, 0, OUTLINE, y0, y1, *found, *options)
        assert all(np.array_equal(a, b) for a, b in zip(found, wanted))


def test_a_strip_of_a_coarser_level_gives_what_its_tiles_give():
    image = np.random.default_rng(2).random((3, *SHAPE), np.float32)
    wanted, found = room(), room()
    for y0, x0, height, width in tiles(64):
        tile = np.empty((3, height + 2 * HALO, width + 2 * HALO), np.float32)
        pyramid.cut_tile(image, y0 - HALO, x0 - HALO, tile)
        take_apart(tile, y0, x0, height, width, wanted[0], wanted[1], wanted[4])
    for y0 in range(0, SHAPE[0], 32):
        y1 = min(y0 + 32, SHAPE[0])
        add_strip(image, LEVEL, 0, OUTLINE, y0, y1, *found[:2], found[4], NONE, 0)
    assert all(np.array_equal(a, b) for a, b in zip(found, wanted))
