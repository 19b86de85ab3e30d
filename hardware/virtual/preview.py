"""What the virtual camera's live view shows: quick, and near enough to what a frame will show.

Tracing rays takes a second a picture. Here the specimen is blurred beforehand, by discs of some
radii, and each pixel is taken from the blurs next to its own circle of confusion; things that
stand free (bristles, legs) are laid over the surface by their blurred coverage. What is not shown:
noise, and that light from behind passes around the edge of a surface out of focus.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, special

from hardware.optics import GREEN_UM
from hardware.virtual.lens import Lens
from hardware.virtual.scene import NOTHING_UM, Scene

WIDTH_PX = 800
JPEG_QUALITY = 82
# Radii of the discs, in px of the preview, and how many px a sample of each blur stands for.
RADII_PX = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
SPACINGS = (1, 1, 1, 2, 2, 4, 4)
# Less of a px than this is covered by nothing.
LEAST_COVER = 0.004


@dataclass(frozen=True)
class Blurs:
    """A specimen at the preview's size, blurred.

    pitch_um : size of a pixel of the preview at the specimen
    width_px, height_px : of the preview
    surface_um : (h, w) float32, height of the surface
    blurred : of each of `RADII_PX` (h / n, w / n, 8) float32, n its `SPACINGS`: red, green and
        blue of the surface; of what stands free red, green and blue times its cover, its cover
        0..1, and its height in µm times its cover
    """

    pitch_um: float
    width_px: int
    height_px: int
    surface_um: NDArray[np.float32]
    blurred: tuple[NDArray[np.float32], ...]


def blur(scene: Scene, lens: Lens, width_px: int, height_px: int) -> Blurs:
    """Prepare a scene, whose frames have `width_px` × `height_px`, for `picture`."""
    factor = max(1, round(width_px / WIDTH_PX))
    pitch_um = scene.pitch_um * factor
    free = scene.bristle_um > NOTHING_UM / 2
    free_um = np.where(free, scene.bristle_um, 0)
    planes = np.concatenate(
        [
            scene.surface_rgb,
            scene.bristle_rgb * free[..., None],
            free[..., None],
            free_um[..., None],
        ],
        axis=2,
    ).astype(np.float32)
    planes = _binned(planes, factor, 4)
    spectrum = fft.rfft2(planes, axes=(0, 1))
    across = fft.rfftfreq(planes.shape[1])
    frequency = np.hypot(fft.fftfreq(planes.shape[0])[:, None], across)
    diffraction = np.exp(-2 * (np.pi * frequency * 0.21 * GREEN_UM / lens.na / pitch_um) ** 2)
    blurred = []
    for radius, spacing in zip(RADII_PX, SPACINGS, strict=True):
        passed = (spectrum * (diffraction * _disc(frequency, radius))[..., None]).astype(
            np.complex64
        )
        plane = fft.irfft2(passed, planes.shape[:2], axes=(0, 1))
        # The disc of few pixels rings a little.
        blurred.append(_binned(np.maximum(plane, 0), spacing, spacing))
    return Blurs(
        pitch_um,
        width_px // factor,
        height_px // factor,
        _binned(scene.surface_um[..., None], factor, 4)[..., 0],
        tuple(blurred),
    )


def picture(blurs: Blurs, lens: Lens, focus_um: float, light: float) -> bytes:
    """JPEG, sRGB, of what the lens shows when it is focused at `focus_um`.

    `light` is what a radiance of 1 becomes, as part of what is white.
    """
    encoded = np.empty((blurs.height_px, blurs.width_px, 3), np.uint8)
    _gather(
        blurs.surface_um,
        blurs.blurred,
        np.array(SPACINGS),
        focus_um,
        lens.working_distance_um,
        lens.na / blurs.pitch_um,
        light,
        _SRGB,
        encoded,
    )
    jpeg = io.BytesIO()
    Image.fromarray(encoded).save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return jpeg.getvalue()


def _binned(plane: NDArray, factor: int, multiple: int) -> NDArray[np.float32]:
    """Means of `factor` × `factor` px, cut to a multiple of samples about the same centre."""
    whole = 2 * factor * multiple
    rows, columns = (side % whole // 2 for side in plane.shape[:2])
    height, width = (side - side % whole for side in plane.shape[:2])
    plane = plane[rows : rows + height, columns : columns + width]
    if factor > 1:
        shape = (height // factor, factor, width // factor, factor, plane.shape[2])
        plane = plane.reshape(shape).mean(axis=(1, 3))
    return np.ascontiguousarray(plane, np.float32)


def _disc(frequency: NDArray, radius_px: float) -> NDArray:
    """What a uniform disc passes of each frequency (cycles/px): 2 J1(x) / x."""
    x = np.maximum(2 * np.pi * radius_px * frequency, 1e-6)
    return 2 * special.j1(x) / x


def _srgb_table() -> NDArray[np.uint8]:
    light = np.arange(4096) / 4095
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


_SRGB = _srgb_table()


@njit(cache=True)
def _place(radius_px: float) -> float:
    """Where a radius lies among `RADII_PX`: a whole number is one of them."""
    if radius_px <= 1.0:
        return radius_px
    return min(1.0 + np.log2(radius_px), 5.999)


@njit(cache=True)
def _corners(plane: NDArray, y: float, x: float) -> tuple[int, int, float, float]:
    """Row, column and the parts beyond them of a place within a plane."""
    y = min(max(y, 0.0), plane.shape[0] - 1.001)
    x = min(max(x, 0.0), plane.shape[1] - 1.001)
    return int(y), int(x), y - int(y), x - int(x)


@njit(cache=True)
def _at(plane: NDArray, y: float, x: float, channel: int) -> float:
    i, j, down, across = _corners(plane, y, x)
    upper = plane[i, j, channel] * (1 - across) + plane[i, j + 1, channel] * across
    lower = plane[i + 1, j, channel] * (1 - across) + plane[i + 1, j + 1, channel] * across
    return upper * (1 - down) + lower * down


@njit(cache=True, fastmath=True)
def _gather(
    surface: NDArray,
    blurred: tuple[NDArray, ...],
    spacings: NDArray,
    focus: float,
    distance: float,
    radius_per_um: float,
    light: float,
    srgb: NDArray,
    encoded: NDArray,
) -> None:
    rows, columns = surface.shape
    height, width = encoded.shape[:2]
    widest = blurred[len(blurred) - 1]
    for row in range(height):
        for column in range(width):
            off_y, off_x = row + 0.5 - height / 2, column + 0.5 - width / 2
            # The way from the middle at the height of what is there: perspective.
            y, x = off_y + rows / 2, off_x + columns / 2
            z = surface[min(max(int(y), 0), rows - 1), min(max(int(x), 0), columns - 1)]
            scale = 1 + (focus - z) / distance
            y, x = off_y * scale + rows / 2, off_x * scale + columns / 2
            z = surface[min(max(int(y), 0), rows - 1), min(max(int(x), 0), columns - 1)]
            scale = 1 + (focus - z) / distance
            y, x = off_y * scale + rows / 2, off_x * scale + columns / 2
            place = _place(abs(focus - z) * radius_per_um)
            level = int(place)
            part = place - level
            red, green, blue = 0.0, 0.0, 0.0
            for k in range(2):
                weight = part if k else 1 - part
                if weight > 0.0:
                    n = spacings[level + k]
                    plane = blurred[level + k]
                    i, j, down, across = _corners(plane, y / n - 0.5, x / n - 0.5)
                    w00, w01 = weight * (1 - down) * (1 - across), weight * (1 - down) * across
                    w10, w11 = weight * down * (1 - across), weight * down * across
                    a, b = plane[i, j], plane[i, j + 1]
                    c, d = plane[i + 1, j], plane[i + 1, j + 1]
                    red += w00 * a[0] + w01 * b[0] + w10 * c[0] + w11 * d[0]
                    green += w00 * a[1] + w01 * b[1] + w10 * c[1] + w11 * d[1]
                    blue += w00 * a[2] + w01 * b[2] + w10 * c[2] + w11 * d[2]
            n = spacings[len(blurred) - 1]
            cover = _at(widest, y / n - 0.5, x / n - 0.5, 6)
            if cover > LEAST_COVER / 4:
                # How high what stands free is here tells how blurred it is, and that tells who
                # of it is near enough to be seen here.
                level = 4
                for _ in range(3):
                    n = spacings[level]
                    plane = blurred[level]
                    cover = _at(plane, y / n - 0.5, x / n - 0.5, 6)
                    if cover < LEAST_COVER:
                        break
                    z = _at(plane, y / n - 0.5, x / n - 0.5, 7) / cover
                    scale = 1 + (focus - z) / distance
                    y, x = off_y * scale + rows / 2, off_x * scale + columns / 2
                    place = _place(abs(focus - z) * radius_per_um)
                    level = int(place + 0.5)
                if cover >= LEAST_COVER:
                    level = int(place)
                    part = place - level
                    over_r, over_g, over_b, cover = 0.0, 0.0, 0.0, 0.0
                    for k in range(2):
                        weight = part if k else 1 - part
                        n = spacings[level + k]
                        plane = blurred[level + k]
                        v, u = y / n - 0.5, x / n - 0.5
                        over_r += weight * _at(plane, v, u, 3)
                        over_g += weight * _at(plane, v, u, 4)
                        over_b += weight * _at(plane, v, u, 5)
                        cover += weight * _at(plane, v, u, 6)
                    through = 1 - min(cover, 1.0)
                    red = over_r + through * red
                    green = over_g + through * green
                    blue = over_b + through * blue
            encoded[row, column, 0] = srgb[int(min(max(red * light, 0.0), 1.0) * 4095 + 0.5)]
            encoded[row, column, 1] = srgb[int(min(max(green * light, 0.0), 1.0) * 4095 + 0.5)]
            encoded[row, column, 2] = srgb[int(min(max(blue * light, 0.0), 1.0) * 4095 + 0.5)]
