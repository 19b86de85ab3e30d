"""Ground beside near things shows its own detail, in the light that was fused.

Energy is gathered over a window, so that beside a rim the frame in focus on the near thing wins, in
which the ground is blurred; were the ground's own frame to win, the near thing's blur would lie on
it as a veil. Neither is to be had from the weights of a pyramid, whose levels mix both sides. So it
is done px by px once all is fused: where the near thing's own frame shows that a px is ground, its
detail is that of the frame in focus on the ground, and its light, a plane laid through some px of
ground, stays as it was fused. No detail is made up or strengthened: each px's is a frame's own.

Which px are ground is told by two means of grey, the near thing's and that of the ground behind it,
in the frame in focus on the near thing. Px are left as they are where these are alike; where the
ground's own frame has less detail than what was fused, so that it is no frame in focus, or shows no
ground; and where it is brighter: beside dark ground a bright thing's blur is so bright that its
slope would pass for detail. Grey alone changes: lenses focus colours apart.

Of made scenes of 480 x 360 px in 14 frames with true motions (tests/benchmarks/gap.py), seeds that
chose nothing: silhouettes gain 1.06 and 0.83 dB, bristles 0.54 and 0.43 (11011 and 11012), faint
ground 0.64 (11012), bright things before dark ground none.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.rim_bands import STEPS, Bands, first_from, grey, in_steps
from imaging.sampling.kernels import kernel

# Cells of 2 x 2 px: windows in which the two means are taken, and light and detail. Means are taken
# twice, the second time of the px that the first were nearer to.
MEAN_REACH, DETAIL_REACH = 3, 3
MARGIN = 2 * MEAN_REACH + 2 * DETAIL_REACH
# Means must differ by so much of white, and be of such a share of a window each.
DIFFERENT, LEAST_SHARE = np.float32(0.12), np.float32(0.05)
# From the ground's mean to the near thing's: a px up to the first is ground alone, from the second
# on it is not touched, and below the third it has a say in light and detail round about.
GROUND, NOT_GROUND, HAS_A_SAY = np.float32(0.1), np.float32(0.4), np.float32(0.4)
# Energy of the ground's own detail, in that of what was fused: none, and all of it, is taken.
LESS, MORE = np.float32(0.8), np.float32(1.2)
# Added to the spread of px, in cells squared, so that a row of px has no slope across it.
EVEN = np.float32(0.5)
# Energy by which may be divided.
LEAST = np.float32(1e-9)
# The ground's own frame may be brighter by no more than this.
BRIGHTER = np.float32(0.02)
# Black has no colour to keep.
BLACK = np.float32(0.02)
TILE = 64


def show_ground(
    bands: Bands,
    image: NDArray[np.float32],
    least: NDArray[np.uint8],
    most: NDArray[np.uint8],
    noise: float,
    pool: ThreadPoolExecutor,
) -> None:
    """Show the ground's own detail beside rims of a fused picture, in place.

    Parameters
    ----------
    bands : with their frames' light
    image : (3, H, W), values 0..1
    least, most : (3, ceil(H / 2), ceil(W / 2)), of `value_range.widen_range`
    noise : a frame's variance of noise: so much of its detail is none
    """
    if not bands.columns.size:
        return
    rows, columns = least.shape[1:]
    fused = np.zeros((bands.columns.size, 4), np.uint16)
    wanted = np.zeros((bands.columns.size, 4), np.uint16)

    def by_rows(work: Callable[[int, int], None]) -> None:
        list(pool.map(lambda y: work(y, min(y + TILE, rows)), range(0, rows, TILE)))

    by_rows(lambda y0, y1: _see(bands, image, least, most, y0, y1, fused))
    by_rows(lambda y0, y1: _find(bands, fused, np.float32(noise), y0, y1, columns, wanted))
    by_rows(lambda y0, y1: _show(bands, fused, wanted, y0, y1, image))


@kernel
def _see(bands, image, least, most, y0, y1, fused):
    """Hold rows of cells within their range, as they will be written, and write their grey."""
    step = np.float32(1.0 / 255)
    for y in range(y0, y1):
        for n in range(bands.starts[y], bands.starts[y + 1]):
            x = bands.columns[n]
            for part in range(4):
                i = min(2 * y + part // 2, image.shape[1] - 1)
                j = min(2 * x + part % 2, image.shape[2] - 1)
                for c in range(3):
                    if least[c, y, x] <= most[c, y, x]:
                        low = np.float32(least[c, y, x]) * step
                        high = np.float32(most[c, y, x]) * step
                        image[c, i, j] = min(max(image[c, i, j], low), high)
                fused[n, part] = in_steps(grey(image[0, i, j], image[1, i, j], image[2, i, j]))


@kernel
def _show(bands, fused, wanted, y0, y1, image):
    """Give px of rows of cells the grey that is wanted, in their own colour."""
    per = np.float32(1.0 / STEPS)
    for y in range(y0, y1):
        for n in range(bands.starts[y], bands.starts[y + 1]):
            x = bands.columns[n]
            for part in range(4):
                i, j = 2 * y + part // 2, 2 * x + part % 2
                if wanted[n, part] == fused[n, part] or i >= image.shape[1] or j >= image.shape[2]:
                    continue
                was, now = np.float32(fused[n, part]) * per, np.float32(wanted[n, part]) * per
                ratio = np.float32(1.0) + (now - was) / max(was, BLACK)
                for c in range(3):
                    image[c, i, j] *= ratio


@kernel
def _find(bands, fused, noise, y0, y1, columns, wanted):
    """Write the grey that is wanted of rows of cells, tile by tile."""
    for x0 in range(0, columns, TILE):
        x1 = min(x0 + TILE, columns)
        any_here = False
        for y in range(y0, y1):
            n = first_from(bands, y, x0)
            any_here = any_here or (n < bands.starts[y + 1] and bands.columns[n] < x1)
        if any_here:
            _find_in_tile(bands, fused, noise, y0, y1, x0, x1, wanted)


@kernel
def _find_in_tile(bands, fused, noise, y0, y1, x0, x1, wanted):
    height, width = y1 - y0 + 2 * MARGIN, x1 - x0 + 2 * MARGIN
    cells = np.full((height, width), -1, np.int64)
    for i in range(height):
        y = y0 - MARGIN + i
        if not 0 <= y < bands.starts.size - 1:
            continue
        for n in range(first_from(bands, y, x0 - MARGIN), bands.starts[y + 1]):
            j = bands.columns[n] - (x0 - MARGIN)
            if j >= width:
                break
            cells[i, j] = n
    on_ground, difference = _two_means(bands, cells)
    if not difference[MARGIN : height - MARGIN, MARGIN : width - MARGIN].any():
        for i in range(MARGIN, height - MARGIN):
            for j in range(MARGIN, width - MARGIN):
                n = cells[i, j]
                if n >= 0:
                    for part in range(4):
                        wanted[n, part] = fused[n, part]
        return
    own, light = _light(bands, fused, cells, on_ground, difference)
    ground_energy, fused_energy = _energy(bands, fused, cells, on_ground, difference, own, light)
    per, one, none = np.float32(1.0 / STEPS), np.float32(1.0), np.float32(0.0)
    for i in range(MARGIN, height - MARGIN):
        for j in range(MARGIN, width - MARGIN):
            n = cells[i, j]
            if n < 0:
                continue
            for part in range(4):
                wanted[n, part] = fused[n, part]
            if difference[i, j] == none:
                continue
            shown = fused_energy[i, j]
            much = (ground_energy[i, j] - noise - LESS * shown) / max((MORE - LESS) * shown, LEAST)
            dim = one - (own[i, j] - light[i, j]) / BRIGHTER
            trust = min(max(much, none), one) * min(max(dim, none), one)
            if trust <= none:
                continue
            for part in range(4):
                nearness = _nearness(bands, n, part, on_ground[i, j], difference[i, j])
                share = (NOT_GROUND - nearness) / (NOT_GROUND - GROUND)
                share = min(max(share, none), one) * trust
                was = np.float32(fused[n, part]) * per
                detail = np.float32(bands.ground_grey[n, part]) * per - own[i, j]
                wanted[n, part] = in_steps(was + share * (detail - (was - light[i, j])))


@kernel
def _nearness(bands, n, part, on_ground, difference):
    """Where the near frame's px lies between the ground's mean, 0, and the near thing's, 1."""
    return (np.float32(bands.near_grey[n, part]) * np.float32(1.0 / STEPS) - on_ground) / difference


