"""The maps beside a fused image: depth, confidence, and the frame that each px came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.fusion.focus import Focus

STRIP_ROWS = 256


class Map(NamedTuple):
    """A map to be written.

    Attributes
    ----------
    strips : number of a first row, (n, W) rows
    dtype : of its samples
    description : what they mean, for the file
    """

    strips: Iterator[tuple[int, NDArray]]
    dtype: type
    description: str


def draw_maps(
    focus: Focus,
    depth: NDArray[np.float32],
    shape: tuple[int, int],
    numbers: Sequence[int],
    positions: Sequence[float] | None,
) -> dict[str, Map]:
    """The maps of depth, confidence and source, by these names.

    Parameters
    ----------
    depth : (h, w) float32 at half resolution, in frames from 0
    shape : (rows, columns) of the maps
    numbers : of the frames
    positions : of the frames, µm; None where they are not known, and depth is told in frames
    """
    unit = "frame" if positions is None else "um"
    return {
        "depth": Map(depth_rows(depth, shape, positions or numbers), np.float32, f"depth, {unit}"),
        "confidence": Map(
            confidence_rows(focus, shape),
            np.uint16,
            "confidence of the depth, 0 none to 65535 full",
        ),
        "source": Map(
            source_rows(depth, focus, shape, numbers), np.uint16, "number of the frame in focus"
        ),
    }


def depth_rows(
    depth: NDArray[np.float32], shape: tuple[int, int], positions: Sequence[float]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Strips of the depth map at full resolution.

    Parameters
    ----------
    depth : (h, w) float32 at half resolution, in frames from 0
    positions : what each whole frame stands for, µm or its number; between frames in a line

    Yields
    ------
    number of the first row, (n, W) float32
    """
    at, where = np.arange(len(positions)), np.asarray(positions, np.float64)
    yield from _doubled(depth, shape, lambda part: np.interp(part, at, where).astype(np.float32))


def source_rows(
    depth: NDArray[np.float32], focus: Focus, shape: tuple[int, int], numbers: Sequence[int]
) -> Iterator[tuple[int, NDArray[np.uint16]]]:
    """Strips of the source-frame map, (n, W) uint16: the number of the frame that is in focus.

    Where the measurement is trusted it is the sharpest frame itself, elsewhere the one nearest
    to the depth that was carried there.
    """
    nearest = np.clip(np.rint(depth), 0, len(numbers) - 1).astype(np.uint16)
    chosen = np.where(focus.confidence >= 0.5, focus.sharpest, nearest)
    table = np.asarray(numbers, np.uint16)
    yield from _doubled(chosen, shape, lambda part: table[part])


def confidence_rows(
    focus: Focus, shape: tuple[int, int]
) -> Iterator[tuple[int, NDArray[np.uint16]]]:
    """Strips of the confidence map, (n, W) uint16, 0 none to 65535 full."""
    yield from _doubled(
        focus.confidence, shape, lambda part: np.rint(part * 65535.0).astype(np.uint16)
    )


def _doubled(
    half: NDArray, shape: tuple[int, int], values: Callable[[NDArray], NDArray]
) -> Iterator[tuple[int, NDArray]]:
    """Strips at full resolution of what `values` makes of a map at half resolution."""
    for y0 in range(0, shape[0], STRIP_ROWS):
        y1 = min(y0 + STRIP_ROWS, shape[0])
        rows = values(half[y0 // 2 : (y1 + 1) // 2])
        yield y0, rows.repeat(2, axis=0).repeat(2, axis=1)[: y1 - y0, : shape[1]]


def write_map(path: Path, drawn: Map, shape: tuple[int, int]) -> None:
    """Write a map strip by strip as a single-plane TIFF that says what it holds."""
    strips, dtype, description = drawn
    with tiff.create_image(path, shape, dtype=dtype, text={"description": description}) as image:
        for first, rows in strips:
            image.write(first, np.ascontiguousarray(rows, dtype))
