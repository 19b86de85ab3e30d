"""How true a picture is to a colour target: colour, white balance, tone, noise, evenness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.targets.lab import delta_ab, delta_e_2000, xyz_of_lab
from imaging.targets.patches import Patches

# Darker patches than this, in L*, say little of how light falls off: flare and noise decide there.
_LIGHT_ENOUGH = 30.0
# Places that tell a slope of the light across a chart.
_LEAST_PLACES = 6


def figures(patches: Patches) -> dict[str, float]:
    """The figures of a picture of a target; each is there only where patches tell it.

    Returns
    -------
    color_mean, color_max, color_p90 : ΔE2000 over all patches; color_sl1_…: with S_L = 1
    white_balance : ΔE(a*b*) of the neutral patch that is furthest off
    tone : ΔL* of the neutral patch that is furthest off
    exposure : mean ΔL* of the neutral patches, below 0 where the picture is too dark
    noise : standard deviation of L* of the neutral patch where it is largest
    unevenness_percent : by how much light falls off from one end of the chart to the other
    """
    lab, wanted, neutral = patches.lab, patches.chart.lab, patches.chart.neutral
    found: dict[str, float] = {}
    for name, weigh in (("color", True), ("color_sl1", False)):
        differences = delta_e_2000(wanted, lab, weigh)
        found[f"{name}_mean"] = float(differences.mean())
        found[f"{name}_max"] = float(differences.max())
        found[f"{name}_p90"] = float(np.percentile(differences, 90))
    if neutral.any():
        off = (lab - wanted)[neutral, 0]
        found["white_balance"] = float(delta_ab(lab, wanted)[neutral].max())
        found["tone"] = float(np.abs(off).max())
        found["exposure"] = float(off.mean())
        found["noise"] = float(patches.noise[neutral].max())
    if (slope := _unevenness(patches)) is not None:
        found["unevenness_percent"] = slope
    return found


def _unevenness(patches: Patches) -> float | None:
    """What a plane through measured over true light falls, in per cent of its highest corner."""
    light = patches.chart.lab[:, 0] > _LIGHT_ENOUGH
    centres = patches.quads.mean(axis=1)[light]
    if light.sum() < _LEAST_PLACES or len(np.unique(centres.round(), axis=0)) < _LEAST_PLACES:
        return None
    shown, true = (xyz_of_lab(lab[light])[:, 1] for lab in (patches.lab, patches.chart.lab))
    plane = _plane(centres, shown / true)
    ends = plane[0] + (centres - centres.mean(axis=0)) @ plane[1:]
    return float(100.0 * (ends.max() - ends.min()) / ends.max())


def _plane(places: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    design = np.column_stack([np.ones(len(places)), places - places.mean(axis=0)])
    return np.linalg.lstsq(design, values, rcond=None)[0]
