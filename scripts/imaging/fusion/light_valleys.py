"""Light in a frame before and after which all is lighter: in focus on highlights of any ground.

A highlight's disc is as white as itself and grows from frame to frame, before its focus and after
it, while its light lasts: the less of a neighbourhood it fills, the nearer is the focus. So the
frame in focus lies in a valley of light, between two frames that have more of it all round. What
is lightest in focus, as glitter is, has none there: its light leaves a neighbourhood on both sides.

Bright things that blur into a place from beside make valleys as well, in frames that depend on how
far one looks. A valley is believed where two neighbourhoods, one twice as wide, have their deepest
in the same frame. They are narrow ones, so that few other highlights lie in them, and a disc may
reach beyond: the frames in which it does come before or after those that are lightest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel
from imaging.sampling.means import local_mean

# Neighbourhoods are squares of these shares of the picture's shorter side.
NARROW_SHARE, WIDE_SHARE = 1 / 24, 1 / 12
# On either side of a valley there is so many times its light; by less frames may differ for other
# reasons, as in `highlights.LIGHTER`.
LIGHTER = np.float32(1.04)
# What is darker counts as so dark, in steps of light.
DARKEST = np.float32(1e-3)


class Course(NamedTuple):
    """How light of neighbourhoods went so far, for kernels, (ch, cw) each.

    Attributes
    ----------
    most : float32, the greatest
    low : float32, the least since
    low_frame : uint16, that frame
    depth : float32, how many times the light of the deepest valley is on both sides of it; LIGHTER
        where there is none
    frame : uint16, of that valley
    """

    most: NDArray[np.float32]
    low: NDArray[np.float32]
    low_frame: NDArray[np.uint16]
    depth: NDArray[np.float32]
    frame: NDArray[np.uint16]


class Valleys(NamedTuple):
    """Valleys of light of the frames so far.

    Attributes
    ----------
    low : (h, w) uint8, light round each px in the frame `narrow.low_frame`
    dark : (h, w) uint8, in the frame `narrow.frame`
    narrow, wide : of either neighbourhood, for cells of px
    """

    low: NDArray[np.uint8]
    dark: NDArray[np.uint8]
    narrow: Course
    wide: Course


def no_valleys(shape: tuple[int, int], cells: tuple[int, int]) -> Valleys:
    """Before the first frame, for a picture (rows, columns) at half resolution and its cells."""
    low, dark = (np.zeros(shape, np.uint8) for _ in range(2))
    return Valleys(low, dark, _no_course(cells), _no_course(cells))


def _no_course(cells: tuple[int, int]) -> Course:
    most, low = (np.zeros(cells, np.float32) for _ in range(2))
    low_frame, frame = (np.zeros(cells, np.uint16) for _ in range(2))
    return Course(most, low, low_frame, np.full(cells, LIGHTER, np.float32), frame)


def follow_valleys(
    valleys: Valleys,
    light: NDArray[np.uint8],
    cells: NDArray[np.float32],
    cell_px: int,
    frame: int,
) -> None:
    """Take the next frame's light.

    Parameters
    ----------
    light : (h, w) uint8, round each px
    cells : (ch, cw) float32, mean of `light` in each cell
    cell_px : px of a cell each way
    frame : its number, from 0
    """
    shorter = min(light.shape) / cell_px
    falls, deeper = (np.empty(cells.shape, np.uint8) for _ in range(2))
    side = int(shorter * NARROW_SHARE) | 1
    # Of small pictures as well it is the wider one.
    wide = local_mean(cells, max(int(shorter * WIDE_SHARE) | 1, side + 2))
    _follow(valleys.wide, wide, np.uint16(frame), falls, deeper)
    _follow(valleys.narrow, local_mean(cells, side), np.uint16(frame), falls, deeper)
    _keep(deeper, cell_px, valleys.low, valleys.dark)
    _keep(falls, cell_px, light, valleys.low)


def believed(valleys: Valleys) -> NDArray[np.bool_]:
    """In which cells `dark` is that of a valley, (ch, cw)."""
    narrow, wide = valleys.narrow, valleys.wide
    deep = (narrow.depth > LIGHTER) & (wide.depth > LIGHTER)
    return deep & (narrow.frame == wide.frame)


# Python's own check for a division by zero would keep the loop from being vectorised.
@kernel(error_model="numpy")
def _follow(course, means, frame, falls, deeper):
    """Take a frame's means (ch, cw) float32 into their course.

    Parameters
    ----------
    falls : (ch, cw) uint8, written, 255 where this frame is the lowest since the lightest, else 0
    deeper : as `falls`, where the lowest so far turns out to be in a deeper valley than any before
    """
    for i in range(means.shape[0]):
        for j in range(means.shape[1]):
            here, most, low = means[i, j], course.most[i, j], course.low[i, j]
            depth = min(here, most) / max(low, DARKEST)
            deeper[i, j] = 255 if depth > course.depth[i, j] else 0
            if depth > course.depth[i, j]:
                course.depth[i, j] = depth
                course.frame[i, j] = course.low_frame[i, j]
            lightest = here > most
            falls[i, j] = 255 if lightest or here < low else 0
            if lightest:
                course.most[i, j] = here
            if lightest or here < low:
                course.low[i, j] = here
                course.low_frame[i, j] = frame


@kernel
def _keep(where, cell_px, light, kept):
    """Write light (h, w) into `kept` in cells where `where` is 255 and not 0; (ch, cw), uint8."""
    rows, columns = light.shape
    taken = np.empty(columns, np.uint8)
    for i in range(where.shape[0]):
        some = 0
        for j in range(where.shape[1]):
            some += where[i, j]
            taken[cell_px * j : min(cell_px * (j + 1), columns)] = where[i, j]
        if some == 0:
            continue
        for y in range(i * cell_px, min((i + 1) * cell_px, rows)):
            line, into = light[y], kept[y]
            for x in range(columns):
                into[x] = (line[x] & taken[x]) | (into[x] & ~taken[x])
