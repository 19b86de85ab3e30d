"""The virtual specimen: a leaf beetle, drawn from a seed.

Wing cases with striae of punctures and a metallic gloss, pronotum, head with eyes, six legs,
antennae of eleven segments and bristles that stand before them. Another seed is another species:
proportions, colour, sculpture and pose.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hardware.virtual.appendages import antennae, bristles, legs
from hardware.virtual.cuticle import body
from hardware.virtual.limbs import Free
from hardware.virtual.scene import MARGIN_PX, Layer, Scene
from hardware.virtual.species import Canvas, Species, noise, species


def beetle(width_px: int, height_px: int, pitch_um: float, relief_um: float, seed: int) -> Scene:
    """A beetle before a soft ground.

    Parameters
    ----------
    width_px, height_px
        Field of view in pixels of the sensor; the scene has a margin around it.
    pitch_um
        Size of a pixel at the specimen.
    relief_um
        Height of the highest bristle above the lowest claw, about.
    seed
        Same seed, same specimen.
    """
    rng = np.random.default_rng([seed, 0])
    shape = (height_px + 2 * MARGIN_PX, width_px + 2 * MARGIN_PX)
    half_px = min(height_px, 0.75 * width_px) / 2
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    canvas = Canvas(
        (x + 0.5 - shape[1] / 2) / half_px,
        (y + 0.5 - shape[0] / 2) / half_px,
        half_px,
        pitch_um,
        relief_um,
    )
    of = species(rng, seed == 1)
    ground = _ground(canvas, of, rng)
    box = np.s_[
        _even(canvas.v[:, 0], -0.9, 0.95),
        _even(canvas.u[0], -0.6, 0.6),
    ]
    middle = [(side.start + side.stop) / 2 for side in box]
    shift_px = (shape[0] / 2 - middle[0], shape[1] / 2 - middle[1])
    trunk = body(replace(canvas, u=canvas.u[box], v=canvas.v[box]), of, rng)
    trunk = replace(trunk, shift_px=shift_px)
    walking, hairs = Free.none(shape, pitch_um), Free.none(shape, pitch_um)
    legs(walking, canvas, of, rng)
    antennae(hairs, canvas, of, rng)
    bristles(hairs, canvas, of, rng, trunk, box)
    trunk.rgb[:] *= _shade(hairs.height_um[box], trunk, canvas)[..., None]
    _cast(ground, trunk, box, walking.is_there(), hairs.is_there(), canvas)
    legs_lit = walking.layer()
    legs_lit.rgb[:] *= _shade(hairs.height_um, legs_lit, canvas)[..., None]
    return Scene(pitch_um, (ground, legs_lit, trunk, hairs.layer()))


def _even(along: NDArray, first: float, last: float) -> slice:
    """The places from `first` to `last`, of even number."""
    begin, end = np.searchsorted(along, (first, last))
    return slice(int(begin), int(end - (end - begin) % 2))


def _ground(canvas: Canvas, of: Species, rng: np.random.Generator) -> Layer:
    """A card, lit from one side."""
    scale = canvas.half_px / 600
    lit = 1.06 - 0.24 * np.hypot(canvas.u + 0.35, canvas.v + 0.4)
    # Fibres of paper, as fine as a pixel but in a small picture, and clouds.
    grain = 1.0 if canvas.half_px > 150 else 2.5
    lit *= 1 + 0.06 * noise(rng, canvas.shape, 0.8 * grain, 1.6 * grain, 4 * grain)
    lit *= 1 + 0.02 * noise(rng, canvas.shape, 40 * scale + 2)
    rgb = (of.ground_rgb * lit[..., None]).astype(np.float32)
    return Layer(np.zeros(canvas.shape, np.float32), rgb, np.ones(canvas.shape, np.float32))


def _cast(
    ground: Layer,
    body: Layer,
    box: tuple[slice, slice],
    legs: NDArray[np.bool_],
    hairs: NDArray[np.bool_],
    canvas: Canvas,
) -> None:
    """Shadows on the ground, away from the brightest lamp: wide and soft of what is high."""
    whole = np.zeros(canvas.shape, np.float32)
    whole[box] = body.cover
    scale = canvas.half_px / 600
    for mask, away, soft, dark in (
        (whole, 34, 26, 0.62),
        (legs, 15, 7, 0.55),
        (hairs, 44, 15, 0.3),
    ):
        cover = ndimage.gaussian_filter(mask.astype(np.float32), soft * scale + 0.3)
        cover = ndimage.shift(cover, (0.9 * away * scale, away * scale), order=1, mode="nearest")
        ground.rgb[:] *= (1 - dark * cover)[..., None]


def _shade(free_um: NDArray, under: Layer, canvas: Canvas) -> NDArray[np.float32]:
    """(h, w) 0..1: light that what stands free leaves on what is under it."""
    over_um = free_um - under.height_um
    # What lies far below is lit from around it.
    near = (over_um > 0) & (over_um < 0.6 * canvas.relief_um) & (under.cover > 0)
    cover = ndimage.gaussian_filter(near.astype(np.float32), 7 * canvas.half_px / 600 + 0.3)
    away = 5 * canvas.half_px / 600
    return 1 - 0.55 * ndimage.shift(cover, (away, away), order=1, mode="nearest")
