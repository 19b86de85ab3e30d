"""A lens with an aperture: every pixel is the mean of rays through points of it.

The entrance pupil stands `working_distance_um` above the plane in focus and moves with it, as
on a rail that moves the camera. From that follow true defocus, occlusion seen around edges,
and the change of magnification between frames. Diffraction is added as a Gaussian of the
Airy disc's width (σ = 0.21 λ / NA).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import ndimage

from hardware.optics import GREEN_UM
from hardware.virtual.scene import Scene

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
# Steps of a sequence that fills the square of a pixel evenly (powers of the plastic number).
SPREAD_Y, SPREAD_X = 0.7548776662466927, 0.5698402909980532


@dataclass(frozen=True)
class Lens:
    """Object-side numerical aperture and distance from pupil to the plane in focus."""

    na: float
    working_distance_um: float
    samples: int = 36


def expose(
    scene: Scene, lens: Lens, focus_um: float, width_px: int, height_px: int
) -> NDArray[np.float32]:
    """Image of the scene with the lens focused at height `focus_um`.

    Returns
    -------
    (height_px, width_px, 3) float32, linear radiance.
    """
    rgb, _ = _trace(scene, lens, focus_um, width_px, height_px, lens.na, lens.samples)
    sigma_px = 0.21 * GREEN_UM / lens.na / scene.pitch_um
    return ndimage.gaussian_filter(rgb, (sigma_px, sigma_px, 0), mode="nearest")


def truth(
    scene: Scene, lens: Lens, focus_um: float, width_px: int, height_px: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a perfect stack gives in the geometry of the frame focused at `focus_um`.

    Returns
    -------
    sharp : (height_px, width_px, 3) float32, linear radiance through a pinhole, with the
        lens's diffraction.
    depth_um : (height_px, width_px) float32, height of what each pixel's centre shows.
    """
    rgb, depth = _trace(scene, lens, focus_um, width_px, height_px, 0.0, 16)
    sigma_px = 0.21 * GREEN_UM / lens.na / scene.pitch_um
    return ndimage.gaussian_filter(rgb, (sigma_px, sigma_px, 0), mode="nearest"), depth


