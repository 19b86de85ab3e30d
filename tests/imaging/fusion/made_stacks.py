"""Stacks of frames whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from imaging.frames.tiff import write_image
from imaging.fusion.frame import Frame

SHAPE = (300, 420)


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


def psnr(image: np.ndarray, truth: np.ndarray) -> float:
    return -10 * np.log10(np.mean((image / 65535.0 - truth) ** 2))
