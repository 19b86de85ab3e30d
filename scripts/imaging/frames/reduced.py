"""Frames as a quick look needs them: decoded at a part of their size, all of a stack alike."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.frames import photographs
from imaging.frames.formats import claims_raw
from imaging.frames.raw_reading import named, opened
from imaging.frames.raws import Development, decide, libraw_options


def decide_reduced(first: Path) -> Development | None:
    """How all raws of a stack are developed, by their first; None for photographs.

    Raises
    ------
    ImagingError : LibRaw cannot read the frame; with the file's name
    """
    return decide(first, "LINEAR", colour_space="srgb") if claims_raw(first) else None


def read_reduced(
    path: Path, long_edge_px: int, development: Development | None
) -> tuple[NDArray[np.uint16], tuple[int, int]]:
    """Decode a frame, reduced to a long edge; it is not enlarged.

    Parameters
    ----------
    development : of raws, whose quartets become a px each; None for photographs

    Returns
    -------
    pixels : (h, w, 3) uint16, as stored: not turned; of raws in sRGB
    size : width and height of the whole frame

    Raises
    ------
    ImagingError : the file cannot be decoded; with its name
    """
    if development is None:
        photograph = photographs.read(path, least_px=long_edge_px)
        pixels = photograph.pixels
        size = photograph.facts.width_px, photograph.facts.height_px
    else:
        pixels, size = _half(path, development)
    factor = long_edge_px / max(pixels.shape)
    if factor < 1:
        small = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
        pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA).astype(np.uint16)
    return np.ascontiguousarray(pixels), size


def _half(path: Path, development: Development) -> tuple[NDArray, tuple[int, int]]:
    with named(path), opened(path) as raw:
        size = raw.sizes.width, raw.sizes.height
        pixels = raw.postprocess(half_size=True, **libraw_options(development))
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return pixels, size
