"""The Laplacian pyramid [1]_ of a tile: its detail at one level and its share of the next.

Kernel 1-4-6-4-1 over 16; px j of the coarser level lies on px 2 j of the finer one. Beyond the
border of the coarser level its border pixels are repeated, in taking apart and in putting together
alike, so that the pyramid of one image gives back that image exactly.

.. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans.
   Communications 31 (1983), 532-540.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# What a tile needs of its level beyond its own border, with a detail margin of MARGIN_PX.
MARGIN_PX = 2
HALO_PX = 6


def coarser(shape: tuple[int, int]) -> tuple[int, int]:
    """(rows, columns) of the next level."""
    return (shape[0] + 1) // 2, (shape[1] + 1) // 2


@njit(cache=True, nogil=True)
def cut_tile(image, y0, x0, out):
    """Copy a tile with its halo out of a (C, H, W) level, repeating border pixels beyond it.

    `out` (C, h, w) float32 is written; its first px is (y0, x0), which may lie outside.
    """
    rows, columns = image.shape[1], image.shape[2]
    width = out.shape[2]
    inner0 = min(max(-x0, 0), width)
    inner1 = max(min(columns - x0, width), inner0)
    for channel in range(out.shape[0]):
        for y in range(out.shape[1]):
            line = image[channel, min(max(y0 + y, 0), rows - 1)]
            target = out[channel, y]
            target[:inner0] = line[0]
            if inner0 < inner1:
                target[inner0:inner1] = line[x0 + inner0 : x0 + inner1]
            target[inner1:] = line[columns - 1]


@njit(cache=True, nogil=True)
def split_tile(tile, y0, x0, height, width, rows, columns, detail, level):
    """Take the detail out of a tile and hand on its coarser version.

    Parameters
    ----------
    tile : (C, height + 2 HALO, width + 2 HALO) float32, the tile with its halo
    y0, x0 : even, position of the tile (without halo) in its level
    height, width : of the tile without halo, inside the level
    rows, columns : of the level
    detail : (C, height + 2 MARGIN, width + 2 MARGIN) float32, written; what the next level does
        not hold, on the tile and a margin (beyond the level's border the detail is zero)
    level : (C, ceil(rows / 2), ceil(columns / 2)) float32, the next level; the tile's px written
    """
    halo, margin = HALO_PX, MARGIN_PX
    coarse_rows, coarse_columns = level.shape[1], level.shape[2]
    c_y0 = max(y0 // 2 - 2, 0)
    c_y1 = min((y0 + height + 1) // 2 + 2, coarse_rows)
    c_x0 = max(x0 // 2 - 2, 0)
    c_x1 = min((x0 + width + 1) // 2 + 2, coarse_columns)
    c_height, c_width = c_y1 - c_y0, c_x1 - c_x0
    coarse = np.empty((c_height, c_width), np.float32)
    tile_width = tile.shape[2]
    column_sums = np.empty(tile_width, np.float32)
    mixed = np.empty(c_width + 2, np.float32)
    own_y1, own_x1 = (y0 + height + 1) // 2, (x0 + width + 1) // 2
    four, six = np.float32(4.0), np.float32(6.0)
    for channel in range(tile.shape[0]):
        plane = tile[channel]
        for j in range(c_height):
            y = 2 * (c_y0 + j) - y0 + halo
            l0, l1, l2 = plane[y - 2], plane[y - 1], plane[y]
            l3, l4 = plane[min(y + 1, plane.shape[0] - 1)], plane[min(y + 2, plane.shape[0] - 1)]
            for x in range(tile_width):
                column_sums[x] = (l0[x] + l4[x]) + four * (l1[x] + l3[x]) + six * l2[x]
            target = coarse[j]
            first = 2 * c_x0 - x0 + halo
            _reduce_row(column_sums[first - 2 :], target[: c_width - 1])
            k = c_width - 1
            x = first + 2 * k
            after = min(x + 1, tile_width - 1)
            beyond = min(x + 2, tile_width - 1)
            target[k] = (
                (column_sums[x - 2] + column_sums[beyond])
                + four * (column_sums[x - 1] + column_sums[after])
                + six * column_sums[x]
            ) * np.float32(1.0 / 256.0)
        for j in range(y0 // 2, own_y1):
            for k in range(x0 // 2, own_x1):
                level[channel, j, k] = coarse[j - c_y0, k - c_x0]
        for i in range(height + 2 * margin):
            y = y0 - margin + i
            target = detail[channel, i]
            if y < 0 or y >= rows:
                target[:] = np.float32(0.0)
                continue
            _mix_rows(coarse, y, c_y0, mixed)
            line = plane[y - y0 + halo]
            x_first = max(x0 - margin, 0)
            x_last = min(x0 + width + margin, columns)
            for x in range(x0 - margin, x_first):
                target[x - x0 + margin] = np.float32(0.0)
            for x in range(x_last, x0 + width + margin):
                target[x - x0 + margin] = np.float32(0.0)
            _subtract_expanded(line, halo - x0, mixed, c_x0, x_first, x_last, target, margin - x0)


@njit(cache=True, nogil=True)
def _mix_rows(coarse, y, c_y0, mixed):
    """Row `y` of the finer level out of rows of the coarser one; one px is repeated either side.

    Along the columns it stays coarse: `mixed[k + 1]` belongs to column k of `coarse`.
    """
    last = coarse.shape[0] - 1
    width = coarse.shape[1]
    j = y // 2 - c_y0
    here = coarse[min(j, last)]
    below = coarse[min(j + 1, last)]
    if y % 2 == 0:
        above = coarse[max(j - 1, 0)]
        for k in range(width):
            mixed[k + 1] = np.float32(0.125) * (above[k] + below[k]) + np.float32(0.75) * here[k]
    else:
        for k in range(width):
            mixed[k + 1] = np.float32(0.5) * (here[k] + below[k])
    mixed[0] = mixed[1]
    mixed[width + 1] = mixed[width]


@njit(cache=True, nogil=True)
def _reduce_row(sums, out):
    """Every other px of a row of column sums, weighted 1-4-6-4-1; its first px is `sums[2]`."""
    four, six, per = np.float32(4.0), np.float32(6.0), np.float32(1.0 / 256.0)
    for k in range(out.size):
        outer = sums[2 * k] + sums[2 * k + 4]
        inner = sums[2 * k + 1] + sums[2 * k + 3]
        out[k] = (outer + four * inner + six * sums[2 * k + 2]) * per


@njit(cache=True, nogil=True)
def _subtract_pairs(line, before, here, after, out):
    """Pairs of px, even and odd, less the expansion of the coarser row; (2 n,), (n,) float32."""
    eighth, three_quarters, half = np.float32(0.125), np.float32(0.75), np.float32(0.5)
    for n in range(here.size):
        even = eighth * (before[n] + after[n]) + three_quarters * here[n]
        odd = half * (here[n] + after[n])
        out[2 * n] = line[2 * n] - even
        out[2 * n + 1] = line[2 * n + 1] - odd


@njit(cache=True, nogil=True)
def _subtract_expanded(line, line_shift, mixed, c_x0, x_first, x_last, target, target_shift):
    """target[x] = line[x] - expansion of `mixed` at x, for x_first <= x < x_last."""
    eighth, three_quarters = np.float32(0.125), np.float32(0.75)
    half = np.float32(0.5)
    x = x_first
    if x % 2 == 1 and x < x_last:
        k = x // 2 - c_x0 + 1
        target[x + target_shift] = line[x + line_shift] - half * (mixed[k] + mixed[k + 1])
        x += 1
    pairs = (x_last - x) // 2
    k0 = x // 2 - c_x0 + 1
    _subtract_pairs(
        line[x + line_shift :],
        mixed[k0 - 1 : k0 - 1 + pairs],
        mixed[k0 : k0 + pairs],
        mixed[k0 + 1 : k0 + 1 + pairs],
        target[x + target_shift :],
    )
    x += 2 * pairs
    if x < x_last:
        k = x // 2 - c_x0 + 1
        target[x + target_shift] = line[x + line_shift] - (
            eighth * (mixed[k - 1] + mixed[k + 1]) + three_quarters * mixed[k]
        )


@njit(cache=True, nogil=True)
def add_expanded(coarse, fine, y0, y1):
    """Put rows `y0` to `y1` of a level together: `fine` (3, H, W) detail += expansion of `coarse`.

    In place.
    """
    columns = fine.shape[2]
    mixed = np.empty(coarse.shape[2] + 2, np.float32)
    for channel in range(3):
        for y in range(y0, y1):
            _mix_rows(coarse[channel], y, 0, mixed)
            line = fine[channel, y]
            pairs = columns // 2
            _add_pairs(mixed[:pairs], mixed[1 : pairs + 1], mixed[2 : pairs + 2], line)
            if columns % 2 == 1:
                line[columns - 1] += (
                    np.float32(0.125) * (mixed[pairs] + mixed[pairs + 2])
                    + np.float32(0.75) * mixed[pairs + 1]
                )


@njit(cache=True, nogil=True)
def _add_pairs(before, here, after, line):
    """Add the expansion of the coarser row to pairs of px, even and odd; (n,), (2 n,) float32."""
    eighth, three_quarters, half = np.float32(0.125), np.float32(0.75), np.float32(0.5)
    for n in range(here.size):
        line[2 * n] += eighth * (before[n] + after[n]) + three_quarters * here[n]
        line[2 * n + 1] += half * (here[n] + after[n])
