"""Scenes whose truth is known, made by a seed: what a museum's stacks have in common."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from highlights import scatter, shine
from numpy.typing import NDArray
from optics import Scene, photograph, truth
from rails import Rail, even_rail, uneven_rail
from scipy import ndimage

from imaging.frames.tiff import open_rows, write_image

KINDS = ("bristles", "smooth", "silhouettes", "relief", "dim", "faint", "highlights", "gloss")
BORDER = 128
# So many frames behind the first that is focused lies the ground of the highlights' scene.
NEVER_FOCUSED = 6.0
HIGHLIGHTS = 70


@dataclass(frozen=True)
class Stack:
    """A stack and its truth.

    Attributes
    ----------
    frames : (H, W, 3) uint16, sRGB-encoded
    motions : (n, 3, 3) px of the truth → px of each frame
    gains : (n,) exposure of each frame
    truth : (H, W, 3) float32, sRGB-encoded 0..1
    height : (H, W) float32, frame in focus, from 0
    """

    frames: list[NDArray[np.uint16]]
    motions: NDArray[np.float64]
    gains: NDArray[np.float64]
    truth: NDArray[np.float32]
    height: NDArray[np.float32]


def encode(light: NDArray) -> NDArray[np.float32]:
    """sRGB encoding (IEC 61966-2-1) of linear light, clipped to 0..1."""
    light = np.clip(light, 0.0, 1.0)
    return np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    ).astype(np.float32)


def _noise(rng: np.random.Generator, shape: tuple[int, int], grain: float) -> NDArray[np.float32]:
    """Smooth random field of unit spread whose features are about `grain` samples wide."""
    step = max(1, int(grain / 2))
    small = rng.standard_normal((shape[0] // step + 8, shape[1] // step + 8))
    field = ndimage.gaussian_filter(small, grain / step / 2)
    field = ndimage.zoom(field, step, order=1)[: shape[0], : shape[1]]
    return ((field - field.mean()) / field.std()).astype(np.float32)


def _texture(
    rng: np.random.Generator,
    shape: tuple[int, int],
    colour: tuple[float, float, float],
    contrast: float,
    finest: float = 4.0,
) -> NDArray[np.float32]:
    field = sum(_noise(rng, shape, finest * 3**k) * 0.8**k for k in range(4))
    field /= field.std()
    tint = np.stack([_noise(rng, shape, 60.0) for _ in range(3)], 2)
    light = np.array(colour, np.float32) * np.exp(contrast * field[..., None] + 0.15 * tint)
    return light.astype(np.float32)


def _dome(shape: tuple[int, int], border: int, height: float) -> NDArray[np.float32]:
    rows, columns = (side // 2 - border for side in shape)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / 2 - border
    r2 = ((x / columns - 0.5) / 0.42) ** 2 + ((y / rows - 0.5) / 0.46) ** 2
    return (height * np.sqrt(np.maximum(1.0 - r2, 0.0))).astype(np.float32)


def _mound(
    shape: tuple[int, int], centre: tuple[float, float], radius: tuple[float, float]
) -> NDArray[np.float32]:
    """Height 0..1 of an ellipsoid; centre and radius, x and y, in parts of the picture."""
    rows, columns = (side // 2 - 2 * BORDER for side in shape)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / 2 - BORDER
    r2 = ((x / columns - centre[0]) / radius[0]) ** 2 + ((y / rows - centre[1]) / radius[1]) ** 2
    return np.sqrt(np.maximum(1.0 - r2, 0.0)).astype(np.float32)


def _hairs(
    rng: np.random.Generator,
    count: int,
    shape: tuple[int, int],
    top: float,
    thick: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    rows, columns = shape
    x, y = rng.uniform(0, columns, count), rng.uniform(0, rows, count)
    angle, length = rng.uniform(0, 2 * np.pi, count), rng.uniform(60, 260, count)
    z0, z1 = rng.uniform(0.15, 1.0, count) * top, rng.uniform(0.1, 1.0, count) * top
    radius = rng.uniform(*thick, count)
    bristles = np.stack(
        [
            x,
            y,
            z0,
            x + length * np.cos(angle),
            y + length * np.sin(angle),
            z1,
            radius,
            0.4 * radius,
        ],
        1,
    )
    dark = rng.random((count, 1)) < 0.7
    colour = np.where(dark, [[0.02, 0.015, 0.012]], [[0.6, 0.5, 0.35]])
    return bristles, (colour * rng.uniform(0.7, 1.3, (count, 3))).astype(np.float32)


def _plates(
    rng: np.random.Generator,
    count: int,
    shape: tuple[int, int],
    heights: tuple[float, float],
    top: float,
) -> NDArray[np.float64]:
    return np.stack(
        [
            rng.uniform(0, shape[1], count),
            rng.uniform(0, shape[0], count),
            rng.uniform(20, 90, count),
            rng.uniform(20, 70, count),
            rng.uniform(0, np.pi, count),
            np.sort(rng.uniform(*heights, count)) * top,
        ],
        1,
    )


def scene(kind: str, seed: int, shape: tuple[int, int] = (480, 640), frames: int = 14) -> Scene:
    """One of `KINDS`; lower frames focus on lower heights, all heights lie within the stack.

    But for the ground of "highlights", which is dark and behind all that is focused.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    size = tuple(2 * (side + 2 * BORDER) for side in shape)
    top = frames - 2.0
    ground = _texture(rng, size, (0.18, 0.15, 0.11), 0.5)
    plates, plate_texture = np.zeros((0, 6)), ground
    thick = (0.8, 2.5)
    relief = _dome(size, BORDER, 0.7 * top) + 0.5
    if kind == "bristles":
        bristles, colour = _hairs(rng, 60, shape, top, thick)
    elif kind == "smooth":
        skin = np.exp(0.04 * _noise(rng, size, 3.0) + 0.25 * _noise(rng, size, 90.0))
        ground = np.where(
            relief[..., None] > 0.6,
            skin[..., None] * np.array([0.10, 0.22, 0.16], np.float32),
            0.5 * ground,
        )
        bristles, colour = _hairs(rng, 8, shape, top, thick)
    elif kind == "faint":
        # Smooth steel over coarse cloth: little detail before much.
        relief = (0.5 + 0.15 * _noise(rng, size, 120.0)).astype(np.float32)
        ground = _texture(rng, size, (0.30, 0.24, 0.18), 0.6, 3.0)
        plate_texture = _texture(rng, size, (0.24, 0.25, 0.27), 0.03)
        plates = _plates(rng, 7, shape, (0.4, 1.0), top)
        bristles, colour = _hairs(rng, 6, shape, top, (2.0, 5.0))
    elif kind == "highlights":
        # A dark beetle and a lump of textured stone before a dark ground.
        first = _first_focus(kind)
        beetle = _mound(size, (0.30, 0.5), (0.26, 0.44))
        stone = _mound(size, (0.78, 0.5), (0.20, 0.46))
        higher = np.maximum(beetle, stone)
        relief = np.where(higher > 0.0, first + 0.5 + (top - 1.0) * higher, 0.0)
        relief = relief.astype(np.float32)
        cuticle = _texture(rng, size, (0.022, 0.016, 0.02), 0.25, 3.0)
        rock = _texture(rng, size, (0.20, 0.16, 0.11), 0.5, 3.0)
        ground = np.where((beetle > stone)[..., None], cuticle, rock)
        ground[higher <= 0.0] = (0.004, 0.004, 0.005)
        bristles, colour = _hairs(rng, 4, shape, top, thick)
        bristles[:, [2, 5]] += first
    elif kind == "gloss":
        # Bright things of all sizes, white in part, before a dark ground: no highlights to be held
        # back, though white and wide when blurred.
        relief = (0.5 + 0.15 * _noise(rng, size, 120.0)).astype(np.float32)
        ground = _texture(rng, size, (0.06, 0.05, 0.04), 0.5)
        plate_texture = _texture(rng, size, (0.8, 0.75, 0.6), 0.6)
        plates = _plates(rng, 14, shape, (0.1, 1.0), top)
        plates[:, 2:4] *= rng.uniform(0.12, 0.6, (14, 1))
        bristles, colour = _hairs(rng, 14, shape, top, (1.5, 5.0))
        colour[:] = rng.uniform(0.3, 3.0, (14, 1))
    elif kind == "silhouettes":
        relief = (0.5 + 0.15 * _noise(rng, size, 120.0)).astype(np.float32)
        ground = _texture(rng, size, (0.45, 0.42, 0.36), 0.35)
        plate_texture = _texture(rng, size, (0.05, 0.04, 0.03), 0.5)
        plates = _plates(rng, 9, shape, (0.25, 1.0), top)
        bristles, colour = _hairs(rng, 14, shape, top, (1.5, 4.0))
    else:
        slope = np.linspace(0.0, 1.0, size[1], dtype=np.float32)[None, :]
        hills = 0.5 + 0.2 * _noise(rng, size, 110.0)
        relief = np.clip(top * (0.5 * slope + 0.5 * hills), 0.3, top).astype(np.float32)
        ground = _texture(
            rng, size, (0.30, 0.22, 0.15) if kind == "relief" else (0.06, 0.05, 0.05), 0.6, 3.0
        )
        bristles, colour = _hairs(rng, 10, shape, top, thick)
    dy, dx = np.gradient(ndimage.gaussian_filter(relief, 2.0))
    # Heights in frames and lengths in px: three px a frame make the relief look round.
    normal = np.stack([-3 * dx, -3 * dy, np.ones_like(dx)], 2)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    lamp = np.array([-0.45, -0.5, 0.74])
    lit = np.maximum(normal @ lamp, 0.0)[..., None]
    half_way = lamp + [0, 0, 1]
    shine = np.maximum(normal @ (half_way / np.linalg.norm(half_way)), 0.0) ** 60
    glossy = 2.5 if kind == "smooth" else 0.3
    texture = ground * (0.35 + 0.9 * lit) + (glossy * shine[..., None] if kind != "dim" else 0.0)
    return Scene(
        shape,
        BORDER,
        relief.astype(np.float32),
        texture.astype(np.float32),
        plates,
        plate_texture.astype(np.float32),
        bristles,
        colour,
    )


