"""The white frame of a session: dust and shading as an evenly lit white field shows them.

A frame divided by the picture of a white, evenly lit field that was taken out of focus with the
same lens and aperture is rid of what lens and sensor take from the light: the shadows of dust and
the fall towards the corners (flat-field correction [1]_). It is done in linear light, each channel
for itself, before frames are aligned.

.. [1] S. B. Howell, "Handbook of CCD Astronomy", 2nd ed., Cambridge University Press 2006,
   section 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.sampling.kernels import kernel
from imaging.sampling.resizing import enlarged_rows, shrunk

# The field is known in cells of so many px each way, smoothed over so many of them, twice: its own
# noise would else be in every frame. Shadows of dust are wider, unless the aperture is wide open.
CELL_PX = 2
SMOOTHED = 3
# What it must be. Values from here on are white: nobody knows what they were.
WHITE = 65000
MOST_WHITE = 0.001
# Its middle, of full light; darker ones are of noise.
LEAST_LIGHT = 0.05
# Its darkest corner, of its middle; lenses fall to a third, what falls further is cut off or lit
# unevenly. So are opposite sides that differ by more than a factor.
LEAST_CORNER = 0.2
MOST_UNEVEN = 2.0
# Its spread against its surroundings in cells of a few hundred each way, by the median, so that
# dust does not count: paper in focus has 2 % and more, a field out of focus less than 0.5 %.
COARSE_CELLS = 300
SURROUNDINGS = 15
MOST_TEXTURE = 0.012
# No place is brightened by more.
MOST_GAIN = 8.0
STRIP_ROWS = 256


@dataclass(frozen=True)
class WhiteFrame:
    """What makes a frame as bright everywhere as it is in its middle.

    Attributes
    ----------
    shape : (rows, columns) of a frame
    gain : (3, h, w) float32, factors in linear light, in cells; the median of the middle third of
        the field is 1
    light : (3, 65536) float32, linear light of each sample, rising
    """

    shape: tuple[int, int]
    gain: NDArray[np.float32]
    light: NDArray[np.float32]

    def as_record(self) -> dict[str, object]:
        """How much it changes, for a JSON record."""
        return {
            "light_1": "median of the middle third",
            "least_gain": round(float(self.gain.min()), 4),
            "most_gain": round(float(self.gain.max()), 4),
        }


def white_frame(pixels: NDArray[np.uint16], light: NDArray[np.float32]) -> WhiteFrame:
    """Learn from the picture of a white field what lens and sensor take away.

    Parameters
    ----------
    pixels : (H, W, 3) uint16, converted as the frames are
    light : (3, 65536) float32, linear light of each sample, of `colour.light_curve`

    Raises
    ------
    ImagingError : it is no picture of a white field: overexposed, too dark, not even, in focus
    """
    shape = pixels.shape[:2]
    white = float((pixels >= WHITE).any(2).mean())
    if white > MOST_WHITE:
        raise ImagingError(
            f"is overexposed: {white:.1%} of its px are white, and what they were nobody knows; "
            "take it again with a shorter exposure, its brightest places at half of white"
        )
    rising = np.maximum.accumulate(light, axis=1)
    field = np.stack([shrunk(rising[c][pixels[..., c]], CELL_PX) for c in range(3)])
    for _ in range(2):
        field = ndimage.uniform_filter(field, (0, SMOOTHED, SMOOTHED), mode="nearest")
    middle = np.median(_middle(field).reshape(3, -1), axis=1).astype(np.float32)
    if middle.max() < LEAST_LIGHT:
        raise ImagingError(
            f"is too dark: its middle has {middle.max():.1%} of the light of white, and its noise "
            "would be in every frame; take it again, its brightest places at half of white"
        )
    _refuse_uneven(field / middle[:, None, None])
    gain = middle[:, None, None] / np.maximum(field, middle[:, None, None] / np.float32(MOST_GAIN))
    return WhiteFrame((shape[0], shape[1]), gain.astype(np.float32, copy=False), rising)


def _middle(field: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = field.shape[1:]
    return field[:, height // 3 : max(2 * height // 3, 1), width // 3 : max(2 * width // 3, 1)]


def _refuse_uneven(field: NDArray[np.float32]) -> None:
    """Refuse a field, (3, h, w) against its middle, that is not even or that shows a subject."""
    grey = np.ascontiguousarray(field.mean(0, dtype=np.float32))
    coarse = shrunk(grey, max(1, round(max(grey.shape) / COARSE_CELLS)))
    around = ndimage.median_filter(coarse, SURROUNDINGS, mode="nearest")
    lowest = float(around.min())
    if lowest < LEAST_CORNER:
        raise ImagingError(
            f"is not evenly lit: somewhere it has {lowest:.0%} of the light of its middle; is "
            "something in the picture, or the field too small?"
        )
    rows, columns = (max(side // 10, 1) for side in around.shape)
    for one, other, names in (
        (around[:rows], around[-rows:], "upper and lower"),
        (around[:, :columns], around[:, -columns:], "left and right"),
    ):
        sides = float(np.median(one)), float(np.median(other))
        if max(sides) > MOST_UNEVEN * min(sides):
            raise ImagingError(
                f"is not evenly lit: its {names} sides differ by a factor of "
                f"{max(sides) / min(sides):.1f}; light the field from all round"
            )
    apart = coarse / around - 1
    texture = 1.4826 * float(np.median(np.abs(apart - np.median(apart))))
    if texture > MOST_TEXTURE:
        raise ImagingError(
            f"is not flat: it varies by {texture:.1%} from place to place; it must show a plain "
            "white field, far out of focus"
        )


def flatten(pixels: NDArray[np.uint16], white: WhiteFrame) -> float:
    """Give a frame, (H, W, 3) uint16, the light that lens and sensor took, in place.

    What was white before stays white; what becomes brighter than white is white.

    Returns
    -------
    share of the samples that became white

    Raises
    ------
    ImagingError : the frame has another size
    """
    if pixels.shape[:2] != white.shape:
        raise ImagingError(
            f"is {pixels.shape[1]} x {pixels.shape[0]} px, and the white frame "
            f"{white.shape[1]} x {white.shape[0]} px"
        )
    clipped = 0
    levels = np.linspace(0.0, 1.0, white.light.shape[1] + 1)
    for c in range(3):
        curve = white.light[c]
        starts = np.searchsorted(curve, levels).astype(np.int32)
        for first in range(0, len(pixels), STRIP_ROWS):
            last = min(first + STRIP_ROWS, len(pixels))
            gain = enlarged_rows(white.gain[c], white.shape, first, last)
            clipped += _relight(pixels[first:last], c, gain, curve, starts)
    return clipped / pixels.size


@kernel
def _relight(pixels, c, gain, curve, starts):
    """Multiply the light of channel `c` of rows (R, W, 3) by `gain` (R, W); how many became white.

    `starts` has the first sample of `curve` that is not darker than each of even steps of light.
    """
    most = curve.size - 1
    steps = np.float64(starts.size - 1)
    clipped = 0
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            sample = np.int64(pixels[y, x, c])
            if sample == most:
                continue
            wanted = np.float64(curve[sample]) * np.float64(gain[y, x])
            if wanted >= np.float64(curve[most]):
                pixels[y, x, c] = most
                clipped += 1
                continue
            step = np.int64(wanted * steps)
            low, high = np.int64(starts[step]), min(np.int64(starts[step + 1]), most)
            # The first sample that is not darker than what is wanted.
            while low < high:
                half = (low + high) // 2
                if np.float64(curve[half]) < wanted:
                    low = half + 1
                else:
                    high = half
            if low > 0 and wanted - np.float64(curve[low - 1]) < np.float64(curve[low]) - wanted:
                low -= 1
            pixels[y, x, c] = low
    return clipped
