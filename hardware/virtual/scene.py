"""A specimen with relief, bristles in front of it and highlights on it, drawn from a seed.

Heights are µm towards the camera, colours linear sRGB radiances (1 is a white card; highlights
are brighter). Scene coordinates are µm with the origin on the optical axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MARGIN_PX = 64
NOTHING_UM = -1e6


@dataclass(frozen=True)
class Scene:
    """What stands before the lens, on a grid of `pitch_um`.

    surface_um : (h, w) float32, height of the opaque surface.
    surface_rgb : (h, w, 3) float32, its radiance.
    bristle_um : (h, w) float32, height of the bristle over each point, NOTHING_UM where none.
    bristle_rgb : (h, w, 3) float32.
    """

    pitch_um: float
    surface_um: NDArray[np.float32]
    surface_rgb: NDArray[np.float32]
    bristle_um: NDArray[np.float32]
    bristle_rgb: NDArray[np.float32]


def beetle(width_px: int, height_px: int, pitch_um: float, relief_um: float, seed: int) -> Scene:
    """A punctate, bristly, glossy wing case on a card.

    Parameters
    ----------
    width_px, height_px
        Field of view in pixels of the sensor; the scene has a margin around it.
    pitch_um
        Size of a pixel at the specimen.
    relief_um
        Height of the highest bristle above the card, about.
    seed
        Same seed, same specimen.
    """
    rng = np.random.default_rng([seed, 0])
    shape = (height_px + 2 * MARGIN_PX, width_px + 2 * MARGIN_PX)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    across = (x - shape[1] / 2) / (0.40 * width_px)
    down = (y - shape[0] / 2) / (0.40 * height_px)
    on_body = across**2 + down**2 < 1

    dome_um = 0.72 * relief_um * np.clip(1 - across**2 - down**2, 0, 1) ** 0.7
    suture_um = -30 * np.exp(-((across / 0.02) ** 2))
    pits, pit_um = _punctures(rng, shape, across, down)
    card_um = 12 * _noise(rng, shape, (3, 8))
    body_um = dome_um + suture_um + pit_um + 2 * _noise(rng, shape, (3, 8))
    surface_um = np.where(on_body, np.maximum(body_um, card_um), card_um)

    grain = _noise(rng, shape, (0.8, 1.6, 4, 12))
    fibre = _noise(rng, shape, (0.7, 1.5, 6))
    card = np.array([0.55, 0.53, 0.48]) * (1 + 0.22 * fibre)[..., None]
    hue = 0.5 + 0.5 * np.sin(3 * across + 2 * down + 0.6 * _noise(rng, shape, (20, 50)))
    metal = np.stack([0.10 + 0.22 * hue, 0.26 - 0.10 * hue, 0.10 + 0.05 * hue], axis=-1)
    metal = metal * (1 + 0.32 * grain)[..., None] * (1 - 0.75 * pits)[..., None]
    colour = np.where(on_body[..., None], metal, card)
    diffuse, gloss = _lighting(surface_um, pitch_um)
    surface_rgb = np.clip(colour, 0.01, 2) * diffuse + gloss * on_body[..., None]

    bristle_um = np.full(shape, NOTHING_UM)
    bristle_rgb = np.zeros((*shape, 3))
    for _ in range(16):
        _bristle(rng, surface_um, bristle_um, bristle_rgb, on_body, 0.28 * relief_um)
    return Scene(
        pitch_um,
        surface_um.astype(np.float32),
        surface_rgb.astype(np.float32),
        bristle_um.astype(np.float32),
        bristle_rgb.astype(np.float32),
    )


def _noise(rng: np.random.Generator, shape: tuple[int, int], scales: tuple[float, ...]) -> NDArray:
    """Sum of smoothed noises, about unit variance."""
    total = np.zeros(shape)
    for scale in scales:
        layer = ndimage.gaussian_filter(rng.standard_normal(shape), scale, mode="wrap")
        total += layer / layer.std()
    return np.clip(total / np.sqrt(len(scales)), -2.5, 2.5)


def _punctures(
    rng: np.random.Generator, shape: tuple[int, int], across: NDArray, down: NDArray
) -> tuple[NDArray, NDArray]:
    """Rows of pits: their darkness (0 to 1) and their depth in µm (negative)."""
    dots = np.zeros(shape)
    rows = np.linspace(-0.85, 0.85, 18)
    for row in rows:
        for along in np.arange(-0.95, 0.95, 0.09):
            a = row + 0.006 * rng.standard_normal()
            d = along + 0.01 * rng.standard_normal()
            if a * a + d * d < 0.9:
                nearest = (np.abs(down[:, 0] - d).argmin(), np.abs(across[0] - a).argmin())
                dots[nearest] = 1
    pits = ndimage.gaussian_filter(dots, 2.0)
    pits = np.clip(pits / (0.8 * pits.max()), 0, 1)
    return pits, -25 * pits


def _lighting(surface_um: NDArray, pitch_um: float) -> tuple[NDArray, NDArray]:
    """Light of two lamps: diffuse, and highlights where the surface mirrors them."""
    slope_y, slope_x = np.gradient(ndimage.gaussian_filter(surface_um, 1.5), pitch_um)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(slope_x)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    diffuse = np.full(surface_um.shape, 0.35)
    gloss = np.zeros(surface_um.shape)
    for lamp in ((-0.45, -0.5, 0.74), (0.55, -0.25, 0.8)):
        direction = np.array(lamp) / np.linalg.norm(lamp)
        diffuse += 0.5 * np.clip(normal @ direction, 0, None)
        halfway = direction + np.array([0, 0, 1])
        halfway /= np.linalg.norm(halfway)
        gloss += 2.5 * np.clip(normal @ halfway, 0, None) ** 400
    return diffuse[..., None], gloss[..., None]


def _bristle(
    rng: np.random.Generator,
    surface_um: NDArray,
    bristle_um: NDArray,
    bristle_rgb: NDArray,
    on_body: NDArray,
    rise_um: float,
) -> None:
    """Draw one curved hair that leaves the surface and rises towards its tip."""
    rows, columns = np.nonzero(ndimage.binary_erosion(on_body, iterations=12))
    root = rng.integers(len(rows))
    y, x = float(rows[root]), float(columns[root])
    angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-0.012, 0.012)
    length, width = rng.uniform(60, 130), rng.uniform(1.6, 2.8)
    base_um, rise = surface_um[int(y), int(x)], rise_um * rng.uniform(0.6, 1.0)
    colour = np.array([0.75, 0.50, 0.22]) * rng.uniform(0.3, 1.2)
    for i in range(int(length * 2)):
        along = i / (length * 2)
        y += 0.5 * np.sin(angle)
        x += 0.5 * np.cos(angle)
        angle += bend
        radius = width * (1 - 0.7 * along)
        height = base_um + rise * along**0.7
        for row in range(int(y - radius), int(y + radius) + 2):
            for column in range(int(x - radius), int(x + radius) + 2):
                if not (0 <= row < surface_um.shape[0] and 0 <= column < surface_um.shape[1]):
                    continue
                off = np.hypot(row - y, column - x) / radius
                if (
                    off < 1
                    and height > bristle_um[row, column]
                    and height > surface_um[row, column]
                ):
                    bristle_um[row, column] = height
                    shine = 1 + 1.5 * max(0.0, 1 - 3 * off) * (i // 9 % 3 == 0)
                    bristle_rgb[row, column] = colour * (1 - 0.6 * off) * shine
