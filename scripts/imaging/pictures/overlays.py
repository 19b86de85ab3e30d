"""Maps of a fused image in colours, with what the colours mean, and small enough for a page.

The colours are perceptually uniform [1]_: equal steps of a value look equally large, in grey and to
the colour-blind as well.

.. [1] N. Smith and S. van der Walt, "A better default colormap for matplotlib", SciPy 2015.
"""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.pictures.crop import Crop, upright
from imaging.pictures.turned import box_of, nearest

# What a value of a grid means that is none.
UNKNOWN = 65535
# Few stray values shall not decide the colours of all others.
ENDS = (0.01, 0.99)
DEPTH, SOURCE, CONFIDENCE = cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_CIVIDIS, cv2.COLORMAP_MAGMA
LEGEND_COLOURS = 17
# Of what was painted: a colour that no specimen has much of.
PAINTED = (255, 0, 200)


def sampled(rows: tiff.Rows, crop: Crop, orientation: int, long_edge_px: int) -> NDArray:
    """Values of a map at even distances, cropped and turned as the master is.

    A value is that of one px, never a mean of several: also a number of a frame stays one.

    Parameters
    ----------
    rows : (H, W) map of the fused image
    crop : of the master in it
    long_edge_px : of the result; it is not enlarged
    """
    x, y, width, height = crop.box
    factor = min(1.0, long_edge_px / max(width, height))
    across, down = (max(1, round(n * factor)) for n in (width, height))
    columns = ((np.arange(across) + 0.5) * width / across).astype(int)
    wanted = ((np.arange(down) + 0.5) * height / down).astype(int)
    if crop.angle_deg:
        left, top, wide, high = box_of(crop, rows.extent)
        at_x, at_y = nearest(crop.matrix, columns, wanted)
        here = np.clip(at_y - top, 0, high - 1), np.clip(at_x - left, 0, wide - 1)
        values = rows.read_box(left, top, wide, high)[here]
    else:
        values = np.empty((down, across), rows.dtype)
        for k, row in enumerate(map(int, y + wanted)):
            values[k] = rows.read(row, row + 1)[0, x + columns]
    return np.ascontiguousarray(upright(values, orientation))


def ends_of(values: NDArray[np.float32]) -> tuple[float, float]:
    """The two ends of a scale of colours; 0 and 1 where nothing is known."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    lowest, highest = (float(end) for end in np.quantile(known, ENDS))
    return lowest, highest


def coloured(
    values: NDArray[np.float32], lowest: float, highest: float, colours: int
) -> NDArray[np.uint8]:
    """Values as colours, (h, w, 4) RGBA, with nothing to be seen where they are NaN."""
    known = np.isfinite(values)
    part = (np.nan_to_num(values) - lowest) / max(highest - lowest, 1e-9)
    scale = np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)
    picture = cv2.applyColorMap(scale, colours)[..., ::-1]
    return np.dstack([picture, np.where(known, 255, 0).astype(np.uint8)])


def painted(share: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What a person painted, (h, w, 4) RGBA: the more of a px, the less is seen through."""
    picture = np.empty((*share.shape, 4), np.uint8)
    picture[..., :3] = PAINTED
    picture[..., 3] = share
    return picture


def legend_colours(colours: int) -> list[str]:
    """Colours of CSS at even distances from the lowest to the highest value."""
    steps = np.rint(np.linspace(0, 255, LEGEND_COLOURS)).astype(np.uint8)[:, None]
    return [
        f"#{red:02x}{green:02x}{blue:02x}"
        for blue, green, red in cv2.applyColorMap(steps, colours)[:, 0]
    ]


def grid(values: NDArray[np.uint16]) -> str:
    """Values row by row as base64 of little-endian 16-bit numbers."""
    return base64.b64encode(values.astype("<u2").tobytes()).decode()


def depth_grid(values: NDArray[np.float32], lowest: float, highest: float) -> NDArray[np.uint16]:
    """Depths as numbers from 0, the lowest, to 65534, the highest; UNKNOWN where they are NaN."""
    part = (np.nan_to_num(values) - lowest) / max(highest - lowest, 1e-9)
    numbers = np.rint(np.clip(part, 0, 1) * (UNKNOWN - 1)).astype(np.uint16)
    numbers[~np.isfinite(values)] = UNKNOWN
    return numbers
