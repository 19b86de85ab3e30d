"""What JPEG's rounding leaves on plain ground, found from the px, whatever file they stand in.

JPEG rounds the frequencies of blocks of 8 x 8 px to multiples of a step [1]_. Ground that is as
good as even has none but the lowest, and where one of them passes half a step a whole block of it
comes up in one frame and not in the next: it looks like detail that is in focus there. Between such
blocks is nothing at all, so that noise as it is measured in the plainest places says nothing of it.

Frequencies that were rounded lie on multiples of their step still when the picture has been decoded
[2]_, also where it was then saved as TIFF or PNG, or as a finer JPEG. So no tables are needed. In
pictures that were resized or whose colours were converted no step is found.

.. [1] ITU-T T.81, annex A.3.
.. [2] Z. Fan and R. L. de Queiroz, "Identification of bitmap compression history: JPEG detection
   and quantizer estimation", IEEE Trans. Image Processing 12 (2003), 230-235.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

BLOCK_PX = 8
# Px that differ by more levels are an edge of the subject.
MOST_JUMP = 8.0
# The lowest frequencies, down and across, and the greatest energy that a lone block of each has, of
# unit coefficient, in luminance at half resolution: computed with `sharpness.window_energy`.
LOWEST = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
LONE_ENERGY = (0.00276, 0.00676, 0.00676, 0.00671, 0.01012, 0.01012)
# Coefficients are counted in quarters of a grey level of 255, up to so many of them.
PARTS, MOST_PARTS = 4, 1024
# Steps that are looked for, in levels. Finer ones are below what 8 bits leave themselves.
STEPS = np.arange(3, 65)
# A coefficient lies on a multiple that it is so near to, in levels, for rounding to 8 bits, or in
# parts of the step, for what was saved again since; a step is one if so many of at least so many
# that are not 0 do. By chance at most half of them would.
NEAR_LEVELS, NEAR_PART, ON_STEPS, LEAST_COUNT = 0.75, 1.0 / 8.0, 0.8, 64


def rounding_energy(planes: Sequence[tuple[NDArray[np.float32], int, int]]) -> float:
    """The greatest energy that one step of JPEG's rounding leaves in a frame; 0 if none is found.

    Parameters
    ----------
    planes : `brightness` of some patches (h, w), each with the row and column of the frame it
        begins at

    Returns
    -------
    energy of detail in luminance 0..1 at half resolution
    """
    jumps = np.zeros((2, BLOCK_PX), np.float64)
    for plane, y0, x0 in planes:
        add_jumps(plane, y0, x0, jumps)
    # Where nothing tells, the blocks begin with the picture.
    seen = int(jumps[0].argmax()), int(jumps[1].argmax())
    return max(_energy_of_blocks(planes, *begin) for begin in sorted({(0, 0), seen}))


def _energy_of_blocks(
    planes: Sequence[tuple[NDArray[np.float32], int, int]], down: int, right: int
) -> float:
    """As `rounding_energy`, if blocks begin at such a row and column."""
    counts = np.zeros((len(LOWEST), MOST_PARTS), np.int64)
    for plane, y0, x0 in planes:
        count_coefficients(plane, (down - y0) % BLOCK_PX, (right - x0) % BLOCK_PX, _waves(), counts)
    # What is less than a level is 0 but for the rounding to 8 bits.
    counts[:, :PARTS] = 0
    there = counts.sum(1)
    on_steps = counts @ _near_multiples() >= ON_STEPS * there[:, None]
    found = np.where(on_steps, STEPS, 0).max(1) * (there >= LEAST_COUNT)
    return float((LONE_ENERGY * (found / 255.0) ** 2).max())


@cache
def _waves() -> NDArray[np.float32]:
    """(3, 8) float32, the three lowest frequencies of a row of a block."""
    across = np.cos((2 * np.arange(BLOCK_PX) + 1) * np.arange(3)[:, None] * np.pi / 16) / 2
    across[0] = 8**-0.5
    return np.round(across, 6).astype(np.float32)


@cache
def _near_multiples() -> NDArray[np.int64]:
    """(MOST_PARTS, steps), 1 where a coefficient of so many parts is near a multiple of a step."""
    levels = np.arange(MOST_PARTS)[:, None] / PARTS
    multiples = np.rint(levels / STEPS)
    off = np.abs(levels - STEPS * multiples)
    near = off <= np.maximum(NEAR_LEVELS, NEAR_PART * STEPS)
    return (near & (multiples > 0)).astype(np.int64)


@kernel
def brightness(pixels):
    """JPEG's luminance of px (h, w, 3) uint16, in levels of 255: (h, w) float32.

    NaN where a channel is black or white: it was cut off there after it was rounded.
    """
    rows, columns = pixels.shape[0], pixels.shape[1]
    out = np.empty((rows, columns), np.float32)
    red, green, blue = np.float32(0.299 / 257), np.float32(0.587 / 257), np.float32(0.114 / 257)
    for y in range(rows):
        for x in range(columns):
            r, g, b = pixels[y, x, 0], pixels[y, x, 1], pixels[y, x, 2]
            fair = (min(r, g, b) > 0) & (max(r, g, b) < 65535)
            light = red * np.float32(r) + green * np.float32(g) + blue * np.float32(b)
            out[y, x] = light if fair else np.float32(np.nan)
    return out


@kernel
def add_jumps(plane, y0, x0, jumps):
    """Add up by how much px differ from their neighbours, by row and by column within a block.

    Parameters
    ----------
    plane : (h, w) float32, `brightness` from row `y0` and column `x0` of a frame on
    jumps : (2, 8) float64, added to: between each row, or column, and the one before
    """
    rows, columns = plane.shape
    most, none = np.float32(MOST_JUMP), np.float32(0.0)
    down, right = np.zeros((8, columns), np.float32), np.zeros(columns, np.float32)
    for y in range(1, rows):
        here, above, sums = plane[y], plane[y - 1], down[(y0 + y) % 8]
        for x in range(columns):
            jump = abs(here[x] - above[x])
            sums[x] += jump if jump < most else none
        for x in range(1, columns):
            jump = abs(here[x] - here[x - 1])
            right[x] += jump if jump < most else none
    for x in range(columns):
        jumps[1, (x0 + x) % 8] += right[x]
        for k in range(8):
            jumps[0, k] += down[k, x]


@kernel
def count_coefficients(plane, top, left, waves, counts):
    """Count the lowest coefficients of a plane's whole blocks by their size.

    Of the mean it is the difference to that of the block before.

    Parameters
    ----------
    plane : (h, w) float32, of `brightness`
    top, left : where its first whole block begins
    waves : (3, 8) float32
    counts : (6, MOST_PARTS) int64, added to
    """
    rows, columns = plane.shape
    most, parts, half = np.float32(counts.shape[1] - 1), np.float32(PARTS), np.float32(0.5)
    lines, found = np.empty((3, columns), np.float32), np.empty(6, np.float32)
    for y in range(top, rows - 7, 8):
        lines[:] = np.float32(0.0)
        for k in range(3):
            line = lines[k]
            for i in range(8):
                wave, light = waves[k, i], plane[y + i]
                for x in range(columns):
                    line[x] += wave * light[x]
        before = np.float32(np.nan)
        for x in range(left, columns - 7, 8):
            found[:] = np.float32(0.0)
            for j in range(8):
                even, once = lines[0, x + j], lines[1, x + j]
                found[0] += waves[0, j] * even
                found[1] += waves[1, j] * even
                found[2] += waves[0, j] * once
                found[3] += waves[1, j] * once
                found[4] += waves[2, j] * even
                found[5] += waves[0, j] * lines[2, x + j]
            mean = found[0]
            found[0] = mean - before
            before = mean
            for k in range(6):
                part = abs(found[k]) * parts + half
                if part < most:
                    counts[k, np.int64(part)] += 1
