"""The Laplacian pyramid [1]_ of a tile: its detail at one level and its share of the next.

Kernel 1-4-6-4-1 over 16; px j of the coarser level lies on px 2 j of the finer one. Beyond the
border of the coarser level its border pixels are repeated, in taking apart and in putting together
alike, so that the pyramid of one image gives back that image exactly.

.. [1] P. J. Burt and E. H. Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans.
   Communications 31 (1983), 532-540.
"""

from __future__ import annotations

import numpy as np

from imaging.sampling.kernels import kernel

# What a tile needs of its level beyond its own border, with a detail margin of MARGIN_PX.
MARGIN_PX = 2
HALO_PX = 6
_U = np.uint64


def coarser(shape: tuple[int, int]) -> tuple[int, int]:
    """(rows, columns) of the next level."""
    return (shape[0] + 1) // 2, (shape[1] + 1) // 2


@kernel
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
                own, inner = target[inner0:inner1], line[x0 + inner0 : x0 + inner1]
                for x in range(own.size):
                    own[x] = inner[x]
            target[inner1:] = line[columns - 1]


@kernel
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
    c_y0, c_x0 = max(y0 // 2 - 2, 0), max(x0 // 2 - 2, 0)
    c_height = min((y0 + height + 1) // 2 + 2, coarse_rows) - c_y0
    c_width = min((x0 + width + 1) // 2 + 2, coarse_columns) - c_x0
    coarse = np.empty((c_height, c_width), np.float32)
    sums = np.empty(tile.shape[2] + 2, np.float32)
    mixed = np.empty(c_width + 2, np.float32)
    own_y0, own_x0 = y0 // 2 - c_y0, x0 // 2 - c_x0
    own_width = (x0 + width + 1) // 2 - x0 // 2
    x_first, x_last = max(x0 - margin, 0), min(x0 + width + margin, columns)
    for channel in range(tile.shape[0]):
        for j in range(c_height):
            _sum_columns(tile, channel, 2 * (c_y0 + j) - y0 + halo, sums)
            _reduce_row(sums, 2 * c_x0 - x0 + halo, coarse, j)
        for j in range((y0 + height + 1) // 2 - y0 // 2):
            _copy(coarse, own_y0 + j, own_x0, level, channel, y0 // 2 + j, x0 // 2, own_width)
        for i in range(height + 2 * margin):
            y = y0 - margin + i
            if y < 0 or y >= rows:
                detail[channel, i] = np.float32(0.0)
                continue
            _mix_rows(coarse, y, c_y0, mixed)
            detail[channel, i, : x_first - x0 + margin] = np.float32(0.0)
            detail[channel, i, x_last - x0 + margin :] = np.float32(0.0)
            _subtract_expanded(
                tile,
                channel,
                y - y0 + halo,
                x_first - x0 + halo,
                mixed,
                x_first - 2 * c_x0,
                x_last - x_first,
                detail,
                i,
                x_first - x0 + margin,
            )


# Unsigned offsets rather than slices: see warp._mix_along.
@kernel
def _sum_columns(tile, channel, y, sums):
    """Columns of the five rows round row `y` of a tile, weighted 1-4-6-4-1.

    `sums`, (w + 2,), is written; rows and columns beyond the tile's end repeat its last.
    """
    c, last = _U(channel), tile.shape[1] - 1
    r0, r1, r2 = _U(y - 2), _U(y - 1), _U(y)
    r3, r4 = _U(min(y + 1, last)), _U(min(y + 2, last))
    four, six = np.float32(4.0), np.float32(6.0)
    width = tile.shape[2]
    for x in range(_U(width)):
        outer, inner = tile[c, r0, x] + tile[c, r4, x], tile[c, r1, x] + tile[c, r3, x]
        sums[x] = outer + four * inner + six * tile[c, r2, x]
    sums[width] = sums[width - 1]
    sums[width + 1] = sums[width - 1]


@kernel
def _reduce_row(sums, first, coarse, row):
    """Every other px of a row of column sums, from px `first`, weighted 1-4-6-4-1 over 256."""
    x, j = _U(first - 2), _U(row)
    one, two, three = _U(1), _U(2), _U(3)
    four, six, per = np.float32(4.0), np.float32(6.0), np.float32(1.0 / 256.0)
    for k in range(_U(coarse.shape[1])):
        at = x + two * k
        outer, inner = sums[at] + sums[at + two + two], sums[at + one] + sums[at + three]
        coarse[j, k] = (outer + four * inner + six * sums[at + two]) * per


@kernel
def _copy(coarse, row, first, level, channel, y, x, count):
    """Copy part of a row of `coarse` into a level."""
    j, here, c, to_y, to_x = _U(row), _U(first), _U(channel), _U(y), _U(x)
    for k in range(_U(count)):
        level[c, to_y, to_x + k] = coarse[j, here + k]


@kernel
def _mix_rows(coarse, y, c_y0, mixed):
    """Row `y` of the finer level out of rows of the coarser one; one px is repeated either side.

    Along the columns it stays coarse: `mixed[k + 1]` belongs to column k of `coarse`.
    """
    last = coarse.shape[0] - 1
    width = coarse.shape[1]
    j = y // 2 - c_y0
    above, here, below = _U(max(j - 1, 0)), _U(min(j, last)), _U(min(j + 1, last))
    one = _U(1)
    eighth, three_quarters = np.float32(0.125), np.float32(0.75)
    if y % 2 == 0:
        for k in range(_U(width)):
            outer = coarse[above, k] + coarse[below, k]
            mixed[k + one] = eighth * outer + three_quarters * coarse[here, k]
    else:
        for k in range(_U(width)):
            mixed[k + one] = np.float32(0.5) * (coarse[here, k] + coarse[below, k])
    mixed[0] = mixed[1]
    mixed[width + 1] = mixed[width]


@kernel
def _subtract_expanded(tile, channel, y, x, mixed, place, count, detail, to_y, to_x):
    """Px of a row less the expansion of the coarser row.

    Parameters
    ----------
    tile : (C, h, w) float32; px `x` to `x + count` of `tile[channel, y]` are taken
    mixed : (n,) float32, of `_mix_rows`
    place : of the first px, counted from that of the first column of the coarser rows
    detail : (C, h, w) float32, `detail[channel, to_y]` is written from px `to_x`
    """
    c, own_y, to_y = _U(channel), _U(y), _U(to_y)
    own_x, to_x = _U(x), _U(to_x)
    one, two = _U(1), _U(2)
    eighth, three_quarters, half = np.float32(0.125), np.float32(0.75), np.float32(0.5)
    done = 0
    if place % 2 == 1 and count > 0:
        k = _U(place // 2 + 1)
        detail[c, to_y, to_x] = tile[c, own_y, own_x] - half * (mixed[k] + mixed[k + one])
        done = 1
    pairs = (count - done) // 2
    first = _U((place + done) // 2)
    from_x, until_x = own_x + _U(done), to_x + _U(done)
    for n in range(_U(pairs)):
        before, here, after = mixed[first + n], mixed[first + n + one], mixed[first + n + two]
        even = eighth * (before + after) + three_quarters * here
        odd = half * (here + after)
        at = two * n
        detail[c, to_y, until_x + at] = tile[c, own_y, from_x + at] - even
        detail[c, to_y, until_x + at + one] = tile[c, own_y, from_x + at + one] - odd
    done += 2 * pairs
    if done < count:
        k = _U((place + done) // 2 + 1)
        expanded = eighth * (mixed[k - one] + mixed[k + one]) + three_quarters * mixed[k]
        detail[c, to_y, to_x + _U(done)] = tile[c, own_y, own_x + _U(done)] - expanded


@kernel
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


@kernel
def _add_pairs(before, here, after, line):
    """Add the expansion of the coarser row to pairs of px, even and odd; (n,), (2 n,) float32."""
    eighth, three_quarters, half = np.float32(0.125), np.float32(0.75), np.float32(0.5)
    for n in range(here.size):
        line[2 * n] += eighth * (before[n] + after[n]) + three_quarters * here[n]
        line[2 * n + 1] += half * (here[n] + after[n])
