"""Fusion of a stack into one image that is sharp throughout.

Every frame is read, warped and taken apart into a Laplacian pyramid once, tile by tile. At each
level a frame's detail counts by a steep power of its local energy, measured in units of the energy
that noise has there; numerator and denominator are summed, so that memory does not grow
with the number of frames and noise is averaged where no frame is sharper than the others [1]_ [2]_.

Beyond its border a frame is continued by its border px, and counts as far as the pyramid puts px
inside the border together from: a rim is as sharp as the frame is that ends there.

No px leaves the range that the frames have in its cell of 2 x 2 px: detail of one frame on the
light of another would overshoot at rims, and ring.

With a depth map, frames near the focus have a head start, `weights.PRIOR`. It decides where detail
does not: smooth surfaces take the frames in focus, and none of the colour and glare that blurred
frames carry over from their surroundings.

.. [1] P. J. Burt and R. J. Kolczynski, "Enhanced image capture through fusion", ICCV 1993.
.. [2] T. Mertens, J. Kautz and F. Van Reeth, "Exposure fusion", Pacific Graphics 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.frames.converted import open_pixels
from imaging.fusion import value_range
from imaging.fusion.frame import BORDER_PX, TILE_COLUMNS, Frame, covered_columns, strip
from imaging.fusion.sharpness import noise_energies, window_energy
from imaging.fusion.value_range import to_samples, widen_range
from imaging.fusion.weights import GUIDED_SCALE, double, favour, nearness, raise_to, weigh_detail
from imaging.sampling import pyramid, warp
from imaging.sampling.kernels import kernel
from imaging.sampling.pyramid import MARGIN_PX

STRIP_ROWS = 64
# The coarsest level's shorter side: what is left there is light and shade alone.
COARSEST_SIDE_PX = 24
# A frame counts so little beyond its reach that it shows where no other frame reaches.
UNCOVERED = np.float32(1e-33)
# Within its reach but beyond its border a frame's detail is a guess: among frames as sharp as it,
# those that do cover a place decide. Of light and shade, which is softer, it knows more.
GUESSED = 0.01
GUESSED_LIGHT = 0.3
# What a frame far from the focus counts in light and shade, against 1 for one in focus.
BASE_LEAST = 0.05
# Energy so many times the noise's is measured half by a narrow window, at so many levels.
STRONG = 100.0
NARROWED = 2
# Where all px of a run count less than this share of what is summed already, none is added: most of
# the work is reading and writing the sums.
NEGLIGIBLE = 1e-4
RUN_PX = 64

_U = np.uint64


@dataclass(frozen=True)
class Accumulator:
    """Sums over the frames, level by level, and the range of their values.

    Attributes
    ----------
    detail : per level (3, h, w) float32, weighted detail; the last is the coarsest image
    weight : per level (h, w) float32
    least, most : (3, ceil(H / 2), ceil(W / 2)) uint8, of the frames that cover a cell of 2 x 2 px,
        in 1 / value_range.STEPS
    """

    detail: list[NDArray[np.float32]]
    weight: list[NDArray[np.float32]]
    least: NDArray[np.uint8]
    most: NDArray[np.uint8]


def level_shapes(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """(rows, columns) of every level of an image's pyramid, finest first."""
    shapes = [shape]
    while min(shapes[-1]) >= 2 * COARSEST_SIDE_PX:
        shapes.append(pyramid.coarser(shapes[-1]))
    return shapes


def _reach_px(level: int) -> float:
    """How far beyond a frame's border its px at a level count at all, full-resolution px.

    A px is put together from px of the next level up to one of theirs away, and so on: from what
    lies up to 2 + 4 + ... + 2^level px away. Where all of that is one frame's, the frame comes out
    as it is, to its very border; were another frame's light or detail taken from just beyond, its
    blur would be mixed into a rim as wide. A border px reaches half a px beyond its centre.
    """
    return 2.0 * (1 << level) - 2.0 + BORDER_PX


