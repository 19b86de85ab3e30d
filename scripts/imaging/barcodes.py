"""Barcodes in a picture: QR, DataMatrix, Code 128 and their kin, as labels of specimens carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zxingcpp

from imaging import tiff


def read_codes(picture: Path) -> list[str]:
    """Texts of all barcodes in an uncompressed TIFF, each once, in alphabetical order.

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
    return sorted({code.text for code in zxingcpp.read_barcodes(grey) if code.text})