@kernel
def _two_means(bands, cells):
    """Mean of the ground in the near frame, and by how much the near thing's is more.

    Both are (h, w) of a tile's cells; the means differ by 0 where that tells nothing.
    """
    height, width = cells.shape
    none = np.float32(0.0)
    share = np.zeros((2, height, width), np.float32)
    light = np.zeros((2, height, width), np.float32)
    own = np.zeros((height, width), np.float32)
    for i in range(height):
        for j in range(width):
            n = cells[i, j]
            if n < 0:
                continue
            for part in range(4):
                own[i, j] += np.float32(bands.near_grey[n, part]) * np.float32(0.25 / STEPS)
            side = 0 if bands.on_near[n] else 1
            share[side, i, j], light[side, i, j] = np.float32(1.0), own[i, j]
    shares, lights = np.empty_like(share), np.empty_like(light)
    for again in range(2):
        for side in range(2):
            gather(share[side], MEAN_REACH, shares[side : side + 1])
            gather(light[side], MEAN_REACH, lights[side : side + 1])
        if again:
            break
        for i in range(height):
            for j in range(width):
                if cells[i, j] < 0 or shares[0, i, j] <= none or shares[1, i, j] <= none:
                    continue
                near, ground = lights[0, i, j] / shares[0, i, j], lights[1, i, j] / shares[1, i, j]
                side = 0 if abs(own[i, j] - near) < abs(own[i, j] - ground) else 1
                share[side, i, j], light[side, i, j] = np.float32(1.0), own[i, j]
                share[1 - side, i, j], light[1 - side, i, j] = none, none
    enough = LEAST_SHARE * np.float32((2 * MEAN_REACH + 1) ** 2)
    difference = np.zeros((height, width), np.float32)
    for i in range(height):
        for j in range(width):
            if cells[i, j] < 0 or shares[0, i, j] < enough or shares[1, i, j] < enough:
                continue
            lights[0, i, j] /= shares[0, i, j]
            lights[1, i, j] /= shares[1, i, j]
            apart = lights[0, i, j] - lights[1, i, j]
            difference[i, j] = apart if abs(apart) > DIFFERENT else none
    return lights[1], difference