def _trace(
    scene: Scene,
    lens: Lens,
    focus_um: float,
    width_px: int,
    height_px: int,
    na: float,
    samples: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    top = np.maximum(scene.surface_um, scene.bristle_um)
    field_um = 0.5 * math.hypot(width_px, height_px) * scene.pitch_um
    steepest = na + field_um / lens.working_distance_um
    reach_um = max(abs(focus_um - scene.surface_um.min()), abs(focus_um - top.max()))
    # How far from a pixel's own place any of its rays can meet the scene.
    window = 2 * (math.ceil(steepest * reach_um / scene.pitch_um) + 2) + 1
    highest = ndimage.maximum_filter(top, window, mode="nearest")
    lowest = ndimage.minimum_filter(scene.surface_um, window, mode="nearest")
    rgb = np.empty((height_px, width_px, 3), np.float32)
    depth = np.empty((height_px, width_px), np.float32)
    _rays(
        scene.surface_um,
        scene.surface_rgb,
        scene.bristle_um,
        scene.bristle_rgb,
        highest,
        lowest,
        scene.pitch_um,
        focus_um,
        lens.working_distance_um,
        _spiral(samples) * na * lens.working_distance_um,
        rgb,
        depth,
    )
    return rgb, depth


def _spiral(samples: int) -> NDArray[np.float64]:
    """(samples, 2) points that fill the unit disc evenly."""
    number = np.arange(samples)
    reach, angle = np.sqrt((number + 0.5) / samples), number * GOLDEN_ANGLE
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


@njit(cache=True)
def _random(value: int) -> float:
    """A number in 0..1 that depends on `value` alone (a mixing of its bits)."""
    mixed = np.uint64(value) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    return float(mixed >> np.uint64(40)) / 16777216.0


@njit(cache=True)
def _bilinear(plane: NDArray, y: float, x: float) -> float:
    """Value of `plane` between its points; the border continues outside."""
    y = min(max(y, 0.0), plane.shape[0] - 1.001)
    x = min(max(x, 0.0), plane.shape[1] - 1.001)
    row, column = int(y), int(x)
    down, across = y - row, x - column
    upper = plane[row, column] * (1 - across) + plane[row, column + 1] * across
    lower = plane[row + 1, column] * (1 - across) + plane[row + 1, column + 1] * across
    return upper * (1 - down) + lower * down


@njit(parallel=True, cache=True)
def _rays(
    surface: NDArray,
    surface_rgb: NDArray,
    bristle: NDArray,
    bristle_rgb: NDArray,
    highest: NDArray,
    lowest: NDArray,
    pitch: float,
    focus: float,
    distance: float,
    pupil: NDArray,
    rgb: NDArray,
    depth: NDArray,
) -> None:
    """Follow every pixel's rays down from the highest thing around to what they meet."""
    height_px, width_px = rgb.shape[:2]
    rows, columns = surface.shape
    samples = pupil.shape[0]
    for row in prange(height_px):
        for column in range(width_px):
            pixel = row * width_px + column
            turn = 2 * math.pi * _random(3 * pixel)
            turn_cos, turn_sin = math.cos(turn), math.sin(turn)
            shift_y, shift_x = _random(3 * pixel + 1), _random(3 * pixel + 2)
            total_r, total_g, total_b = 0.0, 0.0, 0.0
            home_y = min(max(int(row + rows / 2 - height_px / 2), 0), rows - 1)
            home_x = min(max(int(column + columns / 2 - width_px / 2), 0), columns - 1)
            ceiling = highest[home_y, home_x] + 1.0
            ground = lowest[home_y, home_x] - 1.0
            for sample in range(samples):
                within_y, within_x = 0.5, 0.5
                if sample > 0:
                    within_y = (shift_y + sample * SPREAD_Y) % 1.0
                    within_x = (shift_x + sample * SPREAD_X) % 1.0
                y_um = (row + within_y - height_px / 2) * pitch
                x_um = (column + within_x - width_px / 2) * pitch
                # The spiral is turned by pixel, so that it leaves no pattern.
                across = turn_cos * pupil[sample, 0] - turn_sin * pupil[sample, 1]
                down = turn_sin * pupil[sample, 0] + turn_cos * pupil[sample, 1]
                slope_y = (y_um - down) / distance
                slope_x = (x_um - across) / distance
                z = ceiling
                floor = ground
                steep = max(abs(slope_y), abs(slope_x))
                step = min(max(pitch / max(steep, 1e-6), 10.0), 120.0)
                above = 1e9
                hit_bristle = False
                y = 0.0
                x = 0.0
                while True:
                    y = (y_um + slope_y * (focus - z)) / pitch + rows / 2 - 0.5
                    x = (x_um + slope_x * (focus - z)) / pitch + columns / 2 - 0.5
                    near_y = min(max(int(y + 0.5), 0), rows - 1)
                    near_x = min(max(int(x + 0.5), 0), columns - 1)
                    hair = bristle[near_y, near_x]
                    if z <= hair < z + step:
                        hit_bristle = True
                        z = hair
                        break
                    gap = z - _bilinear(surface, y, x)
                    if gap <= 0:
                        if above < 1e8:
                            z += step * (-gap) / (above - gap)
                        break
                    if z <= floor:
                        break
                    above = gap
                    z -= step
                if hit_bristle:
                    total_r += bristle_rgb[near_y, near_x, 0]
                    total_g += bristle_rgb[near_y, near_x, 1]
                    total_b += bristle_rgb[near_y, near_x, 2]
                else:
                    y = (y_um + slope_y * (focus - z)) / pitch + rows / 2 - 0.5
                    x = (x_um + slope_x * (focus - z)) / pitch + columns / 2 - 0.5
                    y = min(max(y, 0.0), rows - 1.001)
                    x = min(max(x, 0.0), columns - 1.001)
                    i, j = int(y), int(x)
                    lower, right = y - i, x - j
                    w00, w01 = (1 - lower) * (1 - right), (1 - lower) * right
                    w10, w11 = lower * (1 - right), lower * right
                    a, b = surface_rgb[i, j], surface_rgb[i, j + 1]
                    c, d = surface_rgb[i + 1, j], surface_rgb[i + 1, j + 1]
                    total_r += w00 * a[0] + w01 * b[0] + w10 * c[0] + w11 * d[0]
                    total_g += w00 * a[1] + w01 * b[1] + w10 * c[1] + w11 * d[1]
                    total_b += w00 * a[2] + w01 * b[2] + w10 * c[2] + w11 * d[2]
                if sample == 0:
                    depth[row, column] = z
            rgb[row, column, 0] = total_r / samples
            rgb[row, column, 1] = total_g / samples
            rgb[row, column, 2] = total_b / samples
