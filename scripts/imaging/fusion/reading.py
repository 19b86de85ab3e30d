"""Frames read by strips, and warped into the reference frame's geometry tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.frames.converted import Decoded
from imaging.fusion.frame import TILE_COLUMNS, Frame, read_rows
from imaging.fusion.in_turn import Parts, begin_parts
from imaging.sampling import warp


def begin_strips(
    frame: Frame,
    shape: tuple[int, int],
    strip_rows: int,
    halo: int,
    use: Callable[[NDArray[np.uint16], int, int, int], None],
    pool: ThreadPoolExecutor,
    before: Parts,
) -> Parts:
    """Begin to read a frame in the strips that the reference frame is made of.

    Parameters
    ----------
    shape : (rows, columns) of the reference frame
    strip_rows : of a strip; even
    halo : px more on every side of a strip
    use : takes rows (R, W, 3) uint16 of the frame, the number of the first, and the first and the
        one past the last row of the reference frame that they are for; called in any order, from
        the pool's threads
    before : as `begin_parts` takes them
    """
    rows, columns = shape
    starts = range(0, rows, strip_rows)

    def one_strip(pixels: tiff.Rows | Decoded, k: int) -> None:
        y0, y1 = starts[k], min(starts[k] + strip_rows, rows)
        footprint = (y0 - halo, y1 + halo, -halo, columns + halo)
        first, last = warp.source_rows(frame.inverse, footprint, pixels.shape[0])
        use(read_rows(frame, pixels, first, last), first, y0, y1)

    return begin_parts(frame, len(starts), one_strip, pool, before)


def warp_tiles(
    frame: Frame,
    shape: tuple[int, int],
    strip_rows: int,
    halo: int,
    use: Callable[[NDArray[np.float32], int, int], None],
    pool: ThreadPoolExecutor,
) -> None:
    """Warp a frame into the reference frame, tile by tile.

    Parameters
    ----------
    shape, strip_rows, halo : as `begin_strips` takes them
    use : takes a tile, (3, h + 2 halo, w + 2 halo) float32, and row and column of its first px
        without the halo; called in any order, from the pool's threads
    """
    curves = frame.curves()

    def one_strip(source: NDArray[np.uint16], first: int, y0: int, y1: int) -> None:
        for x0 in range(0, shape[1], TILE_COLUMNS):
            x1 = min(x0 + TILE_COLUMNS, shape[1])
            tile = np.empty((3, y1 - y0 + 2 * halo, x1 - x0 + 2 * halo), np.float32)
            warp.warp_tile(source, first, frame.inverse, curves, y0 - halo, x0 - halo, tile)
            use(tile, y0, x0)

    for strip in begin_strips(frame, shape, strip_rows, halo, one_strip, pool, []):
        strip.result()
