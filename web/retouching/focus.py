"""Which frame is in focus where: the source map, small enough to go into a page."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from imaging.frames import tiff

MOST_PX = 1200


def focus_grid(source: Path) -> dict[str, Any] | None:
    """The numbers of the frames on a grid.

    Returns
    -------
    `width`, `height`, `step_px` (of the fused image, between neighbours) and `data`, base64 of
    little-endian uint16 by rows; None where there is no such map
    """
    if not source.is_file():
        return None
    with tiff.open_rows(source) as rows:
        height, width = rows.extent
        step = -(-max(height, width) // MOST_PX)
        # The middle of each square stands for it.
        lines = [rows.read(y, y + 1)[0, step // 2 :: step] for y in range(step // 2, height, step)]
    grid = np.stack(lines).astype("<u2")
    return {
        "width": grid.shape[1],
        "height": grid.shape[0],
        "step_px": step,
        "data": base64.b64encode(grid.tobytes()).decode(),
    }
