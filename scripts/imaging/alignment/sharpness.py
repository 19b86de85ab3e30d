"""How sharp a frame is in each cell of a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

CELLS = (8, 12)


def cell_sharpness(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean squares of the gradient in four directions, (4, h, w), in each cell of a grid."""
    rows, columns = (max(min(pair), 1) for pair in zip(CELLS, image.shape))
    sums = np.zeros((4, rows, image.shape[1]), np.float32)
    _add_steps(image, sums)
    edges = np.linspace(0, image.shape[1], columns + 1).astype(int)[:-1]
    cells = np.add.reduceat(sums, edges, axis=2, dtype=np.float64)
    return (cells * (cells[0].size / image.size)).astype(np.float32)


@kernel
def _add_steps(image, sums):
    """Add the squares of a (H, W) image's steps, by column, to the rows of a grid (4, h, W)."""
    height, width = image.shape
    quarter, eighth = np.float32(0.25), np.float32(0.125)
    for y in range(1, height - 1):
        above, line, below = image[y - 1], image[y], image[y + 1]
        cell = y * sums.shape[1] // height
        across, down = sums[0, cell], sums[1, cell]
        falling, rising = sums[2, cell], sums[3, cell]
        for x in range(1, width - 1):
            step = line[x + 1] - line[x - 1]
            across[x] += quarter * step * step
            step = below[x] - above[x]
            down[x] += quarter * step * step
            step = below[x + 1] - above[x - 1]
            falling[x] += eighth * step * step
            step = below[x - 1] - above[x + 1]
            rising[x] += eighth * step * step
