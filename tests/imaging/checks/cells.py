"""Cells of frames as they are made for the tests of the checks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging.checks.fused_stack import FusedStack

GRID = (24, 32)
RNG = np.random.default_rng(5)
# A slope from focus 1 to 10 with texture of its own strength everywhere, but for a plain margin.
HEIGHT = np.linspace(1.0, 10.0, GRID[1])[None, :] * np.ones((GRID[0], 1))
STRENGTH = np.exp(RNG.normal(0.0, 0.4, GRID))
STRENGTH[:4] = 0.0


def energy(focus, width=1.0):
    """Energy of frames focused at `focus`, falling off as Gaussians of a width, above noise."""
    away = np.asarray(focus, float)[:, None, None] - HEIGHT
    return (STRENGTH * np.exp(-0.5 * (away / width) ** 2) + 1e-5).astype(np.float32)


class Light(list):
    """Light of each frame, with the size of its cells."""

    def __init__(self, frames, size_px=4):
        super().__init__(frames)
        self.size_px = size_px


def fused_stack(folder, count=12, **facts):
    """What the checks look at, of a stack in which nothing is wrong but what `facts` say."""
    cell = 32
    shape = (GRID[0] * cell, GRID[1] * cell)
    stack = FusedStack(
        shape=shape,
        numbers=list(range(1, count + 1)),
        matrices=np.tile(np.eye(3), (count, 1, 1)),
        energy=energy(np.linspace(0.0, 11.0, count)),
        energy_px=cell,
        light=Light([np.full((shape[0] // 4, shape[1] // 4), 0.4, np.float32)] * count),
        fused=folder / "fused.tif",
        source=folder / "source.tif",
        confidence=folder / "confidence.tif",
        uncertain_px=np.full(count, 0.02),
    )
    return replace(stack, **facts)
