"""The surface of a specimen as triangles in µm, with where each corner lies on the master."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.pictures.pinholes import without_pinholes
from imaging.pictures.thinning import triangulate

# Nodes along the longer edge, at most: depth is measured in windows of several px, and between two
# nodes of a picture of 24 Mpx lie six.
MOST_NODES = 1024
# One measurement of depth is of so many px across and down: the neighbours that `agreement` asks,
# at half the resolution.
MEASURED_PX = 14


@dataclass(frozen=True)
class Surface:
    """A mesh in true proportions.

    Attributes
    ----------
    points_um : (n, 3) float32: x to the right and y up from the middle of the picture, z towards
        the camera from where the depth map has its zero
    places : (n, 2) float32, the same corners on the picture, 0 to 1 from its top left: x, y
    faces : (m, 3) uint32, numbers of points, counter-clockwise for the camera
    closed : how many px that were looked at are not known, and were closed
    """

    points_um: NDArray[np.float32]
    places: NDArray[np.float32]
    faces: NDArray[np.uint32]
    closed: int = 0


def surface_of(depth: tiff.Rows, pixel_size_um: float, error_um: float) -> Surface:
    """The surface that a depth map describes: holes where it knows nothing.

    Each corner is a px of the map. Holes are closed that are smaller than a measurement, and whose
    rims lie in a plane.

    Parameters
    ----------
    depth : open map (H, W) float32, µm, larger nearer to the camera, NaN where not known
    error_um : how far a px that is looked at may lie above or below the surface, and the rim of a
        hole that is closed off its plane

    Raises
    ------
    ImagingError : nowhere three px side by side are known
    """
    height, width = depth.extent
    apart = -(-max(height, width) // MOST_NODES)
    rows = range(apart // 2, height, apart)
    heights = np.stack([depth.read(row, row + 1)[0, apart // 2 :: apart] for row in rows])
    heights, closed = without_pinholes(heights, max(MEASURED_PX // apart, 1), error_um)
    thinned = triangulate(heights, error_um)
    if not len(thinned.faces):
        raise ImagingError(f"{depth.path}: hardly a height is known, so that there is no surface")
    # A px is where its middle is.
    y, x = (thinned.nodes * apart + apart // 2 + 0.5).T
    z = heights[tuple(thinned.nodes.T)]
    points = np.stack([(x - width / 2) * pixel_size_um, (height / 2 - y) * pixel_size_um, z], 1)
    return Surface(
        points.astype(np.float32),
        np.stack([x / width, y / height], 1).astype(np.float32),
        thinned.faces.astype(np.uint32),
        closed,
    )