@kernel
def _light(bands, fused, cells, on_ground, difference):
    """Light of ground in its own frame and as fused, (h, w) each: planes laid through it."""
    height, width = cells.shape
    sums = np.zeros((3, height, width), np.float32)
    none = np.zeros_like(on_ground)
    _add_ground(bands, fused, cells, on_ground, difference, none, none, 1, sums)
    count = np.empty((6, height, width), np.float32)
    moments = np.empty((3, height, width), np.float32)
    gather(sums[2], DETAIL_REACH, count)
    own, light = np.empty_like(on_ground), np.empty_like(on_ground)
    for side in range(2):
        gather(sums[side], DETAIL_REACH, moments)
        _lay_planes(count, moments, own if side == 0 else light)
    return own, light


@kernel
def _lay_planes(count, moments, out):
    """Write the height in its middle of a plane of least squares through each window, (h, w).

    `count` (6, h, w) and `moments` (3, h, w) are of `gather`: of ones, and of what lies there.
    """
    one, none = np.float32(1.0), np.float32(0.0)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            if count[0, i, j] <= none:
                out[i, j] = none
                continue
            per = one / count[0, i, j]
            x, y, mean = count[1, i, j] * per, count[2, i, j] * per, moments[0, i, j] * per
            xx = count[3, i, j] * per - x * x + EVEN
            xy = count[4, i, j] * per - x * y
            yy = count[5, i, j] * per - y * y + EVEN
            by_x, by_y = moments[1, i, j] * per - mean * x, moments[2, i, j] * per - mean * y
            whole = xx * yy - xy * xy
            slope_x, slope_y = (by_x * yy - by_y * xy) / whole, (by_y * xx - by_x * xy) / whole
            out[i, j] = mean - slope_x * x - slope_y * y


