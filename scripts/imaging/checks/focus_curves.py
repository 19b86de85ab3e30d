"""How the sharpness of each place rises and falls through a stack: wide steps, ends not reached.

The energy of detail falls off round the best focus like a Gaussian [1]_, so that a place's three
highest values tell how wide its curve is, in steps.

.. [1] S. K. Nayar and Y. Nakagawa, "Shape from focus", IEEE Trans. Pattern Analysis and Machine
   Intelligence 16 (1994), 824-831.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.checks import evidence
from imaging.checks.finding import Finding
from imaging.checks.fused_stack import FusedStack
from imaging.sampling.ranks import median, quantile

# A cell has detail where its energy is so many times that of the plainest cells.
STANDS_OUT = 20.0
PLAINEST = 0.02
# A peak that is less than twice the energy the cell never falls below has no shape to measure.
LEAST_RISE = 2.0
# Energies below this share of the peak's are noise and glare.
LEAST_SHARE = 1e-3
# Cells that must have a curve before anything is said of a stack.
LEAST_CELLS = 20


def textured(energy: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Cells with detail in some frame that all frames cover whole.

    Parameters
    ----------
    energy : (n, h, w) float32 of each frame's cells, NaN where a frame does not reach

    Returns
    -------
    (h, w) bool
    """
    covered: NDArray[np.bool_] = np.all(np.isfinite(energy), 0)
    if not covered.any():
        return covered
    plain = float(quantile(energy[:, covered], PLAINEST))
    return covered & (np.where(covered, energy, 0.0).max(0) > STANDS_OUT * plain)


def midway_contrast(energy: NDArray[np.float32]) -> float | None:
    """Contrast that fine detail keeps midway between two frames, as a share of that in focus.

    Median over all cells whose sharpest frame has a neighbour on either side. Surfaces that slope
    within a cell make it look larger than it is, never smaller.

    Returns
    -------
    float 0..1, or None where too few cells tell
    """
    curves = energy[:, textured(energy)].astype(np.float64)
    if len(curves) < 3:
        return None
    top, low, k = curves.max(0), curves.min(0), curves.argmax(0)
    inner = (k > 0) & (k < len(curves) - 1) & (top > LEAST_RISE * low)
    if inner.sum() < LEAST_CELLS:
        return None
    curves, top, low, k = curves[:, inner], top[inner], low[inner], k[inner]
    curve = np.log(np.maximum(curves - low, LEAST_SHARE * top))
    cells = np.arange(len(k))
    bend = curve[k - 1, cells] - 2.0 * curve[k, cells] + curve[k + 1, cells]
    # A Gaussian of variance v bends by -1 / v; half a step away its energy is exp(-1 / (8 v)), and
    # contrast goes with the root of energy.
    return float(np.exp(median(bend) / 16.0))


@dataclass(frozen=True)
class End:
    """How much of a stack's detail is sharpest in its first or last frame.

    Attributes
    ----------
    share : of the cells with detail, 0..1
    rise : how much sharper these cells are than in the frame next to it, as a ratio of energies
    cells : (h, w) bool, which they are
    """

    share: float
    rise: float
    cells: NDArray[np.bool_]


def ends(energy: NDArray[np.float32]) -> tuple[End, End] | None:
    """The first and the last frame; None where there are fewer than three or nothing has detail."""
    detail = textured(energy)
    if len(energy) < 3 or detail.sum() < LEAST_CELLS:
        return None
    sharpest = np.where(detail, np.nan_to_num(energy).argmax(0), -1)
    measured = []
    for end, beside in ((0, 1), (len(energy) - 1, len(energy) - 2)):
        own = sharpest == end
        rise = float(median(energy[end][own] / energy[beside][own])) if own.any() else 1.0
        measured.append(End(float(own.sum() / detail.sum()), rise, own))
    return measured[0], measured[1]


def steps_too_large(stack: FusedStack, least_contrast: float) -> list[Finding]:
    """Bands between two frames that are sharp in neither."""
    contrast = midway_contrast(stack.energy)
    if contrast is None or contrast >= least_contrast:
        return []
    return [
        Finding(
            "steps-too-large",
            f"fine detail midway between two frames keeps {contrast:.0%} of its contrast; take "
            "smaller steps",
            evidence={"midway_contrast": round(contrast, 3)},
        )
    ]


def ends_not_reached(stack: FusedStack, most_share: float) -> list[Finding]:
    """Most of the picture sharpest in the first or the last frame, and still getting sharper."""
    return [
        Finding(
            "end-not-reached",
            f"{end.share:.0%} of the detail is sharpest in the {name} frame ({number})",
            (number,),
            {"share": round(end.share, 3), "rise": round(end.rise, 3)},
            evidence.places_of(end.cells, stack.energy_px, stack.shape),
        )
        for end, number, name in zip(
            ends(stack.energy) or (), (stack.numbers[0], stack.numbers[-1]), ("first", "last")
        )
        if end.share > most_share and end.rise > 1.0
    ]
