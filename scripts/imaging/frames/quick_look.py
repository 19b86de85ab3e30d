"""A raw at half its size and in green alone, as bright as it allows: for a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from imaging.frames import colour
from imaging.frames.bayer_pattern import bayer_pattern
from imaging.frames.raw_reading import named, opened

# White in a quick look is what this share of all is darker than, by every eighth px each way.
QUICK_PX, QUICK_WHITE = 8, 0.99
# Made at once, so that memory is that of the result.
ROWS = 64


def half_size_green(path: Path) -> NDArray[np.uint8]:
    """A quick look: a pixel for each quartet of the sensor, green alone, (H / 2, W / 2).

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    with named(path), opened(path) as raw:
        pattern = bayer_pattern(raw)
        if pattern is not None:
            return green_of_quartets(raw, pattern)
        pixels = raw.postprocess(half_size=True, output_bps=8, user_flip=0)
    return pixels[..., 1] if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels.squeeze()


def green_of_quartets(raw: rawpy.RawPy, pattern: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mean of the two green px of each quartet, as bright as the frame allows.

    LibRaw makes all colours for that, which takes four times as long.
    """
    values = raw.raw_image_visible
    height, width = (side // 2 for side in values.shape)
    one, other = (
        values[row::2, column::2][:height, :width]
        for row, column in np.argwhere((pattern == 1) | (pattern == 3))
    )
    black = raw.black_level_per_channel[1]
    few = np.s_[::QUICK_PX, ::QUICK_PX]
    seen = ((one[few] >> 1) + (other[few] >> 1)).ravel()
    place = int(QUICK_WHITE * (seen.size - 1))
    white = max(int(np.partition(seen, place)[place]), black + 1)
    share = (np.arange(colour.SAMPLES) - black) / (white - black)
    shown = (255.0 * np.clip(share, 0.0, 1.0) ** (1 / 2.2)).astype(np.uint8)
    green = np.empty((height, width), np.uint8)
    for top in range(0, height, ROWS):
        rows = np.s_[top : top + ROWS]
        # With mode "raise" it would be written elsewhere first; no place is beyond the end.
        np.take(shown, (one[rows] >> 1) + (other[rows] >> 1), out=green[rows], mode="clip")
    return green