@kernel
def _energy(bands, fused, cells, on_ground, difference, own, light):
    """Mean squares of detail of ground in its own frame and as fused, (h, w) each."""
    sums = np.zeros((3, *cells.shape), np.float32)
    _add_ground(bands, fused, cells, on_ground, difference, own, light, 2, sums)
    around = np.empty((3, 1, *cells.shape), np.float32)
    for plane in range(3):
        gather(sums[plane], DETAIL_REACH, around[plane])
    per = np.float32(1.0) / np.maximum(around[2, 0], np.float32(1.0))
    return around[0, 0] * per, around[1, 0] * per


@kernel
def _add_ground(bands, fused, cells, on_ground, difference, own, light, power, sums):
    """Add px of ground, less `own` in its own frame and `light` as fused, to sums of cells.

    `sums` (3, h, w) are of either, or of their squares, and of how many px there are.
    """
    per, none = np.float32(1.0 / STEPS), np.float32(0.0)
    for i in range(cells.shape[0]):
        for j in range(cells.shape[1]):
            n = cells[i, j]
            if n < 0 or difference[i, j] == none:
                continue
            for part in range(4):
                if _nearness(bands, n, part, on_ground[i, j], difference[i, j]) >= HAS_A_SAY:
                    continue
                ground = np.float32(bands.ground_grey[n, part]) * per - own[i, j]
                shown = np.float32(fused[n, part]) * per - light[i, j]
                sums[0, i, j] += ground if power == 1 else ground * ground
                sums[1, i, j] += shown if power == 1 else shown * shown
                sums[2, i, j] += np.float32(1.0)


# Row by row: these loops are vectorised, sums px by px would not be.
@kernel
def gather(plane, reach, out):
    """Write sums over squares of `2 reach + 1` px round every px but the outermost of a plane.

    Each is summed in the same order, whatever part of a picture the plane (h, w) is; what lies
    nearer to the border than `reach` is 0.

    Parameters
    ----------
    out : (n, h, w), n 1, 3 or 6: sums of values, of these by x and by y, by xx, xy and yy, all
        counted from the middle of the square
    """
    height, width = plane.shape
    inner = width - 2 * reach
    down = np.empty((3, width), np.float32)
    out[:] = np.float32(0.0)
    # Of the sums: which of x and y down, and along.
    powers_down, powers_along = (0, 0, 1, 0, 1, 2), (0, 1, 0, 2, 1, 0)
    most = 0 if out.shape[0] == 1 else 1 if out.shape[0] == 3 else 2
    for i in range(reach, height - reach):
        for power in range(most + 1):
            line = down[power]
            line[:] = np.float32(0.0)
            for k in range(-reach, reach + 1):
                row, by = plane[i + k], np.float32(k**power)
                for j in range(width):
                    line[j] += by * row[j]
        for n in range(out.shape[0]):
            total, line = out[n, i, reach : reach + inner], down[powers_down[n]]
            for k in range(-reach, reach + 1):
                part, by = line[reach + k : reach + k + inner], np.float32(k ** powers_along[n])
                for j in range(inner):
                    total[j] += by * part[j]
