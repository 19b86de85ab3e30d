"""A lens with a wide aperture looking at a small scene, for stacks whose truth is known.

The camera is telecentric. Seen through one point (u, v) of the aperture, a surface point of height
z is displaced by z (u, v); a frame focused at f is the mean of many such pinhole views, each
shifted back by f (u, v). Every view has its own occlusions, so a blurred foreground lets the
background through at its rim just as glass does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

# Texture and relief have this many samples per px.
OVERSAMPLING = 2


@dataclass(frozen=True)
class Scene:
    """What stands before the lens; lengths in px, heights in frames (0 is the ground).

    Attributes
    ----------
    shape : (rows, columns) of the picture
    border : px of relief and texture beyond the picture on every side
    relief : (2 (rows + 2 border), 2 (columns + 2 border)) float32, height
    texture : as `relief`, (..., 3) float32, linear light
    plates : (n, 6) x, y, radius x, radius y, turn in radians, height: thin, flat, opaque
    plate_texture : as `texture`, the plates' own, seen at their places
    bristles : (n, 8) x0, y0, z0, x1, y1, z1, radius at either end
    bristle_colour : (n, 3) float32, linear light
    """

    shape: tuple[int, int]
    border: int
    relief: NDArray[np.float32]
    texture: NDArray[np.float32]
    plates: NDArray[np.float64]
    plate_texture: NDArray[np.float32]
    bristles: NDArray[np.float64]
    bristle_colour: NDArray[np.float32]


@njit(cache=True)
def _look_up(plane, y, x):
    y = min(max(y, 0.0), plane.shape[0] - 1.001)
    x = min(max(x, 0.0), plane.shape[1] - 1.001)
    i, j = int(y), int(x)
    s, t = y - i, x - j
    return (1 - s) * ((1 - t) * plane[i, j] + t * plane[i, j + 1]) + s * (
        (1 - t) * plane[i + 1, j] + t * plane[i + 1, j + 1]
    )


@njit(cache=True, parallel=True)
def _view_relief(relief, texture, border, top, u, v, jitter_x, jitter_y, image, height):
    """March every ray down onto the relief; `image` (H, W, 3) and `height` (H, W) are written."""
    rows, columns = height.shape
    steps = int(2.0 * top * max(abs(u), abs(v))) + 2
    for y in prange(rows):
        for x in range(columns):
            px, py = x + jitter_x - u * top, y + jitter_y - v * top
            z_before, z = top, top
            h_before = 0.0
            for n in range(steps + 1):
                z = top * (1.0 - n / steps)
                px, py = x + jitter_x - u * z, y + jitter_y - v * z
                h = _look_up(relief, 2.0 * (py + border), 2.0 * (px + border))
                if h >= z:
                    # Where between the last two steps the ray met the surface.
                    over, under = h - z, z_before - h_before
                    share = over / max(over + under, 1e-9) if n > 0 else 0.0
                    z = z + share * (z_before - z)
                    px, py = x + jitter_x - u * z, y + jitter_y - v * z
                    break
                z_before, h_before = z, h
            height[y, x] = z
            for c in range(3):
                image[y, x, c] = _look_up(texture[c], 2.0 * (py + border), 2.0 * (px + border))


@njit(cache=True)
def _view_plates(plates, texture, border, u, v, jitter_x, jitter_y, image, height):
    rows, columns = height.shape
    for k in range(plates.shape[0]):
        x0, y0, a, b, turn, z = plates[k]
        cosine, sine = np.cos(turn), np.sin(turn)
        reach = max(a, b) + 1
        cx, cy = x0 + u * z, y0 + v * z
        for y in range(max(0, int(cy - reach)), min(rows, int(cy + reach) + 2)):
            for x in range(max(0, int(cx - reach)), min(columns, int(cx + reach) + 2)):
                dx, dy = x + jitter_x - cx, y + jitter_y - cy
                p, q = (cosine * dx + sine * dy) / a, (-sine * dx + cosine * dy) / b
                if p * p + q * q <= 1.0 and z > height[y, x]:
                    height[y, x] = z
                    for c in range(3):
                        image[y, x, c] = _look_up(
                            texture[c], 2.0 * (y0 + dy + border), 2.0 * (x0 + dx + border)
                        )


@njit(cache=True)
def _view_bristles(bristles, colour, u, v, jitter_x, jitter_y, image, height):
    rows, columns = height.shape
    for k in range(bristles.shape[0]):
        x0, y0, z0, x1, y1, z1, r0, r1 = bristles[k]
        ax, ay, bx, by = x0 + u * z0, y0 + v * z0, x1 + u * z1, y1 + v * z1
        reach = max(r0, r1) + 1
        ex, ey = bx - ax, by - ay
        length = max(ex * ex + ey * ey, 1e-9)
        for y in range(max(0, int(min(ay, by) - reach)), min(rows, int(max(ay, by) + reach) + 2)):
            for x in range(
                max(0, int(min(ax, bx) - reach)), min(columns, int(max(ax, bx) + reach) + 2)
            ):
                dx, dy = x + jitter_x - ax, y + jitter_y - ay
                t = min(max((dx * ex + dy * ey) / length, 0.0), 1.0)
                off = np.hypot(dx - t * ex, dy - t * ey)
                radius = r0 + t * (r1 - r0)
                z = z0 + t * (z1 - z0)
                if off <= radius and z > height[y, x]:
                    height[y, x] = z
                    # Round, lit from the upper left: brightest a third off its axis.
                    side = (dx * ey - dy * ex) / np.sqrt(length) / radius
                    light = 0.35 + 0.65 * (1.0 - (0.6 * side - 0.3) ** 2)
                    for c in range(3):
                        image[y, x, c] = light * colour[k, c]


def view(
    scene: Scene,
    u: float,
    v: float,
    jitter: tuple[float, float],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The scene through one point of the aperture, one ray a px.

    Returns
    -------
    image (H, W, 3) float32 linear light, height (H, W) float32 frames
    """
    image = np.empty((*scene.shape, 3), np.float32)
    height = np.empty(scene.shape, np.float32)
    planes = np.ascontiguousarray(np.moveaxis(scene.texture, 2, 0))
    _view_relief(
        scene.relief,
        planes,
        scene.border,
        float(scene.relief.max()) + 0.01,
        u,
        v,
        *jitter,
        image,
        height,
    )
    planes = np.ascontiguousarray(np.moveaxis(scene.plate_texture, 2, 0))
    _view_plates(scene.plates, planes, scene.border, u, v, *jitter, image, height)
    _view_bristles(scene.bristles, scene.bristle_colour, u, v, *jitter, image, height)
    return image, height


