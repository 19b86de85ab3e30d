"""A shot of a target as frames are developed: dust and shading taken out by a white frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames.colour import light_curve


def developed(
    shot: Path, develop: Callable[[Path], NDArray[np.uint16]], icc: bytes, white: Path | None
) -> NDArray[np.uint16]:
    """Develop a shot, and flatten it where there is a white frame.

    Parameters
    ----------
    develop : file → (H, W, 3) uint16, whose values mean what `icc` says
    white : picture of an evenly lit white field

    Raises
    ------
    ImagingError : shot or white frame cannot be read, or do not fit each other
    """
    pixels = develop(shot)
    if white is None:
        return pixels
    # Only who has a white frame waits for scipy to be loaded.
    from imaging.sensor import white_frame

    try:
        field = white_frame.white_frame(develop(white), light_curve(icc))
    except ImagingError as error:
        raise ImagingError(f"white frame {white}: {error}") from None
    try:
        white_frame.flatten(pixels, field)
    except ImagingError as error:
        raise ImagingError(f"{shot}: {error}") from None
    return pixels
