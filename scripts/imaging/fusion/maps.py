"""The maps beside a fused image: depth, confidence, and the frame that each px came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from imaging.frames import tiff
from imaging.fusion.stack import Told

STRIP_ROWS = 256
# From this confidence on the sharpest frame is taken for the source itself, below it the frame
# nearest to the depth that was carried there.
TRUSTED = 0.5


class Map(NamedTuple):
    """A map to be written.

    Attributes
    ----------
    plane : (h, w), of half the map's resolution
    values : what rows of the plane are in the map
    dtype : of these values
    description : of the map, for its file
    """

    plane: NDArray
    values: Callable[[NDArray], NDArray]
    dtype: DTypeLike
    description: str


def draw_maps(
    told: Told,
    numbers: Sequence[int],
    positions_um: Sequence[float] | None,
) -> dict[str, Map]:
    """The maps of depth, confidence and source, by these names.

    Parameters
    ----------
    numbers : of the frames; the source is one of them
    positions_um : of the frames, with depth in a line between them; where they are not known,
        depth is in numbers of frames
    """
    unit = "frame" if positions_um is None else "um"
    frames, heights = np.arange(len(numbers)), np.asarray(positions_um or numbers, np.float64)
    nearest = np.clip(np.rint(told.depth), 0, len(numbers) - 1).astype(np.uint16)
    source = np.where(told.confidence >= TRUSTED, told.sharpest, nearest)
    return {
        "depth": Map(
            told.depth, lambda part: np.interp(part, frames, heights), np.float32, f"depth, {unit}"
        ),
        "confidence": Map(
            told.confidence,
            lambda part: np.rint(part * 65535.0),
            np.uint16,
            "confidence of the depth, 0 none to 65535 full",
        ),
        "source": Map(
            source, np.asarray(numbers).__getitem__, np.uint16, "number of the frame in focus"
        ),
    }


def write_map(path: Path, drawn: Map, shape: tuple[int, int]) -> None:
    """Write a map of a shape (rows, columns), strip by strip, as a TIFF that says what it holds."""
    text = {"description": drawn.description}
    with tiff.create_image(path, shape, dtype=drawn.dtype, text=text) as image:
        for y0 in range(0, shape[0], STRIP_ROWS):
            y1 = min(y0 + STRIP_ROWS, shape[0])
            rows = drawn.values(drawn.plane[y0 // 2 : (y1 + 1) // 2]).astype(drawn.dtype)
            whole = rows.repeat(2, axis=0).repeat(2, axis=1)[: y1 - y0, : shape[1]]
            image.write(y0, np.ascontiguousarray(whole))
