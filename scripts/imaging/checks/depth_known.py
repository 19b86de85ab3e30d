"""How much of a stack's detail has a depth that is known."""

from __future__ import annotations

import numpy as np

from imaging.checks.finding import Finding
from imaging.checks.focus_curves import textured
from imaging.checks.fused_stack import FusedStack, cell_means
from imaging.fusion.agreement import LEAST_CONFIDENCE


def low_confidence(stack: FusedStack, most_unknown: float) -> list[Finding]:
    """More than a share `most_unknown` of the detail without a depth."""
    detail = textured(stack.energy)
    least = np.ceil(LEAST_CONFIDENCE * 65535)
    known = cell_means(stack.confidence, stack.energy_px, lambda rows: rows >= least)
    share = float((1.0 - known)[detail].mean()) if detail.any() else 1.0
    if share <= most_unknown:
        return []
    return [
        Finding(
            "low-confidence",
            f"of {share:.0%} of the detail the depth is not known"
            if detail.any()
            else "no place has detail that stands out",
            evidence={"unknown_share": round(share, 3)},
        )
    ]