def _first_focus(kind: str) -> float:
    """Height in focus in the first frame."""
    return NEVER_FOCUSED if kind == "highlights" else 0.0


def motion_path(
    rng: np.random.Generator, count: int, shape: tuple[int, int], rail: Rail
) -> NDArray[np.float64]:
    """Breathing, a slow turn, sag of the rail and a tremor; the middle frame stands still."""
    rows, columns = shape
    to_centre = np.array([[1, 0, -columns / 2], [0, 1, -rows / 2], [0, 0, 1.0]])
    breathing, turn = rng.uniform(-0.004, 0.004), rng.uniform(-5e-4, 5e-4)
    drift = rng.uniform(-0.7, 0.7, 2)
    motions = []
    for k in range(count):
        n = k - count // 2
        scale, angle = (1 + breathing) ** (n + rail.late[k]), turn * n + rail.turned[k]
        tremor = rng.normal(0.0, 0.6, 2) if n else np.zeros(2)
        x, y = drift * n + tremor + rail.aside[k]
        cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
        motion = np.array([[cosine, -sine, x], [sine, cosine, y], [0, 0, 1.0]])
        motions.append(np.linalg.inv(to_centre) @ motion @ to_centre)
    return np.stack(motions)


def stack(
    kind: str,
    seed: int,
    shape: tuple[int, int] = (480, 640),
    frames: int = 14,
    blur_px: float = 1.1,
    points: int = 256,
    uneven: bool = False,
) -> Stack:
    """Photograph a scene: motion, flicker of some percent, photon noise, 14 bits.

    All steps of the rail are alike unless it is `uneven`; all else is the same then.
    """
    made = scene(kind, seed, shape, frames)
    rng = np.random.default_rng([seed, 99])
    rail = uneven_rail(np.random.default_rng([seed, 77]), frames) if uneven else even_rail(frames)
    motions = motion_path(rng, frames, shape, rail)
    gains = np.exp(rng.normal(0.0, 0.03, frames))
    gains[frames // 2] = 1.0
    full_well = 4000.0 if kind == "dim" else 20000.0
    exposed = 4.0 if kind == "dim" else 1.0
    focuses = _first_focus(kind) + np.arange(frames) + rail.late
    images = photograph(made, focuses, motions, blur_px, points)
    image, height = truth(made)
    if kind == "highlights":
        # Of every size of picture as many a px.
        count = HIGHLIGHTS * shape[0] * shape[1] // (480 * 640)
        spots = scatter(rng, count, height, _first_focus(kind))
        for light, focus, motion in zip(images, focuses, motions):
            light += shine(spots, focus, motion, blur_px, shape)[..., None]
        image += shine(spots, 0.0, np.eye(3), 0.0, shape)[..., None]
    taken = []
    for light, gain in zip(images, gains):
        electrons = rng.poisson(np.clip(light * gain * exposed, 0, 1) * full_well)
        electrons = electrons + rng.normal(0.0, 4.0, light.shape)
        quantised = np.rint(np.clip(electrons / full_well, 0, 1) * 16383) / 16383
        taken.append(np.rint(encode(quantised) * 65535).astype(np.uint16))
    return Stack(
        taken, motions, gains, encode(image * exposed), height - np.float32(_first_focus(kind))
    )


def write_frames(made: Stack, folder: Path) -> list[Path]:
    """Write the frames as 16-bit TIFFs."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k, frame in enumerate(made.frames):
        paths.append(folder / f"frame_{k + 1:03d}.tif")
        write_image(paths[-1], frame)
    return paths


def kept(
    under: Path,
    kind: str,
    seed: int,
    shape: tuple[int, int],
    frames: int,
    blur_px: float,
    uneven: bool = False,
) -> tuple[Stack, Path, list[Path]]:
    """A stack, its folder and its frames' files, rendered unless they are there already."""
    rail = "-uneven" if uneven else ""
    folder = under / f"{kind}-{seed}-{shape[1]}x{shape[0]}x{frames}-{blur_px:g}{rail}"
    facts = folder / "truth.npz"
    if facts.exists():
        paths = sorted((folder / "tiff").iterdir())
        with np.load(facts) as known, ExitStack() as opened:
            rows = [opened.enter_context(open_rows(path)) for path in paths]
            pictures = [part.read(0, part.shape[0]) for part in rows]
            return Stack(frames=pictures, **known), folder, paths
    made = stack(kind, seed, shape, frames, blur_px, uneven=uneven)
    paths = write_frames(made, folder / "tiff")
    np.savez(facts, motions=made.motions, gains=made.gains, truth=made.truth, height=made.height)
    return made, folder, paths
