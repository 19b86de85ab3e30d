"""What may be wrong with a real bench, shown by the virtual one when asked to.

Each flaw depends on the seed and the frame alone, so that equal captures give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# Streams of random numbers, beside those of the specimen (0) and of noise (1).
FLICKER, VIBRATION, DUST = 2, 3, 4
# A speck stands a little before the sensor: its shadow is so wide, in parts of the picture's.
SPECK, SPECK_DARK = 0.004, 0.35
SWINGS = 7


@dataclass(frozen=True)
class Flaws:
    """All are 0 where nothing is wrong.

    vignetting_percent : light missing in the corners
    field_curvature_um : how much higher a corner is in focus than the middle
    flicker_percent : spread of the brightness from frame to frame
    vibration_px : how far, at most, a frame swings to either side while it is exposed
    dust_specks : number of specks on the sensor
    """

    vignetting_percent: float = 0.0
    field_curvature_um: float = 0.0
    flicker_percent: float = 0.0
    vibration_px: float = 0.0
    dust_specks: int = 0


def shading(flaws: Flaws, seed: int, width_px: int, height_px: int) -> NDArray[np.float32]:
    """(h, w, 1) part of the light that reaches each pixel: vignetting and dust, in every frame."""
    y = (np.arange(height_px, dtype=np.float32) + 0.5)[:, None]
    x = (np.arange(width_px, dtype=np.float32) + 0.5)[None, :]
    corner = (width_px**2 + height_px**2) / 4
    away = ((y - height_px / 2) ** 2 + (x - width_px / 2) ** 2) / corner
    # Natural vignetting: the fourth power of the cosine, near enough to a square here.
    light = 1 - np.float32(flaws.vignetting_percent / 100) * away
    rng = np.random.default_rng([seed, DUST])
    for _ in range(flaws.dust_specks):
        at_y, at_x = rng.uniform(0.05, 0.95, 2) * (height_px, width_px)
        radius = SPECK * width_px * rng.uniform(0.6, 1.6)
        off = np.hypot(y - at_y, x - at_x) / radius
        # The pupil out of focus makes a soft edge.
        light *= 1 - SPECK_DARK * np.clip(1.5 - off, 0, 1)
    return light[..., None].astype(np.float32)


def flicker(flaws: Flaws, seed: int, frame: int) -> float:
    """How much brighter a frame is than it should be, as a factor."""
    rng = np.random.default_rng([seed, FLICKER, frame])
    return float(np.exp(rng.normal(0.0, flaws.flicker_percent / 100)))


def shaken(
    radiance: NDArray[np.float32], flaws: Flaws, seed: int, frame: int
) -> NDArray[np.float32]:
    """(h, w, 3) the picture of a frame that swings along a line while it is exposed."""
    if flaws.vibration_px == 0:
        return radiance
    rng = np.random.default_rng([seed, VIBRATION, frame])
    angle, reach_px = rng.uniform(0, np.pi), flaws.vibration_px * rng.uniform(0.3, 1.0)
    total = np.zeros_like(radiance)
    for phase in (np.arange(SWINGS) + 0.5) / SWINGS:
        # A sine is longest at its ends.
        off = -reach_px * np.cos(np.pi * phase)
        total += ndimage.shift(
            radiance, (off * np.sin(angle), off * np.cos(angle), 0), order=1, mode="nearest"
        )
    return (total / SWINGS).astype(np.float32)
