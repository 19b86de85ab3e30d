"""Pictures for screens: 8 bits, sRGB, JPEG without anything but px."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from imaging.frames import colour

QUALITY = 85
_PROFILE = "icc-profile-data"


def for_screens(image: pyvips.Image) -> pyvips.Image:
    """An image of 8 or 16 bits in sRGB and 8 bits; without a profile it is taken for sRGB."""
    if image.get_typeof(_PROFILE) and image.get(_PROFILE) != colour.profile("srgb"):
        image = image.icc_transform(
            str(colour.profile_path("srgb")),
            embedded=True,
            depth=8,
            intent="relative",
            black_point_compensation=True,
        )
    elif image.format == "ushort":
        image = (image.cast("float") / 257.0 + 0.5).cast("uchar")
    return image.copy(interpretation="srgb")


def as_image(pixels: NDArray[np.uint16], icc: bytes | None) -> pyvips.Image:
    """Pixels (H, W, 3) of a colour space as an image for screens."""
    whole = np.ascontiguousarray(pixels)
    image = pyvips.Image.new_from_memory(
        whole.data, whole.shape[1], whole.shape[0], whole.shape[2], "ushort"
    ).copy(interpretation="rgb16")
    if icc:
        image.set_type(pyvips.GValue.blob_type, _PROFILE, icc)
    return for_screens(image)


def write_jpeg(image: pyvips.Image, path: Path, quality: int = QUALITY) -> None:
    """Write an image for screens."""
    image.jpegsave(str(path), Q=quality, keep="none")
