"""Barcodes in a picture, of the kinds that labels of specimens carry: QR, DataMatrix, Code 128."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import photographs, quick_look, tiff
from imaging.frames.inspection import is_photograph_file

# Others have weaker checks or none: a pattern of pins or bristles could read as one of them.
KINDS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Code128,
    ]
)
# Of a photograph larger than this, every other pixel is enough to read a label.
LARGE_PX = 8_000_000


def read_codes(picture: Path) -> list[str]:
    """Texts of all barcodes in an uncompressed TIFF, each once, in alphabetical order."""
    return codes_in(grey_of(picture))


def grey_of(picture: Path) -> NDArray[np.uint8]:
    """An uncompressed TIFF in grey, (H, W).

    Parameters
    ----------
    picture : of shape (height, width, 3), 16 bits; read by strips, so that no more than an
        8-bit grey copy of it is held
    """
    with tiff.open_rows(picture) as rows:
        grey = np.empty(rows.shape[:2], np.uint8)
        top = 0
        for strip in rows.chunks():
            # Green alone: most of what the eye sees as light, and no sum to compute.
            channel = strip[..., 1] if strip.ndim == 3 else strip
            grey[top : top + len(strip)] = channel >> 8
            top += len(strip)
    return grey


def read_codes_of_frame(frame: Path) -> list[str]:
    """Texts of all barcodes in a frame as the camera wrote it; none if it cannot be decoded."""
    try:
        if not is_photograph_file(frame):
            return codes_in(quick_look.half_size_green(frame))
        pixels = photographs.read(frame).pixels[..., 1]
    except (ImagingError, OSError):
        return []
    every = 2 if pixels.size > LARGE_PX else 1
    # As bright as its largest sample allows: 12 bits in 16 are all but black in the upper eight.
    below = max(int(pixels.max()).bit_length() - 8, 0)
    return codes_in((pixels[::every, ::every] >> below).astype(np.uint8))


def read_codes_of_jpeg(jpeg: bytes) -> list[str]:
    """Texts of all barcodes in a JPEG that is in memory; none where it is no whole picture."""
    # What only looks into frames does not wait for it to be loaded.
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
            return codes_in(np.asarray(picture.convert("L")))
    except (OSError, ValueError, Image.DecompressionBombError):
        return []


def codes_in(grey: NDArray[np.uint8]) -> list[str]:
    """Texts of all barcodes in a picture, (H, W), each once, in alphabetical order."""
    codes = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats=KINDS)
    return sorted({code.text for code in codes if code.text})
