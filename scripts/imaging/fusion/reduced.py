"""An aligned frame, small: how a person leafs through a stack, each frame at its place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.frames.converted import open_pixels
from imaging.fusion.frame import Frame

# Rows that are read at once are made of so many px at most: they stay in a processor's cache.
_CHUNK_PX = 1 << 17


def reduced_frame(
    frame: Frame, cut: NDArray[np.float64], extent: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.uint16]:
    """A frame in the reference frame's geometry and light, cropped and scaled down.

    Squares of whole px are averaged while the frame is read, and what is left to be scaled is
    interpolated with its motion, so that neither memory nor time is a whole frame's. Defects of the
    sensor are not mended.

    Parameters
    ----------
    cut : (3, 3) affine, px of the part that is shown → px of the reference frame
    extent : width and height of that part
    size : width and height of the result

    Returns
    -------
    (height, width, 3) uint16; beyond its border a frame is continued by its border px
    """
    step = max(1, min(extent[0] // size[0], extent[1] // size[1]))
    small = _averaged(frame, step)
    if any(gain != 1.0 for gain in frame.gains):
        samples = np.clip(np.rint(frame.curves() * np.float32(65535.0)), 0, 65535)
        small = np.asarray(cv2.LUT(small, samples.T.astype(np.uint16, order="C")[None]), np.uint16)
    motion = _px_of_small(step) @ frame.inverse @ cut @ _px_of_part(extent, size)
    moved = cv2.warpAffine(
        small,
        motion[:2],
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint16)


def _averaged(frame: Frame, step: int) -> NDArray[np.uint16]:
    """Means of whole squares of `step` px."""
    with open_pixels(frame.path) as pixels:
        rows, columns = (n // step for n in pixels.shape[:2])
        small = np.empty((rows, columns, 3), np.uint16)
        chunk = max(1, _CHUNK_PX // (pixels.shape[1] * step))
        for first in range(0, rows, chunk):
            last = min(first + chunk, rows)
            whole = pixels.read(first * step, last * step)[:, : columns * step]
            if step > 1:
                whole = cv2.resize(whole, (columns, last - first), interpolation=cv2.INTER_AREA)
            small[first:last] = whole
    return small


def _px_of_part(extent: tuple[int, int], size: tuple[int, int]) -> NDArray[np.float64]:
    """Px of the result → px of the part that it shows; centres at integers."""
    x, y = extent[0] / size[0], extent[1] / size[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def _px_of_small(step: int) -> NDArray[np.float64]:
    """Px of a frame → px of the frame averaged in squares."""
    shift = (1 / step - 1) / 2
    return np.array([[1 / step, 0, shift], [0, 1 / step, shift], [0, 0, 1]])
