"""The digest that a DNG holds of its own picture, compared with the picture.

NewRawImageDigest (DNG 1.7, chapter 4) as Adobe's SDK reckons it: of a lossy JPEG, the MD5 of the
MD5s of its tiles as they lie in the file; of all else, of those of squares of 256 px, planes apart.
Programs that change a picture and not its digest are known: a difference is a doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames.tiff_pages import RAW_PHOTOMETRICS, Page

_NEW_RAW_IMAGE_DIGEST, _LINEARIZATION_TABLE = 51111, 50712
_UNCOMPRESSED, _LOSSLESS_JPEG, _LOSSY_JPEG = 1, 7, 34892
SQUARE_PX = 256


def compare(path: Path, pages: Sequence[Page], values: NDArray[np.uint16] | None) -> str | None:
    """What is doubtful of a DNG by its own digest; None where it agrees or cannot be compared.

    Parameters
    ----------
    values : (H, W) as LibRaw decoded them, margins included; None of a linear raw
    """
    held = pages[0].directory.fields.get(_NEW_RAW_IMAGE_DIGEST, ())
    page = next((p for p in pages if p.photometric in RAW_PHOTOMETRICS and not p.aside), None)
    if page is None or len(held) != 16:
        return None
    if page.compression == _LOSSY_JPEG:
        found = _of_tiles(path, page)
    elif (
        page.compression in (_UNCOMPRESSED, _LOSSLESS_JPEG)
        and values is not None
        and values.shape == (page.height_px, page.width_px)
        and page.bits == 16
        and _LINEARIZATION_TABLE not in page.directory.fields
    ):
        found = _of_squares(values)
    else:
        return None
    if found == bytes(int(byte) for byte in held):
        return None
    return (
        "its picture is not that of the digest in it: damaged, or changed by a program that left "
        "the digest as it was; compare it with another copy"
    )


def _of_tiles(path: Path, page: Page) -> bytes:
    whole = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        for start, end in page.pieces:
            file.seek(start)
            tile = hashlib.md5(file.read(end - start), usedforsecurity=False)
            whole.update(tile.digest())
    return whole.digest()


def _of_squares(values: NDArray[np.uint16]) -> bytes:
    whole = hashlib.md5(usedforsecurity=False)
    for top in range(0, values.shape[0], SQUARE_PX):
        for left in range(0, values.shape[1], SQUARE_PX):
            square = values[top : top + SQUARE_PX, left : left + SQUARE_PX]
            packed = np.ascontiguousarray(square, "<u2")
            whole.update(hashlib.md5(packed.data, usedforsecurity=False).digest())
    return whole.digest()
