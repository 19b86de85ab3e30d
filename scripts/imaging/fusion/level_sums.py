"""Weighted sums over the frames at the levels of a pyramid: kernels of `laplacian`.

At each level a frame's detail counts by a steep power of its local energy, in units of the energy
that noise has there. Beyond its border a frame is continued by its border px, and counts as far as
the pyramid puts px inside the border together from: a rim is as sharp as the frame that ends there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.weights import (
    GUIDED_REACH,
    GUIDED_SCALE,
    LIGHT_REACH,
    discount,
    double,
    favour,
    guide,
    hold_back,
    nearness,
    raise_to,
    weigh_detail,
)
from imaging.sampling.coverage import BORDER_PX, covered_columns, tile_columns
from imaging.sampling.kernels import kernel
from imaging.sampling.pyramid import MARGIN_PX

# A frame counts so little beyond its reach that it shows where no other frame reaches.
UNCOVERED = np.float32(1e-33)
# Within its reach but beyond its border a frame's detail is a guess: among frames as sharp as it,
# those that do cover a place decide. Of light and shade, which is softer, it knows more.
GUESSED = 0.01
GUESSED_LIGHT = 0.15
# What a frame far from the focus counts in light and shade, against 1 for one in focus. There are
# many of those: at ten times as much, 12 scenes of tests/benchmarks/gap.py with twenty frames lose
# 0.37 dB, smooth ones 1.1, and a longer stack would lose more.
BASE_LEAST = 0.005
# What a frame counts in light and shade where all of its light is glare.
GLARE_LEAST = 1e-4
# Where all px of a run count less than this share of what is summed already, none is added: most of
# the work is reading and writing the sums.
NEGLIGIBLE = 1e-4
RUN_PX = 64

_U = np.uint64


class Level(NamedTuple):
    """What is alike for all frames at a level.

    Attributes
    ----------
    per_noise : one over the noise's energy at this level, float32
    strong : energy at which a narrow window measures as much as a wide one; 0 for wide alone
    power : whole number, the exponent of the weights
    scale : full-resolution px per px of this level
    beyond : full-resolution px beyond a frame's border up to which it counts as a guess
    depth : (h, w) float32, frame in focus
    halved : 1 if `depth` has half this level's resolution, 0 if it has its own
    reach : frames over which the head start of those in focus falls; 0 for none
    behind : (h, w) uint8 as `depth`, 1 at rims of near things, where others are held back
    hold : how much they are, 0 to 1
    rims : (h, w) uint8 as `depth`, of `highlights.Dark`: where white is discounted; (1, 1) without
        highlights
    """

    per_noise: np.float32
    strong: float
    power: int
    scale: int
    beyond: float
    depth: NDArray[np.float32]
    halved: int
    reach: float
    behind: NDArray[np.uint8]
    hold: float
    rims: NDArray[np.uint8]


@kernel
def add_detail(detail, energy, level, frame, outline, y0, x0, total, weights, glare, glaring):
    """Add one tile of a frame's detail to the sums.

    Parameters
    ----------
    detail : (3, h + 4, w + 4) float32
    energy : (h, w) float32
    level : Level
    frame : its number, from 0
    outline : coverage.Outline of the frame, at full resolution
    y0, x0 : position of the tile in the level
    total (3, H, W), weights (H, W) : float32, of the level, added to
    glare : (h, w) uint8 as `level.halved` has it, 0..255, how much of the frame is glare
    glaring : 1 if any is
    """
    height, width = energy.shape
    halved, reach, scale = level.halved, level.reach, level.scale
    guessed = np.float32(GUESSED)
    per_reach = np.float32(1.0 / reach) if reach > 0.0 else np.float32(0.0)
    per_guided = per_reach * np.float32(1.0 / GUIDED_REACH)
    weight, power_of_it = np.empty(width, np.float32), np.empty(width, np.float32)
    close = np.empty(width, np.float32)
    cells = (width + halved) >> halved
    near, near_wide = np.empty(cells, np.float32), np.empty(width, np.float32)
    left, left_wide = np.empty(cells, np.float32), np.empty(width, np.float32)
    glare_wide = np.empty(width, np.uint8)
    hold = np.float32(level.hold)
    for y in range(height):
        weigh_detail(energy[y], level.per_noise, weight)
        if reach > 0.0:
            if halved == 0 or y % 2 == 0:
                z = level.depth[(y0 + y) >> halved]
                nearness(z[x0 >> halved :][:cells], np.float32(frame), per_reach, near)
                if halved == 1:
                    double(near, near_wide)
                if hold > 0.0:
                    b = level.behind[(y0 + y) >> halved]
                    hold_back(near, b[x0 >> halved :][:cells], hold, left)
                    if halved == 1:
                        double(left, left_wide)
            favour(near_wide if halved == 1 else near, weight)
            if scale >= GUIDED_SCALE:
                z = level.depth[y0 + y]
                nearness(z[x0:][:width], np.float32(frame), per_guided, close)
                guide(close, weight)
            if hold > 0.0:
                weight *= left_wide if halved == 1 else left
        if glaring:
            g = glare[(y0 + y) >> level.halved]
            if level.halved == 1:
                double(g[x0 >> 1 :][: (width + 1) >> 1], glare_wide)
                discount(glare_wide, weight)
            else:
                discount(g[x0:], weight)
        raise_to(weight, level.power, power_of_it)
        line = float((y0 + y) * scale)
        low, high = covered_columns(outline, line, -BORDER_PX)
        inner_first, inner_last = tile_columns(low, high, scale, x0, width)
        low, high = covered_columns(outline, line, -level.beyond)
        first, last = tile_columns(low, high, scale, x0, width)
        inner_first, inner_last = max(inner_first, first), max(inner_last, first)
        power_of_it[:first] = UNCOVERED
        power_of_it[first:inner_first] *= guessed
        power_of_it[inner_last:last] *= guessed
        power_of_it[last:] = UNCOVERED
        for start in range(0, width, RUN_PX):
            count = min(RUN_PX, width - start)
            if _counts(power_of_it, start, count, weights, y0 + y, x0):
                _add(power_of_it, start, count, detail, y, total, weights, y0 + y, x0)


# Unsigned offsets rather than slices: see warp._mix_along.
@kernel
def _counts(row, first, count, weights, y, x0):
    """Whether any of some weights, `row[first : first + count]`, adds to its sum noticeably."""
    share, noticed = np.float32(NEGLIGIBLE), 0
    here, sum_y, sum_x = _U(first), _U(y), _U(x0 + first)
    for k in range(_U(count)):
        noticed += row[here + k] >= share * weights[sum_y, sum_x + k]
    return noticed > 0


@kernel
def _add(row, first, count, detail, detail_y, total, weights, y, x0):
    """Add a run of weights, and of detail times them, to the sums.

    `detail_y` counts the tile's rows without their margin, as `first` counts its columns.
    """
    here, sum_y, sum_x = _U(first), _U(y), _U(x0 + first)
    own_y, own_x = _U(detail_y + MARGIN_PX), _U(first + MARGIN_PX)
    for k in range(_U(count)):
        weights[sum_y, sum_x + k] += row[here + k]
    for channel in range(3):
        c = _U(channel)
        for k in range(_U(count)):
            total[c, sum_y, sum_x + k] += row[here + k] * detail[c, own_y, own_x + k]


@kernel
def add_base(image, level, frame, outline, total, weights, glare, glaring):
    """Add the coarsest level of a frame, (3, h, w) float32, to the sums.

    Frames near the focus count most, so that the light that blurred ones carry over an edge does
    not stay as a halo; far ones count a little, for a depth that is wrong. Without a reach it is a
    plain mean. What is glare counts almost nothing; `glare` and `glaring` are as in `add_detail`.
    """
    scale, reach = level.scale, level.reach
    guessed = np.float32(GUESSED_LIGHT)
    full, least = np.float32(1.0), np.float32(BASE_LEAST)
    for y in range(image.shape[1]):
        inner = covered_columns(outline, float(y * scale), -BORDER_PX)
        low, high = covered_columns(outline, float(y * scale), -level.beyond)
        for x in range(image.shape[2]):
            v = full
            if reach > 0.0:
                away = (np.float32(frame) - level.depth[y, x]) / np.float32(LIGHT_REACH * reach)
                near = full / (full + away * away)
                v = near * near + least
            if glaring:
                share = np.float32(glare[y, x]) * np.float32(1.0 / 255.0)
                v *= full - share * np.float32(1.0 - GLARE_LEAST)
            if x * scale < low or x * scale > high:
                v = UNCOVERED
            elif x * scale < inner[0] or x * scale > inner[1]:
                v *= guessed
            weights[y, x] += v
            for c in range(3):
                total[c, y, x] += v * image[c, y, x]


@kernel(error_model="numpy")
def divide(total, weights):
    """Total (3, h, w) /= weights (h, w), in place."""
    for y in range(weights.shape[0]):
        for x in range(weights.shape[1]):
            per = np.float32(1.0) / weights[y, x]
            for c in range(3):
                total[c, y, x] *= per
