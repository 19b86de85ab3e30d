"""Frames whose place beside the frame next to them is not known well enough for fine detail.

Two frames that are both sharp and lie a px off each other leave nothing of the finest detail that
px can hold, which has a period of two, and show coarser detail twice; half a px off they leave 71 %
of its contrast. More than nine of ten errors of made stacks lie within two of the standard errors
that alignment tells. Drift that all frames share does no such harm, so a frame is held against the
one next to it.
"""

from __future__ import annotations

import numpy as np

from imaging.checks import evidence
from imaging.checks.finding import Finding
from imaging.checks.focus_curves import textured
from imaging.checks.fused_stack import FusedStack

# So many standard errors hold more than nine of ten errors.
WITHIN = 2.0
# Frames that a message lists.
LISTED = 6


def place_uncertain(stack: FusedStack, most_px: float) -> list[Finding]:
    """Frames that may lie more than `most_px` off the next, and are the sharpest of some detail."""
    if stack.uncertain_px is None:
        return []
    within = WITHIN * stack.uncertain_px
    detail = textured(stack.energy)
    sharpest = np.where(detail, np.nan_to_num(stack.energy).argmax(0), -1)
    shares = [float((sharpest == k).sum() / max(detail.sum(), 1)) for k in range(len(within))]
    told = [k for k, share in enumerate(shares) if within[k] > most_px and share > 0.0]
    if not told:
        return []
    listed = ", ".join(str(stack.numbers[k]) for k in told[:LISTED])
    return [
        Finding(
            "place-uncertain",
            f"frame{'s' * (len(told) > 1)} {listed}{', …' * (len(told) > LISTED)} may lie up to "
            f"{within[told].max():.1f} px off the next at the corners",
            tuple(stack.numbers[k] for k in told),
            {
                "frames": [
                    {
                        "frame": stack.numbers[k],
                        "within_px": round(float(within[k]), 2),
                        "sharpest_share": round(shares[k], 4),
                    }
                    for k in told
                ]
            },
            evidence.places_of(np.isin(sharpest, told), stack.energy_px, stack.shape),
        )
    ]
