"""From a camera's red, green and blue to a colour space: LibRaw's own arithmetic, px by px.

What LibRaw does before and after it demosaics, for raws that are demosaiced here: where nothing is
to be interpolated, values come out as LibRaw's, but for the last bit of a matrix (facts of LibRaw
0.22: scale_colors, convert_to_rgb, blend_highlights, gamma_curve; the matrices are dcraw's).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from imaging.frames.colour import ColourSpace
from imaging.sampling.kernels import kernel

# Linear sRGB to the linear light of a space, all with the white of D65.
FROM_SRGB = {
    "srgb": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "adobe-rgb": ((0.715146, 0.284856, 0.0), (0.0, 1.0, 0.0), (0.0, 0.041166, 0.958839)),
    "prophoto": (
        (0.529317, 0.330092, 0.140588),
        (0.098368, 0.873465, 0.028169),
        (0.016879, 0.117663, 0.865457),
    ),
    # LibRaw has none of it: by the colorants of both profiles, as those above come out to 1e-4.
    "eci-rgb": (
        (0.662972, 0.304186, 0.032842),
        (0.014643, 1.024244, -0.038887),
        (0.017075, 0.036450, 0.946475),
    ),
}
_BISECTIONS = 48
_WHITE = np.float32(65535.0)
_ZERO, _ONE, _TWO, _THREE = (np.float32(v) for v in (0.0, 1.0, 2.0, 3.0))
_ROOT, _HALF_ROOT, _HALF = np.float32(1.7320508), np.float32(0.8660254), np.float32(0.5)


def scales(
    white_balance: Sequence[float], white: int, blend: bool
) -> tuple[NDArray[np.float32], int | None]:
    """What a sensor unit above black is in a picture of 65535, for each of four sensor colours.

    Parameters
    ----------
    white_balance : multipliers of the four
    white : sensor units above black that are the end of the range
    blend : whether the strongest multiplier is to stay within the range, not the weakest to fill it

    Returns
    -------
    (4,) float32, and where `blend` the value at which the first channel is at its end
    """
    balance = np.asarray(white_balance, np.float32).astype(np.float64)
    balance = (balance / (balance.max() if blend else balance.min())).astype(np.float32)
    end = int(np.min(np.float32(65535.0) * balance[:3])) if blend else None
    return (balance.astype(np.float64) * 65535.0 / white).astype(np.float32), end


def between(one: str, other: str) -> NDArray[np.float32]:
    """(3, 3) from the linear light of a space to that of another."""
    product = np.array(FROM_SRGB[other]) @ np.linalg.inv(np.array(FROM_SRGB[one]))
    return np.ascontiguousarray(product, np.float32)


def matrix(to_srgb: NDArray[np.float32], space: str) -> NDArray[np.float32]:
    """(3, 3) from the camera's colours to a space's, of what LibRaw has from them to sRGB."""
    product = np.zeros((3, 3), np.float32)
    for row, weights in enumerate(FROM_SRGB[space]):
        for k in range(3):
            terms = product[row].astype(np.float64) + weights[k] * to_srgb[k, :3].astype(np.float64)
            product[row] = terms.astype(np.float32)
    return product


@lru_cache(8)
def curve(space: ColourSpace) -> NDArray[np.uint16]:
    """What each of the 65536 values of linear light becomes; not to be written to.

    A toe that the curve meets without a bend is found by bisection, as dcraw does it.
    """
    power, meeting, offset = 1.0 / space.power, 0.0, 0.0
    if space.slope >= 1.0 and power < 1.0:
        low, high = 0.0, 1.0
        middle = 0.0
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if ((middle / space.slope) ** -power - 1) / power - 1 / middle > -1:
                high = middle
            else:
                low = middle
        meeting, offset = middle / space.slope, middle * (1 / power - 1)
    table = np.empty(65536, np.uint16)
    for k in range(65536):
        light = k / 65536
        toe = light < meeting
        value = light * space.slope if toe else math.pow(light, power) * (1 + offset) - offset
        table[k] = int(65536 * value)
    table.flags.writeable = False
    return table


@dataclass(frozen=True)
class Rendering:
    """What turns a camera's colours into those of a colour space.

    Attributes
    ----------
    matrix : (3, 3) float32
    curve : (65536,) uint16, not to be written to
    blend_above : the value at which the first channel is at its end, above which colour is rebuilt
        of the other two; None to leave it
    """

    matrix: NDArray[np.float32]
    curve: NDArray[np.uint16]
    blend_above: int | None = None

    @property
    def end(self) -> int:
        """`blend_above`, or what no value is above."""
        return 65535 if self.blend_above is None else self.blend_above


@lru_cache(1)
def unchanged() -> Rendering:
    """What leaves a camera's colours as they are."""
    line = np.arange(65536).astype(np.uint16)
    line.flags.writeable = False
    return Rendering(np.eye(3, dtype=np.float32), line)


