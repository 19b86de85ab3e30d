"""Fusion of a stack by Laplacian pyramids into one image that is sharp throughout.

Every frame is read, warped and taken apart into a Laplacian pyramid once, tile by tile. At each
level a frame's detail counts by a steep power of its local energy; numerator and denominator are
summed, so that memory does not grow with the number of frames and noise is averaged where no frame
is sharper than the others [1]_ [2]_.

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
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion import value_range
from imaging.fusion.blocks import strip_rows
from imaging.fusion.frame import Frame, follow_curves
from imaging.fusion.ground_detail import show_ground
from imaging.fusion.highlights import Dark, coarsen_glare
from imaging.fusion.in_turn import Parts, frames_ahead, in_turn
from imaging.fusion.level_sums import Level, add_base, divide
from imaging.fusion.near_end import End
from imaging.fusion.reading import begin_strips, warp_tiles
from imaging.fusion.rim_bands import Bands, find_bands, no_bands
from imaging.fusion.sharpness import noise_energies
from imaging.fusion.strips import add_strip, add_warped_strip
from imaging.fusion.urgent import Urgent
from imaging.fusion.value_range import to_samples
from imaging.sampling import pyramid
from imaging.sampling.coverage import BORDER_PX, Outline

STRIP_ROWS = 64
# The coarsest level's shorter side: what is left there is light and shade alone.
COARSEST_SIDE_PX = 24
# Energy so many times the noise's is measured half by a narrow window, at so many levels. Without
# it ten scenes of tests/benchmarks/quality.py lose 0.07 dB, 0.17 at silhouettes.
STRONG = 100.0
NARROWED = 2


class Sums(NamedTuple):
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


def fuse(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    variance: float,
    write: Callable[[int, NDArray[np.uint16]], None],
    *,
    power: int = 6,
    depth: NDArray[np.float32] | None = None,
    reach: float = 3.0,
    behind: NDArray[np.uint8] | None = None,
    hold: float = 0.0,
    dark: Dark | None = None,
    near: End | None = None,
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
    power : whole number 1 to 8: the weight is the energy of detail to this power
    depth : (ceil(H / 2), ceil(W / 2)) float32, the frame in focus, or None
    reach : frames either side of the focus at which a quarter of the head start is left
    behind : as `depth`, uint8, 1 at rims of near things, where other frames are held back; or None
    hold : how much they are, 0 to 1
    dark : of `highlights.dark_near_highlights`; None without highlights
    near : the nearer end, so that ground beside rims shows its own detail; None if that is unknown
    threads : the result does not depend on it, bit for bit
    report : takes the number of frames done, after each
    """
    shapes = level_shapes(shape)
    noise = noise_energies(variance, max(len(shapes) - 1, 1))
    levels = _levels(len(shapes), noise, power, depth, reach)
    if depth is not None and behind is not None and hold > 0.0:
        levels = [_held(level, k, behind, hold) for k, level in enumerate(levels)]
    if dark is not None and len(shapes) > 1:
        levels = [_near_highlights(level, k, dark.rims) for k, level in enumerate(levels)]
    bands = no_bands() if depth is None else find_bands(depth, near, len(frames))
    sums = Sums(
        [np.zeros((3, *size), np.float32) for size in shapes],
        [np.zeros(size, np.float32) for size in shapes],
        np.full((3, *pyramid.coarser(shape)), value_range.STEPS, np.uint8),
        np.zeros((3, *pyramid.coarser(shape)), np.uint8),
    )
    first = [np.empty((3, *size), np.float32) for size in shapes[1:] or shapes]
    # Two frames meet in the first of these alone; the rest is one frame's after the other.
    images = [first, [np.empty_like(first[0]), *first[1:]]]
    glares = [_no_glare(shapes, dark) for _ in range(2)]
    height = strip_rows(shape[0], threads)
    coarse: list[Future[None]] = []
    # Done when the first of a frame's coarse levels is no longer needed.
    free: list[Future[None]] = [Future() for _ in frames]
    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(1) as beside:
        urgent = Urgent(pool)

        def begin(k: int, before: Parts) -> Parts:
            follow_curves(frames, k, pool)
            # The room for its first coarse level was that of the last frame but one.
            if k > 1:
                free[k - 2].result()
            own = k, frames[k], shapes, levels, images[k % 2], glares[k % 2]
            return _begin_finest(*own, sums, dark, bands, height, pool, urgent, before)

        def end(k: int) -> None:
            # Coarse levels have work for few threads: it is done while the next frame is begun. In
            # the order of the frames, so that sums are the same to the last bit.
            own = k, frames[k], shapes, levels, images[k % 2], glares[k % 2]
            coarse.append(beside.submit(_add_coarser, *own, sums, urgent, free[k]))
            report(k + 1)

        in_turn(len(frames), frames_ahead(frames, threads), begin, end)
        for done in coarse:
            done.result()
        _put_together(sums, bands, variance, write, pool)


