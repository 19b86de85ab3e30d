"""Frames that are pictures already: JPEG, PNG and TIFF, 8 or 16 bits, with their own profile."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imaging.errors import ImagingError

FORMATS = ("jpeg", "png", "tiff")
# 8-bit values onto the whole 16-bit range: 255 * 257 = 65535.
TO_16_BITS = 257


@dataclass(frozen=True)
class Photo:
    """A decoded picture.

    Attributes
    ----------
    pixels : (H, W, 3) uint16, in the file's orientation
    icc : the file's own RGB profile, None where it has none
    bits : 8 or 16, as the file has them
    """

    pixels: NDArray[np.uint16]
    icc: bytes | None
    bits: int


def read(path: Path) -> Photo:
    """Decode a JPEG, PNG or TIFF by its content, whatever its name.

    Raises
    ------
    ImagingError : not one of these, damaged, or of a kind that is no plain RGB or grey picture
    """
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            kind, mode, icc = image.format, image.mode, image.info.get("icc_profile")
            if getattr(image, "n_frames", 1) != 1:
                raise ImagingError(f"{path.name}: has several pictures; save the one to be used")
            if (mode in ("CMYK", "LAB", "YCbCr") and kind != "JPEG") or mode == "CMYK":
                raise ImagingError(f"{path.name}: is {mode}; only RGB and grey can be stacked")
            if kind == "JPEG":
                return _eight_bits(np.asarray(image.convert("RGB")), icc if mode == "RGB" else None)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImagingError(f"{path.name}: cannot be decoded ({error})") from None
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise ImagingError(
            f"{path.name}: cannot be decoded; it must be 8- or 16-bit RGB or grey, and whole"
        )
    if pixels.ndim == 2:
        return _deep(np.repeat(pixels[..., None], 3, axis=2), None)
    if pixels.shape[2] == 4 and pixels[..., 3].min() < np.iinfo(pixels.dtype).max:
        raise ImagingError(f"{path.name}: is partly transparent; save it without alpha")
    return _deep(pixels[..., 2::-1], icc)


def _deep(pixels: NDArray, icc: bytes | None) -> Photo:
    if pixels.dtype == np.uint8:
        return _eight_bits(pixels, icc)
    return Photo(np.ascontiguousarray(pixels), icc, 16)


def _eight_bits(pixels: NDArray[np.uint8], icc: bytes | None) -> Photo:
    return Photo(pixels.astype(np.uint16) * np.uint16(TO_16_BITS), icc, 8)
