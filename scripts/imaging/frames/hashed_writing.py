"""Write a picture and hash it on the way, part by part, while each part is in a processor's cache.

What is hashed is what was meant to be written: where a disk makes something else of it, whoever
reads the file and compares finds out.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff

# Of rows that are hashed and written together.
PART_BYTES = 1 << 20


class Digests(NamedTuple):
    """SHA-256, lower-case hexadecimal.

    Attributes
    ----------
    pixels : of a picture's samples; see `tiff.pixel_digest`
    file : of all bytes of its file
    """

    pixels: str
    file: str


def write_hashed(path: Path, pixels: NDArray[np.uint16], icc: bytes) -> Digests:
    """Write a whole picture, (H, W, 3), as `tiff.write_image` does; gives what it is known by."""
    of_pixels = hashlib.sha256()
    step = max(1, PART_BYTES // pixels[:1].nbytes)
    with tiff.create_image(path, pixels.shape, icc, dtype=pixels.dtype) as image:
        # Without further tags nothing follows the px.
        with path.open("rb") as file:
            of_file = hashlib.sha256(file.read(path.stat().st_size - pixels.nbytes))
        for first in range(0, len(pixels), step):
            part = np.ascontiguousarray(pixels[first : first + step], image.dtype)
            image.write(first, part)
            of_pixels.update(part.data)
            of_file.update(part.data)
    return Digests(of_pixels.hexdigest(), of_file.hexdigest())
