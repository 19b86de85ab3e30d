"""Colour spaces: the ICC profiles that Holostack embeds, and what a profile says of brightness."""

from __future__ import annotations

import io
import struct
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError

SAMPLES = 65536
# Curves of so many profiles are kept, 0.8 MB each; the frames of a stack carry the same one.
_KEPT = 8


class ColourSpace(NamedTuple):
    """An RGB space by its primaries and its curve.

    Attributes
    ----------
    title : as it stands in the profile
    primaries : (x, y) of red, green, blue
    white : (x, y)
    power, slope : of the curve, as LibRaw's `gamma` takes them; slope 0 is a pure power, any
        other a straight toe, one of `TOES`
    """

    title: str
    primaries: tuple[tuple[float, float], ...]
    white: tuple[float, float]
    power: float
    slope: float


# Of a curve with a straight toe, by the toe's slope: the encoded value where it ends, and what the
# power beyond is stretched and lowered by. IEC 61966-2-1; CIE L* (CIE 15:2004, 8.2.1.1).
_L_STAR = 24389 / 2700
TOES = {12.92: (0.04045, 0.055), _L_STAR: (0.08, 0.16)}

# IEC 61966-2-1; Adobe RGB (1998) Color Image Encoding; ISO 22028-2 with its curve's pure power;
# ISO 22028-4, eciRGB v2.
SPACES = {
    "srgb": ColourSpace(
        "sRGB", ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), (0.3127, 0.3290), 2.4, 12.92
    ),
    "adobe-rgb": ColourSpace(
        "Adobe RGB (1998) compatible",
        ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
        (0.3127, 0.3290),
        563 / 256,
        0.0,
    ),
    "prophoto": ColourSpace(
        "ProPhoto RGB compatible",
        ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
        (0.3457, 0.3585),
        1.8,
        0.0,
    ),
    "eci-rgb": ColourSpace(
        "eciRGB v2 compatible",
        ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
        (0.3457, 0.3585),
        3.0,
        _L_STAR,
    ),
}


def profile_path(name: str) -> Path:
    """The file, beside this one, with the ICC profile of one of `SPACES`.

    They are files, since masters made years apart must carry the same bytes, and a power is not
    alike to the last bit on every machine. `profile_writer` wrote them.
    """
    return Path(__file__).with_name(f"{name}.icc")


@cache
def profile(name: str) -> bytes:
    """The ICC profile of one of `SPACES`; the same bytes every time."""
    return profile_path(name).read_bytes()


def encode(space: ColourSpace, light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encoded values 0..1 of linear light 0..1."""
    if space.slope == 0.0:
        return light ** (1.0 / space.power)
    end, offset = TOES[space.slope]
    return np.where(
        light <= end / space.slope,
        light * space.slope,
        (1.0 + offset) * light ** (1.0 / space.power) - offset,
    )


def decode(space: ColourSpace, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light 0..1 of encoded values 0..1."""
    if space.slope == 0.0:
        return value**space.power
    end, offset = TOES[space.slope]
    power = ((value + offset) / (1.0 + offset)) ** space.power
    return np.where(value <= end, value / space.slope, power)


@lru_cache(_KEPT)
def light_curve(icc: bytes | None) -> NDArray[np.float32]:
    """What each of the 65536 sample values means in linear light, by the profile's own curves.

    Parameters
    ----------
    icc : RGB profile with red, green and blue curves; sRGB is taken where there is none

    Returns
    -------
    (3, 65536) float32, 0..1, not to be written to: it is kept for the next who asks

    Raises
    ------
    ImagingError : not an ICC profile
    """
    tags = profile_tags(icc if icc else profile("srgb"))
    keys = (b"rTRC", b"gTRC", b"bTRC")
    if not all(key in tags for key in keys):
        # A profile by look-up tables says no more than that it is for viewing.
        return light_curve(profile("srgb"))
    curves = np.stack([read_curve(tags[key]) for key in keys]).astype(np.float32)
    curves.flags.writeable = False
    return curves


def profile_tags(icc: bytes) -> dict[bytes, bytes]:
    """The tags of an ICC profile by their signatures (ICC.1:2010, 7.3).

    Raises
    ------
    ImagingError : not an ICC profile
    """
    try:
        count = struct.unpack_from(">I", icc, 128)[0]
        tags = {}
        for k in range(count):
            name, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * k)
            tags[name] = icc[offset : offset + size]
    except struct.error:
        raise ImagingError(
            "the embedded ICC profile is damaged; save the picture again with a whole one"
        ) from None
    return tags


def read_curve(tag: bytes) -> NDArray[np.float64]:
    """A curveType or parametricCurveType (ICC.1:2010, 10.5 and 10.15) at every sample value.

    Returns
    -------
    (65536,) float64, 0..1

    Raises
    ------
    ImagingError : a curve of another kind, or damaged
    """
    try:
        return _read_curve(tag)
    except (struct.error, ValueError, ZeroDivisionError):
        raise ImagingError(
            "the embedded ICC profile has a damaged curve; save the picture again with a whole one"
        ) from None


def _read_curve(tag: bytes) -> NDArray[np.float64]:
    value = np.linspace(0.0, 1.0, SAMPLES)
    if tag[:4] == b"curv":
        count = struct.unpack_from(">I", tag, 8)[0]
        if count == 0:
            return value
        table = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
        if count == 1:
            return value ** (table[0] / 256.0)
        return np.interp(value, np.linspace(0.0, 1.0, count), table / 65535.0)
    if tag[:4] == b"para":
        kind = struct.unpack_from(">H", tag, 8)[0]
        counts = (1, 3, 4, 5, 7)
        if kind < len(counts):
            g, a, b, c, d, e, f = (
                [v / 65536.0 for v in struct.unpack_from(f">{counts[kind]}i", tag, 12)] + [0.0] * 7
            )[:7]
            if kind == 0:
                return value**g
            power = np.maximum(a * value + b, 0.0) ** g
            if kind in (1, 2):
                shift = c if kind == 2 else 0.0
                return np.where(value >= -b / a, power + shift, shift)
            return np.where(value >= d, power + e, c * value + f)
    raise ImagingError(
        "the embedded ICC profile has a curve of an unknown kind; save the picture again with a "
        "whole one"
    )


def describe(icc: bytes) -> str:
    """The profile's own name.

    Raises
    ------
    ImagingError : not an ICC profile
    """
    # Of the steps, those that convert frames alone wait for Pillow to be loaded.
    from PIL import ImageCms

    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except (OSError, ImageCms.PyCMSError) as error:
        raise ImagingError(
            f"the embedded ICC profile is damaged ({error}); save the picture again with a whole "
            "one"
        ) from None
