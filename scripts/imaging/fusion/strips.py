"""Strips of a frame, taken apart level by level and added to the sums: kernels of `laplacian`.

A strip is one call, whatever it takes: many threads that meet between short calls, where Python
lets one of them go on at a time, would wait for each other longer than they work.
"""

from __future__ import annotations

import numpy as np

from imaging.fusion.blocks import BLOCK_ROWS, next_block
from imaging.fusion.frame import TILE_COLUMNS
from imaging.fusion.highlights import measure_glare
from imaging.fusion.level_sums import add_detail
from imaging.fusion.rim_bands import keep_light
from imaging.fusion.sharpness import window_energy
from imaging.fusion.value_range import widen_range
from imaging.fusion.white_rims import discount_white
from imaging.sampling.kernels import kernel
from imaging.sampling.pyramid import HALO_PX, MARGIN_PX, cut_tile, split_tile
from imaging.sampling.warp import NOT_BEGUN, passed_rows, warp_rows


@kernel
def add_warped_strip(
    source,
    first,
    curves,
    level,
    frame,
    outline,
    y0,
    y1,
    total,
    weights,
    least,
    most,
    coarser,
    dark,
    glare,
    bands,
):
    """Warp a strip, widen the range by it, and add its detail to the sums of the finest level.

    Parameters
    ----------
    source : (R, W, 3) uint16, rows `first` … of the frame
    curves : (3, 65536) float32, the value that each sample of a channel stands for
    level : level_sums.Level, the finest
    frame : its number, from 0
    outline : coverage.Outline of the frame
    y0, y1 : the strip's first row, even, and the one past its last
    total (3, H, W), weights (H, W) : float32, added to
    least, most : (3, ceil(H / 2), ceil(W / 2)) uint8, widened
    coarser : (3, ceil(H / 2), ceil(W / 2)) float32, the strip's px of the next level, written
    dark, glare : (ceil(H / 2), ceil(W / 2)) uint8, as `highlights.measure_glare` has them; the
        strip's px of `glare` are written. Without highlights in the stack of another shape
    bands : rim_bands.Bands, whose light is kept
    """
    columns = weights.shape[1]
    asked = dark.shape[0] == coarser.shape[1] and dark.shape[1] == coarser.shape[2]
    for x0 in range(0, columns, TILE_COLUMNS):
        width = min(TILE_COLUMNS, columns - x0)
        wide, right = width + 2 * HALO_PX, (x0 + width + 1) // 2
        tile = np.empty((3, min(BLOCK_ROWS, y1 - y0) + 2 * HALO_PX, wide), np.float32)
        passed = np.empty((3, passed_rows(outline.inverse, wide), wide), np.float32)
        ready, known = NOT_BEGUN, 0
        for y in range(y0, y1, BLOCK_ROWS):
            down = min(y + BLOCK_ROWS, y1)
            if y > y0:
                tile, known = next_block(tile, down - y), 2 * HALO_PX
            top, left = y - HALO_PX, x0 - HALO_PX
            ready = warp_rows(
                source, first, outline.inverse, curves, top, left, tile, known, passed, ready
            )
            own_least = least[:, y // 2 : (down + 1) // 2, x0 // 2 : right]
            own_most = most[:, y // 2 : (down + 1) // 2, x0 // 2 : right]
            widen_range(tile, HALO_PX, outline, y, x0, own_least, own_most)
            keep_light(tile, HALO_PX, frame, y, x0, bands)
            glaring = measure_glare(tile, y, x0, dark, glare) if asked else 0
            _take_apart(tile, level, frame, outline, y, x0, total, weights, coarser, glare, glaring)


@kernel
def add_strip(image, level, frame, outline, y0, y1, total, weights, coarser, glare, glaring):
    """Add the detail of a strip of a coarser level, `image` (3, H, W); as `add_warped_strip`.

    `glare` (H, W) uint8 is that of the level; `glaring` is 1 if there is any.
    """
    columns = weights.shape[1]
    height = y1 - y0
    for x0 in range(0, columns, TILE_COLUMNS):
        width = min(TILE_COLUMNS, columns - x0)
        tile = np.empty((3, height + 2 * HALO_PX, width + 2 * HALO_PX), np.float32)
        cut_tile(image, y0 - HALO_PX, x0 - HALO_PX, tile)
        _take_apart(tile, level, frame, outline, y0, x0, total, weights, coarser, glare, glaring)


@kernel
def _take_apart(tile, level, frame, outline, y0, x0, total, weights, coarser, glare, glaring):
    """Add a tile's detail, measured by its energy, to the sums; hand its coarser version on."""
    rows, columns = weights.shape
    height, width = tile.shape[1] - 2 * HALO_PX, tile.shape[2] - 2 * HALO_PX
    detail = np.empty((3, height + 2 * MARGIN_PX, width + 2 * MARGIN_PX), np.float32)
    split_tile(tile, y0, x0, height, width, rows, columns, detail, coarser)
    energy = np.empty((height, width), np.float32)
    window_energy(detail, level.strong, energy)
    if level.rims.size > 1:
        asked = level.rims, level.halved, level.per_noise
        discount_white(tile, y0, x0, *asked, energy)
    add_detail(detail, energy, level, frame, outline, y0, x0, total, weights, glare, glaring)
