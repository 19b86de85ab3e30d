"""Frames of made scenes whose motions are known."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from scipy import ndimage

from imaging.alignment.detail import Detail, prepare
from imaging.alignment.light import WHITE, Light, bin_luminance, binning_for
from imaging.alignment.stack import align_stack
from imaging.sampling.geometry import corner_distance

SHAPE = (480, 640)
CURVE = np.tile(np.linspace(0.0, 1.0, 65536, dtype=np.float32), (3, 1))


def texture(seed: int, shape: tuple[int, int]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    field = sum(
        ndimage.gaussian_filter(rng.standard_normal(shape), sigma) * sigma
        for sigma in (1.2, 3.0, 9.0, 27.0)
    )
    return (0.45 + 0.08 * field / field.std()).astype(np.float32)


@cache
def scene(seed: int) -> np.ndarray:
    """A texture that frames lie well inside of; made when a test asks for it, for all to read."""
    made = texture(seed, (640, 800))
    made.setflags(write=False)
    return made


def frame(
    scene: np.ndarray, motion: np.ndarray, blur: float = 0.0, gain: float = 1.0, seed: int = 0
) -> np.ndarray:
    """The scene's middle, moved by `motion` (truth px → frame px), blurred, with noise."""
    margin = [(big - side) // 2 for big, side in zip(scene.shape, SHAPE)]
    to_scene = np.array([[1, 0, -margin[1]], [0, 1, -margin[0]], [0, 0, 1.0]])
    blurred = ndimage.gaussian_filter(scene, blur) if blur else scene
    seen = cv2.warpAffine(blurred, (motion @ to_scene)[:2], SHAPE[::-1], flags=cv2.INTER_LANCZOS4)
    seen = gain * seen + np.random.default_rng(seed).normal(0, 0.004, SHAPE)
    samples = np.rint(np.clip(seen, 0, 1) * 65535).astype(np.uint16)
    return np.repeat(samples[..., None], 3, 2)


def detail_of(pixels: np.ndarray) -> Detail:
    shape = pixels.shape[:2]
    binning = binning_for(shape)
    cells = cv2.resize(pixels, (96, 64), interpolation=cv2.INTER_AREA) / np.float32(65535)
    luminance = np.empty((shape[0] // binning, shape[1] // binning), np.float32)
    bin_luminance(pixels, binning, CURVE, luminance)
    white = (cells.max(2) >= WHITE).astype(np.uint8)
    return prepare(Light(luminance, cells.astype(np.float32), binning, shape, white))


def similarity(
    scale: float = 1.0, angle: float = 0.0, dx: float = 0.0, dy: float = 0.0
) -> np.ndarray:
    centre = np.array([[1, 0, SHAPE[1] / 2], [0, 1, SHAPE[0] / 2], [0, 0, 1.0]])
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, -sine, dx], [sine, cosine, dy], [0, 0, 1.0]])
    return centre @ turn @ np.linalg.inv(centre)


def aligned(frames: list[np.ndarray], reference: int = 0, threads: int = 2, model: str = "affine"):
    details = [detail_of(pixels) for pixels in frames]
    return align_stack(details.__getitem__, len(details), reference, model, threads)


def worst(found, motions: list[np.ndarray]) -> float:
    """Largest error of any frame's corners against the reference's, px."""
    base = motions[found.reference]
    return max(
        corner_distance(transform, base @ np.linalg.inv(motion), SHAPE)
        for transform, motion in zip(found.transforms, motions)
    )
