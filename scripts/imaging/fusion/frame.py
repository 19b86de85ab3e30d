"""One frame of a stack as fusion sees it: pixels on disk, a motion, a brightness curve."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import colour, tiff
from imaging.frames.converted import Decoded
from imaging.sampling.kernels import kernel
from imaging.sensor.dust import Speck, give_back

# Tiles of a strip share the rows that are read for it, and fit the cores' caches.
TILE_COLUMNS = 1024
# How far a defect of the sensor reaches once demosaiced, and where sound px are found round it.
DEFECT_PX = 2
SOUND_PX = 3
# Brightness curves that are kept, of 0.8 MB each.
KEPT_CURVES = 8
# Above white a curve goes on as it has risen over so many samples.
BEYOND_BY = 511
_VALUES = np.linspace(0.0, 1.0, colour.SAMPLES)
# Profiles may start with samples of equal light; interpolation needs them to rise.
_RISING = np.linspace(0.0, 1e-9, colour.SAMPLES)


@dataclass(frozen=True)
class Frame:
    """A converted frame and how it is brought into the reference frame's geometry and light.

    Attributes
    ----------
    path : 16-bit RGB TIFF or 8-bit JPEG, as the step convert writes them
    inverse : (3, 3) float64 affine, reference px → frame px
    icc : profile of the frame, whose curves lead to linear light and back; None for sRGB
    gains : factors in linear light for red, green and blue
    defects : (D, 2) int32, x and y of the sensor's defects, which are filled from round about
    dust : on the sensor; the light that it took is given back
    """

    path: Path
    inverse: NDArray[np.float64]
    icc: bytes | None = None
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    defects: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    dust: tuple[Speck, ...] = ()

    def curves(self) -> NDArray[np.float32]:
        """The value 0..1 that a sample of each channel stands for, (3, 65536) float32.

        A gain may take it above 1. Of the last few frames they are kept, and nobody writes to them:
        of a small stack, of all. The curves of hundreds of frames would be more than a frame.
        """
        return brightness_curves(self.icc, tuple(self.gains))


def follow_curves(frames: Sequence[Frame], k: int, pool: ThreadPoolExecutor) -> None:
    """Have the curves of the frame after frame `k` made while this one is worked on."""
    if k + 1 < len(frames):
        pool.submit(frames[k + 1].curves)


def read_rows(
    frame: Frame, pixels: tiff.Rows | Decoded, first: int, last: int
) -> NDArray[np.uint16]:
    """Rows `first` up to, not including, `last` of a frame's open file, its defects mended."""
    around = DEFECT_PX + SOUND_PX if len(frame.defects) else 0
    top, bottom = max(first - around, 0), min(last + around, pixels.shape[0])
    rows = pixels.read(top, bottom)
    if around:
        _repair(rows, top, frame.defects)
    if frame.dust:
        light = colour.light_curve(frame.icc)
        for speck in frame.dust:
            give_back(rows, top, speck, light)
    return rows[first - top : last - top]


@kernel
def _repair(pixels, first_row, defects):
    """Fill defects of some rows from the nearest sound px left, right, above and below; in place.

    Parameters
    ----------
    pixels : (R, W, 3) uint16, rows `first_row` … of a frame
    defects : (D, 2) int32, x and y
    """
    rows, columns = pixels.shape[0], pixels.shape[1]
    for k in range(defects.shape[0]):
        cx, cy = defects[k, 0], defects[k, 1] - first_row
        if cy < -DEFECT_PX or cy >= rows + DEFECT_PX:
            continue
        left, right = max(cx - SOUND_PX, 0), min(cx + SOUND_PX, columns - 1)
        top, bottom = max(cy - SOUND_PX, 0), min(cy + SOUND_PX, rows - 1)
        for y in range(max(cy - DEFECT_PX, 0), min(cy + DEFECT_PX + 1, rows)):
            for x in range(max(cx - DEFECT_PX, 0), min(cx + DEFECT_PX + 1, columns)):
                across = np.float32(x - left) / np.float32(right - left)
                down = np.float32(y - top) / np.float32(max(bottom - top, 1))
                for c in range(3):
                    level = (np.float32(1.0) - across) * pixels[y, left, c]
                    level += across * pixels[y, right, c]
                    upright = (np.float32(1.0) - down) * pixels[top, x, c]
                    upright += down * pixels[bottom, x, c]
                    pixels[y, x, c] = np.uint16(np.float32(0.5) * (level + upright) + 0.5)


@lru_cache(KEPT_CURVES)
def brightness_curves(icc: bytes | None, gains: tuple[float, ...]) -> NDArray[np.float32]:
    """Curves that multiply the light of a frame by a gain for each channel.

    Parameters
    ----------
    icc : profile of the frame, whose curves lead to linear light and back
    gains : (3,) factors in linear light

    Returns
    -------
    (3, 65536) float32; above white they go on in a straight line
    """
    light = colour.light_curve(icc)
    curves = np.empty((3, colour.SAMPLES), np.float32)
    for channel, gain in enumerate(gains):
        if gain == 1.0:
            curves[channel] = _VALUES
        else:
            _brighten(light[channel], _VALUES, _RISING, float(gain), curves[channel])
    return curves


@kernel(error_model="numpy")
def _brighten(light, value, rising, gain, curve):
    """Write the value whose light is `gain` times that of each value.

    The same that numpy interpolates; light rises, so that a place is found from the one before.

    Parameters
    ----------
    light : (N,) float32, linear light of the values
    value, rising : (N,) float64, and what is added to the light so that it rises
    curve : (N,) float32, written
    """
    last, at, known, slope = light.size - 1, 0, -1, 0.0
    brightest = light[last] + rising[last]
    near = last - BEYOND_BY
    steepness = (value[last] - value[near]) / (brightest - (light[near] + rising[near]))
    for k in range(light.size):
        wanted = gain * light[k]
        while at < last and light[at + 1] + rising[at + 1] <= wanted:
            at += 1
        while at > 0 and light[at] + rising[at] > wanted:
            at -= 1
        here = light[at] + rising[at]
        found = value[at]
        if at < last and wanted > here:
            if known != at:
                slope = (value[at + 1] - value[at]) / ((light[at + 1] + rising[at + 1]) - here)
                known = at
            found = slope * (wanted - here) + value[at]
        curve[k] = found + max(wanted - brightest, 0.0) * steepness
