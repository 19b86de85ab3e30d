"""Stacks of frames whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from imaging.frames.tiff import write_image
from imaging.fusion.frame import Frame

SHAPE = (300, 420)
# Of the steel on cloth: frames that are sharp on either, and how many there are.
GROUND, NEAR, COUNT = 1, 5, 8


def texture(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    field = sum(
        ndimage.gaussian_filter(rng.standard_normal((*shape, 3)), (s, s, 0)) * s
        for s in (0.8, 2.0, 7.0, 25.0)
    )
    return np.clip(0.45 + 0.1 * field / field.std(), 0.02, 0.98)


def stored(
    folder: Path,
    images: list[np.ndarray],
    motions: list[np.ndarray] | None = None,
    noise: float = 0.0,
) -> list[Frame]:
    rng = np.random.default_rng(9)
    frames = []
    for k, image in enumerate(images):
        path = folder / f"{k}.tif"
        noisy = np.clip(image + rng.normal(0, noise, image.shape), 0, 1) if noise else image
        write_image(path, np.rint(noisy * 65535).astype(np.uint16))
        frames.append(Frame(path, np.eye(3) if motions is None else motions[k]))
    return frames


def steel_on_cloth(folder: Path, light: float = 0.45) -> tuple[list[Frame], np.ndarray, np.ndarray]:
    """Frames of a plain disc before a textured ground, the picture without blur, the disc.

    The disc is in focus in frame NEAR, the ground in frame GROUND; what is not blurs by 1.5 px a
    frame, and the ground shows through the blurred rim.
    """
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    disc = (np.hypot(y - 150, x - 210) < 95).astype(float)[..., None]
    steel = light + 0.05 * (texture(4) - 0.45)
    cloth = np.clip(0.45 + 1.6 * (texture(5) - 0.45), 0.02, 0.98) * np.array([1.0, 0.8, 0.7])

    def blurred(values: np.ndarray, frames_off: int) -> np.ndarray:
        return ndimage.gaussian_filter(values, (1.5 * frames_off, 1.5 * frames_off, 0))

    images = []
    for k in range(COUNT):
        cover = blurred(disc, abs(k - NEAR))
        images.append(
            blurred(disc * steel, abs(k - NEAR)) + (1 - cover) * blurred(cloth, abs(k - GROUND))
        )
    truth = disc * steel + (1 - disc) * cloth
    return stored(folder, images, noise=0.001), truth, disc[..., 0] > 0


def psnr(image: np.ndarray, truth: np.ndarray) -> float:
    return -10 * np.log10(np.mean((image / 65535.0 - truth) ** 2))
