"""How finely a shot of a target is sampled, and how fine a detail it shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.targets.edges import slanted_edge
from imaging.targets.lab import luminance
from imaging.targets.patches import Patches

_MM_AN_INCH, _UM_A_MM = 25.4, 1000.0


def sampling(found: Patches, width_mm: float) -> dict[str, float]:
    """Px a mm and an inch, by the width of the chart from its first column to its last."""
    px_per_mm = found.px_per_patch * found.chart.width / width_mm
    return {"px_per_mm": px_per_mm, "ppi": px_per_mm * _MM_AN_INCH}


def sharpness(
    pixels: NDArray[np.uint16],
    icc: bytes,
    box: tuple[int, int, int, int],
    px_per_mm: float | None,
) -> dict[str, float]:
    """What the slanted edge in a place tells of sharpness.

    Parameters
    ----------
    box : x, y, width, height of the place, px

    Raises
    ------
    ImagingError : there is no such edge; the reason alone, which follows the place
    """
    x, y, width, height = box
    area = pixels[max(y, 0) : y + height, max(x, 0) : x + width]
    if area.shape[:2] != (height, width):
        raise ImagingError("does not lie in the picture")
    response = slanted_edge(luminance(area, icc))
    told = {
        "mtf50_cy_per_px": response.mtf50,
        "mtf10_cy_per_px": response.mtf10,
        "sampling_efficiency_percent": response.sampling_efficiency_percent,
    }
    if px_per_mm is not None:
        told["smallest_detail_um"] = response.smallest_detail_px() / px_per_mm * _UM_A_MM
    return told
