"""CIE L*a*b* of pictures as their profile means it, and how different two colours look.

L*a*b* is that of the ICC's connection space: white is D50, as reference values of colour targets
are given, and what a profile adapted to D50 when it was made is so here too.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames.colour import light_curve, profile, profile_tags
from imaging.frames.profile_writer import D50

_COLORANTS = (b"rXYZ", b"gXYZ", b"bXYZ")
# CIE 15:2004, 8.2.1: below this share of white the cube root is a straight line.
_KNEE, _SLOPE, _OFFSET = (6 / 29) ** 3, (29 / 6) ** 2 / 3, 4 / 29
_POW_25_7 = 25.0**7


def to_lab(pixels: NDArray[np.uint16], icc: bytes | None) -> NDArray[np.float64]:
    """L*a*b* (D50) of pixels.

    Parameters
    ----------
    pixels : (..., 3) uint16
    icc : RGB profile by primaries and curves; sRGB where there is none

    Returns
    -------
    (..., 3) float64: L* 0..100, a*, b*

    Raises
    ------
    ImagingError : the profile is no matrix profile, so what its values mean is not known here
    """
    return lab_of_xyz(linear(pixels, icc) @ colorants(icc).T)


def linear(pixels: NDArray[np.uint16], icc: bytes | None) -> NDArray[np.float64]:
    """Linear red, green and blue 0..1 of (..., 3) uint16 by a profile's curves."""
    curves = light_curve(icc)
    channels = [curves[k].astype(np.float64)[pixels[..., k]] for k in range(3)]
    return np.stack(channels, axis=-1)


def luminance(pixels: NDArray[np.uint16], icc: bytes | None) -> NDArray[np.float64]:
    """Y 0..1 of (..., 3) uint16: linear light as the eye weighs it."""
    return linear(pixels, icc) @ colorants(icc)[1]


def colorants(icc: bytes | None) -> NDArray[np.float64]:
    """(3, 3): columns are XYZ (D50) of a profile's red, green and blue.

    Raises
    ------
    ImagingError : the profile has none
    """
    tags = profile_tags(icc if icc else profile("srgb"))
    try:
        found = [struct.unpack_from(">3i", tags[key], 8) for key in _COLORANTS]
    except (KeyError, struct.error):
        raise ImagingError(
            "its colour profile is one of tables, not of primaries and curves; export it as sRGB, "
            "Adobe RGB, ProPhoto RGB or eciRGB"
        ) from None
    return np.array(found).T / 65536.0


def lab_of_xyz(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """L*a*b* of (..., 3) XYZ under D50 (CIE 15:2004, 8.2.1)."""
    ratio = xyz / D50
    root = np.where(ratio > _KNEE, np.cbrt(ratio), _SLOPE * ratio + _OFFSET)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def xyz_of_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """XYZ under D50 of (..., 3) L*a*b*."""
    lightness, a, b = np.moveaxis(lab, -1, 0)
    y = (lightness + 16.0) / 116.0
    root = np.stack([y + a / 500.0, y, y - b / 200.0], axis=-1)
    return np.where(root > 6 / 29, root**3, (root - _OFFSET) / _SLOPE) * D50


def delta_e_2000(
    one: NDArray[np.float64], other: NDArray[np.float64], weigh_lightness: bool = True
) -> NDArray[np.float64]:
    """How different two colours look (CIE 142-2001, as Sharma, Wu and Dalal 2005 write it).

    Parameters
    ----------
    one, other : (..., 3) L*a*b*
    weigh_lightness : whether differences of lightness count less away from middle grey, as CIE has
        it; without, S_L is 1, as Metamorfoze has it

    Returns
    -------
    (...) float64
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    chroma_7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2.0) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(chroma_7 / (chroma_7 + _POW_25_7))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360.0
    h2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360.0
    is_grey = c1 * c2 == 0.0
    turn = np.where(is_grey, 0.0, (h2 - h1 + 180.0) % 360.0 - 180.0)
    # Opposite hues: Sharma's turn is +180, where the remainder gives -180 for one way round.
    turn = np.where(np.abs(h2 - h1) == 180.0, h2 - h1, turn)
    hue = np.where(is_grey, h1 + h2, (h1 + h2) / 2.0)
    apart = ~is_grey & (np.abs(h1 - h2) > 180.0)
    hue = np.where(apart, np.where(h1 + h2 < 360.0, hue + 180.0, hue - 180.0), hue)
    light, chroma = (l1 + l2) / 2.0, (c1 + c2) / 2.0
    cosines = zip((0.17, -0.24, -0.32, 0.20), (1, 2, 3, 4), (30.0, 0.0, -6.0, 63.0), strict=True)
    t = 1.0 - sum(
        share * np.cos(np.radians(times * hue - (shift if times != 3 else -6.0)))
        for share, times, shift in cosines
    )
    off = (light - 50.0) ** 2
    s_l = 1.0 + 0.015 * off / np.sqrt(20.0 + off) if weigh_lightness else 1.0
    s_c, s_h = 1.0 + 0.045 * chroma, 1.0 + 0.015 * chroma * t
    twist = 2.0 * np.sqrt(chroma**7 / (chroma**7 + _POW_25_7))
    twist = -twist * np.sin(np.radians(60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))))
    lightness, saturation = (l2 - l1) / s_l, (c2 - c1) / s_c
    tint = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2.0)) / s_h
    return np.sqrt(lightness**2 + saturation**2 + tint**2 + twist * saturation * tint)


def delta_ab(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """How different two colours look but for their lightness: ΔE2000 at the lightness of `other`.

    What guidelines call ΔE(a*b*), and hold white balance by.
    """
    level = np.stack([other[..., 0], one[..., 1], one[..., 2]], axis=-1)
    return delta_e_2000(level, other)
