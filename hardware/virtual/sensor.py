"""From radiance to raw numbers: exposure, colour filters, photons, read noise, 14 bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLACK, WHITE = 512, 16383
# Signal of a neutral surface behind red, green and blue filters, relative to green.
NEUTRAL = np.array([0.5, 1.0, 0.625])
FULL_WELL_ELECTRONS = 30_000.0
READ_NOISE_ELECTRONS = 3.0
# At f/4, 1/60 s and ISO 100 a white card fills this part of the range.
CARD_LEVEL = 0.55
CARD_LIGHT = (1 / 60) / 4.0**2


@dataclass(frozen=True)
class Exposure:
    """Settings that make the picture lighter or darker."""

    aperture_f: float
    exposure_s: float
    iso: int


def develop_level(exposure: Exposure) -> float:
    """Signal of a white card, as part of the range between black and white level."""
    light = exposure.exposure_s / exposure.aperture_f**2
    return CARD_LEVEL * light / CARD_LIGHT * exposure.iso / 100


def record(
    radiance: NDArray[np.float32], exposure: Exposure, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Raw RGGB mosaic of a linear sRGB image.

    Parameters
    ----------
    radiance
        (h, w, 3) linear, 1 is a white card; h and w even.
    exposure
        Settings of the camera.
    rng
        Source of photon and read noise.

    Returns
    -------
    (h, w) uint16 between 0 and WHITE; nothing is BLACK, the brightest WHITE.
    """
    filtered = radiance.astype(np.float64) * NEUTRAL
    mosaic = filtered[..., 1].copy()
    mosaic[0::2, 0::2] = filtered[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = filtered[1::2, 1::2, 2]
    gain = exposure.iso / 100
    electrons = mosaic * develop_level(exposure) / gain * FULL_WELL_ELECTRONS
    electrons = rng.poisson(np.minimum(electrons, 1e9)).astype(np.float64)
    electrons += READ_NOISE_ELECTRONS * rng.standard_normal(mosaic.shape)
    levels = electrons * gain / FULL_WELL_ELECTRONS * (WHITE - BLACK) + BLACK
    return np.clip(np.round(levels), 0, WHITE).astype(np.uint16)