@kernel
def _accumulate(
    detail,
    energy,
    per_noise,
    power,
    depth,
    halved,
    frame,
    reach,
    inverse,
    rows,
    columns,
    y0,
    x0,
    scale,
    beyond,
    total,
    weights,
):
    """Add one tile of a frame's detail to the sums.

    Parameters
    ----------
    detail : (3, h + 4, w + 4) float32
    energy : (h, w) float32
    per_noise : one over the noise's energy at this level
    power : whole number, the exponent of the weights
    depth : (H', W') float32, frame in focus; halved 1 if it has half this level's resolution
    reach : frames over which the prior falls; 0 for no prior
    inverse, rows, columns : of the frame, for its border
    scale : full-resolution px per px of this level
    beyond : full-resolution px beyond the frame's border up to which it counts as a guess
    total (3, H, W), weights (H, W) : float32, of the level, added to
    """
    height, width = energy.shape
    guessed = np.float32(GUESSED)
    per_reach = np.float32(1.0 / reach) if reach > 0.0 else np.float32(0.0)
    weight, power_of_it = np.empty(width, np.float32), np.empty(width, np.float32)
    cells = (width + halved) >> halved
    near, near_wide = np.empty(cells, np.float32), np.empty(width, np.float32)
    for y in range(height):
        weigh_detail(energy[y], per_noise, weight)
        if reach > 0.0:
            if halved == 0 or y % 2 == 0:
                z = depth[(y0 + y) >> halved]
                nearness(z[x0 >> halved :][:cells], np.float32(frame), per_reach, near)
                if halved == 1:
                    double(near, near_wide)
            favour(near_wide if halved == 1 else near, scale >= GUIDED_SCALE, weight)
        raise_to(weight, power, power_of_it)
        line = float((y0 + y) * scale)
        low, high = covered_columns(inverse, rows, columns, line, -BORDER_PX)
        inner_first, inner_last = _tile_columns(low, high, scale, x0, width)
        low, high = covered_columns(inverse, rows, columns, line, -beyond)
        first, last = _tile_columns(low, high, scale, x0, width)
        inner_first, inner_last = max(inner_first, first), max(inner_last, first)
        power_of_it[:first] = UNCOVERED
        power_of_it[first:inner_first] *= guessed
        power_of_it[inner_last:last] *= guessed
        power_of_it[last:] = UNCOVERED
        for start in range(0, width, RUN_PX):
            count = min(RUN_PX, width - start)
            if _counts(power_of_it, start, count, weights, y0 + y, x0):
                _add(power_of_it, start, count, detail, y, total, weights, y0 + y, x0)


@kernel
def _tile_columns(low, high, scale, x0, width):
    """First and past the last px of a tile's row that lie from `low` to `high`, full resolution."""
    first = min(max(int(np.ceil(low / scale)) - x0, 0), width)
    return first, max(min(int(np.floor(high / scale)) - x0 + 1, width), first)


# Unsigned offsets rather than slices: see warp._mix_first.
@kernel
def _counts(row, first, count, weights, y, x0):
    """Whether any of some weights, `row[first : first + count]`, adds to its sum noticeably."""
    share, found = np.float32(NEGLIGIBLE), 0
    here, sum_y, sum_x = _U(first), _U(y), _U(x0 + first)
    for k in range(_U(count)):
        found += row[here + k] >= share * weights[sum_y, sum_x + k]
    return found > 0


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
def _accumulate_base(
    image, depth, frame, reach, inverse, rows, columns, scale, beyond, total, weights
):
    """Add the coarsest level of a frame, (3, h, w) float32, to the sums.

    Frames near the focus count most, so that the light that blurred ones carry over an edge does
    not stay as a halo; far ones count a little, for a depth that is wrong.

    Parameters
    ----------
    depth : (h, w) float32, frame in focus; reach 0 for a plain mean
    beyond : full-resolution px beyond the frame's border up to which it counts as a guess
    """
    guessed = np.float32(GUESSED_LIGHT)
    one, least = np.float32(1.0), np.float32(BASE_LEAST)
    for y in range(image.shape[1]):
        here = covered_columns(inverse, rows, columns, float(y * scale), -BORDER_PX)
        low, high = covered_columns(inverse, rows, columns, float(y * scale), -beyond)
        for x in range(image.shape[2]):
            v = one
            if reach > 0.0:
                away = (np.float32(frame) - depth[y, x]) / np.float32(reach)
                near = one / (one + away * away)
                v = near * near + least
            if x * scale < low or x * scale > high:
                v = UNCOVERED
            elif x * scale < here[0] or x * scale > here[1]:
                v *= guessed
            weights[y, x] += v
            for c in range(3):
                total[c, y, x] += v * image[c, y, x]


@kernel(error_model="numpy")
def _divide(total, weights):
    """Total /= weights, in place."""
    for y in range(weights.shape[0]):
        for x in range(weights.shape[1]):
            per = np.float32(1.0) / weights[y, x]
            for c in range(3):
                total[c, y, x] *= per


def fuse(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    variance: float,
    write: Callable[[int, NDArray[np.uint16]], None],
    *,
    power: int = 6,
    depth: NDArray[np.float32] | None = None,
    reach: float = 3.0,
    threads: int = 1,
    report: Callable[[int], None] = lambda done: None,
) -> None:
    """Fuse a stack.

    Parameters
    ----------
    frames : at least one
    shape : (rows, columns) of the reference frame, which all frames have
    variance : of the noise in values 0..1
    write : takes the number of a first row and rows (n, W, 3) uint16; called in any order, from
        `threads` threads
    power : whole number >= 1; the larger, the more the sharpest frame alone counts
    depth : (ceil(H / 2), ceil(W / 2)) float32, the frame in focus, or None
    reach : frames either side of the focus within which half the head start is left
    threads : the result does not depend on it, bit for bit
    report : told the number of frames done, after each
    """
    shapes = level_shapes(shape)
    noise = noise_energies(variance, max(len(shapes) - 1, 1))
    sums = Accumulator(
        [np.zeros((3, *size), np.float32) for size in shapes],
        [np.zeros(size, np.float32) for size in shapes],
        np.full((3, *pyramid.coarser(shape)), value_range.STEPS, np.uint8),
        np.zeros((3, *pyramid.coarser(shape)), np.uint8),
    )
    images = [np.empty((3, *size), np.float32) for size in shapes[1:]]
    with ThreadPoolExecutor(threads) as pool:
        for k, frame in enumerate(frames):
            _add_frame(k, frame, shapes, noise, power, depth, reach, images, sums, pool)
            report(k + 1)
        _put_together(sums, write, pool)


