"""The area that all frames of a stack have in common, and the frame that takes most of it away."""

from __future__ import annotations

import numpy as np

from imaging.checks.finding import Finding
from imaging.checks.fused_stack import FusedStack
from imaging.errors import ImagingError
from imaging.sampling.coverage import common_area
from imaging.sampling.geometry import corner_distance


def crop_small(stack: FusedStack, least_share: float) -> list[Finding]:
    """A common area of less than `least_share` of a frame."""
    try:
        width, height = common_area(stack.matrices, stack.shape)[2:]
    except ImagingError:
        width = height = 0
    share = width * height / (stack.shape[0] * stack.shape[1])
    if share >= least_share:
        return []
    motions = [corner_distance(matrix, np.eye(3), stack.shape) for matrix in stack.matrices]
    farthest = int(np.argmax(motions))
    return [
        Finding(
            "crop-small",
            f"all frames have {share:.0%} of a frame in common; frame {stack.numbers[farthest]} "
            f"moved farthest, by {motions[farthest]:.0f} px",
            (stack.numbers[farthest],),
            {"common_share": round(share, 4)},
        )
    ]
