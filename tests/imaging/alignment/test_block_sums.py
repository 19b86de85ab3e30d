"""Sums over the px of a level, against the same by plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.alignment.block_sums import (
    ALL,
    BLURRED,
    LANES,
    MOVING,
    SHARED,
    Sums,
    add_block_sums,
)
from imaging.alignment.detail import Level
from imaging.alignment.seen import AT_A_TIME

# A block has more px than are summed up at a time, and some are left over.
SHAPE, BLOCKS = (60, 84), 3
MATRIX = np.array([[1.001, 0.002, 0.7], [-0.001, 0.999, -1.3], [0, 0, 1.0]])
RNG = np.random.default_rng(3)


def picture() -> np.ndarray:
    return ndimage.gaussian_filter(RNG.normal(size=SHAPE), 2.0).astype(np.float32)


def level() -> Level:
    """Every third px but those of the middle block, which has none."""
    image = picture()
    y, x = np.divmod(np.arange(0, image.size, 3), SHAPE[1])
    block = (y * BLOCKS // SHAPE[0]) * BLOCKS + x * BLOCKS // SHAPE[1]
    keep = block != 4
    order = np.argsort(block[keep], kind="stable")
    at = np.arange(0, image.size, 3, np.int32)[keep][order]
    first = np.searchsorted(block[keep][order], np.arange(BLOCKS * BLOCKS + 1))
    slopes = [slope.astype(np.float32).ravel()[at] for slope in np.gradient(image)]
    # Two blocks have no bright spot.
    swelling = np.hypot(*slopes) * (np.sort(block[keep]) > 1)
    return Level(
        image, at, first, image.ravel()[at], slopes[1], slopes[0], slopes[0] * 0.3, swelling
    )


def plainly(own: Level, image: np.ndarray, light: np.ndarray, tolerated: float, size: int) -> list:
    """Hessian, gradient, squared, inside and moments, in float64."""
    rows, columns = SHAPE
    y, x = np.divmod(own.at.astype(int), columns)
    u, v, _ = MATRIX @ [x, y, np.ones(x.size)]
    inside = (u >= 1) & (v >= 1) & (u < columns - 2) & (v < rows - 2)
    sampled = np.zeros(x.size)
    for k in np.flatnonzero(inside):
        weights = []
        for place in (u[k], v[k]):
            s = place - np.floor(place)
            powers = np.array([s**3, s**2, s, 1.0])
            catmull_rom = [[-1, 2, -1, 0], [3, -5, 0, 2], [-3, 4, 1, 0], [1, -1, 0, 0]]
            weights.append(0.5 * np.array(catmull_rom) @ powers)
        j, i = int(u[k]) - 1, int(v[k]) - 1
        sampled[k] = weights[1] @ image[i : i + 4, j : j + 4].astype(float) @ weights[0]
    inside &= np.isfinite(sampled)
    half = 0.5 * max(SHAPE)
    nx, ny = (x - 0.5 * (columns - 1)) / half, (y - 0.5 * (rows - 1)) / half
    gx, gy, t = (a.astype(float) for a in (own.grad_x, own.grad_y, own.value))
    every = [gx, gy, gx * nx, gx * ny, gy * nx, gy * ny, t, np.ones(t.size)]
    every += [own.curvature, own.swelling]
    jacobian = np.stack(every, 1)[:, :size]
    hessian, gradient = np.zeros((BLOCKS, BLOCKS, ALL, ALL)), np.zeros((BLOCKS, BLOCKS, ALL))
    squared, count = np.zeros((2, BLOCKS, BLOCKS))
    moments = np.zeros(6)
    for b in range(BLOCKS * BLOCKS):
        i, j = divmod(b, BLOCKS)
        k = np.arange(own.first[b], own.first[b + 1])
        k = k[inside[k]]
        left = sampled[k] - t[k] - jacobian[k, MOVING:] @ light[i, j, : size - MOVING]
        weight = 1 / (1 + (left / tolerated) ** 2)
        weighted = weight[:, None] * jacobian[k]
        hessian[i, j, :size, :size] = np.triu(weighted.T @ jacobian[k])
        gradient[i, j, :size] = weighted.T @ left
        squared[i, j], count[i, j] = (weight * left**2).sum(), k.size
        s = sampled[k]
        products = (t[k], s, t[k] ** 2, s**2, t[k] * s, abs(left))
        moments += [product.sum() for product in products]
    return [hessian, gradient, squared, count, moments]


@pytest.mark.parametrize("size", [SHARED, BLURRED, ALL])
@pytest.mark.parametrize("with_hessian", [True, False])
def test_sums_are_those_of_plain_arithmetic_also_with_hidden_px_and_an_empty_block(
    size, with_hessian
):
    own, image = level(), picture()
    image[5:9, 40:44] = np.nan
    light = RNG.normal(0.0, 0.1, (BLOCKS, BLOCKS, ALL - MOVING))
    hessian = np.zeros((BLOCKS, BLOCKS, ALL, ALL))
    sums = Sums(
        hessian, np.zeros((BLOCKS, BLOCKS, ALL)), *np.zeros((2, BLOCKS, BLOCKS)), np.zeros(6)
    )
    add_block_sums(own, image, MATRIX, light, 0.3, with_hessian, size, sums)
    expected = plainly(own, image, light, 0.3, size)
    assert sums.inside[1, 1] == 0 and sums.inside.max() > AT_A_TIME
    # Of what is left over, one group of lanes is added by itself, and more together.
    left_over = sums.inside[sums.inside > 0] % AT_A_TIME
    assert left_over.min() <= LANES < left_over.max()
    if not with_hessian:
        expected[0] = np.zeros_like(hessian)
    for made, plain in zip(sums, expected):
        assert made == pytest.approx(plain, rel=1e-4, abs=1e-4)
