"""Light on the virtual specimen: two soft boxes and a dome, mirrored, scattered and shaded.

A cuticle is a diffuse body under a clear coat; a metallic one mirrors the lamps in its own colour,
which is that of a thin film and changes with the angle (structural colour: H. E. Hinton,
"Some little known surface structures", 1970; a film's reflectance is the usual two-beam
interference, Born & Wolf, Principles of Optics, 7.6). Directions are (x, y, z): right, down,
towards the camera.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

# Middle wavelengths of red, green and blue in nm.
RGB_NM = (605.0, 540.0, 455.0)
DOME = 0.55


def unit(*direction: float) -> NDArray[np.float32]:
    """A direction of length 1."""
    vector = np.asarray(direction, np.float32)
    return vector / np.linalg.norm(vector)


# Of each soft box: where it stands, the cosine at its edge, how soft that is, its radiance.
LAMPS = (
    (unit(-0.62, -0.50, 0.60), 0.90, 0.03, 5.0),
    (unit(0.78, -0.10, 0.62), 0.955, 0.02, 3.0),
    (unit(0.15, 0.80, 0.58), 0.975, 0.015, 1.6),
)


def normals(height_um: NDArray, pitch_um: float, smooth_px: float = 0.0) -> NDArray[np.float32]:
    """(h, w, 3) directions in which a surface of heights (h, w) faces."""
    if smooth_px > 0:
        height_um = ndimage.gaussian_filter(height_um, smooth_px)
    slope_y, slope_x = np.gradient(height_um, pitch_um)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    return np.stack([-slope_x / length, -slope_y / length, 1 / length], axis=-1).astype(np.float32)


def diffuse(normal: NDArray) -> NDArray[np.float32]:
    """(h, w) light on a matt surface, 1 on a level one, about."""
    total = 0.5 * (0.5 + 0.5 * normal[..., 2])
    for lamp, _, _, radiance in LAMPS:
        total = total + 0.20 * radiance * np.clip(normal @ lamp, 0, None)
    return total.astype(np.float32)


def mirrored(normal: NDArray, blur: float = 0.0) -> NDArray[np.float32]:
    """(h, w) radiance that a mirror shows to the camera; `blur` widens the lamps' edges."""
    # The line of sight (0, 0, 1), mirrored.
    x = 2 * normal[..., 2] * normal[..., 0]
    y = 2 * normal[..., 2] * normal[..., 1]
    z = 2 * normal[..., 2] ** 2 - 1
    total = DOME * (0.35 + 0.65 * np.clip(z, 0, 1) ** 2)
    for lamp, edge, soft, radiance in LAMPS:
        near = x * lamp[0] + y * lamp[1] + z * lamp[2]
        width = soft + blur
        # A blurred lamp is as much dimmer as it is wider.
        dimmer = (1 - edge) / (1 - edge + blur)
        total = total + dimmer * radiance * special.expit((near - edge) / (0.35 * width))
    return total.astype(np.float32)


def film(normal: NDArray, thickness_nm: NDArray) -> NDArray[np.float32]:
    """(h, w, 3) reflectance of a thin film of chitin (n = 1.56), by thickness and angle."""
    inside = np.sqrt(1 - (1 - normal[..., 2] ** 2) / 1.56**2)
    way_nm = 2 * 1.56 * thickness_nm * inside
    colour = [0.5 - 0.5 * np.cos(2 * np.pi * way_nm / nm) for nm in RGB_NM]
    return (np.stack(colour, axis=-1) ** 2.2).astype(np.float32)


def openness(height_um: NDArray, pitch_um: float, reach_px: float) -> NDArray[np.float32]:
    """(h, w) 0..1: how much of the dome a point sees, by how deep it lies below what is around."""
    light = np.ones(height_um.shape, np.float32)
    for reach in (reach_px, reach_px / 4):
        around_um = ndimage.gaussian_filter(height_um, reach)
        below = np.clip((around_um - height_um) / (reach * pitch_um), 0, None)
        light *= 1 / (1 + 1.1 * below)
    return light