def _put_together(
    sums: Accumulator, write: Callable[[int, NDArray[np.uint16]], None], pool: ThreadPoolExecutor
) -> None:
    """Divide the sums by their weights, in place, and write the image that their levels make."""

    def one_strip(level: int, y0: int) -> None:
        detail = sums.detail[level]
        y1 = min(y0 + STRIP_ROWS, detail.shape[1])
        _divide(detail[:, y0:y1], sums.weight[level][y0:y1])
        if level + 1 < len(sums.detail):
            pyramid.add_expanded(sums.detail[level + 1], detail, y0, y1)
        if level == 0:
            write(y0, to_samples(detail, sums.least, sums.most, y0, y1))

    for level in reversed(range(len(sums.detail))):
        starts = range(0, sums.detail[level].shape[1], STRIP_ROWS)
        list(pool.map(lambda y0, level=level: one_strip(level, y0), starts))


def _add_frame(
    k: int,
    frame: Frame,
    shapes: list[tuple[int, int]],
    noise: NDArray[np.float32],
    power: int,
    depth: NDArray[np.float32] | None,
    reach: float,
    images: list[NDArray[np.float32]],
    sums: Accumulator,
    pool: ThreadPoolExecutor,
) -> None:
    halo, margin = pyramid.HALO_PX, MARGIN_PX
    rows, columns = shapes[0]
    nothing = np.empty((3, 1, 1), np.float32)
    no_depth = np.zeros((1, 1), np.float32)
    curves = frame.curves()
    with open_pixels(frame.path) as pixels:

        def one_strip(level: int, y0: int) -> None:
            height, width = shapes[level]
            y1 = min(y0 + STRIP_ROWS, height)
            if level == 0:
                source, first = strip(frame, pixels, y0 - halo, y1 + halo, -halo, width + halo)
            for x0 in range(0, width, TILE_COLUMNS):
                x1 = min(x0 + TILE_COLUMNS, width)
                tile = np.empty((3, y1 - y0 + 2 * halo, x1 - x0 + 2 * halo), np.float32)
                if level == 0:
                    warp.warp_tile(source, first, frame.inverse, curves, y0 - halo, x0 - halo, tile)
                    cells = np.s_[:, y0 // 2 : (y1 + 1) // 2, x0 // 2 : (x1 + 1) // 2]
                    widen_range(
                        tile,
                        halo,
                        frame.inverse,
                        rows,
                        columns,
                        y0,
                        x0,
                        sums.least[cells],
                        sums.most[cells],
                    )
                else:
                    pyramid.cut_tile(images[level - 1], y0 - halo, x0 - halo, tile)
                if level == len(shapes) - 1:
                    continue
                detail = np.empty((3, y1 - y0 + 2 * margin, x1 - x0 + 2 * margin), np.float32)
                pyramid.split_tile(
                    tile, y0, x0, y1 - y0, x1 - x0, height, width, detail, images[level]
                )
                energy = np.empty((y1 - y0, x1 - x0), np.float32)
                strong = STRONG * float(noise[level]) if level < NARROWED else 0.0
                window_energy(detail, strong, energy)
                coarse = max(level - 1, 0)
                _accumulate(
                    detail,
                    energy,
                    np.float32(1.0 / noise[level]),
                    power,
                    no_depth if depth is None else depth[:: 1 << coarse, :: 1 << coarse],
                    1 if level == 0 else 0,
                    k,
                    0.0 if depth is None else reach,
                    frame.inverse,
                    rows,
                    columns,
                    y0,
                    x0,
                    1 << level,
                    _reach_px(level),
                    sums.detail[level],
                    sums.weight[level],
                )

        for level in range(len(shapes) - 1):
            list(
                pool.map(
                    lambda y0, level=level: one_strip(level, y0),
                    range(0, shapes[level][0], STRIP_ROWS),
                )
            )
        if len(shapes) == 1:
            source, first = strip(frame, pixels, 0, rows, 0, columns)
            nothing = np.empty((3, rows, columns), np.float32)
            warp.warp_tile(source, first, frame.inverse, curves, 0, 0, nothing)
    base = images[-1] if images else nothing
    scale = 1 << (len(shapes) - 1)
    share = scale // 2
    at_base = no_depth if depth is None or scale == 1 else depth[::share, ::share]
    _accumulate_base(
        base,
        at_base,
        k,
        0.0 if at_base is no_depth else reach,
        frame.inverse,
        rows,
        columns,
        scale,
        _reach_px(len(shapes) - 1),
        sums.detail[-1],
        sums.weight[-1],
    )
