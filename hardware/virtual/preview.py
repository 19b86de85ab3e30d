"""What the virtual camera's live view shows: what a frame will, smaller and without its noise."""

from __future__ import annotations

import io

import numpy as np
from numba import njit
from numpy.typing import NDArray
from PIL import Image

WIDTH_PX = 800
JPEG_QUALITY = 82


def factor(width_px: int) -> int:
    """How many px of a frame so wide become one of the preview."""
    return max(1, round(width_px / WIDTH_PX))


def jpeg(radiance: NDArray[np.float32], light: float) -> bytes:
    """JPEG, sRGB, of a picture (h, w, 3), linear.

    `light` is what a radiance of 1 becomes, as part of what is white.
    """
    encoded = np.empty(radiance.shape, np.uint8)
    _encode(radiance.ravel(), light, SRGB, encoded.ravel())
    file = io.BytesIO()
    Image.fromarray(encoded).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _table() -> NDArray[np.uint8]:
    """8-bit sRGB (IEC 61966-2-1) of 4096 equal steps of light."""
    light = np.arange(4096) / 4095
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


SRGB = _table()


@njit(cache=True)
def _encode(radiance: NDArray, light: float, table: NDArray, encoded: NDArray) -> None:
    for k in range(len(radiance)):
        encoded[k] = table[int(min(max(radiance[k] * light, 0.0), 1.0) * 4095 + 0.5)]
