"""A shot of a target in which a person sees what was measured, and how far off it is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.frames import colour
from imaging.targets.lab import colorants, to_lab, xyz_of_lab
from imaging.targets.patches import Patches

_LONG_EDGE_PX = 1600
# Of what was measured of a patch, the inner part is filled with what it should be.
_INNER = 0.5


def shown(pixels: NDArray[np.uint16], icc: bytes, patches: Patches) -> NDArray[np.uint8]:
    """The shot in sRGB, what was measured of each patch outlined, in it its true colour.

    Parameters
    ----------
    pixels : (H, W, 3) uint16

    Returns
    -------
    (h, w, 3) uint8, no longer than 1600 px
    """
    factor = min(1.0, _LONG_EDGE_PX / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(_srgb(to_lab(small.astype(np.uint16), icc)))
    fills = _srgb(patches.chart.lab)
    for quad, fill in zip(patches.quads * factor, fills, strict=True):
        middle = quad.mean(axis=0)
        inner = np.rint(middle + (quad - middle) * _INNER).astype(np.int32)
        cv2.fillPoly(picture, [inner], [int(value) for value in fill])
        outline = np.rint(quad).astype(np.int32)
        for ink, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.polylines(picture, [outline], isClosed=True, color=ink, thickness=width)
    return picture


def _srgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    light = xyz_of_lab(lab) @ np.linalg.inv(colorants(None)).T
    encoded = colour.encode(colour.SPACES["srgb"], np.clip(light, 0.0, 1.0))
    return np.rint(encoded * 255.0).astype(np.uint8)
