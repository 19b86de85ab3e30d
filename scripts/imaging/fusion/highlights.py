"""Light that highlights spread round themselves in frames that are out of focus.

A highlight is many times as bright as what is white in a picture. In focus it is a small spot; out
of focus it becomes a disc of light, which is as white where the light suffices, and whose border
is as sharp as any detail: a measure of sharpness takes it for some, and a halo remains, the larger
the more frames there are.

A frame in focus is told from such discs by its light. Values are encoded, which is concave, and
cut off at white: what spreads the same light over more px makes their mean greater [1]_. Of all
frames, that in which a wide neighbourhood of a place is darkest is in focus on its highlights.
Frames that are brighter there, at the place itself, show light from round about, and their detail
is held to be none. That is asked only near places that some frame shows white, and the one in focus
much darker.

So wide a neighbourhood must have much more light for one highlight's to show in it, which is so on
dark ground; and others' light may decide for all that lie in it. Closer by highlights, and on any
ground, the frame in focus is also that between two in which all round is lighter
(`light_valleys`); the darker one of both counts.

.. [1] J. L. W. V. Jensen, "Sur les fonctions convexes et les inégalités entre les valeurs
   moyennes", Acta Mathematica 30 (1906), 175-193.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.light_valleys import Valleys, believed, follow_valleys
from imaging.sampling.dilation import dilated
from imaging.sampling.kernels import kernel
from imaging.sampling.means import local_mean
from imaging.sampling.pyramid import HALO_PX

# Light is the mean over a square that reaches so many px at half resolution each way; it counts in
# so many steps from black to white.
REACH_PX, STEPS = 3, 255
# What is brighter counts as so bright: white is not alike in frames whose brightness was evened.
BRIGHTEST = np.float32(0.9)
# The wide neighbourhood is a square of this share of the picture's shorter side, in cells of so
# many px at half resolution: a disc that reaches beyond it may be darker within than its highlight.
WIDE_SHARE, CELL_PX = 1 / 6, 4
# A highlight's light is white in some frame, and differs by so much from the frame in focus; there
# and up to so many px away, at half resolution, less of a difference is its light as well.
WHITE, DIFFERENT, ROUND_PX, LEAST_DIFFERENT = 249, 64, 40, 20
# Of the frame with most light at a place the wide neighbourhood is lighter too, by this share of
# the darkest; else it is focused there: glitter is lightest in focus. By less than that frames may
# differ for other reasons, evened though their brightness is.
LIGHTER = np.float32(0.04)
# Of a valley's light the same, where it is believed: all of it lies closer by.
VALLEY_DIFFERENT, VALLEY_ROUND_PX, VALLEY_LEAST = 40, 20, 10
# Brighter than the frame in focus by the first, a frame shows light from round about; by the second
# more, nothing else.
MORE, ALL = np.float32(0.02), np.float32(0.03)
# Where nothing is asked.
NOWHERE = 255

_U = np.uint64


class Light(NamedTuple):
    """Light of the frames so far, for kernels.

    Attributes
    ----------
    light : (h, w) uint8, round each px in the frame at hand
    dark : (h, w) uint8, in the frame in which its wide neighbourhood is darkest
    most : (h, w) uint8, the greatest
    wide : (h, w) uint16, of its neighbourhood in the frame that has the greatest, 256 a step
    lightest : (h, w) uint8, the greatest of each px itself
    darkest : (ceil(h / CELL_PX), ceil(w / CELL_PX)) float32, least light of the neighbourhood
    """

    light: NDArray[np.uint8]
    dark: NDArray[np.uint8]
    most: NDArray[np.uint8]
    wide: NDArray[np.uint16]
    lightest: NDArray[np.uint8]
    darkest: NDArray[np.float32]


class Dark(NamedTuple):
    """Light round each px near highlights in the frame in focus on them, (h, w) uint8.

    Attributes
    ----------
    light : NOWHERE where nothing is asked
    rims : as `light`, where the wide neighbourhood tells that frame: there white is asked as well,
        see `white_rims`. Elsewhere it would make glints of stack-pcb-usb hollow.
    """

    light: NDArray[np.uint8]
    rims: NDArray[np.uint8]


def no_light(shape: tuple[int, int]) -> Light:
    """Before the first frame, for a picture (rows, columns) at half resolution."""
    light, dark, most, lightest = (np.zeros(shape, np.uint8) for _ in range(4))
    wide, darkest = np.zeros(shape, np.uint16), np.full(cells_of(shape), np.inf, np.float32)
    return Light(light, dark, most, wide, lightest, darkest)


def cells_of(shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of cells in a picture (rows, columns) at half resolution."""
    return -(-shape[0] // CELL_PX), -(-shape[1] // CELL_PX)


def take_frame(light: Light, valleys: Valleys, frame: int) -> None:
    """Take the light of a frame, when it is all written, into what is known of all frames."""
    cells = np.empty(light.darkest.shape, np.float32)
    _mean_of_cells(light.light, cells)
    side = int(min(light.light.shape) * WIDE_SHARE / CELL_PX) | 1
    _compare(light, local_mean(cells, side))
    follow_valleys(valleys, light.light, cells, CELL_PX, frame)


def dark_near_highlights(light: Light, valleys: Valleys, covered: NDArray[np.uint8]) -> Dark | None:
    """Light round each px near highlights in the frame in focus on them.

    Parameters
    ----------
    light, valleys : of all frames
    covered : (h, w) uint8, 1 where all frames reach

    Returns
    -------
    None if there are no highlights
    """
    seen = np.where(light.lightest >= WHITE, covered, np.uint8(0))
    more = light.most - light.dark
    more[~_lighter(light)] = 0
    wide = _near(more, seen, DIFFERENT, ROUND_PX, covered) & (more >= LEAST_DIFFERENT)
    more = light.most - valleys.dark
    more[~_of_px(believed(valleys), more.shape)] = 0
    close = _near(more, seen, VALLEY_DIFFERENT, VALLEY_ROUND_PX, covered) & (more >= VALLEY_LEAST)
    if not (wide.any() or close.any()):
        return None
    rims = np.where(wide, light.dark, np.uint8(NOWHERE))
    if not close.any():
        return Dark(rims, rims)
    return Dark(np.minimum(rims, np.where(close, valleys.dark, np.uint8(NOWHERE))), rims)


def _near(
    more: NDArray[np.uint8],
    white: NDArray[np.uint8],
    different: int,
    round_px: int,
    covered: NDArray[np.uint8],
) -> NDArray[np.bool_]:
    """Where all frames reach, up to `round_px` from what is white and has so much more light."""
    highlights = ((more >= different) & (white > 0)).astype(np.uint8)
    if not highlights.any():
        return highlights > 0
    return (dilated(highlights, 2 * round_px + 1) > 0) & (covered > 0)


def _lighter(light: Light) -> NDArray[np.bool_]:
    """Where the frame with the most light has the lighter neighbourhood too, (h, w)."""
    least = np.float32(256.0) * (np.float32(1.0) + LIGHTER) * light.darkest
    return light.wide >= _of_px(least, light.most.shape)


def _of_px(cells: NDArray, shape: tuple[int, ...]) -> NDArray:
    """What is known of cells, for each of their px, (rows, columns)."""
    return cells.repeat(CELL_PX, 0)[: shape[0]].repeat(CELL_PX, 1)[:, : shape[1]]


# Row by row and loop by loop: each of these loops is vectorised, all in one would not be.
@kernel
def _mean_of_cells(light, cells):
    """Mean of every cell of a plane (h, w) uint8; `cells` float32 is written."""
    rows, columns = light.shape
    down = np.empty(CELL_PX * cells.shape[1], np.uint16)
    for i in range(cells.shape[0]):
        top, bottom = i * CELL_PX, min((i + 1) * CELL_PX, rows)
        down[:] = 0
        for y in range(top, bottom):
            line = light[y]
            for x in range(columns):
                down[x] += line[x]
        for j in range(cells.shape[1]):
            left, right = j * CELL_PX, min((j + 1) * CELL_PX, columns)
            total = 0
            for x in range(left, right):
                total += down[x]
            cells[i, j] = np.float32(total) / np.float32((bottom - top) * (right - left))


@kernel
def _compare(frames, wide):
    """Take the frame at hand where its neighbourhood, `wide` as `frames.darkest`, is darker."""
    rows, columns = frames.light.shape
    taken, round_about = np.empty(columns, np.uint8), np.empty(columns, np.uint16)
    for i in range(wide.shape[0]):
        for j in range(wide.shape[1]):
            darker = wide[i, j] < frames.darkest[i, j]
            if darker:
                frames.darkest[i, j] = wide[i, j]
            first, last = CELL_PX * j, min(CELL_PX * (j + 1), columns)
            taken[first:last] = 255 if darker else 0
            round_about[first:last] = np.uint16(wide[i, j] * np.float32(256.0))
        for y in range(i * CELL_PX, min((i + 1) * CELL_PX, rows)):
            here, most, dark = frames.light[y], frames.most[y], frames.dark[y]
            wide_of_most = frames.wide[y]
            for x in range(columns):
                lighter = here[x] > most[x]
                wide_of_most[x] = round_about[x] if lighter else wide_of_most[x]
            for x in range(columns):
                most[x] = max(most[x], here[x])
            for x in range(columns):
                dark[x] = (here[x] & taken[x]) | (dark[x] & ~taken[x])


@kernel
def follow_light(tile, y0, x0, light):
    """Write the light of one tile of a frame, (1, h + 2 HALO_PX, w + 2 HALO_PX), at (y0, x0)."""
    height, width = tile.shape[1] - 2 * HALO_PX, tile.shape[2] - 2 * HALO_PX
    _light_round(tile[0], HALO_PX - REACH_PX, light.light, y0, x0, height, width)
    steps, half, none = np.float32(STEPS), np.float32(0.5), np.float32(0.0)
    for i in range(height):
        own = tile[0, HALO_PX + i, HALO_PX : HALO_PX + width]
        lightest = light.lightest[y0 + i, x0 : x0 + width]
        for j in range(width):
            value = np.uint8(min(max(own[j] * steps + half, none), steps))
            lightest[j] = max(lightest[j], value)


# Unsigned offsets rather than slices: see warp._mix_along.
@kernel
def _light_round(plane, beyond, light, y0, x0, height, width):
    """Mean of the light round px of a plane, in steps.

    Parameters
    ----------
    plane : (h, w) float32, with REACH_PX and `beyond` px more on every side than are written
    light : (H, W) uint8, (height, width) px from (y0, x0) on are written
    """
    side = 2 * REACH_PX + 1
    per, half = np.float32(STEPS / (side * side)), np.float32(0.5)
    top, none = np.float32(STEPS), np.float32(0.0)
    column, left = np.empty(width + 2 * REACH_PX, np.float32), _U(x0)
    for y in range(height):
        _sum_of_seven_rows(plane, beyond + y, beyond, column)
        row = _U(y0 + y)
        for x in range(_U(width)):
            near = column[x] + column[x + _U(1)] + column[x + _U(2)] + column[x + _U(3)]
            along = near + column[x + _U(4)] + column[x + _U(5)] + column[x + _U(6)]
            value = min(max(along * per + half, none), top)
            light[row, left + x] = np.uint8(np.int32(value))


@kernel
def _sum_of_seven_rows(plane, y, first, column):
    """Sums down the columns of as many rows from row `y` on, from px `first` of each."""
    r, c = _U(y), _U(first)
    r1, r2, r3, r4, r5, r6 = r + _U(1), r + _U(2), r + _U(3), r + _U(4), r + _U(5), r + _U(6)
    for x in range(_U(column.size)):
        k, most = c + x, BRIGHTEST
        near = min(plane[r, k], most) + min(plane[r1, k], most) + min(plane[r2, k], most)
        far = near + min(plane[r3, k], most) + min(plane[r4, k], most)
        column[x] = far + min(plane[r5, k], most) + min(plane[r6, k], most)


@kernel
def measure_glare(tile, y0, x0, dark, glare):
    """How much of a tile is light from round about; 1 is returned if any is.

    Parameters
    ----------
    tile : (3, h + 2 HALO_PX, w + 2 HALO_PX) float32, at full resolution
    y0, x0 : even, its place without the halo
    dark : (ceil(H / 2), ceil(W / 2)) uint8, of `dark_near_highlights`
    glare : as `dark`, the tile's px written, 0..255
    """
    height, width = tile.shape[1] - 2 * HALO_PX, tile.shape[2] - 2 * HALO_PX
    rows, columns = (height + 1) // 2, (width + 1) // 2
    top, left = y0 // 2, x0 // 2
    glare[top : top + rows, left : left + columns] = 0
    asked = 0
    for y in range(top, top + rows):
        for x in range(left, left + columns):
            asked += dark[y, x] != NOWHERE
    if asked == 0:
        return 0
    plane = np.empty((rows + 2 * REACH_PX, columns + 2 * REACH_PX), np.float32)
    _halve(tile, HALO_PX - 2 * REACH_PX, plane)
    light = np.empty((rows, columns), np.uint8)
    _light_round(plane, 0, light, 0, 0, rows, columns)
    per_step, none, one = np.float32(1.0 / STEPS), np.float32(0.0), np.float32(1.0)
    found = 0
    for i in range(rows):
        for j in range(columns):
            known = dark[top + i, left + j]
            if known == NOWHERE:
                continue
            more = (np.float32(light[i, j]) - np.float32(known)) * per_step
            share = min(max((more - MORE) / ALL, none), one)
            glare[top + i, left + j] = np.uint8(share * np.float32(255.0) + np.float32(0.5))
            found += share > none
    return 1 if found > 0 else 0


@kernel
def _halve(tile, first, plane):
    """Luminance of 2 x 2 px of a tile from px (first, first) on; what lies beyond it repeats."""
    sixteenth = np.float32(0.0625)
    last_y, last_x = tile.shape[1] - 1, tile.shape[2] - 1
    for i in range(plane.shape[0]):
        y, below = min(first + 2 * i, last_y), min(first + 2 * i + 1, last_y)
        for j in range(plane.shape[1]):
            x, beside = min(first + 2 * j, last_x), min(first + 2 * j + 1, last_x)
            total = np.float32(0.0)
            for c in range(3):
                four = (tile[c, y, x] + tile[c, y, beside]) + (
                    tile[c, below, x] + tile[c, below, beside]
                )
                total += four if c != 1 else four + four
            plane[i, j] = total * sixteenth


@kernel
def coarsen_glare(glare, coarser):
    """Twice the mean of a level's glare, weighted 1-2-1 both ways, for the next; (h, w) uint8 each.

    Detail of a coarser px that is half glare is the border of the glare.
    """
    rows, columns = glare.shape
    for y in range(coarser.shape[0]):
        here = 2 * y
        above, below = max(here - 1, 0), min(here + 1, rows - 1)
        for x in range(coarser.shape[1]):
            at = 2 * x
            before, after = max(at - 1, 0), min(at + 1, columns - 1)
            total = np.int32(glare[above, before]) + glare[above, after]
            total += np.int32(glare[below, before]) + glare[below, after]
            total += 2 * (np.int32(glare[above, at]) + glare[below, at])
            total += 2 * (np.int32(glare[here, before]) + glare[here, after])
            total += 4 * np.int32(glare[here, at])
            coarser[y, x] = np.uint8(min((total + 4) >> 3, 255))
