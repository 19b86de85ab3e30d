"""ICC profiles of photographs: fit for the picture or not, which of them are the same, grey ones.

Profiles are compared by what they say of colour. Date, identifier, creator, names and remarks say
nothing of it: darktable writes the time of its session into every profile.
"""

from __future__ import annotations

import hashlib
import io
import struct
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import colour

# ICC.1:2010, 7.2: where the header has these.
_CLASS, _SPACE, _PCS, _MAGIC = slice(12, 16), slice(16, 20), slice(20, 24), slice(36, 40)
HEADER_BYTES = 128
# Classes whose profiles say what the values of a picture mean; links and named colours do not.
_OF_PICTURES = (b"mntr", b"scnr", b"prtr", b"spac")
# Tags that decide about colour beside matrix and curves: look-up tables, either way.
_TABLES = ("A2B0", "A2B1", "A2B2", "D2B0", "D2B1", "D2B2", "D2B3")
_COLORANTS = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES = (b"rTRC", b"gTRC", b"bTRC")
# Makers round the primaries and sample the curve of one space differently by so much, which is a
# tenth of what an eye can tell.
COLORANT_TOLERANCE, CURVE_TOLERANCE = 0.002, 0.003
# Cached by content: frames of a stack carry the same one.
_KEPT = 16


@lru_cache(_KEPT)
def require_fitting(icc: bytes, colours: int) -> None:
    """Refuse a profile that cannot say what a picture's values mean.

    Parameters
    ----------
    icc : the embedded profile
    colours : 1 for a grey picture, 3 for one of red, green and blue. A grey picture may have an
        RGB profile: its values are those of equal red, green and blue

    Raises
    ------
    ImagingError : damaged, or for pictures of another kind; the reason alone
    """
    if len(icc) < HEADER_BYTES + 4 or icc[_MAGIC] != b"acsp":
        raise ImagingError("its embedded colour profile is damaged; save it again with a whole one")
    space = icc[_SPACE].decode("latin-1").strip()
    picture = "a grey" if colours == 1 else "an RGB"
    again = "so its colours cannot be known; save it again with the profile it was made in"
    if icc[_CLASS] not in _OF_PICTURES:
        kind = icc[_CLASS].decode("latin-1")
        raise ImagingError(f"its colour profile is of class {kind!r}, not one of pictures, {again}")
    if space not in (("GRAY", "RGB") if colours == 1 else ("RGB",)):
        raise ImagingError(
            f"{picture} picture with a colour profile for {space} pictures{_named(icc)}, {again}"
        )
    tags = colour.profile_tags(icc)
    if space == "GRAY":
        grey_to_srgb(icc)
        return
    colour.light_curve(icc)
    matrix = all(tag in tags for tag in (*_COLORANTS, *_CURVES))
    if not matrix and not any(name.encode() in tags for name in _TABLES):
        raise ImagingError(f"its colour profile{_named(icc)} says nothing of colour, {again}")
    from PIL import ImageCms  # most frames, and all raws, carry no profile

    try:
        # Derivatives are made by this from the master, which carries the profile.
        ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"), "RGB", "RGB"
        )
    except (OSError, ImageCms.PyCMSError):
        raise ImagingError(f"its colour profile{_named(icc)} cannot be used, {again}") from None


def _named(icc: bytes) -> str:
    try:
        return f" ({colour.describe(icc)})"
    except ImagingError:
        return ""


def is_grey(icc: bytes) -> bool:
    """Whether a profile is for grey pictures."""
    return icc[_SPACE] == b"GRAY"


@lru_cache(_KEPT)
def known_space(icc: bytes) -> str | None:
    """Which of `colour.SPACES` an RGB profile describes, as nearly as makers agree; None: another.

    Raises
    ------
    ImagingError : not an ICC profile
    """
    tags = colour.profile_tags(icc)
    if any(name.encode() in tags for name in _TABLES):
        return None
    if not all(tag in tags for tag in (*_COLORANTS, *_CURVES)):
        return None
    colorants, curves = _colorants(tags), colour.light_curve(icc)
    for name in colour.SPACES:
        wanted = colour.profile(name)
        if (
            np.abs(colorants - _colorants(colour.profile_tags(wanted))).max() <= COLORANT_TOLERANCE
            and np.abs(curves - colour.light_curve(wanted)).max() <= CURVE_TOLERANCE
        ):
            return name
    return None


def _colorants(tags: dict[bytes, bytes]) -> NDArray[np.float64]:
    try:
        return np.array([struct.unpack_from(">3i", tags[key], 8) for key in _COLORANTS]) / 65536.0
    except struct.error:
        raise ImagingError("its embedded colour profile is damaged") from None


@lru_cache(_KEPT)
def fingerprint(icc: bytes) -> str:
    """Eight hexadecimal digits of what a profile says of colour, alike for all that say the same.

    Raises
    ------
    ImagingError : not an ICC profile
    """
    tags = colour.profile_tags(icc)
    digest = hashlib.sha256(icc[_SPACE] + icc[_PCS])
    tables = {name: tags[name.encode()] for name in _TABLES if name.encode() in tags}
    for name, content in tables.items():
        digest.update(name.encode() + content)
    if b"kTRC" in tags:
        digest.update(np.round(colour.read_curve(tags[b"kTRC"])[::257], 3).tobytes())
    if all(tag in tags for tag in (*_COLORANTS, *_CURVES)) and not tables:
        digest.update(np.round(_colorants(tags), 3).tobytes())
        digest.update(np.round(colour.light_curve(icc)[:, ::257].astype(np.float64), 3).tobytes())
    return digest.hexdigest()[:8]


@lru_cache(_KEPT)
def grey_to_srgb(icc: bytes) -> NDArray[np.uint16]:
    """What each 16-bit value of a picture with a grey profile is in sRGB.

    The profile's curve gives the light, or the lightness where the profile connects by CIE L*
    (ICC.1:2010, 8.4 and F.2); the picture stays achromatic, so that white is white.

    Returns
    -------
    (65536,) uint16

    Raises
    ------
    ImagingError : a profile without a readable curve; the reason alone
    """
    tag = colour.profile_tags(icc).get(b"kTRC")
    if tag is None:
        raise ImagingError(f"its grey profile{_named(icc)} has no curve; export it as sRGB")
    light = colour.read_curve(tag)
    if icc[_PCS] == b"Lab ":
        lightness = light * 100.0
        # CIE 15:2004, 8.2.1.1, the other way round.
        light = np.where(
            lightness > 8.0, ((lightness + 16.0) / 116.0) ** 3, lightness * 27.0 / 24389.0
        )
    encoded = colour.encode(colour.SPACES["srgb"], np.clip(light, 0.0, 1.0))
    return np.rint(encoded * 65535.0).astype(np.uint16)