def aperture(points: int) -> NDArray[np.float64]:
    """Points spread evenly over the unit disc, (points, 2), an even number.

    Vogel's sunflower, and each of its points once more on the other side: else blurred texture
    drifts with its blur, by up to 0.08 px where a quarter of its contrast is left.
    """
    k = np.arange(points // 2)
    radius, angle = np.sqrt((k + 0.5) / len(k)), k * np.pi * (3.0 - np.sqrt(5.0))
    spread = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return np.concatenate([spread, -spread])


def pixel_offsets(points: int) -> NDArray[np.float64]:
    """Ray positions within a px and a little beyond, (points, 2): a tent of 1 px half width.

    Like the points of the aperture, each has one on the other side.
    """
    k = np.arange(points // 2)
    uniform = np.stack([(k * 0.7548776662) % 1.0, (k * 0.5698402910) % 1.0], 1)
    tent = np.where(uniform < 0.5, np.sqrt(2 * uniform) - 1, 1 - np.sqrt(2 - 2 * uniform)) * 0.8
    return np.concatenate([tent, -tent])


def photograph(
    scene: Scene,
    focuses: NDArray[np.float64],
    motions: NDArray[np.float64],
    blur_px: float,
    points: int = 256,
) -> list[NDArray[np.float32]]:
    """Frames of a stack, without noise.

    Parameters
    ----------
    focuses : (n,) height in focus of each frame
    motions : (n, 3, 3) px of the truth → px of the frame, px centres at integers
    blur_px : radius of the blur disc per frame out of focus
    points : of the aperture, an even number

    Returns
    -------
    n images (H, W, 3) float32, linear light
    """
    rows, columns = scene.shape
    # What moves into the picture from beyond its border must be there to be seen.
    beyond = scene.border // 2
    wide = widened(scene, beyond)
    cut = np.array([[1, 0, -beyond], [0, 1, -beyond], [0, 0, 1.0]])
    sums = [np.zeros((rows, columns, 3), np.float32) for _ in focuses]
    for (u, v), jitter in zip(aperture(points) * blur_px, pixel_offsets(points)):
        image, _ = view(wide, u, v, tuple(jitter))
        for total, focus, motion in zip(sums, focuses, motions):
            shift = np.array([[1, 0, -focus * u], [0, 1, -focus * v], [0, 0, 1.0]])
            total += cv2.warpAffine(
                image,
                (motion @ shift @ cut)[:2],
                (columns, rows),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
    return [np.maximum(total / points, 0.0) for total in sums]


def widened(scene: Scene, by_px: int) -> Scene:
    """The same scene in a picture that reaches `by_px` further on every side."""
    plates, bristles = scene.plates.copy(), scene.bristles.copy()
    plates[:, :2] += by_px
    bristles[:, [0, 1, 3, 4]] += by_px
    shape = (scene.shape[0] + 2 * by_px, scene.shape[1] + 2 * by_px)
    return replace(
        scene, shape=shape, border=scene.border - by_px, plates=plates, bristles=bristles
    )


def truth(scene: Scene, points: int = 64) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a pinhole sees: image (H, W, 3) in linear light, and height (H, W) in frames."""
    total = np.zeros((*scene.shape, 3), np.float32)
    heights = []
    for jitter in pixel_offsets(points):
        image, height = view(scene, 0.0, 0.0, tuple(jitter))
        total += image
        heights.append(height)
    return total / points, np.median(np.stack(heights), 0)
