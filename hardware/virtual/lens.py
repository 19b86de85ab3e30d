"""A lens with an aperture, focused at a height: defocus, occlusion, perspective, diffraction.

The entrance pupil stands `working_distance_um` above the plane in focus and moves with it, as
on a rail that moves the camera; from that follows the change of magnification between frames.
Each layer of the scene is blurred once by discs of some radii; a pixel of a frame is taken from
the blurs next to its own circle of confusion, layer over layer by their blurred cover. So what is
in front and out of focus lets through what is behind it, as it does by the rays around it. That
holds where heights change little within a circle of confusion; rays traced one by one need a
hundred times as long. Diffraction is a Gaussian of the Airy disc's width (σ = 0.21 λ / NA).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft, ndimage

from hardware.optics import GREEN_UM
from hardware.virtual.scene import Layer, Scene, means

# Radii of the discs in px, and how many px a sample of each blur stands for.
RADII_PX = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
SPACINGS = (1, 1, 2, 2, 4, 4, 8, 8)
# Of a blurred layer: red, green and blue times its cover, its cover, its height times its cover.
COVER, HEIGHT = 3, 4
# Less of a px than this is covered by nothing.
LEAST_COVER = 0.002


@dataclass(frozen=True)
class Lens:
    """Object-side numerical aperture and distance from pupil to the plane in focus.

    `curvature_um` : how much higher than in the middle of the field it is in focus at a corner.
    """

    na: float
    working_distance_um: float
    curvature_um: float = 0.0


@dataclass(frozen=True)
class Subject:
    """A scene, blurred for one lens."""

    pitch_um: float
    layers: tuple[Blurred, ...]


class Blurred(NamedTuple):
    """A layer, blurred.

    blurs : one (h / n, w / n, 5) float32 for each of `RADII_PX`
    spacings : (8,) n, how many px a sample of each stands for
    shift_px : as the layer has it
    lowest_um, highest_um : of what there is of it
    """

    blurs: tuple[NDArray[np.float32], ...]
    spacings: NDArray[np.int64]
    shift_px: tuple[float, float]
    lowest_um: float
    highest_um: float


def subject(scene: Scene, lens: Lens) -> Subject:
    """Blur a scene for the pictures that are taken of it."""
    sigma_px = 0.21 * GREEN_UM / lens.na / scene.pitch_um
    return Subject(scene.pitch_um, tuple(_layer(layer, sigma_px) for layer in scene.layers))


def expose(
    of: Subject, lens: Lens, focus_um: float, width_px: int, height_px: int
) -> NDArray[np.float32]:
    """Image of the subject with the lens focused at height `focus_um`.

    Returns
    -------
    (height_px, width_px, 3) float32, linear radiance.
    """
    return _pictured(of, lens, focus_um, width_px, height_px, lens.na)[0]


def truth(
    of: Subject, lens: Lens, focus_um: float, width_px: int, height_px: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a perfect stack gives in the geometry of the frame focused at `focus_um`.

    Returns
    -------
    sharp : (height_px, width_px, 3) float32, linear radiance through a pinhole, with the
        lens's diffraction.
    depth_um : (height_px, width_px) float32, height of what each pixel's centre shows.
    """
    return _pictured(of, lens, focus_um, width_px, height_px, 0.0)