def render(pixels: NDArray[np.uint16], by: Rendering) -> None:
    """Turn a picture in the camera's colours, (H, W, 3) uint16, into one of a space, in place."""
    _render(pixels, by.matrix, by.curve, by.end)


@kernel
def _render(
    pixels: NDArray[np.uint16], matrix: NDArray[np.float32], curve: NDArray[np.uint16], end: int
) -> None:
    width = pixels.shape[1]
    light, values = np.empty((3, width), np.float32), np.empty((3, width), np.int32)
    for row in pixels:
        for k in range(width):
            light[0, k], light[1, k], light[2, k] = row[k, 0], row[k, 1], row[k, 2]
        weigh_row(light, width, matrix, end, values)
        red, green, blue = values
        for k in range(width):
            row[k, 0] = curve[np.uint32(red[k])]
            row[k, 1] = curve[np.uint32(green[k])]
            row[k, 2] = curve[np.uint32(blue[k])]


@kernel
def weigh_row(
    light: NDArray[np.float32],
    count: int,
    matrix: NDArray[np.float32],
    end: int,
    values: NDArray[np.int32],
) -> None:
    """Linear light in a colour space of px by their channels.

    Parameters
    ----------
    light : (3, at least `count`) in whole numbers, in the camera's colours; may change
    values : (3, at least `count`), 0 to 65535; overwritten
    """
    if end < 65535:
        _blend(light, count, end)
    for c in range(3):
        _weigh(light[0], light[1], light[2], matrix[c], count, values[c])


@kernel
def curve_in_turn(
    even: NDArray[np.int32],
    odd: NDArray[np.int32],
    curve: NDArray[np.uint16],
    out: NDArray[np.uint16],
) -> None:
    """Put linear light of px in even and in odd columns through a curve into a row, (W, 3).

    What lies side by side is written side by side: half of the px and then the others takes twice
    as long.
    """
    red, green, blue = even
    next_red, next_green, next_blue = odd
    for k in range(len(out) // 2):
        out[2 * k, 0] = curve[np.uint32(red[k])]
        out[2 * k, 1] = curve[np.uint32(green[k])]
        out[2 * k, 2] = curve[np.uint32(blue[k])]
        out[2 * k + 1, 0] = curve[np.uint32(next_red[k])]
        out[2 * k + 1, 1] = curve[np.uint32(next_green[k])]
        out[2 * k + 1, 2] = curve[np.uint32(next_blue[k])]
    if len(out) & 1:
        last = len(out) // 2
        for c in range(3):
            out[2 * last, c] = curve[np.uint32(even[c, last])]


@kernel
def _weigh(
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    weights: NDArray[np.float32],
    count: int,
    out: NDArray[np.int32],
) -> None:
    of_red, of_green, of_blue = weights[0], weights[1], weights[2]
    for k in range(count):
        value = of_red * red[k] + of_green * green[k] + of_blue * blue[k]
        out[k] = np.int32(min(max(value, _ZERO), _WHITE))


@kernel
def _blend(light: NDArray[np.float32], count: int, end: int) -> None:
    """Where a channel is cut off, keep lightness, and of the colour what all channels would have.

    dcraw's space of lightness and two axes of colour.
    """
    limit = np.float32(end)
    for k in range(count):
        red, green, blue = light[0, k], light[1, k], light[2, k]
        # Grey has no colour to be rebuilt; it would be divided by none.
        if max(red, green, blue) <= limit or red == green == blue:
            continue
        lightness = red + green + blue
        one = _ROOT * red - _ROOT * green
        two = _TWO * blue - red - green
        red, green, blue = min(red, limit), min(green, limit), min(blue, limit)
        cut_one = _ROOT * red - _ROOT * green
        cut_two = _TWO * blue - red - green
        ratio = np.float32(np.sqrt((cut_one**2 + cut_two**2) / (one**2 + two**2)))
        one, two = one * ratio, two * ratio
        light[0, k] = np.uint16((lightness + _HALF_ROOT * one - _HALF * two) / _THREE)
        light[1, k] = np.uint16((lightness - _HALF_ROOT * one - _HALF * two) / _THREE)
        light[2, k] = np.uint16((lightness + two) / _THREE)
