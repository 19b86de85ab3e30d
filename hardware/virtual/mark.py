"""A measure beside the specimen: two dots of ink on the card, as on a stage micrometer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hardware.virtual.scene import Scene

# Radius of a dot and where both lie below the middle, in parts of the picture's height, its margin
# aside; and the light that ink leaves.
RADIUS, BELOW, DARK = 0.02, 0.45, 0.08


def marked(scene: Scene, distance_um: float, height_px: int) -> Scene:
    """The scene with two dots side by side, their middles `distance_um` apart.

    Parameters
    ----------
    scene : its hindmost layer is the card, at height 0
    distance_um : 0 leaves the card as it is
    height_px : of the picture, without the scene's margin
    """
    if not distance_um:
        return scene
    card = scene.layers[0]
    rows, columns = card.cover.shape
    y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2)[:, None] - BELOW * height_px
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2)[None, :]
    # Each side of the middle has its dot; an edge is a px wide, as the grid has it.
    away = np.hypot(y, np.abs(x) - distance_um / scene.pitch_um / 2)
    ink = np.clip(RADIUS * height_px - away + 0.5, 0, 1)[..., None]
    rgb = (card.rgb * (1 - (1 - np.float32(DARK)) * ink)).astype(np.float32)
    return replace(scene, layers=(replace(card, rgb=rgb), *scene.layers[1:]))