def level_shapes(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """(rows, columns) of every level of an image's pyramid, finest first."""
    shapes = [shape]
    while min(shapes[-1]) >= 2 * COARSEST_SIDE_PX:
        shapes.append(pyramid.coarser(shapes[-1]))
    return shapes


def _levels(
    count: int,
    noise: NDArray[np.float32],
    power: int,
    depth: NDArray[np.float32] | None,
    reach: float,
) -> list[Level]:
    """What is alike for all frames at each level, finest first; the coarsest has no detail."""
    levels = []
    for k in range(count):
        energy = noise[min(k, len(noise) - 1)]
        strong = STRONG * float(energy) if k < NARROWED else 0.0
        # A depth map at half resolution cannot guide a picture that has no coarser level.
        guide, own_reach = np.zeros((1, 1), np.float32), 0.0
        if depth is not None and count > 1:
            step = 1 << max(k - 1, 0)
            guide, own_reach = np.ascontiguousarray(depth[::step, ::step]), float(reach)
        levels.append(
            Level(
                np.float32(1.0 / energy),
                strong,
                power,
                1 << k,
                _reach_px(k),
                guide,
                1 if k == 0 else 0,
                own_reach,
                np.zeros((1, 1), np.uint8),
                0.0,
                np.zeros((1, 1), np.uint8),
            )
        )
    return levels


def _held(level: Level, number: int, behind: NDArray[np.uint8], hold: float) -> Level:
    """The level with frames held back at rims of near things."""
    step = 1 << max(number - 1, 0)
    return level._replace(behind=np.ascontiguousarray(behind[::step, ::step]), hold=hold)


def _near_highlights(level: Level, number: int, rims: NDArray[np.uint8]) -> Level:
    """The level with white discounted near highlights."""
    step = 1 << max(number - 1, 0)
    return level._replace(rims=np.ascontiguousarray(rims[::step, ::step]))


def _no_glare(shapes: list[tuple[int, int]], dark: Dark | None) -> list[NDArray[np.uint8]]:
    """Room for the glare of every level but the finest, (h, w) each; none without highlights."""
    if dark is None or len(shapes) == 1:
        return [np.zeros((1, 1), np.uint8) for _ in shapes]
    return [np.zeros(size, np.uint8) for size in shapes[1:]]


def _reach_px(level: int) -> float:
    """How far beyond a frame's border its px at a level count at all, full-resolution px.

    A px is put together from px of the next level up to one of theirs away, and so on: from what
    lies up to 2 + 4 + ... + 2^level px away. Where all of that is one frame's, the frame comes out
    as it is, to its very border; were another frame's light or detail taken from just beyond, its
    blur would be mixed into a rim as wide. A border px reaches half a px beyond its centre.
    """
    return 2.0 * (1 << level) - 2.0 + BORDER_PX


def _begin_finest(
    k: int,
    frame: Frame,
    shapes: list[tuple[int, int]],
    levels: list[Level],
    images: list[NDArray[np.float32]],
    glares: list[NDArray[np.uint8]],
    sums: Sums,
    dark: Dark | None,
    bands: Bands,
    height: int,
    pool: ThreadPoolExecutor,
    urgent: Urgent,
    before: Parts,
) -> Parts:
    """Begin to warp a frame and take its finest level apart; the next is written to `images`.

    `images` are room for all levels but the finest, as are `glares`; strips are `height` rows high,
    and `before` are those of the frame before.
    """
    asked = np.zeros((1, 1), np.uint8) if dark is None else dark.light
    outline = Outline(frame.inverse, *shapes[0])
    curves = frame.curves()

    def add(source: NDArray[np.uint16], first: int, y0: int, y1: int) -> None:
        urgent.help()
        add_warped_strip(
            source,
            first,
            curves,
            levels[0],
            k,
            outline,
            y0,
            y1,
            sums.detail[0],
            sums.weight[0],
            sums.least,
            sums.most,
            images[0],
            asked,
            glares[0],
            bands,
        )

    def keep(tile: NDArray[np.float32], y0: int, x0: int) -> None:
        images[0][:, y0 : y0 + tile.shape[1], x0 : x0 + tile.shape[2]] = tile

    if len(shapes) == 1:
        warp_tiles(frame, shapes[0], STRIP_ROWS, 0, keep, pool)
        return []
    return begin_strips(frame, shapes[0], height, pyramid.HALO_PX, add, pool, before)


def _add_coarser(
    k: int,
    frame: Frame,
    shapes: list[tuple[int, int]],
    levels: list[Level],
    images: list[NDArray[np.float32]],
    glares: list[NDArray[np.uint8]],
    sums: Sums,
    urgent: Urgent,
    free: Future[None],
) -> None:
    """Take the rest of a frame apart, level by level; `free` is done when the first one is."""
    outline = Outline(frame.inverse, *shapes[0])

    def add(n: int, glaring: int, y0: int) -> None:
        y1 = min(y0 + STRIP_ROWS, shapes[n][0])
        sums_here = sums.detail[n], sums.weight[n]
        glare = glares[n - 1], glaring
        add_strip(images[n - 1], levels[n], k, outline, y0, y1, *sums_here, images[n], *glare)

    try:
        glaring = int(glares[0].any())
        if glaring:
            for finer, glare in pairwise(glares):
                coarsen_glare(finer, glare)
        for n in range(1, len(shapes) - 1):
            urgent.each(partial(add, n, glaring), range(0, shapes[n][0], STRIP_ROWS))
            if n == 1:
                free.set_result(None)
        base = sums.detail[-1], sums.weight[-1], glares[-1], glaring
        add_base(images[-1], levels[-1], k, outline, *base)
    finally:
        # Who waits for the room goes on; what went wrong is told where the whole is waited for.
        if not free.done():
            free.set_result(None)


def _put_together(
    sums: Sums,
    bands: Bands,
    variance: float,
    write: Callable[[int, NDArray[np.uint16]], None],
    pool: ThreadPoolExecutor,
) -> None:
    """Divide the sums by their weights, in place, and write the image that their levels make."""
    finest = sums.detail[0]

    def write_strip(y0: int) -> None:
        y1 = min(y0 + STRIP_ROWS, finest.shape[1])
        write(y0, to_samples(finest, sums.least, sums.most, y0, y1))

    def one_strip(level: int, y0: int) -> None:
        detail = sums.detail[level]
        y1 = min(y0 + STRIP_ROWS, detail.shape[1])
        divide(detail[:, y0:y1], sums.weight[level][y0:y1])
        if level + 1 < len(sums.detail):
            pyramid.add_expanded(sums.detail[level + 1], detail, y0, y1)
        if level == 0 and not bands.columns.size:
            write_strip(y0)

    for level in reversed(range(len(sums.detail))):
        starts = range(0, sums.detail[level].shape[1], STRIP_ROWS)
        list(pool.map(lambda y0, level=level: one_strip(level, y0), starts))
    if bands.columns.size:
        # What is asked round about takes as much memory.
        sums.weight.clear()
        show_ground(bands, finest, sums.least, sums.most, variance, pool)
        list(pool.map(write_strip, range(0, finest.shape[1], STRIP_ROWS)))
