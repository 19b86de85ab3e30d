"""A surface as a PLY (Stanford, 1994), binary, in µm, with the colour of each corner."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from imaging.pictures.surface import Surface


def ply_bytes(surface: Surface, picture: NDArray[np.uint8], told: Mapping[str, object]) -> bytes:
    """A surface as a PLY; equal arguments give equal bytes.

    Parameters
    ----------
    picture : (H, W, 3), sRGB
    told : what is said of it, a comment line for each
    """
    height, width = picture.shape[:2]
    x, y = (surface.places * (width, height)).astype(np.int64).T
    # Without places on a picture: who finds those looks for the picture, and takes no colours.
    points = np.empty(len(surface.points_um), [("point", "<f4", 3), ("colour", "u1", 3)])
    points["point"] = surface.points_um
    points["colour"] = picture[np.minimum(y, height - 1), np.minimum(x, width - 1)]
    faces = np.empty(len(surface.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"] = 3
    faces["corners"] = surface.faces
    header = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {name}: {json.dumps(value)}" for name, value in told.items()),
        f"element vertex {len(points)}",
        *(f"property float {name}" for name in ("x", "y", "z")),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    return "\n".join([*header, ""]).encode() + points.tobytes() + faces.tobytes()