def _pictured(
    of: Subject, lens: Lens, focus_um: float, width_px: int, height_px: int, na: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rgb = np.zeros((height_px, width_px, 3), np.float32)
    depth = np.zeros((height_px, width_px), np.float32)
    left = np.ones((height_px, width_px), np.float32)
    for layer in reversed(of.layers):
        _lay_under(
            *layer,
            np.array(RADII_PX),
            focus_um,
            lens.curvature_um,
            lens.working_distance_um,
            na / of.pitch_um,
            rgb,
            depth,
            left,
        )
    return rgb, depth


def _layer(layer: Layer, sigma_px: float) -> Blurred:
    cover = layer.cover[..., None]
    planes = np.concatenate(
        [layer.rgb * cover, cover, layer.height_um[..., None] * cover], axis=2, dtype=np.float32
    )
    # A layer of few px cannot have fewer.
    most = max(1, min(layer.cover.shape) // 4)
    spacings = [min(max(spacing, layer.finest_px), most) for spacing in SPACINGS]
    binned = {spacing: means(planes, spacing) for spacing in set(spacings)}
    there_um = layer.height_um[layer.cover > 0]
    return Blurred(
        tuple(
            _blurred(binned[spacing], _disc_px(radius, spacing), sigma_px / spacing)
            for radius, spacing in zip(RADII_PX, spacings, strict=True)
        ),
        np.array(spacings),
        layer.shift_px,
        float(there_um.min(initial=np.inf)),
        float(there_um.max(initial=-np.inf)),
    )


def _disc_px(radius_px: float, spacing: int) -> float:
    """Radius in samples of the disc that, sampled so, blurs like one of `radius_px`."""
    # To the mean square radius, r² / 2, each mean of n px adds n² / 6: of samples, in the disc,
    # and where a place lies between two samples.
    added = spacing**2 * (1 if spacing > 1 else 2 / 3)
    return np.sqrt(max(radius_px**2 - added, 0.0)) / spacing


def _spread(radius_px: float, sigma_px: float, shape: list[int]) -> NDArray[np.float32]:
    """A disc, blurred by a Gaussian, of sum 1 about the first sample; nowhere below 0."""
    reach, fine = int(radius_px + 3 * sigma_px) + 1, 8
    side = 2 * reach + 1
    places = (np.arange(side * fine) + 0.5) / fine - reach - 0.5
    disc = (np.hypot(places[:, None], places) <= max(radius_px, 1 / fine)).astype(np.float32)
    disc = ndimage.gaussian_filter(disc, sigma_px * fine, mode="constant", truncate=3)
    disc = disc.reshape(side, fine, side, fine).sum(axis=(1, 3))
    spread = np.zeros(shape, np.float32)
    spread[:side, :side] = disc / disc.sum()
    return np.roll(spread, (-reach, -reach), axis=(0, 1))


def _blurred(planes: NDArray[np.float32], radius_px: float, sigma_px: float) -> NDArray[np.float32]:
    """(h, w, c), each plane blurred by a disc and a Gaussian; outside the border goes on."""
    rows, columns = planes.shape[:2]
    edge = min(int(radius_px + 3 * sigma_px) + 2, 64)
    shape = [fft.next_fast_len(side + 2 * edge, real=True) for side in (rows, columns)]
    passed = fft.rfft2(_spread(radius_px, sigma_px, shape))
    blurred = np.empty_like(planes)
    for channel in range(planes.shape[2]):
        plane = planes[..., channel]
        wide = np.pad(
            plane,
            [(edge, long - side - edge) for long, side in zip(shape, plane.shape, strict=True)],
            mode="edge",
        )
        result = fft.irfft2(fft.rfft2(wide) * passed, shape)[
            edge : edge + rows, edge : edge + columns
        ]
        blurred[..., channel] = result
    return blurred


@njit(cache=True)
def _corner(at: float, side: int) -> tuple[int, float]:
    """The sample before a place along a side, and the part beyond it; the border goes on."""
    at = min(max(at, 0.0), side - 1.001)
    return int(at), at - int(at)


@njit(cache=True)
def _at(plane: NDArray, y: float, x: float, channel: int) -> float:
    i, down = _corner(y, plane.shape[0])
    j, across = _corner(x, plane.shape[1])
    upper = plane[i, j, channel] * (1 - across) + plane[i, j + 1, channel] * across
    lower = plane[i + 1, j, channel] * (1 - across) + plane[i + 1, j + 1, channel] * across
    return upper * (1 - down) + lower * down


@njit(cache=True)
def _level(radii: NDArray, radius: float) -> int:
    """The last of the discs, but one, that is not wider than `radius`."""
    level = 0
    while level < len(radii) - 2 and radii[level + 1] <= radius:
        level += 1
    return level


@njit(cache=True, fastmath=True)
def _lay_under(
    blurs: tuple[NDArray, ...],
    spacings: NDArray,
    shift: tuple[float, float],
    lowest: float,
    highest: float,
    radii: NDArray,
    focus: float,
    curvature: float,
    distance: float,
    radius_per_um: float,
    rgb: NDArray,
    depth: NDArray,
    left: NDArray,
) -> None:
    """Lay one layer under what is in `rgb` already, which lets `left` of it through."""
    height, width = depth.shape
    corner = (height * height + width * width) / 4
    furthest = max(abs(focus - lowest), abs(focus + curvature - lowest))
    furthest = max(furthest, max(abs(focus - highest), abs(focus + curvature - highest)))
    # No circle of confusion of this layer is wider than this disc.
    widest = min(_level(radii, furthest * radius_per_um) + 1, len(radii) - 1)
    for row in range(height):
        for column in range(width):
            seen = left[row, column]
            if seen < LEAST_COVER:
                continue
            off_y, off_x = row + 0.5 - height / 2, column + 0.5 - width / 2
            in_focus = focus + curvature * (off_y * off_y + off_x * off_x) / corner
            # What is high, or low, may be there by perspective alone.
            scale = 1 + (in_focus - 0.5 * (lowest + highest)) / distance
            y, x = off_y * scale + shift[0], off_x * scale + shift[1]
            plane, n = blurs[widest], spacings[widest]
            v, u = y / n + plane.shape[0] / 2 - 0.5, x / n + plane.shape[1] / 2 - 0.5
            i = min(max(int(v + 0.5), 0), plane.shape[0] - 1)
            j = min(max(int(u + 0.5), 0), plane.shape[1] - 1)
            cover = plane[i, j, COVER]
            if cover < 0.1 * LEAST_COVER:
                continue
            # How high it is here tells how blurred it is, and that who of it is seen here.
            z = 0.5 * (lowest + highest)
            radius = abs(in_focus - z) * radius_per_um
            level = min(_level(radii, radius), widest)
            for turn in range(0 if lowest == highest else 3):
                plane, n = blurs[level], spacings[level]
                v, u = y / n + plane.shape[0] / 2 - 0.5, x / n + plane.shape[1] / 2 - 0.5
                cover = _at(plane, v, u, COVER)
                # Nothing here: it may be near enough to be seen when it is blurred.
                while cover < LEAST_COVER and level < widest:
                    level += 1
                    plane, n = blurs[level], spacings[level]
                    v, u = y / n + plane.shape[0] / 2 - 0.5, x / n + plane.shape[1] / 2 - 0.5
                    cover = _at(plane, v, u, COVER)
                if cover < LEAST_COVER:
                    break
                z = _at(plane, v, u, HEIGHT) / cover
                radius = abs(in_focus - z) * radius_per_um
                scale = 1 + (in_focus - z) / distance
                y, x = off_y * scale + shift[0], off_x * scale + shift[1]
                was = level
                level = _level(radii, radius)
                if turn > 0 and level == was:
                    break
            if cover < LEAST_COVER:
                continue
            level = _level(radii, radius)
            least, most = radii[level], radii[level + 1]
            # Of two discs as much as makes the mean square radius that of one of `radius`.
            part = min((radius * radius - least * least) / (most * most - least * least), 1.0)
            red, green, blue, cover = 0.0, 0.0, 0.0, 0.0
            for k in range(2):
                weight = part if k else 1 - part
                if weight > 0.0:
                    plane, n = blurs[level + k], spacings[level + k]
                    v, u = y / n + plane.shape[0] / 2 - 0.5, x / n + plane.shape[1] / 2 - 0.5
                    i, down = _corner(v, plane.shape[0])
                    j, across = _corner(u, plane.shape[1])
                    w00, w01 = weight * (1 - down) * (1 - across), weight * (1 - down) * across
                    w10, w11 = weight * down * (1 - across), weight * down * across
                    a, b = plane[i, j], plane[i, j + 1]
                    c, d = plane[i + 1, j], plane[i + 1, j + 1]
                    red += w00 * a[0] + w01 * b[0] + w10 * c[0] + w11 * d[0]
                    green += w00 * a[1] + w01 * b[1] + w10 * c[1] + w11 * d[1]
                    blue += w00 * a[2] + w01 * b[2] + w10 * c[2] + w11 * d[2]
                    cover += w00 * a[3] + w01 * b[3] + w10 * c[3] + w11 * d[3]
            cover = min(cover, 1.0)
            rgb[row, column, 0] += seen * red
            rgb[row, column, 1] += seen * green
            rgb[row, column, 2] += seen * blue
            left[row, column] = seen * (1 - cover)
            if seen > 0.5 and seen * (1 - cover) <= 0.5:
                depth[row, column] = z
