"""Sharpness as fusion measures it: local energy of a pyramid level's detail, and that of noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from imaging import pyramid
from imaging.frame import Frame, open_pixels

# Energy of white noise of unit variance at each level of the pyramid, all channels together;
# measured on 10^6 px.
WHITE_NOISE_ENERGY = (0.8886, 0.0528, 0.01015, 0.00236, 0.00057)
# Values this near to black or white carry less noise than the rest of the picture.
FAIR = (0.04, 0.96)
PATCH_PX = 256
PATCHES = 24
# What rounding to 16 bits leaves, with room: no energy is compared below it.
LEAST_VARIANCE = 1e-7


@njit(cache=True, nogil=True)
def window_energy(detail, out):
    """Mean square of the detail round every px, weighted 1-4-6-4-1 both ways.

    Parameters
    ----------
    detail : (3, h + 4, w + 4) float32, a level's detail with a margin of 2 px
    out : (h, w) float32, written; channels count 1/4, 1/2, 1/4
    """
    height, width = out.shape
    wide = width + 4
    lines = np.zeros((5, wide), np.float32)
    column = np.empty(wide, np.float32)
    quarter, half = np.float32(0.25), np.float32(0.5)
    four, six = np.float32(4.0), np.float32(6.0)
    for y in range(height + 4):
        line = lines[y % 5]
        red, green, blue = detail[0, y], detail[1, y], detail[2, y]
        for x in range(wide):
            line[x] = quarter * (red[x] * red[x] + blue[x] * blue[x]) + half * (green[x] * green[x])
        if y < 4:
            continue
        l0, l1, l2 = lines[(y - 4) % 5], lines[(y - 3) % 5], lines[(y - 2) % 5]
        l3, l4 = lines[(y - 1) % 5], lines[y % 5]
        for x in range(wide):
            column[x] = (l0[x] + l4[x]) + four * (l1[x] + l3[x]) + six * l2[x]
        target = out[y - 4]
        for x in range(width):
            target[x] = (
                (column[x] + column[x + 4])
                + four * (column[x + 1] + column[x + 3])
                + six * column[x + 2]
            ) * np.float32(1.0 / 256.0)


def noise_variance(frames: Sequence[Frame]) -> float:
    """Variance of the noise in a stack's values 0..1, from the plainest places of some frames.

    The first, middle and last frame are sampled: each is blurred where others are sharp, so that
    what is left at the finest level in most places is noise.

    Returns
    -------
    variance of white noise with the same energy at the finest level; at least LEAST_VARIANCE
    """
    found: list[NDArray[np.float32]] = []
    for k in sorted({0, len(frames) // 2, len(frames) - 1}):
        curves = frames[k].curves()
        with open_pixels(frames[k].path) as pixels:
            rows, columns = pixels.shape[:2]
            side_y, side_x = min(PATCH_PX, rows), min(PATCH_PX, columns)
            grid_y = max(1, min(4, rows // side_y))
            grid_x = max(1, min(PATCHES // grid_y, columns // side_x))
            for i in range(grid_y):
                y0 = (rows - side_y) * (2 * i + 1) // (2 * grid_y)
                band = pixels.read(y0, y0 + side_y)
                for j in range(grid_x):
                    x0 = (columns - side_x) * (2 * j + 1) // (2 * grid_x)
                    patch = np.stack(
                        [
                            curves[channel][band[:, x0 : x0 + side_x, channel]]
                            for channel in range(3)
                        ]
                    )
                    found.append(_plain_energy(patch))
    fair = [energy for energy in found if energy.size]
    if not fair:
        return LEAST_VARIANCE
    # The first decile of the windowed energy of white noise lies at 0.71 of its mean.
    least = float(np.quantile(np.concatenate(fair), 0.1)) / 0.71
    return max(least / WHITE_NOISE_ENERGY[0], LEAST_VARIANCE)


def _plain_energy(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Energy of the finest detail of a (3, h, w) patch wherever it is neither black nor white."""
    _, rows, columns = patch.shape
    halo, margin = pyramid.HALO_PX, pyramid.MARGIN_PX
    tile = np.empty((3, rows + 2 * halo, columns + 2 * halo), np.float32)
    pyramid.cut_tile(patch, -halo, -halo, tile)
    detail = np.empty((3, rows + 2 * margin, columns + 2 * margin), np.float32)
    pyramid.split_tile(
        tile,
        0,
        0,
        rows,
        columns,
        rows,
        columns,
        detail,
        np.empty((3, *pyramid.coarser((rows, columns))), np.float32),
    )
    energy = np.empty((rows, columns), np.float32)
    window_energy(detail, energy)
    fair = ((patch > FAIR[0]) & (patch < FAIR[1])).all(0)
    return energy[8:-8, 8:-8][fair[8:-8, 8:-8]]


def noise_energies(variance: float, levels: int) -> NDArray[np.float32]:
    """Energy that white noise of a variance has at each level of the pyramid, finest first."""
    known = [*WHITE_NOISE_ENERGY]
    while len(known) < levels:
        known.append(known[-1] / 4.0)
    return (variance * np.array(known[:levels])).astype(np.float32)
